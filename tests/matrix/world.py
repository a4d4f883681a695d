"""Two organizations full of things, the same in each, and all principals; and the way back to that
state after a request has changed it: a trigger marks each table that is written to, and only marked
tables are filled again from their copies."""

import base64
import gzip
import hashlib
import json
import os
import subprocess

from principals import all_principals

STATE = {"version": 4, "terraform_version": "1.5.7", "lineage": "matrix", "resources": [],
         "outputs": {"address": {"value": "10.0.0.1", "type": "string"}}}
KEYS = os.path.join(os.path.dirname(__file__), "..", "fuzz", "corpus", "gpg_armor")


def armor(name):
    with open(os.path.join(KEYS, name), encoding="ascii") as file:
        return file.read()


ARMOR = armor("ed25519")
# What each organization's registry holds, by the path's parameters; nothing has the same name in both.
REGISTRY = {
    "acme": {"name": "thing", "provider": "cloud", "version": "1.0.0", "os": "linux", "arch": "amd64",
             "key_id": "CD3F617A3F08FD42"},
    "globex": {"name": "gadget", "provider": "mist", "version": "3.0.0", "os": "darwin", "arch": "arm64",
               "key_id": "E62B9CE92E3F0196"},
}
FAR = "now() + interval '1 year'"


def state_body(serial):
    text = json.dumps(dict(STATE, serial=serial)).encode()
    return {"data": {"type": "state-versions", "attributes": {
        "serial": serial, "md5": hashlib.md5(text).hexdigest(), "lineage": "matrix",
        "state": base64.b64encode(text).decode()}}}


def document(kind, attributes=None, **related):
    data = {"type": kind, "attributes": attributes or {}}
    if related:
        data["relationships"] = {name: {"data": {"type": name + "s", "id": value}}
                                 for name, value in related.items()}
    return {"data": data}


