noinst_LIBRARIES += libapi.a
libapi_a_SOURCES = \
	src/api/registry.c src/api/registry.h src/api/resources.h \
	src/api/checks.c src/api/checks.h \
	src/api/execution.c src/api/execution.h \
	src/api/organizations/organization.c \
	src/api/organizations/entitlement_set.c \
	src/api/organizations/capacity.c \
	src/api/projects/project.c \
	src/api/system/discovery.c \
	src/api/tags/tag.c src/api/tags/tag_binding.c src/api/tags/tags.h \
	src/api/workspaces/workspace.c src/api/workspaces/workspace.h \
	src/api/workspaces/workspace_actions.c \
	src/api/workspaces/workspace_settings.c
libapi_a_CPPFLAGS = $(AM_CPPFLAGS)
