# tests/sql: what is embedded, against a real server.
check_PROGRAMS += tests/sql/test_statements
TESTS += tests/sql/test_statements
tests_sql_test_statements_CPPFLAGS = -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(PQ_CFLAGS) \
	-DTEST_TOP=\"$(abs_top_srcdir)\"
