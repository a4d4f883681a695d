# Unit tests of src/jsonapi: its files by themselves, without a database.
JSONAPI_TESTS = \
	tests/unit/jsonapi/test_error \
	tests/unit/jsonapi/test_include \
	tests/unit/jsonapi/test_paging \
	tests/unit/jsonapi/test_patch \
	tests/unit/jsonapi/test_read \
	tests/unit/jsonapi/test_render
check_PROGRAMS += $(JSONAPI_TESTS)
TESTS += $(JSONAPI_TESTS)
EXTRA_DIST += tests/unit/jsonapi/fixture.h
JSONAPI_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS) -I$(top_srcdir)/tests
JSONAPI_LDADD = libjsonapi.a libauth.a libhttp.a libdb.a libjson.a libterrace_crypto.a libbase.a \
	$(PQ_LIBS) $(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS)
tests_unit_jsonapi_test_error_SOURCES = tests/unit/jsonapi/test_error.c
tests_unit_jsonapi_test_error_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_error_LDADD = $(JSONAPI_LDADD)
tests_unit_jsonapi_test_include_SOURCES = tests/unit/jsonapi/test_include.c
tests_unit_jsonapi_test_include_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_include_LDADD = $(JSONAPI_LDADD)
tests_unit_jsonapi_test_paging_SOURCES = tests/unit/jsonapi/test_paging.c
tests_unit_jsonapi_test_paging_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_paging_LDADD = $(JSONAPI_LDADD)
tests_unit_jsonapi_test_patch_SOURCES = tests/unit/jsonapi/test_patch.c
tests_unit_jsonapi_test_patch_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_patch_LDADD = $(JSONAPI_LDADD)
tests_unit_jsonapi_test_read_SOURCES = tests/unit/jsonapi/test_read.c
tests_unit_jsonapi_test_read_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_read_LDADD = $(JSONAPI_LDADD)
tests_unit_jsonapi_test_render_SOURCES = tests/unit/jsonapi/test_render.c
tests_unit_jsonapi_test_render_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_render_LDADD = $(JSONAPI_LDADD)
