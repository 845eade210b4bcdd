# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Access control: what the stock daemon denies or hides, ours denies or hides.

Both daemons are asked the same under the same rules, first without polkit, then
with a stand-in for it on a private system bus.
"""

import json
import os
import subprocess
import unittest

import libvirt

import machine

RULES = "/run/polkit-rules.json"
BUS = """\
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  </policy>
</busconfig>
"""
CONFIGURATION = 'access_drivers = [ "polkit" ]\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n'
HELD = "62177883-f1bb-47f0-914d-32a22e3a8804"
NEW = "0c0e1a80-5b04-4a5e-9d0f-000000000001"
NAMES = ["ap_card05", "ap_card06", "ap_05_0004", "ap_06_0004", "ap_matrix", machine.node_name(HELD), "computer"]
CAPABILITIES = {"ap_card": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD,
                "ap_queue": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE,
                "ap_matrix": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX,
                "mdev": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV,
                "system": libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_SYSTEM}
# name of the situation: rules
SITUATIONS = {
    "everything allowed": [],
    "everything denied": [["*", "*", False]],
    "one card is hidden": [["node-device.getattr", "ap_card06", False], ["node-device.getattr", "ap_06_*", False]],
    "matrices are hidden": [["node-device.getattr", "mdev_*", False]],
    "everything is hidden": [["node-device.getattr", "*", False]],
    "nothing may be read": [["node-device.read", "*", False]],
    "nobody may search": [["connect.search-node-devices", "*", False]],
    "nothing may be started": [["node-device.start", "*", False]],
    "nothing new may be started": [["node-device.start", "new device", False]],
    "nothing may be stopped": [["node-device.stop", "*", False]],
    "only that matrix may be stopped": [["node-device.stop", machine.node_name(HELD), True],
                                        ["node-device.stop", "*", False]],
    "write denied": [["node-device.write", "*", False]],
}


class Recorder(machine.Recorder):
    """Everything that our module checks access for."""

    def names(self, devices):
        """Of this test's devices, in a list."""
        return sorted(name for name in devices if name in NAMES)

    def ask_lists(self):
        for capability, flag in [(None, 0), *CAPABILITIES.items()]:
            self.ask(f"all {capability}", lambda: self.names(
                device.name() for device in self.connection.listAllDevices(flag)))  # pylint: disable=cell-var-from-loop
            self.ask(f"names {capability}", lambda: self.names(
                self.connection.listDevices(capability, 0)))  # pylint: disable=cell-var-from-loop
            if capability:
                self.ask(f"number {capability}", self.connection.numOfDevices, capability, 0)

    def ask_devices(self, handles):
        for name, device in handles.items():
            self.ask(f"lookup {name}", lambda: self.connection.nodeDeviceLookupByName(
                name).name())  # pylint: disable=cell-var-from-loop
            self.ask(f"xml {name}", lambda: bool(device.XMLDesc(0)))  # pylint: disable=cell-var-from-loop
            for what in ("listCaps", "numOfCaps", "isActive", "isPersistent", "autostart"):
                self.ask(f"{what} {name}", getattr(device, what))

    def ask_changes(self, held):
        self.ask("create", lambda: self.connection.nodeDeviceCreateXML(
            machine.document([6], [4], uuid=NEW), 0).name())
        self.ask("create with a mistake", lambda: self.connection.nodeDeviceCreateXML(
            machine.document([6], [4]).replace(f"<type id='{machine.TYPE}'/>", ""), 0).name())
        # The words are ours.
        self.answers["create with a mistake"] = self.answers["create with a mistake"][:2]
        self.ask("destroy", held.destroy)
        self.answers["matrices"] = machine.kernel_matrices()


def answers_of(kind):
    """All answers of one daemon in all situations."""
    with open(RULES, "w", encoding="ascii") as stream:
        json.dump([], stream)
    machine.daemon(f"start {kind}")
    found = {}
    try:
        for situation, rules in SITUATIONS.items():
            found[situation] = answers_in(rules)
    finally:
        with open(RULES, "w", encoding="ascii") as stream:
            json.dump([], stream)
        machine.daemon("stop")
    return found


