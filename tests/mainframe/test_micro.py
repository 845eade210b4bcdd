# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Single AP instructions of a guest: condition code, response code, notification byte
and interrupt, and what of an interrupt stays when something else takes it away."""

import unittest

import uapi_client
from machine import BUS, MATRIX, control, scan, wait_until, write
from uapi_client import (AQIC, BLOCK, CARD, DOMAIN, KERNEL, MEMORY, NIB, OTHER_NIB, OURS, PAGE, PQAP, QCI,
                         RAPQ, ZAPQ, UapiTest)

OPERATION, PRIVILEGED, SPECIFICATION = 1, 2, 6
# KVM_EXIT_S390_SIEIC: user space has to see to it.
TO_USER_SPACE = 13
QUEUE = "06.0004"


class Instructions(UapiTest):
    def test_queue_of_the_matrix_answers_and_no_other(self):
        self.take()
        answer = self.client.tapq()
        self.assertEqual((answer.rc, answer.gr2 >> 24 & 0xff), (0, 0x0b))
        for apqn in (0x0504, 0x0647, 0x0604 + 1, 0xff04, 0x06ff, 0):
            for function in (0, RAPQ, ZAPQ):
                self.assertEqual(self.client.pqap(function, apqn).rc, 1, (hex(apqn), function))
            self.assertEqual(self.client.enqueue(apqn).rc, 1)
            self.assertEqual(self.client.dequeue(apqn).rc, 1)

    def test_query_shows_the_matrix(self):
        self.take((5, 6), (4, 0x47))
        self.client.pqap(QCI, 0, gr2=BLOCK)
        block = bytes.fromhex(self.client.ok(f"peek v {BLOCK} 128"))
        masks = [int.from_bytes(block[start:start + 32], "big") for start in (16, 48, 80)]
        self.assertEqual(masks, [1 << 250 | 1 << 249, 1 << 251 | 1 << (255 - 0x47), 0])

    def test_reply_comes_to_its_request(self):
        self.take()
        self.assertEqual(self.client.dequeue().rc, 0x10)
        for number in (1, 2):
            self.assertEqual(self.client.enqueue(number=number).rc, 0)
        for number in (1, 2):
            answer = self.client.dequeue()
            self.assertEqual((answer.rc, answer.gr5), (0, number))
        self.assertEqual(self.client.dequeue().rc, 0x10)

    def test_reset_by_the_guest_empties_the_queue(self):
        self.take()
        for function in (RAPQ, ZAPQ):
            self.assertEqual(self.client.enqueue().rc, 0)
            self.assertEqual(self.client.pqap(function).rc, 0)
            self.assertEqual(self.client.dequeue().rc, 0x10)

    def test_nothing_is_there_after_close(self):
        self.take()
        self.client.ok("close d")
        self.assertEqual(self.client.tapq().rc, 1)
        self.assertEqual(self.client.enable().cc, 3)
        self.client.pqap(QCI, 0, gr2=BLOCK)
        self.assertEqual(int(self.client.ok(f"peek v {BLOCK + 16} 96"), 16), 0)


class Checks(UapiTest):
    """What KVM looks at before it asks the driver."""

    def test_wrong_bits_of_gr0(self):
        self.take()
        for bits in (0x00010000, 0x00400000, 0x007f0000):
            answer = self.client.run(PQAP, gr0=AQIC << 24 | bits | 0x0604)
            self.assertEqual(answer.program, SPECIFICATION, hex(bits))
        self.assertFalse(self.client.tapq().irq)

    def test_problem_state(self):
        self.take()
        for instruction in (PQAP, uapi_client.NQAP, uapi_client.DQAP):
            self.assertEqual(self.client.run(instruction, words="problem", gr0=AQIC << 24 | 0x0604).program, PRIVILEGED)

    def test_guest_without_facilities(self):
        for model, attribute, code in (("no-aqic", "program", SPECIFICATION), ("no-ap", "outside", TO_USER_SPACE)):
            with self.subTest(model=model):
                uuid = self.matrix()
                client = self.new_client()
                client.prepare(uuid, guest=False)
                client.ok(f"guest v {model}")
                client.ok("tell v g")
                client.ok(f"device d g {uuid}")
                self.assertEqual(getattr(client.enable(), attribute), code)
                client.close()
                write(1, MATRIX, uuid, "remove")

    def test_guest_without_a_matrix(self):
        self.client.ok("guest v")
        # KVM puts its answer into the wrong half of the register.
        self.assertEqual(self.client.enable().cc, 3)
        self.assertEqual(self.client.tapq().rc, 1)


class Enable(UapiTest):
    """The rows of PQAP(AQIC): what is asked for, and what comes of it."""

    def state(self):
        """Whether interrupts are on, and how many pages are pinned."""
        return self.client.tapq().irq, self.client.pinned()

    def test_bad_operands_change_nothing(self):
        self.take()
        rows = {
            "no byte": (dict(nib=0), 6),
            "beyond the memory": (dict(nib=MEMORY), 6),
            "far beyond": (dict(nib=0x7ffffffffffff000), 6),
            "beyond everything": (dict(nib=0xffffffffffffffff), 6),
            "another domain": (dict(apqn=0x0647), 1),
            "another card": (dict(apqn=0x0504), 1),
            "a card that isn't there": (dict(apqn=0x2004), 1),
            "a domain that isn't there": (dict(apqn=0x0610), 1),
            "the largest numbers": (dict(apqn=0xff0f), 1),
        }
        for on in (False, True):
            if on:
                self.assertEqual(self.client.enable(isc=2).rc, 0)
            before = self.state()
            for name, (operands, rc) in rows.items():
                with self.subTest(row=name, on=on):
                    self.assertEqual(self.client.enable(**operands).rc, rc)
                    self.assertEqual(self.state(), before)
        self.client.enqueue()
        self.assertEqual(self.client.interruption(2), 2)

    def test_byte_that_is_not_mapped(self):
        uuid = self.matrix()
        self.client.prepare(uuid)
        self.client.ok(f"unmap c 0 {MEMORY}")
        self.client.ok(f"map c 0 {NIB} v")
        self.client.ok(f"device d g {uuid}")
        self.assertEqual(self.client.enable(nib=NIB).rc, 6)
        self.assertEqual(self.client.enable(nib=NIB - 1).rc, 0)
        self.assertEqual(self.state(), (True, 1))

    def test_byte_outside_of_the_guest(self):
        """Mapped for the device, but not the guest's memory."""
        self.take()
        self.client.ok(f"map c {2 * MEMORY} {PAGE} v {BLOCK}")
        self.assertEqual(self.client.enable(nib=2 * MEMORY).rc, 6)
        self.assertEqual(self.state(), (False, 0))

    def test_every_subclass_interrupts(self):
        self.take()
        for isc in range(8):
            with self.subTest(isc=isc):
                self.client.ok(f"poke v {NIB} 00")
                self.assertEqual(self.client.enable(isc=isc).rc, 0)
                self.assertIsNone(self.client.interruption(isc, 1))
                self.assertEqual(self.client.enqueue().rc, 0)
                self.assertEqual(self.client.interruption(isc), isc)
                self.assertEqual(self.client.byte(), 1)
                self.assertEqual(self.client.dequeue().rc, 0)
                self.assertEqual(self.client.disable().rc, 0)

    def test_only_the_low_bits_of_gr1_name_the_subclass(self):
        self.take()
        for noise in (0xff << 48, 0xffff << 16, 0x3 << 32, 0x7ff << 36):
            self.assertEqual(self.client.pqap(AQIC, gr1=1 << 47 | noise | 0x18 | 5, gr2=NIB).rc, 0, hex(noise))
            self.client.enqueue()
            self.assertEqual(self.client.interruption(5), 5)
            self.client.dequeue()
            self.assertEqual(self.client.disable().rc, 0)

    def test_again_keeps_what_there_was(self):
        self.take()
        self.assertEqual(self.client.enable(nib=NIB, isc=3).rc, 0)
        for operands in (dict(nib=NIB, isc=3), dict(nib=OTHER_NIB, isc=3), dict(nib=OTHER_NIB, isc=6)):
            self.assertEqual(self.client.enable(**operands).rc, 7)
            self.assertEqual(self.state(), (True, 1))
        self.client.enqueue()
        self.assertEqual(self.client.interruption(3), 3)
        self.assertEqual((self.client.byte(NIB), self.client.byte(OTHER_NIB)), (1, 0))
        self.assertEqual(self.client.disable().rc, 0)
        self.assertEqual(self.client.enable(nib=OTHER_NIB, isc=6).rc, 0)
        self.client.enqueue()
        self.assertEqual(self.client.interruption(6), 6)
        self.assertEqual(self.client.byte(OTHER_NIB), 1)

    def test_disable_frees_and_a_second_time_there_is_nothing(self):
        self.take()
        self.assertEqual(self.client.disable().rc, 7)
        for _ in range(3):
            self.assertEqual(self.client.enable().rc, 0)
            self.assertEqual(self.state(), (True, 1))
            self.assertEqual(self.client.disable().rc, 0)
            self.assertEqual(self.state(), (False, 0))
            self.assertEqual(self.client.disable().rc, 7)
        self.client.enqueue()
        self.assertIsNone(self.client.interruption(3, 1))
        self.assertEqual(self.client.byte(), 0)

    def test_queues_share_a_page(self):
        self.take((CARD,), (4, 0x47, 0xab))
        for number, apqn in enumerate((0x0604, 0x0647, 0x06ab)):
            # One that nobody has had yet has the interrupts of the host.
            self.assertEqual(self.client.pqap(RAPQ, apqn).rc, 0)
            self.assertEqual(self.client.enable(apqn, NIB + number, number).rc, 0)
        self.client.enqueue(0x0647)
        self.assertEqual(self.client.interruption(1), 1)
        self.assertEqual([self.client.byte(NIB + number) for number in range(3)], [0, 1, 0])
        for left, apqn in ((2, 0x0604), (1, 0x06ab), (0, 0x0647)):
            self.assertEqual(self.client.disable(apqn).rc, 0)
            self.assertEqual(bool(self.client.pinned()), bool(left))

    @unittest.skipUnless(OURS, "the kernel's own lets the guest set up what it cannot see")
    def test_queue_that_is_filtered_is_not_there(self):
        self.take((5, CARD), (DOMAIN,))
        write("06.0004", BUS, "drivers/vfio_ap/unbind")
        self.addCleanup(write, "06.0004", BUS, "drivers/vfio_ap/bind")
        self.assertEqual((self.client.enable().rc, self.client.disable().rc), (1, 1))
        self.assertEqual(self.client.enable(0x0504).rc, 0)


