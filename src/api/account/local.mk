libapi_a_SOURCES += src/api/account/resources.def
