# SPDX-License-Identifier: LGPL-2.1-or-later
"""What replay.c wrote down, and what of it can differ by nature."""

import re

# What is not compared, and why.  Values of files by their path, then their replacement.
NORMAL_VALUES = (
    # The kernel sends requests of its own to real cards: it wants random numbers of them.
    (re.compile(r".*/(card|)[0-9a-f.]+/request_count"), re.compile(r"\d+"), "N"),
    # Device numbers are given out as they come.
    (re.compile(r".*/vfio/\d+/(dev|uevent)"), re.compile(r"\d+(?=:)|(?<=MAJOR=)\d+"), "N"),
)
# Properties of uevents: numbers of the whole system, and again device numbers.
NORMAL_PROPERTIES = re.compile(r"(SEQNUM|MAJOR)=.*")



# Linux 6.1 tells after each device that it has bound whether all are; in the order in
# which the devices came to be, which apsim does not keep, and so not as often.
NOT_COMPARED = {"6.1": "BINDINGS=complete"}


def normal_value(path, value):
    for paths, part, replacement in NORMAL_VALUES:
        if paths.fullmatch(path):
            head, _, content = value.partition(" ")[2].partition(" ")
            return f"f {head} {part.sub(replacement, content)}"
    return value


class Step:
    """One operation and what came of it."""

    def __init__(self, operation):
        self.operation = operation
        self.result = None
        self.changes = []
        self.uevents = {}
        self.instructions = []

    def looked(self):
        return self.operation[0].isupper()

    def add_uevent(self, properties):
        path = next(item for item in properties if item.startswith("DEVPATH="))
        kept = [item for item in properties if not NORMAL_PROPERTIES.fullmatch(item)]
        self.uevents.setdefault(path[len("DEVPATH="):], []).append(" ".join(kept))


class Record:
    """The steps of one replay."""

    def __init__(self, text, kernel=None):
        self.steps = []
        self.left_out = NOT_COMPARED.get(kernel)
        self.first = {}
        for line in text.splitlines():
            self.read_line(line)

    def since_first(self, name, text):
        """A counter as the difference to its first value."""
        number = int(text)
        return str(number - self.first.setdefault(name, number))

    def relative(self, path, value):
        if path == "/sys/bus/ap/scans":
            kind, mode, number = value.split(" ")
            return f"{kind} {mode} {self.since_first('scans', number[:-2])}\\n"
        return normal_value(path, value)

    def read_line(self, line):
        kind, rest = line[:1], line[2:]
        if kind == "@":
            self.steps.append(Step(rest))
            return
        if not self.steps or kind not in "=+~-UI":
            raise ValueError(f"this is no record: '{line}'")
        step = self.steps[-1]
        if kind == "=":
            step.result = rest
        elif kind == "U":
            self.read_uevent(step, rest.split("\t"))
        elif kind == "I":
            step.instructions.append(rest)
        elif kind == "-":
            step.changes.append((rest, None))
        else:
            path, _, value = rest.partition(" ")
            step.changes.append((path, self.relative(path, value)))

    def read_uevent(self, step, properties):
        if self.left_out not in properties:
            step.add_uevent([self.relative_property(item) for item in properties])

    def relative_property(self, item):
        name, _, value = item.partition("=")
        return f"{name}={self.since_first(name, value)}" if name == "COMPLETECOUNT" else item
