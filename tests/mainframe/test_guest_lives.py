# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests with the hook, from one boot of theirs, or of the host, to the next: several at once, with a matrix that is
attached while they run, changed under them, and made by front ends."""

import os
import shutil
import threading
import unittest
import xml.etree.ElementTree as ElementTree

import libvirt

import kvm_guest
import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "5c8a8a5d-0d3a-4f3e-8a52-6f0d5b0f9a02"
HOLDERS = "/run/libvirt-ap/holders"
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
EXTENDED = 1 << 30
LIVE = 1
BOTH = ("05.0004", "06.0004")
CMDLINE = "console=sclp0 loglevel=4 panic=-1"


def guests_shown():
    """{matrix: [state, since (two words, or a dash), UUID, name]} of `virt-ap guests`."""
    done = machine.run("virt-ap", "guests")
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr)
    return {words[0]: words[1:] for words in map(str.split, done.stdout.splitlines())}


class LifeTest(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear)

    def clear(self):
        for uuid in os.listdir(machine.STORE) if os.path.isdir(machine.STORE) else []:
            os.unlink(os.path.join(machine.STORE, uuid))
        self.assertEqual(self.records(), [])

    @staticmethod
    def records():
        return sorted(os.listdir(HOLDERS)) if os.path.isdir(HOLDERS) else []

    def define(self, adapters, domains, uuid=UUID):
        return self.connection.nodeDeviceDefineXML(machine.document(adapters, domains, uuid=uuid), 0)

    def follow(self, name, uuid=None, domain=None):
        """A guest that is started, or runs already, until the end of the test."""
        guest = kvm_guest.Guest(self.connection, name, uuid, domain)
        self.addCleanup(guest.close)
        return guest

    def wait_until_put_away(self):
        machine.wait_until(lambda: machine.kernel_matrices() == self.records() == [], "all is put away")


class Boots(LifeTest):
    def test_two_guests_at_once(self):
        """With the queues of two matrices of the same cards."""
        self.define([5, 6], [4])
        self.define([5, 6], [0x47], OTHER)
        guests = {}

        def start(name, uuid):
            connection = libvirt.open(self.uri)
            kvm_guest.forget_console(name)
            guests[name] = connection.createXML(kvm_guest.document(name, uuid), 0)

        threads = [threading.Thread(target=start, args=pair) for pair in (("guest1", UUID), ("guest2", OTHER))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        first, second = (self.follow(name, domain=guests[name]) for name in ("guest1", "guest2"))
        first.wait_for_queues(*BOTH)
        second.wait_for_queues("05.0047", "06.0047")
        self.assertEqual({uuid: (words[0], words[-1]) for uuid, words in guests_shown().items()},
                         {UUID: ("running", "guest1"), OTHER: ("running", "guest2")})
        first.shut_down()
        machine.wait_until(lambda: machine.kernel_matrices() == self.records() == [OTHER], "the first one is put away")
        self.assertEqual(second.wait_for_queues("05.0047", "06.0047")["05.0047"]["online"], "1")
        second.shut_down()
        self.wait_until_put_away()

    def test_guest_reboots(self):
        self.define([5, 6], [4])
        guest = self.follow("guest1", UUID)
        guest.wait_for_queues(*BOTH)
        with open(f"/proc/{guest.pid}/cmdline", encoding="utf-8") as stream:
            words = stream.read().split("\0")
        self.assertIn('{"driver":"vfio-ap","id":"hostdev0","sysfsdev":"/sys/bus/mdev/devices/%s"}' % UUID, words)
        before = machine.read(HOLDERS, UUID)
        guest.forget()
        guest.domain.reboot(0)
        guest.wait_for_boot()
        guest.wait_for_queues(*BOTH)
        self.assertEqual(machine.read(HOLDERS, UUID), before)
        guest.shut_down()
        self.wait_until_put_away()

    def power_cycle(self, guest):
        """What a host is after a reboot: no process of before, no matrix, and nothing in /run of ours and of
        libvirt's guests."""
        self.connection.close()
        machine.daemon("stop")
        os.kill(guest.pid, 9)
        guest.wait_for_end()
        guest.console.close()
        kvm_guest.forget_console(guest.name)
        self.remove_matrices()
        machine.forget_boot()
        shutil.rmtree("/run/libvirt/qemu")
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)

    def test_guest_that_starts_by_itself(self):
        """When the host does; with a matrix that does so, too, or with one that the hook makes."""
        matrix = self.define([5, 6], [4])
        domain = self.connection.defineXML(kvm_guest.document("guest1", UUID))
        domain.setAutostart(1)
        self.addCleanup(lambda: self.connection.lookupByName("guest1").undefine())
        kvm_guest.forget_console("guest1")
        domain.create()
        guest = kvm_guest.Guest(self.connection, "guest1", domain=domain)
        for autostart in (1, 0):
            guest.wait_for_queues(*BOTH)
            self.lookup(UUID).setAutostart(autostart)
            self.power_cycle(guest)
            domain = self.connection.lookupByName("guest1")
            machine.wait_until(lambda: os.path.exists("/run/libvirt/qemu/guest1.pid") and domain.isActive(),
                               lambda: f"the guest starts\n{machine.log_text()[-2000:]}", kvm_guest.TIME_LIMIT)
            guest = kvm_guest.Guest(self.connection, "guest1", domain=domain)
            guest.wait_for_queues(*BOTH)
            self.assertIn(f"made={'false' if autostart else 'true'}", machine.read(HOLDERS, UUID).splitlines())
        self.addCleanup(guest.close)
        guest.shut_down()
        self.wait_until_put_away()
        self.assertEqual(matrix.name(), machine.node_name(UUID))


