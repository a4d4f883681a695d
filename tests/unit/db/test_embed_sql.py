#!/usr/bin/env python3
"""tools/embed_sql.py: what comes out, and that each mistake is an error with file and line."""

import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PROGRAM = os.path.join(TOP, "tools", "embed_sql.py")

MAIN = r"""
#include <stdio.h>
#include <string.h>
#include "db/embedded.h"
int main(void)
{
    for (int i = 0; i < STATEMENT_COUNT; i++)
        printf("%s\x1f%d\x1f%d\x1f%d\x1f%s\x1e", db_statements[i].name, db_statements[i].rows,
               db_statements[i].params, db_statements[i].reads, db_statements[i].sql);
    printf("\x1d");
    for (size_t i = 0; i < db_sort_count; i++)
        printf("%s\x1f%s\x1f%s\x1f%s\x1e", db_statements[db_sorts[i].base].name, db_sorts[i].key,
               db_statements[db_sorts[i].ascending].name, db_statements[db_sorts[i].descending].name);
    printf("\x1d");
    for (size_t i = 0; i < db_migration_count; i++)
        printf("%d\x1f%s\x1f%s\x1f%s\x1e", db_migrations[i].number, db_migrations[i].name,
               db_migrations[i].checksum, db_migrations[i].text);
    printf("\x1d");
    for (size_t i = 0; i < db_function_count; i++)
        printf("%s\x1f%s\x1f%s\x1e", db_functions[i].name, db_functions[i].checksum, db_functions[i].text);
    return 0;
}
"""


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        for name in ("queries", "migrations", "functions", "out/db"):
            os.makedirs(os.path.join(self.folder, name))

    def write(self, **files):
        """queries_a="text" becomes queries/a.sql."""
        for name, text in files.items():
            kind, _, base = name.partition("_")
            with open(os.path.join(self.folder, kind, base + ".sql"), "w", encoding="utf-8") as file:
                file.write(text)

    def generate(self, **files):
        self.write(**files)
        argv = [sys.executable, PROGRAM]
        for kind in ("queries", "migrations", "functions"):
            argv += ["--" + kind, os.path.join(self.folder, kind)]
        return subprocess.run(argv + [os.path.join(self.folder, "out/db")], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def fails(self, message, **files):
        done = self.generate(**files)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(done.stderr.strip(), os.path.join(self.folder, message))
        self.assertEqual(os.listdir(os.path.join(self.folder, "out/db")), [])

    def embed(self, **files):
        """Generates, compiles, and reads the tables back from a C program."""
        done = self.generate(**files)
        self.assertEqual(done.returncode, 0, done.stderr)
        out = os.path.join(self.folder, "out")
        with open(os.path.join(out, "main.c"), "w", encoding="utf-8") as file:
            file.write(MAIN)
        subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-Wall", "-Wextra", "-Werror",
                        "-I", out, "-I", os.path.join(TOP, "src"), "-o", os.path.join(out, "main"),
                        os.path.join(out, "main.c"), os.path.join(out, "db/statements_gen.c"),
                        os.path.join(out, "db/migrations_gen.c")], check=True)
        raw = subprocess.run([os.path.join(out, "main")], check=True, stdout=subprocess.PIPE).stdout
        return [[tuple(row.split("\x1f")) for row in table.split("\x1e")[:-1]]
                for table in raw.decode().split("\x1d")]

    def statement(self, text, **files):
        return self.embed(queries_a="-- name: x :many\n" + text, **files)[0][0]


