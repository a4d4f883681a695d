"""Sentinel policies in runs (today-governance.md sections 5 to 7): legacy checks after the plan, evaluations in
the post-plan stage, what applies to which workspace, overrides. terrace-worker evaluates, the runner plans
nothing."""

import json
import os
import random
import signal
import subprocess
import time
import unittest

import harness
import runners
import runs
import slugs

PLAN = {"terraform_version": "1.9.0", "resource_changes": [
    {"address": "null_resource.a", "mode": "managed", "type": "null_resource", "name": "a",
     "change": {"actions": ["create"], "before": None, "after": {"secret": "s3cr3t-of-the-plan"}}}]}
PASSES = "main = rule { true }"
FAILS = "# Never good enough.\nmain = rule { false }"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(worker=True)
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())

    def call(self, expect, method, path, body=None):
        reply = self.client.expect(expect, method, "/api/v2" + path, body)
        return reply.json if reply.body else None

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def policy(self, source, level="hard-mandatory", **attributes):
        name = f"p{random.getrandbits(40):x}"
        made = self.call(201, "POST", "/organizations/acme/policies", runs.document(
            "policies", {"name": name, "enforcement-level": level, **attributes}))["data"]["id"]
        if source is not None:
            self.client.expect(200, "PUT", f"/api/v2/policies/{made}/upload", source.encode())
        return made

    def policy_set(self, *policies, workspace=None, **attributes):
        related = {"policies": [{"type": "policies", "id": one} for one in policies]}
        if workspace:
            related["workspaces"] = [{"type": "workspaces", "id": workspace.id}]
        attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
        return self.call(201, "POST", "/organizations/acme/policy-sets", runs.document(
            "policy-sets", {"name": f"s{random.getrandbits(40):x}", **attributes}, **related))["data"]["id"]

    def workspace(self, **options):
        return runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}", **options)

    def plan(self, has_changes=True, plan=PLAN):
        job = self.runner.claim()
        self.runner.call(204, "PUT", f"/jobs/{job['id']}/files/plan", b"bundle")
        if plan is not None:
            self.runner.call(204, "PUT", f"/jobs/{job['id']}/files/plan-json", json.dumps(plan).encode())
        self.runner.finish(job, has_changes=has_changes)
        return job["run"]["id"]

    def wait(self, run, *wanted):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            status = runs.status(self.client, run)
            if status in wanted:
                return status
            time.sleep(0.05)
        self.fail(f"{run} is {status}, not {wanted}")
        return None

    def checked(self, *policies, wanted, workspace=None, plan=PLAN, has_changes=True, **attributes):
        """A run with these policies in a set of its own, when it has got there: its check."""
        workspace = workspace or self.workspace()
        if policies:
            self.policy_set(*policies, workspace=workspace)
        run = workspace.run(**attributes)
        self.plan(plan=plan, has_changes=has_changes)
        self.wait(run, wanted)
        check = self.call(200, "GET", f"/runs/{run}/policy-checks")["data"][0]
        return run, check

    def output(self, check):
        return self.client.expect(200, "GET", f"/api/v2/policy-checks/{check['id']}/output").body.decode()


