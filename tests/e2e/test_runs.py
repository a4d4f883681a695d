"""The life of a run (today-runs.md sections 2 to 6), with a runner that executes nothing: statuses, the
queue, the lock, who may interrupt whom, logs, and the rights of a run's own token."""

import random
import time
import unittest

import harness
import identity
import runs
import states


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start()
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())

    def workspace(self, **options):
        return runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}", **options)

    def assert_status(self, run, status):
        self.assertEqual(runs.status(self.client, run), status)


class Life(Case):
    def test_plan_confirm_apply(self):
        workspace = self.workspace()
        run = workspace.run(message="by hand")
        shown = runs.show(self.client, run)
        self.assertEqual(shown["attributes"]["status"], "plan_queued")
        self.assertIn("plan-queueable-at", shown["attributes"]["status-timestamps"])
        self.assertEqual(shown["attributes"]["message"], "by hand")
        held = workspace.show()
        self.assertTrue(held["attributes"]["locked"])
        self.assertEqual(held["relationships"]["current-run"]["data"]["id"], run)
        self.assertEqual(held["relationships"]["locked-by"]["data"], {"type": "runs", "id": run})

        job = self.runner.plan(resource_additions=2, resource_imports=1)
        self.assertEqual(job["run"]["id"], run)
        shown = runs.show(self.client, run)
        self.assertEqual(shown["attributes"]["status"], "planned")
        self.assertTrue(shown["attributes"]["has-changes"])
        self.assertEqual(shown["attributes"]["actions"], {
            "is-cancelable": False, "is-confirmable": True, "is-discardable": True, "is-force-cancelable": False})
        plan = self.client.expect(200, "GET", f"/api/v2/runs/{run}/plan").json["data"]["attributes"]
        self.assertEqual((plan["status"], plan["resource-additions"], plan["resource-imports"]), ("finished", 2, 1))
        self.assertEqual(plan["execution-details"], {"mode": "remote"})

        runs.act(self.client, run, "apply", body={"comment": "go"})
        self.assert_status(run, "apply_queued")
        job = self.runner.claim()
        self.assert_status(run, "applying")
        self.assertEqual(self.runner.call(200, "GET", f"/jobs/{job['id']}/files/plan"),
                         b"bundle of " + run.encode())
        self.runner.finish(job, resource_additions=2)
        shown = runs.show(self.client, run)
        self.assertEqual(shown["attributes"]["status"], "applied")
        self.assertEqual(shown["relationships"]["confirmed-by"]["data"]["type"], "users")
        self.assertFalse(workspace.show()["attributes"]["locked"])
        events = self.client.expect(200, "GET", f"/api/v2/runs/{run}/run-events?include=actor,comment").json
        self.assertEqual([event["attributes"]["action"] for event in events["data"]],
                         ["created", "queued", "planning", "planned", "commented", "confirmed", "apply_queued",
                          "applying", "applied"])
        self.assertEqual({one["type"] for one in events["included"]}, {"users", "comments"})

    def test_nothing_to_apply(self):
        run = self.workspace().run()
        self.runner.plan(has_changes=False, resource_additions=0)
        self.assert_status(run, "planned_and_finished")
        apply = self.client.expect(200, "GET", f"/api/v2/runs/{run}/apply").json["data"]["attributes"]
        self.assertEqual(apply["status"], "unreachable")

    def test_an_allowed_empty_apply_applies_itself(self):
        run = self.workspace().run(allow_empty_apply=True)
        self.runner.plan(has_changes=False)
        self.assert_status(run, "apply_queued")
        self.runner.apply()
        self.assert_status(run, "applied")

    def test_auto_apply(self):
        run = self.workspace(auto_apply=True).run()
        self.runner.plan()
        self.runner.apply()
        self.assert_status(run, "applied")
        self.assertNotIn("confirmed-by", runs.show(self.client, run)["relationships"])

    def test_plan_only_takes_no_lock_and_waits_for_nobody(self):
        workspace = self.workspace()
        workspace.run()
        self.runner.plan()
        run = workspace.run(plan_only=True)
        self.runner.plan()
        self.assert_status(run, "planned_and_finished")
        listed = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs").json
        self.assertNotIn(run, [one["id"] for one in listed["data"]])
        self.assertEqual(listed["meta"]["status-counts"]["total"], 2)

    def test_what_failed_says_why(self):
        run = self.workspace().run()
        job = self.runner.claim()
        self.runner.finish(job, status="errored", message="terraform plan ended with status 1")
        self.assert_status(run, "errored")
        events = self.client.expect(200, "GET", f"/api/v2/runs/{run}/run-events").json["data"]
        self.assertEqual(events[-1]["attributes"]["description"], "terraform plan ended with status 1")

    def test_an_upload_starts_a_run(self):
        workspace = self.workspace(configured=False)
        version = workspace.configure(auto_queue_runs=True)
        listed = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs").json["data"]
        self.assertEqual(len(listed), 1)
        self.assertEqual(listed[0]["attributes"]["source"], "tfe-configuration-version")
        self.assertEqual(listed[0]["relationships"]["configuration-version"]["data"]["id"], version)
        self.runner.plan(has_changes=False)

    def test_a_local_workspace_has_no_runs(self):
        self.workspace(execution_mode="local").run(expect=422)

    def test_without_configuration(self):
        self.workspace(configured=False).run(expect=422)

    def test_options_that_exclude_each_other(self):
        workspace = self.workspace()
        workspace.run(expect=422, is_destroy=True, refresh_only=True)
        workspace.run(expect=422, terraform_version="1.5.0")
        workspace.run(expect=422, variables=[{"key": "a"}])


