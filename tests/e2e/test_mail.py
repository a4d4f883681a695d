"""Mail by the site's own server (today-admin.md 7.6, today-runs.md 18.6): the settings, notifications and
invitations, with a mail server that tests can look into."""

import base64
import email
import email.policy
import random
import re
import socketserver
import threading
import time
import unittest

import browser
import harness
import runs


class MailServer:
    """Takes what it is given, as long as it is told to. messages: [(sender, recipient, message)]."""

    def __init__(self):
        self.messages, self.logins = [], []
        self.password = None  # asked for when set
        self.refused = set()  # recipients
        mail_server = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text):
                self.wfile.write(text.encode() + b"\r\n")

            def line(self):
                return self.rfile.readline(4096).decode().rstrip("\r\n")

            def handle(self):
                sender = recipient = None
                logged_in = mail_server.password is None
                self.say("220 test ready")
                while line := self.line():
                    word = line.split(" ")[0].upper()
                    if word in ("EHLO", "HELO"):
                        self.wfile.write(b"250-test\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n")
                    elif word == "AUTH":
                        logged_in = self.log_in(line)
                        self.say("235 welcome" if logged_in else "535 who are you?")
                    elif word == "MAIL":
                        sender = line[line.index("<") + 1:line.index(">")]
                        self.say("250 ok" if logged_in else "530 log in first")
                    elif word == "RCPT":
                        recipient = line[line.index("<") + 1:line.index(">")]
                        self.say("550 nobody here" if recipient in mail_server.refused else "250 ok")
                    elif word == "DATA":
                        self.say("354 go on")
                        lines = []
                        while (text := self.rfile.readline(65536)) not in (b".\r\n", b""):
                            lines.append(text[1:] if text.startswith(b"..") else text)
                        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                        mail_server.messages.append((sender, recipient, message))
                        self.say("250 taken")
                    elif word == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def log_in(self, line):
                method = line.split(" ")[1].upper()
                if method == "PLAIN":
                    given = line.split(" ")[2] if len(line.split(" ")) > 2 else self.ask("334 ")
                    _, user, password = base64.b64decode(given).decode().split("\0")
                else:
                    user = base64.b64decode(self.ask("334 VXNlcm5hbWU6")).decode()
                    password = base64.b64decode(self.ask("334 UGFzc3dvcmQ6")).decode()
                mail_server.logins.append((method, user, password))
                return password == mail_server.password

            def ask(self, text):
                self.say(text)
                return self.line()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, count, timeout=20):
        deadline = time.monotonic() + timeout
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(self.messages) >= count, f"{len(self.messages)} messages instead of {count}"
        return self.messages


def text_of(message):
    return next(part for part in message.walk() if part.get_content_type() == "text/plain").get_content()


