"""The cases that hold for every route (`terrace.fcgi --routes`): an unknown id and the
id of another organization's thing give the same bytes, no token is a 401, a method that the path does
not have is a 405 whose Allow names those that it has, a list costs its owner at most three statements
and a page past its end is empty. A new route is covered by being listed."""

import json
import re
import subprocess

from run import Mismatch, Server

MAX_STATEMENTS = 3

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")

# Routes that anybody may call; everything else needs a token.
OPEN = re.compile(r"^/(\.well-known/|api/v2/ping$|app|oauth2/|api/meta/|$)|^/_|/signed|/object")

# Paths whose parameter names no thing of an organization: a token id or a user is private to a user,
# and these are cases of their own.
PRIVATE = re.compile(r"^/api/v2/(users|account|authentication-tokens)\b")

# What only a token of the thing itself opens: all others are nobody there.
OWN_TOKEN = re.compile(r"^/api/v2/task-results/:task_result_id/callback$")

# Lists that are whole in every answer (today-workspaces section 1).
UNPAGED = re.compile(r"(tag-bindings|/vars|/all-vars)$")

TYPE_OF_PARAMETER = {"organization": "organizations", "workspace": "workspace-names",
                     "workspace_id": "workspaces", "project_id": "projects", "team_id": "teams",
                     "user_id": "users", "tag_id": "tags", "state_version_id": "state-versions",
                     "variable_id": "vars", "var_id": "vars", "agent_pool_id": "agent-pools",
                     "varset_id": "varsets", "ssh_key_id": "ssh-keys",
                     "oauth_client_id": "oauth-clients", "oauth_token_id": "oauth-tokens",
                     "configuration_version_id": "configuration-versions",
                     "registry_module_id": "registry-modules", "no_code_module_id": "no-code-modules", "registry_provider_id": "registry-providers",
                     "registry": "registry-registries", "namespace": "organizations", "name": "registry-names",
                     "provider": "registry-names", "version": "registry-versions", "os": "registry-systems",
                     "arch": "registry-systems", "key_id": "registry-keys"}


def routes(program, environment):
    listing = subprocess.run([program, "--routes"], env=environment, text=True, stdout=subprocess.PIPE,
                             stdin=subprocess.DEVNULL, timeout=30)
    if listing.returncode != 0:
        raise Mismatch(f"--routes: exit status {listing.returncode}")
    for line in listing.stdout.splitlines():
        fields = line.split()
        if len(fields) >= 2:
            yield fields[0], fields[1], fields[2] if len(fields) > 2 else ""


