# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Matrices that start by themselves: with the daemon, and when it becomes possible."""

import json
import os
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"


class AutostartTest(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear_store)
        self.log_start = len(machine.log_text())

    @staticmethod
    def clear_store():
        for name in os.listdir(machine.STORE) if os.path.isdir(machine.STORE) else []:
            os.unlink(os.path.join(machine.STORE, name))

    def change_mask(self, name, change):
        super().change_mask(name, change)
        # Nothing shall start by itself when that goes back, or a matrix goes that was in its way.
        self.addCleanup(self.clear_store)

    def define(self, adapters=(5,), domains=(4,), uuid=UUID, start=True):
        device = self.connection.nodeDeviceDefineXML(machine.document(adapters, domains, uuid=uuid))
        device.setAutostart(int(start))
        return device

    def restart(self):
        self.connection.close()
        machine.daemon("stop")
        self.log_start = len(machine.log_text())
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)

    def warnings(self, uuid=UUID):
        return [line for line in machine.log_text()[self.log_start:].splitlines()
                if f"matrix {uuid} is not started by itself" in line]

    def wait_started(self, uuid=UUID):
        machine.wait_until(lambda: uuid in machine.kernel_matrices(), f"{uuid} has started")

    def keep_for_host(self, adapter):
        """The host pool gets @adapter, and all that it has of domains."""
        self.change_mask("apmask", f"+{adapter}")
        self.change_mask("aqmask", "0x" + "f" * 64)

    def free_card(self, adapter):
        self.change_mask("apmask", f"-{adapter}")


class AtStart(AutostartTest):
    def test_those_that_are_to_start_do_and_no_others(self):
        self.define([5], [4])
        self.define([6], [4], uuid=OTHER, start=False)
        self.assertEqual(machine.kernel_matrices(), [])
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        self.assertEqual(self.warnings(), [])
        device = self.lookup(UUID)
        self.assertEqual((device.isActive(), device.isPersistent(), device.autostart()), (1, 1, 1))

    def test_absent_cards_do_not_hinder(self):
        self.free_card(0x2a)
        self.define([5, 0x2a], [4])
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_what_was_destroyed_stays_away_until_it_is_asked_for_again(self):
        self.define()
        self.restart()
        self.lookup(UUID).destroy()
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [])
        self.lookup(UUID).setAutostart(1)
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_what_mdevctl_stopped_stays_away(self):
        self.define()
        self.restart()
        self.assertEqual(machine.run("mdevctl", "stop", "-u", UUID).returncode, 0)
        machine.write("05.00ff", machine.BUS, "drivers", "vfio_ap", "unbind")
        machine.write("05.00ff", machine.BUS, "drivers", "vfio_ap", "bind")
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [])

    def test_bad_file_hinders_nobody(self):
        self.define()
        with open(os.path.join(machine.STORE, OTHER), "w", encoding="ascii") as stream:
            stream.write('{"mdev_type": "vfio_ap-pass')
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_two_that_want_the_same(self):
        """The first gets it; the second is told who has it."""
        with open("/etc/libvirt/ap.conf", "w", encoding="ascii") as stream:
            stream.write("[conflicts]\nautostart-definitions = allow\nmanual-definitions = allow\n")
        self.addCleanup(os.unlink, "/etc/libvirt/ap.conf")
        self.define([5], [4])
        self.define([5, 6], [4], uuid=OTHER)
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])
        self.assertEqual(len(self.warnings(OTHER)), 1)
        self.assertIn("05.0004", self.warnings(OTHER)[0])
        self.assertIn(UUID, self.warnings(OTHER)[0])
        self.lookup(UUID).destroy()
        self.wait_started(OTHER)
        self.assertEqual(len(self.warnings(OTHER)), 1)


class Later(AutostartTest):
    def test_masks_of_cards_that_are_there(self):
        self.define([5], [4])
        self.keep_for_host(5)
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertEqual(len(self.warnings()), 1)
        self.assertIn("host pool", self.warnings()[0])
        machine.write("-5", machine.BUS, "apmask")
        self.wait_started()
        self.assertEqual(len(self.warnings()), 1)

    def test_masks_of_cards_that_are_not(self):
        self.define([0x2a], [4])
        self.keep_for_host(0x2a)
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [])
        machine.write("-0x2a", machine.BUS, "apmask")
        self.wait_started()

    def test_failure_is_said_once_however_often_it_happens(self):
        self.define([5], [4])
        self.keep_for_host(5)
        self.restart()
        for _round in range(3):
            for action in "-+":
                machine.write(f"{action}0x2b", machine.BUS, "apmask")
                time.sleep(0.2)         # a change of its own, not part of the one before
        self.assertEqual(len(self.warnings()), 1)
        # Another reason is another word.
        self.create([6], [4], uuid=OTHER)
        self.connection.nodeDeviceDefineXML(machine.document([6], [4], uuid=UUID))
        machine.wait_until(lambda: len(self.warnings()) == 2, "the new reason is told")
        self.assertIn(OTHER, self.warnings()[1])

    def test_switched_off_in_between(self):
        device = self.define([5], [4])
        self.keep_for_host(5)
        self.restart()
        device = self.lookup(UUID)
        device.setAutostart(0)
        machine.write("-5", machine.BUS, "apmask")
        # What is to start would have by the time that this one has.
        self.keep_for_host(6)
        self.define([6], [4], uuid=OTHER)
        machine.write("-6", machine.BUS, "apmask")
        self.wait_started(OTHER)
        self.assertEqual(machine.kernel_matrices(), [OTHER])
        self.assertEqual(device.isActive(), 0)

    def test_redefinition_that_makes_it_possible(self):
        self.define([5], [4])
        self.keep_for_host(5)
        self.restart()
        self.connection.nodeDeviceDefineXML(machine.document([6], [4], uuid=UUID))
        self.wait_started()
        machine.wait_until(lambda: machine.kernel_queues(UUID) == ["06.0004"], "it has its queue")

    def test_definition_is_mended(self):
        os.makedirs(machine.STORE, exist_ok=True)
        uuid = self.new_uuid()
        path = os.path.join(machine.STORE, uuid)
        definition = {"mdev_type": machine.TYPE, "start": "auto", "attrs": [{"assign_adapter": "999"}]}
        with open(path, "w", encoding="ascii") as stream:
            json.dump(definition, stream)
        self.restart()
        self.assertIn("999", self.warnings(uuid)[0])
        definition["attrs"] = [{"assign_adapter": "5"}]
        with open(path, "w", encoding="ascii") as stream:
            json.dump(definition, stream)
        self.wait_started(uuid)

    def test_card_that_comes(self):
        """It is tried at any card's coming, of which only the definition is new."""
        machine.control("card_remove", "6")
        machine.scan()
        try:
            self.define([6], [4])
            self.assertEqual(machine.kernel_matrices(), [])
        finally:
            machine.control("card_add", "6 CEX5A")
            machine.scan()
        self.wait_started()
