"""Query runs (today-runs.md 24.1): their life with a runner that does what a test says, and terraform query
by a real runner, which needs Terraform 1.14 (TERRACE_CLI)."""

import json
import os
import re
import subprocess
import time
import unittest

import cli
import harness
import runners
import runs


class Scripted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start()
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        cls.terrace.stop()

    def tearDown(self):
        self.sql("UPDATE run_jobs SET status = 'done' WHERE status <> 'done'")

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def workspace(self):
        type(self).number += 1
        return runs.Workspace(self.client, "acme", f"w{self.number}")

    def ask(self, workspace, **attributes):
        return self.client.expect(201, "POST", "/api/v2/queries", runs.document(
            "queries", attributes, workspace={"type": "workspaces", "id": workspace.id})).json["data"]["id"]

    def show(self, query):
        return self.client.expect(200, "GET", f"/api/v2/queries/{query}").json["data"]["attributes"]

    def act(self, query, action, expect=202):
        self.client.expect(expect, "POST", f"/api/v2/queries/{query}/actions/{action}")

    def claim(self, expect=200, accept=("query",)):
        return self.runner.call(expect, "POST", f"/agents/{self.runner.id}/claim", {"accept": list(accept)})

    def read_log(self, query):
        url = self.show(query)["log-read-url"]
        return harness.Client(self.terrace, None).expect(200, "GET", url[url.index("/api/"):]).body

    def test_life_of_a_query(self):
        workspace = self.workspace()
        self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/vars", runs.document(
            "vars", {"key": "region", "value": "north", "category": "terraform", "sensitive": True}))
        query = self.ask(workspace, **{"generate-config-out": False, "variables": [{"key": "a", "value": '"x"'}]})
        self.assertEqual(self.claim(204, ("plan", "apply", "policy")), b"")
        job = self.claim()
        self.assertEqual((job["kind"], job["run"]["id"], job["run"]["allow_config_generation"]), ("query", query, False))
        self.assertEqual({v["key"]: (v["value"], v["hcl"]) for v in job["variables"]}, {"region": ("north", False), "a": ('"x"', True)})
        self.assertEqual(self.show(query)["status"], "running")
        self.assertNotIn("north", self.sql(f"SELECT sealed_variables FROM query_runs WHERE id = '{query}'"))
        self.assertEqual(self.runner.call(200, "GET", f"/jobs/{job['id']}/configuration")[:2], b"\x1f\x8b")
        self.runner.call(200, "POST", f"/jobs/{job['id']}/log?offset=0", b"found it\n")
        self.assertEqual(self.read_log(query), b"\x02found it\n")
        # The job's token reads the workspace and its state, as long as there is the job.
        caller = harness.Client(self.terrace, job["token"])
        caller.expect(200, "GET", f"/api/v2/organizations/acme/workspaces/w{self.number}")
        self.runner.call(404, "PUT", f"/jobs/{job['id']}/files/plan", b"x")
        self.runner.finish(job)
        self.runner.finish(job)
        caller.expect(401, "GET", f"/api/v2/organizations/acme/workspaces/w{self.number}")
        shown = self.show(query)
        self.assertEqual(shown["status"], "finished")
        self.assertEqual(set(shown["status-timestamps"]), {"queuing-at", "running-at", "finished-at"})
        self.assertEqual(self.read_log(query), b"\x02found it\n\x03")
        self.act(query, "cancel", 409)

    def test_runs_and_queries_do_not_wait_for_each_other(self):
        workspace = self.workspace()
        first, second = self.ask(workspace), self.ask(workspace)
        run = workspace.run()
        plan = self.runner.claim()
        jobs = [self.claim(), self.claim()]
        self.assertEqual([job["run"]["id"] for job in [plan, *jobs]], [run, first, second])
        self.assertEqual(workspace.show()["relationships"]["current-run"]["data"]["id"], run)
        for job in jobs:
            self.runner.finish(job)
        self.assertEqual([self.show(query)["status"] for query in (first, second)], ["finished"] * 2)
        self.assertEqual(runs.status(self.client, run), "planning")
        self.runner.finish(plan, has_changes=False)

    def test_an_errored_query_keeps_its_reason(self):
        query = self.ask(self.workspace())
        self.runner.finish(self.claim(), "errored", message="terraform query ended with exit status 1.")
        self.assertEqual(self.show(query)["status"], "errored")
        self.assertIn("errored-at", self.show(query)["status-timestamps"])
        self.assertEqual(self.sql(f"SELECT reason FROM query_runs WHERE id = '{query}'"), "terraform query ended with exit status 1.")

    def test_cancel_while_it_runs(self):
        query = self.ask(self.workspace())
        job = self.claim()
        self.assertIsNone(self.runner.call(200, "POST", f"/jobs/{job['id']}/renew")["cancel"])
        self.act(query, "force-cancel", 409)
        self.act(query, "cancel")
        self.act(query, "cancel", 409)
        self.assertEqual(self.show(query)["status"], "running")
        self.assertEqual(self.runner.call(200, "POST", f"/jobs/{job['id']}/renew")["cancel"], "interrupt")
        self.runner.finish(job, "canceled")
        self.assertEqual(self.show(query)["status"], "canceled")

    def test_a_runner_that_is_stopped_cancels_nothing(self):
        query = self.ask(self.workspace())
        self.runner.finish(self.claim(), "canceled")
        self.assertEqual(self.show(query)["status"], "errored")

    def test_force_cancel_after_the_cool_off(self):
        query = self.ask(self.workspace())
        job = self.claim()
        self.act(query, "cancel")
        self.act(query, "force-cancel", 409)
        self.sql(f"UPDATE query_runs SET force_cancel_available_at = now() WHERE id = '{query}'")
        self.act(query, "force-cancel")
        self.assertLessEqual({"canceled-at", "force-canceled-at"}, set(self.show(query)["status-timestamps"]))
        self.runner.call(409, "POST", f"/jobs/{job['id']}/renew")

    def test_a_lost_runner_and_one_that_takes_too_long(self):
        for column in ("lease_expires_at", "timeout_at"):
            query = self.ask(self.workspace())
            self.claim()
            self.sql(f"UPDATE run_jobs SET {column} = now() - interval '1 second' WHERE phase_id = '{query}'")
            self.terrace.ctl("collect")
            self.assertEqual(self.show(query)["status"], "errored")
            self.assertEqual(self.sql(f"SELECT count(*) FROM tokens WHERE query_run_id = '{query}'"), "0")

    def test_a_workspace_takes_its_queries_with_it(self):
        workspace = self.workspace()
        query = self.ask(workspace)
        job = self.claim()
        self.runner.call(200, "POST", f"/jobs/{job['id']}/log?offset=0", b"x")
        self.client.expect(204, "DELETE", f"/api/v2/workspaces/{workspace.id}")
        self.client.expect(404, "GET", f"/api/v2/queries/{query}")
        self.assertEqual(self.sql("SELECT (SELECT count(*) FROM run_phases WHERE query_run_id IS NOT NULL AND id = "
                                  f"'{query}'), (SELECT count(*) FROM run_logs WHERE phase_id = '{query}')"), "0|0")


