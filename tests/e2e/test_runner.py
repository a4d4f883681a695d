"""terrace-runner against a server that speaks its protocol, with a real CLI and a real Terrace behind
it for the state."""

import io
import json
import os
import shutil
import subprocess
import tarfile
import threading
import time
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


def write_program(path, text):
    with open(path, "w", encoding="utf-8") as file:
        os.chmod(file.fileno(), 0o755)
        file.write("#!/bin/sh\n" + text + "\n")


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

    def folder(self):
        folder = harness.new_folder()
        os.chmod(folder, 0o755)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder


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
                                       "generated_configuration": False,
                                       "dependencies": {"providers": {}, "modules": {}}})
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
        runners.wait(lambda: os.listdir(runner.work) == ["lock"], 10, "an empty folder")

    def test_destroy_and_nothing_to_do(self):
        runner = self.runner()
        files = {"main.tf": RESOURCE}
        plan = self.plan(files, runner)
        self.run_job("apply", files, runner, plan.files["plan"])
        again = self.plan(files, runner)
        self.expect(again, "finished", "No changes")
        self.assertFalse(again.finish["has_changes"])
        plan = self.plan(files, runner, run={"is_destroy": True})
        self.expect(plan, "finished", "0 to add, 0 to change, 1 to destroy")
        self.assertEqual(plan.finish["resource_destructions"], 1)
        apply = self.run_job("apply", files, runner, plan.files["plan"])
        self.expect(apply, "finished", "0 added, 0 changed, 1 destroyed")
        self.assertEqual(apply.finish["resource_destructions"], 1)
        self.assertEqual(self.state()["resources"], [])

    def test_only_outputs_change(self):
        runner = self.runner()
        job = self.plan({"main.tf": 'output "x" {\n  value = 1\n}\n'}, runner)
        self.expect(job, "finished")
        self.assertTrue(job.finish["has_changes"])
        self.assertEqual(job.finish["resource_additions"], 0)

    def test_structured_output(self):
        runner = self.runner()
        files = {"main.tf": RESOURCE}
        structured = {"structured_run_output": True}
        plan = self.plan(files, runner, workspace=structured)
        self.expect(plan, "finished")
        lines = plan.text.splitlines()
        self.assertEqual(lines[2], "Initializing plugins and modules...")
        documents = [json.loads(line) for line in lines[3:]]
        self.assertIn("change_summary", [document["type"] for document in documents])
        self.assertEqual(plan.finish["resource_additions"], 1)
        apply = self.run_job("apply", files, runner, plan.files["plan"], workspace=structured)
        self.expect(apply, "finished")
        self.assertEqual(apply.finish["resource_additions"], 1)
        for line in apply.text.splitlines()[3:]:
            json.loads(line)

    def test_options_of_a_run(self):
        runner = self.runner()
        two = RESOURCE + 'resource "terraform_data" "b" {\n  for_each = toset(["x", "y z"])\n}\n'
        files = {"main.tf": two}
        plan = self.plan(files, runner, run={"target_addrs": ['terraform_data.b["y z"]', "terraform_data.a"]})
        self.expect(plan, "finished", "2 to add")
        self.run_job("apply", files, runner, plan.files["plan"])
        plan = self.plan(files, runner, run={"replace_addrs": ["terraform_data.a"],
                                             "target_addrs": ["terraform_data.a"]})
        self.expect(plan, "finished", "1 to add, 0 to change, 1 to destroy")
        self.assertEqual((plan.finish["resource_additions"], plan.finish["resource_destructions"]), (1, 1))
        plan = self.plan(files, runner, run={"refresh": False})
        self.expect(plan, "finished", "1 to add")
        self.assertNotIn("Refreshing state", plan.text)
        plan = self.plan(files, runner, run={"refresh_only": True})
        self.expect(plan, "finished", "Refreshing state")
        self.assertFalse(plan.finish["has_changes"])

    def test_a_failing_plan(self):
        runner = self.runner()
        job = self.plan({"main.tf": 'output "x" {\n  value = nothing.here\n}\n'}, runner)
        self.expect(job, "errored", "Reference to undeclared resource")
        self.assertRegex(job.finish["message"], r"^(terraform|tofu) plan ended with exit status 1\.$")
        self.assertNotIn("plan", job.files)

    def test_a_failing_init_is_shown(self):
        runner = self.runner()
        job = self.plan({"main.tf": 'module "m" {\n  source = "./nowhere"\n}\n'}, runner)
        self.expect(job, "errored", "nowhere")
        self.assertRegex(job.finish["message"], r"init ended with exit status 1\.$")

    def test_a_failing_apply_keeps_what_was_done(self):
        runner = self.runner()
        files = {"main.tf": RESOURCE + """
resource "terraform_data" "b" {
  depends_on = [terraform_data.a]
  provisioner "local-exec" {
    command = "exit 7"
  }
}
"""}
        plan = self.plan(files, runner)
        apply = self.run_job("apply", files, runner, plan.files["plan"])
        self.expect(apply, "errored", "exit status 7")
        self.assertEqual(apply.finish["resource_additions"], 1)
        self.assertIn("apply ended with exit status 1", apply.finish["message"])
        self.assertEqual(len(self.state()["resources"]), 2)

    def test_the_backend_of_a_configuration_is_replaced(self):
        runner = self.runner()
        for text in ('backend "s3" {\n    bucket = "x"\n  }', 'backend "local" {}',
                     'cloud {\n    hostname = "other.example.org"\n    organization = "o"\n'
                     '    workspaces {\n      tags = ["x"]\n    }\n  }',
                     'backend "remote" {\n    organization = "o"\n    workspaces {\n      prefix = "x"\n    }\n  }'):
            with self.subTest(text):
                job = self.plan({"main.tf": RESOURCE, "backend.tf": f"terraform {{\n  {text}\n}}\n",
                                 "zzz_override.tf": 'terraform {\n  backend "http" {}\n}\n',
                                 ".terraform/terraform.tfstate": '{"version": 3, "backend": {"type": "s3"}}',
                                 ".terraform/environment": "other"}, runner)
                self.expect(job, "finished", "1 to add")

    def test_working_directory(self):
        runner = self.runner()
        files = {"live/prod/main.tf": 'module "m" {\n  source = "../../modules/m"\n}\n',
                 "modules/m/main.tf": RESOURCE}
        place = {"working_directory": "/live/./prod/"}
        plan = self.plan(files, runner, workspace=place)
        self.expect(plan, "finished", "1 to add")
        apply = self.run_job("apply", files, runner, plan.files["plan"], workspace=place)
        self.expect(apply, "finished", "1 added")
        job = self.plan(files, runner, workspace={"working_directory": "live/staging"})
        self.expect(job, "errored", 'The configuration has no working directory "live/staging".')
        self.assertEqual(job.finish["message"], 'The configuration has no working directory "live/staging".')
        job = self.plan(files, runner, workspace={"working_directory": "live/../../x"})
        self.assertEqual(job.finish["status"], "errored")
        self.assertIn("leads out", job.finish["message"])

    def test_destroy_needs_no_configuration(self):
        runner = self.runner()
        plan = self.plan({"main.tf": RESOURCE}, runner)
        self.run_job("apply", {"main.tf": RESOURCE}, runner, plan.files["plan"])
        empty = {"live": None}
        place = {"working_directory": "live"}
        plan = self.plan(empty, runner, run={"is_destroy": True}, workspace=place)
        self.expect(plan, "finished", "1 to destroy")
        apply = self.run_job("apply", empty, runner, plan.files["plan"], workspace=place)
        self.expect(apply, "finished", "1 destroyed")

    def test_files_that_a_plan_makes_are_there_for_the_apply(self):
        files = {"main.tf": 'module "made" {\n  source = "./m"\n}\n', "m/main.tf": RESOURCE}
        hooks = self.folder()
        write_program(os.path.join(hooks, "terraform-pre-plan"), "mkdir d; echo made >d/file; ln -s d/file link")
        write_program(os.path.join(hooks, "terraform-pre-apply"), "echo found $(cat link)")
        runner = self.runner(hooks_dir=hooks)
        plan = self.plan(files, runner)
        self.expect(plan, "finished")
        with tarfile.open(fileobj=io.BytesIO(plan.files["plan"])) as tar:
            names = tar.getnames()
        self.assertIn("plan", names)
        self.assertIn("work/d/file", names)
        self.assertFalse([name for name in names if "terrace" in name or name.endswith("m/main.tf")], names)
        apply = self.run_job("apply", files, runner, plan.files["plan"])
        self.expect(apply, "finished", "found made")

    def test_generated_configuration(self):
        runner = self.runner()
        files = {"main.tf": 'import {\n  to = terraform_data.x\n  id = "abc"\n}\n'}
        job = self.plan(files, runner, run={"allow_config_generation": True})
        if job.finish["status"] == "finished":
            self.assertTrue(job.finish["generated_configuration"])
            self.assertEqual(job.finish["resource_imports"], 1)
        else:
            self.assertIn("import", job.text)

    def test_debugging_mode(self):
        runner = self.runner()
        job = self.plan({"main.tf": RESOURCE}, runner, run={"debugging_mode": True})
        self.expect(job, "finished", "[TRACE]")
        self.assertNotIn(self.terrace.token, job.text)


