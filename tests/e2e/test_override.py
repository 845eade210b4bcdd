# profile: doc-6.19
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Matrices that take single queues out of the host pool, where the kernel can."""

import os
import re

import libvirt

import machine
from test_reserve import OTHER, UUID, document, driver

INVALID = libvirt.VIR_ERR_OPERATION_INVALID
RUN_RULES = "/run/udev/rules.d/41-libvirt-ap.rules"
ETC_RULES = "/etc/udev/rules.d/41-libvirt-ap.rules"


def override(queue):
    return machine.read(machine.BUS, "devices", queue, "driver_override")


class OverrideTest(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.check)

    def check(self):
        self.remove_matrices()
        for queue in ("05.0004", "05.0047", "06.0047"):
            self.assertEqual(override(queue), "\n")
            self.assertEqual(driver(queue), "cex4queue")
        self.assertFalse(os.path.exists(RUN_RULES) or os.path.exists(ETC_RULES))

    def reserve(self, *arguments, **keywords):
        return self.connection.nodeDeviceCreateXML(document(*arguments, **keywords), 0)

    def test_nothing_goes_along(self):
        device = self.reserve([5], [0x47])
        self.assertEqual(override("05.0047"), "vfio_ap\n")
        self.assertEqual(driver("05.0047"), "vfio_ap")
        self.assertEqual(driver("06.0047"), "cex4queue")
        self.assertEqual(machine.kernel_queues(UUID), ["05.0047"])
        self.assertNotIn("were not asked for", machine.log_text())
        device.destroy()

    def test_kept_over_a_reboot(self):
        device = self.reserve([5], [0x47], reserve=" persist='yes'")
        self.assertIn('KERNEL=="05.0047", ATTR{driver_override}="vfio_ap"', machine.read(ETC_RULES))
        device.destroy()

    def test_without_it_the_refusal_helps(self):
        device = self.reserve([5], [0x47])
        self.refused_document(INVALID, ["06.0047", "host pool", "driver_override"],
                              machine.document([6], [0x47], uuid=OTHER))
        device.destroy()

    def test_card_comes_back(self):
        """The override went with the card; the daemon hears of the card and sets it again."""
        device = self.reserve([5], [0x47])
        machine.control("card_remove", "5")
        machine.scan()
        machine.control("card_add", "5 CEX5C")
        machine.scan()
        machine.wait_until(lambda: driver("05.0047") == "vfio_ap", "the queue to be reserved again")
        machine.wait_until(lambda: "05.0047 had come back without their override" in machine.log_text(),
                           "the daemon to say so")
        device.destroy()

    def test_udev_sets_it_again(self):
        """Without a daemon the rules do: here udev is told of the queue by hand."""
        self.reserve([5], [0x47])
        self.connection.close()
        machine.daemon("stop")
        machine.control("card_remove", "5")
        machine.scan()
        machine.control("card_add", "5 CEX5C")
        machine.scan()
        self.assertEqual(driver("05.0047"), "cex4queue")
        done = machine.run("udevadm", "test", "--action=add", "/sys/devices/ap/card05/05.0047")
        # Newer ones only say what udev would write.
        for name, value in re.findall(r'skipping writing ATTR\{(.+)\}="(.*)"', done.stderr):
            machine.write(value, name)
        self.assertEqual((done.returncode, driver("05.0047")), (0, "vfio_ap"), done.stderr)
        self.assertEqual(driver("05.0004"), "cex4queue")
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)
        self.lookup(UUID).destroy()

    def test_killed_daemon_gives_back(self):
        self.reserve([5], [0x47])
        self.connection.close()
        machine.daemon("stop")
        self.remove_matrices()
        self.assertEqual(driver("05.0047"), "vfio_ap")
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)
        self.assertEqual(driver("05.0047"), "cex4queue")

    def test_destruction_taken_back(self):
        """What it gave back to the host is taken out again; and given back then."""
        self.reserve([5], [0x47]).destroy()
        self.assertEqual(driver("05.0047"), "cex4queue")
        for expected in ("vfio_ap", "cex4queue"):
            done = machine.run("virt-ap", "rollback")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(driver("05.0047"), expected)
        history = machine.run("virt-ap", "history", "--last=1").stdout
        self.assertIn(f"matrix {UUID}", history)
