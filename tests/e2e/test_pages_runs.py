"""The pages of organizations, workspaces and runs, in a whole installation, as people with different
rights: what is shown, what the buttons do, and what hostile contents may not do. A scripted runner makes
the runs."""

import json
import re
import time
import unittest
import urllib.parse

import browser
import harness
import runs

PASSWORD = "correct horse battery"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"&{{csrf}}"
# Everything that people with an account of another organization could ask for.
NOTHING = "The address may be misspelt"


class Person(browser.Browser):
    """Signed in; pages are looked at as they come, without following redirects, unless opened."""

    def __init__(self, terrace, name):
        super().__init__(terrace)
        self.name = name
        self.sign_in(self.open("/session"), name, PASSWORD)

    def get(self, path):
        return self.request(path)

    def act(self, path, act, **fields):
        """Presses a button of the page at path, with its form."""
        page = self.open(path)
        form = next(form for form in page.forms if "/runs/" in form["action"] and form["method"] == "post")
        return self.request(form["action"], dict(form["fields"], act=act, **fields))

    def csrf(self):
        return self.open("/app").form("csrf")["fields"]["csrf"]


class Case(unittest.TestCase):
    count = 0

    @staticmethod
    def setUpClass():
        if not hasattr(Case, "people"):
            Case.build()

    @classmethod
    def build(cls):
        """One installation for all classes."""
        cls.terrace = harness.start()
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        for name in ("bob", "reader", "planner", "applier", "admin", "nobody", "member"):
            harness.add_user(cls.terrace, name)
        harness.add_organization(cls.terrace, "acme", "alice")
        harness.add_organization(cls.terrace, "globex", "bob")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())
        cls.teams = {name: cls.team(name) for name in ("reader", "planner", "applier", "admin")}
        cls.invite("member")
        cls.people = {name: Person(cls.terrace, name) for name in
                      ("alice", "bob", "reader", "planner", "applier", "admin", "nobody", "member")}

    @classmethod
    def invite(cls, name, *teams):
        related = {"teams": [{"type": "teams", "id": team} for team in teams]} if teams else {}
        cls.client.expect(201, "POST", "/api/v2/organizations/acme/organization-memberships",
                          runs.document("organization-memberships", {"email": f"{name}@example.com"}, **related))

    @classmethod
    def team(cls, name):
        team = cls.client.expect(200, "POST", "/api/v2/organizations/acme/teams", runs.document(
            "teams", {"name": name})).json["data"]["id"]
        cls.invite(name, team)
        return team

    def tearDown(self):
        """What a failed test has left to do is nobody's."""
        self.sql("UPDATE run_jobs SET status = 'done' WHERE status <> 'done'")

    def workspace(self, **options):
        Case.count += 1
        return self.opened(f"w{self.count}-{self.id().rpartition('.')[2][5:60].replace('_', '-')}", **options)

    def opened(self, name, **options):
        """A workspace that each team may use as its name says."""
        workspace = runs.Workspace(self.client, "acme", name, **options)
        workspace.name = name
        workspace.path = f"/app/acme/workspaces/{name}"
        for access, team in (("read", "reader"), ("plan", "planner"), ("write", "applier"), ("admin", "admin")):
            self.client.expect(201, "POST", "/api/v2/team-workspaces", runs.document(
                "team-workspaces", {"access": access}, team={"type": "teams", "id": self.teams[team]},
                workspace={"type": "workspaces", "id": workspace.id}))
        return workspace

    def sql(self, text):
        return self.terrace.cluster.sql(text, "terrace").strip()

    def page(self, path, person="alice", status=200):
        page = self.people[person].open(path)
        self.assertEqual(page.status, status, f"{path}: {page.text[:400]}")
        self.assertIsNone(re.search(r"<script|<img src=x|\{\{|\sstyle=", page.body.replace("{{csrf}}", "")))
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.body.count("<h1>"), 1)
        return page

    def buttons(self, page):
        return set(re.findall(r'name="act" value="([a-z-]+)"', page.body))

    def assert_status(self, run, status):
        self.assertEqual(runs.status(self.client, run), status)

    def log(self, job, text):
        for start in range(0, len(text), 1 << 20):
            self.runner.call(200, "POST", f"/jobs/{job['id']}/log?offset={start}", text[start:start + (1 << 20)])

    def planned(self, workspace, log=b"", changes=None, **attributes):
        """A run with this log, and this plan as JSON, that waits for a word."""
        run = workspace.run(**attributes)
        job = self.runner.claim()
        self.log(job, log)
        self.runner.call(204, "PUT", f"/jobs/{job['id']}/files/plan", b"bundle")
        if changes is not None:
            self.runner.call(204, "PUT", f"/jobs/{job['id']}/files/plan-json-redacted", changes)
        self.runner.finish(job, has_changes=True, resource_additions=1)
        return run