class Embedding(Case):
    def test_any_character_survives(self):
        literals = ("'%s %d %%'", "'a\"b'", r"'a\nb\\'", "'??/'", "'é€😀'", "'it''s'", "'$1 ; --'",
                        "'a\n\n  b'", "$q$ ';\n\n-- $2 $q$", r"E'\'--;'", '"odd "" name;"', "'{{x}}'")
        rows = self.embed(queries_a="".join(f"-- name: x{i} :many\nSELECT {literal} AS c;\n"
                                            for i, literal in enumerate(literals)))[0]
        for row, literal in zip(rows, literals):
            self.assertEqual(row[4], f"SELECT {literal} AS c")

    def test_contracts_and_parameters(self):
        rows = self.embed(queries_a="-- name: a :one\nSELECT $1, $2, $1;\n-- name: b :many\nSELECT 1;\n"
                                    "-- name: c :exec\nUPDATE t SET a = $1;\n")[0]
        self.assertEqual([row[:4] for row in rows],
                         [("a", "0", "2", "1"), ("b", "1", "0", "1"), ("c", "2", "1", "0")])

    def test_comments_stay_out(self):
        row = self.statement("-- one\n  -- two\nSELECT 1 -- three\n\n  , 2 /* four\n */ + 3;\n-- five\n")
        self.assertEqual(row[4], "SELECT 1\n  , 2   + 3")

    def test_files_go_in_name_order(self):
        rows = self.embed(queries_b="-- name: b :one\nSELECT 1;", queries_a="-- name: a :one\nSELECT 1;")[0]
        self.assertEqual([row[0] for row in rows], ["a", "b"])

    def test_migrations_and_functions(self):
        text = "CREATE TABLE a ();\n-- \"%\\\n"
        _, _, migrations, functions = self.embed(
            queries_a="-- name: a :one\nSELECT 1;", migrations_0002_b="SELECT 2;", migrations_0001_a=text,
            functions_f="SELECT 3;")
        self.assertEqual(migrations, [("1", "a", hashlib.sha256(text.encode()).hexdigest(), text),
                                      ("2", "b", hashlib.sha256(b"SELECT 2;").hexdigest(), "SELECT 2;")])
        self.assertEqual(functions, [("f", hashlib.sha256(b"SELECT 3;").hexdigest(), "SELECT 3;")])

    def test_nothing_is_written_twice(self):
        self.embed(queries_a="-- name: a :one\nSELECT 1;")
        path = os.path.join(self.folder, "out/db/statements.h")
        os.utime(path, (1, 1))
        self.embed(queries_a="-- name: a :one\nSELECT 1;")
        self.assertEqual(os.stat(path).st_mtime, 1)
        self.embed(queries_a="-- name: b :one\nSELECT 1;")
        self.assertNotEqual(os.stat(path).st_mtime, 1)


class Reads(Case):
    def test_what_writes_is_known(self):
        cases = (
                ("SELECT deleted FROM updates", True), ("WITH a AS (SELECT 1) SELECT * FROM a", True),
                ("SELECT 'insert into t'", True), ("VALUES (1)", True),
                ("WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a", False),
                ("INSERT INTO t VALUES (1) RETURNING 1", False), ("SELECT 1 FROM t FOR UPDATE", False),
                ("SELECT 1 FROM t FOR KEY SHARE", False), ("SELECT nextval('s')", False),
                ("SELECT pg_advisory_xact_lock(1)", False), ("SELECT reader(1)", True),
                ("SELECT writer(1)", False), ("SELECT WRITER(1)", False), ("SELECT later(1)", True))
        rows = self.embed(
            queries_a="".join(f"-- name: x{i} :many\n{text};\n" for i, (text, _) in enumerate(cases)),
            functions_f=("CREATE OR REPLACE FUNCTION reader(a int) RETURNS int LANGUAGE sql STABLE AS $$SELECT 1$$;\n"
                         "CREATE OR REPLACE FUNCTION writer(a int) RETURNS int\nLANGUAGE sql AS $$SELECT 1 -- stable\n$$;\n"
                         "CREATE FUNCTION later(a int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';"))[0]
        for row, (text, reads) in zip(rows, cases):
            self.assertEqual(row[3], str(int(reads)), text)


