"""terrace-runner against a server that speaks its protocol, with a real CLI and a real Terrace behind
it for the state."""

import io
import json
import os
import tarfile
import unittest

import cli
import harness
import runners

RESOURCE = """
variable "text" {
  default = "none"
}

resource "terraform_data" "a" {
  input = var.text
}

output "a" {
  value = terraform_data.a.output
}
"""


class RunnerTest(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.Shared.get()
        self.client = harness.Client(self.terrace, self.terrace.token)
        self.server = runners.FakeServer()
        self.addCleanup(self.server.close)
        name = self.id().rpartition(".")[2].replace("_", "-")[:80]
        created = self.client.expect(201, "POST", f"/api/v2/organizations/{harness.Shared.ORGANIZATION}/workspaces", {
            "data": {"type": "workspaces", "attributes": {"name": name}}}).json["data"]
        self.workspace = {"id": created["id"], "name": name, "working_directory": None,
                          "structured_run_output": False}
        # As the run's lock, until there is one.
        self.client.expect(200, "POST", f"/api/v2/workspaces/{created['id']}/actions/lock", {"reason": "run"})

    def document(self, variables=(), run=None, workspace=None, **more):
        return dict({"lease_seconds": 60, "timeout_seconds": 600, "server": self.terrace.base_url,
                     "token": self.terrace.token, "organization": {"name": harness.Shared.ORGANIZATION},
                     "project": {"name": "Default Project"},
                     "workspace": dict(self.workspace, **(workspace or {})),
                     "terraform_version": "1.0.0",
                     "run": dict({"id": "run-1234567890123456", "is_destroy": False, "refresh": True,
                                  "refresh_only": False, "target_addrs": [], "replace_addrs": [],
                                  "allow_config_generation": False, "debugging_mode": False}, **(run or {})),
                     "ssh_key": None, "variables": list(variables)}, **more)

    def runner(self, **options):
        return runners.Runner(self, self.server.url, **dict({"ca_file": self.terrace.ca}, **options))

    def run_job(self, kind, files, runner, plan=None, timeout=120, **options):
        job = self.server.add(runners.Job(kind, runners.pack(files), self.document(**options), plan))
        if not job.done.wait(timeout):
            self.fail(f"the job did not end\n{job.text}\n{runner.log}")
        return job

    def plan(self, files, runner, **options):
        return self.run_job("plan", files, runner, **options)

    def expect(self, job, status, text=None):
        self.assertEqual(job.finish["status"], status, f"{job.finish}\n{job.text}")
        if text is not None:
            self.assertIn(text, job.text)

    def variable(self, key, value, category="terraform", hcl=False, sensitive=False):
        return {"key": key, "value": value, "category": category, "hcl": hcl, "sensitive": sensitive}

    def state(self):
        reply = self.client.get(f"/api/v2/workspaces/{self.workspace['id']}/current-state-version")
        if reply.status != 200:
            return None
        url = reply.json["data"]["attributes"]["hosted-state-download-url"]
        return json.loads(self.client.expect(200, "GET", url, token=False).body)


class PlanAndApply(RunnerTest):
    def test_plan_then_apply(self):
        runner = self.runner()
        files = {"main.tf": RESOURCE}
        variables = [self.variable("text", "hello \"${world}\"\nx")]
        plan = self.plan(files, runner, variables=variables)
        self.expect(plan, "finished", "1 to add, 0 to change, 0 to destroy")
        self.assertEqual(plan.finish, {"status": "finished", "message": None, "has_changes": True,
                                       "resource_additions": 1, "resource_changes": 0,
                                       "resource_destructions": 0, "resource_imports": 0,
                                       "generated_configuration": False})
        lines = plan.text.splitlines()
        self.assertRegex(lines[0], r"^(Terraform|OpenTofu) v\d")
        self.assertEqual(lines[1:3], ["on linux_amd64", "Initializing plugins and modules..."])
        self.assertEqual(set(plan.files), {"plan", "plan-json", "plan-json-redacted", "provider-schemas"})
        self.assertIn("planned_values", json.loads(plan.files["plan-json"]))
        redacted = json.loads(plan.files["plan-json-redacted"])
        self.assertEqual(redacted["resource_changes"][0]["address"], "terraform_data.a")
        self.assertIn("terraform.io/builtin/terraform", redacted["provider_schemas"])
        self.assertIsNone(self.state())

        apply = self.run_job("apply", files, runner, plan.files["plan"], variables=variables)
        self.expect(apply, "finished", "1 added, 0 changed, 0 destroyed")
        self.assertEqual(apply.finish["resource_additions"], 1)
        self.assertEqual(apply.text.splitlines()[2], "Initializing plugins and modules...")
        self.assertEqual(self.state()["outputs"]["a"]["value"], "hello \"${world}\"\nx")
        self.assertGreaterEqual(apply.renewals, 1)
        self.assertEqual(os.listdir(runner.work), ["lock"])


if __name__ == "__main__":
    unittest.main()
