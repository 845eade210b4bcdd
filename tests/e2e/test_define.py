# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Definitions: made, replaced, started, set to start by themselves, removed."""

import json
import os
import stat
import subprocess

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED
XML_INACTIVE = 1


def active():
    return machine.virsh_names("--cap", "mdev")


def inactive():
    return machine.virsh_names("--cap", "mdev", "--inactive")


def stored(uuid=UUID):
    return json.loads(machine.read(machine.STORE, uuid))


def mdevctl(*arguments):
    done = machine.run("mdevctl", *arguments)
    if done.returncode:
        raise AssertionError(f"mdevctl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


class DefineTest(machine.MachineTest):
    """Leaves no definition behind."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear_store)

    @staticmethod
    def clear_store():
        if os.path.isdir(machine.STORE):
            for name in os.listdir(machine.STORE):
                os.unlink(os.path.join(machine.STORE, name))

    def define(self, adapters=(5,), domains=(4,), uuid=UUID, **keywords):
        return self.connection.nodeDeviceDefineXML(machine.document(adapters, domains, uuid=uuid, **keywords))

    def state(self, device):
        return device.isActive(), device.isPersistent(), device.autostart()

    def has_inactive_xml(self):
        return self.connection.getLibVersion() >= 10001000


class Life(DefineTest):
    def test_life_of_a_definition(self):
        """Each step takes effect at once: nothing has to be waited for."""
        for _round in range(5):
            self.define([5, 6], [4, 0xab])
            self.assertEqual((active(), inactive()), ([], [NAME]))
            machine.virsh("nodedev-autostart", NAME)
            self.assertRegex(machine.virsh("nodedev-info", NAME), r"Autostart: +yes")
            self.assertEqual(stored()["start"], "auto")
            machine.virsh("nodedev-autostart", NAME, "--disable")
            self.assertRegex(machine.virsh("nodedev-info", NAME), r"Autostart: +no")
            machine.virsh("nodedev-start", NAME)
            self.assertEqual((active(), inactive()), ([NAME], []))
            self.assertEqual(machine.virsh_names().count(NAME), 1)
            self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "05.00ab", "06.0004", "06.00ab"])
            machine.virsh("nodedev-destroy", NAME)
            self.assertEqual((active(), inactive()), ([], [NAME]))
            machine.virsh("nodedev-undefine", NAME)
            self.assertEqual((active(), inactive()), ([], []))
            self.assertEqual(os.listdir(machine.STORE), [])

    def test_file_is_mdevctls(self):
        """Byte for byte what mdevctl writes for the same, with the same mode."""
        self.define([5], [0xab])
        ours = machine.read(machine.STORE, UUID)
        mode = os.stat(os.path.join(machine.STORE, UUID)).st_mode
        self.lookup(UUID).undefine()
        mdevctl("define", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        mdevctl("modify", "-u", UUID, "--addattr", "assign_adapter", "--value", "5")
        mdevctl("modify", "-u", UUID, "--addattr", "assign_domain", "--value", "171")
        self.assertEqual(ours, machine.read(machine.STORE, UUID))
        self.assertEqual(stat.filemode(mode), stat.filemode(os.stat(os.path.join(machine.STORE, UUID)).st_mode))

    def test_mdevctl_takes_it_over(self):
        self.define([5], [4])
        self.assertIn(f"{UUID} matrix {machine.TYPE} manual", mdevctl("list", "--defined"))
        mdevctl("start", "-u", UUID)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        self.assertEqual(self.state(self.lookup(UUID)), (1, 1, 0))
        mdevctl("modify", "-u", UUID, "--auto")
        self.assertEqual(self.state(self.lookup(UUID)), (1, 1, 1))
        mdevctl("undefine", "-u", UUID)
        self.assertEqual(self.state(self.lookup(UUID)), (1, 0, 0))
        self.refused(INVALID, NAME, self.lookup(UUID).undefine)

    def test_without_uuid_one_is_made(self):
        device = self.define(uuid=None)
        self.assertEqual([machine.node_name(name) for name in os.listdir(machine.STORE)], [device.name()])

    def test_store_is_made_where_there_is_none(self):
        if os.path.isdir(machine.STORE):
            os.rmdir(machine.STORE)
        self.define()
        self.assertEqual(stat.filemode(os.stat(machine.STORE).st_mode), "drwxr-xr-x")
        self.assertEqual(inactive(), [NAME])

    def test_each_is_listed_once(self):
        other = self.new_uuid()
        self.define([5], [4])
        self.create([6], [4], uuid=other)
        both = sorted([NAME, machine.node_name(other)])
        for flags, expected in ((0, both),
                                (libvirt.VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE, [machine.node_name(other)]),
                                (libvirt.VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE, [NAME])):
            with self.subTest(flags=flags):
                names = [device.name() for device in self.connection.listAllDevices(flags)]
                self.assertEqual(sorted(name for name in names if name.startswith("mdev_")), expected)

    def test_daemon_starts_anew_and_knows_all(self):
        self.define([5], [4])
        self.lookup(UUID).setAutostart(0)
        self.connection.close()
        machine.daemon("stop", "start ours")
        self.connection = libvirt.open(self.uri)
        self.assertEqual(self.state(self.lookup(UUID)), (0, 1, 0))


class Replacing(DefineTest):
    def test_attributes_are_replaced_and_autostart_is_kept(self):
        device = self.define([5], [4])
        device.setAutostart(1)
        self.define([6], [0xff])
        self.assertEqual(stored(), {"mdev_type": machine.TYPE, "start": "auto",
                                    "attrs": [{"assign_adapter": "6"}, {"assign_domain": "255"}]})
        self.assertEqual(self.state(device), (0, 1, 1))

    def test_active_matrix_stays_as_it_is(self):
        device = self.create([5], [4], uuid=UUID)
        self.assertEqual(self.state(device), (1, 0, 0))
        self.define([6], [0xab])
        self.assertEqual(self.state(device), (1, 1, 0))
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        self.assertIn("<attr name='assign_adapter' value='5'/>", device.XMLDesc(0))
        if self.has_inactive_xml():
            self.assertIn("<attr name='assign_adapter' value='6'/>", device.XMLDesc(XML_INACTIVE))
        device.destroy()
        self.assertIn("<attr name='assign_adapter' value='6'/>", device.XMLDesc(0))

    def test_creating_what_is_defined(self):
        """A matrix with the UUID of a definition: active and persistent."""
        self.define([5], [4])
        device = self.create([6], [4], uuid=UUID)
        self.assertEqual(self.state(device), (1, 1, 0))
        self.assertEqual(machine.virsh_names().count(NAME), 1)
        device.destroy()
        self.assertEqual(inactive(), [NAME])
        self.assertEqual(stored()["attrs"][0], {"assign_adapter": "5"})

    def test_what_others_wrote_stays(self):
        os.makedirs(machine.STORE, exist_ok=True)
        with open(os.path.join(machine.STORE, UUID), "w", encoding="ascii") as stream:
            json.dump({"mdev_type": machine.TYPE, "start": "manual", "attrs": [], "mine": {"a": [1, None]}}, stream)
        device = self.define([6], [4])
        device.setAutostart(1)
        self.assertEqual(stored()["mine"], {"a": [1, None]})
        self.assertEqual(stored()["start"], "auto")


class Refused(DefineTest):
    def refused_definition(self, code, words, text, flags=0):
        before = os.listdir(machine.STORE) if os.path.isdir(machine.STORE) else []
        message = self.refused(code, words, self.connection.nodeDeviceDefineXML, text, flags)
        self.assertEqual(os.listdir(machine.STORE) if os.path.isdir(machine.STORE) else [], before)
        return message

    def test_bad_documents(self):
        for words, text in (("256", machine.document([256], [4])),
                            ("parent", machine.document([5], [4], parent="ap_nothing")),
                            ("nonsense", machine.document([5], [4], type_id="nonsense")),
                            ("unassigned", machine.document([5], [4], extra="<attr name='unassigned' value='1'/>"))):
            with self.subTest(words=words):
                self.refused_definition(UNSUPPORTED, words, text)

    def test_schema_is_asked_for(self):
        text = machine.document([5], [4], extra="<nonsense/>")
        self.refused_definition(libvirt.VIR_ERR_XML_INVALID_SCHEMA, [], text, 1)
        self.refused_definition(libvirt.VIR_ERR_INVALID_ARG, "flags", text, 2)

    def test_damaged_file_is_not_overwritten(self):
        os.makedirs(machine.STORE, exist_ok=True)
        with open(os.path.join(machine.STORE, UUID), "w", encoding="ascii") as stream:
            stream.write('{ "mdev_type": "vf')
        self.refused_definition(UNSUPPORTED, os.path.join(machine.STORE, UUID), machine.document([5], [4], uuid=UUID))
        self.assertEqual(machine.read(machine.STORE, UUID), '{ "mdev_type": "vf')

    def test_states(self):
        device = self.create([5], [4], uuid=UUID)
        self.refused(INVALID, NAME, device.undefine)
        self.refused(INVALID, NAME, device.create)
        self.refused(INVALID, NAME, device.setAutostart, 1)
        if self.has_inactive_xml():
            self.refused(INVALID, NAME, device.XMLDesc, XML_INACTIVE)
        self.define([5], [4])
        self.refused(INVALID, NAME, device.create)
        device.destroy()
        self.refused(INVALID, NAME, device.destroy)
        device.undefine()
        for call in (device.create, device.undefine, device.isPersistent, device.XMLDesc):
            self.refused(libvirt.VIR_ERR_NO_NODE_DEVICE, NAME, call)
        self.refused(libvirt.VIR_ERR_NO_NODE_DEVICE, NAME, device.setAutostart, 1)

    def test_hardware(self):
        for name in ("ap_card05", "ap_05_0004", "ap_matrix"):
            device = self.connection.nodeDeviceLookupByName(name)
            self.refused(INVALID, name, device.create)
            self.refused(INVALID, name, device.undefine)
            self.refused(libvirt.VIR_ERR_OPERATION_UNSUPPORTED, name, device.setAutostart, 1)

    def test_start_over_a_conflict_leaves_nothing(self):
        other = self.new_uuid()
        self.create([5], [0xab], uuid=other)
        device = self.define([5], [0xab])
        self.refused(INVALID, ["05.00ab", other], device.create)
        self.assertEqual(machine.kernel_matrices(), [other])
        self.assertEqual((active(), inactive()), ([machine.node_name(other)], [NAME]))

    def test_start_of_what_mdevctl_took(self):
        """mdevctl stores anything; it is the start that says what is wrong."""
        os.makedirs(machine.STORE, exist_ok=True)
        for attribute, words in (("assign_adapter", "999"), ("nonsense", "nonsense")):
            with open(os.path.join(machine.STORE, UUID), "w", encoding="ascii") as stream:
                json.dump({"mdev_type": machine.TYPE, "start": "manual", "attrs": [{attribute: "999"}]}, stream)
            self.refused(UNSUPPORTED, words, self.lookup(UUID).create)
        self.assertEqual(machine.kernel_matrices(), [])

    def test_full_disk_changes_nothing(self):
        self.define([5], [4])
        before = machine.read(machine.STORE, UUID)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=2", "none", machine.STORE], check=True)
        try:
            self.connection.nodeDeviceDefineXML(machine.document([5], [4], uuid=self.new_uuid()))
            self.refused(libvirt.VIR_ERR_SYSTEM_ERROR, "No space", self.connection.nodeDeviceDefineXML,
                         machine.document([5], [4], uuid=UUID))
            self.assertEqual(len(os.listdir(machine.STORE)), 1)
        finally:
            subprocess.run(["umount", "-l", machine.STORE], check=True)       # mdevctl may be reading there
        self.assertEqual(machine.read(machine.STORE, UUID), before)


class Away(DefineTest):
    """Definitions of what is not there."""

    def test_absent_cards_and_domains(self):
        device = self.define([0x3f], [0x0e])
        self.assertEqual(inactive(), [NAME])
        self.assertIn("value='63'", device.XMLDesc(0))

    def test_definition_of_the_hosts_queues(self):
        self.change_mask("apmask", "+0x3f")
        self.change_mask("aqmask", "+0xe")
        device = self.define([0x3f], [0x0e])
        self.refused(INVALID, ["3f.000e", "host pool"], device.create)
        self.assertEqual(inactive(), [NAME])
