# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Beside other tools: mdevctl, plain sysfs, bad files."""

import json
import os
import re
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
INVALID = libvirt.VIR_ERR_OPERATION_INVALID


def mdevctl(*arguments):
    done = machine.run("mdevctl", *arguments)
    if done.returncode:
        raise AssertionError(f"mdevctl {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def active():
    return machine.virsh_names("--cap", "mdev")


def inactive():
    return machine.virsh_names("--cap", "mdev", "--inactive")


class BesideTest(machine.MachineTest):
    """Leaves no definition behind."""

    def setUp(self):
        super().setUp()
        os.makedirs(machine.STORE, exist_ok=True)
        self.addCleanup(self.clear_store)

    def clear_store(self):
        for name in os.listdir(machine.STORE):
            path = os.path.join(machine.STORE, name)
            if os.path.isdir(path):
                os.rmdir(path)
            else:
                os.unlink(path)

    def attributes(self):
        """The attributes in the description of the matrix."""
        return re.findall(r"<attr name='assign_(\w+)' value='(\w+)'/>", machine.virsh("nodedev-dumpxml", NAME))


class Mdevctl(BesideTest):
    def test_started_with_mdevctl_is_shown_at_once(self):
        mdevctl("start", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        self.assertEqual(active(), [NAME])
        mdevctl("stop", "-u", UUID)
        self.assertEqual(active(), [])

    def test_created_here_is_shown_by_mdevctl(self):
        self.create([5], [4], uuid=UUID)
        self.assertEqual(mdevctl("list").split()[:3], [UUID, "matrix", machine.TYPE])
        self.assertEqual(mdevctl("list", "-d").strip(), "")
        self.assertIn("Available instances: 65535", mdevctl("types"))
        mdevctl("stop", "-u", UUID)
        self.assertEqual(active(), [])

    def test_destroyed_here_is_gone_for_mdevctl(self):
        mdevctl("start", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        self.lookup(UUID).destroy()
        self.assertEqual(mdevctl("list").strip(), "")

    def test_definition_and_its_changes_are_shown_at_once(self):
        mdevctl("define", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        self.assertEqual((active(), inactive()), ([], [NAME]))
        self.assertEqual(self.attributes(), [])
        mdevctl("modify", "-u", UUID, "--addattr", "assign_adapter", "--value", "6")
        mdevctl("modify", "-u", UUID, "--addattr", "assign_domain", "--value", "0x47")
        self.assertEqual(self.attributes(), [("adapter", "6"), ("domain", "0x47")])
        self.assertEqual(self.lookup(UUID).autostart(), 0)
        mdevctl("modify", "-u", UUID, "--auto")
        self.assertEqual(self.lookup(UUID).autostart(), 1)
        mdevctl("start", "-u", UUID)
        self.assertEqual((active(), inactive()), ([NAME], []))
        self.assertEqual(self.attributes(), [("adapter", "6"), ("domain", "71")])
        mdevctl("undefine", "-u", UUID)
        self.assertEqual((active(), inactive()), ([NAME], []))
        self.assertEqual(self.lookup(UUID).isPersistent(), 0)
        self.lookup(UUID).destroy()
        self.assertEqual((active(), inactive()), ([], []))

    def test_queue_that_mdevctl_took_is_refused_with_its_holder(self):
        mdevctl("start", "-u", UUID, "-p", "matrix", "--type", machine.TYPE)
        machine.write(5, machine.MATRIX, UUID, "assign_adapter")
        machine.write(4, machine.MATRIX, UUID, "assign_domain")
        self.refused_document(INVALID, ["05.0004", UUID], machine.document([5, 6], [4]))


class Sysfs(BesideTest):
    def test_attributes_changed_with_echo_are_shown_at_once(self):
        self.create([5], [4], uuid=UUID)
        for name, value in (("assign_adapter", 6), ("unassign_domain", 4), ("assign_domain", "0xff"),
                            ("assign_control_domain", 0x47)):
            machine.write(value, machine.MATRIX, UUID, name)
        self.assertEqual(self.attributes(), [("adapter", "5"), ("adapter", "6"), ("domain", "255"),
                                             ("control_domain", "71")])

    def test_created_and_removed_with_echo(self):
        machine.write(UUID, machine.CREATE)
        self.assertEqual(active(), [NAME])
        self.assertEqual(self.attributes(), [])
        machine.write(1, machine.MATRIX, UUID, "remove")
        self.assertEqual(active(), [])

    def test_driver_of_a_queue_follows_bind_and_unbind(self):
        machine.write("05.0004", machine.BUS, "drivers", "vfio_ap", "unbind")
        try:
            self.assertNotIn("<driver>", machine.virsh("nodedev-dumpxml", "ap_05_0004"))
        finally:
            machine.write("05.0004", machine.BUS, "drivers", "vfio_ap", "bind")
        self.assertIn("<name>vfio_ap</name>", machine.virsh("nodedev-dumpxml", "ap_05_0004"))


class BadFiles(BesideTest):
    """A bad definition hurts nobody else."""

    GOOD = {"mdev_type": machine.TYPE, "start": "manual", "attrs": [{"assign_adapter": "5"}]}

    CONTENTS = {
        "truncated": b'{ "mdev_type": "vfio_ap-passthrough", "start": "man',
        "empty": b"",
        "huge": b'{ "mdev_type": "' + b"x" * (2 << 20) + b'" }',
        "binary": bytes(range(256)) * 16,
        "nested": b"[" * 100000 + b"]" * 100000,
        "other": b'{ "mdev_type": "vfio_ccw-io", "start": "manual" }',
        "list": b"[]",
        "numbers": b'{ "mdev_type": 5, "start": 6, "attrs": 7 }',
        "attrs": b'{ "mdev_type": "vfio_ap-passthrough", "start": "manual", "attrs": [["a"], {"b": {}}] }',
    }

    def put(self, content, uuid=None):
        """A definition with @content, all of it at once: the daemon looks at what is half written, too."""
        uuid = uuid or self.new_uuid()
        path = os.path.join(machine.STORE, uuid)
        with open(path + ".new", "wb") as stream:
            stream.write(content)
        os.rename(path + ".new", path)
        return uuid

    def warnings_about(self, uuid):
        return [line for line in machine.log_text().splitlines() if uuid in line and "ignoring" in line]

    def check_others(self):
        """Lists, descriptions and creations work as if the bad files weren't there."""
        good = self.put(json.dumps(self.GOOD).encode())
        self.assertEqual(inactive(), [machine.node_name(good)])
        self.assertIn("value='5'", machine.virsh("nodedev-dumpxml", machine.node_name(good)))
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), ["ap_card05", "ap_card06"])
        device = self.create([5], [4], uuid=UUID)
        self.assertEqual(active(), [NAME])
        device.destroy()
        os.unlink(os.path.join(machine.STORE, good))

    def test_each_is_named_once_and_hurts_nobody(self):
        for what, content in self.CONTENTS.items():
            with self.subTest(what=what):
                uuid = self.put(content)
                self.check_others()
                self.check_others()
                self.assertEqual(len(self.warnings_about(uuid)), 1, machine.log_text()[-2000:])
                with self.assertRaises(libvirt.libvirtError) as caught:
                    self.connection.nodeDeviceLookupByName(machine.node_name(uuid))
                self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_NO_NODE_DEVICE)
                os.unlink(os.path.join(machine.STORE, uuid))

    def test_all_at_once(self):
        for content in self.CONTENTS.values():
            self.put(content)
        self.check_others()

    def test_changed_file_is_named_again(self):
        uuid = self.put(b"{")
        self.check_others()
        self.put(b"{ broken otherwise", uuid)
        self.check_others()
        self.assertEqual(len(self.warnings_about(uuid)), 2)

    def test_mended_file_is_shown(self):
        uuid = self.put(b"{")
        self.assertEqual(inactive(), [])
        with open(os.path.join(machine.STORE, uuid), "w", encoding="ascii") as stream:
            json.dump(self.GOOD, stream)
        self.assertEqual(inactive(), [machine.node_name(uuid)])

    def test_things_that_are_no_files(self):
        os.mkdir(os.path.join(machine.STORE, self.new_uuid()))
        loop = os.path.join(machine.STORE, self.new_uuid())
        os.symlink(loop, loop)
        os.symlink("/nowhere", os.path.join(machine.STORE, self.new_uuid()))
        self.check_others()

    def test_pipe_lets_nobody_wait(self):
        pipe = os.path.join(machine.STORE, self.new_uuid())
        os.mkfifo(pipe)
        try:
            start = time.monotonic()
            self.assertEqual(inactive(), [])
            self.create([5], [4]).destroy()
            self.assertLess(time.monotonic() - start, 5)
        finally:
            os.rename(pipe, pipe + ".away")
            self.release_readers(pipe + ".away")

    @staticmethod
    def release_readers(pipe):
        """libvirt's own module reads it with mdevctl, and would for ever."""
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            pass        # nobody reads it
        os.unlink(pipe)

    def test_other_names_are_not_definitions(self):
        for name in (".hidden", UUID.upper(), UUID + "~", UUID.replace("-", ""), "README"):
            with open(os.path.join(machine.STORE, name), "w", encoding="ascii") as stream:
                json.dump(self.GOOD, stream)
        self.assertEqual(inactive(), [])
