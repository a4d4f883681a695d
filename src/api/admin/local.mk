libapi_a_SOURCES += src/api/admin/resources.def src/api/admin/admin.c src/api/admin/admin.h
libapi_a_SOURCES += src/api/admin/saml_settings.c src/api/admin/scim_settings.c
libapi_a_SOURCES += src/api/admin/scim_token.c src/api/admin/scim_group.c
