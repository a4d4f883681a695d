"""One row a route, or several where it depends on what is named. A row says which operation of
reference.py the route is; a route of the program without a row here fails the test.

    row("PATCH", "/api/v2/teams/:team_id", "T-update", body=..., target="V")

Further classes of routes: open (no token needed), any (everybody with a token of the API), user (only
user tokens), site (site administrators), scim (identity providers), runner (agent
pools), and functions of the principal where
a route is a case of its own."""

from world import ARMOR, document, state_body

ROWS = []


class Row:
    def __init__(self, method, pattern, op, ok=None, body=None, query="", target=None, also=None, no=404,
                 sees="O1", prepare=None, permissions=None, shows=None, note="", **names):
        self.method = method
        self.pattern = pattern
        self.op = op
        self.ok = ok or (204 if method == "DELETE" else 200)
        self.body = body
        self.query = query
        self.target = target
        self.also = also          # a second operation that is needed too
        self.no = no              # when it is not allowed; 403 only for those who see the thing
        self.sees = sees          # who that is, as op
        self.prepare = prepare    # SQL run before, with the acting id as {actor}
        self.permissions = permissions
        self.shows = shows or {}  # a list: who finds which thing in it, as op
        self.note = note
        self.names = names        # path parameters that are not the world's usual ones
        if "/:registry/" in pattern:
            self.names.setdefault("registry", "private")

    def __str__(self):
        return f"{self.method} {self.pattern}" + (f" [{self.note}]" if self.note else "")


def row(method, pattern, op, **options):
    ROWS.append(Row(method, pattern, op, **options))


def attributes(kind, **values):
    return document(kind, {name.replace("_", "-"): value for name, value in values.items()})


def ids(kind, *values):
    return {"data": [{"type": kind, "id": value} for value in values]}


BINDINGS = {"data": [{"type": "tag-bindings", "attributes": {"key": "env", "value": "new"}}]}

# --- Nobody in particular
row("GET", "/.well-known/terraform.json", "open")
row("GET", "/api/meta/ip-ranges", "open")
row("GET", "/.well-known/jwks", "open")
row("GET", "/.well-known/openid-configuration", "open")
row("GET", "/api/v2/ping", "open", ok=204)
for method, kind in (("PUT", "state-upload"), ("PUT", "json-state-upload"), ("GET", "state"), ("GET", "json-state"),
                     ("PUT", "configuration"), ("POST", "configuration"), ("PUT", "policy-set-version"),
                     ("POST", "policy-set-version"), ("PUT", "module/object"),
                     ("POST", "module/object"), ("GET", "module-archive"), ("PUT", "provider-shasums-upload"),
                     ("PUT", "provider-shasums-sig-upload"), ("PUT", "provider-binary-upload"),
                     ("GET", "provider-shasums"), ("GET", "provider-shasums-sig"), ("GET", "provider-binary")):
    row(method, f"/api/v2/objects/{kind}/:token", "open", ok=404, token="forged")

# Pages go by a cookie: whatever token comes along, the answer is that of a visitor without one.
for path in ("", "app", "app/:organization", "app/:organization/:workspace", "app/:organization/:workspace/:place",
             "app/:organization/:workspace/:place/:id", "app/:organization/:workspace/:place/:id/:more",
             "app/:organization/:workspace/change-requests/:change_request_id",
             "app/:organization/:workspace/search/:query_run_id", "app/:organization/:workspace/search/:query_run_id/query",
             "app/:organization/:workspace/runs/:run_id", "app/:organization/workspaces",
             "app/:organization/workspaces/:workspace", "app/:organization/workspaces/:workspace/runs",
             "app/:organization/workspaces/:workspace/runs/:run_id",
             "app/:organization/workspaces/:workspace/runs/:run_id/:phase", "app/assets/:file", "app/oauth2/auth",
             "app/settings", "app/settings/tokens", "auth/:uuid", "auth/:uuid/callback", "session", "session/password",
             "session/password/:token", "session/confirm/:token", "users/saml/sign_in", "users/saml/metadata"):
    row("GET", "/" + path, "page", token="forged", place="runs", id="run-1", more="x", run_id="run-1", file="none.css", phase="plan", query_run_id="query-1",
        change_request_id="wscr-1", uuid="x")
for path in ("app", "app/:organization/:workspace/search/:query_run_id",
             "app/:organization/:workspace/change-requests/:change_request_id", "app/:organization/workspaces/:workspace",
             "app/:organization/workspaces/:workspace/runs/:run_id",
             "app/oauth2/auth", "app/settings/tokens", "oauth2/token", "session", "session/end", "session/password",
             "session/password/:token", "session/confirm/:token", "users/saml/auth"):
    row("POST", "/" + path, "page", token="forged", run_id="run-1")

row("GET", "/api/v2/account/details", "any")
row("PATCH", "/api/v2/account/update", "user", body=attributes("users"))
row("PATCH", "/api/v2/account/password", "user", ok=422,
    body=attributes("users", current_password="wrong", password="correct horse", password_confirmation="correct horse"))
# Who shares an organization with a user sees the user.
row("GET", "/api/v2/users/:user_id", "O1")
row("GET", "/api/v2/users/:user_id/authentication-tokens", "user", note="another's are an empty list")
row("POST", "/api/v2/users/:user_id/authentication-tokens", lambda p: "Y" if p.name == "an owner" else ".", ok=201,
    body=attributes("authentication-tokens", description="new"))

# --- Tokens
AGENT_TOKEN = "/api/v2/authentication-tokens/:id"
for method in ("GET", "DELETE"):
    row(method, AGENT_TOKEN, "T-tokens", target="V", id="$visible_token", note="visible team")
    row(method, AGENT_TOKEN, "T-tokens", target="S", id="$secret_token", note="secret team")
    row(method, AGENT_TOKEN, "T-tokens", target="O", id="$owners_token", note="owners")
    row(method, AGENT_TOKEN, "O16", id="$agent_token", note="agent pool")
TOKEN = "/api/v2/organizations/:organization/authentication-token"
row("GET", TOKEN, "O4")
row("POST", TOKEN, "O4", ok=201)
row("DELETE", TOKEN, "O4")
row("GET", TOKEN, "O4", query="token=audit-trails", note="audit trail")
row("POST", TOKEN, "O4", query="token=audit-trails", ok=201, note="audit trail")
row("DELETE", TOKEN, "O4", query="token=audit-trails", note="audit trail")
for target, team in (("V", "$visible"), ("M", "$team"), ("S", "$secret"), ("O", "$owners")):
    one = "/api/v2/teams/:team_id/authentication-token"
    row("GET", one, "T-tokens", target=target, team_id=team, note=target)
    row("POST", one, "T-tokens", target=target, team_id=team, ok=201, note=target)
    row("DELETE", one, "T-tokens", target=target, team_id=team, note=target)
    row("POST", one + "s", "T-tokens", target=target, team_id=team, ok=201, note=target,
        body=attributes("authentication-tokens", description="new"))
row("GET", "/api/v2/organizations/:organization/team-tokens", "O25", query="page[size]=100", shows={
    "$visible_token": ("T-tokens", "V"), "$secret_token": ("T-tokens", "S"), "$owners_token": ("T-tokens", "O")})