class Variables(RunnerTest):
    PRINT = """
variable "a" { default = "default" }
variable "b" { default = "default" }
variable "c" { default = "default" }
variable "list" {
  type    = list(string)
  default = []
}
variable "TFC_RUN_ID" { default = "" }
variable "TFC_WORKSPACE_SLUG" { default = "" }
output "all" { value = join(",", [var.a, var.b, var.c, join("+", var.list), var.TFC_RUN_ID, var.TFC_WORKSPACE_SLUG]) }
"""

    def test_precedence(self):
        runner = self.runner()
        files = {"main.tf": self.PRINT.replace("variable \"a\" { default = \"default\" }",
                                               'variable "a" {\n  default = "default"\n}'),
                 "terraform.tfvars": 'a = "tfvars"\nb = "tfvars"\nc = "tfvars"\n',
                 "zzzzzzzz.auto.tfvars": 'a = "auto"\nb = "auto"\n',
                 "zzzzzzzz.auto.tfvars.json": '{"a": "json"}'}
        variables = [self.variable("a", "workspace"), self.variable("list", '["x", "y"]', hcl=True),
                     self.variable("not declared", "x"), self.variable("undeclared", "x"),
                     self.variable("undeclared2", "x"), self.variable("a", "wrong", "env"),
                     self.variable("TF_VAR_c", "environment", "env")]
        job = self.plan(files, runner, variables=variables)
        slug = f"{harness.Shared.ORGANIZATION}/{self.workspace['name']}"
        self.expect(job, "finished", f'"workspace,auto,tfvars,x+y,run-1234567890123456,{slug}"')

    def test_a_bad_literal_is_an_error_of_the_plan(self):
        runner = self.runner()
        job = self.plan({"main.tf": RESOURCE}, runner, variables=[self.variable("text", "Hello, World!", hcl=True)])
        self.expect(job, "errored", "Error:")

    def test_environment(self):
        runner = self.runner()
        variables = [self.variable(key, value, "env") for key, value in {
            "MINE": "a b\nc", "TF_WORKSPACE": "other", "TF_CLI_CONFIG_FILE": "/nowhere", "TF_DATA_DIR": "/work/x",
            "TF_FORCE_LOCAL_BACKEND": "", "TFC_RUN_ID": "wrong", "LD_PRELOAD": "/work/evil.so",
            "TF_CLI_ARGS_plan": "-var=text=fromargs", "TFE_PARALLELISM": "3", "": "x", "A=B": "c"}.items()]
        files = {"main.tf": RESOURCE + """
resource "terraform_data" "env" {
  provisioner "local-exec" {
    command = "env | sort; echo mine=$MINE"
  }
}
"""}
        plan = self.plan(files, runner, variables=variables)
        self.expect(plan, "finished", "fromargs")
        apply = self.run_job("apply", files, runner, plan.files["plan"], variables=variables)
        self.expect(apply, "finished", "mine=a b c")
        for text in ("TFC_RUN_ID=run-1234567890123456", "TF_VAR_TFC_WORKSPACE_NAME=", "TFE_RUN_ID=run-", "HOME=/home/runner"):
            self.assertIn(text, apply.text)
        for text in ("TF_WORKSPACE", "TF_DATA_DIR", "TERRACE_", runners.TOKEN):
            self.assertNotIn(text, apply.text)

    def test_ephemeral_variables_reach_the_apply(self):
        runner = self.runner()
        files = {"main.tf": RESOURCE + 'variable "secret" {\n  type = string\n  ephemeral = true\n}\n'}
        variables = [self.variable("secret", "s3cr3t", sensitive=True), self.variable("undeclared", "x")]
        plan = self.plan(files, runner, variables=variables)
        if "argument named \"ephemeral\" is not expected" in plan.text:
            self.skipTest("this CLI knows no ephemeral variables")
        self.expect(plan, "finished")
        apply = self.run_job("apply", files, runner, plan.files["plan"], variables=variables)
        self.expect(apply, "finished", "1 added")
        self.assertNotIn("undeclared", apply.text)

    def test_sensitive_values_are_cut(self):
        runner = self.runner()
        files = {"main.tf": """
variable "password" {
  sensitive = true
  default   = ""
}
resource "terraform_data" "a" {
  input = { user = "bob", password = var.password }
}
output "secret" {
  value     = var.password
  sensitive = true
}
"""}
        variables = [self.variable("password", "hunter2-hunter2", sensitive=True)]
        plan = self.plan(files, runner, variables=variables)
        self.expect(plan, "finished", "(sensitive value)")
        self.assertIn(b"hunter2-hunter2", plan.files["plan-json"])
        self.assertNotIn(b"hunter2-hunter2", plan.files["plan-json-redacted"])
        self.assertIn(b"bob", plan.files["plan-json-redacted"])
        self.assertNotIn(b"hunter2-hunter2", plan.log)
        self.assertNotIn("hunter2-hunter2", runner.log)


