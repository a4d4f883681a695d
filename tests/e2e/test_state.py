"""A configuration with a `cloud` block by name: every command that reads or writes its state."""

import json
import os
import unittest

import cli
import harness


class CloudByName(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.Shared.get()
        self.client = harness.Client(self.terrace, self.terrace.token)
        self.organization = harness.Shared.ORGANIZATION
        self.workspace = self.id().rpartition(".")[2].replace("_", "-")
        self.cli = cli.Cli(self, self.terrace, self.terrace.token)
        self.cli.write(cli.cloud(self.terrace, self.organization, f'name = "{self.workspace}"') + cli.GREETING)

    def read_workspace(self):
        return self.client.expect(200, "GET", f"/api/v2/organizations/{self.organization}/workspaces/"
                                              f"{self.workspace}").json["data"]

    def current(self):
        workspace = self.read_workspace()["id"]
        return self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace}/current-state-version").json["data"]

    def test_init_plan_apply_output_show(self):
        self.cli.init()
        self.assertFalse(self.read_workspace()["attributes"]["locked"])
        self.assertIn("1 to add", self.cli.run("plan", "-input=false", "-no-color"))
        self.assertIn("1 added", self.cli.apply())
        self.assertEqual(self.cli.output("greeting"), "hello")
        self.assertEqual(self.cli.output("secret"), "s3cr3t")
        self.assertIn("terraform_data.greeting", self.cli.run("show", "-no-color"))
        self.assertIn("No changes", self.cli.run("plan", "-input=false", "-no-color"))
        workspace = self.read_workspace()
        self.assertFalse(workspace["attributes"]["locked"])
        self.assertEqual(workspace["attributes"]["resource-count"], 1)
        self.assertIn("1 changed", self.cli.apply("-var", "text=changed"))
        self.assertEqual(self.cli.output("greeting"), "changed")

    def test_what_is_kept_is_what_the_CLI_has(self):
        self.cli.init()
        self.cli.apply()
        state = self.cli.state()
        version = self.current()
        self.assertEqual(version["attributes"]["serial"], state["serial"])
        self.assertEqual(version["attributes"]["status"], "finalized")
        body = harness.Client(self.terrace).get(version["attributes"]["hosted-state-download-url"]).body
        self.assertEqual(json.loads(body), state)

    def test_state_list_mv_rm(self):
        self.cli.init()
        self.cli.apply()
        self.assertEqual(self.cli.run("state", "list").split(), ["terraform_data.greeting"])
        self.cli.run("state", "mv", "terraform_data.greeting", "terraform_data.moved")
        self.assertEqual(self.cli.run("state", "list").split(), ["terraform_data.moved"])
        self.cli.run("state", "rm", "terraform_data.moved")
        self.assertEqual(self.cli.run("state", "list").split(), [])
        self.assertEqual(self.read_workspace()["attributes"]["resource-count"], 0)

    def test_state_pull_and_push(self):
        self.cli.init()
        self.cli.apply()
        old = self.cli.state()
        self.cli.apply("-var", "text=second")
        new = self.cli.state()
        self.assertGreater(new["serial"], old["serial"])
        with open(os.path.join(self.cli.folder, "old.tfstate"), "w", encoding="utf-8") as file:
            json.dump(old, file)
        output = self.cli.run("state", "push", "old.tfstate", status=1)
        self.assertIn("serial", output)
        self.assertEqual(self.cli.state(), new)
        # With a cloud block the CLI forgets -force before it uploads, and the server has to refuse.
        self.assertIn("conflict", self.cli.run("state", "push", "-force", "old.tfstate", status=1).lower())
        self.assertEqual(self.cli.state(), new)
        # After an upload error the CLI leaves the lock behind.
        self.cli.run("force-unlock", "-force", f"{self.organization}/{self.workspace}")
        newer = dict(new, serial=new["serial"] + 5)
        with open(os.path.join(self.cli.folder, "newer.tfstate"), "w", encoding="utf-8") as file:
            json.dump(newer, file)
        self.cli.run("state", "push", "newer.tfstate")
        self.assertGreaterEqual(self.cli.state()["serial"], newer["serial"])

    def test_a_state_of_another_lineage_is_refused(self):
        self.cli.init()
        self.cli.apply()
        state = self.cli.state()
        with open(os.path.join(self.cli.folder, "other.tfstate"), "w", encoding="utf-8") as file:
            json.dump(dict(state, lineage="00000000-1111-2222-3333-444444444444", serial=99), file)
        self.cli.run("state", "push", "other.tfstate", status=1)
        self.assertEqual(self.cli.state(), state)

    def test_destroy_leaves_an_empty_state(self):
        self.cli.init()
        self.cli.apply()
        self.assertIn("1 destroyed", self.cli.run("destroy", "-auto-approve", "-input=false", "-no-color"))
        self.assertEqual(self.cli.state()["resources"], [])

    def test_a_bad_token_is_told_apart_from_a_missing_workspace(self):
        stranger = cli.Cli(self, self.terrace, "AAAAAAAAAAAAAA.atlasv1." + "A" * 67)
        stranger.write(cli.cloud(self.terrace, self.organization, f'name = "{self.workspace}"') + cli.GREETING)
        self.assertIn("unauthorized", stranger.init(status=1).lower())

    def test_remote_state_of_another_workspace(self):
        self.cli.init()
        self.cli.apply()
        reader = cli.Cli(self, self.terrace, self.terrace.token)
        reader.write(cli.cloud(self.terrace, self.organization, 'name = "remote-state-reader"') + f"""
data "terraform_remote_state" "other" {{
  backend = "remote"
  config = {{
    hostname     = "{self.terrace.host}"
    organization = "{self.organization}"
    workspaces = {{
      name = "{self.workspace}"
    }}
  }}
}}

output "seen" {{
  value = data.terraform_remote_state.other.outputs.greeting
}}
""")
        reader.init()
        reader.apply()
        self.assertEqual(reader.output("seen"), "hello")


if __name__ == "__main__":
    unittest.main()
