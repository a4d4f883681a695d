"""What is measured and what it is compared with: PostgreSQL with the data set, terrace.fcgi with its
own defaults, one nginx with the shipped configuration in front of it and of the libfcgi baseline."""

import hashlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "tools"))
import installation  # noqa: E402

TICK = os.sysconf("SC_CLK_TCK")
# Only what a machine with this much memory would be given anyway.
POSTGRES = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}
NGINX = """
{user}daemon off;
worker_processes 2;
worker_rlimit_nofile 16384;
pid {folder}/run/nginx.pid;
error_log {folder}/log/nginx.log warn;
events {{ worker_connections 8192; }}
http {{
    access_log {folder}/log/access.log;
    {temp}
    include {folder}/nginx-upstream.conf;
    include {folder}/baseline-upstream.conf;
    server {{ listen 127.0.0.1:{port} backlog=4096; server_name localhost; include {folder}/nginx-locations.conf; }}
    server {{ listen 127.0.0.1:{baseline_port} backlog=4096; server_name localhost; include {folder}/baseline-locations.conf; }}
}}
"""


def cpu_seconds(pid):
    """Of a process, of its living descendants, and of those that it has waited for."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15])) / TICK + sum(map(cpu_seconds, installation.children(pid)))


class Bench(installation.Installation):
    def __init__(self, folder, port, sizes):
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        super().__init__(folder, port)
        self.base_url = f"http://localhost:{port}"
        self.baseline_port = port + 1
        self.baseline_socket = self.server_socket.replace("terrace.sock", "baseline.sock")
        self.sizes = sizes
        for part in ("cat", "scripts"):
            os.makedirs(self.path(part), exist_ok=True)

    def write_config(self):
        """The program's own defaults but for where things are."""
        super().write_config()
        with open(self.path("terrace.conf"), encoding="utf-8") as file:
            lines = [line for line in file if not line.startswith(("workers", "log_level"))]
        if "BENCH_WORKERS" in os.environ: lines.append("workers = %s\n" % os.environ["BENCH_WORKERS"])
        with open(self.path("terrace.conf"), "w", encoding="utf-8") as file:
            file.writelines(lines)

    # --- Data

    def data_key(self):
        digest = hashlib.sha256(repr(self.sizes).encode())
        names = [os.path.join(HERE, "dataset.sql")]
        for part in ("migrations", "functions"):
            folder = os.path.join(TOP, "sql", part)
            names += sorted(os.path.join(folder, name) for name in os.listdir(folder))
        for name in names:
            with open(name, "rb") as file:
                digest.update(file.read())
        return digest.hexdigest()

    def kept_key(self):
        try:
            return self.cluster.sql("SELECT key FROM bench_meta", "terrace").strip()
        except installation.Failure:
            return ""

    def migrate(self):
        """Also loads the database, unless the one that is kept was made from the same files."""
        for name, value in POSTGRES.items():
            self.cluster.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.cluster.stop()
        self.cluster.start()
        key = self.data_key()
        if self.kept_key() == key:
            try:
                super().migrate()
                return
            except installation.Failure:
                pass  # made by a program of another version
        print("loading the database ...", file=sys.stderr, flush=True)
        self.cluster.sql("DROP DATABASE IF EXISTS terrace WITH (FORCE)")
        self.start_database()
        super().migrate()
        with open(os.path.join(HERE, "dataset.sql"), encoding="utf-8") as file:
            text = file.read()
        names = "|".join(sorted(self.sizes, key=len, reverse=True))
        text = re.sub(rf"(?<!:):({names})\b", lambda found: str(self.sizes[found[1]]), text)
        self.cluster.sql(text, "terrace")
        self.cluster.sql(f"CREATE TABLE bench_meta AS SELECT '{key}'::text AS key, now() AS loaded_at;"
                         "ALTER TABLE bench_meta OWNER TO terrace_owner", "terrace")

    def rows(self, query):
        return [line.split("|") for line in self.cluster.sql(query, "terrace").splitlines()]

    def reset_states(self, workspaces, user, versions):
        """Takes away what an earlier run has written, and locks the workspaces for their writer."""
        ids = ", ".join(f"'{id}'" for id in workspaces)
        self.cluster.sql(f"""
            DROP TABLE IF EXISTS bench_state_copies;
            CREATE TABLE bench_state_copies (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data bytea NOT NULL);
            ALTER TABLE bench_state_copies ALTER data SET STORAGE EXTERNAL;
            ALTER TABLE bench_state_copies OWNER TO terrace_owner;
            GRANT ALL ON bench_state_copies TO terrace;
            UPDATE workspaces w SET locked_by = '{user}', locked_reason = 'bench', state_count = {versions},
                current_state_version_id = v.id,
                output_ids = ARRAY(SELECT o.id FROM state_version_outputs o WHERE o.state_version_id = v.id ORDER BY o.position)
            FROM state_versions v
            WHERE w.id IN ({ids}) AND v.workspace_id = w.id AND v.position = {versions};
            DELETE FROM state_versions WHERE created_at > (SELECT loaded_at FROM bench_meta);
            DELETE FROM blobs WHERE created_at > (SELECT loaded_at FROM bench_meta);
            DELETE FROM blob_garbage;
            DELETE FROM workspace_resources WHERE created_at > (SELECT loaded_at FROM bench_meta);""", "terrace")
        for table in ("state_versions", "blobs", "blob_chunks", "workspaces", "workspace_resources", "tokens"):
            self.cluster.sql(f"VACUUM {table}", "terrace")

    # --- Processes

    def template(self, name, **changes):
        with open(os.path.join(TOP, "nginx", name + ".in"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace("@listen@", "unix:" + self.server_socket).replace(
            "@web_root@", os.path.join(TOP, "web"))
        for old, new in changes.values():
            assert old in text, f"{name} does not have {old!r}"
            text = text.replace(old, new)
        return text

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def write_nginx(self):
        upstream = ("upstream terrace", "upstream baseline")
        address = (self.server_socket, self.baseline_socket)
        self.write("nginx-upstream.conf", self.template("nginx-upstream.conf"))
        self.write("nginx-locations.conf", self.template("nginx-locations.conf"))
        self.write("baseline-upstream.conf", self.template("nginx-upstream.conf", a=upstream, b=address))
        self.write("baseline-locations.conf", self.template(
            "nginx-locations.conf", a=("fastcgi_pass terrace", "fastcgi_pass baseline")))
        temp = " ".join(f"{kind}_temp_path {self.path('nginx', kind)};"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        self.write("nginx.conf", NGINX.format(
            user="user root;\n" if os.geteuid() == 0 else "", folder=self.folder, temp=temp,
            port=self.port, baseline_port=self.baseline_port))

    def answers(self):
        return not installation.port_is_free(self.port)

    def start_baseline(self, answer):
        """answer: head and body that it gives to every GET."""
        with open(self.path("answer"), "wb") as file:
            file.write(answer)
        self.processes.start("baseline", [self.tool("baseline"), self.baseline_socket, "2",
                                          self.path("answer"), self.path("cat")],
                             self.path("log", "baseline.log"))
        self.wait("baseline", lambda: os.path.exists(self.baseline_socket))

    def start_server(self):
        """With the limit on open files that a service has."""
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, limits[1]))
        try:
            super().start_server()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    def stop(self):
        self.processes.stop("baseline", signal.SIGTERM, 5)
        super().stop()

    def tool(self, name):
        return self.program(os.path.join("tests", "bench", name))

    def pgbench(self):
        found = os.path.join(self.cluster.bindir(), "pgbench")
        return found if os.path.exists(found) else shutil.which("pgbench")

    def statement(self, name):
        return installation.run([self.tool("statement"), name]).strip()

    # --- Looking

    def cpu(self):
        found = {name: cpu_seconds(self.processes.pid(process) or 0) for name, process in
                 (("nginx", "nginx"), ("worker", "terrace"), ("postgres", "postgres"), ("baseline", "baseline"))}
        found["worker"] += found.pop("baseline")
        return found

    def server_pids(self):
        return [self.processes.pid("terrace")] + self.workers()

    def memory(self, field):
        """Bytes of master and workers, one number each; field of /proc/PID/smaps_rollup or status."""
        found = []
        for pid in self.server_pids():
            for name in ("smaps_rollup", "status"):
                try:
                    with open(f"/proc/{pid}/{name}", encoding="ascii", errors="replace") as file:
                        match = re.search(rf"^{field}:\s+(\d+) kB", file.read(), re.MULTILINE)
                except OSError:
                    match = None
                if match:
                    found.append(int(match[1]) << 10)
                    break
        return found

    def forget_peaks(self):
        for pid in self.server_pids():
            try:
                with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
                    file.write("5")
            except OSError:
                pass

    def cgi(self, method, target, token, body=b"", content_type="application/vnd.api+json"):
        """One request as plain CGI; returns head and body."""
        env = dict(self.environment(), GATEWAY_INTERFACE="CGI/1.1", REQUEST_METHOD=method, REQUEST_URI=target,
                   HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_HOST=f"localhost:{self.port}",
                   REMOTE_ADDR="127.0.0.1", CONTENT_LENGTH=str(len(body)), CONTENT_TYPE=content_type,
                   TERRACE_COST_LOG="true")
        done = subprocess.run([self.program("terrace.fcgi")], env=env, input=body, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        return head.decode(), rest
