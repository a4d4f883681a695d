"""Everything that takes more than one row is torn: uploads by signed URL, unlocks by force, the deletion of
workspaces with many states, of teams and of organizations, while workers, the web server and PostgreSQL are
killed. Afterwards `terracectl verify` and `doctor` are clean, what was acknowledged is so, and no row is left
that belongs to nothing."""

import os
import random
import signal
import threading
import time
import unittest

import harness
import slugs
import states

SECONDS = float(os.environ.get("TERRACE_TORN_SECONDS", "25"))
STATES = 40  # of the workspaces that are deleted

# Columns without a foreign key, and counts that triggers keep: what each query gives is wrong.
ORPHANS = {
    "current states": """SELECT w.id FROM workspaces w WHERE w.current_state_version_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM state_versions s WHERE s.id = w.current_state_version_id AND s.workspace_id = w.id)""",
    "current configurations": """SELECT w.id FROM workspaces w WHERE w.current_configuration_version_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM configuration_versions c WHERE c.id = w.current_configuration_version_id)""",
    "default projects": """SELECT o.id FROM organizations o WHERE NOT EXISTS (
        SELECT 1 FROM projects p WHERE p.id = o.default_project_id AND p.organization_id = o.id AND p.is_default)""",
    "owners": """SELECT o.id FROM organizations o WHERE (
        SELECT count(*) FROM teams t WHERE t.organization_id = o.id AND t.is_owners) <> 1""",
    "chunks": "SELECT c.blob_id FROM blob_chunks c WHERE NOT EXISTS (SELECT 1 FROM blobs b WHERE b.id = c.blob_id)",
    "workspaces of projects": """SELECT project_id FROM (SELECT project_id, workspaces AS n FROM project_workspace_counts
        UNION ALL SELECT project_id, -count(*) FROM workspaces GROUP BY 1) c GROUP BY 1 HAVING sum(n) <> 0""",
    "grants of teams": """SELECT team_id FROM (SELECT team_id, mask, workspaces AS n FROM team_grant_counts
        UNION ALL SELECT team_id, mask, -count(*) FROM team_workspaces GROUP BY 1, 2) c
        GROUP BY team_id, mask HAVING sum(n) <> 0""",
}


class Worker(threading.Thread):
    """One kind of work, again and again. Answers that are none, and 5xx, are expected; any other surprise is
    a failure."""

    def __init__(self, case, work):
        super().__init__(name=work.__name__)
        self.case, self.work = case, work
        self.client = harness.Client(case.terrace, case.terrace.token)
        self.done = self.torn = 0
        self.failure = None

    def run(self):
        while not self.case.over.is_set():
            try:
                self.work(self)
                self.done += 1
            except (Torn, OSError):
                self.torn += 1
                time.sleep(random.uniform(0, 0.2))
            except Exception as failure:  # pylint: disable=broad-except
                self.failure = failure
                return

    def send(self, method, path, body=None, good=(200, 201, 204), **options):
        try:
            reply = self.client.request(method, path, body, **options)
        except OSError as failure:
            raise Torn(str(failure)) from None
        if reply.status in (500, 502, 503, 504):
            raise Torn(f"{reply.status} {reply.body[:200]!r}")
        if reply.status not in good:
            raise AssertionError(f"{method} {path}: {reply.status} {reply.body[:300]!r}")
        return reply

    def make(self, path, kind, **attributes):
        return self.send("POST", f"/api/v2/organizations/{path}", {"data": {
            "type": kind, "attributes": attributes}}).json["data"]["id"]


class Torn(Exception):
    """No answer, or that of a server that was killed."""


def fresh(stem):
    return f"{stem}-{random.getrandbits(60):x}"


def upload(worker, url, body):
    return worker.send("PUT", url, body, good=(200, 201, 204, 404, 409), headers={
        "Content-Type": "application/octet-stream", "Authorization": ""})


def state_by_url(worker):
    workspace = worker.make("torn/workspaces", "workspaces", name=fresh("url"))
    worker.send("POST", f"/api/v2/workspaces/{workspace}/actions/lock", {})
    for serial in range(1, 4):
        body = states.document(serial, padding=400000)
        made = states.create(worker.client, workspace, serial, body, inline=False)
        if made.status != 201:
            raise Torn(str(made.status))
        upload(worker, made.json["data"]["attributes"]["hosted-state-upload-url"], body)
    worker.send("POST", f"/api/v2/workspaces/{workspace}/actions/force-unlock", {}, good=(200, 409))


def configuration(worker):
    workspace = worker.make("torn/workspaces", "workspaces", name=fresh("slug"))
    made = worker.send("POST", f"/api/v2/workspaces/{workspace}/configuration-versions", {"data": {
        "type": "configuration-versions", "attributes": {"auto-queue-runs": False}}}).json["data"]
    upload(worker, made["attributes"]["upload-url"], slugs.slug({"main.tf": b"# one", "data": os.urandom(700000)}))
    # nginx sends a DELETE again whose worker was killed with the answer in its hand.
    worker.send("DELETE", f"/api/v2/workspaces/{workspace}", good=(204, 404))


