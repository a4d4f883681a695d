# Unit tests of src/api: the parts that need no database.
API_TESTS = tests/unit/api/test_checks tests/unit/api/test_page_checks tests/unit/api/test_template
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
tests_unit_api_test_checks_SOURCES = tests/unit/api/test_checks.c
tests_unit_api_test_checks_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_api_test_checks_LDADD = libapi.a
tests_unit_api_test_page_checks_SOURCES = tests/unit/api/test_page_checks.c
tests_unit_api_test_page_checks_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_api_test_page_checks_LDADD = libapi.a
tests_unit_api_test_template_SOURCES = tests/unit/api/test_template.c
tests_unit_api_test_template_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_api_test_template_LDADD = libapi.a libbase.a
