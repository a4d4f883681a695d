"""The real program behind each web server with the shipped configuration: a sign-in on the pages, a
state written in two steps, and read back. tests/web has the cases about the transport itself."""

import base64
import hashlib
import http.cookies
import json
import os
import sys
import unittest
import urllib.parse

import harness
import states
from browser import Page

sys.path.insert(0, os.path.join(harness.installation.TOP, "tests", "web"))
from servers import IS_ROOT, WEB_USER, Stack  # noqa: E402


class WebServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(nginx=False)
        cls.terrace.processes.stop("terrace")
        cls.token = harness.add_user(cls.terrace, "alice", password="correct horse battery")
        harness.add_organization(cls.terrace, "web", "alice")
        if IS_ROOT:  # the servers run as another user, which has to reach the database and the key
            cls.terrace.cluster.sql(f'CREATE ROLE "{WEB_USER}" LOGIN')
            os.chmod(cls.terrace.cluster.socket_dir, 0o755)
            os.chmod(os.path.join(cls.terrace.cluster.socket_dir, ".s.PGSQL.5432"), 0o777)

    def settings(self, stack):
        key = stack.folder.path / "key"
        with open(self.terrace.path("key"), encoding="ascii") as file:
            stack.folder.write("key", file.read(), 0o600)
        if IS_ROOT:
            import shutil  # pylint: disable=import-outside-toplevel
            shutil.chown(key, WEB_USER, WEB_USER)
        return {"database": self.terrace.database, "key_file": str(key), "workers": 2, "argon2_memory": 8192,
                "base_url": f"http://127.0.0.1:{stack.port}"}

    def check(self, kind):
        stack = Stack(kind, self.terrace.program("terrace.fcgi"))
        stack.settings.update(self.settings(stack))
        with stack:
            self.write_and_read(stack, kind)
            self.sign_in(stack)

    def api(self, stack, status, method, path, document=None):
        body = None if document is None else json.dumps(document)
        got, _, answer = stack.request(method, path, body, {"Authorization": f"Bearer {self.token}",
                                                            "Content-Type": "application/vnd.api+json"})
        self.assertEqual(got, status, f"{method} {path}: {answer[:500]!r}\n{stack.web_log()[-1500:]}")
        return json.loads(answer)["data"] if answer else None

    def write_and_read(self, stack, kind):
        workspace = self.api(stack, 201, "POST", "/api/v2/organizations/web/workspaces", {
            "data": {"type": "workspaces", "attributes": {"name": kind}}})["id"]
        self.api(stack, 200, "POST", f"/api/v2/workspaces/{workspace}/actions/lock")
        # Larger than mod_fcgid takes by default.
        body = states.document(1, padding=1 << 20)
        version = self.api(stack, 201, "POST", f"/api/v2/workspaces/{workspace}/state-versions", {
            "data": {"type": "state-versions", "attributes": {"serial": 1, "md5": hashlib.md5(body).hexdigest()}}})
        path = urllib.parse.urlsplit(version["attributes"]["hosted-state-upload-url"]).path
        status, _, answer = stack.request("PUT", path, body, {"Content-Type": "application/octet-stream"})
        self.assertIn(status, (200, 201, 204), answer[:500])
        version = self.api(stack, 200, "GET", f"/api/v2/workspaces/{workspace}/current-state-version")
        path = urllib.parse.urlsplit(version["attributes"]["hosted-state-download-url"]).path
        status, _, answer = stack.request("GET", path)
        self.assertEqual((status, hashlib.sha256(answer).digest()), (200, hashlib.sha256(body).digest()))
        second = states.document(2)
        self.api(stack, 201, "POST", f"/api/v2/workspaces/{workspace}/state-versions", {
            "data": {"type": "state-versions", "attributes": {
                "serial": 2, "md5": hashlib.md5(second).hexdigest(), "state": base64.b64encode(second).decode()}}})
        self.api(stack, 200, "POST", f"/api/v2/workspaces/{workspace}/actions/unlock")

    def sign_in(self, stack):
        """By hand, because a browser keeps no secure cookie that came over http."""
        cookies, url, fields = {}, "/app/settings/tokens", None
        for _ in range(12):
            headers = {"Accept": "text/html", "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
            if fields is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                headers["Origin"] = f"http://127.0.0.1:{stack.port}"
            status, reply, body = stack.request("POST" if fields is not None else "GET", url,
                                                None if fields is None else urllib.parse.urlencode(fields), headers)
            for line in reply.get_all("Set-Cookie") or []:
                cookies.update({name: value.value for name, value in http.cookies.SimpleCookie(line).items()})
            fields = None
            if status in (302, 303):
                url = urllib.parse.urlsplit(urllib.parse.urljoin(url, reply["Location"]))._replace(
                    scheme="", netloc="").geturl()
                continue
            page = Page(url, status, reply, body.decode())
            self.assertEqual(status, 200, page.text[:500])
            if not any("password" in form["types"].values() for form in page.forms):
                page.form("description")
                return
            form = page.form_with_type("password")
            fields = dict(form["fields"])
            for name, of in form["types"].items():
                fields.update({name: "correct horse battery"} if of == "password" else
                              {name: "alice"} if of in ("text", "email") else {})
            url = form["action"] or url
        self.fail("signing in does not end")

    def test_nginx(self):
        self.check("nginx")

    def test_spawn_fcgi(self):
        self.check("spawn-fcgi")

    def test_apache_proxy(self):
        self.check("apache-proxy")

    def test_apache_fcgid(self):
        self.check("apache-fcgid")

    def test_apache_cgi(self):
        self.check("apache-cgi")

    def test_apache_htaccess(self):
        self.check("apache-htaccess")


if __name__ == "__main__":
    unittest.main()
