#!/usr/bin/env python3
"""The n-th call into the database fails, for n = 1, 2, ... until a request passes untouched, with
terrace_faults.fcgi (see faults.c) as plain CGI. Whatever fails, the answer is a clean error document or
the whole success, and the rows are those of before or those of after. Prints TAP.

    tests/faults/run.py [WORD...]     scenarios whose name has one of the words"""

import base64
import concurrent.futures
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "api"))
import run as api  # noqa: E402
import slugs  # noqa: E402

FOREVER = 1000000
PARTS = 2
MOST = 200  # calls that a request may make before the test believes that it never ends
INSIDE = re.compile(rb"SELECT|INSERT|UPDATE |postgres|libpq|\.c:|FATAL|a fault|sqlstate", re.IGNORECASE)

# Each table's rows as one hash. Use times are written between requests, not by them.
SNAPSHOT = """SELECT string_agg(name || '=' || rows::text, chr(9) ORDER BY name) FROM (
    SELECT c.relname AS name, query_to_xml(format(
        'SELECT count(*) AS n, md5(string_agg(h, '','' ORDER BY h)) AS h FROM
            (SELECT md5((to_jsonb(t) - ''last_used_at'')::text) AS h FROM %I t) s', c.relname), true, true, '')
        AS rows
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')) tables;"""
# The server may still be at work on what it has read before the connection broke.
QUIET = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';"""


class Rows:
    """One psql that stays, for it is asked often."""

    def __init__(self, terrace, database):
        conninfo = terrace.cluster.conninfo(database, "postgres")
        self.psql = subprocess.Popen(["psql", "-XqAt", "-d", conninfo], text=True, bufsize=1,
                                     env=terrace.cluster.environment(), stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)

    def ask(self, text):
        self.psql.stdin.write(text.replace("\n", " ") + "\n\\echo .\n")
        lines = []
        while True:
            line = self.psql.stdout.readline()
            if not line:
                raise api.Mismatch(f"psql is gone: {text[:80]}")
            if line == ".\n":
                return "".join(lines).strip()
            lines.append(line)

    def wait(self):
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if self.ask(QUIET) == "0":
                return
        raise api.Mismatch("a connection stays open")

    def snapshot(self):
        self.wait()
        tables = self.ask(SNAPSHOT).split("\t")
        return dict(table.split("=", 1) for table in tables)

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


class Request:
    def __init__(self, method, path, body=None, form=None, headers=None):
        self.method, self.path = method, path
        self.headers = dict(headers or {})
        self.body = body if isinstance(body, bytes) else b""
        if isinstance(body, (dict, list)):
            self.body = json.dumps({"data": body}).encode()
            self.headers["Content-Type"] = "application/vnd.api+json"
        if form is not None:
            self.body = form.encode()
            self.headers["Content-Type"] = "application/x-www-form-urlencoded"


class World:
    """The database of one scenario: its server, and what the preparations need."""

    def __init__(self, terrace, tokens, database):
        self.server = api.Server(terrace, database)
        self.rows = Rows(terrace, database)
        self.token = tokens["alice"]
        self.number = 0
        self.last_workspace = None
        self.user = self.good("GET", "account/details")["id"]

    def name(self, stem):
        self.number += 1
        return f"{stem}-{self.number}"

    def send(self, request, fault=None):
        environment = dict(self.server.environment)
        server = self.server
        server.environment = dict(environment, **(fault or {}))
        headers = dict(request.headers)
        if not request.path.startswith(("/api/v2/objects", "/oauth2", "/session", "/app")):
            headers.setdefault("Authorization", f"Bearer {self.token}")
        try:
            answer = server.request(request.method, request.path, headers, request.body)
            # The form of a page that has been taken leads on.
            if request.path.startswith("/app") and answer.status == 303:
                answer.status = 200
            return answer
        finally:
            server.environment = environment

    def good(self, method, path, body=None, **more):
        request = Request(method, path if path.startswith(("/", "https:")) else f"/api/v2/{path}", body, **more)
        answer = self.send(request)
        if answer.status >= 300:
            raise api.Mismatch(f"{method} {path}: {answer.status} {answer.body[:400]!r}")
        return json.loads(answer.body)["data"] if answer.body.startswith(b"{") else None

    def workspace(self):
        self.last_workspace = self.good("POST", "organizations/acme/workspaces",
                                        thing("workspaces", name=self.name("ws")))["id"]
        return self.last_workspace

    def locked_workspace(self):
        workspace = self.workspace()
        self.good("POST", f"workspaces/{workspace}/actions/lock", {})
        return workspace

    def state(self, workspace, serial=1, inline=True):
        request = new_state(workspace, serial, inline)
        return self.good("POST", request.path, json.loads(request.body)["data"])


