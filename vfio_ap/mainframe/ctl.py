#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Change the cards of an emulated mainframe that runs, and ask about them.

PATH is the socket of --control. COMMAND is one of those that `help` lists;
README.rst describes them. Without COMMAND each line of standard input is one.
What the machine says comes out, one thing in a line.

Exit status: 0 done; 1 a command was refused, its reason is on standard error,
and nothing has been changed by it; 2 wrong usage; 3 no mainframe answers there.

usage: ./run mainframe ctl PATH [COMMAND [ARGUMENT ...]]
"""

import socket
import sys

TIME_LIMIT = 30


class NoAnswer(Exception):
    """There is no emulated mainframe at the other end."""


class Mainframe:
    """The connection to the socket of a mainframe."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIME_LIMIT)
        try:
            self.socket.connect(path)
        except OSError as error:
            raise NoAnswer(f"no mainframe answers at {path}: {error.strerror or error}") from error
        self.replies = self.socket.makefile("r", encoding="ascii")

    def ask(self, command):
        """Whether @command was carried out, and what was said of it."""
        try:
            self.socket.sendall(command.encode() + b"\n")
            reply = self.replies.readline()
        except OSError as error:
            raise NoAnswer(f"the mainframe does not answer: {error}") from error
        if not reply.endswith("\n"):
            raise NoAnswer("the mainframe ended before it answered")
        word, _, value = reply.rstrip("\n").partition(" ")
        return word == "ok", value


def carry_out(mainframe, command):
    """One command; whether it was a success."""
    good, value = mainframe.ask(command)
    if not good:
        print(f"error: {value}", file=sys.stderr)
    elif value:
        print(value.replace("; ", "\n"))
    return good


def is_command(line):
    return bool(line.strip()) and not line.lstrip().startswith("#")


def main():
    arguments = sys.argv[1:]
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    path, words = arguments[0], arguments[1:]
    commands = [" ".join(words)] if words else (line.rstrip("\n") for line in sys.stdin)
    if words and (not is_command(commands[0]) or "\n" in commands[0]):
        print("a command is one line, and is not empty", file=sys.stderr)
        return 2
    try:
        mainframe = Mainframe(path)
        good = [carry_out(mainframe, command) for command in commands if is_command(command)]
    except NoAnswer as fault:
        print(fault, file=sys.stderr)
        return 3
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
