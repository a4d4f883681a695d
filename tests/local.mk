# tests
include tests/sql/local.mk
include tests/unit/api/local.mk
include tests/unit/ctl/local.mk
include tests/unit/db/local.mk
include tests/unit/archive/local.mk
include tests/unit/blob/local.mk
include tests/unit/http/local.mk
include tests/unit/auth/local.mk
include tests/unit/jsonapi/local.mk
include tests/web/local.mk
include tests/bench/local.mk
include tests/faults/local.mk
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

# whole installations, a real CLI, the official client's suite
EXTRA_DIST += tests/tap.py tests/tools/go.mod tests/tools/go.sum tests/conformance tests/e2e tests/api tests/clients
EXTRA_DIST += tests/matrix
.PHONY: conformance check-api check-clients check-e2e check-matrix

check-api:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/api/run.py $(T)

check-matrix:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/matrix/run.py $(T)

check-e2e:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/tap.py $(top_srcdir)/tests/e2e $(T)

check-clients:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/tap.py $(top_srcdir)/tests/clients $(T)

conformance:
	TERRACE_BUILD=$(abs_builddir) $(PYTHON3) $(top_srcdir)/tests/conformance/run.py $(T)
# --- fuzz targets: with --enable-fuzzers (clang) libFuzzer binaries, run by hand as
# `tests/fuzz/fuzz_x NEW_FOLDER tests/fuzz/corpus/x`; otherwise `make check` replays the corpus.
EXTRA_DIST += tests/fuzz/corpus
FUZZ_TARGETS = \
	tests/fuzz/fuzz_json_reader \
	tests/fuzz/fuzz_state_scan \
	tests/fuzz/fuzz_slug \
	tests/fuzz/fuzz_base64 \
	tests/fuzz/fuzz_sign \
	tests/fuzz/fuzz_clock \
	tests/fuzz/fuzz_config
check_PROGRAMS += $(FUZZ_TARGETS)
if FUZZERS
FUZZ_MAIN =
FUZZ_CFLAGS = $(AM_CFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_CFLAGS = $(AM_CFLAGS)
TESTS += $(FUZZ_TARGETS)
endif
EXTRA_DIST += tests/fuzz/replay.c
tests_fuzz_fuzz_json_reader_SOURCES = tests/fuzz/fuzz_json_reader.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_json_reader_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_json_reader_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_json_reader_LDADD = libjson.a libbase.a $(JSONC_LIBS)
tests_fuzz_fuzz_state_scan_SOURCES = tests/fuzz/fuzz_state_scan.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_state_scan_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_state_scan_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_state_scan_LDADD = libterraform.a libjson.a libbase.a $(JSONC_LIBS)
tests_fuzz_fuzz_slug_SOURCES = tests/fuzz/fuzz_slug.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_slug_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_slug_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_slug_LDADD = libslug.a libbase.a $(ARCHIVE_LIBS) $(ZLIB_LIBS)
tests_fuzz_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_base64_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_base64_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_base64_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_fuzz_fuzz_sign_SOURCES = tests/fuzz/fuzz_sign.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_sign_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_sign_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_sign_LDADD = libterrace_crypto.a libbase.a $(SODIUM_LIBS) $(CRYPTO_LIBS)
tests_fuzz_fuzz_clock_SOURCES = tests/fuzz/fuzz_clock.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_clock_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_clock_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_clock_LDADD = libbase.a
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_config_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_config_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_config_LDADD = libbase.a $(INIH_LIBS)
include tests/fuzz/http.mk
include tests/fuzz/jsonapi.mk
