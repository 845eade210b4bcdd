# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Creating is all or nothing: the kernel fails steps, the daemon is killed,
others hold the lock."""

import os
import random
import signal
import subprocess
import threading
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
LOCK = "/run/lock/s390apconfig.lock"
SYSTEM_ERROR = libvirt.VIR_ERR_SYSTEM_ERROR
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
BUSY = libvirt.VIR_ERR_RESOURCE_BUSY
DOCUMENT = machine.document([5, 6], [4, 0xab], uuid=UUID)
QUEUES = ["05.0004", "05.00ab", "06.0004", "06.00ab"]


class Faults(machine.MachineTest):
    """The next operation on some file of sysfs fails."""

    def setUp(self):
        super().setUp()
        if not machine.is_simulated():
            self.skipTest("a real kernel's files do not fail on demand")
        # Before the matrices are removed, which must not meet a failure.
        self.addCleanup(machine.control, "fail", "clear")

    def fails(self, fault, code, words):
        machine.control("fail", fault)
        message = self.refused_document(code, words, DOCUMENT)
        machine.control("fail", "clear")
        self.check_as_new()
        return message

    def check_as_new(self):
        """Nothing of the attempt is left, and the same document is accepted."""
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertFalse(os.path.exists(LOCK))
        self.connection.nodeDeviceCreateXML(DOCUMENT, 0).destroy()

    def test_creation_in_the_kernel_fails(self):
        for errno, text in (("EIO", "Input/output error"), ("EUSERS", "Too many users"), ("ENODEV", "No such device")):
            with self.subTest(errno=errno):
                self.fails(f"write create 1 {errno}", SYSTEM_ERROR, ["create matrix", UUID, text])

    def test_assignment_fails(self):
        for errno, text in (("EIO", "Input/output error"), ("ENOMEM", "Cannot allocate memory"),
                            ("ENODEV", "No such device")):
            with self.subTest(errno=errno):
                self.fails(f"write ap_config 1 {errno}", SYSTEM_ERROR, ["adapters 5-6", "domains 4,171", text])

    def test_assignment_is_refused_as_taken(self):
        """Somebody without the lock was quicker; there is nobody to name any more."""
        for errno, text in (("EADDRINUSE", "already in use"), ("EADDRNOTAVAIL", "Cannot assign")):
            with self.subTest(errno=errno):
                self.fails(f"write ap_config 1 {errno}", INVALID, ["the kernel refused", text])

    def test_files_cannot_be_opened(self):
        self.fails("open create 1 EACCES", SYSTEM_ERROR, ["create matrix", "Permission denied"])
        self.fails("open ap_config 1 EACCES", SYSTEM_ERROR, ["adapters 5-6", "Permission denied"])

    def test_result_cannot_be_read_back(self):
        self.fails("read ap_config 1 EIO", SYSTEM_ERROR, ["ap_config", "Input/output error"])
        self.fails("open ap_config 2 EIO", SYSTEM_ERROR, ["ap_config", "Input/output error"])

    def test_state_before_cannot_be_read(self):
        for name in ("apmask", "aqmask", "ap_max_adapter_id", "ap_max_domain_id", "features", "available_instances"):
            with self.subTest(name=name):
                # The journal has a look first, and does without.
                machine.control("fail", f"read {name} 2 EIO")
                self.fails(f"read {name} 1 EIO", SYSTEM_ERROR, [name, "Input/output error"])

    def test_other_matrix_cannot_be_read(self):
        """What an unreadable matrix has is unknown, so nothing may be taken."""
        other = self.new_uuid()
        self.create([5], [0x47], uuid=other)
        machine.control("fail", "read ap_config 1 EIO")
        self.refused_document(SYSTEM_ERROR, [other, "Input/output error"], DOCUMENT)
        machine.control("fail", "clear")
        self.assertEqual(machine.kernel_queues(other), ["05.0047"])
        self.lookup(other).destroy()
        self.check_as_new()

    def test_failing_removal_is_tried_again(self):
        machine.control("fail", "write remove 1 EAGAIN")
        self.fails("write ap_config 1 EIO", SYSTEM_ERROR, ["adapters 5-6", "Input/output error"])

    def test_what_is_left_behind_is_told(self):
        for number in range(1, 20):
            machine.control("fail", f"write remove {number} EIO")
        machine.control("fail", "write ap_config 1 EIO")
        self.refused(SYSTEM_ERROR, ["half-made", UUID, "left behind", "remove", "adapters 5-6"],
                     self.connection.nodeDeviceCreateXML, DOCUMENT, 0)
        machine.control("fail", "clear")
        self.assertEqual(machine.kernel_matrices(), [UUID])
        self.assertEqual(machine.kernel_queues(UUID), [])
        self.lookup(UUID).destroy()
        self.check_as_new()

    def test_failing_destruction_is_told(self):
        device = self.connection.nodeDeviceCreateXML(DOCUMENT, 0)
        machine.control("fail", "write remove 1 EIO")
        self.refused(SYSTEM_ERROR, [UUID, "Input/output error"], device.destroy)
        self.assertEqual(machine.kernel_queues(UUID), QUEUES)
        device.destroy()
        self.assertEqual(machine.kernel_matrices(), [])

    def test_any_operation_fails(self):
        """Whatever fails, there is all of the matrix or nothing of it."""
        refusals = 0
        for operation in ("open", "read", "write"):
            for number in range(1, 13):
                with self.subTest(operation=operation, number=number):
                    machine.control("fail", f"{operation} * {number} EIO")
                    try:
                        self.connection.nodeDeviceCreateXML(DOCUMENT, 0)
                    except libvirt.libvirtError as error:
                        refusals += 1
                        self.assertEqual(error.get_error_code(), SYSTEM_ERROR, error)
                        self.assertIn("Input/output error", error.get_error_message())
                        machine.control("fail", "clear")
                        self.assertEqual(machine.kernel_matrices(), [], error)
                    else:
                        machine.control("fail", "clear")
                        self.assertEqual(machine.kernel_queues(UUID), QUEUES)
                        self.lookup(UUID).destroy()
        self.assertGreater(refusals, 10)


class Lock(machine.MachineTest):
    """The lock of s390-tools: a file with the owner's process ID, made with link."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.unlock)

    def unlock(self):
        if os.path.exists(LOCK):
            os.unlink(LOCK)

    def lock(self, text):
        with open(LOCK + ".new", "w", encoding="ascii") as stream:
            stream.write(text)
        os.link(LOCK + ".new", LOCK)
        os.unlink(LOCK + ".new")

    def start_owner(self):
        """A process that holds the lock, and does nothing else."""
        owner = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(owner.wait)
        self.addCleanup(owner.kill)
        self.lock(f"{owner.pid}\n")
        return owner

    def create_after(self, event):
        """Seconds from @event until a creation that waits for the lock is done."""
        faults = []

        def create():
            try:
                self.connection.nodeDeviceCreateXML(DOCUMENT, 0)
            except libvirt.libvirtError as error:
                faults.append(str(error))

        thread = threading.Thread(target=create)
        thread.start()
        thread.join(0.5)
        self.assertTrue(thread.is_alive(), f"it did not wait for the lock: {faults}")
        self.assertEqual(machine.kernel_matrices(), [])
        start = time.monotonic()
        event()
        thread.join(20)
        seconds = time.monotonic() - start
        self.assertEqual(faults, [])
        self.assertEqual(machine.kernel_queues(UUID), QUEUES)
        self.assertFalse(os.path.exists(LOCK))
        return seconds

    def test_owner_is_named_when_it_does_not_end(self):
        owner = self.start_owner()
        start = time.monotonic()
        self.refused_document(BUSY, [f"process {owner.pid}", "sleep", LOCK], DOCUMENT)
        self.assertLess(time.monotonic() - start, 20)
        self.assertEqual(machine.read(LOCK), f"{owner.pid}\n")

    def test_questions_do_not_wait(self):
        self.start_owner()
        start = time.monotonic()
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), ["ap_card05", "ap_card06"])
        machine.virsh("nodedev-dumpxml", "ap_05_0004")
        self.assertLess(time.monotonic() - start, 5)

    def test_lock_that_is_released_meanwhile(self):
        self.start_owner()
        self.assertLess(self.create_after(self.unlock), 2)

    def test_owner_that_ends_meanwhile(self):
        owner = self.start_owner()

        def end():
            owner.kill()
            owner.wait()

        self.assertLess(self.create_after(end), 2)

    def test_owner_that_is_gone(self):
        owner = subprocess.Popen(["true"])
        owner.wait()
        self.lock(f"{owner.pid}\n")
        self.create([5], [4])
        self.assertFalse(os.path.exists(LOCK))

    def test_empty_lock_is_waited_for(self):
        self.lock("")
        self.assertLess(self.create_after(self.unlock), 2)

    def test_old_empty_lock_is_stale(self):
        self.lock("")
        long_ago = time.time() - 150
        os.utime(LOCK, (long_ago, long_ago))
        self.create([5], [4])
        self.assertFalse(os.path.exists(LOCK))

    def test_nothing_changes_while_another_holds_it(self):
        """As ap-check would: take it when it is free, look that nothing moves."""
        stop = threading.Event()
        faults = []

        def client():
            connection = libvirt.open(self.uri)
            while not stop.is_set():
                try:
                    connection.nodeDeviceCreateXML(machine.document([5], [4]), 0).destroy()
                except libvirt.libvirtError as error:
                    faults.append(str(error))
            connection.close()

        thread = threading.Thread(target=client)
        thread.start()
        held = 0
        deadline = time.monotonic() + 60
        try:
            while held < 20 and time.monotonic() < deadline:
                try:
                    self.lock(f"{os.getpid()}\n")
                except FileExistsError:
                    os.unlink(LOCK + ".new")
                    continue
                held += 1
                before = machine.kernel_log()
                time.sleep(0.01)        # long enough for many changes
                self.assertEqual(machine.kernel_log(), before)
                self.unlock()
        finally:
            self.unlock()
            stop.set()
            thread.join()
        self.assertEqual(faults, [])
        self.assertEqual(held, 20)


