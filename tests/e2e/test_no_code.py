"""A no-code module end to end: a workspace is made of it, its run applies itself, and a second version is
an upgrade that waits until it is confirmed. Nobody writes a line of configuration."""

import unittest

import harness
import runners
import test_runner_runs

FIRST = r'''
variable "region" {
  type        = string
  description = "Where: $${x} %%{if} \"quoted\" \\"
}

variable "tags" {
  type = object({ # kept as it stands
    owner = string
    costs = optional(number, 3)
  })
  default = { owner = "nobody" }
}

variable "text" {
  default = "$${region} %%{y} $$${z} \"q\" \\ \t end"
}

variable "password" {
  type      = string
  sensitive = true
}

variable "names" {
  type    = list(string)
  default = []
}

resource "terraform_data" "one" {
  input = "${var.region} ${var.tags.owner} ${var.tags.costs}"
}

output "said" {
  value = terraform_data.one.output
}

output "text" {
  value = var.text
}

output "names" {
  value = var.names
}

output "secret" {
  value     = var.password
  sensitive = true
}
'''

SECOND = FIRST.replace('input = "', 'input = "second ') + '''
variable "size" {
  type = number
}

output "size" {
  value = var.size * 2
}
'''


class NoCode(test_runner_runs.Case):
    def send(self, status, method, path, attributes=None, **relationships):
        document = {"data": {"type": "any", "attributes": attributes or {}, "relationships": relationships}}
        return self.client.expect(status, method, path, document).json["data"]

    def variables(self, **values):
        return {"data": [{"type": "vars", "attributes": {"key": key, "value": value, "category": "terraform"}}
                         for key, value in values.items()]}

    def version(self, number, text):
        made = self.send(201, "POST", f"/api/v2/registry-modules/acme/{self.name}/test/versions", {"version": number})
        harness.Client(self.terrace).expect(200, "PUT", made["links"]["upload"], runners.pack({"main.tf": text}))

    def module(self, **attributes):
        module = self.send(201, "POST", "/api/v2/organizations/acme/registry-modules",
                           {"name": self.name, "provider": "test"})["id"]
        self.version("1.0.0", FIRST)
        return "/api/v2/no-code-modules/" + self.send(
            200, "POST", "/api/v2/organizations/acme/no-code-modules", attributes,
            **{"registry-module": {"data": {"type": "registry-modules", "id": module}}})["id"]

    def deploy(self, module, attributes, **values):
        made = self.send(200, "POST", module + "/workspaces", {"name": self.name, **attributes},
                         vars=self.variables(**values))
        self.workspace = made["id"]
        return made

    def shown(self):
        return self.client.expect(200, "GET", f"/api/v2/workspaces/{self.workspace}").json["data"]["attributes"]

    def outputs(self):
        return {name: output["value"] for name, output in self.state()["outputs"].items()}

    def test_a_workspace_and_its_upgrade(self):
        module = self.module()
        made = self.deploy(module, {"auto-apply": True}, region="west", password="hunter2-hunter2", names='["a", "b"]')
        self.assertEqual(made["attributes"]["source-module-id"], f"private/acme/{self.name}/test/1.0.0")
        (found,) = self.client.expect(200, "GET", "/api/v2/organizations/acme/explorer?type=workspaces&fields=source_module_id"
                                      f"&filter[0][workspace_name][is][0]={self.name}").json["data"]
        self.assertEqual(found["attributes"], {"source-module-id": made["attributes"]["source-module-id"]})
        self.wait_for("applied", "errored")
        self.assertEqual(self.seen, "applied", self.log_of("plan"))
        self.assertEqual(self.outputs(), {
            "said": "west nobody 3", "text": '${region} %{y} $${z} "q" \\ \t end', "names": ["a", "b"],
            "secret": "hunter2-hunter2"})
        self.assertNotIn("hunter2", self.log_of("plan") + self.log_of("apply"))
        self.assertFalse(self.shown()["no-code-upgrade-available"])

        self.version("1.1.0", SECOND)
        self.assertTrue(self.shown()["no-code-upgrade-available"])
        upgrade = self.send(200, "POST", module + f"/workspaces/{self.workspace}/upgrade", vars=self.variables(size="21"))
        path = module + f"/workspaces/{self.workspace}/upgrade/{upgrade['id']}"
        self.wait_for("planned", "errored")
        self.assertEqual(self.seen, "planned", self.log_of("plan"))
        found = self.client.expect(200, "GET", path).json["data"]
        self.assertEqual(found["attributes"]["status"], "planned")
        self.assertIn(f"/runs/{upgrade['id']}", found["attributes"]["plan-url"])
        self.assertTrue(self.shown()["source-module-id"].endswith("/1.0.0"))
        self.assertTrue(self.shown()["no-code-upgrade-available"])
        confirmed = self.client.expect(200, "POST", path).json["data"]
        self.assertEqual(confirmed["attributes"]["message"], "Workspace update completed")
        self.wait_for("applied", "errored")
        self.assertEqual(self.seen, "applied", self.log_of("apply"))
        self.assertEqual(self.outputs()["said"], "second west nobody 3")
        self.assertEqual(self.outputs()["size"], 42)
        self.assertTrue(self.shown()["source-module-id"].endswith("/1.1.0"))
        self.assertFalse(self.shown()["no-code-upgrade-available"])
        none = self.client.expect(200, "POST", module + f"/workspaces/{self.workspace}/upgrade").json["data"]
        self.assertIn("No upgrade", none["attributes"]["message"])

    def test_an_upgrade_that_changes_nothing(self):
        module = self.module(**{"version-pin": "1.0.0"})
        self.deploy(module, {"auto-apply": True}, region="west", password="x")
        self.wait_for("applied", "errored")
        self.assertEqual(self.seen, "applied", self.log_of("plan"))
        self.version("1.0.1", FIRST)
        self.assertFalse(self.shown()["no-code-upgrade-available"])
        self.send(200, "PATCH", module, {"version-pin": "1.0.1"})
        self.send(200, "POST", module + f"/workspaces/{self.workspace}/upgrade")
        self.wait_for("planned_and_finished", "planned", "errored")
        self.assertEqual(self.seen, "planned_and_finished", self.log_of("plan"))
        self.assertTrue(self.shown()["source-module-id"].endswith("/1.0.1"))

    def test_an_upgrade_that_is_discarded_is_offered_again(self):
        module = self.module()
        self.deploy(module, {}, region="west", password="x", tags='{ owner = "carol" }')
        self.wait_for("planned", "errored")
        self.assertEqual(self.seen, "planned", self.log_of("plan"))
        self.client.expect(202, "POST", f"/api/v2/runs/{self.run_of()['id']}/actions/apply")
        self.wait_for("applied", "errored")
        self.assertEqual(self.outputs()["said"], "west carol 3")
        self.version("2.0.0", SECOND)
        upgrade = self.send(200, "POST", module + f"/workspaces/{self.workspace}/upgrade", vars=self.variables(size="1"))
        self.wait_for("planned", "errored")
        self.client.expect(202, "POST", f"/api/v2/runs/{upgrade['id']}/actions/discard")
        self.wait_for("discarded")
        self.assertTrue(self.shown()["source-module-id"].endswith("/1.0.0"))
        self.assertTrue(self.shown()["no-code-upgrade-available"])
        self.client.expect(409, "POST", module + f"/workspaces/{self.workspace}/upgrade/{upgrade['id']}")

if __name__ == "__main__":
    unittest.main()
