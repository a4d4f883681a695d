libapi_a_SOURCES += src/api/subscriptions/resources.def
libapi_a_SOURCES += src/api/subscriptions/feature_set.c
libapi_a_SOURCES += src/api/subscriptions/subscription.c
