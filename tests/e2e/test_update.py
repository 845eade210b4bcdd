# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Changes of matrices that exist: now, in their definition, or both; with clients of
libvirt 10.1 and later."""

import json
import os
import unittest

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
CURRENT, LIVE, CONFIG = 0, 1, 2
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED
SCHEMA = libvirt.VIR_ERR_XML_INVALID_SCHEMA


def document(adapters, domains, control=(), uuid=UUID):
    """As libvirt shows it, with the name that its own driver wants here."""
    text = machine.document(adapters, domains, control, uuid=uuid)
    return text.replace("<device>", f"<device><name>{machine.node_name(uuid)}</name>", 1)


def stored():
    with open(os.path.join(machine.STORE, UUID), encoding="utf-8") as stream:
        return json.load(stream)


@unittest.skipUnless(hasattr(libvirt.virNodeDevice, "update"), "libvirt is older than 10.1")
class UpdateTest(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear_store)

    @staticmethod
    def clear_store():
        if os.path.isdir(machine.STORE):
            for name in os.listdir(machine.STORE):
                os.unlink(os.path.join(machine.STORE, name))

    def define(self, adapters, domains):
        device = self.connection.nodeDeviceDefineXML(machine.document(adapters, domains, uuid=UUID))
        device.setAutostart(1)
        return device

    def assert_stored(self, adapters, domains):
        definition = stored()
        expected = [{"assign_adapter": str(one)} for one in adapters] + [{"assign_domain": str(one)} for one in domains]
        self.assertEqual(definition["attrs"], expected)
        self.assertEqual(definition["start"], "auto")


class Live(UpdateTest):
    def test_adapters_and_domains_change(self):
        device = self.create([5, 6], [4, 0xab], uuid=UUID)
        for flags in (CURRENT, LIVE):
            device.update(document([6], [4, 0x47]), flags)
            self.assertEqual(machine.kernel_queues(UUID), ["06.0004", "06.0047"])
            device.update(document([5, 6], [0xab]), flags)
            self.assertEqual(machine.kernel_queues(UUID), ["05.00ab", "06.00ab"])

    def test_nothing_to_change(self):
        device = self.create([5], [4], [4], uuid=UUID)
        device.update(document([5], [4], [4]), LIVE)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_all_can_go(self):
        device = self.create([5], [4], uuid=UUID)
        device.update(document([], []), LIVE)
        self.assertEqual(machine.kernel_queues(UUID), [])

    def test_queue_of_another_matrix(self):
        device = self.create([5], [4], uuid=UUID)
        self.create([6], [4], uuid=OTHER)
        self.refused(INVALID, ["06.0004", OTHER], device.update, document([5, 6], [4]), LIVE)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_queue_of_the_host(self):
        device = self.create([5], [4], uuid=UUID)
        self.change_mask("apmask", "+6")
        self.refused(INVALID, ["06.0004", "host pool"], device.update, document([5, 6], [4]), LIVE)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_other_uuid(self):
        device = self.create([5], [4], uuid=UUID)
        self.refused(UNSUPPORTED, [UUID, OTHER], device.update, document([5], [4], uuid=OTHER), LIVE)

    def test_always_validated(self):
        device = self.create([5], [4], uuid=UUID)
        broken = document([5], [4]).replace("<uuid>", "<uuid x='y'>")
        self.refused(SCHEMA, ["uuid"], device.update, broken, LIVE)

    def test_virsh(self):
        self.create([5], [4], uuid=UUID)
        path = "/run/update.xml"
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(document([6], [4]))
        self.addCleanup(os.unlink, path)
        machine.virsh("nodedev-update", machine.node_name(UUID), path, "--live")
        self.assertEqual(machine.kernel_queues(UUID), ["06.0004"])


class Stored(UpdateTest):
    def test_definition_only(self):
        device = self.define([5], [4])
        for flags in (CURRENT, CONFIG):
            device.update(document([5, 6], [0x47]), flags)
            self.assert_stored([5, 6], [0x47])
            device.update(document([5], [4]), flags)
            self.assert_stored([5], [4])

    def test_active_one_keeps_what_it_has(self):
        device = self.define([5], [4])
        device.create()
        device.update(document([6], [4]), CONFIG)
        self.assert_stored([6], [4])
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])

    def test_both(self):
        device = self.define([5], [4])
        device.create()
        device.update(document([6], [4]), LIVE | CONFIG)
        self.assert_stored([6], [4])
        self.assertEqual(machine.kernel_queues(UUID), ["06.0004"])

    def test_state_that_is_not_there(self):
        device = self.define([5], [4])
        self.refused(INVALID, "not active", device.update, document([6], [4]), LIVE)
        self.assert_stored([5], [4])
        transient = self.create([6], [4], uuid=OTHER)
        self.refused(INVALID, "not defined", transient.update, document([6], [0x47], uuid=OTHER), LIVE | CONFIG)
        self.assertEqual(machine.kernel_queues(OTHER), ["06.0004"])


class OnlyDefined(machine.MachineTest):
    """What clients of every version can do."""

    def test_defining_again_changes_the_definition_only(self):
        self.addCleanup(UpdateTest.clear_store)
        device = self.connection.nodeDeviceDefineXML(machine.document([5], [4], uuid=UUID))
        device.create()
        self.connection.nodeDeviceDefineXML(machine.document([6], [4], uuid=UUID))
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        self.assertEqual(stored()["attrs"], [{"assign_adapter": "6"}, {"assign_domain": "4"}])
