"""Data retention policies (today-workspaces.md section 8): what a worker removes, what it spares, and what can be
restored. States and configurations are made older than they are by the database."""

import random
import subprocess
import time
import unittest

import harness
import runs
import states


class Retention(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(worker=True)
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        harness.add_organization(cls.terrace, "acme", "alice")

    @classmethod
    def tearDownClass(cls):
        cls.terrace.stop()

    def setUp(self):
        """A workspace with four states and three configurations; the last of each is current."""
        self.workspace = runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}", configured=False)
        self.path = f"/api/v2/workspaces/{self.workspace.id}"
        self.client.expect(200, "POST", self.path + "/actions/lock")
        self.states = []
        for serial in range(1, 5):
            reply = states.create(self.client, self.workspace.id, serial, states.document(serial))
            self.assertEqual(reply.status, 201)
            self.states.append(reply.json["data"]["id"])
        self.client.expect(200, "POST", self.path + "/actions/unlock")
        self.configurations = [self.workspace.configure(**{"auto-queue-runs": False}) for _ in range(3)]

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def age(self, days, states_of=None, configurations=None):
        for table, ids in (("state_versions", self.states if states_of is None else states_of),
                           ("configuration_versions", self.configurations if configurations is None else configurations)):
            for one in ids:
                self.sql(f"UPDATE {table} SET created_at = now() - interval '{days} days' WHERE id = '{one}'")
        for one in self.configurations if configurations is None else configurations:
            self.sql(f"UPDATE configuration_versions SET uploaded_at = created_at WHERE id = '{one}'")

    def keep(self, path=None, days=30):
        kind = "delete-olders" if days else "dont-deletes"
        attributes = {"delete-older-than-n-days": days} if days else {}
        self.client.expect(200, "POST", (path or self.path) + "/relationships/data-retention-policy",
                           runs.document("data-retention-policy-" + kind, attributes))

    def status(self, kind, one):
        return self.client.expect(200, "GET", f"/api/v2/{kind}/{one}").json["data"]["attributes"]["status"]

    def statuses(self):
        return ([self.status("state-versions", one) for one in self.states],
                [self.status("configuration-versions", one) for one in self.configurations])

    def wait_for(self, what, message):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if what():
                return
            time.sleep(0.2)
        self.fail(f"{message}: {self.statuses()}")

    def looked_at(self):
        """Every policy has had its turn since it was set."""
        self.wait_for(lambda: self.sql("SELECT count(*) FROM data_retention_policies WHERE kind = 'delete-olders' "
                                       "AND checked_at = '-infinity'") == "0", "nobody looked")

    SOFT = "backing_data_soft_deleted"
    GONE = "backing_data_permanently_deleted"

    def test_what_is_old_goes_and_what_is_current_stays(self):
        self.age(40, self.states[:2] + self.states[3:], self.configurations[:1] + self.configurations[2:])
        self.keep()
        self.wait_for(lambda: self.status("state-versions", self.states[0]) == self.SOFT, "nothing happened")
        self.assertEqual(self.statuses(), ([self.SOFT, self.SOFT, "finalized", "finalized"],
                                           [self.SOFT, "uploaded", "uploaded"]))
        self.assertIsNone(self.client.expect(200, "GET", f"/api/v2/state-versions/{self.states[0]}").json["data"][
            "attributes"]["hosted-state-download-url"])

    def test_what_was_restored_is_kept_anew(self):
        self.age(40)
        self.keep()
        self.wait_for(lambda: self.status("configuration-versions", self.configurations[1]) == self.SOFT, "nothing")
        self.client.expect(200, "POST", f"/api/v2/state-versions/{self.states[0]}/actions/restore_backing_data")
        self.client.expect(200, "POST", f"/api/v2/configuration-versions/{self.configurations[0]}/actions/restore_backing_data")
        self.keep(days=29)  # it is looked at again
        self.looked_at()
        self.assertEqual(self.statuses(), (["finalized", self.SOFT, self.SOFT, "finalized"],
                                           ["uploaded", self.SOFT, "uploaded"]))

    def test_after_some_days_it_is_gone_for_good(self):
        self.age(40)
        self.keep()
        self.wait_for(lambda: self.status("state-versions", self.states[0]) == self.SOFT, "nothing")
        blobs = self.sql("SELECT string_agg(quote_literal(blob_id), ',') FROM (SELECT blob_id FROM state_versions WHERE id = "
                         f"'{self.states[0]}' UNION ALL SELECT blob_id FROM configuration_versions WHERE id = "
                         f"'{self.configurations[0]}') b")
        for table, one in (("state_versions", self.states[0]), ("configuration_versions", self.configurations[0])):
            self.sql(f"UPDATE {table} SET retention_deleted_at = now() - interval '15 days' WHERE id = '{one}'")
        self.wait_for(lambda: self.status("state-versions", self.states[0]) == self.GONE, "nothing is gone")
        self.assertEqual(self.statuses(), ([self.GONE, self.SOFT, self.SOFT, "finalized"],
                                           [self.GONE, self.SOFT, "uploaded"]))
        subprocess.run([self.terrace.program("terrace-worker"), "--once"], env=self.terrace.environment(), check=True, timeout=60)
        self.assertEqual(self.sql(f"SELECT count(*) FROM blobs WHERE id IN ({blobs})"), "0")
        self.client.expect(400, "POST", f"/api/v2/state-versions/{self.states[0]}/actions/restore_backing_data")

    def test_a_workspace_may_keep_what_its_organization_deletes(self):
        other, kept = self.workspace, self.statuses()
        first = (self.states, self.configurations)
        self.age(40)
        self.setUp()
        self.age(40)
        self.keep(days=0)
        self.keep("/api/v2/organizations/acme")
        self.addCleanup(self.client.delete, "/api/v2/organizations/acme/relationships/data-retention-policy")
        (theirs, of_theirs), mine = first, (self.states, self.configurations)
        self.wait_for(lambda: self.status("state-versions", theirs[0]) == self.SOFT, f"{other.id} keeps all")
        self.assertEqual(self.status("configuration-versions", of_theirs[0]), self.SOFT)
        self.looked_at()
        self.assertEqual(mine, (self.states, self.configurations))
        self.assertEqual(self.statuses(), kept)

    def test_what_a_run_waits_with_stays(self):
        run = self.workspace.run(configuration=self.configurations[0])
        self.age(40)
        self.keep()
        self.wait_for(lambda: self.status("configuration-versions", self.configurations[1]) == self.SOFT, "nothing")
        self.assertEqual(self.status("configuration-versions", self.configurations[0]), "uploaded")
        runs.act(self.client, run, "cancel")


if __name__ == "__main__":
    unittest.main()
