libapi_a_SOURCES += src/api/policies/resources.def
libapi_a_SOURCES += src/api/policies/policies.h
libapi_a_SOURCES += src/api/policies/policy.c
libapi_a_SOURCES += src/api/policies/policy_set.c
libapi_a_SOURCES += src/api/policies/policy_set_rules.c
libapi_a_SOURCES += src/api/policies/policy_set_parameter.c
libapi_a_SOURCES += src/api/policies/policy_set_version.c
libapi_a_SOURCES += src/api/policies/policy_manifest.c src/api/policies/policy_manifest.h
