libapi_a_SOURCES += src/api/agents/resources.def
