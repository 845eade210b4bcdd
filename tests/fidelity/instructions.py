# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a mainframe's log says of the instructions that vfio_ap and its guests had executed,
in the record of what was done there.

For each operation: the queues that were reset, and those whose interrupts for a guest were
switched on and off.  Not how often, nor in which order, nor questions: drivers may ask as
they like.  What the AP bus does for the host is left out: it has the same code on both
sides, and does some of it later.
"""

import re

# What replay.c asks for when an operation has ended.
END = "command inject_clear"
RESET = re.compile(r"ZAPQ (\S+) rc=(\S+)")
# The operands of PQAP(AQIC), and then how it ended.
WANTED = re.compile(r"AQIC-in ir=(\d) isc=\S+ gisc=\S+ gisa=(\S+)")
DONE = re.compile(r"AQIC (\S+) rc=(\S+)")


def of_operation(lines):
    """What is compared of those lines."""
    found = set()
    wanted = None
    for line in lines:
        reset, operands, done = RESET.match(line), WANTED.match(line), DONE.match(line)
        if reset:
            found.add(f"reset {reset[1]}: {reset[2]}")
        elif operands:
            wanted = "off" if operands[1] == "0" else "on" if int(operands[2], 16) else None
        elif done and wanted:
            found.add(f"interrupts {wanted} {done[1]}: {done[2]}")
    return sorted(found)


def operations(log):
    """The lines of each operation that has ended."""
    lines = []
    for line in log.splitlines():
        if line.rstrip() == END:
            yield lines
            lines = []
        else:
            lines.append(line)


def add(text, log):
    """The record @text with the instructions that @log has, behind each operation that somebody looked at."""
    found = list(operations(log))
    steps = ("\n" + text).split("\n@ ")[1:]
    looked = len([step for step in steps if step[0].isupper()])
    # Only a mainframe that comes to its end there doesn't get to the end of an operation.
    if len(found) not in (looked, looked - 1):
        raise ValueError(f"the log has the ends of {len(found)} operations, the record {looked} operations")
    result = []
    for step in steps:
        result.append("@ " + step.rstrip("\n"))
        if step[0].isupper() and found:
            result += [f"I {instruction}" for instruction in of_operation(found.pop(0))]
    return "".join(part + "\n" for part in result)
