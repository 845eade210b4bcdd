# SPDX-License-Identifier: GPL-2.0
"""The tree and its contents are those of a real AP bus."""

import os
import re
import stat
import unittest

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
UUID = "22222222-2222-3333-4444-555555555555"
PLACES = ("/sys/bus/ap", "/sys/bus/matrix", "/sys/bus/mdev", "/sys/class/mdev_bus",
          "/sys/class/vfio", "/sys/class/vfio-dev", "/sys/devices/ap", "/sys/devices/vfio_ap",
          "/sys/kernel/iommu_groups")
# Files that Linux has got since the recording.
NEWER = re.compile(r"/sys/bus/ap/features|/sys/devices/vfio_ap/matrix/features|"
                   r".*/[0-9a-f]{2}\.[0-9a-f]{4}/ap_functions|.*/ap_config")


def recorded(name):
    with open(os.path.join(HERE, "data", name), encoding="utf-8") as stream:
        return [line.rstrip("\n") for line in stream if not line.startswith("#")]


def describe(path):
    status = os.lstat(path)
    text = f"{stat.filemode(status.st_mode)} {status.st_nlink} {path}"
    return text + (f" -> {os.readlink(path)}" if stat.S_ISLNK(status.st_mode) else "")


def paths():
    for place in PLACES:
        yield place
        for parent, directories, files in os.walk(place):
            for name in directories + files:
                yield os.path.join(parent, name)


def tree():
    return sorted({describe(path) for path in paths() if not NEWER.fullmatch(path)},
                  key=lambda line: line.split(" ")[2])


class Tree(unittest.TestCase):
    maxDiff = None

    def test_initial_tree_is_the_recorded_one(self):
        self.assertEqual(tree(), recorded("tree-host.txt"))

    def test_tree_with_an_mdev_and_free_queues_is_the_recorded_one(self):
        machine.write("/sys/bus/ap/apmask", "0x00")
        try:
            with machine.Mdev(UUID):
                self.assertEqual(tree(), recorded("tree-guest.txt"))
        finally:
            machine.write("/sys/bus/ap/apmask", "+0-255")

    def test_files_look_like_those_of_sysfs(self):
        status = os.stat("/sys/bus/ap/apmask")
        self.assertEqual((status.st_size, status.st_blocks, status.st_uid), (4096, 0, 0))

    def test_every_link_leads_somewhere(self):
        with machine.Mdev(UUID):
            for path in paths():
                self.assertTrue(os.path.exists(path), path)

    def test_all_names_that_are_listed_are_found_and_differ(self):
        for parent, directories, files in os.walk("/sys/devices/ap"):
            names = directories + files
            self.assertEqual(len(names), len(set(names)), parent)


class Contents(unittest.TestCase):
    def test_files_hold_what_was_recorded(self):
        path, wanted = None, {}
        for line in recorded("contents.txt"):
            if line.startswith("|"):
                wanted[path].append(line[1:])
            else:
                path = line
                wanted[path] = []
        for path, lines in wanted.items():
            with self.subTest(path):
                self.assertEqual(machine.read(path).rstrip("\n").split("\n") if lines
                                 else machine.read(path), lines or "")


class Forbidden(unittest.TestCase):
    def test_what_sysfs_forbids_is_forbidden(self):
        with machine.Mdev() as mdev:
            matrix = mdev.path + "/matrix"
            for wanted, function, *arguments in (
                    ("EPERM", os.mkdir, mdev.path + "/x"),
                    ("EPERM", os.unlink, matrix),
                    ("EPERM", os.rename, matrix, mdev.path + "/y"),
                    ("EPERM", os.symlink, matrix, mdev.path + "/y"),
                    ("EPERM", os.link, matrix, mdev.path + "/y"),
                    ("EPERM", os.rmdir, mdev.path + "/vfio-dev"),
                    ("EACCES", os.open, mdev.path + "/new", os.O_WRONLY | os.O_CREAT),
                    ("EACCES", os.mknod, mdev.path + "/new"),
                    ("EPERM", os.mkfifo, mdev.path + "/new"),
                    ("EINVAL", os.open, matrix, os.O_RDONLY | os.O_DIRECT),
                    ("EFBIG", os.truncate, matrix, 1 << 40),
                    ("EACCES", os.open, matrix, os.O_WRONLY),
                    ("EACCES", os.open, mdev.path + "/remove", os.O_RDONLY),
                    ("EISDIR", os.open, mdev.path, os.O_WRONLY),
                    ("ENOENT", os.open, mdev.path + "/none", os.O_RDONLY)):
                with self.subTest(function=function.__name__, arguments=arguments):
                    self.assertEqual(machine.outcome(function, *arguments), wanted)

    def test_mode_owner_time_and_size_may_be_changed(self):
        with machine.Mdev() as mdev:
            path = mdev.path + "/matrix"
            os.chmod(path, 0o600)
            os.chown(path, 1, 2)
            os.utime(path, (1, 3))
            os.truncate(path, 0)
            status = os.stat(path)
            self.assertEqual((status.st_mode, status.st_uid, status.st_gid, status.st_mtime,
                              status.st_size), (stat.S_IFREG | 0o600, 1, 2, 3, 4096))


    def test_changed_mode_does_not_make_a_file_readable_or_writable(self):
        with machine.Mdev() as mdev:
            for name in ("matrix", "assign_adapter"):
                os.chmod(f"{mdev.path}/{name}", 0o666)
            self.assertEqual(machine.outcome(mdev.write, "matrix", "5"), "EIO")
            self.assertEqual(machine.outcome(mdev.read, "assign_adapter"), "EIO")

    def test_autoprobe_keeps_what_is_written(self):
        for bus in ("ap", "matrix"):
            path = f"/sys/bus/{bus}/drivers_autoprobe"
            for text, wanted in (("0", "0\n"), ("", "0\n"), ("1", "1\n"), ("00", "0\n"), ("x", "1\n")):
                machine.write(path, text)
                self.assertEqual(machine.read(path), wanted, (path, text))


class Reads(unittest.TestCase):
    def test_parts_are_those_of_one_text_until_read_again_from_the_beginning(self):
        descriptor = os.open("/sys/bus/ap/apmask", os.O_RDONLY)
        try:
            first = os.read(descriptor, 10)
            machine.write("/sys/bus/ap/apmask", "-0")
            rest = os.read(descriptor, 4096)
            self.assertEqual(first + rest, b"0x" + b"f" * 64 + b"\n")
            self.assertEqual(os.read(descriptor, 1), b"")
            os.lseek(descriptor, 0, os.SEEK_SET)
            self.assertEqual(os.read(descriptor, 4096), b"0x7" + b"f" * 63 + b"\n")
        finally:
            os.close(descriptor)
            machine.write("/sys/bus/ap/apmask", "+0")

    def test_a_write_takes_a_page_at_most(self):
        self.assertEqual(machine.write("/sys/bus/ap/scans", b"1" * 5000), 4096)