row("DELETE", "/api/v2/organizations/:organization/team-tokens", "T-tokens", target="V", note="visible team",
    body=ids("authentication-tokens", "$visible_token"))
row("DELETE", "/api/v2/organizations/:organization/team-tokens", "T-tokens", target="O", note="owners",
    body=ids("authentication-tokens", "$owners_token"))
# 1.3: one of the places where the refusal of members is said aloud.
row("GET", "/api/v2/organizations/:organization/token-ttl-policies", "O24", no=403)
row("PATCH", "/api/v2/organizations/:organization/token-ttl-policies", "O24", no=403,
    body=attributes("organization-token-ttl-policies", token_ttl_policies=[{"token-type": "user", "max-ttl-ms": 3600000}]))

# --- Organizations
ORGANIZATION = "/api/v2/organizations/:organization"
row("GET", "/api/v2/organizations", "any", shows={"$organization": "O1"})
row("POST", "/api/v2/organizations", "user", ok=201, body=attributes("organizations", name="new", email="a@b.example"))
row("GET", ORGANIZATION, "O1", permissions="organizations")
row("PATCH", ORGANIZATION, "O2", body=attributes("organizations", email="new@acme.example"))
row("PUT", ORGANIZATION, "O2", body=attributes("organizations", email="new@acme.example"))
row("DELETE", ORGANIZATION, "O3")
row("GET", ORGANIZATION + "/entitlement-set", "O1")
row("GET", ORGANIZATION + "/capacity", "O1")
row("GET", "/api/v2/feature-sets", "any")
row("GET", "/api/v2/admin/feature-sets", "site")
row("GET", ORGANIZATION + "/feature-sets", "O1")
row("GET", ORGANIZATION + "/subscription", "O23")
row("GET", "/api/v2/subscriptions/:subscription_id",
    lambda p: "Y" if p.name == "a site administrator" else p.cell("O23"))
row("POST", "/api/v2/admin/organizations/:organization/subscription", "site", ok="any")

# --- The site: administrators only
ADMIN = "/api/v2/admin"
for kind, change in (("general", {"plan-timeout": "1h"}), ("customization", {"footer": "new"}),
                     ("cost-estimation", {"aws-access-key-id": "new"}), ("smtp", {"host": "new"}),
                     ("twilio", {"from-number": "new"}), ("saml", {"debug": True}), ("scim", {"paused": False})):
    row("GET", f"{ADMIN}/{kind}-settings", "site")
    row("PATCH", f"{ADMIN}/{kind}-settings", "site", body=document(f"{kind}-settings", change))
row("PATCH", ADMIN + "/twilio-settings/verify", "site", ok=422, body=attributes("twilio-settings", test_number="1"))
row("POST", ADMIN + "/saml-settings/actions/revoke-old-certificate", "site")
for action in ("rotate", "trim"):
    row("POST", f"{ADMIN}/oidc-settings/actions/{action}-key", "site", ok=204)
row("DELETE", ADMIN + "/scim-settings", "site")
row("GET", ADMIN + "/scim-groups", "site")
row("GET", ADMIN + "/scim-tokens", "site")
row("GET", ADMIN + "/scim-tokens/:id", "site", ok=404, id="at-0000000000000000")
row("POST", ADMIN + "/scim-tokens", "site", ok=422, body=attributes("authentication-tokens", description="off"))
MAPPING = ADMIN + "/teams/:team_id/scim-group-mapping"
row("POST", MAPPING, "site", ok=404, team_id="$visible", body=attributes("scim-group-mappings", scim_group_id="none"))
row("PATCH", MAPPING, "site", ok=409, team_id="$visible", body=attributes("scim-group-mappings", scim_sync_paused=True))
row("DELETE", MAPPING, "site", ok=409, team_id="$visible")
row("GET", ADMIN + "/organizations", "site")
row("GET", ADMIN + "/organizations/:organization", "site")
row("PATCH", ADMIN + "/organizations/:organization", "site", body=attributes("organizations", workspace_limit=100))
row("DELETE", ADMIN + "/organizations/:organization", "site")
row("GET", ADMIN + "/organizations/:organization/relationships/module-consumers", "site")
row("PATCH", ADMIN + "/organizations/:organization/relationships/module-consumers", "site", ok=204,
    body=ids("organizations", "globex"))
row("GET", ADMIN + "/workspaces", "site")
row("GET", ADMIN + "/workspaces/:workspace_id", "site")
row("DELETE", ADMIN + "/workspaces/:workspace_id", "site")
row("GET", ADMIN + "/runs", "site")
row("POST", ADMIN + "/runs/:run_id/actions/force-cancel", "site", ok=202)
row("GET", ADMIN + "/users", "site")
row("DELETE", ADMIN + "/users/:user_id", "site", ok=422, note="the last owner")
for action, answer in (("suspend", 200), ("unsuspend", 200), ("grant_admin", 200), ("revoke_admin", 200),
                       ("disable_two_factor", 422)):
    row("POST", f"{ADMIN}/users/:user_id/actions/{action}", "site", ok=answer)
for tool in ("terraform", "opa", "sentinel"):
    one = {"id": f"tool-{tool}", "prepare": "INSERT INTO tool_versions (id, tool, version, url, sha) VALUES "
           f"('tool-{tool}', '{tool}', '1.0.0', 'https://a.example/', 'x') ON CONFLICT DO NOTHING;"}
    row("GET", f"{ADMIN}/{tool}-versions", "site")
    row("POST", f"{ADMIN}/{tool}-versions", "site", ok=201,
        body=attributes(f"{tool}-versions", version="1.0.0", url="https://a.example/", sha="x"))
    row("GET", f"{ADMIN}/{tool}-versions/:id", "site", **one)
    row("PATCH", f"{ADMIN}/{tool}-versions/:id", "site", body=attributes(f"{tool}-versions", beta=True), **one)
    row("DELETE", f"{ADMIN}/{tool}-versions/:id", "site", **one)

# Only a SCIM token opens these.
for kind, body in (("Users", {"userName": "new@example.com"}), ("Groups", {"displayName": "new"})):
    row("GET", f"/scim/v2/{kind}", "scim")
    row("POST", f"/scim/v2/{kind}", "scim", body=body)
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        row(method, f"/scim/v2/{kind}/:id", "scim", id="user-0000000000000000",
            body=body if method in ("PUT", "PATCH") else None)
row("GET", "/scim/v2/ServiceProviderConfig", "scim")
for kind in ("ResourceTypes", "Schemas"):
    row("GET", f"/scim/v2/{kind}", "scim")
    row("GET", f"/scim/v2/{kind}/:id", "scim", id="User")

# --- People
MEMBERSHIP = "/api/v2/organization-memberships/:membership_id"
row("GET", ORGANIZATION + "/organization-memberships", "people")
row("POST", ORGANIZATION + "/organization-memberships", "people", ok=201,
    body=attributes("organization-memberships", email="new@example.net"))
row("GET", "/api/v2/organization-memberships", "user", shows={
    "$own_membership": lambda p: "Y" if p.member or p.name == "somebody invited" else "."})
