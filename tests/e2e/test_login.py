"""`terraform login` and the pages that a person signs in with, without JavaScript."""

import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
import threading
import time
import unittest
import urllib.parse
import urllib.request

import cli
import harness
from browser import Browser


class Pages(unittest.TestCase):
    def setUp(self):
        self.terrace = harness.Shared.get()
        self.browser = Browser(self.terrace)

    def sign_in(self, path="/app/settings/tokens"):
        page = self.browser.open(path)
        return self.browser.sign_in(page, harness.Shared.USER, harness.Shared.PASSWORD)

    def cookie(self):
        cookies = [cookie for cookie in self.browser.jar if cookie.secure]
        self.assertTrue(cookies, "no secure cookie after signing in")
        return cookies[0]

    def test_a_page_asks_to_sign_in_and_comes_back(self):
        page = self.sign_in()
        self.assertEqual(page.status, 200)
        self.assertIn("/app/settings/tokens", page.url)
        cookie = self.cookie()
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly") or cookie.has_nonstandard_attr("httponly"))
        same_site = cookie.get_nonstandard_attr("SameSite") or cookie.get_nonstandard_attr("samesite")
        self.assertIn(same_site, ("Lax", "Strict"))

    def test_a_wrong_password_signs_nobody_in(self):
        page = self.browser.open("/app/settings/tokens")
        page = self.browser.sign_in(page, harness.Shared.USER, "wrong password")
        self.assertIn(page.status, (200, 401, 403, 422))
        page.form_with_type("password")
        after = self.browser.open("/app/settings/tokens")
        after.form_with_type("password")

    def test_a_token_is_made_shown_once_used_and_revoked(self):
        page = self.sign_in()
        form = page.form("description")
        made = self.browser.submit(page, form, {"description": "from the page"})
        token = re.search(r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9]{67}", made.body)
        self.assertIsNotNone(token, made.text[:500])
        reply = harness.Client(self.terrace, token[0]).expect(200, "GET", "/api/v2/account/details")
        self.assertEqual(reply.json["data"]["attributes"]["username"], harness.Shared.USER)
        again = self.browser.open("/app/settings/tokens")
        self.assertIn("from the page", again.text)
        self.assertNotIn(token[0], again.body)
        made_id = next(row["id"] for row in harness.Client(self.terrace, token[0]).expect(
            200, "GET", f"/api/v2/users/{reply.json['data']['id']}/authentication-tokens").json["data"]
            if row["attributes"]["description"] == "from the page")
        revoke = next((form for form in again.forms if made_id in form["action"] + json.dumps(form["fields"])
                       + json.dumps(form["buttons"])), None)
        self.assertIsNotNone(revoke, "no form revokes the token")
        page = self.browser.submit(again, revoke, button=next(iter(revoke["buttons"]), None))
        self.assertEqual(harness.Client(self.terrace, token[0]).get("/api/v2/account/details").status, 401)
        self.assertNotIn(made_id, self.browser.open("/app/settings/tokens").body)

    def test_a_form_without_its_csrf_token_does_nothing(self):
        page = self.sign_in()
        form = page.form("description")
        before = page.body.count("forged")
        hidden = {name for name, kind in form["types"].items() if kind == "hidden"}
        self.assertTrue(hidden, "the form has no hidden field")
        forged = {name: value for name, value in form["fields"].items() if name not in hidden}
        forged["description"] = "forged"
        reply = self.browser.request(form["action"] or page.url, forged)
        self.assertIn(reply.status, (400, 403, 422))
        self.assertEqual(self.browser.open("/app/settings/tokens").body.count("forged"), before)

    def test_signing_in_is_throttled(self):
        harness.add_user(self.terrace, "throttled")
        statuses = []
        for _ in range(30):
            page = self.browser.open("/app/settings/tokens")
            page = self.browser.sign_in(page, "throttled", "wrong password")
            statuses.append(page.status)
            if page.status == 429:
                break
        self.assertEqual(statuses[-1], 429, statuses)

    def test_pages_forbid_framing_and_foreign_scripts(self):
        page = self.browser.open("/app/settings/tokens")
        policy = page.headers.get("Content-Security-Policy", "")
        self.assertIn("frame-ancestors 'none'", policy)
        self.assertRegex(policy, r"(default|script)-src '(self|none)'")
        self.assertEqual(page.headers.get("X-Content-Type-Options"), "nosniff")


