"""Workspaces with a repository (today-registry-vcs.md section 8): a real worker, and a server that speaks as
the providers do."""

import base64
import hashlib
import io
import json
import random
import tarfile
import time
import unittest
import urllib.parse

import browser
import forge
import harness
import runs

MAIN = {"main.tf": b'resource "terraform_data" "a" {}\n', "modules/m/m.tf": b"# m\n", "docs/readme.md": b"words\n"}
PROVIDERS = {"github": ("github_enterprise", "github"), "gitlab": ("gitlab_community_edition", "gitlab"),
             "bitbucket": ("bitbucket_hosted", "bitbucket"), "server": ("bitbucket_data_center", "bitbucket")}


class Case(unittest.TestCase):
    KIND = "github"
    OPTIONS = {"outbound_private": "true"}

    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options=cls.OPTIONS, worker=True)
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        cls.root = harness.Client(cls.terrace, harness.add_user(cls.terrace, "root", admin=True))
        harness.add_user(cls.terrace, "mallory")
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())
        cls.forge = forge.Forge(cls.KIND)
        cls.token = cls.connect(forge.TOKEN)

    @classmethod
    def tearDownClass(cls):
        cls.forge.stop()
        cls.terrace.stop()

    @classmethod
    def connect(cls, token):
        made = cls.client.expect(201, "POST", "/api/v2/organizations/acme/oauth-clients", runs.document("oauth-clients", {
            "service-provider": PROVIDERS[cls.KIND][0], "http-url": cls.forge.url, "api-url": cls.forge.api,
            "oauth-token-string": token})).json["data"]
        return made["relationships"]["oauth-tokens"]["data"][0]["id"]

    def tearDown(self):
        """The next test's runner must not be given this one's jobs."""
        self.sql("UPDATE run_jobs SET status = 'done' WHERE status = 'queued'")

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()

    def wait(self, condition, what, timeout=30):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        return self.fail(f"{what}: {self.sql('SELECT level, message FROM vcs_events ORDER BY created_at DESC LIMIT 3')}\n"
                         f"{self.sql('SELECT kind, attempts, due_at, created_at, now() FROM vcs_jobs')}")

    def settle(self):
        self.wait(lambda: self.sql("SELECT count(*) FROM vcs_jobs WHERE due_at < now() + interval '5 minutes'") == "0"
                  and self.sql("SELECT count(*) FROM vcs_jobs") == "0", "jobs remain")

    def repository(self, files=None):
        made = self.forge.repository(f"owner/repo-{random.getrandbits(40):x}")
        made.commit(files or MAIN, message="first\n")
        return made

    def workspace(self, repository, vcs=None, **attributes):
        vcs = {"identifier": repository.identifier, "oauth-token-id": self.token, **(vcs or {})}
        return runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}", configured=False, vcs_repo=vcs, **attributes)

    def connected(self, repository, **options):
        """A workspace whose webhook stands, and that has had its first run."""
        made = self.workspace(repository, **options)
        self.wait(lambda: repository.hooks, "no webhook")
        self.wait(lambda: self.configurations(made, "uploaded"), "no configuration")
        runs.act(self.client, made.run(), "cancel")
        self.settle()
        repository.statuses.clear()
        return made

    def configurations(self, workspace, status):
        listed = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/configuration-versions?include=ingress_attributes").json
        return [version for version in listed["data"] if version["attributes"]["status"] == status]

    def runs_of(self, workspace):
        return self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs").json["data"]

    def ingress(self, run):
        version = run["relationships"]["configuration-version"]["data"]["id"]
        return self.client.expect(200, "GET", f"/api/v2/configuration-versions/{version}/ingress-attributes").json["data"]["attributes"]

    def files(self, version):
        moved = self.client.request("GET", f"/api/v2/configuration-versions/{version}/download")
        body = moved.body if moved.status == 200 else self.client.expect(200, "GET", moved.headers["Location"]).body
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:gz") as archive:
            return {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}