row("GET", MEMBERSHIP, "people")
row("DELETE", MEMBERSHIP, "people", note="in no team")
row("GET", MEMBERSHIP, "people", membership_id="$hidden_membership", note="in a secret team")
# Whoever removes somebody must see all the teams that the person is in.
row("DELETE", MEMBERSHIP, "people", also=("T-see", "S"), membership_id="$hidden_membership", note="in a secret team")
row("GET", MEMBERSHIP, lambda p: "Y" if p.person and (p.member or p.name == "somebody invited") else ".",
    membership_id="$own_membership", note="own")
row("DELETE", MEMBERSHIP, lambda p: "403" if p.person and p.owner else
    "Y" if p.person and (p.member or p.name == "somebody invited") else ".",
    membership_id="$own_membership", note="own")

# --- Teams
TEAM = "/api/v2/teams/:team_id"
row("GET", ORGANIZATION + "/teams", "O25", query="page[size]=100", shows={
    "$visible": ("T-see", "V"), "$team": ("T-see", "M"), "$secret": ("T-see", "S"), "$owners": ("T-see", "O")})
row("POST", ORGANIZATION + "/teams", "create-team", body=attributes("teams", name="new", visibility="organization"),
    note="visible")
row("POST", ORGANIZATION + "/teams", "create-secret", body=attributes("teams", name="new"), note="secret")
row("POST", ORGANIZATION + "/teams", "create-with-flags", note="with flags",
    body=attributes("teams", name="new", visibility="organization", organization_access={"manage-policies": True}))
for target, team in (("V", "$visible"), ("M", "$team"), ("S", "$secret"), ("O", "$owners")):
    options = {"target": target, "team_id": team, "note": target}
    row("GET", TEAM, "T-see", permissions="teams", **options)
    if target == "O":  # owners are told why: 422
        for method in ("PATCH", "DELETE"):
            row(method, TEAM, lambda p: "Y" if p.owner else ".", ok=422, body=attributes("teams", name="new"),
                team_id=team, note=target)
    else:
        row("PATCH", TEAM, "T-update", body=attributes("teams", name="new"), **options)
        row("PATCH", TEAM, "T-access", team_id=team, target=target, note=target + ", flags",
            body=attributes("teams", organization_access={"manage-policies": True, "manage-modules": True}))
        row("DELETE", TEAM, "T-update", **options)
    for kind, who in (("users", "alice"), ("organization-memberships", "$membership_id")):
        for method in ("POST", "DELETE"):
            if (target, method, kind) != ("O", "DELETE", "users"):
                row(method, f"{TEAM}/relationships/{kind}", "T-members", ok=204, body=ids(kind, who), **options)
    row("GET", TEAM + "/relationships/organization-memberships", "T-members", **options)
row("DELETE", TEAM + "/relationships/users", lambda p: "403" if p.owner else ".", body=ids("users", "alice"),
    team_id="$owners", note="the last owner")

# --- Access of teams


def both(op, target):
    return lambda p: "Y" if p.cell(op) == "Y" and p.cell("T-see", target) == "Y" else "."


row("GET", "/api/v2/team-workspaces", "W1", query="filter[workspace][id]=$workspace_id", shows={
    "$visible_tws": both("W28", "V"), "$secret_tws": both("W28", "S"), "$own_tws": lambda p: "Y"})
row("GET", "/api/v2/team-workspaces", "T-see", target="V", query="filter[team][id]=$visible", note="of a team")
row("GET", "/api/v2/team-workspaces", "T-see", target="S", query="filter[team][id]=$secret", note="of a secret team")
row("GET", "/api/v2/team-workspaces", "any", ok=404, note="without a filter")
row("POST", "/api/v2/team-workspaces", "W28", ok=201,
    body=document("team-workspaces", {"access": "read"}, team="$free", workspace="$workspace_id"))
row("POST", "/api/v2/team-workspaces", "W28", also=("T-see", "O"), ok=422, note="owners team",
    body=document("team-workspaces", {"access": "read"}, team="$owners", workspace="$workspace_id"))
for target, one in (("V", "$visible_tws"), ("S", "$secret_tws")):
    for method, body in (("GET", None), ("PATCH", attributes("team-workspaces", access="plan")), ("DELETE", None)):
        row(method, "/api/v2/team-workspaces/:team_workspace_id", "W28", also=("T-see", target), body=body,
            team_workspace_id=one, note=target)
OWN_GRANT = {"team_workspace_id": "$own_tws", "note": "own team"}
row("GET", "/api/v2/team-workspaces/:team_workspace_id", "member", **OWN_GRANT)
row("PATCH", "/api/v2/team-workspaces/:team_workspace_id", "W28", body=attributes("team-workspaces", access="read"),
    **OWN_GRANT)
row("DELETE", "/api/v2/team-workspaces/:team_workspace_id", "W28", **OWN_GRANT)


def sees_project_grant(target):
    """12.4: who manages all projects manages any team's access to them; others need to see the team."""
    return lambda p: "Y" if p.cell("P2") == "Y" else p.cell("T-see", target)


row("GET", "/api/v2/team-projects", "P1", query="filter[project][id]=$project_id&page[size]=100", shows={
    "$visible_tprj": lambda p: "Y" if p.cell("P5") == "Y" and sees_project_grant("V")(p) == "Y" else ".",
    "$secret_tprj": lambda p: "Y" if p.cell("P5") == "Y" and sees_project_grant("S")(p) == "Y" else ".",
    "$own_tprj": lambda p: "Y"})
row("GET", "/api/v2/team-projects", "T-see", target="V", query="filter[team][id]=$visible", note="of a team")
row("GET", "/api/v2/team-projects", "any", ok=404, note="without a filter")
row("POST", "/api/v2/team-projects", "P6", ok=201,
    body=document("team-projects", {"access": "read"}, team="$free", project="$project_id"))
for target, one in (("V", "$visible_tprj"), ("S", "$secret_tprj")):
    for method, op in (("GET", "P5"), ("PATCH", "P6"), ("DELETE", "P6")):
        row(method, "/api/v2/team-projects/:team_project_id", op, also=sees_project_grant(target),
            body=attributes("team-projects", access="write") if method == "PATCH" else None,
            team_project_id=one, note=target)
OWN_GRANT = {"team_project_id": "$own_tprj", "note": "own team"}
row("GET", "/api/v2/team-projects/:team_project_id", "member", **OWN_GRANT)
row("PATCH", "/api/v2/team-projects/:team_project_id", "P6", body=attributes("team-projects", access="read"),
    **OWN_GRANT)
row("DELETE", "/api/v2/team-projects/:team_project_id", "P6", **OWN_GRANT)

# --- Projects
PROJECT = "/api/v2/projects/:project_id"
row("GET", ORGANIZATION + "/projects", "O25", shows={"$project_id": "P1"})
row("POST", ORGANIZATION + "/projects", "P2", ok=201, body=attributes("projects", name="Gamma"))
row("GET", PROJECT, "P1", permissions="projects")
row("PATCH", PROJECT, "P3", body=attributes("projects", description="new"))
row("DELETE", PROJECT, "P4", project_id="$beta")
row("POST", PROJECT + "/relationships/workspaces", "P7", ok=204, project_id="$beta", body=ids("workspaces", "$workspace_id"))
row("GET", PROJECT + "/varsets", "P1")
for path in ("/tag-bindings", "/relationships/tag-bindings"):
    row("GET", PROJECT + path, "P12")
    row("PATCH", PROJECT + path, "P10", body=BINDINGS, ok="any")
