# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory that the daemon has lost is found when it ends: else no test would notice."""

import os
import unittest

import machine

PLANT = os.path.join(os.environ["LIBVIRT_AP_BUILD"], "tests", "machine", "libplant-leak.so")


@unittest.skipUnless(machine.is_sanitized(), "nothing looks for lost memory in this build")
class Leaks(unittest.TestCase):
    def test_lost_memory_is_reported(self):
        os.environ["DAEMON_PRELOAD"] = PLANT
        self.addCleanup(os.environ.pop, "DAEMON_PRELOAD")
        machine.daemon("start ours")
        with self.assertRaises(AssertionError) as caught:
            machine.daemon("stop")
        for words in ("LeakSanitizer", "1234 byte(s)", "plant_leak"):
            self.assertIn(words, str(caught.exception))

    def test_nothing_is_lost_otherwise(self):
        machine.daemon("start ours")
        machine.virsh("nodedev-list")
        machine.daemon("stop")
