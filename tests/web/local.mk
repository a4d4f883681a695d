# The whole front with an application made for testing it.
check_PROGRAMS += terrace_web_test.fcgi
terrace_web_test_fcgi_SOURCES = tests/web/test_application.c
terrace_web_test_fcgi_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/cgi-bin
terrace_web_test_fcgi_LDADD = libfront.a libhttp.a libbase.a $(FCGI_LIBS) $(INIH_LIBS)
