"""From an invitation to a member: the placeholder, who takes it over, and when it is accepted."""

import json
import unittest

import test_pages
from test_pages import Pages, Visitor


class Invitations(Pages):
    def call(self, user, method, path, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        answer = self.server.request(method, path, {"Authorization": f"Bearer {self.tokens[user]}",
                                                    "Content-Type": "application/vnd.api+json"}, text)
        return answer.status, json.loads(answer.text) if answer.text else None

    def invite(self, email, *teams):
        status, document = self.call("alice", "POST", "/api/v2/organizations/acme/organization-memberships", {
            "data": {"type": "organization-memberships", "attributes": {"email": email}, "relationships": {
                "teams": {"data": [{"type": "teams", "id": team} for team in teams]}}}})
        self.assertEqual(status, 201, document)
        return document

    def new_team(self):
        status, document = self.call("alice", "POST", "/api/v2/organizations/acme/teams",
                                     {"data": {"type": "teams", "attributes": {"name": "devs"}}})
        self.assertEqual(status, 200)
        return document["data"]["id"]

    def test_signing_in_accepts_and_the_teams_count(self):
        team = self.new_team()
        membership = self.invite("carol@example.com", team)["data"]["id"]
        self.assertEqual(self.call("carol", "GET", "/api/v2/organizations/acme")[0], 404)
        self.assertEqual(Visitor(self.server).sign_in("carol").status, 303)
        self.assertEqual(self.call("carol", "GET", "/api/v2/organizations/acme")[0], 200)
        _, shown = self.call("carol", "GET", f"/api/v2/teams/{team}")
        self.assertEqual(shown["data"]["attributes"]["users-count"], 1)
        _, shown = self.call("carol", "GET", f"/api/v2/organization-memberships/{membership}")
        self.assertEqual(shown["data"]["attributes"]["status"], "active")
        # A member leaves alone, and is then a stranger again.
        self.assertEqual(self.call("carol", "DELETE", f"/api/v2/organization-memberships/{membership}")[0], 204)
        self.assertEqual(self.call("carol", "GET", f"/api/v2/teams/{team}")[0], 404)

    def test_a_wrong_password_accepts_nothing(self):
        self.invite("carol@example.com")
        Visitor(self.server).sign_in("carol", "wrong")
        self.assertEqual(self.call("carol", "GET", "/api/v2/organizations/acme")[0], 404)

    def test_who_is_added_with_an_invited_address_takes_the_placeholder_over(self):
        placeholder = self.invite("dora@example.net")["data"]["relationships"]["user"]["data"]["id"]
        self.assertNotEqual(Visitor(self.server).sign_in("dora@example.net", "").status, 303)
        added = test_pages.run.harness.installation.run(
            [self.terrace.program("terracectl"), "user", "add", "dora", "Dora@example.net", "--password-stdin"],
            env=dict(self.terrace.environment(), TERRACE_DATABASE=self.server.environment["TERRACE_DATABASE"]),
            input=test_pages.PASSWORD + "\n")
        self.assertIn(placeholder, added)
        self.assertEqual(self.sql(f"SELECT is_invited FROM users WHERE id = '{placeholder}'").strip(), "f")
        self.assertEqual(Visitor(self.server).sign_in("dora").status, 303)
        _, listed = self.call("alice", "GET", "/api/v2/organizations/acme/organization-memberships?q=dora")
        self.assertEqual([item["attributes"]["status"] for item in listed["data"]], ["active"])

    def test_a_placeholder_goes_with_its_last_invitation(self):
        document = self.invite("dora@example.net")
        user = document["data"]["relationships"]["user"]["data"]["id"]
        path = f"/api/v2/organization-memberships/{document['data']['id']}"
        self.assertEqual(self.call("alice", "DELETE", path)[0], 204)
        self.assertEqual(self.sql(f"SELECT count(*) FROM users WHERE id = '{user}'").strip(), "0")

    def test_an_owner_is_removed_by_another_owner_and_the_last_one_stays(self):
        _, teams = self.call("alice", "GET", "/api/v2/organizations/acme/teams?filter[names]=owners")
        owners = f"/api/v2/teams/{teams['data'][0]['id']}/relationships/users"
        status, _ = self.call("alice", "POST", owners, {"data": [{"type": "users", "id": "carol"}]})
        self.assertEqual(status, 204)
        # An invited owner is none yet.
        self.assertEqual(self.call("alice", "DELETE", owners, {"data": [{"type": "users", "id": "alice"}]})[0], 403)
        Visitor(self.server).sign_in("carol")
        _, listed = self.call("carol", "GET", "/api/v2/organizations/acme/organization-memberships?q=alice")
        self.assertEqual(self.call("carol", "DELETE",
                                   f"/api/v2/organization-memberships/{listed['data'][0]['id']}")[0], 204)
        self.assertEqual(self.call("alice", "GET", "/api/v2/organizations/acme")[0], 404)
        self.assertEqual(self.call("carol", "DELETE", owners, {"data": [{"type": "users", "id": "carol"}]})[0], 403)


del Pages  # its own tests are test_pages.py's


if __name__ == "__main__":
    unittest.main()