class Provider(Case):
    """What every provider has to do; below, once for each."""

    def test_connect_push_and_status(self):
        repository = self.repository()
        workspace = self.workspace(repository)
        shown = workspace.show()["attributes"]["vcs-repo"]
        self.assertEqual((shown["identifier"], shown["branch"], shown["oauth-token-id"], shown["service-provider"], shown["ingress-submodules"]),
                         (repository.identifier, "", self.token, PROVIDERS[self.KIND][0], False))
        self.assertEqual(shown["repository-http-url"], f"{self.forge.url}/{repository.identifier}")
        self.wait(lambda: repository.hooks, "no webhook")
        self.assertEqual(self.forge.hook(repository)[0], shown["webhook-url"])
        version = self.wait(lambda: self.configurations(workspace, "uploaded"), "no configuration")[0]
        self.assertEqual(version["attributes"]["source"], PROVIDERS[self.KIND][1])
        self.assertEqual(self.files(version["id"]), MAIN)
        # Nothing was run by hand yet: a push is not for it.
        ignored = repository.commit(MAIN, message="ignored\n")
        self.assertEqual(self.forge.push(self.client, repository, ignored).status, 200)
        self.settle()
        self.assertEqual(self.runs_of(workspace), [])
        run = workspace.run()
        self.assertEqual(self.ingress(runs.show(self.client, run))["commit-sha"], next(iter(repository.commits)))
        runs.act(self.client, run, "cancel")
        self.settle()
        repository.statuses.clear()
        # A push makes a run, and is told how it stands.
        sha = repository.commit(dict(MAIN, **{"new.tf": b"# new\n"}), message="second\n")
        self.assertEqual(self.forge.push(self.client, repository, sha, files=["new.tf"]).status, 200)
        run = self.wait(lambda: [run for run in self.runs_of(workspace) if run["attributes"]["message"] == "second\n"], "no run")[0]
        self.assertFalse(run["attributes"]["plan-only"])
        attributes = self.ingress(run)
        self.assertEqual((attributes["commit-sha"], attributes["branch"], attributes["is-pull-request"], attributes["identifier"]),
                         (sha, "main", False, repository.identifier))
        self.assertIn("new.tf", self.files(run["relationships"]["configuration-version"]["data"]["id"]))
        job = self.runner.claim()
        self.assertEqual(job["run"]["id"], run["id"])
        self.assertEqual(job["commit"], {"sha": sha, "branch": "main", "tag": None})
        self.runner.finish(job, has_changes=True, resource_additions=2)
        self.settle()
        self.assertEqual([status for status, _ in repository.statuses], [sha] * len(repository.statuses))
        states = [document["state"].lower() for _, document in repository.statuses]
        self.assertIn(states[0], ("pending", "inprogress"))
        self.assertIn(states[-1], ("success", "successful"))
        self.assertEqual(len(states), 2)
        runs.act(self.client, run["id"], "discard")
        self.check_state(workspace, run["id"], sha)
        # The same commit again makes no second run.
        self.forge.push(self.client, repository, sha, files=["new.tf"])
        self.settle()
        self.assertEqual(len(self.runs_of(workspace)), 2)

    def check_state(self, workspace, run, sha):
        """A state that a run made names the run's commit."""
        state = json.dumps({"version": 4, "serial": 1, "lineage": "a", "resources": [], "outputs": {}}).encode()
        path = f"/api/v2/workspaces/{workspace.id}"
        self.client.expect(200, "POST", path + "/actions/lock", {})
        made = self.client.expect(201, "POST", path + "/state-versions", runs.document("state-versions", {
            "serial": 1, "md5": hashlib.md5(state).hexdigest(), "state": base64.b64encode(state).decode()})).json["data"]
        self.client.expect(200, "POST", path + "/actions/unlock", {})
        self.assertIsNone(made["attributes"]["vcs-commit-sha"])
        self.sql(f"UPDATE state_versions SET run_id = '{run}' WHERE id = '{made['id']}'")
        shown = self.client.expect(200, "GET", f"/api/v2/state-versions/{made['id']}").json["data"]["attributes"]
        self.assertEqual(shown["vcs-commit-sha"], sha)

    def test_pull_request(self):
        repository = self.repository()
        workspace = self.connected(repository)
        sha = repository.commit(MAIN, branch="topic", message="topic\n")
        self.forge.pull_request(self.client, repository, sha, fork=True)
        self.forge.pull_request(self.client, repository, sha, target="other")
        self.settle()
        self.assertEqual(len(self.runs_of(workspace)), 1)
        self.forge.pull_request(self.client, repository, sha)
        self.settle()
        plans = self.client.expect(200, "GET", f"/api/v2/workspaces/{workspace.id}/runs?filter[operation]=plan_only").json["data"]
        self.assertEqual(len(plans), 1)
        self.assertTrue(plans[0]["attributes"]["plan-only"])
        attributes = self.ingress(plans[0])
        self.assertEqual((attributes["is-pull-request"], attributes["pull-request-number"], attributes["pull-request-title"],
                          attributes["pull-request-url"], attributes["commit-sha"]), (True, 7, "A title", self.forge.url + "/pull/7", sha))
        self.assertEqual({status for status, _ in repository.statuses}, {sha})
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace.id}", runs.document("workspaces", {"speculative-enabled": False}))
        sha = repository.commit(MAIN, branch="topic", message="not looked at\n")
        self.forge.pull_request(self.client, repository, sha)
        self.settle()
        self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}'"), "2")

    def aggregate(self, wanted):
        """Whether the organization's workspaces have one status together (8.3); they have unless a test says."""
        def set_to(value):
            self.client.expect(200, "PATCH", "/api/v2/organizations/acme", runs.document("organizations", {
                "aggregated-commit-status-enabled": value}))
        set_to(wanted)
        self.addCleanup(set_to, True)

    def told(self, repository):
        """(context, state, description) of each status, in the provider's own names."""
        return [(document.get("context") or document.get("name") or document.get("key"),
                 document["state"].lower().replace("inprogress", "pending").replace("successful", "success").replace("failed", "failure"),
                 document["description"]) for _, document in repository.statuses]

    def test_one_status_for_all_workspaces(self):
        repository = self.repository()
        pair = [self.connected(repository), self.connected(repository)]
        repository.statuses.clear()
        sha = repository.commit(MAIN, message="both\n")
        for made in pair:
            hook = repository.hooks[pair.index(made)]
            repository.hooks.append(hook)
            self.forge.push(self.client, repository, sha)
            repository.hooks.pop()
        self.settle()
        jobs = [self.runner.claim(), self.runner.claim()]
        self.runner.finish(jobs[0], has_changes=True, resource_additions=2)
        self.settle()
        self.assertEqual({(context, state) for context, state, _ in self.told(repository)}, {("Terrace/acme", "pending")})
        self.assertEqual(self.told(repository)[-1][2], "1 of 2 plans are in progress")
        self.runner.finish(jobs[1], has_changes=True, resource_additions=3, resource_destructions=1)
        self.settle()
        self.assertEqual(self.told(repository)[-1], ("Terrace/acme", "success", "2 plans: 5 to add, 0 to change, 1 to destroy"))
        for job in jobs:
            runs.act(self.client, job["run"]["id"], "discard")

    def test_one_status_for_each_workspace(self):
        repository = self.repository()
        workspace = self.connected(repository)
        self.aggregate(False)
        self.forge.push(self.client, repository, repository.commit(MAIN, message="one\n"))
        self.settle()
        self.runner.finish(self.runner.claim(), has_changes=False)
        self.settle()
        name = workspace.show()["attributes"]["name"]
        self.assertEqual([(context, state) for context, state, _ in self.told(repository)],
                         [(f"Terrace/acme/{name}", "pending"), (f"Terrace/acme/{name}", "success")])

    def settings(self, **values):
        self.root.expect(200, "PATCH", "/api/v2/admin/general-settings", runs.document("general-settings", {
            name.replace("_", "-"): value for name, value in values.items()}))

    def test_a_pull_request_from_a_fork_where_that_is_allowed(self):
        repository = self.repository()
        workspace = self.connected(repository)
        self.settings(allow_speculative_plans_on_pull_requests_from_forks=True)
        self.addCleanup(self.settings, allow_speculative_plans_on_pull_requests_from_forks=False)
        self.forge.pull_request(self.client, repository, repository.commit(MAIN, branch="topic", message="topic\n"), fork=True)
        self.settle()
        self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}' AND plan_only"), "1")

    def test_a_pull_request_without_a_plan_is_told_so_where_that_is_wanted(self):
        repository = self.repository()
        workspace = self.connected(repository, working_directory="modules/m", file_triggers_enabled=True)
        repository.pull_request_files = ["docs/readme.md"]
        self.forge.pull_request(self.client, repository, repository.commit(MAIN, branch="topic", message="one\n"))
        self.settle()
        self.assertEqual(repository.statuses, [])
        self.settings(send_passing_statuses_for_untriggered_speculative_plans=True)
        self.addCleanup(self.settings, send_passing_statuses_for_untriggered_speculative_plans=False)
        self.aggregate(False)
        sha = repository.commit(MAIN, branch="topic", message="two\n")
        self.forge.pull_request(self.client, repository, sha)
        self.forge.pull_request(self.client, repository, sha, target="other")
        self.settle()
        self.assertEqual([told for told, _ in repository.statuses], [sha])
        self.assertIn(repository.statuses[0][1]["state"].lower(), ("success", "successful"))
        self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}' AND plan_only"), "0")

    def test_a_pull_request_that_touches_something_else(self):
        repository = self.repository()
        workspace = self.connected(repository, working_directory="modules/m", file_triggers_enabled=True)
        for paths, plans in ((["docs/readme.md", "main.tf"], "1"), (["modules/m/m.tf"], "2"), ([f"docs/{i}" for i in range(100)], "3")):
            repository.pull_request_files = paths
            self.forge.pull_request(self.client, repository, repository.commit(MAIN, branch="topic", message=repr(paths[:2])))
            self.settle()
            self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}'"), plans)

    def test_a_signature_that_is_wrong(self):
        repository = self.repository()
        self.connected(repository)
        sha = repository.commit(MAIN)
        self.assertEqual(self.forge.push(self.client, repository, sha, secret="guessed").status, 404)
        url, _ = self.forge.hook(repository)
        self.assertEqual(self.client.request("POST", "/" + url.split("/", 3)[3], b"{}", token=False).status, 404)
        self.assertEqual(self.sql("SELECT count(*) FROM vcs_jobs"), "0")


