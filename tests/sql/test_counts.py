#!/usr/bin/env python3
"""What triggers keep beside the rows it is made of: counts of workspaces and grants, and the lists in a
workspace's row. After each change they must be what counting and collecting anew would give."""

import os
import sys
import threading
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("TERRACE_BUILD", os.getcwd()))
sys.path.insert(0, os.path.join(TOP, "tests"))
import pg  # noqa: E402

WRONG = """
    SELECT 'project ' || coalesce(c.project_id, w.project_id) FROM project_workspace_counts c
    FULL JOIN (SELECT project_id, count(*) AS n FROM workspaces GROUP BY 1) w USING (project_id)
    WHERE coalesce(c.workspaces, 0) <> coalesce(w.n, 0)
    UNION ALL
    SELECT 'team ' || coalesce(c.team_id, g.team_id) || ' ' || coalesce(c.mask, g.mask) FROM team_grant_counts c
    FULL JOIN (SELECT team_id, mask, count(*) AS n FROM team_workspaces GROUP BY 1, 2) g USING (team_id, mask)
    WHERE coalesce(c.workspaces, 0) <> coalesce(g.n, 0)
    UNION ALL
    SELECT 'tags of ' || w.id FROM workspaces w
    WHERE w.tag_names <> ARRAY(SELECT t.name FROM workspace_tags wt JOIN tags t ON t.id = wt.tag_id
                               WHERE wt.workspace_id = w.id ORDER BY wt.position)
                      || ARRAY(SELECT b.key FROM tag_bindings b WHERE b.workspace_id = w.id AND b.value = ''
                               ORDER BY b.created_at, b.key)
    UNION ALL
    SELECT 'variables of ' || w.id FROM workspaces w
    WHERE w.var_ids <> ARRAY(SELECT v.id FROM vars v WHERE v.workspace_id = w.id ORDER BY v.created_at, v.id)"""
GRANT = """INSERT INTO team_workspaces (id, organization_id, team_id, workspace_id, access, runs, variables, state_versions,
    sentinel_mocks, workspace_locking, run_tasks)
    SELECT 'tws-' || w.id || '%s', 'org-1', '%s', w.id, '%s', 'read', 'read', 'read', 'none', false, false
    FROM workspaces w WHERE w.id IN (%s);"""
VAR = """INSERT INTO vars (id, organization_id, workspace_id, key, category, version_id)
    VALUES ('%s', 'org-1', '%s', '%s', 'terraform', 'v');"""