def thing(kind, relationships=None, **attributes):
    attributes = {name.replace("_", "-"): value for name, value in attributes.items()}
    return {"type": kind, "attributes": attributes, "relationships": relationships or {}}


def state_bytes(serial):
    """Two chunks of a blob, two resources, two outputs."""
    padding = base64.b64encode(hashlib.sha512(str(serial).encode()).digest() * 7000).decode()
    return json.dumps({
        "version": 4, "serial": serial, "lineage": "faults", "terraform_version": "1.5.7",
        "outputs": {"a": {"value": padding, "type": "string"}, "b": {"value": [1], "type": ["list", "number"]}},
        "resources": [{"mode": "managed", "type": "null_resource", "name": name, "provider":
                       'provider["registry.terraform.io/hashicorp/null"]', "instances": [{"attributes": {}}]}
                      for name in ("one", "two")]}).encode()


def new_state(workspace, serial, inline):
    data = state_bytes(serial)
    more = {"state": base64.b64encode(data).decode()} if inline else {}
    return Request("POST", f"/api/v2/workspaces/{workspace}/state-versions", thing(
        "state-versions", serial=serial, md5=hashlib.md5(data).hexdigest(), lineage="faults", **more))


def slug_bytes(seed):
    """Two chunks of a blob."""
    return slugs.slug({"main.tf": b"# one", "data": hashlib.shake_256(seed.encode()).digest(700000)})


# --- Scenarios: each gives a request that would succeed, with new things at every call ---

def create_workspace(world):
    return Request("POST", "/api/v2/organizations/acme/workspaces?include=organization", thing(
        "workspaces", name=world.name("made"), description="x", tag_names=None, relationships={
            "tag-bindings": {"data": [{"type": "tag-bindings", "attributes": {"key": "env", "value": "prod"}},
                                      {"type": "tag-bindings", "attributes": {"key": "team", "value": "a"}}]},
            "tags": {"data": [{"type": "tags", "attributes": {"name": "one"}}]}}))


def update_workspace(world):
    return Request("PATCH", f"/api/v2/workspaces/{world.workspace()}",
                   thing("workspaces", name=world.name("renamed"), auto_apply=True))


def delete_workspace(world):
    return Request("DELETE", f"/api/v2/workspaces/{world.workspace()}")


def lock_workspace(world):
    return Request("POST", f"/api/v2/workspaces/{world.workspace()}/actions/lock", {})


def create_state(world):
    return new_state(world.locked_workspace(), 1, inline=True)


def create_pending_state(world):
    return new_state(world.locked_workspace(), 1, inline=False)


def upload_state(world):
    made = world.state(world.locked_workspace(), inline=False)
    return Request("PUT", made["attributes"]["hosted-state-upload-url"].replace("https://localhost", ""),
                   state_bytes(1), headers={"Content-Type": "application/octet-stream"})


def roll_back_state(world):
    workspace = world.locked_workspace()
    first = world.state(workspace, 1)
    world.state(workspace, 2)
    return Request("PATCH", f"/api/v2/workspaces/{workspace}/state-versions", thing("state-versions", relationships={
        "rollback-state-version": {"data": {"type": "state-versions", "id": first["id"]}}}))


def create_configuration(world):
    return Request("POST", f"/api/v2/workspaces/{world.workspace()}/configuration-versions",
                   thing("configuration-versions", auto_queue_runs=False))


def configuration(world, *contents):
    """A version that has had these uploads; returns its id and the path of its upload URL."""
    made = world.good("POST", f"workspaces/{world.workspace()}/configuration-versions",
                      thing("configuration-versions", auto_queue_runs=False, provisional=True))
    url = made["attributes"]["upload-url"].replace("https://localhost", "")
    for content in contents:
        world.good("PUT", url, slug_bytes(content))
    return made["id"], url


def upload_configuration(world):
    return Request("PUT", configuration(world)[1], slug_bytes("a"))


def replace_configuration(world):
    return Request("PUT", configuration(world, "a")[1], slug_bytes("b"))