row("POST", PROJECT + "/relationships/tag-bindings", "P10", body=BINDINGS, ok="any")
row("GET", PROJECT + "/effective-tag-bindings", "P12")

# --- Workspaces
BY_NAME = ORGANIZATION + "/workspaces/:workspace"
BY_ID = "/api/v2/workspaces/:workspace_id"
row("GET", ORGANIZATION + "/workspaces", "O25", shows={"$workspace_id": "W1"})
row("POST", ORGANIZATION + "/workspaces", "W3", ok=201, body=attributes("workspaces", name="new"))
row("POST", ORGANIZATION + "/workspaces", "W4", ok=201, note="in a project",
    body=document("workspaces", {"name": "new"}, project="$project_id"))
for path in (BY_NAME, BY_ID):
    row("GET", path, "W1", permissions="workspaces")
    row("PATCH", path, "W2", body=attributes("workspaces", description="new"))
    row("PATCH", path, "W2", also=("W7", None), body=document("workspaces", {}, project="$beta"), note="move")
    row("DELETE", path, "W6")
    row("DELETE", path, "W6+", note="force delete allowed",
        prepare="UPDATE organizations SET allow_force_delete_workspaces = true;")
    row("POST", path + "/actions/safe-delete", "W5", ok=204)
LOCKED = "UPDATE workspaces SET locked_by = '{actor}', locked_at = now() WHERE name = 'main';"
row("POST", BY_ID + "/actions/lock", "W8", body={"reason": "matrix"})
row("POST", BY_ID + "/actions/unlock", "W8", prepare=LOCKED)
row("POST", BY_ID + "/actions/force-unlock", "W10", prepare=LOCKED.replace("{actor}", "user-somebody"))
row("PATCH", BY_ID + "/relationships/ssh-key", "W35", body={"data": {"attributes": {"id": None}}})
row("POST", "/api/v2/compound-workspaces", "any", ok=422, body=attributes("compound-workspaces", name="new"))
row("PATCH", "/api/v2/compound-workspaces/:workspace_id", "W2", body=attributes("compound-workspaces", name="main"))
row("GET", BY_ID + "/relationships/remote-state-consumers", "W1")
row("POST", BY_ID + "/relationships/remote-state-consumers", "W31", ok=204, body=ids("workspaces", "$other"))
row("PATCH", BY_ID + "/relationships/remote-state-consumers", "W30", ok=204, body=ids("workspaces", "$other"))
row("DELETE", BY_ID + "/relationships/remote-state-consumers", "W31", body=ids("workspaces", "$other"))

RETENTION = "/relationships/data-retention-policy"
for path, read, write in ((BY_ID, "W1", "W2"), (ORGANIZATION, "O27", "O27")):
    row("GET", path + RETENTION, read)
    row("POST", path + RETENTION, write, body=attributes("data-retention-policy-delete-olders", delete_older_than_n_days=3))
    row("PATCH", path + RETENTION, write, body=attributes("data-retention-policies", delete_older_than_n_days=3))
    row("DELETE", path + RETENTION, write)

# --- Tags (W34: as the settings)
row("GET", BY_ID + "/relationships/tags", "W1")
row("POST", BY_ID + "/relationships/tags", "W2", ok=204, body={"data": [{"type": "tags", "attributes": {"name": "new"}}]})
row("DELETE", BY_ID + "/relationships/tags", "W2", body=ids("tags", "$tag_id"))
row("GET", ORGANIZATION + "/tags", "O25")
row("DELETE", ORGANIZATION + "/tags", "O21", body=ids("tags", "$tag_id"))
row("POST", "/api/v2/tags/:tag_id/relationships/workspaces", "O21", ok=204, body=ids("workspaces", "$other"))
for path in ("/tag-bindings", "/relationships/tag-bindings"):
    row("GET", BY_ID + path, "W1")
    row("PATCH", BY_ID + path, "W2", body=BINDINGS, ok="any")
row("POST", BY_ID + "/relationships/tag-bindings", "W2", body=BINDINGS, ok="any")
row("GET", BY_ID + "/effective-tag-bindings", "W1")

# --- Runs
RUN = "/api/v2/runs/:run_id"
row("POST", "/api/v2/runs", "W12", ok=201, body={"data": {"type": "runs", "relationships": {
    "workspace": {"data": {"type": "workspaces", "id": "$workspace_id"}},
    "configuration-version": {"data": {"type": "configuration-versions", "id": "$old_configuration"}}}}})
row("GET", RUN, "W11", permissions="runs")
for path in ("/run-events", "/comments", "/plan", "/apply", "/configuration-version", "/created-by",
             "/configuration-version/download"):
    row("GET", RUN + path, "W11")
row("POST", RUN + "/comments", "W12", ok=201, body=attributes("comments", body="new"))
for action, op, status in (("apply", "W13", "planned"), ("discard", "W13", "planned"), ("cancel", "W13", "plan_queued"),
                           ("force-cancel", "W14", "planning")):
    row("POST", RUN + "/actions/" + action, op, ok=202, no=403, sees="W11",
        prepare=f"UPDATE runs SET status = '{status}', plan_only = false, canceled_at = CASE WHEN '{status}' = 'planning' "
                "THEN now() END, force_cancel_available_at = now() - interval '1 second';")
row("POST", RUN + "/actions/force-execute", "W13", ok=403, no=403, sees="W11")
# Query runs: rights as of runs.
QUERIES = "/api/v2/queries/:query_run_id"
row("POST", "/api/v2/queries", "W12", ok=201, body={"data": {"type": "queries", "relationships": {
    "workspace": {"data": {"type": "workspaces", "id": "$workspace_id"}},
    "configuration-version": {"data": {"type": "configuration-versions", "id": "$old_configuration"}}}}})
row("GET", BY_ID + "/queries", "W11")
row("GET", QUERIES, "W11")
row("POST", QUERIES + "/actions/cancel", "W13", ok=202, no=403, sees="W11")
row("POST", QUERIES + "/actions/force-cancel", "W14", ok=202, no=403, sees="W11",
    prepare="UPDATE query_runs SET status = 'running', canceled_at = now(), force_cancel_available_at = now() - interval '1 second';")
for plan in ("/api/v2/plans/:plan_id", RUN + "/plan"):
    row("GET", plan + "/json-output", "W32", ok=204)
    row("GET", plan + "/json-output-redacted", "W11", ok=204)
    row("GET", plan + "/json-schema", "W32", ok=204)
row("GET", "/api/v2/plans/:plan_id", "W11")
row("POST", "/api/v2/plan-exports", "W22", ok=422, note="the plan has no JSON", body={"data": {
    "type": "plan-exports", "attributes": {"data-type": "sentinel-mock-bundle-v0"},
    "relationships": {"plan": {"data": {"type": "plans", "id": "$plan_id"}}}}})