class Killed(machine.MachineTest):
    """The daemon is killed in the middle of its work."""

    ROUNDS = 5

    def test_next_daemon_finds_order(self):
        seed = random.SystemRandom().randrange(2 ** 32)
        print(f"# seed {seed}", flush=True)
        chance = random.Random(seed)
        done = 0
        start = time.monotonic()
        self.connection.nodeDeviceCreateXML(DOCUMENT, 0).destroy()
        # Some matrices later, however fast the machine is.
        longest = max(0.3, 10 * (time.monotonic() - start))
        for _round in range(self.ROUNDS):
            try:
                done += self.kill_while_busy(chance.uniform(0, longest))
            finally:
                machine.daemon("start ours")
            self.connection = libvirt.open(self.uri)
            self.check_order()
        self.assertGreater(done, self.ROUNDS)

    def kill_while_busy(self, delay):
        """Creates and destroys until the daemon is gone; returns how often."""
        count = 0
        killer = threading.Timer(delay, os.kill, (machine.daemon_pid(), signal.SIGKILL))
        killer.start()
        try:
            while True:
                self.connection.nodeDeviceCreateXML(DOCUMENT, 0).destroy()
                count += 1
        except libvirt.libvirtError as error:
            killer.join()
            # The connection broke; the daemon refused nothing.
            self.assertIn(error.get_error_code(), (libvirt.VIR_ERR_RPC, SYSTEM_ERROR), error)
            self.assertEqual(error.get_error_domain(), libvirt.VIR_FROM_RPC, error)
        return count

    def check_order(self):
        """A matrix is whole or not there; everybody agrees; work goes on."""
        for uuid in machine.kernel_matrices():
            self.assertEqual(uuid, UUID)
            self.assertEqual(machine.kernel_queues(uuid), QUEUES)
        names = [machine.node_name(uuid) for uuid in machine.kernel_matrices()]
        self.assertEqual(machine.virsh_names("--cap", "mdev"), names)
        for name in names:
            self.connection.nodeDeviceLookupByName(name).destroy()
        start = time.monotonic()
        self.connection.nodeDeviceCreateXML(DOCUMENT, 0).destroy()
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(os.listdir("/run/lock"), [])


