# The front without the application behind it: terrace.fcgi links it with cgi-bin/application.c, the
# web-server tests with an application of their own.
noinst_LIBRARIES += libfront.a
libfront_a_SOURCES = \
	cgi-bin/application.h \
	cgi-bin/listener.c cgi-bin/listener.h \
	cgi-bin/main.c \
	cgi-bin/master.c cgi-bin/master.h
