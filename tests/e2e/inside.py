#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inside the machine: run one test module and print TAP, as the simulator's own tests do."""

import glob
import os
import sys
import unittest

# Behind our own folder: both have a module "machine".
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "vfio_ap", "tests", "apsim"))

import machine  # noqa: E402 (found there)
import tap  # noqa: E402

# What configures the daemon, the hook and the machine's next start.
FILES = (f"{machine.STORE}/*", "/etc/libvirt/ap.conf", "/etc/libvirt/ap/*", "/etc/udev/rules.d/41-*",
         "/run/libvirt-ap/holders/*", "/run/libvirt-ap/reserved", "/var/lib/libvirt/ap/reserved")


def traces():
    """What the next module on the same machine would meet."""
    masks = {name: machine.read(machine.BUS, name).strip() for name in ("apmask", "aqmask")
             if os.path.exists(os.path.join(machine.BUS, name))}
    return {"masks": masks, "matrices": machine.kernel_matrices(),
            "files": sorted(path for pattern in FILES for path in glob.glob(pattern))}


class Tidy(unittest.TestCase):
    """The machine is as it was before the module."""

    def __init__(self, before):
        super().__init__("test_machine_is_left_as_it_was")
        self.before = before

    def id(self):
        return f"{sys.argv[1]}.{super().id().split('.', 1)[1]}"

    def test_machine_is_left_as_it_was(self):
        if self.before["masks"] and not os.path.exists(machine.BUS):
            self.skipTest("the module has left the simulated machine, which ends with it")
        self.assertEqual(traces(), self.before)


if __name__ == "__main__":
    sys.exit(tap.main(sys.argv[1], Tidy(traces())))
