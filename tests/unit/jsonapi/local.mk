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
JSONAPI_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS)
tests_unit_jsonapi_test_error_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_include_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_paging_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_patch_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_read_CPPFLAGS = $(JSONAPI_CPPFLAGS)
tests_unit_jsonapi_test_render_CPPFLAGS = $(JSONAPI_CPPFLAGS)
