noinst_LIBRARIES += libpolicy.a
libpolicy_a_SOURCES = src/policy/policy_run.c src/policy/policy_run.h
libpolicy_a_SOURCES += src/policy/policy_facts.c src/policy/policy_facts.h
libpolicy_a_SOURCES += src/policy/policy_sources.c src/policy/policy_sources.h
libpolicy_a_SOURCES += src/policy/policy_report.c src/policy/policy_report.h
libpolicy_a_SOURCES += src/policy/policy_record.c src/policy/policy_record.h
libpolicy_a_SOURCES += src/policy/policy_mocks.c src/policy/policy_mocks.h
