"""Requests that arrive together are answered by one statement: each client still gets its own answer, with
its own rights, whatever the others ask."""

import http.client
import json
import ssl
import threading
import unittest

import harness

CLIENTS, ROUNDS = 32, 25


class Together(unittest.TestCase):
    def test_each_gets_its_own_answer(self):
        terrace = harness.start(options={"workers": 1})
        admin = harness.Client(terrace, harness.add_user(terrace, "alice"))
        stranger = harness.add_user(terrace, "mallory")
        harness.add_organization(terrace, "together", "alice")
        workspaces = [admin.expect(201, "POST", "/api/v2/organizations/together/workspaces", {
            "data": {"type": "workspaces", "attributes": {"name": f"w-{n}"}}}).json["data"]["id"] for n in range(CLIENTS)]

        def question(n, k):
            """(path, token, status, what the answer says)"""
            here = workspaces[(n * 7 + k) % CLIENTS]
            name = workspaces.index(here)
            return [(f"/api/v2/workspaces/{here}", admin.token, 200, here),
                    (f"/api/v2/organizations/together/workspaces/w-{name}", admin.token, 200, here),
                    (f"/api/v2/workspaces/{here}", stranger, 404, None),
                    (f"/api/v2/workspaces/{here}", "no.atlasv1.such", 401, None),
                    ("/api/v2/workspaces/ws-%7B%22a%2C%5C%22", admin.token, 404, None),
                    ("/api/v2/organizations/together/workspaces/NULL", admin.token, 404, None),
                    (f"/api/v2/workspaces/{here}?include=organization", admin.token, 200, here)][(n + k) % 7]

        wrong = []

        def ask(n):
            connection = http.client.HTTPSConnection("localhost", terrace.port, timeout=60,
                                                     context=ssl.create_default_context(cafile=terrace.ca))
            for k in range(ROUNDS):
                path, token, status, expected = question(n, k)
                connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
                reply = connection.getresponse()
                body = json.loads(reply.read())
                found = body.get("data", {}).get("id")
                if (reply.status, found) != (status, expected):
                    wrong.append((path, token, reply.status, found))
            connection.close()

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
