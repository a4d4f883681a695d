"""The pages through the program as plain CGI: no web server, a process a request, so that each answer
is looked at as it leaves the program. test_login.py does the same in a whole installation."""

import base64
import hashlib
import os
import re
import secrets
import sys
import unittest
import urllib.parse

import harness
from browser import FormParser

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "api"))
import run  # noqa: E402

PASSWORD = "correct horse battery"
SECRET = re.compile(r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9]{67}")
REDIRECT = "http://localhost:10005/login"


class Visitor:
    """Cookies and forms, and nothing that follows a redirect."""

    def __init__(self, server, https=True, address="127.0.0.1"):
        self.server = server
        self.https = https
        self.address = address
        self.cookies = {}

    def request(self, method, path, fields=None, headers=None):
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = b""
        if fields is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            body = urllib.parse.urlencode(fields).encode()
        answer = self.server.request(method, path, headers, body, https=self.https, address=self.address)
        for name, value in answer.cookies:
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answer

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, fields):
        return self.request("POST", path, fields)

    def sign_in(self, user="alice", password=PASSWORD, return_to=None):
        path = "/session" + ("?" + urllib.parse.urlencode({"return_to": return_to}) if return_to else "")
        fields = form(self.get(path), "password")["fields"]
        return self.post("/session", dict(fields, username=user, password=password))


class Answer:
    def __init__(self, status, headers, text):
        self.status = status
        self.headers = headers  # a list: Set-Cookie comes more than once
        self.text = text

    def header(self, name):
        values = [value for key, value in self.headers if key == name.lower()]
        return values[-1] if values else None

    @property
    def cookies(self):
        for key, value in self.headers:
            if key == "set-cookie":
                name, _, rest = value.partition("=")
                yield name, rest.partition(";")[0]


class Server(run.Server):
    """As run.Server, with every header kept."""

    def request(self, method, target, headers, body, https=True, address="127.0.0.1"):
        environment = dict(self.environment, GATEWAY_INTERFACE="CGI/1.1", SERVER_PROTOCOL="HTTP/1.1",
                           REQUEST_METHOD=method, REQUEST_URI=target, SCRIPT_NAME="", SERVER_NAME="localhost",
                           SERVER_PORT="443" if https else "80", HTTP_HOST="localhost", REMOTE_ADDR=address)
        if https:
            environment["HTTPS"] = "on"
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environment[key if key == "CONTENT_TYPE" else "HTTP_" + key] = value
        environment["CONTENT_LENGTH"] = str(len(body))
        with open(self.log, "ab") as log:
            done = run.subprocess.run([self.program], env=environment, input=body, timeout=60,
                                      stdout=run.subprocess.PIPE, stderr=log)
        if done.returncode != 0:
            raise AssertionError(f"{method} {target}: the program ended with {done.returncode}: {self.tail()}")
        head, _, content = done.stdout.decode().partition("\r\n\r\n")
        lines = [line.partition(":") for line in head.split("\r\n")]
        fields = [(name.strip().lower(), value.strip()) for name, _, value in lines]
        status = next(value for name, value in fields if name == "status")
        return Answer(int(status.split()[0]), fields, content)


def forms(answer):
    parser = FormParser()
    parser.feed(answer.text)
    return parser.forms


def form(answer, name):
    for candidate in forms(answer):
        if name in candidate["fields"]:
            return candidate
    raise AssertionError(f"{answer.status}: no form with {name} in {answer.text[:600]}")


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace, cls.tokens = run.make_template()

    def setUp(self):
        self.database = "pages_" + re.sub(r"\W", "_", self.id().split(".")[-1])[:50]
        self.terrace.clone_database(self.database, run.TEMPLATE)
        self.server = Server(self.terrace, self.database)
        self.visitor = Visitor(self.server)

    def sql(self, text):
        return self.terrace.cluster.sql(text, self.database)

    def api(self, token, method="GET", path="/api/v2/account/details"):
        return self.server.request(method, path, {"Authorization": f"Bearer {token}"}, b"")


