"""Starts terrace.fcgi behind real web servers, with the configurations from nginx/, in a temporary
directory and on 127.0.0.1, as whatever user runs it. Other tests may use it with a program and an
environment of their own:

    with Stack("nginx", program=".../terrace.fcgi", env={"TERRACE_DATABASE": ...}) as stack:
        stack.request("GET", "/api/v2/ping")
"""
import grp
import http.client
import itertools
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
TEMPLATES = TOP / "nginx"
APACHE_MODULES = "/usr/lib/apache2/modules"
# The ports that the tests may use, one after the other.
FIRST_PORT = int(os.environ.get("WEB_PORT", "22000"))
PORT_COUNT = 100
PORTS = itertools.cycle(range(FIRST_PORT, FIRST_PORT + PORT_COUNT))

IS_ROOT = os.geteuid() == 0
WEB_USER = "www-data"


def free_port():
    for port in itertools.islice(PORTS, PORT_COUNT):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


def wait_for(condition, what, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError("timed out: " + what)


def children_of(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in path.read_text().split()]
    except OSError:
        return []


def rss_kib(pid):
    match = re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(match.group(1)) if match else 0


class Folder:
    """The temporary directory, readable for the web server's user when that is another one."""

    def __init__(self, edit=None):
        self.edit = edit
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="terrace-web-"))
        os.chmod(self.path, 0o755)
        for name in ("run", "logs", "web/assets", "acme", "tmp", "program", "site"):
            (self.path / name).mkdir(parents=True)
        (self.path / "web/assets/app.js").write_text("// static\n")
        if IS_ROOT:
            account = pwd.getpwnam(WEB_USER)
            for name in ("run", "logs", "tmp"):
                os.chown(self.path / name, account.pw_uid, account.pw_gid)

    def write(self, name, text, mode=0o644):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def fill(self, template, name, values, mode=0o644):
        """A template from nginx/ with its @placeholders@ filled in, as make install does it."""
        text = (TEMPLATES / (template + ".in")).read_text()
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        if self.edit:
            text = text.replace(*self.edit)
        left = re.search(r"@[a-z_]+@", text)
        if left:
            raise AssertionError(f"{template}: {left.group(0)} is not filled in")
        return self.write(name, text, mode)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Stack:
    """A web server and terrace.fcgi behind it. kind: nginx, nginx-tcp, spawn-fcgi, activated (nginx),
    apache-proxy, apache-fcgid, apache-cgi, apache-htaccess."""

    KINDS = ("nginx", "spawn-fcgi", "apache-proxy", "apache-fcgid", "apache-cgi")

    def __init__(self, kind, program, env=None, settings=None, tls=False, edit=None):
        """edit: a pair of texts, the first replaced by the second in every configuration."""
        self.kind = kind
        self.folder = Folder(edit)
        self.port = free_port()
        self.tls_port = free_port() if tls else None
        self.program = self.folder.path / "program" / "terrace.fcgi"
        shutil.copy(program, self.program)
        self.program.chmod(0o755)
        self.socket = self.folder.path / "run" / "terrace.sock"
        self.listen = f"unix:{self.socket}"
        if kind == "nginx-tcp":
            self.listen = f"127.0.0.1:{free_port()}"
        self.settings = dict(settings or {})
        self.env = {"PATH": os.environ["PATH"], "TMPDIR": str(self.folder.path / "tmp"),
                    "ASAN_OPTIONS": "detect_leaks=0", **(env or {})}
        self.master = None  # a Popen, or None when the web server starts the program
        self.master_pid = None
        self.web = None
        self.activation = None

    # --- the program

    def write_config(self, **settings):
        self.settings.update(settings)
        lines = [f"{key} = {value}\n" for key, value in self.settings.items()]
        if self.kind in ("nginx", "nginx-tcp", "apache-proxy"):
            group = f",group={WEB_USER}" if IS_ROOT and self.listen.startswith("unix:") else ""
            lines.append(f"listen = {self.listen}{group}\n")
        return self.folder.write("terrace.conf", "".join(lines))

    @property
    def config(self):
        return self.folder.path / "terrace.conf"

    @property
    def log(self):
        return (self.folder.path / "logs/terrace.log").read_text(errors="replace")

    def web_log(self):
        path = self.folder.path / "logs/error.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def popen(self, command, log, **options):
        with open(self.folder.path / "logs" / log, "ab") as out:
            return subprocess.Popen([str(part) for part in command], stdout=out, stderr=out,
                                    stdin=options.pop("stdin", subprocess.DEVNULL), **options)

    def start_program(self):
        env = {**self.env, "TERRACE_CONFIG": str(self.config)}
        if self.kind == "spawn-fcgi":
            self.start_spawn_fcgi(env)
            return
        if self.kind == "activated":
            # What systemd does: the socket is its own and outlives the service. LISTEN_PID must name
            # the program itself, which the shell becomes.
            if self.activation is None:
                self.activation = socket.socket(socket.AF_UNIX)
                self.activation.bind(str(self.socket))
                self.activation.listen(1024)
                self.open_socket()
            fd = self.activation.fileno()
            script = f'exec 3<&{fd}; LISTEN_FDS=1 LISTEN_PID=$$ exec "$0"'
            self.master = self.popen(["/bin/sh", "-c", script, self.program], "terrace.log",
                                     env=env, pass_fds=(fd,))
        else:
            self.master = self.popen([self.program], "terrace.log", env=env)
        self.master_pid = self.master.pid
        if self.kind == "nginx-tcp":
            host, port = self.listen.split(":")
            wait_for(lambda: self.can_connect((host, int(port))), "program listens")
        else:
            wait_for(self.socket.exists, "program listens")

    def start_spawn_fcgi(self, env):
        pid_file = self.folder.path / "run/terrace.pid"
        script = self.folder.fill("spawn-fcgi.sh", "spawn-fcgi.sh", {
            "config": self.config, "socket": self.socket, "pid_file": pid_file,
            "program": self.program, "log_file": self.folder.path / "logs/terrace.log"}, 0o755)
        subprocess.run([script], env=env, check=True, stdout=subprocess.DEVNULL,
                       stdin=subprocess.DEVNULL)
        self.open_socket()
        self.master_pid = int(pid_file.read_text())

    def open_socket(self):
        if IS_ROOT:
            os.chown(self.socket, 0, grp.getgrnam(WEB_USER).gr_gid)
        os.chmod(self.socket, 0o660)

    @staticmethod
    def can_connect(address):
        try:
            socket.create_connection(address, timeout=1).close()
            return True
        except OSError:
            return False

    def workers(self):
        return children_of(self.master_pid)

    def stop_program(self, number=signal.SIGTERM, seconds=40):
        """The exit status; None for one that is not our child."""
        if self.master_pid is None:
            return None
        try:
            os.kill(self.master_pid, number)
        except ProcessLookupError:
            pass
        pid, self.master_pid = self.master_pid, None
        if self.master is not None:
            process, self.master = self.master, None
            return process.wait(seconds)
        wait_for(lambda: not pathlib.Path(f"/proc/{pid}").exists() or
                 "Z (zombie)" in pathlib.Path(f"/proc/{pid}/status").read_text(),
                 "program stops", seconds)
        return None

    # --- the web servers

    def values(self):
        path = self.folder.path
        return {"listen": self.listen, "socket": self.socket, "web_root": path / "web",
                "conf_dir": path, "host": "localhost", "http_port": f"127.0.0.1:{self.port}",
                "https_port": f"127.0.0.1:{self.tls_port}", "acme_root": path / "acme",
                "certificate": path / "cert.pem", "certificate_key": path / "key.pem",
                "program": self.program, "program_dir": self.program.parent,
                "config": self.config, "document_root": path / "site"}

    def start_nginx(self):
        path = self.folder.path
        values = self.values()
        self.folder.fill("nginx-upstream.conf", "nginx-upstream.conf", values)
        self.folder.fill("nginx-locations.conf", "nginx-locations.conf", values)
        if self.tls_port:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                            "-subj", "/CN=localhost", "-keyout", path / "key.pem", "-out",
                            path / "cert.pem"], check=True, capture_output=True)
            site = "include nginx-site.conf;"
            self.folder.fill("nginx-site.conf", "nginx-site.conf", values)
        else:
            site = ("include nginx-upstream.conf; server { listen 127.0.0.1:%d; "
                    "server_name localhost; include nginx-locations.conf; }" % self.port)
        temp = "".join(f"{name}_temp_path {path}/tmp/{name};\n" for name in
                       ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.folder.write("nginx.conf", f"""
{f'user {WEB_USER};' if IS_ROOT else ''}
worker_processes 2;
pid {path}/run/nginx.pid;
error_log {path}/logs/error.log warn;
events {{ worker_connections 512; }}
http {{
    {temp}
    access_log off;
    keepalive_requests 1000000;
    default_type application/octet-stream;
    {site}
}}
""")
        self.web = self.popen(["nginx", "-p", path, "-c", conf, "-g", "daemon off;"], "web.log")

    def apache_modules(self, names):
        return "".join(f"LoadModule {name}_module {APACHE_MODULES}/mod_{name}.so\n"
                       for name in names)

    def start_apache(self):
        path = self.folder.path
        modules = ["mpm_event", "authz_core", "alias", "headers", "env", "mime", "dir"]
        extra = ""
        if self.kind == "apache-proxy":
            modules += ["proxy", "proxy_fcgi"]
            site = self.folder.fill("apache-proxy.conf", "site.conf", self.values())
        elif self.kind == "apache-fcgid":
            modules += ["fcgid"]
            extra = (f"FcgidIPCDir {path}/run/fcgid\n"
                     f"FcgidProcessTableFile {path}/run/fcgid_shm\n"
                     f"FcgidInitialEnv TMPDIR {path}/tmp\n"
                     # It brakes when processes come and go as fast as in these tests.
                     "FcgidSpawnScoreUpLimit 100000\n")
            site = self.folder.fill("apache-fcgid.conf", "site.conf", self.values())
        else:
            modules += ["cgid", "rewrite"]
            extra = f"ScriptSock {path}/run/cgid.sock\n"
            site = self.folder.fill("apache-cgi.conf", "site.conf", self.values())
            self.folder.fill("htaccess", "site/.htaccess", self.values())
            shutil.copy(self.program, path / "site/terrace.fcgi")
            shutil.copytree(path / "web/assets", path / "site/assets")
        user = f"User {WEB_USER}\nGroup {WEB_USER}\n" if IS_ROOT else ""
        types = f"TypesConfig {self.folder.write('mime.types', 'text/javascript js')}\n"
        conf = self.folder.write("apache.conf", f"""
ServerRoot {path}
DefaultRuntimeDir {path}/run
PidFile {path}/run/apache.pid
ServerName localhost
{self.apache_modules(modules)}
{user}{types}Listen 127.0.0.1:{self.port}
ErrorLog {path}/logs/error.log
LogLevel warn
KeepAliveTimeout 30
MaxKeepAliveRequests 0
{extra}
<Directory "/">
    Require all denied
    AllowOverride None
</Directory>
<VirtualHost 127.0.0.1:{self.port}>
    Include {site}
</VirtualHost>
""")
        env = {**os.environ, "TMPDIR": str(path / "tmp")}
        self.web = self.popen(["apache2", "-d", path, "-f", conf, "-DFOREGROUND"], "web.log",
                              env=env)

    def __enter__(self):
        try:
            self.write_config()
            if self.kind in ("nginx", "nginx-tcp", "spawn-fcgi", "activated", "apache-proxy"):
                self.start_program()
            if self.kind.startswith("apache"):
                self.start_apache()
            else:
                self.start_nginx()
            wait_for(lambda: self.web.poll() is None and
                     self.can_connect(("127.0.0.1", self.port)), "web server listens")
            return self
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self.web is not None:
            self.web.terminate()
            try:
                self.web.wait(10)
            except subprocess.TimeoutExpired:
                self.web.kill()
                self.web.wait()
        try:
            self.stop_program()
        finally:
            if self.activation is not None:
                self.activation.close()
            if not os.environ.get("WEB_KEEP"):
                self.folder.remove()

    # --- the client

    def connect(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=20):
        """(status, headers, body) of one request on a connection of its own."""
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {},
                               encode_chunked=hasattr(body, "__next__"))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()
