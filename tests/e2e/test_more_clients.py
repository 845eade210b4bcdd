# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients of many kinds: several at once, read-only ones, virt-xml, hasty ones."""

import os
import signal
import subprocess
import threading

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
CLIENTS = 8


class Together(machine.MachineTest):
    """The same thing asked for by all clients at once."""

    def setUp(self):
        super().setUp()
        self.clients = [libvirt.open(self.uri) for _number in range(CLIENTS)]
        self.addCleanup(lambda: [client.close() for client in self.clients])

    def codes(self, call):
        """What @call comes to for each client: an error code, 0 for success."""
        codes = []
        barrier = threading.Barrier(CLIENTS)

        def run(client):
            barrier.wait()
            try:
                call(client)
                codes.append(0)
            except libvirt.libvirtError as error:
                codes.append(error.get_error_code())

        threads = [threading.Thread(target=run, args=(client,)) for client in self.clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(codes)

    def test_one_makes_a_matrix_and_one_destroys_it(self):
        text = machine.document([5], [4], uuid=UUID)
        for _round in range(5):
            self.assertEqual(self.codes(lambda client: client.nodeDeviceCreateXML(text, 0)),
                             [0] + [INVALID] * (CLIENTS - 1))
            self.assertEqual(machine.kernel_matrices(), [UUID])
            codes = self.codes(lambda client: client.nodeDeviceLookupByName(NAME).destroy())
            self.assertEqual(codes, [0] + [libvirt.VIR_ERR_NO_NODE_DEVICE] * (CLIENTS - 1))
            self.assertEqual(machine.kernel_matrices(), [])

    def test_one_gets_the_queue(self):
        text = machine.document([5], [4])
        self.assertEqual(self.codes(lambda client: client.nodeDeviceCreateXML(text, 0)),
                         [0] + [INVALID] * (CLIENTS - 1))
        self.assertEqual(len(machine.kernel_matrices()), 1)


class ReadOnly(machine.MachineTest):
    def test_reads_and_changes_nothing(self):
        self.create([5], [4], uuid=UUID)
        for uri in ("qemu:///system", "nodedev:///system"):
            client = libvirt.openReadOnly(uri)
            self.addCleanup(client.close)
            matrix = client.nodeDeviceLookupByName(NAME)
            self.assertEqual(matrix.XMLDesc(), self.lookup(UUID).XMLDesc())
            self.assertEqual(client.listDevices("mdev"), [NAME])
            for call in (matrix.destroy, lambda: client.nodeDeviceCreateXML(machine.document([6], [4]), 0)):
                with self.assertRaises(libvirt.libvirtError) as caught:
                    call()
                self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_OPERATION_DENIED)
        self.assertEqual(machine.kernel_matrices(), [UUID])


class Hasty(machine.MachineTest):
    """At once after the creation, when libvirt's own driver has not heard of it."""

    def test_transient_matrix_is_neither_started_nor_undefined(self):
        for _round in range(20):
            matrix = self.create([5], [4], uuid=UUID)
            self.refused(INVALID, NAME, matrix.create)
            self.refused(INVALID, NAME, matrix.undefine)
            self.refused(INVALID, NAME, matrix.setAutostart, 1)
            matrix.destroy()

    def test_the_words_for_one_that_is_gone_are_the_same_everywhere(self):
        matrix = self.create([5], [4], uuid=UUID)
        matrix.destroy()
        words = f"no node device with matching name '{NAME}'"
        for call in (matrix.XMLDesc, matrix.isActive, matrix.destroy, matrix.listCaps, lambda: self.lookup(UUID)):
            self.refused(libvirt.VIR_ERR_NO_NODE_DEVICE, words, call)


class VirtInst(machine.MachineTest):
    """virt-xml finds the matrix among the node devices and makes a <hostdev> of it."""

    def virt_xml(self, name):
        return machine.run("virt-xml", "--connect", self.uri, "--build-xml", "--hostdev", name)

    def test_matrix_becomes_a_hostdev(self):
        self.create([5], [4], uuid=UUID)
        done = self.virt_xml(NAME)
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in ("type=\"mdev\"", "model=\"vfio-ap\"", f"uuid=\"{UUID}\""):
            self.assertIn(words, done.stdout)

    def test_other_ap_devices_are_read_and_refused(self):
        for name, kind in (("ap_card05", "ap_card"), ("ap_05_0004", "ap_queue"), ("ap_matrix", "ap_matrix")):
            done = self.virt_xml(name)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"Unsupported node device type '{kind}'", done.stderr)


class Coming(machine.MachineTest):
    """Parts of the machine are not there yet when the daemon is."""

    def hide(self, *paths):
        for path in paths:
            subprocess.run(["mount", "-t", "tmpfs", "none", path], check=True)
            self.addCleanup(subprocess.run, ["umount", path], check=True)

    def names(self, capability):
        return self.connection.listDevices(capability)

    def test_without_vfio_ap_there_are_cards_and_the_advice_to_load_it(self):
        self.hide("/sys/devices/vfio_ap")
        self.assertEqual(len(self.names("ap_card")), 2)
        self.assertEqual((self.names("ap_matrix"), self.names("mdev"), self.names("mdev_types")), ([], [], []))
        message = self.refused(libvirt.VIR_ERR_CONFIG_UNSUPPORTED, "vfio_ap", self.create, [5], [4])
        self.assertIn("ap_matrix", message)
        self.doCleanups()
        self.connection = libvirt.open(self.uri)
        self.addCleanup(self.connection.close)
        self.assertEqual(self.names("ap_matrix"), ["ap_matrix"])
        self.create([5], [4]).destroy()

    def test_without_an_ap_bus_libvirts_own_driver_answers(self):
        self.hide("/sys/bus", "/sys/devices/ap", "/sys/devices/vfio_ap")
        for capability in ("ap_card", "ap_queue", "ap_matrix", "mdev"):
            self.assertEqual(self.names(capability), [])
        with self.assertRaises(libvirt.libvirtError) as caught:
            self.create([5], [4])
        self.assertNotIn("load the kernel module", caught.exception.get_error_message())


class Signals(machine.MachineTest):
    def test_hangup_of_the_daemon_changes_nothing(self):
        self.create([5], [4], uuid=UUID)
        os.kill(machine.daemon_pid(), signal.SIGHUP)
        self.assertEqual(self.connection.listDevices("mdev"), [NAME])
        self.create([6], [4]).destroy()
        self.lookup(UUID).destroy()