def archive_configuration(world):
    return Request("POST", f"/api/v2/configuration-versions/{configuration(world, 'a')[0]}/actions/archive")


def module_version(world, *contents):
    """The upload path of a version of a new module that has had these uploads, and the module's name."""
    name = world.name("module")
    world.good("POST", "organizations/acme/registry-modules", thing("registry-modules", name=name, provider="p"))
    made = world.good("POST", f"registry-modules/acme/{name}/p/versions",
                      thing("registry-module-versions", version="1.0.0"))
    url = made["links"]["upload"].replace("https://localhost", "")
    for content in contents:
        world.good("PUT", url, slug_bytes(content))
    return url, name


def publish_module(world):
    return Request("PUT", module_version(world)[0], slug_bytes("a"))


def replace_module(world):
    return Request("PUT", module_version(world, "a")[0], slug_bytes("b"))


def delete_last_module_version(world):
    name = module_version(world, "a")[1]
    return Request("DELETE", f"/api/v2/organizations/acme/registry-modules/private/acme/{name}/p/1.0.0")


def upload_sums(world):
    name = world.name("provider")
    world.good("POST", "organizations/acme/registry-providers",
               thing("registry-providers", name=name, namespace="acme", registry_name="private"))
    made = world.good("POST", f"organizations/acme/registry-providers/private/acme/{name}/versions",
                      thing("registry-provider-versions", version="1.0.0", key_id="x"))
    return Request("PUT", made["links"]["shasums-upload"].replace("https://localhost", ""), b"sums")


def create_varset(world):
    return Request("POST", "/api/v2/organizations/acme/varsets", thing(
        "varsets", name=world.name("set"), relationships={
            "workspaces": {"data": [{"type": "workspaces", "id": world.workspace()}]},
            "vars": {"data": [thing("vars", key="a", value="1", category="env"),
                              thing("vars", key="b", value="2", category="terraform", sensitive=True)]}}))


def create_variable(world):
    return Request("POST", f"/api/v2/workspaces/{world.workspace()}/vars",
                   thing("vars", key="k", value="secret", category="env", sensitive=True))


def create_team(world):
    return Request("POST", "/api/v2/organizations/acme/teams",
                   thing("teams", name=world.name("team"), organization_access={"manage-workspaces": True}))


def create_organization(world):
    return Request("POST", "/api/v2/organizations",
                   thing("organizations", name=world.name("org"), email="org@example.com"))


def create_token(world):
    return Request("POST", f"/api/v2/users/{world.user}/authentication-tokens",
                   thing("authentication-tokens", description="t"))


def exchange_code(world):
    code, verifier = world.name("code") + "x" * 40, "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    world.rows.ask("INSERT INTO oauth_codes (code_hash, user_id, client_id, redirect_uri, code_challenge, "
                   f"expires_at) VALUES ('{hashlib.sha256(code.encode()).hexdigest()}', '{world.user}', "
                   f"'terraform-cli', 'http://localhost:10000/login', '{challenge}', now() + interval '1 hour');")
    return Request("POST", "/oauth2/token", form=f"grant_type=authorization_code&client_id=terraform-cli&code={code}"
                   f"&code_verifier={verifier}&redirect_uri=http://localhost:10000/login")


def scim(method, path, **members):
    """What an identity provider sends, whose token scim_group() has put there."""
    return Request(method, "/scim/v2" + path, json.dumps(members).encode() if members else None, headers={
        "Authorization": "Bearer faults-scim", "Content-Type": "application/scim+json"})


def scim_group(world):
    """The id of a group that a team is linked to."""
    world.rows.ask("UPDATE scim_settings SET enabled = true; INSERT INTO tokens (id, kind, secret_hash, description, "
                   "expired_at) VALUES ('at-faults', 'scim', encode(sha256('faults-scim'), 'hex'), 'faults', "
                   "now() + interval '1 day') ON CONFLICT DO NOTHING;")
    team = world.good("POST", "organizations/acme/teams", thing("teams", name=world.name("linked")))["id"]
    group = world.name("scimgroup")
    world.rows.ask(f"INSERT INTO scim_groups (id, display_name) VALUES ('{group}', '{group}'); "
                   f"INSERT INTO team_scim_groups (team_id, group_id) VALUES ('{team}', '{group}');")
    return group


def scim_user(world):
    name = world.name("person")
    answer = world.send(scim("POST", "/Users", userName=f"{name}@example.com"))
    return json.loads(answer.body)["id"]


