"""The private registry with a real CLI: modules by a version constraint, a newer version, a provider that
is signed, and what happens when somebody's bytes are not what was signed."""

import gzip
import hashlib
import io
import os
import platform
import random
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

import cli
import harness

ORGANIZATION = "registry"
# The CLI takes no host without a dot in the source of a module; its configuration says where this one is.
HOST = "registry.example.org"


def archive(files):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            tar.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue())


def module(number):
    return archive({
        "main.tf": 'variable "name" {\n  type = string\n}\n\nmodule "part" {\n  source = "./modules/part"\n}\n\n'
                   f'output "greeting" {{\n  value = "{number}: ${{var.name}} ${{module.part.word}}"\n}}\n',
        "modules/part/main.tf": 'output "word" {\n  value = "part"\n}\n',
        "README.md": f"Version {number}\n"})


class Signer:
    """A key of its own, in a folder of its own."""

    def __init__(self, test):
        if not shutil.which("gpg"):
            test.skipTest("no gpg")
        self.home = tempfile.mkdtemp(prefix="gpg-")  # short: gpg-agent's socket is in it
        test.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        test.addCleanup(subprocess.run, ["gpgconf", "--homedir", self.home, "--kill", "all"], check=False)
        self.run("--passphrase", "", "--quick-generate-key", "Registry <registry@example.com>", "rsa2048", "sign", "0")

    def run(self, *arguments, **options):
        return subprocess.run(["gpg", "--homedir", self.home, "--batch", "--quiet", *arguments], check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options).stdout

    def armor(self):
        return self.run("--armor", "--export").decode()

    def sign(self, data):
        return self.run("--passphrase", "", "--pinentry-mode", "loopback", "--detach-sign", input=data)


