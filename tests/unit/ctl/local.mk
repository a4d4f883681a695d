# tests/unit/ctl
check_PROGRAMS += tests/unit/ctl/sealer
TESTS += tests/unit/ctl/test_ctl.py
EXTRA_DIST += tests/unit/ctl/test_ctl.py
