# src/archive: not libarchive.a, which is the name of the library behind it
noinst_LIBRARIES += libslug.a
libslug_a_SOURCES = src/archive/gunzip.c src/archive/gunzip.h src/archive/slug.c src/archive/slug.h \
	src/archive/slug_links.c src/archive/slug_links.h
libslug_a_SOURCES += src/archive/bundle.c src/archive/bundle.h
libslug_a_SOURCES += src/archive/repack.c src/archive/repack.h
