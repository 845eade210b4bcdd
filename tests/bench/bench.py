#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measure stock libvirtd with mdevctl and libvirtd with our module, in turns.

Two simulated machines run side by side; each operation is done on one, then on
the other, round after round, so that what the real machine does meanwhile hits
both; before each, that side's daemon has come to rest.  Medians and their ratio
are printed; --json writes every figure.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OPERATIONS = {
    "create_destroy": "create and destroy a matrix, one connection",
    "create_destroy_burst": "the same, ten times back to back, each",
    "create_destroy_virsh": "create and destroy a matrix, virsh each time",
    "list_queues": "list all queues",
    "dumpxml": "look up and describe a queue",
    "daemon_start": "start the daemon, first answer about cards",
}
SIDES = ("stock", "ours")


class Machine:
    """One simulated machine with one daemon and a worker in it."""

    def __init__(self, build, profile, side):
        self.side = side
        option = ["--stock"] if side == "stock" else []
        self.process = subprocess.Popen(
            [f"{build}/vfio_ap/apsim/apsim", "run", "--profile", profile, "--",
             os.path.join(HERE, "..", "machine", "up"), "--build", build, *option, "--",
             "/usr/bin/python3", os.path.join(HERE, "worker.py"), side],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"bench: the {self.side} machine ended")
        return json.loads(line)

    def do(self, operation):
        self.process.stdin.write(operation + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        return self.process.wait()


def measure(machines, rounds):
    """{operation: {side: {"seconds": [...], "errors": [...]}}}; one round is not counted."""
    figures = {name: {side: {"seconds": [], "errors": []} for side in SIDES} for name in OPERATIONS}
    for number in range(rounds + 1):
        for operation in OPERATIONS:
            for side in SIDES if number % 2 else reversed(SIDES):
                answer = machines[side].do(operation)
                if number == 0:
                    continue
                if "error" in answer:
                    figures[operation][side]["errors"].append(answer["error"])
                else:
                    figures[operation][side]["seconds"].append(answer["seconds"])
    return figures


def report(figures):
    """Print the table and add medians and ratios to the figures."""
    print(f"{'median of each, milliseconds':48}{'stock':>10}{'ours':>10}{'ratio':>9}")
    for operation, text in OPERATIONS.items():
        row = figures[operation]
        medians = {side: statistics.median(row[side]["seconds"]) if row[side]["seconds"] else None
                   for side in SIDES}
        row["median"] = medians
        row["ratio"] = medians["stock"] / medians["ours"] if all(medians.values()) else None
        cells = [f"{value * 1000:10.2f}" if value else f"{'-':>10}" for value in medians.values()]
        ratio = f"{row['ratio']:8.1f}x" if row["ratio"] else f"{'-':>9}"
        print(f"{text:48}{''.join(cells)}{ratio}")
        for side in SIDES:
            if row[side]["errors"]:
                print(f"    {side}: {len(row[side]['errors'])} failed: {row[side]['errors'][0]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--profile", default="small")
    parser.add_argument("--rounds", type=int, default=15, help="counted rounds (default 15)")
    parser.add_argument("--json", default="bench.json", metavar="FILE",
                        help="where every figure goes (default bench.json)")
    options = parser.parse_args()
    machines = {side: Machine(os.path.abspath(options.build), options.profile, side) for side in SIDES}
    figures = measure(machines, options.rounds)
    status = [machine.close() for machine in machines.values()]
    report(figures)
    with open(options.json, "w", encoding="utf-8") as stream:
        json.dump({"profile": options.profile, "rounds": options.rounds, "operations": figures}, stream, indent=2)
    ours_failed = any(figures[operation]["ours"]["errors"] for operation in OPERATIONS)
    return 1 if any(status) or ours_failed else 0


if __name__ == "__main__":
    sys.exit(main())
