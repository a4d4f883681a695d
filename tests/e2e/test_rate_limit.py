#!/usr/bin/env python3
"""A caller who asks too often is told so and when to come again; others are not (today-admin.md 7.1)."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402

LIMIT = 5


class RateLimit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"workers": 3})
        cls.root = harness.Client(cls.terrace, harness.add_user(cls.terrace, "root", admin=True))
        cls.ada = [harness.Client(cls.terrace, token) for token in (
            harness.add_user(cls.terrace, "ada"), harness.add_token(cls.terrace, "ada"))]
        cls.bob = harness.Client(cls.terrace, harness.add_user(cls.terrace, "bob"))

    def set(self, enabled, limit=LIMIT):
        self.root.expect(200, "PATCH", "/api/v2/admin/general-settings", {"data": {
            "type": "general-settings", "attributes": {"api-rate-limiting-enabled": enabled, "api-rate-limit": limit}}})

    def burst(self, clients, count=6 * LIMIT):
        """Requests in turn, within one or two seconds; the replies."""
        return [clients[i % len(clients)].request("GET", "/api/v2/account/details") for i in range(count)]

    def wait_until(self, limited):
        """Each worker looks at the settings every few seconds."""
        deadline, calm = time.monotonic() + 30, 0
        while calm < 6:
            self.assertLess(time.monotonic(), deadline, "the workers don't hear of the setting")
            replies = [self.bob.request("GET", "/api/v2/" + path) for path in ("ping", "account/details")]
            calm = calm + 1 if all(("X-RateLimit-Limit" in reply.headers) == limited for reply in replies) else 0
            time.sleep(0.3)

    def test_too_many_in_a_second(self):
        self.assertEqual({reply.status for reply in self.burst(self.ada)}, {200})
        self.set(True)
        self.addCleanup(self.set, False)
        self.wait_until(True)
        time.sleep(1)
        began = time.monotonic()
        replies = self.burst(self.ada)
        spent = time.monotonic() - began
        refused = [reply for reply in replies if reply.status == 429]
        # Both tokens are one person's: so many in each second that the burst has touched.
        self.assertLessEqual(len(replies) - len(refused), LIMIT * (int(spent) + 2))
        self.assertGreaterEqual(len(replies) - len(refused), LIMIT)
        self.assertTrue(refused)
        self.assertEqual(refused[0].json["errors"][0]["detail"], "You have exceeded the API's rate limit.")
        self.assertEqual(refused[0].headers["X-RateLimit-Limit"], str(LIMIT))
        self.assertEqual(refused[0].headers["X-RateLimit-Remaining"], "0")
        self.assertEqual(self.bob.request("GET", "/api/v2/account/details").status, 200)
        time.sleep(float(refused[-1].headers["X-RateLimit-Reset"]) + 0.01)
        self.assertEqual(self.ada[0].request("GET", "/api/v2/account/details").status, 200)
        self.set(False)
        self.wait_until(False)
        self.assertEqual({reply.status for reply in self.burst(self.ada)}, {200})


if __name__ == "__main__":
    unittest.main()
