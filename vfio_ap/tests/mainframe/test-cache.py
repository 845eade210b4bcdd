#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The cache of the emulated mainframe, with parts that are quick to make.

build.sh as it is, and a parts.sh of this test: a part is two files, which are made
one after the other.  A part that has one of them only was half made.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

VFIO_AP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(VFIO_AP, "tests", "apsim"))
import tap  # noqa: E402  (the path is set just above)

KINDS = ("qemu", "kernel", "reference", "image", "sysroot", "ap-check")
PARTS = r"""
SUITE=none TOOLS_SUITE=none KERNEL=1 QEMU_SERIES=7.2 QEMU_OPTIONS=(@OPTION@) IMAGE_PACKAGES=() SYSROOT_PACKAGES=()
STORE=$CACHE/$RELEASE
apt_ready() { mkdir -p "$STORE"/{debs,sources,apt/cache/archives}; }
make_all() { echo "$$ $1" >>"$CACHE/makers"; : >"$1/first"; sleep @SECONDS@ & wait; : >"$1/second"; }
make_qemu() { make_all "$1"; }
make_kernel() { make_all "$1"; kernel_source; prepare_headers; prepare_kbuild; }
make_reference() { make_all "$1"; }
make_image() { make_all "$1"; @IMAGE@; }
make_sysroot() { make_all "$1"; }
make_ap_check() { make_all "$1"; }
kernel_source() { :; }
prepare_headers() { :; }
prepare_kbuild() { :; }
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  "$@"
fi
"""


class Cache(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.top = os.path.join(directory.name, "tree")
        self.cache = os.path.join(directory.name, "cache")
        for name in ("mainframe", "profiles"):
            shutil.copytree(os.path.join(VFIO_AP, name), os.path.join(self.top, "vfio_ap", name))
        self.set_parts()

    def set_parts(self, seconds=0, option="a", image=":"):
        """What this test has in place of parts.sh."""
        text = PARTS.replace("@SECONDS@", str(seconds)).replace("@OPTION@", option).replace("@IMAGE@", image)
        with open(os.path.join(self.top, "vfio_ap", "mainframe", "parts.sh"), "w", encoding="utf-8") as stream:
            stream.write(text)

    def start(self, *arguments):
        program = os.path.join(self.top, "vfio_ap", "mainframe", "mainframe")
        return subprocess.Popen([program, "--builds", self.top, "--cache", self.cache, *arguments],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run_it(self, *arguments):
        """Exit status and output."""
        with self.start(*arguments) as process:
            output = process.communicate(timeout=60)[0]
        return process.returncode, output

    def make(self):
        status, output = self.run_it("--only-build")
        self.assertEqual(status, 0, output)
        return output

    def parts(self, kind=""):
        """Names of the parts that are there."""
        directory = os.path.join(self.cache, "12")
        names = os.listdir(directory) if os.path.isdir(directory) else []
        return sorted(name for name in names
                      if name.startswith(kind) and name.rpartition("-")[0] in KINDS)

    def makers(self):
        """Of each process that made a part, its number among its like and its directory."""
        with open(os.path.join(self.cache, "makers"), encoding="utf-8") as stream:
            return [line.split(maxsplit=1) for line in stream.read().splitlines()]

    def assert_all_whole(self):
        parts = self.parts()
        self.assertEqual(len(parts), len(KINDS), parts)
        for name in parts:
            self.assertEqual(sorted(os.listdir(os.path.join(self.cache, "12", name))), ["first", "second"], name)

    def working(self):
        """Whether a process works below this cache."""
        found = []
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    with open(f"/proc/{pid}/cmdline", "rb") as stream:
                        line = stream.read()
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if self.cache.encode() in line:
                    found.append(line.replace(b"\0", b" "))
        return found

    def wait_until_nobody_works(self):
        deadline = time.monotonic() + 20
        while self.working():
            self.assertLess(time.monotonic(), deadline, self.working())
            time.sleep(0.02)

    def test_all_is_made_once(self):
        self.assertEqual(self.run_it("--is-built")[0], 1)
        self.assertEqual(self.make().count("making"), len(KINDS))
        self.assert_all_whole()
        self.assertEqual(self.run_it("--is-built"), (0, ""))
        self.assertEqual(self.make(), "")

    def test_what_has_other_inputs_is_made_anew(self):
        self.make()
        before = self.parts()
        self.set_parts(option="b")
        self.assertEqual(self.run_it("--is-built")[0], 1)
        self.assertEqual(self.make().count("making"), 1)
        added = set(self.parts()) - set(before)
        self.assertEqual([name.split("-")[0] for name in added], ["qemu"])

    def test_three_of_each_kind_stay(self):
        for option in "abcde":
            self.set_parts(option=option)
            self.make()
            self.assertLessEqual(len(self.parts("qemu")), 3)
        self.set_parts(option="e")
        self.assertEqual(self.make(), "")
        self.assertEqual(len(self.parts("kernel")), 1)

    def test_a_part_that_cannot_be_made_is_told_and_not_there(self):
        self.set_parts(image='echo "no such luck" >&2; return 1')
        status, output = self.run_it("--only-build")
        self.assertEqual(status, 125)
        self.assertIn("no such luck", output)
        self.assertIn("image cannot be made", output)
        self.assertEqual(self.parts("image"), [])
        self.set_parts()
        self.make()
        self.assert_all_whole()

    def test_killed_while_it_makes_something_nothing_half_stays(self):
        self.set_parts(seconds=0.1)
        for number in range(12):
            with self.start("--only-build") as process:
                time.sleep(0.05 + 0.09 * number)
                process.kill()
            # The next one neither waits for what that has started nor trusts what it has left.
            self.wait_until_nobody_works()
        self.make()
        self.assert_all_whole()

    def test_ended_by_a_signal_it_ends_what_it_has_started(self):
        self.set_parts(seconds=30)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number), self.start("--only-build") as process:
                for line in process.stdout:
                    if "making" in line:
                        break
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=20), -number)
                self.wait_until_nobody_works()

    def test_two_at_a_time_make_each_part_once(self):
        self.set_parts(seconds=0.1)
        runs = [self.start("--only-build") for _ in range(4)]
        for process in runs:
            with process:
                output = process.communicate(timeout=60)[0]
                self.assertEqual(process.returncode, 0, output)
        self.assert_all_whole()
        self.assertEqual(len(self.makers()), len(KINDS), self.makers())

    def test_no_space_is_told_before_anything_is_made(self):
        tools = os.path.join(self.top, "bin")
        os.mkdir(tools)
        with open(os.path.join(tools, "df"), "w", encoding="utf-8") as stream:
            stream.write("#!/bin/sh\necho Avail; echo 7\n")
        os.chmod(stream.name, 0o755)
        path = os.environ["PATH"]
        os.environ["PATH"] = f"{tools}:{path}"
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        status, output = self.run_it("--only-build")
        self.assertEqual(status, 125)
        self.assertRegex(output, r"has only 7 MB free, and \d+ MB are needed")
        self.assertEqual(self.parts(), [])

    def test_arguments_that_make_no_sense_are_refused(self):
        for words, arguments in (("no driver 'mine'", ["--driver", "mine"]), ("needs a value", ["--profile"]),
                                 ("not a number", ["--timeout", "1m"]), ("nosuch", ["--profile", "nosuch"]), ("after --", ["true"])):
            with self.subTest(arguments=arguments):
                status, output = self.run_it(*arguments)
                self.assertIn(status, (2, 125))
                self.assertIn(words, output)
                self.assertEqual(self.parts(), [])


if __name__ == "__main__":
    sys.exit(tap.main("__main__"))