class Hotplug(LifeTest):
    def setUp(self):
        super().setUp()
        self.guest = self.follow("guest1")
        self.guest.wait_for_queues()
        self.create([5, 6], [4], uuid=UUID)

    def attach(self, uuid=UUID):
        self.guest.domain.attachDevice(kvm_guest.hostdev_document(uuid))

    def detach(self):
        self.guest.domain.detachDevice(kvm_guest.hostdev_document(UUID))
        self.guest.wait_for_queues()

    def test_attached_and_detached(self):
        for _ in range(2):
            self.attach()
            self.guest.wait_for_queues(*BOTH)
            uuid = self.guest.domain.UUIDString()
            self.assertEqual(guests_shown(), {UUID: ["running", "-", uuid, "guest1"]})
            self.assertIn(f"<ap:holder guest='guest1' uuid='{uuid}' state='running'/>",
                          self.lookup(UUID).XMLDesc(EXTENDED))
            self.refused(INVALID, [UUID, "guest 'guest1'"], self.lookup(UUID).destroy)
            self.detach()
            self.assertEqual(guests_shown(), {})
        self.lookup(UUID).destroy()

    def test_second_matrix(self):
        self.attach()
        self.guest.wait_for_queues(*BOTH)
        self.create([5, 6], [0x47], uuid=OTHER)
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.attach(OTHER)
        # The manual says what that means.
        self.assertIn("No 'ap-bus' bus found for device 'vfio-ap'", caught.exception.get_error_message())
        self.guest.wait_for_queues(*BOTH)
        self.lookup(OTHER).destroy()
        self.detach()

    def test_matrix_that_is_not_active(self):
        self.define([5, 6], [0x47], OTHER)
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.attach(OTHER)
        print(f"# {caught.exception.get_error_message()}", flush=True)
        self.assertIn(OTHER, caught.exception.get_error_message())

    @unittest.skipUnless(hasattr(libvirt.virNodeDevice, "update"), "libvirt is older than 10.1")
    def test_changed_while_it_runs(self):
        device = self.lookup(UUID)
        self.attach()
        self.guest.wait_for_queues(*BOTH)
        begin = f"<device xmlns:ap='urn:libvirt-ap:matrix:1'><name>{device.name()}</name>"
        device.update(machine.document([5, 6], [4, 0x47], uuid=UUID).replace("<device>", begin), LIVE)
        self.guest.wait_for_queues(*BOTH, "05.0047", "06.0047")
        less = machine.document([5], [4, 0x47], uuid=UUID).replace("<device>", begin)
        message = self.refused(INVALID, [UUID, "guest 'guest1'", "would lose adapters 6"], device.update, less, LIVE)
        print(f"# {message}", flush=True)
        self.guest.wait_for_queues(*BOTH, "05.0047", "06.0047")
        told = less.replace("</capability>", "<ap:take-from>guest1</ap:take-from></capability>")
        device.update(told, LIVE)
        self.guest.wait_for_queues("05.0004", "05.0047")
        self.detach()


class FrontEnds(LifeTest):
    """What they make is started, and sees its cards."""

    def check_start(self, name):
        domain = self.connection.lookupByName(name)
        self.addCleanup(domain.undefine)
        if not domain.isActive():
            kvm_guest.forget_console(name)
            domain.create()
        guest = self.follow(name, domain=domain)
        guest.wait_for_queues(*BOTH)
        guest.shut_down()
        self.wait_until_put_away()

    def test_virt_install(self):
        self.define([5, 6], [4])
        kvm_guest.forget_console("guest1")
        done = machine.run(
            "virt-install", "--name", "guest1", "--memory", "256", "--vcpus", "1", "--disk", "none", "--network", "none",
            "--graphics", "none", "--import", "--osinfo", "detect=off,require=off", "--cpu", "host-passthrough",
            "--boot", f"kernel={kvm_guest.SHARE}/guest-vmlinuz,initrd={kvm_guest.SHARE}/guest-initrd.gz,"
            f"kernel_args={CMDLINE}", "--console", f"file,source.path={kvm_guest.console_of('guest1')},target.type=sclp",
            "--memballoon", "none", "--noautoconsole", "--hostdev", machine.node_name(UUID))
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.check_start("guest1")

    def test_virt_xml(self):
        self.define([5, 6], [4])
        self.connection.defineXML(kvm_guest.document("guest1"))
        done = machine.run("virt-xml", "guest1", "--add-device", "--hostdev", machine.node_name(UUID))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_start("guest1")

    def test_example(self):
        """As it is, but for what it boots from."""
        folder = os.path.join(machine.TOP, "xml")
        self.connection.nodeDeviceDefineXML(machine.read(folder, "matrix-guest1.xml"), 0)
        self.lookup(UUID).undefine()
        self.define([5, 6], [4])
        guest = ElementTree.parse(os.path.join(folder, "guest-g1.xml")).getroot()
        own = ElementTree.fromstring(kvm_guest.document("g1"))
        guest.find("memory").text = "256"
        guest.find("os").extend(own.find("os")[1:])
        devices = guest.find("devices")
        for name in ("disk", "interface", "console"):
            devices.remove(devices.find(name))
        devices.append(own.find("devices/console"))
        self.connection.defineXML(ElementTree.tostring(guest, encoding="unicode"))
        self.check_start("g1")
