# SPDX-License-Identifier: GPL-2.0
"""The largest machine answers in time."""

import os
import time
import unittest

import machine

ALL = "0x" + "f" * 64
QUEUES = 256 * 256


class Max(unittest.TestCase):
    def test_every_queue_is_listed(self):
        names = os.listdir("/sys/bus/ap/devices")
        self.assertEqual((len(names), len(set(names))), (QUEUES + 256, QUEUES + 256))
        self.assertEqual(machine.read("/sys/bus/ap/bindings"), f"{QUEUES}/{QUEUES} (complete)\n")

    def test_matrix_of_all_queues_is_created_and_read_at_once(self):
        start = time.monotonic()
        with machine.Mdev(ap_config=[f"{ALL},{ALL},{ALL}"]) as mdev:
            lines = mdev.read("matrix").splitlines()
            self.assertEqual((len(lines), lines[0], lines[-1]), (QUEUES, "00.0000", "ff.00ff"))
            self.assertEqual(mdev.read("guest_matrix").splitlines(), lines)
        self.assertLess(time.monotonic() - start, 1.0)

    def test_mask_change_moves_every_queue(self):
        machine.write("/sys/bus/ap/apmask", ALL)
        self.assertTrue(os.readlink("/sys/bus/ap/devices/ff.00ff/driver").endswith("/cex4queue"))
        self.assertEqual(len(os.listdir("/sys/bus/ap/drivers/vfio_ap")), 4)
        machine.write("/sys/bus/ap/apmask", "0x0")
        self.assertTrue(os.readlink("/sys/bus/ap/devices/ff.00ff/driver").endswith("/vfio_ap"))
        self.assertEqual(len(os.listdir("/sys/bus/ap/drivers/vfio_ap")), QUEUES + 4)

    def test_card_goes_with_its_queues_though_names_are_cached(self):
        for apqi in range(256):
            os.stat(f"/sys/devices/ap/card80/80.{apqi:04x}/uevent")
            os.stat(f"/sys/bus/ap/devices/80.{apqi:04x}/uevent")
        machine.control("card_remove", "0x80")
        machine.rescan()
        for apqi in range(256):
            self.assertFalse(os.path.exists(f"/sys/devices/ap/card80/80.{apqi:04x}"))
            self.assertFalse(os.path.lexists(f"/sys/bus/ap/devices/80.{apqi:04x}"))
        machine.control("card_add", "0x80 CEX8P")
        machine.rescan()
        self.assertEqual(machine.read("/sys/bus/ap/devices/card80/type"), "CEX8P\n")
        self.assertTrue(os.path.exists("/sys/bus/ap/devices/80.00ff/uevent"))
