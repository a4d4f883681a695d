#!/usr/bin/env python3
"""Embeds web/ into the program: the page templates of web/pages and the files of web/assets, so that
the pages work wherever the program does. A file that would not change is left alone.

A template is HTML with {{name}} (escaped), {{&name}} (as it is, for HTML made by another template),
{{?name}} ... {{/name}} (only when name has a value) and {{!name}} ... {{/name}} (only when it has
none). What the pages' Content-Security-Policy would refuse is refused here."""

import argparse
import hashlib
import os
import re
import sys

TAG = re.compile(r"\{\{([&?!/]?)([a-z_]+)\}\}")
FORBIDDEN = re.compile(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
GENERATED = "/* Made by tools/embed_web.py from web/: do not edit. */\n"


class WebError(Exception):
    pass


def check_template(path, text):
    found = FORBIDDEN.search(text)
    if found:
        raise WebError(f"{path}: {found[0].strip()} is not allowed by the Content-Security-Policy")
    if text.count("{{") != len(TAG.findall(text)):
        raise WebError(f"{path}: a malformed {{{{...}}}}")
    opened = []
    for kind, name in TAG.findall(text):
        if kind in ("?", "!"):
            opened.append(name)
        elif kind == "/" and (not opened or opened.pop() != name):
            raise WebError(f"{path}: {{{{/{name}}}}} closes nothing")
    if opened:
        raise WebError(f"{path}: {opened[-1]} is not closed")


def c_string(data):
    """Octal escapes keep any byte safe from the compiler."""
    lines = []
    for line in data.splitlines(keepends=True) or [b""]:
        lines.append('"' + "".join(
            "\\" + chr(byte) if byte in b'"\\' else chr(byte) if 32 <= byte < 127 and byte != 63
            else f"\\{byte:03o}" for byte in line) + '"')
    return "\n     ".join(lines)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def files(folder, suffixes):
    for name in sorted(os.listdir(folder)):
        stem, suffix = os.path.splitext(name)
        if suffix in suffixes:
            yield stem, name, os.path.join(folder, name)


def header_text(templates):
    out = GENERATED + "#ifndef TERRACE_API_PAGES_WEB_FILES_H\n#define TERRACE_API_PAGES_WEB_FILES_H\n\n"
    out += "enum web_template {\n"
    out += "".join(f"    WEB_{stem.upper()},\n" for stem, _ in templates)
    return out + "    WEB_TEMPLATE_COUNT\n};\n\n#endif\n"


def source_text(templates, assets):
    version = hashlib.sha256(b"".join(data for _, _, data in assets)).hexdigest()[:12]
    out = GENERATED + '#include "api/pages/web.h"\n\n'
    out += "const char *const web_templates[WEB_TEMPLATE_COUNT] = {\n"
    for stem, data in templates:
        out += f"    [WEB_{stem.upper()}] =\n     {c_string(data)},\n"
    out += "};\n\nconst struct web_asset web_assets[] = {\n"
    for name, kind, data in assets:
        out += f'    {{"{name}", "{kind}", {len(data)},\n     {c_string(data)}}},\n'
    out += "    {0, 0, 0, 0},\n};\n\n"
    return out + f'const char web_version[] = "{version}";\n'


def write_if_changed(path, text):
    if os.path.exists(path) and read(path) == text.encode():
        return
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("web", help="the folder web")
    parser.add_argument("out", help="the folder that gets web_files.h and web_gen.c")
    args = parser.parse_args()
    try:
        templates = []
        for stem, _, path in files(os.path.join(args.web, "pages"), {".html"}):
            data = read(path)
            check_template(path, data.decode())
            templates.append((stem, data))
        assets = [(name, TYPES[os.path.splitext(name)[1]], read(path))
                  for _, name, path in files(os.path.join(args.web, "assets"), TYPES)]
    except (WebError, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 1
    write_if_changed(os.path.join(args.out, "web_files.h"), header_text(templates))
    write_if_changed(os.path.join(args.out, "web_gen.c"), source_text(templates, assets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
