check_PROGRAMS += tests/unit/run/test_run_machine
TESTS += tests/unit/run/test_run_machine
