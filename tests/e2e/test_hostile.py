#!/usr/bin/env python3
"""Every writable route with documents that no client sends, from the tables of the program itself
(`terrace.fcgi --reference`): each attribute and relationship with each wrong kind, overlong, with
characters that databases stumble over. Whatever comes back, it is never a 5xx and never a hung or dead
worker; the few hundred good values among them may well succeed. The order is random but fixed by SEED."""

import json
import os
import random
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import harness  # noqa: E402

SEED = int(os.environ.get("SEED", "20171208"))
PER_ROUTE = int(os.environ.get("HOSTILE", "25"))

TEXTS = ["", " ", "x", "a" * 300, "é" * 200, "'; DROP TABLE users; --", "{}", "{\"a\":1}", "\\", "\"", "%s%n",
         "a,b", "{a,b}", "../..", "2026-02-30T00:00:00Z", "2026-11-24T10:00:00Z", "99999999999999999999", "\u202e", "\U0001f600",
         "read", "custom", "agent", "terraform", "env", "1d", "remote", "-1", "null", "true"]
VALUES = TEXTS + [None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 1e308, 0.5, [], {}, [None], [[]], [{}],
                  ["a"], ["a", 1], ["\"", "{", ","], {"a": None}, {"id": "x"}, {"type": "x", "id": "y"}]


