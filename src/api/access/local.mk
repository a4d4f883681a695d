libapi_a_SOURCES += src/api/access/resources.def