class SignIn:
    """The flow in the browser, at the providers that have it."""

    def test_connect_in_the_browser(self):
        key, secret = self.forge.APPLICATION
        made = self.client.expect(201, "POST", "/api/v2/organizations/acme/oauth-clients", runs.document("oauth-clients", {
            "service-provider": PROVIDERS[self.KIND][0], "http-url": self.forge.url, "api-url": self.forge.api,
            "key": key, "secret": secret})).json["data"]
        self.assertEqual(made["relationships"]["oauth-tokens"]["data"], [])
        connect, callback = made["attributes"]["connect-path"], made["attributes"]["callback-url"]
        alice = browser.Browser(self.terrace)
        leaving = alice.sign_in(alice.open(connect), "alice", "correct horse battery")
        self.assertEqual(leaving.status, 302)
        to = urllib.parse.urlsplit(leaving.headers["Location"])
        asked = dict(urllib.parse.parse_qsl(to.query))
        self.assertEqual(f"{to.scheme}://{to.netloc}", self.forge.url)
        self.assertEqual((asked["client_id"], asked["redirect_uri"], asked["response_type"]), (key, callback, "code"))
        self.assertNotIn(secret, leaving.headers["Location"])
        back = callback + "?" + urllib.parse.urlencode({"code": "good-code", "state": asked["state"]})
        # Not for strangers, not with another's state, not with a code that the provider does not know.
        mallory = browser.Browser(self.terrace)
        mallory.sign_in(mallory.open("/app"), "mallory", "correct horse battery")
        self.assertEqual(mallory.request(connect).status, 404)
        self.assertEqual(mallory.request(back).status, 404)
        self.assertEqual(alice.request(back.replace(asked["state"], "0" * len(asked["state"]))).status, 400)
        self.assertEqual(self.forge.grants, [])
        self.assertEqual(alice.request(back.replace("good-code", "bad-code")).status, 502)
        self.assertEqual(alice.request(back).status, 200)
        token = self.client.expect(200, "GET", f"/api/v2/oauth-clients/{made['id']}/oauth-tokens").json["data"][0]["id"]
        # The token has two hours to live, and then a new one is asked for.
        self.sql(f"UPDATE oauth_tokens SET expires_at = now() WHERE id = '{token}'")
        workspace = self.workspace(self.repository(), vcs={"oauth-token-id": token})
        self.wait(lambda: self.configurations(workspace, "uploaded"), "no configuration")
        self.assertEqual(self.forge.grants[-1]["grant_type"], "refresh_token")
        self.assertEqual(self.sql(f"SELECT expires_at > now() + interval '1 hour' FROM oauth_tokens WHERE id = '{token}'"), "t")
        # Signing in again is the same token.
        self.assertEqual(alice.request(back).status, 200)
        self.assertEqual(self.client.expect(200, "GET", f"/api/v2/oauth-clients/{made['id']}/oauth-tokens").json["data"][0]["id"], token)


