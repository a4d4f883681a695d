#!/usr/bin/env python3
"""The plans of the statements that a busy server lives on, against the data set of the bench, made
small: no table is read whole, no list is sorted before its page is cut off, and the rows that are
looked at are as many for 2,000 workspaces as for 200."""

import json
import os
import re
import subprocess
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("TERRACE_BUILD", os.getcwd()))
sys.path.insert(0, os.path.join(TOP, "tests"))
import pg  # noqa: E402

SIZES = {"orgs": 3, "small": 200, "large": 2000, "other": 50, "versions": 3}
FILTERS = ["NULL"] * 7


def statement(name):
    return subprocess.run([os.path.join(BUILD, "tests", "bench", "statement"), name], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def session():
    """The settings of a worker's session that decide about plans."""
    found = dict(re.findall(r"set_config\('(\w+)', '([^']*)'", statement("session_begin")))
    return {key: value for key, value in found.items() if key.startswith(("enable_", "plan_", "jit"))}


class Cluster(pg.Cluster):
    """The test cluster, with the data set."""

    def load(self):
        self.sql("CREATE ROLE terrace LOGIN")
        self.create("plans", self.migrated(os.path.join(BUILD, "terracectl")))
        with open(os.path.join(TOP, "tests", "bench", "dataset.sql"), encoding="utf-8") as file:
            text = file.read()
        names = "|".join(sorted(SIZES, key=len, reverse=True))
        self.sql(re.sub(rf"(?<!:):({names})\b", lambda found: str(SIZES[found[1]]), text), "plans")

    def row(self, query):
        return self.sql(query, "plans").split("|")

    def plan(self, name, *parameters, database="plans"):
        """Every node of the plan of one execution, and the rows that it gave."""
        settings = "".join(f"SET {key} = '{value}';" for key, value in session().items())
        text = self.sql(f"{settings} PREPARE x AS {statement(name)};"
                        f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) EXECUTE x({', '.join(parameters)})", database)
        top = json.loads(text)[0]["Plan"]
        return list(nodes(top)), top["Actual Rows"]


def nodes(plan):
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def rows(node):
    """Rows that a node has given or dropped."""
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return (node["Actual Rows"] + dropped) * node["Actual Loops"]


def looked_at(plan):
    return sum(rows(node) for node in plan if "Scan" in node["Node Type"] and "Relation Name" in node)


def text(value):
    return f"'{value}'"


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        cls.cluster.start()
        cls.cluster.load()
        cls.member = {o: text(cls.cluster.row(f"SELECT hash FROM bench_tokens WHERE o = {o} AND k = 3")[0]) for o in (1, 2)}
        cls.both_teams = text(cls.cluster.row("SELECT hash FROM bench_tokens WHERE o = 2 AND k = 5")[0])
        cls.owner = text(cls.cluster.row("SELECT hash FROM bench_tokens WHERE o = 2 AND k = 97")[0])
        cls.workspace, cls.state = map(text, cls.cluster.row(
            "SELECT id, current_state_version_id FROM workspaces WHERE organization_id = (SELECT id FROM bench_orgs WHERE o = 1) "
            "AND name = 'workspace-00007'"))

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def check(self, plan, limit):
        for node in plan:
            self.assertNotEqual(node["Node Type"], "Seq Scan", node)
            if node["Node Type"] == "Sort":
                self.assertLessEqual(node["Plans"][0]["Actual Rows"], 100, node)
        self.assertLessEqual(looked_at(plan), limit)

    def one(self, name, *parameters, limit=25):
        plan, found = self.cluster.plan(name, *parameters)
        self.assertEqual(found, 1)
        self.check(plan, limit)

    def list(self, token, organization, page, limit, order="workspace_list", database="plans"):
        plan, found = self.cluster.plan(order, token, text(f"bench-{organization:03}"), text(page), text(0), *FILTERS,
                                        database=database)
        self.assertEqual(found, page)
        self.check(plan, limit)
        return looked_at(plan)

    def test_no_statement_reads_a_whole_table(self):
        """But for lists of everything, most of which walk an index until the page is full, and what forgets all."""
        whole_by_right = {"admin_user_list", "admin_workspace_list", "admin_scim_group_list", "ctl_user_list", "var_list",
                          "scim_settings_reset"}
        settings = "".join(f"SET {key} = '{value}';" for key, value in session().items())
        found = {}
        for name in statement_names():
            count = max([int(number) for number in re.findall(r"\$(\d+)", statement(name))] or [0])
            given = f"({', '.join(['NULL'] * count)})" if count else ""
            printed = self.cluster.sql(f"{settings} PREPARE x AS {statement(name)}; EXPLAIN (FORMAT JSON) EXECUTE x{given}", "plans")
            whole = {node["Relation Name"] for node in nodes(json.loads(printed)[0]["Plan"])
                     if "Scan" in node["Node Type"] and "Relation Name" in node and "Index Cond" not in node
                     and node["Plan Rows"] > 100}
            if whole and re.sub(r"_sort_\d+$", "", name) not in whole_by_right:
                found[name] = whole
        self.assertEqual(found, {})

    def test_one_workspace(self):
        self.one("workspace_show", self.member[1], self.workspace)
        self.one("workspace_show_named", self.member[1], text("bench-001"), text("workspace-00007"))
        self.one("workspace_load", self.member[1], self.workspace)

    def test_many_at_once(self):
        count = 16
        tokens = "ARRAY[" + ",".join([self.member[1]] * count) + "]"
        workspaces = "ARRAY[" + ",".join([self.workspace] * count) + "]"
        plan, found = self.cluster.plan("workspace_show_batch", tokens, workspaces)
        self.assertEqual(found, count)
        self.check(plan, 25 * count)

    def test_one_state(self):
        self.one("state_version_current", self.member[1], self.workspace)
        self.one("state_version_show", self.member[1], self.state)
        self.one("state_version_load", self.member[1], self.state)

    def test_blobs_are_collected_by_name(self):
        """However many there are: what is looked at is what may be garbage."""
        self.cluster.create("garbage", "plans")
        self.cluster.sql("ANALYZE; UPDATE workspaces SET current_state_version_id = NULL; DELETE FROM state_versions "
                         "WHERE id IN (SELECT id FROM state_versions ORDER BY id LIMIT 5)", "garbage")
        kept = self.cluster.sql("SELECT blob_id FROM state_versions LIMIT 1", "garbage").strip()
        plan, _ = self.cluster.plan("blob_delete_unreferenced", text(kept), database="garbage")
        self.check(plan, 5)
        plan, _ = self.cluster.plan("blob_collect", "100", database="garbage")
        self.check(plan, 60)

    def test_an_identity_provider_finds_one_of_many(self):
        self.cluster.sql("INSERT INTO users (id, username, email) SELECT 'user-s' || n, 's' || n, 's' || n || '@s.example' "
                         "FROM generate_series(1, 2000) n; INSERT INTO scim_users (user_id, user_name) SELECT id, email "
                         "FROM users WHERE id LIKE 'user-s%'; INSERT INTO scim_groups (id, display_name) "
                         "SELECT 'scimgroup-' || n, 'Group ' || n FROM generate_series(1, 2000) n", "plans")
        for name, wanted, filters in (("scim_user_list_named", "S1500@s.example", 5), ("scim_group_list_named", "group 7", 3)):
            plan, found = self.cluster.plan(name, text(100), text(0), text(wanted), *["NULL"] * filters)
            self.assertEqual(found, 1)
            self.check(plan, 10)

    def test_a_page_of_workspaces_costs_the_same_in_a_larger_organization(self):
        small = self.list(self.member[1], 1, 20, 400)
        large = self.list(self.member[2], 2, 20, 400)
        self.assertLessEqual(large, small * 1.2)

    def test_a_page_for_an_owner(self):
        self.list(self.owner, 2, 20, 400)
        self.list(self.owner, 2, 100, 1600)

    def test_a_page_by_name(self):
        names = [line for line in statement_names() if line.startswith("workspace_list_sort_")]
        self.assertTrue(names)
        self.list(self.member[2], 2, 20, 400, order=names[0])

    def test_grants_that_overlap_are_counted_from_an_index(self):
        """The one total that is not kept: the page still costs what a page costs."""
        # Whatever transaction was open when the data set was vacuumed has kept pages from being known as visible to all.
        self.cluster.sql("VACUUM team_workspaces", "plans")
        plan, found = self.cluster.plan("workspace_list", self.both_teams, text("bench-002"), "'20'", "'0'", *FILTERS)
        self.assertEqual(found, 20)
        grants = [node for node in plan if node.get("Relation Name") == "team_workspaces" and rows(node) > 1000]
        self.assertEqual([node["Node Type"] for node in grants], ["Index Only Scan"])
        self.check(plan, 400 + 2 * SIZES["large"])

    def test_few_grants_in_a_large_organization_are_gathered(self):
        """Who sees 3 of 2,000 workspaces does not walk past the others."""
        self.cluster.create("few", "plans")
        self.cluster.sql("""
            DELETE FROM team_workspaces WHERE team_id = (SELECT id FROM teams WHERE name = 'team-1' AND organization_id =
                (SELECT id FROM bench_orgs WHERE o = 2)) AND workspace_id NOT IN (SELECT id FROM bench_workspaces WHERE o = 2 AND i % 700 = 1);
            ANALYZE team_workspaces""", "few")
        self.list(self.member[2], 2, 3, 100, database="few")


def statement_names():
    with open(os.path.join(BUILD, "src", "db", "statements.h"), encoding="ascii") as file:
        return [name.lower() for name in re.findall(r"STATEMENT_(\w+),", file.read())]


if __name__ == "__main__":
    unittest.main()
