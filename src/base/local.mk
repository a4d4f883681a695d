noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/buf.c src/base/buf.h \
	src/base/clock.c src/base/clock.h \
	src/base/config.c src/base/config.h \
	src/base/ids.c src/base/ids.h \
	src/base/log.c src/base/log.h \
	src/base/options.c src/base/options.h \
	src/base/scan.h \
	src/base/utf8.c src/base/utf8.h
libbase_a_CFLAGS = $(AM_CFLAGS) $(INIH_CFLAGS)