class OAuth(unittest.TestCase):
    """The authorization-code flow with PKCE, each wrong turn included."""

    REDIRECT = "http://localhost:10005/login"

    def setUp(self):
        self.terrace = harness.Shared.get()
        self.browser = Browser(self.terrace)
        self.verifier = secrets.token_urlsafe(48)

    def parameters(self, **changes):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        values = {"client_id": "terraform-cli", "code_challenge": challenge, "code_challenge_method": "S256",
                  "redirect_uri": self.REDIRECT, "response_type": "code", "state": "the-state"}
        values.update(changes)
        return {name: value for name, value in values.items() if value is not None}

    def authorize(self, **changes):
        page = self.browser.open("/app/oauth2/auth?" + urllib.parse.urlencode(self.parameters(**changes)))
        return authorize(self.browser, page)

    def code(self):
        page = self.authorize()
        location = page.headers.get("Location", "")
        self.assertTrue(location.startswith(self.REDIRECT), f"{page.status} {location} {page.text[:300]}")
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))
        self.assertEqual(query["state"], "the-state")
        return query["code"]

    def exchange(self, **changes):
        fields = {"grant_type": "authorization_code", "redirect_uri": self.REDIRECT, "client_id": "terraform-cli",
                  "code_verifier": self.verifier}
        fields.update(changes)
        return harness.Client(self.terrace).post(
            "/oauth2/token", urllib.parse.urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"})

    def test_a_code_becomes_a_token_once(self):
        code = self.code()
        reply = self.exchange(code=code)
        self.assertEqual(reply.status, 200, reply.body)
        self.assertEqual(reply.json["token_type"].lower(), "bearer")
        self.assertIn("no-store", reply.headers.get("Cache-Control", ""))
        details = harness.Client(self.terrace, reply.json["access_token"]).expect(200, "GET", "/api/v2/account/details")
        self.assertEqual(details.json["data"]["attributes"]["username"], harness.Shared.USER)
        again = self.exchange(code=code)
        self.assertEqual(again.status, 400)
        self.assertEqual(again.json["error"], "invalid_grant")

    def test_the_verifier_has_to_match(self):
        reply = self.exchange(code=self.code(), code_verifier="x" * 64)
        self.assertEqual((reply.status, reply.json["error"]), (400, "invalid_grant"))

    def test_the_redirect_has_to_match(self):
        reply = self.exchange(code=self.code(), redirect_uri="http://localhost:10006/login")
        self.assertEqual((reply.status, reply.json["error"]), (400, "invalid_grant"))

    def test_an_unknown_code_is_refused(self):
        reply = self.exchange(code="nonsense")
        self.assertEqual((reply.status, reply.json["error"]), (400, "invalid_grant"))

    def test_a_code_goes_nowhere_but_to_this_machine(self):
        for redirect in ("https://evil.example.com/login", "http://localhost:10005.evil.example.com/login",
                         "http://localhost:80/login", "javascript:alert(1)"):
            page = self.authorize(redirect_uri=redirect)
            self.assertNotIn("evil", page.headers.get("Location", ""), redirect)
            self.assertIn(page.status, (400, 403, 422), redirect)

    def test_there_is_no_flow_without_a_challenge(self):
        page = self.authorize(code_challenge=None, code_challenge_method=None)
        location = page.headers.get("Location", "")
        self.assertNotIn("code=", location)

    def test_an_unknown_client_is_refused(self):
        page = self.authorize(client_id="someone-else")
        self.assertNotIn("code=", page.headers.get("Location", ""))


def authorize(browser, page):
    """Signs in when asked, then agrees on the page that asks for it."""
    if any("password" in form["types"].values() for form in page.forms):
        page = browser.sign_in(page, harness.Shared.USER, harness.Shared.PASSWORD)
    if page.status == 200 and page.forms:
        # The form that agrees posts somewhere about oauth; one that signs out does not.
        form = next((form for form in page.forms if "oauth" in form["action"] or "state" in form["fields"]), page.forms[-1])
        agree = next((name for name, value in form["buttons"].items() if re.search("allow|auth|yes|approve", name + value)),
                     next(iter(form["buttons"]), None))
        page = browser.submit(page, form, button=agree)
    return page


class Login(unittest.TestCase):
    def test_login_through_the_real_pages(self):
        terrace = harness.Shared.get()
        tool = cli.Cli(self, terrace)
        # The CLI opens a browser by a program of this name; this one does nothing.
        fake = os.path.join(tool.home, "bin")
        os.mkdir(fake)
        for name in ("xdg-open", "x-www-browser", "www-browser"):
            with open(os.path.join(fake, name), "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\nexit 0\n")
            os.chmod(os.path.join(fake, name), 0o755)
        tool.environment["PATH"] = fake + ":" + tool.environment["PATH"]
        del tool.environment["TF_IN_AUTOMATION"]
        os.mkdir(os.path.join(tool.home, ".terraform.d"))
        process = tool.start("login", "-no-color", terrace.host, stdin=subprocess.PIPE)
        self.addCleanup(process.kill)
        process.stdin.write("yes\n")
        process.stdin.flush()
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
        reader.start()
        url = None
        deadline = time.monotonic() + 60
        while url is None and time.monotonic() < deadline and process.poll() is None:
            url = next((word for line in list(lines) for word in line.split()
                        if word.startswith(terrace.base_url + "/app/oauth2/auth?")), None)
            time.sleep(0.1)
        self.assertIsNotNone(url, "".join(lines))
        browser = Browser(terrace)
        page = authorize(browser, browser.open(url))
        location = page.headers.get("Location", "")
        self.assertRegex(location, r"^http://localhost:100\d\d/login\?", page.text[:500])
        # The CLI may end before its own page is out: what counts is that it has the code.
        try:
            with urllib.request.urlopen(location, timeout=30) as reply:
                self.assertEqual(reply.status, 200)
        except ConnectionError:
            pass
        process.stdin.close()
        self.assertEqual(process.wait(60), 0, "".join(lines))
        reader.join(10)
        with open(os.path.join(tool.home, ".terraform.d", "credentials.tfrc.json"), encoding="utf-8") as file:
            token = json.load(file)["credentials"][terrace.host]["token"]
        details = harness.Client(terrace, token).expect(200, "GET", "/api/v2/account/details").json["data"]
        self.assertEqual(details["attributes"]["username"], harness.Shared.USER)
        # The token that login stored is the one that the next command uses.
        tool.write(cli.cloud(terrace, harness.Shared.ORGANIZATION, 'name = "after-login"') + cli.GREETING)
        tool.init()
        tool.apply()
        self.assertEqual(tool.output("greeting"), "hello")


if __name__ == "__main__":
    unittest.main()
