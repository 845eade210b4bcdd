# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""virt-manager itself, on a display that nobody sees, offers a matrix to be added to a guest, and adds it.

With AP_TEST_PICTURE in the environment its window is kept in that file, for the manual.
"""

import json
import os
import shutil
import unittest
import xml.etree.ElementTree as ElementTree

import machine
from test_frontends import CAPABILITIES, HOSTDEV

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
GUEST = "/etc/libvirt/qemu/g1.xml"
EMULATOR = "/usr/bin/qemu-system-s390x"
# A guest that was defined while there was a QEMU: libvirt reads it all the same.
DOMAIN = """\
<domain type='{kind}'>
  <name>g1</name>
  <uuid>0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001</uuid>
  <memory unit='KiB'>262144</memory>
  <vcpu>1</vcpu>
  <os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os>
  <devices><emulator>{emulator}</emulator></devices>
</domain>
"""
PLACE = "/run/virt-manager"
NEEDED = ("virt-manager", "xvfb-run", "dbus-run-session")
MISSING = [name for name in NEEDED if not shutil.which(name)]


@unittest.skipIf(MISSING, f"{', '.join(MISSING)} not installed (desktop in packaging/debian-packages)")
@unittest.skipUnless(machine.is_simulated(), "the emulated mainframe has no desktop")
class VirtManager(machine.MachineTest):
    @classmethod
    def setUpClass(cls):
        os.makedirs(os.path.dirname(GUEST), exist_ok=True)
        with open(GUEST, "w", encoding="ascii") as stream:
            stream.write(DOMAIN.format(kind="qemu" if os.path.exists(EMULATOR) else "kvm", emulator=EMULATOR))
        os.makedirs(PLACE, mode=0o700)
        with open(f"{PLACE}/caps.xml", "w", encoding="ascii") as stream:
            stream.write(CAPABILITIES)
        machine.daemon("start ours")

    @classmethod
    def tearDownClass(cls):
        machine.daemon("stop")

    def ask(self, name, *options):
        """What virt-manager offers, and would add when @name is picked."""
        environment = {**os.environ, "HOME": PLACE, "XDG_RUNTIME_DIR": PLACE, "GSETTINGS_BACKEND": "memory",
                       "NO_AT_BRIDGE": "1"}
        # Where libvirt has no QEMU its answers about one are made up.
        uri = self.uri if os.path.exists(EMULATOR) else f"__virtinst_test__{self.uri},caps={PLACE}/caps.xml"
        done = machine.run("dbus-run-session", "--", "xvfb-run", "-a", "-s", "-screen 0 1024x768x24",
                           "/usr/bin/python3", os.path.join(machine.HERE, "virt_manager.py"), *options,
                           uri, "g1", name, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def test_active_matrix_can_be_added(self):
        machine.write("-5,-6", machine.BUS, "apmask")
        self.create([5, 6], [4, 0xab], uuid=UUID)
        # One that is only defined is shown, too, and has to be started first.
        self.connection.nodeDeviceDefineXML(machine.document([5], [0x47], uuid=OTHER), 0)
        self.addCleanup(lambda: self.lookup(OTHER).undefine())
        picture = os.environ.get("AP_TEST_PICTURE")
        answer = self.ask(machine.node_name(UUID), *(["--picture", picture] if picture else []))
        self.assertEqual(answer["devices"], {machine.node_name(UUID): True, machine.node_name(OTHER): False})
        element = ElementTree.fromstring(answer["xml"])
        self.assertEqual((element.tag, element.attrib), ("hostdev", HOSTDEV))
        self.assertEqual(element.find("./source/address").attrib, {"uuid": UUID})

    @unittest.skipUnless(os.path.exists(EMULATOR), f"libvirt changes no guest without {EMULATOR} (qemu-system-misc)")
    def test_finish_adds_it(self):
        machine.write("-5,-6", machine.BUS, "apmask")
        self.create([5, 6], [4, 0xab], uuid=UUID)
        self.ask(machine.node_name(UUID), "--finish")
        guest = ElementTree.fromstring(machine.virsh("dumpxml", "--inactive", "g1"))
        element, = guest.findall("./devices/hostdev")
        self.assertEqual({name: element.get(name) for name in HOSTDEV}, HOSTDEV)
        self.assertEqual(element.find("./source/address").attrib, {"uuid": UUID})
