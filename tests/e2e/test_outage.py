"""The database goes away in part: backends die or are cancelled under requests that wait for them. One
worker serves all, so that the requests of a round share its connection and its pipeline."""

import json
import subprocess
import threading
import time
import unittest

import harness

BLOCKED = """SELECT count(*) FROM pg_stat_activity
WHERE usename = 'terrace' AND wait_event_type = 'Lock' AND state = 'active'"""
KILL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'terrace'"
CANCEL = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE usename = 'terrace'"


class Barrier:
    """Holds a lock on a table, so that whoever reads it waits."""

    def __init__(self, terrace, table):
        self.psql = subprocess.Popen(
            ["psql", "-XqAt", "-d", terrace.cluster.conninfo("terrace", "postgres")], text=True,
            env=terrace.cluster.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.psql.stdin.write(f"BEGIN; LOCK TABLE {table};\n\\echo held\n")
        self.psql.stdin.flush()
        assert self.psql.stdout.readline() == "held\n"

    def release(self):
        self.psql.communicate("ROLLBACK;\n")


class Asking(threading.Thread):
    def __init__(self, terrace, token, method, path, body=None):
        super().__init__()
        self.client = harness.Client(terrace, token)
        self.request = (method, path, body)
        self.reply = None

    def run(self):
        self.reply = self.client.request(*self.request)


class Outage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"workers": 1})
        cls.token = harness.add_user(cls.terrace, "alice")
        harness.add_organization(cls.terrace, "outage", "alice")
        cls.client = harness.Client(cls.terrace, cls.token)
        for name in ("one", "two"):
            cls.client.expect(201, "POST", "/api/v2/organizations/outage/workspaces",
                              {"data": {"type": "workspaces", "attributes": {"name": name}}})

    def setUp(self):
        self.workers = self.terrace.workers()
        self.assertEqual(len(self.workers), 1)

    def tearDown(self):
        self.client.expect(200, "GET", "/api/v2/organizations/outage/workspaces/one")
        self.assertEqual(self.terrace.workers(), self.workers)

    def sql(self, text):
        return self.terrace.cluster.sql(text, "terrace").strip()

    def ask(self, *requests):
        asking = [Asking(self.terrace, self.token, *request) for request in requests]
        for thread in asking:
            thread.start()
        return asking

    def wait_for_blocked(self):
        deadline = time.monotonic() + 20
        while self.sql(BLOCKED) == "0":
            self.assertLess(time.monotonic(), deadline, "nothing waits for the lock")
            time.sleep(0.02)

    @staticmethod
    def replies(asking):
        for thread in asking:
            thread.join()
        return [thread.reply for thread in asking]

    def test_reads_under_a_killed_backend_are_asked_again(self):
        barrier = Barrier(self.terrace, "workspaces")
        # The first one waits in the database; the others gather meanwhile and go out as one batch.
        asking = self.ask(("GET", "/api/v2/organizations/outage/workspaces/one"))
        self.wait_for_blocked()
        asking += self.ask(*[("GET", "/api/v2/organizations/outage/workspaces/two")] * 8,
                           *[("GET", "/api/v2/account/details")] * 4)
        self.assertEqual(self.sql(KILL), "1")
        self.wait_for_blocked()
        barrier.release()
        for reply in self.replies(asking):
            self.assertEqual(reply.status, 200, reply.body[:300])

    def test_only_the_cancelled_read_fails(self):
        barrier = Barrier(self.terrace, "workspaces")
        asking = self.ask(("GET", "/api/v2/organizations/outage/workspaces/one"))
        self.wait_for_blocked()
        asking += self.ask(*[("GET", "/api/v2/account/details")] * 6,
                           *[("GET", "/api/v2/organizations/outage")] * 6)
        time.sleep(0.3)
        self.assertEqual(self.sql(CANCEL), "1")
        first, *others = self.replies(asking)
        barrier.release()
        # As if it had taken too long.
        self.assertEqual((first.status, first.headers["Retry-After"]), (503, "30"))
        error = first.json["errors"][0]
        self.assertEqual(error["status"], "503")
        self.assertIn(first.headers["X-Request-Id"], error["detail"])
        for reply in others:
            self.assertEqual(reply.status, 200, reply.body[:300])

    def test_a_write_under_a_killed_backend_happens_once(self):
        barrier = Barrier(self.terrace, "workspaces")
        asking = self.ask(("POST", "/api/v2/organizations/outage/workspaces",
                           {"data": {"type": "workspaces", "attributes": {"name": "written"}}}))
        self.wait_for_blocked()
        self.assertEqual(self.sql(KILL), "1")
        self.wait_for_blocked()
        barrier.release()
        self.assertEqual(self.replies(asking)[0].status, 201)
        self.assertEqual(self.sql("SELECT count(*) FROM workspaces WHERE name = 'written'"), "1")

    def test_backends_that_die_all_the_time_are_noticed_by_nobody(self):
        stop = threading.Event()

        def killer():
            while not stop.wait(0.05):
                self.sql(KILL)
        thread = threading.Thread(target=killer)
        thread.start()
        statuses = []
        for number in range(60):
            statuses.append(self.client.get("/api/v2/organizations/outage/workspaces/one").status)
            statuses.append(self.client.patch("/api/v2/organizations/outage/workspaces/two", {"data": {
                "type": "workspaces", "attributes": {"description": f"number {number}"}}}).status)
        stop.set()
        thread.join()
        # A connection that dies at its COMMIT, or twice in one request, is a 503.
        self.assertLessEqual(set(statuses), {200, 503}, statuses)
        self.assertLess(statuses.count(503), len(statuses) // 5, statuses)

    def test_a_migration_under_a_running_server_is_noticed_by_nobody(self):
        def both():
            self.client.expect(200, "GET", "/api/v2/organizations/outage/workspaces/two")
            self.client.expect(200, "PATCH", "/api/v2/organizations/outage/workspaces/two", {"data": {
                "type": "workspaces", "attributes": {"description": "migrated"}}})
        both()
        # What is prepared goes stale: rows and columns have another type now.
        for change in ("ADD COLUMN probe text", "DROP COLUMN probe", "ALTER COLUMN description TYPE varchar",
                       "ALTER COLUMN description TYPE text"):
            self.sql(f"ALTER TABLE workspaces {change}")
            both()

    def test_cgi_without_its_keys_answers_with_a_document(self):
        environment = dict(self.terrace.environment(), GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD="GET",
                           REQUEST_URI="/api/v2/ping", TERRACE_KEY_FILE="/nonexistent")
        done = subprocess.run([self.terrace.program("terrace.fcgi")], env=environment,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        self.assertIn(b"Status: 503", head)
        self.assertEqual(json.loads(body)["errors"][0]["status"], "503")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"/nonexistent", done.stderr)

    def test_a_server_starts_without_its_database(self):
        terrace = harness.start()
        token = harness.add_user(terrace, "bob")
        client = harness.Client(terrace, token)
        terrace.processes.stop("terrace")
        terrace.cluster.stop()
        terrace.start_server()
        reply = client.get("/api/v2/account/details")
        self.assertEqual((reply.status, reply.json["errors"][0]["status"]), (503, "503"))
        terrace.cluster.start()
        deadline = time.monotonic() + 20
        while client.get("/api/v2/account/details").status != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