class SignIn(Pages):
    def test_signing_in_sets_a_strict_cookie_and_goes_back(self):
        answer = self.visitor.sign_in(return_to="/app/settings/tokens?source=terraform-login")
        self.assertEqual(answer.status, 303)
        self.assertEqual(answer.header("Location"), "/app/settings/tokens?source=terraform-login")
        cookie = next(value for name, value in answer.headers
                      if name == "set-cookie" and value.startswith("__Host-terrace="))
        for part in ("; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"):
            self.assertIn(part, cookie)
        self.assertNotIn("Domain", cookie)
        page = self.visitor.get("/app/settings/tokens?source=terraform-login")
        self.assertEqual(page.status, 200)
        self.assertIn("alice", page.text)
        self.assertIn("The command line asks for a token", page.text)

    def test_without_tls_the_cookie_has_a_plain_name(self):
        visitor = Visitor(self.server, https=False)
        self.assertEqual(visitor.sign_in().status, 303)
        self.assertEqual(visitor.get("/app").status, 200)
        self.assertEqual(list(visitor.cookies), ["terrace"])

    def test_the_database_has_no_secret_of_a_session(self):
        self.visitor.sign_in()
        stored = self.sql("SELECT secret_hash FROM sessions")
        self.assertNotIn(self.visitor.cookies["__Host-terrace"], stored)

    def test_an_address_and_any_case_of_a_name_will_do(self):
        self.assertEqual(self.visitor.sign_in("Alice@Example.COM").status, 303)
        self.assertEqual(Visitor(self.server).sign_in("ALICE").status, 303)

    def test_who_is_signed_in_is_not_asked_again(self):
        self.visitor.sign_in()
        self.assertEqual(self.visitor.get("/session?return_to=/app").header("Location"), "/app")

    def test_wrong_password_unknown_user_and_no_password_get_the_same_page(self):
        self.sql("UPDATE users SET password_hash = NULL WHERE username = 'carol'")
        pages = []
        for user in ("alice", "nobody-of-that-name", "carol"):
            answer = self.visitor.sign_in(user, "wrong")
            self.assertEqual(answer.status, 401)
            self.assertNotIn("__Host-terrace", self.visitor.cookies)
            pages.append(answer.text.replace(user, "USER"))
        self.assertEqual(len(set(pages)), 1)

    def test_a_disabled_user_is_nobody(self):
        self.visitor.sign_in()
        self.sql("UPDATE users SET is_disabled = true WHERE username = 'alice'")
        self.assertEqual(self.visitor.get("/app").status, 303)
        self.assertEqual(Visitor(self.server).sign_in().status, 401)

    def test_a_user_name_cannot_carry_markup(self):
        answer = self.visitor.sign_in('"><img src=x onerror=alert(1)>', "wrong")
        self.assertNotIn("<img src=x", answer.text)
        self.assertIn("&quot;&gt;&lt;img", answer.text)

    def test_failures_of_a_user_are_throttled_the_right_password_too(self):
        for _ in range(10):
            self.assertEqual(self.visitor.sign_in(password="wrong").status, 401)
        answer = self.visitor.sign_in()
        self.assertEqual((answer.status, answer.header("Retry-After")), (429, "900"))
        self.assertEqual(self.visitor.sign_in("alice@example.com").status, 429)
        self.assertEqual(self.visitor.sign_in("bob").status, 303)
        self.sql("UPDATE sign_in_attempts SET window_start = now() - interval '16 minutes'")
        self.assertEqual(Visitor(self.server).sign_in().status, 303)

    def test_failures_of_a_name_that_nobody_has_are_throttled_alike(self):
        statuses = [self.visitor.sign_in("ghost", "wrong").status for _ in range(11)]
        self.assertEqual(statuses, [401] * 10 + [429])

    def test_failures_of_a_network_are_throttled(self):
        self.sql("INSERT INTO sign_in_attempts VALUES ('addr:2001:db8:1:2::/64', 60, now())")
        self.assertEqual(Visitor(self.server, address="2001:db8:1:2:3:4:5:6").sign_in().status, 429)
        self.assertEqual(Visitor(self.server, address="2001:db8:1:3::1").sign_in().status, 303)

    def test_signing_in_forgets_failures(self):
        for _ in range(9):
            self.visitor.sign_in(password="wrong")
        self.assertEqual(Visitor(self.server).sign_in().status, 303)
        self.assertEqual(self.sql("SELECT count(*) FROM sign_in_attempts WHERE subject LIKE 'user:%'").strip(), "0")
        self.assertEqual(self.sql("SELECT failures FROM sign_in_attempts").strip(), "9")

    def test_the_sites_own_texts_are_on_the_pages_as_text(self):
        self.assertIn("terracectl user add", self.visitor.get("/session").text)
        self.sql("UPDATE customization_settings SET login_help = 'Ask <script>Dora</script>', new_user = 'Room 7', "
                 "footer = 'Property & Co', error = 'Call 112', support_email_address = 'help@example.com'")
        page = self.visitor.get("/session").text
        for text in ("Ask &lt;script&gt;Dora&lt;/script&gt;", "Room 7", "Property &amp; Co", 'href="mailto:help@example.com"'):
            self.assertIn(text, page)
        for text in ("<script", "terracectl user add", "Call 112"):
            self.assertNotIn(text, page)
        self.visitor.sign_in()
        refused = self.visitor.post("/app/settings/tokens", {"description": "x"})
        self.assertEqual(refused.status, 403)
        self.assertIn("Call 112", refused.text)

    def test_no_form_no_sign_in(self):
        fields = {"username": "alice", "password": PASSWORD}
        self.assertEqual(self.visitor.post("/session", fields).status, 403)
        fields["csrf"] = form(Visitor(self.server).get("/session"), "password")["fields"]["csrf"]
        self.visitor.get("/session")
        self.assertEqual(self.visitor.post("/session", fields).status, 403)
        self.assertNotIn("__Host-terrace", self.visitor.cookies)

    def test_the_way_back_leads_nowhere_else(self):
        for target in ("https://evil.example.com/", "//evil.example.com/app", "/\\evil.example.com", "/app\\..",
                       "/apple", "javascript:alert(1)", "/app/\r\nX-Evil: 1", "/session/end", "app", ""):
            answer = Visitor(self.server).sign_in(return_to=target)
            self.assertEqual((answer.status, answer.header("Location")), (303, "/app"), target)
            self.assertIsNone(answer.header("X-Evil"))

    def test_a_session_ends_with_its_time_with_signing_out_and_with_the_password(self):
        self.visitor.sign_in()
        self.sql("UPDATE sessions SET expires_at = now() - interval '1 second'")
        self.assertEqual(self.visitor.get("/app").header("Location"), "/session?return_to=%2Fapp")

        self.visitor.sign_in()
        before = dict(self.visitor.cookies)
        csrf = form(self.visitor.get("/app"), "csrf")["fields"]["csrf"]
        self.assertEqual(self.visitor.post("/session/end", {"csrf": "0" * 64}).status, 403)
        self.assertEqual(self.visitor.get("/app").status, 200)
        self.assertEqual(self.visitor.post("/session/end", {"csrf": csrf}).header("Location"), "/session")
        self.assertNotIn("__Host-terrace", self.visitor.cookies)
        self.visitor.cookies = before
        self.assertEqual(self.visitor.get("/app").status, 303)

        self.visitor.sign_in()
        document = ('{"data": {"type": "users", "attributes": {"current_password": "%s", "password": "a longer one",'
                    ' "password_confirmation": "a longer one"}}}' % PASSWORD)
        changed = self.server.request("PATCH", "/api/v2/account/password", {
            "Authorization": f"Bearer {self.tokens['alice']}", "Content-Type": "application/json"}, document.encode())
        self.assertEqual(changed.status, 200)
        self.assertEqual(self.visitor.get("/app").status, 303)

    def test_a_made_up_cookie_is_nobody(self):
        for value in ("x", "a" * 43, "../../etc/passwd", "%00"):
            self.visitor.cookies = {"__Host-terrace": value}
            self.assertEqual(self.visitor.get("/app").status, 303, value)

    def test_a_body_of_another_kind_or_too_long_changes_nothing(self):
        self.visitor.sign_in()
        answer = self.visitor.request("POST", "/app/settings/tokens", {"description": "x"},
                                      {"Content-Type": "text/plain"})
        self.assertEqual(answer.status, 403)
        self.assertEqual(self.visitor.post("/app/settings/tokens", {"description": "x" * 20000}).status, 413)


