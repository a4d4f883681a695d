"""Wrong input: documents that would be good but for one member, sent to every route that writes, by the
owner of acme. Whatever comes, no answer is a 5xx, an error leaves every row as it was, and a success
changes nothing that belongs to globex and refers to nothing there. The same with odd queries to every route
that reads. What is tried is drawn from a fixed seed."""

import copy
import json
import random
import re

SEED = 20170501
# What stands in place of a member. A lone surrogate and a NUL are written as JSON escapes.
VALUES = [None, True, False, 0, -1, 1.5, 2 ** 31, 2 ** 63, 1e300, "", " ", "a", "x" * 300, "\u0000", "\ud800", "\U0001d11e",
          "null", "' OR 1=1 --", "2017-13-45T99:99:99Z", "../../etc/passwd", "%", [], {}, [None], [[]], [{}], {"": None},
          {"id": None}, {"data": None}, {"data": []}, {"data": {}}, {"data": [None]}, {"data": [{"id": 1, "type": []}]}]
RAW = [b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"data":null}', b'{"data":[]}', b'{"data":[null]}', b'{"data":{}}',
       b'{"data":{"attributes":[]}}', b'{"data":{"attributes":null,"relationships":null}}', b'{"data":"x"}', b"\xff\xfe",
       b'{"data":' + b"[" * 100 + b"]" * 100 + b"}", b'{"data":{"type":"x","id":"y"}}', b'{"data":{},"data":[]}']

KEYS = ["page[number]", "page[size]", "page", "page[]", "include", "sort", "fields[workspaces]", "fields", "q", "filter",
        "filter[workspace][name]", "filter[organization][name]", "filter[names]", "filter[tagged][0][key]", "filter[tagged][0]",
        "filter[tagged][99999999999999999999][key]", "filter[status]", "filter[email]", "filter[current-run][status]",
        "filter[project][id]", "filter[workspace][id]", "filter[team][id]", "filter[taggable][id]", "search[name]",
        "search[tags]", "search[exclude-tags]", "search[wildcard-name]", "since", "filter[last-ping-since]",
        "filter[expiry_status]", "filter[permissions][create-workspace]", "filter[exclude][taggable][id]", "token", "", "[", "]"]
TEXTS = ["", "0", "-1", "1", "99999999999999999999", "1e3", "1.5", "a", "*", "**", "*a*", "%25", "_", "%5C", "%00", "%ff", "%c0%af", "%27",
         "%22", "%3Cscript%3E", "-name", "name,name", "-", ",", ",,,", "a" * 3000, "organization", "organization.organization",
         "current_run.workspace.organization", "nothing", "2017-13-45", "2026-01-01T00:00:00Z", "-infinity", "infinity",
         "294277-01-01T00:00:00Z", "%F0%9D%84%9E", "%ED%A0%80", "true", "null", "acme", "+", "%0a", "(", "[a", "\\", "^$"]


def paths_of(value, path=()):
    """Each member of a document, the document itself not."""
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    else:
        return
    for key, member in members:
        yield path + (key,)
        yield from paths_of(member, path + (key,))


def put(document, path, value):
    changed = copy.deepcopy(document)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return changed


