#!/usr/bin/env python3
"""terracectl from the outside: output, exit status, and what it leaves in the database."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.environ.get("TERRACE_BUILD", os.getcwd())
sys.path.insert(0, os.path.join(TOP, "tests"))
import pg  # noqa: E402

cluster = None
folder = None


def setUpModule():
    global cluster, folder
    folder = tempfile.mkdtemp(prefix="terrace-ctl-")
    shared = os.environ.get("TERRACE_TEST_PG")
    cluster = pg.Cluster(shared) if shared else pg.Cluster().start()


def tearDownModule():
    shutil.rmtree(folder)
    if cluster.process is not None:
        cluster.stop()


class Case(unittest.TestCase):
    """Each test has a database and a key file of its own."""
    migrated = True

    def setUp(self):
        self.name = re.sub(r"\W", "_", self.id())[-50:].lower() + f"_{os.getpid()}"
        self.keys = os.path.join(folder, self.name + ".keys")
        if self.migrated:
            cluster.create(self.name, cluster.migrated(os.path.join(BUILD, "terracectl")))
        else:
            cluster.create(self.name)
        self.addCleanup(cluster.drop, self.name)
        self.env = {"PATH": os.environ["PATH"], "TERRACE_CONFIG": "",
                    "TERRACE_DATABASE": cluster.dsn(self.name, pg.RUN), "TERRACE_KEY_FILE": self.keys,
                    "TERRACE_BASE_URL": "https://terrace.example.org", "TERRACE_ARGON2_MEMORY": "64"}

    def program(self, name, *arguments, status=0, stdin=b"", env=None):
        done = subprocess.run([os.path.join(BUILD, name), *arguments], input=stdin,
                              env=dict(self.env, **(env or {})),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(done.returncode, status, f"{arguments}\n{out}{err}")
        return out if status == 0 else out + err

    def ctl(self, *arguments, **options):
        return self.program("terracectl", *arguments, **options)

    def sealer(self, *arguments, **options):
        return self.program("tests/unit/ctl/sealer", *arguments, **options)

    def sql(self, text):
        return cluster.sql(text, self.name)

    def owner(self):
        return {"TERRACE_DATABASE": cluster.dsn(self.name, pg.OWNER)}


class Usage(Case):
    def test_no_command(self):
        self.assertIn("no command", self.ctl(status=2))

    def test_unknown_command(self):
        self.assertIn("unknown command frobnicate", self.ctl("frobnicate", status=2))
        self.assertIn("unknown command user", self.ctl("user", "frobnicate", status=2))
        self.assertIn("unknown command use", self.ctl("use", "add", status=2))

    def test_mistakes_show_the_usage(self):
        for arguments, message in (
                (("user", "add", "alice"), "missing EMAIL"),
                (("user", "add", "alice", "a@b.c", "more"), "unexpected argument more"),
                (("user", "add", "alice", "a@b.c", "--nope"), "unknown option --nope"),
                (("token", "create", "--user"), "a value is missing after --user"),
                (("token", "create"), "missing --user")):
            out = self.ctl(*arguments, status=2)
            self.assertIn(message, out)
            self.assertIn("usage: terracectl " + " ".join(arguments[:2]), out)

    def test_help_names_every_command(self):
        out = self.ctl("help")
        self.assertEqual(out, self.ctl("--help"))
        for name in ("migrate", "key rotate", "user add", "doctor", "verify"):
            self.assertIn("terracectl " + name, out)
            self.assertIn("terracectl " + name, self.ctl(*name.split(), "--help"))

    def test_the_manual_has_every_command_and_option(self):
        with open(os.path.join(TOP, "docs", "man", "terracectl.8"), encoding="utf-8") as file:
            manual = file.read().replace("\\-", "-")
        for line in self.ctl("help").splitlines():
            if line.startswith("terracectl "):
                name = re.match(r"terracectl ([a-z]+(?: [a-z]+)?)", line).group(1)
                self.assertIn(name, manual)
                for option in re.findall(r"--[a-z-]+", line):
                    self.assertIn(option, manual, line)

    def test_version(self):
        self.assertRegex(self.ctl("--version"), r"^terracectl \d+\.\d+\.\d+\n$")

    def test_a_broken_configuration_is_named(self):
        out = self.ctl("config", status=1, env={"TERRACE_WORKERS": "many"})
        self.assertIn("TERRACE_WORKERS", out)
        self.ctl("version", env={"TERRACE_WORKERS": "many"})

    def test_config_shows_values_but_no_secret(self):
        out = self.ctl("config")
        self.assertIn("https://terrace.example.org", out)
        self.assertNotIn(self.name, out.replace(self.keys, ""))


class Migrate(Case):
    migrated = False

    def test_brings_an_empty_database_up_once(self):
        out = self.ctl("migrate", "--role", pg.RUN, env=self.owner())
        self.assertIn("applied 0001_core", out)
        self.assertNotIn("applied", self.ctl("migrate", env=self.owner()))

    def test_database_option(self):
        self.ctl("migrate", "--database", cluster.dsn(self.name, pg.OWNER))
        self.assertEqual(self.sql("SELECT count(*) > 0 FROM schema_migrations"), "t")

    def test_the_run_time_role_can_not(self):
        said = self.ctl("migrate", status=1)
        self.assertIn("permission denied", said)
        self.assertIn("--database", said)

    def test_other_commands_ask_for_it(self):
        out = self.ctl("user", "add", "alice", "a@b.c", status=1)
        self.assertIn("run `terracectl migrate`", out)

    def test_a_newer_schema_is_left_alone(self):
        self.ctl("migrate", "--role", pg.RUN, env=self.owner())
        self.sql("INSERT INTO schema_migrations VALUES (9999, 'future', 'x')")
        self.assertIn("newer than this program", self.ctl("migrate", status=1, env=self.owner()))
        self.assertIn("not one that this program knows",
                      self.ctl("user", "add", "alice", "a@b.c", status=1))


class Key(Case):
    def test_init_makes_a_private_file_and_never_replaces_it(self):
        self.ctl("key", "init")
        self.assertEqual(stat.S_IMODE(os.stat(self.keys).st_mode), 0o600)
        with open(self.keys, encoding="ascii") as file:
            before = file.read()
        self.assertIn("never replaced", self.ctl("key", "init", status=1))
        with open(self.keys, encoding="ascii") as file:
            self.assertEqual(file.read(), before)


class Accounts(Case):
    def test_user_with_a_given_password(self):
        self.assertNotIn("password", self.ctl("user", "add", "alice", "a@b.c", "--password-stdin",
                                              stdin=b"correct horse\n"))
        stored = self.sql("SELECT password_hash FROM users WHERE username = 'alice'")
        self.assertTrue(stored.startswith("$argon2id$"))
        self.sealer("password", stored, "correct horse")
        self.sealer("password", stored, "wrong horse", status=1)
        self.assertEqual(self.sql("SELECT is_site_admin FROM users"), "f")

    def test_user_with_a_made_up_password(self):
        out = self.ctl("user", "add", "alice", "a@b.c", "--admin")
        password = re.search(r"^password: (\w{20,})$", out, re.MULTILINE).group(1)
        self.sealer("password", self.sql("SELECT password_hash FROM users"), password)
        self.assertEqual(self.sql("SELECT is_site_admin FROM users"), "t")

    def test_user_mistakes(self):
        self.ctl("user", "add", "alice", "a@b.c")
        for name, email, stdin, message in (
                ("Alice", "x@b.c", b"long enough\n", "a user with this name already"),
                ("bob", "A@b.c", b"long enough\n", "a user with this email address already"),
                ("bob", "bob", b"long enough\n", "is no email address"),
                ("b/ob", "b@b.c", b"long enough\n", "letters, digits"),
                ("bob", "b@b.c", b"short\n", "at least 8"),
                ("bob", "b@b.c", b"", "no password")):
            out = self.ctl("user", "add", name, email, "--password-stdin", stdin=stdin, status=1)
            self.assertIn(message, out)
        self.assertEqual(self.sql("SELECT count(*) FROM users"), "1")

    def test_a_new_password_ends_the_sessions(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.sql("INSERT INTO sessions (secret_hash, user_id, expires_at) SELECT 'x', id, now() FROM users")
        self.ctl("user", "password", "alice", "--password-stdin", stdin=b"another one\n")
        self.sealer("password", self.sql("SELECT password_hash FROM users"), "another one")
        self.assertEqual(self.sql("SELECT count(*) FROM sessions"), "0")
        self.assertIn("no user bob", self.ctl("user", "password", "bob", status=1))

    def test_list_shows_everybody(self):
        self.ctl("user", "add", "bob", "b@b.c")
        self.ctl("user", "add", "alice", "a@b.c", "--admin")
        self.ctl("organization", "add", "acme", "ops@acme.example", "--owner", "alice")
        self.sql("INSERT INTO users (id, email, is_invited) VALUES ('user-x', 'x@b.c', true)")
        lines = [line.split("\t") for line in self.ctl("user", "list").splitlines()]
        self.assertEqual([line[0] for line in lines], ["alice", "bob", "-"])
        self.assertEqual(lines[0][3:], ["site-administrator", "acme"])
        self.assertEqual(lines[1][3:], ["", ""])
        self.assertEqual(lines[2][1:], ["x@b.c", "user-x", "invited", ""])

    def test_disable_signs_out_until_enable(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.sql("INSERT INTO sessions (secret_hash, user_id, expires_at) SELECT 'x', id, now() FROM users")
        self.ctl("user", "disable", "Alice")
        self.assertEqual(self.sql("SELECT is_disabled FROM users"), "t")
        self.assertEqual(self.sql("SELECT count(*) FROM sessions"), "0")
        self.assertIn("disabled", self.ctl("user", "list"))
        self.ctl("user", "enable", "alice")
        self.assertEqual(self.sql("SELECT is_disabled FROM users"), "f")
        self.assertIn("no user bob", self.ctl("user", "disable", "bob", status=1))

    def test_a_new_address_waits_for_confirm(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.assertIn("no new address", self.ctl("user", "confirm", "alice", status=1))
        self.assertIn("no user bob", self.ctl("user", "confirm", "bob", status=1))
        self.sql("UPDATE users SET unconfirmed_email = 'new@b.c'")
        self.assertIn("\ta@b.c\t", self.ctl("user", "list"))
        self.assertIn("\tunconfirmed=new@b.c\t", self.ctl("user", "list"))
        self.assertIn("new@b.c", self.ctl("user", "confirm", "Alice"))
        self.assertEqual(self.sql("SELECT email, unconfirmed_email FROM users"), "new@b.c|")
        self.assertNotIn("unconfirmed", self.ctl("user", "list"))

    def test_a_new_address_that_is_taken_is_refused(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.ctl("user", "add", "bob", "b@b.c")
        self.sql("UPDATE users SET unconfirmed_email = 'B@b.c' WHERE username = 'alice'")
        self.assertIn("somebody else", self.ctl("user", "confirm", "alice", status=1))
        self.assertEqual(self.sql("SELECT email FROM users WHERE username = 'alice'"), "a@b.c")

    def test_a_site_administrator_is_made_and_unmade(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.ctl("user", "admin", "alice")
        self.assertEqual(self.sql("SELECT is_site_admin FROM users"), "t")
        self.ctl("user", "admin", "alice", "--revoke")
        self.assertEqual(self.sql("SELECT is_site_admin FROM users"), "f")
        self.assertIn("no user bob", self.ctl("user", "admin", "bob", status=1))

    def test_explain_says_what_and_why(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.ctl("user", "add", "bob", "b@b.c")
        self.ctl("organization", "add", "acme", "ops@acme.example", "--owner", "alice")
        out = self.ctl("explain", "Alice", "organization", "acme")
        self.assertRegex(out, r"(?m)^  org-update +team owners$")
        self.assertRegex(out, r"(?m)^  org-read +member; team owners$")
        self.assertRegex(self.ctl("explain", "alice", "project", "acme/Default Project"),
                         r"(?m)^  project-delete +team owners$")
        self.assertIn("as if it did not exist", self.ctl("explain", "bob", "organization", "acme"))
        for who, kind, thing, message in (("carol", "organization", "acme", "no user, team or organization carol"),
                                          ("bob", "organization", "acne", "no organization acne"),
                                          ("bob", "planet", "acme", "the kinds are")):
            self.assertIn(message, self.ctl("explain", who, kind, thing, status=1))

    def test_organization(self):
        self.ctl("user", "add", "alice", "a@b.c")
        self.ctl("organization", "add", "acme", "ops@acme.example", "--owner", "Alice")
        self.assertEqual(self.sql(
            "SELECT o.name, o.email, p.name, p.is_default, t.name, t.is_owners, m.status, u.username"
            " FROM organizations o JOIN projects p ON p.id = o.default_project_id"
            " JOIN teams t ON t.organization_id = o.id JOIN team_members tm ON tm.team_id = t.id"
            " JOIN organization_memberships m ON m.id = tm.membership_id"
            " JOIN users u ON u.id = m.user_id AND u.id = tm.user_id"),
            "acme|ops@acme.example|Default Project|t|owners|t|active|alice")
        self.assertIn("with this name already", self.ctl(
            "organization", "add", "acme", "ops@acme.example", "--owner", "alice", status=1))
        self.assertIn("no user bob", self.ctl(
            "organization", "add", "acme2", "ops@acme.example", "--owner", "bob", status=1))
        self.assertEqual(self.sql("SELECT count(*) FROM organizations"), "1")

    def test_token(self):
        self.ctl("user", "add", "alice", "a@b.c")
        token = self.ctl("token", "create", "--user", "alice", "--description", "ci",
                         "--expires", "2099-01-31").split()[-1]
        self.assertRegex(token, r"^\w{14}\.atlasv1\.\w{67}$")
        self.assertEqual(self.sql(
            "SELECT kind, description, secret_hash, (expired_at AT TIME ZONE 'UTC')::text,"
            " user_id = created_by FROM tokens"),
            f"user|ci|{hashlib.sha256(token.encode()).hexdigest()}|2099-01-31 00:00:00|t")
        self.assertNotIn(token, cluster.sql("SELECT tokens FROM tokens", self.name))

    def test_token_mistakes(self):
        self.ctl("user", "add", "alice", "a@b.c")
        for time, message in (("2001-01-01", "in the past"), ("2099-02-30", "2099-02-30 is no time"),
                              ("soon", "no time")):
            self.assertIn(message, self.ctl("token", "create", "--user", "alice", "--expires", time,
                                            status=1))
        self.assertIn("no user bob", self.ctl("token", "create", "--user", "bob", status=1))
        self.assertEqual(self.sql("SELECT count(*) FROM tokens"), "0")

    def test_an_unreachable_database(self):
        out = self.ctl("user", "add", "alice", "a@b.c", status=1,
                       env={"TERRACE_DATABASE": "host=/nonexistent"})
        self.assertIn("can't be reached", out)


class Doctor(Case):
    def setUp(self):
        super().setUp()
        self.ctl("key", "init")
        # The test cluster runs without fsync, and doctor is right to complain.
        self.not_durable = "FAILED  durability"

    def check(self, **options):
        lines = self.ctl("doctor", status=1, **options).splitlines()
        self.assertEqual(sum(self.not_durable in line for line in lines), 1)
        return [line for line in lines
                if line.startswith(("FAILED", "warning")) and self.not_durable not in line]

    def test_a_good_installation(self):
        self.assertEqual(self.check(), [])

    def test_what_is_good_is_said_too(self):
        out = self.ctl("doctor", status=1)
        self.assertIn("ok      schema", out)
        self.assertIn(f"ok      role: {pg.RUN}", out)
        self.assertRegex(out, r"ok      clock: [+-]0\.\d+ seconds")

    def test_key_file(self):
        os.chmod(self.keys, 0o644)
        self.assertIn("FAILED  key file: others", self.check()[0])
        os.unlink(self.keys)
        self.assertIn("FAILED  key file", self.check()[0])
        self.assertIn("terracectl key init", self.ctl("doctor", status=1))
        with open(self.keys, "w", encoding="ascii") as file:
            os.chmod(self.keys, 0o600)
            file.write("not a key\n")
        self.assertIn("FAILED  key file", self.check()[0])

    def test_an_unreachable_database(self):
        out = self.ctl("doctor", status=1, env={"TERRACE_DATABASE": "host=/nonexistent"})
        self.assertIn("FAILED  database", out)

    def test_a_broken_configuration(self):
        out = self.ctl("doctor", status=1, env={"TERRACE_WORKERS": "many"})
        self.assertIn("FAILED  configuration", out)

    def test_schema(self):
        self.sql("DELETE FROM schema_migrations WHERE number = 2")
        self.assertIn("FAILED  schema: it is older", self.check()[0])
        self.sql("INSERT INTO schema_migrations VALUES (9999, 'future', 'x')")
        self.assertIn("FAILED  schema: it is newer", self.check()[0])

    def test_role(self):
        self.sql(f"REVOKE UPDATE ON users FROM {pg.RUN}")
        self.assertIn("FAILED  role: users", self.check()[0])
        self.assertEqual(len(self.check(env=self.owner())), 1)
        self.assertIn("warning role", self.check(env=self.owner())[0])

    def test_address(self):
        self.assertIn("warning base_url", self.check(env={"TERRACE_BASE_URL": ""})[0])
        self.assertIn("warning base_url", self.check(env={"TERRACE_BASE_URL": "http://a.example"})[0])


class States(Case):
    """A workspace with three state versions, the last a rollback to the first, and a secret."""

    def setUp(self):
        super().setUp()
        self.ctl("key", "init")
        self.sql("INSERT INTO organizations (id, name, email) VALUES ('org-a', 'a', 'a@b.c');"
                 "INSERT INTO projects (id, organization_id, name) VALUES ('prj-a', 'org-a', 'p');"
                 "INSERT INTO workspaces (id, organization_id, project_id, name, terraform_version)"
                 " VALUES ('ws-a', 'org-a', 'prj-a', 'w', '1.0.0')")
        first = self.blob(b'{"serial": 1}')
        second = self.blob(b'{"serial": 2, "x": "' + os.urandom(400000).hex().encode() + b'"}')
        before = None
        for position, blob in enumerate((first, second, first), 1):
            before = self.state(position, blob, before)
        self.sql("INSERT INTO vars (id, organization_id, workspace_id, key, sealed_value, category,"
                 f" sensitive, version_id) VALUES ('var-a', 'org-a', 'ws-a', 'k', '{self.seal()}',"
                 " 'env', true, 'v')")

    def blob(self, content):
        return self.sealer("blob", "org-a", stdin=content).split()

    def seal(self):
        return self.sealer("seal", "var-a", "hunter2").strip()

    def state(self, position, blob, before):
        blob_id, size, sha256, md5 = blob
        previous = f"'{before}'" if before else "NULL"
        self.sql("INSERT INTO state_versions (id, organization_id, workspace_id, position, serial, md5,"
                 " sha256, size, status, blob_id, previous_sha256) VALUES"
                 f" ('sv-{position}', 'org-a', 'ws-a', {position}, {position}, '{md5}', '{sha256}',"
                 f" {size}, 'finalized', '{blob_id}', {previous})")
        return sha256

    def value(self):
        return self.sealer("open", "var-a", self.sql("SELECT sealed_value FROM vars")).strip()

    def keys_in_use(self):
        return self.sql("SELECT string_agg(DISTINCT key_id, ' ') FROM blobs")

    def current_key(self):
        with open(self.keys, encoding="ascii") as file:
            return file.read().split("\n")[-2].split()[0]

    def test_good_states(self):
        self.assertEqual(self.ctl("verify"),
                         "3 state versions, 0 configuration versions, 0 files of the registry, 3 blobs read, 0 problems\n")

    def test_configurations_are_read_too(self):
        blob_id = self.blob(os.urandom(600000).hex().encode())[0]
        self.sql("INSERT INTO configuration_versions (id, organization_id, workspace_id, created_by, status, blob_id)"
                 f" VALUES ('cv-a', 'org-a', 'ws-a', 'user-a', 'uploaded', '{blob_id}'),"
                 " ('cv-b', 'org-a', 'ws-a', 'user-a', 'pending', NULL)")
        self.assertEqual(self.ctl("verify"),
                         "3 state versions, 1 configuration versions, 0 files of the registry, 4 blobs read, 0 problems\n")
        self.sql(f"UPDATE blob_chunks SET data = data || '\\x00' WHERE blob_id = '{blob_id}' AND seq = 1")
        self.assertRegex(self.ctl("verify", status=1), r"cv-a \(ws-a\): .*does not open")

    def test_each_kind_of_damage_is_found(self):
        for sql, message in (
                ("UPDATE state_versions SET sha256 = 'x' WHERE position = 3", "sv-3.*not have its sha256"),
                ("UPDATE state_versions SET md5 = 'x' WHERE position = 2", "sv-2.*not have its md5"),
                ("UPDATE state_versions SET size = 1 WHERE position = 2", "sv-2.*not have its size"),
                ("UPDATE state_versions SET previous_sha256 = 'x' WHERE position = 2",
                 "sv-2.*does not follow"),
                ("UPDATE state_versions SET previous_sha256 = 'x' WHERE position = 1",
                 "sv-1.*does not follow"),
                ("DELETE FROM state_versions WHERE position = 2", "sv-3.*does not follow"),
                ("UPDATE state_versions SET blob_id = NULL WHERE position = 1", "sv-1.*no bytes"),
                ("UPDATE blob_chunks SET data = data || '\\x00'", "sv-1.*does not open"),
                ("UPDATE blobs SET sha256 = 'x'", "sv-1.*hash of the blob"),
                ("DELETE FROM blob_chunks WHERE seq = 1", "sv-2.*missing"),
                ("SET session_replication_role = replica; DELETE FROM blobs", "sv-1.*bytes are gone")):
            with self.subTest(sql):
                self.sql(f"BEGIN; CREATE TABLE save_v AS TABLE state_versions;"
                         f"CREATE TABLE save_b AS TABLE blobs; CREATE TABLE save_c AS TABLE blob_chunks;"
                         f"COMMIT; {sql}")
                self.assertRegex(self.ctl("verify", status=1), message)
                self.sql("SET session_replication_role = replica; DELETE FROM state_versions;"
                         "DELETE FROM blobs; DELETE FROM blob_chunks;"
                         "INSERT INTO blobs TABLE save_b; INSERT INTO blob_chunks TABLE save_c;"
                         "INSERT INTO state_versions TABLE save_v;"
                         "DROP TABLE save_v, save_b, save_c")
        self.ctl("verify")

    def test_a_lost_key_is_found(self):
        os.unlink(self.keys)
        self.ctl("key", "init")
        self.assertIn("3 problems", self.ctl("verify", status=1))

    def test_rotation_seals_everything_under_the_new_key(self):
        old = self.current_key()
        out = self.ctl("key", "rotate")
        new = self.current_key()
        self.assertNotEqual(old, new)
        self.assertIn("blobs: 3 resealed", out)
        self.assertIn("variables: 1 resealed", out)
        self.assertEqual(self.keys_in_use(), new)
        self.assertIn("0 problems", self.ctl("verify"))
        self.assertEqual(self.value(), "hunter2")
        # The old key is needed no more.
        with open(self.keys, "r+", encoding="ascii") as file:
            lines = [line for line in file.readlines() if not line.startswith(old)]
            file.seek(0)
            file.truncate()
            file.writelines(lines)
        self.assertIn("0 problems", self.ctl("verify"))
        self.assertEqual(self.value(), "hunter2")

    def test_rotation_in_two_steps(self):
        old = self.current_key()
        self.assertIn("reload every server", self.ctl("key", "rotate", "--no-reseal"))
        self.assertEqual(self.keys_in_use(), old)
        self.assertIn("blobs: 3 resealed", self.ctl("key", "reseal"))
        self.assertIn("blobs: 0 resealed", self.ctl("key", "reseal"))
        self.assertEqual(self.keys_in_use(), self.current_key())

    def test_reseal_goes_on_where_it_stopped(self):
        self.ctl("key", "rotate", "--no-reseal")
        kept = self.sql("SELECT encode(data, 'hex') FROM blob_chunks ORDER BY blob_id, seq LIMIT 1")
        self.ctl("key", "reseal")
        self.sql(f"UPDATE blob_chunks SET data = decode('{kept}', 'hex') WHERE (blob_id, seq) ="
                 " (SELECT blob_id, seq FROM blob_chunks ORDER BY blob_id, seq LIMIT 1);"
                 "UPDATE blobs SET key_id = 'old' WHERE id = (SELECT min(id) FROM blobs)")
        self.assertIn("blobs: 1 resealed", self.ctl("key", "reseal"))
        self.assertEqual(self.keys_in_use(), self.current_key())
        self.assertIn("0 problems", self.ctl("verify"))

    def test_a_value_that_does_not_open_is_reported_and_kept(self):
        self.sql("UPDATE vars SET sealed_value = encode(decode(sealed_value, 'base64') || '\\x00', 'base64')")
        before = self.sql("SELECT sealed_value FROM vars")
        out = self.ctl("key", "rotate", status=1)
        self.assertIn("variables: var-a does not open", out)
        self.assertIn("blobs: 3 resealed", out)
        self.assertEqual(self.sql("SELECT sealed_value FROM vars"), before)


class AuditTrail(Case):
    def setUp(self):
        super().setUp()
        self.sql("INSERT INTO audit_events (id, organization_id, occurred_at, accessor_id, description, auth_type,"
                 " request_id, resource_id, resource_type, action) SELECT n::text, 'org-a',"
                 " now() - n * interval '1 day', 'user-a', 'a', 'Client', 'req-a', 'ws-a', 'workspace', 'lock'"
                 " FROM generate_series(0, 20) n")

    def test_old_events_go_and_younger_ones_stay(self):
        self.assertIn("11 events older than 10 days removed", self.ctl("audit", "prune", "--older-than", "10"))
        self.assertEqual(self.sql("SELECT count(*) FROM audit_events"), "10")
        self.assertIn("0 events", self.ctl("audit", "prune", "--older-than", "10"))

    def test_mistakes_remove_nothing(self):
        for days in ("", "ten", "-1", "1d", "99999999999"):
            self.assertIn("a number of days", self.ctl("audit", "prune", "--older-than", days, status=1))
        self.ctl("audit", "prune", status=2)
        self.assertEqual(self.sql("SELECT count(*) FROM audit_events"), "21")


if __name__ == "__main__":
    unittest.main()