class Frame(Pages):
    def test_every_page_has_its_headers_and_no_script(self):
        paths = ["/session", "/app/nothing/of/that/kind"]
        self.visitor.get("/session")
        for path in paths:
            self.check(self.visitor.get(path))
        self.visitor.sign_in()
        for path in ("/app", "/app/settings/tokens", "/app/acme/web/runs/run-1", "/app/acme", "/app/a/b/c/d/e"):
            self.check(self.visitor.get(path))

    def check(self, answer):
        self.assertTrue(answer.header("Content-Type").startswith("text/html"))
        policy = answer.header("Content-Security-Policy")
        for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
        self.assertEqual(answer.header("Referrer-Policy"), "same-origin")
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        self.assertNotIn("<script", answer.text)
        self.assertIn('<html lang="en">', answer.text)
        self.assertEqual(answer.text.count("<h1>"), 1)
        self.assertNotIn("{{", answer.text)

    def test_files_of_the_pages_may_be_kept(self):
        page = self.visitor.get("/session")
        names = re.findall(r'(?:href|src)="(/app/assets/[^"]+)"', page.text)
        self.assertGreaterEqual(len(names), 2)
        for name in names + ["/app/assets/avatar.svg"]:
            answer = self.visitor.get(name)
            self.assertEqual(answer.status, 200, name)
            self.assertIn("max-age", answer.header("Cache-Control"))
            self.assertEqual(sum(key == "cache-control" for key, _ in answer.headers), 1)
        self.assertEqual(self.visitor.get("/app/assets/web.h").status, 404)
        self.assertEqual(self.visitor.get("/app/assets/..%2F..%2Fetc%2Fpasswd").status, 404)

    def test_the_root_leads_to_the_start_page_which_names_the_host(self):
        self.assertEqual(self.visitor.get("/").header("Location"), "/app")
        self.visitor.sign_in()
        page = self.visitor.get("/app")
        self.assertIn("terraform login localhost", page.text)
        self.assertIn('<li><a href="/app/acme">acme</a></li>', page.text)
        self.assertNotIn("globex", page.text)

    def test_who_is_invited_while_signed_in_can_join(self):
        self.visitor.sign_in("carol")
        self.sql("INSERT INTO organization_memberships (id, organization_id, user_id, email, status)"
                 " SELECT 'ou-x', o.id, u.id, u.email, 'invited' FROM organizations o, users u"
                 " WHERE o.name = 'acme' AND u.username = 'carol'")
        wanted = form(self.visitor.get("/app"), "csrf")["fields"]
        self.assertEqual(self.visitor.post("/app", {"csrf": "x", "join": "acme"}).status, 403)
        self.assertEqual(self.api(self.tokens["carol"], path="/api/v2/organizations/acme").status, 404)
        self.visitor.post("/app", dict(wanted, join="globex"))
        self.assertEqual(self.api(self.tokens["carol"], path="/api/v2/organizations/globex").status, 404)
        self.assertEqual(self.visitor.post("/app", dict(wanted, join="acme")).status, 303)
        self.assertEqual(self.api(self.tokens["carol"], path="/api/v2/organizations/acme").status, 200)
        self.assertNotIn("You are invited", self.visitor.get("/app").text)

    def test_an_invitation_is_accepted_by_signing_in(self):
        self.sql("INSERT INTO organization_memberships (id, organization_id, user_id, email, status)"
                 " SELECT 'ou-x', o.id, u.id, u.email, 'invited' FROM organizations o, users u"
                 " WHERE o.name = 'acme' AND u.username = 'carol'")
        self.visitor.sign_in("carol")
        self.assertEqual(self.api(self.tokens["carol"], path="/api/v2/organizations/acme").status, 200)

    def test_who_is_not_signed_in_comes_back_to_a_run(self):
        self.assertEqual(self.visitor.get("/app/acme/web/runs/run-1").header("Location"),
                         "/session?return_to=%2Fapp%2Facme%2Fweb%2Fruns%2Frun-1")
        self.visitor.sign_in()
        page = self.visitor.get("/app/acme/%3Cb%3E/runs/run-1")
        self.assertEqual(page.status, 404)
        self.assertNotIn("<b>", page.text)


