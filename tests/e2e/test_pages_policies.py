"""Policies on the page of a run: what they said, and the button that overrides them."""

import re
import unittest

import harness
import runs
import test_policies
from browser import Browser

PASSWORD = "correct horse battery"
FAILS = test_policies.FAILS


class WithABrowser(test_policies.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        harness.add_user(cls.terrace, "planner")
        team = cls.client.expect(200, "POST", "/api/v2/organizations/acme/teams", runs.document(
            "teams", {"name": "planners"})).json["data"]["id"]
        cls.client.expect(201, "POST", "/api/v2/organizations/acme/organization-memberships", runs.document(
            "organization-memberships", {"email": "planner@example.com"}, teams=[{"type": "teams", "id": team}]))
        cls.people = {}
        for name in ("alice", "planner"):
            cls.people[name] = Browser(cls.terrace)
            cls.people[name].sign_in(cls.people[name].open("/session"), name, PASSWORD)
        cls.team = team

    def look(self, run, person="alice"):
        workspace = runs.show(self.client, run)["relationships"]["workspace"]["data"]["id"]
        page = self.people[person].open(f"/app/acme/{workspace}/runs/{run}")
        self.assertEqual(page.status, 200)
        return page

    def buttons(self, page):
        return set(re.findall(r'name="act" value="([a-z-]+)"', page.body))

    def press(self, page, act, comment=""):
        form = page.form("comment")
        return self.people["alice"].request(form["action"], dict(form["fields"], act=act, comment=comment))

    def for_planners(self, workspace, access="write"):
        self.call(201, "POST", "/team-workspaces", runs.document(
            "team-workspaces", {"access": access}, team={"type": "teams", "id": self.team},
            workspace={"type": "workspaces", "id": workspace.id}))

    def test_a_check(self):
        workspace = self.workspace()
        self.for_planners(workspace)
        printing = 'print("<b>looked</b> \\x1b[31m")\nmain = rule { false }'
        run, _ = self.checked(self.policy(printing, "soft-mandatory"), wanted="policy_override", workspace=workspace)
        page = self.look(run)
        self.assertIn("Policy Override", page.text)
        self.assertIn("Policy check: soft failed", page.text)
        self.assertIn("Sentinel Result: false", page.text)
        self.assertNotIn("<b>", page.body)
        self.assertIsNone(page.headers["Refresh"])
        self.assertEqual(self.buttons(page), {"override-check", "discard", "comment"})
        theirs = self.look(run, "planner")
        self.assertEqual(self.buttons(theirs), {"discard", "comment"})
        form = theirs.form("comment")
        refused = self.people["planner"].request(form["action"], dict(form["fields"], act="override-check"))
        self.assertIn(refused.status, (403, 404))
        self.assertEqual(runs.status(self.client, run), "policy_override")
        self.assertEqual(self.press(page, "override-check", "it is fine").status, 303)
        page = self.look(run)
        self.assertIn("Needs Confirmation", page.text)
        self.assertIn("Policy check: overridden", page.text)
        self.assertIn("commented by alice it is fine", page.text)
        again = self.press(page, "override-check", "once more")
        self.assertEqual(again.status, 409)
        self.assertIn("only one that has failed softly can be overridden", again.text)
        self.assertNotIn("commented by alice once more", self.look(run).text)
        self.assertEqual(self.press(page, "override").status, 404)
        runs.act(self.client, run, "discard")

    def test_a_stage(self):
        workspace = self.workspace()
        self.policy_set(self.policy(FAILS), self.policy(test_policies.PASSES), workspace=workspace, agent_enabled=True,
                        overridable=True)
        run = workspace.run()
        self.plan()
        self.wait(run, "post_plan_awaiting_decision")
        page = self.look(run)
        self.assertIn("Post-plan Awaiting Decision", page.text)
        self.assertRegex(page.text, r"Policies Policy Set Status Says p\w+ mandatory s\w+ failed p\w+ mandatory s\w+ passed")
        self.assertEqual(self.buttons(page), {"override", "discard", "comment"})
        self.assertEqual(self.press(page, "override", "it is fine").status, 303)
        page = self.look(run)
        self.assertIn("Needs Confirmation", page.text)
        self.assertIn("it is fine", page.text)
        self.assertEqual(self.press(page, "override").status, 409)
        self.assertEqual(self.press(page, "override-check").status, 404)
        runs.act(self.client, run, "discard")


if __name__ == "__main__":
    unittest.main()
