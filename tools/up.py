"""The part of tools/up that comes after the build: starts an installation and says how to use it."""

import json
import os
import secrets
import shutil
import subprocess
import sys

import installation

USER = "admin"
ORGANIZATION = "demo"
CONFIGURATION = """terraform {
  cloud {
    hostname     = "%s"
    organization = "%s"
    workspaces {
      name = "first-steps"
    }
  }
}

resource "terraform_data" "greeting" {
  input = "hello from Terrace"
}

output "greeting" {
  value = terraform_data.greeting.output
}
"""


def write_private(path, text):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def pick_port(var):
    """The port of last time, TERRACE_PORT, or the first free one from 8443."""
    record = os.path.join(var, "installation.json")
    kept = None
    if os.path.exists(record):
        with open(record, encoding="utf-8") as file:
            kept = json.load(file)["port"]
    if "TERRACE_PORT" in os.environ:
        given = os.environ["TERRACE_PORT"]
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise installation.Failure(f"TERRACE_PORT is {given}, which is no port")
        port = int(given)
    else:
        port = kept or next(port for port in range(8443, 8543) if installation.port_is_free(port))
    running = installation.Processes(os.path.join(var, "processes.json")).pid("nginx") is not None
    if running and port != kept:
        raise installation.Failure(f"already running on port {kept}: tools/down first")
    if not running and not installation.port_is_free(port):
        raise installation.Failure(f"port {port} is taken: set TERRACE_PORT to a free one")
    write_private(record, json.dumps({"port": port}))
    return port


def first_user(terrace):
    """User, organization and token; made once, and again when the database is a new one."""
    path = terrace.path("first-user.json")
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            known = json.load(file)
        if known["database"] == terrace.database:
            return known
    password = secrets.token_urlsafe(12)
    terrace.ctl("user", "add", USER, f"{USER}@example.com", "--admin", "--password-stdin",
                input=password + "\n")
    terrace.ctl("organization", "add", ORGANIZATION, f"{ORGANIZATION}@example.com", "--owner", USER)
    token = terrace.ctl("token", "create", "--user", USER, "--description", "tools/up").split()[-1]
    known = {"database": terrace.database, "user": USER, "password": password, "token": token,
             "organization": ORGANIZATION}
    write_private(path, json.dumps(known, indent=1) + "\n")
    return known


def find_cli():
    """terraform or tofu, whatever is at hand; None when nothing is."""
    names = [os.environ["TERRACE_CLI"]] if "TERRACE_CLI" in os.environ else ["terraform", "tofu"]
    cli = next((found for found in map(shutil.which, names) if found), None)
    if cli is None and "TERRACE_CLI" in os.environ:
        raise installation.Failure(f"TERRACE_CLI is {names[0]}, which is no program")
    return cli


def start_runner(terrace, cli):
    """A runner, with which the server runs plans and applies; without one, CLIs do that by themselves.
    Where it does not work (bubblewrap needs namespaces, which some containers do not have), there is
    none."""
    if cli is None:
        return False
    try:
        terrace.start_runner(cli=os.path.realpath(cli))
        return True
    except installation.Failure as failure:
        print(f"no runner: {failure}")
        terrace.forget_runner()
        return False


def demonstrate(terrace, cli, environment):
    """A first configuration run by this CLI, and the state that it left."""
    if cli is None:
        print("no terraform or tofu on the PATH: nothing is demonstrated")
        return
    folder = terrace.path("first-steps")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "main.tf"), "w", encoding="utf-8") as file:
        file.write(CONFIGURATION % (terrace.host, ORGANIZATION))
    color = [] if sys.stdout.isatty() else ["-no-color"]
    for arguments in (["init", "-input=false", *color], ["apply", "-input=false", "-auto-approve", *color],
                      ["state", "list"], ["output", *color]):
        print(f"\n$ {os.path.basename(cli)} {' '.join(arguments)}", flush=True)
        done = subprocess.run([cli, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise installation.Failure(f"{cli} {' '.join(arguments)} failed; the server's log is "
                                       f"{terrace.path('log', 'terrace.log')}")


def main():
    var = os.path.abspath(os.environ.get("TERRACE_VAR", os.path.join(installation.TOP, "var")))
    os.makedirs(var, exist_ok=True)
    terrace = installation.Installation(var, pick_port(var), os.environ.get("TERRACE_DATABASE"))
    terrace.start()
    known = first_user(terrace)
    rc = terrace.path("terraform.rc")
    write_private(rc, f'credentials "{terrace.host}" {{\n  token = "{known["token"]}"\n}}\n')
    bundle = terrace.path("tls", "bundle.pem")
    environment = dict(os.environ, TF_CLI_CONFIG_FILE=rc, SSL_CERT_FILE=bundle, TF_IN_AUTOMATION="1")
    cli = find_cli()
    runs = start_runner(terrace, cli)
    demonstrate(terrace, cli, environment)
    where = terrace.cluster.data if terrace.cluster else "the database of TERRACE_DATABASE"
    print(f"""
Terrace is running at {terrace.base_url}

  sign in       {terrace.base_url}/app as {known['user']}, password {known['password']}
                (the certificate is signed by the test CA {terrace.ca})
  runs          {"by the runner on this machine" if runs else "none: the CLI plans and applies by itself"}
  database      {where}
  logs          {terrace.path('log')}

Your own configuration:

  export SSL_CERT_FILE={bundle}
  export TF_CLI_CONFIG_FILE={rc}     # holds the token; without it: terraform login {terrace.host}

  terraform {{
    cloud {{
      hostname     = "{terrace.host}"
      organization = "{known['organization']}"
      workspaces {{ name = "my-workspace" }}
    }}
  }}

then `terraform init` and `terraform apply`. The administrator's tool:

  TERRACE_CONFIG={terrace.path('terrace.conf')} {terrace.program('terracectl')} doctor

Stop it with tools/down; tools/up starts it again with everything that it holds.""")


if __name__ == "__main__":
    try:
        main()
    except (installation.Failure, OSError) as failure:
        sys.exit(f"tools/up: {failure}")
