#!/usr/bin/env python3
"""Measures Terrace against what its parts could do, in one run: `make bench`, or
`make bench BENCH_QUICK=1` for a look at whether everything still runs. docs/performance.md says how to
read the table. Single works: `make bench T="show-16 list-20"`, `T=--list` names them.

Each round runs every work and then what it is compared with (the other way round in every second
round); the ratio is the median of the rounds' ratios. Nothing here fails because of a time: only
wrong answers, starved connections and memory do."""

import argparse
import base64
import hashlib
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time

import stack
from stack import TOP, installation

FULL = {"orgs": 100, "small": 1000, "large": 50000, "other": 500, "versions": 50}
QUICK = {"orgs": 4, "small": 200, "large": 2000, "other": 100, "versions": 3}
MIB = 1 << 20
WRITERS = 16
NULLS = ["NULL"] * 7  # the filters of the list of workspaces


class Sample:
    def __init__(self, rate, cpu, p50=0, p99=0, load=None):
        self.rate = rate  # a second
        self.cpu = cpu  # microseconds a request: {"nginx": ..., "worker": ..., "postgres": ...}
        self.p50, self.p99 = p50, p99  # ms
        self.load = load or {}


class Work:
    """ours and partners are functions of seconds that give a Sample. by_time: the ratio is that of
    the median times, and may be at most the target."""

    def __init__(self, name, title, ours, partners, probe=None, by_time=False):
        self.name, self.title, self.ours, self.partners = name, title, ours, partners
        self.probe, self.by_time = probe, by_time
        self.samples = []  # of each round: [ours, partner, ...]
        self.statements = ""

    def run(self, seconds, backwards):
        runs = [self.ours] + [run for _, run, _ in self.partners]
        order = list(enumerate(runs))
        taken = [None] * len(runs)
        for i, run in reversed(order) if backwards else order:
            taken[i] = run(seconds)
        self.samples.append(taken)

    def ratio(self, partner):
        """Median, least and greatest."""
        found = []
        for taken in self.samples:
            ours, other = taken[0], taken[partner]
            found.append(ours.p50 / other.p50 if self.by_time else ours.rate / other.rate)
        return statistics.median(found), min(found), max(found)

    def median(self, i, get):
        return statistics.median(get(taken[i]) for taken in self.samples)

    def faults(self):
        """What may not happen at any speed."""
        found = []
        for taken in self.samples:
            for sample in taken:
                load = sample.load
                if load.get("bad") or load.get("errors"):
                    found.append(f"{load['bad']} bad answers, {load['errors']} errors: {load['first_bad']}")
                elif load and load["least"] == 0 and load["most"] >= 10:
                    found.append(f"a connection got nothing (most: {load['most']})")
        return found


class Measure:
    def __init__(self, bench):
        self.bench = bench

    def with_cpu(self, run):
        """run() gives (requests, seconds, Sample without cpu)."""
        before = self.bench.cpu()
        requests, sample = run()
        after = self.bench.cpu()
        sample.cpu = {part: (after[part] - before[part]) * 1e6 / max(requests, 1) for part in after}
        return sample

    def load(self, requests, connections, *options, port=None):
        """Work for the load generator. requests: lines as it wants them."""
        name = hashlib.sha256(repr(requests).encode()).hexdigest()[:16]
        path = self.bench.write(f"scripts/{name}", "".join("\t".join(line) + "\n" for line in requests))

        def run(seconds):
            def go():
                printed = installation.run([self.bench.tool("load"), *options, "127.0.0.1",
                                            str(port or self.bench.port), str(connections), str(seconds), path])
                load = json.loads(printed)
                return load["requests"], Sample(load["requests"] / load["seconds"], None,
                                                load["p50_us"] / 1000, load["p99_us"] / 1000, load)
            return self.with_cpu(go)
        return run

    def pgbench(self, name, script, mode, clients=4):
        path = self.bench.write(f"scripts/{name}.sql", script)
        # The session is as a worker's.
        settings = re.findall(r"set_config\('(\w+)', '([^']*)'", self.bench.statement("session_begin"))
        options = " ".join(f"-c {key}={value}".replace(", ", ",") for key, value in settings)

        def run(seconds):
            def go():
                printed = installation.run(
                    ["env", f"PGOPTIONS={options}", self.bench.pgbench(), "-n", "-M", mode, "-c", str(clients), "-j", "2", "-T", str(seconds),
                     "-D", "fresh=1", "-f", path, self.bench.database])
                rate = float(re.search(r"tps = ([0-9.]+)", printed)[1])
                failed = re.search(r"number of failed transactions: (\d+)", printed)
                if failed and int(failed[1]):
                    raise installation.Failure(printed)
                return int(re.search(r"processed: (\d+)", printed)[1]), Sample(rate, None)
            return self.with_cpu(go)
        return lambda seconds: run(max(1, round(seconds)))  # pgbench knows whole seconds only

    def transfer(self, count, transfer):
        """Big bodies: transfer() is one."""
        def run(_):
            def go():
                began = time.monotonic()
                for _ in range(count):
                    transfer()
                spent = time.monotonic() - began
                return count, Sample(count / spent, None, spent * 1000 / count, spent * 1000 / count)
            return self.with_cpu(go)
        return run


