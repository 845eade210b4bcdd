# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two records of the same script side by side: where they part."""

import configparser
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
# What may differ from a kernel with its own driver, by what it is compared with.
LISTED = {"apsim": "differences.conf", "ours": "differences-driver.conf"}


class Listed:
    """A difference that is there for a reason."""

    def __init__(self, name, section):
        self.name = name
        self.reason = section["reason"]
        self.kernel = section.get("kernel")
        self.item = re.compile(section["item"])
        self.witness = [line for line in section["witness"].splitlines() if line]


def listed(kernel, other="apsim"):
    """The differences between that kernel and @other which have a reason."""
    file = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    with open(os.path.join(HERE, LISTED[other]), encoding="utf-8") as stream:
        file.read_file(stream)
    all_of_them = [Listed(name, file[name]) for name in file.sections()]
    return [one for one in all_of_them if one.kernel in (None, kernel)]


class Item:
    """Something that is one way on the kernel and another way on what it is compared with."""

    names = ("kernel", "apsim")

    def __init__(self, operation, what, real, simulated):
        self.operation = operation
        self.what = what
        self.real = real
        self.simulated = simulated

    def __str__(self):
        return (f"{self.what}\n      {self.names[0] + ':':10} {self.real}\n"
                f"      {self.names[1] + ':':10} {self.simulated}")

    def text(self):
        """What the patterns of listed differences are matched with."""
        return f"{self.operation}: {self.what} | {self.real} | {self.simulated}"


class Parting:
    """Where a sequence parts."""

    def __init__(self, sequence, operations, items):
        self.sequence = sequence
        self.operations = operations
        self.items = items


class Comparison:
    """Walks through both records; partings has the first one of each sequence."""

    def __init__(self, real, simulated, known=()):
        self.known = known
        self.seen = set()
        self.trees = ({}, {})
        self.partings = []
        self.steps = 0
        self.sequence = None
        self.sequences = []
        self.operations = []
        self.parted = False
        self.pending = ({}, {})
        # A simulated machine executes none.
        self.has_instructions = all(any(step.instructions for step in one.steps) for one in (real, simulated))
        if len(real.steps) != len(simulated.steps):
            raise ValueError(f"one record has {len(real.steps)} steps, the other {len(simulated.steps)}")
        for one, other in zip(real.steps, simulated.steps):
            self.step(one, other)

    def step(self, real, simulated):
        if real.operation != simulated.operation:
            raise ValueError(f"'{real.operation}' in one record is '{simulated.operation}' in the other")
        if real.operation.startswith("B "):
            self.sequence = real.operation[2:]
            self.sequences.append(self.sequence)
            self.operations = []
            self.parted = False
        self.operations.append(real.operation)
        changed = self.apply(real, 0) | self.apply(simulated, 1)
        if not real.looked():
            return
        self.steps += 1
        items = [item for item in self.items(real, simulated, changed) if not self.is_known(item)]
        self.pending = ({}, {})
        if items and not self.parted:
            self.parted = True
            self.partings.append(Parting(self.sequence, list(self.operations), items))

    def apply(self, step, side):
        """Brings the tree of that side up to date; which paths changed."""
        for path, value in step.changes:
            if value is None:
                self.trees[side].pop(path, None)
            else:
                self.trees[side][path] = value
        for path, events in step.uevents.items():
            self.pending[side].setdefault(path, []).extend(events)
        return {path for path, _value in step.changes}

    def items(self, real, simulated, changed):
        """What is different after this step."""
        if real.result != simulated.result:
            yield Item(real.operation, "result", real.result, simulated.result)
        for path in sorted(changed):
            values = [tree.get(path, "is not there") for tree in self.trees]
            if values[0] != values[1]:
                yield Item(real.operation, f"file {path}", *values)
        for path in sorted(set(self.pending[0]) | set(self.pending[1])):
            events = ["\n              ".join(side.get(path, ["none"])) for side in self.pending]
            if events[0] != events[1]:
                yield Item(real.operation, f"uevents of {path}", *events)
        if self.has_instructions and real.instructions != simulated.instructions:
            yield Item(real.operation, "instructions", *(", ".join(step.instructions) for step in (real, simulated)))

    def is_known(self, item):
        for one in self.known:
            if one.item.search(item.text()):
                self.seen.add(one.name)
                return True
        return False
