"""A whole private Terrace below one folder: PostgreSQL, key, schema, TLS, terrace.fcgi, nginx.

Used by tools/up for a person and by every test that needs a running server. Everything listens on
127.0.0.1 or a socket in a private folder; every process is recorded with its start time in
processes.json, and only a recorded process that is still the same one is ever signalled."""

import glob
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAX_SOCKET_PATH = 100  # sun_path holds 108 bytes, and PostgreSQL appends a name of its own


class Failure(Exception):
    """Something that the caller can do something about; the message says what."""


def build_dir():
    return os.path.abspath(os.environ.get("TERRACE_BUILD", os.path.join(TOP, "build")))


def free_port(first=24000, last=24999):
    """A port that nothing listens on. Which one is random, so that parallel runs rarely collide."""
    for _ in range(200):
        port = first + secrets.randbelow(last - first + 1)
        if port_is_free(port):
            return port
    raise Failure(f"no free port between {first} and {last}")


def port_is_free(port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run(argv, env=None, check=True, **options):
    """Runs a command and returns what it printed on standard output."""
    done = subprocess.run(argv, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          stdin=options.pop("stdin", None if "input" in options else subprocess.DEVNULL),
                          **options)
    if check and done.returncode != 0:
        raise Failure(f"{' '.join(argv)}: exit status {done.returncode}\n"
                      f"{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def start_time(pid):
    """When a process began, in clock ticks since boot; None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def children(pid):
    found = []
    for task in glob.glob(f"/proc/{pid}/task/*/children"):
        try:
            with open(task, encoding="ascii") as listing:
                found += [int(child) for child in listing.read().split()]
        except OSError:
            pass
    return found


class Processes:
    """The processes of one installation, kept in a file so that another program can stop them."""

    def __init__(self, path):
        self.path = path
        self.entries = {}
        self.popen = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.entries = json.load(file)

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.entries, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def start(self, name, argv, log, env=None):
        with open(log, "ab") as out:
            popen = subprocess.Popen(argv, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                     start_new_session=True, close_fds=True)
        self.popen[name] = popen
        self.entries[name] = {"pid": popen.pid, "start": start_time(popen.pid), "log": log}
        self.save()
        return popen.pid

    def pid(self, name):
        """The recorded process, or None when it is gone (or the number is someone else's now)."""
        entry = self.entries.get(name)
        if name in self.popen:
            self.popen[name].poll()
        if entry and entry["start"] is not None and start_time(entry["pid"]) == entry["start"]:
            return entry["pid"]
        return None

    def notify(self, name, signum):
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signum)

    def stop(self, name, signum=signal.SIGTERM, timeout=20):
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, signum)
            deadline = time.monotonic() + timeout
            while self.pid(name) is not None and time.monotonic() < deadline:
                time.sleep(0.05)
            if self.pid(name) is not None:
                os.kill(pid, signal.SIGKILL)
                while self.pid(name) is not None:
                    time.sleep(0.05)
        self.entries.pop(name, None)
        self.save()
        return pid

    def tail(self, name, lines=15):
        try:
            with open(self.entries[name]["log"], encoding="utf-8", errors="replace") as log:
                return "".join(log.readlines()[-lines:]).rstrip()
        except (OSError, KeyError):
            return ""


class Cluster:
    """A PostgreSQL cluster of one's own. PostgreSQL refuses to run as root, so root runs it as
    `postgres`; where that user can't reach the folder, the data goes below /var/lib or /tmp."""

    def __init__(self, folder, processes, durable=True):
        self.folder = folder
        self.processes = processes
        self.durable = durable
        self.user = self.pick_user()
        self.data, self.socket_dir = self.pick_folders()

    @staticmethod
    def pick_user():
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                pass
        raise Failure("root can't run PostgreSQL and there is no unprivileged user to run it as")

    def as_user(self, argv):
        if self.user is None:
            return argv
        return ["setpriv", f"--reuid={self.user.pw_uid}", f"--regid={self.user.pw_gid}",
                "--clear-groups", "--"] + argv

    def reachable(self, folder):
        return subprocess.run(self.as_user(["test", "-x", folder]), cwd="/",
                              stderr=subprocess.DEVNULL).returncode == 0

    def own(self, folder):
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if self.user is not None:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)

    def pick_folders(self):
        data = os.path.join(self.folder, "pg")
        tag = hashlib.sha256(self.folder.encode()).hexdigest()[:10]
        if not self.reachable(self.folder):
            parent = "/var/lib" if os.geteuid() == 0 else tempfile.gettempdir()
            data = os.path.join(parent, f"terrace-{tag}", "pg")
            os.makedirs(os.path.dirname(data), mode=0o711, exist_ok=True)
        sockets = os.path.join(os.path.dirname(data), "pgsocket")
        if len(sockets) > MAX_SOCKET_PATH:
            sockets = os.path.join(tempfile.gettempdir(), f"terrace-{tag}")
        return data, sockets

    @staticmethod
    def bindir():
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"),
                       key=lambda path: int(path.split("/")[4]))
        if found:
            return os.path.dirname(found[-1])
        if shutil.which("postgres"):
            return os.path.dirname(shutil.which("postgres"))
        raise Failure("PostgreSQL's server programs were not found (package postgresql)")

    def environment(self):
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def start(self):
        self.own(self.data)
        self.own(self.socket_dir)
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            run(self.as_user([os.path.join(self.bindir(), "initdb"), "-D", self.data, "-U", "postgres",
                              "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]),
                env=self.environment(), cwd="/")
        if self.processes.pid("postgres") is not None:
            return
        settings = {"listen_addresses": "", "unix_socket_directories": self.socket_dir,
                    "unix_socket_permissions": "0700", "random_page_cost": "1.1",
                    "max_connections": "100", "log_min_messages": "warning",
                    "log_timezone": "UTC", "timezone": "UTC"}
        if not self.durable:
            settings.update({"fsync": "off", "full_page_writes": "off"})
        argv = [os.path.join(self.bindir(), "postgres"), "-D", self.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        # After a SIGKILL the old backends may need a moment to notice; until then the data
        # directory counts as in use and the new server exits.
        deadline = time.monotonic() + 60
        while True:
            self.processes.start("postgres", self.as_user(argv),
                                 os.path.join(self.folder, "log", "postgres.log"),
                                 env=self.environment())
            while time.monotonic() < deadline and self.processes.pid("postgres") is not None:
                if self.ready():
                    return
                time.sleep(0.1)
            if time.monotonic() >= deadline:
                raise Failure("PostgreSQL does not start:\n" + self.processes.tail("postgres"))
            time.sleep(0.5)

    def ready(self):
        return subprocess.run([os.path.join(self.bindir(), "pg_isready"), "-q", "-h", self.socket_dir],
                              env=self.environment(), stdout=subprocess.DEVNULL).returncode == 0

    def stop(self):
        self.processes.stop("postgres", signal.SIGINT, 60)

    def kill(self):
        """SIGKILL to the server and all that it has forked, as a power cut would."""
        pid = self.processes.pid("postgres")
        if pid is None:
            return
        victims = children(pid)
        os.kill(pid, signal.SIGKILL)
        for victim in victims:
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.processes.stop("postgres", signal.SIGKILL)

    def conninfo(self, database, user):
        return f"host={self.socket_dir} dbname={database} user={user}"

    def sql(self, text, database="postgres", user="postgres"):
        """Runs SQL through psql; rows come back as lines, columns separated by '|'."""
        return run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
                    self.conninfo(database, user)], env=self.environment(), input=text)


def make_certificates(folder, names=("localhost", "127.0.0.1")):
    """A test CA and a server certificate signed by it. bundle.pem adds the system's own CAs, so
    that a CLI which trusts only it can still reach other hosts."""
    if os.path.exists(os.path.join(folder, "server.pem")):
        return
    os.makedirs(folder, mode=0o700, exist_ok=True)
    path = lambda name: os.path.join(folder, name)
    alternatives = ",".join(("IP:" if name[0].isdigit() else "DNS:") + name for name in names)
    with open(path("server.ext"), "w", encoding="ascii") as file:
        file.write(f"subjectAltName={alternatives}\nextendedKeyUsage=serverAuth\n"
                   "basicConstraints=CA:FALSE\n")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "3650", "-subj", "/CN=Terrace test CA", "-addext", "keyUsage=critical,keyCertSign",
         "-keyout", path("ca.key"), "-out", path("ca.pem")])
    run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-subj", f"/CN={names[0]}", "-keyout", path("server.key"), "-out", path("server.csr")])
    run(["openssl", "x509", "-req", "-in", path("server.csr"), "-CA", path("ca.pem"), "-CAkey",
         path("ca.key"), "-set_serial", str(secrets.randbits(63)), "-days", "825", "-extfile",
         path("server.ext"), "-out", path("server.pem")])
    with open(path("bundle.pem"), "wb") as bundle:
        for source in ("/etc/ssl/certs/ca-certificates.crt", path("ca.pem")):
            if os.path.exists(source):
                with open(source, "rb") as file:
                    bundle.write(file.read())


