# Fuzz targets of src/http; see tests/local.mk.
HTTP_FUZZ_TARGETS = \
	tests/fuzz/fuzz_http_query \
	tests/fuzz/fuzz_http_path \
	tests/fuzz/fuzz_http_cookie \
	tests/fuzz/fuzz_http_multipart \
	tests/fuzz/fuzz_http_fastcgi
check_PROGRAMS += $(HTTP_FUZZ_TARGETS)
if !FUZZERS
TESTS += $(HTTP_FUZZ_TARGETS)
endif
tests_fuzz_fuzz_http_query_SOURCES = tests/fuzz/fuzz_http_query.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_query_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_http_query_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_http_query_LDADD = libhttp.a libbase.a
tests_fuzz_fuzz_http_path_SOURCES = tests/fuzz/fuzz_http_path.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_path_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_http_path_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_http_path_LDADD = libhttp.a libbase.a
tests_fuzz_fuzz_http_cookie_SOURCES = tests/fuzz/fuzz_http_cookie.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_cookie_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_http_cookie_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_http_cookie_LDADD = libhttp.a libbase.a
tests_fuzz_fuzz_http_multipart_SOURCES = tests/fuzz/fuzz_http_multipart.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_multipart_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_http_multipart_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_http_multipart_LDADD = libhttp.a libbase.a
tests_fuzz_fuzz_http_fastcgi_SOURCES = tests/fuzz/fuzz_http_fastcgi.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_fastcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_fuzz_fuzz_http_fastcgi_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_http_fastcgi_LDADD = libhttp.a libbase.a $(FCGI_LIBS)
