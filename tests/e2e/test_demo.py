# profile: doc
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The demonstration does what it says, whatever language the user speaks."""

import os
import subprocess
import unittest

import machine

DEMO = os.path.join(machine.TOP, "tests", "machine", "demo")


class Demo(unittest.TestCase):
    def run_it(self, **environment):
        done = subprocess.run([DEMO, os.path.join(machine.TOP, "xml")], env={**os.environ, **environment},
                              cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        machine.write("0x" + "f" * 64, "/sys/bus/ap/apmask")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("every step did what it said", done.stdout)

    def test_every_step_does_what_it_says(self):
        self.run_it()

    def test_locale_that_is_not_installed_does_not_matter(self):
        self.run_it(LC_ALL="xx_YY.UTF-8", LANGUAGE="xx")