EXPORT = "/api/v2/plan-exports/:plan_export_id"
row("GET", EXPORT, "W22")
row("DELETE", EXPORT, "W22")
row("GET", EXPORT + "/download", "W22", ok=302)
row("GET", "/api/v2/objects/plan-export/:token", "open", ok=404, token="forged")
ASSESSMENT = "/api/v2/assessment-results/:assessment_result_id"
row("GET", ASSESSMENT, "W1")
row("GET", ASSESSMENT + "/json-output", "W32", ok=204)
row("GET", ASSESSMENT + "/json-schema", "W32", ok=204)
row("GET", ASSESSMENT + "/log-output", "W32")
row("GET", "/api/v2/workspaces/:workspace_id/current-assessment-result", "W1")
row("POST", "/api/v2/workspaces/:workspace_id/actions/assess", "W2", ok=409, note="assessments are not enabled")
row("GET", "/api/v2/applies/:apply_id", "W11")
row("GET", "/api/v2/applies/:apply_id/errored-state", "W18", ok=204)
row("GET", "/api/v2/run-events/:run_event_id", "W11")
row("GET", "/api/v2/comments/:comment_id", "W11")
row("GET", BY_ID + "/runs", "W11", shows={})
for path in ("/runs", "/runs/queue"):
    row("GET", ORGANIZATION + path, "O1")
row("GET", "/api/v2/objects/run-log/:token", "open", ok=404, token="forged")
row("GET", "/api/v2/objects/run-file/:token", "open", ok=404, token="forged")
for method, path in (("POST", "/agents"), ("DELETE", "/agents/:id"), ("POST", "/agents/:id/claim"), ("POST", "/jobs/:id/renew"),
                     ("POST", "/jobs/:id/log"), ("POST", "/jobs/:id/finish"), ("GET", "/jobs/:id/configuration"),
                     ("GET", "/jobs/:id/files/:name"), ("PUT", "/jobs/:id/files/:name")):
    row(method, "/api/runner/v1" + path, "runner", ok=200 if path == "/agents" else 404,
        id="job-0000000000000000", name="plan")

# --- Variables
VARIABLE = attributes("vars", key="new", value="1", category="env")
row("GET", BY_ID + "/vars", "W16")
row("POST", BY_ID + "/vars", "W17", ok=201, body=VARIABLE)
row("GET", BY_ID + "/vars/:variable_id", "W16")
row("PATCH", BY_ID + "/vars/:variable_id", "W17", body=attributes("vars", value="2"))
row("DELETE", BY_ID + "/vars/:variable_id", "W17")
row("PATCH", BY_ID + "/relationships/vars", "W17", ok=204,
    body={"data": [{"type": "vars", "id": "$variable_id", "attributes": {"value": "2"}}]})
row("GET", BY_ID + "/all-vars", "W16")
row("GET", "/api/v2/vars", "W16", query="filter[organization][name]=$organization&filter[workspace][name]=$workspace")
row("POST", "/api/v2/vars", "W17", ok=201, body=document("vars", VARIABLE["data"]["attributes"], workspace="$workspace_id"))
row("GET", "/api/v2/vars/:variable_id", "W16")
row("PATCH", "/api/v2/vars/:variable_id", "W17", body=attributes("vars", value="2"))
row("DELETE", "/api/v2/vars/:variable_id", "W17")

# --- Variable sets
VARSET = "/api/v2/varsets/:varset_id"
row("GET", ORGANIZATION + "/varsets", "O25", shows={"$varset_id": "O7", "$project_varset": "P8"})
row("POST", ORGANIZATION + "/varsets", "O6", ok=201, body=attributes("varsets", name="new"), note="of the organization")
row("POST", ORGANIZATION + "/varsets", "P9", ok=201, note="of a project", body={"data": {
    "type": "varsets", "attributes": {"name": "new"}, "relationships": {
        "parent": {"data": {"type": "projects", "id": "$project_id"}}}}})
# Not in section 12: whoever reads the workspace's variables.
row("GET", BY_ID + "/varsets", "W16")
row("GET", BY_ID + "/applicable-varsets", "W16")
for note, varset, read, write in (("of the organization", "$varset_id", "O7", "O6"),
                                  ("of a project", "$project_varset", "P8", "P9")):
    options = {"varset_id": varset, "note": note}
    row("GET", VARSET, read, permissions="varsets" if write == "O6" else None, **options)
    for method in ("PATCH", "PUT", "POST"):
        row(method, VARSET, write, body=attributes("varsets", description="new"), **options)
    row("DELETE", VARSET, write, **options)
    row("GET", VARSET + "/relationships/vars", read, **options)
    row("POST", VARSET + "/relationships/vars", write, ok=201, body=VARIABLE, **options)
    # The set's owner decides, but what it is applied to must be there for the caller.
    row("POST", VARSET + "/relationships/workspaces", write, also=("W1", None), ok=204,
        body=ids("workspaces", "$workspace_id"), **options)
    row("DELETE", VARSET + "/relationships/workspaces", write, body=ids("workspaces", "$workspace_id"), **options)
    row("POST", VARSET + "/relationships/projects", write, also=("P1", None), ok=204,
        body=ids("projects", "$project_id"), **options)
    row("DELETE", VARSET + "/relationships/projects", write, body=ids("projects", "$project_id"), **options)
OF_SET = {"variable_id": "$varset_variable"}
row("GET", VARSET + "/relationships/vars/:variable_id", "O7", **OF_SET)
row("PATCH", VARSET + "/relationships/vars/:variable_id", "O6", body=attributes("vars", value="2"), **OF_SET)
row("DELETE", VARSET + "/relationships/vars/:variable_id", "O6", **OF_SET)
row("GET", BY_ID + "/varsets/:varset_id/relationships/vars", "W16")
row("GET", BY_ID + "/varsets/:varset_id/relationships/vars/:variable_id", "W16", **OF_SET)

# --- States
row("POST", BY_ID + "/state-versions", "W20", ok=201, body=state_body(3), prepare=LOCKED)
row("PATCH", BY_ID + "/state-versions", "W20", ok="any", prepare=LOCKED, body={"data": {
    "type": "state-versions", "relationships": {
        "rollback-state-version": {"data": {"type": "state-versions", "id": "$old_state"}}}}})
row("GET", BY_ID + "/current-state-version", "W18")
row("GET", "/api/v2/state-versions", "W18",
    query="filter[organization][name]=$organization&filter[workspace][name]=$workspace")
row("GET", "/api/v2/state-versions/:state_version_id", "W18")
for action in ("soft_delete", "restore", "permanently_delete"):
    row("POST", f"/api/v2/state-versions/:state_version_id/actions/{action}_backing_data", "W21", ok="any",
        state_version_id="$old_state")
row("GET", "/api/v2/state-versions/:state_version_id/outputs", "W19")
row("GET", "/api/v2/state-version-outputs/:output_id", "W19")
row("GET", BY_ID + "/current-state-version-outputs", "W19")
row("GET", BY_ID + "/resources", "W1")