class Control(RunnerTest):
    SLOW = """
resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo begun; sleep SECONDS; echo over"
  }
}
resource "terraform_data" "last" {
  depends_on = [terraform_data.slow]
}
"""

    def begin_slow_apply(self, runner, seconds=300, **options):
        files = {"main.tf": self.SLOW.replace("SECONDS", str(seconds))}
        plan = self.plan(files, runner)
        self.expect(plan, "finished")
        job = runners.Job("apply", runners.pack(files), self.document(**options), plan.files["plan"])
        self.server.add(job)
        runners.wait(lambda: "begun" in job.text or job.done.is_set(), 60, f"the apply {job.text}")
        return job

    def test_cancel_an_apply(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner)
        job.cancel = "interrupt"
        self.assertTrue(job.done.wait(60), job.text)
        self.expect(job, "canceled", "Interrupt received")
        self.assertEqual(job.finish["message"], "The run was canceled.")
        self.assertEqual(job.text.count("Interrupt received"), 1)
        self.assertIn("first", [resource["name"] for resource in self.state()["resources"]])
        runners.wait(lambda: not runners.descendants(runner.process.pid), 20, "the end of the processes")

    def test_cancel_a_plan(self):
        hooks = self.folder()
        write_program(os.path.join(hooks, "terraform-pre-plan"), "echo waiting; sleep 300")
        runner = self.runner(hooks_dir=hooks)
        job = self.server.add(runners.Job("plan", runners.pack({"main.tf": RESOURCE}), self.document()))
        runners.wait(lambda: "waiting" in job.text, 60, f"waiting {job.text}")
        job.cancel = "interrupt"
        self.assertTrue(job.done.wait(60), job.text)
        self.expect(job, "canceled")
        self.assertNotIn("plan", job.files)

    def test_cancel_a_plan_that_does_not_listen(self):
        runner = self.runner()
        job = self.server.add(runners.Job("plan", runners.pack({"main.tf": """
data "terraform_remote_state" "x" {
  backend = "http"
  config  = { address = "http://127.0.0.1:9/", retry_max = 100, retry_wait_min = 5 }
}
"""}), self.document()))
        runners.wait(lambda: "Reading..." in job.text, 60, f"reading {job.text}")
        job.cancel = "interrupt"
        self.assertTrue(job.done.wait(90), job.text)
        self.expect(job, "canceled", "Interrupt received")

    def test_a_job_that_is_taken_away_is_killed(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner)
        self.assertTrue(any("sleep 300" in line for line in runners.descendants(runner.process.pid).values()))
        job.gone = True
        runners.wait(lambda: not runners.descendants(runner.process.pid), 10, "the end of the processes")
        runners.wait(lambda: os.listdir(runner.work) == ["lock"], 10, "an empty folder")
        self.assertFalse(job.done.is_set())
        self.expect(self.plan({"main.tf": RESOURCE}, runner), "finished")

    def test_a_killed_runner_leaves_no_process_and_no_secret(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner)
        processes = runners.descendants(runner.process.pid)
        self.assertTrue(any("sleep 300" in line for line in processes.values()))
        runner.kill()
        runners.wait(lambda: not set(processes) & set(runners.pstree()), 10, "the end of the processes")
        self.assertTrue(os.path.exists(os.path.join(runner.work, "job", "control", "terraformrc")))
        self.assertEqual(os.stat(os.path.join(runner.work, "job")).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(runner.work).st_mode & 0o777, 0o700)
        job.gone = True
        runner.start()
        runners.wait(lambda: os.listdir(runner.work) == ["lock"], 10, "an empty folder")
        self.expect(self.plan({"main.tf": RESOURCE}, runner), "finished")

    def test_a_killed_cli(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner)
        for pid, line in runners.descendants(runner.process.pid).items():
            if " apply " in line and not line.startswith(("bwrap", "/usr/bin/bwrap")):
                os.kill(pid, 9)
        self.assertTrue(job.done.wait(30), job.text)
        self.expect(job, "errored")
        self.assertIn("apply was ended by signal 9", job.finish["message"])
        runners.wait(lambda: not runners.descendants(runner.process.pid), 20, "the end of the processes")

    def test_first_signal_waits_for_the_job(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner, 3)
        self.assertEqual(runner.stop(60), 0)
        self.expect(job, "finished", "3 added")
        self.assertEqual(len(self.server.goodbyes), 1)

    def test_second_signal_interrupts_it(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner)
        runner.process.send_signal(15)
        time.sleep(1)  # two at once are one
        self.assertIsNone(runner.process.poll())
        runner.process.send_signal(15)
        self.assertEqual(runner.process.wait(60), 0)
        self.expect(job, "errored", "Interrupt received")
        self.assertEqual(job.finish["message"], "The runner was told to stop.")
        self.assertEqual(len(self.server.goodbyes), 1)

    def test_time_is_limited(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner, timeout_seconds=5)
        self.assertTrue(job.done.wait(90), job.text)
        self.expect(job, "errored", "The apply took longer than its limit of 5 seconds.")

    def test_an_idle_runner_says_goodbye(self):
        runner = self.runner()
        runners.wait(lambda: self.server.agents)
        self.assertEqual(runner.stop(10), 0)
        self.assertEqual(len(self.server.goodbyes), 1)
        self.assertEqual(list(self.server.agents.values())[0]["name"], "test-runner")

    def test_an_unknown_token_ends_it(self):
        runner = self.runner(token="other")
        self.assertEqual(runner.process.wait(20), 3)
        self.assertIn("does not know the token", runner.log)

    def test_once_and_single(self):
        runner = self.runner(start=False)
        self.assertEqual(runner.start("--once").wait(20), 0)
        job = self.server.add(runners.Job("plan", runners.pack({"main.tf": RESOURCE}), self.document()))
        self.assertEqual(runner.start("--once").wait(60), 0)
        self.expect(job, "finished")
        runner = self.runner(single="true")
        self.expect(self.plan({"main.tf": RESOURCE}, runner), "finished")
        self.assertEqual(runner.process.wait(20), 0)

    def test_a_server_that_is_away_for_a_while(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner, 4)
        self.server.broken = 503
        runners.wait(lambda: "not taken" in runner.log, 20)
        time.sleep(5)
        self.server.broken = 0
        self.assertTrue(job.done.wait(60), job.text)
        self.expect(job, "finished", "3 added")
        self.assertIn("over", job.text)

    def test_a_server_that_has_lost_the_log_gets_it_again(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner, 4)
        with self.server.lock:
            job.log = job.log[:10]
        self.assertTrue(job.done.wait(60), job.text)
        self.expect(job, "finished", "3 added")
        self.assertIn("Initializing plugins", job.text)

    def test_two_runners_do_not_share_a_folder(self):
        runner = self.runner()
        runners.wait(lambda: self.server.agents)
        other = runners.Runner(self, self.server.url, work_dir=runner.work)
        self.assertEqual(other.process.wait(10), 1)
        self.assertIn("another runner uses this folder", other.log)

    def test_the_version_must_match(self):
        runner = self.runner(cli_any_version="false")
        job = self.plan({"main.tf": RESOURCE}, runner)
        self.expect(job, "errored", "Version 1.0.0 is not installed on the runner \"test-runner\"")
        folder = self.folder()
        os.mkdir(os.path.join(folder, "1.0.0"))
        product = "tofu" if "OpenTofu" in job.text else "terraform"
        os.symlink(cli.find(), os.path.join(folder, "1.0.0", product))
        runner.kill()
        self.expect(self.plan({"main.tf": RESOURCE}, self.runner(cli_any_version="false", cli_dir=folder)), "finished")

    def test_state_that_the_server_does_not_take(self):
        runner = self.runner()
        job = self.begin_slow_apply(runner, 2)
        self.client.expect(200, "POST", f"/api/v2/workspaces/{self.workspace['id']}/actions/force-unlock")
        self.assertTrue(job.done.wait(120), job.text)
        self.expect(job, "errored", "Failed to save state")
        self.assertEqual(len(json.loads(job.files["errored-state"])["resources"]), 3)


