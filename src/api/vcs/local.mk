libapi_a_SOURCES += src/api/vcs/resources.def src/api/vcs/vcs.h
libapi_a_SOURCES += src/api/vcs/oauth_client.c src/api/vcs/oauth_token.c
libapi_a_SOURCES += src/api/vcs/connect.c src/api/vcs/vcs_event.c src/api/vcs/webhook.c src/api/vcs/workspace_vcs.c