class Looking(Case):
    def test_the_life_of_a_run(self):
        workspace = self.workspace()
        run = workspace.run(message="because of\nthe weather", target_addrs=["aws_a.b", "aws_c.d"], refresh=False)
        printed = f"/app/acme/{workspace.name}/runs/{run}"
        page = self.page(printed)
        self.assertEqual(page.body, self.page(f"{workspace.path}/runs/{run}").body)
        for text in ("Plan Queued", "because of the weather", "Plan and apply", "aws_a.b, aws_c.d", "Started by alice",
                     "no: the state is taken as it is", "locked by this run", "created by alice"):
            self.assertIn(text, page.text)
        self.assertEqual(page.headers["Refresh"], "3")
        self.assertEqual(self.buttons(page), {"cancel"})

        job = self.runner.claim()
        self.log(job, b"Terraform v1.9\n\x1b[1mInitializing\x1b[0m\n")
        page = self.page(printed)
        self.assertIn("Planning", page.text)
        self.assertIn("Plan: running", page.text)
        self.assertIn('<span class="t tb">Initializing</span>', page.body)
        self.assertEqual(page.headers["Refresh"], "3")

        self.runner.call(204, "PUT", f"/jobs/{job['id']}/files/plan", b"bundle")
        self.runner.finish(job, has_changes=True, resource_additions=2, resource_imports=1, resource_destructions=3)
        page = self.page(printed)
        self.assertIn("Needs Confirmation", page.text)
        self.assertIn("1 to import, 2 to add, 0 to change, 3 to destroy", page.text)
        self.assertIsNone(page.headers["Refresh"])
        self.assertEqual(self.buttons(page), {"apply", "discard", "comment"})

        reply = self.people["alice"].act(printed, "apply", comment="looks <b>good</b>")
        self.assertEqual((reply.status, reply.headers["Location"]), (303, f"{workspace.path}/runs/{run}"))
        self.assert_status(run, "apply_queued")
        self.runner.apply(resource_additions=2)
        page = self.page(printed)
        for text in ("Applied", "2 added, 0 changed, 0 destroyed", "Confirmed by alice", "commented by alice", "looks <b>good</b>"):
            self.assertIn(text, page.text)
        self.assertIn("looks &lt;b&gt;good", page.body)
        self.assertIsNone(page.headers["Refresh"])
        self.assertEqual(self.buttons(page), {"comment"})

    def test_why_it_errored_and_how_far_it_came(self):
        workspace = self.workspace()
        run = workspace.run()
        self.runner.finish(self.runner.claim(), "errored", message="The <plan> failed.")
        page = self.page(f"{workspace.path}/runs/{run}")
        self.assertIn("Plan Errored", page.text)
        self.assertIn("The <plan> failed.", page.text)
        run = self.planned(workspace)
        runs.act(self.client, run, "apply")
        self.runner.finish(self.runner.claim(), "errored")
        self.assertIn("Apply Errored", self.page(f"{workspace.path}/runs/{run}").text)
        self.assertIn("Apply Errored", self.page(workspace.path).text)

    def test_the_page_of_a_workspace(self):
        workspace = self.workspace()
        self.assertIn("Not locked", self.page(workspace.path).text)
        self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/vars", runs.document(
            "vars", {"key": "a", "value": "b", "category": "terraform"}))
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/lock", {"reason": "<i>moving</i>"})
        first = workspace.run(message="first")
        for path in (workspace.path, f"/app/acme/{workspace.name}", f"{workspace.path}/runs",
                     f"/app/acme/workspaces/{workspace.id}"):
            page = self.page(path)
            self.assertIn("Locked by alice since", page.text)
            self.assertIn("<i>moving</i>", page.text)
            self.assertIn("Variables 1", page.text)
            self.assertIn("Pending first Plan and apply, by alice", page.text)
            self.assertIn(f'href="{workspace.path}/runs/{first}"', page.body)
        self.assertEqual(page.headers["Refresh"], "5")
        self.assertIn("Waits for alice", self.page(f"{workspace.path}/runs/{first}").text)
        self.client.expect(200, "POST", f"/api/v2/workspaces/{workspace.id}/actions/unlock")
        self.assertIn(f"Locked by run {first}", self.page(workspace.path).text)
        self.assertIn(f'href="{workspace.path}/runs/{first}">run {first}', self.page(workspace.path).body)
        runs.act(self.client, first, "cancel")
        page = self.page(workspace.path)
        self.assertIn(f"Not locked. Last run that held it: {first}", page.text)
        self.assertIsNone(page.headers["Refresh"])

    def test_older_runs_are_on_further_pages(self):
        workspace = self.workspace()
        made = [workspace.run(message=f"number {i}.") for i in range(45)]
        seen, path = [], workspace.path
        while path:
            page = self.page(path)
            seen += re.findall(r'href="[^"]*/runs/(run-\w+)">number', page.body)
            found = re.search(r'href="([^"]+)" rel="next"', page.body)
            path = found and found[1]
        self.assertEqual(seen, made[::-1])
        self.assertEqual(len(seen), 45)
        for before in ("0", "x", "-1", "1;DROP", "9" * 18, "9" * 19):
            self.page(f"{workspace.path}?before={urllib.parse.quote(before)}")
        for run in made[::-1]:
            if runs.status(self.client, run) in ("pending", "plan_queued"):
                runs.act(self.client, run, "cancel")

    def test_the_page_of_an_organization(self):
        workspace = self.workspace()
        waiting = workspace.run(message="at work here")
        for path in ("/app/acme", "/app/acme/workspaces"):
            page = self.page(path)
            self.assertIn(f'href="{workspace.path}"', page.body)
            self.assertIn("At work and waiting", page.text)
            self.assertEqual(page.body.count(f'href="{workspace.path}/runs/{waiting}"'), 2)
        self.assertIn(f'href="{workspace.path}"', self.page(f"/app/acme?name={workspace.name[3:]}").body)
        self.assertIn("None that you can see", self.page("/app/acme?name=%25nothing").text)
        self.assertIn("None that you can see", self.page("/app/acme", "member").text)
        self.assertNotIn("At work", self.page("/app/acme", "member").text)
        self.assertIn(f'href="{workspace.path}"', self.page("/app/acme", "reader").body)
        self.assertIn('href="/app/acme"', self.page("/app", "member").body)
        runs.act(self.client, waiting, "cancel")

    def test_tasks_of_a_run(self):
        workspace = self.workspace()
        run = workspace.run()
        self.sql(f"""INSERT INTO task_stages (id, run_id, organization_id, workspace_id, stage, status)
            SELECT 'ts-pages', id, organization_id, workspace_id, 'post_plan', 'failed' FROM runs WHERE id = '{run}';
            INSERT INTO task_results (id, task_stage_id, run_id, status, message, url, task_id, task_name, task_url,
                enforcement_level) VALUES
            ('taskrs-a', 'ts-pages', '{run}', 'failed', '2 <b>errors</b>', 'https://tasks.example.com/1?a&b', 't', 'scan', '', 'mandatory'),
            ('taskrs-b', 'ts-pages', '{run}', 'passed', NULL, 'javascript:alert(1)', 't', 'other', '', 'advisory')""")
        page = self.page(f"{workspace.path}/runs/{run}")
        self.assertIn("scan mandatory post plan failed 2 <b>errors</b> details other advisory post plan passed", page.text)
        self.assertIn('href="https://tasks.example.com/1?a&amp;b"', page.body)
        self.assertNotIn("javascript:", page.body)
        runs.act(self.client, run, "cancel")


