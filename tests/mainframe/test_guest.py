# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A running KVM guest with a matrix: it lives through everything that happens to
its cards, sees it, and nobody takes the matrix from under it."""

import os
import signal
import threading

import libvirt

import kvm_guest
import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
CREATED = libvirt.VIR_NODE_DEVICE_EVENT_CREATED
DELETED = libvirt.VIR_NODE_DEVICE_EVENT_DELETED
BOTH = ("05.0004", "06.0004")


class Listener:
    """Node device events, as a client of libvirt hears them."""

    def __init__(self, connection):
        self.connection = connection
        self.seen = []
        self.arrived = threading.Condition()
        self.identifier = connection.nodeDeviceEventRegisterAny(
            None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, self.hear, None)

    def hear(self, _connection, device, event, _detail, _opaque):
        with self.arrived:
            self.seen.append((device.name(), event))
            self.arrived.notify_all()

    def wait_for(self, expected):
        """Until exactly that has been heard, in any order."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.seen) >= len(expected), 60):
                raise AssertionError(f"heard only of {self.seen}")
            found, self.seen = sorted(self.seen), []
        if found != sorted(expected):
            raise AssertionError(f"heard of {found}")

    def close(self):
        self.connection.nodeDeviceEventDeregisterAny(self.identifier)


class GuestTest(machine.MachineTest):
    """One guest for all tests of a class; each leaves it as it was."""

    guest = None

    @classmethod
    def setUpClass(cls):
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=cls.loop, daemon=True).start()
        cls.shared = libvirt.open(cls.uri)
        cls.shared.nodeDeviceCreateXML(machine.document([5, 6], [4], uuid=UUID), 0)
        cls.guest = kvm_guest.Guest(cls.shared, "guest1", UUID)

    @staticmethod
    def loop():
        while True:
            libvirt.virEventRunDefaultImpl()

    @classmethod
    def tearDownClass(cls):
        cls.guest.close()
        cls.remove_matrices()
        cls.shared.close()

    def setUp(self):
        self.connection = libvirt.open(self.uri)
        self.addCleanup(lambda: self.connection.close())
        self.addCleanup(machine.restore_small)
        self.guest.wait_for_queues(*BOTH)
        self.assertTrue(self.guest.domain.isActive())

    def guest_matrix(self):
        return machine.read(machine.MATRIX, UUID, "guest_matrix").split()

    def change(self, verb, value):
        machine.control(verb, value)
        machine.scan()

    def check_refusal(self):
        """Nobody gets the matrix away from the guest, and everybody is told whose it is."""
        before = self.guest_matrix()
        message = self.refused(INVALID, [UUID, "in use", "guest 'guest1'", f"process {self.guest.pid}"],
                               self.lookup(UUID).destroy)
        self.assertNotIn("\n", message)
        self.assertEqual(machine.kernel_matrices(), [UUID])
        self.assertEqual(self.guest_matrix(), before)


