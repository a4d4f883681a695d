# tests/sql: what is embedded, against a real server.
check_PROGRAMS += tests/sql/test_statements
TESTS += tests/sql/test_statements
tests_sql_test_statements_CPPFLAGS = -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(PQ_CFLAGS) \
	-DTEST_TOP=\"$(abs_top_srcdir)\"

# Plans, with the data set of the bench; it says which build by its working directory.
EXTRA_DIST += tests/sql/test_plans.py tests/sql/test_counts.py
TESTS += tests/sql/test_plans.py tests/sql/test_counts.py
