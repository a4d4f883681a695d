# A test is a file and a word in the list of its folder: unless it says otherwise, a program is its .c
# and all libraries, of which the linker takes what it needs.
LDADD = $(FUZZ_REPLAY) $(SERVER_LIBS)

include tests/sql/local.mk
include tests/unit/api/local.mk
include tests/unit/ctl/local.mk
include tests/unit/db/local.mk
include tests/unit/archive/local.mk
include tests/unit/blob/local.mk
include tests/unit/run/local.mk
include tests/unit/http/local.mk
include tests/unit/auth/local.mk
include tests/unit/jsonapi/local.mk
include tests/unit/net/local.mk
include tests/unit/hooks/local.mk
include tests/unit/vcs/local.mk
include tests/unit/saml/local.mk
include tests/unit/runner/local.mk
include tests/web/local.mk
include tests/bench/local.mk
include tests/faults/local.mk

# Unit tests of src/base, src/json, src/crypto and src/terraform
EXTRA_DIST += tests/unit/unit.h tests/unit/sentinel/policy.h tests/unit/crypto/keys.h
CORE_TESTS = \
	tests/unit/base/test_arena \
	tests/unit/base/test_buf \
	tests/unit/base/test_clock \
	tests/unit/base/test_config \
	tests/unit/base/test_ids \
	tests/unit/base/test_log \
	tests/unit/base/test_utf8 \
	tests/unit/json/test_json_reader \
	tests/unit/json/test_json_span \
	tests/unit/json/test_json_writer \
	tests/unit/crypto/test_token \
	tests/unit/crypto/test_digest \
	tests/unit/crypto/test_signing_key \
	tests/unit/crypto/test_password \
	tests/unit/crypto/test_keyring \
	tests/unit/crypto/test_seal \
	tests/unit/crypto/test_sign \
	tests/unit/crypto/test_encode \
	tests/unit/sentinel/test_sentinel \
	tests/unit/sentinel/test_regex \
	tests/unit/sentinel/test_imports \
	tests/unit/terraform/test_module_scan \
	tests/unit/terraform/test_plan_health \
	tests/unit/terraform/test_state_scan
check_PROGRAMS += $(CORE_TESTS)
TESTS += $(CORE_TESTS)

# Whole installations, a real CLI, the official client's suite
EXTRA_DIST += tests/tap.py tests/tools/go.mod tests/tools/go.sum tests/tools/providers tests/tools/opa tests/conformance tests/e2e tests/api tests/clients
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

# Fuzz targets: `make check` replays the corpus of each. After a configure of their own with
# CC=clang --enable-fuzzers, `make fuzzers` makes libFuzzer programs of them, run by hand as
# `tests/fuzz/fuzz_x NEW_FOLDER tests/fuzz/corpus/x`.
EXTRA_DIST += tests/fuzz/corpus
FUZZ_TARGETS = \
	tests/fuzz/fuzz_authorization \
	tests/fuzz/fuzz_base64 \
	tests/fuzz/fuzz_clock \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_explorer_query \
	tests/fuzz/fuzz_http_cookie \
	tests/fuzz/fuzz_http_fastcgi \
	tests/fuzz/fuzz_http_multipart \
	tests/fuzz/fuzz_http_path \
	tests/fuzz/fuzz_http_query \
	tests/fuzz/fuzz_json_reader \
	tests/fuzz/fuzz_jsonapi_document \
	tests/fuzz/fuzz_jsonapi_query \
	tests/fuzz/fuzz_gpg_armor \
	tests/fuzz/fuzz_module_scan \
	tests/fuzz/fuzz_plan_json \
	tests/fuzz/fuzz_saml_response \
	tests/fuzz/fuzz_sentinel \
	tests/fuzz/fuzz_sign \
	tests/fuzz/fuzz_slug \
	tests/fuzz/fuzz_state_scan \
	tests/fuzz/fuzz_terminal
EXTRA_DIST += tests/fuzz/fuzz.h
tests_fuzz_fuzz_saml_response_CFLAGS = $(AM_CFLAGS) $(XMLSEC_CFLAGS)
tests_fuzz_fuzz_saml_response_LDADD = $(FUZZ_REPLAY) $(SAML_XML_LIBS)
check_PROGRAMS += $(FUZZ_TARGETS)
tests_fuzz_fuzz_jsonapi_document_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_fuzz_fuzz_jsonapi_query_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_fuzz_fuzz_plan_json_LDADD = $(FUZZ_REPLAY) $(RUNNER_LIBS)
EXTRA_LIBRARIES += tests/fuzz/libreplay.a
tests_fuzz_libreplay_a_SOURCES = tests/fuzz/replay.c
CLEANFILES += tests/fuzz/libreplay.a
if FUZZERS
# Only these programs are built then: the fuzzer brings a main() of its own.
FUZZ_REPLAY =
AM_LDFLAGS = -fsanitize=fuzzer
else
FUZZ_REPLAY = tests/fuzz/libreplay.a
TESTS += $(FUZZ_TARGETS)
endif

fuzzers: $(BUILT_SOURCES)
	$(MAKE) $(FUZZ_TARGETS)
.PHONY: fuzzers
