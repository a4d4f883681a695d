"""The shell scripts of 2017's documentation: curl itself, payloads in files, and curl's own habits."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import common

ORGANIZATION = "scripts"


class Scripts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = common.start(ORGANIZATION)
        cls.folder = tempfile.mkdtemp(prefix="terrace-curl-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else json.dumps(content, indent=2).encode() + b"\n")
        return path

    def curl(self, path, *options, status=200, token=True):
        """Runs curl as a script would, without -f; the answer must have the given status."""
        body = os.path.join(self.folder, "answer")
        url = path if path.startswith("http") else self.terrace.base_url + path
        argv = ["curl", "--silent", "--show-error", "--globoff", "--cacert", self.terrace.ca, "--max-time", "30",
                "--output", body, "--write-out", "%{http_code}", *options]
        if token:
            argv += ["--header", f"Authorization: Bearer {self.terrace.token if token is True else token}"]
        open(body, "wb").close()
        done = subprocess.run([*argv, url], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        with open(body, "rb") as file:
            answer = file.read()
        self.assertEqual(done.stdout, str(status), f"{' '.join(argv[10:])} {path}: {answer[:500]}")
        return answer

    def call(self, method, path, payload=None, status=200, token=True, options=()):
        """The samples' way: media type and `--data @payload.json` with every request that has a body."""
        options = ["--request", method, "--header", "Content-Type: application/vnd.api+json", *options]
        if payload is not None:
            options += ["--data", "@" + self.file("payload.json", payload)]
        answer = self.curl(path, *options, status=status, token=token)
        return json.loads(answer).get("data") if answer else None

    def workspace(self, name):
        return self.call("POST", f"/api/v2/organizations/{ORGANIZATION}/workspaces",
                         {"data": {"attributes": {"name": name}, "type": "workspaces"}}, 201)["id"]

    def team(self, name):
        return self.call("POST", f"/api/v2/organizations/{ORGANIZATION}/teams",
                         {"data": {"type": "teams", "attributes": {"name": name}}})["id"]

    def test_workspaces(self):
        # Without a VCS connection of the organization there is nothing to make this one from.
        self.call("POST", "/api/v2/compound-workspaces", {"data": {"type": "compound-workspaces", "attributes": {
            "name": "compound", "linkable-repo-id": "skierkowski/terraform-test", "oauth-token-id": "ot-1",
            "working-directory": "", "ingress-trigger-attributes": {"branch": "", "default-branch": True}}}},
            status=422)
        id = self.workspace("workspace-1")
        changed = self.call("PATCH", f"/api/v2/compound-workspaces/{id}", {"data": {
            "id": id, "type": "compound-workspaces", "attributes": {"name": "workspace-2", "working-directory": "x"}}})
        self.assertEqual(changed["type"], "workspaces")
        self.assertEqual(changed["attributes"]["name"], "workspace-2")
        listed = json.loads(self.curl(f"/api/v2/organizations/{ORGANIZATION}/workspaces"))["data"]
        self.assertIn("workspace-2", [each["attributes"]["name"] for each in listed])
        self.call("DELETE", f"/api/v2/organizations/{ORGANIZATION}/workspaces/workspace-2", status=204)

    def test_variables(self):
        self.workspace("with-variables")
        where = {"organization": {"username": ORGANIZATION}, "workspace": {"name": "with-variables"}}
        attributes = {"key": "some_key", "value": "some_value", "category": "terraform", "hcl": False,
                      "sensitive": False}
        id = self.call("POST", "/api/v2/vars", {"data": {"type": "vars", "attributes": attributes},
                                                "filter": where}, 201)["id"]
        query = f"filter[organization][username]={ORGANIZATION}&filter[workspace][name]=with-variables"
        for path in ("/api/v2/vars?" + query, "/api/v2/vars?" + query.replace("[", "%5B").replace("]", "%5D")):
            listed = json.loads(self.curl(path))["data"]
            self.assertEqual([each["id"] for each in listed], [id])
        changed = self.call("PATCH", f"/api/v2/vars/{id}", {"data": {"id": id, "type": "vars", "attributes": {
            "key": "name", "value": "mars", "category": "terraform", "hcl": False, "sensitive": False}}})
        self.assertEqual(changed["attributes"]["value"], "mars")
        self.call("DELETE", f"/api/v2/vars/{id}", status=204)

    def test_teams_and_tokens(self):
        team, workspace = self.team("team-1"), self.workspace("with-team")
        users = {"data": [{"type": "users", "id": common.USER}]}
        self.call("POST", f"/api/v2/teams/{team}/relationships/users", users, 204)
        self.call("DELETE", f"/api/v2/teams/{team}/relationships/users", users, 204)
        id = self.call("POST", "/api/v2/team-workspaces", {"data": {
            "attributes": {"access": "read"}, "type": "team-workspaces", "relationships": {
                "workspace": {"data": {"type": "workspaces", "id": workspace}},
                "team": {"data": {"type": "teams", "id": team}}}}}, 201)["id"]
        listed = json.loads(self.curl(f"/api/v2/team-workspaces?filter[workspace][id]={workspace}"))["data"]
        self.assertEqual([each["id"] for each in listed], [id])
        secret = self.call("POST", f"/api/v2/teams/{team}/authentication-token", status=201)["attributes"]["token"]
        shown = json.loads(self.curl(f"/api/v2/workspaces/{workspace}", token=secret))["data"]
        self.assertFalse(shown["attributes"]["permissions"]["can-update"])
        self.call("DELETE", f"/api/v2/team-workspaces/{id}", status=204)
        self.curl(f"/api/v2/workspaces/{workspace}", token=secret, status=404)
        self.call("DELETE", f"/api/v2/teams/{team}/authentication-token", status=204)
        self.curl(f"/api/v2/workspaces/{workspace}", token=secret, status=401)
        self.call("DELETE", f"/api/v2/teams/{team}", status=204)

    def test_organization_token(self):
        path = f"/api/v2/organizations/{ORGANIZATION}/authentication-token"
        secret = self.call("POST", path, status=201)["attributes"]["token"]
        self.curl(f"/api/v2/organizations/{ORGANIZATION}/workspaces", token=secret)
        # A second one takes the place of the first.
        self.call("POST", path, status=201)
        self.curl(f"/api/v2/organizations/{ORGANIZATION}/workspaces", token=secret, status=401)
        self.call("DELETE", path, status=204)

    def test_habits(self):
        path = f"/api/v2/organizations/{ORGANIZATION}/workspaces"
        payload = {"data": {"type": "workspaces", "attributes": {"name": "habit"}}}
        # Waits for permission to send the body; old versions do above a kilobyte.
        for number, options in enumerate((["--header", "Expect: 100-continue"], ["--http1.0"], ["--http1.1"],
                                          ["--header", "Transfer-Encoding: chunked"], ["--compressed"],
                                          ["--header", "Accept: application/vnd.api+json; q=1, */*"])):
            payload["data"]["attributes"]["name"] = f"habit-{number}"
            self.call("POST", path, payload, 201, options=options)
        big = {"data": {"type": "vars", "attributes": {"key": "big", "value": "x" * 100000, "category": "terraform"}},
               "filter": {"organization": {"name": ORGANIZATION}, "workspace": {"name": "habit-0"}}}
        self.call("POST", "/api/v2/vars", big, 201, options=["--header", "Expect: 100-continue"])
        self.assertIn(b"application/vnd.api+json", self.curl(path, "--head"))
        self.curl(path + "?page%5Bsize%5D=1", "--location", "--user-agent", "")

    def test_a_body_without_a_media_type(self):
        """`--data` alone calls itself a form; the JSON in it is what counts."""
        file = self.file("payload.json", {"data": {"type": "workspaces", "attributes": {"name": "untyped"}}})
        path = f"/api/v2/organizations/{ORGANIZATION}/workspaces"
        self.curl(path, "--data", "@" + file, status=201)
        self.curl(path, "--request", "DELETE", status=405)
        self.curl(path + "/untyped", "--request", "PATCH", "--header", "Content-Type: application/json", "--data",
                  '{"data": {"attributes": {"auto-apply": true}}}')

    def test_configurations(self):
        workspace = self.workspace("with-configuration")
        with tarfile.open(os.path.join(self.folder, "config.tar.gz"), "w:gz") as tar:
            tar.add(self.file("main.tf", b"# nothing\n"), "./main.tf")
        archive = os.path.join(self.folder, "config.tar.gz")
        for upload in (["--request", "PUT", "-F", f"data=@{archive}"], ["-F", f"data=@{archive}"],
                       ["--request", "PUT", "--header", "Content-Type: application/octet-stream",
                        "--data-binary", "@" + archive],
                       ["--upload-file", archive],
                       ["--request", "PUT", "--header", "Expect: 100-continue", "--data-binary", "@" + archive]):
            made = self.call("POST", f"/api/v2/workspaces/{workspace}/configuration-versions",
                             {"data": {"type": "configuration-versions"}}, 201)
            self.curl(made["attributes"]["upload-url"], *upload, token=False)
            path = f"/api/v2/configuration-versions/{made['id']}"
            shown = json.loads(self.curl(path))["data"]
            self.assertEqual(shown["attributes"]["status"], "uploaded", upload)
            with open(archive, "rb") as file:
                self.assertEqual(self.curl(path + "/download", "--location"), file.read())


if __name__ == "__main__":
    unittest.main()
