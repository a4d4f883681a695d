#!/usr/bin/env python3
"""The permission matrix: every route x every kind of caller. What must happen comes from reference.py
(today-access.md section 12), never from the program.

    run.py [WORD...]     only rows or principals whose name contains one of the words

Each request runs against the same world, which is restored after each one that changed it. The second
part asks, for every route that names a thing, for another organization's thing and for one that never
existed: the answers must be the same bytes."""

import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "e2e")]
import harness  # noqa: E402
from fastcgi import Client  # noqa: E402
from mutations import Mutations  # noqa: E402
from receiver import Receiver  # noqa: E402
from reference import PERMISSIONS, RIGHTS  # noqa: E402
from routes import ROWS  # noqa: E402
from world import World  # noqa: E402

OPTIONS = {"workers": 1, "outbound_private": "true"}


def substitute(value, things):
    if isinstance(value, str):
        return re.sub(r"\$(\w+)", lambda found: things[found[1]], value)
    if isinstance(value, dict):
        return {key: substitute(member, things) for key, member in value.items()}
    if isinstance(value, list):
        return [substitute(member, things) for member in value]
    return value


def path_of(row, things):
    path = re.sub(r":(\w+)", lambda found: substitute(row.names.get(found[1], "$" + found[1]), things),
                  row.pattern)
    return path + ("?" + substitute(row.query, things) if row.query else "")


