# Unit tests of src/http.
EXTRA_DIST += tests/unit/http/fake_io.h
HTTP_TESTS = \
	tests/unit/http/test_http_cgi \
	tests/unit/http/test_http_fastcgi \
	tests/unit/http/test_http_form \
	tests/unit/http/test_http_framing \
	tests/unit/http/test_http_multipart \
	tests/unit/http/test_http_request \
	tests/unit/http/test_http_router \
	tests/unit/http/test_http_server \
	tests/unit/http/test_http_spool
check_PROGRAMS += $(HTTP_TESTS)
TESTS += $(HTTP_TESTS)
tests_unit_http_test_http_cgi_SOURCES = tests/unit/http/test_http_cgi.c
tests_unit_http_test_http_cgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_cgi_LDADD = libhttp.a libbase.a $(FCGI_LIBS)
tests_unit_http_test_http_fastcgi_SOURCES = tests/unit/http/test_http_fastcgi.c
tests_unit_http_test_http_fastcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_fastcgi_LDADD = libhttp.a libbase.a $(FCGI_LIBS)
tests_unit_http_test_http_form_SOURCES = tests/unit/http/test_http_form.c
tests_unit_http_test_http_form_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_form_LDADD = libhttp.a libbase.a
tests_unit_http_test_http_multipart_SOURCES = tests/unit/http/test_http_multipart.c
tests_unit_http_test_http_multipart_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_multipart_LDADD = libhttp.a libbase.a
tests_unit_http_test_http_request_SOURCES = tests/unit/http/test_http_request.c
tests_unit_http_test_http_request_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_request_LDADD = libhttp.a libbase.a
tests_unit_http_test_http_router_SOURCES = tests/unit/http/test_http_router.c
tests_unit_http_test_http_router_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_router_LDADD = libhttp.a libbase.a
tests_unit_http_test_http_spool_SOURCES = tests/unit/http/test_http_spool.c
tests_unit_http_test_http_spool_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_spool_LDADD = libhttp.a libbase.a
tests_unit_http_test_http_framing_SOURCES = tests/unit/http/test_http_framing.c
tests_unit_http_test_http_framing_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_framing_LDADD = libhttp.a libbase.a
tests_unit_http_test_http_server_SOURCES = tests/unit/http/test_http_server.c
tests_unit_http_test_http_server_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_http_test_http_server_LDADD = libhttp.a libbase.a $(FCGI_LIBS)
