# SPDX-License-Identifier: LGPL-2.1-or-later
"""The VFIO client and the micro guest of vfio_ap/tests/uapi, for tests on the mainframe.

Which kernel and which vfio_ap they meet is in KERNEL and OURS: what tests expect of
the kernel's own driver can differ.
"""

import os
import re
import subprocess
import unittest
import uuid as uuids

from machine import CREATE, MATRIX, kernel_log, read, write

PROGRAM = "/opt/uapi"
DRIVER = "/opt/driver"
OURS = read(DRIVER) == "ours"
KERNEL = tuple(int(number) for number in os.uname().release.split(".")[:2])
# The driver in 6.1 has no eventfds, and takes the wrong page when one is unmapped.
OLD = not OURS and KERNEL < (6, 2)

PAGE = 0x1000
MEMORY = 0x400000
# Pages of the guest that nothing else uses.
NIB = 0x30000
OTHER_NIB = 0x32008
BLOCK = 0x40000
REQUEST = 0x50000
REPLY = 0x60000
# The profile small has an accelerator there, which answers everything.
APQN = 0x0604
CARD = 6
DOMAIN = 4

PQAP = "b2af0000"
NQAP = "b2ad0024"
DQAP = "b2ae0046"
TAPQ, RAPQ, ZAPQ, AQIC, QCI = range(5)
IR_WANTED = 1 << 47
IR_ON = 0x01000000
# What the kernel says when something is wrong with it.
SPLATS = re.compile(r"WARNING: |BUG: |Oops|Unable to handle|Kernel panic|kernel BUG")


class Answer:
    """What came of one instruction."""

    def __init__(self, text):
        self.text = text
        self.values = {name: int(value, 0) for name, value in re.findall(r"(\w+)=(\w+)", text)}

    def __getattr__(self, name):
        """cc, gr0 to gr7, program (the code of its interruption), io, outside."""
        if name not in self.values:
            raise AssertionError(f"there is no {name} in '{self.text}'")
        return self.values[name]

    @property
    def rc(self):
        """The response code, which goes with the condition code."""
        rc = self.gr1 >> 16 & 0xff
        if self.cc != (3 if rc else 0):
            raise AssertionError(f"condition code {self.cc} with response code {rc:02x}")
        return rc

    @property
    def irq(self):
        return bool(self.gr1 & IR_ON)


