"""The kinds of callers, and what the tables of reference.py say about each."""

from reference import ORGANIZATION, PEOPLE, PROJECT, SINGLE, TEAM, WORKSPACE

WORKSPACE_COLUMN = {"read": "R", "plan": "P", "write": "W", "admin": "A"}
PROJECT_COLUMN = {"read": "PR", "write": "PW", "maintain": "PM", "admin": "PA"}
FLAG_COLUMN = {"read-workspaces": "rw", "read-projects": "rp", "manage-workspaces": "mw",
               "manage-projects": "mp", "manage-policies": "po", "manage-policy-overrides": "ov",
               "manage-agent-pools": "ag"}
NEEDS = {"read-projects": ["read-workspaces"], "manage-projects": ["manage-workspaces"],
         "manage-teams": ["manage-membership"],
         "manage-organization-access": ["manage-membership", "manage-teams"]}
RANK = {".": 0, "403": 1, "Y": 2}


class Principal:
    """workspace, project: a level, or the values of a custom grant. kind: user, team (its token),
    organization or audit-trails (the organization's tokens), or one of those that are nobody."""

    def __init__(self, name, kind="user", workspace=None, project=None, flags="", owner=False, team=True,
                 member=True):
        self.name = name
        self.kind = kind
        self.workspace = workspace
        self.project = project
        self.flags = flags.split()
        self.owner = owner
        self.team = team and member  # is in a team of its own
        self.member = member

    @property
    def nobody(self):
        """Gets a 401 wherever a token is asked for."""
        return self.kind in ("none", "unknown", "expired", "disabled", "agent", "scim")

    def opened(self):
        """Operations that the single values of its custom grants open."""
        values = []
        for grant in (self.workspace, self.project):
            if isinstance(grant, dict):
                for key, value in grant.items():
                    values += list(value.items()) if isinstance(value, dict) else [(key, value)]
        found = {op for value in values for op in SINGLE.get(value, "").split()}
        if ("policy-overrides", True) in values and "delegate-policy-overrides" in self.flags:
            found.add("W24")
        if "W5" in found and not self.owner:
            found.add("W6:403")
        return found

    def columns(self, of_projects):
        """The columns of WORKSPACE or PROJECT that speak about this caller: the best cell counts."""
        if self.kind == "organization":
            return ["OT"]
        if not self.member or self.kind == "audit-trails":
            return ["no"]
        columns = ["OW"] if self.owner else ["no"]
        if self.workspace is not None:
            columns.append("ws" if of_projects else WORKSPACE_COLUMN.get(self.workspace, "Cr")
                           if isinstance(self.workspace, str) else "Cr")
        if self.project is not None:
            custom = "Cu" if of_projects else "Cr"
            columns.append(PROJECT_COLUMN[self.project] if isinstance(self.project, str) else custom)
        columns += [FLAG_COLUMN[flag] for flag in self.flags if flag in FLAG_COLUMN]
        known = PROJECT["P1"] if of_projects else WORKSPACE["W1"]
        return [column for column in columns if column in known]

    def cell(self, op, target=None):
        """Y, 403 or `.` for an operation of reference.py; target: V, M, S or O for the team ones."""
        if self.nobody or not self.member or self.kind == "audit-trails":
            return "Y" if op == "O4-audit" else "."
        if op in ORGANIZATION:
            return self.organization_cell(op)
        if op in TEAM:
            return self.team_cell(op, target)
        if op in PEOPLE:
            return self.people_cell(op)
        opened = self.opened()
        cells = ["Y" if op in opened else "403" if f"{op}:403" in opened else "."]
        rows = PROJECT if op.startswith("P") else WORKSPACE
        cells += [rows[op][column] for column in self.columns(rows is PROJECT)]
        return max(cells, key=RANK.__getitem__)

    def organization_cell(self, op):
        who, token = ORGANIZATION[op]
        if self.kind == "organization":
            return token
        if self.owner:
            return "Y"
        for name in who.split():
            if name == "member" or (name == "team" and self.team) or name in self.flags:
                return "Y"
            if name[0] in "WP" and name[1:].isdigit() and self.cell(name) == "Y":
                return "Y"
        return "."

    def level(self):
        """0 to 3: none, manage-membership, manage-teams, manage-organization-access."""
        names = ("manage-membership", "manage-teams", "manage-organization-access")
        return max([0] + [1 + names.index(flag) for flag in self.flags if flag in names])

    def team_cell(self, op, target):
        row = TEAM[op]
        if self.kind == "organization":
            return "Y" if target in row[6].split() else "."
        if self.owner:
            return "Y" if target in row[5].split() else "."
        targets = set(row[0].split()) | set(row[self.level()].split())
        if "access-secret-teams" in self.flags:
            need = {"teams": 2, "access": 3}.get(row[4].split()[-1], 1 if "members" in op else 0)
            if self.level() >= need:
                targets |= set(row[4].split())
        return "Y" if target in targets else "."

    def people_cell(self, op):
        row = PEOPLE[op]
        if self.kind == "organization":
            return row[4]
        if self.owner:
            return row[3]
        cell = row[self.level() - 1] if self.level() else "."
        if cell == "AST":
            cell = "Y" if "access-secret-teams" in self.flags else "."
        return cell

    @property
    def person(self):
        return self.kind == "user"


