libapi_a_SOURCES += src/api/agents/resources.def
libapi_a_SOURCES += src/api/agents/agent_pool.c
libapi_a_SOURCES += src/api/agents/agent.c
libapi_a_SOURCES += src/api/agents/agent_token.c
