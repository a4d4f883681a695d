"""What leaves the server by itself (today-runs.md sections 13 to 15 and 18): notifications, run tasks and
their stages, with a real receiver and a real worker, also one that is killed in the middle."""

import concurrent.futures
import hashlib
import hmac
import json
import os
import random
import signal
import subprocess
import time
import unittest

import harness
import receiver
import runs


def signature(key, body):
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


class Case(unittest.TestCase):
    OPTIONS = {"outbound_private": "true"}

    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options=cls.OPTIONS)
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())
        cls.hooks = receiver.Receiver()

    @classmethod
    def tearDownClass(cls):
        cls.hooks.stop()
        cls.terrace.stop()

    def setUp(self):
        self.path = f"/{self.id().rpartition('.')[2]}-{random.getrandbits(32):x}"
        self.terrace.start_worker()

    def tearDown(self):
        """The next test's runner must not be given this one's jobs."""
        self.sql("UPDATE run_jobs SET status = 'done' WHERE status = 'queued'")

    def workspace(self, **options):
        return runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}", **options)

    def assert_status(self, run, status, timeout=20):
        deadline = time.monotonic() + timeout
        while runs.status(self.client, run) != status and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(runs.status(self.client, run), status)

    def notify(self, workspace, path=None, expect=201, **attributes):
        attributes = {"name": "hook", "destination-type": "generic", "enabled": True, "url": self.hooks.url + (path or self.path),
                      "triggers": ["run:created", "run:planning", "run:needs_attention", "run:applying", "run:completed",
                                   "run:errored"], **attributes}
        reply = self.client.expect(expect, "POST", f"/api/v2/workspaces/{workspace.id}/notification-configurations",
                                   runs.document("notification-configurations", attributes))
        return reply.json["data"]["id"] if expect == 201 else reply

    def show(self, configuration):
        return self.client.expect(200, "GET", f"/api/v2/notification-configurations/{configuration}").json["data"]

    def task(self, path, workspace=None, expect=201, level="mandatory", stages=("post_plan",), **attributes):
        attributes = {"name": f"t{random.getrandbits(40):x}", "url": self.hooks.url + path, "category": "task", **attributes}
        reply = self.client.expect(expect, "POST", "/api/v2/organizations/acme/tasks", runs.document("tasks", attributes))
        if expect != 201:
            return reply
        task = reply.json["data"]["id"]
        if workspace:
            self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/tasks", runs.document(
                "workspace-tasks", {"enforcement-level": level, "stages": list(stages)}, task={"type": "tasks", "id": task}))
        return task

    def stages(self, run):
        return self.client.expect(200, "GET", f"/api/v2/runs/{run}/task-stages").json["data"]

    def results(self, run):
        reply = self.client.expect(200, "GET", f"/api/v2/runs/{run}?include=task_stages,task_stages.task_results").json
        return [one["attributes"] | {"id": one["id"]} for one in reply["included"] if one["type"] == "task-results"]

    def callback(self, payload, status, expect=200, token=None, message=None, outcomes=None):
        document = {"data": {"type": "task-results", "attributes": {"status": status, "message": message}}}
        if outcomes is not None:
            document["data"]["relationships"] = {"outcomes": {"data": [
                {"type": "task-result-outcomes", "attributes": one} for one in outcomes]}}
        caller = harness.Client(self.terrace, token or payload["access_token"])
        return caller.expect(expect, "PATCH", payload["task_result_callback_url"], document)

    def request(self, path, count=1):
        """The request of a run task, after the test of its URL."""
        return json.loads(self.hooks.wait_for(path, 1 + count)[-1].body)

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def kill_worker(self):
        pid = self.terrace.processes.pid("worker")
        os.kill(pid, signal.SIGKILL)
        self.terrace.processes.stop("worker")


