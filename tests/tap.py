"""Runs the unittest cases of a folder and prints TAP: `python3 tests/tap.py tests/e2e [PATTERN...]`.
A pattern picks every test whose full name contains it."""

import os
import signal
import sys
import time
import unittest

LIMIT = 600  # seconds for one test: a hang is a failure of that test, not of the run


def too_long(*_):
    raise TimeoutError(f"more than {LIMIT} seconds")


class TapResult(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.number = 0
        self.failed = 0
        self.began = time.monotonic()  # a failing setUpClass starts no test

    def startTest(self, test):
        super().startTest(test)
        signal.alarm(LIMIT)
        self.began = time.monotonic()

    def line(self, good, test, note="", text=""):
        self.number += 1
        self.failed += not good
        note = note or f" # {time.monotonic() - self.began:.1f} s"
        print(f"{'ok' if good else 'not ok'} {self.number} - {test.id()}{note}", flush=True)
        for part in text.rstrip().splitlines():
            print(f"# {part}", flush=True)

    def addSuccess(self, test):
        self.line(True, test)

    def addFailure(self, test, err):
        self.line(False, test, text=self._exc_info_to_string(err, test))

    addError = addFailure

    def addSkip(self, test, reason):
        self.line(True, test, f" # SKIP {reason}")

    def addExpectedFailure(self, test, err):
        self.line(True, test)

    def addUnexpectedSuccess(self, test):
        self.line(False, test, text="it was expected to fail")

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.line(False, subtest, text=self._exc_info_to_string(err, test))


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


def main(folder, patterns):
    folder = os.path.abspath(folder)
    sys.path.insert(0, folder)
    found = unittest.defaultTestLoader.discover(folder, pattern="test_*.py", top_level_dir=folder)
    chosen = [test for test in flatten(found)
              if not patterns or any(pattern in test.id() for pattern in patterns)]
    signal.signal(signal.SIGALRM, too_long)
    result = TapResult()
    unittest.TestSuite(chosen).run(result)
    print(f"1..{result.number}")
    return 1 if result.failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
