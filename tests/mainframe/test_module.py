# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The module vfio_ap comes and goes: refused while a guest has a matrix, and clean
afterwards."""

import os
import subprocess
import uuid

from machine import BUS, MATRIX, read, wait_until, write
from uapi_client import UapiTest

QUEUE = "/sys/bus/ap/devices/06.0004"
ROUNDS = 5


def module(*words):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)


def driver_of_queue():
    link = os.path.join(QUEUE, "driver")
    return os.path.basename(os.readlink(link)) if os.path.exists(link) else None


class Module(UapiTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.load)

    def load(self):
        done = module("modprobe", "vfio_ap")
        self.assertEqual(done.returncode, 0, done.stdout)
        # The bus gives the queues to their driver.
        wait_until(lambda: driver_of_queue() == "vfio_ap", "the queue has its driver")

    def unload(self):
        done = module("rmmod", "vfio_ap")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertFalse(os.path.exists("/sys/devices/vfio_ap"))
        self.assertFalse(os.path.exists("/sys/bus/matrix"))
        self.assertFalse(os.path.exists(f"{BUS}/drivers/vfio_ap"))
        self.assertIsNone(driver_of_queue())

    def test_refused_while_a_guest_has_a_matrix(self):
        matrix = self.take()
        self.assertEqual(self.client.enable().rc, 0)
        done = module("rmmod", "vfio_ap")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("in use", done.stdout)
        self.assertEqual(read(MATRIX, matrix, "matrix"), "06.0004\n")
        self.client.enqueue()
        self.assertEqual(self.client.interruption(), 3)
        self.client.close()
        self.unload()

    def test_comes_back_as_new(self):
        for _ in range(ROUNDS):
            matrix = self.take((6,), (4, 0x47))
            self.assertEqual(self.client.enable().rc, 0)
            self.client.close()
            # It takes the matrix with it.
            self.unload()
            self.load()
            self.assertEqual(self.matrices(), [])
            self.assertEqual(read(f"{QUEUE}/status"), "unassigned\n")
            self.client = self.new_client()
            self.assertFalse(os.path.exists(f"{MATRIX}/{matrix}"))

    def test_host_may_have_the_queues_afterwards(self):
        self.take()
        self.client.close()
        self.unload()
        mask = read(BUS, "apmask").strip()
        write("+6", BUS, "apmask")
        self.addCleanup(write, mask, BUS, "apmask")
        wait_until(lambda: driver_of_queue() == "cex4queue", "the host has the queue")
        write(mask, BUS, "apmask")

    def test_goes_while_matrices_come(self):
        """Whoever makes a matrix at that moment gets it or an error, and nothing stays."""
        # A few, again and again: each is one more for the module to take with it.
        uuids = [str(uuid.uuid4()) for _ in range(3)]
        script = (f"while :; do for uuid in {' '.join(uuids)}; do echo $uuid >{MATRIX}/mdev_supported_types/"
                  "vfio_ap-passthrough/create; done; done 2>/dev/null")
        with subprocess.Popen(["bash", "-c", script]) as maker:
            try:
                for _ in range(ROUNDS):
                    wait_until(self.matrices, "there are matrices")
                    self.unload()
                    self.load()
            finally:
                maker.kill()
        self.remove_matrices()
