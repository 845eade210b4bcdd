# profile: doc
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The host pool: what it keeps is refused, and says what to do about it."""

import errno

import libvirt

import machine

INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"


class HostPool(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.masks = {name: machine.read(machine.BUS, name).strip() for name in ("apmask", "aqmask")}
        self.addCleanup(self.restore)

    def restore(self):
        self.remove_matrices()
        for name, mask in self.masks.items():
            machine.write(mask, machine.BUS, name)

    def test_queue_of_the_host_is_refused_with_advice(self):
        message = self.refused_document(INVALID, ["05.0004", "host pool", "apmask"], machine.document([5], [4]))
        self.assertNotIn("\n", message)

    def test_advice_works(self):
        """What the message says to do makes the same document acceptable."""
        machine.write("-5", machine.BUS, "apmask")
        self.create([5], [4], uuid=UUID)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_freeing_a_domain_frees_it_on_every_card(self):
        machine.write("-0x47", machine.BUS, "aqmask")
        self.create([5, 6], [0x47], uuid=UUID)
        self.refused_document(INVALID, ["05.0004", "host pool"], machine.document([5], [4]))

    def test_one_queue_of_the_host_refuses_the_whole(self):
        machine.write("-5", machine.BUS, "apmask")
        self.refused_document(INVALID, ["06.0004", "host pool"], machine.document([5, 6], [4]))

    def test_kernel_keeps_assigned_queues_from_the_host(self):
        machine.write("-5", machine.BUS, "apmask")
        self.create([5], [4], uuid=UUID)
        with self.assertRaises(OSError) as caught:
            machine.write("+5", machine.BUS, "apmask")
        self.assertEqual(caught.exception.errno, errno.EBUSY)
        self.connection.nodeDeviceLookupByName(machine.node_name(UUID)).destroy()
        machine.write("+5", machine.BUS, "apmask")

    def test_control_domain_needs_no_queue(self):
        """Control domains share with everybody, the host included."""
        self.create([], [], [4], uuid=UUID)
        self.assertEqual(machine.read(machine.MATRIX, UUID, "control_domains").split(), ["0004"])

    def test_driver_follows_the_masks(self):
        self.assertIn("<name>cex4queue</name>", machine.virsh("nodedev-dumpxml", "ap_05_0004"))
        machine.write("-5", machine.BUS, "apmask")
        self.assertIn("<name>vfio_ap</name>", machine.virsh("nodedev-dumpxml", "ap_05_0004"))
