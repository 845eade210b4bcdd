# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Destroying matrices: idle ones, ones in use, defined ones, and what is none."""

import json
import os
import subprocess
import sys
import threading
import time

import libvirt

import machine

INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UNSUPPORTED = libvirt.VIR_ERR_CONFIG_UNSUPPORTED
NO_DEVICE = libvirt.VIR_ERR_NO_NODE_DEVICE
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
# Has a file open until its standard input ends.
HOLDER = "import sys; held = open(sys.argv[1], 'rb', 0); print('open', flush=True); sys.stdin.read()"
NAME = machine.node_name(UUID)


class Destroy(machine.MachineTest):
    def test_matrix_is_gone_and_its_queues_are_free(self):
        device = self.create([5, 6], [4], uuid=UUID)
        device.destroy()
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertEqual(machine.virsh_names("--cap", "mdev"), [])
        self.create([5, 6], [4])

    def test_others_stay(self):
        self.create([5], [4], uuid=UUID)
        other = self.new_uuid()
        self.create([6], [4], uuid=other)
        self.lookup(UUID).destroy()
        self.assertEqual(machine.kernel_matrices(), [other])
        self.assertEqual(machine.kernel_queues(other), ["06.0004"])

    def test_second_time_there_is_none(self):
        device = self.create([5], [4], uuid=UUID)
        device.destroy()
        self.refused(NO_DEVICE, NAME, device.destroy)

    def test_matrix_made_with_plain_sysfs(self):
        machine.write(UUID, machine.CREATE)
        self.lookup(UUID).destroy()
        self.assertEqual(machine.kernel_matrices(), [])

    def test_virsh_says_what_was_destroyed(self):
        self.create([5], [4], uuid=UUID)
        done = machine.run("virsh", "nodedev-destroy", NAME)
        self.assertEqual(done.stdout.strip(), f"Destroyed node device '{NAME}'")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_is_no_matrix_cannot_be_destroyed(self):
        for name in ("ap_card05", "ap_05_0004", "ap_matrix"):
            with self.subTest(name=name):
                before = machine.virsh("nodedev-dumpxml", name)
                device = self.connection.nodeDeviceLookupByName(name)
                self.refused(UNSUPPORTED, name, device.destroy)
                self.assertEqual(machine.virsh("nodedev-dumpxml", name), before)

    def test_one_of_two_at_once_wins(self):
        """Two clients destroy the same matrix: one is told that it is gone."""
        for _round in range(10):
            self.create([5], [4], uuid=UUID)
            connections = [libvirt.open(self.uri) for _client in range(2)]
            devices = [connection.nodeDeviceLookupByName(NAME) for connection in connections]
            codes = []

            def destroy(device):
                try:
                    device.destroy()
                    codes.append(0)
                except libvirt.libvirtError as error:
                    codes.append(error.get_error_code())

            threads = [threading.Thread(target=destroy, args=(device,)) for device in devices]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            del devices
            for connection in connections:
                connection.close()
            self.assertEqual(sorted(codes), [0, NO_DEVICE])


class InUse(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.device = self.create([5], [4, 0xab], uuid=UUID)
        machine.control("guest_open", UUID)
        self.open = True
        self.addCleanup(self.close)

    def close(self):
        if self.open:
            machine.control("guest_close", UUID)
            self.open = False

    def test_destroy_is_refused_at_once_and_nothing_changes(self):
        before = self.device.XMLDesc(0)
        start = time.monotonic()
        self.refused(INVALID, [UUID, "in use", "guest"], self.device.destroy)
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(self.device.XMLDesc(0), before)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "05.00ab"])
        self.assertNotIn("Relaying device request", machine.kernel_log())

    def test_destroy_works_when_the_guest_has_let_go(self):
        self.refused(INVALID, UUID, self.device.destroy)
        self.close()
        self.device.destroy()
        self.assertEqual(machine.kernel_matrices(), [])

    def test_others_do_not_wait(self):
        """A refusal holds up nobody: others are created and destroyed meanwhile."""
        start = time.monotonic()
        for _round in range(5):
            self.refused(INVALID, UUID, self.device.destroy)
            self.create([6], [4]).destroy()
        self.assertLess(time.monotonic() - start, 5)

    def test_process_that_holds_the_group_is_named(self):
        self.close()
        group = os.path.basename(os.readlink(os.path.join(machine.MATRIX, UUID, "iommu_group")))
        descriptor = os.open(f"/dev/vfio/{group}", os.O_RDWR)
        try:
            self.refused(INVALID, ["in use", f"process {os.getpid()}"], self.device.destroy)
        finally:
            os.close(descriptor)
        self.device.destroy()

    def test_guest_of_the_holder_is_named(self):
        """By its name, to whoever wants one of its queues or takes its matrix away."""
        self.close()
        self.connection.nodeDeviceDefineXML(machine.document([5], [0xab], uuid=OTHER), 0)
        self.addCleanup(lambda: self.lookup(OTHER).undefine())
        group = os.path.basename(os.readlink(os.path.join(machine.MATRIX, UUID, "iommu_group")))
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, f"/dev/vfio/{group}", "-name", "guest=payroll,x=y"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.communicate)
        self.assertEqual(holder.stdout.readline(), "open\n")
        names = ["guest 'payroll'", f"process {holder.pid}", UUID]
        self.refused_document(INVALID, ["05.0004", *names], machine.document([5], [4]))
        self.refused(INVALID, ["05.00ab", *names], self.lookup(OTHER).create)
        self.refused(INVALID, names, self.device.destroy)


