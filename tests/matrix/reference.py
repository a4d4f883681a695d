"""Who may do what, transcribed from today-access.md section 12 and section 13 (and api-2017.md 3.4).
Nothing here is read off the program: these tables say what it has to do.

Y: allowed. `.`: as if the thing were not there (404). 403: visible, but refused aloud. Cells that the
reference leaves open carry what was decided, in the comment beside them."""


def table(text):
    """{row: {column: cell}} of a table whose first line names the columns."""
    lines = [line.split("#")[0].split() for line in text.strip().splitlines()]
    columns = lines[0][1:]
    rows = {}
    for line in lines[1:]:
        if line:
            assert len(line) == len(columns) + 1, line
            rows[line[0]] = dict(zip(columns, line[1:]))
    return rows


# 12.7: R P W A Cr a workspace grant alone (custom with its defaults), PR PW PM PA a project grant alone,
# rw mw mp po ov ag one organization flag (with what it needs), no a member, OW owners, OT their
# organization's token.
WORKSPACE = table("""
op  R P W A Cr PR PW PM PA rw mw mp po ov ag no OW OT
W1  Y Y Y Y Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  Y    # show
W2  . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # change settings
W3  . . . . .  .  .  .  .  .  Y  Y  .  .  .  .  Y  Y    # create in the default project
W4  . . . . .  .  .  Y  Y  .  .  Y  .  .  .  .  Y  Y    # create in that project
W5  . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # safe delete
W6  . . . 403 . . . 403 403 . 403 403 . . . .  Y  403  # force delete, not allowed by the organization; OT open
W6+ . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # force delete, allowed by the organization
W7  . . . . .  .  .  .  Y  .  .  Y  .  .  .  .  Y  Y    # move to a project with the same grant
W8  . . Y Y .  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # lock, and unlock one's own lock
W10 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # force-unlock
W11 Y Y Y Y Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  Y  .  Y  Y    # read runs
W12 . Y Y Y .  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  .    # queue a run
W13 . . Y Y .  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  .    # apply, discard, cancel
W14 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  .    # force-cancel
W16 Y Y Y Y .  Y  Y  Y  Y  Y  Y  Y  .  .  .  .  Y  Y    # read variables
W17 . . Y Y .  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # write variables
W18 Y Y Y Y .  Y  Y  Y  Y  Y  Y  Y  .  .  .  .  Y  Y    # read states
W19 Y Y Y Y .  Y  Y  Y  Y  Y  Y  Y  .  .  .  .  Y  Y    # read outputs
W20 . . Y Y .  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  .    # write states
W21 . . . . .  .  .  .  .  .  .  .  .  .  .  .  Y  .    # backing data of states (12.6)
W22 . . Y Y .  .  Y  Y  Y  .  Y  Y  .  .  .  .  Y  .    # mocks; OT open
W23 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # run tasks
W24 . . . . .  .  .  .  .  .  .  .  .  Y  .  .  Y  .    # override a policy
W25 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # notifications
W26 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # run triggers
W28 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # access of teams that are seen
W30 . . . . .  .  .  .  .  .  Y  Y  .  .  .  .  Y  Y    # replace remote-state consumers
W31 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  Y    # add and remove remote-state consumers
W32 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  .    # JSON of plans
W35 . . . Y .  .  .  Y  Y  .  Y  Y  .  .  .  .  Y  .    # SSH key (12.6, 12.5: not by an organization's token)
""")

# What one raised value of a custom grant opens beside what custom gives anyway (end of 12.7).
SINGLE = {
    ("runs", "plan"): "W12", ("runs", "apply"): "W12 W13",
    ("variables", "read"): "W16", ("variables", "write"): "W16 W17",
    ("state-versions", "read-outputs"): "W19", ("state-versions", "read"): "W18 W19",
    ("state-versions", "write"): "W18 W19 W20",
    ("sentinel-mocks", "read"): "W22",
    ("workspace-locking", True): "W8", ("locking", True): "W8",
    ("run-tasks", True): "W23",
    ("policy-overrides", True): "",  # W24 with the flag delegate-policy-overrides only
    ("create", True): "W4", ("delete", True): "W5 W6+", ("move", True): "W7 P7",
    ("settings", "update"): "P3 P10 P11", ("settings", "delete"): "P3 P4 P10 P11",
    ("teams", "read"): "P5", ("teams", "manage"): "P5 P6",
    ("variable-sets", "read"): "P8", ("variable-sets", "write"): "P8 P9",
}