class Notifications(Case):
    def test_verification_is_a_signed_post(self):
        configuration = self.notify(self.workspace(), name="Mine", token="s3cret")
        sent = self.hooks.wait_for(self.path)[0]
        self.assertEqual(sent.method, "POST")
        self.assertEqual(sent.headers["Content-Type"], "application/json")
        self.assertEqual(sent.headers["X-TFE-Notification-Signature"], signature("s3cret", sent.body))
        self.assertEqual(json.loads(sent.body), {
            "payload_version": 1, "notification_configuration_id": configuration, "run_url": None, "run_id": None,
            "run_message": None, "run_created_at": None, "run_created_by": None, "workspace_id": None,
            "workspace_name": None, "organization_name": None, "notifications": [{
                "message": "Verification of Mine", "trigger": "verification", "run_status": None,
                "run_updated_at": None, "run_updated_by": None}]})
        sealed = self.sql(f"SELECT sealed_token FROM notification_configurations WHERE id = '{configuration}'")
        self.assertNotIn("s3cret", sealed)
        self.client.expect(200, "POST", f"/api/v2/notification-configurations/{configuration}/actions/verify")
        again = self.hooks.wait_for(self.path, 2)[1]
        self.assertEqual((again.body, again.headers["X-TFE-Notification-Signature"]),
                         (sent.body, sent.headers["X-TFE-Notification-Signature"]))

    def test_teams_are_told_of_change_requests_in_their_workspaces(self):
        seen, other = self.workspace(), self.workspace()
        hooks = {}
        for name in ("sees", "sees-not"):
            team = self.client.expect(200, "POST", "/api/v2/organizations/acme/teams", runs.document(
                "teams", {"name": f"{name}-{random.getrandbits(32):x}"})).json["data"]["id"]
            hooks[name] = f"{self.path}/{name}"
            self.client.expect(201, "POST", f"/api/v2/teams/{team}/notification-configurations", runs.document(
                "notification-configurations", {
                    "name": "hook", "destination-type": "generic", "enabled": True, "token": "s3cret",
                    "url": self.hooks.url + hooks[name], "triggers": ["change_request:created"]}))
            if name == "sees":
                self.client.expect(201, "POST", "/api/v2/team-workspaces", runs.document(
                    "team-workspaces", {"access": "read"}, team={"type": "teams", "id": team},
                    workspace={"type": "workspaces", "id": seen.id}))
        self.client.expect(201, "POST", "/api/v2/organizations/acme/explorer/bulk-actions", {"data": {
            "action_type": "change_requests", "action_inputs": {"subject": "Pin it", "message": "Please"},
            "target_ids": [other.id, seen.id]}})
        request = self.client.expect(200, "GET", f"/api/v2/workspaces/{seen.id}/change-requests").json["data"][0]
        sent = self.hooks.wait_for(hooks["sees"], 2)[1]
        self.assertEqual(sent.headers["X-TFE-Notification-Signature"], signature("s3cret", sent.body))
        body = json.loads(sent.body)
        self.assertRegex(body.pop("change_request_created_at"), r"^\d{4}-.*T.*\.000Z$")
        self.assertRegex(body.pop("notification_configuration_id"), "^nc-")
        self.assertRegex(body.pop("change_request_url"), f"^https://.*/change-requests/{request['id']}$")
        self.assertEqual(body, {
            "payload_version": 1, "change_request_subject": "Pin it", "change_request_message": "Please",
            "change_request_created_by": "alice", "workspace_id": seen.id,
            "workspace_name": self.client.expect(200, "GET", f"/api/v2/workspaces/{seen.id}").json["data"]["attributes"]["name"],
            "organization_name": "acme"})
        while self.sql("SELECT count(*) FROM notification_deliveries") != "0":
            time.sleep(0.1)
        self.assertEqual([len(self.hooks.wait_for(path)) for path in hooks.values()], [2, 1])

    def test_no_row_is_locked_while_somebody_else_s_server_thinks(self):
        workspace = self.workspace()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pending = pool.submit(self.notify, workspace, "/slow/3")
            self.hooks.wait_for("/slow/3")
            began = time.monotonic()
            self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace.id}",
                               runs.document("workspaces", {"description": "meanwhile"}))
            self.assertEqual(self.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = 'terrace' "
                                      "AND state LIKE 'idle in transaction%'"), "0")
            self.assertLess(time.monotonic() - began, 2)
            pending.result()

    def test_a_url_that_takes_too_long_is_refused(self):
        began = time.monotonic()
        reply = self.notify(self.workspace(), "/slow/30", expect=400)
        self.assertIn("could not be reached", reply.json["errors"][0]["detail"])
        self.assertLess(time.monotonic() - began, 15)

    def test_life_of_a_run(self):
        workspace = self.workspace()
        configuration = self.notify(workspace, token="s3cret")
        run = workspace.run(message="by hand")
        self.runner.plan()
        runs.act(self.client, run, "apply")
        self.runner.apply()
        sent = self.hooks.wait_for(self.path, 6)[1:]
        payloads = [json.loads(one.body) for one in sent]
        self.assertEqual([one["notifications"][0]["trigger"] for one in payloads],
                         ["run:created", "run:planning", "run:needs_attention", "run:applying", "run:completed"])
        self.assertEqual([one["notifications"][0]["message"] for one in payloads],
                         ["Run Created", "Run Planning", "Run Planned - Needs Confirmation", "Run Applying", "Run Applied"])
        self.assertEqual([one["notifications"][0]["run_status"] for one in payloads],
                         ["pending", "planning", "planned", "applying", "applied"])
        first = payloads[0]
        self.assertEqual(first["run_url"], f"{self.terrace.base_url}/app/acme/{workspace.show()['attributes']['name']}/runs/{run}")
        self.assertEqual((first["run_id"], first["run_message"], first["run_created_by"], first["workspace_id"], first["organization_name"]),
                         (run, "by hand", "alice", workspace.id, "acme"))
        self.assertRegex(first["run_created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$")
        self.assertEqual(first["notifications"][0]["run_updated_by"], "alice")
        self.assertIsNone(payloads[1]["notifications"][0]["run_updated_by"])
        for one in sent:
            self.assertEqual(one.headers["X-TFE-Notification-Signature"], signature("s3cret", one.body))
        response = self.show(configuration)["attributes"]["delivery-responses"]
        self.assertEqual((len(response), response[0]["successful"], response[0]["code"]), (1, "true", "200"))

    def test_plan_only_runs_and_disabled_configurations_are_silent(self):
        workspace = self.workspace()
        self.notify(workspace, self.path + "-off", enabled=False)
        self.notify(workspace)
        workspace.run(plan_only=True)
        self.runner.plan()
        run = workspace.run()
        self.hooks.wait_for(self.path, 2)
        runs.act(self.client, run, "cancel")
        last = json.loads(self.hooks.wait_for(self.path, 3)[2].body)
        self.assertEqual(last["run_id"], run)
        self.assertEqual(last["notifications"][0]["message"], "Run Canceled")
        self.assertEqual(self.hooks.on(self.path + "-off"), [])

    def test_a_project_s_configuration_hears_of_all_its_workspaces(self):
        project = self.client.expect(201, "POST", "/api/v2/organizations/acme/projects", runs.document(
            "projects", {"name": f"P{random.getrandbits(40):x}"})).json["data"]["id"]
        self.client.expect(201, "POST", f"/api/v2/projects/{project}/notification-configurations", runs.document(
            "notification-configurations", {"name": "p", "destination-type": "slack", "enabled": True,
                                            "url": self.hooks.url + self.path, "triggers": ["run:created"]}))
        workspace = self.workspace()
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace.id}", runs.document(
            "workspaces", project={"type": "projects", "id": project}))
        workspace.run()
        sent = self.hooks.wait_for(self.path, 2)[1]
        self.assertNotIn("X-TFE-Notification-Signature", sent.headers)
        self.assertEqual(json.loads(sent.body)["text"], "Run Created")

    def test_what_is_not_delivered_is_said_so(self):
        workspace = self.workspace()
        mail = self.notify(workspace, **{"destination-type": "email", "url": None})
        failing = self.notify(workspace, enabled=False)
        self.sql(f"UPDATE notification_configurations SET enabled = true, url = '{self.hooks.url}/status/503' WHERE id = '{failing}'")
        workspace.run()
        self.hooks.wait_for("/status/503")
        self.settle()
        for configuration, code, text in ((mail, "0", "no mail server"), (failing, "503", "received")):
            response = self.show(configuration)["attributes"]["delivery-responses"][0]
            self.assertEqual((response["successful"], response["code"]), ("false", code))
            self.assertIn(text, response["body"])

    def settle(self, timeout=20):
        deadline = time.monotonic() + timeout
        while self.sql("SELECT count(*) FROM notification_deliveries") != "0":
            self.assertLess(time.monotonic(), deadline, "deliveries are left")
            time.sleep(0.1)

    def test_news_of_yesterday_is_not_sent(self):
        self.terrace.processes.stop("worker")
        workspace = self.workspace()
        configuration = self.notify(workspace, triggers=["run:created"])
        workspace.run()
        self.sql("UPDATE notification_deliveries SET due_at = now() - interval '25 hours', run_updated_at = now() - interval '25 hours'")
        self.assertIn("worker: 1 notifications", self.terrace.ctl("doctor", check=False))
        self.terrace.start_worker()
        self.settle()
        self.assertIn("within a day", self.show(configuration)["attributes"]["delivery-responses"][0]["body"])
        self.assertEqual(len(self.hooks.on(self.path)), 1)
        self.assertIn("nothing waits", self.terrace.ctl("doctor", check=False))

    def test_killed_in_a_delivery(self):
        """Nothing is lost, and what the worker was at is repeated once."""
        workspace = self.workspace()
        self.notify(workspace, enabled=False, triggers=["run:created"])
        self.sql(f"UPDATE notification_configurations SET enabled = true, url = '{self.hooks.url}/wait{self.path}' "
                 f"WHERE workspace_id = '{workspace.id}'")
        made = [workspace.run() for _ in range(3)]
        self.hooks.wait_for("/wait" + self.path)
        self.kill_worker()
        self.assertEqual(self.sql("SELECT count(*) FROM notification_deliveries"), "3")
        self.hooks.release()
        self.sql("UPDATE notification_deliveries SET due_at = now() WHERE attempts > 0")  # not to wait a minute
        self.terrace.start_worker()
        self.settle()
        self.hooks.released.clear()
        told = [json.loads(one.body)["run_id"] for one in self.hooks.on("/wait" + self.path)]
        self.assertEqual(told, [made[0], *made])

    def test_several_workers_share_what_is_due(self):
        self.terrace.processes.stop("worker")
        workspaces = [self.workspace() for _ in range(6)]
        for number, workspace in enumerate(workspaces):
            self.notify(workspace, f"{self.path}-{number}", triggers=["run:created"])
            for _ in range(3):
                workspace.run()
        for name in ("worker", "worker-2", "worker-3"):
            self.terrace.start_worker(name)
        self.settle()
        for name in ("worker-2", "worker-3"):
            self.terrace.processes.stop(name)
        for number, workspace in enumerate(workspaces):
            told = [json.loads(one.body)["run_id"] for one in self.hooks.on(f"{self.path}-{number}")[1:]]
            wanted = self.sql(f"SELECT id FROM runs WHERE workspace_id = '{workspace.id}' ORDER BY position").split()
            self.assertEqual(told, wanted)

    def test_once_and_sigterm(self):
        self.terrace.processes.stop("worker")
        workspace = self.workspace()
        self.notify(workspace)
        workspace.run()
        done = subprocess.run([self.terrace.program("terrace-worker"), "--once"], env=self.terrace.environment(),
                              stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.hooks.on(self.path)), 2)
        self.terrace.start_worker()
        pid = self.terrace.processes.pid("worker")
        time.sleep(0.3)
        began = time.monotonic()
        self.terrace.processes.stop("worker")
        self.assertLess(time.monotonic() - began, 3)
        self.assertIsNone(harness.installation.start_time(pid))


