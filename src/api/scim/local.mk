libapi_a_SOURCES += src/api/scim/resources.def src/api/scim/scim.h src/api/scim/scim_resources.h
libapi_a_SOURCES += src/api/scim/scim.c src/api/scim/scim_document.c src/api/scim/scim_path.c
libapi_a_SOURCES += src/api/scim/scim_user.c src/api/scim/scim_group.c src/api/scim/scim_discovery.c
libapi_a_SOURCES += src/api/scim/scim_routes.c src/api/scim/scim_attributes.c src/api/scim/scim_attributes.h
