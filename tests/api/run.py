#!/usr/bin/env python3
"""Runs the plain-text API cases (see README.md beside this file) and the generic cases over all routes
through the server's program as plain CGI. Prints TAP."""

import base64
import glob
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import harness  # noqa: E402
import receiver  # noqa: E402

TEMPLATE = "terrace"
OPTIONS = {"base_url": "https://localhost", "log_level": "warn", "cost_log": "true", "document_limit": "1M",
           "upload_limit": "4M", "outbound_private": "true"}
# What every file can name: ${receiver} answers hooks (tests/e2e/receiver.py says how).
GIVEN = {}


class Mismatch(Exception):
    pass


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body


class Server:
    """The program as CGI, against one database."""

    def __init__(self, terrace, database):
        self.terrace = terrace
        self.program = terrace.program("terrace.fcgi")
        self.environment = terrace.environment()
        self.environment["TERRACE_DATABASE"] = terrace.cluster.conninfo(database, "terrace")
        self.log = terrace.path("log", "cgi.log")

    def request(self, method, target, headers, body):
        """headers: a dict of the request's header fields."""
        target = re.sub(r"^https://localhost(:\d+)?", "", target)
        environment = dict(self.environment, GATEWAY_INTERFACE="CGI/1.1", SERVER_PROTOCOL="HTTP/1.1",
                           REQUEST_METHOD=method, REQUEST_URI=target, SCRIPT_NAME="", HTTPS="on",
                           QUERY_STRING=target.partition("?")[2], SERVER_NAME="localhost",
                           SERVER_PORT="443", HTTP_HOST="localhost", REMOTE_ADDR="127.0.0.1")
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environment[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = value
        if body or method in ("POST", "PUT", "PATCH"):
            environment.setdefault("CONTENT_LENGTH", str(len(body)))
        with open(self.log, "ab") as log:
            done = subprocess.run([self.program], env=environment, input=body, stdout=subprocess.PIPE,
                                  stderr=log, timeout=60)
        head, separator, content = done.stdout.partition(b"\r\n\r\n")
        if done.returncode != 0 or not separator:
            raise Mismatch(f"{method} {target}: the program ended with {done.returncode} and printed "
                           f"{done.stdout[:300]!r}; its log: {self.tail()}")
        fields = {}
        for line in head.decode("latin-1").split("\r\n"):
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        return Answer(int(fields.pop("status", "200").split()[0]), fields, content)

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return " / ".join(log.read().splitlines()[-5:])


def escaped(data):
    """Bytes as a body spells them; see unescaped()."""
    return "".join(f"\\x{byte:02x}" for byte in data)


def unescaped(text):
    return re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), text.encode())


