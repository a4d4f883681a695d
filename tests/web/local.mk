# The whole front with an application made for testing it.
check_PROGRAMS += terrace_web_test.fcgi
terrace_web_test_fcgi_SOURCES = tests/web/test_application.c
terrace_web_test_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/cgi-bin
terrace_web_test_fcgi_LDADD = libfront.a libhttp.a libbase.a $(FCGI_LIBS) $(INIH_LIBS)
EXTRA_DIST += tests/web/servers.py tests/web/test_web.py

# Starts every web server, which takes some minutes: T=Nginx or T=ApacheCgi.test_head for a part.
# `make check` runs what needs no server.
check-web: terrace_web_test.fcgi$(EXEEXT)
	WEB_PROGRAM=./terrace_web_test.fcgi $(PYTHON3) $(top_srcdir)/tests/web/test_web.py $(T)
.PHONY: check-web

TESTS += tests/web/test_cgi.sh
EXTRA_DIST += tests/web/test_cgi.sh
