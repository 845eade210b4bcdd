# SPDX-License-Identifier: GPL-2.0
"""driver_override of queues, as driverctl and as udev rules use it."""

import os
import unittest

import machine

QUEUE = "/sys/bus/ap/devices/05.0004"


def driver(queue=QUEUE):
    link = queue + "/driver"
    return os.path.basename(os.readlink(link)) if os.path.exists(link) else None


def give(name):
    """By the paths that a udev rule would write to."""
    machine.write(QUEUE + "/driver_override", name)
    if driver():
        machine.write(QUEUE + "/driver/unbind", "05.0004")
    machine.write(QUEUE + "/subsystem/drivers_probe", "05.0004")


class Override(unittest.TestCase):
    def tearDown(self):
        give("\n")
        self.assertEqual(driver(), "cex4queue")

    def test_queue_moves_when_it_is_probed(self):
        self.assertEqual(machine.read(QUEUE + "/driver_override"), "\n")
        monitor = machine.Monitor(machine.UDEV)
        give("vfio_ap\n")
        self.assertEqual(machine.read(QUEUE + "/driver_override"), "vfio_ap\n")
        self.assertEqual(driver(), "vfio_ap")
        self.assertEqual(machine.read(QUEUE + "/status"), "unassigned\n")
        self.assertEqual([event["ACTION"] for event in monitor.pending()], ["unbind", "bind"])

    def test_masks_and_overrides_exclude_each_other(self):
        give("vfio_ap")
        for mask in ("apmask", "aqmask"):
            self.assertEqual(machine.outcome(machine.write, "/sys/bus/ap/" + mask, "-6"), "EINVAL")
        give("\n")
        machine.write("/sys/bus/ap/apmask", "-6")
        self.assertEqual(machine.outcome(machine.write, QUEUE + "/driver_override", "vfio_ap"), "EINVAL")
        machine.write("/sys/bus/ap/apmask", "+6")

    def test_only_the_queue_can_be_assigned(self):
        give("vfio_ap")
        with machine.Mdev("22222222-2222-3333-4444-555555555555", assign_adapter=(5,), assign_domain=(4,)) as mdev:
            self.assertEqual(machine.read(mdev.path + "/guest_matrix"), "05.0004\n")
            self.assertEqual(machine.outcome(machine.write, mdev.path + "/assign_domain", "0x47"), "EADDRNOTAVAIL")
