# tests/unit/hooks
HOOKS_TESTS = tests/unit/hooks/test_hook tests/unit/hooks/test_hook_body
check_PROGRAMS += $(HOOKS_TESTS)
TESTS += $(HOOKS_TESTS)
