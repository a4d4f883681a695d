libapi_a_SOURCES += src/api/admin/resources.def src/api/admin/admin.c src/api/admin/admin.h
libapi_a_SOURCES += src/api/admin/settings.c src/api/admin/smtp_settings.c src/api/admin/saml_settings.c src/api/admin/scim_settings.c
libapi_a_SOURCES += src/api/admin/scim_token.c src/api/admin/scim_group.c
libapi_a_SOURCES += src/api/admin/admin_organization.c src/api/admin/admin_user.c
libapi_a_SOURCES += src/api/admin/admin_workspace.c src/api/admin/admin_run.c src/api/admin/tool_version.c
libapi_a_SOURCES += src/api/admin/oidc.h src/api/admin/oidc_keys.c