class Builder:
    """Makes one of everything in an organization, through the API and as its owner."""

    def __init__(self, client, token, organization, receiver):
        self.client = client
        self.token = token
        self.things = {"organization": organization, "receiver": receiver}
        self.build(f"/api/v2/organizations/{organization}")

    def send(self, method, path, body=None, key=None):
        path = path if path.startswith("/") else "/api/v2/" + path
        answer = self.client.request(method, path, self.token, body)
        if answer.status >= 300:
            raise SystemExit(f"world: {method} {path}: {answer.status} {answer.body[:500]!r}")
        if key:
            self.things[key] = answer.json["data"]["id"]
        return answer.json["data"] if answer.body else None

    def build(self, organization):
        things, send = self.things, self.send
        send("POST", organization + "/projects", document("projects", {"name": "Alpha"}), "project_id")
        send("POST", organization + "/projects", document("projects", {"name": "Beta"}), "beta")
        things["workspace"] = "main" if things["organization"] == "acme" else "abroad"
        for key, name in (("workspace_id", things["workspace"]), ("other", "other")):
            send("POST", organization + "/workspaces",
                 document("workspaces", {"name": name}, project=things["project_id"]), key)
        workspace = "workspaces/" + things["workspace_id"]
        send("POST", workspace + "/relationships/tags",
             {"data": [{"type": "tags", "attributes": {"name": "red"}}]})
        things["tag_id"] = send("GET", organization + "/tags")[0]["id"]
        for path in (workspace, "projects/" + things["project_id"]):
            send("PATCH", path + "/tag-bindings",
                 {"data": [{"type": "tag-bindings", "attributes": {"key": "env", "value": "test"}}]})
        send("POST", workspace + "/vars", document("vars", {"key": "a", "value": "1", "category": "env"}),
             "variable_id")
        for path in (workspace, organization):
            send("POST", path + "/relationships/data-retention-policy", document("data-retention-policy-dont-deletes"))
        self.build_states(workspace)
        self.build_configurations(workspace)
        self.build_varsets(organization)
        self.build_policies(organization)
        self.build_registry(organization)
        for key, visibility in (("visible", "organization"), ("secret", "secret")):
            send("POST", organization + "/teams",
                 document("teams", {"name": key, "visibility": visibility}), key)
            send("POST", "team-workspaces", document("team-workspaces", {"access": "read"}, team=things[key],
                                                     workspace=things["workspace_id"]), key + "_tws")
            send("POST", "team-projects", document("team-projects", {"access": "read"}, team=things[key],
                                                   project=things["project_id"]), key + "_tprj")
        send("POST", organization + "/teams", document("teams", {"name": "free", "visibility": "organization"}),
             "free")
        things["owners"] = send("GET", organization + "/teams?filter[names]=owners")[0]["id"]
        for key, email in (("membership_id", "plain"), ("hidden_membership", "hidden")):
            send("POST", organization + "/organization-memberships",
                 document("organization-memberships", {"email": f"{email}@{things['organization']}.example"}),
                 key)
        send("POST", f"teams/{things['secret']}/relationships/organization-memberships",
             {"data": [{"type": "organization-memberships", "id": things["hidden_membership"]}]})
        self.optional(organization)
        self.build_hooks(organization)

    def build_hooks(self, organization):
        things, send = self.things, self.send
        configuration = document("notification-configurations", {
            "name": "hook", "destination-type": "generic", "url": things["receiver"] + "/hook"})
        for path, key in (("workspaces/" + things["workspace_id"], "notification_configuration_id"),
                          ("projects/" + things["project_id"], "project_notification"),
                          ("teams/" + things["visible"], "team_notification")):
            send("POST", path + "/notification-configurations", configuration, key)
        send("POST", organization + "/tasks", document("tasks", {
            "name": "task", "url": things["receiver"] + "/task", "category": "task"}), "task_id")
        send("POST", f"workspaces/{things['workspace_id']}/tasks", document(
            "workspace-tasks", {"enforcement-level": "advisory"}, task=things["task_id"]), "workspace_task_id")
        send("POST", f"workspaces/{things['workspace_id']}/run-triggers", {"data": {
            "relationships": {"sourceable": {"data": {"type": "workspaces", "id": things["other"]}}}}}, "run_trigger_id")

    def build_states(self, workspace):
        things, send = self.things, self.send
        send("POST", workspace + "/actions/lock", {"reason": "states"})
        send("POST", workspace + "/state-versions", state_body(1), "old_state")
        send("POST", workspace + "/state-versions", state_body(2), "state_version_id")
        send("POST", workspace + "/actions/unlock")
        things["output_id"] = send("GET", workspace + "/current-state-version-outputs")[0]["id"]

    def build_configurations(self, workspace):
        configuration = document("configuration-versions", {"auto-queue-runs": False})
        old = self.send("POST", workspace + "/configuration-versions", configuration, "old_configuration")
        self.put(old["attributes"]["upload-url"], gzip.compress(bytes(1024)))
        self.send("POST", workspace + "/configuration-versions", configuration, "configuration_version_id")
        self.build_run(old["id"])

    def build_run(self, configuration):
        """Plan-only, so that it does not hold the workspace."""
        things, send = self.things, self.send
        made = send("POST", "runs", {"data": {"type": "runs", "attributes": {"plan-only": True}, "relationships": {
            "workspace": {"data": {"type": "workspaces", "id": things["workspace_id"]}},
            "configuration-version": {"data": {"type": "configuration-versions", "id": configuration}}}}}, "run_id")
        for key in ("plan", "apply"):
            things[key + "_id"] = made["relationships"][key]["data"]["id"]
        things["run_event_id"] = made["relationships"]["run-events"]["data"][0]["id"]
        send("POST", f"runs/{things['run_id']}/comments", document("comments", {"body": "hm"}), "comment_id")

    def build_varsets(self, organization):
        things, send = self.things, self.send
        send("POST", organization + "/varsets", document("varsets", {"name": "ours"}), "varset_id")
        send("POST", f"varsets/{things['varset_id']}/relationships/vars",
             document("vars", {"key": "b", "value": "1", "category": "env"}), "varset_variable")
        send("POST", organization + "/varsets", {"data": {
            "type": "varsets", "attributes": {"name": "project's"}, "relationships": {
                "parent": {"data": {"type": "projects", "id": things["project_id"]}}}}}, "project_varset")

    def build_policies(self, organization):
        things, send = self.things, self.send
        send("POST", organization + "/policies", document("policies", {"name": "single"}), "policy_id")
        send("PUT", f"policies/{things['policy_id']}/upload", b"main = true")
        send("POST", organization + "/policy-sets", document("policy-sets", {"name": "chosen"}), "policy_set_id")
        send("POST", f"policy-sets/{things['policy_set_id']}/parameters",
             document("vars", {"key": "p", "value": "1", "category": "policy-set"}), "policy_parameter")
        send("POST", organization + "/policy-sets", document("policy-sets", {"name": "versioned"}), "versioned_set")
        send("POST", f"policy-sets/{things['versioned_set']}/versions", None, "policy_set_version_id")

    def build_registry(self, organization):
        things, send = self.things, self.send
        own = things["organization"]
        things.update(REGISTRY[own], namespace=own)
        name, version = things["name"], things["version"]
        path = "registry-modules/private/{namespace}/{name}/{provider}".format(**things)
        send("POST", organization + "/registry-modules",
             document("registry-modules", {"name": name, "provider": things["provider"]}), "registry_module_id")
        made = send("POST", f"{organization}/{path}/versions", document("registry-module-versions", {"version": version}))
        self.put(made["links"]["upload"], gzip.compress(bytes(1024)))
        send("POST", f"{organization}/tests/{path}/test-runs/configuration-versions", None, "module_configuration")
        send("POST", organization + "/no-code-modules", {"data": {"type": "no-code-modules", "relationships": {
            "registry-module": {"data": {"type": "registry-modules", "id": things["registry_module_id"]}}}}},
             "no_code_module_id")
        send("POST", organization + "/registry-providers", document("registry-providers", {
            "name": name, "namespace": own, "registry-name": "private"}), "registry_provider_id")
        versions = f"{organization}/registry-providers/private/{own}/{name}/versions"
        made = send("POST", versions, document("registry-provider-versions", {
            "version": version, "key-id": things["key_id"]}))
        for link in ("shasums-upload", "shasums-sig-upload"):
            self.put(made["links"][link], b"bytes")
        made = send("POST", f"{versions}/{version}/platforms", document("registry-provider-platforms", {
            "os": things["os"], "arch": things["arch"], "filename": "thing.zip", "shasum": "x"}))
        self.put(made["links"]["provider-binary-upload"], b"bytes")
        send("POST", "/api/registry/private/v2/gpg-keys", document("gpg-keys", {
            "namespace": own, "ascii-armor": ARMOR if own == "acme" else armor("rsa")}))

    def put(self, url, data):
        self.send("PUT", "/" + url.split("/", 3)[3], data)

    def optional(self, organization):
        """Areas that may be built or not: what can't be made is not named, and rows that need it wait."""
        for key, path, kind, attributes in (
                ("agent_pool_id", organization + "/agent-pools", "agent-pools", {"name": "pool"}),
                ("agent_token", "/api/v2/agent-pools/{agent_pool_id}/authentication-tokens",
                 "authentication-tokens", {"description": "agent"}),
                ("ssh_key_id", organization + "/ssh-keys", "ssh-keys", {"name": "key", "value": "-----BEGIN KEY-----\nx\n"}),
                ("oauth_client_id", organization + "/oauth-clients", "oauth-clients",
                 {"service-provider": "github", "http-url": "https://github.com", "api-url": "https://api.github.com",
                  "oauth-token-string": "x"}),
                ("reserved_tag_key_id", organization + "/reserved-tag-keys", "reserved-tag-keys", {"key": "reserved"})):
            try:
                path = path.format(**self.things)
            except KeyError:
                continue
            answer = self.client.request("POST", path, self.token, document(kind, attributes))
            if answer.status == 201:
                self.things[key] = answer.json["data"]["id"]
                if kind == "oauth-clients":
                    self.things["oauth_token_id"] = answer.json["data"]["relationships"]["oauth-tokens"]["data"][0]["id"]


