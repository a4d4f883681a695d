#!/usr/bin/env python3
"""What breaks one trial of run.py is one failed row with the server's last words: a missing member, a
body that is no JSON, a program that hangs. No server and no database: both are stand-ins. Prints TAP."""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
import types

# By its path: it imports another run.py by that name.
SPEC = importlib.util.spec_from_file_location(
    "faults_run", os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py"))
run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(run)


def a_request(_):
    return run.Request("POST", "/")


class World:
    """Answers rightly without a fault; `broken` happens at the second call of the first kind of fault."""

    def __init__(self, log, broken):
        self.server = types.SimpleNamespace(log=log, program=None)
        self.broken = broken
        self.rows = types.SimpleNamespace(snapshot=dict)

    def send(self, request, fault=None):
        if fault and int(fault["FAULT_AT"]) > 3:
            return run.api.Answer(200, {}, b"{}")
        with open(self.server.log, "a", encoding="utf-8") as log:
            print("fault: SELECT 1\nlast words", file=log)
        if fault and fault["FAULT"] == "unanswered" and fault["FAULT_AT"] == "2":
            raise self.broken
        status = 500 if fault and fault["FAULT"] == "XX000" else 503
        return run.api.Answer(status, {}, b'{"error": "server_error"}')


def rows_with(broken):
    """What is printed when this happens."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
        world = World(os.path.join(folder, "log"), broken)
        run.run_scenario(world, a_request, run.api.Tap(), "program")
    return out.getvalue().splitlines()


def main():
    run.WRITES.append(a_request)
    run.NEVER_RETRIED.add(a_request)
    tap = run.api.Tap()
    for broken in (KeyError("status"), ValueError("no JSON"), subprocess.TimeoutExpired("terrace.fcgi", 60),
                   run.api.Mismatch("the program ended")):
        lines = rows_with(broken)
        failed = [line for line in lines if line.startswith("not ok")]
        what = type(broken).__name__
        for good, name in (
                (len(failed) == 1 and "a lost answer" in failed[0], f"{what} fails one row"),
                (sum(line.startswith("ok") for line in lines) == len(run.FAULTS) - 1, f"after {what} the others run"),
                ("# last words" in lines and any(str(broken) in line for line in lines),
                 f"{what} is shown with the last words")):
            tap.result(good, name, [] if good else lines)
    print(f"1..{tap.number}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
