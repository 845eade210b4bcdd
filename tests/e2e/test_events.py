# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lifecycle events of matrices reach clients of libvirt's Python bindings."""

import subprocess
import sys
import threading
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
CREATED = libvirt.VIR_NODE_DEVICE_EVENT_CREATED
DELETED = libvirt.VIR_NODE_DEVICE_EVENT_DELETED


class EventsTest(machine.MachineTest):
    """Hears what is told, in order."""

    @classmethod
    def setUpClass(cls):
        libvirt.virEventRegisterDefaultImpl()
        cls.stop = False

        def loop():
            while not cls.stop:
                libvirt.virEventRunDefaultImpl()

        cls.thread = threading.Thread(target=loop, daemon=True)
        cls.thread.start()

    @classmethod
    def tearDownClass(cls):
        cls.stop = True
        timer = libvirt.virEventAddTimeout(0, lambda *_: None, None)
        cls.thread.join(10)
        libvirt.virEventRemoveTimeout(timer)

    def setUp(self):
        super().setUp()
        self.seen = []
        self.arrived = threading.Condition()
        self.listen(None)

    def listen(self, device):
        identifier = self.connection.nodeDeviceEventRegisterAny(
            device, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, self.on_event, None)
        self.addCleanup(self.connection.nodeDeviceEventDeregisterAny, identifier)

    def on_event(self, _connection, device, event, _detail, _opaque):
        with self.arrived:
            self.seen.append((device.name(), event))
            self.arrived.notify_all()

    def wait_for(self, *expected):
        self.wait_until(lambda: all(event in self.seen for event in expected))

    def wait_until(self, condition):
        deadline = time.monotonic() + 30
        with self.arrived:
            while not condition():
                left = deadline - time.monotonic()
                self.assertGreater(left, 0, f"saw only {self.seen}")
                self.arrived.wait(left)

    def seen_until(self, last):
        """What has been heard when @last has; then begins anew."""
        self.wait_for(last)
        with self.arrived:
            seen, self.seen = self.seen, []
        return seen


class Events(EventsTest):
    def wait_for_lives_of(self, names):
        """Each came and went once, and nothing else happened."""
        self.wait_until(lambda: len(self.seen) >= 2 * len(names))
        # udev keeps the order of what happens to one device, not among several.
        for name in names:
            self.assertEqual([event for seen, event in self.seen if seen == name], [CREATED, DELETED])
        self.assertEqual(len(self.seen), 2 * len(names))

    def test_create_and_destroy_are_told(self):
        device = self.create([5], [4], uuid=UUID)
        name = device.name()
        self.wait_for((name, CREATED))
        device.destroy()
        self.wait_for((name, DELETED))
        self.assertEqual(self.seen, [(name, CREATED), (name, DELETED)])

    def test_matrix_that_lives_for_an_instant_is_told_whole(self):
        names = []
        for _number in range(30):
            device = self.create([5], [4])
            device.destroy()
            names.append(device.name())
        self.wait_for_lives_of(names)

    def test_cards_and_queues_that_come_and_go_are_told_once(self):
        names = ["ap_card06", *[f"ap_06_{domain}" for domain in ("0004", "0047", "00ab", "00ff")]]
        for file, text, event in (("card_remove", "6", DELETED), ("card_add", "6 CEX5A", CREATED)):
            machine.control(file, text)
            machine.scan()
            self.wait_for(*[(name, event) for name in names])
            self.assertEqual(sorted(self.seen), sorted((name, event) for name in names))
            self.seen.clear()

    def test_device_that_was_told_of_is_not_told_again(self):
        """udev repeats itself when it is triggered."""
        machine.write("add", "/sys/devices/ap/card05/uevent")
        device = self.create([5], [4], uuid=UUID)
        self.wait_for((device.name(), CREATED))
        machine.write("add", machine.MATRIX, UUID, "uevent")
        device.destroy()
        self.wait_for((device.name(), DELETED))
        self.assertEqual(self.seen, [(device.name(), CREATED), (device.name(), DELETED)])

    def test_listener_to_one_device_hears_of_that_alone(self):
        device = self.create([6], [4], uuid=UUID)
        self.wait_for((device.name(), CREATED))
        self.seen.clear()
        self.listen(device)
        self.create([5], [4]).destroy()
        device.destroy()
        # Once each for the listener to everything, and for the listener to this one.
        self.wait_until(lambda: self.seen.count((device.name(), DELETED)) == 2)
        self.assertEqual(len(self.seen), 4, self.seen)

    def test_listeners_come_and_go_while_matrices_do(self):
        """Clients that end without a word included; the daemon lives, and the last hears all."""
        script = ("import libvirt; libvirt.virEventRegisterDefaultImpl(); c = libvirt.open('qemu:///system');"
                  "c.nodeDeviceEventRegisterAny(None, 0, lambda *_: None, None); print('on', flush=True);"
                  "[libvirt.virEventRunDefaultImpl() for _ in iter(int, 1)]")
        names = []
        for _number in range(6):
            with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as listener:
                self.assertEqual(listener.stdout.readline(), b"on\n")
                device = self.create([5], [4])
                listener.kill()
                device.destroy()
            names.append(device.name())
        self.wait_for_lives_of(names)

    def test_number_of_no_listener_is_refused(self):
        self.connection.nodeDeviceEventDeregisterAny(
            self.connection.nodeDeviceEventRegisterAny(None, 1, lambda *_: None, None))
        with self.assertRaises(libvirt.libvirtError):
            self.connection.nodeDeviceEventDeregisterAny(4711)

    def test_refused_creation_tells_nothing(self):
        self.create([5], [4], uuid=UUID)
        self.wait_for((machine.node_name(UUID), CREATED))
        self.seen.clear()
        other = self.new_uuid()
        self.refused_document(libvirt.VIR_ERR_OPERATION_INVALID, UUID, machine.document([5], [4], uuid=other))
        self.create([6], [4])
        self.wait_for(*[(machine.node_name(uuid), CREATED) for uuid in machine.kernel_matrices() if uuid != UUID])
        self.assertNotIn(machine.node_name(other), [name for name, _event in self.seen])

    def test_matrix_made_with_plain_sysfs_is_told_too(self):
        machine.write(UUID, machine.MATRIX, "mdev_supported_types", machine.TYPE, "create")
        self.wait_for((machine.node_name(UUID), CREATED))
        machine.write(1, machine.MATRIX, UUID, "remove")
        self.wait_for((machine.node_name(UUID), DELETED))