class Rights(Case):
    def test_what_is_not_for_a_person_is_the_same_nothing(self):
        workspace = self.workspace()
        run = self.planned(workspace, b"secret log")
        csrf = {name: self.people[name].csrf() for name in ("bob", "member")}
        for name in ("bob", "member"):
            seen = set()
            for organization, space, number in (("acme", workspace.name, run), ("acme", "not-there", "run-notthere"),
                                                ("globex", workspace.name, run), ("nowhere", workspace.id, run)):
                for path in (f"/app/{organization}/workspaces/{space}", f"/app/{organization}/{space}",
                             f"/app/{organization}/workspaces/{space}/runs/{number}", f"/app/{organization}/{space}/runs/{number}",
                             f"/app/{organization}/workspaces/{space}/runs/{number}/plan"):
                    page = self.page(path, name, 404)
                    self.assertIn(NOTHING, page.text)
                    seen.add(page.body)
                for path, fields in ((f"/app/{organization}/workspaces/{space}/runs/{number}", {"act": "apply"}),
                                     (f"/app/{organization}/workspaces/{space}/runs/{number}", {"act": "comment", "comment": "x"}),
                                     (f"/app/{organization}/workspaces/{space}", {"kind": "plan_only"})):
                    page = self.people[name].request(path, dict(fields, csrf=csrf[name]))
                    self.assertEqual(page.status, 404)
                    seen.add(page.body)
            self.assertEqual(len(seen), 1)
        self.assertEqual(self.page("/app/acme", "bob", 404).body, self.page("/app/nowhere", "bob", 404).body)
        self.assert_status(run, "planned")
        self.assertEqual(len(self.client.expect(200, "GET", f"/api/v2/runs/{run}/comments").json["data"]), 0)
        runs.act(self.client, run, "discard")

    def test_who_is_not_signed_in_is_sent_to_do_so(self):
        stranger = browser.Browser(self.terrace)
        for path in ("/app/acme", "/app/acme/x", "/app/acme/x/runs/run-1", "/app/acme/workspaces/x/runs/run-1/plan"):
            page = stranger.request(path)
            self.assertEqual((page.status, page.headers["Location"]),
                             (303, "/session?return_to=" + urllib.parse.quote(path, safe="")))
            if "/runs" in path and not path.endswith("plan"):
                self.assertEqual(stranger.request(path.replace("/x/", "/workspaces/x/"), {"act": "apply"}).status, 403)

    def test_each_has_the_buttons_that_would_work(self):
        workspace = self.workspace()
        run = self.planned(workspace)
        path = f"{workspace.path}/runs/{run}"
        self.assertEqual({name: self.buttons(self.page(path, name)) for name in ("reader", "planner", "applier", "admin")}, {
            "reader": set(), "planner": {"comment"}, "applier": {"apply", "discard", "comment"},
            "admin": {"apply", "discard", "comment"}})
        self.assertEqual({name: "Start a run" in self.page(workspace.path, name).text
                          for name in ("reader", "planner", "applier")}, {"reader": False, "planner": True, "applier": True})
        self.assertNotIn("Variables", self.page(workspace.path, "member", 404).text)
        csrf = {name: self.people[name].csrf() for name in ("reader", "planner", "applier")}
        for name, act, status in (("reader", "apply", 403), ("reader", "discard", 403), ("reader", "cancel", 403),
                                  ("reader", "comment", 404), ("planner", "apply", 403), ("planner", "discard", 403),
                                  ("applier", "force-cancel", 403), ("applier", "no-such-thing", 404)):
            page = self.people[name].request(path, {"csrf": csrf[name], "act": act, "comment": "x"})
            self.assertEqual(page.status, status, (name, act))
            if status == 403:
                self.assertIn("You may not do that here", page.text)
        self.assertEqual(self.people["reader"].request(workspace.path, {"csrf": csrf["reader"], "kind": "plan_only"}).status, 404)
        self.assert_status(run, "planned")
        self.assertEqual(len(self.client.expect(200, "GET", f"/api/v2/runs/{run}/comments").json["data"]), 0)
        self.assertEqual(self.people["planner"].act(path, "comment", comment="I like it").status, 303)
        self.assertIn("I like it", self.page(path, "reader").text)
        self.assertEqual(self.people["applier"].act(path, "discard", comment="not now").status, 303)
        self.assert_status(run, "discarded")

    def test_forms_of_others_do_nothing(self):
        workspace = self.workspace()
        run = self.planned(workspace)
        path = f"{workspace.path}/runs/{run}"
        alice = self.people["alice"]
        for csrf in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": self.people["admin"].csrf()}):
            self.assertEqual(alice.request(path, dict(csrf, act="apply")).status, 403)
            self.assertEqual(alice.request(workspace.path, dict(csrf, kind="plan_and_apply")).status, 403)
        self.assert_status(run, "planned")
        self.assertEqual(self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs").json["meta"]["pagination"]["total-count"], 1)
        runs.act(self.client, run, "discard")

    def test_limits_of_user_tokens_are_not_for_sessions_but_a_closed_organization_is(self):
        workspace = self.workspace()
        self.sql("UPDATE organizations SET user_token_limit = '0' WHERE name = 'acme'")
        try:
            self.assertEqual(self.client.request("GET", f"/api/v2/workspaces/{workspace.id}").status, 401)
            self.page(workspace.path)
            self.page("/app/acme")
            self.sql("UPDATE organizations SET is_disabled = true WHERE name = 'acme'")
            self.page(workspace.path, status=404)
            self.page("/app/acme", status=404)
            csrf = self.people["alice"].csrf()
            self.assertEqual(self.people["alice"].request(workspace.path, {"csrf": csrf, "kind": "plan_only"}).status, 404)
        finally:
            self.sql("UPDATE organizations SET user_token_limit = NULL, is_disabled = false WHERE name = 'acme'")

    def test_a_secret_team_is_not_named(self):
        workspace = self.workspace()
        team = self.client.expect(200, "POST", "/api/v2/organizations/acme/teams", runs.document(
            "teams", {"name": "hidden-ones", "visibility": "secret"})).json["data"]["id"]
        self.sql(f"UPDATE workspaces SET locked_by = '{team}', locked_at = now() WHERE id = '{workspace.id}'")
        page = self.page(workspace.path, "reader")
        self.assertIn("Locked by a team", page.text)
        self.assertNotIn("hidden-ones", page.text)


class Buttons(Case):
    def test_what_the_machine_refuses_it_explains(self):
        workspace = self.workspace()
        run = self.planned(workspace)
        path = f"{workspace.path}/runs/{run}"
        alice = self.people["alice"]
        csrf = alice.csrf()
        for act in ("cancel", "force-cancel"):
            page = alice.request(path, {"csrf": csrf, "act": act, "comment": "typed <in> vain"})
            self.assertEqual(page.status, 409)
            self.assertIn(f"the run's status does not allow to {act} it", page.text)
            self.assertIn("typed &lt;in&gt; vain</textarea>", page.body)
            self.assertIsNone(page.headers["Refresh"])
        self.assertEqual(len(self.client.expect(200, "GET", f"/api/v2/runs/{run}/comments").json["data"]), 0)
        page = alice.request(path, {"csrf": csrf, "act": "comment", "comment": "  \n"})
        self.assertEqual(page.status, 422)
        self.assertEqual(alice.request(path, {"csrf": csrf, "act": "discard"}).status, 303)
        self.assertEqual(alice.request(path, {"csrf": csrf, "act": "apply"}).status, 409)

    def test_cancel_and_force_cancel(self):
        workspace = self.workspace()
        run = workspace.run()
        path = f"{workspace.path}/runs/{run}"
        self.runner.claim()
        self.assertEqual(self.people["applier"].act(path, "cancel").status, 303)
        page = self.page(path, "admin")
        self.assertIn("it can be ended by force from", page.text)
        self.assertEqual(self.buttons(page), set())
        self.sql(f"UPDATE runs SET force_cancel_available_at = now() WHERE id = '{run}'")
        self.assertEqual(self.buttons(self.page(path, "applier")), set())
        self.assertEqual(self.buttons(self.page(path, "admin")), {"force-cancel"})
        self.assertEqual(self.people["admin"].act(path, "force-cancel").status, 303)
        page = self.page(path)
        self.assertIn("Force Canceled", page.text)
        self.assertIn("Canceled by applier", page.text)

    def test_a_comment_while_it_moves(self):
        workspace = self.workspace()
        run = workspace.run()
        path = f"{workspace.path}/runs/{run}"
        page = self.page(path)
        self.assertNotIn("<textarea", page.body)
        self.assertIn(f'href="{path}?comment=1"', page.body)
        page = self.page(path + "?comment=1")
        self.assertIsNone(page.headers["Refresh"])
        form = page.form("comment")
        reply = self.people["alice"].request(form["action"], dict(form["fields"], act="comment", comment="wait,\nplease"))
        self.assertEqual(reply.status, 303)
        comments = self.client.expect(200, "GET", f"/api/v2/runs/{run}/comments").json["data"]
        self.assertEqual([comment["attributes"]["body"] for comment in comments], ["wait,\nplease"])
        runs.act(self.client, run, "cancel")

    def test_starting_runs(self):
        workspace = self.workspace()
        planner = self.people["planner"]
        page = self.page(workspace.path + "?start=1", "planner")
        form = page.form("message", "kind")
        for kind, operation in (("plan_only", "plan_only"), ("destroy", "destroy"), ("refresh_only", "refresh_only"),
                                ("plan_and_apply", "plan_and_apply"), ("nonsense", "plan_and_apply")):
            reply = planner.request(form["action"], dict(form["fields"], kind=kind, message=f"for {kind}"))
            self.assertEqual(reply.status, 303, reply.text)
            run = reply.headers["Location"].rpartition("/")[2]
            shown = runs.show(self.client, run)["attributes"]
            self.assertEqual((shown["message"], shown["source"], shown["plan-only"]),
                             (f"for {kind}", "tfe-ui", kind == "plan_only"))
            self.assertEqual(self.sql(f"SELECT operation || may_auto_apply FROM runs WHERE id = '{run}'"), operation + "false")
            self.page(reply.headers["Location"], "planner")
            runs.act(self.client, run, "cancel")
        reply = self.people["applier"].request(form["action"], {"csrf": self.people["applier"].csrf()})
        run = reply.headers["Location"].rpartition("/")[2]
        self.assertEqual(runs.show(self.client, run)["attributes"]["message"], "Triggered via UI")
        self.assertEqual(self.sql(f"SELECT may_auto_apply FROM runs WHERE id = '{run}'"), "t")
        self.assertIn("create", self.sql(f"SELECT string_agg(action, ' ') FROM audit_events WHERE resource_id = '{run}'"))
        runs.act(self.client, run, "cancel")

    def test_what_cannot_be_started(self):
        empty = self.workspace(configured=False)
        csrf = self.people["alice"].csrf()
        page = self.people["alice"].request(empty.path, {"csrf": csrf, "kind": "plan_only", "message": "<b>now</b>"})
        self.assertEqual(page.status, 422)
        self.assertIn("Configuration version is missing", page.text)
        self.assertIn('value="&lt;b&gt;now&lt;/b&gt;"', page.body)
        local = self.workspace(execution_mode="local")
        self.assertNotIn("Start a run", self.page(local.path).text)
        page = self.people["alice"].request(local.path, {"csrf": csrf})
        self.assertEqual(page.status, 422)
        self.assertIn("execution mode is local", page.text)
        careful = self.workspace(allow_destroy_plan=False)
        self.assertNotIn("Destroy", self.page(careful.path + "?start=1").text)
        self.assertEqual(self.people["alice"].request(careful.path, {"csrf": csrf, "kind": "destroy"}).status, 422)


class Hostile(Case):
    def show(self, log, **attributes):
        workspace = self.workspace(**attributes)
        run = self.planned(workspace, log, message=HOSTILE)
        path = f"{workspace.path}/runs/{run}"
        began = time.monotonic()
        page = self.page(path)
        self.assertLess(time.monotonic() - began, 2)
        self.assertLess(len(page.body), 1_000_000)
        self.assertEqual(self.raw(path), log)
        runs.act(self.client, run, "discard")
        return page

    def raw(self, path):
        import urllib.request  # pylint: disable=import-outside-toplevel
        with self.people["alice"].opener.open(urllib.request.Request(self.terrace.base_url + path + "/plan")) as reply:
            self.assertEqual(reply.headers["Content-Type"], "text/plain; charset=utf-8")
            self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")
            self.assertIn("sandbox", reply.headers["Content-Security-Policy"])
            return reply.read()

    def test_markup_and_controls_in_a_log_are_text(self):
        log = (HOSTILE + "\n").encode() + (
            b"</pre><form action=https://evil.example.com><input name=csrf>\n"
            b"nul\0 bell\x07 back\x08 invalid\xff\xfe\xc3( \xed\xa0\x80 \xf4\x90\x80\x80 c1\xc2\x9b31m\n"
            b"\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07 \x1b]0;title never closed\nnext line\n"
            b"\x1b[2J\x1b[1;1H\x1b[?1049h\x1b[31;1mred\x1b[38;5;196mbold\x1b[0m \x1b[\x1b[x\x1b\n"
            + "allow \u202e\u2066evil\u2069 \u200f\n".encode() + b"one\rtwo\r\nlast\x1b[31")
        page = self.show(log)
        shown = re.search(r'<pre class="log"[^>]*>(.*?)</pre>', page.body, re.S)[1]
        for text in ("&lt;script&gt;alert(1)", "&lt;/pre&gt;&lt;form action", "next line", "one\ntwo\nlast", "link ", "red",
                     "nul\ufffd bell\ufffd", "allow \ufffd\ufffdevil\ufffd \ufffd"):
            self.assertIn(text, shown)
        self.assertIn('<span class="t t1 tb">redbold</span>', shown)
        self.assertEqual(set(re.findall(r"<[^>]*>", shown)), {'<span class="t t1 tb">', "</span>"})
        self.assertNotRegex(page.body, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x", page.body)

    def test_a_flood_of_colours(self):
        self.show(b"\x1b[1;31;4m" * 600_000 + b"the end\n")
        page = self.show(b"".join(b"\x1b[3%dmx" % (i % 8) for i in range(800_000)) + b"\nthe end\n")
        self.assertIn("the end", page.text)
        self.assertIn("see all of it", page.text)
        page = self.show(b"<\"'&>" * 1_000_000 + b"the end\n")
        self.assertIn("the end", page.text)

    def test_a_long_log_is_shown_from_its_end(self):
        log = b"".join(b"line %07d of a log of five megabytes\n" % i for i in range(130_000))
        page = self.show(log)
        self.assertIn("line 0129999 of", page.text)
        self.assertNotIn("line 0000000 of", page.text)
        self.assertIn("Only the end of the log is below", page.text)
        self.assertRegex(page.body, r'aria-label="Plan log">line \d{7} of')
        self.show(b"x" * 5_000_000)
        self.show(b"\0" * 3_000_000)

    def test_structured_logs_are_what_they_say(self):
        lines = [{"@level": "info", "@message": "Plan: 1 to add", "type": "change_summary"},
                 {"@level": "error", "@message": "Error: <b>bad</b>", "diagnostic": {"detail": "line one\nline two"}},
                 {"@level": "warn", "@message": "careful\x1b[32m", "x": [[[[]]]]}, {"message": "none"}, [1], {"@message": 7},
                 {"@message": "nul \0 in it"}]
        log = "\n".join(json.dumps(line) for line in lines).encode() + b"\nplain line\n{\"@message\": \"cut off"
        page = self.show(log, structured_run_output_enabled=True)
        shown = re.search(r'<pre class="log"[^>]*>(.*?)</pre>', page.body, re.S)[1]
        self.assertTrue(shown.startswith('Plan: 1 to add\n<span class="t t1">Error: &lt;b&gt;bad&lt;/b&gt;</span>\nline one\nline two\n'
                                         '<span class="t t3">careful</span>\n{&quot;message'), shown)
        self.assertTrue(shown.endswith('plain line\n{&quot;@message&quot;: &quot;cut off'), shown)
        self.show(b"[" * 3_000_000, structured_run_output_enabled=True)
        self.show(b'{"a":' * 900_000, structured_run_output_enabled=True)
        self.show((b'{"@message":"' + b"\\u001b[31m" * 20 + b'"}\n') * 20_000, structured_run_output_enabled=True)

    def changes(self, changes):
        """What the page of a run with this plan says of it."""
        if not isinstance(changes, bytes):
            changes = json.dumps(changes).encode()
        workspace = self.workspace(structured_run_output_enabled=True)
        run = self.planned(workspace, b"log\n", changes)
        began = time.monotonic()
        page = self.page(f"{workspace.path}/runs/{run}")
        self.assertLess(time.monotonic() - began, 2)
        self.assertLess(len(page.body), 600_000)
        runs.act(self.client, run, "discard")
        shown = re.search(r'aria-label="Planned changes">(.*?)</pre>', page.body, re.S)
        return shown and re.sub("<[^>]*>", "", shown[1]), "There is more that would change" in page.text

    @staticmethod
    def resource(address, actions, before=None, after=None, **more):
        return {"address": address, "change": {"actions": actions, "before": before, "after": after, **more}}

    def test_changes_are_text(self):
        shown, more = self.changes({"output_changes": {HOSTILE: {"actions": ["create"], "before": None, "after": HOSTILE}},
            "resource_changes": [
                self.resource("a.<b>", ["create"], None, {"x": "<i>", "\u202ey": 1}, after_unknown={"id": True}),
                self.resource("a.same", ["no-op"], {"x": 1}, {"x": 1}),
                self.resource("a.c", ["update"], {"x": 1, "s": "old", "k": 2}, {"x": 2, "s": "new", "k": 2},
                              before_sensitive={"s": True}, after_sensitive={"s": [True]}),
                self.resource("a.gone", ["delete"], {"x": [1, {}]}, None),
                self.resource("a.new", ["delete", "create"], {"x": 1}, {"x": 2}),
                self.resource("a.i", ["no-op"], {"x": 1}, {"x": 1}, importing={"id": "i"}),
                self.resource("a.secret", ["create"], None, {"x": "hidden"}, after_sensitive=True)]})
        self.assertFalse(more)
        self.assertNotIn("hidden", shown)
        for text in ("  + a.&lt;b&gt;\n      x: &quot;&lt;i&gt;&quot;\n      \ufffdy: 1\n      id: (known after apply)\n",
                     "  ~ a.c\n      x: 1 -&gt; 2\n      s: (sensitive) -&gt; (sensitive)\n  - a.gone\n",
                     "-/+ a.new\n      x: 1 -&gt; 2\n    a.i (imported)\n", "  + a.secret\n      x: (sensitive)\n",
                     "output &lt;script&gt;alert(1)"):
            self.assertIn(text, shown)
        self.assertNotIn("a.same", shown)

    def test_changes_of_any_shape_and_size(self):
        for changes in (b"", b"\0", b"[]", b"{", b'{"resource_changes": [1, null, "x", {}]}', b'{"resource_changes": {"a": {}}}',
                        b'{"resource_changes": [{"address": "a", "change": {"actions": 7}}]}',
                        b'{"resource_changes": [{"address": "a", "change": {"actions": ["create"], "before": 1, "after": [2], '
                        b'"after_unknown": 3, "after_sensitive": "x"}}]}',
                        b'{"resource_changes": [{"address": "\xff\xfe", "change": {}}]}', b'{"resource_changes": ' + b"[" * 1_000_000,
                        b'{"output_changes": ' + b'{"a":' * 200_000, b'{"x": "' + b"x" * 6_000_000):
            self.changes(changes)
        shown, more = self.changes({"resource_changes": [self.resource(f"a.r{i}", ["create"], None, {"x": "<" * 1000})
                                                         for i in range(3000)]})
        self.assertTrue(more)
        self.assertIn("a.r9\n", shown)
        shown, more = self.changes({"resource_changes": [self.resource("a.large", ["create"], None, {"x": "y" * 200_000}),
                                                         self.resource("a.nul", ["create"], None, {"x": "\0"}),
                                                         self.resource("a.small", ["create"], None, {"x": "y" * 1000})]})
        self.assertTrue(more)
        self.assertIn("  ? &quot;a.large&quot;\n  ? &quot;a.nul&quot;\n  + a.small\n      x: &quot;yyy", shown)
        self.assertNotIn("Planned", self.page("/app/acme").text)

    def test_names_of_workspaces_are_text(self):
        workspace = self.workspace()
        run = workspace.run(message="x" * 60_000 + HOSTILE)
        name = "a/b?c#d%2f<script>'\"&{{csrf}}"
        self.sql(f"""UPDATE workspaces SET name = $n${name}$n$, description = $n${HOSTILE}$n$, working_directory = $n${HOSTILE}$n$,
            locked_reason = $n${HOSTILE}$n$ WHERE id = '{workspace.id}'""")
        page = self.page(f"/app/acme/{workspace.name}/runs/{run}")
        path = urllib.parse.urlsplit(page.url).path
        self.assertIn("a/b?c#d%2f<script>", page.text)
        self.assertIn(urllib.parse.quote(name, safe=""), path)
        page = self.page(path.rpartition("/runs/")[0])
        self.assertIn("a/b?c#d%2f<script>", page.text)
        self.assertEqual(self.people["alice"].act(path, "cancel").status, 303)
        self.assert_status(run, "canceled")
        self.page("/app/acme")

    def test_many_comments(self):
        workspace = self.workspace()
        run = self.planned(workspace)
        self.sql(f"""WITH c AS (INSERT INTO comments (id, run_id, body, created_by)
                SELECT new_id('wsc-'), '{run}', repeat('<', 65536), 'user-x' FROM generate_series(1, 500) RETURNING id)
            INSERT INTO run_events (id, run_id, action, actor_id, comment_id) SELECT new_id('re-'), '{run}', 'commented', 'user-x', id FROM c""")
        began = time.monotonic()
        page = self.page(f"{workspace.path}/runs/{run}")
        self.assertLess(time.monotonic() - began, 2)
        self.assertLess(len(page.body), 3_000_000)
        runs.act(self.client, run, "discard")


if __name__ == "__main__":
    unittest.main()
