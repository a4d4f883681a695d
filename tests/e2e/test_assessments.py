"""Health assessments (today-runs.md section 19): when they happen, what they find, who hears of it. A real
worker; the runner does as it is told, and once a real CLI."""

import json
import random
import unittest

import harness
import runs
import states


def plan(drifted=0, undrifted=1, checks=()):
    resources = [{"mode": "managed", "change": {"actions": ["update"]}}] * drifted
    resources += [{"mode": "managed", "change": {"actions": ["no-op"]}}] * undrifted
    return {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": resources,
            "checks": [{"status": status, "instances": [{"status": status}]} for status in checks]}


class Assessments(runs.WorkerCase):
    def workspace(self, applied=True, **options):
        workspace = super().workspace(**options)
        if applied:
            run = workspace.run(auto_apply=True)
            self.runner.plan()
            job = self.runner.claim()
            states.create(harness.Client(self.terrace, job["token"]), workspace.id, 1, states.document(1))
            self.runner.finish(job, resource_additions=1)
            self.assertEqual(runs.status(self.client, run), "applied")
        return workspace

    def assess(self, workspace, expect=200):
        return self.client.expect(expect, "POST", f"/api/v2/workspaces/{workspace.id}/actions/assess")

    def current(self, workspace, expect=200):
        return self.client.expect(expect, "GET", f"/api/v2/workspaces/{workspace.id}/current-assessment-result")

    def make_due(self, workspace):
        self.sql(f"UPDATE workspaces SET assess_at = now() - interval '1 second' WHERE id = '{workspace.id}'")

    def run_it(self, **found):
        """Does what the runner is given, and gives the job."""
        job = self.runner.claim()
        self.call(job, "PUT", "files/plan-json", json.dumps(plan(**found)).encode())
        self.runner.finish(job, has_changes=bool(found.get("drifted")))
        return job

    def call(self, job, method, path, body):
        self.runner.call(204, method, f"/jobs/{job['id']}/{path}", body)

    def result(self, workspace, before=None):
        """The result that comes after another one."""
        def latest():
            reply = self.client.get(f"/api/v2/workspaces/{workspace.id}/current-assessment-result")
            return reply.json["data"] if reply.status == 200 and reply.json["data"]["id"] != before else None
        return self.wait_for(latest)

    def test_on_demand(self):
        workspace = self.workspace(assessments_enabled=True)
        runs_before = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs?filter%5Boperation%5D=plan_only,assessment,plan_and_apply").json
        latest = workspace.show()["relationships"]["latest-run"]["data"]["id"]
        self.current(workspace, 404)
        self.assertEqual(self.assess(workspace).json["data"]["id"], workspace.id)
        detail = self.assess(workspace, 409).json["errors"][0]["detail"]
        self.assertIn("it is being assessed", detail)
        # It locks nothing, and nobody sees its run.
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/lock", {})
        job = self.runner.claim()
        self.client.expect(404, "GET", f"/api/v2/runs/{job['run']['id']}")
        queue = self.client.expect(200, "GET", "/api/v2/organizations/acme/runs/queue").json["data"]
        self.assertNotIn(job["run"]["id"], [one["id"] for one in queue])
        self.call(job, "PUT", "files/plan-json", json.dumps(plan(drifted=2, undrifted=3, checks=("pass", "fail"))).encode())
        self.call(job, "PUT", "files/provider-schemas", b'{"format_version": "1.0"}')
        self.runner.finish(job, has_changes=True)
        result = self.result(workspace)
        self.assertEqual(result["type"], "assessment-results")
        self.assertTrue(result["id"].startswith("asmtres-"))
        shown = result["attributes"]
        self.assertEqual({name: shown[name] for name in shown if name != "created-at"}, {
            "succeeded": True, "drifted": True, "all-checks-succeeded": False, "resources-drifted": 2,
            "resources-undrifted": 3, "checks-passed": 1, "checks-failed": 1, "checks-errored": 0, "checks-unknown": 0,
            "error-message": None, "error-msg": None})
        explored = self.client.expect(
            200, "GET", f"/api/v2/organizations/acme/explorer?type=workspaces&filter[0][external_id][is][0]={workspace.id}").json["data"]
        self.assertEqual([{name: one["attributes"][name] for name in ("drifted", "resources-drifted", "resources-undrifted",
                                                                      "checks-failed", "all-checks-succeeded")} for one in explored],
                         [{"drifted": True, "resources-drifted": 2, "resources-undrifted": 3, "checks-failed": 1,
                           "all-checks-succeeded": False}])
        links = result["links"]
        self.assertEqual(self.follow(links["json-output"])["format_version"], "1.2")
        self.assertEqual(self.follow(links["json-schema"])["format_version"], "1.0")
        self.assertEqual(self.client.expect(200, "GET", links["log-output"]).body, b"")
        self.assertEqual(self.client.expect(200, "GET", links["self"]).json["data"]["id"], result["id"])
        shown = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}?include=current_assessment_result").json
        self.assertEqual(shown["data"]["relationships"]["current-assessment-result"]["data"],
                         {"id": result["id"], "type": "assessment-results"})
        self.assertEqual([one["id"] for one in shown["included"]], [result["id"]])
        self.assertEqual(shown["data"]["attributes"]["last-assessment-result-at"], result["attributes"]["created-at"])
        self.assertEqual(shown["data"]["relationships"]["latest-run"]["data"]["id"], latest)
        runs_now = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs?filter%5Boperation%5D=plan_only,assessment,plan_and_apply").json
        self.assertEqual(runs_now["data"], runs_before["data"])
        self.assertEqual(runs_now["meta"], runs_before["meta"])

    def follow(self, link):
        reply = self.client.expect(307, "GET", link)
        return self.client.expect(200, "GET", reply.headers["Location"], token=False).json

    def test_what_cannot_be_assessed(self):
        def problem(workspace):
            return self.assess(workspace, 409).json["errors"][0]["detail"]

        self.assertIn("not enabled", problem(self.workspace(applied=False)))
        self.assertIn("nothing has been applied", problem(self.workspace(applied=False, assessments_enabled=True)))
        self.assertIn("not executed remotely", problem(self.workspace(applied=False, assessments_enabled=True, execution_mode="local")))
        workspace = self.workspace(assessments_enabled=True)
        run = workspace.run(plan_only=True)
        self.assertIn("a run is under way", problem(workspace))
        self.runner.finish(self.runner.claim(), status="errored")
        self.assertEqual(runs.status(self.client, run), "errored")
        self.assertIn("the latest run has not succeeded", problem(workspace))

    def test_comes_by_itself_and_again_a_day_later(self):
        workspace = self.workspace(assessments_enabled=True)
        self.make_due(workspace)
        self.wait_for(lambda: self.jobs() == 1)
        self.run_it()
        first = self.result(workspace)
        self.assertFalse(first["attributes"]["drifted"])
        due = self.sql(f"SELECT round(extract(epoch FROM assess_at - now()) / 3600) FROM workspaces WHERE id = '{workspace.id}'")
        self.assertEqual(due, "24")
        # A new run takes the place of one that is under way, and that leaves no result.
        self.assess(workspace)
        job = self.runner.claim()
        workspace.run(plan_only=True)
        self.wait_for(lambda: self.call_renew(job))
        self.runner.finish(job, status="canceled")
        self.run_it()
        self.wait_for(lambda: self.sql(
            f"SELECT count(*) FROM assessment_results WHERE workspace_id = '{workspace.id}'") == "1")
        self.assertEqual(self.current(workspace).json["data"]["id"], first["id"])

    def call_renew(self, job):
        return self.runner.call(200, "POST", f"/jobs/{job['id']}/renew", {})["cancel"] == "interrupt"

    def jobs(self):
        return int(self.sql("SELECT count(*) FROM run_jobs WHERE status = 'queued'"))

    def test_an_organization_may_enforce_it(self):
        workspace = self.workspace()
        organization = "/api/v2/organizations/acme"
        self.client.expect(200, "PATCH", organization, runs.document("organizations", {"assessments-enforced": True}))
        try:
            self.assess(workspace)
            self.run_it()
            self.result(workspace)
        finally:
            self.client.expect(200, "PATCH", organization, runs.document("organizations", {"assessments-enforced": False}))
        self.assess(workspace, 409)

    def test_what_is_new_is_told(self):
        workspace = self.workspace(assessments_enabled=True)
        path = f"/{random.getrandbits(40):x}"
        self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/notification-configurations", runs.document(
            "notification-configurations", {
                "name": "hook", "destination-type": "generic", "enabled": True, "url": self.hooks.url + path,
                "triggers": ["assessment:drifted", "assessment:check_failure", "assessment:failed"]}))
        before = None
        for found in ({}, {"drifted": 1}, {"drifted": 1}, {"drifted": 2, "checks": ("fail",)}):
            self.assess(workspace)
            self.run_it(**found)
            before = self.result(workspace, before)["id"]
        self.assess(workspace)
        self.runner.finish(self.runner.claim(), status="errored")
        failed = self.result(workspace, before)["attributes"]
        self.assertFalse(failed["succeeded"])
        self.assertTrue(failed["error-message"])
        self.assertIsNone(failed["resources-drifted"])
        told = [json.loads(one.body) for one in self.hooks.wait_for(path, 5)[1:]]
        self.assertEqual([one["trigger"] for one in told], [
            "assessment:drifted", "assessment:drifted", "assessment:check_failure", "assessment:failed"])
        self.assertEqual(told[0]["trigger_scope"], "assessment")
        self.assertEqual(told[0]["message"], "Drift Detected")
        self.assertEqual(told[1]["details"]["new_assessment_result"]["resources_drifted"], 2)
        self.assertEqual(told[1]["details"]["prior_assessment_result"]["resources_drifted"], 1)
        self.assertIsNone(told[0]["details"]["prior_assessment_result"]["resources_drifted"] or None)
        self.assertEqual(told[3]["details"]["workspace_id"], workspace.id)
        url = told[3]["details"]["new_assessment_result"]["url"]
        self.assertTrue(url.startswith(self.terrace.base_url + "/api/v2/assessment-results/asmtres-"), url)


if __name__ == "__main__":
    unittest.main()