class Queue(Case):
    def test_one_after_the_other(self):
        workspace = self.workspace()
        first, second, third = workspace.run(), workspace.run(), workspace.run()
        self.assertEqual([runs.status(self.client, run) for run in (first, second, third)],
                         ["plan_queued", "pending", "pending"])
        self.runner.plan()
        self.runner.claim(expect=204)
        runs.act(self.client, first, "discard")
        self.assert_status(first, "discarded")
        self.assert_status(second, "plan_queued")
        runs.act(self.client, second, "cancel")
        self.assert_status(third, "plan_queued")
        runs.act(self.client, third, "cancel")
        self.assertFalse(workspace.show()["attributes"]["locked"])

    def test_a_persons_lock_holds_runs_back(self):
        workspace = self.workspace()
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/lock", {"reason": "mine"})
        run = workspace.run()
        self.assert_status(run, "pending")
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/unlock")
        self.assert_status(run, "plan_queued")
        for action in ("unlock", "force-unlock"):
            reply = self.client.expect(409, "POST", f"/api/v2/workspaces/{workspace.id}/actions/{action}")
            self.assertIn("is locked by Run", reply.body.decode())
        runs.act(self.client, run, "cancel")

    def test_force_execute(self):
        workspace = self.workspace()
        first, second, third = workspace.run(), workspace.run(), workspace.run()
        runs.act(self.client, third, "force-execute", expect=409)  # the first is at work, no one else's
        self.runner.plan()
        runs.act(self.client, third, "force-execute")
        self.assertEqual([runs.status(self.client, run) for run in (first, second, third)],
                         ["discarded", "discarded", "plan_queued"])
        runs.act(self.client, third, "force-execute", expect=403)
        runs.act(self.client, third, "cancel")

    def test_saved_plans(self):
        workspace = self.workspace()
        blocked = workspace.run()
        saved = workspace.run(save_plan=True)
        self.runner.plan()
        self.runner.plan()
        self.assert_status(blocked, "planned")
        self.assert_status(saved, "planned_and_saved")
        runs.act(self.client, saved, "apply")
        self.assert_status(saved, "confirmed")  # waits for the one that holds the workspace
        runs.act(self.client, blocked, "discard")
        self.assert_status(saved, "apply_queued")
        stale = workspace.run(save_plan=True)
        self.runner.apply()
        self.runner.plan()
        self.assert_status(stale, "planned_and_saved")
        lock = f"/api/v2/workspaces/{workspace.id}/actions/"
        self.client.expect(200, "POST", lock + "lock")
        self.assertEqual(states.create(self.client, workspace.id, 1, states.document(1)).status, 201)
        self.client.expect(200, "POST", lock + "unlock")
        self.assert_status(stale, "discarded")

    def test_the_queue_of_the_organization(self):
        before = self.client.expect(200, "GET", "/api/v2/organizations/acme/capacity").json["data"]["attributes"]
        workspace = self.workspace()
        first, second = workspace.run(), workspace.run()
        after = self.client.expect(200, "GET", "/api/v2/organizations/acme/capacity").json["data"]["attributes"]
        self.assertEqual((after["running"] - before["running"], after["pending"] - before["pending"]), (1, 1))
        queue = self.client.expect(200, "GET", "/api/v2/organizations/acme/runs/queue").json["data"]
        places = {run["id"]: run["attributes"]["position-in-queue"] for run in queue}
        self.assertLess(places[first], places[second])
        for run in (second, first):
            runs.act(self.client, run, "cancel")