def get(target, token, query=""):
    return ("GET", target + query, token, "-", "-")


def state_document(lineage, size):
    """A state of about this many bytes: resources as a provider would write them."""
    random.seed(lineage)
    resources, text = [], ""
    while len(text) < size:
        k = len(resources)
        resources.append({
            "mode": "managed", "type": "aws_instance", "name": f"web_{k}",
            "provider": 'provider["registry.terraform.io/hashicorp/aws"]', "instances": [{
                "schema_version": 1, "attributes": {
                    "id": f"i-{random.getrandbits(64):016x}", "arn": f"arn:aws:ec2:eu-central-1:1234:instance/i-{k}",
                    "ami": f"ami-{random.getrandbits(64):016x}", "availability_zone": "eu-central-1a",
                    "instance_type": "t3.large", "private_ip": f"10.0.{k % 250}.7", "key_name": None,
                    "tags": {"Name": f"web-{k}", "environment": "production", "owner": "platform"},
                    "root_block_device": [{"volume_id": f"vol-{random.getrandbits(64):016x}", "volume_size": 80,
                                           "volume_type": "gp3", "encrypted": True, "iops": 3000}],
                    "user_data": f"{random.getrandbits(512):0128x}", "vpc_security_group_ids": ["sg-1", "sg-2"]},
                "sensitive_attributes": [], "private": base64.b64encode(random.randbytes(48)).decode()}]})
        if k % 10 == 0 or len(text) > size - 4000:
            text = json.dumps({
                "version": 4, "terraform_version": "1.9.5", "serial": 1, "lineage": lineage,
                "outputs": {f"output_{n}": {"value": f"10.0.0.{n}", "type": "string"} for n in range(4)},
                "resources": resources, "check_results": None}, indent=2)
    return text.encode()


def write_big_state(path, size):
    """A state of about this many bytes: some thousand resources that each hold a long document, as
    policies, dashboards and templates are. It shrinks to a sixth."""
    generator = random.Random(1)
    lines = [json.dumps(f'  "{generator.choice(["allow", "deny", "pass"])}": "arn:aws:iam::{generator.randrange(10 ** 12)}:'
                        f'role/service-{generator.getrandbits(40):x}", "on": ["read", "write"], "tier": "{k % 7}",')[1:-1] + "\\n"
             for k in range(4000)]
    with open(path, "w", encoding="ascii") as file:
        file.write('{"version": 4, "terraform_version": "1.9.5", "serial": 1, "lineage": "big", "outputs": {}, "resources": [')
        number = 0
        while file.tell() < size:
            file.write(("," if number else "") + json.dumps({
                "mode": "managed", "type": "aws_iam_policy", "name": f"policy_{number}",
                "provider": 'provider["registry.terraform.io/hashicorp/aws"]', "instances": [{"attributes": {
                    "id": f"{generator.getrandbits(64):x}", "policy": "DOCUMENT"}}]}).replace(
                        "DOCUMENT", "".join(generator.choices(lines, k=250))))
            number += 1
        file.write("]}")


