#!/usr/bin/env python3
"""Runs the official Go client's own test suite against a Terrace and compares with expected.tsv.

  run.py                 all but what never passes, in both modes: a waiting test that passes has to
                         move in expected.tsv
  run.py TestX TestY     these only, with their output

The suite is compiled from the module cache (`go test -c`) and each test is a process of its own, so
that one that hangs costs its time limit and nothing else. A surprise in either direction is tried once
more when nothing else runs, since tests of one site disturb each other; one that stays fails."""

import argparse
import collections
import concurrent.futures
import contextlib
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import harness  # noqa: E402
import receiver  # noqa: E402
import runners  # noqa: E402

TOP = harness.installation.TOP
CLIENT = "github.com/hashicorp/go-tfe"
MODES = {"hcp": {}, "tfe": {"ENABLE_TFE": "1"}}
LIMIT = 120  # seconds for one test that is expected to pass
LIMIT_WAITING = 20  # the client retries a 5xx for minutes; nothing waiting is worth that
PROCESSES = 4
RUNNERS = 3


def expectations():
    """What is expected, by (test, mode). A test whose modes differ has a row for each."""
    expected = {}
    with open(os.path.join(HERE, "expected.tsv"), encoding="utf-8", newline="") as file:
        for row in csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"):
            for mode in MODES if row["mode"] == "both" else [row["mode"]]:
                if (row["test"], mode) in expected:
                    sys.exit(f"expected.tsv has {row['test']} twice for {mode}")
                expected[row["test"], mode] = row
    return expected


def compile_suite(folder):
    """Returns the test program and the folder it has to run in (its fixtures are beside its source)."""
    program = os.path.join(folder, "go-tfe.test")
    subprocess.run(["go", "test", "-c", "-o", program, CLIENT], cwd=HERE, check=True)
    source = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", CLIENT], cwd=HERE, check=True,
                            text=True, stdout=subprocess.PIPE).stdout.strip()
    return program, source


# A test and its other mode take turns: the suite renames the user that it runs as.
TURNS = collections.defaultdict(threading.Lock)
# These turn settings of the whole site on and off, or look at what hangs on them: one at a time.
SITE = re.compile(r"TestAdminS(ettings|CIM)|Test(UsersReadCurrent|TeamsRead|AdminUsers_List)$")


# Counts all runs of the site: nothing else may make one meanwhile.
ALONE = re.compile(r"TestAdminRuns_ListFilterByDates")


# These connect a workspace to a repository; nobody looks into it.
REPOSITORY = re.compile(r"TestWorkspaces(RemoveVCSConnection|UpdateTableDriven)|TestAgentPools(List|Read)")


def run_test(program, source, environment, name, limit):
    with TURNS["site" if SITE.match(name) else name]:
        return run_alone(program, source, environment, name, limit)


def run_alone(program, source, environment, name, limit):
    """Returns (pass, fail, skip or timeout; output; seconds)."""
    began = time.monotonic()
    if REPOSITORY.match(name):
        environment = dict(environment, GITHUB_POLICY_SET_IDENTIFIER="owner/repository")
    try:
        done = subprocess.run([program, "-test.run", f"^{name}$", "-test.v", f"-test.timeout={limit}s"],
                              cwd=source, env=environment, stdin=subprocess.DEVNULL, text=True,
                              errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=limit + 15)
    except subprocess.TimeoutExpired as expired:
        return "timeout", str(expired.output or ""), time.monotonic() - began
    spent = time.monotonic() - began
    if "panic: test timed out" in done.stdout:
        return "timeout", done.stdout, spent
    verdict = re.search(rf"^--- (PASS|FAIL|SKIP): {re.escape(name)} ", done.stdout, re.MULTILINE)
    if done.returncode != 0 or not verdict:
        return "fail", done.stdout, spent
    return verdict[1].lower(), done.stdout, spent


def environment_for(mode, terrace, token, hooks):
    environment = {key: value for key, value in os.environ.items()
                   if not re.match(r"TFE_|ENABLE_|OAUTH_|GITHUB_|TFC_|TERRACE_", key)}
    environment.update(MODES[mode], TFE_ADDRESS=terrace.base_url, TFE_TOKEN=token, ENABLE_BETA="1",
                       TFE_ADMIN_PROVISION_LICENSES_TOKEN=token, SSL_CERT_FILE=terrace.ca,
                       TFC_RUN_TASK_URL=hooks.url + "/task",
                       OAUTH_CLIENT_GITHUB_TOKEN="not-tried-before-it-is-used")
    return environment


# Variables of a single test: others read the same one as something else.
ENVIRONMENT = {}


