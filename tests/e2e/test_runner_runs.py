"""Runs from end to end: a user's terraform or tofu with a cloud block, the server, the worker, a runner
and its own CLI in the sandbox."""

import hashlib
import io
import json
import os
import re
import shutil
import signal
import time
import unittest
import zipfile

import cli
import harness
import runners
import slugs
import test_registry

SLOW = """
resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo begun; sleep 300; echo over"
  }
}
"""


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if cli.find() is None:
            raise unittest.SkipTest(cli.find.reason or "no terraform or tofu")
        cls.terrace = harness.start(worker=True)
        cls.token = harness.add_user(cls.terrace, "alice")
        cls.client = harness.Client(cls.terrace, cls.token)
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.start_runner()

    @classmethod
    def start_runner(cls, name="runner"):
        cls.terrace.start_runner(name, cli=cli.find(), disk_reserve="0", log_level="debug", memory_limit="1G",
                                 output_limit="1M")

    def setUp(self):
        self.name = self.id().rpartition(".")[2].replace("_", "-")[:80]
        self.cli = cli.Cli(self, self.terrace, self.token)

    def use(self, text, name=None, **attributes):
        """A workspace of the test's name, and a configuration in it."""
        attributes = {"name": self.name, "execution-mode": "remote",
                      **{key.replace("_", "-"): value for key, value in attributes.items()}}
        self.workspace = self.client.expect(201, "POST", "/api/v2/organizations/acme/workspaces", {
            "data": {"type": "workspaces", "attributes": attributes}}).json["data"]["id"]
        self.cli.write(cli.cloud(self.terrace, "acme", f'name = "{name or self.name}"') + text)
        self.cli.init()

    def variable(self, key, value, category="terraform", **more):
        self.client.expect(201, "POST", f"/api/v2/workspaces/{self.workspace}/vars", {"data": {
            "type": "vars", "attributes": {"key": key, "value": value, "category": category, **more}}})

    def run_of(self, printed=None):
        """The newest run, or the one whose address the CLI has printed: lists leave out plans alone."""
        if printed:
            identity = re.search(r"/runs/(run-\w+)", printed)[1]
            return self.client.expect(200, "GET", f"/api/v2/runs/{identity}").json["data"]
        found = self.client.expect(200, "GET", f"/api/v2/workspaces/{self.workspace}/runs").json["data"]
        return found[0] if found else None

    def state(self):
        reply = self.client.get(f"/api/v2/workspaces/{self.workspace}/current-state-version")
        if reply.status != 200:
            return None
        url = reply.json["data"]["attributes"]["hosted-state-download-url"]
        return json.loads(self.client.expect(200, "GET", url, token=False).body)

    def wait_for(self, *wanted, timeout=60):
        def reached():
            run = self.run_of()
            self.seen = run and run["attributes"]["status"]
            return self.seen in wanted
        try:
            return runners.wait(reached, timeout, f"status {wanted}")
        except AssertionError:
            self.fail(f"{self.seen} instead of {wanted}\n{self.runner_log()[-3000:]}")

    def runner_log(self, name="runner"):
        with open(self.terrace.path("log", f"{name}.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def log_of(self, kind):
        """Text of the plan's or apply's log."""
        reply = self.client.expect(200, "GET", f"/api/v2/runs/{self.run_of()['id']}/{kind}")
        url = reply.json["data"]["attributes"]["log-read-url"]
        log, piece = b"", None
        while piece != b"":
            piece = self.client.expect(200, "GET", f"{url}?offset={len(log)}&limit=500000", token=False).body
            log += piece
        return re.sub(r"\x1b\[[0-9;]*m", "", log.decode())

    def free(self):
        workspace = self.client.expect(200, "GET", f"/api/v2/workspaces/{self.workspace}").json["data"]
        self.assertFalse(workspace["attributes"]["locked"])


class WithACli(Case):
    def test_plan_apply_destroy(self):
        self.use(cli.GREETING)
        plan = self.cli.run("plan", "-input=false", "-no-color")
        self.assertIn("Running plan in", plan)
        self.assertIn("1 to add, 0 to change, 0 to destroy", plan)
        self.assertEqual(self.run_of(plan)["attributes"]["status"], "planned_and_finished")
        self.assertEqual(self.run_of(plan)["attributes"]["message"], "Queued manually using Terraform")
        apply = self.cli.apply()
        self.assertIn("1 added, 0 changed, 0 destroyed", apply)
        self.assertEqual(self.run_of()["attributes"]["status"], "applied")
        self.assertEqual(self.cli.output("greeting"), "hello")
        self.assertIn("No changes", self.cli.run("plan", "-input=false", "-no-color"))
        self.assertIn("1 destroyed", self.cli.run("destroy", "-input=false", "-auto-approve", "-no-color"))
        self.assertEqual(self.state()["resources"], [])
        self.free()

    def test_variables_from_everywhere(self):
        self.use(cli.GREETING + 'variable "set" {\n  default = ""\n}\noutput "set" {\n  value = var.set\n}\n'
                 'variable "TFC_WORKSPACE_NAME" {\n  default = ""\n}\n'
                 'output "workspace" {\n  value = var.TFC_WORKSPACE_NAME\n}\n')
        self.variable("set", "by the workspace")
        self.variable("TF_VAR_text", "by the environment", "env")
        self.cli.apply()
        self.assertEqual(self.cli.output("set"), "by the workspace")
        self.assertEqual(self.cli.output("greeting"), "by the environment")
        self.assertEqual(self.cli.output("workspace"), self.name)
        self.cli.apply("-var", "text=by ${the} \"command line\"")
        self.assertEqual(self.cli.output("greeting"), 'by ${the} "command line"')

    def test_targets_and_replacements(self):
        self.use(cli.GREETING + 'resource "terraform_data" "other" {}\n')
        self.assertIn("1 added", self.cli.apply("-target=terraform_data.other"))
        self.cli.apply()
        self.assertIn("1 added, 0 changed, 1 destroyed", self.cli.apply("-replace=terraform_data.other"))
        self.assertIn("No changes", self.cli.apply("-refresh-only"))

    def test_a_saved_plan(self):
        self.use(cli.GREETING)
        self.cli.run("plan", "-input=false", "-no-color", "-out=saved")
        self.assertIn("terraform_data.greeting", self.cli.run("show", "-no-color", "saved"))
        self.assertIn("1 added", self.cli.run("apply", "-input=false", "-no-color", "saved"))

    def test_plans_drawn_from_json(self):
        self.use("""
variable "password" {
  sensitive = true
}
resource "terraform_data" "a" {
  input = { user = "bob", password = var.password }
}
output "secret" {
  value     = terraform_data.a.output.password
  sensitive = true
}
""", structured_run_output_enabled=True)
        self.variable("password", "hunter2-hunter2", sensitive=True)
        plan = self.cli.run("plan", "-input=false", "-no-color")
        self.assertIn("1 to add", plan)
        self.assertNotIn("hunter2", plan)
        self.assertIn("1 added", self.cli.apply())
        self.assertNotIn("hunter2", self.log_of("plan") + self.log_of("apply"))

    def test_errors_of_a_plan_reach_the_user(self):
        self.use(cli.GREETING + 'output "x" {\n  value = terraform_data.greeting.nothing\n}\n')
        plan = self.cli.run("plan", "-input=false", "-no-color", status=1)
        self.assertIn("Unsupported attribute", plan)
        self.assertEqual(self.run_of(plan)["attributes"]["status"], "errored")
        self.free()

    def test_a_working_directory(self):
        os.mkdir(os.path.join(self.cli.folder, "live"))
        os.mkdir(os.path.join(self.cli.folder, "m"))
        self.cli.write('output "m" {\n  value = "from the module"\n}\n', "m/main.tf")
        root, self.cli.folder = self.cli.folder, os.path.join(self.cli.folder, "live")
        self.use('module "m" {\n  source = "../m"\n}\noutput "m" {\n  value = module.m.m\n}\n', working_directory="live")
        self.assertTrue(os.path.exists(os.path.join(root, "m")))
        self.cli.apply()
        self.assertEqual(self.cli.output("m"), "from the module")

    def test_state_of_another_workspace(self):
        self.use(cli.GREETING, global_remote_state=True)
        self.cli.apply()
        first = self.name
        self.name += "-reader"
        self.use(f"""
data "terraform_remote_state" "first" {{
  backend = "remote"
  config = {{
    hostname     = "{self.terrace.host}"
    organization = "acme"
    workspaces   = {{ name = "{first}" }}
  }}
}}
output "read" {{
  value = data.terraform_remote_state.first.outputs.greeting
}}
""")
        self.cli.apply()
        self.assertEqual(self.cli.output("read"), "hello")

    def test_an_assessment_finds_drift_and_failed_checks(self):
        self.use('variable "size" {\n  type = number\n}\nresource "terraform_data" "kept" {\n}\n'
                 'resource "terraform_data" "sized" {\n  input = var.size\n}\n'
                 'check "small" {\n  assert {\n    condition     = var.size < 10\n    error_message = "too large"\n  }\n}\n',
                 assessments_enabled=True)
        self.variable("size", "3", hcl=True)
        self.cli.apply()
        runs_before = self.client.expect(200, "GET", f"/api/v2/workspaces/{self.workspace}/runs").json["data"]

        def assess(before=None):
            self.client.expect(200, "POST", f"/api/v2/workspaces/{self.workspace}/actions/assess")

            def latest():
                reply = self.client.get(f"/api/v2/workspaces/{self.workspace}/current-assessment-result")
                return reply.status == 200 and reply.json["data"]["id"] != before and reply.json["data"]
            return runners.wait(latest, 60, "a result")

        healthy = assess()
        shown = healthy["attributes"]
        self.assertTrue(shown["succeeded"], shown)
        self.assertEqual((shown["drifted"], shown["resources-drifted"], shown["resources-undrifted"]), (False, 0, 2))
        self.assertEqual((shown["all-checks-succeeded"], shown["checks-passed"]), (True, 1))
        variable = self.client.expect(200, "GET", f"/api/v2/workspaces/{self.workspace}/vars").json["data"][0]["id"]
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{self.workspace}/vars/{variable}", {"data": {
            "type": "vars", "id": variable, "attributes": {"value": "30"}}})
        shown = assess(healthy["id"])
        self.assertEqual((shown["attributes"]["drifted"], shown["attributes"]["resources-drifted"]), (True, 1))
        self.assertEqual((shown["attributes"]["all-checks-succeeded"], shown["attributes"]["checks-failed"]), (False, 1))
        log = self.client.expect(200, "GET", shown["links"]["log-output"]).body
        self.assertIn(b"too large", log)
        self.assertEqual(self.client.expect(200, "GET", f"/api/v2/workspaces/{self.workspace}/runs").json["data"], runs_before)