class GitHub(SignIn, Provider):
    def test_run_waits_for_its_configuration(self):
        repository = self.repository()
        self.forge.down = True
        workspace = self.workspace(repository)
        run = workspace.run()
        self.assertEqual(runs.status(self.client, run), "fetching")
        self.forge.down = False
        self.sql("UPDATE vcs_jobs SET due_at = now()")
        self.wait(lambda: runs.status(self.client, run) == "plan_queued", "the run stays")
        shown = runs.show(self.client, run)["attributes"]["status-timestamps"]
        self.assertIn("fetching-at", shown)
        self.assertIn("fetched-at", shown)
        runs.act(self.client, run, "cancel")

    def test_what_cannot_be_fetched_ends_the_run(self):
        repository = self.repository()
        repository.branches.clear()
        workspace = self.workspace(repository)
        self.wait(lambda: self.configurations(workspace, "errored"), "no error")
        run = workspace.run()
        self.wait(lambda: runs.status(self.client, run) == "errored", "the run stays")
        error = self.configurations(workspace, "errored")[0]["attributes"]
        self.assertEqual(error["error"], "vcs-fetch-failed")
        self.assertIn(repository.identifier, error["error-message"])
        events = self.client.expect(200, "GET", "/api/v2/organizations/acme/vcs-events?filter[levels]=error&include=oauth_client").json
        self.assertIn(repository.identifier, events["data"][0]["attributes"]["message"])
        self.assertEqual(events["included"][0]["type"], "oauth-clients")

    def test_queue_all_runs(self):
        repository = self.repository()
        workspace = self.workspace(repository, queue_all_runs=True)
        run = self.wait(lambda: self.runs_of(workspace), "no run")[0]
        self.assertEqual(run["attributes"]["message"], "first\n")

    def test_file_triggers(self):
        repository = self.repository()
        workspace = self.connected(repository, working_directory="live", trigger_prefixes=["modules"], file_triggers_enabled=True)
        for path, runs_after in (("docs/readme.md", 1), ("modules/m/m.tf", 2), ("live/a.tf", 3), ("modulesque.tf", 3)):
            sha = repository.commit(MAIN, message=path)
            self.forge.push(self.client, repository, sha, files=[path])
            self.settle()
            self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}'"), str(runs_after), path)
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace.id}", runs.document("workspaces", {"trigger-patterns": ["/**/*.md"]}))
        for path, runs_after in (("live/a.tf", 3), ("docs/deep/x.md", 4), ("top.md", 5)):
            sha = repository.commit(MAIN, message=path)
            self.forge.push(self.client, repository, sha, files=[path])
            self.settle()
            self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}'"), str(runs_after), path)

    def test_tags(self):
        repository = self.repository()
        workspace = self.connected(repository, vcs={"tags-regex": r"^v\d+\.\d+$"}, file_triggers_enabled=False)
        sha = repository.commit(MAIN)
        self.forge.push(self.client, repository, sha)
        self.forge.push(self.client, repository, sha, tag="other")
        self.settle()
        self.assertEqual(len(self.runs_of(workspace)), 1)
        self.forge.push(self.client, repository, sha, tag="v1.2")
        self.settle()
        run = self.runs_of(workspace)[0]
        self.assertEqual(self.ingress(run)["tag"], "v1.2")

    def test_another_branch(self):
        repository = self.repository()
        repository.commit(dict(MAIN, **{"live.tf": b"# live\n"}), branch="live", message="live\n")
        workspace = self.connected(repository, vcs={"branch": "live"})
        self.assertIn("live.tf", self.files(self.configurations(workspace, "uploaded")[0]["id"]))
        self.forge.push(self.client, repository, repository.commit(MAIN, branch="main"))
        self.settle()
        self.assertEqual(len(self.runs_of(workspace)), 1)
        self.forge.push(self.client, repository, repository.commit(MAIN, branch="live"), branch="live")
        self.settle()
        self.assertEqual(self.sql(f"SELECT count(*) FROM runs WHERE workspace_id = '{workspace.id}'"), "2")

    def test_an_upload_is_only_looked_at(self):
        workspace = self.connected(self.repository())
        version = workspace.configure(auto_queue_runs=False)
        self.assertIn("repository", workspace.run(expect=422, configuration=version).json["errors"][0]["detail"])
        workspace.run(configuration=workspace.configure(auto_queue_runs=False, speculative=True))
        self.assertNotEqual(runs.show(self.client, workspace.run())["relationships"]["configuration-version"]["data"]["id"], version)

    def test_disconnect(self):
        repository = self.repository()
        workspace = self.connected(repository)
        url, _ = self.forge.hook(repository)
        sha = repository.commit(MAIN)
        changed = self.client.expect(200, "PATCH", f"/api/v2/workspaces/{workspace.id}", runs.document("workspaces", {"vcs-repo": None})).json
        self.assertIsNone(changed["data"]["attributes"]["vcs-repo"])
        self.assertEqual(self.forge.push(self.client, repository, sha).status, 404)
        other = self.connected(self.repository())
        self.assertIsNotNone(other.show()["attributes"]["vcs-repo"])
        token = self.connect(forge.TOKEN)
        self.client.expect(200, "PATCH", f"/api/v2/workspaces/{other.id}", runs.document("workspaces", {"vcs-repo": {"oauth-token-id": token}}))
        self.client.expect(204, "DELETE", f"/api/v2/oauth-tokens/{token}")
        self.assertIsNone(other.show()["attributes"]["vcs-repo"])

    def test_a_token_that_is_refused(self):
        token = self.connect("wrong-token")
        repository = self.repository()
        workspace = self.workspace(repository, vcs={"oauth-token-id": token})
        self.wait(lambda: self.configurations(workspace, "errored"), "no error")
        self.assertIn("does not accept the token", self.configurations(workspace, "errored")[0]["attributes"]["error-message"])
        self.assertNotIn("wrong-token", self.sql("SELECT string_agg(message, '') FROM vcs_events"))
        self.assertNotIn("wrong-token", self.sql("SELECT string_agg(sealed_token, '') FROM oauth_tokens"))

    def test_an_archive_that_leads_out(self):
        repository = self.repository(files={"../../evil.tf": b"x"})
        workspace = self.workspace(repository)
        self.wait(lambda: self.configurations(workspace, "errored"), "no error")


class GitLab(SignIn, Provider):
    KIND = "gitlab"


class Bitbucket(SignIn, Provider):
    KIND = "bitbucket"


class BitbucketServer(Provider):
    KIND = "server"


class Private(Case):
    """Without outbound_private a provider in a private network is not called."""

    OPTIONS = {}

    def test_refused(self):
        workspace = self.workspace(self.repository())
        self.wait(lambda: self.configurations(workspace, "errored"), "no error")
        self.assertIn("private network", self.configurations(workspace, "errored")[0]["attributes"]["error-message"])
        self.assertEqual(self.forge.asked, [])


del Provider, SignIn, Case
if __name__ == "__main__":
    unittest.main()