class Checks(Case):
    def test_policies_that_pass(self):
        run, check = self.checked(self.policy(PASSES), self.policy(PASSES, "advisory"), wanted="policy_checked")
        result = check["attributes"]["result"]
        self.assertEqual((check["attributes"]["status"], result["result"], result["passed"], result["total-failed"]),
                         ("passed", True, 2, 0))
        self.assertIn("2 policies evaluated.", self.output(check))
        self.assertIn("Sentinel Result: true", self.output(check))
        self.assertEqual(runs.show(self.client, run)["relationships"]["policy-checks"]["data"],
                         [{"type": "policy-checks", "id": check["id"]}])
        runs.act(self.client, run, "apply")
        self.runner.apply()
        self.wait(run, "applied")

    def test_the_check_is_there_from_the_beginning(self):
        workspace = self.workspace()
        self.policy_set(self.policy(PASSES), workspace=workspace)
        run = workspace.run()
        check = self.call(200, "GET", f"/runs/{run}/policy-checks")["data"][0]
        self.assertEqual((check["attributes"]["status"], check["attributes"]["result"]), ("pending", None))
        self.plan()
        self.wait(run, "policy_checked")

    def test_a_hard_mandatory_policy_ends_the_run(self):
        run, check = self.checked(self.policy(FAILS), self.policy(PASSES), wanted="errored")
        self.assertEqual(check["attributes"]["status"], "hard_failed")
        self.assertEqual(check["attributes"]["result"]["hard-failed"], 1)
        events = self.call(200, "GET", f"/runs/{run}/run-events")["data"]
        self.assertIn("1 hard-mandatory policy failed.", [event["attributes"]["description"] for event in events])
        self.call(409, "POST", f"/policy-checks/{check['id']}/actions/override")
        log = self.output(check)
        for part in ("Sentinel Result: false", "(hard-mandatory)", "Never good enough.", "- Rule \"main\"", "    false"):
            self.assertIn(part, log)

    def test_an_advisory_policy_does_not(self):
        _, check = self.checked(self.policy(FAILS, "advisory"), wanted="policy_checked")
        self.assertEqual(check["attributes"]["result"]["advisory-failed"], 1)
        self.assertTrue(check["attributes"]["result"]["result"])

    def test_a_soft_mandatory_policy_can_be_overridden(self):
        run, check = self.checked(self.policy(FAILS, "soft-mandatory"), wanted="policy_override")
        self.assertEqual(check["attributes"]["status"], "soft_failed")
        self.assertTrue(check["attributes"]["actions"]["is-overridable"])
        self.assertTrue(check["attributes"]["permissions"]["can-override"])
        runs.act(self.client, run, "apply", expect=409)
        shown = self.call(200, "POST", f"/policy-checks/{check['id']}/actions/override")["data"]
        self.assertEqual(shown["attributes"]["status"], "overridden")
        self.wait(run, "policy_checked")
        self.call(409, "POST", f"/policy-checks/{check['id']}/actions/override")
        runs.act(self.client, run, "discard")

    def test_a_soft_failure_can_be_discarded(self):
        run, check = self.checked(self.policy(FAILS, "soft-mandatory"), wanted="policy_override")
        runs.act(self.client, run, "discard")
        self.assertEqual(runs.status(self.client, run), "discarded")
        self.call(409, "POST", f"/policy-checks/{check['id']}/actions/override")

    def test_where_nothing_is_left_to_do_a_soft_failure_is_final(self):
        self.checked(self.policy(FAILS, "soft-mandatory"), wanted="policy_soft_failed", plan_only=True)
        self.checked(self.policy(FAILS, "soft-mandatory"), wanted="policy_soft_failed", has_changes=False)
        self.checked(self.policy(PASSES), wanted="planned_and_finished", has_changes=False)

    def test_what_cannot_be_evaluated_never_passes(self):
        for source in ("main = rule {", "x = 1", "import \"http\"\nmain = true", "main = unknown_name", None,
                       "main = rule { undefined }", "for range(100000000) as x { y = x }\nmain = true"):
            _, check = self.checked(self.policy(source), wanted="errored")
            self.assertEqual(check["attributes"]["status"], "hard_failed", source)
        _, check = self.checked(self.policy("import \"http\"\nmain = true", "advisory"), wanted="policy_checked")
        self.assertIn("the import http is not supported by this server", self.output(check))

    def test_the_plan_and_the_run(self):
        source = """import "tfplan/v2" as tfplan
import "tfrun"
param limit
creates = filter tfplan.resource_changes as _, rc { rc.change.actions contains "create" }
print("secret:", creates["null_resource.a"].change.after.secret)
main = rule { length(creates) is limit and tfrun.workspace.name is not empty and tfrun.organization.name is "acme" and tfrun.target_addrs is null }"""
        workspace = self.workspace()
        group = self.policy_set(self.policy(source), workspace=workspace)
        for key, value, sensitive in (("limit", "1", True), ("unused", "text", False)):
            self.call(201, "POST", f"/policy-sets/{group}/parameters", runs.document(
                "vars", {"key": key, "value": value, "category": "policy-set", "sensitive": sensitive}))
        _, check = self.checked(workspace=workspace, wanted="policy_checked")
        self.assertIn("secret: s3cr3t-of-the-plan", self.output(check))
        self.assertEqual(check["attributes"]["result"]["sentinel"]["data"][next(iter(
            check["attributes"]["result"]["sentinel"]["data"]))]["policies"][0]["result"], True)
        # A dump of the database shows none of it.
        leaked = self.sql("SELECT count(*) FROM policy_checks c WHERE c::text LIKE '%s3cr3t%'")
        self.assertEqual(leaked, "0")

    def test_a_plan_that_is_missing(self):
        self.checked(self.policy("import \"tfplan/v2\" as tfplan\nmain = true"), plan=None, wanted="errored")

    def test_rules_do_not_change_under_a_run(self):
        workspace = self.workspace()
        policy = self.policy(FAILS)
        group = self.policy_set(policy, workspace=workspace)
        run = workspace.run()
        self.client.expect(200, "PUT", f"/api/v2/policies/{policy}/upload", PASSES.encode())
        self.call(204, "DELETE", f"/policy-sets/{group}")
        self.call(204, "DELETE", f"/policies/{policy}")
        self.plan()
        self.wait(run, "errored")

    def test_a_canceled_run_is_not_checked(self):
        workspace = self.workspace()
        self.policy_set(self.policy(PASSES), workspace=workspace)
        run = workspace.run()
        runs.act(self.client, run, "cancel")
        check = self.call(200, "GET", f"/runs/{run}/policy-checks")["data"][0]
        self.assertEqual(check["attributes"]["status"], "canceled")
        self.assertEqual(self.sql(f"SELECT count(*) FROM run_policy_sets WHERE run_id = '{run}'"), "0")

    def test_a_version_with_a_module(self):
        workspace = self.workspace()
        group = self.policy_set(workspace=workspace)
        version = self.call(201, "POST", f"/policy-sets/{group}/versions")["data"]
        archive = slugs.slug({
            "sentinel.hcl": b'policy "tags" {\n  source = "./p/tags.sentinel"\n  enforcement_level = "hard-mandatory"\n  params = { wanted = "A" }\n}\n'
                            b'module "helpers" {\n  source = "./helpers.sentinel"\n}\nimport "static" "data" {\n  source = "./data.json"\n  format = "json"\n}\n'
                            b'param "more" {\n  value = [1]\n}\n',
            "p/tags.sentinel": b'import "helpers"\nimport "data"\nparam wanted\nparam more\nmain = rule { helpers.up("a") is wanted and data.n is 1 and more is [1] }\n',
            "helpers.sentinel": b'import "strings"\nfunc up(s) { return strings.to_upper(s) }\n', "data.json": b'{"n": 1}'})
        self.client.expect(200, "PUT", "/" + version["links"]["upload"].split("/", 3)[3], archive)
        _, check = self.checked(workspace=workspace, wanted="policy_checked")
        self.assertIn("/tags (hard-mandatory)", self.output(check))

    def test_a_set_whose_versions_are_not_ready(self):
        workspace = self.workspace()
        group = self.policy_set(workspace=workspace)
        self.call(201, "POST", f"/policy-sets/{group}/versions")
        _, check = self.checked(workspace=workspace, wanted="errored")
        self.assertEqual(check["attributes"]["status"], "errored")

    def test_a_worker_that_is_killed_is_followed_by_another(self):
        workspace = self.workspace()
        self.policy_set(self.policy("for range(4000000) as x { y = x }\nmain = true"), workspace=workspace)
        run = workspace.run()
        self.plan()
        self.wait(run, "policy_checking")
        time.sleep(0.6)
        os.kill(self.terrace.processes.pid("worker"), signal.SIGKILL)
        self.terrace.processes.stop("worker")
        self.sql("UPDATE policy_checks SET claimed_until = now() WHERE status = 'queued'")
        self.terrace.start_worker()
        self.wait(run, "policy_checked")


