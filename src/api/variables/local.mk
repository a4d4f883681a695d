libapi_a_SOURCES += src/api/variables/resources.def
libapi_a_SOURCES += src/api/variables/variables.h
libapi_a_SOURCES += src/api/variables/variable.c
libapi_a_SOURCES += src/api/variables/variable_rules.c
libapi_a_SOURCES += src/api/variables/variable_actions.c
libapi_a_SOURCES += src/api/variables/varset.c
libapi_a_SOURCES += src/api/variables/varset_rules.c
