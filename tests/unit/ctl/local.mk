# tests/unit/ctl
check_PROGRAMS += tests/unit/ctl/sealer
TESTS += tests/unit/ctl/test_ctl.py
EXTRA_DIST += tests/unit/ctl/test_ctl.py
tests_unit_ctl_sealer_SOURCES = tests/unit/ctl/sealer.c
tests_unit_ctl_sealer_LDADD = $(terracectl_LDADD)