def answers_in(rules):
    machine.write(HELD, machine.CREATE)
    machine.write(5, machine.MATRIX, HELD, "assign_adapter")
    machine.write(4, machine.MATRIX, HELD, "assign_domain")
    recorder = Recorder()
    # libvirt's own module learns of a new device from udev, some time later.
    machine.wait_until(lambda: machine.node_name(HELD) in recorder.connection.listDevices("mdev", 0), "the matrix is known")
    handles = {name: recorder.connection.nodeDeviceLookupByName(name) for name in NAMES}
    with open(RULES + ".new", "w", encoding="ascii") as stream:
        json.dump(rules, stream)
    os.rename(RULES + ".new", RULES)
    recorder.ask("open", lambda: bool(libvirt.open("qemu:///system")))
    recorder.ask_lists()
    recorder.ask_devices(handles)
    recorder.ask_changes(handles[machine.node_name(HELD)])
    with open(RULES, "w", encoding="ascii") as stream:
        json.dump([], stream)
    for uuid in machine.kernel_matrices():
        machine.write(1, machine.MATRIX, uuid, "remove")
    machine.wait_until(lambda: recorder.connection.numOfDevices("mdev", 0) == 0, "the matrices are gone")
    del handles
    recorder.connection.close()
    return recorder.answers


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open("/etc/libvirt/libvirtd.conf", "w", encoding="ascii") as stream:
            stream.write(CONFIGURATION)

    def test_without_polkit_everything_is_refused(self):
        found = {}
        for kind in ("stock", "ours"):
            machine.daemon(f"start {kind}")
            for uri in ("qemu:///system", "nodedev:///system"):
                with self.assertRaises(libvirt.libvirtError) as caught:
                    libvirt.open(uri)
                found[kind, uri] = (caught.exception.get_error_code(), caught.exception.get_error_domain())
            machine.daemon("stop")
        for uri in ("qemu:///system", "nodedev:///system"):
            self.assertEqual(found["ours", uri], found["stock", uri])


class Rules(Access):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.makedirs("/run/dbus", exist_ok=True)
        with open("/run/bus.conf", "w", encoding="ascii") as stream:
            stream.write(BUS)
        cls.start("dbus-daemon", "--config-file=/run/bus.conf", "--nofork", "--nopidfile", "--print-address")
        with open(RULES, "w", encoding="ascii") as stream:
            json.dump([], stream)
        cls.start("/usr/bin/python3", os.path.join(machine.HERE, "polkit.py"), RULES)
        cls.stock = answers_of("stock")
        cls.ours = answers_of("ours")

    @classmethod
    def start(cls, *command):
        """A process that says a line when it is ready, and lives until the end."""
        with open("/run/polkit-test.log", "ab") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        cls.addClassCleanup(process.stdout.close)
        if not process.stdout.readline():
            raise AssertionError(f"{command[0]} did not start: {machine.read('/run/polkit-test.log')}")

    test_without_polkit_everything_is_refused = None

    def test_answers_are_stocks_in_every_situation(self):
        for situation, answers in self.stock.items():
            self.assertEqual(list(self.ours[situation]), list(answers))
            for question, answer in answers.items():
                with self.subTest(situation=situation, question=question):
                    self.assertEqual(self.ours[situation][question], answer)

    def test_rules_make_a_difference(self):
        """Lest nothing at all be compared."""
        allowed = self.stock["everything allowed"]
        self.assertEqual(allowed["all ap_card"], ["ap_card05", "ap_card06"])
        self.assertEqual(allowed["matrices"], [NEW])
        self.assertEqual(self.ours["one card is hidden"]["all ap_card"], ["ap_card05"])
        self.assertEqual(self.ours["one card is hidden"]["number ap_card"], 1)
        self.assertEqual(self.ours["nothing may be started"]["create"][1], libvirt.VIR_ERR_ACCESS_DENIED)
        self.assertEqual(self.ours["nothing may be stopped"]["matrices"], [NEW, HELD])
        self.assertEqual(self.ours["nobody may search"]["all ap_card"][1], libvirt.VIR_ERR_ACCESS_DENIED)
        self.assertEqual(self.ours["only that matrix may be stopped"]["matrices"], [NEW])
        for situation in set(SITUATIONS) - {"everything allowed", "only that matrix may be stopped"}:
            with self.subTest(situation=situation):
                self.assertNotEqual(self.ours[situation], allowed)