class Matrix:
    def __init__(self, terrace, world):
        self.world = world
        self.client = Client(terrace.server_socket)
        self.visitors = {}  # what pages answer without any token
        self.number = self.failed = self.requests = 0

    def result(self, good, name, notes=()):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}")
        for note in notes[:20]:
            print(f"# {note}")

    def things_of(self, principal):
        """The world as this caller would name it; None where a row needs what the caller has not."""
        things = dict(self.world.things)
        team = self.world.teams.get(principal.name)
        if principal.owner:
            team = None
        if team:
            things["team"] = team
            if principal.workspace is not None:
                things["own_tws"] = f"tws-{team}-workspace_id"
            if principal.project is not None:
                things["own_tprj"] = f"tprj-{team}-project_id"
        if principal.person:
            things["own_membership"] = f"ou-{self.world.actors.get(principal.name)}"
            if principal.name == "an owner":
                things["own_membership"] = self.world.session.run(
                    "SELECT m.id FROM organization_memberships m JOIN users u ON u.id = m.user_id JOIN "
                    "organizations o ON o.id = m.organization_id WHERE u.username = 'alice' AND o.name = 'acme';")[0]
        return things

    @staticmethod
    def expected(row, principal):
        """The status that the reference demands."""
        if row.op in ("open", "page"):
            return row.ok
        if row.op == "scim":  # whose token it is; SCIM itself is turned off, and says so
            return 403 if principal.kind == "scim" else 401
        if row.op == "runner":
            return row.ok if principal.kind == "agent" else 401
        if principal.nobody:
            return 401
        if row.op == "any":
            cell = "." if principal.kind == "audit-trails" else "Y"
        elif row.op == "user":
            cell = "Y" if principal.person else "."
        elif row.op == "site":
            cell = "Y" if principal.name == "a site administrator" else "."
        elif row.op == "member":
            cell = "Y"
        elif callable(row.op):
            cell = row.op(principal)
        else:
            cell = principal.cell(row.op, row.target)
        if cell == "Y" and row.also:
            cell = row.also(principal) if callable(row.also) else principal.cell(*row.also)
        if cell == "Y":
            return row.ok
        if cell == "403" or (row.no == 403 and principal.cell(row.sees) == "Y"):
            return 403
        return 404

    def token(self, principal):
        if principal.kind == "none":
            return None
        return self.world.tokens.get(principal.name, "matrix-never-issued")

    def check(self, row, principal, things):
        """What is wrong with the answer, or None."""
        expected = self.expected(row, principal)
        if row.prepare:
            self.world.session.run(row.prepare.format(actor=self.world.actors.get(principal.name, "user-x")))
        path = path_of(row, things)
        answer = self.client.request(row.method, path, self.token(principal), substitute(row.body, things))
        self.requests += 1
        if (row.method != "GET" and answer.status < 300) or row.prepare:
            self.world.session.restore()
        if row.op == "page":
            expected = self.visitors.setdefault(str(row), answer.status)
            good = answer.status == expected < 500
        elif expected == "any":
            good = answer.status not in (401, 403, 404) and answer.status < 500
        else:
            good = answer.status == expected
        if not good:
            return f"{principal.name}: {answer.status} instead of {expected} ({path}): {answer.body[:200]!r}"
        if row.permissions and answer.status == 200:
            return self.check_permissions(row, principal, answer)
        if row.shows and answer.status == 200:
            return self.check_list(row, principal, things, answer)
        return None

    @staticmethod
    def check_list(row, principal, things, answer):
        """A list has what the caller may see, and nothing else that we know of."""
        listed = {item["id"] for item in answer.json["data"]}
        wrong = []
        for key, op in row.shows.items():
            if key[1:] in things:
                cell = op(principal) if callable(op) else principal.cell(*(op if isinstance(op, tuple) else (op,)))
                if (things[key[1:]] in listed) != (cell == "Y"):
                    wrong.append(f"{key} is {'there' if things[key[1:]] in listed else 'missing'}")
        return f"{principal.name}: {', '.join(wrong)}" if wrong else None

    def check_permissions(self, row, principal, answer):
        shown = answer.json["data"]["attributes"]["permissions"]
        wrong = []
        for key, op in PERMISSIONS[row.permissions].items():
            if key not in shown:
                wrong.append(f"{key} is missing")
            elif shown[key] != (op is not False and principal.cell(op, row.target) == "Y"):
                wrong.append(f"{key} is {shown[key]}")
        return f"{principal.name}: {', '.join(wrong)}" if wrong else None

    def run_row(self, row, principals, own):
        problems, tried = [], 0
        for principal in principals:
            needed = set(re.findall(r"\$(\w+)", repr((row.names, row.body, row.query)))) | (
                set(re.findall(r":(\w+)", row.pattern)) - row.names.keys())
            if not needed <= own[principal.name].keys():
                continue
            tried += 1
            problem = self.check(row, principal, own[principal.name])
            if problem:
                problems.append(problem)
        self.world.session.restore()
        if tried:
            self.result(not problems, f"{row} x {tried}", problems)

    def run(self, rows, words):
        principals = [p for p in self.world.principals if not words or any(word in p.name for word in words)]
        if not principals or any(any(word in str(row) for word in words) for row in rows):
            principals = self.world.principals
            rows = [row for row in rows if not words or any(word in str(row) for word in words)]
        own = {principal.name: self.things_of(principal) for principal in principals}
        for row in rows:
            self.run_row(row, principals, own)

    # --- What terracectl explains

    def explain(self, terrace):
        for kind, thing in (("workspace", "acme/main"), ("project", "acme/Alpha"), ("organization", "acme")):
            problems = []
            for principal in self.world.principals:
                who = self.world.actors.get(principal.name)
                if who and not principal.nobody:
                    problems += self.explanation(terrace, principal, who, kind, thing)
            self.result(not problems, f"terracectl explain ... {kind} {thing}", problems)

    @staticmethod
    def explanation(terrace, principal, who, kind, thing):
        text = terrace.ctl("explain", who, kind, thing)
        lines = [line.split(None, 1) for line in text.splitlines()[1:]]
        shown = {line[0] for line in lines if line[0] in RIGHTS[kind]}
        allowed = {right for right, op in RIGHTS[kind].items() if principal.cell(op) == "Y"}
        if shown != allowed:
            yield f"{principal.name}: {sorted(shown ^ allowed)}: {text}"
        if any(len(line) < 2 for line in lines):
            yield f"{principal.name}: a right without a source: {text}"

    # --- The same bytes for another organization's thing and for one that never existed

    def same_bytes(self, rows):
        unknown = {key: re.sub(r"-\w+$", "-0000000000000000", value) if "-" in value else "no-such-thing"
                   for key, value in self.world.things.items()}
        callers = ("an owner", "a member", "the organization's token", "the owners' token", "a stranger")
        for row in rows:
            if row.op in ("open", "page", "any", "user", "site", "scim", "runner") or callable(row.op):
                continue
            hidden = self.hiding(row, unknown)
            if hidden:
                problems = [problem for caller in callers for things in hidden
                            for problem in self.differences(row, caller, things)]
                self.result(not problems, f"{row}: foreign and unknown are the same", problems)

    def hiding(self, row, unknown):
        """Pairs of worlds in which one thing that the row names is foreign, or never existed."""
        text = [row.names.get(name, "$" + name) for name in re.findall(r":(\w+)", row.pattern)]
        names = re.findall(r"\$(\w+)", " ".join(text + [row.query]))
        if not names and row.body:
            names = re.findall(r"\$(\w+)", repr(row.body))
        pairs = []
        for name in names:
            if name in self.world.foreign:
                pairs.append((dict(self.world.things, **{name: self.world.foreign[name]}),
                              dict(self.world.things, **{name: unknown[name]})))
        if len(names) > 1 and all(name in self.world.foreign for name in names):
            pairs.append((dict(self.world.things, **self.world.foreign), dict(self.world.things, **unknown)))
        return pairs

    def differences(self, row, caller, pair):
        answers = []
        for things in pair:
            answer = self.client.request(row.method, path_of(row, things), self.world.tokens.get(caller),
                                         substitute(row.body, things))
            self.requests += 1
            if row.method != "GET":
                self.world.session.restore()
            answer.headers.pop("x-request-id", None)
            answers.append((answer.status, answer.headers, answer.body))
        if answers[0] != answers[1]:
            yield (f"{caller}: {path_of(row, pair[0])}: {str(answers[0])[:300]} but {path_of(row, pair[1])}: "
                   f"{str(answers[1])[:300]}")
        elif answers[0][0] != 404:
            yield f"{caller}: {path_of(row, pair[0])}: {answers[0][0]} instead of 404"


