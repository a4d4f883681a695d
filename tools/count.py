"""Counts what passed and failed. `count.py DIR` sums the TAP lines of the stages in DIR/*.log (with
the exit statuses in *.status) and prints the closing line; `count.py --automake DIR` turns the .trs
and .log files that `make check` leaves below DIR into TAP lines."""

import os
import re
import sys

TAP = re.compile(r"^(not )?ok\b[ \t]*\d*[ \t]*(?:-[ \t]*)?(.*)$")
SKIP = re.compile(r"#\s*(SKIP|TODO)\b", re.IGNORECASE)


def tap_lines(text):
    for line in text.splitlines():
        found = TAP.match(line)
        if found:
            yield "skipped" if SKIP.search(line) else "failed" if found[1] else "passed", found[2]


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def automake(folder):
    for parent, _, files in sorted(os.walk(folder)):
        for name in sorted(file for file in files if file.endswith(".trs")):
            path = os.path.join(parent, name)
            test = os.path.relpath(path, folder)[:-4]
            result = re.search(r":test-result: (\w+)", read(path))
            result = result[1] if result else "ERROR"
            log = path[:-4] + ".log"
            lines = list(tap_lines(read(log))) if os.path.exists(log) else []
            for verdict, what in lines:
                print(f"{'not ok' if verdict == 'failed' else 'ok'} - {test}: {what}")
            if result == "SKIP" and not lines:
                print(f"ok - {test} # SKIP")
            elif result not in ("PASS", "SKIP") and not any(v == "failed" for v, _ in lines):
                print(f"not ok - {test}: {result}")
            elif result == "PASS" and not lines:
                print(f"ok - {test}")


def total(folder):
    sums = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".log"):
            continue
        stage = name[:-4]
        counted = {"passed": 0, "failed": 0, "skipped": 0}
        for verdict, what in tap_lines(read(os.path.join(folder, name))):
            counted[verdict] += 1
            if verdict == "failed":
                failures.append(f"{stage}: {what}")
        status = os.path.join(folder, stage + ".status")
        # A stage that fails without a failed line (a crash, a broken build) is a failure of its own.
        if (not os.path.exists(status) or read(status).strip() != "0") and counted["failed"] == 0:
            counted["failed"] = 1
            failures.append(f"{stage}: the stage itself failed")
        print(f"{stage:<12} {counted['passed']:>6} passed {counted['failed']:>4} failed "
              f"{counted['skipped']:>4} skipped")
        for verdict, number in counted.items():
            sums[verdict] += number
    for failure in failures:
        print(f"failed: {failure}")
    print(f"{sums['passed']} passed, {sums['failed']} failed"
          + (f", {sums['skipped']} skipped" if sums["skipped"] else ""))
    return 1 if sums["failed"] or not sums["passed"] else 0


if __name__ == "__main__":
    if sys.argv[1] == "--automake":
        automake(sys.argv[2])
    else:
        sys.exit(total(sys.argv[1]))
