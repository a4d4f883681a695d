"""Workspaces that destroy what they have made when their time has come (today-workspaces.md 2.5), with a real
worker and receiver, and a runner that does as it is told."""

import datetime
import json
import random
import subprocess
import time
import unittest

import harness
import runs
import states


def in_hours(hours):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def hours_until(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (at - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3600


class AutoDestroy(runs.WorkerCase):
    def setUp(self):
        self.path = f"/{random.getrandbits(40):x}"

    def update(self, workspace, **attributes):
        attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
        return self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace.id}",
                                  runs.document("workspaces", attributes)).json["data"]["attributes"]

    def listen(self, workspace, kind="generic"):
        self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/notification-configurations", runs.document(
            "notification-configurations", {
                "name": "hook", "destination-type": kind, "enabled": True, "url": self.hooks.url + self.path,
                "triggers": ["workspace:auto_destroy_reminder", "workspace:auto_destroy_run_results"]}))

    def heard(self, count=1):
        """The bodies after the verification."""
        return [json.loads(one.body) for one in self.hooks.wait_for(self.path, 1 + count)[1:]]

    def runs_of(self, workspace):
        return self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs").json["data"]

    def end(self, workspace):
        """Lets the worker notice now what was due a moment ago, and gives the run that it makes."""
        return self.wait_for(lambda: self.runs_of(workspace))[0]

    def test_destroys_without_confirmation_and_tells_of_it(self):
        workspace = self.workspace()
        self.listen(workspace)
        self.update(workspace, auto_destroy_at="2025-01-01T00:00:00Z")
        run = self.end(workspace)
        self.assertTrue(run["attributes"]["is-destroy"])
        self.assertTrue(run["attributes"]["auto-apply"])
        self.assertIsNone(workspace.show()["attributes"]["auto-destroy-at"])
        job = self.runner.plan(resource_additions=0, resource_destructions=1)
        self.assertEqual(job["run"]["id"], run["id"])
        self.runner.apply(resource_additions=0, resource_destructions=1)
        self.wait_for(lambda: runs.status(self.client, run["id"]) == "applied")
        body, = self.heard()
        details = body["details"]
        self.assertEqual((body["payload_version"], body["trigger_scope"], body["trigger"], body["message"]),
                         ("2", "workspace", "workspace:auto_destroy_run_results", "Auto Destroy Results"))
        self.assertEqual((details["run_status"], details["run_external_id"], details["trigger_type"]),
                         ("applied", run["id"], "results"))
        self.assertEqual(details["auto_destroy_at"], "2025-01-01T00:00:00.000Z")
        self.assertEqual(details["organization_name"], "acme")
        self.assertIsNone(details["run_create_error_message"])
        # It was asked for once.
        self.assertEqual(len(self.runs_of(workspace)), 1)

    def test_tells_why_there_is_no_run(self):
        for problem, options in (("Configuration version is missing", {"configured": False}),
                                 ("The workspace does not allow destroy plans", {"allow_destroy_plan": False}),
                                 ("The workspace does not execute runs remotely", {"execution_mode": "local"})):
            self.setUp()
            workspace = self.workspace(**options)
            self.listen(workspace)
            self.update(workspace, auto_destroy_at=in_hours(-1))
            body, = self.heard()
            self.assertEqual(body["details"]["run_create_error_message"], problem)
            self.assertIsNone(body["details"]["run_external_id"])
            self.assertIsNone(workspace.show()["attributes"]["auto-destroy-at"])
            self.assertEqual(self.runs_of(workspace), [])

    def test_waits_for_the_lock(self):
        workspace = self.workspace()
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/lock", {})
        self.update(workspace, auto_destroy_at=in_hours(-1))
        run = self.end(workspace)
        self.assertEqual(runs.status(self.client, run["id"]), "pending")
        runs.act(self.client, run["id"], "cancel")

    def test_reminds_once_for_each_time(self):
        workspace = self.workspace()
        self.listen(workspace, "slack")
        self.update(workspace, auto_destroy_at=in_hours(20))
        self.remind()
        self.assertEqual([body["text"] for body in self.heard()], ["Auto Destroy Reminder"])
        self.update(workspace, auto_destroy_at=in_hours(10))
        self.remind()
        self.remind()
        body = self.heard(2)[1]
        self.assertIn("Destroy at", [field["title"] for field in body["attachments"][0]["fields"]])
        # A short time of inactivity begins anew with each change: nobody wants to hear of each.
        self.update(workspace, auto_destroy_at=None, auto_destroy_activity_duration="6h")
        self.remind()
        time.sleep(1)
        self.assertEqual(len(self.hooks.wait_for(self.path, 3)), 3)

    def remind(self):
        """The worker looks once a minute; one for cron looks now."""
        subprocess.run([self.terrace.program("terrace-worker"), "--once"], env=self.terrace.environment(), check=True, timeout=60)

    def test_a_change_moves_the_time_but_that_of_a_destroy_run_does_not(self):
        workspace = self.workspace(auto_destroy_activity_duration="3d")
        self.assertAlmostEqual(hours_until(workspace.show()["attributes"]["auto-destroy-at"]), 72, delta=0.1)
        self.sql(f"UPDATE workspaces SET auto_destroy_at = now() + interval '1 hour' WHERE id = '{workspace.id}'")
        self.change(workspace, 1)
        self.assertAlmostEqual(hours_until(workspace.show()["attributes"]["auto-destroy-at"]), 72, delta=0.1)
        self.sql(f"UPDATE workspaces SET auto_destroy_at = now() WHERE id = '{workspace.id}'")
        run = self.end(workspace)
        self.runner.plan(resource_additions=0, resource_destructions=1)
        job = self.runner.claim()
        self.assertEqual(job["run"]["id"], run["id"])
        self.change(workspace, 2, harness.Client(self.terrace, job["token"]))
        self.runner.finish(job, resource_destructions=1)
        shown = workspace.show()["attributes"]
        self.assertIsNone(shown["auto-destroy-at"])
        self.assertEqual(shown["auto-destroy-activity-duration"], "3d")
        self.change(workspace, 3)
        self.assertAlmostEqual(hours_until(workspace.show()["attributes"]["auto-destroy-at"]), 72, delta=0.1)

    def test_takes_the_projects_time_and_that_of_the_next_project(self):
        def project(duration):
            return self.client.expect(201, "POST", "/api/v2/organizations/acme/projects", runs.document("projects", {
                "name": f"p{random.getrandbits(40):x}", "auto-destroy-activity-duration": duration})).json["data"]["id"]

        first, second = project("3d"), project("5d")
        made = [self.client.expect(201, "POST", "/api/v2/organizations/acme/workspaces", runs.document(
            "workspaces", {"name": f"w{random.getrandbits(40):x}", **own},
            project={"type": "projects", "id": first})).json["data"] for own in ({}, {"auto-destroy-activity-duration": "2d"})]
        expected = (["3d", "5d", "7d"], ["2d", "2d", "2d"])

        def check(place):
            for workspace, durations in zip(made, expected):
                shown = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace['id']}").json["data"]["attributes"]
                self.assertEqual(shown["auto-destroy-activity-duration"], durations[place])
                self.assertAlmostEqual(hours_until(shown["auto-destroy-at"]), 24 * int(durations[place][0]), delta=0.1)

        check(0)
        for workspace in made:
            self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace['id']}", runs.document(
                "workspaces", {}, project={"type": "projects", "id": second}))
        check(1)
        self.client.expect(200, "PATCH", f"/api/v2/projects/{second}", runs.document(
            "projects", {"auto-destroy-activity-duration": "7d"}))
        check(2)

    def change(self, workspace, serial, own=None):
        """A new state, by a user who locks the workspace for it, or by the run that holds it."""
        if not own:
            self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/lock", {})
        created = states.create(own or self.client, workspace.id, serial, states.document(serial))
        self.assertEqual(created.status, 201, created.body)
        if not own:
            self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/unlock", {})


if __name__ == "__main__":
    unittest.main()
