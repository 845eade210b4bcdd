# SPDX-License-Identifier: GPL-2.0
"""Each file of the control directory does what it is there for, and refuses nonsense."""

import os
import signal
import subprocess
import unittest

import machine

QUEUE = "/sys/bus/ap/devices/05.0004"
NOWHERE = "00000000-0000-0000-0000-000000000000"


def exists(name):
    return os.path.exists("/sys/bus/ap/devices/" + name)


class Hardware(unittest.TestCase):
    def test_cards_come_and_go_with_a_scan(self):
        machine.control("card_add", "0x10-0x11 CEX8P")
        self.assertFalse(exists("card10"))
        machine.rescan()
        self.assertEqual(machine.read("/sys/bus/ap/devices/card11/type"), "CEX8P\n")
        self.assertTrue(exists("10.0004"))
        machine.control("card_remove", "16,17")
        machine.rescan()
        self.assertFalse(exists("card10"))
        self.assertFalse(exists("10.0004"))
        self.assertFalse(os.path.exists("/sys/devices/ap/card10"))

    def test_domains_come_and_go_with_a_scan(self):
        machine.control("domain_add", "0x10")
        machine.control("domain_add", "0x11 control")
        machine.rescan()
        self.assertTrue(exists("05.0010"))
        self.assertFalse(exists("05.0011"))
        self.assertIn("domain 0011 control\n", machine.read("/run/apsim/state"))
        machine.control("domain_remove", "0x10-0x11")
        machine.rescan()
        self.assertFalse(exists("05.0010"))

    def test_a_card_that_is_deconfigured_shows_it(self):
        machine.control("deconfigure", "5")
        machine.rescan()
        self.assertEqual(machine.read("/sys/bus/ap/devices/card05/config"), "0\n")
        self.assertIn("card 05 CEX5C deconfigured\n", machine.read("/run/apsim/state"))
        machine.control("configure", "5")
        machine.rescan()
        self.assertEqual(machine.read("/sys/bus/ap/devices/card05/config"), "1\n")

    def test_a_card_that_is_checkstopped_shows_it(self):
        machine.control("checkstop", "5")
        machine.rescan()
        self.assertEqual(machine.read("/sys/bus/ap/devices/card05/chkstop"), "1\n")
        machine.control("checkstop_clear", "5")
        machine.rescan()
        self.assertEqual(machine.read("/sys/bus/ap/devices/card05/chkstop"), "0\n")

    def test_timer_scans_if_it_is_on(self):
        time = machine.read("/sys/bus/ap/config_time").strip()
        self.addCleanup(machine.write, "/sys/bus/ap/config_time", time)
        machine.control("scan_timer", "on")
        self.assertIn("scan-timer\n", machine.read("/run/apsim/state"))
        scans = int(machine.read("/sys/bus/ap/scans"))
        machine.write("/sys/bus/ap/config_time", "5")
        machine.control("card_add", "9 CEX8P")
        machine.wait_for(lambda: exists("card09"), "the card to be seen")
        self.assertEqual(int(machine.read("/sys/bus/ap/scans")), scans + 1)
        machine.control("scan_timer", "off")
        machine.control("card_remove", "9")
        self.assertTrue(exists("card09"))
        machine.rescan()

    def test_what_cannot_be_is_refused(self):
        for wanted, command, text in (
                ("EINVAL", "card_add", ""), ("EINVAL", "card_add", "9"), ("EINVAL", "card_add", "9 CEX9C"),
                ("EINVAL", "card_add", "256 CEX5C"), ("EINVAL", "card_add", "9 CEX5C x"),
                ("EEXIST", "card_add", "4-6 CEX5C"), ("ENODEV", "card_remove", "9"),
                ("EINVAL", "card_remove", "5,"), ("ENODEV", "deconfigure", "9"),
                ("ENODEV", "checkstop", "5-9"), ("EINVAL", "domain_add", "1 both"),
                ("EINVAL", "domain_remove", "x"), ("EINVAL", "reset_hang", "card05"),
                ("EINVAL", "requests", "05.0004"), ("EINVAL", "requests", "05.0004 256"),
                ("EINVAL", "requests", "05.0004 1 2 3"), ("ENODEV", "requests", "09.0004 1"),
                ("EINVAL", "scan_timer", "yes"), ("EINVAL", "scan_timer", ""),
                ("EINVAL", "reset_fail", "05.0004 0"), ("EINVAL", "reset_clear", "05.4"),
                ("ENODEV", "guest_open", NOWHERE), ("ENODEV", "guest_close", NOWHERE)):
            with self.subTest(command=command, text=text):
                self.assertEqual(machine.outcome(machine.control, command, text), wanted)
        self.assertFalse(exists("card09"))


