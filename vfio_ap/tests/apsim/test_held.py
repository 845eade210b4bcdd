# SPDX-License-Identifier: GPL-2.0
"""What is held open or stood in while its device goes behaves as in sysfs."""

import os
import select
import unittest

import machine

UUID = "33333333-2222-3333-4444-555555555555"
PATH = machine.MATRIX + "/" + UUID
CARD = "/sys/devices/ap/card05"
APMASK = "/sys/bus/ap/apmask"
REGULAR = select.POLLIN | select.POLLOUT
CHANGED = REGULAR | select.POLLERR | select.POLLPRI


class Held:
    """Descriptors that are closed at the end of the with statement."""

    def __init__(self, **files):
        self.opened = {name: os.open(path, flags) for name, (path, flags) in files.items()}

    def __enter__(self):
        return self.opened

    def __exit__(self, *_):
        for descriptor in self.opened.values():
            os.close(descriptor)


def polled(descriptor):
    waiter = select.poll()
    waiter.register(descriptor, REGULAR | select.POLLPRI)
    return waiter.poll(0)[0][1]


class Mdev(unittest.TestCase):
    def test_files_of_a_removed_mdev_answer_enodev_for_good(self):
        with machine.Mdev(UUID, assign_adapter=[5], assign_domain=[4]), \
             Held(matrix=(PATH + "/matrix", os.O_RDONLY), assign=(PATH + "/assign_adapter", os.O_WRONLY),
                  remove=(PATH + "/remove", os.O_WRONLY), uevent=(PATH + "/uevent", os.O_RDWR)) as held:
            self.assertEqual(os.pread(held["matrix"], 100, 0), b"05.0004\n")
            self.assertEqual(polled(held["matrix"]), REGULAR)
            machine.write(PATH + "/remove", "1")
            for _ in range(2):
                for offset in (0, 3):
                    self.assertEqual(machine.outcome(os.pread, held["matrix"], 10, offset), "ENODEV")
                self.assertEqual(machine.outcome(os.pread, held["uevent"], 10, 0), "ENODEV")
                for name, text in (("assign", b"5"), ("remove", b"1"), ("uevent", b"add")):
                    self.assertEqual(machine.outcome(os.write, held[name], text), "ENODEV", name)
                status = os.fstat(held["matrix"])
                self.assertEqual((status.st_mode, status.st_nlink), (0o100444, 1))
                self.assertEqual(polled(held["matrix"]), CHANGED)
                if not os.path.exists(PATH):
                    machine.write(machine.TYPE + "/create", UUID)

    def test_directory_of_a_removed_mdev_is_empty(self):
        with machine.Mdev(UUID), Held(mdev=(PATH, os.O_RDONLY), inner=(PATH + "/vfio-dev", os.O_RDONLY)) as held:
            os.chdir(PATH)
            try:
                machine.write("remove", "1")
                for place in (held["mdev"], held["inner"], "."):
                    self.assertEqual(os.listdir(place), [])
                    self.assertEqual(os.stat(place).st_nlink, 2)
                self.assertEqual(machine.outcome(os.open, "matrix", os.O_RDONLY), "ENOENT")
                self.assertEqual(machine.outcome(os.stat, PATH), "ENOENT")
                self.assertTrue(os.path.samefile("..", machine.MATRIX))
            finally:
                os.chdir("/")


class Card(unittest.TestCase):
    def test_files_of_a_card_do_not_lead_to_the_next_one_of_its_name(self):
        with Held(card=(CARD + "/online", os.O_RDWR), queue=(CARD + "/05.0004/config", os.O_RDONLY)) as held:
            self.assertEqual(os.pread(held["queue"], 10, 0), b"1\n")
            machine.control("card_remove", "5")
            machine.rescan()
            for after in ("it is gone", "another one is there"):
                for name in held:
                    self.assertEqual(machine.outcome(os.pread, held[name], 10, 0), "ENODEV", (name, after))
                self.assertEqual(machine.outcome(os.write, held["card"], b"1"), "ENODEV", after)
                if not os.path.exists(CARD):
                    machine.control("card_add", "5 CEX8C")
                    machine.rescan()
            self.assertEqual(machine.read(CARD + "/05.0004/config"), "1\n")


class Parts(unittest.TestCase):
    def test_read_elsewhere_makes_the_text_anew(self):
        with Held(mask=(APMASK, os.O_RDONLY)) as held:
            try:
                machine.write(APMASK, "0x" + "f" * 64)
                self.assertEqual(os.pread(held["mask"], 5, 30), b"fffff")
                machine.write(APMASK, "-127")
                self.assertEqual(os.pread(held["mask"], 5, 30), b"fffef")
            finally:
                machine.write(APMASK, "0x" + "f" * 64)
                machine.write(APMASK, "-5,-6")

    def test_what_was_not_read_yet_counts_as_changed(self):
        with Held(mask=(APMASK, os.O_RDWR)) as held:
            self.assertEqual(polled(held["mask"]), CHANGED)
            os.read(held["mask"], 100)
            self.assertEqual(polled(held["mask"]), REGULAR)

    def test_write_at_an_offset_leaves_the_size_alone(self):
        with Held(time=("/sys/bus/ap/config_time", os.O_WRONLY)) as held:
            self.assertEqual(os.pwrite(held["time"], b"60", 1 << 20), 2)
        self.assertEqual(machine.read("/sys/bus/ap/config_time"), "60\n")
        self.assertEqual(os.stat("/sys/bus/ap/config_time").st_size, 4096)
        machine.write("/sys/bus/ap/config_time", "30")
