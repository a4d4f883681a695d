"""A real terraform or tofu with a home, a configuration folder and a credential of its own."""

import json
import os
import shutil
import subprocess
import tempfile

import harness

TOOL = os.path.join(harness.installation.TOP, "tools", "cli")


def find():
    """The program of tools/cli, or None where there is none (then the tests skip)."""
    if not hasattr(find, "program"):
        done = subprocess.run([TOOL], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        find.program = done.stdout.strip() if done.returncode == 0 else None
        find.reason = done.stderr.strip()
    return find.program


class Cli:
    def __init__(self, test, terrace, token=None):
        if find() is None:
            test.skipTest(find.reason or "no terraform or tofu")
        self.test = test
        self.terrace = terrace
        self.home = tempfile.mkdtemp(prefix="terrace-cli-")
        test.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.folder = os.path.join(self.home, "configuration")
        os.mkdir(self.folder)
        # Named by TF_CLI_CONFIG_FILE it would keep the CLI from what `login` stores in the home.
        with open(os.path.join(self.home, ".terraformrc"), "w", encoding="utf-8") as file:
            if token:
                file.write(f'credentials "{terrace.host}" {{\n  token = "{token}"\n}}\n')
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("TF_", "TERRACE_"))}
        self.environment.update(HOME=self.home, SSL_CERT_FILE=terrace.ca, CHECKPOINT_DISABLE="1",
                                TF_IN_AUTOMATION="1")

    def write(self, text, name="main.tf"):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def run(self, *arguments, status=0, input=None, env=None, timeout=180):  # pylint: disable=redefined-builtin
        """Runs a command; any other exit status than the expected one fails the test. None = any."""
        done = subprocess.run([find(), *arguments], cwd=self.folder, text=True, input=input or "",
                              env=dict(self.environment, **(env or {})), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout)
        if status is not None and done.returncode != status:
            self.test.fail(f"{os.path.basename(find())} {' '.join(arguments)}: exit status "
                           f"{done.returncode}\n{done.stdout}")
        return done.stdout

    def start(self, *arguments, **options):
        return subprocess.Popen([find(), *arguments], cwd=self.folder, text=True, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)

    def init(self, *arguments, **options):
        return self.run("init", "-input=false", "-no-color", *arguments, **options)

    def apply(self, *arguments, **options):
        return self.run("apply", "-input=false", "-auto-approve", "-no-color", *arguments, **options)

    def output(self, name):
        return json.loads(self.run("output", "-json", name))

    def state(self):
        return json.loads(self.run("state", "pull"))


def cloud(terrace, organization, workspaces):
    return (f'terraform {{\n  cloud {{\n    hostname     = "{terrace.host}"\n'
            f'    organization = "{organization}"\n    workspaces {{\n      {workspaces}\n    }}\n  }}\n}}\n')


def remote(terrace, organization, workspaces):
    return (f'terraform {{\n  backend "remote" {{\n    hostname     = "{terrace.host}"\n'
            f'    organization = "{organization}"\n    workspaces {{\n      {workspaces}\n    }}\n  }}\n}}\n')


GREETING = """
variable "text" {
  default = "hello"
}

resource "terraform_data" "greeting" {
  input = var.text
}

output "greeting" {
  value = terraform_data.greeting.output
}

output "secret" {
  value     = "s3cr3t"
  sensitive = true
}
"""
