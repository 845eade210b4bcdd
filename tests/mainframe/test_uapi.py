# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What vfio_ap's VFIO device says to a client that is not QEMU: every ioctl with good and
bad arguments, and all ways to open and close."""

import itertools
import os
import threading
import unittest

import uapi_client
from machine import MATRIX, control, scan, write
from uapi_client import CARD, DOMAIN, MEMORY, NIB, OLD, OURS, PAGE, RAPQ, UapiTest

REQ, CFG_CHG = 0, 1
NONE, BOOL, EVENTFD, MASK, UNMASK, TRIGGER = (1 << bit for bit in range(6))
SET_SIZE = 20


class Open(UapiTest):
    def test_without_a_guest_it_is_refused(self):
        uuid = self.matrix()
        self.client.prepare(uuid, guest=False)
        self.fails("EINVAL", f"device d g {uuid}")
        self.client.ok("guest v")
        self.fails("EINVAL", f"device d g {uuid}")
        self.client.ok("tell v g")
        self.client.ok(f"device d g {uuid}")

    def test_guest_that_was_told_otherwise_is_none(self):
        uuid = self.matrix()
        self.client.prepare(uuid)
        self.client.ok("untell v g")
        self.fails("EINVAL", f"device d g {uuid}")

    def test_device_needs_container_iommu_and_its_own_name(self):
        uuid = self.matrix()
        self.client.ok(f"group g {uuid}")
        self.fails("EINVAL", f"device d g {uuid}")
        self.client.ok("container c")
        self.fails("EINVAL", "iommu c")
        self.client.ok("join g c")
        self.fails("EINVAL", f"device d g {uuid}")
        self.client.ok("iommu c")
        self.client.ok("guest v")
        self.client.ok("tell v g")
        self.fails("ENODEV", "device d g 00000000-0000-0000-0000-000000000000")
        self.client.ok(f"device d g {uuid}")
        self.fails("EBUSY", "leave g")

    def test_one_matrix_for_each_guest(self):
        first, second = self.matrix(), self.matrix((5,))
        self.client.take(first)
        self.client.prepare(second, "2", guest=False)
        self.client.ok("tell v g2")
        self.fails("EPERM", f"device d2 g2 {second}")
        # The refused one has taken nothing: the first has its queue and its interrupts.
        self.assertEqual(self.client.tapq().rc, 0)
        if OURS or OLD:
            # The kernel's own lets the refused one answer.
            self.assertEqual(self.client.enable().rc, 0)
        self.client.ok("close d")
        self.client.ok(f"device d2 g2 {second}")
        self.assertEqual((self.client.tapq().rc, self.client.tapq(0x0504).rc), (1, 0))

    def test_one_guest_for_each_matrix(self):
        uuid = self.take()
        other = self.new_client()
        self.fails("EBUSY", f"group g {uuid}", other)
        self.client.close()
        other.take(uuid)
        self.assertEqual(other.tapq().rc, 0)

    def test_guest_without_ap_gets_a_device_that_does_nothing(self):
        uuid = self.matrix()
        self.client.prepare(uuid, guest=False)
        self.client.ok("guest v no-ap")
        self.client.ok("tell v g")
        # A crypto control block is there for other reasons, too.
        self.client.ok(f"device d g {uuid}")
        self.client.ok("reset d")
        self.client.ok("close d")


class Close(UapiTest):
    def test_in_every_order_with_interrupts_on(self):
        uuid = self.matrix()
        for order in itertools.permutations("dgcv"):
            with self.subTest(order="".join(order)):
                client = uapi_client.Client()
                client.take(uuid)
                self.assertEqual(client.enable().rc, 0)
                self.assertEqual(client.pinned(), 1)
                for name in order:
                    client.ok(f"close {name}")
                self.assertEqual(client.pinned(), 0)
                client.take(uuid)
                # Interrupts of the one before are off.
                self.assertEqual((client.tapq().rc, client.tapq().irq), (0, False))
                client.close()

    def test_killed_at_any_step(self):
        uuid = self.matrix()
        steps = ("container c", f"group g {uuid}", "join g c", "iommu c", "guest v", f"map c 0 {MEMORY} v", "tell v g",
                 f"device d g {uuid}", "reset d", f"run v b2af0000 gr0=0x3000604 gr1=0x800000000003 gr2={NIB}",
                 f"unmap c 0 {MEMORY}", "close v", "close d")
        if OLD:
            # Linux would fall over the page that stays pinned.
            steps = steps[:steps.index(f"unmap c 0 {MEMORY}")]
        for count in range(1, len(steps) + 1):
            with self.subTest(last=steps[count - 1]):
                client = uapi_client.Client()
                for step in steps[:count]:
                    client.ok(step)
                client.kill()
                again = uapi_client.Client()
                again.take(uuid)
                self.assertEqual((again.tapq().rc, again.tapq().irq), (0, False))
                again.close()

    def test_removal_waits_for_close(self):
        uuid = self.take()
        removal = threading.Thread(target=write, args=(1, MATRIX, uuid, "remove"))
        removal.start()
        # It asks the kernel again and again, and still has its queue.
        self.assertEqual(self.client.tapq().rc, 0)
        removal.join(1)
        self.assertTrue(removal.is_alive())
        for name in "dgcv":
            self.client.ok(f"close {name}")
        removal.join()
        self.assertFalse(os.path.exists(f"{MATRIX}/{uuid}"))


class Info(UapiTest):
    def test_device(self):
        self.take()
        irqs = 2 if OURS else 0 if OLD else 1
        self.assertEqual(self.client.ok("info d"), f"flags=0x21 regions=0 irqs={irqs}")
        # What is behind the number of interrupts may be missing.
        self.assertEqual(self.client.ok("info d 16"), f"flags=0x21 regions=0 irqs={irqs}")
        self.assertEqual(self.client.ok("info d 1000"), f"flags=0x21 regions=0 irqs={irqs}")
        self.fails("EINVAL", "info d 15")
        self.fails("EINVAL", "info d 0")
        # GET_INFO with a NULL pointer.
        self.fails("EFAULT", "ioctl d 0x3b6b")

    @unittest.skipIf(OLD, "the driver in Linux 6.1 has no interrupts")
    def test_interrupts(self):
        self.take()
        self.assertEqual(self.client.ok("irq-info d 0"), "flags=0x1 count=1")
        if OURS:
            self.assertEqual(self.client.ok("irq-info d 1"), "flags=0x1 count=1")
        for index, argsz in (((2 if OURS else 1), 16), (0xffffffff, 16), (0, 15), (0, 0)):
            self.fails("EINVAL", f"irq-info d {index} {argsz}")
        self.fails("EFAULT", "ioctl d 0x3b6d")

    def test_what_there_is_not(self):
        self.take()
        # Regions, PCI's hot reset, a number of nobody, and what is not VFIO's at all.
        for request in (0x3b6c, 0x3b70, 0x3bff, 0x5401):
            answer = self.client.ask(f"ioctl d {request:#x}")
            self.assertIn(answer, ("error ENOTTY", "error EOPNOTSUPP"), hex(request))

    @unittest.skipUnless(OLD, "only in Linux 6.1")
    def test_old_driver_has_no_interrupts(self):
        self.take()
        self.fails("EOPNOTSUPP", "irq-info d 0")


@unittest.skipIf(OLD, "the driver in Linux 6.1 has no interrupts")
class SetIrqs(UapiTest):
    def setUp(self):
        super().setUp()
        self.uuid = self.take()
        self.client.ok("eventfd e")
        self.client.ok("eventfd f")

    def set(self, fd, index=REQ):
        self.client.ok(f"set-irqs d - {EVENTFD | TRIGGER} {index} 0 1 {fd}")

    def count(self, name, seconds=0):
        return int(self.client.ok(f"count {name} {seconds}"))

    def test_what_is_refused(self):
        good = EVENTFD | TRIGGER
        top = 0xffffffff
        rows = [
            ("EINVAL", f"{SET_SIZE - 1} {good} 0 0 1 e"), ("EINVAL", f"0 {good} 0 0 1 e"),
            ("EINVAL", f"- {good} 2 0 1 e"), ("EINVAL", f"- {good} {top} 0 1 e"),
            ("EINVAL", f"- {good} 0 1 1 e"), ("EINVAL", f"- {good} 0 0 2 e f"), ("EINVAL", f"- {good} 0 {top} 1 e"),
            ("EINVAL", f"- {good} 0 0 {top} e"), ("EINVAL", f"- {good} 0 1 {top} e"),
            # The descriptor is not within the size that was told.
            ("EINVAL", f"{SET_SIZE} {good} 0 0 1 e"), ("EINVAL", f"{SET_SIZE + 3} {good} 0 0 1 e"),
            ("EINVAL", f"- {good} 0 0 1 -2"), ("EINVAL", f"- {good} 0 0 1 {1 << 31}"),
            ("EBADF", f"- {good} 0 0 1 9999"), ("EINVAL", f"- {good} 0 0 1 d"),
            ("EINVAL", f"- {good | 1 << 6} 0 0 1 e"), ("EINVAL", f"- {good | 1 << 31} 0 0 1 e"),
        ]
        for kind in (0, NONE, BOOL, NONE | BOOL, NONE | EVENTFD, BOOL | EVENTFD, NONE | BOOL | EVENTFD):
            rows += [("EINVAL", f"- {kind | action} 0 0 1 e") for action in (0, MASK, UNMASK, TRIGGER)]
        rows += [("EINVAL", f"- {EVENTFD | action} 0 0 1 e") for action in (0, MASK, UNMASK, MASK | UNMASK)]
        if OURS:
            # The kernel's own reads a descriptor that isn't there.
            rows += [("EINVAL", f"- {good} 0 0 0"), ("EINVAL", f"- {good} 0 0 0 e")]
        self.set("e")
        for errno, words in rows:
            with self.subTest(words=words):
                self.fails(errno, f"set-irqs d {words}")
        self.fails("EFAULT", "ioctl d 0x3b6e")
        # None of it has taken the eventfd away.
        self.removal()
        self.assertGreater(self.count("e", 10), 0)

    def removal(self):
        thread = threading.Thread(target=write, args=(1, MATRIX, self.uuid, "remove"))
        thread.start()
        self.addCleanup(thread.join)
        # Before that: cleanups run from the last one on.
        self.addCleanup(self.client.close)

    def test_request_is_signalled_while_somebody_waits(self):
        self.set("e")
        self.assertEqual(self.count("e"), 0)
        self.removal()
        self.assertGreater(self.count("e", 10), 0)
        self.assertEqual(self.client.tapq().rc, 0)

    def test_newer_eventfd_takes_the_place_of_the_older(self):
        self.set("e")
        self.set("f")
        self.removal()
        self.assertGreater(self.count("f", 10), 0)
        self.assertEqual(self.count("e"), 0)

    def test_eventfd_that_was_taken_away_is_silent(self):
        self.set("e")
        self.set(-1)
        self.set(-1)
        self.removal()
        self.assertEqual(self.count("e", 3), 0)

    def test_eventfd_lives_on_in_the_device(self):
        self.set("e")
        self.client.ok("close e")
        self.client.ok("reset d")
        self.set("f")
        self.client.ok("close d")
        self.assertEqual(self.count("f"), 0)

    @unittest.skipUnless(OURS, "the kernel's own driver tells of no changes")
    def test_change_of_the_matrix_is_signalled(self):
        self.set("e", CFG_CHG)
        self.set("f", REQ)
        for name, value, wanted in (
                ("assign_domain", 0x47, 1), ("assign_domain", 0x47, 0), ("assign_control_domain", 4, 1),
                ("assign_control_domain", 4, 0), ("unassign_domain", 0x47, 1), ("unassign_domain", 0x47, 0),
                ("assign_adapter", 5, 1), ("unassign_adapter", 5, 1)):
            write(value, MATRIX, self.uuid, name)
            self.assertEqual(min(self.count("e"), 1), wanted, (name, value))
        control("card_remove", CARD)
        scan()
        self.addCleanup(self.restore)
        self.assertGreater(self.count("e", 10), 0)
        self.assertEqual(self.count("f"), 0)

    @staticmethod
    def restore():
        control("card_add", f"{CARD} CEX5A")
        scan()

    @unittest.skipUnless(OURS, "the kernel's own driver tells of no changes")
    def test_change_is_silent_when_nobody_listens(self):
        self.set("e", CFG_CHG)
        self.set(-1, CFG_CHG)
        write(0x47, MATRIX, self.uuid, "assign_domain")
        self.assertEqual(self.count("e", 1), 0)


class Reset(UapiTest):
    def test_interrupts_are_off_and_their_page_is_free(self):
        self.take((CARD,), (DOMAIN, 0x47))
        for apqn in (0x0604, 0x0647):
            # One that nobody has had yet has the interrupts of the host.
            self.assertEqual(self.client.pqap(RAPQ, apqn).rc, 0)
            self.assertEqual(self.client.enable(apqn).rc, 0)
        self.client.ok("reset d")
        for apqn in (0x0604, 0x0647):
            self.assertFalse(self.client.tapq(apqn).irq)
        self.assertEqual(self.client.pinned(), 0)

    def test_requests_and_replies_are_gone(self):
        self.take()
        self.assertEqual(self.client.enqueue().rc, 0)
        self.client.ok("reset d")
        self.assertEqual(self.client.dequeue().rc, 0x10)

    def test_failure_is_told(self):
        self.take()
        control("reset_fail", "06.0004 0x08")
        self.addCleanup(control, "reset_clear", "06.0004")
        if OURS:
            self.fails("EIO", "reset d")
            control("reset_clear", "06.0004")
            self.client.ok("reset d")
        else:
            # The kernel's own does not begin what fails at once.
            self.assertIn(self.client.ask("reset d"), ("ok", "error EIO"))

    def test_card_that_is_not_there_does_not_matter(self):
        self.take((5, CARD))
        self.addCleanup(self.put_back)
        control("card_remove", 5)
        scan()
        self.client.ok("reset d")

    @staticmethod
    def put_back():
        control("card_add", "5 CEX5C")
        scan()

    def test_busy_queue_is_waited_for(self):
        self.take()
        control("reset_busy", 3)
        self.addCleanup(control, "reset_busy", 0)
        self.client.ok("reset d")


class Map(UapiTest):
    @unittest.skipIf(OLD, "the driver in Linux 6.1 gives back another page, and Linux falls over the one that stays")
    def test_unmap_over_the_byte_switches_interrupts_off(self):
        self.take()
        for nib in (NIB, NIB + 5, NIB + PAGE - 1, MEMORY - 1, 0x1000):
            with self.subTest(nib=hex(nib)):
                self.assertEqual(self.client.enable(nib=nib).rc, 0)
                self.assertEqual(self.client.pinned(), 1)
                self.client.ok(f"unmap c 0 {MEMORY}")
                self.assertFalse(self.client.tapq().irq)
                self.assertEqual(self.client.pinned(), 0)
                self.assertEqual(self.client.enable(nib=nib).rc, 6)
                self.client.ok(f"map c 0 {MEMORY} v")

    @unittest.skipIf(OLD, "the driver in Linux 6.1 gives back another page")
    def test_unmap_elsewhere_leaves_them_on(self):
        uuid = self.matrix()
        self.client.prepare(uuid)
        self.client.ok(f"unmap c 0 {MEMORY}")
        half = MEMORY // 2
        self.client.ok(f"map c 0 {half} v")
        self.client.ok(f"map c {half} {half} v")
        self.client.ok(f"device d g {uuid}")
        self.assertEqual(self.client.enable(nib=half - 1).rc, 0)
        self.client.ok(f"unmap c {half} {half}")
        self.assertTrue(self.client.tapq().irq)
        self.assertEqual(self.client.enable(nib=half).rc, 6)
        self.assertTrue(self.client.tapq().irq)
        self.client.ok(f"unmap c 0 {half}")
        self.assertFalse(self.client.tapq().irq)


@unittest.skipUnless(os.path.exists("/dev/iommu"), "this kernel has no iommufd (CONFIG_IOMMUFD is not set)")
class Cdev(UapiTest):
    """The same without container and group."""

    def take_cdev(self, uuid):
        self.client.ok(f"cdev d {uuid}")
        self.client.ok("iommufd i")
        self.client.ok("guest v")
        self.client.ok("tell v d")
        self.client.ok("bind d i")
        self.client.ok("attach d i")
        self.client.ok(f"map i 0 {MEMORY} v")

    def test_opens_interrupts_and_unmaps(self):
        self.take_cdev(self.matrix())
        self.assertEqual(self.client.enable().rc, 0)
        self.client.ok(f"unmap i 0 {MEMORY}")
        self.assertFalse(self.client.tapq().irq)

    def test_is_of_no_use_before_it_is_bound(self):
        self.client.ok(f"cdev d {self.matrix()}")
        self.fails("EINVAL", "info d")
