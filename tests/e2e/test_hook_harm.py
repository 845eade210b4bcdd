# profile: small
# build: plain
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can go wrong beside the hook, and while it works."""

import errno
import os
import select
import subprocess
from random import Random

import libvirt

import machine
from hook import (ENDS, GUESTS, HOLDERS, HOOK, OTHER, UUID, HookTest, domain, open_matrix, virt_ap_guests)

LOCK = "/run/lock/s390apconfig.lock"
RUN = "/run/libvirt-ap"
FILLER = f"{RUN}/filler"
INVALID = libvirt.VIR_ERR_OPERATION_INVALID


class Harm(HookTest):
    """What can go wrong beside it."""

    def test_reconnect_never_fails(self):
        os.makedirs(os.path.dirname(HOLDERS), exist_ok=True)
        os.rename(HOLDERS, f"{HOLDERS}.old") if os.path.isdir(HOLDERS) else None
        with open(HOLDERS, "w", encoding="ascii"):
            pass
        self.good("reconnect", "g1", UUID)
        os.unlink(HOLDERS)
        # The program that does the work is missing.
        alone = "/run/hook-alone"
        machine.run("cp", HOOK, alone).check_returncode()
        for operation, status in (("reconnect", 0), ("started", 0), ("release", 0), ("prepare", 1)):
            done = machine.run(alone, "g1", operation, ENDS.get(operation, "begin"), "-", input=domain("g1", UUID))
            self.assertEqual(done.returncode, status)
        self.assertIn("guest-hook", done.stderr)

    def test_reconnect_writes_down_whose_matrix_it_is(self):
        self.lookup(UUID).create()
        self.good("reconnect", "g1", UUID)
        self.assertEqual(self.records(), [UUID])
        self.end("g1", UUID)
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_two_at_once(self):
        for matrices in ((UUID, UUID), (UUID, OTHER)):
            for _ in range(5):
                hooks = [subprocess.Popen([HOOK, name, "prepare", "begin", "-"], stdin=subprocess.PIPE,
                                          stderr=subprocess.PIPE, text=True) for name in GUESTS]
                for hook, name, uuid in zip(hooks, GUESTS, matrices):
                    hook.stdin.write(domain(name, uuid))
                    hook.stdin.close()
                self.assertEqual(sorted(hook.wait() for hook in hooks), [0, 1])
                for hook in hooks:
                    hook.stderr.close()
                self.assertEqual(len(machine.kernel_matrices()), 1)
                for name in GUESTS:
                    self.end(name)

    def test_daemon_that_starts_settles_what_is_left(self):
        """Whoever ran the hook is gone, and the guest was never started."""
        script = f'"{HOOK}" g1 prepare begin -'
        machine.run("sh", "-c", f"{script}; exit 0", input=domain("g1", UUID)).check_returncode()
        self.assertEqual(machine.kernel_matrices(), [UUID])
        machine.daemon("stop", "start ours")
        self.connection = libvirt.open(self.uri)
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))

    def test_daemon_that_starts_leaves_a_guest_that_runs_alone(self):
        """And knows it again once libvirt has told the hook, of another daemon than before."""
        machine.run("sh", "-c", f'"{HOOK}" g1 prepare begin -; exit $?', input=domain("g1", UUID)).check_returncode()
        with open_matrix(UUID, "g1"):
            machine.run("sh", "-c", f'"{HOOK}" g1 started begin -; exit $?', input=domain("g1", UUID)).check_returncode()
            machine.daemon("stop", "start ours")
            self.connection = libvirt.open(self.uri)
            self.assertEqual((machine.kernel_matrices(), self.records()), ([UUID], [UUID]))
            self.assertRegex(virt_ap_guests(), f"{UUID}  running .* {GUESTS['g1']}  g1\n")
            self.refused(INVALID, [UUID, "guest 'g1'"], self.lookup(UUID).destroy)
            self.good("reconnect", "g1", UUID)
            self.assertIn(f"service={os.getpid()}", machine.read(HOLDERS, UUID).splitlines())
        self.end("g1", UUID)
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))

    def reboot(self):
        """What is left of a host: no process, no matrix, nothing in /run."""
        machine.daemon("stop")
        self.remove_matrices()
        machine.forget_boot()
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)

    def test_host_that_reboots_under_a_guest(self):
        """Its matrix starts by itself, before libvirt starts guests, or comes with the guest again."""
        for autostart in (1, 0):
            self.lookup(UUID).setAutostart(autostart)
            self.good("prepare", "g1", UUID)
            with open_matrix(UUID, "g1"):
                self.good("started", "g1", UUID)
            self.reboot()
            self.assertEqual(machine.kernel_matrices(), [UUID] * autostart)
            self.assertEqual(self.records(), [])
            self.good("prepare", "g1", UUID)
            self.assertEqual(machine.kernel_matrices(), [UUID])
            self.end("g1", UUID)
            self.assertEqual(machine.kernel_matrices(), [UUID] * autostart)

    def test_without_a_hook(self):
        """The guest is known by its process; a matrix is not made for it, nor put away."""
        device = self.lookup(UUID)
        device.create()
        device.setAutostart(1)
        with open_matrix(UUID, "g1"):
            for change in (device.destroy, device.undefine):
                self.refused(INVALID, [UUID, "guest 'g1'"], change)
            self.assertEqual(virt_ap_guests().split()[:2] + virt_ap_guests().split()[-2:],
                             [UUID, "running", GUESTS["g1"], "g1"])
            # The next guest has one.
            self.bad(["guest 'g2'", UUID, "guest 'g1'"], "prepare", "g2", UUID)
        device.destroy()
        self.assertEqual(machine.kernel_matrices(), [])

    def test_worker_beside_an_older_launcher(self):
        """What a launcher does not tell, and what a newer libvirt says more."""
        worker = os.path.join(os.path.dirname(os.path.realpath(HOOK)), "guest-hook")
        for words in (["0"], ["x"], [str(os.getpid())]):
            for more in ([], ["-"], ["shutdown", "and", "more"]):
                for operation in ("prepare", "started", "stopped", "release"):
                    done = machine.run(worker, *words, "g1", operation, ENDS.get(operation, "begin"), *more,
                                       input=domain("g1", UUID))
                    self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
                self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))
        for words in ([], ["1"], ["1", "g1"], ["1", "g1", "prepare"], ["1", "g1", "whatever", "begin", "-"]):
            self.assertEqual(machine.run(worker, *words, input="").returncode, 0)

    def test_lock_of_somebody_else(self):
        self.configure("[lock]\ndeadline = 1\n")
        self.addCleanup(os.unlink, LOCK)
        with open(LOCK, "w", encoding="ascii") as stream:
            stream.write(f"{os.getpid()}\n")
        self.bad([f"process {os.getpid()}"], "prepare", "g1", UUID)


class Faults(HookTest):
    """Of the machine, while it works."""

    def fill_run(self):
        """No room in our directory of /run any more, but for what is there."""
        with open(FILLER, "wb", 0) as stream:
            with self.assertRaises(OSError) as caught:
                while True:
                    stream.write(bytes(4096))
        self.assertEqual(caught.exception.errno, errno.ENOSPC)

    def small_run(self):
        os.makedirs(RUN, exist_ok=True)
        machine.run("mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "none", RUN).check_returncode()
        self.addCleanup(lambda: machine.run("umount", RUN).check_returncode())
        # Before that: what the test has begun ends.
        self.addCleanup(self.end, "g1", UUID)

    def test_no_room_for_the_record(self):
        self.small_run()
        self.fill_run()
        self.bad([f"{HOLDERS}/{UUID}", os.strerror(errno.ENOSPC)], "prepare", "g1", UUID)
        os.unlink(FILLER)
        self.good("prepare", "g1", UUID)

    def test_no_room_for_what_becomes_of_it(self):
        """A guest that runs is not harmed by it, and all is put away all the same."""
        self.small_run()
        self.good("prepare", "g1", UUID)
        self.fill_run()
        with open_matrix(UUID, "g1"):
            self.good("started", "g1", UUID)
            self.assertRegex(virt_ap_guests(), f"{UUID}  running .* g1\n")
            self.good("reconnect", "g1", UUID)
        self.end("g1", UUID)
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))

    def test_card_that_is_gone_when_its_queue_is_reset_again(self):
        """The bus has not seen that yet."""
        self.addCleanup(machine.restore_small)
        self.addCleanup(machine.control, "reset_clear", "06.0004")
        self.fail_reset()
        machine.control("card_remove", 6)
        self.bad([OTHER, "guest 'g1'", "adapter 6"], "prepare", "g1", OTHER)

    def fail_reset(self):
        """Of a queue, which the kernel remembers; the next one would go well."""
        machine.control("reset_fail", "06.0004")
        self.good("prepare", "g2", OTHER)
        self.end("g2", OTHER)
        machine.control("reset_clear", "06.0004")

    def test_card_that_is_pulled_meanwhile(self):
        self.addCleanup(machine.restore_small)
        random = Random(6)
        statuses = set()
        for _ in range(20):
            self.fail_reset()
            with subprocess.Popen([HOOK, "g1", "prepare", "begin", "-"], stdin=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True) as hook:
                hook.stdin.write(domain("g1", OTHER))
                hook.stdin.close()
                select.select([], [], [], random.uniform(0, 0.03))
                machine.control("card_remove", 6)
                machine.scan()
                text = hook.stderr.read()
            statuses.add(hook.returncode)
            # With the guest or without, whole or not at all.
            there = [OTHER] if hook.returncode == 0 else []
            self.assertEqual((machine.kernel_matrices(), self.records()), (there, there), text)
            if hook.returncode:
                self.assertIn("guest 'g1'", text)
            self.end("g1", OTHER)
            machine.restore_small()
        print(f"# the hook ended with {statuses}", flush=True)
