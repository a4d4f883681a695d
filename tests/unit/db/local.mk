# tests/unit/db: the layer's contract with statements of its own, then the embedded ones.
DB_TESTS = tests/unit/db/test_db tests/unit/db/test_pipeline tests/unit/db/test_rows \
	tests/unit/db/test_migrate
check_PROGRAMS += $(DB_TESTS)
TESTS += $(DB_TESTS) tests/unit/db/test_embed_sql.py
EXTRA_DIST += tests/unit/pg.h tests/unit/db/fixture.h tests/pg.py tests/unit/db/sql tests/unit/db/test_embed_sql.py

# <db/statements.h> is the fixture's here.
FIXTURE = tests/unit/db/gen/db
FIXTURE_GENERATED = $(FIXTURE)/statements_gen.c $(FIXTURE)/migrations_gen.c
FIXTURE_CPPFLAGS = -Itests/unit/db/gen -I$(top_srcdir)/tests/unit $(AM_CPPFLAGS) $(PQ_CFLAGS) \
	-DTEST_TOP=\"$(abs_top_srcdir)\"
BUILT_SOURCES += $(FIXTURE)/statements.h $(FIXTURE_GENERATED)
CLEANFILES += tests/unit/db/libfixture.a $(FIXTURE)/statements.h $(FIXTURE_GENERATED) $(FIXTURE)/sql.stamp

$(FIXTURE)/statements.h $(FIXTURE_GENERATED): $(FIXTURE)/sql.stamp
	@test -f $@
$(FIXTURE)/sql.stamp: FORCE-sql
	@$(MKDIR_P) $(FIXTURE) && $(PYTHON3) $(top_srcdir)/tools/embed_sql.py \
		--queries $(top_srcdir)/tests/unit/db/sql/queries \
		--queries $(top_srcdir)/sql/queries/schema.sql \
		$(FIXTURE) && touch $@

EXTRA_LIBRARIES += tests/unit/db/libfixture.a
tests_unit_db_libfixture_a_SOURCES = src/db/ahead.c src/db/connection.c src/db/db.c src/db/pipeline.c src/db/rows.c src/db/migrate.c
nodist_tests_unit_db_libfixture_a_SOURCES = $(FIXTURE_GENERATED)
tests_unit_db_libfixture_a_CPPFLAGS = $(FIXTURE_CPPFLAGS)
FIXTURE_LDADD = tests/unit/db/libfixture.a libbase.a $(PQ_LIBS) $(SODIUM_LIBS) $(INIH_LIBS)

tests_unit_db_test_db_CPPFLAGS = $(FIXTURE_CPPFLAGS)
tests_unit_db_test_db_LDADD = $(FIXTURE_LDADD)
tests_unit_db_test_pipeline_CPPFLAGS = $(FIXTURE_CPPFLAGS)
tests_unit_db_test_pipeline_LDADD = $(FIXTURE_LDADD)
tests_unit_db_test_rows_CPPFLAGS = $(FIXTURE_CPPFLAGS)
tests_unit_db_test_rows_LDADD = $(FIXTURE_LDADD)
tests_unit_db_test_migrate_CPPFLAGS = $(FIXTURE_CPPFLAGS)
tests_unit_db_test_migrate_LDADD = $(FIXTURE_LDADD)
