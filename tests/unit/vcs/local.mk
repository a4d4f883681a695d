# tests/unit/vcs
VCS_TESTS = tests/unit/vcs/test_vcs_match tests/unit/vcs/test_vcs_event
check_PROGRAMS += $(VCS_TESTS)
TESTS += $(VCS_TESTS)