class Fragments(Case):
    def test_nest_and_cross_files(self):
        rows = self.embed(queries_a="-- fragment: outer\n({{inner}} OR\n a)\n-- name: x :one\nSELECT {{outer}};",
                          queries_b="-- fragment: inner\n$1::text = 'b'\n\n")[0]
        self.assertEqual(rows[0][4], "SELECT ($1::text = 'b' OR\n a)")
        self.assertEqual(rows[0][2], "1")

    def test_mistakes(self):
        x = "-- name: x :one\nSELECT 1"
        self.fails("queries/a.sql:3: unknown fragment nope", queries_a=x + "\n+ {{nope}};")
        self.fails("queries/a.sql:1: fragment f is not used", queries_a="-- fragment: f\na\n" + x + ";")
        self.fails("queries/a.sql:2: fragment f contains itself",
                   queries_a="-- fragment: f\n{{f}}\n" + x + "+ {{f}};")
        self.fails("queries/a.sql:2: fragment f contains a semicolon",
                   queries_a="-- fragment: f\na;\n" + x + "+ {{f}};")
        self.fails("queries/a.sql:3: fragment f is defined twice",
                   queries_a="-- fragment: f\na\n-- fragment: f\nb\n" + x + "+ {{f}};")
        self.fails("queries/a.sql:1: f is empty", queries_a="-- fragment: f\n\n" + x + "+ {{f}};")


class Sorting(Case):
    LIST = "-- name: l :many\n{}SELECT a FROM t\nORDER BY /*sort*/ a, b\nLIMIT $1;"

    def variants(self, *sorts):
        header = "".join(f"-- sort: {line}\n" for line in sorts)
        statements, table, _, _ = self.embed(queries_a=self.LIST.format(header))
        return {row[0]: row[4].split("\n")[1] for row in statements}, table

    def test_one_variant_a_key_and_direction(self):
        rows, table = self.variants("name = lower(a), id", "created-at = c desc, id")
        self.assertEqual(rows, {
            "l": "ORDER BY  a, b",
            "l_sort_1": "ORDER BY lower(a), id", "l_sort_2": "ORDER BY lower(a) DESC, id DESC",
            "l_sort_3": "ORDER BY c DESC, id", "l_sort_4": "ORDER BY c, id DESC"})
        self.assertEqual(table, [("l", "name", "l_sort_1", "l_sort_2"),
                                 ("l", "created-at", "l_sort_3", "l_sort_4")])

    def test_nulls_stay_where_they_are(self):
        rows, _ = self.variants("a = f(x, 'p,q') nulls last, id", "b = y DESC NULLS FIRST")
        self.assertEqual(rows["l_sort_1"], "ORDER BY f(x, 'p,q') NULLS LAST, id")
        self.assertEqual(rows["l_sort_2"], "ORDER BY f(x, 'p,q') DESC NULLS LAST, id DESC")
        self.assertEqual(rows["l_sort_3"], "ORDER BY y DESC NULLS FIRST")
        self.assertEqual(rows["l_sort_4"], "ORDER BY y NULLS FIRST")

    def test_mistakes(self):
        sort = "-- sort: a = a\n"
        self.fails("queries/a.sql:3: sort key a given twice", queries_a=self.LIST.format(sort + sort))
        self.fails("queries/a.sql:3: l has /*sort*/ but no sort lines", queries_a=self.LIST.format(""))
        self.fails("queries/a.sql:1: l has sort lines but no /*sort*/",
                   queries_a="-- name: l :many\n" + sort + "SELECT 1;")
        self.fails("queries/a.sql:3: the default order ends with its line: put LIMIT on the next",
                   queries_a="-- name: l :many\n" + sort + "SELECT a ORDER BY /*sort*/ a LIMIT 1;")
        self.fails("queries/a.sql:3: no default order after /*sort*/",
                   queries_a="-- name: l :many\n" + sort + "SELECT a ORDER BY /*sort*/\na;")
        self.fails("queries/a.sql:3: unbalanced parentheses in the default order: break the line before `)`",
                   queries_a="-- name: l :many\n" + sort + "SELECT (SELECT a ORDER BY /*sort*/ a);")
        self.fails("queries/a.sql:3: a sort line belongs between a name line and its SQL",
                   queries_a="-- name: l :many\nSELECT\n" + sort + "1;")
        self.fails("queries/a.sql:2: malformed header: -- sort: A=b",
                   queries_a="-- name: l :many\n-- sort: A=b\nSELECT 1;")


