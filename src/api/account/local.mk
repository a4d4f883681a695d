libapi_a_SOURCES += src/api/account/resources.def
libapi_a_SOURCES += src/api/account/account.c
libapi_a_SOURCES += src/api/account/account.h
libapi_a_SOURCES += src/api/account/user.c
