"""Starts whole private installations for tests and makes sure that nothing outlives the test program.
tools/installation.py does the work; this adds what only tests want."""

import atexit
import json
import os
import shutil
import signal
import ssl
import sys
import tempfile
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import installation  # noqa: E402

# Cheap hashing: what Argon2id costs is the unit tests' business.
TEST_OPTIONS = {"argon2_memory": 8192}


def new_folder():
    """Below TMPDIR, which every user can traverse; PostgreSQL runs as another user under root."""
    folder = tempfile.mkdtemp(prefix="terrace-test-")
    os.chmod(folder, 0o711)
    return folder


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that atexit stops the servers


def start(durable=False, options=None, nginx=True, worker=False):
    """A running installation that is stopped and removed when the program ends (kept for a look with
    TERRACE_KEEP=1)."""
    terrace = installation.Installation(new_folder(), installation.free_port(), durable=durable,
                                        options=dict(TEST_OPTIONS, **(options or {})))
    atexit.register(remove, terrace)
    terrace.prepare()
    terrace.start_server()
    if worker:
        terrace.start_worker()
    if nginx:
        terrace.start_nginx()
    return terrace


def remove(terrace):
    terrace.stop()
    if "TERRACE_KEEP" in os.environ:
        print(f"# kept {terrace.folder}")
        return
    for folder in {terrace.folder, os.path.dirname(terrace.server_socket),
                   *([terrace.cluster.socket_dir] if terrace.cluster else [])}:
        shutil.rmtree(folder, ignore_errors=True)


def add_user(terrace, name, admin=False, password="correct horse battery"):
    """A user with a token; returns the token."""
    flags = ["--admin"] if admin else []
    terrace.ctl("user", "add", name, f"{name}@example.com", *flags, "--password-stdin",
                input=password + "\n")
    return add_token(terrace, name)


def add_token(terrace, user):
    return terrace.ctl("token", "create", "--user", user, "--description", "test").split()[-1]


def add_organization(terrace, name, owner):
    terrace.ctl("organization", "add", name, f"{name}@example.com", "--owner", owner)


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Client:
    """HTTP as a script would speak it: a token, JSON:API documents, no redirects followed."""

    def __init__(self, terrace, token=None):
        self.base = terrace.base_url
        self.token = token
        context = ssl.create_default_context(cafile=terrace.ca)
        self.opener = urllib.request.build_opener(NoRedirect, urllib.request.HTTPSHandler(context=context))

    def request(self, method, path, body=None, headers=None, token=True, timeout=60):
        url = path if path.startswith("http") else self.base + path
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/vnd.api+json")
        if token and self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        request = urllib.request.Request(url, data=body, method=method, headers=headers)
        try:
            with self.opener.open(request, timeout=timeout) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as reply:
            return Reply(reply.code, reply.headers, reply.read())

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.request("POST", path, body, **options)

    def patch(self, path, body, **options):
        return self.request("PATCH", path, body, **options)

    def delete(self, path, body=None, **options):
        return self.request("DELETE", path, body, **options)

    def expect(self, status, method, path, body=None, **options):
        reply = self.request(method, path, body, **options)
        if reply.status != status:
            raise AssertionError(f"{method} {path}: {reply.status} instead of {status}: {reply.body[:800]!r}")
        return reply


class Shared:
    """One installation for all tests of a program that neither kill nor fill it."""

    instance = None
    USER = "alice"
    PASSWORD = "correct horse battery"
    ORGANIZATION = "e2e"

    @classmethod
    def get(cls):
        if cls.instance is None:
            terrace = start()
            terrace.token = add_user(terrace, cls.USER, password=cls.PASSWORD)
            add_organization(terrace, cls.ORGANIZATION, cls.USER)
            cls.instance = terrace
        return cls.instance
