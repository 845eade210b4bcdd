# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lifecycle events of matrices reach clients of libvirt's Python bindings."""

import threading
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
CREATED = libvirt.VIR_NODE_DEVICE_EVENT_CREATED
DELETED = libvirt.VIR_NODE_DEVICE_EVENT_DELETED


class Events(machine.MachineTest):
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
        identifier = self.connection.nodeDeviceEventRegisterAny(
            None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, self.on_event, None)
        self.addCleanup(self.connection.nodeDeviceEventDeregisterAny, identifier)

    def on_event(self, _connection, device, event, _detail, _opaque):
        with self.arrived:
            self.seen.append((device.name(), event))
            self.arrived.notify_all()

    def wait_for(self, *expected):
        deadline = time.monotonic() + 30
        with self.arrived:
            while not all(event in self.seen for event in expected):
                left = deadline - time.monotonic()
                self.assertGreater(left, 0, f"saw only {self.seen}")
                self.arrived.wait(left)

    def test_create_and_destroy_are_told(self):
        device = self.create([5], [4], uuid=UUID)
        name = device.name()
        self.wait_for((name, CREATED))
        device.destroy()
        self.wait_for((name, DELETED))
        self.assertEqual(self.seen, [(name, CREATED), (name, DELETED)])

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