def check_complete(matrix, terrace):
    listing = subprocess.run([terrace.program("terrace.fcgi"), "--routes"], text=True, stdout=subprocess.PIPE,
                             check=True).stdout
    routes = {tuple(line.split()[:2]) for line in listing.splitlines()}
    rows = {(row.method, row.pattern) for row in ROWS}
    missing = sorted(routes - rows)
    matrix.result(not missing, f"every one of {len(routes)} routes has a row in routes.py",
                  [" ".join(route) for route in missing])
    for route in sorted(rows - routes):
        print(f"# no such route: {' '.join(route)}")
    return [row for row in ROWS if (row.method, row.pattern) in routes]


def main(words):
    began = time.monotonic()
    terrace = harness.start(options=OPTIONS, nginx=False)
    owners = {}
    for user, organization in (("alice", "acme"), ("bob", "globex")):
        owners[user] = harness.add_user(terrace, user)
        harness.add_organization(terrace, organization, user)
    root = harness.add_user(terrace, "root", admin=True)
    world = World(Client(terrace.server_socket), terrace, owners["alice"], owners["bob"], root,
                  Receiver().url)
    matrix = Matrix(terrace, world)
    built = time.monotonic() - began
    rows = check_complete(matrix, terrace)
    matrix.run(rows, words)
    if not words or "explain" in words:
        matrix.explain(terrace)
    if not words or "same" in words:
        matrix.same_bytes(rows)
    if not words or "wrong" in words:
        Mutations(matrix, int(os.environ.get("MUTATIONS", "20")), substitute, path_of).run(
            [row for row in rows if not words or words == ["wrong"] or any(word in str(row) for word in words)])
    world.session.close()
    print(f"1..{matrix.number}")
    print(f"# {matrix.requests} requests of {len(world.principals)} principals, {matrix.failed} rows failed; "
          f"{built:.1f} s to build, {time.monotonic() - began - built:.1f} s to ask")
    return 1 if matrix.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