class Interruption(Case):
    def test_cancel_at_work(self):
        run = self.workspace().run()
        job = self.runner.claim()
        self.assertEqual(self.runner.call(200, "POST", f"/jobs/{job['id']}/renew"), {"cancel": None})
        runs.act(self.client, run, "cancel")
        shown = runs.show(self.client, run)["attributes"]
        self.assertEqual(shown["status"], "planning")
        self.assertGreater(shown["force-cancel-available-at"], shown["canceled-at"])
        self.assertFalse(shown["actions"]["is-force-cancelable"])
        runs.act(self.client, run, "cancel", expect=409)
        runs.act(self.client, run, "force-cancel", expect=409)
        self.assertEqual(self.runner.call(200, "POST", f"/jobs/{job['id']}/renew"), {"cancel": "interrupt"})
        self.runner.finish(job, status="canceled")
        self.assert_status(run, "canceled")
        plan = self.client.expect(200, "GET", f"/api/v2/runs/{run}/plan").json["data"]["attributes"]
        self.assertEqual(plan["status"], "canceled")

    def test_force_cancel(self):
        workspace = self.workspace()
        run, after = workspace.run(), workspace.run()
        job = self.runner.claim()
        runs.act(self.client, run, "cancel")
        self.terrace.cluster.sql(f"UPDATE runs SET force_cancel_available_at = now() WHERE id = '{run}'",
                                 database="terrace")
        self.assertTrue(runs.show(self.client, run)["attributes"]["actions"]["is-force-cancelable"])
        runs.act(self.client, run, "force-cancel")
        shown = runs.show(self.client, run)["attributes"]
        self.assertEqual(shown["status"], "canceled")
        self.assertIn("force-canceled-at", shown["status-timestamps"])
        self.runner.call(409, "POST", f"/jobs/{job['id']}/renew")
        self.runner.call(409, "POST", f"/jobs/{job['id']}/log?offset=0", b"too late")
        self.assert_status(after, "plan_queued")
        runs.act(self.client, after, "cancel")

    def test_a_runner_that_is_lost(self):
        workspace = self.workspace()
        run, after = workspace.run(), workspace.run()
        job = self.runner.claim()
        self.terrace.cluster.sql("UPDATE run_jobs SET lease_expires_at = now() - interval '1 second' "
                                 f"WHERE id = '{job['id']}'", database="terrace")
        self.assertIn("1 runs ended", self.terrace.ctl("collect"))
        self.assert_status(run, "errored")
        self.assert_status(after, "plan_queued")
        self.runner.call(409, "POST", f"/jobs/{job['id']}/renew")
        self.runner.finish(job)  # heard, and without effect
        self.assert_status(run, "errored")
        events = self.client.expect(200, "GET", f"/api/v2/runs/{run}/run-events").json["data"]
        self.assertIn("runner", events[-1]["attributes"]["description"])
        runs.act(self.client, after, "cancel")

    def test_final_runs_stay(self):
        run = self.workspace().run()
        runs.act(self.client, run, "cancel")
        for action in ("apply", "discard", "cancel", "force-cancel"):
            reply = runs.act(self.client, run, action, expect=409)
            self.assertIn("transition not allowed", reply.body.decode())
        for action in ("apply", "discard", "cancel"):
            runs.act(self.client, "run-nonexistent", action, expect=404)