class Foreign:
    """One thing of each type in globex, made by bob. What can't be made (its area is not built) has no
    id, and only the unknown id is tried for it."""

    def __init__(self, server, tokens):
        self.server = server
        self.token = tokens["bob"]
        self.ids = {"organizations": "globex"}
        workspace = self.make("workspaces", "organizations/globex/workspaces", {"name": "foreign"})
        if workspace:
            self.ids["workspace-names"] = "foreign"
        self.make("projects", "organizations/globex/projects", {"name": "Foreign"})
        self.make("teams", "organizations/globex/teams", {"name": "foreign"})
        self.make("agent-pools", "organizations/globex/agent-pools", {"name": "foreign"})
        self.make("ssh-keys", "organizations/globex/ssh-keys", {"name": "foreign", "value": "x"})
        self.make("oauth-clients", "organizations/globex/oauth-clients",
                  {"service-provider": "github", "http-url": "https://github.com", "api-url": "https://api.github.com",
                   "oauth-token-string": "x"})
        self.find("oauth-tokens", "organizations/globex/oauth-tokens")
        self.make("reserved-tag-keys", "organizations/globex/reserved-tag-keys", {"key": "foreign"})
        self.make("varsets", "organizations/globex/varsets", {"name": "foreign"})
        self.make("vars", f"workspaces/{workspace}/vars", {"key": "foreign", "category": "env"})
        self.send("POST", f"workspaces/{workspace}/relationships/tags",
                  {"data": [{"type": "tags", "attributes": {"name": "foreign"}}]})
        self.find("tags", "organizations/globex/tags")
        self.find("organization-memberships", "organizations/globex/organization-memberships")
        self.send("POST", f"workspaces/{workspace}/actions/lock", None)
        self.make_state(workspace)
        self.make("configuration-versions", f"workspaces/{workspace}/configuration-versions", {})
        self.make("team-workspaces", "team-workspaces", {"access": "read"},
                  {"team": "teams", "workspace": "workspaces"})
        self.make("team-projects", "team-projects", {"access": "read"},
                  {"team": "teams", "project": "projects"})
        self.make_registry()
        self.make("notification-configurations", f"workspaces/{workspace}/notification-configurations",
                  {"name": "foreign", "destination-type": "generic", "url": "http://example.com"})

    def send(self, method, path, document):
        body = b"" if document is None else json.dumps(document).encode()
        answer = self.server.request(method, f"/api/v2/{path}", {
            "Authorization": f"Bearer {self.token}", "Content-Type": "application/vnd.api+json"}, body)
        return answer

    def make(self, kind, path, attributes, relations=None):
        related = {name: {"data": {"type": other, "id": self.ids.get(other, "none")}}
                   for name, other in (relations or {}).items()}
        answer = self.send("POST", path, {"data": {"type": kind, "attributes": attributes,
                                                   "relationships": related}})
        if answer.status in (200, 201):
            self.ids[kind] = json.loads(answer.body)["data"]["id"]
        return self.ids.get(kind)

    def make_state(self, workspace):
        import base64  # pylint: disable=import-outside-toplevel
        import hashlib  # pylint: disable=import-outside-toplevel
        state = json.dumps({"version": 4, "serial": 1, "lineage": "f", "resources": [],
                            "outputs": {"o": {"value": "v", "type": "string"}}}).encode()
        if self.make("state-versions", f"workspaces/{workspace}/state-versions",
                     {"serial": 1, "md5": hashlib.md5(state).hexdigest(),
                      "state": base64.b64encode(state).decode()}):
            self.find("state-version-outputs", f"state-versions/{self.ids['state-versions']}/outputs")

    def make_registry(self):
        self.ids.update({"registry-registries": "private", "registry-names": "foreign", "registry-versions": "1.0.0",
                         "registry-systems": "foreign", "registry-keys": "8F1F1E1F1F1F1F1F"})
        modules, providers = (f"organizations/globex/registry-{kind}" for kind in ("modules", "providers"))
        self.make("registry-modules", modules, {"name": "foreign", "provider": "foreign"})
        self.make("no-code-modules", "organizations/globex/no-code-modules", {}, {"registry-module": "registry-modules"})
        self.make("registry-module-versions", modules + "/private/globex/foreign/foreign/versions", {"version": "1.0.0"})
        self.make("registry-providers", providers,
                  {"name": "foreign", "namespace": "globex", "registry-name": "private"})
        versions = providers + "/private/globex/foreign/versions"
        self.make("registry-provider-versions", versions, {"version": "1.0.0", "key-id": "foreign"})
        self.make("registry-provider-platforms", versions + "/1.0.0/platforms",
                  {"os": "foreign", "arch": "foreign", "filename": "foreign", "shasum": "foreign"})

    def find(self, kind, path):
        answer = self.send("GET", path, None)
        rows = json.loads(answer.body)["data"] if answer.status == 200 else []
        if rows:
            self.ids[kind] = rows[0]["id"]


def fill(pattern, kind, ids, unknown):
    """The pattern with ids of foreign things, or with ids that nothing ever had; None when a foreign
    thing of some parameter could not be made."""
    missing = []

    def value(match):
        name = match[1]
        of = TYPE_OF_PARAMETER.get(name, kind)
        if unknown:
            if of == "organizations":
                return "never-was"
            known = ids.get(of, "")
            prefix = known.rpartition("-")[0] if re.search(r"-[1-9A-Za-z]{16}$", known) else ""
            return f"{prefix}-zzzzzzzzzzzzzzzz" if prefix else "never-was"
        if of not in ids:
            missing.append(of)
            return "none"
        return ids[of]

    path = re.sub(r":([a-z_]+)", value, pattern)
    return None if missing else path


