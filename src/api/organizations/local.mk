libapi_a_SOURCES += src/api/organizations/resources.def
libapi_a_SOURCES += src/api/organizations/organization.c
libapi_a_SOURCES += src/api/organizations/entitlement_set.c
libapi_a_SOURCES += src/api/organizations/capacity.c