def create_scim_user(world):
    scim_group(world)
    return scim("POST", "/Users", userName=world.name("made") + "@example.com", displayName="Made")


def patch_scim_group(world):
    group = scim_group(world)
    return scim("PATCH", f"/Groups/{group}", Operations=[
        {"op": "replace", "path": "displayName", "value": world.name("renamed")},
        {"op": "add", "path": "members", "value": [{"value": scim_user(world)}]}])


def delete_scim_user(world):
    group = scim_group(world)
    user = scim_user(world)
    world.send(scim("PUT", f"/Groups/{group}", displayName=group, members=[{"value": user}]))
    return scim("DELETE", f"/Users/{user}")


def list_scim_groups(world):
    scim_group(world)
    return scim("GET", "/Groups")


SMALL = slugs.slug({"main.tf": b"# one"})

# What a runner sends; its token is put there by hand.
RUNNER = {"Authorization": "Bearer faults-runner"}


def run(world, **attributes):
    """The id of a run whose plan is queued."""
    version, url = configuration(world)
    world.good("PUT", url, SMALL)
    return world.good("POST", "runs", thing("runs", **attributes, relationships={
        "workspace": {"data": {"type": "workspaces", "id": world.last_workspace}},
        "configuration-version": {"data": {"type": "configuration-versions", "id": version}}}))["id"]


def agent(world):
    world.rows.ask("INSERT INTO tokens (id, kind, secret_hash) VALUES ('at-runner', 'runner', "
                   "encode(sha256('faults-runner'), 'hex')) ON CONFLICT DO NOTHING; INSERT INTO agents (id, token_id) "
                   "VALUES ('agent-faults', 'at-runner') ON CONFLICT DO NOTHING; "
                   "UPDATE run_jobs SET status = 'done' WHERE status = 'queued';")
    return "agent-faults"


def claim(world):
    return Request("POST", f"/api/runner/v1/agents/{agent(world)}/claim", headers=RUNNER)


def job(world, **attributes):
    """A job at work."""
    request = claim(world)
    run(world, **attributes)
    return json.loads(world.send(request).body)["id"]


def create_run(world):
    version, url = configuration(world)
    world.good("PUT", url, SMALL)
    world.good("POST", f"workspaces/{world.last_workspace}/vars",
               thing("vars", key="a", value="x", category="terraform", sensitive=True))
    return Request("POST", "/api/v2/runs", thing("runs", message="made", relationships={
        "workspace": {"data": {"type": "workspaces", "id": world.last_workspace}},
        "configuration-version": {"data": {"type": "configuration-versions", "id": version}}}))


def upload_and_run(world):
    made = world.good("POST", f"workspaces/{world.workspace()}/configuration-versions", thing("configuration-versions"))
    return Request("PUT", made["attributes"]["upload-url"].replace("https://localhost", ""), SMALL)


def cancel_run(world):
    return Request("POST", f"/api/v2/runs/{run(world)}/actions/cancel", headers={"Content-Type": "application/json"})


def claim_job(world):
    request = claim(world)
    run(world)
    return request


def append_log(world):
    return Request("POST", f"/api/runner/v1/jobs/{job(world)}/log?offset=0", b"x" * 100000, headers=RUNNER)


def store_plan(world):
    return Request("PUT", f"/api/runner/v1/jobs/{job(world)}/files/plan", slug_bytes("plan"), headers=RUNNER)


def finish_job(world):
    return Request("POST", f"/api/runner/v1/jobs/{job(world, auto_apply=True)}/finish",
                   json.dumps({"status": "finished", "has_changes": True}).encode(), headers=RUNNER)


COOKIE = {"Cookie": "__Host-terrace=" + "s" * 43}


def press(world, path, fields):
    """A button of a page."""
    world.rows.ask("INSERT INTO sessions (secret_hash, user_id, expires_at) VALUES (encode(sha256('" + "s" * 43 + "'), 'hex'), "
                   f"'{world.user}', now() + interval '1 day') ON CONFLICT DO NOTHING;")
    page = world.send(Request("GET", "/app", headers=COOKIE)).body.decode()
    csrf = re.search(r'name="csrf" value="(\w+)"', page)[1]
    return Request("POST", path, form=f"csrf={csrf}&{fields}", headers=COOKIE)


def cancel_on_page(world):
    return press(world, f"/app/acme/workspaces/x/runs/{run(world)}", "act=cancel&comment=enough")


