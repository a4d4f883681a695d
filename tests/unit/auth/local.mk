# Unit tests of src/auth.
AUTH_TESTS = tests/unit/auth/test_permission tests/unit/auth/test_principal
check_PROGRAMS += $(AUTH_TESTS)
TESTS += $(AUTH_TESTS)