def workspace_with_states(worker):
    workspace = worker.make("torn/workspaces", "workspaces", name=fresh("full"))
    worker.send("POST", f"/api/v2/workspaces/{workspace}/actions/lock", {})
    for serial in range(1, STATES + 1):
        made = states.create(worker.client, workspace, serial, states.document(serial, padding=2000), inline=True)
        if made.status != 201:
            raise Torn(str(made.status))
    worker.send("DELETE", f"/api/v2/workspaces/{workspace}", good=(204, 404))
    worker.send("GET", f"/api/v2/workspaces/{workspace}", good=(404,))


def team(worker):
    made = worker.make("torn/teams", "teams", name=fresh("team"))
    for workspace in worker.send("GET", "/api/v2/organizations/torn/workspaces").json["data"][:10]:
        worker.send("POST", "/api/v2/team-workspaces", {"data": {"type": "team-workspaces", "attributes": {"access": "read"},
                    "relationships": {"team": {"data": {"type": "teams", "id": made}},
                                      "workspace": {"data": {"type": "workspaces", "id": workspace["id"]}}}}},
                    good=(200, 201, 404, 422))
    worker.send("POST", f"/api/v2/teams/{made}/authentication-token", {})
    worker.send("DELETE", f"/api/v2/teams/{made}", good=(204, 404))
    worker.send("GET", f"/api/v2/teams/{made}", good=(404,))


def organization(worker):
    name = fresh("org")
    worker.send("POST", "/api/v2/organizations", {"data": {"type": "organizations", "attributes": {
        "name": name, "email": "a@example.com"}}})
    for number in range(3):
        workspace = worker.make(f"{name}/workspaces", "workspaces", name=f"w{number}")
        worker.send("POST", f"/api/v2/workspaces/{workspace}/vars", {"data": {"type": "vars", "attributes": {
            "key": "k", "value": "v", "category": "env", "sensitive": True}}})
        worker.send("POST", f"/api/v2/workspaces/{workspace}/actions/lock", {})
        made = states.create(worker.client, workspace, 1, states.document(1, padding=300000), inline=True)
        if made.status != 201:
            raise Torn(str(made.status))
    worker.send("DELETE", f"/api/v2/organizations/{name}", good=(204, 404))
    worker.send("GET", f"/api/v2/organizations/{name}", good=(404,))


class Everything(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.start(durable=True, options={"workers": 3})
        self.terrace.token = harness.add_user(self.terrace, "alice")
        harness.add_organization(self.terrace, "torn", "alice")
        self.over = threading.Event()

    def kill_one(self):
        choice = random.random()
        if choice < 0.2:
            self.terrace.cluster.kill()
            self.terrace.cluster.start()
            return "postgres"
        if choice < 0.4:
            self.terrace.processes.stop("nginx", signal.SIGKILL)
            self.terrace.start_nginx()
            return "nginx"
        workers = self.terrace.workers()
        if workers:
            try:
                os.kill(random.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                pass
        return "worker"

    def test_nothing_is_left_torn(self):
        workers = [Worker(self, work) for work in (state_by_url, configuration, workspace_with_states, team, organization)]
        for worker in workers:
            worker.start()
        killed = []
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            time.sleep(random.uniform(0.1, 0.8))
            killed.append(self.kill_one())
        self.over.set()
        for worker in workers:
            worker.join()
        self.assertEqual([f"{worker.name}: {worker.failure}" for worker in workers if worker.failure], [])
        counts = {worker.name: (worker.done, worker.torn) for worker in workers}
        print(f"# {len(killed)} killed; done and torn: {counts}")
        self.assertTrue(all(worker.done for worker in workers), counts)
        self.check()

    def check(self):
        client = harness.Client(self.terrace, self.terrace.token)
        deadline = time.monotonic() + 20
        while client.get("/api/v2/account/details").status != 200:
            self.assertLess(time.monotonic(), deadline, "the server does not recover")
            time.sleep(0.2)
        print("# " + self.terrace.ctl("verify").strip().replace("\n", "\n# "))
        self.assertNotIn("FAILED", self.terrace.ctl("doctor"))
        for name, query in ORPHANS.items():
            self.assertEqual(self.terrace.cluster.sql(query, database="terrace").split(), [], name)
        # Bytes of what is gone wait for the collector; then none is left, and none too few.
        self.terrace.ctl("collect")
        self.assertEqual(self.terrace.cluster.sql("SELECT b.id FROM blobs b WHERE NOT EXISTS ("
                         "SELECT 1 FROM blob_references r WHERE r.blob_id = b.id)", database="terrace").split(), [])
        self.terrace.ctl("verify")


if __name__ == "__main__":
    unittest.main()
