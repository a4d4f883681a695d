"""What happens at the same moment: things are used while they are deleted, and made twice under one name.
Whoever comes second gets the answer of somebody who comes a moment later: no 5xx, no worker that dies, and
nothing is there twice."""

import os
import random
import subprocess
import threading
import time
import unittest

import harness
import states

ROUNDS = int(os.environ.get("TERRACE_RACES", "25"))


def fresh():
    return f"x{random.getrandbits(44):x}"


def document(kind, attributes=None, **related):
    return {"data": {"type": kind, "attributes": attributes or {}, "relationships": {
        name.replace("_", "-"): {"data": value} for name, value in related.items()}}}


def named(kind, identifier):
    return {"type": kind, "id": identifier}


class Races(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"workers": 4})
        cls.token = harness.add_user(cls.terrace, "alice")
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.client = harness.Client(cls.terrace, cls.token)
        cls.organization = "/api/v2/organizations/acme"

    def tearDown(self):
        self.assertNotIn("worker died", open(self.terrace.path("log", "terrace.log"), encoding="utf-8").read())

    def race(self, *requests):
        """All at once; the statuses, and that none is a 5xx."""
        barrier = threading.Barrier(len(requests))
        replies = [None] * len(requests)

        def send(place, method, path, body=None):
            client = harness.Client(self.terrace, self.token)
            barrier.wait()
            # A machine that is busy with other things may take its time.
            replies[place] = client.request(method, path, body, timeout=180)

        threads = [threading.Thread(target=send, args=(place, *request)) for place, request in enumerate(requests)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for request, reply in zip(requests, replies):
            self.assertIsNotNone(reply, request[:2])
            self.assertLess(reply.status, 500, (request[:2], reply.body[:300]))
        return [reply.status for reply in replies]

    def make(self, path, kind, **attributes):
        attributes = {name.replace("_", "-"): value for name, value in attributes.items()}
        reply = self.client.post(path, document(kind, attributes))
        self.assertIn(reply.status, (200, 201), reply.body[:300])
        return reply.json["data"]["id"]

    def workspace(self):
        return self.make(self.organization + "/workspaces", "workspaces", name=fresh())

    def test_one_name_is_given_once(self):
        for _ in range(ROUNDS):
            name, workspace = fresh(), self.workspace()
            for path, body in (
                    (self.organization + "/workspaces", document("workspaces", {"name": name})),
                    (self.organization + "/teams", document("teams", {"name": name})),
                    (self.organization + "/projects", document("projects", {"name": name})),
                    (self.organization + "/varsets", document("varsets", {"name": name, "global": False})),
                    (self.organization + "/reserved-tag-keys", document("reserved-tag-keys", {"key": name})),
                    (self.organization + "/organization-memberships",
                     document("organization-memberships", {"email": name + "@example.com"})),
                    (self.organization + "/registry-modules",
                     document("registry-modules", {"name": name, "provider": "aws", "registry-name": "private"})),
                    (self.organization + "/registry-providers",
                     document("registry-providers", {"name": name, "namespace": "acme", "registry-name": "private"})),
                    ("/api/v2/organizations", document("organizations", {"name": name, "email": "a@example.com"})),
                    (f"/api/v2/workspaces/{workspace}/vars", document("vars", {"key": "k", "value": "", "category": "env"}))):
                statuses = sorted(self.race(*[("POST", path, body)] * 3))
                self.assertIn(statuses, ([200, 422, 422], [201, 422, 422]), path)

    def test_one_lock_is_given_once(self):
        for _ in range(ROUNDS):
            lock = ("POST", f"/api/v2/workspaces/{self.workspace()}/actions/lock", {})
            self.assertEqual(sorted(self.race(lock, lock, lock, lock)), [200, 409, 409, 409])

    def unlock_beside(self, workspace, change):
        """The answer to an unlock that waits while somebody else, who has the workspace's row, changes something."""
        other = subprocess.Popen(["psql", "-qXd", self.terrace.owner_database], stdin=subprocess.PIPE, text=True)
        other.stdin.write(f"BEGIN; SELECT 1 FROM workspaces WHERE id = '{workspace}' FOR UPDATE \\g /dev/null\n")
        other.stdin.flush()
        time.sleep(0.5)
        replies = []
        thread = threading.Thread(target=lambda: replies.append(harness.Client(self.terrace, self.token).post(
            f"/api/v2/workspaces/{workspace}/actions/unlock", {})))
        thread.start()
        time.sleep(0.5)
        other.communicate(f"{change}; COMMIT;\n")
        thread.join()
        return replies[0].status

    def test_an_unlock_sees_what_has_come_while_it_waited(self):
        workspace = self.workspace()
        lock = f"/api/v2/workspaces/{workspace}/actions/lock"
        self.client.post(lock, {})
        states.create(self.client, workspace, 1, states.document(1), inline=False)
        change = f"UPDATE state_versions SET status = '%s' WHERE workspace_id = '{workspace}'"
        self.assertEqual(self.unlock_beside(workspace, change % "discarded"), 200)
        self.client.post(lock, {})
        self.assertEqual(self.unlock_beside(workspace, change % "pending"), 503)

    def test_an_upload_url_is_spent_once(self):
        for number in range(ROUNDS):
            workspace = self.workspace()
            self.client.post(f"/api/v2/workspaces/{workspace}/actions/lock", {})
            body = states.document(1, padding=300000, seed=str(number))
            made = states.create(self.client, workspace, 1, body, inline=False).json["data"]["attributes"]
            put = ("PUT", made["hosted-state-upload-url"], body)
            self.assertEqual(sorted(self.race(put, put, put)), [200, 409, 409])

    def test_a_version_that_is_replaced_is_not_finalized(self):
        for number in range(ROUNDS):
            workspace = self.workspace()
            self.client.post(f"/api/v2/workspaces/{workspace}/actions/lock", {})
            old, new = (states.document(serial, padding=300000, seed=str(number)) for serial in (1, 2))
            made = states.create(self.client, workspace, 1, old, inline=False).json["data"]
            replies = []
            thread = threading.Thread(target=lambda: replies.append(
                states.create(self.client, workspace, 2, new, inline=True)))
            thread.start()
            upload = self.race(("PUT", made["attributes"]["hosted-state-upload-url"], old))
            thread.join()
            self.assertEqual(replies[0].status, 201, replies[0].body[:300])
            self.assertIn(upload[0], (200, 409))
            current = self.client.get(f"/api/v2/workspaces/{workspace}/current-state-version").json["data"]
            self.assertEqual(current["id"], replies[0].json["data"]["id"])

    def test_bytes_that_are_gone_are_not_restored(self):
        for number in range(ROUNDS):
            workspace = self.workspace()
            self.client.post(f"/api/v2/workspaces/{workspace}/actions/lock", {})
            first, _ = (states.create(self.client, workspace, serial, states.document(serial, seed=str(number))).json["data"]["id"]
                        for serial in (1, 2))
            path = f"/api/v2/state-versions/{first}"
            self.client.expect(200, "POST", path + "/actions/soft_delete_backing_data")
            statuses = self.race(("POST", path + "/actions/permanently_delete_backing_data"),
                                 ("POST", path + "/actions/restore_backing_data"))
            self.assertIn(statuses, ([200, 400], [400, 200]))
            status = self.client.get(path).json["data"]["attributes"]["status"]
            self.assertEqual(status, "backing_data_permanently_deleted" if statuses[0] == 200 else "finalized")
        self.terrace.ctl("verify")

    def test_tags_are_made_by_all(self):
        for _ in range(ROUNDS):
            path, name = f"/api/v2/workspaces/{self.workspace()}", fresh()
            tag = ("POST", path + "/relationships/tags", {"data": [{"type": "tags", "attributes": {"name": name}}]})
            binding = ("PATCH", path + "/tag-bindings", {"data": [
                {"type": "tag-bindings", "attributes": {"key": name, "value": "v"}}]})
            self.assertEqual(self.race(tag, binding, tag, binding), [204, 200, 204, 200])

    def test_a_thing_that_goes_is_used(self):
        for _ in range(ROUNDS):
            self.a_team_goes()
            self.a_workspace_goes()
            self.others_go()

    def a_team_goes(self):
        workspace, project = self.workspace(), self.make(self.organization + "/projects", "projects", name=fresh())
        team = self.make(self.organization + "/teams", "teams", name=fresh())
        self.race(("DELETE", f"/api/v2/teams/{team}"),
                  ("POST", "/api/v2/team-workspaces", document("team-workspaces", {"access": "read"}, team=named("teams", team),
                                                               workspace=named("workspaces", workspace))),
                  ("POST", "/api/v2/team-projects", document("team-projects", {"access": "read"}, team=named("teams", team),
                                                             project=named("projects", project))),
                  ("POST", f"/api/v2/teams/{team}/relationships/users", {"data": [named("users", "alice")]}),
                  ("POST", f"/api/v2/teams/{team}/authentication-token", {}))
        self.race(("DELETE", f"/api/v2/projects/{project}"),
                  ("POST", self.organization + "/workspaces",
                   document("workspaces", {"name": fresh()}, project=named("projects", project))),
                  ("POST", f"/api/v2/projects/{project}/relationships/workspaces", {"data": [named("workspaces", workspace)]}))

    def a_workspace_goes(self):
        workspace = self.workspace()
        path = f"/api/v2/workspaces/{workspace}"
        self.client.post(path + "/actions/lock", {})
        body = states.document(1)
        varset = self.make(self.organization + "/varsets", "varsets", name=fresh())
        self.race(("DELETE", path), ("POST", path + "/actions/unlock"),
                  ("POST", path + "/configuration-versions", document("configuration-versions", {"auto-queue-runs": False})),
                  ("POST", path + "/vars", document("vars", {"key": "a", "value": "1", "category": "env"})),
                  ("POST", path + "/relationships/tags", {"data": [{"type": "tags", "attributes": {"name": fresh()}}]}),
                  ("POST", f"/api/v2/varsets/{varset}/relationships/workspaces", {"data": [named("workspaces", workspace)]}))
        workspace = self.workspace()
        self.client.post(f"/api/v2/workspaces/{workspace}/actions/lock", {})
        replies = []
        thread = threading.Thread(target=lambda: replies.append(states.create(
            harness.Client(self.terrace, self.token), workspace, 1, body)))
        thread.start()
        self.race(("DELETE", f"/api/v2/workspaces/{workspace}"), ("POST", f"/api/v2/workspaces/{workspace}/actions/safe-delete"))
        thread.join()
        self.assertIn(replies[0].status, (201, 404), replies[0].body[:300])

    def others_go(self):
        workspace, other = self.workspace(), self.workspace()
        varset = self.make(self.organization + "/varsets", "varsets", name=fresh())
        self.race(("DELETE", f"/api/v2/varsets/{varset}"),
                  ("POST", f"/api/v2/varsets/{varset}/relationships/workspaces", {"data": [named("workspaces", workspace)]}),
                  ("POST", f"/api/v2/varsets/{varset}/relationships/vars",
                   document("vars", {"key": "a", "value": "1", "category": "env"})))
        pool = self.make(self.organization + "/agent-pools", "agent-pools", name=fresh())
        self.race(("DELETE", f"/api/v2/agent-pools/{pool}"),
                  ("PATCH", f"/api/v2/workspaces/{workspace}",
                   document("workspaces", {"execution-mode": "agent", "agent-pool-id": pool})),
                  ("POST", f"/api/v2/agent-pools/{pool}/authentication-tokens", document("authentication-tokens")),
                  ("PATCH", f"/api/v2/agent-pools/{pool}",
                   document("agent-pools", allowed_workspaces=[named("workspaces", other)])))
        name = fresh()
        self.make("/api/v2/organizations", "organizations", name=name, email="a@example.com")
        inside = self.make(f"/api/v2/organizations/{name}/workspaces", "workspaces", name="w")
        self.race(("DELETE", f"/api/v2/organizations/{name}"),
                  ("POST", f"/api/v2/organizations/{name}/workspaces", document("workspaces", {"name": "b"})),
                  ("POST", f"/api/v2/organizations/{name}/teams", document("teams", {"name": "b"})),
                  ("POST", f"/api/v2/organizations/{name}/authentication-token", {}),
                  ("POST", f"/api/v2/workspaces/{inside}/vars",
                   document("vars", {"key": "a", "value": "1", "category": "env"})))


if __name__ == "__main__":
    unittest.main()