# --- Configurations
CONFIGURATION = "/api/v2/configuration-versions/:configuration_version_id"
row("GET", BY_ID + "/configuration-versions", "W11")
row("POST", BY_ID + "/configuration-versions", "W12", ok=201, body=attributes("configuration-versions"))
row("GET", CONFIGURATION, "W11")
row("GET", CONFIGURATION + "/ingress-attributes", "W11", ok=404)
row("GET", CONFIGURATION + "/download", "W11", configuration_version_id="$old_configuration")
row("POST", CONFIGURATION + "/actions/archive", "W12", ok=202, configuration_version_id="$old_configuration")
for action in ("soft_delete", "restore", "permanently_delete"):
    row("POST", f"{CONFIGURATION}/actions/{action}_backing_data", "W21", ok="any",
        configuration_version_id="$old_configuration")

# --- Agents, SSH keys, reserved tag keys, audit trail
POOL = "/api/v2/agent-pools/:agent_pool_id"
row("GET", ORGANIZATION + "/agent-pools", "O16r")
row("POST", ORGANIZATION + "/agent-pools", "O16", ok=201, body=attributes("agent-pools", name="new"))
row("GET", POOL, "O16r")
row("PATCH", POOL, "O16", body=attributes("agent-pools", name="new"))
row("DELETE", POOL, "O16")
row("GET", POOL + "/authentication-tokens", "O16")
row("POST", POOL + "/authentication-tokens", "O16", ok=201, body=attributes("authentication-tokens", description="new"))
row("GET", POOL + "/agents", "O16")
row("GET", "/api/v2/agents/:agent_id", "O16")
row("DELETE", "/api/v2/agents/:agent_id", "O16")
KEY = "/api/v2/ssh-keys/:ssh_key_id"
row("GET", ORGANIZATION + "/ssh-keys", "O13")
row("POST", ORGANIZATION + "/ssh-keys", "O14", ok=201, body=attributes("ssh-keys", name="new", value="x"))
row("GET", KEY, "O13")
row("PATCH", KEY, "O14", body=attributes("ssh-keys", name="new"))
row("DELETE", KEY, "O14")
CLIENT = "/api/v2/oauth-clients/:oauth_client_id"
CLIENT_BODY = attributes("oauth-clients", service_provider="github", http_url="https://github.com", api_url="https://api.github.com")
row("GET", ORGANIZATION + "/oauth-clients", "O12")
row("POST", ORGANIZATION + "/oauth-clients", "O12", ok=201, body=CLIENT_BODY)
row("POST", "/api/v2/oauth-clients", "O12", ok=201, body=attributes(
    "oauth-clients", organization_id="$organization", service_provider="github", http_url="https://github.com",
    api_url="https://api.github.com"))
row("GET", CLIENT, "O12")
row("PATCH", CLIENT, "O12", body=attributes("oauth-clients", name="new"))
row("DELETE", CLIENT, "O12")
row("POST", CLIENT + "/relationships/projects", "O12", ok=204, body=ids("projects"))
row("DELETE", CLIENT + "/relationships/projects", "O12", ok=204, body=ids("projects"))
row("GET", CLIENT + "/oauth-tokens", "O12")
row("GET", ORGANIZATION + "/oauth-tokens", "O12")
OAUTH_TOKEN = "/api/v2/oauth-tokens/:oauth_token_id"
row("GET", OAUTH_TOKEN, "O12")
row("PATCH", OAUTH_TOKEN, "O12", body=attributes("oauth-tokens"))
row("DELETE", OAUTH_TOKEN, "O12")
row("GET", ORGANIZATION + "/vcs-events", "O15")
row("POST", "/webhooks/vcs/:connection_id", "open", ok=404, connection_id="forged")
row("GET", ORGANIZATION + "/reserved-tag-keys", "O22")
row("POST", ORGANIZATION + "/reserved-tag-keys", "O22", ok=201, body=attributes("reserved-tag-keys", key="new"))
for path in ("reserved-tag-keys", "reserved-tags"):
    row("GET", f"/api/v2/{path}/:reserved_tag_key_id", "O22")
    row("PATCH", f"/api/v2/{path}/:reserved_tag_key_id", "O22", body=attributes("reserved-tag-keys", key="new"))
    row("DELETE", f"/api/v2/{path}/:reserved_tag_key_id", "O22")
row("GET", "/api/v2/organization/audit-trail", lambda p: "Y" if p.kind in (
    "organization", "audit-trails", "other-organization") else ".")
row("GET", ORGANIZATION + "/audit-configuration", "O24")
row("PATCH", ORGANIZATION + "/audit-configuration", "O24", ok="any", body=attributes("audit-configurations"))
row("POST", ORGANIZATION + "/audit-configuration/test", "O24", ok="any")

# --- The registry: every member reads it, keys are for who manages either kind
MODULES = ORGANIZATION + "/registry-modules"
MODULE = MODULES + "/:registry/:namespace/:name/:provider"
OLD = "/api/v2/registry-modules"
row("GET", MODULES, "O17", shows={"$registry_module_id": "O17"})
row("POST", MODULES, "O18", ok=201, body=attributes("registry-modules", name="new", provider="cloud"))
row("POST", MODULES, "O18", ok=201, note="public",
    body=attributes("registry-modules", name="new", provider="cloud", registry_name="public", namespace="elsewhere"))
row("POST", MODULES + "/vcs", "O18", ok=422, body=attributes("registry-modules", vcs_repo={"identifier": "a/b"}))
row("POST", OLD, "any", ok=422, body=attributes("registry-modules", vcs_repo={"identifier": "a/b"}))
row("GET", MODULES + "/validation", "O17", query="name=new&provider=cloud")
row("GET", MODULE, "O17", permissions="registry-modules")
row("GET", OLD + "/show/:organization/:name/:provider", "O17")
row("GET", OLD + "/:registry_module_id", "O17")
row("GET", OLD + "/:registry_module_id/tag-bindings", "O17")
row("PATCH", MODULE, "O18", body=attributes("registry-modules", no_code=True))
row("DELETE", MODULE, "O18")
row("DELETE", MODULES + "/:registry/:namespace/:name", "O18")
for path in ("", "/:provider", "/:provider/:version"):
    row("POST", OLD + "/actions/delete/:organization/:name" + path, "O18", ok=204)
row("GET", MODULE + "/commits", "O17", ok=404)
row("POST", MODULE + "/versions", "O18", ok=201, body=attributes("registry-module-versions", version="2.0.0"))
row("POST", OLD + "/:organization/:name/:provider/versions", "O18", ok=201,
    body=attributes("registry-module-versions", version="2.0.0"))
row("GET", MODULE + "/version", "O17", query="module_version=$version")
row("PATCH", MODULE + "/:version", "O18", body=attributes("module-versions", deprecation={"deprecated-status": "Deprecated"}))
row("DELETE", MODULE + "/:version", "O18")
# --- Explorer
EXPLORER = ORGANIZATION + "/explorer"
QUERY = {"data": {"name": "new", "query_type": "workspaces", "query": {"filter": []}}}
row("GET", EXPLORER, "O26", query="type=workspaces")
row("GET", EXPLORER + "/export/csv", "O26", query="type=modules")
row("GET", EXPLORER + "/views", "O26")
row("POST", EXPLORER + "/views", "O26", ok=201, body=QUERY)
row("GET", EXPLORER + "/views/:explorer_view_id", "O26")
row("PATCH", EXPLORER + "/views/:explorer_view_id", "O26", body=QUERY)
row("DELETE", EXPLORER + "/views/:explorer_view_id", "O26", ok=200)
row("GET", EXPLORER + "/views/:explorer_view_id/results", "O26")
row("GET", EXPLORER + "/views/:explorer_view_id/csv", "O26")
# Rights as in today-workspaces.md 18; workspace write is the right to apply.
row("POST", EXPLORER + "/bulk-actions", "W3", ok=201, body={"data": {
    "action_type": "change_requests", "action_inputs": {"subject": "S", "message": "M"}, "target_ids": ["$workspace_id"]}})