def run(terrace, tokens, tap, words):
    def wanted(name):
        return not words or any(word in name for word in words)

    terrace.clone_database("api_generic")
    server = Server(terrace, "api_generic")
    try:
        listed = list(routes(server.program, server.environment))
    except (Mismatch, subprocess.TimeoutExpired) as problem:
        tap.result(False, "generic: --routes", [problem])
        return
    if wanted("generic: --routes"):
        tap.result(len(listed) > 50, "generic: --routes lists the routes", [f"{len(listed)} routes"])
    foreign = Foreign(server, tokens) if any(wanted(f"generic: {m} {p}") for m, p, _ in listed) else None
    for method, pattern, kind in listed:
        name = f"generic: {method} {pattern}"
        if not wanted(name):
            continue
        try:
            problems = list(check_route(server, tokens, foreign, method, pattern, kind, methods(listed, pattern)))
        except (Mismatch, subprocess.TimeoutExpired) as problem:
            problems = [problem]
        tap.result(not problems, name, problems)


def methods(listed, pattern):
    """What a path of this pattern takes: a literal of it may also be another pattern's parameter."""
    segments = pattern.split("/")

    def covers(other):
        return len(other) == len(segments) and all(
            a.startswith(":") or a == b for a, b in zip(other, segments))

    return {method for method, other, _ in listed if covers(other.split("/"))}


def check_route(server, tokens, foreign, method, pattern, kind, allowed):
    def request(how, path, token):
        headers = {"Authorization": f"Bearer {tokens[token]}"} if token else {}
        body = b""
        if how in ("POST", "PATCH"):
            headers["Content-Type"] = "application/vnd.api+json"
            body = b'{"data": {"attributes": {}}}'
        return server.request(how, path, headers, body)

    unknown = fill(pattern, kind, foreign.ids, True)
    api = pattern.startswith(("/api/v2/", "/api/registry/")) and not OPEN.search(pattern)
    if api:
        answer = request(method, unknown, None)
        if answer.status != 401:
            yield f"{method} {unknown} without a token: {answer.status} instead of 401"
    if api and ":" in pattern:
        never = request(method, unknown, "alice")
        wanted = 401 if OWN_TOKEN.search(pattern) else 404
        if never.status != wanted:
            yield f"{method} {unknown}: {never.status} instead of {wanted}: {never.body[:200]!r}"
        path = fill(pattern, kind, foreign.ids, False)
        if path is not None and not PRIVATE.search(pattern):
            other = request(method, path, "alice")
            if (other.status, other.body) != (never.status, never.body):
                yield (f"{method} {path}, another organization's: {other.status} {other.body[:200]!r} "
                       f"differs from {never.status} {never.body[:200]!r}")
    if api and method == "GET":
        yield from check_cost(pattern, fill(pattern, kind, foreign.ids, False), request)
    for wrong in METHODS:
        if wrong in allowed:
            continue
        answer = request(wrong, unknown, "alice")
        if answer.status != 405:
            yield f"{wrong} {unknown}: {answer.status} instead of 405"
            continue
        names = {word.strip() for word in answer.headers.get("allow", "").split(",")} - {"HEAD", "OPTIONS"}
        if names != allowed - {"HEAD", "OPTIONS"}:
            yield f"{wrong} {unknown}: Allow is {answer.headers.get('allow')!r}, the routes have {sorted(allowed)}"


def check_cost(pattern, path, request):
    """A read by the owner: statements are counted (DESIGN section 5), a list's pages end."""
    if path is None:
        return
    answer = request("GET", path, "bob")
    if answer.status != 200 or "json" not in answer.headers.get("content-type", ""):
        return
    statements = answer.headers.get("x-terrace-statements")
    if statements is None or int(statements) > MAX_STATEMENTS:
        yield f"GET {path}: {statements} statements"
    document = json.loads(answer.body)
    if not isinstance(document.get("data"), list) or UNPAGED.search(pattern) or \
            "pagination" not in document.get("meta", {}):
        return
    beyond = request("GET", path + "?page%5Bnumber%5D=999&page%5Bsize%5D=100", "bob")
    if beyond.status != 200:
        yield f"GET {path}, page 999: {beyond.status}"
        return
    page = json.loads(beyond.body)
    facts = page.get("meta", {}).get("pagination", {})
    if page["data"] or facts.get("current-page") != 999:
        yield f"GET {path}, page 999 of {pattern}: {beyond.body[:200]!r}"
    if facts.get("total-count") != document["meta"]["pagination"].get("total-count"):
        yield f"GET {path}, page 999: the total count is another one"