class Mutations:
    def __init__(self, matrix, count, substitute, path_of):
        self.matrix, self.world = matrix, matrix.world
        self.count = count
        self.substitute, self.path_of = substitute, path_of
        self.random = random.Random(SEED)
        self.token = self.world.tokens["an owner"]
        run = self.world.session.run
        globex = run("SELECT id FROM organizations WHERE name = 'globex';")[0]
        # A user belongs to no organization: a team takes in whoever has an account, as it did in 2017.
        self.foreign = sorted({value for value in self.world.foreign.values()
                               if "-" in value and not value.startswith("user-")} | {globex})
        self.sent = self.succeeded = 0

    def send(self, row, path, body):
        self.sent += 1
        token = self.world.tokens["a site administrator"] if row.op == "site" else self.token
        return self.matrix.client.request(row.method, path, token, body)

    def base(self, row, path, body):
        """The good document with everything in it that the thing's own document has."""
        answer = self.send(row, path, body)
        self.world.session.restore()
        full = copy.deepcopy(body) if isinstance(body, dict) else {"data": {"attributes": {}, "relationships": {}}}
        try:
            shown = answer.json["data"]
        except (ValueError, KeyError, TypeError):
            return full
        if isinstance(full.get("data"), dict) and isinstance(shown, dict):
            for part in ("attributes", "relationships"):
                given = full["data"].get(part) or {}
                full["data"][part] = {**{key: value for key, value in shown.get(part, {}).items() if value != "links"},
                                      **given}
        return full

    def mutated(self, base):
        everywhere = list(paths_of(base))
        foreign = list(self.world.foreign.values())
        # Each raw body is tried by about every third route, every member by half of them.
        for raw in self.random.sample(RAW, min(len(RAW), self.count // 5)):
            yield raw
        for _ in range(self.count if everywhere else 0):
            path = self.random.choice(everywhere)
            value = self.random.choice(VALUES if self.random.random() < 0.7 else foreign)
            yield put(base, path, value)
        for path in everywhere:
            if path[-1] == "id":
                for value in self.random.sample(foreign, min(4, len(foreign))) + self.of_its_kind(base, path):
                    yield put(base, path, value)

    def of_its_kind(self, base, path):
        """The other organization's thing that is what is named here."""
        at = base
        for key in path[:-1]:
            at = at[key]
        known = {mine: self.world.foreign.get(key) for key, mine in self.world.things.items()}
        value = known.get(at.get("id")) if isinstance(at.get("id"), str) else None
        return [value] if value else []

    def changed_abroad(self, table):
        """Whether a row that is new, gone or different names one of globex's things as an id. Some columns are
        called an id and hold what somebody else has thought up: an identity provider, or who made a GPG key."""
        found = self.world.session.run(
            f"SELECT count(*) FROM ((SELECT to_jsonb(t) AS row FROM public.{table} t EXCEPT ALL SELECT to_jsonb(s) FROM "
            f"matrix.saved_{table} s) UNION ALL (SELECT to_jsonb(s) FROM matrix.saved_{table} s EXCEPT ALL SELECT to_jsonb(t) "
            f"FROM public.{table} t)) x, jsonb_each_text(x.row) m WHERE m.key ~ '(^|_)id$' AND m.key NOT IN ('sso_team_id', 'owners_team_saml_role_id', 'key_id') "
            f"AND m.value IN ({', '.join(repr(value) for value in self.foreign)});")
        return found[0] != "0"

    def tokens_changed(self):
        """But for their last use, which is written between requests."""
        return self.world.session.run(
            "SELECT count(*) FROM ((SELECT to_jsonb(t) - 'last_used_at' FROM public.tokens t EXCEPT ALL SELECT to_jsonb(s) - "
            "'last_used_at' FROM matrix.saved_tokens s) UNION ALL (SELECT to_jsonb(s) - 'last_used_at' FROM "
            "matrix.saved_tokens s EXCEPT ALL SELECT to_jsonb(t) - 'last_used_at' FROM public.tokens t)) x;")[0] != "0"

    def problem(self, row, path, body):
        answer = self.send(row, path, body)
        dirty = [table for table in self.world.session.run(
            "SELECT name FROM matrix.dirty WHERE name <> 'sign_in_attempts';") if table != "tokens" or self.tokens_changed()]
        self.succeeded += answer.status < 300
        wrong = None
        if answer.status >= 500:
            wrong = "a server error"
        elif answer.status >= 300 and dirty:
            wrong = f"an error that changed {', '.join(dirty)}"
        elif answer.status < 300 and row.op != "site":  # a site administrator is at home everywhere
            abroad = [table for table in dirty if self.changed_abroad(table)]
            wrong = f"another organization's rows in {', '.join(abroad)}" if abroad else None
        self.world.session.restore()
        if wrong is None:
            return None
        sent = body if isinstance(body, bytes) else json.dumps(body)
        return f"{answer.status}, {wrong}: {answer.body[:200]!r} to {sent[:1500]}"

    def read(self, row, path):
        """What is wrong with the answers to odd queries."""
        for _ in range(self.count):
            query = "&".join(f"{self.random.choice(KEYS)}={self.random.choice(TEXTS)}"
                             for _ in range(self.random.choice((1, 1, 1, 2, 3))))
            answer = self.matrix.client.request("GET", path + ("&" if "?" in path else "?") + query, self.token)
            self.sent += 1
            self.succeeded += answer.status < 300
            if answer.status >= 500 or (answer.status < 300 and answer.body.startswith(b"{") and not self.is_whole(answer)):
                yield f"{answer.status} to ?{query}: {answer.body[:200]!r}"

    def run_read(self, row):
        needed = set(re.findall(r"\$(\w+)", repr((row.names, row.query)))) | (
            set(re.findall(r":(\w+)", row.pattern)) - row.names.keys())
        if needed <= self.world.things.keys():
            problems = list(self.read(row, self.path_of(row, self.world.things)))
            self.matrix.result(not problems, f"{row}: odd queries", problems)

    @staticmethod
    def is_whole(answer):
        try:
            return isinstance(answer.json, dict)
        except ValueError:
            return False

    def run(self, rows):
        for row in rows:
            if row.method == "GET" and row.op not in ("page", "open"):
                self.run_read(row)
            if row.method not in ("POST", "PATCH", "PUT", "DELETE") or row.op in ("page", "open") or \
                    (row.method == "DELETE" and row.body is None):
                continue
            things = self.world.things
            needed = set(re.findall(r"\$(\w+)", repr((row.names, row.body, row.query)))) | (
                set(re.findall(r":(\w+)", row.pattern)) - row.names.keys())
            if not needed <= things.keys():
                continue
            path, body = self.path_of(row, things), self.substitute(row.body, things)
            if row.prepare:
                continue
            problems = [problem for document in self.mutated(self.base(row, path, body))
                        if (problem := self.problem(row, path, document))]
            self.matrix.result(not problems, f"{row}: wrong input", problems)
        print(f"# {self.sent} documents, {self.succeeded} of them good enough")