class Batches(Case):
    def test_a_batch_takes_arrays(self):
        rows = self.embed(queries_a="-- name: a :one :batch\nSELECT b.c FROM b WHERE b.id = $1 AND '$1' <> $2;\n"
                                    "-- name: d :one\nSELECT 1;\n")[0]
        self.assertEqual([row[:4] for row in rows], [("a", "0", "2", "1"), ("a_batch", "1", "2", "1"), ("d", "0", "0", "1")])
        self.assertEqual(rows[1][4], "SELECT s.*, q.place AS batch_place FROM unnest($1::text[], $2::text[]) "
                                     "WITH ORDINALITY q(p1, p2, place),\nLATERAL (\n"
                                     "SELECT b.c FROM b WHERE b.id = q.p1 AND '$1' <> q.p2\nOFFSET 0) s")

    def test_mistakes(self):
        for text in ("-- name: a :many :batch\nSELECT $1;", "-- name: a :one :batch\nUPDATE t SET a = $1 RETURNING a;"):
            self.fails("queries/a.sql:1: only a :one that reads has a batch", queries_a=text)


class Mistakes(Case):
    def test_each_names_file_and_line(self):
        for text, message in (
                ("SELECT 1;", "1: text before the first name or fragment line"),
                ("-- name: x one\nSELECT 1;", "1: malformed header: -- name: x one"),
                ("-- name: X :one\nSELECT 1;", "1: malformed header: -- name: X :one"),
                ("--name: x :one\nSELECT 1;", "1: malformed header: --name: x :one"),
                ("-- name: x :two\nSELECT 1;", "1: malformed header: -- name: x :two"),
                ("-- a\n-- name: x :one\nSELECT 1", "2: x has no semicolon at its end"),
                ("-- name: x :one\n;", "1: x is empty"),
                ("-- name: x :one\nSELECT 1;\nSELECT 2;", "3: text after the semicolon of x"),
                ("-- name: x :one\nSELECT $2;", "1: x uses $2 but not $1"),
                ("-- name: x :one\nSELECT\n'a;", "3: ' is never closed"),
                ("-- name: x :one\nSELECT\n/* a;", "3: /* is never closed"),
                ("-- name: x :one\nSELECT {{a;", "2: {{ is never closed"),
                (f"-- name: {'x' * 64} :one\nSELECT 1;", f"1: {'x' * 64} is longer than 63 characters"),
                ("-- name: x :one\nSELECT " + ",".join(f"${i}" for i in range(1, 26)) + ";",
                 "1: x has 25 parameters, more than 24")):
            with self.subTest(message):
                self.fails("queries/a.sql:" + message, queries_a=text)

    def test_names_are_unique(self):
        one = "-- name: x :one\nSELECT 1;\n"
        self.fails(f"queries/b.sql:1: x is also at {self.folder}/queries/a.sql:1", queries_a=one, queries_b=one)

    def test_migration_names(self):
        self.fails("migrations/1_a.sql:1: a migration is named 0001_some_words.sql", migrations_1_a="")
        os.unlink(os.path.join(self.folder, "migrations/1_a.sql"))
        self.fails(f"migrations/0001_b.sql:1: number 1 is also taken by {self.folder}/migrations/0001_a.sql",
                   migrations_0001_a="", migrations_0001_b="")


if __name__ == "__main__":
    unittest.main()
