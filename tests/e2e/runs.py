"""Runs as clients make them, and a runner that does what a test says: it speaks the protocol, but executes
nothing."""

import json
import random
import time
import unittest

import harness
import receiver
import slugs


def document(kind, attributes=None, **related):
    return {"data": {"type": kind, "attributes": attributes or {}, "relationships": {
        name.replace("_", "-"): {"data": value} for name, value in related.items()}}}


class Workspace:
    """A workspace with a configuration, and what tests do with its runs."""

    def __init__(self, client, organization, name, configured=True, **attributes):
        self.client = client
        attributes = {"name": name, **{key.replace("_", "-"): value for key, value in attributes.items()}}
        self.id = client.expect(201, "POST", f"/api/v2/organizations/{organization}/workspaces",
                                document("workspaces", attributes)).json["data"]["id"]
        self.configuration = self.configure() if configured else None

    def configure(self, **attributes):
        version, path = slugs.create(self.client, self.id, **attributes)
        self.client.expect(200, "PUT", path, slugs.slug({"main.tf": b'resource "terraform_data" "a" {}\n'}))
        return version

    def run(self, expect=201, configuration=None, **attributes):
        related = {"workspace": {"type": "workspaces", "id": self.id}}
        if configuration:
            related["configuration_version"] = {"type": "configuration-versions", "id": configuration}
        attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
        reply = self.client.expect(expect, "POST", "/api/v2/runs", document("runs", attributes, **related))
        return reply.json["data"]["id"] if expect == 201 else reply

    def show(self):
        return self.client.expect(200, "GET", f"/api/v2/workspaces/{self.id}").json["data"]


def show(client, run):
    return client.expect(200, "GET", f"/api/v2/runs/{run}").json["data"]


def status(client, run):
    return show(client, run)["attributes"]["status"]


def act(client, run, action, expect=202, body=None):
    return client.expect(expect, "POST", f"/api/v2/runs/{run}/actions/{action}", body)


class Runner:
    def __init__(self, terrace, token, name="test"):
        self.http = harness.Client(terrace, token)
        self.id = self.call(200, "POST", "/agents", {"name": name, "version": "1"})["id"]

    def call(self, expect, method, path, body=None):
        headers = {"Content-Type": "application/json" if isinstance(body, dict) else "application/octet-stream"}
        body = json.dumps(body).encode() if isinstance(body, dict) else body
        reply = self.http.expect(expect, method, "/api/runner/v1" + path, body, headers=headers)
        return json.loads(reply.body) if reply.body[:1] == b"{" else reply.body

    def claim(self, expect=200):
        return self.call(expect, "POST", f"/agents/{self.id}/claim", {"accept": ["plan", "apply"]})

    def finish(self, job, status="finished", expect=204, **result):
        return self.call(expect, "POST", f"/jobs/{job['id']}/finish", {"status": status, **result})

    def plan(self, **result):
        """Claims a plan and says that it has found this."""
        job = self.claim()
        assert job["kind"] == "plan", job["kind"]
        self.call(204, "PUT", f"/jobs/{job['id']}/files/plan", b"bundle of " + job["run"]["id"].encode())
        self.finish(job, **{"has_changes": True, "resource_additions": 1, **result})
        return job

    def apply(self, **result):
        job = self.claim()
        assert job["kind"] == "apply", job["kind"]
        self.finish(job, **{"resource_additions": 1, **result})
        return job


class WorkerCase(unittest.TestCase):
    """An installation with a worker, a scripted runner, and a receiver of what the worker sends."""

    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"outbound_private": "true"})
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())
        cls.hooks = receiver.Receiver()
        cls.terrace.start_worker()

    @classmethod
    def tearDownClass(cls):
        cls.hooks.stop()
        cls.terrace.stop()

    def tearDown(self):
        """The next test's runner must not be given this one's jobs."""
        self.sql("UPDATE run_jobs SET status = 'done' WHERE status <> 'done'")

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def workspace(self, **options):
        return Workspace(self.client, "acme", f"w{random.getrandbits(40):x}", **options)

    def wait_for(self, what):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
            time.sleep(0.1)
        self.fail("it did not happen")
