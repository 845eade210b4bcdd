#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The control channel of the emulated mainframe, from outside and from inside.

vfio_ap/mainframe/qemu/DESIGN.rst has the protocol.  One mainframe runs for all of
it, until it finds the card that the last test puts in.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "vfio_ap", "tests", "apsim"))
import tap  # noqa: E402  (the path is set just above)

LAST_CARD = 0x3f
TIME_LIMIT = 600
INSIDE = f"""
until apctl state | grep -q '^card {LAST_CARD:02x} '; do sleep 1; done
apctl card_remove 9 2>&1; echo "status $?"
apctl card_add 9 CEX4A; echo "status $?"
apctl nonsense 2>&1; echo "status $?"
"""
OPTIONS = argparse.Namespace(run=None, debian="12")


class Client:
    """A connection to the socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIME_LIMIT)
        self.socket.connect(path)
        self.replies = self.socket.makefile("r", encoding="ascii")

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        return self.replies.readline().rstrip("\n")

    def ask(self, command):
        self.send(command.encode() + b"\n")
        return self.reply()

    def close(self):
        self.replies.close()
        self.socket.close()


class Mainframe:
    """One that runs, with its control channel."""

    def __init__(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "control")
        self.process = subprocess.Popen(
            [OPTIONS.run, "mainframe", "--debian", OPTIONS.debian, "--stock", "--no-daemon", "--driver", "none",
             "--timeout", str(TIME_LIMIT), "--control", self.path, "--", "bash", "-c", INSIDE],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        while not os.path.exists(self.path):
            if self.process.poll() is not None:
                raise AssertionError("the mainframe does not start")
            time.sleep(0.1)

    def close(self):
        self.process.kill()
        self.process.communicate()
        self.directory.cleanup()


class ControlTest(unittest.TestCase):
    mainframe = None

    @classmethod
    def setUpClass(cls):
        if not ControlTest.mainframe:
            ControlTest.mainframe = Mainframe()
            unittest.addModuleCleanup(ControlTest.mainframe.close)

    def setUp(self):
        self.client = self.connect()

    def connect(self):
        client = Client(self.mainframe.path)
        self.addCleanup(client.close)
        return client

    def refused(self, words, command):
        """@command gets an error with @words, and nothing has changed."""
        before = self.client.ask("state")
        reply = self.client.ask(command)
        self.assertTrue(reply.startswith("error: "), f"{command}: {reply}")
        self.assertIn(words, reply)
        self.assertEqual(self.client.ask("state"), before)

    def changed(self, part, command):
        """@command is carried out, and brings that part of the state about."""
        self.assertEqual(self.client.ask(command), "ok")
        self.assertIn(part, self.client.ask("state").removeprefix("ok ").split("; "))

    def vanished(self, part, command):
        self.assertEqual(self.client.ask(command), "ok")
        self.assertNotIn(part, self.client.ask("state").removeprefix("ok ").split("; "))


class Commands(ControlTest):
    def test_each_that_changes_something_can_be_taken_back(self):
        for part, command, back in (
                ("card 10 CEX8P", "card_add 0x10 CEX8P depth=16 max-message-size=4096", "card_remove 0x10"),
                ("domain 0011 usage", "domain_add 17 usage", "domain_remove 17"),
                ("domain 0012 control", "domain_add 0x12 control", "domain_remove 0x12 control"),
                ("domain 0013 usage control", "domain_add 0x13", "domain_remove 0x13"),
                ("card 05 CEX5C deconfigured", "deconfigure 5", "configure 5"),
                ("card 06 CEX5A checkstopped", "checkstop 6", "checkstop_clear 6"),
                ("reset-hangs 05.0004", "reset_hang 05.0004", "reset_clear 05.0004"),
                ("reset-fails 05.0004 0x01", "reset_fail 05.0004", "reset_clear 05.0004"),
                ("reset-fails 05.0004 0x07", "reset_fail 05.0004 7", "reset_clear 05.0004"),
                ("replies-held 06.0047", "reply_hold 06.0047", "reply_release 06.0047"),
                ("reset-busy 3", "reset_busy 3", "reset_busy 0"),
                ("inject ZAPQ 06.0004 0x02 3", "inject ZAPQ 06.0004 2 3", "inject_clear"),
                ("max-adapter 3f", "max_adapter 63", "max_adapter 255"),
                ("features APXA", "features APXA", "features APSC APXA")):
            with self.subTest(command=command):
                self.changed(part, command)
                self.vanished(part, back)

    def test_list_is_changed_as_a_whole_or_not_at_all(self):
        self.changed("card 22 CEX8C", "card_add 0x20-0x21,0x22 CEX8C")
        self.refused("card 0x22 is there already", "card_add 0x1f,0x22-0x23 CEX8C")
        self.refused("there is no card 0x23", "card_remove 0x20-0x23")
        self.vanished("card 22 CEX8C", "card_remove 0x20-0x22")

    def test_faults_name_what_is_wrong(self):
        for words, command in (
                ("there is no command 'nocard'", "nocard 5"), ("usage: card_remove CARDS", "card_remove"),
                ("usage: card_remove CARDS", "card_remove 5 6"), ("'256' is not a number", "card_remove 256"),
                ("'05' is not a number", "card_remove 05"), ("'6-5' has", "card_remove 6-5"),
                ("empty part", "card_remove 5,"), ("'0x' is not a number", "card_remove 0x"),
                ("'CEX9C' is no type", "card_add 9 CEX9C"), ("at least one request", "card_add 9 CEX8C depth=0"),
                ("'17' is not a number from 0 to 16", "card_add 9 CEX8C depth=17"),
                ("no multiple of 4096", "card_add 9 CEX8C max-message-size=5000"),
                ("no property 'mode=A'", "card_add 9 CEX8C mode=A"), ("'both' is no kind", "domain_add 4 both"),
                ("'5.4' is not the name of a queue", "reset_hang 5.4"), ("doesn't fail", "reset_fail 05.0004 0"),
                ("'QCI' is no function", "inject QCI * 1"), ("no instruction", "inject * * 1 0"),
                ("card 0x05 is there and above", "max_adapter 4"), ("domain 0x", "max_domain 4"),
                ("'APSB' is no feature", "features APSB")):
            with self.subTest(command=command):
                self.refused(words, command)

    def test_limits_of_the_machine_hold(self):
        self.assertEqual(self.client.ask("max_adapter 0x3f"), "ok")
        self.refused("card 0x40 is above the limit of this machine, 0x3f", "card_add 0x40 CEX8C")
        self.refused("above the limits of this machine, 3f.00ff", "reset_hang 40.0004")
        self.assertEqual(self.client.ask("max_adapter 255"), "ok")

    def test_help_lists_every_command(self):
        self.assertGreater(len(self.client.ask("help").split("; ")), 20)

    def test_log_has_what_happened(self):
        self.assertEqual(self.client.ask("domain_add 4"), "ok")
        self.assertIn("command domain_add 4", self.client.ask("log 100").removeprefix("ok ").split("; "))


class Protocol(ControlTest):
    def test_many_commands_at_once_get_their_replies_in_order(self):
        self.client.send(b"".join(b"echo %d\n" % number for number in range(5000)))
        for number in range(5000):
            self.assertEqual(self.client.reply(), f"ok {number}")

    def test_empty_lines_are_no_commands(self):
        self.client.send(b"\n  \n\t\r\necho x\r\n")
        self.assertEqual(self.client.reply(), "ok x")

    def test_line_may_come_in_pieces(self):
        for part in (b"ec", b"ho", b" ", b"pieces", b"\n"):
            self.client.send(part)
        self.assertEqual(self.client.reply(), "ok pieces")

    def test_what_is_no_text_is_refused_and_the_next_line_works(self):
        for line in (b"echo \0", b"echo \xff", b"\x1b[A", b"echo " + b"x" * 5000, b"x" * 100000):
            with self.subTest(line=line[:10]):
                self.client.send(line + b"\n")
                self.assertTrue(self.client.reply().startswith("error: a command "))
                self.assertEqual(self.client.ask("echo on"), "ok on")

    def test_longest_line_is_taken(self):
        word = "x" * (4096 - len("echo "))
        self.assertEqual(self.client.ask(f"echo {word}"), f"ok {word}")

    def test_half_a_line_is_forgotten_with_its_client(self):
        self.client.send(b"card_remove 5")
        self.client.close()
        self.assertEqual(self.connect().ask("echo new"), "ok new")

    def test_client_that_takes_no_replies_stops_nobody_else(self):
        self.client.socket.settimeout(1)
        with self.assertRaises(TimeoutError):
            while True:
                self.client.send(b"state\n" * 1000)
        self.client.close()
        self.assertEqual(self.connect().ask("echo on"), "ok on")

    def test_others_wait_their_turn(self):
        other = self.connect()
        other.send(b"echo other\n")
        self.assertEqual(self.client.ask("echo first"), "ok first")
        self.client.close()
        self.assertEqual(other.reply(), "ok other")


class Ways(ControlTest):
    """ctl outside and apctl inside; the last of the classes, as it ends the mainframe."""

    def setUp(self):
        pass

    def ctl(self, *words, **keywords):
        return subprocess.run([OPTIONS.run, "mainframe", "ctl", self.mainframe.path, *words], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIME_LIMIT, **keywords)

    def test_exit_status_says_whether_it_was_done(self):
        done = self.ctl("card_remove", "0x77")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "error: there is no card 0x77\n"))
        done = self.ctl("echo", "x")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "x\n", ""))
        self.assertEqual(self.ctl("echo", "x\ny").returncode, 2)
        self.assertIn("card 05 CEX5C\n", self.ctl("state").stdout)

    def test_commands_come_from_standard_input_too(self):
        done = self.ctl(input="# a remark\necho a\n\nnonsense\necho b\n")
        self.assertEqual((done.returncode, done.stdout), (1, "a\nb\n"))
        self.assertIn("there is no command 'nonsense'", done.stderr)

    def test_socket_that_is_there_is_not_taken_away(self):
        done = subprocess.run([OPTIONS.run, "mainframe", "--control", self.mainframe.path, "--", "true"], text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIME_LIMIT)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is there already", done.stderr)

    def test_the_last_one_inside_sees_what_outside_does(self):
        self.assertEqual(self.ctl("card_add", hex(LAST_CARD), "CEX8C").returncode, 0)
        output, _ = self.mainframe.process.communicate(timeout=TIME_LIMIT)
        self.assertEqual(output.splitlines(), [
            "error: there is no card 0x09", "status 1", "status 0",
            "error: there is no command 'nonsense', try help", "status 1"])
        self.assertEqual(self.mainframe.process.returncode, 0)
        self.assertFalse(os.path.exists(self.mainframe.path))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", required=True)
    parser.add_argument("--debian", default="12")
    parser.parse_args(namespace=OPTIONS)
    sys.argv[1:] = []
    return tap.main("__main__")


if __name__ == "__main__":
    sys.exit(main())