class PrivateNetworks(Case):
    OPTIONS = {"outbound_private": "false"}

    def test_addresses_of_this_host_are_refused(self):
        workspace = self.workspace()
        for url in (self.hooks.url, "http://localhost:1/", "http://[::1]/", "http://10.0.0.1/", "http://169.254.169.254/"):
            reply = self.notify(workspace, url=url + "/x", expect=400)
            self.assertIn("private network", reply.json["errors"][0]["detail"])
        reply = self.task("/x", expect=422)
        self.assertIn("private network", reply.json["errors"][0]["detail"])
        self.assertEqual(self.hooks.requests, [])

    def test_deliveries_are_refused_too(self):
        workspace = self.workspace()
        configuration = self.notify(workspace, enabled=False)
        self.sql(f"UPDATE notification_configurations SET enabled = true WHERE id = '{configuration}'")
        workspace.run()
        deadline = time.monotonic() + 20
        while not self.show(configuration)["attributes"]["delivery-responses"] and time.monotonic() < deadline:
            time.sleep(0.1)
        response = self.show(configuration)["attributes"]["delivery-responses"][0]
        self.assertIn("private network", response["body"])
        self.assertEqual(self.hooks.requests, [])


class Tasks(Case):
    def test_the_test_of_a_url_is_signed(self):
        self.task(self.path, **{"hmac-key": "k3y"})
        sent = self.hooks.wait_for(self.path)[0]
        self.assertEqual(sent.headers["X-TFC-Task-Signature"], signature("k3y", sent.body))
        payload = json.loads(sent.body)
        self.assertEqual((payload["payload_version"], payload["access_token"], payload["stage"], payload["run_id"]),
                         (1, "test-token", "test", None))

    def test_a_run_waits_for_its_task(self):
        workspace = self.workspace()
        task = self.task(self.path, workspace, **{"hmac-key": "k3y"})
        run = workspace.run(message="asked")
        stages = self.stages(run)
        self.assertEqual([(one["attributes"]["stage"], one["attributes"]["status"]) for one in stages], [("post_plan", "pending")])
        self.assertEqual(self.results(run)[0]["status"], "pending")
        self.client.expect(200, "PATCH", f"/api/v2/tasks/{task}", runs.document("tasks", {"name": "renamed-later"}))
        self.runner.plan()
        self.assert_status(run, "post_plan_running")
        sent = self.hooks.wait_for(self.path, 2)[1]
        self.assertEqual(sent.headers["X-TFC-Task-Signature"], signature("k3y", sent.body))
        payload = json.loads(sent.body)
        result = self.results(run)[0]
        self.assertEqual((payload["task_result_id"], payload["stage"], payload["run_id"], payload["run_message"], payload["is_speculative"],
                          payload["task_result_enforcement_level"], payload["workspace_id"], payload["organization_name"]),
                         (result["id"], "post_plan", run, "asked", False, "mandatory", workspace.id, "acme"))
        self.assertEqual(payload["capabilities"], {"outcomes": True})
        self.assertIsNone(payload["vcs_branch"])
        self.assertEqual(result["status"], "running")
        self.assertNotEqual(result["task-name"], "renamed-later")

        # What the token opens, and what it does not.
        token = harness.Client(self.terrace, payload["access_token"])
        self.assertEqual(token.get(payload["configuration_version_download_url"]).status, 200)
        self.assertIn(token.get(payload["plan_json_api_url"]).status, (204, 307, 404))
        for path in (f"/api/v2/runs/{run}", f"/api/v2/workspaces/{workspace.id}", f"/api/v2/workspaces/{workspace.id}/current-state-version",
                     "/api/v2/account/details", "/api/v2/organizations/acme", f"/api/v2/task-results/{result['id']}",
                     f"/api/v2/workspaces/{workspace.id}/vars"):
            self.assertEqual(token.get(path).status, 404, path)
        other = workspace.configure()
        self.assertEqual(token.get(f"/api/v2/configuration-versions/{other}/download").status, 404)

        self.callback(payload, "sideways", expect=422)
        self.callback(payload, "passed", expect=401, token=self.client.token)
        self.callback(payload, "passed", expect=401, token="nonsense")
        self.callback(payload, "passed", expect=422, outcomes=[{"outcome-id": "1"}])
        self.callback(payload, "running", message="looking", outcomes=[
            {"outcome-id": "A-1", "description": "first", "body": "# Found", "url": "https://example.com/1",
             "tags": {"Severity": [{"label": "High", "level": "error"}], "Plain": [{"label": "x"}]}}])
        self.assertEqual(self.results(run)[0]["message"], "looking")
        self.callback(payload, "running", outcomes=[{"outcome-id": "A-1", "description": "changed", "body": "# Again"},
                                                   {"outcome-id": "B-2", "description": "second"}])
        self.callback(payload, "passed", message="fine")
        self.assert_status(run, "post_plan_completed")
        self.callback(payload, "failed", expect=409)
        shown = self.client.expect(200, "GET", f"/api/v2/task-results/{result['id']}").json["data"]
        self.assertEqual((shown["attributes"]["status"], shown["attributes"]["message"], shown["attributes"]["task-result-outcomes-count"]),
                         ("passed", "fine", 2))
        self.assertIn("passed-at", shown["attributes"]["status-timestamps"])
        outcomes = self.client.expect(200, "GET", f"/api/v2/task-results/{result['id']}/outcomes").json["data"]
        self.assertEqual([(one["attributes"]["outcome-id"], one["attributes"]["description"]) for one in outcomes],
                         [("A-1", "changed"), ("B-2", "second")])
        self.assertEqual(self.client.get(outcomes[0]["links"]["body"]).body, b"# Again")
        self.assertIsNone(outcomes[1]["links"]["body"])
        self.assertEqual(self.stages(run)[0]["attributes"]["status"], "passed")
        stage = self.stages(run)[0]["id"]
        self.client.expect(409, "POST", f"/api/v2/task-stages/{stage}/actions/override", {"comment": "no"})
        runs.act(self.client, run, "discard")

    def test_severity_tags(self):
        workspace = self.workspace()
        self.task(self.path, workspace, level="advisory")
        run = workspace.run()
        self.runner.plan()
        payload = self.request(self.path)
        self.callback(payload, "failed", outcomes=[{"outcome-id": "1", "description": "d", "tags": {
            "Severity": [{"label": "High", "level": "error"}]}}])
        outcome = self.client.expect(200, "GET", f"/api/v2/task-results/{payload['task_result_id']}/outcomes").json["data"][0]
        self.assertEqual(outcome["attributes"]["tags"], [{"label": "Severity", "value": [{"label": "High", "level": "error"}]}])
        # An advisory task that fails stops nothing.
        self.assert_status(run, "post_plan_completed")
        self.assertEqual(self.stages(run)[0]["attributes"]["status"], "passed")
        runs.act(self.client, run, "discard")

    def test_a_mandatory_task_that_fails_ends_the_run(self):
        workspace = self.workspace()
        self.task(self.path, workspace, stages=["pre_plan", "pre_apply"])
        run = workspace.run()
        self.assert_status(run, "pre_plan_running")
        self.callback(self.request(self.path), "failed", message="never")
        self.assert_status(run, "errored")
        self.assertEqual([one["attributes"]["status"] for one in self.stages(run)], ["failed", "unreachable"])
        self.assertEqual(sorted(one["status"] for one in self.results(run)), ["failed", "unreachable"])
        self.assertFalse(workspace.show()["attributes"]["locked"])

    def test_every_stage_in_turn(self):
        workspace = self.workspace()
        stages = ["pre_plan", "post_plan", "pre_apply", "post_apply"]
        self.task(self.path, workspace, stages=stages)
        run = workspace.run(auto_apply=True)
        for number, stage in enumerate(stages):
            self.assert_status(run, f"{stage}_running")
            payload = self.request(self.path, number + 1)
            self.assertEqual(payload["stage"], stage)
            self.assertEqual(payload["plan_json_api_url"] is None, stage == "pre_plan")
            self.callback(payload, "failed" if stage == "post_apply" else "passed")
            if stage == "pre_plan":
                self.runner.plan()
            if stage == "pre_apply":
                self.runner.apply()
        self.assert_status(run, "applied")
        self.assertEqual([one["attributes"]["status"] for one in self.stages(run)], ["passed"] * 4)

    def test_several_tasks_the_strictest_wins(self):
        workspace = self.workspace()
        paths = [f"{self.path}-{number}" for number in range(3)]
        for path, level in zip(paths, ("advisory", "mandatory", "mandatory")):
            self.task(path, workspace, level=level)
        run = workspace.run()
        self.runner.plan()
        payloads = [self.request(path) for path in paths]
        self.callback(payloads[0], "failed")
        self.callback(payloads[1], "failed")
        self.assert_status(run, "post_plan_running")
        self.callback(payloads[2], "passed")
        self.assert_status(run, "errored")

    def test_both_at_once(self):
        """The last two results of a stage, recorded at the same moment: the run moves on once."""
        for _ in range(5):
            workspace = self.workspace()
            paths = [f"{self.path}-{random.getrandbits(32):x}" for _ in range(2)]
            for path in paths:
                self.task(path, workspace)
            run = workspace.run()
            self.runner.plan()
            payloads = [self.request(path) for path in paths]
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda one: self.callback(one, "passed"), payloads))
            self.assert_status(run, "post_plan_completed")
            runs.act(self.client, run, "discard")

    def test_cancel_while_a_task_is_asked(self):
        workspace = self.workspace()
        self.task(self.path, workspace, stages=["pre_plan", "post_plan"])
        run = workspace.run()
        payload = self.request(self.path)
        runs.act(self.client, run, "cancel")
        self.assert_status(run, "canceled")
        self.assertEqual([one["attributes"]["status"] for one in self.stages(run)], ["canceled", "canceled"])
        self.callback(payload, "passed", expect=409)

    def test_a_receiver_that_answers_late_is_asked_again(self):
        workspace = self.workspace()
        task = self.task(self.path, workspace, stages=["pre_plan"])
        self.sql(f"UPDATE run_tasks SET url = '{self.hooks.url}/status/500' WHERE id = '{task}'")
        before = len(self.hooks.on("/status/500"))
        run = workspace.run()
        self.hooks.wait_for("/status/500", before + 2)
        tokens = {json.loads(one.body)["access_token"] for one in self.hooks.on("/status/500")[before:]}
        self.assertEqual(len(tokens), 2)
        self.sql(f"UPDATE task_results SET attempts = 5, due_at = now() WHERE run_id = '{run}'")
        self.assert_status(run, "errored")
        self.assertIn("answered with 500", self.results(run)[0]["message"])
        self.assertEqual(self.results(run)[0]["status"], "errored")

    def test_no_answer_in_time(self):
        workspace = self.workspace()
        self.task(self.path, workspace, stages=["pre_plan"])
        run = workspace.run()
        payload = self.request(self.path)
        self.callback(payload, "running")
        minutes = self.sql(f"SELECT round(extract(epoch FROM timeout_at - now()) / 60) FROM task_results WHERE run_id = '{run}'")
        self.assertEqual(minutes, "10")
        self.sql(f"UPDATE task_results SET timeout_at = now() WHERE run_id = '{run}'")
        self.assert_status(run, "errored")
        self.assertEqual(self.results(run)[0]["message"], "the run task did not answer in time")

    def test_an_expired_token(self):
        workspace = self.workspace()
        self.task(self.path, workspace, stages=["pre_plan"])
        run = workspace.run()
        payload = self.request(self.path)
        self.sql("UPDATE tokens SET expired_at = now() - interval '1 second' WHERE kind = 'task'")
        self.callback(payload, "passed", expect=401)
        runs.act(self.client, run, "cancel")

    def test_global_tasks_and_disabled_ones(self):
        workspace = self.workspace()
        task = self.task(self.path, **{"global-configuration": {"enabled": True, "stages": ["pre_plan"], "enforcement-level": "mandatory"}})
        try:
            run = workspace.run()
            self.assertIsNone(self.results(run)[0]["workspace-task-id"])
            self.callback(self.request(self.path), "passed")
            self.assert_status(run, "plan_queued")
            runs.act(self.client, run, "cancel")
            old = workspace.run(plan_only=True, terraform_version="1.0.0")
            self.assertEqual(self.stages(old), [])
            runs.act(self.client, old, "cancel")
        finally:
            self.client.expect(200, "PATCH", f"/api/v2/tasks/{task}", runs.document("tasks", {"enabled": False}))
        run = workspace.run()
        self.assertEqual(self.stages(run), [])
        runs.act(self.client, run, "cancel")

    def test_a_task_that_is_deleted_meanwhile(self):
        self.terrace.processes.stop("worker")
        workspace = self.workspace()
        task = self.task(self.path, workspace, stages=["pre_plan"])
        run = workspace.run()
        self.client.expect(204, "DELETE", f"/api/v2/tasks/{task}")
        self.terrace.start_worker()
        self.assert_status(run, "errored")
        self.assertEqual(self.results(run)[0]["message"], "the run task has been deleted")