class Providers(RunnerTest):
    FILES = {"main.tf": 'resource "null_resource" "n" {\n  triggers = { a = "1" }\n}\n'}

    def test_a_provider_of_the_mirror(self):
        runner = self.runner(provider_mirror=runners.mirror(self))
        plan = self.plan(self.FILES, runner)
        self.expect(plan, "finished", "null_resource.n will be created")
        self.assertRegex(json.dumps(plan.finish["dependencies"]["providers"]), r'^{"registry\.\S+/hashicorp/null": "3\.2\.99"}$')
        apply = self.run_job("apply", self.FILES, runner, plan.files["plan"])
        self.expect(apply, "finished", "1 added, 0 changed, 0 destroyed")
        with tarfile.open(fileobj=io.BytesIO(plan.files["plan"])) as tar:
            names = tar.getnames()
        self.assertIn("work/.terraform.lock.hcl", names)
        self.assertFalse([name for name in names if "terraform-provider" in name])
        self.assertIn("triggers", json.dumps(json.loads(plan.files["plan-json-redacted"])["provider_schemas"]))

    def test_what_the_mirror_lacks_is_not_looked_for_there(self):
        runner = self.runner(provider_mirror=runners.mirror(self))
        job = self.plan({"main.tf": 'terraform {\n  required_providers {\n    x = {\n      source = "'
                         f'{self.terrace.host}/e2e/absent"\n    }}\n  }}\n}}\n'}, runner)
        self.expect(job, "errored", "absent")