class Tokens(Pages):
    def setUp(self):
        super().setUp()
        self.visitor.sign_in()

    def create(self, **fields):
        page = self.visitor.get("/app/settings/tokens")
        return self.visitor.post("/app/settings/tokens", dict(form(page, "description")["fields"], **fields))

    def revoke_form(self, description):
        rows = self.visitor.get("/app/settings/tokens").text.partition("<tbody>")[2]
        row = next(row for row in rows.split("<tr") if description in row)
        return Answer(200, [], row)

    def test_a_token_is_shown_once_works_and_is_revoked(self):
        made = self.create(description="laptop <1>", expiry="30")
        token = SECRET.search(made.text)[0]
        self.assertEqual(self.api(token).status, 200)
        again = self.visitor.get("/app/settings/tokens").text
        self.assertIsNone(SECRET.search(again))
        self.assertIn("laptop &lt;1&gt;", again)
        wanted = forms(self.revoke_form("laptop"))[0]
        answer = self.visitor.post(wanted["action"], dict(wanted["fields"], **wanted["buttons"]))
        self.assertEqual(answer.status, 303)
        page = self.visitor.get(answer.header("Location"))
        self.assertIn("The token is revoked", page.text)
        self.assertEqual(self.api(token).status, 401)

    def test_expiries(self):
        for fields, interval in (({"expiry": "30"}, "30 days"), ({"expiry": "730"}, "730 days"),
                                 ({}, "2 years"), ({"expiry": "never"}, None)):
            self.create(description="of " + str(interval), **fields)
            test = "expired_at IS NULL" if interval is None else \
                f"abs(extract(epoch FROM expired_at - (created_at + interval '{interval}'))) < 60"
            self.assertEqual(self.sql(f"SELECT {test} FROM tokens WHERE description = 'of {interval}'").strip(), "t")
        self.create(description="a day", expiry="date", date="2099-02-28")
        self.assertEqual(self.sql("SELECT expired_at = '2099-02-28T00:00:00Z' FROM tokens"
                                  " WHERE description = 'a day'").strip(), "t")

    def test_what_makes_no_sense_is_said_and_makes_no_token(self):
        before = self.sql("SELECT count(*) FROM tokens")
        for fields, problem in (({"description": ""}, "what the token is for"),
                                ({"description": "x" * 256}, "too long"),
                                ({"expiry": "date", "date": "2099-02-30"}, "day of expiry"),
                                ({"expiry": "date", "date": ""}, "day of expiry"),
                                ({"expiry": "date", "date": "2001-01-01"}, "in the past"),
                                ({"expiry": "-5"}, "Choose when")):
            answer = self.create(**dict({"description": "kept"}, **fields))
            self.assertEqual(answer.status, 422, fields)
            self.assertIn(problem, answer.text)
            self.assertIsNone(SECRET.search(answer.text))
        self.assertEqual(self.sql("SELECT count(*) FROM tokens"), before)

    def test_a_form_needs_its_own_session(self):
        other = Visitor(self.server)
        other.sign_in("bob")
        foreign = form(other.get("/app/settings/tokens"), "description")["fields"]["csrf"]
        before = self.sql("SELECT count(*) FROM tokens")
        for csrf in (None, "", "0" * 64, foreign):
            fields = {"description": "forged"}
            if csrf is not None:
                fields["csrf"] = csrf
            self.assertEqual(self.visitor.post("/app/settings/tokens", fields).status, 403)
        self.visitor.cookies = {}
        self.assertEqual(self.visitor.post("/app/settings/tokens", {"description": "forged"}).status, 403)
        self.assertEqual(self.sql("SELECT count(*) FROM tokens"), before)

    def test_nobody_revokes_or_sees_anothers_token(self):
        theirs = self.sql("SELECT k.id FROM tokens k JOIN users u ON u.id = k.user_id WHERE u.username = 'bob'").strip()
        page = self.visitor.get("/app/settings/tokens")
        self.assertNotIn(theirs, page.text)
        csrf = form(page, "csrf")["fields"]["csrf"]
        self.visitor.post("/app/settings/tokens", {"csrf": csrf, "revoke": theirs})
        self.assertEqual(self.api(self.tokens["bob"]).status, 200)

    def test_the_list_says_when_a_token_was_used_and_that_it_is_past(self):
        self.sql("UPDATE tokens SET last_used_at = '2026-01-02T03:04:05Z', expired_at = '2026-02-03T00:00:00Z'")
        page = self.visitor.get("/app/settings/tokens").text
        self.assertIn("2026-01-02 03:04 UTC", page)
        self.assertIn("2026-02-03 00:00 UTC (expired)", page)