class Log(Case):
    def test_read_while_it_grows(self):
        run = self.workspace().run()
        url = self.client.expect(200, "GET", f"/api/v2/runs/{run}/plan").json["data"]["attributes"]["log-read-url"]
        read = lambda query="": self.client.expect(200, "GET", url + query, token=False).body
        self.assertEqual(read(), b"")
        job = self.runner.claim()
        log = f"/jobs/{job['id']}/log?offset="
        self.assertEqual(self.runner.call(200, "POST", log + "0", b"one\n"), {"offset": 4})
        self.assertEqual(self.runner.call(200, "POST", log + "0", b"one\ntwo\n"), {"offset": 8})
        self.assertEqual(self.runner.call(200, "POST", log + "0", b"one\n"), {"offset": 8})
        self.runner.call(409, "POST", log + "20", b"a gap\n")
        self.assertEqual(read(), b"\x02one\ntwo\n")
        self.assertEqual(read("?limit=3&offset=2"), b"ne\n")
        self.assertEqual(read("?limit=100&offset=9"), b"")
        whole = b"one\ntwo\n" + random.randbytes(2_500_000)  # more than is sent at once
        self.runner.call(200, "POST", log + "8", whole[8:])
        self.runner.finish(job, has_changes=False)
        whole = b"\x02" + whole + b"\x03"
        self.assertEqual(read(), whole)
        got = b""
        while piece := read(f"?limit=65536&offset={len(got)}"):
            got += piece
        self.assertEqual(got, whole)

    def test_a_phase_that_never_ran(self):
        run = self.workspace().run()
        runs.act(self.client, run, "cancel")
        url = self.client.expect(200, "GET", f"/api/v2/runs/{run}/apply").json["data"]["attributes"]["log-read-url"]
        self.assertEqual(self.client.expect(200, "GET", url, token=False).body, b"\x02\x03")


