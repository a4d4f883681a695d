libapi_a_SOURCES += src/api/workspaces/resources.def
libapi_a_SOURCES += src/api/workspaces/workspace.c
libapi_a_SOURCES += src/api/workspaces/workspace.h
libapi_a_SOURCES += src/api/workspaces/workspace_actions.c
libapi_a_SOURCES += src/api/workspaces/workspace_settings.c
libapi_a_SOURCES += src/api/workspaces/remote_state_consumers.c