def slug(text):
    """A gzipped tar: `path = content`, `path/`, `path -> target`, `path => hard link`, `path * zeros`,
    `path ! device`, separated by semicolons; \\x0a in a content is a line end. The same text gives the same bytes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for entry in filter(None, (entry.strip() for entry in text.split(";"))):
            path, kind, value = re.fullmatch(r"(.+?)(?: (=|->|=>|\*|!) (.*))?", entry).groups()
            info = tarfile.TarInfo(path)
            content = {"=": lambda: unescaped(value), "*": lambda: bytes(int(value))}.get(kind, bytes)()
            info.size, info.linkname = len(content), value if kind in ("->", "=>") else ""
            info.type = {"->": tarfile.SYMTYPE, "=>": tarfile.LNKTYPE, "!": tarfile.CHRTYPE,
                         None: tarfile.DIRTYPE}.get(kind, tarfile.REGTYPE)
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def apply_filter(text, name):
    word, _, argument = name.strip().partition(" ")
    data = text.encode()
    return {"base64": lambda: base64.b64encode(data).decode(),
            "md5": lambda: hashlib.md5(data).hexdigest(),
            "sha256": lambda: hashlib.sha256(data).hexdigest(),
            "length": lambda: str(len(data)),
            "json": lambda: json.dumps(text),
            "times": lambda: text * int(argument),
            "gzip": lambda: escaped(gzip.compress(data, mtime=0)),
            "slug": lambda: escaped(slug(text)),
            "cut": lambda: escaped(unescaped(text)[:int(argument)])}[word]()


def substitute(text, values):
    def value(match):
        name, *filters = match[1].split("|")
        if name.strip() not in values:
            raise Mismatch(f"${{{name}}} has no value")
        result = values[name.strip()]
        for item in filters:
            result = apply_filter(result, item)
        return result
    return re.sub(r"\$\{([^}]+)\}", value, text)


def dig(document, path):
    for part in path.split("."):
        try:
            document = document[int(part)] if isinstance(document, list) else document[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise Mismatch(f"the answer has no {path}") from None
    return document if isinstance(document, str) else json.dumps(document)


def compare(expected, actual, path="answer"):
    """Raises Mismatch where actual is not what expected demands."""
    if expected == "**":
        return
    if expected == "*":
        if actual is None:
            raise Mismatch(f"{path} is null")
        return
    if isinstance(expected, str) and len(expected) > 2 and expected[0] == expected[-1] == "~":
        if not isinstance(actual, str) or not re.fullmatch(expected[1:-1], actual, re.DOTALL):
            raise Mismatch(f"{path} is {json.dumps(actual)}, which {expected} does not match")
        return
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            raise Mismatch(f"{path} is {json.dumps(actual)[:200]}, not an object")
        for key, value in expected.items():
            if value == "!":
                if key in actual:
                    raise Mismatch(f"{path}.{key} is there: {json.dumps(actual[key])[:200]}")
            elif key not in actual:
                raise Mismatch(f"{path}.{key} is missing")
            else:
                compare(value, actual[key], f"{path}.{key}")
        return
    if isinstance(expected, list):
        if not isinstance(actual, list):
            raise Mismatch(f"{path} is {json.dumps(actual)[:200]}, not an array")
        if expected[:1] == ["..."]:
            for index, member in enumerate(expected[1:]):
                if not any(matches(member, candidate) for candidate in actual):
                    raise Mismatch(f"{path} has no member like {json.dumps(member)}: "
                                   f"{json.dumps(actual)[:600]}")
            return
        if len(expected) != len(actual):
            raise Mismatch(f"{path} has {len(actual)} members, not {len(expected)}: "
                           f"{json.dumps(actual)[:600]}")
        for index, (left, right) in enumerate(zip(expected, actual)):
            compare(left, right, f"{path}.{index}")
        return
    if isinstance(expected, bool) != isinstance(actual, bool) or expected != actual:
        raise Mismatch(f"{path} is {json.dumps(actual)[:300]}, not {json.dumps(expected)}")


def matches(expected, actual):
    try:
        compare(expected, actual)
        return True
    except Mismatch:
        return False


class Step:
    def __init__(self, line_number, method, target, principal):
        self.line_number = line_number
        self.method = method
        self.target = target
        self.principal = principal
        self.headers = []
        self.body = []
        self.statuses = None
        self.expected_headers = []
        self.expected = []
        self.captures = []  # (kind, name, what)


class Case:
    def __init__(self, name, line_number):
        self.name = name
        self.line_number = line_number
        self.steps = []


def parse(path):
    """Returns the texts that `let` defines and the cases of a file."""
    lets, cases, step = {}, [], None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            where = f"{os.path.relpath(path, HERE)}:{number}"
            if line.startswith("# ") or line == "#":
                continue
            if line.startswith("=== "):
                cases.append(Case(line[4:].strip(), number))
                step = None
            elif line.startswith("let "):
                name, _, text = line[4:].partition("=")
                lets[name.strip()] = substitute(text.strip(), lets)
            elif line.startswith("> "):
                request = re.fullmatch(r"> (\S+) (.+?)(?: as (\S+))?", line.strip())
                if not request or not cases:
                    raise SystemExit(f"{where}: not a request: {line}")
                step = Step(number, request[1], request[2], request[3] or "alice")
                cases[-1].steps.append(step)
            elif step is None:
                if line.strip():
                    raise SystemExit(f"{where}: outside of a step: {line}")
            elif line.startswith("< "):
                step.statuses = [int(status) for status in line[2:].strip().split("|")]
            elif line.startswith("+ "):
                (step.headers if step.statuses is None else step.expected_headers).append(line[2:])
            elif line.startswith("$") and re.match(r"\$\w+ = ", line):
                name, _, what = line[1:].partition(" = ")
                step.captures.append(("value", name.strip(), what.strip()))
            elif line.startswith("@"):
                name, _, what = line[1:].partition(" = ")
                step.captures.append(("body", name.strip(), what))
            else:
                (step.body if step.statuses is None else step.expected).append(line)
    return lets, cases


def run_step(server, step, values, bodies, tokens):
    target = substitute(step.target, values)
    body = unescaped(substitute("\n".join(step.body).strip(), values))
    headers = {}
    for line in step.headers:
        name, _, value = substitute(line, values).partition(":")
        headers[name.strip()] = value.strip()
    if step.method in ("POST", "PATCH", "DELETE") or body:
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/vnd.api+json"
    headers = {name: value for name, value in headers.items() if value != "-"}
    principal = substitute(step.principal, values)
    if principal != "nobody" and "Authorization" not in headers:
        headers["Authorization"] = f"Bearer {tokens.get(principal, principal)}"
    answer = server.request(step.method, target, headers, body)
    shown = f"{step.method} {target}"
    if step.statuses is None:
        raise Mismatch(f"{shown}: no expected status in the file")
    if answer.status not in step.statuses:
        raise Mismatch(f"{shown}: {answer.status} instead of {'|'.join(map(str, step.statuses))}: "
                       f"{answer.body[:600].decode(errors='replace')}")
    for line in step.expected_headers:
        name, _, value = substitute(line, values).partition(":")
        actual = answer.headers.get(name.strip().lower())
        if value.strip() == "!":
            if actual is not None:
                raise Mismatch(f"{shown}: header {name} is there: {actual}")
            continue
        if actual is None:
            raise Mismatch(f"{shown}: header {name} is missing")
        compare(value.strip(), actual, f"{shown}: header {name}")
    document = None
    if answer.body and "json" in answer.headers.get("content-type", ""):
        try:
            document = json.loads(answer.body)
        except ValueError:
            raise Mismatch(f"{shown}: the answer is not JSON: {answer.body[:300]!r}") from None
    if answer.status >= 400 and document is not None:
        check_errors(document, answer, shown)
    expected = substitute("\n".join(step.expected).strip(), values)
    if expected:
        if document is None:
            raise Mismatch(f"{shown}: no JSON in the answer: {answer.body[:300]!r}")
        compare(json.loads(expected), document, f"{shown}: answer")
    for kind, name, what in step.captures:
        if kind == "body":
            compare_body(name, what, answer, bodies, values, shown)
        elif what.startswith("header "):
            values[name] = answer.headers.get(what[7:].strip().lower(), "")
        else:
            values[name] = answer.body.decode() if what == "body" else dig(document, what)


def compare_body(name, what, answer, bodies, values, shown):
    if name == "same":
        if bodies[what] != (answer.status, answer.body):
            raise Mismatch(f"{shown}: the answer differs from that kept as {what}:\n"
                           f"{bodies[what][1][:300]!r}\n{answer.body[:300]!r}")
    elif name == "equal":
        left, right = (json.loads(text)["data"] for text in (bodies[what][1], answer.body))
        if left != right:
            different = [key for key in ("attributes", "relationships", "links") for key in
                         [f"{key}.{inner}" for inner in sorted(set(left.get(key, {})) | set(right.get(key, {})))
                          if left.get(key, {}).get(inner) != right.get(key, {}).get(inner)]]
            raise Mismatch(f"{shown}: data differs from that kept as {what}: {', '.join(different)}")
    elif name == "text":
        if answer.body != unescaped(substitute(what, values)):
            raise Mismatch(f"{shown}: the body is {answer.body[:300]!r}")
    else:
        bodies[name] = (answer.status, answer.body)


def check_errors(document, answer, shown):
    """What every error document of the JSON API has (gotfe-protocol section 4): status is a string."""
    if not isinstance(document, dict) or "errors" not in document:
        return
    for error in document["errors"]:
        if isinstance(error, dict):
            if error.get("status") != str(answer.status):
                raise Mismatch(f"{shown}: errors[].status is {json.dumps(error.get('status'))}, "
                               f"not \"{answer.status}\"")
            if not error.get("title"):
                raise Mismatch(f"{shown}: an error without a title")


class Tap:
    def __init__(self):
        self.number = self.failed = 0

    def result(self, good, name, notes=()):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}", flush=True)
        for note in notes:
            for line in str(note).splitlines():
                print(f"# {line}", flush=True)


def run_file(path, terrace, tokens, tap, words):
    name = os.path.relpath(path, os.path.join(HERE, "cases"))[:-4]
    lets, cases = parse(path)
    chosen = [case for case in cases if case.name != "setup"
              and (not words or any(word in f"{name}: {case.name}" for word in words))]
    if not chosen:
        return
    database = "api_" + re.sub(r"\W", "_", name)
    terrace.clone_database(database, TEMPLATE)
    server = Server(terrace, database)
    shared = dict(GIVEN, **lets)
    for case in [case for case in cases if case.name == "setup"] + chosen:
        values = shared if case.name == "setup" else dict(shared)
        bodies = {}
        step = None
        try:
            for step in case.steps:
                run_step(server, step, values, bodies, tokens)
        except (Mismatch, ValueError, subprocess.TimeoutExpired) as problem:
            at = f"{os.path.relpath(path, HERE)}:{step.line_number}"
            tap.result(False, f"{name}: {case.name}", [f"{at}: {problem}"])
            if case.name == "setup":
                return
        else:
            if case.name != "setup":
                tap.result(True, f"{name}: {case.name}")
    terrace.cluster.sql(f"DROP DATABASE {database} WITH (FORCE)")


def make_template():
    """A migrated database with the principals that every file knows."""
    terrace = harness.installation.Installation(harness.new_folder(), 443, durable=False,
                                                options=dict(harness.TEST_OPTIONS, **OPTIONS))
    harness.atexit.register(harness.remove, terrace)
    terrace.prepare()
    tokens = {"root": harness.add_user(terrace, "root", admin=True)}
    for user in ("alice", "bob", "carol"):
        tokens[user] = harness.add_user(terrace, user)
    harness.add_organization(terrace, "acme", "alice")
    harness.add_organization(terrace, "globex", "bob")
    return terrace, tokens


def main(words):
    terrace, tokens = make_template()
    GIVEN["receiver"] = receiver.Receiver().url
    tap = Tap()
    for path in sorted(glob.glob(os.path.join(HERE, "cases", "**", "*.api"), recursive=True)):
        run_file(path, terrace, tokens, tap, words)
    import generic  # pylint: disable=import-outside-toplevel
    generic.run(terrace, tokens, tap, words)
    print(f"1..{tap.number}")
    return 1 if tap.failed or not tap.number else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
