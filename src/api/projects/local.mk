libapi_a_SOURCES += src/api/projects/resources.def
libapi_a_SOURCES += src/api/projects/project.c
