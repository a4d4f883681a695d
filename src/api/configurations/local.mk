libapi_a_SOURCES += src/api/configurations/resources.def
libapi_a_SOURCES += src/api/configurations/configurations.h
libapi_a_SOURCES += src/api/configurations/configuration_version.c
libapi_a_SOURCES += src/api/configurations/configuration_upload.c
libapi_a_SOURCES += src/api/configurations/configuration_actions.c
libapi_a_SOURCES += src/api/configurations/ingress_attributes.c
