#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Test that modules that share a mainframe all run, whatever becomes of one of them."""

import argparse
import os
import stat
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(os.path.dirname(HERE)), "vfio_ap", "tests", "apsim")]
import mainframe  # noqa: E402  (the path is set just above)
import tap  # noqa: E402

# In place of ./run: what inside says of the modules, up to the one that fails, and how it ends.
STAND_IN = """#!/bin/bash
while [ "$1" != -- ]; do shift; done
shift 3
echo "mainframe: $*" >>"$CALLS"
[ "$FAILS" != boot ] || exit 125
for module; do
  echo "# $module begins"
  if [ "$module" = "$FAILS" ]; then echo "$LAST"; exit "$STATUS"; fi
  echo "ok 1 - $module"
done
"""
NAMES = ["test_create", "test_destroy", "test_events"]


def names_of(**keywords):
    defaults = {"module": [], "quick": False, "driver": "reference", "kernel": "stock"}
    return mainframe.names_for(argparse.Namespace(**{**defaults, **keywords}))


class Groups(unittest.TestCase):
    def test_everything_runs_once(self):
        names = names_of()
        self.assertEqual(sorted(name for group in mainframe.groups_of(names) for name in group), sorted(names))
        self.assertEqual(set(names) | mainframe.DEBUG_ONLY, set(mainframe.all_names()))

    def test_machine_and_number_are_those_of_the_group(self):
        for group in mainframe.groups_of(names_of()):
            self.assertLessEqual(len(group), mainframe.SHARED)
            if len(group) > 1:
                headers = [mainframe.e2e.header(mainframe.modules()[name]) for name in group]
                self.assertEqual(len({header["daemon"] for header in headers}), 1)
                self.assertEqual(len({header["profile"] for header in headers}), 1)

    def test_our_driver_meets_what_is_not_left_out(self):
        left_out = set(names_of()) - set(names_of(driver="ours"))
        self.assertEqual(left_out, mainframe.WITHOUT_DRIVER)
        self.assertEqual(names_of(driver="ours", module=["test_list"]), ["test_list"])


class Failures(unittest.TestCase):
    def run_names(self, fails="", last="", status=0):
        """Output, verdict, and what each mainframe was asked to run."""
        with tempfile.TemporaryDirectory() as where:
            calls, run = os.path.join(where, "calls"), os.path.join(where, "run")
            with open(run, "w", encoding="ascii") as stream:
                stream.write(STAND_IN)
            os.chmod(run, stat.S_IRWXU)
            os.environ.update(CALLS=calls, FAILS=fails, LAST=last, STATUS=str(status))
            options = argparse.Namespace(run=run, debian="12", driver="reference", kernel="stock", keep_output=None)
            output, good = mainframe.Suite(options, os.path.join(where, "overlay")).run_modules(NAMES)
            with open(calls, encoding="ascii") as stream:
                return output, good, [line.split()[1:] for line in stream]

    def test_all_go_well_on_one(self):
        output, good, calls = self.run_names()
        self.assertEqual((good, calls), (True, [NAMES]))
        self.assertNotIn("not ok", output)

    def test_rest_gets_another(self):
        for fails, rest in ((NAMES[0], NAMES[1:]), (NAMES[1], NAMES[2:])):
            output, good, calls = self.run_names(fails, "not ok 1 - it", 1)
            self.assertEqual((good, calls), (False, [NAMES, rest]))
            self.assertIn(f"ok 1 - {NAMES[2]}", output)

    def test_last_one_that_fails_needs_no_other(self):
        self.assertEqual(self.run_names(NAMES[2], "not ok 1 - it", 1)[1:], (False, [NAMES]))

    def test_one_that_says_nothing_of_its_failure_is_named(self):
        output, good, _calls = self.run_names(NAMES[1], "", 70)
        self.assertFalse(good)
        self.assertIn(f"not ok 1 - {NAMES[1]}: it did not end well (status 70)", output)

    def test_mainframe_that_does_not_start_is_tried_for_each(self):
        output, good, calls = self.run_names("boot")
        self.assertEqual((good, calls), (False, [NAMES, NAMES[1:], NAMES[2:]]))
        for name in NAMES:
            self.assertIn(f"not ok 1 - {name}: it did not end well (status 125)", output)


if __name__ == "__main__":
    sys.exit(tap.main("__main__"))
