http_tests = test_http_form test_http_multipart test_http_request test_http_router
check_PROGRAMS += $(http_tests)
TESTS += $(http_tests)

test_http_form_SOURCES = tests/unit/http/test_http_form.c
test_http_form_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
test_http_form_LDADD = libhttp.a libbase.a
test_http_multipart_SOURCES = tests/unit/http/test_http_multipart.c tests/unit/http/fake_io.h
test_http_multipart_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
test_http_multipart_LDADD = libhttp.a libbase.a
test_http_request_SOURCES = tests/unit/http/test_http_request.c tests/unit/http/fake_io.h
test_http_request_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
test_http_request_LDADD = libhttp.a libbase.a
test_http_router_SOURCES = tests/unit/http/test_http_router.c
test_http_router_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
test_http_router_LDADD = libhttp.a libbase.a