class Matrix(GuestTest):
    """What is done to the matrix."""

    def test_destruction_is_refused_and_names_the_guest(self):
        self.check_refusal()
        done = machine.run("virsh", "nodedev-destroy", NAME)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("guest 'guest1'", done.stderr)

    def test_conflict_names_the_guest(self):
        self.refused_document(INVALID, ["05.0004", UUID, "guest 'guest1'", f"process {self.guest.pid}"],
                              machine.document([5], [4]))

    def test_definition_comes_and_goes_without_the_guest_noticing(self):
        device = self.connection.nodeDeviceDefineXML(machine.document([5], [0x47], uuid=UUID))
        self.assertEqual((device.isActive(), device.isPersistent()), (1, 1))
        self.check_refusal()
        device.undefine()
        self.assertEqual((device.isActive(), device.isPersistent()), (1, 0))
        self.check_refusal()

    def test_what_the_guest_has_is_refused_to_others(self):
        self.refused_document(INVALID, ["06.0004", UUID], machine.document([6], [4]))
        self.create([6], [0x47]).destroy()

    def test_host_does_not_get_its_queues_back(self):
        for change in ("+5", "+6", "+5,+6"):
            with self.assertRaises(OSError):
                machine.write(change, machine.BUS, "apmask")
        self.assertEqual(self.guest_matrix(), list(BOTH))

    def test_assigned_domain_comes_and_goes(self):
        machine.write(0x47, machine.MATRIX, UUID, "assign_domain")
        self.assertIn("<attr name='assign_domain' value='71'/>", self.lookup(UUID).XMLDesc(0))
        self.guest.wait_for_queues("05.0004", "05.0047", "06.0004", "06.0047")
        machine.write(0x47, machine.MATRIX, UUID, "unassign_domain")
        self.guest.wait_for_queues(*BOTH)
        self.assertNotIn("value='71'", self.lookup(UUID).XMLDesc(0))

    def test_unassigned_adapter_goes_and_comes(self):
        machine.write(6, machine.MATRIX, UUID, "unassign_adapter")
        self.guest.wait_for_queues("05.0004")
        # Nobody's now: another may have it, and then this guest may not.
        other = self.new_uuid()
        self.create([6], [4], uuid=other)
        with self.assertRaises(OSError):
            machine.write(6, machine.MATRIX, UUID, "assign_adapter")
        self.lookup(other).destroy()
        machine.write(6, machine.MATRIX, UUID, "assign_adapter")
        self.guest.wait_for_queues(*BOTH)

    def test_whole_configuration_in_one_write(self):
        path = os.path.join(machine.MATRIX, UUID, "ap_config")
        if not os.path.exists(path):
            self.skipTest("this kernel has no ap_config")
        before = machine.read(path).strip()
        masks = ["0x06" + "0" * 62, "0x" + "0" * 17 + "1" + "0" * 46, "0x" + "0" * 64]
        machine.write(",".join(masks), path)
        self.guest.wait_for_queues("05.0047", "06.0047")
        machine.write(before, path)
        self.guest.wait_for_queues(*BOTH)

    def test_detached_and_attached_again(self):
        self.guest.domain.detachDevice(kvm_guest.hostdev_document(UUID))
        self.guest.wait_for_queues()
        # Nobody uses it now.
        self.lookup(UUID).destroy()
        self.assertEqual(machine.kernel_matrices(), [])
        self.create([5, 6], [4], uuid=UUID)
        self.guest.domain.attachDevice(kvm_guest.hostdev_document(UUID))
        self.guest.wait_for_queues(*BOTH)
        self.check_refusal()


class Hardware(GuestTest):
    """What happens to cards and domains."""

    def test_card_is_pulled_and_put_back(self):
        listener = Listener(self.shared)
        self.addCleanup(listener.close)
        names = ["ap_card06", *[f"ap_06_{domain}" for domain in ("0004", "0047", "00ab", "00ff")]]
        description = self.lookup(UUID).XMLDesc(0)
        self.change("card_remove", 6)
        self.assertEqual(self.guest_matrix(), ["05.0004"])
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), ["ap_card05"])
        listener.wait_for([(name, DELETED) for name in names])
        self.guest.wait_for_queues("05.0004")
        self.check_refusal()
        self.refused_document(INVALID, ["06.0004", UUID], machine.document([6], [4]))
        self.change("card_add", "6 CEX5A")
        listener.wait_for([(name, CREATED) for name in names])
        self.assertEqual(self.guest_matrix(), list(BOTH))
        self.guest.wait_for_queues(*BOTH)
        self.assertEqual(self.lookup(UUID).XMLDesc(0), description)

    def test_both_cards_are_pulled_and_put_back(self):
        self.change("card_remove", "5,6")
        self.guest.wait_for_queues()
        self.check_refusal()
        self.change("card_add", "5 CEX5C")
        self.change("card_add", "6 CEX5A")
        self.guest.wait_for_queues(*BOTH)

    def test_card_on_standby(self):
        self.change("deconfigure", 6)
        self.guest.wait_until(lambda found: "card06" not in found or found["card06"]["config"] == "0",
                              "card 6 on standby")
        self.assertEqual(machine.read("/sys/devices/ap/card06/config").strip(), "0")
        self.assertIn("ap_card06", machine.virsh_names("--cap", "ap_card"))
        self.check_refusal()
        self.change("configure", 6)
        self.guest.wait_until(lambda found: found.get("card06", {}).get("config") == "1"
                              and found.get("06.0004", {}).get("config") == "1", "card 6 in use again")

    def test_broken_card(self):
        self.change("checkstop", 6)
        self.guest.wait_until(lambda found: "card06" not in found or found["card06"]["chkstop"] == "1",
                              "that card 6 is broken")
        self.assertEqual(machine.read("/sys/devices/ap/card06/chkstop").strip(), "1")
        self.check_refusal()
        self.change("checkstop_clear", 6)
        self.guest.wait_until(lambda found: found.get("card06", {}).get("chkstop") == "0", "that card 6 works again")

    def test_domain_goes_and_comes(self):
        self.change("domain_remove", 4)
        self.guest.wait_for_queues()
        self.check_refusal()
        self.change("domain_add", 4)
        self.guest.wait_for_queues(*BOTH)


