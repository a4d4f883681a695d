libapi_a_SOURCES += src/api/vcs/resources.def src/api/vcs/vcs.h
libapi_a_SOURCES += src/api/vcs/oauth_client.c src/api/vcs/oauth_token.c