class Registry(Case):
    """What a run fetches from the private registry, with nothing but its own token."""

    @classmethod
    def start_runner(cls, name="runner"):
        cls.cache = harness.new_folder()
        os.chmod(cls.cache, 0o777)
        cls.addClassCleanup(shutil.rmtree, cls.cache, ignore_errors=True)
        cls.terrace.start_runner(name, cli=cli.find(), disk_reserve="0", plugin_cache=cls.cache)

    def create(self, path, kind, **attributes):
        return self.client.expect(201, "POST", path, {"data": {"type": kind, "attributes": {
            name.replace("_", "-"): value for name, value in attributes.items()}}}).json["data"]

    def upload(self, url, data):
        harness.Client(self.terrace).expect(200, "PUT", url, data)

    def execute(self, files):
        """A run that applies itself, made as a program makes it: the user's CLI is not asked to init."""
        self.workspace = self.create("/api/v2/organizations/acme/workspaces", "workspaces", name=self.name,
                                     execution_mode="remote")["id"]
        version, path = slugs.create(self.client, self.workspace)
        self.client.expect(200, "PUT", path, runners.pack(files))
        self.client.expect(201, "POST", "/api/v2/runs", {"data": {
            "type": "runs", "attributes": {"auto-apply": True}, "relationships": {
                "workspace": {"data": {"type": "workspaces", "id": self.workspace}},
                "configuration-version": {"data": {"type": "configuration-versions", "id": version}}}}})
        self.wait_for("applied", "errored")
        self.assertEqual(self.seen, "applied", self.log_of("plan"))

    def test_a_module_by_the_generic_host(self):
        self.create("/api/v2/organizations/acme/registry-modules", "registry-modules", name="greeting",
                    provider="test")
        made = self.create("/api/v2/registry-modules/acme/greeting/test/versions", "registry-module-versions",
                           version="1.0.0")
        self.upload(made["links"]["upload"], runners.pack({"main.tf": 'output "word" {\n  value = "from the registry"\n}\n'}))
        self.execute({"main.tf": 'module "m" {\n  source  = "localterraform.com/acme/greeting/test"\n'
                                 '  version = "~> 1.0"\n}\noutput "m" {\n  value = module.m.word\n}\n'})
        self.assertEqual(self.state()["outputs"]["m"]["value"], "from the registry")

    def explore(self, view, field, value):
        found = self.client.expect(200, "GET", f"/api/v2/organizations/acme/explorer?type={view}&filter[0][{field}][is][0]={value}")
        return [one["attributes"] for one in found.json["data"]]

    def test_a_provider_that_stays_in_the_cache(self):
        folder = os.path.join(runners.mirror(self), "registry.terraform.io", "hashicorp", "null")
        (version,) = os.listdir(folder)
        (machine,) = os.listdir(os.path.join(folder, version))
        (program,) = os.listdir(os.path.join(folder, version, machine))
        system, _, architecture = machine.partition("_")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as bundle, \
                open(os.path.join(folder, version, machine, program), "rb") as file:
            entry = zipfile.ZipInfo(program)
            entry.external_attr = 0o755 << 16
            bundle.writestr(entry, file.read())
        data = packed.getvalue()
        signer = test_registry.Signer(self)
        key = self.create("/api/registry/private/v2/gpg-keys", "gpg-keys", namespace="acme", ascii_armor=signer.armor())
        filename = f"terraform-provider-null_{version}_{machine}.zip"
        sums = f"{hashlib.sha256(data).hexdigest()}  {filename}\n".encode()
        base = "/api/v2/organizations/acme/registry-providers"
        self.create(base, "registry-providers", name="null", namespace="acme", registry_name="private")
        made = self.create(f"{base}/private/acme/null/versions", "registry-provider-versions", version=version,
                           key_id=key["attributes"]["key-id"], protocols=["5.0"])
        self.upload(made["links"]["shasums-upload"], sums)
        self.upload(made["links"]["shasums-sig-upload"], signer.sign(sums))
        made = self.create(f"{base}/private/acme/null/versions/{version}/platforms",
                           "registry-provider-version-platforms", os=system, arch=architecture, filename=filename,
                           shasum=hashlib.sha256(data).hexdigest())
        self.upload(made["links"]["provider-binary-upload"], data)
        self.execute({"main.tf": f'terraform {{\n  required_providers {{\n    null = {{\n      source = '
                                 f'"{self.terrace.host}/acme/null"\n    }}\n  }}\n}}\nresource "null_resource" "n" {{}}\n'
                                 'module "m" {\n  source = "./part"\n}\n',
                      "part/main.tf": 'resource "terraform_data" "d" {}\n'})
        self.assertIn("null_resource", [one["type"] for one in self.state()["resources"]])
        self.assertEqual(self.explore("providers", "name", "null"), [{
            "name": "null", "source": f"{self.terrace.host}/acme/null", "version": version, "registry-type": "private",
            "workspace-count": 1, "workspaces": self.name}])
        self.assertEqual(self.explore("modules", "workspaces", self.name), [{
            "name": "m", "source": "./part", "version": None, "registry-type": None, "workspace-count": 1, "workspaces": self.name}])
        (workspace,) = self.explore("workspaces", "workspace_name", self.name)
        self.assertIn(f"{self.terrace.host}/providers/acme/null/{version}", workspace["providers"])
        self.assertEqual((workspace["modules"], workspace["module-count"]), ("m", 1))
        self.assertTrue(any(program in files for _, _, files in os.walk(self.cache)))