class Installation:
    """database: a connection string to use instead of a private cluster (then the caller owns the
    role and its rights). options: further lines of terrace.conf."""

    def __init__(self, folder, port, database=None, durable=True, options=None):
        self.folder = os.path.abspath(folder)
        for part in ("", "log", "run", "tls", "nginx"):
            os.makedirs(os.path.join(self.folder, part), exist_ok=True)
        self.port = port
        self.host = f"localhost:{port}"
        self.base_url = f"https://{self.host}"
        self.processes = Processes(os.path.join(self.folder, "processes.json"))
        self.options = dict(options or {})
        self.owner_database = self.database = database
        self.cluster = None
        if database is None:
            self.cluster = Cluster(self.folder, self.processes, durable)
        self.server_socket = os.path.join(self.folder, "run", "terrace.sock")
        if len(self.server_socket) > MAX_SOCKET_PATH:
            tag = hashlib.sha256(self.folder.encode()).hexdigest()[:10]
            os.makedirs(os.path.join(tempfile.gettempdir(), f"terrace-run-{tag}"), mode=0o700, exist_ok=True)
            self.server_socket = os.path.join(tempfile.gettempdir(), f"terrace-run-{tag}", "terrace.sock")

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    @property
    def ca(self):
        return self.path("tls", "ca.pem")

    def program(self, name):
        found = os.path.join(build_dir(), name)
        if not os.path.exists(found):
            raise Failure(f"{found} is missing: build first (make -C {build_dir()})")
        return found

    def environment(self, owner=False):
        env = {key: value for key, value in os.environ.items() if not key.startswith("TERRACE_")}
        env["TERRACE_CONFIG"] = self.path("terrace.conf")
        if owner:
            env["TERRACE_DATABASE"] = self.owner_database
        for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if key in os.environ:
                env[key] = os.environ[key]
        return env

    def ctl(self, *arguments, owner=False, **options):
        """terracectl as an administrator would call it. owner: with the role that owns the schema."""
        return run([self.program("terracectl"), *arguments], env=self.environment(owner), **options)

    def start_database(self, name="terrace"):
        """Two roles (DESIGN section 5): the owner migrates, the run-time role only reads and writes."""
        self.cluster.start()
        present = self.cluster.sql("SELECT rolname FROM pg_roles").split()
        for role in ("terrace_owner", "terrace"):
            if role not in present:
                self.cluster.sql(f"CREATE ROLE {role} LOGIN")
        self.use_database(name)
        if name not in self.cluster.sql("SELECT datname FROM pg_database").split():
            self.cluster.sql(f"CREATE DATABASE {name} OWNER terrace_owner")

    def use_database(self, name):
        self.owner_database = self.cluster.conninfo(name, "terrace_owner")
        self.database = self.cluster.conninfo(name, "terrace")
        self.write_config()

    def clone_database(self, name, template="terrace"):
        """A copy of a migrated database; nobody may be connected to the template."""
        self.cluster.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.cluster.sql(f"CREATE DATABASE {name} OWNER terrace_owner TEMPLATE {template}")

    def write_config(self):
        settings = {"database": self.database, "key_file": self.path("key"),
                    "listen": f"unix:{self.server_socket}", "base_url": self.base_url,
                    "log_level": "info", "web_root": os.path.join(TOP, "web")}
        settings.update(self.options)
        with open(self.path("terrace.conf"), "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            file.write("; written by tools/installation.py, replaced at each start\n")
            for name, value in settings.items():
                file.write(f"{name} = {value}\n")

    def prepare(self):
        """Certificates, configuration, database, key, schema: everything before the first process."""
        make_certificates(self.path("tls"))
        if self.cluster is not None:
            self.start_database()
        else:
            self.write_config()
        if not os.path.exists(self.path("key")):
            self.ctl("key", "init")
        self.migrate()

    def migrate(self):
        role = ["--role", "terrace"] if self.cluster is not None else []
        return self.ctl("migrate", *role, owner=True)

    def start_server(self):
        if self.processes.pid("terrace") is not None:
            return
        if os.path.exists(self.server_socket):
            os.unlink(self.server_socket)
        self.processes.start("terrace", [self.program("terrace.fcgi")],
                             self.path("log", "terrace.log"), env=self.environment())
        self.wait("terrace", lambda: os.path.exists(self.server_socket))

    def start_worker(self, name="worker"):
        """terrace-worker: what happens without a request. Any number may run, under names of their own."""
        if self.processes.pid(name) is None:
            self.processes.start(name, [self.program("terrace-worker")], self.path("log", f"{name}.log"),
                                 env=self.environment())

    def write_runner_config(self, name, options):
        """A file for terrace-runner, with a token of its own if it has none yet. Returns its path."""
        path, token = self.path(f"{name}.conf"), self.path(f"{name}.token")
        if not os.path.exists(token):
            secret = self.ctl("runner-token", "create", "--description", name).split()[-1]
            with open(token, "w", encoding="utf-8") as file:
                os.chmod(file.fileno(), 0o600)
                file.write(secret + "\n")
        settings = {"server": self.base_url, "token_file": token, "name": name,
                    "work_dir": self.path(f"{name}-work"), "ca_file": self.ca, "cli_any_version": "true"}
        if os.geteuid() == 0 and not self.is_open_to("nobody"):
            settings["user"] = "root"
        settings.update(options)
        with open(path, "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            file.write("; written by tools/installation.py, replaced at each start\n[runner]\n")
            for option, value in settings.items():
                file.write(f"{option} = {value}\n")
        return path

    def is_open_to(self, user):
        """Whether another user gets into the folder, which root's home, say, does not allow."""
        return subprocess.run(["setpriv", f"--reuid={user}", "--clear-groups", "--", "test", "-x", self.folder],
                              cwd="/", stderr=subprocess.DEVNULL).returncode == 0

    def start_runner(self, name="runner", **options):
        """terrace-runner, with the site's own token. cli, or cli_dir, must be among its options."""
        if self.processes.pid(name) is not None:
            return
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"),
               "TERRACE_RUNNER_CONFIG": self.write_runner_config(name, options)}
        log = self.path("log", f"{name}.log")
        if os.path.exists(log):
            os.replace(log, log + ".old")
        self.processes.start(name, [self.program("terrace-runner")], log, env=env)

        def registered():
            with open(log, encoding="utf-8", errors="replace") as file:
                return " registered " in file.read()
        self.wait(name, registered)

    def forget_runner(self, name="runner"):
        """Ends its token: a site with a token for runners waits for one."""
        self.processes.stop(name)
        os.unlink(self.path(f"{name}.token"))
        for line in self.ctl("runner-token", "list").splitlines():
            if line.rstrip().endswith(name):
                self.ctl("runner-token", "revoke", line.split()[0])

    def fill(self, template, values):
        """A configuration from nginx/ with its @placeholders@ filled in, as make install does it."""
        with open(os.path.join(TOP, "nginx", template + ".in"), encoding="utf-8") as file:
            text = re.sub(r"@([a-z_]+)@", lambda found: values[found[1]], file.read())
        with open(self.path("nginx", template), "w", encoding="utf-8") as file:
            file.write(text)

    def write_nginx(self):
        """The shipped site, and around it what only this installation knows. Its redirect from http
        stays on a socket: one port is enough here."""
        values = {"conf_dir": self.path("nginx"), "host": "localhost", "web_root": os.path.join(TOP, "web"),
                  "http_port": f"unix:{os.path.join(os.path.dirname(self.server_socket), 'http.sock')}",
                  "https_port": f"127.0.0.1:{self.port}", "acme_root": self.path("nginx"),
                  "certificate": self.path("tls", "server.pem"), "listen": f"unix:{self.server_socket}",
                  "certificate_key": self.path("tls", "server.key")}
        for template in ("nginx-upstream.conf", "nginx-locations.conf", "nginx-site.conf"):
            self.fill(template, values)
        user = f"user {pwd.getpwuid(os.geteuid()).pw_name};\n" if os.geteuid() == 0 else ""
        temporary = "".join(f"    {kind}_temp_path {self.path('nginx', kind)};\n"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(self.path("nginx.conf"), "w", encoding="utf-8") as file:
            file.write(f"{user}daemon off;\nworker_processes 1;\npid {self.path('run', 'nginx.pid')};\n"
                       f"error_log {self.path('log', 'nginx.log')} warn;\n"
                       "events {\n    worker_connections 4096;\n}\n"
                       f"http {{\n    access_log {self.path('log', 'access.log')};\n"
                       f"{temporary}    include {self.path('nginx', 'nginx-site.conf')};\n}}\n")

    def start_nginx(self):
        if self.processes.pid("nginx") is not None:
            return
        nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
        if nginx is None:
            raise Failure("nginx was not found (package nginx)")
        self.write_nginx()
        http = os.path.join(os.path.dirname(self.server_socket), "http.sock")
        if os.path.exists(http):  # nginx leaves it behind when it is killed
            os.unlink(http)
        self.processes.start("nginx", [nginx, "-p", self.folder, "-e", self.path("log", "nginx.log"),
                                       "-c", self.path("nginx.conf")],
                             self.path("log", "nginx.out"))
        self.wait("nginx", self.answers)

    def wait(self, name, condition, timeout=20):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if condition():
                return
            if self.processes.pid(name) is None:
                break
            time.sleep(0.05)
        raise Failure(f"{name} does not start:\n{self.processes.tail(name)}")

    def tls(self):
        return ssl.create_default_context(cafile=self.ca)

    def answers(self):
        try:
            with urllib.request.urlopen(self.base_url + "/.well-known/terraform.json", context=self.tls(),
                                        timeout=5):
                return True
        except OSError:
            return False

    def start(self):
        self.prepare()
        self.start_server()
        self.start_worker()
        self.start_nginx()

    def workers(self):
        """Process ids of the workers below the master."""
        master = self.processes.pid("terrace")
        return children(master) if master is not None else []

    def stop(self):
        # A runner finishes what it has begun, for which it needs the rest; a second signal interrupts that.
        for name in [name for name in self.processes.entries if name.startswith("runner")]:
            self.processes.notify(name, signal.SIGTERM)
            time.sleep(0.2)  # two at once are one
            self.processes.stop(name)
        for name in [name for name in self.processes.entries if name.startswith("worker")]:
            self.processes.stop(name)
        self.processes.stop("nginx", signal.SIGQUIT, 5)
        self.processes.stop("terrace")
        if self.cluster is not None:
            self.cluster.stop()