def add_no_code_module(terrace, token):
    """What TestRegistryNoCodeModulesReadVariables wants to find on the site: a module that has variables."""
    client = harness.Client(terrace, token)

    def create(path, attributes, status=201, **related):
        return client.expect(status, "POST", "/api/v2/" + path, {"data": {
            "type": "any", "attributes": attributes, "relationships": related}}).json["data"]

    create("organizations", {"name": "no-code", "email": "no-code@example.com"})
    module = create("organizations/no-code/registry-modules", {"name": "vpc", "provider": "aws"})
    version = create("organizations/no-code/registry-modules/private/no-code/vpc/aws/versions", {"version": "1.0.0"})
    harness.Client(terrace).expect(200, "PUT", version["links"]["upload"], runners.pack({"main.tf": 'variable "region" {}\n'}))
    made = create("organizations/no-code/no-code-modules", {"version-pin": "1.0.0"}, 200, **{
        "registry-module": {"data": {"type": "registry-modules", "id": module["id"]}}})
    ENVIRONMENT["TestRegistryNoCodeModulesReadVariables"] = {"GITHUB_REGISTRY_NO_CODE_MODULE_IDENTIFIER": made["id"]}


def plan(tests, arguments):
    """(name, mode, limit) of everything to run."""
    for (name, mode), row in tests.items():
        if arguments.mode not in (None, mode):
            continue
        if arguments.tests:
            if any(re.fullmatch(pattern, name) for pattern in arguments.tests):
                yield name, mode, LIMIT
        elif row["expected"] == "pass":
            yield name, mode, LIMIT
        elif row["expected"] == "waiting":
            yield name, mode, LIMIT_WAITING


def ordered(tests, arguments):
    """The log reader's tests sleep for most of a minute: they start first, the rest passes them by."""
    return sorted(plan(tests, arguments), key=lambda item: not item[0].startswith("TestLogReader_"))


def cut(output, name):
    """What a person needs of a failed test's output: its failures, not the whole trace."""
    lines = [line for line in output.splitlines() if not re.match(r"\s*(=== |--- PASS)", line)]
    return [line for line in lines if line.strip()][:60] or [f"{name} printed nothing"]


def no_surprise(row, result):
    return (result == "pass") == (row["expected"] == "pass")


def judge(name, mode, row, result, output, spent, show):
    """Prints the TAP line; returns whether it was no surprise."""
    good = no_surprise(row, result)
    wanted = {"pass": "pass"}.get(row["expected"], "anything but a pass")
    print(f"{'ok' if good else 'not ok'} - {name} ({mode}) # {result}, {spent:.1f} s"
          + ("" if good else f", expected {wanted}"), flush=True)
    if show or (not good and row["expected"] == "pass"):
        for line in cut(output, name):
            print(f"# {line}", flush=True)
    return good


def run_all(program, source, environment_of, processes, some):
    """Yields each (name, mode, limit) with what run_test said, as they end."""
    with concurrent.futures.ThreadPoolExecutor(processes) as pool:
        running = {pool.submit(run_test, program, source, {**environment_of(mode), **ENVIRONMENT.get(name, {})}, name,
                               limit): (name, mode, limit)
                   for name, mode, limit in some}
        for done in concurrent.futures.as_completed(running):
            yield running[done], done.result()


def run_suite(program, source, environment_of, tests, everything):
    """Yields each once, with what counts: a surprise is what came when it ran again, alone."""
    together = [one for one in everything if not ALONE.match(one[0])]
    again = []
    for processes, some in ((PROCESSES, together), (1, [one for one in everything if one not in together])):
        for one, ran in run_all(program, source, environment_of, processes, some):
            name, mode, _ = one
            if no_surprise(tests[name, mode], ran[0]):
                yield one, ran
                continue
            again.append(one)
            print(f"# {name} ({mode}): {ran[0]} in {ran[2]:.1f} s is a surprise; it runs again alone")
            for line in cut(ran[1], name):
                print(f"# {line}", flush=True)
    yield from run_all(program, source, environment_of, 1, again)


def prepare(terrace):
    """What the suite wants to find in an installation (today-admin.md section 9). Returns the token of
    the user that it runs as."""
    token = harness.add_user(terrace, "conformance", admin=True)
    harness.add_user(terrace, "admin-security-maintenance")
    client = harness.Client(terrace, token)
    for kind, version in (("terraform", "1.0.4"), ("opa", "0.59.0"), ("sentinel", "0.22.1")):
        place = {"url": f"https://example.com/{kind}_{version}.zip", "sha": "0" * 64, "os": "linux", "arch": "amd64"}
        reply = client.post(f"/api/v2/admin/{kind}-versions", {"data": {
            "type": f"{kind}-versions", "attributes": {"version": version, "archs": [place]}}})
        if reply.status != 201:
            sys.exit(f"{kind} {version}: {reply.status} {reply.body!r}")
    return token


class Owner(contextlib.ExitStack):
    """In the place of a unittest case: what it was given to stop is stopped at the end."""

    addCleanup = contextlib.ExitStack.callback

    def skipTest(self, reason):
        sys.exit(reason)


