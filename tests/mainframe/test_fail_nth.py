# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything the driver does, again and again, while the first, the second, the third
of its allocations fails, until there is none left: it is done, or refused with an errno
and nothing has changed.  Whether something leaks is looked at afterwards."""

import ctypes
import errno
import glob
import itertools
import os
import subprocess
import unittest

import faults
import uapi_client
from machine import BUS, CREATE, MATRIX, read, write

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "5c8a8a5d-0d3a-4f3e-8a52-6f0d5b0f9a02"
BOTH = "0x06" + "0" * 62 + ",0x08" + "0" * 62 + ",0x08" + "0" * 62
FILES = ("matrix", "guest_matrix", "control_domains", "ap_config")
# No operation here allocates more often.
LIMIT = 3000
FINIT_MODULE, DELETE_MODULE = 344, 129  # of s390x


def state():
    """All of vfio_ap that can be seen."""
    found = {path: sorted(os.listdir(path)) for path in (MATRIX, f"{BUS}/drivers/vfio_ap") if os.path.isdir(path)}
    for directory in glob.glob(f"{MATRIX}/*-*-*-*-*"):
        found.update({f"{directory}/{name}": read(directory, name) for name in FILES})
    for path in glob.glob("/sys/bus/ap/devices/??.????/status"):
        found[path] = read(path)
    return found


class Written:
    """A write(2) to one file, which has been opened before anything fails."""

    def __init__(self, value, *path):
        self.value = f"{value}\n".encode()
        self.descriptor = os.open(os.path.join(*path), os.O_WRONLY)

    def __call__(self):
        os.write(self.descriptor, self.value)

    def close(self):
        os.close(self.descriptor)


def call(number, *arguments):
    """A system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "system call")


class Sweep(unittest.TestCase):
    """What the tests below share; each leaves nothing behind."""

    @classmethod
    def setUpClass(cls):
        if not faults.is_debug_kernel():
            raise unittest.SkipTest("this kernel has no failures on demand")

    def setUp(self):
        self.faults = faults.Faults()
        self.addCleanup(self.faults.close)
        self.addCleanup(self.remove_matrices)

    @staticmethod
    def remove_matrices():
        for path in glob.glob(f"{MATRIX}/*-*-*-*-*/remove"):
            write(1, path)

    def sweep(self, code, do, undo):
        """How many allocations below @code there were for @do, each of which has failed once."""
        self.faults.below(code)
        refused = 0
        for number in itertools.count(1):
            self.assertLess(number, LIMIT, "there is no end of it")
            before = state()
            if not self.fails(number, do):
                undo()
                self.assertEqual(state(), before)
                break
            if self.error:
                refused += 1
                self.assertEqual(state(), before, f"after failure {number}: {self.error}")
            else:
                undo()
                self.assertEqual(state(), before, f"after failure {number}, which did no harm")
        print(f"# {self.id().rsplit('.', 1)[-1]}: {number - 1} failures, {refused} of them refused it")
        return number - 1

    def fails(self, number, do):
        """Whether something has failed; then self.error is what @do said to that."""
        self.error = None
        self.faults.arm(number)
        try:
            do()
        except OSError as error:
            self.error = error
        finally:
            hit = self.faults.disarm()
        if not hit and self.error:
            raise self.error
        return hit

    def sweep_writes(self, setup, do, undo):
        """Writes of (value, file) to a matrix."""
        write(UUID, CREATE)
        for value, name in setup:
            write(value, MATRIX, UUID, name)
        doing = Written(do[0], MATRIX, UUID, do[1])
        self.addCleanup(doing.close)
        return self.sweep(faults.range_of_function("kernfs_fop_write_iter"), doing,
                          lambda: write(undo[0], MATRIX, UUID, undo[1]))


