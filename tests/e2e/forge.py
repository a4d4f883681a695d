"""VCS providers on 127.0.0.1 for tests: one server that speaks as GitHub, GitLab, Bitbucket Cloud and
Bitbucket Server do, as far as Terrace asks. A repository is {commit: files}, its branches name commits; what
is registered and told is recorded. push() and pull_request() call the registered webhook as the provider
would."""

import base64
import gzip
import hashlib
import hmac
import http.server
import io
import json
import re
import tarfile
import threading
import urllib.error
import urllib.parse
import urllib.request

TOKEN = "forge-token"


def archive(files, folder):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "0" * 40}) as tar:
        for path, content in files.items():
            info = tarfile.TarInfo(folder + path)
            info.size = len(content)
            info.mode = 0o664
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


class Repository:
    def __init__(self, identifier):
        self.identifier = identifier
        self.default = "main"
        self.branches = {}
        self.commits = {}
        self.messages = {}
        self.hooks = []
        self.statuses = []
        self.pull_request_files = ["main.tf"]
        self.status_code = 201

    def commit(self, files, branch="main", message="a commit\n"):
        sha = hashlib.sha1(repr((self.identifier, branch, message, sorted(files.items()), len(self.commits))).encode()).hexdigest()
        self.commits[sha], self.messages[sha], self.branches[branch] = files, message, sha
        return sha


