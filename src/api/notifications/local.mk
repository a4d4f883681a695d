libapi_a_SOURCES += src/api/notifications/resources.def
libapi_a_SOURCES += src/api/notifications/notification_configuration.c
