#!/usr/bin/env python3
"""An identity provider against a whole installation, through nginx: it brings people and groups, a group
fills a team, and who is deactivated is out at once, with every token and in the browser."""

import json
import os
import random
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
from test_hostile import SEED, VALUES  # noqa: E402

SCIM = "application/scim+json"


class Provider:
    """What an identity provider sends: the bearer token and SCIM documents, nothing else."""

    def __init__(self, terrace, token):
        self.client = harness.Client(terrace, token)

    def send(self, status, method, path, body=None):
        reply = self.client.expect(status, method, "/scim/v2" + path, body,
                                   headers={"Content-Type": SCIM, "Accept": SCIM} if body else {"Accept": SCIM})
        if reply.body and not reply.headers["Content-Type"].startswith(SCIM):
            raise AssertionError(f"{method} {path}: {reply.headers['Content-Type']}")
        return reply.json if reply.body else None

    def patch(self, path, *operations):
        return self.send(200, "PATCH", path, {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": list(operations)})


class IdentityProvider(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"workers": 2})
        cls.root = harness.Client(cls.terrace, harness.add_user(cls.terrace, "root", admin=True))
        cls.owner = harness.Client(cls.terrace, harness.add_user(cls.terrace, "owner"))
        harness.add_organization(cls.terrace, "acme", "owner")
        cls.admin("PATCH", "saml-settings", enabled=True, provider_type="okta")
        cls.admin("PATCH", "scim-settings", enabled=True)
        token = cls.admin("POST", "scim-tokens", status=201, description="directory")
        cls.provider = Provider(cls.terrace, token["attributes"]["token"])

    @classmethod
    def admin(cls, method, path, status=200, **attributes):
        reply = cls.root.expect(status, method, "/api/v2/admin/" + path, {"data": {
            "type": "x", "attributes": {name.replace("_", "-"): value for name, value in attributes.items()}}})
        return reply.json["data"] if reply.body else None

    def person(self, name):
        """A user of the provider's, and a client with a token of hers."""
        user = self.provider.send(201, "POST", "/Users", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": f"{name}@example.com",
            "emails": [{"value": f"{name}@example.com", "primary": True}], "active": True})
        return user["id"], harness.Client(self.terrace, harness.add_token(self.terrace, name))

    def team(self, name):
        reply = self.owner.expect(200, "POST", "/api/v2/organizations/acme/teams", {"data": {
            "type": "teams", "attributes": {"name": name, "organization-access": {"manage-workspaces": True}}}})
        return reply.json["data"]["id"]

    def test_from_the_first_day_to_the_last(self):
        user, dora = self.person("dora")
        dora.expect(404, "GET", "/api/v2/organizations/acme")
        # The provider looks before it makes a group, and pages through what there is.
        found = self.provider.send(200, "GET", "/Groups?filter=displayName%20eq%20%22Builders%22")
        self.assertEqual(found["totalResults"], 0)
        group = self.provider.send(201, "POST", "/Groups", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Builders"})["id"]
        team = self.team("builders")
        self.admin("POST", f"teams/{team}/scim-group-mapping", status=204, scim_group_id=group)

        self.provider.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]})
        dora.expect(201, "POST", "/api/v2/organizations/acme/workspaces",
                    {"data": {"type": "workspaces", "attributes": {"name": "doras"}}})

        self.provider.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
        for path in ("account/details", "organizations/acme", "organizations/acme/workspaces/doras"):
            dora.expect(401, "GET", "/api/v2/" + path)
        dora.expect(401, "POST", "/api/v2/organizations/acme/workspaces",
                    {"data": {"type": "workspaces", "attributes": {"name": "late"}}})
        listed = self.root.get("/api/v2/admin/users?q=dora@example.com").json["data"][0]
        self.assertTrue(listed["attributes"]["is-suspended"])
        self.assertTrue(listed["attributes"]["is-scim-managed"])
        # What the provider has decided is not for the administrator to undo.
        self.root.expect(422, "POST", f"/api/v2/admin/users/{user}/actions/unsuspend")

        self.provider.patch(f"/Users/{user}", {"op": "replace", "value": {"active": True}})
        dora.expect(200, "GET", "/api/v2/organizations/acme/workspaces/doras")

        self.provider.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{user}"]'})
        dora.expect(200, "GET", "/api/v2/account/details")
        dora.expect(404, "GET", "/api/v2/organizations/acme")

        self.provider.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": [{"value": user}]})
        self.provider.send(204, "DELETE", f"/Users/{user}")
        dora.expect(401, "GET", "/api/v2/account/details")
        self.provider.send(404, "GET", f"/Users/{user}")
        self.assertEqual(self.provider.send(200, "GET", f"/Groups/{group}")["members"], [])
        members = self.owner.get(f"/api/v2/teams/{team}").json["data"]["attributes"]["users-count"]
        self.assertEqual(members, 0)

    def test_a_browser_is_signed_out(self):
        user, _ = self.person("frida")
        secret = "s" * 43
        self.terrace.cluster.sql(
            "INSERT INTO sessions (secret_hash, user_id, expires_at) VALUES "
            f"(encode(sha256('{secret}'), 'hex'), '{user}', now() + interval '1 day')", database="terrace")
        browser = harness.Client(self.terrace)
        cookie = {"Cookie": "__Host-terrace=" + secret}
        browser.expect(200, "GET", "/app/settings/tokens", headers=cookie)
        self.provider.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
        browser.expect(303, "GET", "/app/settings/tokens", headers=cookie)
        self.provider.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": True})
        browser.expect(303, "GET", "/app/settings/tokens", headers=cookie)

    def test_an_administrators_suspension_outlives_what_the_provider_repeats(self):
        user, erin = self.person("erin")
        self.root.expect(200, "POST", f"/api/v2/admin/users/{user}/actions/suspend")
        erin.expect(401, "GET", "/api/v2/account/details")
        shown = self.provider.send(200, "PUT", f"/Users/{user}", {"userName": "erin@example.com", "active": True})
        self.assertFalse(shown["active"])
        erin.expect(401, "GET", "/api/v2/account/details")
        self.root.expect(200, "POST", f"/api/v2/admin/users/{user}/actions/unsuspend")
        erin.expect(200, "GET", "/api/v2/account/details")

    def test_a_hundred_people_in_one_group(self):
        people = [self.provider.send(201, "POST", "/Users", {"userName": f"p{n}@many.example"})["id"] for n in range(100)]
        group = self.provider.send(201, "POST", "/Groups", {"displayName": "Everybody"})["id"]
        team = self.team("everybody")
        self.admin("POST", f"teams/{team}/scim-group-mapping", status=204, scim_group_id=group)
        self.provider.send(200, "PUT", f"/Groups/{group}", {
            "displayName": "Everybody", "members": [{"value": person} for person in people]})
        shown = self.owner.get(f"/api/v2/teams/{team}").json["data"]
        self.assertEqual(shown["attributes"]["users-count"], 100)
        seen, start = [], 1
        while True:
            page = self.provider.send(200, "GET", f"/Users?count=30&startIndex={start}")
            seen += [item["id"] for item in page["Resources"]]
            start += page["itemsPerPage"]
            if start > page["totalResults"]:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(set(people), set(seen))
        self.provider.send(204, "DELETE", f"/Groups/{group}")
        shown = self.owner.get(f"/api/v2/teams/{team}").json["data"]
        self.assertEqual(shown["attributes"]["users-count"], 0)
        members = self.owner.get("/api/v2/organizations/acme/organization-memberships?q=many.example").json
        self.assertEqual(members["data"], [])

    def test_documents_that_no_provider_sends(self):
        chance = random.Random(SEED)
        user, _ = self.person("victim")
        group = self.provider.send(201, "POST", "/Groups", {"displayName": "Victims"})["id"]
        names = ["userName", "externalId", "displayName", "name", "emails", "active", "members", "Operations", "schemas",
                 "name.givenName", "members[value eq \"x\"]", "emails[type eq \"work\"].value", "[", "a.b.c", "urn:x", ""]
        bad, sent, accepted = [], 0, 0
        for path in ("/Users", f"/Users/{user}", "/Groups", f"/Groups/{group}"):
            for method in ("POST",) if path.count("/") == 1 else ("PUT", "PATCH"):
                for _ in range(150):
                    body = {name: self.anything(chance) for name in chance.sample(names, chance.randint(1, 5))}
                    if method == "PATCH" and chance.random() < 0.9:
                        body["Operations"] = [{"op": chance.choice(["add", "replace", "remove", "x", None, 7]),
                                               "path": chance.choice(names + [None]), "value": self.anything(chance)}
                                              for _ in range(chance.randint(1, 4))]
                    reply = self.provider.client.request(method, "/scim/v2" + path, json.dumps(body).encode(),
                                                         headers={"Content-Type": SCIM})
                    sent += 1
                    accepted += reply.status < 300
                    if reply.status >= 500:
                        bad.append(f"{method} {path} {json.dumps(body)[:400]}: {reply.status} {reply.body[:200]!r}")
        for _ in range(200):
            text = "".join(chance.choice(["userName", " eq ", '"', "x", "and", " ", "[", "]", "(", ".", "\\", "é", "or "])
                           for _ in range(chance.randint(1, 12)))
            reply = self.provider.client.get("/scim/v2/Users?filter=" + urllib.parse.quote(text))
            if reply.status not in (200, 400):
                bad.append(f"filter {text!r}: {reply.status} {reply.body[:200]!r}")
        print(f"# {sent} documents sent, {accepted} accepted")
        self.assertEqual(bad, [], "\n" + "\n".join(bad[:20]))
        self.assertGreater(accepted, 20)

    @staticmethod
    def anything(chance):
        value = chance.choice(VALUES)
        return chance.choice([value, value, [value], {"value": value}, [{"value": value, "primary": True}],
                              {"givenName": value}, f"{chance.random()}@example.com"])

    def test_nothing_but_a_scim_token_opens_it_and_errors_are_scim_documents(self):
        for client in (self.root, self.owner, harness.Client(self.terrace)):
            reply = client.expect(401, "GET", "/scim/v2/Users")
            self.assertTrue(reply.headers["Content-Type"].startswith(SCIM))
            self.assertEqual(reply.json["schemas"], ["urn:ietf:params:scim:api:messages:2.0:Error"])
        self.provider.client.expect(401, "GET", "/api/v2/account/details")
        self.provider.client.expect(401, "GET", "/api/v2/admin/users")


if __name__ == "__main__":
    unittest.main()
