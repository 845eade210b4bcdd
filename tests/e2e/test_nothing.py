# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine without AP hardware: with our module everything is as without.

These tests leave the simulated machine for the real one: a mount namespace of
their own where the simulated /sys is taken away.  What differs is shown in
libvirt's answers, word for word; only where a client asks for an AP device that
cannot be there may our message say more than libvirt's.
"""

import ctypes
import os
import shutil
import unittest

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
AP_NAMES = ["ap_card05", "ap_05_0004", "ap_matrix", machine.node_name(UUID)]
CAPABILITIES = ["system", "pci", "usb_device", "usb", "net", "scsi_host", "scsi_target", "scsi", "storage", "fc_host",
                "vports", "scsi_generic", "drm", "mdev_types", "mdev", "ccw", "css", "vdpa", "ap_card", "ap_queue",
                "ap_matrix", "vpd", "nonsense", None]
DOCUMENTS = ["", "<", "<device/>", "<nothing/>", "<device><parent>computer</parent></device>",
             "<device><parent>computer</parent><capability type='mdev'><type id='x'/>"
             f"<uuid>{UUID}</uuid></capability></device>",
             "<device><parent>computer</parent><capability type='scsi_host'><capability type='fc_host'>"
             "<wwnn>1</wwnn><wwpn>2</wwpn></capability></capability></device>"]
CLONE_NEWNS = 0x00020000
MNT_DETACH = 2


def leave_simulation():
    """This process and its children see the real /sys from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    for failed in (libc.unshare(CLONE_NEWNS), libc.umount2(b"/sys", MNT_DETACH)):
        if failed:
            raise OSError(ctypes.get_errno(), "cannot uncover the real /sys")
    os.environ.pop("SYSTEMD_DEVICE_VERIFY_SYSFS", None)
    if os.path.exists("/sys/bus/ap"):
        raise unittest.SkipTest("this machine has AP hardware")


class Recorder(machine.Recorder):
    """All that a client can ask about node devices."""

    def ask_lists(self):
        for flag in [0, *(1 << bit for bit in range(32))]:
            self.ask(f"list {flag:#x}", lambda: sorted(
                device.name() for device in self.connection.listAllDevices(flag)))  # pylint: disable=cell-var-from-loop
        for capability in CAPABILITIES:
            self.ask(f"names {capability}", lambda: sorted(
                self.connection.listDevices(capability, 0)))  # pylint: disable=cell-var-from-loop
            self.ask(f"number {capability}", self.connection.numOfDevices, capability, 0)
        self.answers["tree"] = machine.virsh("nodedev-list", "--tree")

    def ask_device(self, name):
        device = self.ask(f"lookup {name}", self.connection.nodeDeviceLookupByName, name)
        if isinstance(device, tuple):
            return
        self.answers[f"lookup {name}"] = device.name()
        for what in ("parent", "listCaps", "numOfCaps", "isActive", "isPersistent", "autostart"):
            self.ask(f"{what} {name}", getattr(device, what))
        self.ask(f"xml {name}", device.XMLDesc, 0)
        self.ask(f"xml with flags {name}", device.XMLDesc, 1)

    def ask_changes(self):
        computer = self.connection.nodeDeviceLookupByName("computer")
        for what in ("destroy", "undefine", "create", "reset", "dettach", "reAttach"):
            self.ask(f"{what} computer", getattr(computer, what))
        for number, text in enumerate(DOCUMENTS):
            for flags in (0, 1, 2):
                self.ask(f"create {number} {flags}", self.connection.nodeDeviceCreateXML, text, flags)
                self.ask(f"define {number} {flags}", self.connection.nodeDeviceDefineXML, text, flags)

    def ask_everything(self):
        self.ask_lists()
        for name in [*self.answers["list 0x0"], *AP_NAMES, "nonsense", "", "mdev_nonsense_matrix"]:
            self.ask_device(name)
        self.ask_changes()
        # Refused by both for the same reason, which our module words better.
        for flags in (0, 1):
            answer = self.ask(f"create AP {flags}", self.connection.nodeDeviceCreateXML,
                              machine.document([5], [4], uuid=UUID), flags)
            self.answers[f"create AP {flags}"] = answer[:2]
        self.ask("define AP", self.connection.nodeDeviceDefineXML, machine.document([5], [4], uuid=UUID), 0)
        self.connection.close()


def empty_store():
    for directory in os.listdir("/etc/mdevctl.d"):
        if directory != "scripts.d":
            shutil.rmtree(os.path.join("/etc/mdevctl.d", directory))


def answers_of(kind):
    """Starts a daemon, asks it everything, stops it; its answers and its log."""
    if os.path.exists(machine.LOG):
        os.unlink(machine.LOG)
    empty_store()
    machine.daemon(f"start {kind}")
    recorder = Recorder()
    recorder.ask_everything()
    machine.daemon("stop")
    empty_store()
    with open("/var/log/libvirt/libvirtd.stderr", encoding="utf-8", errors="replace") as stream:
        return recorder.answers, machine.log_text() + stream.read()


class Nothing(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        leave_simulation()
        cls.stock, cls.stock_log = answers_of("stock")
        cls.ours, cls.ours_log = answers_of("ours")

    def test_machine_has_devices_and_no_ap(self):
        self.assertGreater(len(self.stock["list 0x0"]), 3)
        self.assertEqual([name for name in self.stock["list 0x0"] if name.startswith("ap_")], [])
        self.assertFalse(os.path.exists("/sys/bus/ap"))

    def test_every_answer_is_stocks(self):
        self.assertEqual(list(self.ours), list(self.stock))
        for question, answer in self.stock.items():
            with self.subTest(question=question):
                self.assertEqual(self.ours[question], answer)

    def test_log_has_nothing_of_ours(self):
        self.assertNotIn("libvirt-ap", self.ours_log)
        self.assertNotIn(" warning : ap", self.ours_log)

    def test_module_was_loaded(self):
        """Lest two stock daemons be compared."""
        machine.daemon("start ours")
        try:
            with open(f"/proc/{machine.daemon_pid()}/maps", encoding="utf-8") as stream:
                self.assertIn(os.environ["LIBVIRT_AP_BUILD"] + "/driver/libvirt_driver_nodedev.so",
                              stream.read().replace("/src/nodedev/", "/driver/"))
        finally:
            machine.daemon("stop")