# What terraform query prints, from a program that has nothing to ask.
STAND_IN = """case "$1" in
version|-version|--version) echo "Terraform v1.14.0"; echo "on linux_amd64";;
init) echo "init $*";;
query) shift
  printf '{"@level":"info","@message":"arguments: %s","type":"log"}\\n' "$*"
  grep -q region *.tfvars && echo '{"@level":"info","@message":"knows region","type":"log"}'
  exit 0;;
*) exit 3;;
esac"""


class ByARunner(unittest.TestCase):
    """The runner's part: what it calls, and what it refuses to."""

    @classmethod
    def setUpClass(cls):
        if cli.find() is None:
            raise unittest.SkipTest(cli.find.reason or "no terraform or tofu")
        cls.terrace = harness.start(worker=True)
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")

    @classmethod
    def tearDownClass(cls):
        cls.terrace.stop()

    def ask(self, name, program, **attributes):
        self.terrace.start_runner(name, cli=program, cli_any_version="true", disk_reserve="0")
        self.addCleanup(self.terrace.processes.stop, name)
        workspace = runs.Workspace(self.client, "acme", name)
        self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/vars", runs.document(
            "vars", {"key": "region", "value": "north", "category": "terraform"}))
        query = self.client.expect(201, "POST", "/api/v2/queries", runs.document(
            "queries", attributes, workspace={"type": "workspaces", "id": workspace.id})).json["data"]["id"]

        def over():
            found = self.client.expect(200, "GET", f"/api/v2/queries/{query}").json["data"]["attributes"]
            return found if found["status"] in ("finished", "errored", "canceled") else None
        found = runners.wait(over, 60, "the end of the query")
        url = found["log-read-url"]
        log = harness.Client(self.terrace, None).expect(200, "GET", url[url.index("/api/"):]).body
        return found["status"], re.sub(r"\x1b\[[0-9;]*m", "", log.decode())

    def stand_in(self):
        path = os.path.join(self.terrace.path("stand-in"), "terraform")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o755)
            file.write("#!/bin/sh\n" + STAND_IN + "\n")
        return path

    def test_what_it_calls(self):
        status, log = self.ask("generates", self.stand_in())
        self.assertEqual(status, "finished", log)
        self.assertRegex(log, r"arguments: -json -generate-config-out=/\S+/generated\.tf")
        self.assertIn("knows region", log)
        status, log = self.ask("plain", self.stand_in(), **{"generate-config-out": False})
        self.assertEqual(status, "finished", log)
        self.assertIn('"arguments: -json"', log)

    def test_a_cli_that_cannot_query(self):
        if is_new():
            self.skipTest("this CLI can query")
        status, log = self.ask("old", cli.find())
        self.assertEqual(status, "errored")
        self.assertIn("Queries need Terraform 1.14 or newer", log)


