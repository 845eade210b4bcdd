# SPDX-License-Identifier: GPL-2.0
"""Stock tools work as on a mainframe."""

import json
import os
import shutil
import unittest

import machine

UUID = "33333333-2222-3333-4444-555555555555"
URI = "qemu:///system"


@unittest.skipUnless(shutil.which("mdevctl"), "mdevctl is not installed")
class Mdevctl(unittest.TestCase):
    def test_types_names_the_matrix(self):
        types = machine.run("mdevctl", "types")
        for text in ("matrix\n", "vfio_ap-passthrough", "Available instances: 65536",
                     "Device API: vfio-ap", "Name: VFIO AP Passthrough Device"):
            self.assertIn(text, types)

    def test_transient_device_is_started_listed_and_stopped(self):
        machine.run("mdevctl", "start", "-u", UUID, "-p", "matrix", "-t", "vfio_ap-passthrough")
        self.assertIn(f"{UUID} matrix vfio_ap-passthrough", machine.run("mdevctl", "list"))
        machine.run("mdevctl", "stop", "-u", UUID)
        self.assertNotIn(UUID, machine.run("mdevctl", "list"))

    def test_definition_is_private_and_starts_with_its_attributes(self):
        self.assertNotIn("matrix", os.listdir("/etc/mdevctl.d"))
        machine.run("mdevctl", "define", "-u", UUID, "-p", "matrix", "-t", "vfio_ap-passthrough")
        for attribute, value in (("assign_adapter", "5"), ("assign_domain", "0x47")):
            machine.run("mdevctl", "modify", "-u", UUID, f"--addattr={attribute}", f"--value={value}")
        machine.run("mdevctl", "start", "-u", UUID)
        self.assertEqual(machine.read(f"{machine.MATRIX}/{UUID}/matrix"), "05.0047\n")
        listed = json.loads(machine.run("mdevctl", "list", "-d", "--dumpjson"))
        self.assertEqual([list(device) for device in listed[0]["matrix"]], [[UUID]])
        machine.run("mdevctl", "stop", "-u", UUID)
        machine.run("mdevctl", "undefine", "-u", UUID)

    def test_refusal_of_the_kernel_reaches_the_user(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]):
            machine.run("mdevctl", "define", "-u", UUID, "-p", "matrix", "-t", "vfio_ap-passthrough")
            for attribute, value in (("assign_adapter", "5"), ("assign_domain", "4")):
                machine.run("mdevctl", "modify", "-u", UUID, f"--addattr={attribute}", f"--value={value}")
            said = machine.run("mdevctl", "start", "-u", UUID, check=False)
            self.assertIn("Address already in use", said)
            self.assertFalse(os.path.exists(f"{machine.MATRIX}/{UUID}"))
            machine.run("mdevctl", "undefine", "-u", UUID)


class Shell(unittest.TestCase):
    def echo(self, text, path):
        return machine.run("bash", "-c", f"LC_ALL=C echo {text} > {path}", check=False)

    def test_echo_says_what_it_says_on_a_mainframe(self):
        with machine.Mdev(assign_adapter=[5]) as mdev:
            machine.write("/sys/bus/ap/apmask", "+5")
            for text, attribute, wanted in (
                    ("4", "assign_domain", "Cannot assign requested address"),
                    ("300", "assign_adapter", "No such device"),
                    ("x", "assign_adapter", "Invalid argument"),
                    ("99999999999999999999", "assign_adapter", "Numerical result out of range")):
                self.assertIn(f"write error: {wanted}", self.echo(text, f"{mdev.path}/{attribute}"))
            machine.write("/sys/bus/ap/apmask", "-5")

    def test_places_of_the_daemons_are_private_and_ready(self):
        for path, mode in (("/run/lock", 0o1777), ("/run/libvirt", 0o755), ("/etc/mdevctl.d/scripts.d/callouts", 0o755)):
            self.assertEqual(os.stat(path).st_mode & 0o7777, mode, path)
        self.assertEqual(machine.run("ps", "-o", "pid=", "-p", "1").strip(), "1")
        self.assertEqual(os.listdir("/sys/class/net"), ["lo"])
        self.assertEqual(machine.read("/sys/class/net/lo/operstate"), "unknown\n")
        self.assertEqual(os.environ["SYSTEMD_DEVICE_VERIFY_SYSFS"], "0")


@unittest.skipUnless(shutil.which("libvirtd"), "libvirtd is not installed")
class Libvirt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        machine.run("virtlogd", "-d")
        machine.run("libvirtd", "-d")
        machine.wait_for(lambda: "ap_matrix" in cls.virsh("nodedev-list", check=False), "libvirtd is up")

    @staticmethod
    def virsh(*command, check=True):
        return machine.run("virsh", "-c", URI, *command, check=check)

    def test_cards_and_queues_are_listed(self):
        self.assertEqual(self.virsh("nodedev-list", "--cap", "ap_card").split(), ["ap_card05", "ap_card06"])
        self.assertEqual(len(self.virsh("nodedev-list", "--cap", "ap_queue").split()), 8)
        self.assertIn("<driver>\n    <name>vfio_ap</name>", self.virsh("nodedev-dumpxml", "ap_05_0004"))
        self.assertIn("<availableInstances>65536<", self.virsh("nodedev-dumpxml", "ap_matrix"))

    def test_matrix_is_created_and_destroyed(self):
        with open("/run/ap.xml", "w", encoding="utf-8") as stream:
            stream.write(f"""<device><parent>ap_matrix</parent><capability type='mdev'>
                <type id='vfio_ap-passthrough'/><uuid>{UUID}</uuid><attr name='assign_adapter' value='5'/>
                <attr name='assign_domain' value='4'/></capability></device>""")
        name = f"mdev_{UUID.replace('-', '_')}_matrix"
        self.assertIn(name, self.virsh("nodedev-create", "/run/ap.xml"))
        self.addCleanup(self.virsh, "nodedev-destroy", name, check=False)
        self.assertEqual(machine.read(f"{machine.MATRIX}/{UUID}/matrix"), "05.0004\n")
        self.assertIn("<iommuGroup number='0'/>", self.virsh("nodedev-dumpxml", name))
        self.virsh("nodedev-destroy", name)
        self.assertFalse(os.path.exists(f"{machine.MATRIX}/{UUID}"))

    def test_daemon_follows_what_comes_and_goes(self):
        machine.control("card_add", "0x20 CEX8C")
        machine.rescan()
        machine.wait_for(lambda: "ap_20_0004" in self.virsh("nodedev-list"), "the new queue is known")
        machine.control("card_remove", "0x20")
        machine.rescan()
        machine.wait_for(lambda: "ap_card20" not in self.virsh("nodedev-list"), "the card is forgotten")