class OAuth(Pages):
    def setUp(self):
        super().setUp()
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.parameters = {"client_id": "terraform-cli", "redirect_uri": REDIRECT, "response_type": "code",
                           "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
                           "code_challenge_method": "S256", "state": "a b&c=d/é"}

    def path(self, **changes):
        values = {name: value for name, value in dict(self.parameters, **changes).items() if value is not None}
        return "/app/oauth2/auth?" + urllib.parse.urlencode(values)

    def agree(self, button="allow", **changes):
        page = self.visitor.get(self.path(**changes))
        asked = form(page, "state")
        return self.visitor.post(asked["action"], dict(asked["fields"], **{button: asked["buttons"][button]}))

    def code(self):
        if "__Host-terrace" not in self.visitor.cookies:
            self.visitor.sign_in()
        answer = self.agree()
        self.assertEqual(answer.status, 302)
        where = urllib.parse.urlsplit(answer.header("Location"))
        self.assertEqual(where._replace(query="").geturl(), REDIRECT)
        query = dict(urllib.parse.parse_qsl(where.query))
        self.assertEqual(query["state"], self.parameters["state"])
        return query["code"]

    def exchange(self, headers=None, **changes):
        fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "client_id": "terraform-cli",
                  "code_verifier": self.verifier}
        fields.update(changes)
        answer = Visitor(self.server).request(
            "POST", "/oauth2/token", {name: value for name, value in fields.items() if value is not None}, headers)
        self.assertEqual(answer.header("Content-Type"), "application/json")
        self.assertEqual(answer.header("Cache-Control"), "no-store")
        return answer.status, run.json.loads(answer.text)

    def refused(self, error, **changes):
        status, document = self.exchange(**changes)
        self.assertEqual((status, document.get("error")), (400, error))
        self.assertNotIn("access_token", document)

    def test_the_page_asks_by_name_and_may_lead_to_the_cli_only(self):
        answer = self.visitor.get(self.path())
        self.assertEqual(answer.status, 303)
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.header("Location")).query))["return_to"]
        self.assertEqual(back, self.path())
        self.assertEqual(self.visitor.sign_in(return_to=back).header("Location"), back)
        page = self.visitor.get(back)
        self.assertIn("<strong>alice</strong>", page.text)
        self.assertIn("form-action 'self' http://localhost:* http://127.0.0.1:*;", page.header("Content-Security-Policy"))

    def test_a_code_becomes_one_token_of_the_user(self):
        code = self.code()
        status, document = self.exchange(code=code)
        self.assertEqual((status, document["token_type"]), (200, "bearer"))
        details = self.api(document["access_token"])
        self.assertEqual(run.json.loads(details.text)["data"]["attributes"]["username"], "alice")
        self.assertEqual(self.sql("SELECT count(*) FROM tokens WHERE description = 'terraform login'"
                                  " AND expired_at > now() + interval '729 days'").strip(), "1")
        self.refused("invalid_grant", code=code)
        self.assertEqual(self.api(document["access_token"]).status, 200)

    def test_a_wrong_exchange_spends_the_code(self):
        for changes in ({"code_verifier": "x" * 64}, {"code_verifier": "short"},
                        {"redirect_uri": "http://localhost:10006/login"}, {"redirect_uri": REDIRECT + "/"}):
            code = self.code()
            self.refused("invalid_grant", code=code, **changes)
            self.refused("invalid_grant", code=code)

    def test_a_code_is_good_for_five_minutes_and_for_an_enabled_user(self):
        code = self.code()
        self.sql("UPDATE oauth_codes SET expires_at = expires_at - interval '5 minutes'")
        self.refused("invalid_grant", code=code)
        code = self.code()
        self.sql("UPDATE users SET is_disabled = true WHERE username = 'alice'")
        self.refused("invalid_grant", code=code)

    def test_errors_of_the_exchange(self):
        self.refused("invalid_request", code="x", grant_type=None)
        self.refused("unsupported_grant_type", code="x", grant_type="password")
        self.refused("invalid_client", code="x", client_id="someone")
        for missing in ("code", "redirect_uri", "client_id", "code_verifier"):
            self.refused("invalid_request", **dict({"code": "x"}, **{missing: None}))
        self.refused("invalid_request", code="x", headers={"Content-Type": "application/json"})
        self.refused("invalid_grant", code="x")

    def test_nobody_else_gets_a_code(self):
        self.visitor.sign_in()
        for redirect in ("https://evil.example.com/login", "http://localhost:10005.evil.example.com/login",
                         "http://localhost:10005@evil.example.com/", "http://localhost:80/login",
                         "http://localhost:9999/login", "http://localhost:10011/login", "https://localhost:10005/login",
                         "http://localhost:10005", "http://localhost:10005/login?x=1", "http://localhost:10005/#x",
                         "http://LOCALHOST:10005/login", "http://localhost:010005/login", "javascript:alert(1)", "", None):
            answer = self.visitor.get(self.path(redirect_uri=redirect))
            self.assertEqual((answer.status, answer.header("Location")), (400, None), redirect)
        self.assertEqual(self.visitor.get(self.path(client_id="someone")).status, 400)
        self.assertEqual(self.visitor.get(self.path(redirect_uri="http://127.0.0.1:10010/login")).status, 200)

    def test_the_form_is_checked_like_the_page(self):
        self.visitor.sign_in()
        asked = form(self.visitor.get(self.path()), "state")["fields"]
        for changes, status in (({"redirect_uri": "https://evil.example.com/"}, 400), ({"client_id": "x"}, 400),
                                ({"csrf": "0" * 64}, 403), ({"csrf": ""}, 403)):
            answer = self.visitor.post("/app/oauth2/auth", dict(asked, allow="yes", **changes))
            self.assertEqual((answer.status, answer.header("Location")), (status, None))
        self.assertEqual(self.sql("SELECT count(*) FROM oauth_codes").strip(), "0")

    def test_without_proof_of_possession_there_is_no_code(self):
        self.visitor.sign_in()
        for changes, error in (({"code_challenge": None}, "invalid_request"), ({"code_challenge": "short"}, "invalid_request"),
                               ({"code_challenge_method": "plain"}, "invalid_request"),
                               ({"response_type": "token"}, "unsupported_response_type")):
            answer = self.visitor.get(self.path(**changes))
            self.assertEqual(answer.status, 302)
            query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.header("Location")).query))
            self.assertEqual(query, {"error": error, "state": self.parameters["state"]})

    def test_who_denies_gives_nothing(self):
        self.visitor.sign_in()
        answer = self.agree("deny")
        self.assertIn("error=access_denied", answer.header("Location"))
        self.assertNotIn("code=", answer.header("Location"))


if __name__ == "__main__":
    unittest.main()