class Forge:
    """kind: github, gitlab, bitbucket or server."""

    API = {"github": "/api/v3", "gitlab": "/api/v4", "bitbucket": "/2.0", "server": ""}

    def __init__(self, kind):
        self.kind = kind
        self.repositories = {}
        self.down = False
        self.grants, self.refresh, self.expires_in = [], None, 7200
        self.asked = []
        forge = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path in ("/login/oauth/access_token", "/oauth/token", "/site/oauth2/access_token"):
                    self.reply(*forge.grant(self.headers, dict(urllib.parse.parse_qsl(body.decode()))))
                    return
                forge.asked.append((self.command, self.path))
                if forge.down:
                    self.reply(503, {})
                elif self.path.startswith("/moved/"):  # a signed URL of another host: without the token
                    self.reply(200, forge.archive_of(*self.path.split("/")[2].split("@")))
                elif self.headers.get("Authorization") != "Bearer " + TOKEN:
                    self.reply(401, {"message": "Bad credentials"})
                else:
                    self.reply(*forge.serve(self.command, self.path, json.loads(body) if body else None))

            def reply(self, status, content, **headers):
                data = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                if status == 302:
                    self.send_header("Location", content)
                    data = b""
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.api = self.url + self.API[kind]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def repository(self, identifier):
        return self.repositories.setdefault(identifier, Repository(identifier))

    # --- Signing in

    APPLICATION = ("the-key", "the-secret")

    def grant(self, headers, form):
        """A token for a code, or for the last refresh token."""
        self.grants.append(form)
        basic = "Basic " + base64.b64encode(":".join(self.APPLICATION).encode()).decode()
        known = (form.get("client_id"), form.get("client_secret")) == self.APPLICATION or headers.get("Authorization") == basic
        good = form.get("code") == "good-code" or (self.refresh and form.get("refresh_token") == self.refresh)
        if not known or not good:
            return (200 if self.kind == "github" else 400), {"error": "invalid_grant"}
        self.refresh = f"refresh-{len(self.grants)}"
        return 200, {"access_token": TOKEN, "token_type": "bearer", "refresh_token": self.refresh, "expires_in": self.expires_in}

    # --- What it answers

    ROUTES = {
        "github": [("GET", r"/api/v3/repos/([^/]+/[^/]+)", "default"), ("GET", r"/api/v3/repos/([^/]+/[^/]+)/commits/(.+)", "commit"),
                   ("GET", r"/api/v3/repos/([^/]+/[^/]+)/tarball/(.+)", "archive"), ("GET", r"/api/v3/repos/([^/]+/[^/]+)/pulls/(\d+)/files\?per_page=100", "files"),
                   ("POST", r"/api/v3/repos/([^/]+/[^/]+)/hooks", "hook"),
                   ("POST", r"/api/v3/repos/([^/]+/[^/]+)/statuses/(.+)", "status")],
        "gitlab": [("GET", r"/api/v4/projects/([^/]+)", "default"), ("GET", r"/api/v4/projects/([^/]+)/repository/commits/(.+)", "commit"),
                   ("GET", r"/api/v4/projects/([^/]+)/repository/archive.tar.gz\?sha=(.+)", "archive"),
                   ("GET", r"/api/v4/projects/([^/]+)/merge_requests/(\d+)/diffs\?per_page=100", "files"),
                   ("POST", r"/api/v4/projects/([^/]+)/hooks", "hook"), ("POST", r"/api/v4/projects/([^/]+)/statuses/(.+)", "status")],
        "bitbucket": [("GET", r"/2.0/repositories/([^/]+/[^/]+)", "default"), ("GET", r"/2.0/repositories/([^/]+/[^/]+)/refs/branches/(.+)", "head"),
                      ("GET", r"/2.0/repositories/([^/]+/[^/]+)/commit/([^/]+)", "commit"), ("GET", r"/([^/]+/[^/]+)/get/(.+).tar.gz", "archive"),
                      ("GET", r"/2.0/repositories/([^/]+/[^/]+)/pullrequests/(\d+)/diffstat\?pagelen=100", "files"),
                   ("POST", r"/2.0/repositories/([^/]+/[^/]+)/hooks", "hook"),
                      ("POST", r"/2.0/repositories/([^/]+/[^/]+)/commit/(.+)/statuses/build", "status")],
        "server": [("GET", r"/rest/api/1.0/projects/([^/]+/repos/[^/]+)/default-branch", "default"),
                   ("GET", r"/rest/api/1.0/projects/([^/]+/repos/[^/]+)/commits\?limit=1&until=(.+)", "head"),
                   ("GET", r"/rest/api/1.0/projects/([^/]+/repos/[^/]+)/commits/([^/?]+)", "commit"),
                   ("GET", r"/rest/api/1.0/projects/([^/]+/repos/[^/]+)/archive\?format=tar.gz&at=(.+)", "archive"),
                   ("GET", r"/rest/api/1.0/projects/([^/]+/repos/[^/]+)/pull-requests/(\d+)/changes\?limit=100", "files"),
                   ("POST", r"/rest/api/1.0/projects/([^/]+/repos/[^/]+)/webhooks", "hook"),
                   ("POST", r"/rest/build-status/1.0/commits/()(.+)", "status")],
    }

    def serve(self, method, path, document):
        for verb, pattern, action in self.ROUTES[self.kind]:
            match = re.fullmatch(pattern, path)
            if verb == method and match:
                name = urllib.parse.unquote(match[1]).replace("/repos/", "/")
                ref = urllib.parse.unquote(match[2]) if match.lastindex > 1 else None
                found = self.repositories.get(name) or (not name and self.holding(ref))
                if not found:
                    return 404, {"message": "Not Found"}
                return getattr(self, "do_" + action)(found, ref, document)
        return 404, {"message": "no such route: " + path}

    def holding(self, sha):
        return next((repository for repository in self.repositories.values() if sha in repository.commits), None)

    def do_default(self, repository, _, __):
        return 200, {"github": {"default_branch": repository.default}, "gitlab": {"default_branch": repository.default},
                     "bitbucket": {"mainbranch": {"name": repository.default}},
                     "server": {"id": "refs/heads/" + repository.default, "displayId": repository.default}}[self.kind]

    def commit_json(self, repository, ref):
        sha = repository.branches.get(ref) or next((sha for sha in repository.commits if len(ref) >= 7 and sha.startswith(ref)), None)
        if not sha:
            return None
        message, page = repository.messages[sha], f"{self.url}/{repository.identifier}/commit/{sha}"
        return {"github": {"sha": sha, "html_url": page, "commit": {"message": message},
                           "author": {"login": "octocat", "avatar_url": "https://example.com/octocat.png"}},
                "gitlab": {"id": sha, "message": message, "web_url": page, "author_name": "octocat"},
                "bitbucket": {"hash": sha, "message": message, "links": {"html": {"href": page}}, "author": {"user": {"nickname": "octocat"}}},
                "server": {"id": sha, "message": message, "author": {"name": "octocat"}}}[self.kind]

    def do_commit(self, repository, ref, _):
        found = self.commit_json(repository, ref)
        return (200, found) if found else (404, {"message": "Not Found"})

    def do_head(self, repository, ref, _):
        found = self.commit_json(repository, ref)
        if not found:
            return 404, {"message": "Not Found"}
        return 200, {"target": found} if self.kind == "bitbucket" else {"values": [found]}

    def archive_of(self, identifier, sha):
        repository = self.repositories[urllib.parse.unquote(identifier)]
        folder = "" if self.kind == "server" else f"{identifier.replace('%2F', '-')}-{sha[:7]}/"
        return archive(repository.commits[sha], folder)

    def do_archive(self, repository, sha, _):
        sha = next((known for known in repository.commits if known.startswith(sha)), None)
        if not sha:
            return 404, {"message": "Not Found"}
        if self.kind == "github":
            return 302, f"{self.url}/moved/{urllib.parse.quote(repository.identifier, safe='')}@{sha}"
        return 200, self.archive_of(urllib.parse.quote(repository.identifier, safe=""), sha)

    def do_files(self, repository, _, __):
        paths = repository.pull_request_files
        return 200, {"github": [{"filename": path} for path in paths], "gitlab": [{"new_path": path, "old_path": path} for path in paths],
                     "bitbucket": {"values": [{"new": {"path": path}, "old": None} for path in paths]},
                     "server": {"values": [{"path": {"toString": path}} for path in paths]}}[self.kind]

    def do_hook(self, repository, _, document):
        repository.hooks.append(document)
        return 201, {"id": len(repository.hooks)}

    def do_status(self, repository, sha, document):
        repository.statuses.append((sha, document))
        return repository.status_code, {}

    # --- What it sends

    def hook(self, repository):
        """URL and secret of the registered webhook."""
        made = repository.hooks[-1]
        if self.kind == "github":
            return made["config"]["url"], made["config"]["secret"]
        return made["url"], made.get("secret") or made.get("token") or made["configuration"]["secret"]

    def send(self, client, repository, event, document, secret=None):
        url, known = self.hook(repository)
        body = json.dumps(document).encode()
        mac = "sha256=" + hmac.new((secret or known).encode(), body, hashlib.sha256).hexdigest()
        headers = {"github": {"X-GitHub-Event": event, "X-Hub-Signature-256": mac},
                   "gitlab": {"X-Gitlab-Event": event, "X-Gitlab-Token": secret or known},
                   "bitbucket": {"X-Event-Key": event, "X-Hub-Signature": mac},
                   "server": {"X-Event-Key": event, "X-Hub-Signature": mac}}[self.kind]
        path = "/" + url.split("/", 3)[3]
        return client.request("POST", path, body, headers={"Content-Type": "application/json", **headers}, token=False)

    def push(self, client, repository, sha, branch="main", files=None, tag=None, **options):
        ref = f"refs/tags/{tag}" if tag else f"refs/heads/{branch}"
        message = repository.messages[sha]
        commit = {"id": sha, "message": message, "url": f"{self.url}/{sha}", "added": [], "removed": [], "modified": files or []}
        commits = [commit] if files is not None else []
        owner, _, name = repository.identifier.rpartition("/")
        event, document = {
            "github": lambda: ("push", {"ref": ref, "after": sha, "head_commit": commit, "commits": commits, "compare": self.url + "/compare",
                                        "repository": {"full_name": repository.identifier, "default_branch": repository.default,
                                                       "clone_url": f"{self.url}/{repository.identifier}.git"},
                                        "sender": {"login": "octocat", "html_url": self.url + "/octocat"}}),
            "gitlab": lambda: ("Tag Push Hook" if tag else "Push Hook",
                               {"ref": ref, "after": sha, "checkout_sha": sha, "commits": commits, "total_commits_count": len(commits),
                                "project": {"path_with_namespace": repository.identifier, "default_branch": repository.default,
                                            "git_http_url": f"{self.url}/{repository.identifier}.git"}, "user_username": "octocat"}),
            "bitbucket": lambda: ("repo:push", {"push": {"changes": [{"new": {
                "type": "tag" if tag else "branch", "name": tag or branch, "target": {"hash": sha, "message": message}}}]},
                "repository": {"full_name": repository.identifier}, "actor": {"nickname": "octocat"}}),
            "server": lambda: ("repo:refs_changed", {"changes": [{"ref": {"id": ref}, "toHash": sha, "type": "UPDATE"}],
                                                     "repository": {"slug": name, "project": {"key": owner}}, "actor": {"name": "octocat"}}),
        }[self.kind]()
        return self.send(client, repository, event, document, **options)

    def pull_request(self, client, repository, sha, source="topic", target="main", fork=False, action=None):
        other = "mallory/fork" if fork else repository.identifier
        owner, _, name = repository.identifier.rpartition("/")
        side = {"slug": name, "project": {"key": owner}}
        event, document = {
            "github": lambda: ("pull_request", {"action": action or "opened", "number": 7, "pull_request": {
                "head": {"sha": sha, "ref": source, "repo": {"full_name": other}}, "base": {"ref": target},
                "html_url": self.url + "/pull/7", "title": "A title", "body": "A body"},
                "repository": {"full_name": repository.identifier, "default_branch": repository.default}, "sender": {"login": "octocat"}}),
            "gitlab": lambda: ("Merge Request Hook", {"object_attributes": {
                "action": action or "open", "iid": 7, "url": self.url + "/pull/7", "title": "A title", "description": "A body",
                "source_branch": source, "target_branch": target, "source_project_id": 2 if fork else 1, "target_project_id": 1,
                "last_commit": {"id": sha, "message": repository.messages[sha]}},
                "project": {"path_with_namespace": repository.identifier, "default_branch": repository.default}, "user": {"username": "octocat"}}),
            "bitbucket": lambda: ("pullrequest:created", {"pullrequest": {
                "id": 7, "title": "A title", "description": "A body", "links": {"html": {"href": self.url + "/pull/7"}},
                "source": {"branch": {"name": source}, "commit": {"hash": sha[:12]}, "repository": {"full_name": other}},
                "destination": {"branch": {"name": target}}}, "repository": {"full_name": repository.identifier}}),
            "server": lambda: ("pr:opened", {"pullRequest": {
                "id": 7, "title": "A title", "description": "A body", "links": {"self": [{"href": self.url + "/pull/7"}]},
                "fromRef": {"displayId": source, "latestCommit": sha, "repository": {"slug": "fork", "project": {"key": "~m"}} if fork else side},
                "toRef": {"displayId": target, "repository": side}}}),
        }[self.kind]()
        return self.send(client, repository, event, document)
