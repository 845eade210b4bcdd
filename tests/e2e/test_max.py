# profile: max
# build: plain
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The largest machine, 65536 queues: answers at once, while libvirt's own module
still looks at the devices, and little memory."""

import glob
import os
import signal
import subprocess
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NAME = machine.node_name(UUID)
SECONDS = 1
MEMORY = 32 << 20


def is_busy(path):
    """Whether a thread does something between two looks."""
    before = machine.read(path, "status")
    time.sleep(0.2)
    return machine.read(path, "status") != before       # how often it has waited


def enumeration():
    """The directory of the thread that looks at the devices; None when it is done.
    Newer libvirt has one that is always there and has more to do."""
    for path in glob.glob(f"/proc/{machine.daemon_pid()}/task/*"):
        try:
            name = machine.read(path, "comm").strip()
            if name == "nodedev-init" or (name == "nodev-device-ev" and is_busy(path)):
                return path
        except FileNotFoundError:
            pass        # a thread that has just ended
    return None


def fresh_daemon(kind):
    """A daemon that has just been started; the old one need not end in order."""
    pid = machine.daemon_pid()
    process = os.pidfd_open(pid)
    signal.pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)
    machine.wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the old daemon is gone")
    machine.daemon(f"start {kind}")


class AtOnce(machine.MachineTest):
    """Each right after the start, in well under a second."""

    def setUp(self):
        fresh_daemon("ours")
        # Only libvirt's own module answers this, when it has seen everything.
        self.waiting = subprocess.Popen(["virsh", "nodedev-list", "--cap", "system"], stdout=subprocess.DEVNULL)
        self.addCleanup(self.waiting.wait)
        self.addCleanup(self.waiting.kill)
        super().setUp()

    def in_time(self, *command):
        """The output of virsh, which may not have waited for libvirt's own module."""
        start = time.monotonic()
        text = machine.virsh(*command)
        seconds = time.monotonic() - start
        self.assertIsNone(self.waiting.poll())
        # It may not even have begun.
        machine.wait_until(enumeration, "libvirt's own module is at it", 5)
        self.assertLess(seconds, SECONDS)
        return text

    def test_cards(self):
        self.assertEqual(self.in_time("nodedev-list", "--cap", "ap_card").split(),
                         [f"ap_card{card:02x}" for card in range(256)])

    def test_queues(self):
        self.assertEqual(self.in_time("nodedev-list", "--cap", "ap_queue").split(),
                         [f"ap_{card:02x}_{domain:04x}" for card in range(256) for domain in range(256)])

    def test_descriptions(self):
        self.assertIn("<ap-domain>0x00fe</ap-domain>", self.in_time("nodedev-dumpxml", "ap_ff_00fe"))
        self.assertIn("<ap-adapter>0x80</ap-adapter>", self.in_time("nodedev-dumpxml", "ap_card80"))
        self.assertIn("65536", self.in_time("nodedev-dumpxml", "ap_matrix"))

    def test_create_and_destroy(self):
        self.in_time("nodedev-create", f"{machine.TOP}/xml/matrix-guest1.xml")
        self.assertEqual(self.in_time("nodedev-list", "--cap", "mdev").split(), [NAME])
        self.assertIn("value='171'", self.in_time("nodedev-dumpxml", NAME))
        self.in_time("nodedev-destroy", NAME)
        self.assertEqual(machine.kernel_matrices(), [])

    def test_whole_machine_in_one_matrix(self):
        mask = "0x" + "f" * 64
        extra = f"<attr name='ap_config' value='{mask},{mask},{mask}'/>"
        start = time.monotonic()
        self.create(uuid=UUID, extra=extra)
        self.refused_document(libvirt.VIR_ERR_OPERATION_INVALID, ["ff.00ff", UUID], machine.document([255], [255]))
        self.lookup(UUID).destroy()
        self.assertLess(time.monotonic() - start, 3 * SECONDS)

    def test_many_matrices(self):
        start = time.monotonic()
        for adapter in range(256):
            self.create([adapter], [adapter])
        self.assertLess((time.monotonic() - start) / 256, SECONDS / 10)
        self.assertEqual(len(self.in_time("nodedev-list", "--cap", "mdev").split()), 256)
        self.in_time("nodedev-create", f"{machine.TOP}/xml/matrix-guest2.xml")


class Memory(machine.MachineTest):
    @staticmethod
    def processor_time(path):
        """Ticks that a thread has spent in itself and in the kernel."""
        return [int(word) for word in machine.read(path, "stat").split()[13:15]]

    def has_read_everything(self, path):
        """libvirt's own module first reads every device, then looks for parents for
        minutes: it does without the kernel then, and its memory hardly grows.  Newer
        libvirt is done with it before."""
        before = self.processor_time(path)
        machine.wait_until(lambda: not enumeration() or self.processor_time(path)[0] >= before[0] + 50, "it works", 60)
        return not enumeration() or self.processor_time(path)[1] - before[1] < 10

    def resident_at_same_point(self):
        """Resident bytes of the daemon when its own module has read every device."""
        machine.wait_until(enumeration, "libvirt's own module begins")
        path = enumeration()
        machine.wait_until(lambda: self.has_read_everything(path), "it has read every device", 120)
        pages = int(machine.read(f"/proc/{machine.daemon_pid()}/statm").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def test_module_adds_little(self):
        """Stock answers nothing before it has seen everything, so only we are asked."""
        fresh_daemon("stock")
        stock = self.resident_at_same_point()
        fresh_daemon("ours")
        for _round in range(10):
            machine.virsh("nodedev-list", "--cap", "ap_card")
            machine.virsh("nodedev-list", "--cap", "ap_queue")
            machine.virsh("nodedev-create", f"{machine.TOP}/xml/matrix-guest1.xml")
            machine.virsh("nodedev-destroy", NAME)
        ours = self.resident_at_same_point()
        print(f"# stock {stock >> 20} MiB, ours {ours >> 20} MiB", flush=True)
        self.assertLess(ours - stock, MEMORY)
