#!/usr/bin/env python3
"""People sign in by SAML, through nginx, with an identity provider that also lies, repeats itself and is
misused by others."""

import os
import re
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import browser  # noqa: E402
import harness  # noqa: E402
import provider  # noqa: E402

ACS = "/users/saml/auth"


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start(options={"workers": 2})
        cls.root = harness.Client(cls.terrace, harness.add_user(cls.terrace, "root", admin=True))
        cls.owner = harness.add_user(cls.terrace, "owner")
        harness.add_organization(cls.terrace, "acme", "owner")
        cls.folder = tempfile.mkdtemp(prefix="terrace-saml-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        base = cls.terrace.base_url
        cls.idp = provider.Provider(cls.folder, base + ACS, base + "/users/saml/metadata")
        cls.set(enabled=True, sso_endpoint_url="https://idp.example.com/sso?tenant=1", idp_cert=cls.idp.key.certificate)

    @classmethod
    def set(cls, path="saml-settings", **attributes):
        return cls.root.expect(200, "PATCH", "/api/v2/admin/" + path, {"data": {"type": path, "attributes": {
            name.replace("_", "-"): value for name, value in attributes.items()}}}).json["data"]["attributes"]

    def begin(self, visitor, return_to=None):
        """Follows the button of the sign-in page; returns the request's address."""
        page = visitor.open(f"/session?return_to={return_to}" if return_to else "/session")
        self.assertEqual(page.status, 200)
        link = re.search(r'href="(/users/saml/sign_in[^"]*)"', page.body)[1].replace("&amp;", "&").replace("&#38;", "&")
        return visitor.request(link).headers["Location"]

    def post(self, answer, visitor=None):
        visitor = visitor or browser.Browser(self.terrace)
        return visitor.request(ACS, {"SAMLResponse": answer, "RelayState": ""})

    def refused(self, answer, why):
        page = self.post(answer)
        self.assertEqual(page.status, 403, page.text)
        self.assertIn(why, page.text)
        self.assertNotIn("Set-Cookie", page.headers)

    def user(self, email):
        found = self.root.expect(200, "GET", f"/api/v2/admin/users?q={email}").json["data"]
        return found[0]["attributes"] if found else None

    def owner_token(self):
        """Whoever signs in by SAML has tokens that count."""
        self.post(self.idp.answer(name="owner@example.com"))
        return self.owner

    def teams_of(self, email):
        members = self.sql(
            "SELECT coalesce(string_agg(o.name || '/' || t.name, ',' ORDER BY o.name, t.name), '') FROM team_members m "
            "JOIN teams t ON t.id = m.team_id JOIN organizations o ON o.id = t.organization_id "
            f"JOIN users u ON u.id = m.user_id WHERE u.email = '{email}' AND m.active")
        return [name for name in members.split(",") if name]

    def sql(self, text):
        return self.terrace.cluster.sql(text, database="terrace").strip()


class SignIn(Case):
    def test_there_and_back(self):
        visitor = browser.Browser(self.terrace)
        address = self.begin(visitor, "/app/acme")
        self.assertTrue(address.startswith("https://idp.example.com/sso?tenant=1&SAMLRequest="), address)
        request, query = provider.read_request(address)
        self.assertEqual(request.tag, f"{{{provider.NAMES['samlp']}}}AuthnRequest")
        self.assertEqual(request.get("AssertionConsumerServiceURL"), self.terrace.base_url + ACS)
        self.assertEqual(request.get("Destination"), "https://idp.example.com/sso?tenant=1")
        self.assertEqual(request.find("saml:Issuer", provider.NAMES).text, self.terrace.base_url + "/users/saml/metadata")
        self.assertNotIn("Signature", query)
        page = self.post(self.idp.answer(name="grace.hopper@example.com", request=request.get("ID")), visitor)
        self.assertEqual((page.status, page.headers["Location"]), (303, "/app/acme"))
        self.assertIn("grace_hopper", visitor.open("/app").body)
        self.assertEqual(self.user("grace.hopper@example.com")["username"], "grace_hopper")

    def test_from_the_provider_at_once(self):
        page = self.post(self.idp.answer(name="idp@example.com"))
        self.assertEqual((page.status, page.headers["Location"]), (303, "/app"))

    def test_no_address_elsewhere_comes_back(self):
        visitor = browser.Browser(self.terrace)
        address = visitor.request("/users/saml/sign_in?return_to=https://evil.example.com/").headers["Location"]
        page = self.post(self.idp.answer(request=provider.read_request(address)[0].get("ID")), visitor)
        self.assertEqual(page.headers["Location"], "/app")

    def test_requests_are_signed(self):
        key = provider.Key(self.folder, "ours")
        shown = self.set(authn_requests_signed=True, certificate=key.certificate, private_key=key.private)
        self.addCleanup(self.set, authn_requests_signed=False)
        self.assertFalse(shown["private-key"])
        self.assertEqual(shown["acs-consumer-url"], self.terrace.base_url + ACS)
        self.assertTrue(provider.signature_holds(self.begin(browser.Browser(self.terrace)), key, self.folder))
        metadata = harness.Client(self.terrace).expect(200, "GET", "/users/saml/metadata", token=False)
        self.assertEqual(metadata.headers["Content-Type"], "application/samlmetadata+xml")
        root = provider.xml.etree.ElementTree.fromstring(metadata.body)
        self.assertEqual(root.get("entityID"), shown["metadata-url"])
        place = root.find("md:SPSSODescriptor/md:AssertionConsumerService", provider.NAMES)
        self.assertEqual(place.get("Location"), self.terrace.base_url + ACS)
        self.assertIn(root.find(".//ds:X509Certificate", provider.NAMES).text, key.certificate.replace("\n", ""))

    def test_a_password_is_for_site_administrators(self):
        for name, status, words in (("owner", 403, "identity provider"), ("root", 303, "")):
            visitor = browser.Browser(self.terrace)
            page = visitor.request("/session")
            form = page.form_with_type("password")
            page = visitor.request("/session", dict(form["fields"], username=name, password="correct horse battery"))
            self.assertEqual(page.status, status)
            self.assertIn(words, page.text)

    def test_names_and_administrators(self):
        def sign_in(**attributes):
            self.assertEqual(self.post(self.idp.answer(name="lin@example.com", attributes=attributes)).status, 303)
            return self.user("lin@example.com")
        self.assertEqual(sign_in(Username=["lin-da"])["username"], "lin-da")
        self.assertEqual(sign_in(Username=["owner"])["username"], "lin-da")
        self.assertEqual(sign_in(Username=["no name"])["username"], "lin-da")
        self.assertTrue(sign_in(SiteAdmin=["True"])["is-admin"])
        self.assertTrue(sign_in()["is-admin"])
        self.assertFalse(sign_in(SiteAdmin=["false"])["is-admin"])
        self.assertTrue(sign_in(IsServiceAccount=["true"])["is-service-account"])


class Teams(Case):
    def test_teams_follow_the_provider(self):
        token = self.owner_token()
        for name, sso in (("developers", None), ("ops", "f3b1-ops"), ("other", None)):
            harness.Client(self.terrace, token).expect(200, "POST", "/api/v2/organizations/acme/teams", {"data": {
                "type": "teams", "attributes": {"name": name, "sso-team-id": sso}}})
        self.set(team_management_enabled=True)
        self.addCleanup(self.set, team_management_enabled=False)

        def teams(**attributes):
            page = self.post(self.idp.answer(name="tim@example.com", attributes=attributes))
            self.assertEqual(page.status, 303, page.text)
            return self.teams_of("tim@example.com")
        self.assertEqual(teams(MemberOf=["developers, f3b1-ops,unknown"]), ["acme/developers", "acme/ops"])
        self.assertEqual(teams(MemberOf=["other", "developers"]), ["acme/developers", "acme/other"])
        self.assertEqual(teams(MemberOf=["owners"]), [])
        self.assertEqual(self.sql("SELECT count(*) FROM organization_memberships m JOIN users u ON u.id = m.user_id "
                                       "WHERE u.email = 'tim@example.com'"), "0")
        self.assertTrue(self.user("tim@example.com")["is-admin"] is False)
        teams(MemberOf=["site-admins"])
        self.assertTrue(self.user("tim@example.com")["is-admin"])
        self.assertEqual(teams(MemberOf=["site-admins"], SiteAdmin=["0"]), [])
        self.assertFalse(self.user("tim@example.com")["is-admin"])
        events = self.sql("SELECT string_agg(DISTINCT action, ',' ORDER BY action) FROM audit_events "
                               "WHERE resource_type = 'team' AND action LIKE '%member'")
        self.assertEqual(events, "add_member,remove_member")

    def test_owners_by_a_role(self):
        token = self.owner_token()
        harness.Client(self.terrace, token).expect(200, "PATCH", "/api/v2/organizations/acme", {"data": {
            "type": "organizations", "attributes": {"owners-team-saml-role-id": "acme-owners"}}})
        self.set(team_management_enabled=True)
        self.addCleanup(self.set, team_management_enabled=False)
        # The last owner stays one, whatever the provider says.
        self.post(self.idp.answer(name="owner@example.com"))
        self.assertEqual(self.teams_of("owner@example.com"), ["acme/owners"])
        self.post(self.idp.answer(name="ann@example.com", attributes={"MemberOf": ["acme-owners"]}))
        self.assertEqual(self.teams_of("ann@example.com"), ["acme/owners"])
        self.post(self.idp.answer(name="ann@example.com"))
        self.assertEqual(self.teams_of("ann@example.com"), [])


class Tokens(Case):
    def status(self, token, path="/api/v2/account/details"):
        return harness.Client(self.terrace, token).request("GET", path).status

    def test_tokens_count_between_sign_ins(self):
        token = self.owner_token()
        self.assertEqual(self.status(token), 200)
        organization = harness.Client(self.terrace, token).expect(
            201, "POST", "/api/v2/organizations/acme/authentication-token").json["data"]["attributes"]["token"]
        self.set(sso_api_token_session_timeout=1)
        self.addCleanup(self.set, sso_api_token_session_timeout=1209600)
        self.post(self.idp.answer(name="owner@example.com"))
        self.assertEqual(self.status(token), 200)
        time.sleep(1.2)
        self.assertEqual(self.status(token), 401)
        self.assertEqual(self.status(organization, "/api/v2/organizations/acme"), 200)
        self.assertEqual(self.root.request("GET", "/api/v2/account/details").status, 200)
        self.post(self.idp.answer(name="owner@example.com", attributes={"IsServiceAccount": ["TRUE"]}))
        time.sleep(1.2)
        self.assertEqual(self.status(token), 200)
        self.post(self.idp.answer(name="owner@example.com", attributes={"IsServiceAccount": ["false"]}))

    def test_an_administrator_mends_it_with_a_password(self):
        self.set(sso_api_token_session_timeout=1)
        self.addCleanup(self.set, sso_api_token_session_timeout=1209600)
        self.post(self.idp.answer(name="root@example.com"))
        time.sleep(1.2)
        self.assertEqual(self.status(self.root.token), 401)
        visitor = browser.Browser(self.terrace)
        self.assertEqual(visitor.sign_in(visitor.open("/session"), "root", "correct horse battery").status, 200)
        self.assertEqual(self.status(self.root.token), 200)

    def test_switching_on_and_off(self):
        self.set(enabled=False)
        self.assertEqual(self.status(self.owner), 200)
        self.assertEqual(self.post(self.idp.answer()).status, 404)
        # What can sign nobody in takes nothing away.
        self.set(enabled=True, idp_cert="testCert")
        self.assertEqual(self.status(self.owner), 200)
        self.set(idp_cert=self.idp.key.certificate)
        self.assertEqual(self.status(self.owner), 401)
        self.assertEqual(self.status(self.owner_token()), 200)


class Misuse(Case):
    def test_what_is_not_for_us_or_not_now(self):
        for why, parts in (
                ("too old or too young", {"ends": -600}),
                ("too old or too young", {"begins": 600}),
                ("too old or too young", {"conditions": False}),
                ("(Audience)", {"audience": "https://other.example.com"}),
                ("(SubjectConfirmation)", {"recipient": "https://other.example.com" + ACS}),
                ("(Destination)", {"whole": {"destination": "https://other.example.com" + ACS}}),
                ("nobody has asked for it", {"request": "_saml-made-up"}),
                ("no email address", {"name": "Ada"}),
                ("(NameID)", {"name": ""}),
                ("SHA-1", {"methods": provider.SHA1}),
                ("The badge is lost", {"whole": {"status": "urn:oasis:names:tc:SAML:2.0:status:Responder",
                                                 "message": "The badge is lost"}})):
            with self.subTest(why=why, parts=parts):
                self.refused(self.idp.answer(**parts), why)
        self.assertIsNone(self.user("ada@example.com"))

    def test_an_answer_is_taken_once(self):
        answer = self.idp.answer(name="once@example.com")
        self.assertEqual(self.post(answer).status, 303)
        self.refused(answer, "used before")
        request = provider.read_request(self.begin(browser.Browser(self.terrace)))[0].get("ID")
        self.assertEqual(self.post(self.idp.answer(name="once@example.com", request=request)).status, 303)
        self.refused(self.idp.answer(name="once@example.com", request=request), "nobody has asked")

    def test_signatures(self):
        idp = self.idp
        other = provider.Key(self.folder, "other")
        plain = idp.assertion(name="root@example.com", signed=False)
        self.refused(provider.encoded(idp.response(plain)), "not signed")
        self.refused(provider.encoded(idp.sign(idp.response(idp.assertion(name="root@example.com")), other)), "does not hold")
        good = idp.sign(idp.response(idp.assertion(name="mallory@example.com")))
        self.refused(provider.encoded(good.replace("mallory@", "root@")), "does not hold")
        # A signature of the whole answer is one of its assertion too, unless that is asked for.
        whole = idp.sign(idp.response(idp.assertion(name="whole@example.com", signed=False), signed=True))
        self.set(want_assertions_signed=True)
        self.refused(provider.encoded(whole), "assertion in it is not signed")
        self.set(want_assertions_signed=False)
        self.assertEqual(self.post(provider.encoded(whole)).status, 303)

    def test_wrapped_signatures(self):
        """A signed thing is there, but what would be read is another one."""
        idp = self.idp
        good = idp.assertion(name="mallory@example.com", identifier="_good")
        evil = idp.assertion(name="root@example.com", identifier="_evil", signed=False)
        signed = idp.sign(idp.response(good))
        inner = re.search(r"<saml:Assertion.*</saml:Assertion>", signed, re.DOTALL)[0]
        signature = re.search(r"<ds:Signature.*</ds:Signature>", inner, re.DOTALL)[0]
        issuer = "<saml:Issuer>https://idp.example.com</saml:Issuer>"
        for name, body in (
                ("both", evil + inner),
                ("both, the other way round", inner + evil),
                ("inside extensions", f"<samlp:Extensions>{inner}</samlp:Extensions>{evil}"),
                ("the signature of another", evil.replace(issuer, issuer + signature)),
                ("inside the signature", evil.replace(issuer, issuer + signature.replace(
                    "</ds:Signature>", f"<ds:Object>{inner.replace(signature, '')}</ds:Object></ds:Signature>"))),
                ("the same ID twice", evil.replace("_evil", "_good").replace(issuer, issuer + signature.replace(
                    "</ds:Signature>", f"<ds:Object>{inner.replace(signature, '')}</ds:Object></ds:Signature>"))),
                ("inside an attribute", evil.replace("</saml:Conditions>", "</saml:Conditions><saml:AttributeStatement>"
                                                     f"<saml:Attribute Name='x'>{inner}</saml:Attribute></saml:AttributeStatement>")),
                ("in another namespace", inner.replace("_good", "_x") + f"<x:Assertion xmlns:x='urn:x' ID='_good'>{evil}</x:Assertion>")):
            with self.subTest(name):
                page = self.post(provider.encoded(signed.replace(inner, body)))
                self.assertEqual(page.status, 403, page.text)
        self.assertEqual(self.sql("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id "
                                       "WHERE u.username = 'root'"), "0")

    def test_a_comment_cuts_no_name(self):
        good = self.idp.sign(self.idp.response(self.idp.assertion(name="root@example.com.mallory.org")))
        cut = good.replace("root@example.com.mallory", "root@example.com<!-- -->.mallory")
        self.assertNotEqual(good, cut)
        self.assertEqual(self.post(provider.encoded(cut)).status, 303)
        self.assertIsNotNone(self.user("root@example.com.mallory.org"))

    def test_what_is_no_answer(self):
        doctype = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        good = self.idp.sign(self.idp.response(self.idp.assertion(name="&e;".replace("&e;", "ada@example.com"))))
        head, _, rest = good.partition("?>")
        bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">" + "".join(
            f'<!ENTITY a{i} "{"&a" + (str(i - 1) if i else "") + ";"}{"&a" + (str(i - 1) if i else "") + ";"}">' for i in range(40)) + "]><x>&a39;</x>"
        for answer in ("", "%%%", provider.encoded("<x/>"), provider.encoded("no xml"),
                       provider.encoded(head + "?>" + doctype + rest), provider.encoded(bomb),
                       provider.encoded("<a>" * 100000)):
            with self.subTest(answer[:30]):
                self.refused(answer, "not taken")
        page = self.post("A" * (1 << 21))
        self.assertEqual(page.status, 413, page.text)

    def test_an_encrypted_assertion_is_named(self):
        encrypted = f'<saml:EncryptedAssertion xmlns:saml="{provider.NAMES["saml"]}"/>'
        self.refused(provider.encoded(self.idp.response(encrypted)), "encrypted")

    def test_debug_shows_what_came(self):
        answer = self.idp.answer(name="debug@example.com", audience="https://other.example.com")
        self.assertNotIn("debug@example.com", self.post(answer).body)
        self.set(debug=True)
        self.addCleanup(self.set, debug=False)
        page = self.post(answer)
        self.assertIn("debug@example.com", page.text)
        self.assertNotIn("<saml:", page.body)

    def test_a_new_certificate_and_the_old_one(self):
        old, new = self.idp.key, provider.Key(self.folder, "next")
        self.set(idp_cert=new.certificate)
        self.assertEqual(self.post(self.idp.answer(name="roll@example.com")).status, 303)
        self.idp.key = new
        self.assertEqual(self.post(self.idp.answer(name="roll@example.com")).status, 303)
        self.root.expect(200, "POST", "/api/v2/admin/saml-settings/actions/revoke-old-certificate")
        self.idp.key = old
        self.refused(self.idp.answer(name="roll@example.com"), "does not hold")
        self.set(idp_cert=old.certificate)

    def test_a_shut_account_stays_shut(self):
        self.post(self.idp.answer(name="shut@example.com"))
        self.sql("UPDATE users SET is_disabled = true WHERE email = 'shut@example.com'")
        self.refused(self.idp.answer(name="shut@example.com"), "shut")

    def test_people_of_scim_only(self):
        self.set(provider_type="okta")
        self.set("scim-settings", enabled=True)
        self.addCleanup(self.set, "scim-settings", enabled=False)
        token = self.root.expect(201, "POST", "/api/v2/admin/scim-tokens", {"data": {
            "type": "authentication-tokens", "attributes": {"description": "directory"}}}).json["data"]["attributes"]["token"]
        self.refused(self.idp.answer(name="scim@example.com", attributes={"SiteAdmin": ["true"]}), "no account")
        harness.Client(self.terrace, token).expect(201, "POST", "/scim/v2/Users", {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "scim@example.com", "active": True,
            "emails": [{"value": "scim@example.com", "primary": True}]}, headers={"Content-Type": "application/scim+json"})
        self.assertEqual(self.post(self.idp.answer(name="scim@example.com", attributes={
            "SiteAdmin": ["true"], "Username": ["boss"]})).status, 303)
        found = self.user("scim@example.com")
        self.assertEqual((found["username"], found["is-admin"]), ("scim", False))


if __name__ == "__main__":
    unittest.main()
