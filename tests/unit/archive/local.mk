# tests/unit/archive
EXTRA_DIST += tests/unit/archive/tar.h
ARCHIVE_TESTS = \
	tests/unit/archive/test_gunzip \
	tests/unit/archive/test_slug_links \
	tests/unit/archive/test_slug
check_PROGRAMS += $(ARCHIVE_TESTS)
TESTS += $(ARCHIVE_TESTS)
tests_unit_archive_test_gunzip_SOURCES = tests/unit/archive/test_gunzip.c
tests_unit_archive_test_gunzip_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_archive_test_gunzip_LDADD = libslug.a libbase.a $(ZLIB_LIBS)
tests_unit_archive_test_slug_links_SOURCES = tests/unit/archive/test_slug_links.c
tests_unit_archive_test_slug_links_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_archive_test_slug_links_LDADD = libslug.a libbase.a
tests_unit_archive_test_slug_SOURCES = tests/unit/archive/test_slug.c
tests_unit_archive_test_slug_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_unit_archive_test_slug_LDADD = libslug.a libbase.a $(ARCHIVE_LIBS) $(ZLIB_LIBS)