class Client:
    """A process that is a client of VFIO, and whose guests can be used."""

    def __init__(self):
        self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, command):
        """Its answer; raises where the command itself is wrong."""
        self.process.stdin.write(command + "\n")
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer or answer.startswith("wrong"):
            raise AssertionError(f"{command}: {answer or 'no answer'}")
        return answer

    def ok(self, command):
        """What it says behind ok."""
        answer = self.ask(command)
        if not answer.startswith("ok"):
            raise AssertionError(f"{command}: {answer}")
        return answer[3:]

    def pinned(self):
        """Pages that the kernel has pinned for its devices."""
        return int(re.search(r"VmLck:\s*(\d+) kB", read(f"/proc/{self.process.pid}/status"))[1]) * 1024 // PAGE

    def close(self):
        """Ends it; what it holds goes in its own order."""
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    # --- what a guest needs ------------------------------------------------------

    def prepare(self, uuid, suffix="", guest=True):
        """All but the device itself: c, g, and v."""
        self.ok(f"container c{suffix}")
        self.ok(f"group g{suffix} {uuid}")
        self.ok(f"join g{suffix} c{suffix}")
        self.ok(f"iommu c{suffix}")
        if guest:
            self.ok(f"guest v{suffix}")
            self.ok(f"map c{suffix} 0 {MEMORY} v{suffix}")
            self.ok(f"tell v{suffix} g{suffix}")

    def take(self, uuid, suffix=""):
        """And the device d."""
        self.prepare(uuid, suffix)
        self.ok(f"device d{suffix} g{suffix} {uuid}")

    def give_back(self, suffix=""):
        for name in "dgcv":
            self.ok(f"close {name}{suffix}")

    # --- instructions of the guest -----------------------------------------------

    def run(self, instruction, guest="v", words="", **registers):
        values = " ".join(f"{name}={value:#x}" for name, value in registers.items())
        return Answer(self.ok(f"run {guest} {instruction} {words} {values}"))

    def pqap(self, function, apqn=APQN, guest="v", gr1=0, gr2=0):
        return self.run(PQAP, guest, gr0=function << 24 | apqn, gr1=gr1, gr2=gr2)

    def tapq(self, apqn=APQN, guest="v"):
        return self.pqap(TAPQ, apqn, guest)

    def enable(self, apqn=APQN, nib=NIB, isc=3, guest="v"):
        return self.pqap(AQIC, apqn, guest, IR_WANTED | isc, nib)

    def disable(self, apqn=APQN, guest="v"):
        return self.pqap(AQIC, apqn, guest)

    def enqueue(self, apqn=APQN, number=1, guest="v"):
        """A request that the card answers, though with an error."""
        return self.run(NQAP, guest, gr0=0x40000000 | apqn, gr3=number, gr4=REQUEST, gr5=16)

    def dequeue(self, apqn=APQN, guest="v"):
        return self.run(DQAP, guest, gr0=0x80000000 | apqn, gr6=REPLY, gr7=PAGE)

    def interruption(self, isc=3, seconds=10, guest="v"):
        """The subclass of the I/O interruption that comes with @isc enabled, or None."""
        answer = self.ok(f"wait {guest} {0x80 >> isc} {seconds}")
        if answer == "late":
            return None
        word = Answer(answer).io
        if not word & 0x80000000:
            raise AssertionError(f"the interruption word {word:08x} is not an adapter's")
        return word >> 27 & 7

    def byte(self, address=NIB, guest="v"):
        return int(self.ok(f"peek {guest} {address}"), 16)


class UapiTest(unittest.TestCase):
    """A test with a client; nothing stays of it, and the kernel complains of nothing."""

    def setUp(self):
        if not OURS:
            self.skipTest("what the kernel's own driver does here has not been gone through yet")
        self.assertEqual(self.matrices(), [], "an earlier test left a matrix")
        self.addCleanup(self.check_kernel, len(self.splats()))
        self.addCleanup(self.remove_matrices)
        self.client = self.new_client()

    def new_client(self):
        client = Client()
        self.addCleanup(self.end_client, client)
        return client

    @staticmethod
    def end_client(client):
        if client.process.poll() is None:
            client.close()

    @staticmethod
    def splats():
        return [line for line in kernel_log().splitlines() if SPLATS.search(line)]

    def check_kernel(self, before):
        """What the kernel's own driver is known to complain of is no failure here."""
        if OURS:
            self.assertEqual(self.splats()[before:], [])

    @staticmethod
    def matrices():
        return sorted(name for name in os.listdir(MATRIX) if os.path.exists(f"{MATRIX}/{name}/remove"))

    @classmethod
    def remove_matrices(cls):
        for uuid in cls.matrices():
            write(1, MATRIX, uuid, "remove")

    @staticmethod
    def matrix(cards=(CARD,), domains=(DOMAIN,)):
        """A new one, with these queues."""
        uuid = str(uuids.uuid4())
        write(uuid, CREATE)
        for card in cards:
            write(card, MATRIX, uuid, "assign_adapter")
        for domain in domains:
            write(domain, MATRIX, uuid, "assign_domain")
        return uuid

    def take(self, *arguments):
        """A matrix that the client has a guest for."""
        uuid = self.matrix(*arguments)
        self.client.take(uuid)
        return uuid

    def fails(self, errno, command, client=None):
        self.assertEqual((client or self.client).ask(command), f"error {errno}", command)
