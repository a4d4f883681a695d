libapi_a_SOURCES += src/api/states/resources.def
