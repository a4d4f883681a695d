"""terrace-runner for tests: the program itself, and a server of a few lines that speaks its protocol
(docs/runner.md) and can do what a real one only does on bad days."""

import http.server
import io
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import threading
import time

import cli
import harness

TOKEN = "runner-test.atlasv1.secret-of-the-runner"


def pack(files):
    """A configuration as clients upload it: a gzipped tar of {name: text}; None makes a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.mtime = 1700000000
            if text is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            else:
                data = text.encode()
                entry.size, entry.mode = len(data), 0o644
                tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def mirror(test):
    """The folder of tools/providers; where it can't be made, the test is skipped."""
    if not hasattr(mirror, "folder"):
        done = subprocess.run([os.path.join(harness.installation.TOP, "tools", "providers")], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        mirror.folder = done.stdout.strip() if done.returncode == 0 else None
        mirror.reason = done.stderr.strip()
    if mirror.folder is None:
        test.skipTest(mirror.reason)
    return mirror.folder


class Job:
    """A job and all that a runner has said about it."""

    count = 0

    def __init__(self, kind, configuration, document, plan=None):
        Job.count += 1
        self.id = f"job-{Job.count:016d}"
        self.kind = kind
        self.configuration = configuration
        self.document = dict(document, id=self.id, kind=kind)
        self.plan = plan
        self.log = b""
        self.files = {}
        self.finish = None
        self.renewals = 0
        self.cancel = None
        self.gone = False
        self.done = threading.Event()

    @property
    def text(self):
        return re.sub(r"\x1b\[[0-9;]*m", "", self.log.decode("utf-8", "replace"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=None):
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fake = self.server.fake
        with fake.lock:
            fake.requests.append((self.command, self.path))
            if fake.broken:
                return self.answer(fake.broken)
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self.answer(401)
            return self.answer(*fake.route(self.command, self.path, body))

    do_GET = do_POST = do_PUT = do_DELETE = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a runner that is killed closes its connections


class FakeServer:
    def __init__(self):
        self.lock = threading.RLock()
        self.queue = []
        self.jobs = {}
        self.agents = {}
        self.requests = []
        self.goodbyes = []
        self.broken = 0  # answer everything with this status
        self.server = Server(("127.0.0.1", harness.installation.free_port()), Handler)
        self.server.fake = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def add(self, job):
        with self.lock:
            self.jobs[job.id] = job
            self.queue.append(job)
        return job

    def route(self, method, path, body):
        if not path.startswith("/api/runner/v1/"):
            return 404, None
        path, _, query = path[len("/api/runner/v1/"):].partition("?")
        parts = path.split("/")
        if (method, parts) == ("POST", ["agents"]):
            identity = f"agent-{len(self.agents):016d}"
            self.agents[identity] = json.loads(body)
            return 200, {"id": identity}
        if parts[0] == "agents" and parts[1] in self.agents:
            if method == "DELETE":
                self.goodbyes.append(parts[1])
                return 204, None
            accept = json.loads(body)["accept"]
            for job in self.queue:
                if job.kind in accept:
                    self.queue.remove(job)
                    return 200, job.document
            return 204, None
        job = self.jobs.get(parts[1]) if parts[0] == "jobs" and len(parts) > 2 else None
        if job is None or job.gone:
            return (409 if job else 404), None
        return self.serve_job(job, method, parts[2:], query, body)

    @staticmethod
    def serve_job(job, method, parts, query, body):
        if job.done.is_set() and parts != ["finish"]:
            return 409, None
        if (method, parts) == ("POST", ["renew"]):
            job.renewals += 1
            return 200, {"cancel": job.cancel}
        if (method, parts) == ("POST", ["log"]):
            offset = int(query.removeprefix("offset="))
            if offset > len(job.log):
                return 409, {"offset": len(job.log)}
            job.log += body[len(job.log) - offset:]
            return 200, {"offset": len(job.log)}
        if (method, parts) == ("GET", ["configuration"]):
            return 200, job.configuration
        if (method, parts) == ("GET", ["files", "plan"]) and job.plan:
            return 200, job.plan
        if method == "PUT" and parts[0] == "files":
            job.files[parts[1]] = body
            return 204, None
        if (method, parts) == ("POST", ["finish"]):
            if not job.done.is_set():
                job.finish = json.loads(body)
                job.done.set()
            return 204, None
        return 404, None


def pstree():
    """{pid: (parent, command line)} of all processes."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                fields = stat.read().rpartition(")")[2].split()
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as line:
                if fields[0] != "Z":
                    found[int(pid)] = (int(fields[1]), line.read().replace("\0", " ").strip())
        except OSError:
            pass
    return found


def descendants(pid):
    tree = pstree()
    found, last = {pid}, 0
    while len(found) != last:
        last = len(found)
        found |= {child for child, (parent, _) in tree.items() if parent in found}
    return {child: tree[child][1] for child in found - {pid} if child in tree}


class Runner:
    """A terrace-runner that is stopped, and whose folder is removed, when its test ends."""

    def __init__(self, test, server, token=TOKEN, start=True, **options):
        if cli.find() is None:
            test.skipTest(cli.find.reason or "no terraform or tofu")
        self.program = os.path.join(harness.installation.build_dir(), "terrace-runner")
        self.folder = tempfile.mkdtemp(prefix="terrace-runner-")
        os.chmod(self.folder, 0o711)
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.work = os.path.join(self.folder, "work")
        self.log_path = os.path.join(self.folder, "log")
        settings = {"server": server, "token": token, "name": "test-runner", "work_dir": self.work,
                    "cli": cli.find(), "cli_any_version": "true", "log_level": "debug",
                    "disk_reserve": "0"}
        settings.update(options)
        config = os.path.join(self.folder, "runner.conf")
        with open(config, "w", encoding="utf-8") as file:
            os.chmod(file.fileno(), 0o600)
            file.write("[runner]\n")
            for name, value in settings.items():
                file.write(f"{name} = {value}\n")
        self.environment = {"PATH": os.environ["PATH"], "TERRACE_RUNNER_CONFIG": config}
        for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if key in os.environ:
                self.environment[key] = os.environ[key]
        self.process = None
        test.addCleanup(self.kill)
        if start:
            self.start()

    def start(self, *arguments):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.program, *arguments], env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        return self.process

    def stop(self, timeout=60):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()


def wait(condition, timeout=30, what="condition"):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true within {timeout} s")
