# Fuzz targets of src/jsonapi and src/auth; see tests/local.mk.
JSONAPI_FUZZ_TARGETS = \
	tests/fuzz/fuzz_authorization \
	tests/fuzz/fuzz_jsonapi_document \
	tests/fuzz/fuzz_jsonapi_query
check_PROGRAMS += $(JSONAPI_FUZZ_TARGETS)
if !FUZZERS
TESTS += $(JSONAPI_FUZZ_TARGETS)
endif
tests_fuzz_fuzz_authorization_SOURCES = tests/fuzz/fuzz_authorization.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_authorization_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_authorization_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_authorization_LDADD = $(AUTH_LDADD)
tests_fuzz_fuzz_jsonapi_document_SOURCES = tests/fuzz/fuzz_jsonapi_document.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_jsonapi_document_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_fuzz_fuzz_jsonapi_document_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_jsonapi_document_LDADD = $(terrace_fcgi_LDADD)
tests_fuzz_fuzz_jsonapi_query_SOURCES = tests/fuzz/fuzz_jsonapi_query.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_jsonapi_query_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_fuzz_fuzz_jsonapi_query_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_jsonapi_query_LDADD = $(terrace_fcgi_LDADD)
