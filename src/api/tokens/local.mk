libapi_a_SOURCES += src/api/tokens/resources.def
libapi_a_SOURCES += src/api/tokens/token.c
libapi_a_SOURCES += src/api/tokens/token_ttl_policy.c
libapi_a_SOURCES += src/api/tokens/tokens.h