class Matrix(Sweep):
    """Files that are written to."""

    def test_create(self):
        creating = Written(UUID, CREATE)
        self.addCleanup(creating.close)
        number = self.sweep(faults.range_of_function("kernfs_fop_write_iter"), creating,
                            lambda: write(1, MATRIX, UUID, "remove"))
        self.assertGreater(number, 20)

    def test_remove(self):
        def again():
            if not os.path.isdir(f"{MATRIX}/{UUID}"):
                write(UUID, CREATE)
                write(BOTH, MATRIX, UUID, "ap_config")

        again()
        self.faults.below(faults.range_of_function("kernfs_fop_write_iter"))
        for number in itertools.count(1):
            before = state()
            hit = self.fails(number, lambda: write(1, MATRIX, UUID, "remove"))
            if self.error:
                self.assertEqual(state(), before, f"after failure {number}: {self.error}")
            again()
            self.assertEqual(state(), before)
            if not hit:
                break
        self.assertGreater(number, 1)

    def test_assign_adapter(self):
        self.sweep_writes([(4, "assign_domain")], (5, "assign_adapter"), (5, "unassign_adapter"))

    def test_assign_domain(self):
        self.sweep_writes([(5, "assign_adapter")], (4, "assign_domain"), (4, "unassign_domain"))

    def test_assign_control_domain(self):
        self.sweep_writes([], (4, "assign_control_domain"), (4, "unassign_control_domain"))

    def test_unassign_adapter(self):
        self.sweep_writes([(BOTH, "ap_config")], (5, "unassign_adapter"), (5, "assign_adapter"))

    def test_unassign_domain(self):
        self.sweep_writes([(BOTH, "ap_config")], (4, "unassign_domain"), (4, "assign_domain"))

    def test_unassign_control_domain(self):
        self.sweep_writes([(BOTH, "ap_config")], (4, "unassign_control_domain"), (4, "assign_control_domain"))

    def test_whole_configuration(self):
        self.sweep_writes([], (BOTH, "ap_config"), ("0,0,0", "ap_config"))

    def test_refusal(self):
        write(OTHER, CREATE)
        write(BOTH, MATRIX, OTHER, "ap_config")
        write(UUID, CREATE)
        refused = Written(BOTH, MATRIX, UUID, "ap_config")
        self.addCleanup(refused.close)
        self.faults.below(faults.range_of_function("kernfs_fop_write_iter"))
        before = state()
        for number in itertools.count(1):
            self.faults.arm(number)
            with self.assertRaises(OSError):
                refused()
            if not self.faults.disarm():
                break
            self.assertEqual(state(), before)

    def test_queue_is_bound(self):
        """To a driver whose matrix has it; a failed probe leaves it without a driver."""
        write(UUID, CREATE)
        write(BOTH, MATRIX, UUID, "ap_config")
        write("05.0004", BUS, "drivers/vfio_ap/unbind")
        binding = Written("05.0004", BUS, "drivers/vfio_ap/bind")
        self.addCleanup(binding.close)
        number = self.sweep(faults.range_of_function("kernfs_fop_write_iter"), binding,
                            lambda: write("05.0004", BUS, "drivers/vfio_ap/unbind"))
        self.assertGreater(number, 2)
        write("05.0004", BUS, "drivers/vfio_ap/bind")


