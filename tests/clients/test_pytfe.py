"""The official Python SDK over every resource that it and Terrace have in common."""

import hashlib
import io
import json
import os
import tarfile
import unittest

import common

ORGANIZATION = "pytfe"
STATE = {"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "pytfe",
         "outputs": {"text": {"value": "hello", "type": "string"},
                     "secret": {"value": "s3cr3t", "type": "string", "sensitive": True}},
         "resources": []}


class Pytfe(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        common.use_packages()
        import pytfe
        import pytfe.models
        cls.models = pytfe.models
        cls.errors = pytfe.errors
        cls.terrace = terrace = common.start(ORGANIZATION)
        cls.client = pytfe.TFEClient(pytfe.TFEConfig(address=terrace.base_url, token=terrace.token,
                                                     ca_bundle=terrace.ca, max_retries=0))

    def workspace(self, name, **options):
        return self.client.workspaces.create(ORGANIZATION, self.models.WorkspaceCreateOptions(name=name, **options))

    def gone(self, call, *arguments):
        with self.assertRaises(self.errors.NotFound):
            call(*arguments)

    def test_organizations(self):
        organizations = self.client.organizations
        made = organizations.create(self.models.OrganizationCreateOptions(name="made", email="made@example.com"))
        self.assertEqual((made.name, made.email), ("made", "made@example.com"))
        changed = organizations.update("made", self.models.OrganizationUpdateOptions(
            email="new@example.com", session_timeout=60, assessments_enforced=True))
        self.assertEqual(changed.email, "new@example.com")
        # It sends underscores, and reads only some hyphens back.
        sent = common.harness.Client(self.terrace, self.terrace.token).get("/api/v2/organizations/made").json
        self.assertEqual(sent["data"]["attributes"]["session-timeout"], 60)
        self.assertTrue(sent["data"]["attributes"]["assessments-enforced"])
        self.assertLessEqual({"made", ORGANIZATION}, {each.name for each in organizations.list()})
        self.assertEqual(organizations.read("made").email, "new@example.com")
        self.assertTrue(organizations.read_entitlements("made").teams)
        self.assertEqual(organizations.read_capacity("made").running, 0)
        settings = organizations.update_default_settings("made", self.models.OrganizationDefaultSettingsUpdateOptions(
            default_execution_mode="local"))
        self.assertEqual(settings.default_execution_mode, "local")
        self.assertEqual(organizations.read_default_settings("made").default_execution_mode, "local")
        self.assertEqual(organizations.reset_default_settings("made").default_execution_mode, "remote")
        policies = self.client.organization_token_ttl_policies
        policies.update("made", self.models.OrgTokenTTLPolicyUpdateOptions(team=86400000))
        self.assertIn(86400000, [each.max_ttl_ms for each in policies.list("made")])
        organizations.delete("made")
        self.gone(organizations.read, "made")

    def test_projects(self):
        projects = self.client.projects
        tags = [self.models.TagBinding(key="env", value="test")]
        made = projects.create(ORGANIZATION, self.models.ProjectCreateOptions(
            name="platform", description="ours", tag_bindings=tags))
        self.assertEqual((made.name, made.description), ("platform", "ours"))
        self.assertEqual([(tag.key, tag.value) for tag in projects.list_tag_bindings(made.id)], [("env", "test")])
        self.assertEqual([tag.key for tag in projects.list_effective_tag_bindings(made.id)], ["env"])
        changed = projects.update(made.id, self.models.ProjectUpdateOptions(name="renamed", description="theirs"))
        self.assertEqual((changed.name, changed.description), ("renamed", "theirs"))
        self.assertIn("renamed", [each.name for each in projects.list(ORGANIZATION)])
        workspace = self.workspace("moved")
        projects.move_workspaces(made.id, [workspace.id])
        self.assertEqual(self.client.workspaces.read_by_id(workspace.id).project.id, made.id)
        self.client.workspaces.delete_by_id(workspace.id)
        projects.delete(made.id)
        self.gone(projects.read, made.id)

    def test_workspaces(self):
        workspaces = self.client.workspaces
        made = self.workspace("app", description="an app", auto_apply=True, execution_mode="local",
                              terraform_version="1.9.0", working_directory="infra",
                              tag_bindings=[self.models.TagBinding(key="env", value="test")])
        self.assertEqual((made.name, made.description, made.working_directory), ("app", "an app", "infra"))
        self.assertTrue(made.auto_apply)
        self.assertEqual(made.execution_mode.value, "local")
        changed = workspaces.update_by_id(made.id, self.models.WorkspaceUpdateOptions(
            name="app2", auto_apply=False, trigger_prefixes=["modules"], global_remote_state=False))
        self.assertEqual((changed.name, changed.auto_apply), ("app2", False))
        read = workspaces.read("app2", organization=ORGANIZATION)
        self.assertEqual(read.id, made.id)
        every = list(self.models.WorkspaceIncludeOpt)
        self.assertEqual(workspaces.read_by_id_with_options(
            made.id, self.models.WorkspaceReadOptions(include=every)).id, made.id)
        self.assertIn("app2", [each.name for each in workspaces.list(ORGANIZATION)])
        found = workspaces.list(ORGANIZATION, self.models.WorkspaceListOptions(search="app2"))
        self.assertEqual([each.name for each in found], ["app2"])
        self.assertTrue(workspaces.lock(made.id, self.models.WorkspaceLockOptions(reason="work")).locked)
        self.assertFalse(workspaces.unlock(made.id).locked)
        workspaces.lock(made.id, self.models.WorkspaceLockOptions(reason="work"))
        self.assertFalse(workspaces.force_unlock(made.id).locked)
        workspaces.add_tags(made.id, self.models.WorkspaceAddTagsOptions(tags=[self.models.Tag(name="red")]))
        self.assertEqual([tag.name for tag in workspaces.list_tags(made.id)], ["red"])
        self.assertEqual([tag.name for tag in self.client.organization_tags.list(ORGANIZATION)], ["red"])
        self.assertEqual([tag.key for tag in workspaces.list_tag_bindings(made.id)], ["env"])
        workspaces.remove_tags(made.id, self.models.WorkspaceRemoveTagsOptions(tags=[self.models.Tag(name="red")]))
        self.assertEqual(list(workspaces.list_tags(made.id)), [])
        workspaces.delete_all_tag_bindings(made.id)
        self.assertEqual(list(workspaces.list_tag_bindings(made.id)), [])
        self.consumers(made)
        self.assertIsNone(workspaces.readme(made.id))
        self.assertIsNone(workspaces.current_assessment_result(made.id))
        self.assertIsNone(workspaces.read_data_retention_policy_choice(made.id))
        self.assertEqual(list(self.client.workspace_resources.list(made.id)), [])
        workspaces.safe_delete_by_id(made.id)
        self.gone(workspaces.read_by_id, made.id)

    def consumers(self, workspace):
        workspaces = self.client.workspaces
        consumer = self.workspace("consumer")
        workspaces.add_remote_state_consumers(workspace.id, self.models.WorkspaceAddRemoteStateConsumersOptions(
            workspaces=[consumer]))
        self.assertEqual([each.id for each in workspaces.list_remote_state_consumers(workspace.id)], [consumer.id])
        workspaces.remove_remote_state_consumers(
            workspace.id, self.models.WorkspaceRemoveRemoteStateConsumersOptions(workspaces=[consumer]))
        self.assertEqual(list(workspaces.list_remote_state_consumers(workspace.id)), [])
        workspaces.delete("consumer", organization=ORGANIZATION)

    def test_ssh_keys(self):
        keys = self.client.ssh_keys
        made = keys.create(ORGANIZATION, self.models.SSHKeyCreateOptions(name="deploy", value="private"))
        workspace = self.workspace("with-key")
        self.client.workspaces.assign_ssh_key(workspace.id, self.models.WorkspaceAssignSSHKeyOptions(
            ssh_key_id=made.id))
        self.assertEqual(self.client.workspaces.read_by_id(workspace.id).ssh_key.id, made.id)
        self.client.workspaces.unassign_ssh_key(workspace.id)
        self.assertIsNone(self.client.workspaces.read_by_id(workspace.id).ssh_key)
        self.assertEqual(keys.update(made.id, self.models.SSHKeyUpdateOptions(name="other")).name, "other")
        self.assertEqual([each.name for each in keys.list(ORGANIZATION)], ["other"])
        keys.delete(made.id)
        self.gone(keys.read, made.id)

    def test_variables(self):
        workspace = self.workspace("with-variables")
        variables = self.client.variables
        made = variables.create(workspace.id, self.models.VariableCreateOptions(
            key="region", value="north", category="terraform", description="where"))
        self.assertEqual((made.key, made.value, made.description), ("region", "north", "where"))
        secret = variables.create(workspace.id, self.models.VariableCreateOptions(
            key="SECRET", value="s3cr3t", category="env", sensitive=True))
        self.assertIn(secret.value, (None, ""))
        changed = variables.update(workspace.id, made.id, self.models.VariableUpdateOptions(
            key="region", value='["north"]', hcl=True))
        self.assertTrue(changed.hcl)
        self.assertEqual({each.key for each in variables.list(workspace.id)}, {"region", "SECRET"})
        self.assertEqual(variables.read(workspace.id, made.id).value, '["north"]')
        variables.delete(workspace.id, made.id)
        self.gone(variables.read, workspace.id, made.id)

    def test_variable_sets(self):
        sets, variables = self.client.variable_sets, self.client.variable_set_variables
        workspace = self.workspace("with-set")
        project = self.client.projects.create(ORGANIZATION, self.models.ProjectCreateOptions(name="with set"))
        made = sets.create(ORGANIZATION, self.models.VariableSetCreateOptions(name="shared", description="all",
                                                                              **{"global": False}))
        self.assertEqual((made.name, made.description, made.global_), ("shared", "all", False))
        variable = variables.create(made.id, self.models.VariableSetVariableCreateOptions(
            key="region", value="north", category="terraform"))
        self.assertEqual([each.key for each in variables.list(made.id)], ["region"])
        self.assertEqual(variables.update(made.id, variable.id, self.models.VariableSetVariableUpdateOptions(
            value="south")).value, "south")
        sets.apply_to_workspaces(made.id, self.models.VariableSetApplyToWorkspacesOptions(workspaces=[workspace]))
        sets.apply_to_projects(made.id, self.models.VariableSetApplyToProjectsOptions(projects=[project]))
        self.assertEqual([each.id for each in sets.list_for_workspace(workspace.id)], [made.id])
        self.assertEqual([each.id for each in sets.list_for_project(project.id)], [made.id])
        self.assertIn("region", [each.key for each in self.client.variables.list_all(workspace.id)])
        self.assertEqual(list(self.client.workspaces.list_applicable_varsets(workspace.id)), [])
        read = sets.read(made.id, self.models.VariableSetReadOptions(include=["vars", "workspaces", "projects"]))
        self.assertEqual([each.id for each in read.workspaces], [workspace.id])
        sets.remove_from_workspaces(made.id, self.models.VariableSetRemoveFromWorkspacesOptions(
            workspaces=[workspace]))
        sets.remove_from_projects(made.id, self.models.VariableSetRemoveFromProjectsOptions(projects=[project]))
        self.assertEqual(list(sets.list_for_workspace(workspace.id)), [])
        self.assertEqual([each["name"] for each in self.client.workspaces.list_applicable_varsets(workspace.id)],
                         ["shared"])
        self.assertEqual(sets.update(made.id, self.models.VariableSetUpdateOptions(name="ours")).name, "ours")
        variables.delete(made.id, variable.id)
        sets.delete(made.id)
        self.assertEqual(list(sets.list(ORGANIZATION)), [])

    def test_teams(self):
        from pytfe.models.team import OrganizationAccessOptions
        teams, models = self.client.teams, self.models
        made = teams.create(ORGANIZATION, models.TeamCreateOptions(
            name="devs", visibility="organization",
            organization_access=OrganizationAccessOptions(manage_workspaces=True)))
        self.assertTrue(made.organization_access.manage_workspaces)
        self.assertEqual(teams.update(made.id, models.TeamUpdateOptions(name="engineers")).name, "engineers")
        self.assertIn("engineers", [each.name for each in teams.list(ORGANIZATION)])
        memberships = self.client.organization_memberships
        member = memberships.create(ORGANIZATION, models.OrganizationMembershipCreateOptions(
            email="bob@example.com", teams=[made]))
        self.assertEqual(memberships.read(member.id).email, "bob@example.com")
        self.assertIn(member.id, [each.id for each in memberships.list(ORGANIZATION)])
        self.assertIn(member.id, [each.id for each in teams.list_organization_memberships(made.id)])
        teams.remove_organization_memberships(made.id, [member.id])
        teams.add_organization_memberships(made.id, [member.id])
        teams.add_users(made.id, [common.USER])
        self.assertEqual([each.username for each in teams.list_users(made.id)], [common.USER])
        teams.remove_users(made.id, [common.USER])
        self.team_access(made)
        token = self.client.team_tokens.create(made.id)
        self.assertTrue(token.token)
        self.assertEqual(self.client.team_tokens.read(made.id).id, token.id)
        self.assertIn(token.id, [each.id for each in self.client.team_tokens.list(ORGANIZATION)])
        self.client.team_tokens.delete(made.id)
        memberships.delete(member.id)
        self.gone(memberships.read, member.id)
        teams.delete(made.id)
        self.gone(teams.read, made.id)

    def team_access(self, team):
        models = self.models
        workspace = self.workspace("with-team")
        project = self.client.projects.create(ORGANIZATION, models.ProjectCreateOptions(name="with team"))
        access = self.client.team_workspace_accesses
        made = access.add(models.TeamWorkspaceAccessAddOptions(team_id=team.id, workspace_id=workspace.id,
                                                               access="write"))
        self.assertEqual(made.access, "write")
        self.assertEqual([each.id for each in access.list(workspace.id)], [made.id])
        changed = access.update(made.id, models.TeamWorkspaceAccessUpdateOptions(access="custom", runs="apply",
                                                                                 workspace_locking=True))
        self.assertEqual((changed.access, changed.runs, changed.workspace_locking), ("custom", "apply", True))
        access.remove(made.id)
        self.gone(access.read, made.id)
        access = self.client.team_project_accesses
        made = access.add(models.TeamProjectAccessAddOptions(access="maintain", team=team, project=project))
        self.assertEqual(made.access, "maintain")
        self.assertEqual([each.id for each in access.list(models.TeamProjectAccessListOptions(
            project_id=project.id))], [made.id])
        self.assertEqual(access.update(made.id, models.TeamProjectAccessUpdateOptions(access="read")).access, "read")
        access.remove(made.id)
        self.gone(access.read, made.id)

    def test_tokens(self):
        tokens = self.client.organization_tokens
        made = tokens.create(ORGANIZATION)
        self.assertTrue(made.token)
        self.assertEqual(tokens.read(ORGANIZATION).id, made.id)
        tokens.delete(ORGANIZATION)
        self.gone(tokens.read, ORGANIZATION)

    def test_agent_pools(self):
        pools, tokens, models = self.client.agent_pools, self.client.agent_tokens, self.models
        workspace = self.workspace("with-agents")
        made = pools.create(ORGANIZATION, models.AgentPoolCreateOptions(name="pool", organization_scoped=False))
        self.assertFalse(made.organization_scoped)
        pools.assign_to_workspaces(made.id, models.AgentPoolAssignToWorkspacesOptions(workspace_ids=[workspace.id]))
        self.assertEqual(pools.update(made.id, models.AgentPoolUpdateOptions(name="lake")).name, "lake")
        self.assertEqual([each.name for each in pools.list(ORGANIZATION)], ["lake"])
        token = tokens.create(made.id, models.AgentTokenCreateOptions(description="one"))
        self.assertTrue(token.token)
        self.assertEqual([each.id for each in tokens.list(made.id)], [token.id])
        self.assertEqual(tokens.read(token.id).description, "one")
        tokens.delete(token.id)
        self.assertEqual(list(self.client.agents.list(made.id)), [])
        pools.delete(made.id)
        self.gone(pools.read, made.id)

    def test_reserved_tag_keys(self):
        keys = self.client.reserved_tag_key
        made = keys.create(ORGANIZATION, self.models.ReservedTagKeyCreateOptions(key="owner", disable_overrides=True))
        self.assertTrue(made.disable_overrides)
        self.assertEqual([each.key for each in keys.list(ORGANIZATION)], ["owner"])
        keys.delete(made.id)
        self.assertEqual(list(keys.list(ORGANIZATION)), [])

    def test_states(self):
        states, models = self.client.state_versions, self.models
        workspace = self.workspace("with-state")
        self.client.workspaces.lock(workspace.id, models.WorkspaceLockOptions(reason="state"))
        raw = json.dumps(STATE).encode()
        md5 = hashlib.md5(raw).hexdigest()
        made = states.upload(workspace.id, raw_state=raw, options=models.StateVersionCreateOptions(
            serial=1, md5=md5, lineage="pytfe"))
        self.assertEqual(states.download(made.id), raw)
        self.assertEqual(states.download_current(workspace.id), raw)
        self.assertEqual(states.read_current(workspace.id).serial, 1)
        outputs = {each.name: each for each in self.client.state_version_outputs.read_current(workspace.id)}
        self.assertEqual(outputs["text"].value, "hello")
        self.assertIsNone(outputs["secret"].value)
        self.assertEqual(self.client.state_version_outputs.read(outputs["secret"].id).value, "s3cr3t")
        self.assertEqual(len(list(states.list_outputs(made.id))), 2)
        listed = states.list(models.StateVersionListOptions(organization=ORGANIZATION, workspace="with-state"))
        self.assertEqual([each.id for each in listed], [made.id])
        again = states.rollback(workspace.id, made.id)
        self.assertNotEqual(again.id, made.id)
        self.assertEqual(states.read_current(workspace.id).id, again.id)

    def test_configurations(self):
        versions = self.client.configuration_versions
        workspace = self.workspace("with-configuration")
        made = versions.create(workspace.id, self.models.ConfigurationVersionCreateOptions(auto_queue_runs=False))
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            tar.add(os.path.join(common.HERE, "requirements.txt"), "main.tf")
        archive.seek(0)
        versions.upload_tar_gzip(made.upload_url, archive)
        self.assertEqual(versions.read(made.id).status.value, "uploaded")
        self.assertEqual([each.id for each in versions.list(workspace.id)], [made.id])
        self.assertEqual(versions.download(made.id), archive.getvalue())

    def test_notifications(self):
        configurations, models = self.client.notification_configurations, self.models
        workspace = self.workspace("told")
        made = configurations.create(workspace.id, models.NotificationConfigurationCreateOptions(
            destination_type=models.NotificationDestinationType.GENERIC, enabled=True, name="hook", token="secret",
            url=common.hooks() + "/hook", triggers=[models.NotificationTriggerType.CREATED]))
        self.assertEqual((made.name, made.enabled, made.token), ("hook", True, None))
        self.assertEqual(made.delivery_responses[0].successful, "true")
        self.assertEqual(configurations.read(made.id).id, made.id)
        self.assertEqual([each.id for each in configurations.list(workspace.id)], [made.id])
        changed = configurations.update(made.id, models.NotificationConfigurationUpdateOptions(name="other"))
        self.assertEqual(changed.name, "other")
        self.assertEqual(configurations.verify(made.id).id, made.id)
        configurations.delete(made.id)
        self.assertEqual(list(configurations.list(workspace.id)), [])

    def test_run_tasks(self):
        tasks, attached, models = self.client.run_tasks, self.client.workspace_run_tasks, self.models
        workspace = self.workspace("asked")
        made = tasks.create(ORGANIZATION, models.RunTaskCreateOptions(
            name="task", url=common.hooks() + "/task", category="task", hmac_key="secret", description="d",
            global_configuration=models.GlobalRunTaskOptions(
                enabled=False, stages=[models.Stage.PRE_PLAN], enforcement_level=models.TaskEnforcementLevel.MANDATORY)))
        self.assertEqual((made.name, made.enabled, made.hmac_key, made.description), ("task", True, None, "d"))
        self.assertEqual(made.global_configuration.stages, [models.Stage.PRE_PLAN])
        self.assertEqual([each.id for each in tasks.list(ORGANIZATION)], [made.id])
        self.assertFalse(tasks.update(made.id, models.RunTaskUpdateOptions(enabled=False)).enabled)
        one = attached.create(workspace.id, models.WorkspaceRunTaskCreateOptions(
            enforcement_level=models.TaskEnforcementLevel.ADVISORY, run_task=made, stages=[models.Stage.POST_PLAN]))
        self.assertEqual(attached.read(workspace.id, one.id).stages, [models.Stage.POST_PLAN])
        changed = attached.update(workspace.id, one.id, models.WorkspaceRunTaskUpdateOptions(
            enforcement_level=models.TaskEnforcementLevel.MANDATORY))
        self.assertEqual(changed.enforcement_level, models.TaskEnforcementLevel.MANDATORY)
        self.assertEqual([each.id for each in attached.list(workspace.id)], [one.id])
        attached.delete(workspace.id, one.id)
        tasks.delete(made.id)
        self.gone(tasks.read, made.id)

    def test_run_triggers(self):
        triggers, models = self.client.run_triggers, self.models
        target, source = self.workspace("target"), self.workspace("source")
        made = triggers.create(target.id, models.RunTriggerCreateOptions(sourceable=source))
        self.assertEqual((made.workspace_name, made.sourceable_name), ("target", "source"))
        listed = triggers.list(source.id, models.RunTriggerListOptions(
            run_trigger_type=models.RunTriggerFilterOp.RUN_TRIGGER_OUTBOUND))
        self.assertEqual([each.id for each in listed], [made.id])
        self.assertEqual(triggers.read(made.id).sourceable.id, source.id)
        triggers.delete(made.id)
        self.gone(triggers.read, made.id)

    def test_users(self):
        users = self.client.users
        me = users.read_current()
        self.assertEqual(me.username, common.USER)
        self.assertEqual(users.read(me.id).username, common.USER)


if __name__ == "__main__":
    unittest.main()