class Reach(Case):
    def reaches(self, workspace):
        run = workspace.run()
        found = bool(self.call(200, "GET", f"/runs/{run}/policy-checks")["data"])
        runs.act(self.client, run, "cancel")
        return found

    def test_which_workspaces_a_set_reaches(self):
        project = self.call(201, "POST", "/organizations/acme/projects", runs.document(
            "projects", {"name": "reach"}))["data"]["id"]
        inside = self.workspace()
        self.call(200, "PATCH", f"/workspaces/{inside.id}", runs.document(
            "workspaces", project={"type": "projects", "id": project}))
        outside = self.workspace()
        policy = self.policy(PASSES)

        def given(inside_too, outside_too):
            self.assertEqual((self.reaches(inside), self.reaches(outside)), (inside_too, outside_too))

        given(False, False)
        group = self.policy_set(policy)
        given(False, False)
        path = f"/policy-sets/{group}/relationships"
        of_project, of_workspace = [{"type": "projects", "id": project}], [{"type": "workspaces", "id": outside.id}]
        self.call(204, "POST", path + "/projects", {"data": of_project})
        given(True, False)
        self.call(204, "POST", path + "/workspaces", {"data": of_workspace})
        given(True, True)
        self.call(204, "POST", path + "/project-exclusions", {"data": of_project})
        given(False, True)
        self.call(204, "DELETE", path + "/project-exclusions", {"data": of_project})
        self.call(200, "PATCH", f"/policy-sets/{group}", runs.document("policy-sets", {"global": True}))
        given(True, True)
        self.call(204, "POST", path + "/workspace-exclusions", {"data": of_workspace})
        given(True, False)
        self.call(204, "DELETE", path + "/workspace-exclusions", {"data": of_workspace})
        self.call(200, "PATCH", f"/projects/{project}/tag-bindings", {"data": [
            {"type": "tag-bindings", "attributes": {"key": "env", "value": "prod"}}]})
        selector = {"tag-key": "env", "tag-value": "prod", "is-exclude": True}
        self.call(204, "POST", f"/policy-sets/{group}/tag-selectors", {"data": [selector]})
        given(False, True)
        self.call(204, "DELETE", f"/policy-sets/{group}/tag-selectors", {"data": [selector]})
        self.call(204, "DELETE", f"/policy-sets/{group}")
        tagged = self.policy_set(policy)
        self.call(204, "POST", f"/policy-sets/{tagged}/tag-selectors", {"data": [
            {"tag-key": "env", "tag-value": None, "is-exclude": False}]})
        given(True, False)
        self.call(204, "DELETE", f"/policy-sets/{tagged}")
        empty = self.policy_set(**{"global": True})
        given(False, False)
        self.call(204, "DELETE", f"/policy-sets/{empty}")


