libapi_a_SOURCES += src/api/teams/resources.def
