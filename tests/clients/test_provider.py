"""What the tfe provider for Terraform does, request by request: apply, plan again (what is read must be
what was written, or every plan shows a change that nobody made), change, plan, destroy.

The provider itself is no package that a test could build here; these are the requests of its source in
2026, defaults of its schema included."""

import unittest

import common

harness = common.harness
ORGANIZATION = "provider"
NO_OVERWRITES = {"execution-mode": False, "agent-pool": False}
OWN = {"execution-mode": True, "agent-pool": True}


def ids(kind, *values):
    return [{"type": kind, "id": value} for value in values]


class Provider(unittest.TestCase):
    def setUp(self):
        terrace = common.start()
        self.client = harness.Client(terrace, terrace.token)
        self.things = {}  # read path: (attributes, relationships) as the plan expects them

    def send(self, method, path, kind=None, attributes=None, status=200, **related):
        body = None
        if kind:
            body = {"data": {"type": kind, "attributes": attributes or {}, "relationships": {
                name.replace("_", "-"): {"data": value} for name, value in related.items()}}}
        reply = self.client.expect(status, method, "/api/v2/" + path, body)
        return reply.json["data"] if reply.body else None

    def make(self, path, read, kind, attributes, status=201, **related):
        """Creates, and remembers what a plan must find."""
        made = self.send("POST", path, kind, attributes, status, **related)
        self.expect(read.format(made["id"]), attributes, **related)
        return made["id"]

    def change(self, path, kind, attributes, method="PATCH", **related):
        self.send(method, path, kind, attributes, **related)
        self.expect(path, attributes, **related)

    def expect(self, path, attributes, **related):
        known = self.things.setdefault(path, ({}, {}))
        known[0].update(attributes)
        known[1].update({name.replace("_", "-"): value for name, value in related.items()})

    def plan(self):
        """Reads everything again; an empty string and null are one and the same to the provider."""
        for path, (attributes, related) in self.things.items():
            found = self.send("GET", path)
            for name, value in attributes.items():
                if name not in ("value", "sensitive-value", "private", "setting-overwrites", "token", "hmac-key"):
                    self.assertEqual(found["attributes"].get(name) or "", value or "", f"{path}: {name}")
            if "setting-overwrites" in attributes:
                self.assertEqual(found["attributes"]["setting-overwrites"], {
                    **found["attributes"]["setting-overwrites"], **attributes["setting-overwrites"]}, path)
            for name, value in related.items():
                if name in ("tag-bindings", "tags"):
                    continue
                data = found["relationships"][name]["data"]
                plain = [(each["type"], each["id"]) for each in (data if isinstance(data, list) else [data])]
                wanted = [(each["type"], each["id"]) for each in (value if isinstance(value, list) else [value])]
                self.assertEqual(sorted(plain), sorted(wanted), f"{path}: {name}")

    def destroy(self, path, status=204, body=None, method="DELETE", gone=None):
        self.client.expect(status, method, "/api/v2/" + path, body)
        for known in [known for known in self.things if known.split("?")[0] == (gone or path)]:
            del self.things[known]
        if method == "DELETE" and body is None:
            # A second destroy finds nothing, which is how the provider knows that it is gone.
            self.client.expect(404, "GET", "/api/v2/" + (gone or path))

    def listed(self, path):
        """All pages, as data sources read them."""
        found, page = [], 1
        while page:
            reply = self.client.expect(200, "GET", f"/api/v2/{path}{'&' if '?' in path else '?'}"
                                       f"page%5Bnumber%5D={page}&page%5Bsize%5D=2").json
            found += reply["data"]
            page = reply["meta"]["pagination"]["next-page"]
        return [each["id"] for each in found]

    def test_everything(self):
        services = self.client.expect(200, "GET", "/.well-known/terraform.json", token=False).json
        self.assertEqual(services["tfe.v2.2"], "/api/v2/")
        self.client.expect(204, "GET", "/api/v2/ping")
        self.organization()
        pool, pool_token = self.agents()
        project = self.project()
        workspace, other = self.workspaces(project)
        self.settings(workspace, other, pool)
        variable, varset, set_variable = self.variables(workspace, project)
        team, access, project_access = self.teams(workspace, project)
        member = self.members(team)
        key = self.ssh_key(workspace)
        self.tokens(team)
        self.default_settings(pool)
        hooks = self.hooks(workspace, other)
        self.plan()
        self.data_sources(workspace, project, team, pool, key, varset)
        self.imports(workspace, variable, access, member)

        self.changes(workspace, other, project, pool, team, access, project_access, varset, variable)
        self.change_hooks(*hooks)
        self.plan()
        for path in hooks[::-1]:
            self.destroy(path)

        self.tear_down(workspace, other, project, pool, pool_token, team, access, project_access, member, key, varset,
                       variable, set_variable)
        self.assertEqual(self.things, {})

    def organization(self):
        self.send("POST", "organizations", "organizations", {"name": ORGANIZATION, "email": "a@example.com"}, 201)
        self.change(f"organizations/{ORGANIZATION}", "organizations", {
            "name": ORGANIZATION, "email": "a@example.com", "collaborator-auth-policy": "password",
            "cost-estimation-enabled": False, "assessments-enforced": False, "allow-force-delete-workspaces": False,
            "session-timeout": 20160, "session-remember": 20160,
            "send-passing-statuses-for-untriggered-speculative-plans": False})

    def project(self):
        project = self.make(f"organizations/{ORGANIZATION}/projects", "projects/{}", "projects", {
            "name": "platform", "description": "ours", "auto-destroy-activity-duration": "14d",
            "setting-overwrites": {"default-execution-mode": False, "default-agent-pool": False}},
            tag_bindings=[{"type": "tag-bindings", "attributes": {"key": "env", "value": "test"}}])
        bindings = self.send("GET", f"projects/{project}/tag-bindings")
        self.assertEqual([each["attributes"]["key"] for each in bindings], ["env"])
        self.assertEqual(len(self.send("GET", f"projects/{project}/effective-tag-bindings")), 1)
        return project

    def workspaces(self, project):
        plain = {"allow-destroy-plan": True, "auto-apply": False, "auto-apply-run-trigger": False, "description": "",
                 "assessments-enabled": False, "file-triggers-enabled": True, "queue-all-runs": True,
                 "speculative-enabled": True, "structured-run-output-enabled": True, "working-directory": "",
                 "source-name": "terraform", "source-url": "https://example.com/x"}
        made = [self.make(f"organizations/{ORGANIZATION}/workspaces", "workspaces/{}", "workspaces",
                          {"name": name, **plain, "setting-overwrites": NO_OVERWRITES},
                          project=ids("projects", project)[0],
                          tags=[{"type": "tags", "attributes": {"name": "managed"}}]) for name in ("app", "other")]
        shown = self.send("GET", f"workspaces/{made[0]}?include=effective_tag_bindings")
        self.assertEqual(shown["attributes"]["tag-names"], ["managed"])
        self.assertTrue(shown["links"]["self-html"].startswith("/app/"))
        self.assertIn(shown["attributes"]["permissions"]["can-force-delete"], (True, False))
        return made

    def settings(self, workspace, other, pool):
        """tfe_workspace_settings: execution by the pool, and one consumer of the state."""
        path = f"workspaces/{workspace}"
        self.change(path, "workspaces", {
            "global-remote-state": False, "project-remote-state": False, "assessments-enabled": False,
            "auto-apply": False, "execution-mode": "agent", "agent-pool-id": pool, "setting-overwrites": OWN},
            tag_bindings=[{"type": "tag-bindings", "attributes": {"key": "own", "value": "1"}}])
        del self.things[path][0]["agent-pool-id"]
        self.expect(path, {}, agent_pool=ids("agent-pools", pool))
        consumers = f"{path}/relationships/remote-state-consumers"
        self.client.expect(204, "POST", "/api/v2/" + consumers, {"data": ids("workspaces", other)})
        self.assertEqual(self.listed(consumers), [other])
        effective = {each["attributes"]["key"]: each for each in self.send("GET", f"{path}/effective-tag-bindings")}
        self.assertLessEqual({"env", "own"}, set(effective))
        self.assertIn("inherited-from", effective["env"].get("relationships", {"inherited-from": 1}))

    def variables(self, workspace, project):
        text = {"key": "region", "value": "north", "category": "terraform", "description": "", "hcl": False,
                "sensitive": False}
        variable = self.make(f"workspaces/{workspace}/vars", f"workspaces/{workspace}/vars/{{}}", "vars", text)
        self.make(f"workspaces/{workspace}/vars", f"workspaces/{workspace}/vars/{{}}", "vars",
                  {**text, "key": "SECRET", "category": "env", "sensitive": True})
        varset = self.make(f"organizations/{ORGANIZATION}/varsets", "varsets/{}", "varsets", {
            "name": "shared", "description": "", "global": False, "priority": False})
        set_variable = self.make(f"varsets/{varset}/relationships/vars", f"varsets/{varset}/relationships/vars/{{}}",
                                 "vars", {**text, "key": "zone"})
        self.client.expect(204, "POST", f"/api/v2/varsets/{varset}/relationships/workspaces",
                           {"data": ids("workspaces", workspace)})
        self.client.expect(204, "POST", f"/api/v2/varsets/{varset}/relationships/projects",
                           {"data": ids("projects", project)})
        self.expect(f"varsets/{varset}?include=workspaces,stacks", {}, workspaces=ids("workspaces", workspace))
        self.expect(f"varsets/{varset}?include=workspaces,projects,vars,stacks", {}, workspaces=ids("workspaces", workspace),
                    projects=ids("projects", project))
        return variable, varset, set_variable

    def teams(self, workspace, project):
        team = self.make(f"organizations/{ORGANIZATION}/teams", "teams/{}", "teams", {
            "name": "devs", "visibility": "secret", "allow-member-token-management": True}, status=200)
        # The provider sends the whole things; what counts is their ids.
        access = self.make("team-workspaces", "team-workspaces/{}", "team-workspaces", {
            "access": "custom", "runs": "apply", "variables": "read", "state-versions": "read-outputs",
            "sentinel-mocks": "none", "workspace-locking": False, "run-tasks": False},
            team=ids("teams", team)[0], workspace=ids("workspaces", workspace)[0])
        project_access = self.make("team-projects", "team-projects/{}", "team-projects", {"access": "maintain"},
                                   team=ids("teams", team)[0], project=ids("projects", project)[0])
        return team, access, project_access

    def members(self, team):
        member = self.send("POST", f"organizations/{ORGANIZATION}/organization-memberships", "organization-memberships",
                           {"email": "bob@example.com"}, 201)["id"]
        self.expect(f"organization-memberships/{member}?include=user,teams", {"email": "bob@example.com"})
        self.client.expect(204, "POST", f"/api/v2/teams/{team}/relationships/organization-memberships",
                           {"data": ids("organization-memberships", member)})
        self.expect(f"teams/{team}?include=users,organization-memberships", {"name": "devs"},
                    organization_memberships=ids("organization-memberships", member))
        users = {"data": ids("users", common.USER)}
        self.client.expect(204, "POST", f"/api/v2/teams/{team}/relationships/users", users)
        shown = self.client.expect(200, "GET", f"/api/v2/teams/{team}?include=users").json
        self.assertIn(common.USER, [each["attributes"]["username"] for each in shown["included"]])
        self.client.expect(204, "DELETE", f"/api/v2/teams/{team}/relationships/users", users)
        return member

    def agents(self):
        pool = self.make(f"organizations/{ORGANIZATION}/agent-pools", "agent-pools/{}", "agent-pools", {
            "name": "pool", "organization-scoped": True})
        token = self.make(f"agent-pools/{pool}/authentication-tokens", "authentication-tokens/{}",
                          "authentication-tokens", {"description": "one"})
        return pool, token

    def ssh_key(self, workspace):
        key = self.send("POST", f"organizations/{ORGANIZATION}/ssh-keys", "ssh-keys",
                        {"name": "deploy", "value": "private"}, 201)["id"]
        self.expect(f"ssh-keys/{key}", {"name": "deploy"})
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace}/relationships/ssh-key", {
            "data": {"type": "workspaces", "attributes": {"id": key}}})
        self.expect(f"workspaces/{workspace}", {}, ssh_key=ids("ssh-keys", key))
        return key

    def hooks(self, workspace, other):
        """tfe_notification_configuration, tfe_organization_run_task and its global settings, tfe_workspace_run_task,
        tfe_run_trigger: the paths of what was made."""
        notification = self.make(
            f"workspaces/{workspace}/notification-configurations", "notification-configurations/{}",
            "notification-configurations", {"destination-type": "generic", "enabled": True, "name": "hook", "token": "secret",
                                            "url": common.hooks() + "/hook", "triggers": ["run:created", "run:errored"]},
            subscribable={"type": "workspaces", "id": workspace})
        task = self.make(f"organizations/{ORGANIZATION}/tasks", "tasks/{}", "tasks", {
            "name": "task", "url": common.hooks() + "/task", "category": "task", "hmac-key": "secret", "enabled": True,
            "description": ""})
        self.change(f"tasks/{task}", "tasks", {"global-configuration": {
            "enabled": True, "stages": ["post_plan", "pre_plan"], "enforcement-level": "mandatory"}})
        attached = self.make(f"workspaces/{workspace}/tasks", f"workspaces/{workspace}/tasks/{{}}", "workspace-tasks", {
            "enforcement-level": "advisory", "stages": ["pre_apply", "post_plan"]}, task={"type": "tasks", "id": task})
        trigger = self.make(f"workspaces/{workspace}/run-triggers", "run-triggers/{}", "run-triggers", {},
                            sourceable={"type": "workspaces", "id": other})
        return (f"notification-configurations/{notification}", f"tasks/{task}", f"workspaces/{workspace}/tasks/{attached}",
                f"run-triggers/{trigger}")

    def change_hooks(self, notification, task, attached, _):
        self.change(notification, "notification-configurations", {"name": "other", "enabled": False, "triggers": []})
        self.change(task, "tasks", {"name": "other", "enabled": False, "global-configuration": {
            "enabled": False, "stages": ["post_plan"], "enforcement-level": "advisory"}})
        self.change(attached, "workspace-tasks", {"enforcement-level": "mandatory", "stages": ["post_plan"]})

    def tokens(self, team):
        for path in (f"organizations/{ORGANIZATION}/authentication-token", f"teams/{team}/authentication-token"):
            self.client.expect(404, "GET", "/api/v2/" + path)  # asked first: an existing one would be replaced
            made = self.send("POST", path, "authentication-tokens", {"description": ""}, 201)
            self.assertTrue(made["attributes"]["token"])
            self.assertEqual(self.send("GET", path)["id"], made["id"])
            self.expect(path, {})

    def default_settings(self, pool):
        self.change(f"organizations/{ORGANIZATION}", "organizations", {"default-execution-mode": "agent"},
                    default_agent_pool=ids("agent-pools", pool)[0])

    def data_sources(self, workspace, project, team, pool, key, varset):
        base = f"organizations/{ORGANIZATION}/"
        self.assertEqual(len(self.listed(base + "workspaces?search%5Btags%5D=managed")), 2)
        self.assertEqual(self.listed(base + "workspaces?search%5Bwildcard-name%5D=ap*"), [workspace])
        self.assertIn(project, self.listed(base + "projects?filter%5Bnames%5D=platform"))
        self.assertEqual(self.listed(base + "teams?filter%5Bnames%5D=devs"), [team])
        self.assertEqual(len(self.listed(base + "teams")), 2)
        self.assertEqual(self.listed(base + "agent-pools?q=pool"), [pool])
        self.assertEqual(self.listed(base + "ssh-keys"), [key])
        self.assertIn(varset, self.listed(base + "varsets?include=vars"))
        self.assertIn(varset, self.listed(f"projects/{project}/varsets"))
        self.assertEqual(len(self.listed(base + "organization-memberships?include=user")), 2)
        self.assertEqual(len(self.listed(base + "organization-memberships?filter%5Bemail%5D=bob@example.com")), 1)
        self.assertEqual(len(self.listed(base + "tags")), 1)
        self.assertEqual(len(self.listed(f"workspaces/{workspace}/vars")), 2)
        self.assertEqual(len(self.listed(f"team-workspaces?filter%5Bworkspace%5D%5Bid%5D={workspace}")), 1)
        self.assertEqual(len(self.listed(f"team-projects?filter%5Bproject%5D%5Bid%5D={project}")), 1)
        self.assertIn(ORGANIZATION, self.listed("organizations"))
        self.send("GET", f"organizations/{ORGANIZATION}/entitlement-set")
        # tfe_outputs of a workspace without a state.
        self.client.expect(404, "GET", f"/api/v2/workspaces/{workspace}/current-state-version-outputs")

    def imports(self, workspace, variable, access, member):
        """By names: the provider looks the workspace up and goes on with ids."""
        shown = self.send("GET", f"organizations/{ORGANIZATION}/workspaces/app")
        self.assertEqual(shown["id"], workspace)
        self.send("GET", f"workspaces/{workspace}/vars/{variable}")
        self.send("GET", f"team-workspaces/{access}")
        found = self.client.expect(200, "GET", f"/api/v2/organizations/{ORGANIZATION}/organization-memberships"
                                   "?include=user&q=bob@example.com").json["data"]
        self.assertEqual([each["id"] for each in found], [member])
        # Of what is found it takes whose user has that address, or that name.
        for query, key, value in (("filter%5Bemail%5D=bob@example.com", "email", "bob@example.com"),
                                  ("q=bob", "username", "bob")):
            reply = self.client.expect(200, "GET", f"/api/v2/organizations/{ORGANIZATION}/organization-memberships"
                                       f"?include=user&{query}").json
            self.assertEqual([each["attributes"].get(key) for each in reply["included"]], [value])

    def changes(self, workspace, other, project, pool, team, access, project_access, varset, variable):
        path = f"workspaces/{workspace}"
        self.change(path, "workspaces", {"name": "app2", "description": "an app", "auto-apply": True,
                                         "working-directory": "infra", "trigger-prefixes": ["modules"]})
        tags = f"{path}/relationships/tags"
        for method, name in (("POST", "second"), ("DELETE", "managed")):
            self.client.expect(204, method, "/api/v2/" + tags,
                               {"data": [{"type": "tags", "attributes": {"name": name}}]})
        self.assertEqual(self.send("GET", path)["attributes"]["tag-names"], ["second"])
        # An argument that is taken out of the configuration: what the project or organization says.
        self.change(path, "workspaces", {"setting-overwrites": NO_OVERWRITES, "global-remote-state": False,
                                         "project-remote-state": True, "assessments-enabled": False})
        shown = self.send("GET", path)
        self.assertEqual(shown["attributes"]["execution-mode"], "agent")  # the organization's
        # A mode without agents comes with an empty pool.
        for mode in ("local", "remote"):
            shown = self.send("PATCH", path, "workspaces", {"execution-mode": mode, "agent-pool-id": "",
                                                            "setting-overwrites": OWN})
            self.assertEqual((shown["attributes"]["execution-mode"], shown["relationships"]["agent-pool"]["data"]),
                             (mode, None))
        self.send("PATCH", path, "workspaces", {"setting-overwrites": NO_OVERWRITES})
        self.things[path][0].pop("execution-mode")
        self.send("PATCH", path, "workspaces", tag_bindings=[])
        self.assertEqual(self.send("GET", f"{path}/tag-bindings"), [])
        self.change(f"projects/{project}", "projects", {"name": "platform2", "description": "",
                                                        "auto-destroy-activity-duration": None})
        self.change(f"teams/{team}", "teams", {"name": "engineers", "visibility": "organization"})
        self.things[f"teams/{team}?include=users,organization-memberships"][0]["name"] = "engineers"
        self.change(f"team-workspaces/{access}", "team-workspaces", {"access": "write"})
        for name in ("runs", "variables", "state-versions", "sentinel-mocks", "workspace-locking", "run-tasks"):
            self.things[f"team-workspaces/{access}"][0].pop(name)  # computed
        self.change(f"team-projects/{project_access}", "team-projects", {"access": "custom", "project-access": {
            "settings": "read", "teams": "none"}, "workspace-access": {"runs": "read", "create": False}})
        for name in ("project-access", "workspace-access"):
            given = self.things[f"team-projects/{project_access}"][0].pop(name)
            found = self.send("GET", f"team-projects/{project_access}")["attributes"][name]
            self.assertLessEqual(given.items(), found.items())
        self.change(f"workspaces/{workspace}/vars/{variable}", "vars", {"value": '["north"]', "hcl": True})
        # workspace_ids, the old way to apply a set: all of them at once.
        for chosen in ((workspace, other), (workspace,)):
            self.send("PATCH", f"varsets/{varset}?include=workspaces", "varsets", workspaces=ids("workspaces", *chosen))
            shown = self.send("GET", f"varsets/{varset}?include=workspaces,stacks")
            self.assertEqual({each["id"] for each in shown["relationships"]["workspaces"]["data"]}, set(chosen))
        self.change(f"varsets/{varset}", "varsets", {"name": "ours", "description": "x", "global": False})
        # tfe_agent_pool_allowed_workspaces and ..._projects.
        self.change(f"agent-pools/{pool}", "agent-pools", {"name": "pool", "organization-scoped": False},
                    allowed_workspaces=ids("workspaces", workspace), allowed_projects=ids("projects", project))

    def tear_down(self, workspace, other, project, pool, pool_token, team, access, project_access, member, key, varset,
                  variable, set_variable):
        organization = f"organizations/{ORGANIZATION}"
        # Reset: the pool goes with the mode, nobody says so.
        shown = self.send("PATCH", organization, "organizations", {"default-execution-mode": "remote"})
        self.assertIsNone(shown["relationships"]["default-agent-pool"]["data"])
        self.send("PATCH", f"agent-pools/{pool}", "agent-pools", allowed_workspaces=[], allowed_projects=[])
        self.send("PATCH", f"workspaces/{workspace}", "workspaces", {
            "global-remote-state": False, "project-remote-state": False, "setting-overwrites": NO_OVERWRITES})
        self.destroy(f"teams/{team}/authentication-token")
        self.destroy(f"{organization}/authentication-token")
        self.destroy(f"team-workspaces/{access}")
        self.destroy(f"team-projects/{project_access}")
        self.client.expect(204, "DELETE", f"/api/v2/teams/{team}/relationships/organization-memberships",
                           {"data": ids("organization-memberships", member)})
        self.destroy(f"organization-memberships/{member}")
        self.destroy(f"teams/{team}")
        self.client.expect(204, "DELETE", f"/api/v2/varsets/{varset}/relationships/workspaces",
                           {"data": ids("workspaces", workspace)})
        self.client.expect(204, "DELETE", f"/api/v2/varsets/{varset}/relationships/projects",
                           {"data": ids("projects", project)})
        self.destroy(f"varsets/{varset}/relationships/vars/{set_variable}")
        self.destroy(f"varsets/{varset}")
        for path in [path for path in self.things if path.startswith(f"workspaces/{workspace}/vars/")]:
            self.destroy(path)
        self.assertIsNotNone(variable)
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace}/relationships/ssh-key", {
            "data": {"type": "workspaces", "attributes": {"id": None}}})
        for id in (workspace, other):  # pylint: disable=redefined-builtin
            self.assertEqual(self.send("GET", f"workspaces/{id}")["attributes"]["resource-count"], 0)
            self.destroy(f"workspaces/{id}/actions/safe-delete", method="POST", gone=f"workspaces/{id}")
            self.client.expect(404, "GET", f"/api/v2/workspaces/{id}")
        self.destroy(f"ssh-keys/{key}")
        self.destroy(f"authentication-tokens/{pool_token}")
        self.destroy(f"agent-pools/{pool}")
        self.destroy(f"projects/{project}")
        self.destroy(organization)


if __name__ == "__main__":
    unittest.main()
