# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes that clients made are taken back with virt-ap, beside the running daemon."""

import json
import os
import re

import libvirt

import machine

HISTORY = "/var/lib/libvirt/ap/history"
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"


def virt_ap(*arguments):
    return machine.run("virt-ap", *arguments)


def history():
    with open(HISTORY, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


class Rollback(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: os.path.exists(HISTORY) and os.unlink(HISTORY))
        self.addCleanup(self.undefine)

    def undefine(self):
        for device in self.connection.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
                                                     | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE):
            device.undefine()

    def take_back(self, number=None):
        """The number of what was taken back."""
        done = virt_ap("rollback", *([] if number is None else [str(number)]))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return int(re.fullmatch(r"Change (\d+) was taken back\.\n", done.stdout)[1])

    def refused_rollback(self, number, words):
        done = virt_ap("rollback", str(number))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr.startswith("virt-ap: "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_life_of_a_definition_backwards(self):
        """The daemon shows at once what there is."""
        device = self.connection.nodeDeviceDefineXML(machine.document([5], [4], uuid=UUID), 0)
        device.setAutostart(1)
        device.create()
        device.destroy()
        device.undefine()
        self.take_back()
        self.assertTrue(self.lookup(UUID).autostart())
        self.take_back()
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        self.take_back()
        self.assertFalse(self.lookup(UUID).isActive())
        self.take_back()
        self.assertFalse(self.lookup(UUID).autostart())
        self.take_back()
        self.refused(libvirt.VIR_ERR_NO_NODE_DEVICE, UUID.replace("-", "_"), self.lookup, UUID)
        self.assertEqual(virt_ap("rollback").returncode, 1)

    def test_it_is_told_who_took_back_what(self):
        self.create([5, 6], [4, 0xab], uuid=UUID)
        number = history()[-1]["id"]
        self.assertEqual(self.take_back(), number)
        entry = history()[-1]
        self.assertEqual([entry[name] for name in ("action", "undone", "matrix", "uid", "user", "client")],
                         ["rollback", number, UUID, os.getuid(), "root", "virt-ap"])
        lines = virt_ap("history", "--matrix", UUID).stdout.splitlines()
        self.assertRegex(lines[-2], rf"^ +{number}  [-0-9]+ [:0-9]+  root +create matrix {UUID}  "
                                    rf"\(taken back by {number + 1}\)$")
        self.assertRegex(lines[-1], rf"^ +{number + 1}  .* rollback of {number}, matrix {UUID}$")
        described = virt_ap("history", str(number)).stdout
        self.assertIn("Active: adapters 5-6, domains 4,171; before: none\n", described)
        self.assertIn(f"Process: {os.getpid()}\n", described)

    def test_what_others_did_since_stays(self):
        self.create([5], [4], uuid=UUID)
        created = history()[-1]["id"]
        self.lookup(UUID).destroy()
        self.create([5], [4], uuid=OTHER)
        self.refused_rollback(created, [f"change {created} ", f"change {created + 1}", UUID])
        self.refused_rollback(created + 1, ["05.0004", OTHER])
        self.assertEqual(machine.kernel_matrices(), [OTHER])

    def test_guest_keeps_its_matrix(self):
        self.create([5], [4], uuid=UUID)
        machine.control("guest_open", UUID)
        self.addCleanup(machine.control, "guest_close", UUID)
        self.refused_rollback(history()[-1]["id"], [UUID, "in use by"])
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_command_line_that_is_not_in_order(self):
        for arguments in (["rollback", "x"], ["rollback", "-1"], ["rollback", "0"], ["rollback", "1", "2"],
                          ["history", "--matrix", "x"], ["history", "--last=-1"], ["history", "--nonsense"], ["nonsense"], []):
            with self.subTest(arguments=arguments):
                done = virt_ap(*arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("virt-ap: "), done.stderr)
        self.refused_rollback(4711, ["no change 4711"])
        self.assertEqual(virt_ap("history", "4711").returncode, 1)
