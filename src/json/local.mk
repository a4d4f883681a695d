noinst_LIBRARIES += libjson.a
libjson_a_SOURCES = \
	src/json/json_reader.c src/json/json_reader.h \
	src/json/json_span.c src/json/json_span.h \
	src/json/json_writer.c src/json/json_writer.h
libjson_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS)
