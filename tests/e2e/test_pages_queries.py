"""The page of a query run, at the address that the CLI prints, and that of a change request, which
notifications lead to."""

import json
import re
import unittest

import runs
import test_pages_runs
from test_pages_runs import HOSTILE, NOTHING


class Queries(test_pages_runs.Case):
    def setUp(self):
        type(self).number = getattr(type(self), "number", 0) + 1
        self.workspace = runs.Workspace(self.client, "acme", f"asked{self.number}")
        self.client.expect(201, "POST", "/api/v2/team-workspaces", runs.document(
            "team-workspaces", {"access": "read"}, team={"type": "teams", "id": self.teams["reader"]},
            workspace={"type": "workspaces", "id": self.workspace.id}))
        self.query = self.client.expect(201, "POST", "/api/v2/queries", runs.document(
            "queries", {}, workspace={"type": "workspaces", "id": self.workspace.id})).json["data"]["id"]
        self.path = f"/app/acme/asked{self.number}/search/{self.query}"

    def claim(self):
        return self.runner.call(200, "POST", f"/agents/{self.runner.id}/claim", {"accept": ["query"]})

    def text(self, name):
        return self.people[name].get(self.path).text

    def act(self, name, act):
        person = self.people[name]
        form = next((form for form in person.open(self.path).forms if "/search/" in form["action"]), None)
        fields = form["fields"] if form else {"csrf": person.csrf()}
        return person.request(self.path, dict(fields, act=act))

    def test_from_waiting_to_its_end(self):
        page = self.people["alice"].get(self.path)
        self.assertEqual(page.status, 200)
        self.assertIn("Queued", page.text)
        self.assertIn("refresh", {name.lower() for name in page.headers})
        job = self.claim()
        line = json.dumps({"@level": "info", "@message": f"list.x.y: {HOSTILE}", "type": "list_resource_found"}) + "\n"
        self.runner.call(200, "POST", f"/jobs/{job['id']}/log?offset=0", line.encode())
        self.assertIn("Running", self.text("reader"))
        self.runner.finish(job)
        page = self.people["reader"].get(self.path)
        self.assertNotIn("refresh", {name.lower() for name in page.headers})
        self.assertIsNone(re.search(r"<script|<img src=x", page.body))
        self.assertIn(f"list.x.y: {HOSTILE}", self.text("reader"))
        self.assertIn("Finished", self.text("reader"))
        log = self.people["reader"].get(self.path + "/query")
        self.assertEqual((log.status, log.body), (200, line))

    def test_who_sees_it(self):
        for name in ("bob", "nobody"):
            for path in (self.path, self.path + "/query"):
                page = self.people[name].get(path)
                self.assertEqual(page.status, 404)
                self.assertIn(NOTHING, page.text)
        self.assertEqual(self.people["alice"].get(self.path + "x").status, 404)

    def test_cancel_is_for_those_who_may(self):
        self.assertNotIn("Cancel run", self.text("reader"))
        self.assertEqual(self.act("reader", "cancel").status, 403)
        self.assertEqual(self.act("alice", "destroy").status, 404)
        self.assertEqual(self.act("alice", "cancel").status, 303)
        self.assertIn("Canceled by", self.text("alice"))
        self.assertEqual(self.act("alice", "cancel").status, 409)


class ChangeRequests(test_pages_runs.Case):
    def setUp(self):
        type(self).number = getattr(type(self), "number", 0) + 1
        workspace = runs.Workspace(self.client, "acme", f"todo{self.number}", configured=False).id
        self.client.expect(201, "POST", "/api/v2/team-workspaces", runs.document(
            "team-workspaces", {"access": "read"}, team={"type": "teams", "id": self.teams["reader"]},
            workspace={"type": "workspaces", "id": workspace}))
        self.client.expect(201, "POST", "/api/v2/organizations/acme/explorer/bulk-actions", {"data": {
            "action_type": "change_requests", "action_inputs": {"subject": "Do it " + HOSTILE, "message": HOSTILE},
            "target_ids": [workspace]}})
        request = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace}/change-requests").json["data"][0]["id"]
        self.path = f"/app/acme/todo{self.number}/change-requests/{request}"

    def act(self, name, act):
        person = self.people[name]
        form = next((form for form in person.open(self.path).forms if "/change-requests/" in form["action"]), None)
        return person.request(self.path, dict(form["fields"] if form else {"csrf": person.csrf()}, act=act))

    def test_read_and_archive(self):
        page = self.people["reader"].get(self.path)
        self.assertEqual(page.status, 200)
        for text in ("Do it " + HOSTILE, "Open", "alice"):
            self.assertIn(text, page.text)
        self.assertIsNone(re.search(r"<script|<img src=x", page.body))
        self.assertEqual(self.act("reader", "archive").status, 404)
        self.assertEqual(self.act("alice", "burn").status, 404)
        self.assertEqual(self.act("alice", "archive").status, 303)
        self.assertIn("Archived by", self.people["reader"].get(self.path).text)
        self.assertEqual(self.act("alice", "archive").status, 400)
        for name in ("bob", "nobody"):
            self.assertEqual(self.people[name].get(self.path).status, 404)


if __name__ == "__main__":
    unittest.main()
