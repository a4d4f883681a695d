"""House rules that a compiler doesn't know: who may include whom, which folder may touch a library,
no SQL in C, banned functions, no registry hosts. Prints one TAP line a rule."""

import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# DESIGN section 3: base <- json, http, db <- auth <- jsonapi <- api <- cgi-bin.
LAYERS = {
    "src/base": set(),
    "src/json": {"base"},
    "src/http": {"base"},
    "src/db": {"base"},
    "src/crypto": {"base"},
    "src/terraform": {"base", "json"},
    "src/archive": {"base"},
    "src/net": {"base"},
    "src/sentinel": {"base", "json"},
    "src/blob": {"base", "db", "crypto"},
    "src/jsonapi": {"base", "json", "http", "db", "crypto", "auth"},
    "src/auth": {"base", "json", "http", "db", "crypto"},
    "src/api": {"base", "json", "http", "db", "crypto", "terraform", "archive", "blob", "jsonapi", "auth",
                "run", "net", "hooks", "policy", "vcs", "saml"},
    "src/hooks": {"base", "json", "crypto", "net", "db"},
    "src/vcs": {"base", "json", "crypto", "net"},
    "src/saml": {"base", "json", "crypto"},
    "src/run": {"base", "json", "db", "crypto", "blob", "auth"},
    "src/policy": {"base", "json", "db", "crypto", "blob", "archive", "sentinel", "run"},
    "src/runner": {"base", "json", "net"},
    "src/worker": {"base", "db", "net", "run", "crypto", "blob", "json", "hooks", "policy", "terraform",
                   "vcs", "archive"},
    "src/ctl": {"base", "json", "db", "crypto", "terraform", "blob", "auth", "run", "net"},
    "cgi-bin": {"base", "json", "http", "db", "crypto", "terraform", "blob", "jsonapi", "auth", "api", "run",
                "net"},
}

# Each library appears behind exactly one folder.
LIBRARIES = {
    r"libpq-fe\.h|postgres.*\.h": "src/db",
    r"fcgiapp\.h|fcgi_stdio\.h|fcgios\.h": "src/http",
    r"json-c/.*|json\.h": "src/json",
    r"sodium\.h|openssl/.*": "src/crypto",
    r"ini\.h": "src/base",
    r"archive(_entry)?\.h": "src/archive",
    r"curl/.*": "src/net",
    r"libxml/.*|xmlsec/.*": "src/saml",
}

BANNED = "strcpy strcat sprintf vsprintf gets strtok atoi atol atof system popen".split()

SQL = re.compile(r'"\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET|DELETE\s+FROM\s|CREATE\s+'
                 r'(TABLE|INDEX|FUNCTION|ROLE)|ALTER\s+TABLE|DROP\s+TABLE|GRANT\s|WITH\s+\w+\s+AS)',
                 re.IGNORECASE)

# Spelled in halves, so that this file passes its own rule.
HOSTS = re.compile("|".join(left + re.escape(right) for left, right in (
    ("proxy", ".golang.org"), ("registry", ".npmjs.org"), ("pypi", ".org"), ("crates", ".io"),
    ("deb", ".debian.org"), ("repo1?", ".maven.org"), ("repo", ".maven.apache.org"),
    ("pythonhosted", ".org"))))


def tracked():
    done = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=TOP,
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode == 0:
        return [name for name in done.stdout.splitlines() if os.path.isfile(os.path.join(TOP, name))]
    return [os.path.relpath(os.path.join(parent, name), TOP)
            for parent, _, names in os.walk(TOP) for name in names]


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8", errors="replace") as file:
        return file.read()


def blank(match):
    """Comments go, line numbers stay."""
    return re.sub(r"[^\n]", " ", match[0]) if match[0].startswith("/") else match[0]


def without_comments(text):
    return re.sub(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


def lines(text, pattern):
    for found in re.finditer(pattern, text):
        yield text.count("\n", 0, found.start()) + 1, found


def sources():
    return [name for name in tracked()
            if name.endswith((".c", ".h")) and name.startswith(("src/", "cgi-bin/"))
            and not name.endswith(("_gen.c", "statements.h"))]


def layer_of(name):
    return "cgi-bin" if name.startswith("cgi-bin/") else "/".join(name.split("/")[:2])


def check_layers():
    for name in sources():
        layer = layer_of(name)
        for line, found in lines(without_comments(read(name)), r'#\s*include\s*"([^"]+)"'):
            folder = found[1].partition("/")[0] if "/" in found[1] else None
            if layer not in LAYERS:
                yield f"{name}:{line}: {layer} has no rule in tools/lint_layers.py"
                break
            own = layer.split("/")[-1]
            if folder is not None and folder != own and folder not in LAYERS[layer]:
                yield f"{name}:{line}: {layer} may not include {found[1]}"


def check_libraries():
    for name in sources():
        for line, found in lines(without_comments(read(name)), r'#\s*include\s*[<"]([^>"]+)[>"]'):
            for header, folder in LIBRARIES.items():
                if re.fullmatch(header, found[1]) and layer_of(name) != folder:
                    yield f"{name}:{line}: {found[1]} belongs behind {folder}"


def check_sql():
    for name in sources():
        for line, found in lines(without_comments(read(name)), SQL):
            yield f"{name}:{line}: SQL in C: {found[0]}"


def check_banned():
    pattern = r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\("
    for name in tracked():
        if name.endswith((".c", ".h")):
            text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', without_comments(read(name)))
            for line, found in lines(text, pattern):
                yield f"{name}:{line}: {found[1]} is banned"


def check_hosts():
    for name in tracked():
        for line, found in lines(read(name), HOSTS):
            yield f"{name}:{line}: host of a package registry: {found[0]}"


def main():
    failed = False
    for rule in (check_layers, check_libraries, check_sql, check_banned, check_hosts):
        broken = list(rule())
        failed = failed or bool(broken)
        print(f"{'not ok' if broken else 'ok'} - {rule.__name__.replace('check_', 'rule ')}")
        for line in broken:
            print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