class Hardware(UapiTest):
    """Answers of the hardware, and what the driver makes of them."""

    def setUp(self):
        super().setUp()
        self.take()
        self.addCleanup(control, "inject_clear")

    def inject(self, function, code, count=1):
        control("inject", f"{function} {QUEUE} {code:#x} {count}")

    def test_enable_that_the_hardware_refuses_leaves_nothing(self):
        for code in (1, 2, 3, 4, 5, 6, 8, 0x0a, 0x42):
            with self.subTest(code=hex(code)):
                self.inject("AQIC", code)
                self.assertEqual(self.client.enable().rc, code)
                self.assertFalse(self.client.tapq().irq)
                if OURS:
                    # The kernel's own driver leaves the new page pinned.
                    self.assertEqual(self.client.pinned(), 0)

    def test_no_change_keeps_the_old(self):
        self.assertEqual(self.client.enable(isc=2).rc, 0)
        self.inject("AQIC", 7)
        self.assertEqual(self.client.enable(nib=OTHER_NIB, isc=4).rc, 7)
        self.assertEqual(self.client.pinned(), 1)
        self.client.enqueue()
        self.assertEqual(self.client.interruption(2), 2)

    def test_disable_is_tried_again(self):
        for code in (2, 5):
            self.assertEqual(self.client.enable().rc, 0)
            self.inject("AQIC", code, 3)
            self.assertEqual(self.client.disable().rc, 0)
            self.assertEqual((self.client.tapq().irq, self.client.pinned()), (False, 0))

    def test_disable_that_never_succeeds_frees_all_the_same(self):
        self.assertEqual(self.client.enable().rc, 0)
        self.inject("AQIC", 5, 20)
        self.assertEqual(self.client.disable().rc, 5)
        self.assertEqual(self.client.pinned(), 0)

    def test_other_answers_end_disable_at_once(self):
        for code in (1, 3, 4, 6):
            with self.subTest(code=hex(code)):
                self.inject("AQIC", code)
                self.assertEqual(self.client.disable().rc, code)
                self.assertEqual(self.client.pinned(), 0)

    def test_guests_own_reset_switches_off(self):
        for function in (RAPQ, ZAPQ):
            self.assertEqual(self.client.enable(nib=NIB).rc, 0)
            self.assertEqual(self.client.pqap(function).rc, 0)
            self.assertFalse(self.client.tapq().irq)
            # The driver has not seen that; the next byte takes the place of this one.
            self.assertEqual(self.client.enable(nib=OTHER_NIB).rc, 0)
            self.assertEqual(self.client.pinned(), 1)
            self.assertEqual(self.client.disable().rc, 0)
            self.assertEqual(self.client.pinned(), 0)


