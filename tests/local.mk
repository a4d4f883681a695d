# tests
include tests/sql/local.mk
include tests/unit/ctl/local.mk
include tests/unit/db/local.mk
include tests/unit/blob/local.mk
include tests/unit/http/local.mk
include tests/web/local.mk
# --- unit tests of src/base, src/json, src/crypto and src/terraform
EXTRA_DIST += tests/unit/unit.h tests/unit/crypto/keys.h
CORE_TESTS = \
	tests/unit/crypto/test_token \
	tests/unit/crypto/test_digest \
	tests/unit/crypto/test_password \
	tests/unit/crypto/test_keyring \
	tests/unit/crypto/test_seal \
	tests/unit/crypto/test_sign \
	tests/unit/crypto/test_encode \
	tests/unit/terraform/test_state_scan
check_PROGRAMS += $(CORE_TESTS)
TESTS += $(CORE_TESTS)
tests_unit_crypto_test_token_SOURCES = tests/unit/crypto/test_token.c
tests_unit_crypto_test_token_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_token_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_crypto_test_digest_SOURCES = tests/unit/crypto/test_digest.c
tests_unit_crypto_test_digest_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_digest_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_crypto_test_password_SOURCES = tests/unit/crypto/test_password.c
tests_unit_crypto_test_password_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_password_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_crypto_test_keyring_SOURCES = tests/unit/crypto/test_keyring.c
tests_unit_crypto_test_keyring_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_keyring_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_crypto_test_seal_SOURCES = tests/unit/crypto/test_seal.c
tests_unit_crypto_test_seal_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_seal_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_crypto_test_sign_SOURCES = tests/unit/crypto/test_sign.c
tests_unit_crypto_test_sign_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_sign_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_crypto_test_encode_SOURCES = tests/unit/crypto/test_encode.c
tests_unit_crypto_test_encode_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_crypto_test_encode_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_unit_terraform_test_state_scan_SOURCES = tests/unit/terraform/test_state_scan.c
tests_unit_terraform_test_state_scan_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_terraform_test_state_scan_LDADD = libterraform.a libbase.a

# whole installations, a real CLI, the official client's suite
EXTRA_DIST += tests/tap.py tests/tools/go.mod tests/tools/go.sum tests/conformance tests/e2e tests/api
.PHONY: conformance check-api check-e2e

check-api:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/api/run.py $(T)

check-e2e:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/tap.py $(top_srcdir)/tests/e2e $(T)

conformance:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/conformance/run.py $(T)