class Mail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(worker=True)
        cls.client = harness.Client(cls.terrace, harness.add_user(cls.terrace, "alice"))
        cls.root = harness.Client(cls.terrace, harness.add_user(cls.terrace, "root", admin=True))
        harness.add_organization(cls.terrace, "acme", "alice")
        cls.runner = runs.Runner(cls.terrace, cls.terrace.ctl("runner-token", "create").strip())

    @classmethod
    def tearDownClass(cls):
        cls.terrace.stop()

    def setUp(self):
        self.mail = MailServer()
        self.addCleanup(self.mail.stop)
        self.addCleanup(self.settings, enabled=False, auth="none", username=None, password=None)

    def settings(self, expect=200, **attributes):
        attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
        return self.root.expect(expect, "PATCH", "/api/v2/admin/smtp-settings",
                                runs.document("smtp-settings", attributes)).json

    def turn_on(self, **attributes):
        return self.settings(enabled=True, host="127.0.0.1", port=self.mail.port, sender="terrace@example.com", **attributes)

    def configuration(self, workspace, **attributes):
        return self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/notification-configurations", runs.document(
            "notification-configurations", {"name": "mail", "destination-type": "email", "enabled": True, "triggers": ["run:created"],
                                            **attributes})).json["data"]["id"]

    def answer(self, configuration):
        shown = self.client.expect(200, "GET", f"/api/v2/notification-configurations/{configuration}").json["data"]
        return (shown["attributes"]["delivery-responses"] or [None])[0]

    def test_a_test_address_tries_the_settings(self):
        shown = self.turn_on(test_email_address="bob@example.com")["data"]["attributes"]
        self.assertEqual((shown["enabled"], shown["host"]), (True, "127.0.0.1"))
        (sender, recipient, message), = self.mail.messages
        self.assertEqual((sender, recipient, message["To"]), ("terrace@example.com", "bob@example.com", "bob@example.com"))
        self.assertIn("can be used", text_of(message))
        self.mail.refused.add("carol@example.com")
        error = self.settings(422, sender="other@example.com", test_email_address="carol@example.com")["errors"][0]
        self.assertEqual(error["source"]["pointer"], "/data/attributes/test-email-address")
        self.assertIn("could not be sent", error["detail"])
        shown = self.root.expect(200, "GET", "/api/v2/admin/smtp-settings").json["data"]["attributes"]
        self.assertEqual(shown["sender"], "terrace@example.com")
        self.settings(422, port=1, test_email_address="bob@example.com")

    def test_logs_in(self):
        for method in ("plain", "login"):
            self.mail.password = f"secret of {method}"
            self.turn_on(auth=method, username="terrace", password=self.mail.password, test_email_address="bob@example.com")
            self.assertEqual(self.mail.logins[-1], (method.upper(), "terrace", self.mail.password))
            # What is stored is used when the document does not say it again.
            self.settings(test_email_address="bob@example.com")
        self.assertEqual(len(self.mail.messages), 4)
        self.settings(422, password="wrong", test_email_address="bob@example.com")
        self.assertNotIn("secret", str(self.root.expect(200, "GET", "/api/v2/admin/smtp-settings").body))

    def test_notifications(self):
        self.turn_on()
        alice = self.client.expect(200, "GET", "/api/v2/account/details").json["data"]
        workspace = runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}")
        configuration = self.client.expect(201, "POST", f"/api/v2/workspaces/{workspace.id}/notification-configurations", runs.document(
            "notification-configurations",
            {"name": "mail", "destination-type": "email", "enabled": True, "triggers": ["run:created"],
             "email-addresses": ["ops@example.com"]},
            users=[{"type": "users", "id": alice["id"]}])).json["data"]["id"]
        run = workspace.run(message="Zürich, größer")
        messages = self.mail.wait_for(2)
        self.assertEqual({recipient for _, recipient, _ in messages}, {"ops@example.com", alice["attributes"]["email"]})
        message = messages[0][2]
        name = workspace.show()["attributes"]["name"]
        self.assertEqual(message["Subject"], f"Run Created: acme/{name}")
        self.assertIn("Zürich, größer", text_of(message))
        self.assertIn(f"{self.terrace.base_url}/app/acme/{name}/runs/{run}", text_of(message))
        deadline = time.monotonic() + 10
        while not self.answer(configuration) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual((self.answer(configuration)["code"], self.answer(configuration)["successful"]), ("250", "true"))
        runs.act(self.client, run, "cancel")
        # One that is not taken is told, and everybody else has it all the same.
        self.mail.refused.add("ops@example.com")
        run = workspace.run()
        self.mail.wait_for(3)
        deadline = time.monotonic() + 10
        while self.answer(configuration)["successful"] == "true" and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(self.answer(configuration)["successful"], "false")
        self.assertEqual(self.mail.messages[2][1], alice["attributes"]["email"])
        runs.act(self.client, run, "cancel")

    def test_verification(self):
        workspace = runs.Workspace(self.client, "acme", f"w{random.getrandbits(40):x}")
        configuration = self.configuration(workspace, **{"email-addresses": ["ops@example.com"]})
        verify = f"/api/v2/notification-configurations/{configuration}/actions/verify"
        self.client.expect(200, "POST", verify)
        self.assertEqual(self.answer(configuration)["successful"], "false")
        self.assertIn("no mail server", self.answer(configuration)["body"])
        self.turn_on()
        self.client.expect(200, "POST", verify)
        self.assertEqual(self.answer(configuration)["successful"], "true")
        self.assertEqual(self.mail.messages[0][2]["Subject"], "Verification of mail")
        self.assertIn("Verification of mail", text_of(self.mail.messages[0][2]))

    def test_a_team_without_recipients_is_the_team(self):
        self.turn_on()
        team = next(one for one in self.client.expect(200, "GET", "/api/v2/organizations/acme/teams").json["data"]
                    if one["attributes"]["name"] == "owners")
        configuration = self.client.expect(201, "POST", f"/api/v2/teams/{team['id']}/notification-configurations", runs.document(
            "notification-configurations", {"name": "mail", "destination-type": "email", "enabled": True,
                                            "triggers": ["change_request:created"]})).json["data"]["id"]
        self.client.expect(200, "POST", f"/api/v2/notification-configurations/{configuration}/actions/verify")
        alice = self.client.expect(200, "GET", "/api/v2/account/details").json["data"]
        self.assertEqual([recipient for _, recipient, _ in self.mail.messages], [alice["attributes"]["email"]])

    def link(self, count):
        """The address in the latest of so many mails."""
        return re.search(r"https://\S+/session/\S+", text_of(self.mail.wait_for(count)[-1][2]))[0]

    def user(self):
        name = f"u{random.getrandbits(40):x}"
        return name, harness.Client(self.terrace, harness.add_user(self.terrace, name))

    def test_a_new_address_is_confirmed_by_its_mail(self):
        def wish(address):
            return client.expect(200, "PATCH", "/api/v2/account/update",
                                 runs.document("users", {"email": address})).json["data"]["attributes"]

        self.turn_on()
        name, client = self.user()
        self.assertEqual(wish(f"{name}@new.example")["unconfirmed-email"], f"{name}@new.example")
        link = self.link(1)
        self.assertEqual(self.mail.messages[0][1], f"{name}@new.example")
        visitor = browser.Browser(self.terrace)
        page = visitor.open(link)
        self.assertIn(f"{name}@new.example", page.text)
        # To look at the link changes nothing: programs that read mail do.
        self.assertEqual(client.expect(200, "GET", "/api/v2/account/details").json["data"]["attributes"]["email"],
                         f"{name}@example.com")
        self.assertEqual(visitor.submit(page, page.forms[0]).status, 200)
        shown = client.expect(200, "GET", "/api/v2/account/details").json["data"]["attributes"]
        self.assertEqual((shown["email"], shown["unconfirmed-email"]), (f"{name}@new.example", None))
        self.assertEqual(visitor.open(link).status, 404)
        self.assertEqual(visitor.open(link[:-3] + "xyz").status, 404)
        # Nobody is flooded with mail in somebody else's name.
        for i in range(5):
            wish(f"{name}@{i}.example")
        time.sleep(1.5)
        self.assertEqual(len(self.mail.messages), 1)

    def test_an_address_that_somebody_else_has(self):
        self.turn_on()
        name, client = self.user()
        client.expect(200, "PATCH", "/api/v2/account/update", runs.document("users", {"email": f"{name}@taken.example"}))
        link = self.link(1)
        self.terrace.cluster.sql(f"INSERT INTO users (id, username, email) VALUES ('user-{name}', 'x{name}', '{name}@taken.example')",
                                 database="terrace")
        visitor = browser.Browser(self.terrace)
        page = visitor.open(link)
        self.assertEqual(visitor.submit(page, page.forms[0]).status, 409)
        self.assertEqual(client.expect(200, "GET", "/api/v2/account/details").json["data"]["attributes"]["email"],
                         f"{name}@example.com")

    def test_a_forgotten_password(self):
        visitor = browser.Browser(self.terrace)
        self.assertNotIn("Password forgotten?", visitor.open("/session").text)
        self.assertEqual(visitor.open("/session/password").status, 404)
        self.turn_on()
        self.assertIn("Password forgotten?", visitor.open("/session").text)
        name, _ = self.user()
        elsewhere = browser.Browser(self.terrace)
        elsewhere.sign_in(elsewhere.open("/session"), name, "correct horse battery")
        self.assertEqual(elsewhere.open("/app").status, 200)
        page = visitor.open("/session/password")
        answers = [visitor.submit(page, page.form("username"), {"username": who}).text
                   for who in ("nobody at all", f"{name}@example.com", name)]
        self.assertEqual(len(set(answers)), 1)
        link = self.link(1)
        self.assertEqual(self.mail.messages[0][1], f"{name}@example.com")
        page = visitor.open(link)
        form = page.form("password", "confirmation")
        for first, second in (("short", "short"), ("long enough for it", "something else")):
            refused = visitor.submit(page, form, {"password": first, "confirmation": second})
            self.assertEqual(refused.status, 422)
        self.assertEqual(visitor.submit(page, form, {"password": "quite a new one", "confirmation": "quite a new one"}).status, 200)
        self.assertEqual(visitor.open(link).status, 404)
        self.assertIn("Sign in", elsewhere.open("/app").text)
        self.assertIn("do not belong together", visitor.sign_in(visitor.open("/session"), name, "correct horse battery").text)
        self.assertEqual(visitor.sign_in(visitor.open("/session"), name, "quite a new one").status, 200)
        self.assertEqual(visitor.open("/app/settings/tokens").status, 200)
        time.sleep(1)
        self.assertEqual(len(self.mail.messages), 1)

    def test_invitations(self):
        def invite(address):
            self.client.expect(201, "POST", "/api/v2/organizations/acme/organization-memberships",
                               runs.document("organization-memberships", {"email": address}))

        invite("early@example.com")  # there is no server yet: nobody waits for one
        self.turn_on()
        invite("dora@example.com")
        (_, recipient, message), = self.mail.wait_for(1)
        self.assertEqual((recipient, message["Subject"]), ("dora@example.com", "Invitation to acme"))
        self.assertIn(self.terrace.base_url, text_of(message))
        self.assertIn("dora@example.com", text_of(message))
        time.sleep(1)
        self.assertEqual(len(self.mail.messages), 1)


if __name__ == "__main__":
    unittest.main()