def start_on_page(world):
    world.good("PUT", configuration(world)[1], SMALL)
    return press(world, f"/app/acme/workspaces/{world.last_workspace}", "kind=plan_only&message=made")


def list_workspaces(world):
    return Request("GET", "/api/v2/organizations/acme/workspaces?include=organization,project")


def download_state(world):
    made = world.state(world.locked_workspace())
    return Request("GET", made["attributes"]["hosted-state-download-url"].replace("https://localhost", ""))


def download_configuration(world):
    return Request("GET", f"/api/v2/configuration-versions/{configuration(world, 'a')[0]}/download")


def receiver():
    """The address of one that answers every hook."""
    if not hasattr(receiver, "url"):
        receiver.url = api.receiver.Receiver().url
    return receiver.url


def create_notification(world):
    """Its URL is asked outside of the transaction, between two tries."""
    return Request("POST", f"/api/v2/workspaces/{world.workspace()}/notification-configurations", thing(
        "notification-configurations", name="hook", destination_type="generic", enabled=True, url=receiver(),
        token="secret", triggers=["run:created"]))


def create_run_task(world):
    return Request("POST", "/api/v2/organizations/acme/tasks", thing(
        "tasks", name=world.name("task"), url=receiver(), category="task", hmac_key="secret"))


def task_callback(world):
    """The only result of a stage: the run moves on."""
    request = create_run_task(world)
    task = world.good("POST", request.path, json.loads(request.body)["data"])["id"]
    version, _ = configuration(world, "a")
    workspace = world.rows.ask(f"SELECT workspace_id FROM configuration_versions WHERE id = '{version}';")
    world.good("POST", f"workspaces/{workspace}/tasks", thing(
        "workspace-tasks", enforcement_level="mandatory", stages=["pre_plan"],
        relationships={"task": {"data": {"type": "tasks", "id": task}}}))
    run = world.good("POST", "runs", thing("runs", relationships={
        "workspace": {"data": {"type": "workspaces", "id": workspace}},
        "configuration-version": {"data": {"type": "configuration-versions", "id": version}}}))["id"]
    secret = world.name("task-token")
    result = world.rows.ask(
        "INSERT INTO tokens (id, kind, secret_hash, task_result_id, organization_id, workspace_id, run_id, last_used_at) "
        f"SELECT 'at-{secret}', 'task', '{hashlib.sha256(secret.encode()).hexdigest()}', t.id, s.organization_id, "
        f"s.workspace_id, s.run_id, now() FROM task_results t JOIN task_stages s ON s.id = t.task_stage_id "
        f"WHERE s.run_id = '{run}' RETURNING task_result_id;")
    world.rows.ask(f"UPDATE tokens SET expired_at = now() + interval '1 hour' WHERE id = 'at-{secret}';")
    return Request("PATCH", f"/api/v2/task-results/{result}/callback", thing(
        "task-results", status="passed", relationships={"outcomes": {"data": [thing(
            "task-result-outcomes", outcome_id="1", description="found", body="words")]}}),
        headers={"Authorization": f"Bearer {secret}"})


WRITES = [create_notification, create_run_task, task_callback, create_workspace, update_workspace, delete_workspace, lock_workspace, create_state, create_pending_state,
          upload_state, roll_back_state, create_configuration, upload_configuration,
          replace_configuration, archive_configuration, publish_module, replace_module, delete_last_module_version,
          upload_sums, create_varset, create_variable, create_team, create_organization,
          create_token, exchange_code, create_scim_user, patch_scim_group, delete_scim_user,
          create_run, upload_and_run, cancel_run, claim_job, append_log, store_plan, finish_job,
          cancel_on_page, start_on_page]
READS = [list_workspaces, download_state, download_configuration, list_scim_groups]
# A body that has streamed by cannot be read a second time; what `login` and forms send is tried by hand again.
NEVER_RETRIED = {upload_state, upload_configuration, replace_configuration, publish_module, replace_module,
                 upload_sums, exchange_code, cancel_on_page, start_on_page, upload_and_run, store_plan, download_state, download_configuration}

# The last use of a token is recorded when the answer is out: failing then spoils nothing.
AFTER_THE_ANSWER = "UPDATE tokens SET last_used_at"

# Of the program, not of a request.
AT_THE_START = ("set_config", "schema_", "checksum FROM")