class Rights(Case):
    def test_a_runs_token_keeps_its_state_and_nothing_else(self):
        workspace, other = self.workspace(), self.workspace()
        workspace.run(auto_apply=True)
        self.runner.plan()
        job = self.runner.claim()
        own = harness.Client(self.terrace, job["token"])
        self.assertTrue(own.expect(200, "GET", "/api/v2/organizations/acme/entitlement-set")
                        .json["data"]["attributes"]["operations"])
        created = states.create(own, workspace.id, 1, states.document(1))
        self.assertEqual(created.status, 201, created.body)
        self.assertEqual(created.json["data"]["relationships"]["run"]["data"]["id"], job["run"]["id"])
        self.assertEqual(created.json["data"]["relationships"]["created-by"]["data"]["type"], "users")
        own.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/current-state-version")
        own.expect(404, "GET", f"/api/v2/workspaces/{other.id}")
        self.assertEqual(states.create(own, other.id, 1, states.document(1)).status, 404)
        for path in ("/api/v2/account/details", "/api/v2/organizations", f"/api/v2/workspaces/{workspace.id}/vars",
                     f"/api/v2/runs/{job['run']['id']}", "/api/v2/organizations/acme/teams"):
            self.assertEqual(own.get(path).status, 404, path)
        self.assertEqual(states.create(self.client, workspace.id, 2, states.document(2)).status, 409)
        self.runner.finish(job)
        own.expect(401, "GET", f"/api/v2/workspaces/{workspace.id}")
        apply = self.client.expect(200, "GET", f"/api/v2/runs/{job['run']['id']}/apply").json["data"]
        self.assertEqual(len(apply["relationships"]["state-versions"]["data"]), 1)

    def test_a_state_that_is_shared(self):
        workspace, shared = self.workspace(), self.workspace(global_remote_state=True)
        workspace.run()
        job = self.runner.claim()
        own = harness.Client(self.terrace, job["token"])
        own.expect(200, "GET", f"/api/v2/workspaces/{shared.id}")
        self.assertEqual(states.create(own, shared.id, 1, states.document(1)).status, 404)
        self.runner.finish(job, has_changes=False)

    def test_runners_see_their_own_jobs(self):
        run = self.workspace().run()
        job = self.runner.claim()
        other = runs.Runner(self.terrace, self.terrace.ctl("runner-token", "create").strip())
        for method, path in (("POST", "/renew"), ("GET", "/configuration"), ("POST", "/log?offset=0")):
            other.call(404, method, f"/jobs/{job['id']}{path}")
        harness.Client(self.terrace, self.client.token).expect(401, "POST", f"/api/runner/v1/jobs/{job['id']}/renew")
        self.runner.http.expect(401, "GET", f"/api/v2/runs/{run}")
        self.assertEqual(self.runner.call(200, "GET", f"/jobs/{job['id']}/configuration")[:2], b"\x1f\x8b")
        self.runner.finish(job, has_changes=False)

    def test_identity_tokens(self):
        """What a cloud would check (21.8), with openssl in its place."""
        workspace = self.workspace()
        for key, value in (("TFC_WORKLOAD_IDENTITY_AUDIENCE", "cloud"), ("TFC_WORKLOAD_IDENTITY_AUDIENCE_B", "vault")):
            self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/vars",
                               runs.document("vars", {"key": key, "value": value, "category": "env"}))
        run = workspace.run()
        job = self.runner.plan(has_changes=False)
        values = {one["key"]: one["value"] for one in job["variables"]}
        found = self.client.expect(200, "GET", "/.well-known/openid-configuration", token=False).json
        self.assertEqual(found["issuer"], self.terrace.base_url)
        keys = {key["kid"]: key for key in self.client.expect(200, "GET", found["jwks_uri"], token=False).json["keys"]}
        for name, audience in (("TFC_WORKLOAD_IDENTITY_TOKEN", "cloud"), ("TFC_WORKLOAD_IDENTITY_TOKEN_B", "vault")):
            header, claims = identity.verify(values[name], keys)
            self.assertEqual(header["alg"], "RS256")
            name = workspace.show()["attributes"]["name"]
            whole = f"organization:acme:project:Default Project:workspace:{name}"
            self.assertEqual((claims["aud"], claims["iss"], claims["sub"]),
                             (audience, self.terrace.base_url, whole + ":run_phase:plan"))
            self.assertEqual((claims["terraform_run_id"], claims["terraform_workspace_id"]), (run, workspace.id))
            self.assertLess(claims["nbf"], time.time())
            self.assertGreater(claims["exp"], time.time() + 3600)

    def test_variables_of_an_old_client(self):
        """go-tfe before 1.1 writes the names as Go has them."""
        workspace = self.workspace()
        run = workspace.run(variables=[{"Key": "a", "Value": '"x"'}])
        self.assertEqual(runs.show(self.client, run)["attributes"]["variables"], [{"key": "a", "value": '"x"'}])
        job = self.runner.plan(has_changes=False)
        self.assertIn(("a", '"x"'), [(one["key"], one["value"]) for one in job["variables"]])

    def test_variables_are_those_of_the_creation(self):
        workspace = self.workspace()
        path = f"/api/v2/workspaces/{workspace.id}/vars"
        for key, attributes in (("a", {"value": "old"}), ("secret", {"value": "s3cret", "sensitive": True}),
                                ("given", {"value": "workspace"}), ("HOME_OF", {"value": "x", "category": "env"})):
            self.client.expect(201, "POST", path, runs.document("vars", {"key": key, "category": "terraform", **attributes}))
        workspace.run(variables=[{"key": "given", "value": '"run"'}])
        created = self.client.expect(200, "GET", path).json["data"][0]
        self.client.expect(200, "PATCH", f"{path}/{created['id']}", runs.document("vars", {"value": "new"}))
        job = self.runner.plan(has_changes=False)
        values = {one["key"]: (one["value"], one["category"], one["hcl"]) for one in job["variables"]}
        self.assertEqual(values, {"a": ("old", "terraform", False), "secret": ("s3cret", "terraform", False),
                                  "given": ('"run"', "terraform", True), "HOME_OF": ("x", "env", False)})


if __name__ == "__main__":
    unittest.main()
