# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events of definitions: each once, in order, to every client, whoever caused it."""

import os
import subprocess
import time

import libvirt

import machine
import test_events
from test_events import CREATED, DELETED, UUID

DEFINED = libvirt.VIR_NODE_DEVICE_EVENT_DEFINED
UNDEFINED = libvirt.VIR_NODE_DEVICE_EVENT_UNDEFINED
UPDATED = "updated"
NAME = machine.node_name(UUID)


class DefinitionEvents(test_events.EventsTest):
    def setUp(self):
        super().setUp()
        identifier = self.connection.nodeDeviceEventRegisterAny(
            None, libvirt.VIR_NODE_DEVICE_EVENT_ID_UPDATE, self.on_update, None)
        self.addCleanup(self.connection.nodeDeviceEventDeregisterAny, identifier)
        self.addCleanup(self.clear_store)

    def on_update(self, _connection, device, _opaque):
        with self.arrived:
            self.seen.append((device.name(), UPDATED))
            self.arrived.notify_all()

    @staticmethod
    def clear_store():
        if os.path.isdir(machine.STORE):
            for name in os.listdir(machine.STORE):
                os.unlink(os.path.join(machine.STORE, name))

    def define(self, adapters=(5,), domains=(4,), uuid=UUID):
        return self.connection.nodeDeviceDefineXML(machine.document(adapters, domains, uuid=uuid))

    def mdevctl(self, *arguments):
        done = machine.run("mdevctl", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)


class Ours(DefinitionEvents):
    def test_life_is_told_in_order(self):
        for _round in range(10):
            device = self.define()
            device.setAutostart(1)
            device.create()
            device.destroy()
            device.undefine()
            self.assertEqual(self.seen_until((NAME, UNDEFINED)),
                             [(NAME, event) for event in (DEFINED, UPDATED, CREATED, DELETED, UNDEFINED)])

    def test_redefinition_is_an_update_and_what_changes_nothing_is_none(self):
        device = self.define([5], [4])
        self.define([6], [4])
        self.define([6], [4])
        device.setAutostart(0)
        device.undefine()
        self.assertEqual(self.seen_until((NAME, UNDEFINED)), [(NAME, DEFINED), (NAME, UPDATED), (NAME, UNDEFINED)])

    def test_definition_of_what_runs(self):
        device = self.create([5], [4], uuid=UUID)
        self.define([5], [4])
        device.undefine()
        device.destroy()
        self.assertEqual(self.seen_until((NAME, DELETED)),
                         [(NAME, event) for event in (CREATED, DEFINED, UNDEFINED, DELETED)])

    def test_refused_definition_tells_nothing(self):
        for text in (machine.document([256], [4], uuid=UUID), machine.document([5], [4], parent="computer")):
            with self.assertRaises(libvirt.libvirtError):
                self.connection.nodeDeviceDefineXML(text)
        self.define()
        self.assertEqual(self.seen_until((NAME, DEFINED)), [(NAME, DEFINED)])

    def test_every_client_hears_the_same(self):
        seen = []
        clients = [libvirt.open(self.uri) for _number in range(5)]
        for number, client in enumerate(clients):
            self.addCleanup(client.close)
            client.nodeDeviceEventRegisterAny(
                None, libvirt.VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE,
                lambda _conn, device, event, _detail, who: seen.append((who, device.name(), event)), number)
        self.define().undefine()
        self.seen_until((NAME, UNDEFINED))
        self.wait_until(lambda: len(seen) >= 10)
        for number in range(5):
            self.assertEqual([event for who, _name, event in seen if who == number], [DEFINED, UNDEFINED])


class Others(DefinitionEvents):
    """What mdevctl and editors do is told within a second."""

    def test_mdevctl(self):
        self.mdevctl("define", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        self.assertEqual(self.seen_until((NAME, DEFINED)), [(NAME, DEFINED)])
        self.mdevctl("modify", "-u", UUID, "--addattr", "assign_adapter", "--value", "5")
        self.assertEqual(self.seen_until((NAME, UPDATED)), [(NAME, UPDATED)])
        self.mdevctl("start", "-u", UUID)
        self.assertEqual(self.seen_until((NAME, CREATED)), [(NAME, CREATED)])
        self.mdevctl("stop", "-u", UUID)
        self.mdevctl("undefine", "-u", UUID)
        self.assertEqual(self.seen_until((NAME, UNDEFINED)), [(NAME, DELETED), (NAME, UNDEFINED)])

    def test_editor_that_renames(self):
        self.define([5], [4])
        path = os.path.join(machine.STORE, UUID)
        with open(path + "~", "w", encoding="ascii") as stream:
            stream.write(machine.read(path).replace('"5"', '"6"'))
        start = time.monotonic()
        os.rename(path + "~", path)
        self.assertEqual(self.seen_until((NAME, UPDATED)), [(NAME, DEFINED), (NAME, UPDATED)])
        self.assertLess(time.monotonic() - start, 1)

    def test_damaged_and_mended(self):
        self.define([5], [4])
        path = os.path.join(machine.STORE, UUID)
        good = machine.read(path)
        self.seen_until((NAME, DEFINED))
        for content, event in ((good[:20], UNDEFINED), (good, DEFINED)):
            with open(path, "w", encoding="ascii") as stream:
                stream.write(content)
            self.assertEqual(self.seen_until((NAME, event)), [(NAME, event)])

    def test_directory_that_appears_later(self):
        self.clear_store()
        if os.path.isdir(machine.STORE):
            os.rmdir(machine.STORE)
        self.define().undefine()
        self.assertEqual(self.seen_until((NAME, UNDEFINED)), [(NAME, DEFINED), (NAME, UNDEFINED)])
        os.rmdir(machine.STORE)
        self.mdevctl("define", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        self.assertEqual(self.seen_until((NAME, DEFINED)), [(NAME, DEFINED)])

    def test_many_definitions_at_once(self):
        uuids = [self.new_uuid() for _number in range(40)]
        os.makedirs(machine.STORE, exist_ok=True)
        for uuid in uuids:
            with open(os.path.join(machine.STORE, uuid), "w", encoding="ascii") as stream:
                stream.write('{"mdev_type": "vfio_ap-passthrough", "start": "manual"}')
        self.wait_until(lambda: len(self.seen) >= len(uuids))
        self.assertEqual(sorted(self.seen), sorted((machine.node_name(uuid), DEFINED) for uuid in uuids))


class Hardware(DefinitionEvents):
    def test_queue_that_changes_its_driver_is_updated(self):
        machine.write("05.0004", machine.BUS, "drivers", "vfio_ap", "unbind")
        self.seen_until(("ap_05_0004", UPDATED))
        machine.write("05.0004", machine.BUS, "drivers", "vfio_ap", "bind")
        self.seen_until(("ap_05_0004", UPDATED))
