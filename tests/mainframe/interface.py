#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`./run mainframe` as those see it who start it: input, output, status, and how it ends.

Prints TAP.  Boots a mainframe for each test; nothing of ours is in it.
"""

import argparse
import glob
import hashlib
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(TOP, "vfio_ap", "tests", "apsim"))
import tap  # noqa: E402  (the path is set just above)

TIME_LIMIT = 600
SMALL = ("--stock", "--no-daemon")


class Options:
    """What the command line says."""
    run = os.path.join(TOP, "run")
    debian = "12"


def command_line(*arguments):
    return [Options.run, "mainframe", "--debian", Options.debian, *SMALL, *arguments]


def descendants(pid):
    """All processes below @pid."""
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path, encoding="ascii") as stream:
            for child in stream.read().split():
                found += [int(child), *descendants(child)]
    return found


def is_there(pid):
    """Whether it runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Command(unittest.TestCase):
    """One command, with what comes in and goes out."""

    def run_it(self, *arguments, **streams):
        streams = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, **streams}
        return subprocess.run(command_line(*arguments), stdout=subprocess.PIPE, timeout=TIME_LIMIT, check=False,
                              **streams)

    def test_input_output_and_status_are_those_of_the_command(self):
        script = "cat; echo again >/dev/stdout; echo wrong >/dev/stderr; (sleep 1000 &); exit 7"
        done = self.run_it("--", "bash", "-c", script, stdin=None, input=b"one\ntwo\n")
        self.assertEqual(done.returncode, 7, done.stderr)
        self.assertEqual(done.stdout, b"one\ntwo\nagain\n")
        self.assertEqual(done.stderr.splitlines()[0], b"wrong")
        kept = re.search(rb"logs are in (\S+)", done.stderr)[1].decode()
        self.assertLessEqual({"ap.log", "console"}, set(os.listdir(kept)))
        self.assertLessEqual(len(os.listdir(os.path.dirname(kept))), 10)
        shutil.rmtree(kept)

    def test_much_goes_in_and_out(self):
        data = os.urandom(1 << 20)
        done = self.run_it("--", "bash", "-c", "tee >(sha256sum >&2)", stdin=None, input=data)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(hashlib.sha256(done.stdout).hexdigest(), hashlib.sha256(data).hexdigest())
        self.assertIn(hashlib.sha256(data).hexdigest().encode(), done.stderr)

    def test_input_can_be_a_file_or_without_an_end(self):
        with tempfile.TemporaryFile() as stream:
            stream.write(b"skipped\nread\n")
            stream.seek(len("skipped\n"))
            self.assertEqual(self.run_it("--", "cat", stdin=stream).stdout, b"read\n")
        reader, writer = os.pipe()
        with open(reader, "rb") as endless, open(writer, "wb"):
            self.assertEqual(self.run_it("--", "echo", "done", stdin=endless).stdout, b"done\n")

    def test_without_a_command_the_input_is_one(self):
        done = self.run_it(stdin=None, input=b"echo $((6 * 7))\nexit 4\n")
        self.assertEqual((done.returncode, done.stdout), (4, b"42\n"), done.stderr)
        shutil.rmtree(re.search(rb"logs are in (\S+)", done.stderr)[1].decode())

    def test_deadline_ends_it(self):
        start = time.monotonic()
        done = self.run_it("--timeout", "3", "--", "sleep", "1000")
        self.assertEqual(done.returncode, 124, done.stderr)
        self.assertIn(b"not done within 3 seconds", done.stderr)
        self.assertLess(time.monotonic() - start, 60)
        shutil.rmtree(re.search(rb"logs are in (\S+)", done.stderr)[1].decode())

    def test_several_run_at_the_same_time(self):
        runs = [subprocess.Popen(command_line("--", "bash", "-c", f"echo {number} >/root/file; cat /root/file"),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                for number in range(3)]
        outputs = [process.communicate(timeout=TIME_LIMIT)[0] for process in runs]
        self.assertEqual(outputs, [b"0\n", b"1\n", b"2\n"])

    def test_wishes_that_cannot_be_met_are_refused_at_once(self):
        for words, arguments in ((b"no Debian '11'", ("--debian", "11")), (b"no driver 'mine'", ("--driver", "mine")),
                                 (b"no kernel 'mine'", ("--kernel", "mine")),
                                 (b"'debug' is one of --debian 13", ("--debian", "12", "--kernel", "debug")),
                                 (b"nosuch", ("--profile", "nosuch", "--", "true")),
                                 (b"/nosuch is not a directory", ("--overlay", "/nosuch", "--", "true")),
                                 (b"no patches for QEMU '8.0'", ("--qemu", "8.0")),
                                 (b"after --", ("true",)), (b"not a number", ("--timeout", "1m"))):
            with self.subTest(arguments=arguments):
                done = self.run_it(*arguments)
                self.assertIn(done.returncode, (2, 125))
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stdout, b"")


