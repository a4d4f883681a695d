# The front without the application behind it: terrace.fcgi links it with cgi-bin/application.c, the
# web-server tests with an application of their own.
noinst_LIBRARIES += libfront.a
libfront_a_SOURCES = \
	cgi-bin/application.h \
	cgi-bin/listener.c cgi-bin/listener.h \
	cgi-bin/main.c \
	cgi-bin/master.c cgi-bin/master.h

libexec_PROGRAMS += terrace.fcgi
terrace_fcgi_SOURCES = cgi-bin/application.c
terrace_fcgi_LDADD = libfront.a $(SERVER_LIBS)
SERVER_LIBS = libapi.a libjsonapi.a libauth.a libpolicy.a libsentinel.a librun.a libblob.a libhooks.a libvcs.a libsaml.a libnet.a libhttp.a libdb.a libterraform.a \
	libslug.a libjson.a libterrace_crypto.a libbase.a \
	$(FCGI_LIBS) $(PQ_LIBS) $(JSONC_LIBS) $(SODIUM_LIBS) $(CRYPTO_LIBS) $(INIH_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(ARCHIVE_LIBS) $(CURL_LIBS)