class Hooks(RunnerTest):
    def hooks(self, **programs):
        folder = self.folder()
        for name, text in programs.items():
            write_program(os.path.join(folder, "terraform-" + name.replace("_", "-")), text)
        return folder

    def test_hooks_run_in_order_and_set_variables(self):
        runner = self.runner(hooks_dir=self.hooks(
            pre_plan='echo pre $TFC_RUN_ID; echo "TF_VAR_text=from hook=1" >>$TFC_AGENT_ENV', post_plan="echo post plan",
            pre_apply="echo pre apply", post_apply="echo post apply"))
        files = {"main.tf": RESOURCE}
        plan = self.plan(files, runner)
        self.expect(plan, "finished", '"from hook=1"')
        self.assertEqual(plan.text.splitlines()[2:5], ["Executing pre-plan hook...", "pre run-1234567890123456",
                                                       "Initializing plugins and modules..."])
        self.assertGreater(plan.text.index("post plan"), plan.text.index("1 to add"))
        apply = self.run_job("apply", files, runner, plan.files["plan"])
        self.expect(apply, "finished", "post apply")

    def test_a_failing_hook_fails_the_run(self):
        runner = self.runner(hooks_dir=self.hooks(pre_plan="exit 3"))
        job = self.plan({"main.tf": RESOURCE}, runner)
        self.expect(job, "errored", "The hook terraform-pre-plan ended with exit status 3.")
        self.assertNotIn("Initializing", job.text)
        runner.kill()
        runner = self.runner(hooks_dir=self.hooks(post_plan="exit 3"))
        job = self.plan({"main.tf": RESOURCE}, runner)
        self.expect(job, "errored", "The hook terraform-post-plan ended with exit status 3.")

    def test_post_hooks_follow_a_failure_too(self):
        runner = self.runner(hooks_dir=self.hooks(post_plan="echo cleaned up"))
        job = self.plan({"main.tf": 'output "x" {\n  value = nothing.here\n}\n'}, runner)
        self.expect(job, "errored", "cleaned up")


