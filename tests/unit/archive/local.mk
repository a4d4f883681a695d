# tests/unit/archive
EXTRA_DIST += tests/unit/archive/tar.h
ARCHIVE_TESTS = \
	tests/unit/archive/test_bundle \
	tests/unit/archive/test_gunzip \
	tests/unit/archive/test_repack \
	tests/unit/archive/test_slug_links \
	tests/unit/archive/test_slug
check_PROGRAMS += $(ARCHIVE_TESTS)
TESTS += $(ARCHIVE_TESTS)
