"""State is sacred: 1,000 writes while workers, then PostgreSQL, are killed at random. Afterwards every
acknowledged serial is there with the bytes that were sent, and `terracectl verify` is clean."""

import hashlib
import os
import random
import signal
import threading
import time
import unittest

import harness
import states

WRITES = int(os.environ.get("TERRACE_KILL_WRITES", "1000"))
WRITERS = 4


class Writer(threading.Thread):
    """Writes serials 1..n to one workspace, one step and two steps in turn, trying each again until it
    is acknowledged. An answer that is no answer (connection lost, 5xx) acknowledges nothing."""

    def __init__(self, terrace, number, count):
        super().__init__()
        self.client = harness.Client(terrace, terrace.token)
        self.uploads = harness.Client(terrace)
        self.workspace = states.make_workspace(self.client, "kill", f"writer-{number}")
        self.count = count
        self.number = number
        self.acknowledged = {}  # serial -> (id, sha256)
        self.retries = 0
        self.failure = None
        self.odd = []

    def run(self):
        try:
            for serial in range(1, self.count + 1):
                self.write(serial)
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def write(self, serial):
        body = states.document(serial, padding=random.choice((100, 5000, 150000)), seed=str(self.number))
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                identifier = self.attempt(serial, body)
            except OSError:
                identifier = None
            if identifier:
                self.acknowledged[serial] = (identifier, hashlib.sha256(body).hexdigest())
                return
            self.retries += 1
            time.sleep(random.uniform(0.02, 0.2))
        raise AssertionError(f"serial {serial} was not accepted for two minutes; last answers: {self.odd[-3:]}")

    def attempt(self, serial, body):
        inline = serial % 2 == 0
        reply = states.create(self.client, self.workspace, serial, body, inline=inline)
        if reply.status != 201:
            self.note(serial, "POST", reply)
            return None
        data = reply.json["data"]
        if not inline:
            upload = self.uploads.request("PUT", data["attributes"]["hosted-state-upload-url"], body,
                                          headers={"Content-Type": "application/octet-stream"})
            if not 200 <= upload.status < 300:
                self.note(serial, "PUT", upload)
                return None
        return data["id"]

    def note(self, serial, method, reply):
        self.odd.append((serial, method, reply.status, reply.body[:300]))


class Killer(threading.Thread):
    """Kills every so many writes, so that a fast machine has as much to survive as a slow one."""

    def __init__(self, terrace, writers):
        super().__init__(daemon=True)
        self.terrace = terrace
        self.writers = writers
        self.stopping = threading.Event()
        self.kill_database = False
        self.worker_kills = self.database_kills = 0

    def done(self):
        return sum(len(writer.acknowledged) for writer in self.writers)

    def wait(self, least, most):
        """False when it is time to stop. A server that is down for long is not spared either."""
        goal, deadline = self.done() + random.randint(least, most), time.monotonic() + 2
        while self.done() < goal and time.monotonic() < deadline and not self.stopping.wait(0.01):
            pass
        return not self.stopping.is_set()

    def run(self):
        while self.wait(*((60, 140) if self.kill_database else (15, 60))):
            if self.kill_database:
                self.terrace.cluster.kill()
                self.database_kills += 1
                time.sleep(random.uniform(0, 0.3))
                self.terrace.cluster.start()
                continue
            workers = self.terrace.workers()
            if workers:
                try:
                    os.kill(random.choice(workers), signal.SIGKILL)
                    self.worker_kills += 1
                except ProcessLookupError:
                    pass


class Kill(unittest.TestCase):
    def test_acknowledged_states_survive(self):
        terrace = harness.start(durable=True, options={"workers": 3})
        terrace.token = harness.add_user(terrace, "alice")
        harness.add_organization(terrace, "kill", "alice")
        writers = [Writer(terrace, number, WRITES // WRITERS) for number in range(WRITERS)]
        killer = Killer(terrace, writers)
        killer.start()
        for writer in writers:
            writer.start()
        # Workers die during the first half, the database during the second.
        while any(writer.is_alive() for writer in writers):
            killer.kill_database = killer.done() >= WRITES // 2
            time.sleep(0.02)
        killer.stopping.set()
        killer.join()
        terrace.cluster.start()
        for writer in writers:
            self.assertIsNone(writer.failure, writer.failure)
        print(f"# {WRITES} writes, {sum(writer.retries for writer in writers)} tried again, "
              f"{killer.worker_kills} workers and {killer.database_kills} databases killed")
        self.assertGreater(killer.worker_kills, 3)
        self.assertGreater(killer.database_kills, 1)
        self.check_answers(writers)
        self.check_states(terrace, writers)
        print("# " + terrace.ctl("verify").strip().replace("\n", "\n# "))

    def check_answers(self, writers):
        """What a client was told while things died: an error document that shows nothing of the inside."""
        for writer in writers:
            for serial, method, status, body in writer.odd:
                if status in (502, 504):  # the web server's own page: the worker was killed under it
                    continue
                self.assertIn(status, (409, 412, 422, 503), (serial, method, status, body))
                for inside in (b"SELECT", b"INSERT", b"postgres", b"libpq", b".c:", b"FATAL"):
                    self.assertNotIn(inside, body)

    def check_states(self, terrace, writers):
        deadline = time.monotonic() + 20
        client = harness.Client(terrace, terrace.token)
        while client.get("/api/v2/account/details").status != 200:
            self.assertLess(time.monotonic(), deadline, "the server does not recover")
            time.sleep(0.2)
        for writer in writers:
            self.assertEqual(sorted(writer.acknowledged), list(range(1, writer.count + 1)))
            for serial, (identifier, digest) in writer.acknowledged.items():
                version = client.expect(200, "GET", f"/api/v2/state-versions/{identifier}").json["data"]
                self.assertEqual(version["attributes"]["serial"], serial)
                self.assertEqual(version["attributes"]["status"], "finalized")
                body = client.get(version["attributes"]["hosted-state-download-url"]).body
                self.assertEqual(hashlib.sha256(body).hexdigest(), digest, f"serial {serial}")
            current = client.expect(200, "GET", f"/api/v2/workspaces/{writer.workspace}/current-state-version").json
            self.assertEqual(current["data"]["attributes"]["serial"], writer.count)


class DatabaseDown(unittest.TestCase):
    def test_a_database_that_is_down_is_a_503_and_the_worker_recovers(self):
        terrace = harness.start()
        client = harness.Client(terrace, harness.add_user(terrace, "alice"))
        client.expect(200, "GET", "/api/v2/account/details")
        workers = sorted(terrace.workers())
        terrace.cluster.stop()
        for _ in range(20):
            reply = client.get("/api/v2/account/details")
            self.assertEqual(reply.status, 503, reply.body[:300])
            self.assertEqual(reply.json["errors"][0]["status"], "503")
        self.assertEqual(client.get("/api/v2/ping").status, 204)
        terrace.cluster.start()
        deadline = time.monotonic() + 20
        while client.get("/api/v2/account/details").status != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.assertEqual(sorted(terrace.workers()), workers)


if __name__ == "__main__":
    unittest.main()