def quoted(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


def columns_of_custom(grant):
    names = {"state-versions": "state_versions", "sentinel-mocks": "sentinel_mocks", "run-tasks": "run_tasks",
             "workspace-locking": "workspace_locking", "policy-overrides": "policy_overrides"}
    return {names.get(key, key): value for key, value in grant.items()}


class World:
    def __init__(self, client, terrace, alice, bob, root, receiver):
        self.tokens = {"an owner": alice, "the owner of another organization": bob}
        self.things = Builder(client, alice, "acme", receiver).things
        self.foreign = Builder(client, bob, "globex", receiver).things
        for things in (self.things, self.foreign):
            feature_set = client.request("GET", "/api/v2/admin/feature-sets", root).json["data"][0]["id"]
            answer = client.request("POST", f"/api/v2/admin/organizations/{things['organization']}/subscription", root,
                                    {"data": {"type": "subscriptions", "relationships": {"feature-set": {
                                        "data": {"type": "feature-sets", "id": feature_set}}}}})
            things["subscription_id"] = answer.json["data"]["id"]
        self.principals = list(all_principals())
        self.teams = {}
        self.actors = {}
        terrace.cluster.sql("\n".join(self.people(terrace)), database="terrace")
        self.users = dict(line.split("|") for line in terrace.cluster.sql(
            "SELECT username, id FROM users WHERE username IS NOT NULL", database="terrace").split())
        self.things["user_id"] = self.actors["an owner"] = self.users["alice"]
        self.foreign["user_id"] = self.users["bob"]
        self.actors["the owners' token"] = self.things["owners"]
        self.actors["the organization's token"] = terrace.cluster.sql(
            "SELECT id FROM organizations WHERE name = 'acme'", database="terrace").strip()
        self.session = Session(terrace)

    def token_row(self, name, kind, expired=FAR, **owner):
        secret = "matrix-" + name.replace(" ", "-")
        digest = hashlib.sha256(secret.encode()).hexdigest()
        self.tokens[name] = secret
        # A token that has just been used is not written to again.
        return ("INSERT INTO tokens (id, kind, secret_hash, {0}, expired_at, last_used_at) VALUES "
                "('at-{1}', '{2}', '{3}', {4}, {5}, now() + interval '1 day');").format(
                    ", ".join(owner), digest[:16], kind, digest,
                    ", ".join(f"({value})" if str(value).startswith("SELECT") else quoted(value)
                              for value in owner.values()), expired)

    def people(self, terrace):
        acme = "SELECT id FROM organizations WHERE name = 'acme'"
        globex = "SELECT id FROM organizations WHERE name = 'globex'"
        for things in (self.things, self.foreign):
            if "agent_pool_id" in things:  # agents come into being by running
                things["agent_id"] = "agent-of-" + things["organization"]
                yield ("INSERT INTO agents (id, organization_id, agent_pool_id, status) SELECT "
                       f"'{things['agent_id']}', organization_id, id, 'exited' FROM agent_pools "
                       f"WHERE id = '{things['agent_pool_id']}';")
        for things in (self.things, self.foreign):  # stages come into being with a run that has tasks
            name = things["organization"]
            things.update(task_stage_id=f"ts-of-{name}", task_result_id=f"taskrs-of-{name}",
                          task_result_outcome_id=f"tro-of-{name}")
            yield ("INSERT INTO task_stages (id, run_id, organization_id, workspace_id, stage, status) SELECT "
                   f"'ts-of-{name}', id, organization_id, workspace_id, 'post_plan', 'running' FROM runs WHERE id = '{things['run_id']}';")
            yield ("INSERT INTO task_results (id, task_stage_id, run_id, status, task_id, task_name, task_url, enforcement_level) VALUES "
                   f"('taskrs-of-{name}', 'ts-of-{name}', '{things['run_id']}', 'running', '{things['task_id']}', 'task', 'http://example.com', 'advisory');")
            yield ("INSERT INTO task_result_outcomes (id, task_result_id, outcome_id, description, body) VALUES "
                   f"('tro-of-{name}', 'taskrs-of-{name}', '1', 'found', 'words');")
            things["query_run_id"] = f"query-of-{name}"
            yield ("INSERT INTO query_runs (id, organization_id, workspace_id, terraform_version, configuration_version_id, created_by) SELECT "
                   f"'query-of-{name}', organization_id, workspace_id, '1.14.0', configuration_version_id, created_by "
                   f"FROM runs WHERE id = '{things['run_id']}';")
            things["explorer_view_id"] = f"sq-of-{name}"
            yield ("INSERT INTO explorer_views (id, organization_id, name, query_type, query) SELECT "
                   f"'sq-of-{name}', organization_id, 'kept', 'workspaces', '{{}}' FROM runs WHERE id = '{things['run_id']}';")
            things["change_request_id"] = f"wscr-of-{name}"
            yield ("INSERT INTO change_requests (id, organization_id, workspace_id, bulk_action_id, subject, message, created_by) SELECT "
                   f"'wscr-of-{name}', organization_id, workspace_id, 'eba-1', 'S', 'M', created_by FROM runs WHERE id = '{things['run_id']}';")
            things["plan_export_id"] = f"pe-of-{name}"
            yield ("INSERT INTO plan_exports (id, organization_id, phase_id, data_type) SELECT "
                   f"'pe-of-{name}', organization_id, '{things['plan_id']}', 'sentinel-mock-bundle-v0' FROM runs WHERE id = '{things['run_id']}';")
            things["assessment_result_id"] = f"asmtres-of-{name}"
            yield ("INSERT INTO assessment_results (id, organization_id, workspace_id, run_id, is_recorded) SELECT "
                   f"'asmtres-of-{name}', organization_id, workspace_id, id, true FROM runs WHERE id = '{things['run_id']}';")
            yield (f"UPDATE workspaces SET current_assessment_result_id = 'asmtres-of-{name}' WHERE id = "
                   f"(SELECT workspace_id FROM runs WHERE id = '{things['run_id']}');")
            things.update(policy_check_id=f"polchk-of-{name}", policy_evaluation_id=f"poleval-of-{name}",
                          policy_set_outcome_id=f"psout-of-{name}")
            yield ("INSERT INTO policy_checks (id, run_id, status, counts) VALUES "
                   f"('polchk-of-{name}', '{things['run_id']}', 'soft_failed', '{{\"result\": false}}');")
            yield ("INSERT INTO policy_evaluations (id, task_stage_id, run_id, policy_kind, policy_tool_version) VALUES "
                   f"('poleval-of-{name}', 'ts-of-{name}', '{things['run_id']}', 'sentinel', 'latest');")
            yield ("INSERT INTO policy_set_outcomes (id, policy_evaluation_id, outcomes, overridable, policy_set_name, policy_tool_version, "
                   f"result_count) VALUES ('psout-of-{name}', 'poleval-of-{name}', '[]', true, 'set', 'latest', '{{}}');")
        for things in (self.things, self.foreign):  # as if its run were the upgrade of a workspace of a module
            yield (f"UPDATE workspaces SET no_code_module_id = '{things['no_code_module_id']}', "
                   f"source_module = '{things['name']}/{things['provider']}/0.0.1' WHERE id = '{things['workspace_id']}';")
            yield (f"UPDATE configuration_versions SET source_module = '{things['name']}/{things['provider']}/{things['version']}' "
                   f"WHERE id = (SELECT configuration_version_id FROM runs WHERE id = '{things['run_id']}');")
        yield self.token_row("an agent pool's token", "agent", agent_pool_id=self.things.get("agent_pool_id"))
        yield self.token_row("an identity provider's token", "scim", description="SCIM")
        yield "UPDATE tokens SET last_used_at = now() + interval '1 day';"
        for name, things, organization in (("acme", self.things, acme), ("globex", self.foreign, globex)):
            for key in ("visible", "secret", "owners"):
                token = f"{key} of {name}" if (name, key) != ("acme", "owners") else "the owners' token"
                yield self.token_row(token, "team", team_id=things[key], organization_id=organization)
                things[key + "_token"] = "at-" + hashlib.sha256(self.tokens[token].encode()).hexdigest()[:16]
        yield self.token_row("the organization's token", "organization", organization_id=acme)
        yield self.token_row("another organization's token", "organization", organization_id=globex)
        yield self.token_row("the audit trail's token", "audit-trails", organization_id=acme)
        for number, principal in enumerate(self.principals):
            if principal.owner or principal.name in self.tokens or principal.kind in ("none", "unknown"):
                continue
            yield from self.person(principal, f"user-p{number:02}", f"team-p{number:02}", acme)

    def person(self, principal, user, team, acme):
        self.actors[principal.name] = user if principal.kind != "team" else team
        if principal.kind != "team":
            yield (f"INSERT INTO users (id, username, email, is_site_admin, is_disabled) VALUES ('{user}', "
                   f"'{user}', '{user}@example.com', {principal.name == 'a site administrator'}, "
                   f"{principal.kind == 'disabled'});")
            yield self.token_row(principal.name, "user", user_id=user,
                                 expired="now() - interval '1 second'" if principal.kind == "expired" else FAR)
            if principal.name == "somebody invited":
                yield self.membership(user, acme, "invited")
        if not principal.member:
            return
        if principal.kind != "team":
            yield self.membership(user, acme, "active")
        if not principal.team:
            return
        self.teams[principal.name] = team
        flags = json.dumps({flag: True for flag in principal.flags})
        yield (f"INSERT INTO teams (id, organization_id, name, organization_access) VALUES ('{team}', "
               f"({acme}), '{team}', {quoted(flags)});")
        if principal.kind != "team":
            yield self.token_row("team of " + principal.name, "team", team_id=team, organization_id=acme)
            yield (f"INSERT INTO team_members (team_id, organization_id, membership_id, user_id) VALUES "
                   f"('{team}', ({acme}), 'ou-{user}', '{user}');")
        else:
            yield self.token_row(principal.name, "team", team_id=team, organization_id=acme)
        yield from self.grants(principal, team, acme)

    def grants(self, principal, team, acme):
        if principal.workspace is not None:
            custom = isinstance(principal.workspace, dict)
            values = columns_of_custom(principal.workspace) if custom else {}
            for key in ("workspace_id", "other"):
                yield ("INSERT INTO team_workspaces (id, organization_id, team_id, workspace_id, access{0}) "
                       "VALUES ('tws-{1}-{2}', ({3}), '{1}', '{4}', '{5}'{6});").format(
                           "".join(", " + name for name in values), team, key, acme, self.things[key],
                           "custom" if custom else principal.workspace,
                           "".join(", " + quoted(value) for value in values.values()))
        if principal.project is not None:
            custom = isinstance(principal.project, dict)
            values = principal.project if custom else {}
            for key in ("project_id", "beta"):
                yield ("INSERT INTO team_projects (id, organization_id, team_id, project_id, access, "
                       "project_access, workspace_access) VALUES ('tprj-{0}-{1}', ({2}), '{0}', '{3}', '{4}', "
                       "'{5}', '{6}');").format(team, key, acme, self.things[key],
                                                "custom" if custom else principal.project,
                                                json.dumps(values.get("project-access", {})),
                                                json.dumps(values.get("workspace-access", {})))

    @staticmethod
    def membership(user, organization, status):
        return (f"INSERT INTO organization_memberships (id, organization_id, user_id, email, status) VALUES "
                f"('ou-{user}', ({organization}), '{user}', '{user}@example.com', '{status}');")


SNAPSHOT = """
CREATE SCHEMA matrix;
CREATE TABLE matrix.dirty (name text PRIMARY KEY);
CREATE FUNCTION matrix.mark() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO matrix.dirty VALUES (TG_TABLE_NAME) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
DO $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'schema\\_%' LOOP
        EXECUTE format('CREATE TABLE matrix.saved_%1$s AS SELECT * FROM public.%1$I', one);
        EXECUTE format('CREATE TRIGGER matrix_mark AFTER INSERT OR UPDATE OR DELETE ON public.%I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION matrix.mark()', one);
    END LOOP;
END $$;
CREATE FUNCTION matrix.restore() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    one text;
    restored text := '';
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN DELETE FROM matrix.dirty RETURNING name LOOP
        EXECUTE format('DELETE FROM public.%I', one);
        EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM matrix.saved_%1$s', one);
        restored := restored || ' ' || one;
    END LOOP;
    RETURN restored;
END $$;
"""


class Session:
    """psql, kept open: a new one for each restore would cost more than all requests."""

    def __init__(self, terrace):
        cluster = terrace.cluster
        cluster.sql(SNAPSHOT, database="terrace")
        self.psql = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", cluster.conninfo("terrace", "postgres")],
            env=cluster.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, statement):
        self.psql.stdin.write(f"{statement}\n\\echo done\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == "done\n":
                return lines
            lines.append(line.strip())
        raise SystemExit(f"psql ended at: {statement}")

    def restore(self):
        self.run("SELECT matrix.restore();")

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
