#!/usr/bin/env python3
"""Writes docs/permissions.md to standard output from the tables that enforce it: the grants in a
migrated database (TERRACE_TEST_DSN, as `tests/pg.py run --migrate` gives it) and the bits of
src/auth/permission.h. Fails when the program and the database do not name the same bits."""

import json
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
QUERY = """
SELECT json_build_object(
    'bits', to_json(permission_names()),
    'grants', (SELECT json_agg(json_build_array(kind, name, permission_list(mask))) FROM permission_grants),
    'order', (SELECT json_agg(json_build_array(kind, name)) FROM grant_table()),
    'workspace', (SELECT json_agg(to_json(l)) FROM workspace_levels() l),
    'project', (SELECT json_agg(to_json(l)) FROM project_levels() l),
    'owners', permission_list(owners_mask()))
"""

INTRODUCTION = """# Permissions

Written by `make docs` from the tables that enforce it (`sql/functions/020_masks.sql`); do not edit.

What somebody may do with a workspace, a project, an organization or a team is one set of the rights below.
It is the union of everything that reaches the thing: the grants of all teams that the caller is in, the
flags of these teams, and what the kind of token gives. Nothing subtracts. A token of a team is that team; a
site administrator has no rights here but those of an ordinary user. `terracectl explain USER workspace ID`
shows the set of one caller and where each right comes from; `docs/api.md` says which right each route needs.

Whoever lacks the right to read a thing gets the answer of a thing that does not exist.
"""

TEAMS = """
## Rights on teams

Team rights are not granted but follow from the rights in the organization, as far as the caller sees the
team: its members, everybody in the organization when its visibility is `organization`, and who has
`org-secret-teams`.

| right | who has it |
|---|---|
| `team-read` | whoever sees the team |
| `team-members` | `org-membership`; of the owners team, owners |
| `team-update` | `org-teams`; of the owners team, nobody |
| `team-access` | `org-team-access`; of the owners team, nobody |
| `team-tokens` | `org-teams`, and members where `allow-member-token-management` is on; of the owners team, owners |

## What follows from elsewhere

* `force-delete` comes with `delete` where the organization has `allow-force-delete-workspaces`.
* Any grant on a workspace makes the name of its project visible (`project-read`).
* `org-manage-workspaces` includes creating in the default project.
* `policy-overrides` of a custom grant counts only for a team with the flag `delegate-policy-overrides`.
* A user token has no right at all, and gets a 401, in an organization that turned user tokens off.
"""


def declared_bits():
    """(name, remark) of each bit, in the program's order."""
    with open(os.path.join(TOP, "src", "auth", "permission.h"), encoding="utf-8") as file:
        return re.findall(r'X\(\w+,\s*"([a-z-]+)"\)\s*/\*\s*(.*?)\s*\*/', file.read(), re.DOTALL)


def table(title, columns, rows_of):
    """columns: names; rows_of: the rights of each, in the same order. Only rights that occur."""
    print(f"\n## {title}\n")
    print("| right | " + " | ".join(f"`{name}`" for name in columns) + " |")
    print("|---|" + ":-:|" * len(columns))
    for bit in BITS:
        cells = ["x" if bit in rights else "" for rights in rows_of]
        if any(cells):
            print(f"| `{bit}` | " + " | ".join(cells) + " |")


def listing(title, text, rows):
    print(f"\n## {title}\n")
    if text:
        print(text + "\n")
    print("| value | rights |\n|---|---|")
    for name, rights in rows:
        print(f"| `{name}` | {', '.join(f'`{right}`' for right in rights) or 'none'} |")


def level_rights(grants, kind, values, level):
    rights = set(grants.get((kind, level), []))
    for key, value in values.items():
        name = str(value).lower() if isinstance(value, bool) else value
        rights.update(grants.get((key, name), []))
    return rights


def workspace_values(level):
    names = {"state_versions": "state-versions", "sentinel_mocks": "sentinel-mocks",
             "workspace_locking": "locking", "run_tasks": "run-tasks"}
    return {names.get(key, key): value for key, value in level.items() if key != "level"}


def main():
    found = json.loads(subprocess.run(["psql", "-XAtq", "-d", os.environ["TERRACE_TEST_DSN"], "-c", QUERY],
                                      check=True, stdout=subprocess.PIPE, text=True).stdout)
    declared = declared_bits()
    if [name for name, _ in declared] != found["bits"]:
        sys.exit("src/auth/permission.h and permission_names() do not name the same bits in the same order")
    BITS.extend(found["bits"])
    grants = {(kind, name): rights for kind, name, rights in found["grants"]}
    of_kind = lambda *kinds: [(name, grants[kind, name]) for kind, name in found["order"] if kind in kinds]

    print(INTRODUCTION)
    print("## Rights\n\n| right | what for |\n|---|---|")
    for name, remark in declared:
        print(f"| `{name}` | {remark} |")

    levels = found["workspace"]
    table("Access to a workspace", [level["level"] for level in levels],
          [level_rights(grants, "workspace-level", workspace_values(level), level["level"]) for level in levels])
    levels = found["project"]
    table("Access to a project and its workspaces", [level["level"] for level in levels],
          [level_rights(grants, "project-level", {**level["project_access"], **level["workspace_access"]},
                        level["level"]) for level in levels])
    values = ("runs", "variables", "state-versions", "sentinel-mocks", "locking", "run-tasks",
              "policy-overrides", "settings", "teams", "variable-sets", "create", "delete", "move")
    listing("Single values of custom access",
            "`locking` is called `workspace-locking` on a workspace.",
            [(f"{kind}: {name}", grants[kind, name]) for kind, name in found["order"] if kind in values])
    flags = of_kind("organization")
    listing("Flags of a team (`organization-access`)", "", flags)
    listing("Everybody else", "",
            [("owners", found["owners"])]
            + [(f"member of {'a team' if name == 'team' else 'the organization'}", rights)
               for name, rights in of_kind("member")]
            + [(f"token of kind {name}", rights) for name, rights in of_kind("token")])
    print(TEAMS, end="")


BITS = []

if __name__ == "__main__":
    main()
