#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What the emulated mainframe is told about the machine of a profile."""

import glob
import os
import sys
import tempfile
import unittest

VFIO_AP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(VFIO_AP, "mainframe"))
sys.path.insert(0, os.path.join(VFIO_AP, "tests", "apsim"))
import profile_machine  # noqa: E402  (the path is set just above)
import tap  # noqa: E402

MAX = os.path.join(VFIO_AP, "profiles", "max.conf")


def lines(text):
    """The lines for a profile of that text."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as stream:
        stream.write(text)
        stream.flush()
        return profile_machine.translate(profile_machine.load(stream.name))


class Profile(unittest.TestCase):
    def refused(self, words, text):
        with self.assertRaises(profile_machine.Fault) as caught:
            lines(text)
        self.assertIn(words, str(caught.exception))

    def test_each_profile_of_ours_but_the_largest_is_taken(self):
        names = set(glob.glob(os.path.join(VFIO_AP, "profiles", "*.conf"))) - {MAX}
        self.assertGreaterEqual(len(names), 4)
        for name in names:
            with self.subTest(profile=os.path.basename(name)):
                cpu, _kernel, *commands = profile_machine.translate(profile_machine.load(name))
                self.assertEqual(cpu, "max")
                self.assertEqual([line.split()[0] for line in commands[:3]], ["max_adapter", "max_domain", "features"])

    def test_more_queues_than_the_kernel_gets_through_are_refused(self):
        with self.assertRaisesRegex(profile_machine.Fault, r"^\[machine\]: 65536 queues are too many"):
            profile_machine.translate(profile_machine.load(MAX))
        card = "[card 0-63]\ntype=CEX8P\n"
        self.assertTrue(lines(f"[machine]\ndomains=0-127\n{card}"))
        self.refused("8256 queues", f"[machine]\ndomains=0-128\n{card}")

    def test_cards_and_domains_are_commands(self):
        cpu, kernel, *commands = lines("[machine]\ndomains=4,0x10-0x11\ncontrol-domains=5\nfeatures=APXA\n"
                                      "max-domain=31\n[card 5,7-8]\ntype=CEX8P\ndepth=3\nstate=deconfigured\n")
        self.assertEqual(commands, [
            "max_adapter 255", "max_domain 31", "features APXA", "domain_add 4,16,17 usage", "domain_add 5 control",
            "card_add 5,7,8 CEX8P depth=3", "deconfigure 5,7,8"])
        self.assertEqual((cpu, kernel), ("max", ""))

    def test_host_pool_is_a_whole_mask(self):
        self.assertEqual(lines("[machine]\napmask=-0-3,+1\naqmask=0xf\n")[1],
                         "ap.apmask=0x4f" + "f" * 62 + " ap.aqmask=0xf" + "0" * 63)

    def test_no_interrupts_is_the_cpus_matter(self):
        self.assertEqual(lines("[machine]\ninterrupts=false\n")[0], "max,apqi=off")

    def test_faults_name_the_group(self):
        self.refused("[machine]: the group is missing", "[card 5]\ntype=CEX5C\n")
        self.refused("[machine]: there is no key 'domain'", "[machine]\ndomain=4\n")
        self.refused("'256' is not a number", "[machine]\ndomains=256\n")
        self.refused("'APSB' is none of", "[machine]\nfeatures=APSB\n")
        self.refused("[cards 5]: there is no such group", "[machine]\n[cards 5]\n")
        self.refused("[card 5]: a type", "[machine]\n[card 5]\n")
        self.refused("'broken' is none of", "[machine]\n[card 5]\ntype=CEX5C\nstate=broken\n")
        self.refused("'99' is not a number from 0 to 16", "[machine]\n[card 5]\ntype=CEX5C\ndepth=99\n")
        self.refused("5000 is no multiple of 4096", "[machine]\n[card 5]\ntype=CEX5C\nmax-message-size=5000\n")
        self.refused("is not a mask", "[machine]\napmask=5\n")
        self.refused("neither adds", "[machine]\napmask=-5,6\n")


if __name__ == "__main__":
    sys.exit(tap.main("__main__"))