class HalfMade(machine.MachineTest):
    """What a daemon finds that was killed while it made a matrix."""

    NOTE = "/run/libvirt-ap/making"
    CONFIG = ",".join("0x" + mask.ljust(64, "0") for mask in ("06", "08" + "0" * 38 + "10", "0"))
    DOMAINS = (0x04, 0xa3)

    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: os.path.exists(self.NOTE) and os.unlink(self.NOTE))

    def leave(self, adapters=()):
        """As the kill left it: the note, and a matrix with @adapters and the note's domains, or nothing yet."""
        os.makedirs(os.path.dirname(self.NOTE), exist_ok=True)
        with open(self.NOTE, "w", encoding="ascii") as stream:
            stream.write(f"{UUID} {self.CONFIG}\n")
        machine.write(UUID, machine.MATRIX, "mdev_supported_types", machine.TYPE, "create")
        for adapter in adapters:
            machine.write(adapter, machine.MATRIX, UUID, "assign_adapter")
        for domain in self.DOMAINS if adapters else ():
            machine.write(domain, machine.MATRIX, UUID, "assign_domain")

    def restart(self):
        self.connection.close()
        machine.daemon("stop")
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)
        self.assertFalse(os.path.exists(self.NOTE))

    def test_next_daemon_removes_it(self):
        self.leave()
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertIn(UUID, machine.read("/var/log/libvirt/libvirtd.log"))

    def test_next_creation_removes_it(self):
        self.leave([5])
        self.create([5, 6], [4])
        self.assertNotIn(UUID, machine.kernel_matrices())
        self.assertFalse(os.path.exists(self.NOTE))

    def test_whole_one_stays(self):
        self.leave([5, 6])
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_one_in_use_stays(self):
        self.leave()
        machine.control("guest_open", UUID)
        self.restart()
        self.assertEqual(machine.kernel_matrices(), [UUID])
        machine.control("guest_close", UUID)
