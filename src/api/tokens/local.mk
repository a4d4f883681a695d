libapi_a_SOURCES += src/api/tokens/resources.def
