# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents tell the truth: each session in them is replayed.

A session is what is marked `.. code-block:: console`.  Lines that begin with
"# " are commands, given to one shell for the whole document, in the top folder
of the repository; what follows is their output, where a line "..." stands for
any lines.
"""

import glob
import os
import re
import subprocess
import textwrap
import unittest

import libvirt

import machine

MARK = "end of the output of"
# What virsh has had since 10.1: a whole command, or an option of one.
NEWER = {("nodedev-update", None), ("nodedev-dumpxml", "--inactive")}
NEWER_SINCE = 10001000


def documents():
    """The one that takes the machine apart comes last."""
    paths = glob.glob("**/*.rst", root_dir=machine.TOP, recursive=True)
    if not machine.is_simulated():
        paths.remove("vfio_ap/README.rst")      # it shows what only apsim can do
    return sorted(paths, key=lambda path: (path.startswith("vfio_ap/"), path))


def is_too_new(command, option):
    """Whether the virsh that is here cannot know it."""
    return (command, option) in NEWER and libvirt.getVersion() < NEWER_SINCE


def sessions(text):
    """[[command, expected output], ...] of the console blocks in @text."""
    steps = []
    for block in re.findall(r"^\.\. code-block:: console\n\n((?: +.*\n|\n)+)", text, re.M):
        for line in textwrap.dedent(block).rstrip().splitlines():
            if line.startswith("# "):
                steps.append([line[2:], ""])
            elif not steps:
                raise ValueError(f"output without a command: {line}")
            else:
                steps[-1][1] += line + "\n"
    return steps


def pattern(expected):
    """What the output has to match as a whole."""
    lines = [r"(?:.*\n)*" if line == "..." else re.escape(line.rstrip()) + "\n"
             for line in expected.rstrip().splitlines()]
    return re.compile("".join(lines))


class Shell:
    """One shell that is given commands, one at a time."""

    def __init__(self):
        environment = {**os.environ, "LC_ALL": "C", "LANGUAGE": ""}
        self.process = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, cwd=machine.TOP, env=environment)
        self.number = 0

    def run(self, command):
        """The output of @command, without empty lines at its end."""
        self.number += 1
        self.process.stdin.write(f"{command}\necho '{MARK}' {self.number}\n")
        self.process.stdin.flush()
        output = ""
        for line in self.process.stdout:
            if line.endswith(f"{MARK} {self.number}\n"):
                break
            # A shell with a terminal would not count lines.
            output += re.sub(r"^bash: line \d+: ", "bash: ", line.rstrip()) + "\n"
        return output.rstrip("\n") + "\n" if output.strip() else ""

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Documents(unittest.TestCase):
    maxDiff = None

    def test_sessions_are_as_written(self):
        replayed = 0
        for name in documents():
            with open(os.path.join(machine.TOP, name), encoding="utf-8") as stream:
                steps = sessions(stream.read())
            shell = Shell()
            self.addCleanup(shell.close)
            for command, expected in steps:
                with self.subTest(document=name, command=command):
                    output = shell.run(command)
                    replayed += 1
                    if not pattern(expected).fullmatch(output):
                        self.assertEqual(output, expected)
            shell.run("wait")
            self.assertEqual(machine.kernel_matrices(), [], f"{name} leaves a matrix behind")
        self.assertGreater(replayed, 10)

    def test_five_minutes_are_replayed(self):
        with open(os.path.join(machine.TOP, "README.rst"), encoding="utf-8") as stream:
            text = stream.read()
        commands = [command for command, _expected in sessions(text)]
        for words in ("nodedev-list", "nodedev-dumpxml", "nodedev-create", "nodedev-destroy"):
            self.assertTrue(any(words in command for command in commands), words)

    def test_examples_named_in_documents_exist(self):
        for name in documents():
            with open(os.path.join(machine.TOP, name), encoding="utf-8") as stream:
                for path in re.findall(r"\b(?:xml|schemas|docs|po|packaging)/[\w./*-]*\w", stream.read()):
                    with self.subTest(document=name, path=path):
                        places = [machine.TOP, os.path.join(machine.TOP, os.path.dirname(name))]
                        self.assertTrue(any(glob.glob(os.path.join(place, path)) for place in places))

    def test_options_named_in_documents_exist(self):
        """Of virsh, in the running text: the sessions show theirs."""
        seen = 0
        for name in documents():
            with open(os.path.join(machine.TOP, name), encoding="utf-8") as stream:
                literals = re.findall(r"``virsh\s+([a-z-]+)([^`]*)``", stream.read())
            for command, rest in literals:
                if is_too_new(command, None):
                    continue
                known = machine.virsh("help", command)
                for option in re.findall(r"--[a-z-]+", rest):
                    if is_too_new(command, option):
                        continue
                    with self.subTest(document=name, command=command, option=option):
                        self.assertRegex(known, rf"{option}\b")
                        seen += 1
        self.assertGreater(seen, 0)
