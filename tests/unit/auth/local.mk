# Unit tests of src/auth.
AUTH_TESTS = tests/unit/auth/test_permission tests/unit/auth/test_principal
check_PROGRAMS += $(AUTH_TESTS)
TESTS += $(AUTH_TESTS)
AUTH_LDADD = libauth.a libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_auth_test_permission_SOURCES = tests/unit/auth/test_permission.c
tests_unit_auth_test_permission_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_auth_test_permission_LDADD = $(AUTH_LDADD)
tests_unit_auth_test_principal_SOURCES = tests/unit/auth/test_principal.c
tests_unit_auth_test_principal_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_auth_test_principal_LDADD = $(AUTH_LDADD)
