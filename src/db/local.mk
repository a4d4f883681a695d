# src/db
noinst_LIBRARIES += libdb.a
libdb_a_SOURCES = src/db/connection.c src/db/ahead.c src/db/db.c src/db/db.h src/db/db_internal.h src/db/embedded.h \
	src/db/migrate.c src/db/pipeline.c src/db/rows.c
nodist_libdb_a_SOURCES = src/db/statements.h src/db/statements_gen.c src/db/migrations_gen.c
libdb_a_CPPFLAGS = $(AM_CPPFLAGS) $(PQ_CFLAGS)

SQL_GENERATED = src/db/statements.h src/db/statements_gen.c src/db/migrations_gen.c
BUILT_SOURCES += $(SQL_GENERATED)
CLEANFILES += $(SQL_GENERATED) src/db/sql.stamp
EXTRA_DIST += sql/queries sql/migrations sql/functions

# The generator runs at each make, as a new file in sql/ can't be named here, and leaves a file alone
# that would not change: make compares times after the recipe, so nothing is recompiled in vain.
$(SQL_GENERATED): src/db/sql.stamp
	@test -f $@
src/db/sql.stamp: FORCE-sql
	@$(MKDIR_P) src/db && $(PYTHON3) $(top_srcdir)/tools/embed_sql.py \
		--queries $(top_srcdir)/sql/queries --migrations $(top_srcdir)/sql/migrations \
		--functions $(top_srcdir)/sql/functions src/db && touch $@
FORCE-sql:
.PHONY: FORCE-sql
