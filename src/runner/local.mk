# src/runner: a library, so that tests can reach into it, and the program
noinst_LIBRARIES += librunner.a
librunner_a_SOURCES = \
	src/runner/child.c src/runner/child.h \
	src/runner/cli.c src/runner/cli.h \
	src/runner/cli_files.c src/runner/cli_files.h \
	src/runner/cli_version.c src/runner/cli_version.h \
	src/runner/credentials.c src/runner/credentials.h \
	src/runner/dependencies.c src/runner/dependencies.h \
	src/runner/env.c src/runner/env.h \
	src/runner/folder.c src/runner/folder.h \
	src/runner/job.c src/runner/job.h \
	src/runner/joblog.c src/runner/joblog.h \
	src/runner/phase.c src/runner/phase.h \
	src/runner/phase_apply.c \
	src/runner/phase_plan.c \
	src/runner/phase_policy.c \
	src/runner/phase_query.c \
	src/runner/phase_setup.c \
	src/runner/plan_json.c src/runner/plan_json.h \
	src/runner/runner_config.c src/runner/runner_config.h \
	src/runner/sandbox.c src/runner/sandbox.h \
	src/runner/server.c src/runner/server.h \
	src/runner/session.c src/runner/session.h \
	src/runner/stop.c src/runner/stop.h \
	src/runner/summary.c src/runner/summary.h
librunner_a_CPPFLAGS = $(AM_CPPFLAGS) -DTERRACE_VERSION=\"$(VERSION)\"
bin_PROGRAMS += terrace-runner
terrace_runner_SOURCES = src/runner/main.c
RUNNER_LIBS = librunner.a libjson.a $(NET_LIBS) $(JSONC_LIBS)
terrace_runner_CPPFLAGS = $(librunner_a_CPPFLAGS)
dist_man_MANS += docs/man/terrace-runner.8
terrace_runner_LDADD = $(RUNNER_LIBS)
