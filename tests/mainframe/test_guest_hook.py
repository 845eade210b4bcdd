# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hook, run by libvirtd: a matrix that is only defined comes with its guest and goes
with it, and what cannot work is refused when the guest is started."""

import os

import libvirt

import kvm_guest
import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
BOTH = ("05.0004", "06.0004")
HOLDERS = "/run/libvirt-ap/holders"
INVALID = libvirt.VIR_ERR_OPERATION_INVALID


class Hook(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.matrix = self.connection.nodeDeviceDefineXML(machine.document([5, 6], [4], uuid=UUID), 0)
        self.addCleanup(self.clear)

    def clear(self):
        machine.restore_small()
        self.lookup(UUID).undefine()
        self.assertEqual(self.records(), [])

    @staticmethod
    def records():
        return os.listdir(HOLDERS) if os.path.isdir(HOLDERS) else []

    def start(self, name):
        guest = kvm_guest.Guest(self.connection, name, UUID)
        self.addCleanup(guest.close)
        return guest

    def wait_until_put_away(self):
        machine.wait_until(lambda: machine.kernel_matrices() == self.records() == [], "the matrix is put away")
        self.assertEqual((self.lookup(UUID).isActive(), self.lookup(UUID).isPersistent()), (0, 1))

    def refused_start(self, words, name="guest2"):
        """libvirt's error has all the hook says."""
        with self.assertRaises(libvirt.libvirtError) as caught:
            kvm_guest.Guest(self.connection, name, UUID)
        self.assertEqual(caught.exception.get_error_code(), libvirt.VIR_ERR_HOOK_SCRIPT_FAILED)
        message = caught.exception.get_error_message()
        for word in words:
            self.assertIn(word, message)
        print(f"# {message}", flush=True)

    def test_matrix_lives_as_long_as_its_guest(self):
        self.assertEqual(self.matrix.isActive(), 0)
        guest = self.start("guest1")
        self.assertEqual(machine.kernel_matrices(), [UUID])
        guest.wait_for_queues(*BOTH)
        record = machine.read(HOLDERS, UUID)
        for line in ("guest=guest1", f"guest-uuid={guest.domain.UUIDString()}", "state=running", "made=true",
                     f"service={machine.daemon_pid()}"):
            self.assertIn(line, record.splitlines())
        self.refused(INVALID, [UUID, "in use", "guest 'guest1'"], self.matrix.destroy)
        self.refused_start(["guest 'guest2'", UUID, "guest 'guest1'"])
        self.assertEqual(self.records(), [UUID])
        # A daemon that has just started knows it again.
        self.connection.close()
        machine.daemon("stop", "start ours")
        self.connection = libvirt.open(self.uri)
        guest.domain = self.connection.lookupByName("guest1")
        self.assertTrue(guest.domain.isActive())
        # It takes up its guests in the background.
        machine.wait_until(lambda: f"service={machine.daemon_pid()}" in machine.read(HOLDERS, UUID).splitlines(),
                           lambda: f"the record has the new daemon\n{machine.log_text()[-2000:]}")
        guest.shut_down()
        self.wait_until_put_away()

    def test_matrix_that_would_be_incomplete(self):
        machine.control("deconfigure", 6)
        machine.scan()
        self.refused_start(["guest 'guest2'", UUID, "card06 is deconfigured"])
        self.wait_until_put_away()
        machine.control("configure", 6)
        machine.scan()
        # Linux 6.1's own driver remembers that a reset failed while the card was away, until
        # the next one; the hook sees to that.
        self.start("guest2").domain.destroy()
        self.wait_until_put_away()
