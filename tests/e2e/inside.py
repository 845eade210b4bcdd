#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inside the machine: run one test module under unittest and print TAP."""

import sys
import traceback
import unittest


class TapResult(unittest.TestResult):
    """Prints one TAP line a test as it ends."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def line(self, verdict, test, directive=""):
        self.count += 1
        print(f"{verdict} {self.count} - {test.id()}{directive}", flush=True)

    def show(self, test, error):
        self.line("not ok", test)
        for text in "".join(traceback.format_exception(*error)).splitlines():
            print(f"    {text}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.show(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.show(test, err)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line("ok", test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.show(subtest, err)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromName(sys.argv[1])
    result = TapResult()
    suite.run(result)
    print(f"1..{result.count}")
    return 0 if result.count and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
