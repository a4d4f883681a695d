libapi_a_SOURCES += src/api/runner/resources.def
libapi_a_SOURCES += src/api/runner/runner.h
libapi_a_SOURCES += src/api/runner/runner.c
libapi_a_SOURCES += src/api/runner/runner_agents.c
libapi_a_SOURCES += src/api/runner/runner_jobs.c src/api/runner/runner_policy.c
libapi_a_SOURCES += src/api/runner/runner_files.c
libapi_a_SOURCES += src/api/runner/runner_identity.c
libapi_a_SOURCES += src/api/runner/runner_query.c