class Trouble(Case):
    def begin(self, text=SLOW, words="begun"):
        self.use(text)
        process = self.cli.start("apply", "-input=false", "-auto-approve", "-no-color")
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.communicate()))
        self.wait_for("applying")
        runners.wait(lambda: words in self.log_of("apply"), 60, "the apply")
        return process

    def processes(self, name="runner"):
        return runners.descendants(self.terrace.processes.pid(name))

    def test_cancel_with_control_c(self):
        process = self.begin()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.wait_for("canceled")
        self.assertIn("Interrupt received", self.log_of("apply"))
        self.assertIn("first", [resource["name"] for resource in self.state()["resources"]])
        self.free()
        runners.wait(lambda: not self.processes(), 10, "no process")

    def test_force_cancel(self):
        self.begin('resource "terraform_data" "deaf" {\n  provisioner "local-exec" {\n    command = "trap \'\' INT '
                   'TERM; echo begun; sleep 300 & wait; sleep 300"\n  }\n}\n')
        run = self.run_of()["id"]
        self.client.expect(202, "POST", f"/api/v2/runs/{run}/actions/cancel")

        def force():
            return self.client.post(f"/api/v2/runs/{run}/actions/force-cancel").status == 202 or \
                self.run_of()["attributes"]["status"] == "canceled"
        runners.wait(force, 60, "the force-cancel")
        self.wait_for("force_canceled", "canceled")
        runners.wait(lambda: not self.processes(), 20, "no process")
        self.free()

    def test_a_killed_runner(self):
        self.start_runner("runner2")
        self.addCleanup(self.terrace.processes.stop, "runner2")
        self.begin()
        victim = next(name for name in ("runner", "runner2") if self.processes(name))
        left = self.processes(victim)
        self.terrace.processes.stop(victim, signal.SIGKILL)
        runners.wait(lambda: not set(left) & set(runners.pstree()), 10, "no process")
        self.wait_for("errored", timeout=150)
        self.free()
        self.start_runner(victim)
        self.cli.write(cli.cloud(self.terrace, "acme", f'name = "{self.name}"') + cli.GREETING)
        self.assertIn("added", self.cli.apply())

    def test_state_survives_a_killed_runner(self):
        self.begin("""
resource "terraform_data" "one" {}
resource "terraform_data" "two" {
  depends_on = [terraform_data.one]
  provisioner "local-exec" {
    command = "sleep 22" # a snapshot is due 20 s after the first change
  }
}
resource "terraform_data" "three" {
  depends_on = [terraform_data.two]
  provisioner "local-exec" {
    command = "echo begun; sleep 300"
  }
}
""", "(local-exec): begun")
        self.terrace.processes.stop("runner", signal.SIGKILL)
        self.addCleanup(self.start_runner)
        self.assertEqual({resource["name"] for resource in self.state()["resources"]}, {"one", "two"})

    def test_a_killed_cli(self):
        process = self.begin()
        for pid, line in self.processes().items():
            if " apply " in line and "bwrap" not in line:
                os.kill(pid, signal.SIGKILL)
        self.assertNotEqual(process.wait(60), 0)
        self.wait_for("errored")
        self.free()

    def test_a_memory_hog(self):
        self.use('resource "terraform_data" "hog" {\n  provisioner "local-exec" {\n'
                 '    command = "head -c 8G /dev/zero | tail"\n  }\n}\n')
        out = self.cli.apply(status=1)
        self.assertIn("more than its limit of 1024 MiB of memory", out)
        self.assertEqual(self.run_of()["attributes"]["status"], "errored")

    def test_endless_output(self):
        self.use('resource "terraform_data" "loud" {\n  provisioner "local-exec" {\n'
                 '    command = "yes | head -c 20M"\n  }\n}\n')
        self.cli.apply(status=1)
        self.assertIn("more than its limit of 1024 KiB", self.log_of("apply"))
        self.assertEqual(self.run_of()["attributes"]["status"], "errored")

    def test_a_server_that_starts_again(self):
        self.begin('resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n'
                   '    command = "echo begun; sleep 8; echo over"\n  }\n}\n')
        self.terrace.processes.stop("terrace", signal.SIGKILL)
        time.sleep(2)
        self.terrace.start_server()
        self.wait_for("applied")
        self.assertIn("over", self.log_of("apply"))
        self.assertEqual(len(self.state()["resources"]), 1)


if __name__ == "__main__":
    unittest.main()