# name, the kind of fault, how many in a row, prepared statements
# What may happen to one trial without being the end of the others.
BROKEN = (api.Mismatch, KeyError, ValueError, OSError, subprocess.SubprocessError)

FAULTS = [("a lost connection", "lost", 1, False), ("a database that goes away", "lost", FOREVER, False),
          ("a lost answer", "unanswered", 1, False), ("a serialization failure", "40001", 1, True),
          ("serialization failures without end", "40001", FOREVER, False), ("an error", "XX000", 1, False),
          ("a statement that takes too long", "57014", 1, False),
          ("a thing that goes away meanwhile", "23503", 1, True)]


def said(problem):
    return str(problem) if isinstance(problem, api.Mismatch) else f"{type(problem).__name__}: {problem}"


def words_since(log, start):
    if not os.path.exists(log):
        return ""
    with open(log, encoding="utf-8", errors="replace") as file:
        file.seek(start)
        return file.read()


class Trial:
    """One request with one fault in it."""

    def __init__(self, world, scenario, fault, request, before):
        """before: the rows, or of a read the body that it has when nothing fails."""
        self.world, self.scenario, self.fault = world, scenario, fault
        self.request, self.before = request, before

    def run(self, at):
        """The calls at which the fault came, and the answer; checks what must always hold."""
        _, kind, count, prepared = self.fault
        log = self.world.server.log
        start = os.path.getsize(log) if os.path.exists(log) else 0
        lines, calls = "", []
        try:
            try:
                answer = self.world.send(self.request, {
                    "FAULT": kind, "FAULT_AT": str(at), "FAULT_COUNT": str(count), "TERRACE_LOG_LEVEL": "info",
                    "TERRACE_PREPARED_STATEMENTS": "true" if prepared else "false"})
            finally:
                lines = words_since(log, start)
                calls = re.findall(r"^fault: (.*)$", lines, re.MULTILINE)
            self.check(calls, answer, lines)
        except BROKEN as problem:
            raise api.Mismatch(f"call {at} ({', '.join(calls[:3])}): {said(problem)}\n"
                               f"the server's last words:\n{lines[-1500:]}") from problem
        return calls, answer

    def check(self, calls, answer, lines):
        _, kind, count, _ = self.fault
        if "AddressSanitizer" in lines or "runtime error" in lines:
            raise api.Mismatch("a sanitizer has found something")
        if not calls and answer.status >= 300:
            raise api.Mismatch(f"no fault, yet {answer.status}: {answer.body[:300]!r}")
        if answer.status < 300 and self.scenario in READS:
            self.check_body(answer)
        if kind == "57014" and calls and answer.status < 300 and not (
                any(text in calls[0] for text in (AFTER_THE_ANSWER, *AT_THE_START)) or self.is_short(answer)):
            raise api.Mismatch("tried again, although it has cost half a minute")
        if not calls or (answer.status < 300 and (count == 1 or self.scenario in READS)):
            return
        if answer.status < 300 and AFTER_THE_ANSWER in calls[0]:
            return
        if self.is_retried(kind, count) and not any(text in calls[0] for text in AT_THE_START):
            raise api.Mismatch(f"not tried again: {answer.status} {answer.body[:300]!r}")
        self.check_error(answer, kind, lines)
        if self.scenario in READS:
            return
        committing = kind == "unanswered" and any("COMMIT" in call for call in calls)
        after = self.world.rows.snapshot()
        if after != self.before and not committing:
            changed = [name for name in after if after[name] != self.before.get(name)]
            raise api.Mismatch(f"{answer.status}, yet rows changed in {', '.join(changed)}")

    def is_retried(self, kind, count):
        if self.scenario in NEVER_RETRIED or count != 1:
            return False
        return kind == "40001" or (kind == "23503" and self.scenario in WRITES)

    @staticmethod
    def is_short(answer):
        """Of its Content-Length, which every client takes for a broken connection."""
        return len(answer.body) < int(answer.headers.get("content-length", len(answer.body)))

    def check_body(self, answer):
        """Whole, or begun before the fault came."""
        if answer.body != self.before and not (self.is_short(answer) and self.before.startswith(answer.body)):
            raise api.Mismatch(f"another body: {answer.body[:300]!r}")

    def check_error(self, answer, kind, lines):
        expected = 500 if kind in ("XX000", "23503") else 503
        if answer.status not in (expected, 503):
            raise api.Mismatch(f"{answer.status} instead of {expected}: {answer.body[:300]!r}")
        if answer.status == 503 and b'"errors"' in answer.body and "retry-after" not in answer.headers:
            raise api.Mismatch("503 without Retry-After")
        if INSIDE.search(answer.body):
            raise api.Mismatch(f"the answer shows the inside: {answer.body[:300]!r}")
        if self.request.path.startswith("/app"):
            if not answer.body.startswith(b"<!doctype html>"):
                raise api.Mismatch(f"no page: {answer.body[:300]!r}")
            return
        document = json.loads(answer.body)
        if "errors" not in document:
            # RFC 6749 section 5.2; RFC 7644 section 3.12
            if not document.get("error") and document.get("status") != str(answer.status):
                raise api.Mismatch(f"no error document: {answer.body[:300]!r}")
            return
        api.check_errors(document, answer, self.scenario.__name__)
        if (answer.status == 500 or b"in the log as" in answer.body) and answer.headers["x-request-id"] not in lines:
            raise api.Mismatch("the log does not have the request's id")


