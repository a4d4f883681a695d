noinst_LIBRARIES += libapi.a
libapi_a_SOURCES = src/api/all_resources.def src/api/routes.c src/api/routes.h src/api/resources.h
libapi_a_SOURCES += src/api/reference.c src/api/reference.h src/api/checks.c src/api/checks.h src/api/execution.c src/api/execution.h
libapi_a_SOURCES += src/api/links.c src/api/links.h src/api/objects.c src/api/objects.h src/api/slugs.c src/api/slugs.h
libapi_a_SOURCES += src/api/throttle.c src/api/throttle.h
libapi_a_SOURCES += src/api/outbound.c src/api/outbound.h
libapi_a_CPPFLAGS = $(AM_CPPFLAGS)

include src/api/system/local.mk
include src/api/account/local.mk
include src/api/tokens/local.mk
include src/api/pages/local.mk
include src/api/organizations/local.mk
include src/api/teams/local.mk
include src/api/access/local.mk
include src/api/agents/local.mk
include src/api/governance/local.mk
include src/api/projects/local.mk
include src/api/workspaces/local.mk
include src/api/tags/local.mk
include src/api/variables/local.mk
include src/api/states/local.mk
include src/api/configurations/local.mk
include src/api/runs/local.mk
include src/api/runner/local.mk
include src/api/subscriptions/local.mk
include src/api/policies/local.mk
include src/api/registry/local.mk
include src/api/admin/local.mk
include src/api/scim/local.mk
include src/api/notifications/local.mk
include src/api/tasks/local.mk
include src/api/triggers/local.mk
include src/api/explorer/local.mk
