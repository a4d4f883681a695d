#!/usr/bin/env python3
"""Embeds sql/ into the program: statements become an enum and a table, migrations and functions
become texts. A file that would not change is left alone, so that nothing is compiled in vain.

A file of sql/queries is made of statements and fragments:

    -- name: workspace_list :many          one of :one, :many, :exec
    -- name: workspace_show :one :batch    also made as workspace_show_batch, for many at once
    -- sort: name = w.name, w.id           one variant a key and direction
    -- other comments stay out of the program
    SELECT ... {{workspace_visible}} ...
    ORDER BY /*sort*/ w.created_at, w.id
    LIMIT $1;

    -- fragment: workspace_visible
    text that replaces {{workspace_visible}} in statements and other fragments

What stands between /*sort*/ and the end of its line is the default order; descending reverses every
term, but `nulls first` and `nulls last` stay where a term says so.
"""

import argparse
import hashlib
import os
import re
import sys

MAX_PARAMS = 24  # DB_MAX_PARAMS in src/db/db.h
MAX_NAME = 63  # NAMEDATALEN - 1: the name is the prepared statement's name

WRITES = frozenset("""insert update delete merge share truncate create drop alter grant call lock notify
    copy nextval setval set_config pg_notify lo_import lo_unlink""".split())
FUNCTION = re.compile(r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(\w+)\s*\((.*?)"
                      r"(?:\$\w*\$|'|begin\s+atomic)", re.IGNORECASE | re.DOTALL)

NAME = re.compile(r"-- name: ([a-z][a-z0-9_]*) :(one|many|exec)( :batch)?\s*$")
FRAGMENT = re.compile(r"-- fragment: ([a-z][a-z0-9_]*)\s*$")
SORT = re.compile(r"-- sort: ([a-z][a-z0-9_.-]*) = (\S.*?)\s*$")
HEADER = re.compile(r"\s*--\s*(name|fragment|sort)\s*:")
MIGRATION = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql$")
QUOTED_NEWLINE = "\0"  # a line break inside a literal, which tidy() must not touch

TOKEN = re.compile(
    r"""(?P<marker>/\*sort\*/)
      | (?P<comment>--[^\n]*|/\*.*?\*/)
      | (?P<string>\b[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
                   | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?\$(?P=tag)\$)
      | (?P<fragment>\{\{.*?\}\})
      | (?P<param>\$\d+)
      | (?P<end>;)
      | (?P<word>\w+)
      | (?P<open>'|"|/\*|\{\{)
      | (?P<space>\s+)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class SqlError(Exception):
    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")


class Block:
    def __init__(self, path, line, name, contract, batch=False):
        self.path, self.line, self.name, self.contract, self.batch = path, line, name, contract, batch
        self.sorts = []  # (key, terms, line)
        self.first = None  # line number of the first body line
        self.body = []
        self.used = False

    def fail(self, line, message):
        raise SqlError(self.path, line, message)

    def tokens(self):
        """(kind, text, line) of the body, comments left out."""
        text = "\n".join(self.body)
        line = self.first or self.line
        for match in TOKEN.finditer(text):
            kind = match.lastgroup if match.lastgroup != "tag" else "string"
            if kind == "open":
                self.fail(line, f"{match.group()} is never closed")
            if kind != "comment":
                yield kind, match.group(), line
            elif match.group().startswith("/*"):
                yield "space", " ", line
            line += match.group().count("\n")


def read_lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().split("\n")
    except UnicodeDecodeError as error:
        raise SqlError(path, 1, f"not UTF-8: {error}") from error


def parse_header(block, path, number, line):
    """The block that a header line starts or, for a sort line, continues."""
    match = NAME.match(line)
    if match:
        return Block(path, number, match.group(1), match.group(2), match.group(3) is not None)
    match = FRAGMENT.match(line)
    if match:
        return Block(path, number, match.group(1), None)
    match = SORT.match(line)
    if not match:
        raise SqlError(path, number, f"malformed header: {line.strip()}")
    if block is None or block.contract is None or any(text.strip() for text in block.body):
        raise SqlError(path, number, "a sort line belongs between a name line and its SQL")
    if any(match.group(1) == key for key, _, _ in block.sorts):
        raise SqlError(path, number, f"sort key {match.group(1)} given twice")
    block.sorts.append((match.group(1), match.group(2), number))
    return block


def parse_file(path):
    blocks = []
    block = None
    for number, line in enumerate(read_lines(path), 1):
        if HEADER.match(line):
            before = block
            block = parse_header(block, path, number, line)
            if block is not before:
                blocks.append(block)
            continue
        if block is None:
            if line.strip() and not line.lstrip().startswith("--"):
                raise SqlError(path, number, "text before the first name or fragment line")
            continue
        if not block.body:
            block.first = number
        block.body.append(line)
    return blocks


def tidy(text):
    """Without trailing blanks and empty lines (what comments leave behind)."""
    lines = (line.rstrip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line).strip()


def expand(block, fragments, path_of_names=()):
    """The tokens of a block with fragments put in; the final semicolon is dropped."""
    out = []
    ended = False
    for kind, text, line in block.tokens():
        if ended and kind != "space":
            block.fail(line, f"text after the semicolon of {block.name}")
        if kind == "end":
            if block.contract is None:
                block.fail(line, f"fragment {block.name} contains a semicolon")
            ended = True
            continue
        if kind != "fragment":
            out.append((kind, text, line))
            continue
        name = text[2:-2].strip()
        if name not in fragments:
            block.fail(line, f"unknown fragment {name}")
        if name in path_of_names:
            block.fail(line, f"fragment {name} contains itself")
        fragment = fragments[name]
        fragment.used = True
        inner = expand(fragment, fragments, path_of_names + (name,))
        while inner and inner[0][0] == "space":
            inner.pop(0)
        while inner and inner[-1][0] == "space":
            inner.pop()
        out += [(k, t, line) for k, t, _ in inner]
    if block.contract is not None and not ended:
        block.fail(block.line, f"{block.name} has no semicolon at its end")
    if not any(kind != "space" for kind, _, _ in out):
        block.fail(block.line, f"{block.name} is empty")
    return out


def split_terms(text):
    """Splits on commas outside parentheses and quotes."""
    terms, depth, term = [], 0, ""
    for match in TOKEN.finditer(text):
        piece = match.group()
        depth += (piece == "(") - (piece == ")")
        if piece == "," and depth == 0:
            terms.append(term.strip())
            term = ""
        else:
            term += piece
    return terms + [term.strip()]


def order_by(block, terms, line, descending):
    """ORDER BY terms in one direction. A term that says `nulls first` or `nulls last` keeps it."""
    out = []
    for term in split_terms(terms):
        match = re.match(r"(.+?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?$", term,
                         re.IGNORECASE | re.DOTALL)
        if not match:
            block.fail(line, "empty sort term")
        expression, direction, nulls = match.groups()
        down = ((direction or "asc").lower() == "desc") != descending
        out.append(expression + (" DESC" if down else "") +
                   (f" NULLS {nulls.upper()}" if nulls else ""))
    return ", ".join(out)


def check_default_order(block, text, line):
    if not text.strip():
        block.fail(line, "no default order after /*sort*/")
    if text.count("(") != text.count(")"):
        block.fail(line, "unbalanced parentheses in the default order: break the line before `)`")
    word = re.search(r"\b(limit|offset|fetch|for)\b", text, re.IGNORECASE)
    if word:
        block.fail(line, f"the default order ends with its line: put {word.group()} on the next")


def render(block, tokens, terms):
    """SQL text; terms, when given, replace the default order."""
    out = ""
    skipping = False
    for kind, text, _ in tokens:
        if skipping:
            if "\n" not in text:
                continue
            skipping = False
            text = text[text.index("\n"):]
        if kind == "marker":
            if terms is not None:
                out += terms
                skipping = True
            continue
        out += text.replace("\n", QUOTED_NEWLINE) if kind == "string" else text
    return tidy(out).replace(QUOTED_NEWLINE, "\n")


def count_params(block, sql):
    numbers = {int(m.group()[1:]) for m in TOKEN.finditer(sql) if m.lastgroup == "param"}
    count = max(numbers, default=0)
    for number in range(1, count + 1):
        if number not in numbers:
            block.fail(block.line, f"{block.name} uses ${count} but not ${number}")
    if count > MAX_PARAMS:
        block.fail(block.line, f"{block.name} has {count} parameters, more than {MAX_PARAMS}")
    return count


def default_order(tokens):
    """(text, line) after each marker up to the end of its line."""
    for i, (kind, _, line) in enumerate(tokens):
        if kind != "marker":
            continue
        text = ""
        for _, piece, _ in tokens[i + 1:]:
            text += piece.split("\n")[0]
            if "\n" in piece:
                break
        yield text, line


def variants(block, fragments):
    """[(name, sql)] and the sort keys in order."""
    tokens = expand(block, fragments)
    markers = list(default_order(tokens))
    if block.sorts and not markers:
        block.fail(block.line, f"{block.name} has sort lines but no /*sort*/")
    if markers and not block.sorts:
        block.fail(markers[0][1], f"{block.name} has /*sort*/ but no sort lines")
    for text, line in markers:
        check_default_order(block, text, line)
    out = [(block.name, render(block, tokens, None))]
    for key, terms, line in block.sorts:
        for descending in (False, True):
            sql = render(block, tokens, order_by(block, terms, line, descending))
            out.append((f"{block.name}_sort_{len(out)}", sql))
    return out


def batch_of(block, sql, params, reads):
    """The statement for many sets of parameters at once, each parameter a text[]. batch_place says
    whose a row is."""
    if block.contract != "one" or not reads or block.sorts:
        block.fail(block.line, "only a :one that reads has a batch")
    inner = "".join(f"q.p{m.group()[1:]}" if m.lastgroup == "param" else m.group()
                    for m in TOKEN.finditer(sql))
    arrays = ", ".join(f"${n}::text[]" for n in range(1, params + 1))
    names = ", ".join(f"p{n}" for n in range(1, params + 1))
    return (f"SELECT s.*, q.place AS batch_place FROM unnest({arrays}) WITH ORDINALITY q({names}, place),\n"
            f"LATERAL (\n{inner}\nOFFSET 0) s")


def sql_files(paths):
    """The files that are named, and those of the folders that are named, in name order."""
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for name in sorted(os.listdir(path)):
            if name.endswith(".sql") and not name.startswith("."):
                yield os.path.join(path, name)


def load_queries(paths):
    fragments, statements = {}, []
    for path in sql_files(paths):
        for block in parse_file(path):
            if block.contract is not None:
                statements.append(block)
                continue
            if block.name in fragments:
                block.fail(block.line, f"fragment {block.name} is defined twice")
            fragments[block.name] = block
    return fragments, statements


def writing_functions(paths):
    """Names of our functions that may write: those not declared STABLE or IMMUTABLE."""
    names = set()
    for _, _, text in load_texts(paths):
        for name, declaration in FUNCTION.findall(text):
            if not re.search(r"\b(stable|immutable)\b", declaration, re.IGNORECASE):
                names.add(name.lower())
    return names


def only_reads(sql, writing):
    words = [m.group().lower() for m in TOKEN.finditer(sql) if m.lastgroup == "word"]
    return words[0] in ("select", "with", "values") and not any(
        word in WRITES or word in writing or word.startswith("pg_advisory") for word in words)


class Statements:
    def __init__(self, paths, writing):
        self.rows = []  # (name, sql, contract, params, reads, name of its batch)
        self.sorts = []  # (base, key, ascending, descending)
        fragments, blocks = load_queries(paths)
        seen = {}
        for block in blocks:
            made = variants(block, fragments)
            params, reads = count_params(block, made[0][1]), only_reads(made[0][1], writing)
            batch = block.name + "_batch" if block.batch else None
            if batch:
                made.append((batch, batch_of(block, made[0][1], params, reads)))
            for name, sql in made:
                if name in seen:
                    block.fail(block.line, f"{name} is also at {seen[name]}")
                if len(name) > MAX_NAME:
                    block.fail(block.line, f"{name} is longer than {MAX_NAME} characters")
                seen[name] = f"{block.path}:{block.line}"
                contract = "many" if name == batch else block.contract
                self.rows.append((name, sql, contract, params, reads, batch if name != batch else None))
            for i, (key, _, _) in enumerate(block.sorts):
                self.sorts.append((block.name, key, made[2 * i + 1][0], made[2 * i + 2][0]))
        for fragment in fragments.values():
            if not fragment.used:
                fragment.fail(fragment.line, f"fragment {fragment.name} is not used")


def c_string(text, indent="     "):
    """A C literal, one line a line. Octal escapes keep any byte safe from the compiler."""
    def escape(byte):
        if byte in b'"\\?':  # two ? could begin a trigraph
            return "\\" + chr(byte)
        return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"

    lines = text.split("\n")
    out = []
    for i, line in enumerate(lines):
        end = "\\n" if i < len(lines) - 1 else ""
        if line or end or len(lines) == 1:
            out.append('"' + "".join(escape(b) for b in line.encode()) + end + '"')
    return ("\n" + indent).join(out)


GENERATED = "/* Made by tools/embed_sql.py from sql/: do not edit. */\n"


def enum(name):
    return "STATEMENT_" + name.upper()


def header_text(statements):
    out = GENERATED + "#ifndef TERRACE_DB_STATEMENTS_H\n#define TERRACE_DB_STATEMENTS_H\n\n"
    out += "enum statement {\n"
    out += "".join(f"    {enum(row[0])},\n" for row in statements.rows)
    return out + "    STATEMENT_COUNT\n};\n\n#endif\n"


def source_text(statements):
    out = GENERATED + '#include "db/embedded.h"\n\n'
    out += "const struct db_statement db_statements[STATEMENT_COUNT] = {\n"
    for name, sql, contract, params, reads, batch in statements.rows:
        out += (f'    {{"{name}", DB_ROWS_{contract.upper()}, {params}, {str(reads).lower()},\n'
                f"     {enum(batch) if batch else 'STATEMENT_COUNT'},\n"
                f"     {c_string(sql)}}},\n")
    out += "};\n\nconst struct db_sort db_sorts[] = {\n"
    for base, key, up, down in statements.sorts:
        out += f'    {{{enum(base)}, "{key}", {enum(up)}, {enum(down)}}},\n'
    out += "    {STATEMENT_COUNT, 0, STATEMENT_COUNT, STATEMENT_COUNT},\n};\n\n"
    return out + f"const size_t db_sort_count = {len(statements.sorts)};\n"


def load_texts(paths):
    for path in sql_files(paths):
        yield path, os.path.basename(path), "\n".join(read_lines(path))


def migrations_text(migrations, functions):
    out = GENERATED + '#include "db/embedded.h"\n\n'
    out += "const struct db_migration db_migrations[] = {\n"
    seen = {}
    for path, name, text in load_texts(migrations):
        match = MIGRATION.match(name)
        if not match:
            raise SqlError(path, 1, "a migration is named 0001_some_words.sql")
        number = int(match.group(1))
        if number in seen:
            raise SqlError(path, 1, f"number {number} is also taken by {seen[number]}")
        seen[number] = path
        checksum = hashlib.sha256(text.encode()).hexdigest()
        out += (f'    {{{number}, "{match.group(2)}",\n     "{checksum}",\n'
                f"     {c_string(text)}}},\n")
    out += "    {0, 0, 0, 0},\n};\n\n"
    out += f"const size_t db_migration_count = {len(seen)};\n\n"
    count = 0
    out += "const struct db_migration db_functions[] = {\n"
    for path, name, text in load_texts(functions):
        count += 1
        checksum = hashlib.sha256(text.encode()).hexdigest()
        out += f'    {{0, "{name[:-4]}",\n     "{checksum}",\n     {c_string(text)}}},\n'
    out += "    {0, 0, 0, 0},\n};\n\n"
    return out + f"const size_t db_function_count = {count};\n"


def write_if_changed(path, text):
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    for kind in ("queries", "migrations", "functions"):
        parser.add_argument("--" + kind, action="append", default=[], metavar="PATH",
                            help=f"a folder or file of {kind}")
    parser.add_argument("out", help="the folder that gets statements.h, *_gen.c")
    args = parser.parse_args()
    try:
        writing = writing_functions(args.migrations + args.functions)
        statements = Statements(args.queries, writing)
        migrations = migrations_text(args.migrations, args.functions)
    except (SqlError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    write_if_changed(os.path.join(args.out, "statements.h"), header_text(statements))
    write_if_changed(os.path.join(args.out, "statements_gen.c"), source_text(statements))
    write_if_changed(os.path.join(args.out, "migrations_gen.c"), migrations)
    return 0


if __name__ == "__main__":
    sys.exit(main())
