# profile: doc
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cards at work: RSA operations through /dev/z90crypt, on the mainframe and in a KVM
guest, and what becomes of a request whose card goes meanwhile."""

import subprocess
import unittest

import kvm_guest
import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
VECTORS = "/usr/share/mainframe/rsa-vectors"
APCTL = "/usr/local/sbin/apctl"
ZRSA = "/usr/local/bin/zrsa"
# The AP bus looks every half minute whether a card is broken.
TIME_LIMIT = 120
QUEUES = ("06.0004", "06.0047", "06.00ab", "06.00ff")


def apctl(*words):
    done = machine.run(APCTL, *words)
    if done.returncode:
        raise AssertionError(f"apctl {' '.join(words)}: {done.stderr}")
    return done.stdout.splitlines()


def work(*names):
    """Exit status and lines of zrsa."""
    done = machine.run(ZRSA, VECTORS, *names)
    return done.returncode, done.stdout.splitlines()


def set_online(card, yes):
    machine.write(int(yes), "/sys/devices/ap", card, "online")


class HostTest(unittest.TestCase):
    """Card 6 is an accelerator, card 5 a coprocessor."""

    def setUp(self):
        self.addCleanup(set_online, "card05", True)

    def check_answer(self, lines, answer):
        self.assertIn(f", got {answer}", lines[0])


class Answers(HostTest):
    def test_all_sizes_and_faults_get_the_answer_they_should(self):
        set_online("card05", False)
        status, lines = work()
        self.assertEqual([line for line in lines if "as expected, " not in line], lines[-1:])
        self.assertEqual((status, lines[-1]), (0, f"{len(lines) - 1} operations, 0 not as expected"))
        self.assertGreater(len(lines), 40)

    def test_coprocessor_refuses(self):
        set_online("card06", False)
        self.addCleanup(set_online, "card06", True)
        self.check_answer(work("rsa1024-public")[1], "EINVAL")


class Lost(HostTest):
    """Requests that their card has, and does not answer."""

    def setUp(self):
        super().setUp()
        set_online("card05", False)
        self.addCleanup(self.restore)
        for queue in QUEUES:
            apctl("reply_hold", queue)
        self.program = subprocess.Popen([ZRSA, VECTORS, "rsa1024-public"], stdout=subprocess.PIPE, text=True)
        machine.wait_until(lambda: any(line.startswith("requests 06.") for line in apctl("state")),
                           "a request waits", timeout=TIME_LIMIT)

    def restore(self):
        self.program.kill()
        self.program.communicate()
        for queue in QUEUES:
            apctl("reply_release", queue)
        cards = [line for line in apctl("state") if line.startswith("card 06")]
        if not cards:
            apctl("card_add", "6", "CEX5A")
        elif "checkstopped" in cards[0]:
            apctl("checkstop_clear", "6")
        machine.scan()

    def answer(self):
        return self.program.communicate(timeout=TIME_LIMIT)[0].splitlines()

    def test_card_that_is_pulled_ends_the_request(self):
        apctl("card_remove", "6")
        machine.scan()
        self.check_answer(self.answer(), "ENODEV")

    def test_card_that_breaks_ends_the_request(self):
        apctl("checkstop", "6")
        machine.scan()
        self.check_answer(self.answer(), "ENODEV")

    def test_answer_that_is_late_is_right(self):
        for queue in QUEUES:
            apctl("reply_release", queue)
        self.assertIn("as expected, ", self.answer()[0])


class Guest(machine.MachineTest):
    def test_guest_computes_with_its_card(self):
        self.change_mask("apmask", "-6")
        self.connection.nodeDeviceCreateXML(machine.document([6], [4], uuid=UUID), 0)
        guest = kvm_guest.Guest(self.connection, "guest1", UUID)
        try:
            guest.console.wait_until(
                lambda lines: "guest: 3 operations, 0 not as expected" in lines, "the guest's card computes")
        finally:
            guest.close()
            self.remove_matrices()