def start_runners(owner, terrace):
    """They install null_resource, which the suite's configurations are made of, from a mirror, and evaluate
    its OPA policies."""
    mirror, opa = [subprocess.run([os.path.join(TOP, "tools", name)], text=True, check=True,
                                  stdout=subprocess.PIPE).stdout.strip() for name in ("providers", "opa")]
    for number in range(RUNNERS):
        runners.Runner(owner, terrace.base_url, token=terrace.ctl("runner-token", "create").strip(),
                       name=f"runner-{number}", ca_file=terrace.ca, provider_mirror=mirror, opa=opa)


def server_errors(terrace):
    """Requests that were answered with a 5xx: the client would repeat each of them thirty times."""
    found = {}
    with open(terrace.path("log", "access.log"), encoding="utf-8", errors="replace") as log:
        for line in log:
            request = re.search(r'"(\S+) (\S+) [^"]*" (5\d\d) ', line)
            if request:
                key = (request[3], request[1], request[2].partition("?")[0])
                found[key] = found.get(key, 0) + 1
    return found


def table(tests):
    """The list itself, by area: what docs/conformance.md shows. A test that passes in one of its modes
    only is waiting."""
    verdicts, areas = {}, {}
    for (name, _), row in tests.items():
        areas[name] = row["area"]
        verdicts.setdefault(name, set()).add(row["expected"])
    counts = {}
    for name, of in verdicts.items():
        verdict = of.pop() if len(of) == 1 else "waiting"
        for area in (areas[name], "all"):
            counts.setdefault(area, {"pass": 0, "waiting": 0, "never": 0})[verdict] += 1
    lines = ["| area | passed | waiting | never |", "|---|---:|---:|---:|"]
    for area in sorted(counts, key=lambda name: name == "all"):
        row = counts[area]
        lines.append(f"| {area} | {row['pass']} | {row['waiting']} | {row['never']} |")
    return lines


def write_document(tests):
    reasons = {}
    for row in tests.values():
        if row["expected"] == "never" and row["test"] not in reasons.setdefault(row["note"], []):
            reasons[row["note"]].append(row["test"])
    text = ["# Conformance", "",
            f"The integration suite of the official Go client ({CLIENT} v1.109.0), run by `make conformance`",
            "against a Terrace of its own, in both modes of the suite (as HCP and with `ENABLE_TFE=1`) and with",
            "`ENABLE_BETA=1`. `tests/conformance/expected.tsv` says what is expected of each test; a surprise in",
            "either direction, which comes again when the test runs alone, fails. This page is written by the run.", "", *table(tests), "",
            "A test is *waiting* when the area that it needs is not built, and *never* for one of these reasons:",
            ""]
    for reason, names in sorted(reasons.items()):
        text.append(f"* {reason}: {', '.join(f'`{name}`' for name in names)}")
    path = os.path.join(TOP, "docs", "conformance.md")
    document = "\n".join(text) + "\n"
    if not os.path.exists(path) or open(path, encoding="utf-8").read() != document:
        with open(path, "w", encoding="utf-8") as file:
            file.write(document)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tests", nargs="*", help="regular expressions that match a whole test name")
    parser.add_argument("--mode", choices=MODES)
    arguments = parser.parse_args()

    tests = expectations()
    folder = tempfile.mkdtemp(prefix="terrace-conformance-")
    owner = Owner()
    try:
        program, source = compile_suite(folder)
        missing = set(subprocess.run([program, "-test.list", ".*"], cwd=source, text=True, check=True,
                                     stdout=subprocess.PIPE).stdout.split()) ^ {name for name, _ in tests}
        for name in sorted(missing):
            print(f"not ok - {name} is in the suite or in expected.tsv, but not in both")
        terrace = harness.start(options={"workers": 4, "outbound_private": "true", "ip_ranges_api": "127.0.0.0/8",
                                         "ip_ranges_out": "127.0.0.0/8"}, worker=True)
        start_runners(owner, terrace)
        hooks = receiver.Receiver()
        token = prepare(terrace)
        add_no_code_module(terrace, token)
        surprises = len(missing)
        results = {}
        for (name, mode, _), ran in run_suite(
                program, source, lambda mode: environment_for(mode, terrace, token, hooks), tests,
                ordered(tests, arguments)):
            results[name, mode] = ran[0]
            if not judge(name, mode, tests[name, mode], *ran, bool(arguments.tests)):
                surprises += 1
        errors = server_errors(terrace)
        print(f"{'not ok' if errors else 'ok'} - nothing was answered with a 5xx")
        for (status, method, path), count in sorted(errors.items()):
            print(f"# {status} {method} {path} ({count} times)")
        passed = sum(result == "pass" for result in results.values())
        print(f"# {len(results)} runs, {passed} passed, {surprises} surprises")
        if not arguments.tests:
            print("\n".join(f"# {line}" for line in table(tests)))
            write_document(tests)
        return 1 if surprises or errors else 0
    finally:
        owner.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