class TakenAway(UapiTest):
    """Interrupts that are on when the queue goes."""

    def setUp(self):
        super().setUp()
        self.uuid = self.take((CARD,), (DOMAIN, 0x47))
        for apqn in (0x0604, 0x0647):
            self.assertEqual(self.client.enable(apqn).rc, 0)

    def on(self):
        """Which queues have interrupts, as far as the guest sees them."""
        return [apqn for apqn in (0x0604, 0x0647) if self.client.tapq(apqn).irq]

    def start_anew(self):
        """A queue that is new to the bus has interrupts of the host, which a newer bus
        switches on when it comes to it.  The guest's own are off; it can have them after a
        reset, as Linux does it."""
        if KERNEL >= (6, 2):
            wait_until(lambda: self.client.tapq().irq, "the bus sets up the queue")
        elif OURS:
            self.assertFalse(self.client.tapq().irq)
        else:
            self.skipTest("that kernel's own driver leaves a new queue as it finds it")
        self.client.ok(f"poke v {NIB} 00")
        self.client.enqueue()
        self.assertIsNone(self.client.interruption(3, 1))
        self.assertEqual(self.client.byte(), 0)
        self.assertEqual(self.client.pqap(RAPQ).rc, 0)
        self.assertEqual(self.client.enable().rc, 0)
        self.client.enqueue()
        self.assertEqual(self.client.interruption(), 3)

    def test_unassigned_domain(self):
        write(DOMAIN, MATRIX, self.uuid, "unassign_domain")
        self.assertEqual((self.client.tapq().rc, self.client.enable().rc), (1, 1))
        self.assertEqual(self.on(), [0x0647])
        # What it had is as new when it comes back.
        write(DOMAIN, MATRIX, self.uuid, "assign_domain")
        self.assertEqual(self.on(), [0x0647])
        self.assertEqual(self.client.disable(0x0647).rc, 0)
        self.assertEqual(self.client.pinned(), 0)
        self.assertEqual(self.client.enable().rc, 0)

    def test_unassigned_adapter(self):
        write(CARD, MATRIX, self.uuid, "unassign_adapter")
        self.assertEqual(self.client.pinned(), 0)
        write(CARD, MATRIX, self.uuid, "assign_adapter")
        self.assertEqual(self.on(), [])

    def test_queue_that_leaves_the_driver(self):
        write(QUEUE, BUS, "drivers/vfio_ap/unbind")
        # The card is gone for the guest, as a whole.
        self.assertEqual((self.client.tapq(0x0604).rc, self.client.tapq(0x0647).rc), (1, 1))
        self.assertEqual(self.client.pinned(), 0)
        write(QUEUE, BUS, "drivers/vfio_ap/bind")
        self.assertEqual(self.client.tapq(0x0604).rc, 0)
        self.assertEqual(self.on(), [])

    def test_card_that_is_taken_out(self):
        control("card_remove", CARD)
        scan()
        self.assertEqual(self.client.tapq().rc, 1)
        if OURS:
            # The kernel's own driver forgets the page.
            self.assertEqual(self.client.pinned(), 0)
        control("card_add", f"{CARD} CEX5A")
        scan()
        self.assertEqual(self.client.tapq().rc, 0)
        self.start_anew()

    def test_domain_that_the_machine_loses(self):
        control("domain_remove", DOMAIN)
        scan()
        self.assertEqual(self.client.tapq().rc, 1)
        control("domain_add", DOMAIN)
        scan()
        self.assertEqual(self.client.tapq().rc, 0)
        # The card's other queue has not been disturbed.
        self.assertTrue(self.client.tapq(0x0647).irq)
        self.start_anew()

    @unittest.skipUnless(OURS and KERNEL < (6, 2), "there the bus resets a queue that is new to it, or nobody does")
    def test_new_queue_is_the_guests_after_its_reset(self):
        control("domain_remove", DOMAIN)
        scan()
        control("domain_add", DOMAIN)
        control("reset_hang", QUEUE)
        scan()
        # A guest has a card whole or not at all.
        self.assertEqual((self.client.tapq().rc, self.client.tapq(0x0647).rc), (1, 1))
        control("reset_clear", QUEUE)
        wait_until(lambda: self.client.tapq().rc == 0, "the queue is reset")
        self.assertEqual(self.on(), [])

    def test_standby(self):
        control("deconfigure", CARD)
        self.assertEqual(self.client.tapq().rc, 3)
        self.assertEqual(self.client.disable().rc, 3)
        control("configure", CARD)
        self.assertEqual(self.on(), [])
        self.assertEqual(self.client.enable().rc, 0)
        self.client.enqueue()
        self.assertEqual(self.client.interruption(), 3)

    def test_device_that_is_closed(self):
        self.client.ok("close d")
        self.assertEqual(self.client.pinned(), 0)
        other = self.new_client()
        # The guest knows the group, and so holds it.
        for name in "gcv":
            self.client.ok(f"close {name}")
        other.take(self.uuid)
        self.assertEqual([other.tapq(apqn).irq for apqn in (0x0604, 0x0647)], [False, False])

    def test_requests_of_one_guest_are_not_for_the_next(self):
        self.assertEqual(self.client.enqueue(number=0x5ec3e7).rc, 0)
        self.client.kill()
        other = self.new_client()
        other.take(self.uuid)
        self.assertEqual(other.dequeue().rc, 0x10)
