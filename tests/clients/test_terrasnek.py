"""terrasnek: a client that builds its own query strings, sends a body with every DELETE and JSON:API as
the type of everything, uploads included."""

import base64
import hashlib
import json
import unittest

import common
from test_pytfe import STATE

ORGANIZATION = "terrasnek"


def document(kind, attributes=None, **related):
    data = {"type": kind, "attributes": attributes or {}}
    if related:
        data["relationships"] = {name.replace("_", "-"): {"data": value} for name, value in related.items()}
    return {"data": data}


def reference(kind, thing):
    return {"type": kind, "id": thing["data"]["id"]}


class Terrasnek(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        common.use_packages()
        from terrasnek import exceptions
        from terrasnek.api import TFC
        terrace = common.start(ORGANIZATION)
        cls.missing = exceptions.TFCHTTPNotFound
        cls.tfc = TFC(terrace.token, url=terrace.base_url, verify=terrace.ca, skip_version_check=True)
        cls.tfc.set_org(ORGANIZATION)

    def workspace(self, name, **attributes):
        return self.tfc.workspaces.create(document("workspaces", {"name": name, **attributes}))

    @staticmethod
    def names(listed, key="name"):
        return [each["attributes"][key] for each in listed["data"]]

    def test_organizations(self):
        orgs = self.tfc.orgs
        orgs.create(document("organizations", {"name": "snake", "email": "snake@example.com"}))
        orgs.update("snake", document("organizations", {"email": "new@example.com"}))
        self.assertEqual(orgs.show("snake")["data"]["attributes"]["email"], "new@example.com")
        self.assertIn("snake", self.names(orgs.list_all()))
        self.assertTrue(orgs.entitlements("snake")["data"]["attributes"]["teams"])
        orgs.destroy("snake")
        with self.assertRaises(self.missing):
            orgs.show("snake")

    def test_account(self):
        account = self.tfc.account.show()["data"]
        self.assertEqual(account["attributes"]["username"], common.USER)
        self.assertEqual(self.tfc.users.show(account["id"])["data"]["attributes"]["username"], common.USER)
        made = self.tfc.user_tokens.create(account["id"], document("authentication-tokens", {"description": "mine"}))
        self.assertIn("mine", self.names(self.tfc.user_tokens.list(account["id"]), "description"))
        self.tfc.user_tokens.destroy(made["data"]["id"])
        self.assertTrue(self.tfc.feature_sets.list())

    def test_workspaces(self):
        workspaces = self.tfc.workspaces
        made = self.workspace("app", **{"auto-apply": True, "terraform_version": "1.9.0"})
        attributes = made["data"]["attributes"]
        self.assertEqual((attributes["auto-apply"], attributes["terraform-version"]), (True, "1.9.0"))
        id = made["data"]["id"]  # pylint: disable=redefined-builtin
        workspaces.update(document("workspaces", {"name": "app2"}), workspace_name="app")
        shown = workspaces.show(workspace_id=id, include=["organization", "current_run"])
        self.assertEqual(shown["data"]["attributes"]["name"], "app2")
        self.assertEqual(self.names(workspaces.list_all(search={"name": "app2"})), ["app2"])
        self.assertTrue(workspaces.lock(id, {"reason": "work"})["data"]["attributes"]["locked"])
        self.assertFalse(workspaces.unlock(id)["data"]["attributes"]["locked"])
        tags = {"data": [{"type": "tags", "attributes": {"name": "red"}}]}
        workspaces.add_tags(id, tags)
        self.assertEqual(self.names(workspaces.list_all_tags(id)), ["red"])
        self.assertEqual(self.names(workspaces.list_all(search={"tags": "red"})), ["app2"])
        tag = self.tfc.org_tags.list_tags()["data"][0]["id"]
        other = self.workspace("other")
        self.tfc.org_tags.add_workspaces_to_tag(tag, {"data": [reference("workspaces", other)]})
        workspaces.remove_tags(id, tags)
        self.tfc.org_tags.delete_tags({"data": [{"type": "tags", "id": tag}]})
        consumers = {"data": [reference("workspaces", other)]}
        workspaces.add_remote_state_consumers(id, consumers)
        self.assertEqual(self.names(workspaces.get_remote_state_consumers(id)), ["other"])
        workspaces.delete_remote_state_consumers(id, consumers)
        key = self.tfc.ssh_keys.create(document("ssh-keys", {"name": "key", "value": "private"}))
        workspaces.assign_ssh_key(id, document("workspaces", {"id": key["data"]["id"]}))
        workspaces.unassign_ssh_key(id, document("workspaces", {"id": None}))
        self.assertEqual(self.names(self.tfc.ssh_keys.list()), ["key"])
        self.tfc.ssh_keys.destroy(key["data"]["id"])
        workspaces.safe_destroy(workspace_id=id)
        workspaces.destroy(workspace_name="other")
        with self.assertRaises(self.missing):
            workspaces.show(workspace_name="app2")

    def test_projects(self):
        projects = self.tfc.projects
        made = projects.create(document("projects", {"name": "platform"}))
        moved = self.workspace("moved")
        projects.move_workspaces_into_project(made["data"]["id"], {"data": [reference("workspaces", moved)]})
        self.assertEqual(self.names(projects.list_all(filters=[{"keys": ["names"], "value": "platform"}])),
                         ["platform"])
        self.tfc.workspaces.destroy(workspace_name="moved")
        projects.destroy(made["data"]["id"])

    def test_variables(self):
        workspace = self.workspace("with-variables")
        id = workspace["data"]["id"]  # pylint: disable=redefined-builtin
        old = document("vars", {"key": "old", "value": "1", "category": "terraform", "hcl": False, "sensitive": False})
        old["filter"] = {"organization": {"name": ORGANIZATION}, "workspace": {"name": "with-variables"}}
        made = self.tfc.vars.create(old)
        self.assertEqual(self.names(self.tfc.vars.list("with-variables"), "key"), ["old"])
        self.tfc.vars.update(made["data"]["id"], document("vars", {"value": "2"}))
        new = self.tfc.workspace_vars.create(id, document("vars", {"key": "new", "value": "1", "category": "env"}))
        self.tfc.workspace_vars.update(id, new["data"]["id"], document("vars", {"value": "3"}))
        self.assertEqual(sorted(self.names(self.tfc.workspace_vars.list(id), "value")), ["2", "3"])
        self.tfc.vars.destroy(made["data"]["id"])
        self.tfc.workspace_vars.destroy(id, new["data"]["id"])
        self.assertEqual(self.tfc.workspace_vars.list(id)["data"], [])

    def test_variable_sets(self):
        sets = self.tfc.var_sets
        workspace = self.workspace("with-set")
        project = self.tfc.projects.create(document("projects", {"name": "with set"}))
        made = sets.create(document("varsets", {"name": "shared", "global": False}))
        id = made["data"]["id"]  # pylint: disable=redefined-builtin
        variable = sets.add_var_to_varset(id, document("vars", {"key": "a", "value": "1", "category": "terraform"}))
        sets.update_var_in_varset(id, variable["data"]["id"], document("vars", {"value": "2"}))
        self.assertEqual(self.names(sets.list_vars_in_varset(id), "value"), ["2"])
        workspaces = {"data": [reference("workspaces", workspace)]}
        projects = {"data": [reference("projects", project)]}
        sets.apply_varset_to_workspace(id, workspaces)
        sets.apply_varset_to_project(id, projects)
        self.assertEqual(self.names(sets.list_all_for_workspace(workspace["data"]["id"])), ["shared"])
        sets.remove_varset_from_workspace(id, workspaces)
        sets.remove_varset_from_project(id, projects)
        sets.delete_var_from_varset(id, variable["data"]["id"])
        sets.destroy(id)
        self.assertEqual(sets.list_all_for_org()["data"], [])

    def test_teams(self):
        teams, memberships = self.tfc.teams, self.tfc.team_memberships
        team = teams.create(document("teams", {"name": "devs"}))
        id = team["data"]["id"]  # pylint: disable=redefined-builtin
        teams.update(id, document("teams", {"name": "engineers"}))
        self.assertIn("engineers", self.names(teams.list_all(include=["users", "organization-memberships"])))
        member = self.tfc.org_memberships.invite(document("organization-memberships", {"email": "bob@example.com"},
                                                          teams=[reference("teams", team)]))
        self.assertEqual(len(self.tfc.org_memberships.list_all_for_org(include=["user", "teams"])["data"]), 2)
        users = {"data": [{"type": "users", "id": common.USER}]}
        memberships.add_user_to_team(id, users)
        memberships.remove_user_from_team(id, users)
        workspace, project = self.workspace("with-team"), self.tfc.projects.create(
            document("projects", {"name": "with team"}))
        access = self.tfc.team_access
        made = access.add_team_access(document("team-workspaces", {"access": "read"}, team=reference("teams", team),
                                               workspace=reference("workspaces", workspace)))
        self.access(access, access.remove_team_access, made, ["workspace", "id"], workspace)
        access = self.tfc.project_team_access
        made = access.add_project_team_access(document("team-projects", {"access": "read"},
                                                       team=reference("teams", team),
                                                       project=reference("projects", project)))
        self.access(access, access.remove_project_team_access, made, ["project", "id"], project)
        self.assertTrue(self.tfc.team_tokens.create(id)["data"]["attributes"]["token"])
        self.tfc.team_tokens.destroy(id)
        self.tfc.org_memberships.remove(member["data"]["id"])
        teams.destroy(id)

    def access(self, endpoint, remove, made, keys, thing):
        listed = endpoint.list(filters=[{"keys": keys, "value": thing["data"]["id"]}])
        self.assertEqual([each["id"] for each in listed["data"]], [made["data"]["id"]])
        changed = endpoint.update(made["data"]["id"], document(made["data"]["type"], {"access": "admin"}))
        self.assertEqual(changed["data"]["attributes"]["access"], "admin")
        remove(made["data"]["id"])
        self.assertEqual(endpoint.list(filters=[{"keys": keys, "value": thing["data"]["id"]}])["data"], [])

    def test_tokens(self):
        self.assertTrue(self.tfc.org_tokens.create()["data"]["attributes"]["token"])
        self.tfc.org_tokens.destroy()

    def test_agent_pools(self):
        agents, tokens = self.tfc.agents, self.tfc.agent_tokens
        pool = agents.create_pool(document("agent-pools", {"name": "pool"}))["data"]["id"]
        agents.update(pool, document("agent-pools", {"name": "lake"}))
        self.assertEqual(self.names(agents.list_pools()), ["lake"])
        self.assertEqual(agents.list(pool)["data"], [])
        token = tokens.create(pool, document("authentication-tokens", {"description": "one"}))["data"]["id"]
        self.assertEqual(self.names(tokens.list(pool), "description"), ["one"])
        tokens.destroy(token)
        agents.destroy_pool(pool)

    def test_notifications(self):
        configurations = self.tfc.notification_configs
        workspace = self.workspace("told")["data"]["id"]
        made = configurations.create(workspace, document("notification-configuration", {
            "destination-type": "generic", "enabled": True, "name": "hook", "token": "secret",
            "url": common.hooks() + "/hook", "triggers": ["run:created"]}))["data"]["id"]
        self.assertEqual(self.names(configurations.list(workspace)), ["hook"])
        configurations.update(made, document("notification-configurations", {"name": "other"}))
        self.assertEqual(configurations.show(made)["data"]["attributes"]["name"], "other")
        self.assertEqual(configurations.verify(made)["data"]["id"], made)
        configurations.destroy(made)
        self.assertEqual(configurations.list(workspace)["data"], [])

    def test_run_tasks(self):
        tasks = self.tfc.run_tasks
        workspace = self.workspace("asked")["data"]["id"]
        made = tasks.create(document("tasks", {"name": "task", "url": common.hooks() + "/task", "category": "task",
                                               "hmac-key": "secret", "enabled": True}))["data"]["id"]
        self.assertEqual(self.names(tasks.list_all()), ["task"])
        tasks.update(made, document("tasks", {"name": "other"}))
        one = tasks.attach_task_to_workspace(workspace, document(
            "workspace-tasks", {"enforcement-level": "advisory"}, task={"type": "tasks", "id": made}))["data"]["id"]
        tasks.update_task_on_workspace(workspace, one, document("workspace-tasks", {"enforcement-level": "mandatory"}))
        shown = tasks.show_task_on_workspace(workspace, one)["data"]["attributes"]
        self.assertEqual((shown["enforcement-level"], shown["stage"]), ("mandatory", "post_plan"))
        self.assertEqual(len(tasks.list_all_tasks_on_workspace(workspace)["data"]), 1)
        included = tasks.show(made, include=["workspace_tasks"])["included"]
        self.assertEqual([each["id"] for each in included], [one])
        tasks.remove_task_from_workspace(workspace, one)
        tasks.destroy(made)
        with self.assertRaises(self.missing):
            tasks.show(made)

    def test_run_triggers(self):
        triggers = self.tfc.run_triggers
        target, source = self.workspace("target"), self.workspace("source")
        made = triggers.create(target["data"]["id"], document(
            "run-triggers", sourceable=reference("workspaces", source)))["data"]["id"]
        inbound = [{"keys": ["run-trigger", "type"], "value": "inbound"}]
        self.assertEqual(self.names(triggers.list(target["data"]["id"], filters=inbound), "sourceable-name"), ["source"])
        self.assertEqual(triggers.show(made)["data"]["id"], made)
        triggers.destroy(made)
        with self.assertRaises(self.missing):
            triggers.show(made)

    def test_states(self):
        id = self.workspace("with-state")["data"]["id"]  # pylint: disable=redefined-builtin
        raw = json.dumps(STATE).encode()
        self.tfc.workspaces.lock(id, {"reason": "state"})
        made = self.tfc.state_versions.create(id, document("state-versions", {
            "serial": 1, "md5": hashlib.md5(raw).hexdigest(), "lineage": STATE["lineage"],
            "state": base64.b64encode(raw).decode()}))["data"]["id"]
        self.assertEqual(self.tfc.state_versions.get_current(id, include=["outputs"])["data"]["id"], made)
        listed = self.tfc.state_versions.list_all([{"keys": ["workspace", "name"], "value": "with-state"},
                                                   {"keys": ["organization", "name"], "value": ORGANIZATION}])
        self.assertEqual([each["id"] for each in listed["data"]], [made])
        self.assertEqual(sorted(self.names(self.tfc.state_versions.list_outputs(made))), ["secret", "text"])
        self.assertEqual(len(self.tfc.state_version_outputs.show_current_for_workspace(id)["data"]), 2)

    def test_configurations(self):
        id = self.workspace("with-configuration")["data"]["id"]  # pylint: disable=redefined-builtin
        versions = self.tfc.config_versions
        made = versions.create(id, document("configuration-versions", {"auto-queue-runs": False}))["data"]
        versions.upload_from_string("# nothing", made["attributes"]["upload-url"])
        shown = versions.show(made["id"], include=["ingress_attributes"])
        self.assertEqual(shown["data"]["attributes"]["status"], "uploaded")
        self.assertEqual(len(versions.list_all(id)["data"]), 1)


if __name__ == "__main__":
    unittest.main()
