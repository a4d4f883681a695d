"""The lock: two applies that race for it, one that waits, and one that is forced open."""

import unittest

import cli
import harness

SLOW = """
resource "terraform_data" "slow" {
  input = "%s"
  provisioner "local-exec" {
    command = "sleep 4"
  }
}
"""


class Locks(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.Shared.get()
        self.client = harness.Client(self.terrace, self.terrace.token)
        self.organization = harness.Shared.ORGANIZATION
        self.workspace = self.id().rpartition(".")[2].replace("_", "-")
        self.one = self.make("one")
        self.two = self.make("two")

    def make(self, text):
        made = cli.Cli(self, self.terrace, self.terrace.token)
        made.write(cli.cloud(self.terrace, self.organization, f'name = "{self.workspace}"') + SLOW % text)
        return made

    def read(self):
        return self.client.expect(200, "GET", f"/api/v2/organizations/{self.organization}/workspaces/"
                                              f"{self.workspace}").json["data"]

    def test_one_of_two_applies_gets_the_lock(self):
        self.one.init()
        self.two.init()
        running = [made.start("apply", "-input=false", "-auto-approve", "-no-color", "-lock-timeout=0s")
                   for made in (self.one, self.two)]
        outputs = [process.communicate(timeout=120)[0] for process in running]
        statuses = sorted(process.returncode for process in running)
        self.assertEqual(statuses, [0, 1], "\n".join(outputs))
        loser = outputs[0 if running[0].returncode else 1]
        self.assertIn("lock", loser)
        self.assertFalse(self.read()["attributes"]["locked"])
        self.assertEqual(len(self.one.state()["resources"]), 1)

    def test_the_second_apply_waits_when_it_may(self):
        self.one.init()
        self.two.init()
        running = [made.start("apply", "-input=false", "-auto-approve", "-no-color", "-lock-timeout=120s")
                   for made in (self.one, self.two)]
        outputs = [process.communicate(timeout=180)[0] for process in running]
        self.assertEqual([process.returncode for process in running], [0, 0], "\n".join(outputs))

    def test_force_unlock(self):
        self.one.init()
        self.one.apply()
        workspace = self.read()["id"]
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace}/actions/lock", {"reason": "held by a test"})
        self.assertIn("lock", self.two.init() + self.two.apply(status=1))
        self.two.run("force-unlock", "-force", f"{self.organization}/{self.workspace}")
        self.assertFalse(self.read()["attributes"]["locked"])
        self.two.apply()


if __name__ == "__main__":
    unittest.main()
