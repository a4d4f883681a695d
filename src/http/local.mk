noinst_LIBRARIES += libhttp.a
libhttp_a_SOURCES = \
	src/http/http_cgi.c src/http/http_cgi.h \
	src/http/http_fastcgi.c src/http/http_fastcgi.h \
	src/http/http_form.c src/http/http_form.h \
	src/http/http_framing.c src/http/http_framing.h \
	src/http/http_handoff.c src/http/http_handoff.h \
	src/http/http_multipart.c src/http/http_multipart.h \
	src/http/http_peers.c src/http/http_peers.h \
	src/http/http_reply.c \
	src/http/http_request.c src/http/http_request.h \
	src/http/http_router.c src/http/http_router.h \
	src/http/http_server.c src/http/http_server.h \
	src/http/http_spool.c src/http/http_spool.h \
	src/http/http_stop.c