class WithoutGroups(machine.MachineTest):
    """A kernel without VFIO group files cannot tell whether a guest is there: it
    lets the removal wait, but not the client."""

    def setUp(self):
        super().setUp()
        self.device = self.create([5], [4], uuid=UUID)
        machine.run("mount", "-t", "tmpfs", "none", "/dev/vfio").check_returncode()
        self.addCleanup(lambda: machine.run("umount", "/dev/vfio").check_returncode())
        machine.control("guest_open", UUID)

    def test_client_is_told_and_kernel_goes_on(self):
        faults = []

        def destroy():
            try:
                self.refused(INVALID, [UUID, "not finished", "guest"], self.device.destroy)
            except AssertionError as error:
                faults.append(str(error))

        destruction = threading.Thread(target=destroy)
        start = time.monotonic()
        destruction.start()
        machine.wait_until(lambda: os.listdir("/run/lock"), "the destruction is under way")
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), ["ap_card05", "ap_card06"])
        machine.virsh("nodedev-dumpxml", "ap_05_0004")
        self.assertTrue(destruction.is_alive(), "questions waited for it")
        destruction.join()
        self.assertEqual(faults, [])
        self.assertLess(time.monotonic() - start, 20)
        machine.control("guest_close", UUID)
        machine.wait_until(lambda: not machine.kernel_matrices(), "the kernel goes on by itself")
        self.create([5], [4]).destroy()


class Resets(machine.MachineTest):
    def test_reset_that_fails_does_not_keep_the_matrix(self):
        device = self.create([5, 6], [4], uuid=UUID)
        machine.control("reset_fail", "05.0004")
        self.addCleanup(machine.control, "reset_clear", "05.0004")
        device.destroy()
        self.assertEqual(machine.kernel_matrices(), [])


class Defined(machine.MachineTest):
    """Definitions are mdevctl's, made beside us with mdevctl or through libvirt."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.undefine)

    def undefine(self):
        self.remove_matrices()
        path = os.path.join(machine.STORE, UUID)
        if os.path.exists(path):
            os.unlink(path)

    def define(self, *attributes):
        """A definition as mdevctl writes them."""
        os.makedirs(machine.STORE, exist_ok=True)
        with open(os.path.join(machine.STORE, UUID), "w", encoding="ascii") as stream:
            json.dump({"mdev_type": machine.TYPE, "start": "manual",
                       "attrs": [{name: value} for name, value in attributes]}, stream, indent=2)

    def test_definition_stays_when_the_matrix_is_destroyed(self):
        machine.virsh("nodedev-define", f"{machine.TOP}/xml/matrix-guest1.xml")
        stored = machine.read(machine.STORE, UUID)
        machine.virsh("nodedev-start", NAME)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004", "05.00ab", "06.0004", "06.00ab"])
        self.assertEqual(machine.virsh_names("--cap", "mdev", "--inactive"), [])
        self.lookup(UUID).destroy()
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertEqual(machine.read(machine.STORE, UUID), stored)
        self.assertEqual(machine.virsh_names("--cap", "mdev", "--inactive"), [NAME])
        self.assertEqual(machine.virsh_names("--cap", "mdev"), [])
        machine.virsh("nodedev-start", NAME)
        self.assertEqual(machine.virsh_names("--cap", "mdev"), [NAME])

    def test_stored_form_has_no_path_and_the_stored_order(self):
        self.define(("assign_domain", "0xab"), ("assign_adapter", "6"), ("assign_domain", "4"),
                    ("assign_adapter", "5"), ("assign_adapter", "5"))
        text = machine.virsh("nodedev-dumpxml", NAME)
        self.assertNotIn("<path>", text)
        self.assertNotIn("<driver>", text)
        found = [line.strip() for line in text.splitlines() if "<attr" in line]
        self.assertEqual(found, ["<attr name='assign_domain' value='0xab'/>",
                                 "<attr name='assign_adapter' value='6'/>",
                                 "<attr name='assign_domain' value='4'/>",
                                 "<attr name='assign_adapter' value='5'/>",
                                 "<attr name='assign_adapter' value='5'/>"])

    def test_facts_of_the_inactive_and_of_the_active(self):
        device = self.connection.nodeDeviceDefineXML(machine.document([5], [4], uuid=UUID))
        self.assertEqual((device.isActive(), device.isPersistent(), device.autostart()), (0, 1, 0))
        device.setAutostart(1)
        self.assertEqual((device.isActive(), device.isPersistent(), device.autostart()), (0, 1, 1))
        device.create()
        self.assertEqual((device.isActive(), device.isPersistent(), device.autostart()), (1, 1, 1))
        transient = self.create([6], [4])
        self.assertEqual((transient.isActive(), transient.isPersistent(), transient.autostart()), (1, 0, 0))

    def test_inactive_cannot_be_destroyed(self):
        self.define(("assign_adapter", "5"), ("assign_domain", "4"))
        self.refused(INVALID, "not active", self.lookup(UUID).destroy)
        self.assertTrue(os.path.exists(os.path.join(machine.STORE, UUID)))
