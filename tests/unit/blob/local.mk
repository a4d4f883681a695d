# tests/unit/blob
check_PROGRAMS += tests/unit/blob/test_blob
TESTS += tests/unit/blob/test_blob
CLEANFILES += test_blob.keys
tests_unit_blob_test_blob_CPPFLAGS = -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(PQ_CFLAGS) \
	-DTEST_TOP=\"$(abs_top_srcdir)\"