def read_reference(text):
    """[(type, routes, attributes, relationships)] from the Markdown of --reference."""
    for part in text.split("\n## ")[1:]:
        name = part.splitlines()[0]
        routes = re.findall(r"^\| ([A-Z]+) \| `([^`]+)`", part, re.M)
        attributes = re.findall(r"^\| `([^`]+)` \| ", part, re.M)
        related = re.search(r"^Relationships: (.*)\.$", part, re.M)
        yield name, routes, attributes, re.findall(r"`([^`]+)`", related.group(1)) if related else []


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.random = random.Random(SEED)
        cls.terrace = harness.start()
        cls.token = harness.add_user(cls.terrace, "mallory", admin=True)
        cls.client = harness.Client(cls.terrace, cls.token)
        harness.add_organization(cls.terrace, "evil", "mallory")
        build = os.environ.get("TERRACE_BUILD") or os.path.join(HERE, "..", "..", "build")
        cls.reference = list(read_reference(subprocess.run(
            [f"{build}/terrace.fcgi", "--reference"], capture_output=True, text=True, check=True).stdout))
        cls.collect()

    @classmethod
    def collect(cls):
        """Real ids for path parameters, so that requests get past 404."""
        c = cls.client

        def made(path, kind, attributes, relationships=None):
            reply = c.post(path, {"data": {"type": kind, "attributes": attributes, "relationships": relationships or {}}})
            return reply.json["data"]["id"] if reply.status < 300 else "missing"

        org = "/api/v2/organizations/evil"
        ws = made(org + "/workspaces", "workspaces", {"name": "ws"})
        c.post(f"/api/v2/workspaces/{ws}/actions/lock")
        varset = made(org + "/varsets", "varsets", {"name": "set"})
        team = made(org + "/teams", "teams", {"name": "team"})
        project = made(org + "/projects", "projects", {"name": "project"})
        user = c.get("/api/v2/account/details").json["data"]["id"]
        cls.ids = {
            "organization": "evil", "workspace": "ws", "workspace_id": ws, "project_id": project, "team_id": team,
            "varset_id": varset, "user_id": user,
            "agent_pool_id": made(org + "/agent-pools", "agent-pools", {"name": "pool"}),
            "ssh_key_id": made(org + "/ssh-keys", "ssh-keys", {"name": "key", "value": "v"}),
            "variable_id": made(f"/api/v2/workspaces/{ws}/vars", "vars", {"key": "k", "value": "v", "category": "env"}),
            "team_workspace_id": made("/api/v2/team-workspaces", "team-workspaces", {"access": "read"},
                                      {"team": {"data": {"type": "teams", "id": team}},
                                       "workspace": {"data": {"type": "workspaces", "id": ws}}}),
            "team_project_id": made("/api/v2/team-projects", "team-projects", {"access": "read"},
                                    {"team": {"data": {"type": "teams", "id": team}},
                                     "project": {"data": {"type": "projects", "id": project}}}),
            "token_id": "at-none",
        }

    def path(self, pattern):
        return re.sub(r":(\w+)", lambda m: self.ids.get(m.group(1), "missing"), pattern)

    def value(self):
        return self.random.choice(VALUES)

    def document(self, kind, attributes, relationships):
        pick = self.random.random()
        if pick < 0.08:
            return self.random.choice([None, [], {}, {"data": None}, {"data": []}, {"data": [None]}, {"data": "x"},
                                       {"data": {"attributes": []}}, {"data": {"relationships": [1]}}, 7, "x"])
        if pick < 0.2:
            return {"data": [{"type": self.random.choice([kind, "", None, 5]), "id": self.value(),
                              "attributes": {"name": self.value(), "key": self.value(), "value": self.value()}}
                             for _ in range(self.random.randint(1, 4))]}
        names = self.random.sample(attributes, min(len(attributes), self.random.randint(1, 4))) if attributes else []
        links = self.random.sample(relationships, min(len(relationships), self.random.randint(0, 2)))
        return {"data": {"type": self.random.choice([kind, kind, kind, "", 5, None]),
                         "attributes": {n: self.value() for n in names},
                         "relationships": {n: self.random.choice(
                             [self.value(), {"data": self.value()}, {"data": [self.value()]},
                              {"data": {"type": "x", "id": self.value()}}]) for n in links}}}

    def test_documents(self):
        sent = accepted = 0
        bad = []
        for kind, routes, attributes, relationships in self.reference:
            for method, pattern in routes:
                if method not in ("POST", "PATCH") or "/session" in pattern or "/oauth2" in pattern or "password" in pattern:
                    continue
                for _ in range(PER_ROUTE):
                    document = self.document(kind, attributes, relationships)
                    # These would hide things from the next requests.
                    data = document.get("data") if isinstance(document, dict) else None
                    if isinstance(data, dict) and isinstance(data.get("attributes"), dict) and method == "PATCH":
                        for name in ("name", "is-disabled", "workspace-limit"):
                            data["attributes"].pop(name, None)
                    reply = self.client.request(method, self.path(pattern), json.dumps(document).encode(),
                                                headers={"Content-Type": "application/vnd.api+json"})
                    sent += 1
                    accepted += reply.status < 300
                    pending = reply.status == 503 and b"pending" in reply.body
                    if reply.status >= 500 and not pending:
                        bad.append(f"{method} {self.path(pattern)} {json.dumps(document)[:600]}: {reply.status} {reply.body[:300]!r}")
        print(f"# {sent} documents sent, {accepted} accepted")
        self.assertEqual(bad, [], "\n" + "\n".join(bad[:20]))
        self.assertGreater(accepted, sent // 50, "the documents did not get far")

    def test_queries(self):
        bad = []
        names = ["page[number]", "page[size]", "include", "sort", "q", "search[name]", "search[tags]", "search[wildcard-name]",
                 "filter[tagged][0][key]", "filter[tagged][0][value]", "filter[names]", "filter[project][id]", "filter[status]",
                 "filter[workspace][id]", "filter[email]", "fields[workspaces]", "since", "filter[workspace][name]",
                 "filter[organization][name]"]
        for _, routes, _, _ in self.reference:
            for method, pattern in routes:
                if method != "GET":
                    continue
                for _ in range(max(4, PER_ROUTE // 4)):
                    query = "&".join(f"{harness.urllib.request.quote(n, safe='')}={harness.urllib.request.quote(str(self.random.choice(TEXTS)))}"
                                     for n in self.random.sample(names, 3))
                    reply = self.client.get(self.path(pattern) + "?" + query)
                    if reply.status >= 500:
                        bad.append(f"GET {self.path(pattern)}?{query}: {reply.status} {reply.body[:300]!r}")
        self.assertEqual(bad, [], "\n" + "\n".join(bad[:20]))


if __name__ == "__main__":
    unittest.main()
