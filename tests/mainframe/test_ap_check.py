# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""ap-check of s390-tools, which mdevctl asks about matrices, beside ours: what one
of them defined or started, the other one sees, and neither takes it away."""

import json
import os
import tempfile
import unittest

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
AP_CHECK = "/usr/lib/mdevctl/scripts.d/callouts/ap-check"
LOCK = "/run/lock/s390apconfig.lock"
INVALID = libvirt.VIR_ERR_OPERATION_INVALID


def definition(adapters, domains, start):
    attributes = [{"assign_adapter": str(adapter)} for adapter in adapters]
    attributes += [{"assign_domain": str(domain)} for domain in domains]
    return {"mdev_type": "vfio_ap-passthrough", "start": start, "attrs": attributes}


def mdevctl_define(uuid, adapters, domains, start="auto"):
    """What became of `mdevctl define`."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as stream:
        json.dump(definition(adapters, domains, start), stream)
        stream.flush()
        return machine.run("mdevctl", "define", "-u", uuid, "-p", "matrix", "--jsonfile", stream.name)


def stored(uuid):
    return os.path.exists(os.path.join(machine.STORE, uuid))


@unittest.skipUnless(os.path.exists(AP_CHECK), "this mainframe was made without ap-check")
class ApCheckTest(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear_store)
        self.addCleanup(self.remove_matrices)

    @staticmethod
    def clear_store():
        for name in os.listdir(machine.STORE) if os.path.isdir(machine.STORE) else []:
            os.unlink(os.path.join(machine.STORE, name))

    def define_ours(self, adapters, domains, start):
        device = self.connection.nodeDeviceDefineXML(machine.document(adapters, domains, uuid=OTHER))
        device.setAutostart(int(start))
        return device

    def check_refused(self, done):
        """It names the holder, and nobody keeps the lock."""
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(OTHER, done.stderr)
        self.assertFalse(os.path.exists(LOCK))


class Definitions(ApCheckTest):
    def test_queue_of_an_automatic_one_of_ours_is_refused_and_nothing_stored(self):
        self.define_ours([5], [4], start=True)
        self.check_refused(mdevctl_define(UUID, [5, 6], [4]))
        self.assertFalse(stored(UUID))

    def test_other_queues_are_accepted(self):
        self.define_ours([5], [4], start=True)
        done = mdevctl_define(UUID, [5], [0x47])
        self.assertEqual((done.returncode, stored(UUID)), (0, True), done.stderr)

    def test_manual_ones_of_ours_are_not_looked_at(self):
        self.define_ours([5], [4], start=False)
        done = mdevctl_define(UUID, [5], [4])
        self.assertEqual((done.returncode, stored(UUID)), (0, True), done.stderr)


class Devices(ApCheckTest):
    def test_start_with_a_queue_of_ours_is_refused(self):
        self.connection.nodeDeviceCreateXML(machine.document([5], [4], uuid=OTHER), 0)
        done = mdevctl_define(UUID, [5], [4], start="manual")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.check_refused(machine.run("mdevctl", "start", "-u", UUID))
        self.assertEqual(machine.kernel_matrices(), [OTHER])

    def test_ours_refuses_a_queue_of_what_mdevctl_started(self):
        done = mdevctl_define(UUID, [5], [4], start="manual")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = machine.run("mdevctl", "start", "-u", UUID)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.refused_document(INVALID, ["05.0004", UUID], machine.document([5], [4], uuid=OTHER))
