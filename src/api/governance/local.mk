libapi_a_SOURCES += src/api/governance/resources.def
libapi_a_SOURCES += src/api/governance/ssh_key.c
libapi_a_SOURCES += src/api/governance/reserved_tag_key.c
libapi_a_SOURCES += src/api/governance/audit_trail.c
libapi_a_SOURCES += src/api/governance/data_retention.c
libapi_a_SOURCES += src/api/governance/audit_configuration.c