class Ended(unittest.TestCase):
    """From outside, at any moment."""

    def started(self):
        """One that runs a command, and all its processes."""
        # pylint: disable-next=consider-using-with
        process = subprocess.Popen(command_line("--", "bash", "-c", "echo started; sleep 1000"),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b"started\n")
        below = descendants(process.pid)
        self.assertTrue(below)
        return process, below

    def assert_all_end(self, below):
        deadline = time.monotonic() + 30
        while any(map(is_there, below)):
            self.assertLess(time.monotonic(), deadline, [pid for pid in below if is_there(pid)])
            time.sleep(0.05)

    def directory_of(self, below):
        """Where the run with these processes has its files."""
        for pid in below:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                found = re.search(rb"path=([^,]*/runs/[^/,]*)/console", stream.read())
            if found:
                return found[1].decode()
        return self.fail("no emulator runs")

    def test_signal_ends_all_of_it(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process, below = self.started()
                directory = self.directory_of(below)
                process.send_signal(number)
                self.assertEqual(process.wait(60), -number)
                self.assert_all_end(below)
                self.assertFalse(os.path.exists(directory))

    def test_killed_its_processes_end_and_its_files_go_with_the_next(self):
        process, below = self.started()
        directory = self.directory_of(below)
        process.kill()
        self.assertEqual(process.wait(60), -signal.SIGKILL)
        self.assert_all_end(below)
        process, below = self.started()
        self.assertFalse(os.path.exists(directory))
        self.assertTrue(os.path.exists(self.directory_of(below)))


class Terminal(unittest.TestCase):
    """The shell, as a person has it."""

    def setUp(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execv(Options.run, command_line())
        self.seen = ""
        self.addCleanup(os.close, self.terminal)

    def expect(self, words):
        """Wait until @words have come; what comes later is for the next."""
        deadline = time.monotonic() + TIME_LIMIT
        while words not in self.seen:
            self.assertTrue(select.select([self.terminal], [], [], deadline - time.monotonic())[0], self.seen)
            self.seen += os.read(self.terminal, 4096).decode(errors="replace")
        self.seen = self.seen.split(words, 1)[1]

    def say(self, text):
        os.write(self.terminal, text.encode())

    def end(self):
        """The exit status."""
        try:
            while os.read(self.terminal, 4096):
                pass
        except OSError:  # as a terminal ends
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def test_shell_has_its_terminal_and_its_status_comes_out(self):
        self.expect("mainframe# ")
        self.say("echo $((6 * 7)) $(tty)\r")
        self.expect("42 /dev/hvc0")
        self.say("sleep 1000; echo interrupted=$?\r")
        self.expect("mainframe# ")
        self.say("\x03")
        self.expect("mainframe# ")
        self.say("exit 3\r")
        self.assertEqual(self.end(), 3)

    def test_it_can_be_ended_from_outside(self):
        self.expect("mainframe# ")
        self.say("exec sleep 1000\r")
        self.expect("sleep 1000")
        self.say("\x1dx")
        self.assertEqual(self.end(), 125)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default=Options.run)
    parser.add_argument("--debian", default=Options.debian, help="the release on the mainframe")
    parser.add_argument("test", nargs="?", help="such as Command.test_deadline_ends_it; default all")
    options = parser.parse_args()
    Options.run, Options.debian = options.run, options.debian
    # What a shell starts in the background ignores it, and so would all below.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return tap.main("__main__" + (f".{options.test}" if options.test else ""))


if __name__ == "__main__":
    sys.exit(main())