def is_new():
    printed = subprocess.run([cli.find(), "version"], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             check=False).stdout
    found = re.match(r"Terraform v(\d+)\.(\d+)", printed)
    return bool(found) and (int(found[1]), int(found[2])) >= (1, 14)


class WithACli(unittest.TestCase):
    """terraform query with a cloud block: the CLI uploads, asks, waits and prints what the runner's own says."""

    def test_terraform_query(self):
        if cli.find() is None or not is_new():
            self.skipTest("no Terraform of 1.14 or newer (TERRACE_CLI)")
        terrace = harness.start(worker=True)
        self.addCleanup(terrace.stop)
        token = harness.add_user(terrace, "alice")
        client = harness.Client(terrace, token)
        harness.add_organization(terrace, "acme", "alice")
        terrace.start_runner("runner", cli=cli.find(), cli_any_version="true", disk_reserve="0")
        workspace = client.expect(201, "POST", "/api/v2/organizations/acme/workspaces", runs.document(
            "workspaces", {"name": "asked", "execution-mode": "remote"})).json["data"]["id"]
        user = cli.Cli(self, terrace, token)
        user.write(cli.cloud(terrace, "acme", 'name = "asked"'))
        user.init()
        user.write('list "terraform_data" "all" {\n  provider = terraform\n}\n', "all.tfquery.hcl")
        printed = user.run("query", "-no-color", status=None)
        self.assertIn("Running query in", printed)
        deadline = time.monotonic() + 60
        while True:
            query = client.expect(200, "GET", f"/api/v2/workspaces/{workspace}/queries").json["data"][0]
            if query["attributes"]["status"] not in ("queued", "running") or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        # No provider that comes with the CLI has anything to list, which is for its own words to say.
        self.assertEqual(query["attributes"]["status"], "errored", printed)
        url = query["attributes"]["log-read-url"]
        log = harness.Client(terrace, None).expect(200, "GET", url[url.index("/api/"):]).body.decode()
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        self.assertEqual([line["diagnostic"]["summary"] for line in lines if line["type"] == "diagnostic"],
                         ["Invalid list resource"], log)
        self.assertIn(query["id"], printed)


if __name__ == "__main__":
    unittest.main()
