# SPDX-License-Identifier: GPL-2.0
"""Run a unittest module and print TAP."""

import sys
import traceback
import unittest


class TapResult(unittest.TestResult):
    """Prints one line a test as it ends."""

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


def main(module, *more):
    """Runs the tests of a module, and @more after them."""
    result = TapResult()
    unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromName(module), *more]).run(result)
    print(f"1..{result.count}")
    return 0 if result.count and result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
