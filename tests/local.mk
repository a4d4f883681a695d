# tests
# --- unit tests of src/base, src/json, src/crypto and src/terraform
EXTRA_DIST += tests/unit/unit.h tests/unit/crypto/keys.h
CORE_TESTS = \
	tests/unit/base/test_arena \
	tests/unit/base/test_buf \
	tests/unit/base/test_clock \
	tests/unit/base/test_config \
	tests/unit/base/test_ids \
	tests/unit/base/test_log \
	tests/unit/base/test_utf8 \
	tests/unit/json/test_json_reader \
	tests/unit/json/test_json_writer \
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
tests_unit_base_test_arena_SOURCES = tests/unit/base/test_arena.c
tests_unit_base_test_arena_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_arena_LDADD = libbase.a $(INIH_LIBS)
tests_unit_base_test_buf_SOURCES = tests/unit/base/test_buf.c
tests_unit_base_test_buf_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_buf_LDADD = libbase.a $(INIH_LIBS)
tests_unit_base_test_clock_SOURCES = tests/unit/base/test_clock.c
tests_unit_base_test_clock_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_clock_LDADD = libbase.a $(INIH_LIBS)
tests_unit_base_test_config_SOURCES = tests/unit/base/test_config.c
tests_unit_base_test_config_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_config_LDADD = libbase.a $(INIH_LIBS)
tests_unit_base_test_ids_SOURCES = tests/unit/base/test_ids.c
tests_unit_base_test_ids_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_ids_LDADD = libbase.a $(INIH_LIBS)
tests_unit_base_test_log_SOURCES = tests/unit/base/test_log.c
tests_unit_base_test_log_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_log_LDADD = libbase.a $(INIH_LIBS)
tests_unit_base_test_utf8_SOURCES = tests/unit/base/test_utf8.c
tests_unit_base_test_utf8_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_base_test_utf8_LDADD = libbase.a $(INIH_LIBS)
tests_unit_json_test_json_reader_SOURCES = tests/unit/json/test_json_reader.c
tests_unit_json_test_json_reader_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_json_test_json_reader_LDADD = libjson.a libbase.a $(JSONC_LIBS)
tests_unit_json_test_json_writer_SOURCES = tests/unit/json/test_json_writer.c
tests_unit_json_test_json_writer_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_json_test_json_writer_LDADD = libjson.a libbase.a $(JSONC_LIBS)
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