class Works:
    """The works of the table in the issue of the project that asked for them."""

    def __init__(self, bench, quick):
        self.bench, self.quick, self.measure = bench, quick, Measure(bench)
        self.pairs = bench.rows(f"SELECT secret, hash, workspace FROM bench_pairs ORDER BY n LIMIT {2000 if quick else 20000}")
        # A member of one team, in the small and in the large organization.
        self.readers = {o: bench.rows(f"SELECT secret, hash FROM bench_tokens WHERE o = {o} AND k = 3")[0] for o in (1, 2)}
        self.writer = bench.rows("SELECT secret, hash FROM bench_tokens WHERE o = 1 AND k = 1")[0]
        self.writer_id = bench.rows("SELECT id FROM bench_users WHERE o = 1 AND k = 1")[0][0]
        self.written = [row[0] for row in bench.rows(f"SELECT id FROM bench_workspaces WHERE o = 1 ORDER BY n LIMIT {WRITERS + 1}")]
        self.big = self.written.pop()

    # --- Reads

    def show(self):
        return [get(f"/api/v2/workspaces/{workspace}", secret) for secret, _, workspace in self.pairs]

    def show_script(self):
        """Another pair each 32 times: picking one is another statement, and shall not count."""
        text = self.bench.statement("workspace_show").replace("$1", ":hash").replace("$2", ":workspace")
        return ("\\set again random(1, 32)\n\\if :fresh = 1 or :again = 1\n"
                f"\\set pick random(0, {len(self.pairs) - 1})\n\\set fresh 0\n"
                "SELECT hash, workspace FROM bench_pairs WHERE n = :pick \\gset\n\\endif\n" + text + ";\n")

    def list(self, organization, size, page):
        pages = max(1, -(-size // page))
        return [get(f"/api/v2/organizations/bench-{organization:03}/workspaces", self.readers[organization][0],
                    f"?page%5Bsize%5D={page}&page%5Bnumber%5D={number}")
                for number in range(1, min(pages, 10) + 1)]

    def list_script(self, organization, size, page):
        """EXECUTE, for pgbench has no NULL as a parameter."""
        pages = min(max(1, -(-size // page)), 10)
        parameters = [f"'{self.readers[organization][1]}'", f"'bench-{organization:03}'", f"'{page}'", "':offset'", *NULLS]
        return ("\\if :fresh = 1\n\\set fresh 0\n"
                f"PREPARE list AS {self.bench.statement('workspace_list')};\n\\endif\n"
                f"\\set offset random(0, {pages - 1}) * {page}\n"
                f"EXECUTE list({', '.join(parameters)});\n")

    def reads(self):
        m, sizes = self.measure, self.bench.sizes
        show_partner = m.pgbench("show", self.show_script(), "prepared")
        for connections, target in ((16, 0.65), (64, 0.80)):
            yield Work(f"show-{connections}", f"GET one workspace, {connections} connections",
                       m.load(self.show(), connections),
                       [("pgbench, same statement", show_partner, target),
                        ("libfcgi, same bytes, no database",
                         m.load(self.show(), connections, port=self.bench.baseline_port), 0.45)],
                       probe=self.show()[0])
        for page in (20, 100):
            yield Work(f"list-{page}", f"GET {page} of {sizes['small']} workspaces, 16 connections",
                       m.load(self.list(1, sizes["small"], page), 16),
                       [("pgbench, same statement",
                         m.pgbench(f"list-{page}", self.list_script(1, sizes["small"], page), "simple"), 0.60)],
                       probe=self.list(1, sizes["small"], page)[0])
        yield Work("growth", f"GET 20 of {sizes['large']} workspaces, 1 connection",
                   m.load(self.list(2, sizes["large"], 20), 1),
                   [(f"20 of {sizes['small']}", m.load(self.list(1, sizes["small"], 20), 1), 1.5)],
                   probe=self.list(2, sizes["large"], 20)[0], by_time=True)

    # --- States

    def states(self):
        m, size = self.measure, 100 * 1024
        lines, state = [], None
        for workspace in self.written:
            # What the data set gave the workspace as lineage.
            lineage = hashlib.md5(workspace.encode()).hexdigest()
            state = state_document(lineage, size)
            body = json.dumps({"data": {"type": "state-versions", "attributes": {
                "serial": "SERIAL", "md5": hashlib.md5(state).hexdigest(), "lineage": lineage,
                "state": base64.b64encode(state).decode()}}}).replace('"SERIAL"', "#" * 16)
            path = self.bench.write(f"scripts/state-{workspace}", body)
            lines.append(("POST", f"/api/v2/workspaces/{workspace}/state-versions", self.writer[0],
                          "application/vnd.api+json", path))
        with open(lines[0][4], encoding="ascii") as file:
            self.one_state = file.read()
        literal = state.decode().replace("'", "''").replace("\\", "\\\\")
        insert = f"BEGIN;\nINSERT INTO bench_state_copies (data) VALUES ('{literal}'::bytea) RETURNING id \\gset\nCOMMIT;\n"
        # pgbench takes ":name" for a variable of its own, and knows no way around it.
        insert = insert.replace("arn:aws:ec2:eu", "arn-aws-ec2-eu").replace(":instance", "-instance")
        yield Work("state", f"POST a state of {size >> 10} KiB, {WRITERS} connections", m.load(lines, WRITERS, "-p"),
                   [("pgbench, inserting the bytes", m.pgbench("state", insert, "simple"), 0.50)], probe=lines[0])
        yield Work("state-read", "... and read its bytes back",
                   m.load(lines, WRITERS, "-p", "-f", "hosted-state-download-url"),
                   [("pgbench, inserting and reading",
                     m.pgbench("state-read", insert + "SELECT data FROM bench_state_copies WHERE id = :id;\n", "simple"), 0.50)])

    # --- Big bodies

    def curl(self, *arguments):
        installation.run(["curl", "-sS", "--fail-with-body", "-o", "/dev/null", *arguments])

    def new_version(self):
        self.serial = max(getattr(self, "serial", 0), int(time.time() * 1e6)) + 1
        document = {"data": {"type": "state-versions", "attributes": {"serial": self.serial, "md5": self.big_md5}}}
        printed = installation.run(
            ["curl", "-sS", "--fail-with-body", "-H", f"Authorization: Bearer {self.writer[0]}", "-H",
             "Content-Type: application/vnd.api+json", "-d", json.dumps(document),
             f"{self.bench.base_url}/api/v2/workspaces/{self.big}/state-versions"])
        return json.loads(printed)["data"]

    def upload(self):
        version = self.new_version()
        self.curl("-T", self.big_file, version["attributes"]["hosted-state-upload-url"])
        self.last_version = version["id"]

    def download(self):
        if not self.last_version:  # asked for alone
            self.upload()
        printed = installation.run(["curl", "-sS", "-H", f"Authorization: Bearer {self.writer[0]}",
                                    f"{self.bench.base_url}/api/v2/state-versions/{self.last_version}"])
        self.curl(json.loads(printed)["data"]["attributes"]["hosted-state-download-url"])

    def bodies(self):
        m, size = self.measure, (4 if self.quick else 256) * MIB
        self.last_version = None
        self.big_file = self.bench.path("scripts", f"state-{size}")
        if not os.path.exists(self.big_file):
            write_big_state(self.big_file, size)
        with open(self.big_file, "rb") as file:
            self.big_md5 = hashlib.file_digest(file, "md5").hexdigest()
        cat = f"http://127.0.0.1:{self.bench.baseline_port}/cat/big"
        yield Work("upload", f"PUT {size // MIB} MiB", m.transfer(1, self.upload),
                   [("cat to a file", m.transfer(1, lambda: self.curl("-T", self.big_file, cat)), 0.30)])
        yield Work("download", f"GET {size // MIB} MiB", m.transfer(1, self.download),
                   [("cat of a file", m.transfer(1, lambda: self.curl(cat)), 0.30)])

    def all(self):
        return [*self.reads(), *self.states(), *self.bodies()]

    def count_statements(self, work):
        """Asked through plain CGI, where an answer tells."""
        if work.probe is None:
            return
        method, target, token, content_type, body = work.probe
        if body != "-":
            body = self.one_state.replace("#" * 16, f"{int(time.time() * 1e6):016}")
        head, _ = self.bench.cgi(method, target, token, b"" if body == "-" else body.encode(), content_type)
        found = re.search(r"X-Terrace-Statements: (\d+)", head)
        work.statements = found[1] if found else "?"


# --- What is not a ratio

def keep_alive(works, clients, seconds):
    """Thousands of clients that never close: nobody starves, memory stays flat."""
    bench, sizes = works.bench, []
    done = threading.Event()

    def watch():
        while not done.wait(seconds / 30):
            sizes.append(sum(bench.memory("Pss")))
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        sample = works.measure.load(works.show(), clients)(seconds)
    finally:
        done.set()
        thread.join()
    load = sample.load
    third = len(sizes) // 3
    middle, end = statistics.median(sizes[third:2 * third] or sizes), statistics.median(sizes[2 * third:] or sizes)
    faults = []
    if load["bad"] or load["errors"]:
        faults.append(f"{load['bad']} bad answers, {load['errors']} errors: {load['first_bad']}")
    if load["least"] == 0:
        faults.append("a client got nothing")
    if end > middle * 1.1 + MIB:
        faults.append(f"memory grew from {middle // MIB} to {end // MIB} MiB")
    text = (f"{clients} clients, {seconds:.0f} s: {load['requests']} requests ({sample.rate:.0f}/s), {load['bad']} bad, "
            f"{load['errors']} errors; each client got {load['least']} to {load['most']}; p99 {sample.p99:.0f} ms; "
            f"server {middle / MIB:.1f} MiB in the middle, {end / MIB:.1f} MiB at the end")
    return text, faults


def mixed(works, connections, seconds):
    """Reads while large states are uploaded, one after the other: a read waits for none of them."""
    done, uploads, failures = threading.Event(), [], []

    def upload():
        while not done.is_set():
            began = time.monotonic()
            try:
                works.upload()
            except installation.Failure as failure:
                failures.append(f"an upload failed: {failure}")
                return
            uploads.append(time.monotonic() - began)
    thread = threading.Thread(target=upload)
    thread.start()
    try:
        load = works.measure.load(works.show(), connections)(seconds).load
    finally:
        done.set()
        thread.join()
    if load["bad"] or load["errors"]:
        failures.append(f"{load['bad']} bad answers, {load['errors']} errors: {load['first_bad']}")
    if not uploads:
        failures.append("no upload was finished")
    text = (f"{connections} clients read beside {len(uploads)} uploads of {os.path.getsize(works.big_file) // MIB} MiB: "
            f"{load['requests'] / load['seconds']:.0f} reads/s, p99 {load['p99_us'] / 1000:.1f} ms, "
            f"the longest {load['max_us'] / 1000:.0f} ms")
    return text, failures


def plain_cgi(works):
    began, count = time.monotonic(), 0
    while time.monotonic() - began < (1 if works.quick else 5):
        secret, _, workspace = works.pairs[count % len(works.pairs)]
        head, _ = works.bench.cgi("GET", f"/api/v2/workspaces/{workspace}", secret)
        if not head.startswith("Status: 200"):
            return f"plain CGI: {head.splitlines()[:1]}", ["plain CGI answers badly"]
        count += 1
    return f"plain CGI: {count / (time.monotonic() - began):.0f} reads a second, one after the other", []


def mib(sizes):
    return f"{sum(sizes) / MIB:.1f} MiB"


def idle_memory(bench):
    pss, private = bench.memory("Pss"), bench.memory("Private_Dirty")
    text = (f"idle memory of master and {len(pss) - 1} workers: {mib(pss)} in all (PSS), "
            f"{mib(private)} of it written by them alone")
    return text, ["more than 30 MiB"] if sum(pss) > 30 * MIB else []


# --- The table

def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def cpu_text(work, i):
    parts = {part: work.median(i, lambda s, p=part: s.cpu[p]) for part in ("nginx", "worker", "postgres")}
    return " + ".join(number(parts[part]) for part in parts)


def table(works):
    rows = [["work", "compared with", "ours/s", "theirs/s", "ratio", "least-most", "target", "",
             "p50 ms", "p99 ms", "CPU us: nginx + worker + pg", "theirs", "statements", "got least-most"]]
    for work in works:
        for i, (label, _, target) in enumerate(work.partners, 1):
            ratio, least, most = work.ratio(i)
            met = ratio <= target if work.by_time else ratio >= target
            loads = [taken[0].load for taken in work.samples if taken[0].load]
            got = f"{min(l['least'] for l in loads)}-{max(l['most'] for l in loads)}" if loads else ""
            first = i == 1
            rows.append([
                work.title if first else "", label,
                number(work.median(0, lambda s: s.rate)) if first else "",
                number(work.median(i, lambda s: s.rate)), f"{ratio:.2f}", f"{least:.2f}-{most:.2f}",
                ("<= " if work.by_time else ">= ") + f"{target:.2f}", "met" if met else "MISSED",
                f"{work.median(0, lambda s: s.p50):.2f}" if first else "",
                f"{work.median(0, lambda s: s.p99):.2f}" if first else "",
                cpu_text(work, 0) if first else "", cpu_text(work, i), work.statements if first else "",
                got if first else ""])
    return rows


def print_table(rows, file, lead):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for n, row in enumerate(rows):
        print(lead + "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |", file=file)
        if n == 0:
            print(lead + "|" + "|".join("-" * (width + 2) for width in widths) + "|", file=file)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="works to run; all when none is named")
    parser.add_argument("--quick", action="store_true", help="a small database and one short round")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--keep", action="store_true", help="leave everything running at the end (for a look)")
    parser.add_argument("--folder", help="where the database is kept (.cache/bench)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("TERRACE_BENCH_PORT", "0")))
    return parser.parse_args()


EXTRAS = ("idle", "clients", "mixed", "cgi")


def extras(names, works, args):
    bench, faults = works.bench, []
    clients = (200, 3) if args.quick else (2000, 60)
    for name, run in (("clients", lambda: keep_alive(works, *clients)),
                      ("mixed", lambda: mixed(works, 16, 1 if args.quick else 8)), ("cgi", lambda: plain_cgi(works))):
        if not names or name in names:
            text, found = run()
            print(("# " if args.quick else "") + text, flush=True)
            faults += found
    if not names or {"upload", "download"} & set(names):
        peak = max(bench.memory("VmHWM"))
        print(("# " if args.quick else "") + f"peak of a worker over all works: {peak / MIB:.1f} MiB")
        if peak > 64 * MIB:
            faults.append("a worker grew past 64 MiB")
    return faults


def measure(bench, args):
    works = Works(bench, args.quick)
    listed = works.all()
    if args.list:
        print("\n".join([work.name for work in listed] + list(EXTRAS)))
        return []
    bench.reset_states(works.written + [works.big], works.writer_id, bench.sizes["versions"])
    head, body = bench.cgi("GET", f"/api/v2/workspaces/{works.pairs[0][2]}", works.pairs[0][0])
    lines = [line for line in head.split("\r\n") if not line.startswith("X-Terrace")]
    bench.start_baseline("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    faults = []
    if not args.names or "idle" in args.names:
        time.sleep(1)
        text, faults = idle_memory(bench)
        print(("# " if args.quick else "") + text)
    chosen = [work for work in listed if not args.names or work.name in args.names]
    rounds = args.rounds or (1 if args.quick else 5)
    seconds = args.seconds or (0.5 if args.quick else 3)
    for work in chosen:
        works.count_statements(work)
    if not args.quick:
        for work in chosen:  # caches, plans, branch predictors
            work.ours(1)
    for n in range(rounds):
        for work in chosen:
            print(f"round {n + 1} of {rounds}: {work.name}", file=sys.stderr, flush=True)
            work.run(seconds, n % 2 == 1)
    if chosen:
        print_table(table(chosen), sys.stdout, "# " if args.quick else "")
    for work in chosen:
        faults += [f"{work.name}: {fault}" for fault in work.faults()]
    return faults + extras(args.names, works, args)


def main():
    args = parse()
    folder = args.folder or os.path.join(TOP, ".cache", "bench-quick" if args.quick else "bench")
    os.makedirs(folder, exist_ok=True)
    port = args.port or installation.free_port(24000, 24998)
    bench = stack.Bench(folder, port, QUICK if args.quick else FULL)
    bench.stop()  # what a run that was cut off has left
    try:
        bench.prepare()
        bench.start_server()
        bench.start_nginx()
        faults = measure(bench, args)
    finally:
        if args.keep:
            print(f"left running: http://127.0.0.1:{port}, psql '{bench.owner_database}'", file=sys.stderr)
        else:
            bench.stop()
    if args.quick:
        print("\n".join(f"not ok {n} - bench: {fault}" for n, fault in enumerate(faults, 1)) or "ok 1 - bench")
        print(f"1..{max(1, len(faults))}")
    else:
        print("\n".join(f"FAULT: {fault}" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except installation.Failure as failure:
        sys.exit(f"tests/bench/run.py: {failure}")
    except subprocess.TimeoutExpired as failure:
        sys.exit(str(failure))
