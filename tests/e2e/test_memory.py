"""A state of 256 MiB goes in and comes out byte for byte, and no worker grows past 64 MiB."""

import hashlib
import http.client
import os
import random
import re
import ssl
import tempfile
import unittest
import urllib.parse

import harness
import states

SIZE = int(os.environ.get("TERRACE_BIG_STATE", str(256 << 20)))
LIMIT = 64 << 20


def write_big_state(path, size):
    """A valid state of about this size with some thousand resources; returns (length, md5, sha256)."""
    generator = random.Random(1)
    md5, sha256, length = hashlib.md5(), hashlib.sha256(), 0
    with open(path, "wb") as file:
        def put(data):
            nonlocal length
            file.write(data)
            md5.update(data)
            sha256.update(data)
            length += len(data)
        put(b'{"version": 4, "terraform_version": "1.5.7", "serial": 1, "lineage": "big", '
            b'"outputs": {"last": {"value": "here", "type": "string"}}, "resources": [')
        number = 0
        while length < size - (64 << 10):
            put(b"," if number else b"")
            put(b'{"mode": "managed", "type": "terraform_data", "name": "r%d", "provider": '
                b'"provider[\\"terraform.io/builtin/terraform\\"]", "instances": [{"attributes": {"id": "%d", '
                b'"input": "' % (number, number))
            put(generator.randbytes(16 << 10).hex().encode())
            put(b'"}}]}')
            number += 1
        put(b"]}")
    return length, md5.hexdigest(), sha256.hexdigest(), number


class Memory(unittest.TestCase):
    def connection(self, terrace):
        return http.client.HTTPSConnection("localhost", terrace.port, timeout=600,
                                           context=ssl.create_default_context(cafile=terrace.ca))

    def peak(self, terrace):
        highest = 0
        for worker in terrace.workers():
            with open(f"/proc/{worker}/status", encoding="ascii") as status:
                highest = max(highest, int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) << 10)
        self.assertGreater(highest, 0)
        return highest

    def test_a_big_state_in_bounded_memory(self):
        terrace = harness.start(options={"workers": 2})
        client = harness.Client(terrace, harness.add_user(terrace, "alice"))
        harness.add_organization(terrace, "big", "alice")
        workspace = states.make_workspace(client, "big", "big")
        before = self.peak(terrace)
        with tempfile.NamedTemporaryFile() as file:
            length, md5, sha256, resources = write_big_state(file.name, SIZE)
            version = client.expect(201, "POST", f"/api/v2/workspaces/{workspace}/state-versions", {
                "data": {"type": "state-versions", "attributes": {"serial": 1, "md5": md5}}}).json["data"]
            path = urllib.parse.urlsplit(version["attributes"]["hosted-state-upload-url"]).path
            connection = self.connection(terrace)
            with open(file.name, "rb") as body:
                connection.request("PUT", path, body, {"Content-Length": str(length),
                                                       "Content-Type": "application/octet-stream"})
                reply = connection.getresponse()
                self.assertIn(reply.status, (200, 201, 204), reply.read()[:500])
            connection.close()
        uploaded = self.peak(terrace)
        version = client.expect(200, "GET", f"/api/v2/state-versions/{version['id']}").json["data"]
        self.assertEqual(version["attributes"]["status"], "finalized")
        self.assertEqual(version["attributes"]["size"], length)
        path = urllib.parse.urlsplit(version["attributes"]["hosted-state-download-url"]).path
        connection = self.connection(terrace)
        connection.request("GET", path)
        reply = connection.getresponse()
        self.assertEqual(reply.status, 200)
        digest, got = hashlib.sha256(), 0
        while chunk := reply.read(1 << 20):
            digest.update(chunk)
            got += len(chunk)
        connection.close()
        self.assertEqual((got, digest.hexdigest()), (length, sha256))
        after = self.peak(terrace)
        print(f"# {length} bytes, {resources} resources; peak of a worker: {before >> 10} KiB before, "
              f"{uploaded >> 10} KiB after the upload, {after >> 10} KiB after the download")
        self.assertLess(after, LIMIT)
        count = client.expect(200, "GET", f"/api/v2/workspaces/{workspace}").json["data"]["attributes"]["resource-count"]
        self.assertEqual(count, resources)


if __name__ == "__main__":
    unittest.main()
