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
