"""Workspaces as the CLI handles them: `cloud` by tags, `backend "remote"` by name and by prefix, and a
state that moves in from a local backend."""

import os
import unittest

import cli
import harness


class Workspaces(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.Shared.get()
        self.client = harness.Client(self.terrace, self.terrace.token)
        self.organization = harness.Shared.ORGANIZATION
        self.cli = cli.Cli(self, self.terrace, self.terrace.token)

    def create(self, name, tags=()):
        relations = {"tags": {"data": [{"type": "tags", "attributes": {"name": tag}} for tag in tags]}}
        return self.client.expect(201, "POST", f"/api/v2/organizations/{self.organization}/workspaces", {
            "data": {"type": "workspaces", "attributes": {"name": name}, "relationships": relations}}).json["data"]

    def read(self, name, status=200):
        reply = self.client.expect(status, "GET", f"/api/v2/organizations/{self.organization}/workspaces/{name}")
        return reply.json.get("data")

    def listed(self):
        return sorted(self.cli.run("workspace", "list").replace("*", " ").split())

    def test_cloud_by_tags(self):
        self.create("tags-first", ["tags-app", "tags-e2e"])
        self.create("tags-other", ["tags-app"])
        self.cli.write(cli.cloud(self.terrace, self.organization, 'tags = ["tags-app", "tags-e2e"]') + cli.GREETING)
        self.cli.init()
        self.assertEqual(self.listed(), ["tags-first"])
        self.cli.apply("-var", "text=first")
        self.cli.run("workspace", "new", "tags-second")
        self.assertLessEqual({"tags-app", "tags-e2e"}, set(self.read("tags-second")["attributes"]["tag-names"]))
        self.assertEqual(self.listed(), ["tags-first", "tags-second"])
        self.assertEqual(self.cli.run("workspace", "show").strip(), "tags-second")
        self.cli.apply("-var", "text=second")
        self.cli.run("workspace", "select", "tags-first")
        self.assertEqual(self.cli.output("greeting"), "first")
        # A workspace that still manages something is only deleted by force.
        self.cli.run("workspace", "delete", "tags-second", status=1)
        self.read("tags-second")
        self.cli.run("workspace", "delete", "-force", "tags-second")
        self.read("tags-second", 404)
        self.assertEqual(self.listed(), ["tags-first"])

    def test_deleting_an_empty_workspace_needs_no_force(self):
        self.create("empty-first", ["tags-empty"])
        self.create("empty-second", ["tags-empty"])
        self.cli.write(cli.cloud(self.terrace, self.organization, 'tags = ["tags-empty"]') + cli.GREETING)
        self.cli.init(env={"TF_WORKSPACE": "empty-first"})
        self.cli.run("workspace", "select", "empty-first")
        self.cli.run("workspace", "delete", "empty-second")
        self.read("empty-second", 404)

    def test_remote_backend_by_name(self):
        self.cli.write(cli.remote(self.terrace, self.organization, 'name = "remote-name"') + cli.GREETING)
        self.cli.init()
        self.cli.apply()
        self.assertEqual(self.cli.output("greeting"), "hello")
        self.assertEqual(self.read("remote-name")["attributes"]["resource-count"], 1)

    def test_an_old_serial_is_pushed_by_force_only(self):
        self.cli.write(cli.remote(self.terrace, self.organization, 'name = "forced"') + cli.GREETING)
        self.cli.init()
        self.cli.apply("-var", "text=first")
        old = self.cli.run("state", "pull")
        self.cli.apply("-var", "text=second")
        self.cli.apply("-var", "text=third")
        self.cli.write(old, "old.tfstate")
        self.assertIn("serial", self.cli.run("state", "push", "old.tfstate", status=1))
        self.assertEqual(self.cli.output("greeting"), "third")
        self.cli.run("state", "push", "-force", "old.tfstate")
        self.assertEqual(self.cli.output("greeting"), "first")

    def test_remote_backend_with_prefix(self):
        self.create("prefix-dev")
        self.create("unrelated-dev")
        self.cli.write(cli.remote(self.terrace, self.organization, 'prefix = "prefix-"') + cli.GREETING)
        self.cli.init()
        self.assertEqual(self.listed(), ["dev"])
        self.cli.apply("-var", "text=dev")
        self.cli.run("workspace", "new", "prod")
        self.cli.apply("-var", "text=prod")
        self.assertEqual(self.read("prefix-prod")["attributes"]["resource-count"], 1)
        self.assertEqual(self.listed(), ["dev", "prod"])
        self.cli.run("workspace", "select", "dev")
        self.assertEqual(self.cli.output("greeting"), "dev")
        self.cli.run("workspace", "delete", "-force", "prod")
        self.read("prefix-prod", 404)

    def test_a_local_state_moves_into_a_cloud_block(self):
        self.cli.write(cli.GREETING)
        self.cli.init()
        self.cli.apply("-var", "text=from local")
        before = self.cli.state()
        self.cli.write(cli.cloud(self.terrace, self.organization, 'name = "moved-in"') + cli.GREETING)
        self.cli.run("init", "-no-color", input="yes\nyes\n")
        self.assertEqual(self.cli.output("greeting"), "from local")
        self.assertEqual(self.cli.state()["resources"], before["resources"])
        self.assertEqual(self.read("moved-in")["attributes"]["resource-count"], 1)

    def test_a_local_state_moves_into_a_remote_backend(self):
        self.cli.write(cli.GREETING)
        self.cli.init()
        self.cli.apply("-var", "text=from local")
        self.cli.write(cli.remote(self.terrace, self.organization, 'name = "moved-remote"') + cli.GREETING)
        self.cli.init("-migrate-state", "-force-copy")
        self.assertEqual(self.cli.output("greeting"), "from local")

    def test_a_project_is_found_and_used(self):
        self.client.expect(201, "POST", f"/api/v2/organizations/{self.organization}/projects",
                           {"data": {"type": "projects", "attributes": {"name": "Used by CLI"}}})
        self.cli.write(cli.cloud(self.terrace, self.organization,
                                 'name = "in-project"\n      project = "Used by CLI"') + cli.GREETING)
        self.cli.init()
        project = self.read("in-project")["relationships"]["project"]["data"]["id"]
        name = self.client.expect(200, "GET", f"/api/v2/projects/{project}").json["data"]["attributes"]["name"]
        self.assertEqual(name, "Used by CLI")

    def test_an_organization_that_is_not_there_is_said_so(self):
        self.cli.write(cli.cloud(self.terrace, "never-was", 'name = "x"') + cli.GREETING)
        self.assertIn("never-was", self.cli.init(status=1))
        self.assertFalse(os.path.exists(os.path.join(self.cli.folder, "terraform.tfstate")))


if __name__ == "__main__":
    unittest.main()