# 12.8. ws: a grant on one of the project's workspaces, which makes its name visible (12.3); Cu: custom
# with its defaults; rw: read-workspaces alone.
PROJECT = table("""
op  ws PR PW PM PA Cu rw rp mw mp OW OT no
P1  Y  Y  Y  Y  Y  Y  .  Y  .  Y  Y  Y  .    # show
P2  .  .  .  .  .  .  .  .  .  Y  Y  Y  .    # create one
P3  .  .  .  .  Y  .  .  .  .  Y  Y  Y  .    # update
P4  .  .  .  .  Y  .  .  .  .  Y  Y  Y  .    # delete
P5  .  .  .  .  Y  .  .  .  .  Y  Y  Y  .    # other teams' access
P6  .  .  .  .  Y  .  .  .  .  Y  Y  Y  .    # change teams' access
P7  .  .  .  .  Y  .  .  .  .  Y  Y  Y  .    # move workspaces in
P8  .  Y  Y  Y  Y  .  .  Y  Y  Y  Y  Y  .    # its variable sets; rp and mw open: who reads all their variables
P9  .  .  Y  Y  Y  .  .  .  .  Y  Y  Y  .    # change its variable sets
P10 .  .  Y  Y  Y  .  .  .  .  Y  Y  Y  .    # add tag bindings
P11 .  .  .  .  Y  .  .  .  .  Y  Y  Y  .    # remove tag bindings
P12 Y  Y  Y  Y  Y  Y  .  Y  .  Y  Y  Y  .    # read tag bindings
""")

# 12.8: who may besides owners, and whether the organization's token may. A name is a flag, `member`
# every member, an operation of a table above whoever may do that on some workspace or project.
ORGANIZATION = {
    "O1": ("member", "Y"), "O2": ("", "."), "O3": ("", "."), "O4": ("", "Y"),
    "O6": ("manage-workspaces manage-projects", "Y"), "O7": ("W16", "Y"),
    "O8": ("manage-policies", "Y"), "O9": ("manage-policy-overrides", "."),
    "O10": ("manage-run-tasks", "Y"), "O11": ("manage-run-tasks W23", "Y"),
    "O12": ("manage-vcs-settings", "Y"), "O13": ("manage-vcs-settings W2", "."),
    "O14": ("manage-vcs-settings", "."), "O15": ("manage-vcs-settings", "Y"),
    "O16": ("manage-agent-pools", "Y"), "O16r": ("manage-agent-pools W2", "Y"),  # 11.3: choose a pool
    "O17": ("member", "Y"), "O18": ("manage-modules", "."), "O19": ("manage-providers", "."),
    "O20": ("manage-providers manage-modules", "."), "O21": ("manage-workspaces manage-projects", "Y"),
    "O22": ("", "Y"), "O23": ("", "."), "O24": ("", "."), "O25": ("member", "Y"),
    "O26": ("read-workspaces read-projects manage-workspaces manage-projects", "Y"), "O27": ("", "."),
    # 13.2
    "team-member": ("team", "Y"), "create-workspace": ("manage-workspaces manage-projects W4", "Y"),
    "owner": ("", "."),
}

# 12.9. V: a visible team not mine, M: one I am in, S: a secret team not mine, O: the owners team, which
# is secret. The columns are the flags, each with those that it needs; AST is what access-secret-teams
# adds. `all` is V M S O.
TEAM = {
    #                member  membership  teams  access  AST        owner     OT
    "T-see":        ("V M", "V M",      "V M", "V M",  "S O",     "V M S O", "V M S O"),
    "T-access-see": ("M",   "V M",      "V M", "V M",  "S O",     "V M S O", "V M S O"),
    "T-members":    ("",    "V M",      "V M", "V M",  "S",       "V M S O", "V M S"),
    "T-update":     ("",    "",         "V M", "V M",  "S teams", "V M S",   "V M S"),
    "T-access":     ("",    "",         "",    "V M",  "S access", "V M S",  "V M S"),
    "T-tokens":     ("M",   "M",        "V M", "V M",  "S teams", "V M S O", "V M S"),
}
# The rows of 12.9 that name no team.
PEOPLE = {
    #                   membership teams access  owner OT
    "people":           ("Y",      "Y",  "Y",    "Y", "Y"),   # list, invite, remove
    "create-team":      (".",      "Y",  "Y",    "Y", "Y"),
    "create-secret":    (".",      "AST", "AST", "Y", "Y"),
    "create-with-flags": (".",     ".",  "Y",    "Y", "Y"),
}