def flag_principals():
    for flag in ("read-workspaces", "read-projects", "manage-workspaces", "manage-projects",
                 "manage-policies", "manage-policy-overrides", "delegate-policy-overrides",
                 "manage-run-tasks", "manage-vcs-settings", "manage-agent-pools", "manage-providers",
                 "manage-modules", "manage-membership", "manage-teams", "manage-organization-access"):
        yield Principal(f"organization {flag}", flags=" ".join([flag] + NEEDS.get(flag, [])))
    for flag in ("manage-membership", "manage-teams", "manage-organization-access"):
        yield Principal(f"organization {flag} and access-secret-teams",
                        flags=" ".join([flag, "access-secret-teams"] + NEEDS.get(flag, [])))


def custom_principals():
    of_workspaces = [("runs", "plan"), ("runs", "apply"), ("variables", "read"), ("variables", "write"),
                     ("state-versions", "read-outputs"), ("state-versions", "read"),
                     ("state-versions", "write"), ("sentinel-mocks", "read"), ("run-tasks", True)]
    only_workspace = [("workspace-locking", True), ("policy-overrides", True)]
    only_project = [("locking", True), ("create", True), ("delete", True), ("move", True),
                    ("policy-overrides", True)]
    for key, value in of_workspaces + only_workspace:
        yield Principal(f"workspace custom {key} {value}", workspace={key: value})
    for key, value in of_workspaces + only_project:
        yield Principal(f"project custom {key} {value}", project={"workspace-access": {key: value}})
    for key, value in (("settings", "update"), ("settings", "delete"), ("teams", "read"),
                       ("teams", "manage"), ("variable-sets", "read"), ("variable-sets", "write")):
        yield Principal(f"project custom {key} {value}", project={"project-access": {key: value}})


def all_principals():
    yield Principal("nobody", "none")
    yield Principal("a revoked token", "unknown")
    yield Principal("an expired token", "expired")
    yield Principal("a disabled user", "disabled")
    yield Principal("an agent pool's token", "agent", team=False)
    yield Principal("an identity provider's token", "scim", team=False)
    yield Principal("a stranger", member=False)
    yield Principal("a site administrator", member=False)
    yield Principal("somebody invited", member=False)
    yield Principal("the owner of another organization", member=False)
    yield Principal("another organization's token", "other-organization", member=False)
    yield Principal("the audit trail's token", "audit-trails")
    yield Principal("a member", team=False)
    yield Principal("a member of a team")
    for level in ("read", "plan", "write", "admin"):
        yield Principal(f"workspace {level}", workspace=level)
    yield Principal("workspace custom", workspace={})
    for level in ("read", "write", "maintain", "admin"):
        yield Principal(f"project {level}", project=level)
    yield Principal("project custom", project={})
    yield from custom_principals()
    yield from flag_principals()
    yield Principal("workspace policy overrides with delegation", workspace={"policy-overrides": True},
                    flags="delegate-policy-overrides")
    yield Principal("project policy overrides with delegation",
                    project={"workspace-access": {"policy-overrides": True}},
                    flags="delegate-policy-overrides")
    yield Principal("workspace locking, project plan", workspace={"workspace-locking": True},
                    project={"workspace-access": {"runs": "plan"}})
    yield Principal("an owner", owner=True, team=False)
    yield Principal("the owners' token", "team", owner=True, team=False)
    yield Principal("the organization's token", "organization", team=False)
    yield Principal("a team's token", "team")
    yield Principal("a team's token, workspace admin", "team", workspace="admin")
    yield Principal("a team's token, workspace write", "team", workspace="write")
    yield Principal("a team's token, project admin", "team", project="admin")
    yield Principal("a team's token, manage-projects", "team", flags="manage-projects manage-workspaces")
    yield Principal("a team's token, manage-teams", "team", flags="manage-teams manage-membership")