class Resets(unittest.TestCase):
    def tearDown(self):
        machine.control("reset_clear", "05.0004")
        # A guest leaves its queue with a reset, which goes well now.
        self.guest_matrix_after_release()

    def guest_matrix_after_release(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            machine.control("guest_open", mdev.uuid)
            machine.control("guest_close", mdev.uuid)
            return mdev, mdev.read("guest_matrix")

    def test_queue_whose_reset_fails_is_kept_from_guests(self):
        self.assertEqual(self.guest_matrix_after_release()[1], "05.0004\n")
        machine.control("reset_fail", "05.0004 1")
        self.assertIn("reset-fails 05.0004 0x01\n", machine.read("/run/apsim/state"))
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            machine.control("guest_open", mdev.uuid)
            machine.control("guest_close", mdev.uuid)
            mdev.write("unassign_domain", "4")
            mdev.write("assign_domain", "4")
            self.assertEqual(mdev.read("matrix"), "05.0004\n")
            self.assertNotIn("05.0004", mdev.read("guest_matrix"))
            # That it will go well is no reset.
            machine.control("reset_clear", "05.0004")
            for wanted in (".0004\n", "05.0004\n"):
                mdev.write("unassign_domain", "4")
                mdev.write("assign_domain", "4")
                self.assertEqual(mdev.read("guest_matrix"), wanted)
                machine.control("guest_open", mdev.uuid)
                machine.control("guest_close", mdev.uuid)

    def test_bus_tries_a_reset_that_failed_again_with_the_next_scan(self):
        queue = "/sys/devices/ap/card05/05.0004"
        machine.control("reset_fail", "05.0004")
        machine.write(queue + "/reset", "1")
        machine.rescan()
        self.assertEqual(machine.read(queue + "/reset"), "Reset in progress.\n")
        machine.control("reset_clear", "05.0004")
        self.assertEqual(machine.read(queue + "/reset"), "Reset in progress.\n")
        machine.rescan()
        self.assertEqual(machine.read(queue + "/reset"), "No Reset Timer set.\n")

    def test_failed_reset_of_what_is_in_standby_is_that_of_standby(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            machine.control("deconfigure", "5")
            machine.control("reset_fail", "05.0004 1")
            machine.control("guest_open", mdev.uuid)
            machine.control("guest_close", mdev.uuid)
            mdev.write("unassign_domain", "4")
            mdev.write("assign_domain", "4")
            self.assertEqual(mdev.read("guest_matrix"), "05.0004\n")
            machine.control("configure", "5")

    def test_queue_whose_reset_hangs_comes_back_when_it_ends(self):
        machine.control("reset_hang", "05.0004")
        self.assertIn("reset-hangs 05.0004\n", machine.read("/run/apsim/state"))
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            machine.control("guest_open", mdev.uuid)
            machine.control("guest_close", mdev.uuid)
            mdev.write("unassign_domain", "4")
            mdev.write("assign_domain", "4")
            self.assertNotIn("05.0004", mdev.read("guest_matrix"))
            machine.control("reset_clear", "05.0004")
            mdev.write("unassign_domain", "4")
            mdev.write("assign_domain", "4")
            self.assertEqual(mdev.read("guest_matrix"), "05.0004\n")


class Faults(unittest.TestCase):
    def tearDown(self):
        machine.control("fail", "clear")

    def test_only_the_ordered_operation_fails(self):
        with machine.Mdev() as mdev:
            machine.control("fail", "write assign_domain 2 EIO")
            self.assertIn("fail write assign_domain 2 EIO\n", machine.read("/run/apsim/state"))
            mdev.write("assign_domain", "4")
            mdev.write("assign_adapter", "5")
            self.assertEqual(machine.outcome(mdev.write, "assign_domain", "0x47"), "EIO")
            self.assertEqual(mdev.read("matrix"), "05.0004\n")
            mdev.write("assign_domain", "0x47")

    def test_creates_reads_and_opens_fail_on_demand(self):
        machine.control("fail", "write create ENOMEM")
        self.assertEqual(machine.outcome(machine.write, machine.TYPE + "/create", NOWHERE), "ENOMEM")
        self.assertFalse(os.path.exists(machine.MATRIX + "/" + NOWHERE))
        machine.control("fail", "read apmask 1 EACCES")
        self.assertEqual(machine.outcome(machine.read, "/sys/bus/ap/apmask"), "EACCES")
        machine.control("fail", "open * 5")
        self.assertEqual(machine.outcome(machine.read, "/sys/bus/ap/scans"), "EIO")
        self.assertEqual(machine.outcome(machine.read, "/sys/bus/ap/scans"), "ok")

    def test_nonsense_is_refused(self):
        for text in ("", "write", "write x", "write x 0 EIO", "write x 1 EFOO", "write x 1 0",
                     "dance x 1 EIO", "write x 1 EIO more"):
            self.assertEqual(machine.outcome(machine.control, "fail", text), "EINVAL", text)


class Guests(unittest.TestCase):
    def test_a_matrix_in_use_shows_it(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            self.assertEqual(machine.read(QUEUE + "/status"), "assigned\n")
            machine.control("guest_open", mdev.uuid)
            self.assertEqual(machine.read(QUEUE + "/status"), "in use\n")
            self.assertIn(f" guest {mdev.uuid}\n", machine.read("/run/apsim/state"))
            machine.control("guest_close", mdev.uuid)
            self.assertEqual(machine.read(QUEUE + "/status"), "assigned\n")
            self.assertEqual(machine.outcome(machine.control, "guest_close", mdev.uuid), "EINVAL")

    def test_a_guest_has_one_matrix_and_a_matrix_one_guest(self):
        with machine.Mdev() as first, machine.Mdev() as second:
            machine.control("guest_open", first.uuid + " one")
            self.assertEqual(machine.outcome(machine.control, "guest_open", first.uuid + " two"), "EBUSY")
            self.assertEqual(machine.outcome(machine.control, "guest_open", second.uuid + " one"), "EPERM")
            machine.control("guest_open", second.uuid + " two")

    def test_a_group_is_opened_by_one_at_a_time(self):
        with machine.Mdev() as mdev:
            group = "/dev/vfio/" + os.path.basename(os.readlink(mdev.path + "/iommu_group"))
            first = os.open(group, os.O_RDWR)
            self.assertEqual(machine.outcome(os.open, group, os.O_RDWR), "EBUSY")
            os.close(first)
            # The kernel tells of a close a little later.
            machine.wait_for(lambda: machine.outcome(lambda: os.close(os.open(group, os.O_RDWR))) == "ok",
                             "the group is free again")
            machine.control("guest_open", mdev.uuid)
            self.assertEqual(machine.outcome(os.open, group, os.O_RDWR), "EBUSY")

    def remover(self, mdev):
        """A process whose write to remove waits for the guest."""
        asked = machine.log().count("Relaying device request")
        process = subprocess.Popen(["bash", "-c", f"echo 1 > {mdev.path}/remove"],
                                   stderr=subprocess.DEVNULL)
        machine.wait_for(lambda: machine.log().count("Relaying device request") > asked,
                         "the guest is asked to let go")
        return process

    def test_removal_waits_until_the_guest_lets_go(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            machine.control("guest_open", mdev.uuid)
            process = self.remover(mdev)
            self.assertIsNone(process.poll())
            self.assertIn("removal-waits", machine.read("/run/apsim/state"))
            self.assertEqual(mdev.read("matrix"), "05.0004\n")
            self.assertEqual(machine.outcome(mdev.write, "remove", "1"), "ENOENT")
            self.assertNotIn("remove", os.listdir(mdev.path))
            machine.control("guest_close", mdev.uuid)
            self.assertEqual(process.wait(machine.LIMIT), 0)
            self.assertFalse(os.path.exists(mdev.path))

    def test_removal_that_waits_ends_with_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with machine.Mdev() as mdev:
                machine.control("guest_open", mdev.uuid)
                process = self.remover(mdev)
                process.send_signal(number)
                self.assertEqual(process.wait(machine.LIMIT), -number)
                self.assertTrue(os.path.exists(mdev.path))

    def test_removal_waits_for_a_reset_that_hangs(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as mdev:
            machine.control("reset_hang", "05.0004")
            process = subprocess.Popen(["bash", "-c", f"echo 1 > {mdev.path}/remove"])
            machine.wait_for(lambda: "removal-waits" in machine.read("/run/apsim/state"), "the removal waits")
            self.assertIsNone(process.poll())
            machine.control("reset_clear", "05.0004")
            self.assertEqual(process.wait(machine.LIMIT), 0)
            self.assertFalse(os.path.exists(mdev.path))

    def test_a_group_knows_neither_read_nor_write(self):
        with machine.Mdev() as mdev:
            group = os.open("/dev/vfio/" + os.path.basename(os.readlink(mdev.path + "/iommu_group")), os.O_RDWR)
            self.assertEqual(machine.outcome(os.read, group, 1), "EINVAL")
            self.assertEqual(machine.outcome(os.write, group, b"1"), "EINVAL")
            os.close(group)

    def test_directory_of_groups_is_there_while_there_is_one(self):
        self.assertFalse(os.path.exists("/sys/devices/virtual/vfio"))
        with machine.Mdev():
            self.assertTrue(os.path.isdir("/sys/devices/virtual/vfio"))
        self.assertFalse(os.path.exists("/sys/devices/virtual/vfio"))
        self.assertNotIn("vfio", os.listdir("/sys/devices/virtual"))

    def test_many_removals_may_wait(self):
        mdevs = [machine.Mdev() for _ in range(24)]
        processes = []
        for mdev in mdevs:
            mdev.__enter__()
            machine.control("guest_open", mdev.uuid)
            processes.append(self.remover(mdev))
        self.assertEqual(machine.read(machine.TYPE + "/available_instances"), f"{65536 - 24}\n")
        for mdev in mdevs:
            machine.control("guest_close", mdev.uuid)
        self.assertEqual([process.wait(machine.LIMIT) for process in processes], [0] * 24)


class Log(unittest.TestCase):
    def test_refusals_are_logged_as_the_kernel_does(self):
        with machine.Mdev(assign_adapter=[5], assign_domain=[4]) as holder, \
                machine.Mdev(assign_adapter=[5]) as other:
            self.assertEqual(machine.outcome(other.write, "assign_domain", "4"), "EADDRINUSE")
            self.assertRegex(machine.log(), rf"vfio_ap_mdev {other.uuid}: Userspace may not assign queue "
                             rf"05\.0004 to mdev: already assigned to {holder.uuid}\n")
            self.assertEqual(machine.outcome(machine.write, "/sys/bus/ap/apmask", "+5"), "EBUSY")
            self.assertRegex(machine.log(), rf"vfio_ap_mdev {holder.uuid}: Can not reserve queue "
                             r"05\.0004 for host driver: in use by mdev\n")
