libapi_a_SOURCES += src/api/variables/resources.def
