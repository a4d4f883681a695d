"""Uploads of configurations: large ones in bounded memory, several at once, and workers that die under
them. No bytes stay behind that belong to nothing."""

import concurrent.futures
import contextlib
import hashlib
import http.client
import os
import random
import re
import signal
import ssl
import subprocess
import tempfile
import time
import unittest

import harness
import slugs
import states

SIZE = int(os.environ.get("TERRACE_BIG_CONFIGURATION", str(256 << 20)))
LIMIT = 64 << 20


class Configurations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"workers": 3})
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        cls.uploads = harness.Client(cls.terrace)
        harness.add_organization(cls.terrace, "slugs", "alice")

    def workspace(self, name):
        return states.make_workspace(self.client, "slugs", name, lock=False)

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    @contextlib.contextmanager
    def lock(self, table):
        """Nobody writes to the table meanwhile: an upload stops in the middle of its bytes."""
        cluster = self.terrace.cluster
        psql = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", "-d", cluster.conninfo("terrace", "postgres")],
                                env=cluster.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        psql.stdin.write(f"BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE;\n\\echo locked\n")
        psql.stdin.flush()
        self.assertEqual(psql.stdout.readline(), "locked\n")
        try:
            yield
        finally:
            psql.communicate()

    def unreferenced(self):
        return self.sql("SELECT count(*) FROM blobs b WHERE NOT EXISTS "
                        "(SELECT FROM blob_references r WHERE r.blob_id = b.id)")

    def peak(self):
        highest = 0
        for worker in self.terrace.workers():
            with open(f"/proc/{worker}/status", encoding="ascii") as status:
                highest = max(highest, int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) << 10)
        return highest

    def connection(self):
        return http.client.HTTPSConnection("localhost", self.terrace.port, timeout=600,
                                           context=ssl.create_default_context(cafile=self.terrace.ca))

    def test_a_big_configuration_in_bounded_memory(self):
        version, path = slugs.create(self.client, self.workspace("big"))
        digest = hashlib.sha256()
        with tempfile.TemporaryFile() as file:
            slugs.write_slug(file, SIZE, random.Random(1))
            length = file.tell()
            file.seek(0)
            while piece := file.read(1 << 20):
                digest.update(piece)
            file.seek(0)
            connection = self.connection()
            connection.request("PUT", path, file, {"Content-Length": str(length),
                                                   "Content-Type": "application/octet-stream"})
            reply = connection.getresponse()
            self.assertEqual(reply.status, 200, reply.read()[:500])
            connection.close()
        uploaded = self.peak()
        self.assertEqual(slugs.status(self.client, version), "uploaded")
        connection = self.connection()
        connection.request("GET", f"/api/v2/configuration-versions/{version}/download",
                           headers={"Authorization": f"Bearer {self.client.token}"})
        reply = connection.getresponse()
        self.assertEqual((reply.status, reply.getheader("Content-Length")), (200, str(length)))
        got = hashlib.sha256()
        while piece := reply.read(1 << 20):
            got.update(piece)
        connection.close()
        self.assertEqual(got.hexdigest(), digest.hexdigest())
        print(f"# {length} bytes; peak of a worker: {uploaded >> 10} KiB after the upload, "
              f"{self.peak() >> 10} KiB after the download")
        self.assertLess(self.peak(), LIMIT)

    def test_a_bomb_costs_no_memory(self):
        """Two gigabytes and a bit out of two megabytes: refused at the limit, and what came before is gone."""
        version, path = slugs.create(self.client, self.workspace("bomb"))
        began = time.monotonic()
        reply = self.uploads.request("PUT", path, slugs.bomb(2056 << 20), timeout=300)
        self.assertEqual((reply.status, slugs.status(self.client, version)), (422, "errored"))
        print(f"# refused after {time.monotonic() - began:.1f} s, peak of a worker {self.peak() >> 10} KiB")
        self.assertLess(self.peak(), LIMIT)
        self.assertEqual(self.unreferenced(), "0")

    def test_uploads_at_once(self):
        """One of them wins, whole; what the others sent is gone."""
        version, path = slugs.create(self.client, self.workspace("at-once"))
        before = int(self.sql("SELECT count(*) FROM blobs"))
        sent = [slugs.slug({"main.tf": random.Random(number).randbytes(2 << 20)}) for number in range(6)]
        with concurrent.futures.ThreadPoolExecutor(len(sent)) as pool:
            replies = list(pool.map(lambda body: self.uploads.request("PUT", path, body).status, sent))
        self.assertEqual(set(replies), {200})
        self.assertIn(self.client.get(f"/api/v2/configuration-versions/{version}/download").body, sent)
        self.assertEqual(int(self.sql("SELECT count(*) FROM blobs")), before + 1)

    def test_only_one_upload_starts_runs(self):
        """A version that queues a run takes one of several uploads at once."""
        version, path = slugs.create(self.client, self.workspace("one-run"), auto_queue_runs=True)
        sent = [slugs.slug({"main.tf": random.Random(number).randbytes(2 << 20)}) for number in range(6)]
        with concurrent.futures.ThreadPoolExecutor(len(sent)) as pool:
            replies = list(pool.map(lambda body: self.uploads.request("PUT", path, body).status, sent))
        self.assertEqual(sorted(replies), [200, 409, 409, 409, 409, 409])
        self.assertEqual(self.client.get(f"/api/v2/configuration-versions/{version}/download").body,
                         sent[replies.index(200)])
        self.assertEqual(self.unreferenced(), "0")

    def test_a_worker_that_dies_leaves_the_version_pending(self):
        version, path = slugs.create(self.client, self.workspace("killed"))
        before = self.sql("SELECT count(*) FROM blobs")
        body = slugs.slug({"main.tf": random.Random(1).randbytes(4 << 20)})
        with self.lock("blob_chunks"), concurrent.futures.ThreadPoolExecutor() as pool:
            upload = pool.submit(self.uploads.request, "PUT", path, body)
            deadline = time.monotonic() + 60
            while self.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                           "AND query LIKE '%INSERT INTO blob_chunks%'") == "0":
                self.assertLess(time.monotonic(), deadline, "the upload does not get as far as its bytes")
                time.sleep(0.1)
            # The web server may try again on another connection: whatever takes it dies as well.
            while not upload.done():
                for worker in self.terrace.workers():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
                time.sleep(0.1)
            self.assertEqual(upload.result().status, 502)
        deadline = time.monotonic() + 20
        while self.client.get("/api/v2/account/details").status != 200:
            self.assertLess(time.monotonic(), deadline, "the server does not recover")
            time.sleep(0.1)
        self.assertEqual(slugs.status(self.client, version), "pending")
        self.assertEqual(self.sql("SELECT count(*) FROM blobs"), before)
        self.assertEqual(self.uploads.request("PUT", path, body).status, 200)
        self.assertEqual(self.client.get(f"/api/v2/configuration-versions/{version}/download").body, body)

    def test_bytes_that_are_given_up_are_gone(self):
        workspace = self.workspace("gone")
        before = self.sql("SELECT count(*) FROM blobs")
        body = slugs.slug({"main.tf": b"x"})
        for actions in (("archive",), ("soft_delete_backing_data", "permanently_delete_backing_data")):
            version, path = slugs.create(self.client, workspace, provisional=True)
            self.assertEqual(self.uploads.request("PUT", path, body).status, 200)
            for action in actions:
                reply = self.client.post(f"/api/v2/configuration-versions/{version}/actions/{action}")
                self.assertIn(reply.status, (200, 202), reply.body)
        self.assertEqual(self.sql("SELECT count(*) FROM blobs"), before)


if __name__ == "__main__":
    unittest.main()
