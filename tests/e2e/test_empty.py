# profile: empty
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""An AP bus with nothing on it: as libvirt's own module sees it, and no cards."""

import unittest

import libvirt

import machine
import test_nothing


class Empty(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.stock, _log = test_nothing.answers_of("stock")
        cls.ours, cls.log = test_nothing.answers_of("ours")

    def test_only_the_parent_is_there(self):
        self.assertEqual([name for name in self.ours["list 0x0"] if name.startswith("ap_")], ["ap_matrix"])
        self.assertEqual(self.ours["names ap_card"], [])
        self.assertEqual(self.ours["number ap_queue"], 0)

    def test_questions_are_answered_as_stock_does(self):
        self.assertEqual(list(self.ours), list(self.stock))
        for question, answer in self.stock.items():
            if question.startswith(("create AP", "define AP")):
                continue        # below
            ours = self.ours[question]
            if question.startswith("xml with flags") and answer[0] == ours[0] == "error":
                answer, ours = answer[:3], ours[:3]     # in words of our own
            with self.subTest(question=question):
                self.assertEqual(ours, answer)

    def test_log_has_nothing_of_ours(self):
        self.assertNotIn("libvirt-ap", self.log)


class Creation(machine.MachineTest):
    def setUp(self):
        machine.daemon("start ours")
        self.addCleanup(machine.daemon, "stop")
        super().setUp()

    def test_queue_of_the_host_is_refused_here_too(self):
        self.refused_document(libvirt.VIR_ERR_OPERATION_INVALID, ["05.0004", "host pool"], machine.document([5], [4]))

    def test_matrix_without_queues(self):
        device = self.create([5], [])
        self.assertIn("<attr name='assign_adapter' value='5'/>", device.XMLDesc(0))
        device.destroy()