class Hostile(RunnerTest):
    def execute(self, command, runner=None, status="finished", **options):
        """Runs a shell command as a provisioner, the way anybody who may apply can."""
        runner = runner or self.runner(**options)
        files = {"main.tf": RESOURCE + 'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n'
                            "    command = \"sh ./command.sh\"\n  }\n  triggers_replace = timestamp()\n}\n", "command.sh": command}
        plan = self.plan(files, runner)
        self.expect(plan, "finished")
        apply = self.run_job("apply", files, runner, plan.files["plan"])
        if status:
            self.expect(apply, status)
        runners.wait(lambda: not runners.descendants(runner.process.pid), 20, "the end of the processes")
        return apply

    def test_nothing_of_the_runner_is_visible(self):
        runner = self.runner()
        secret = os.path.join(harness.new_folder(), "secret")
        self.addCleanup(shutil.rmtree, os.path.dirname(secret), ignore_errors=True)
        with open(secret, "w", encoding="utf-8") as file:
            file.write("host-secret")
        job = self.execute(f"""
            for f in {runner.folder}/runner.conf {runner.work}/lock {secret} /etc/shadow /root /home/* /var/lib /proc/1/root{secret}; do
                [ -e $f ] && echo visible: $f
            done
            cat /proc/*/environ /proc/*/cmdline /run/terrace/* 2>/dev/null | tr '\\0' '\\n' | grep -c '[r]{runners.TOKEN[1:]}' | sed 's/^/tokens: /'
            ls / /run /run/terrace /etc | tr '\\n' ' '
            id; ls -l /proc/self/fd | grep -v '/dev/null\\|pipe:\\|/proc/\\|^total' | sed 's/^/open: /'; ls /proc | grep '^[0-9]' | wc -l
            """, runner)
        self.assertIn("tokens: 0", job.text)
        self.assertIn("visible: /home/runner", job.text)
        self.assertEqual(job.text.count("visible:"), 1, job.text)
        self.assertIn("uid=1000(runner)", job.text)
        self.assertNotIn("host-secret", job.text)
        self.assertNotIn("open: ", job.text)

    def test_the_system_is_read_only(self):
        job = self.execute("""
            for f in /usr/x /usr/bin/x /etc/x /x /run/x /run/terrace/x /dev/x /var/x /home/x /opt/x /run/cli/x; do
                (: >$f) 2>/dev/null && echo written: $f
            done
            for f in /tmp/x /home/runner/x /dev/shm/x /work/x; do
                (: >$f) 2>/dev/null && echo fine: $f
            done
            mount -t tmpfs none /tmp 2>/dev/null && echo mounted
            unshare -r true 2>/dev/null && echo unshared
            kill -9 1 2>/dev/null; echo survived
            """)
        if "--disable-userns" in subprocess.run(["bwrap", "--help"], text=True, stdout=subprocess.PIPE).stdout:
            self.assertNotIn("unshared", job.text)
        self.assertNotIn("written:", job.text)
        self.assertNotIn("mounted", job.text)
        self.assertEqual(job.text.count("fine:"), 4, job.text)
        self.assertIn("survived", job.text)

    def test_a_memory_hog_is_killed(self):
        job = self.execute("head -c 4G /dev/zero | tail", status="errored", memory_limit="512M")
        self.assertIn("The run used more than its limit of 512 MiB of memory.", job.text)
        self.assertEqual(job.finish["message"], "The run used more than its limit of 512 MiB of memory.")

    def test_a_fork_bomb_is_contained(self):
        runner = self.runner(process_limit="300")
        job = self.execute("while :; do sleep 300 & done", runner, status="errored")
        self.assertIn("The run had more than its limit of 300 processes and threads.", job.finish["message"])
        # One that its own failures end sooner or later.
        peak, limit = [0], threading.Event()

        def count():
            while not limit.wait(0.05):
                peak[0] = max(peak[0], len(runners.descendants(runner.process.pid)))
        watcher = threading.Thread(target=count)
        watcher.start()
        self.execute("bomb() { bomb | bomb & }; bomb; sleep 3", runner, status=None)
        limit.set()
        watcher.join()
        self.assertLess(peak[0], 400)

    def test_output_is_limited(self):
        job = self.execute("yes | head -c 100M", status="errored", output_limit="1M")
        self.assertIn("The run printed more than its limit of 1024 KiB.", job.text)
        self.assertLess(len(job.log), 1024 * 1024 + 4096)

    def test_files_are_limited(self):
        job = self.execute("head -c 3M /dev/zero >/tmp/x; ls -l /tmp/x; echo done", file_limit="2M")
        self.assertIn("done", job.text)
        self.assertIn(" 2097152 ", job.text)

    def test_processes_in_the_background_end_with_the_command(self):
        job = self.execute("setsid sh -c 'trap \"\" TERM INT HUP; sleep 400' >/dev/null 2>&1 & setsid sleep 401 >/dev/null 2>&1 & echo started")
        self.assertIn("started", job.text)

    def test_folders_without_rights_are_removed(self):
        runner = self.runner()
        self.execute("mkdir -p a/b; touch a/b/c; chmod 0 a/b a; i=0; cd /tmp; "
                     "while [ $i -lt 3000 ]; do mkdir d && cd d || break; i=$((i+1)); done 2>/dev/null; true", runner)
        runners.wait(lambda: os.listdir(runner.work) == ["lock"], 10, "an empty folder")

    def test_links_lead_nowhere(self):
        runner = self.runner()
        victim = os.path.join(harness.new_folder(), "victim")
        self.addCleanup(shutil.rmtree, os.path.dirname(victim), ignore_errors=True)
        with open(victim, "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o666)
            file.write("as it was")
        job = self.execute(f"ln -sf {victim} errored.tfstate; ln -sf /run/terrace/terraformrc /run/out/pre-plan.env; "
                           "exit 1", runner, status="errored")
        self.assertNotIn("errored-state", job.files)
        slug = io.BytesIO()
        with tarfile.open(fileobj=slug, mode="w:gz") as tar:
            for name in ("~terrace_override.tf", "~terrace.auto.tfvars"):
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, victim
                tar.addfile(link)
        job = self.server.add(runners.Job("plan", slug.getvalue(), self.document()))
        self.assertTrue(job.done.wait(60))
        self.expect(job, "finished")
        with open(victim, encoding="utf-8") as file:
            self.assertEqual(file.read(), "as it was")

    def test_an_archive_that_leads_out(self):
        runner = self.runner()
        for name in ("../../evil", "/tmp/evil"):
            slug = io.BytesIO()
            with tarfile.open(fileobj=slug, mode="w:gz") as tar:
                tar.addfile(tarfile.TarInfo(name))
            job = self.server.add(runners.Job("plan", slug.getvalue(), self.document()))
            self.assertTrue(job.done.wait(60))
        self.assertFalse(os.path.exists("/tmp/evil"))
        job = self.server.add(runners.Job("plan", b"no archive", self.document()))
        self.assertTrue(job.done.wait(60))
        self.expect(job, "errored", "The configuration could not be unpacked")

    def test_the_ssh_key_is_there_for_init_only(self):
        hooks = self.folder()
        write_program(os.path.join(hooks, "terraform-post-plan"), "ls /run/ssh 2>&1; echo ssh=$GIT_SSH_COMMAND")
        runner = self.runner(hooks_dir=hooks)
        files = {"main.tf": 'module "m" {\n  source = "git::ssh://git@127.0.0.1:9/x.git"\n}\n'}
        job = self.plan(files, runner, ssh_key="-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
                        variables=[self.variable("GIT_SSH_COMMAND", "mine", "env")])
        self.expect(job, "errored", "127.0.0.1 port 9")
        job = self.plan({"main.tf": RESOURCE}, runner, ssh_key="AAAA")
        self.expect(job, "finished", "ssh=")
        self.assertIn("No such file", job.text)

    def test_without_a_sandbox(self):
        runner = self.runner(sandbox="false")
        self.assertIn("no sandbox", runners.wait(lambda: runner.log))
        job = self.execute("setsid sleep 400 >/dev/null 2>&1 & echo here: $HOME", runner)
        self.assertIn(f"here: {runner.work}/job/home", job.text)
        job = self.execute("head -c 4G /dev/zero | tail", status="errored", sandbox="false", memory_limit="512M")
        self.assertIn("more than its limit", job.text)

    def test_as_root_and_as_somebody_else(self):
        if os.geteuid() != 0:
            self.skipTest("not root")
        job = self.execute("id -u; touch /work/x", user="root")
        self.assertIn("1000", job.text)


if __name__ == "__main__":
    unittest.main()