class Evaluations(Case):
    def evaluated(self, *policies, wanted, overridable=False, **attributes):
        workspace = self.workspace()
        self.policy_set(*policies, workspace=workspace, agent_enabled=True, overridable=overridable)
        run = workspace.run(**attributes)
        stage = self.call(200, "GET", f"/runs/{run}/task-stages")["data"][0]
        self.assertEqual(len(stage["relationships"]["policy-evaluations"]["data"]), 1)
        self.plan()
        self.wait(run, wanted)
        evaluation = self.call(200, "GET", f"/task-stages/{stage['id']}/policy-evaluations")["data"][0]
        outcomes = self.call(200, "GET", f"/policy-evaluations/{evaluation['id']}/policy-set-outcomes")["data"]
        return run, stage["id"], evaluation, outcomes

    def test_passing(self):
        run, stage, evaluation, outcomes = self.evaluated(
            self.policy("print(\"hello\")\nmain = rule { true }"), self.policy(FAILS, "advisory"), wanted="post_plan_completed")
        self.assertEqual(evaluation["attributes"]["status"], "passed")
        self.assertEqual(evaluation["attributes"]["result-count"],
                         {"advisory-failed": 1, "errored": 0, "mandatory-failed": 0, "passed": 1})
        first = outcomes[0]["attributes"]["outcomes"]
        self.assertEqual([one["status"] for one in first], ["passed", "failed"])
        self.assertEqual(first[0]["output"], [{"print": "hello"}])
        self.assertEqual(self.call(200, "GET", f"/policy-set-outcomes/{outcomes[0]['id']}")["data"], outcomes[0])
        path = f"/policy-evaluations/{evaluation['id']}/policy-set-outcomes?filter[0]"
        self.assertEqual(len(self.call(200, "GET", path + "[status]=errored")["data"]), 0)
        self.assertEqual(len(self.call(200, "GET", path + "[status]=failed&filter[0][enforcementLevel]=advisory")["data"]), 1)
        self.assertEqual(len(self.call(200, "GET", path + "[status]=failed&filter[0][enforcement_level]=mandatory")["data"]), 0)
        shown = self.call(200, "GET", f"/task-stages/{stage}?include=policy_evaluations")
        self.assertEqual((shown["data"]["attributes"]["status"], shown["included"][0]["id"]), ("passed", evaluation["id"]))
        runs.act(self.client, run, "discard")

    def test_a_failure_ends_the_run_unless_it_can_be_overridden(self):
        _, _, evaluation, _ = self.evaluated(self.policy(FAILS), wanted="errored")
        self.assertEqual(evaluation["attributes"]["status"], "failed")
        self.evaluated(self.policy(FAILS), overridable=True, plan_only=True, wanted="errored")
        run, stage, evaluation, _ = self.evaluated(self.policy(FAILS), overridable=True, wanted="post_plan_awaiting_decision")
        shown = self.call(200, "GET", f"/task-stages/{stage}")["data"]["attributes"]
        self.assertEqual((shown["status"], shown["actions"]["is-overridable"]), ("awaiting_override", True))
        shown = self.call(200, "POST", f"/task-stages/{stage}/actions/override", {"comment": "it is fine"})["data"]
        self.assertEqual(shown["attributes"]["status"], "passed")
        self.wait(run, "post_plan_completed")
        evaluation = self.call(200, "GET", f"/policy-evaluations/{evaluation['id']}")["data"]
        self.assertEqual(evaluation["attributes"]["status"], "overridden")
        self.call(409, "POST", f"/task-stages/{stage}/actions/override")
        runs.act(self.client, run, "discard")

    def test_both_kinds_of_checks(self):
        workspace = self.workspace()
        self.policy_set(self.policy(PASSES), workspace=workspace, agent_enabled=True)
        self.policy_set(self.policy(PASSES), workspace=workspace)
        run = workspace.run(auto_apply=True)
        self.plan()
        self.wait(run, "apply_queued")
        self.runner.apply()
        self.wait(run, "applied")
        events = [event["attributes"]["action"] for event in self.call(200, "GET", f"/runs/{run}/run-events")["data"]]
        self.assertLess(events.index("post_plan_completed"), events.index("policy_checking"))


