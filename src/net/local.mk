# src/net
noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = src/net/net_address.c src/net/net_address.h src/net/net_client.c src/net/net_client.h \
	src/net/net_mail.c src/net/net_mail.h
libnet_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
# Of a program that calls out; the server does not, and starts faster without libcurl.
NET_LIBS = libnet.a libbase.a $(INIH_LIBS) $(CURL_LIBS)