def run_fault(world, scenario, fault):
    """Returns how many calls were tried, and how many of them the server made up for."""
    saved = 0
    request = scenario(world)
    before = world.rows.snapshot() if scenario in WRITES else world.send(request).body
    for at in range(1, MOST):
        calls, answer = Trial(world, scenario, fault, request, before).run(at)
        if not calls:
            return at - 1, saved
        # Made after all, or perhaps made: the next trial needs something new.
        if scenario in WRITES and (answer.status < 300 or (fault[1] == "unanswered" and "COMMIT" in calls[0])):
            saved += answer.status < 300
            request, before = scenario(world), world.rows.snapshot()
    raise api.Mismatch(f"more than {MOST} calls")


def run_scenario(world, scenario, tap, program):
    """With each fault; what goes wrong is a failed row, and the next fault gets its turn."""
    name = scenario.__name__.replace("_", " ")
    log = world.server.log
    start = os.path.getsize(log) if os.path.exists(log) else 0
    try:
        scenario(world)
    except BROKEN as problem:
        tap.result(False, name, [said(problem), words_since(log, start)[-1500:]])
        return
    good = world.server.program
    world.server.program = program
    for fault in FAULTS:
        try:
            calls, saved = run_fault(world, scenario, fault)
            if calls < 3:
                raise api.Mismatch(f"only {calls} calls: nothing was tried")
            tap.result(True, f"{name} with {fault[0]}: {calls} calls, {saved} made good")
        except BROKEN as problem:
            tap.result(False, f"{name} with {fault[0]}", [said(problem)])
    world.server.program = good


def run_parts():
    """All scenarios, in PARTS processes with an installation each; their results as one list."""
    def run_part(part):
        return subprocess.run([sys.executable, __file__, f"--part={part}"], text=True, stdout=subprocess.PIPE, check=False)

    number = failed = 0
    with concurrent.futures.ThreadPoolExecutor(PARTS) as pool:
        for done in pool.map(run_part, range(PARTS)):
            failed += done.returncode != 0
            for line in done.stdout.splitlines():
                found = re.fullmatch(r"((?:not )?ok) \d+ (.*)", line)
                if found:
                    number += 1
                    line = f"{found[1]} {number} {found[2]}"
                if not re.match(r"1\.\.\d", line):
                    print(line, flush=True)
    print(f"1..{number}")
    return 1 if failed or not number else 0


def main(words):
    os.environ.setdefault("TERRACE_BUILD", os.path.join(HERE, "..", "..", "build"))
    if not words:
        return run_parts()
    scenarios = WRITES + READS
    if words[0].startswith("--part="):
        scenarios, words = scenarios[int(words[0][7:])::PARTS], []
    terrace, tokens = api.make_template()
    tap = api.Tap()
    for scenario in scenarios:
        name = scenario.__name__.replace("_", " ")
        if words and not any(word in name for word in words):
            continue
        database = "faults_" + scenario.__name__
        terrace.clone_database(database, api.TEMPLATE)
        try:
            world = World(terrace, tokens, database)
        except BROKEN as problem:
            tap.result(False, name, [said(problem)])
            continue
        run_scenario(world, scenario, tap, terrace.program("terrace_faults.fcgi"))
        world.rows.close()
        terrace.cluster.sql(f"DROP DATABASE {database} WITH (FORCE)")
    print(f"1..{tap.number}")
    return 1 if tap.failed or not tap.number else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