REGO = """package example

deny[msg] {
    input.plan.resource_changes[_].type == "%s"
    input.run.workspace.name
    not input.run.target_addrs
    msg := sprintf("%%s is not allowed", [input.plan.resource_changes[_].address])
}
"""


class Opa(Case):
    """A job of the kind `policy` for a runner: here it says what a test wants."""

    def opa_set(self, *policies, workspace, **attributes):
        return self.policy_set(*policies, workspace=workspace, kind="opa", **attributes)

    def opa(self, source, level="mandatory", query="data.example.deny"):
        return self.policy(source, level, kind="opa", query=query)

    def planned(self, *policies, **attributes):
        workspace = self.workspace()
        self.opa_set(*policies, workspace=workspace, **attributes)
        run = workspace.run()
        self.plan()
        self.wait(run, "post_plan_running")
        return run

    def claim(self):
        job = self.runner.call(200, "POST", f"/agents/{self.runner.id}/claim", {"accept": ["policy"]})
        self.assertEqual(job["kind"], "policy")
        return job

    def outcomes(self, run):
        stage = self.call(200, "GET", f"/runs/{run}/task-stages?include=policy_evaluations")
        evaluation = stage["included"][0]
        found = self.call(200, "GET", f"/policy-evaluations/{evaluation['id']}/policy-set-outcomes")["data"]
        return evaluation["attributes"]["status"], [one["attributes"] for one in found]

    def test_the_job(self):
        run = self.planned(self.opa(REGO % "x"), self.opa("package other", "advisory", "data.other.deny"))
        self.assertEqual(self.runner.call(204, "POST", f"/agents/{self.runner.id}/claim", {"accept": ["plan"]}), b"")
        job = self.claim()
        self.assertEqual({"token", "variables", "ssh_key"} & set(job), set())
        asked = self.runner.call(200, "GET", f"/jobs/{job['id']}/files/policy")
        self.assertEqual([policy["query"] for policy in asked["sets"][0]["policies"]], ["data.example.deny", "data.other.deny"])
        self.assertEqual(asked["sets"][0]["files"][0]["text"], REGO % "x")
        self.assertEqual(asked["run"]["id"], run)
        self.assertNotIn("target_addrs", asked["run"])
        self.assertEqual(self.runner.call(200, "GET", f"/jobs/{job['id']}/files/plan-json")["terraform_version"], "1.9.0")
        self.runner.call(404, "PUT", f"/jobs/{job['id']}/files/plan", b"x")
        self.runner.call(200, "POST", f"/jobs/{job['id']}/log?offset=0", b"heard, and not kept")
        self.runner.call(200, "POST", f"/jobs/{job['id']}/renew")
        self.assertEqual(self.outcomes(run)[0], "running")
        self.runner.finish(job, sets=[{"policies": [
            {"status": "passed", "output": []}, {"status": "failed", "output": ["no", {"a": 1}]}]}])
        self.wait(run, "post_plan_completed")
        status, outcomes = self.outcomes(run)
        self.assertEqual(status, "passed")
        self.assertEqual([(one["status"], one["enforcement_level"], one["query"]) for one in outcomes[0]["outcomes"]],
                         [("passed", "mandatory", "data.example.deny"), ("failed", "advisory", "data.other.deny")])
        self.assertEqual(outcomes[0]["outcomes"][1]["output"][0], {"print": "no"})
        self.runner.finish(job, sets=[])  # once more is fine
        runs.act(self.client, run, "discard")

    def test_what_is_not_said_to_pass_fails(self):
        for result in ({"sets": [{"policies": [{"status": "failed", "output": ["no"]}]}]}, {"sets": [{"policies": [{"status": "good"}]}]},
                       {"sets": [{"policies": []}]}, {"sets": []}, {}, {"status": "errored", "message": "opa is broken"}):
            run = self.planned(self.opa(REGO % "x"))
            self.runner.finish(self.claim(), **result)
            self.wait(run, "errored")

    def test_nothing_was_uploaded(self):
        run = self.planned(self.opa(None))
        self.runner.finish(self.claim(), sets=[{"policies": [{"status": "passed"}]}])
        self.wait(run, "errored")

    def test_an_override(self):
        run = self.planned(self.opa(REGO % "x"), overridable=True)
        self.runner.finish(self.claim(), sets=[{"policies": [{"status": "failed", "output": ["no"]}]}])
        self.wait(run, "post_plan_awaiting_decision")
        stage = self.call(200, "GET", f"/runs/{run}/task-stages")["data"][0]["id"]
        self.call(200, "POST", f"/task-stages/{stage}/actions/override")
        self.wait(run, "post_plan_completed")
        runs.act(self.client, run, "discard")

    def test_a_runner_that_is_lost(self):
        run = self.planned(self.opa(REGO % "x"))
        job = self.claim()
        self.sql(f"UPDATE run_jobs SET lease_expires_at = now() - interval '1 second' WHERE id = '{job['id']}'")
        self.wait(run, "errored")
        self.runner.call(409, "POST", f"/jobs/{job['id']}/renew")
        self.assertEqual(self.outcomes(run)[0], "errored")

    def test_a_run_that_is_canceled(self):
        run = self.planned(self.opa(REGO % "x"))
        job = self.claim()
        runs.act(self.client, run, "cancel")
        self.assertEqual(self.outcomes(run)[0], "canceled")
        self.runner.call(409, "POST", f"/jobs/{job['id']}/renew")
        self.runner.finish(job, sets=[{"policies": [{"status": "passed"}]}])
        self.assertEqual(runs.status(self.client, run), "canceled")

    def test_a_real_runner_with_a_real_opa(self):
        done = subprocess.run([os.path.join(harness.installation.TOP, "tools", "opa")], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        if done.returncode != 0:
            self.skipTest(done.stderr.strip())
        runner = runners.Runner(self, f"https://localhost:{self.terrace.port}", self.terrace.ctl("runner-token", "create").strip(),
                                opa=done.stdout.strip(), accept="policy", ca_file=self.terrace.ca)
        run = self.planned(self.opa(REGO % "aws_instance"))
        self.wait(run, "post_plan_completed")
        runs.act(self.client, run, "discard")
        for source, level, wanted, status in (
                (REGO % "null_resource", "mandatory", "errored", "failed"), (REGO % "null_resource", "advisory", "post_plan_completed", "failed"),
                ("package example\ndeny = true", "mandatory", "errored", "errored"), ("package example\n{", "mandatory", "errored", "errored"),
                ("package other", "mandatory", "errored", "errored"),
                ("package example\nrule[\"not allowed\"] { false }\ndeny = rule", "mandatory", "post_plan_completed", "passed")):
            run = self.planned(self.opa(source, level))
            self.wait(run, wanted)
            self.assertEqual([one["status"] for one in self.outcomes(run)[1][0]["outcomes"]], [status], source)
            if wanted != "errored":
                runs.act(self.client, run, "discard")
        run = self.planned(self.opa("package example\ndeny[x] { x := http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1:1/\", "
                                    "\"raise_error\": false}).error.message }"))
        self.wait(run, "errored")
        self.assertIn("unallowed", str(self.outcomes(run)[1][0]["outcomes"][0]["output"]))
        workspace = self.workspace()
        group = self.opa_set(workspace=workspace)
        version = self.call(201, "POST", f"/policy-sets/{group}/versions")["data"]
        archive = slugs.slug({"policies.hcl": b'policy "p1" {\n  query = "data.terraform.p1.deny"\n  enforcement_level = "mandatory"\n}\n',
                              "deep/p1.rego": b'package terraform.p1\nimport data.lib\nimport input.plan as tfplan\ndeny[m] { lib.bad(tfplan); m := "bad" }\n',
                              "lib.rego": b"package lib\nbad(p) { count(p.resource_changes) > 5 }\n"})
        self.client.expect(200, "PUT", "/" + version["links"]["upload"].split("/", 3)[3], archive)
        run = workspace.run()
        self.plan()
        self.wait(run, "post_plan_completed")
        self.assertEqual(self.outcomes(run)[1][0]["outcomes"][0]["policy_name"], "p1")
        self.assertEqual(runner.stop(), 0)


if __name__ == "__main__":
    unittest.main()
