#!/usr/bin/env python3
"""A private PostgreSQL cluster for tests: unix socket only, no fsync, gone when the tests are.

    tests/pg.py run [--migrate TERRACECTL] -- COMMAND...

starts a cluster, gives COMMAND a new database in TERRACE_TEST_DSN (owner) and
TERRACE_TEST_RUN_DSN (run-time role), and stops the cluster. Inside such a COMMAND the same call
only makes a new database in the running cluster, so `tests/pg.py run -- make check` pays for one
initdb. With --migrate the database is a copy of a template that `terracectl migrate` has filled.

    tests/pg.py start DIR [--port N]     also listens on 127.0.0.1:N; stop it by `tests/pg.py stop DIR`
    tests/pg.py create DIR NAME [--template NAME]                 prints the DSN

Python tests use class Cluster."""

import argparse
import ctypes
import glob
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time

OWNER = "terrace_owner"  # migrates
RUN = "terrace_run"  # what the server connects as: no DDL
TEMPLATE = "terrace_template"

SETTINGS = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
    "max_connections": "60", "shared_buffers": "64MB", "log_min_messages": "warning",
    "random_page_cost": "1.1", "timezone": "America/St_Johns",  # no session may lean on the default
}


def bin_dir():
    """The newest server's programs: Debian keeps them off the PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: float(p.split("/")[4]))
    return found[-1] if found else os.path.dirname(shutil.which("postgres") or "/usr/bin/postgres")


def unprivileged():
    """PostgreSQL refuses to run as root: the user that it runs as instead."""
    return pwd.getpwnam("postgres") if os.getuid() == 0 else None


def become(user, die_with_parent):
    def prepare():
        os.setsid()
        if user is not None:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
        if die_with_parent:
            ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG, lost at setuid
    return prepare


class Cluster:
    def __init__(self, folder=None, port=None):
        """folder None: a temporary one, removed by stop()."""
        self.temporary = folder is None
        self.folder = folder or tempfile.mkdtemp(prefix="terrace-pg-")
        self.port = port
        self.process = None

    def dsn(self, database="postgres", user="postgres"):
        return f"host={self.folder} dbname={database} user={user}"

    def command(self, program, *arguments):
        done = subprocess.run([os.path.join(bin_dir(), program), *arguments], cwd="/",
                              preexec_fn=become(unprivileged(), True), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stdout}")

    def start(self, die_with_parent=True):
        data = os.path.join(self.folder, "data")
        os.makedirs(self.folder, exist_ok=True)
        user = unprivileged()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        os.chmod(self.folder, 0o700)
        is_new = not os.path.exists(data)
        if is_new:
            self.command("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                         "--locale=C.UTF-8", "--no-sync")
        settings = dict(SETTINGS, unix_socket_directories=self.folder,
                        listen_addresses="127.0.0.1" if self.port else "")
        if self.port:
            settings["port"] = str(self.port)
        argv = [os.path.join(bin_dir(), "postgres"), "-D", data]
        argv += [f"--{name}={value}" for name, value in settings.items()]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(argv, cwd="/", stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=become(user, die_with_parent))
        self.wait_ready()
        if is_new:
            for role in (OWNER, RUN):
                self.sql(f"CREATE ROLE {role} LOGIN")
        return self

    def wait_ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                return self.sql("SELECT 1")
            except RuntimeError as error:
                if self.process.poll() is not None:
                    raise RuntimeError(f"{error}\n{self.log()}") from error
                time.sleep(0.05)
        raise RuntimeError(f"the cluster did not start:\n{self.log()}")

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def sql(self, text, database="postgres", user="postgres"):
        """Runs SQL as superuser; returns what psql prints, unaligned."""
        dsn = self.dsn(database, user) + (f" port={self.port}" if self.port else "")
        done = subprocess.run([os.path.join(bin_dir(), "psql"), "-XqAt", "-v", "ON_ERROR_STOP=1",
                               "-d", dsn, "-f", "-"], input=text, text=True, cwd="/",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout.strip()

    def create(self, name, template="template0"):
        """A new database; returns the owner's DSN."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {OWNER}')
        return self.dsn(name, OWNER)

    def drop(self, name):
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def migrated(self, terracectl):
        """Name of a template that holds the schema and no rows; made at the first call."""
        if self.sql(f"SELECT count(*) FROM pg_database WHERE datname = '{TEMPLATE}'") == "0":
            dsn = self.create(TEMPLATE)
            done = subprocess.run([terracectl, "migrate", "--role", RUN], text=True,
                                  env=dict(os.environ, TERRACE_DATABASE=dsn), stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT)
            if done.returncode != 0:
                self.drop(TEMPLATE)
                raise RuntimeError(f"terracectl migrate: {done.stdout}")
        return TEMPLATE

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            # A cluster that will be removed need not be shut down in order.
            self.process.send_signal(signal.SIGQUIT if self.temporary else signal.SIGINT)
            self.process.wait()
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def run_in(cluster, command, terracectl):
    """Runs the command with a database of its own."""
    name = f"test_{os.getpid()}_{secrets.token_hex(4)}"
    if terracectl:
        cluster.create(name, cluster.migrated(terracectl))
    else:
        cluster.create(name)
    env = dict(os.environ, TERRACE_TEST_PG=cluster.folder, TERRACE_TEST_DSN=cluster.dsn(name, OWNER),
               TERRACE_TEST_RUN_DSN=cluster.dsn(name, RUN),
               TERRACE_TEST_SUPER_DSN=cluster.dsn(name, "postgres"))
    try:
        return subprocess.run(command, env=env).returncode
    finally:
        cluster.drop(name)


def stop_by_pid(folder):
    path = os.path.join(folder, "data", "postmaster.pid")
    with open(path, encoding="utf-8") as file:
        pid = int(file.readline())
    os.kill(pid, signal.SIGINT)
    while os.path.exists(path):
        time.sleep(0.05)


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="action", required=True)
    action = commands.add_parser("run")
    action.add_argument("--migrate", metavar="TERRACECTL")
    action.add_argument("command", nargs="+")
    action = commands.add_parser("start")
    action.add_argument("dir", type=os.path.abspath)
    action.add_argument("--port", type=int)
    action = commands.add_parser("stop")
    action.add_argument("dir", type=os.path.abspath)
    action = commands.add_parser("create")
    action.add_argument("dir", type=os.path.abspath)
    action.add_argument("name")
    action.add_argument("--template", default="template0")
    return parser.parse_args()


def main():
    args = parse()
    if args.action == "run":
        shared = os.environ.get("TERRACE_TEST_PG")
        if shared:
            return run_in(Cluster(shared), args.command, args.migrate)
        with Cluster() as cluster:
            return run_in(cluster, args.command, args.migrate)
    if args.action == "start":
        cluster = Cluster(args.dir, args.port)
        cluster.start(die_with_parent=False)
        print(cluster.dsn())
    elif args.action == "stop":
        stop_by_pid(args.dir)
    else:
        print(Cluster(args.dir).create(args.name, args.template))
    return 0


if __name__ == "__main__":
    sys.exit(main())