class Guest(Sweep):
    """Of a client of VFIO with a guest: it is the one whose allocations fail."""

    def setUp(self):
        super().setUp()
        self.client = uapi_client.Client()
        self.addCleanup(self.client.close)
        self.faults.close()
        self.faults = faults.Faults(self.client.process.pid)
        write(UUID, CREATE)
        write("6", MATRIX, UUID, "assign_adapter")
        write("4", MATRIX, UUID, "assign_domain")
        self.client.prepare(UUID)

    def ask(self, command):
        answer = self.client.ask(command)
        if answer.startswith("error "):
            raise OSError(getattr(errno, answer.split()[1]), command)

    def enable(self):
        """Where there is no memory, the guest is told that its byte cannot be used."""
        rc = self.client.enable().rc
        if rc:
            self.assertEqual(rc, 6)
            raise OSError(errno.ENOMEM, "interrupts")

    def is_as_before(self, pinned):
        self.assertEqual(self.client.pinned(), pinned)
        self.assertEqual(self.client.tapq().rc, 0)

    def test_open(self):
        number = self.sweep(faults.range_of_function("vfio_group_fops_unl_ioctl"), lambda: self.ask(f"device d g {UUID}"),
                            lambda: self.client.ok("close d"))
        self.assertGreater(number, 2)

    def test_close(self):
        self.faults.below(faults.range_of_module("vfio_ap"))
        for number in itertools.count(1):
            self.client.ok(f"device d g {UUID}")
            self.enable()
            hit = self.fails(number, lambda: self.client.ok("close d"))
            self.assertEqual((self.error, self.client.pinned()), (None, 0))
            if not hit:
                break

    def test_interrupts(self):
        self.client.ok(f"device d g {UUID}")
        number = self.sweep(faults.range_of_module("vfio_ap"), self.enable, self.client.disable)
        self.assertGreater(number, 0)
        self.is_as_before(0)

    def test_other_interrupts(self):
        """Those that are on stay on until others are."""
        self.client.ok(f"device d g {UUID}")
        self.enable()
        self.sweep(faults.range_of_module("vfio_ap"), lambda: self.move(uapi_client.OTHER_NIB),
                   lambda: self.move(uapi_client.NIB))
        self.is_as_before(1)
        self.client.enqueue()
        self.assertEqual(self.client.interruption(), 3)

    def move(self, nib):
        """Interrupts are on; the hardware says so, whether or not there was memory for others."""
        answer = self.client.enable(nib=nib)
        self.assertIn(answer.rc, (6, 7))

    def test_reset(self):
        self.client.ok(f"device d g {UUID}")
        self.enable()
        self.sweep(faults.range_of_function("vfio_device_fops_unl_ioctl"), lambda: self.ask("reset d"), self.enable)
        self.assertEqual(self.client.pinned(), 1)

    def test_eventfd(self):
        self.client.ok(f"device d g {UUID}")
        self.client.ok("eventfd e")
        flags = 1 << 2 | 1 << 5
        number = self.sweep(faults.range_of_function("vfio_device_fops_unl_ioctl"),
                            lambda: self.ask(f"set-irqs d 24 {flags} 0 0 1 e"),
                            lambda: self.client.ok(f"set-irqs d 24 {flags} 0 0 1 -1"))
        self.assertGreater(number, 1)

    def test_queues_come_and_go_under_a_guest(self):
        """What fails is in the process that changes the matrix."""
        self.client.ok(f"device d g {UUID}")
        self.faults.close()
        self.faults = faults.Faults()
        code = faults.range_of_function("kernfs_fop_write_iter")
        assign = Written(0x47, MATRIX, UUID, "assign_domain")
        unassign = Written(4, MATRIX, UUID, "unassign_domain")
        for doing in (assign, unassign):
            self.addCleanup(doing.close)
        self.sweep(code, assign, lambda: write(0x47, MATRIX, UUID, "unassign_domain"))
        self.enable()
        self.sweep(code, unassign, self.assign_again)
        self.is_as_before(1)

    def assign_again(self):
        self.assertEqual((self.client.tapq().rc, self.client.pinned()), (1, 0))
        write(4, MATRIX, UUID, "assign_domain")
        self.enable()


class Module(Sweep):
    """Of the module itself: it isn't there when a test begins, and is when it ends."""

    def setUp(self):
        super().setUp()
        self.path = subprocess.run(["modinfo", "-n", "vfio_ap"], stdout=subprocess.PIPE, text=True,
                                   check=True).stdout.strip()
        self.file = os.open(self.path, os.O_RDONLY)
        self.addCleanup(os.close, self.file)
        self.addCleanup(self.load_if_missing)

    def load(self):
        """All of it is there, or nothing; but a queue may be left without a driver."""
        call(FINIT_MODULE, self.file, b"", 0)
        self.assertEqual(read(MATRIX, "features"), "guest_matrix hotplug ap_config\n")
        self.assertTrue(os.path.isfile(CREATE))

    @staticmethod
    def unload():
        call(DELETE_MODULE, b"vfio_ap", os.O_NONBLOCK)

    def load_if_missing(self):
        if not os.path.isdir("/sys/module/vfio_ap"):
            self.load()

    def test_load(self):
        self.unload()
        number = self.sweep(faults.range_of_function("do_one_initcall"), self.load, self.unload)
        self.assertGreater(number, 20)

    def test_unload(self):
        self.faults.below(faults.range_of_function("__s390x_sys_delete_module"))
        for number in itertools.count(1):
            hit = self.fails(number, self.unload)
            # The name that cannot be copied is a refusal.
            self.assertEqual(os.path.isdir("/sys/module/vfio_ap"), self.error is not None)
            self.load_if_missing()
            if not hit:
                break
