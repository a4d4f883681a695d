"""Exports of plans (today-runs.md 7.9, today-governance.md section 11): who may, when, for how long, and
what is in them."""

import io
import json
import tarfile
import unittest

import harness
import runs

TAINTED = "quote \" backslash \\ newline \n and an é"
PLAN = {"terraform_version": "1.9.0", "variables": {"region": {"value": TAINTED}}, "resource_changes": [
    {"address": "null_resource.a", "mode": "managed", "type": "null_resource", "name": "a",
     "change": {"actions": ["create"], "before": None, "after": {"id": 7}}}]}
MOCKS = {"tfconfig/v2": "mock-tfconfig-v2.sentinel", "tfplan/v2": "mock-tfplan-v2.sentinel",
         "tfstate/v2": "mock-tfstate-v2.sentinel", "tfrun": "mock-tfrun.sentinel"}


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start()
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        cls.stranger = harness.Client(cls.terrace, harness.add_user(cls.terrace, "mallory"))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())
        cls.number = 0

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def planned(self, plan=PLAN):
        """The id of a plan that is over, with this as its JSON."""
        type(self).number += 1
        run = runs.Workspace(self.client, "acme", f"w{self.number}").run()
        job = self.runner.claim()
        self.assertEqual(job["run"]["id"], run)
        if plan is not None:
            self.runner.call(204, "PUT", f"/jobs/{job['id']}/files/plan-json", json.dumps(plan).encode())
        self.runner.finish(job, has_changes=True)
        return runs.show(self.client, run)["relationships"]["plan"]["data"]["id"]

    def export(self, plan, expect=201, client=None, data_type="sentinel-mock-bundle-v0"):
        related = {"plan": {"type": "plans", "id": plan}} if plan else {}
        return (client or self.client).expect(expect, "POST", "/api/v2/plan-exports", runs.document(
            "plan-exports", {"data-type": data_type} if data_type else {}, **related)).json

    def download(self, export):
        moved = self.client.expect(302, "GET", f"/api/v2/plan-exports/{export}/download")
        return harness.Client(self.terrace, None).expect(200, "GET", moved.headers["Location"])

    def test_an_export_is_an_archive_of_mocks(self):
        plan = self.planned()
        self.assertTrue(self.client.expect(200, "GET", f"/api/v2/plans/{plan}").json["data"]["attributes"]["actions"]["is-exportable"])
        made = self.export(plan)["data"]
        self.assertEqual((made["type"], made["attributes"]["data-type"], made["attributes"]["status"]),
                         ("plan-exports", "sentinel-mock-bundle-v0", "finished"))
        self.assertRegex(made["id"], "^pe-[A-Za-z0-9]{16}$")
        self.assertEqual(set(made["attributes"]["status-timestamps"]), {"queued-at", "finished-at", "expired-at"})
        self.assertEqual(made["relationships"]["plan"]["data"], {"type": "plans", "id": plan})
        self.assertEqual(self.client.expect(200, "GET", f"/api/v2/plan-exports/{made['id']}").json["data"], made)
        self.assertEqual(self.client.expect(200, "GET", f"/api/v2/plans/{plan}").json["data"]["relationships"]["exports"]["data"],
                         [{"type": "plan-exports", "id": made["id"]}])
        reply = self.download(made["id"])
        self.assertEqual(reply.headers["Content-Type"], "application/gzip")
        with tarfile.open(fileobj=io.BytesIO(reply.body), mode="r:gz") as archive:
            files = {member.name: archive.extractfile(member).read().decode() for member in archive}
        self.assertEqual(set(files), set(MOCKS.values()) | {"sentinel.hcl"})
        for name, file in MOCKS.items():
            self.assertIn(f'mock "{name}" {{\n  module {{\n    source = "{file}"\n  }}\n}}\n', files["sentinel.hcl"])
        self.assertIn('"value": "quote \\" backslash \\\\ newline \\n and an é"', files[MOCKS["tfplan/v2"]])
        self.assertIn('"after": {"id": 7}', files[MOCKS["tfplan/v2"]])
        self.assertIn("strip_index = func(address)", files[MOCKS["tfconfig/v2"]])
        self.assertIn('organization = {"name": "acme"}', files[MOCKS["tfrun"]])

    def test_one_at_a_time_for_an_hour(self):
        plan = self.planned()
        made = self.export(plan)["data"]["id"]
        self.assertIn(made, self.export(plan, expect=422)["errors"][0]["detail"])
        moved = self.client.expect(302, "GET", f"/api/v2/plan-exports/{made}/download")
        self.sql(f"UPDATE plan_exports SET expires_at = now() WHERE id = '{made}'")
        self.assertEqual(self.client.expect(200, "GET", f"/api/v2/plan-exports/{made}").json["data"]["attributes"]["status"], "expired")
        self.client.expect(404, "GET", f"/api/v2/plan-exports/{made}/download")
        harness.Client(self.terrace, None).expect(404, "GET", moved.headers["Location"])
        again = self.export(plan)["data"]["id"]
        self.client.expect(204, "DELETE", f"/api/v2/plan-exports/{again}")
        self.client.expect(404, "GET", f"/api/v2/plan-exports/{again}")
        self.client.expect(404, "DELETE", f"/api/v2/plan-exports/{again}")
        self.export(plan)

    def test_what_cannot_be_exported(self):
        plan = self.planned()
        self.export(None, expect=422)
        self.export(plan, expect=422, data_type="something-else")
        self.export(plan, expect=422, data_type=None)
        self.export("plan-doesnotexist1234", expect=404)
        self.export(plan.replace("plan-", "apply-"), expect=404)
        self.assertIn("no JSON form", self.export(self.planned(plan=None), expect=422)["errors"][0]["detail"])
        self.assertEqual(self.sql(f"SELECT count(*) FROM plan_exports WHERE phase_id = '{plan}'"), "0")

    def test_nobody_else(self):
        plan = self.planned()
        self.export(plan, expect=404, client=self.stranger)
        made = self.export(plan)["data"]["id"]
        for method, path in (("GET", ""), ("GET", "/download"), ("DELETE", "")):
            self.stranger.expect(404, method, f"/api/v2/plan-exports/{made}{path}")
        self.download(made)


if __name__ == "__main__":
    unittest.main()