class Life(GuestTest):
    """What happens to the guest, and to the daemon."""

    def test_reset(self):
        self.guest.forget()
        self.guest.domain.reset(0)
        self.guest.wait_for_boot()
        self.guest.wait_for_queues(*BOTH)
        self.check_refusal()

    def test_reboot(self):
        self.guest.forget()
        self.guest.domain.reboot(0)
        self.guest.wait_for_boot()
        self.guest.wait_for_queues(*BOTH)
        self.check_refusal()

    def test_pause(self):
        self.guest.domain.suspend()
        self.check_refusal()
        self.change("card_remove", 6)
        self.assertEqual(self.guest_matrix(), ["05.0004"])
        self.guest.domain.resume()
        self.guest.wait_for_queues("05.0004")
        self.change("card_add", "6 CEX5A")
        self.guest.wait_for_queues(*BOTH)

    def without_daemon(self, work):
        """@work is done while there is no libvirtd."""
        self.connection.close()
        machine.daemon("stop")
        try:
            work()
        finally:
            machine.daemon("start ours")
            type(self).shared = libvirt.open(self.uri)
            self.connection = libvirt.open(self.uri)

    def new_guest(self):
        """In place of the one that has ended."""
        self.guest.close()
        type(self).guest = kvm_guest.Guest(self.shared, "guest1", UUID)
        self.guest.wait_for_queues(*BOTH)
        self.check_refusal()

    def test_daemon_is_restarted(self):
        before = self.guest_matrix()
        self.without_daemon(lambda: None)
        self.guest.domain = self.shared.lookupByName("guest1")
        self.assertTrue(self.guest.domain.isActive())
        self.assertEqual(self.guest_matrix(), before)
        self.assertEqual(machine.virsh_names("--cap", "mdev"), [NAME])
        self.check_refusal()
        self.change("card_remove", 5)
        self.guest.wait_for_queues("06.0004")
        self.change("card_add", "5 CEX5C")
        self.guest.wait_for_queues(*BOTH)

    def test_guest_is_killed(self):
        self.check_refusal()
        os.kill(self.guest.pid, signal.SIGKILL)
        self.guest.wait_for_end()
        # It holds nothing any more.
        self.lookup(UUID).destroy()
        self.assertEqual(machine.kernel_matrices(), [])
        self.create([5, 6], [4], uuid=UUID)
        self.new_guest()

    def test_guest_is_killed_while_there_is_no_daemon(self):
        def work():
            os.kill(self.guest.pid, signal.SIGKILL)
            self.guest.wait_for_end()
        self.without_daemon(work)
        self.assertEqual(self.guest_matrix(), list(BOTH))
        self.new_guest()

    def test_shut_down(self):
        self.guest.shut_down()
        self.assertEqual(self.guest_matrix(), list(BOTH))
        self.new_guest()

    def test_second_guest_does_not_get_the_same_matrix(self):
        with self.assertRaises(libvirt.libvirtError) as caught:
            kvm_guest.Guest(self.shared, "guest2", UUID)
        self.assertIn("guest1", caught.exception.get_error_message())
        self.check_refusal()