row("GET", BY_ID + "/change-requests", "W1")
for path in ("/api/v2/change-requests/:change_request_id", "/api/v2/workspaces/change-requests/:change_request_id"):
    row("GET", path, "W1")
CHANGE = "/api/v2/change-requests/:change_request_id/actions/archive"
row("GET", CHANGE, "W1")
row("POST", CHANGE, "W13")
row("POST", "/api/v2/workspaces/change-requests/:change_request_id", "W13")
row("PATCH", "/api/v2/workspaces/change-requests/:change_request_id", "W13")
# --- Policies (O8)
POLICY = "/api/v2/policies/:policy_id"
row("GET", ORGANIZATION + "/policies", "O8")
row("POST", ORGANIZATION + "/policies", "O8", ok=201, body=attributes("policies", name="new"))
row("GET", POLICY, "O8")
row("PATCH", POLICY, "O8", body=attributes("policies", description="new"))
row("DELETE", POLICY, "O8")
row("PUT", POLICY + "/upload", "O8", body={})
row("GET", POLICY + "/download", "O8")
POLICY_SET = "/api/v2/policy-sets/:policy_set_id"
row("GET", ORGANIZATION + "/policy-sets", "O8")
row("POST", ORGANIZATION + "/policy-sets", "O8", ok=201, body=attributes("policy-sets", name="new"))
row("GET", POLICY_SET, "O8")
row("PATCH", POLICY_SET, "O8", body=attributes("policy-sets", description="new"))
row("DELETE", POLICY_SET, "O8")
for method in ("POST", "DELETE"):
    row(method, POLICY_SET + "/relationships/policies", "O8", ok=204, body=ids("policies", "$policy_id"))
    for relationship, kind in (("workspaces", "workspaces"), ("workspace-exclusions", "workspaces"),
                               ("projects", "projects"), ("project-exclusions", "projects")):
        member = "$workspace_id" if kind == "workspaces" else "$project_id"
        row(method, f"{POLICY_SET}/relationships/{relationship}", "O8", ok=204, body=ids(kind, member))
    row(method, POLICY_SET + "/tag-selectors", "O8", ok=204,
        body={"data": [{"tag-key": "env", "tag-value": None, "is-exclude": False}]})
row("GET", POLICY_SET + "/parameters", "O8")
row("POST", POLICY_SET + "/parameters", "O8", ok=201,
    body=attributes("vars", key="new", category="policy-set"))
OF_POLICY_SET = {"parameter_id": "$policy_parameter"}
row("GET", POLICY_SET + "/parameters/:parameter_id", "O8", **OF_POLICY_SET)
row("PATCH", POLICY_SET + "/parameters/:parameter_id", "O8", body=attributes("vars", value="new"), **OF_POLICY_SET)
row("DELETE", POLICY_SET + "/parameters/:parameter_id", "O8", **OF_POLICY_SET)
row("GET", POLICY_SET + "/versions", "O8", policy_set_id="$versioned_set")
row("POST", POLICY_SET + "/versions", "O8", ok=201, policy_set_id="$versioned_set")
row("GET", "/api/v2/policy-set-versions/:policy_set_version_id", "O8")

TESTS = ORGANIZATION + "/tests/registry-modules/:registry/:namespace/:name/:provider/test-runs/configuration-versions"
row("POST", TESTS, "O18", ok=201)
OF_MODULE = {"configuration_version_id": "$module_configuration", "note": "of a module"}
row("GET", CONFIGURATION, "O17", **OF_MODULE)
row("GET", CONFIGURATION + "/download", "O17", ok=404, **OF_MODULE)
row("POST", CONFIGURATION + "/actions/archive", "O18", ok=409, **OF_MODULE)
row("POST", CONFIGURATION + "/actions/soft_delete_backing_data", "O18", ok=400, **OF_MODULE)

NO_CODE = "/api/v2/no-code-modules/:no_code_module_id"
row("POST", ORGANIZATION + "/no-code-modules", "O18", prepare="DELETE FROM no_code_modules;", body={"data": {
    "type": "no-code-modules", "relationships": {
        "registry-module": {"data": {"type": "registry-modules", "id": "$registry_module_id"}}}}})
row("GET", NO_CODE, "O17")
row("PATCH", NO_CODE, "O18", body=attributes("no-code-modules", enabled=False))
row("DELETE", NO_CODE, "O18")
row("GET", NO_CODE + "/versions/:version/module-variables", "O17")


def without_organization_token(op):
    """today-registry-vcs.md section 4: such a token may not use the calls about workspaces."""
    return lambda principal: "." if principal.kind in ("organization", "other-organization") else principal.cell(op)


row("POST", NO_CODE + "/workspaces", without_organization_token("W3"), body=attributes("workspaces", name="new"))
row("POST", NO_CODE + "/workspaces", without_organization_token("W4"), note="in a project",
    body=document("workspaces", {"name": "new"}, project="$project_id"))
UPGRADE = NO_CODE + "/workspaces/:workspace_id/upgrade"
row("POST", UPGRADE, "W12")
row("POST", UPGRADE, "W12", also=("W17", None), note="with variables", ok=422, body={"data": {
    "type": "no-code-module-workspace", "relationships": {"vars": {"data": [{"type": "vars", "attributes": {
        "key": "none", "value": "1"}}]}}}})
row("GET", UPGRADE + "/:run_id", without_organization_token("W11"))
row("POST", UPGRADE + "/:run_id", "W13", prepare="UPDATE runs SET status = 'planned', plan_only = false;")

PROVIDERS = ORGANIZATION + "/registry-providers"
PROVIDER = PROVIDERS + "/:registry/:namespace/:name"
PRIVATE = PROVIDERS + "/private/:namespace/:name/versions"
row("GET", PROVIDERS, "O17", shows={"$registry_provider_id": "O17"})
row("POST", PROVIDERS, "O19", ok=201,
    body=attributes("registry-providers", name="new", namespace="$organization", registry_name="private"))
row("GET", PROVIDER, "O17", permissions="registry-providers")
row("GET", "/api/v2/registry-providers/:registry_provider_id", "O17")
row("GET", "/api/v2/registry-providers/:registry_provider_id/tag-bindings", "O17")
row("PATCH", PROVIDER, "O19", body=attributes("registry-providers"))
row("DELETE", PROVIDER, "O19")
row("GET", PRIVATE, "O17")
row("POST", PRIVATE, "O19", ok=201, body=attributes("registry-provider-versions", version="2.0.0", key_id="x"))
row("GET", PRIVATE + "/:version", "O17", permissions="registry-provider-versions")
row("DELETE", PRIVATE + "/:version", "O19")
row("GET", PRIVATE + "/:version/platforms", "O17")
row("POST", PRIVATE + "/:version/platforms", "O19", ok=201,
    body=attributes("registry-provider-platforms", os="new", arch="new", filename="new.zip", shasum="x"))
