libapi_a_SOURCES += src/api/triggers/resources.def
libapi_a_SOURCES += src/api/triggers/run_trigger.c
