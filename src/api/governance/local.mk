libapi_a_SOURCES += src/api/governance/resources.def