# Section 13: the operation that a key of `permissions` stands for; False: never.
PERMISSIONS = {
    "workspaces": {
        "can-update": "W2", "can-destroy": "W5", "can-force-delete": "W6", "can-queue-run": "W12",
        "can-queue-apply": "W13", "can-queue-destroy": "W13", "can-read-run": "W11",
        "can-read-variable": "W16", "can-update-variable": "W17", "can-read-state-versions": "W18",
        "can-read-state-outputs": "W19", "can-create-state-versions": "W20", "can-lock": "W8",
        "can-unlock": "W8", "can-force-unlock": "W10", "can-read-settings": "W1", "can-manage-tags": "W2",
        "can-manage-run-tasks": "W23",
    },
    "runs": {
        "can-apply": "W13", "can-cancel": "W13", "can-comment": "W12", "can-discard": "W13",
        "can-force-cancel": "W14", "can-force-execute": "W13", "can-override-policy-check": "W24",
    },
    "organizations": {
        "can-update": "O2", "can-destroy": "O3", "can-update-authentication-token": "O4",
        "can-view-authentication": "O1", "can-access-via-teams": "team-member", "can-traverse": "O1",
        "can-create-module": "O18", "can-manage-no-code-modules": "O18", "can-create-provider": "O19", "can-manage-custom-providers": "O19",
        "can-create-team": "create-team", "can-create-workspace": "create-workspace",
        "can-deploy-no-code-modules": "create-workspace",
        "can-create-project": "P2", "can-manage-users": "people", "can-view-users": "people",
        "can-manage-subscription": "owner", "can-update-oauth": "O12", "can-update-ssh-keys": "O14",
        "can-update-sentinel": "O8", "can-read-policies": "O8", "can-update-api-token": "O4",
        "can-update-agent-pools": "O16", "can-manage-tags": "O21", "can-manage-varsets": "O6",
        "can-read-varsets": "O7", "can-manage-run-tasks": "O10", "can-read-run-tasks": "O11",
        "can-view-explorer": "O26",
    },
    "projects": {
        "can-read": "P1", "can-update": "P3", "can-destroy": "P4", "can-create-workspace": "W4",
        "can-deploy-no-code-modules": "W4",
        "can-move-workspace": "P7", "can-read-teams": "P5", "can-manage-teams": "P6",
        "can-manage-tags": "P10", "can-manage-varsets": "P9",
    },
    "teams": {
        "can-update-membership": "T-members", "can-destroy": "T-update",
        "can-update-organization-access": "T-access", "can-update-api-token": "T-tokens",
        "can-view-api-token": "T-tokens", "can-update-visibility": "T-update",
        "can-update-name": "T-update", "can-update-sso-team-id": "T-update",
        "can-update-member-token-management": "T-update",
    },
    "policy-checks": {"can-override": "W24"},
    "task-stages": {"can-override-policy": "W24", "can-override-tasks": False, "can-override": "W24"},
    "registry-modules": {"can-delete": "O18", "can-resync": "O18", "can-retry": "O18"},
    "registry-providers": {"can-delete": "O19"},
    "registry-provider-versions": {"can-delete": "O19", "can-upload-asset": "O19"},
    "varsets": {"can-update": "O6"},  # of one that the organization owns
}

# What `terracectl explain` calls the operations: the rights of docs/permissions.md.
RIGHTS = {
    "workspace": {
        "read": "W1", "run-plan": "W12", "run-apply": "W13", "vars-read": "W16", "vars-write": "W17",
        "state-outputs": "W19", "state-read": "W18", "state-write": "W20", "mocks-read": "W22", "lock": "W8",
        "tasks": "W23", "policy-override": "W24", "delete": "W5", "admin": "W2", "move": "W7",
        "consumers-replace": "W30", "backing-data": "W21", "plan-json": "W32",
    },
    "project": {
        "project-read": "P1", "project-update": "P3", "project-delete": "P4", "project-teams-read": "P5",
        "project-teams": "P6", "project-varsets-read": "P8", "project-varsets": "P9",
        "project-create-workspace": "W4", "project-tags": "P10", "move": "P7",
    },
    "organization": {
        "org-read": "O1", "org-update": "O2", "org-token": "O4", "org-create-project": "P2",
        "org-manage-workspaces": "W3", "org-varsets": "O6", "org-varsets-read": "O7", "org-policies": "O8",
        "org-tasks": "O10", "org-tasks-read": "O11", "org-vcs": "O12", "org-ssh-keys": "O14",
        "org-ssh-keys-read": "O13", "org-agent-pools": "O16", "org-agent-pools-read": "O16r",
        "org-modules": "O18", "org-providers": "O19", "org-tags": "O21", "org-reserved-tags": "O22",
        "org-explorer": "O26", "org-membership": "people", "org-teams": "create-team",
        "org-owner": "owner", "org-create-workspace": "create-workspace",
    },
}