class Triggers(Case):
    def trigger(self, target, source):
        self.client.expect(201, "POST", f"/api/v2/workspaces/{target.id}/run-triggers", runs.document(
            "run-triggers", sourceable={"type": "workspaces", "id": source.id}))

    def runs_of(self, workspace, count=1, timeout=20):
        deadline = time.monotonic() + timeout
        while True:
            found = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs").json["data"]
            if len(found) >= count or time.monotonic() > deadline:
                self.assertEqual(len(found), count)
                return found
            time.sleep(0.1)

    def apply(self, workspace):
        run = workspace.run()
        self.runner.plan()
        runs.act(self.client, run, "apply")
        self.runner.apply()
        self.assert_status(run, "applied")
        return run

    def test_an_applied_run_makes_runs_elsewhere(self):
        source, first, second = self.workspace(), self.workspace(), self.workspace(auto_apply=True)
        empty, local = self.workspace(configured=False), self.workspace(execution_mode="local")
        for target in (first, second, empty, local):
            self.trigger(target, source)
        run = self.apply(source)
        for target in (first, second):
            made = self.runs_of(target)[0]
            self.assertEqual(made["relationships"]["triggering-run"]["data"]["id"], run)
            self.assertEqual(made["relationships"]["configuration-version"]["data"]["id"], target.configuration)
            self.assertEqual(made["relationships"]["created-by"], runs.show(self.client, run)["relationships"]["created-by"]
                             | {"links": made["relationships"]["created-by"]["links"]})
            self.assertFalse(made["attributes"]["auto-apply"])
            self.assertIn(source.show()["attributes"]["name"], made["attributes"]["message"])
        self.settle()
        self.runs_of(empty, 0, timeout=0)
        self.runs_of(local, 0, timeout=0)
        self.runs_of(source, 1)

    def test_auto_apply_run_trigger(self):
        source, target = self.workspace(), self.workspace(**{"auto-apply-run-trigger": True})
        self.trigger(target, source)
        self.apply(source)
        made = self.runs_of(target)[0]["id"]
        self.runner.plan()
        self.assert_status(made, "apply_queued")

    def test_what_is_not_applied_triggers_nothing(self):
        source, target = self.workspace(), self.workspace()
        self.trigger(target, source)
        source.run(plan_only=True)
        self.runner.plan()
        source.run()
        self.runner.plan(has_changes=False, resource_additions=0)
        run = source.run()
        self.runner.plan()
        runs.act(self.client, run, "discard")
        self.assertEqual(self.sql("SELECT count(*) FROM run_trigger_firings"), "0")
        self.runs_of(target, 0, timeout=0)

    def test_killed_while_it_makes_runs(self):
        """Many firings, and a worker that is killed again and again: each run is made once."""
        source, targets = self.workspace(), [self.workspace() for _ in range(10)]
        for target in targets:
            self.trigger(target, source)
        self.terrace.processes.stop("worker")
        self.apply(source)
        while self.sql("SELECT count(*) FROM run_trigger_firings") != "0":
            self.terrace.start_worker()
            time.sleep(random.uniform(0.01, 0.06))
            self.kill_worker()
            self.sql("UPDATE run_trigger_firings SET due_at = now()")
        for target in targets:
            self.runs_of(target, 1)

    def settle(self, timeout=20):
        deadline = time.monotonic() + timeout
        while self.sql("SELECT count(*) FROM run_trigger_firings") != "0":
            self.assertLess(time.monotonic(), deadline, "firings are left")
            time.sleep(0.1)


if __name__ == "__main__":
    unittest.main()
