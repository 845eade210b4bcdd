# SPDX-License-Identifier: GPL-2.0
"""Many at once: nothing gets lost, nothing is shared, nothing hangs."""

import errno
import multiprocessing
import os
import random
import unittest

import machine

WORKERS = 8
ROUNDS = 60
REFUSALS = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}


def work(seed, failures):
    """Creates, fills, reads and removes matrices; what it reads has to be what it wrote."""
    dice = random.Random(seed)
    for _ in range(ROUNDS):
        with machine.Mdev() as mdev:
            adapters, domains = set(), set()
            for _ in range(6):
                kind, wanted = dice.choice((("adapter", adapters), ("domain", domains)))
                number = dice.randrange(60 if kind == "adapter" else 85)
                try:
                    mdev.write(f"assign_{kind}", str(number))
                    wanted.add(number)
                except OSError as error:
                    if error.errno not in REFUSALS:
                        failures.put(f"assign_{kind} {number}: {error}")
            found = {line for line in mdev.read("matrix").split() if len(line) == 7}
            if found != {f"{apid:02x}.{apqi:04x}" for apid in adapters for apqi in domains}:
                failures.put(f"matrix is {found}, not {adapters} x {domains}")


def disturb(stop, failures):
    """Cards come and go, masks change, everybody looks at everything."""
    while not stop.is_set():
        for command, text in (("card_remove", "50-59"), ("card_add", "50-59 CEX8A")):
            machine.control(command, text)
            machine.rescan()
        for change in ("+59", "-59"):
            if machine.outcome(machine.write, "/sys/bus/ap/apmask", change) not in ("ok", "EBUSY"):
                failures.put(f"apmask {change}")
        os.listdir("/sys/bus/ap/devices")
        list(os.walk(machine.MATRIX))
        machine.read("/run/apsim/state")


class Stress(unittest.TestCase):
    def test_clients_do_not_disturb_each_other(self):
        failures, stop = multiprocessing.Queue(), multiprocessing.Event()
        monitor = machine.Monitor(machine.KERNEL)
        workers = [multiprocessing.Process(target=work, args=(seed, failures)) for seed in range(WORKERS)]
        other = multiprocessing.Process(target=disturb, args=(stop, failures))
        for process in [*workers, other]:
            process.start()
        heard = []
        for process in workers:
            while process.exitcode is None:
                heard += monitor.pending()
                process.join(0.02)
        stop.set()
        other.join()
        heard += monitor.pending()
        self.assertEqual([process.exitcode for process in [*workers, other]], [0] * (WORKERS + 1))
        self.assertTrue(failures.empty(), failures.get() if not failures.empty() else "")
        self.assertEqual(os.listdir("/sys/bus/mdev/devices"), [])
        self.assertEqual(os.listdir("/dev/vfio"), ["vfio"])
        self.assertEqual(machine.read(machine.TYPE + "/available_instances"), "65536\n")
        actions = [event["ACTION"] for event in heard if event["SUBSYSTEM"] == "mdev"]
        self.assertEqual({action: actions.count(action) for action in set(actions)},
                         dict.fromkeys(("add", "bind", "unbind", "remove"), WORKERS * ROUNDS))
