#!/usr/bin/env python3
"""Dynamic provider credentials (today-runs.md 21.9): what a real CLI finds in a run, that a cloud would
take it, and Vault, which is asked for a token and gets it back."""

import base64
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import harness  # noqa: E402
import identity  # noqa: E402
from test_runner_runs import Case  # noqa: E402

FILES = """
variable "tfc_%(name)s_dynamic_credentials" {
  type = object({ default = any, aliases = map(any) })
}
output "%(name)s" {
  value = {
    for key, value in merge({ default = var.tfc_%(name)s_dynamic_credentials.default },
                            var.tfc_%(name)s_dynamic_credentials.aliases) :
    key => { for name, text in value : name => try(file(text), text) } if value != null
  }
}
"""
ENVIRONMENT = """
resource "terraform_data" "environment" {
  provisioner "local-exec" {
    command = "env | grep -E '^(AWS|GOOGLE|ARM|KUBE|HCP|VAULT)_' | sed 's/^/found /'; stat -c 'mode %a' /run/terrace/credentials-*"
  }
}
"""


class Vault(http.server.BaseHTTPRequestHandler):
    """Lets in by JSON Web Token whom it can verify, as the role says."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        if self.path == "/v1/auth/token/revoke-self":
            server.revoked.append(self.headers["X-Vault-Token"])
            return self.answer(204, None)
        asked = json.loads(body)
        try:
            _, claims = identity.verify(asked["jwt"], server.keys())
        except (AssertionError, KeyError):
            return self.answer(400, {"errors": ["error validating token"]})
        server.seen.append((self.path, self.headers.get("X-Vault-Namespace"), asked["role"], claims["aud"]))
        if asked["role"] == "nobody":
            return self.answer(400, {"errors": ['role "nobody" could not be found\nand more']})
        server.given.append(f"hvs.{asked['role']}.{len(server.given)}")
        return self.answer(200, {"auth": {"client_token": server.given[-1]}})

    def answer(self, status, document):
        text = json.dumps(document).encode() if document else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Credentials(Case):
    def vault(self, certificate=None):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vault)
        server.seen, server.given, server.revoked = [], [], []
        server.keys = lambda: {key["kid"]: key for key in self.client.expect(
            200, "GET", "/.well-known/jwks", token=False).json["keys"]}
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        server.url = f"http{'s' if certificate else ''}://localhost:{server.server_address[1]}"
        return server

    def settings(self, **values):
        for key, value in values.items():
            self.variable(key, value, category="env")

    def claims(self, token):
        keys = {key["kid"]: key for key in self.client.expect(200, "GET", "/.well-known/jwks", token=False).json["keys"]}
        return identity.verify(token.strip(), keys)[1]

    def found(self):
        return dict(re.findall(r'found (\w+)=([^"\n]*)', self.log_of("apply")))

    def test_clouds(self):
        self.use(ENVIRONMENT + "".join(FILES % {"name": name} for name in ("aws", "gcp", "azure", "kubernetes", "hcp")))
        provider = "projects/1/locations/global/workloadIdentityPools/pool/providers/terrace"
        self.settings(TFC_AWS_PROVIDER_AUTH="true", TFC_AWS_PLAN_ROLE_ARN="arn:aws:iam::1:role/plan",
                      TFC_AWS_RUN_ROLE_ARN="arn:aws:iam::1:role/run",
                      TFC_AWS_PROVIDER_AUTH_EAST="true", TFC_AWS_RUN_ROLE_ARN_EAST="arn:aws:iam::2:role/east",
                      TFC_AWS_PROVIDER_AUTH_WEST="true", TFC_DEFAULT_AWS_PLAN_ROLE_ARN="arn:aws:iam::3:role/default",
                      TFC_DEFAULT_AWS_RUN_ROLE_ARN="arn:aws:iam::3:role/run",
                      TFC_DEFAULT_AWS_WORKLOAD_IDENTITY_AUDIENCE="shared", TFC_AWS_WORKLOAD_IDENTITY_AUDIENCE_EAST="own",
                      TFC_GCP_PROVIDER_AUTH="true", TFC_GCP_RUN_SERVICE_ACCOUNT_EMAIL="t@p.iam.gserviceaccount.com",
                      TFC_GCP_PROJECT_NUMBER="1", TFC_GCP_WORKLOAD_POOL_ID="pool", TFC_GCP_WORKLOAD_PROVIDER_ID="terrace",
                      TFC_AZURE_PROVIDER_AUTH="true", TFC_AZURE_RUN_CLIENT_ID="client-1",
                      TFC_KUBERNETES_PROVIDER_AUTH="true", TFC_KUBERNETES_WORKLOAD_IDENTITY_AUDIENCE="kubernetes",
                      TFC_HCP_PROVIDER_AUTH="true", TFC_HCP_RUN_PROVIDER_RESOURCE_NAME='iam/project/"1"')
        printed = self.cli.apply()
        self.assertNotIn("eyJ", re.sub(r"(?m)^.*found .*$", "", self.log_of("plan") + printed.partition("Outputs:")[0]))
        aws = self.cli.output("aws")
        config = aws["default"]["shared_config_file"]
        self.assertIn("role_arn = arn:aws:iam::1:role/plan\n", config)
        self.assertIn("role_arn = arn:aws:iam::2:role/east\n", aws["EAST"]["shared_config_file"])
        self.assertIn("role_arn = arn:aws:iam::3:role/default\n", aws["WEST"]["shared_config_file"])
        self.assertIn("web_identity_token_file = /run/terrace/credentials-aws_EAST.token\n", aws["EAST"]["shared_config_file"])
        gcp = json.loads(self.cli.output("gcp")["default"]["credentials"])
        self.assertEqual(gcp["audience"], "//iam.googleapis.com/" + provider)
        self.assertEqual(gcp["credential_source"]["file"], "/run/terrace/credentials-gcp.token")
        self.assertIn("/t@p.iam.gserviceaccount.com:generateAccessToken", gcp["service_account_impersonation_url"])
        azure = self.cli.output("azure")["default"]
        self.assertEqual(azure["client_id_file_path"], "client-1")
        claims = self.claims(azure["oidc_token_file_path"])
        self.assertEqual(claims["aud"], "api://AzureADTokenExchange")
        self.assertTrue(claims["sub"].endswith(":run_phase:plan"))
        self.assertEqual(self.claims(self.cli.output("kubernetes")["default"]["token_path"])["aud"], "kubernetes")
        hcp = json.loads(self.cli.output("hcp")["default"]["credential_file"])
        self.assertEqual(hcp["workload"]["provider_resource_name"], 'iam/project/"1"')
        found = self.found()
        self.assertEqual(found["AWS_ROLE_ARN"], "arn:aws:iam::1:role/run")
        self.assertEqual(found["AWS_WEB_IDENTITY_TOKEN_FILE"], "/run/terrace/credentials-aws.token")
        self.assertEqual(found["AWS_ROLE_SESSION_NAME"], self.run_of()["id"])
        self.assertEqual((found["GOOGLE_CREDENTIALS"], found["HCP_CRED_FILE"]),
                         ("/run/terrace/credentials-gcp.json", "/run/terrace/credentials-hcp.json"))
        self.assertEqual((found["ARM_USE_OIDC"], found["ARM_CLIENT_ID"]), ("true", "client-1"))
        self.assertTrue(self.claims(found["ARM_OIDC_TOKEN"])["sub"].endswith(":run_phase:apply"))
        self.assertEqual(self.claims(found["KUBE_TOKEN"])["aud"], "kubernetes")
        self.assertEqual(set(re.findall(r"mode (\d+)", self.log_of("apply"))), {"600"})

    def test_what_is_missing_is_named(self):
        for name, settings in (("TFC_AWS_RUN_ROLE_ARN", {"TFC_AWS_PROVIDER_AUTH": "true"}),
                               ("TFC_VAULT_ADDR_X", {"TFC_VAULT_PROVIDER_AUTH_X": "true"}),
                               ("TFC_KUBERNETES_WORKLOAD_IDENTITY_AUDIENCE", {"TFC_KUBERNETES_PROVIDER_AUTH": "true"})):
            with self.subTest(name):
                self.name = "missing-" + name.lower()
                self.use(ENVIRONMENT)
                self.settings(**settings)
                printed = self.cli.run("plan", "-input=false", "-no-color", status=1)
                self.assertIn(f"is true, but {name} is not set", printed)

    def test_vault(self):
        folder = tempfile.mkdtemp(prefix="terrace-vault-")
        self.addCleanup(subprocess.run, ["rm", "-rf", folder], check=False)
        certificate, key = os.path.join(folder, "vault.pem"), os.path.join(folder, "vault.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate], check=True,
                       capture_output=True)
        plain, secure = self.vault(), self.vault((certificate, key))
        with open(certificate, "rb") as file:
            encoded = base64.b64encode(file.read()).decode()
        self.use(ENVIRONMENT + FILES % {"name": "vault"})
        self.settings(TFC_VAULT_PROVIDER_AUTH="true", TFC_VAULT_ADDR=plain.url + "/", TFC_VAULT_PLAN_ROLE="look",
                      TFC_VAULT_RUN_ROLE="change", TFC_VAULT_NAMESPACE="team", TFC_VAULT_AUTH_PATH="terrace",
                      TFC_VAULT_PROVIDER_AUTH_SAFE="true", TFC_VAULT_ADDR_SAFE=secure.url, TFC_VAULT_RUN_ROLE_SAFE="safe",
                      TFC_VAULT_ENCODED_CACERT_SAFE=encoded)
        self.cli.apply()
        found = self.found()
        self.assertEqual((found["VAULT_ADDR"], found["VAULT_NAMESPACE"]), (plain.url + "/", "team"))
        self.assertEqual(plain.seen, [("/v1/auth/terrace/login", "team", role, "vault.workload.identity")
                                      for role in ("look", "change")])
        self.assertEqual(found["VAULT_TOKEN"], plain.given[1])
        vault = self.cli.output("vault")
        self.assertEqual(vault["default"]["token_filename"], plain.given[0])
        self.assertEqual(vault["SAFE"]["token_filename"], secure.given[0])
        self.assertIn("BEGIN CERTIFICATE", vault["SAFE"]["ca_cert_file"])
        # Each phase gives back what it was given.
        self.assertEqual((plain.revoked, secure.revoked), (plain.given, secure.given))

    def test_a_vault_that_refuses(self):
        vault = self.vault()
        self.use(ENVIRONMENT)
        self.settings(TFC_VAULT_PROVIDER_AUTH="true", TFC_VAULT_ADDR=vault.url, TFC_VAULT_RUN_ROLE="nobody")
        printed = self.cli.run("plan", "-input=false", "-no-color", status=1)
        self.assertIn(f'Vault at {vault.url} does not let the run in as nobody: 400, role "nobody" could not be found', printed)
        vault.shutdown()
        vault.server_close()
        printed = self.cli.run("plan", "-input=false", "-no-color", status=1)
        self.assertIn(f"Vault at {vault.url} does not let the run in", printed)


del Case

if __name__ == "__main__":
    unittest.main()
