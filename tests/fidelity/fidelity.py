#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Do the same to two machines, and compare all that shows.

Random operations on every file of the AP bus and of vfio_ap, and changes of the
machine below them, run on the emulated mainframe with the kernel's own driver, and on
apsim, or on the mainframe with our driver.  After each one its error, its uevents and
every file, link and directory have to be the same.  Prints TAP: one line for each sequence of operations.

README.rst beside this says how to go on from a difference.
"""

import argparse
import os
import secrets
import sys

import compare
import generate
import machines
import record
import shrink

FRESH = "fresh"


def script_of(sequences, types):
    """The text for replay.c: every sequence with what leads back to the beginning."""
    lines = list(generate.reset(types))
    for operations in sequences:
        lines += operations + generate.reset(types)
    return "\n".join(lines) + "\n"


def whole_steps(text, script):
    """The record without the operation in which it ends, the script for it, and that operation."""
    whole, _, last = ("\n" + text).rpartition("\n@ ")
    whole = whole[1:] + "\n" if whole else ""
    count = len([line for line in whole.splitlines() if line.startswith("@ ")])
    return whole, "".join(line + "\n" for line in script.splitlines()[:count]), readable(last.partition("\n")[0])


def first_steps(text, count):
    """The record of the first operations, that many."""
    return "\n@ ".join(("\n" + text).split("\n@ ")[:count + 1])[1:]


def readable(operation):
    """An operation with what it writes in plain text."""
    kind, _, rest = operation.partition(" ")
    path, _, text = rest.partition(" ")
    if kind.upper() != "W":
        return operation
    return f"{kind} {path} {bytes.fromhex(text).decode('latin-1')!r}"


class Bench:
    """Both machines, for scripts to be tried on; the first is a kernel with its own driver."""

    def __init__(self, options):
        self.options = options
        self.kernel = machines.KERNELS[options.debian]
        self.types = machines.types_of_cards(self.kernel)
        self.known = compare.listed(self.kernel, options.against)
        self.first = machines.Mainframe(options.run, options.debian, "reference")
        if options.against == "ours":
            self.second = machines.Mainframe(options.run, options.debian, "ours")
            compare.Item.names = (self.first.name, self.second.name)
        else:
            self.second = machines.Simulated(options.build, self.kernel)

    def keep(self, name, text):
        if self.options.keep:
            os.makedirs(self.options.keep, exist_ok=True)
            with open(os.path.join(self.options.keep, name), "w", encoding="utf-8") as stream:
                stream.write(text)

    def compare(self, sequences):
        """The comparison, and why one of the machines did not come to the end, if it didn't."""
        script = script_of(sequences, self.types)
        self.keep("script", script)
        texts, ends = [], []
        for machine in (self.first, self.second):
            text, ended = machine.replay(script)
            self.keep(machine.name, text)
            if ended:
                text, script, last = whole_steps(text, script)
                ends.append(f"{machine.name}: {ended}\nits last operation: {last}")
            texts.append(text)
        # The second may have come less far than the first.
        texts = [first_steps(text, script.count("\n")) for text in texts]
        records = [record.Record(text, self.kernel) for text in texts]
        return compare.Comparison(*records, self.known), "\n".join(ends)


class Tap:
    """Numbers and prints results."""

    def __init__(self):
        self.count = 0
        self.good = True

    def line(self, good, name, details=()):
        self.count += 1
        self.good &= good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        for detail in details:
            print(f"    {detail}")


def details_of(parting, last):
    """What to print of a difference: what led to it, and what is different."""
    yield from ("  " + readable(operation) for operation in parting.operations[-last:])
    for item in parting.items:
        yield from str(item).splitlines()


def judge(tap, comparison, ended, names, last=12):
    """One line for each sequence."""
    parted = {parting.sequence: parting for parting in comparison.partings}
    # What follows a sequence tells that it was done.
    done = comparison.sequences[:-1]
    for name in names:
        parting = parted.pop(name, None)
        if parting:
            tap.line(False, f"sequence {name}", details_of(parting, last))
        else:
            tap.line(name in done, f"sequence {name}", () if name in done else ["it was not done"])
    for name, parting in parted.items():
        tap.line(False, f"around the sequences ({name})", details_of(parting, last))
    if ended:
        tap.line(False, "both machines came to the end", ended.splitlines())


def witnesses(bench):
    """Differences that are listed have to be there."""
    return [[f"B listed/{one.name}", *one.witness] for one in bench.known]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", required=True, help="the program that has the command mainframe")
    parser.add_argument("--build", help="build directory with apsim and replay")
    parser.add_argument("--against", choices=sorted(compare.LISTED), default="apsim",
                        help="what is held against the kernel's own driver: apsim, or our driver")
    parser.add_argument("--debian", choices=sorted(machines.KERNELS), default="12")
    parser.add_argument("--steps", type=int, default=200, help="about that many operations for each seed")
    parser.add_argument("--seed", action="append", help=f"a number, or '{FRESH}'; more than once for more")
    parser.add_argument("--script", help="replay this file instead: the operations of one sequence")
    parser.add_argument("--shrink", action="store_true", help="cut the first sequence that differs down")
    parser.add_argument("--keep", metavar="DIR", help="where to leave script and records")
    options = parser.parse_args()
    if options.against == "apsim" and not options.build:
        parser.error("apsim needs --build")
    for seed in options.seed or ():
        if seed != FRESH and not seed.isdigit():
            parser.error(f"'{seed}' is neither a number nor '{FRESH}'")
    return options


def wanted_sequences(options, bench):
    if options.script:
        with open(options.script, encoding="utf-8") as stream:
            return [[f"B {options.script}", *(line for line in stream.read().splitlines() if line)]]
    result = []
    for seed in options.seed or ["1"]:
        number = secrets.randbelow(1 << 32) if seed == FRESH else int(seed)
        print(f"# seed {number}, {options.steps} operations, Linux {bench.kernel}", flush=True)
        result += generate.sequences(number, options.steps, bench.types, bench.kernel, options.against == "ours")
    return result


def main():
    options = parse_arguments()
    tap = Tap()
    bench = Bench(options)
    listed = witnesses(bench)
    sequences = wanted_sequences(options, bench)
    try:
        comparison, ended = bench.compare(listed + sequences)
    except machines.Fault as fault:
        tap.line(False, "apsim came to the end", [str(fault)])
        return 1
    judge(tap, comparison, ended, [operations[0][2:] for operations in sequences])
    for one in bench.known:
        tap.line(one.name in comparison.seen, f"listed difference {one.name}",
                 [] if one.name in comparison.seen else ["it is not there any more: take it off the list"])
    print(f"# {comparison.steps} steps compared")
    print(f"1..{tap.count}")
    if options.shrink and comparison.partings:
        shrink.shrink(bench, comparison.partings[0], readable)
    return 0 if tap.good else 1


if __name__ == "__main__":
    sys.exit(main())