row("GET", PRIVATE + "/:version/platforms/:os/:arch", "O17", permissions="registry-provider-versions")
row("DELETE", PRIVATE + "/:version/platforms/:os/:arch", "O19")

GPG_KEYS = "/api/registry/private/v2/gpg-keys"
# 403 unless one of the namespaces can be read, also for those who see nothing (today-registry-vcs.md section 3).
row("GET", GPG_KEYS, lambda p: "Y" if p.cell("O17") == "Y" else "." if p.kind == "audit-trails" else "403", query="filter[namespace]=$organization")
row("POST", GPG_KEYS, "O20", ok=201, prepare="DELETE FROM gpg_keys;",
    body=attributes("gpg-keys", namespace="$organization", ascii_armor=ARMOR))
row("GET", GPG_KEYS + "/:namespace/:key_id", "O17")
row("PATCH", GPG_KEYS + "/:namespace/:key_id", "O20", body=attributes("gpg-keys", namespace="$organization"))
row("DELETE", GPG_KEYS + "/:namespace/:key_id", "O20")

PROTOCOL = "/api/registry/v1/modules"
row("GET", PROTOCOL, "any")
row("GET", PROTOCOL + "/search", "any", query="q=$name")
for path, ok in (("", 200), ("/:name", 200), ("/:name/:provider", 200), ("/:name/:provider/versions", 200),
                 ("/:name/:provider/download", 302), ("/:name/:provider/:version", 200),
                 ("/:name/:provider/:version/download", 204)):
    row("GET", PROTOCOL + "/:namespace" + path, "O17", ok=ok)
row("GET", "/api/registry/v1/providers/:namespace/:name/versions", "O17")
row("GET", "/api/registry/v1/providers/:namespace/:name/:version/download/:os/:arch", "O17")

# --- Notifications, run tasks, run triggers
NOTIFICATION = "/api/v2/notification-configurations/:notification_configuration_id"
NOTIFY = attributes("notification-configurations", name="new", destination_type="generic", url="$receiver/hook",
                    enabled=True, triggers=["run:created"])
NOTIFY_TEAM = attributes("notification-configurations", name="new", destination_type="generic", url="http://example.com")
row("GET", BY_ID + "/notification-configurations", "W25")
row("POST", BY_ID + "/notification-configurations", "W25", ok=201, body=NOTIFY)
# Of a project: who administrates it and all its workspaces.
row("GET", PROJECT + "/notification-configurations", "P3", also=("W25",))
row("POST", PROJECT + "/notification-configurations", "P3", also=("W25",), ok=201, body=NOTIFY)
for target, team in (("V", "$visible"), ("M", "$team"), ("S", "$secret"), ("O", "$owners")):
    options = {"target": target, "team_id": team, "note": target}
    op = "T-members" if target == "O" else "T-update"
    row("GET", TEAM + "/notification-configurations", op, **options)
    row("POST", TEAM + "/notification-configurations", op, ok=201, body=NOTIFY_TEAM, **options)
for op, one, target in (("W25", "$notification_configuration_id", None), ("P3", "$project_notification", None),
                        ("T-update", "$team_notification", "V")):
    options = {"notification_configuration_id": one, "target": target, "note": one,
               "also": ("W25",) if op == "P3" else None}
    row("GET", NOTIFICATION, op, **options)
    row("PATCH", NOTIFICATION, op, body=attributes("notification-configurations", name="new"), **options)
    row("DELETE", NOTIFICATION, op, **options)
    row("POST", NOTIFICATION + "/actions/verify", op, **options)
    row("POST", NOTIFICATION + "/actions/enable", op, **options)

TASK = attributes("tasks", name="new", url="$receiver/task", category="task")
row("GET", ORGANIZATION + "/tasks", "O11", shows={"$task_id": "O11"})
row("POST", ORGANIZATION + "/tasks", "O10", ok=201, body=TASK)
row("GET", "/api/v2/tasks/:task_id", "O11")
row("PATCH", "/api/v2/tasks/:task_id", "O10", body=attributes("tasks", description="new"))
row("DELETE", "/api/v2/tasks/:task_id", "O10")
row("GET", "/api/v2/tasks/:task_id/relationships/workspace-tasks", "O11")
ATTACHED = BY_ID + "/tasks/:workspace_task_id"
row("GET", BY_ID + "/tasks", "W11")
row("POST", BY_ID + "/tasks", "W23", ok=201, body=document("workspace-tasks", {"enforcement-level": "advisory"}, task="$task_id"),
    workspace_id="$other")
row("GET", ATTACHED, "W11")
row("PATCH", ATTACHED, "W23", body=attributes("workspace-tasks", enforcement_level="mandatory"))
row("DELETE", ATTACHED, "W23")

TRIGGERS = BY_ID + "/run-triggers"
row("GET", TRIGGERS, "W11", query="filter[run-trigger][type]=inbound")
row("POST", TRIGGERS, "W26", ok=201, prepare="DELETE FROM run_triggers;", body={"data": {
    "relationships": {"sourceable": {"data": {"type": "workspaces", "id": "$other"}}}}})
row("GET", "/api/v2/run-triggers/:run_trigger_id", "W11")
row("DELETE", "/api/v2/run-triggers/:run_trigger_id", "W26")

# Stages of a run, and what its tasks have said. Only a task's own token opens its callback.
STAGE, RESULT = "/api/v2/task-stages/:task_stage_id", "/api/v2/task-results/:task_result_id"
row("GET", RUN + "/task-stages", "W11", shows={"$task_stage_id": "W11"})
row("GET", STAGE, "W11", permissions="task-stages")
row("POST", STAGE + "/actions/override", "W24", ok=409)
CHECK = "/api/v2/policy-checks/:policy_check_id"
row("GET", RUN + "/policy-checks", "W11", shows={"$policy_check_id": "W11"})
row("GET", CHECK, "W11", permissions="policy-checks")
row("GET", CHECK + "/output", "W11")
row("POST", CHECK + "/actions/override", "W24", prepare="UPDATE runs SET status = 'policy_override', plan_only = false;")
row("GET", STAGE + "/policy-evaluations", "W11")
row("GET", "/api/v2/policy-evaluations/:policy_evaluation_id", "W11")
row("GET", "/api/v2/policy-evaluations/:policy_evaluation_id/policy-set-outcomes", "W11")
row("GET", "/api/v2/policy-set-outcomes/:policy_set_outcome_id", "W11")
row("GET", RESULT, "W11")
row("GET", RESULT + "/body", "W11")
row("GET", RESULT + "/outcomes", "W11")
row("GET", "/api/v2/task-result-outcomes/:task_result_outcome_id", "W11")
row("GET", "/api/v2/task-result-outcomes/:task_result_outcome_id/body", "W11")
row("PATCH", RESULT + "/callback", "open", ok=401, body=attributes("task-results", status="passed"))