class Registry(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.terrace = harness.start()
        cls.token = harness.add_user(cls.terrace, "alice")
        cls.client = harness.Client(cls.terrace, cls.token)
        cls.uploads = harness.Client(cls.terrace)
        harness.add_organization(cls.terrace, ORGANIZATION, "alice")

    def create(self, path, kind, **attributes):
        document = {"data": {"type": kind, "attributes": {
            name.replace("_", "-"): value for name, value in attributes.items()}}}
        return self.client.expect(201, "POST", path, document).json["data"]

    def upload(self, url, data):
        self.uploads.expect(200, "PUT", url, data)

    # --- Modules

    def publish(self, name, version):
        made = self.create(f"/api/v2/registry-modules/{ORGANIZATION}/{name}/test/versions",
                           "registry-module-versions", version=version)
        self.upload(made["links"]["upload"], module(version))

    def tool(self, token):
        tool = cli.Cli(self, self.terrace, token)
        found = self.client.expect(200, "GET", "/.well-known/terraform.json").json["modules.v1"]
        with open(os.path.join(tool.home, ".terraformrc"), "w", encoding="utf-8") as file:
            file.write(f'host "{HOST}" {{\n  services = {{\n    "modules.v1" = "{self.terrace.base_url}{found}"\n  }}\n}}\n')
            if token:
                file.write(f'credentials "{HOST}" {{\n  token = "{token}"\n}}\n')
        return tool

    def use(self, tool, name, constraint):
        tool.write(f'module "greeting" {{\n  source  = "{HOST}/{ORGANIZATION}/{name}/test"\n'
                   f'  version = "{constraint}"\n  name    = "world"\n}}\n\n'
                   'output "greeting" {\n  value = module.greeting.greeting\n}\n')

    def test_a_module_by_version_constraint(self):
        tool = self.tool(self.token)
        self.create(f"/api/v2/organizations/{ORGANIZATION}/registry-modules", "registry-modules",
                    name="greeting", provider="test")
        self.publish("greeting", "1.0.0")
        self.publish("greeting", "2.0.0")
        self.use(tool, "greeting", "~> 1.0")
        tool.init()
        tool.apply()
        self.assertEqual(tool.output("greeting"), "1.0.0: world part")
        self.publish("greeting", "1.10.0")
        self.publish("greeting", "1.9.0")
        self.publish("greeting", "1.11.0-beta.1")
        tool.init()
        tool.apply()
        self.assertEqual(tool.output("greeting"), "1.0.0: world part")
        tool.init("-upgrade")
        tool.apply()
        self.assertEqual(tool.output("greeting"), "1.10.0: world part")

    def test_a_team_of_the_organization_and_a_stranger(self):
        self.create(f"/api/v2/organizations/{ORGANIZATION}/registry-modules", "registry-modules",
                    name="shared", provider="test")
        self.publish("shared", "1.0.0")
        team = self.client.expect(200, "POST", f"/api/v2/organizations/{ORGANIZATION}/teams", {
            "data": {"type": "teams", "attributes": {"name": "readers"}}}).json["data"]["id"]
        secret = self.create(f"/api/v2/teams/{team}/authentication-token", "authentication-tokens")
        reader = self.tool(secret["attributes"]["token"])
        self.use(reader, "shared", "1.0.0")
        reader.init()
        for token in (harness.add_user(self.terrace, "mallory"), None):
            stranger = self.tool(token)
            self.use(stranger, "shared", "1.0.0")
            self.assertRegex(stranger.init(status=1), "Module not found|401 Unauthorized")

    # --- Providers

    def publish_provider(self, name, version, key_id, signer, tamper=False):
        machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "amd64"
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as bundle:
            entry = zipfile.ZipInfo(f"terraform-provider-{name}_v{version}")
            entry.external_attr = 0o755 << 16
            bundle.writestr(entry, "#!/bin/sh\nexit 1\n")
        data = packed.getvalue()
        filename = f"terraform-provider-{name}_{version}_linux_{machine}.zip"
        sums = f"{hashlib.sha256(data).hexdigest()}  {filename}\n".encode()
        base = f"/api/v2/organizations/{ORGANIZATION}/registry-providers"
        self.create(base, "registry-providers", name=name, namespace=ORGANIZATION, registry_name="private")
        versions = f"{base}/private/{ORGANIZATION}/{name}/versions"
        made = self.create(versions, "registry-provider-versions", version=version, key_id=key_id, protocols=["6.0"])
        self.upload(made["links"]["shasums-upload"], sums)
        self.upload(made["links"]["shasums-sig-upload"], signer.sign(sums + (b"x" if tamper else b"")))
        made = self.create(f"{versions}/{version}/platforms", "registry-provider-version-platforms", os="linux",
                           arch=machine, filename=filename, shasum=hashlib.sha256(data).hexdigest())
        self.upload(made["links"]["provider-binary-upload"], data)

    def require(self, tool, name):
        tool.write(f'terraform {{\n  required_providers {{\n    {name} = {{\n'
                   f'      source  = "{self.terrace.host}/{ORGANIZATION}/{name}"\n      version = "~> 0.1"\n'
                   "    }\n  }\n}\n")

    def test_a_signed_provider(self):
        tool = cli.Cli(self, self.terrace, self.token)
        signer = Signer(self)
        key = self.create("/api/registry/private/v2/gpg-keys", "gpg-keys", namespace=ORGANIZATION,
                          ascii_armor=signer.armor())
        key_id = key["attributes"]["key-id"]
        self.assertIn(key_id, signer.run("--list-keys", "--with-colons").decode())
        self.publish_provider("tiny", "0.1.5", key_id, signer)
        self.require(tool, "tiny")
        self.assertIn("0.1.5", tool.init())
        with open(os.path.join(tool.folder, ".terraform.lock.hcl"), encoding="utf-8") as lock:
            self.assertIn(f"{ORGANIZATION}/tiny", lock.read())

        self.publish_provider("forged", "0.1.0", key_id, signer, tamper=True)
        victim = cli.Cli(self, self.terrace, self.token)
        self.require(victim, "forged")
        self.assertIn("signature", victim.init(status=1).lower())
        # A version that names a key which nobody has added cannot be verified either. (tofu goes on
        # without a signature then, if it is not told otherwise.)
        self.publish_provider("unknown", "0.1.0", "0123456789ABCDEF", signer)
        self.require(victim, "unknown")
        victim.init(status=1, env={"OPENTOFU_ENFORCE_GPG_VALIDATION": "true"})

    # --- Memory

    def peak(self):
        highest = 0
        for worker in self.terrace.workers():
            with open(f"/proc/{worker}/status", encoding="ascii") as status:
                highest = max(highest, int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1]) << 10)
        return highest

    def stored(self, owner, name, size):
        """The path of an upload of that many random bytes into a platform of a provider."""
        base = f"/api/v2/organizations/{ORGANIZATION}/registry-providers"
        self.create(base, "registry-providers", name=name, namespace=owner, registry_name="private")
        versions = f"{base}/private/{owner}/{name}/versions"
        self.create(versions, "registry-provider-versions", version="1.0.0", key_id="x")
        made = self.create(f"{versions}/1.0.0/platforms", "registry-provider-version-platforms", os="linux",
                           arch="amd64", filename="big.zip", shasum="x")
        data = random.Random(1).randbytes(size)
        self.upload(made["links"]["provider-binary-upload"], data)
        platform_path = f"{versions}/1.0.0/platforms/linux/amd64"
        url = self.client.expect(200, "GET", platform_path).json["data"]["links"]["provider-binary-download"]
        return url, hashlib.sha256(data).hexdigest()

    def test_large_files_in_bounded_memory(self):
        url, digest = self.stored(ORGANIZATION, "big", 100 << 20)
        self.assertEqual(hashlib.sha256(self.uploads.expect(200, "GET", url).body).hexdigest(), digest)
        # A module with as much to describe as there can be.
        text = "".join(f'variable "v{i}" {{\n  description = "{"d" * 400}"\n}}\n' for i in range(2000))
        files = {"main.tf": text, "README.md": "r" * 250000}
        files.update({f"modules/m{i}/main.tf": text for i in range(40)})
        self.create(f"/api/v2/organizations/{ORGANIZATION}/registry-modules", "registry-modules", name="big",
                    provider="test")
        made = self.create(f"/api/v2/registry-modules/{ORGANIZATION}/big/test/versions", "registry-module-versions",
                           version="1.0.0")
        self.upload(made["links"]["upload"], archive(files))
        shown = self.client.expect(200, "GET", f"/api/registry/v1/modules/{ORGANIZATION}/big/test/1.0.0").json
        self.assertEqual(len(shown["submodules"]), 40)
        self.assertGreater(len(shown["root"]["inputs"]), 100)
        self.assertLess(self.peak(), 64 << 20)


if __name__ == "__main__":
    unittest.main()
