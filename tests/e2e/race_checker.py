# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold at any moment of test_race, looked at again and again."""

import itertools
import os

import libvirt

import machine
from race_actors import Actor, Locked, queues_of

LEFTOVERS = ("/run/libvirt-ap/making", os.path.join(machine.STORE, ".libvirt-ap.new"))
# Whoever has a queue in this many looks in a row, while another has it, too, shares it.
LOOKS = 3


def queues(uuid):
    try:
        return set(machine.kernel_queues(uuid))
    except OSError:
        return set()        # it has just gone


def leftovers():
    return [path for path in LEFTOVERS if os.path.exists(path)]


class Checker(Actor):
    """No queue is in two matrices; under the lock nothing is half made."""

    def __init__(self, name, seed, ended, documents):
        super().__init__(name, seed, ended)
        self.documents = documents

    def step(self):
        self.look_for_shared()
        with Locked():
            self.look_for_half_made()
        self.counts["done"] += 1
        # The lock is for the others, too, and knows no queue.
        self.ended.wait(self.random.uniform(0, 0.05))

    def look_for_shared(self):
        seen = {uuid: queues(uuid) for uuid in machine.kernel_matrices()}
        for one, other in itertools.combinations(seen, 2):
            common = seen[one] & seen[other]
            # The one may have got what the other had when that was looked at.
            for uuid in (one, other) * LOOKS:
                common = common and common & queues(uuid)
            if common:
                self.fault(f"{sorted(common)} are in {one} and in {other}")

    def look_for_half_made(self):
        if leftovers():
            self.fault(f"nobody is at work, and there is {leftovers()}")
        for uuid in machine.kernel_matrices():
            if not self.is_whole(uuid):
                self.fault(f"nobody is at work, and {uuid} has {sorted(queues(uuid))}")

    def is_whole(self, uuid):
        """What mdevctl makes can be half made: it takes no lock."""
        wishes = self.documents.wishes.get(uuid)
        return not wishes or queues(uuid) in [set(queues_of(wish)) for wish in wishes]


class Story:
    """What a client is told: whoever comes was away, whoever goes was there."""

    MEANING = {libvirt.VIR_NODE_DEVICE_EVENT_CREATED: ("active", True),
               libvirt.VIR_NODE_DEVICE_EVENT_DELETED: ("active", False),
               libvirt.VIR_NODE_DEVICE_EVENT_DEFINED: ("defined", True),
               libvirt.VIR_NODE_DEVICE_EVENT_UNDEFINED: ("defined", False)}

    def __init__(self):
        # Of what nothing has been told yet it is not known how it was.
        self.state = {}
        self.faults = []
        self.count = 0

    def tell(self, name, event):
        kind, value = self.MEANING[event]
        if self.state.get((kind, name)) == value:
            self.faults.append(f"{name} is told again: {kind} {value}")
        self.state[kind, name] = value
        self.count += 1

    def names(self, kind):
        """Those that are there, as far as has been told."""
        return sorted(name for (what, name), value in self.state.items() if what == kind and value)