class Counts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = pg.Cluster()
        cls.cluster.start()
        cls.template = cls.cluster.migrated(os.path.join(BUILD, "terracectl"))

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.cluster.drop("counts")
        self.cluster.create("counts", self.template)
        self.do("""
            INSERT INTO organizations (id, name, email) VALUES ('org-1', 'one', 'a@b.c'), ('org-2', 'two', 'a@b.c');
            INSERT INTO projects (id, organization_id, name) VALUES ('prj-1', 'org-1', 'a'), ('prj-2', 'org-1', 'b'), ('prj-3', 'org-2', 'c');
            INSERT INTO teams (id, organization_id, name) VALUES ('team-1', 'org-1', 'x'), ('team-2', 'org-1', 'y');
            INSERT INTO tags (id, organization_id, name) VALUES ('tag-1', 'org-1', 'red'), ('tag-2', 'org-1', 'blue');
            INSERT INTO workspaces (id, organization_id, project_id, name, terraform_version)
                SELECT 'ws-' || n, 'org-1', 'prj-' || 1 + n % 2, 'w' || n, '1.9.0' FROM generate_series(1, 6) n;
            INSERT INTO workspaces (id, organization_id, project_id, name, terraform_version) VALUES ('ws-7', 'org-2', 'prj-3', 'w', '1.9.0');""")

    def do(self, text):
        self.cluster.sql(text, "counts")
        self.assertEqual(self.cluster.sql(WRONG, "counts"), "", text)

    def value(self, query):
        return self.cluster.sql(query, "counts")

    def test_workspaces(self):
        self.assertEqual(self.value("SELECT string_agg(workspaces::text, ',' ORDER BY project_id) FROM project_workspace_counts"), "3,3,1")
        self.do("DELETE FROM workspaces WHERE id IN ('ws-1', 'ws-2', 'ws-7')")
        self.do("UPDATE workspaces SET project_id = 'prj-1' WHERE id = 'ws-3'")
        self.do("UPDATE workspaces SET project_id = 'prj-1', name = name || 'x' WHERE organization_id = 'org-1'")
        self.do("DELETE FROM projects WHERE id = 'prj-2'")

    def test_grants(self):
        self.do(GRANT % ("a", "team-1", "read", "'ws-1', 'ws-2', 'ws-3'"))
        self.do(GRANT % ("b", "team-2", "write", "'ws-1', 'ws-2'"))
        self.do("UPDATE team_workspaces SET access = 'admin' WHERE team_id = 'team-1' AND workspace_id <> 'ws-3'")
        self.do("UPDATE team_workspaces SET access = 'admin' WHERE false")
        self.do("DELETE FROM team_workspaces WHERE workspace_id = 'ws-2' AND team_id = 'team-1'")
        self.do("DELETE FROM workspaces WHERE id = 'ws-1'")
        self.do("DELETE FROM teams WHERE id = 'team-1'")
        self.assertEqual(self.value("SELECT sum(workspaces) FROM team_grant_counts"), "1")

    def test_an_organization_takes_all_along(self):
        self.do(GRANT % ("a", "team-1", "read", "'ws-1', 'ws-2', 'ws-3'"))
        self.do(VAR % ("var-1", "ws-1", "a"))
        self.do("DELETE FROM organizations WHERE id = 'org-1'")
        self.assertEqual(self.value("SELECT count(*) FROM team_grant_counts"), "0")
        self.assertEqual(self.value("SELECT count(*) FROM project_workspace_counts"), "1")

    def test_variables(self):
        self.do(VAR % ("var-1", "ws-1", "a") + VAR % ("var-2", "ws-1", "b") + VAR % ("var-3", "ws-2", "a"))
        self.assertEqual(self.value("SELECT var_ids FROM workspaces WHERE id = 'ws-1'"), "{var-1,var-2}")
        self.do("UPDATE vars SET value = 'x', key = 'c' WHERE id = 'var-1'")
        self.do("DELETE FROM vars WHERE id IN ('var-1', 'var-3')")
        self.do("INSERT INTO varsets (id, organization_id, name) VALUES ('varset-1', 'org-1', 's');"
                "INSERT INTO vars (id, organization_id, varset_id, key, category, version_id) VALUES ('var-9', 'org-1', 'varset-1', 'k', 'env', 'v')")
        self.do("DELETE FROM workspaces WHERE id = 'ws-1'")

    def test_tags(self):
        self.do("INSERT INTO workspace_tags (workspace_id, tag_id) VALUES ('ws-1', 'tag-2'), ('ws-1', 'tag-1'), ('ws-2', 'tag-1')")
        self.do("INSERT INTO tag_bindings (id, organization_id, workspace_id, key, value) VALUES ('tb-1', 'org-1', 'ws-1', 'flat', ''), "
                "('tb-2', 'org-1', 'ws-1', 'pair', 'x')")
        self.assertEqual(self.value("SELECT tag_names FROM workspaces WHERE id = 'ws-1'"), "{blue,red,flat}")
        self.do("UPDATE tag_bindings SET value = '' WHERE id = 'tb-2'")
        self.do("INSERT INTO tag_bindings (id, organization_id, project_id, key) VALUES ('tb-3', 'org-1', 'prj-1', 'of-project')")
        self.do("DELETE FROM tag_bindings WHERE id = 'tb-1'")
        self.do("DELETE FROM tags WHERE id = 'tag-1'")
        self.do("UPDATE tags SET name = 'green' WHERE id = 'tag-2'")
        self.assertEqual(self.value("SELECT tag_names FROM workspaces WHERE id = 'ws-1'"), "{green,pair}")
        self.do("DELETE FROM workspace_tags WHERE workspace_id = 'ws-1'")

    def test_writers_at_the_same_time(self):
        def write(worker):
            for n in range(12):
                self.cluster.sql(VAR % (f"var-{worker}-{n}", "ws-1", f"k{worker}-{n}") + GRANT % (
                    # Two threads a team, which never grant the same workspace.
                    f"{worker}-{n}", f"team-{1 + worker % 2}", "read", f"'ws-{1 + n % 3 * 2 + worker // 2}'") +
                    f"DELETE FROM team_workspaces WHERE id LIKE 'tws-%{worker}-{n}'", "counts")
        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.do("SELECT 1")
        self.assertEqual(self.value("SELECT cardinality(var_ids) FROM workspaces WHERE id = 'ws-1'"), "48")


if __name__ == "__main__":
    unittest.main()
