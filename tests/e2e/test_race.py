# profile: race.conf
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everybody at once: eight virsh, mdevctl, cards that come and go, the host's tools.

For a while that LIBVIRT_AP_RACE_SECONDS in the environment makes longer.  No queue is
ever in two matrices, no definition is lost, nothing is half made, whatever is refused
is named, and the daemon neither ends nor grows.
"""

import collections
import glob
import os
import random
import shutil
import tempfile
import threading
import time

import libvirt

import machine
import race_checker
import test_events
from race_actors import LOCK, Cards, Client, Documents, Locked, Mdevctl, OwnMatrix, Pace, Pool, Wish

CLIENTS = 8
SECONDS = int(os.environ.get("LIBVIRT_AP_RACE_SECONDS", 20 if machine.is_simulated() else 120))
# Of a thread that is asked to end: the longest command that it can be in the middle of.
PATIENCE = 120
# Each client has a domain for itself; everybody wants queues of the others.
COMMON_DOMAINS = (8, 9, 10, 11)
COMMON_ADAPTERS = (5, 6, 7, 8)
COMING, SWITCHED, HOSTED_ADAPTER, HOSTED_DOMAIN = 8, 5, 7, 11
COMMON = 5
CONFIG = "/etc/libvirt/ap.conf"
EXTRAS = "/etc/libvirt/ap"
MARKS = "/run/libvirt-ap/started"
RESERVED = ("/run/libvirt-ap/reserved", "/var/lib/libvirt/ap/reserved")


def open_files():
    """How many the daemon has."""
    return len(os.listdir(f"/proc/{machine.daemon_pid()}/fd"))


def threads():
    """The names of those of the daemon."""
    found = set()
    for path in glob.glob(f"/proc/{machine.daemon_pid()}/task/*"):
        try:
            found.add(machine.read(path, "comm").strip())
        except (FileNotFoundError, ProcessLookupError):
            pass        # it has just ended
    return found


def names_in(directory):
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


class Race(test_events.EventsTest):
    def setUp(self):
        self.story = race_checker.Story()
        super().setUp()
        self.where = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.where)
        # On a slow machine whoever is last of so many waits for long.
        with open(CONFIG, "w", encoding="ascii") as stream:
            stream.write("[lock]\ndeadline = 600\n")
        self.addCleanup(os.unlink, CONFIG)
        self.documents = Documents(self.where)
        self.ended = threading.Event()
        self.seed = random.SystemRandom().randrange(2 ** 32)
        print(f"# seed {self.seed}, {SECONDS} seconds", flush=True)

    def on_event(self, _connection, device, event, _detail, _opaque):
        with self.arrived:
            self.story.tell(device.name(), event)
            self.arrived.notify_all()

    def make_own(self, number):
        """The matrices of one client: on two cards, and on the one that comes and goes."""
        found = []
        for wishes in ((Wish([5], [number]), Wish([5, 6], [number]), Wish([6], [number])), (Wish([COMING], [number]),)):
            matrix = OwnMatrix(self.new_uuid(), self.documents)
            for wish in wishes:
                self.documents.add(matrix.uuid, wish)
            found.append(matrix)
        return found

    def make_common(self):
        """UUIDs of matrices that all ask for, in several forms each."""
        chance = random.Random(self.seed)
        uuids = [self.new_uuid() for _number in range(COMMON)]
        for uuid in uuids:
            for reserve in (False, False, True):
                self.documents.add(uuid, self.common_wish(chance, reserve))
        return uuids

    @staticmethod
    def common_wish(chance, reserve=False):
        return Wish(sorted(chance.sample(COMMON_ADAPTERS, chance.randint(1, 3))),
                    sorted(chance.sample(COMMON_DOMAINS, chance.randint(1, 2))), reserve)

    def make_actors(self):
        self.common = self.make_common()
        chance = random.Random(self.seed + 1)
        pace = Pace()
        self.clients = [Client(f"client{number}", self.seed, self.ended, pace, self.documents,
                               self.make_own(number), self.common) for number in range(CLIENTS)]
        self.mdevctl = Mdevctl("mdevctl", self.seed, self.ended, pace, [self.new_uuid(), self.new_uuid()],
                               [self.common_wish(chance) for _number in range(4)])
        pool = [("apmask", HOSTED_ADAPTER, "-"), ("aqmask", HOSTED_DOMAIN, "+")]
        return [*self.clients, self.mdevctl, Cards("cards", self.seed, self.ended, pace, COMING, SWITCHED),
                Pool("pool", self.seed, self.ended, pace, pool),
                race_checker.Checker("checker", self.seed, self.ended, self.documents)]

    def run_actors(self, actors):
        """Until the time is over or one of them has found something."""
        for actor in actors:
            actor.start()
        self.ended.wait(SECONDS)
        self.ended.set()
        deadline = time.monotonic() + PATIENCE
        for actor in actors:
            actor.join(max(0, deadline - time.monotonic()))
        stuck = [actor.name for actor in actors if actor.is_alive()]
        for client in self.clients:
            client.virsh.process.kill()
        for actor in actors:
            print(f"# {actor.name}: {dict(actor.counts)}")
        faults = [fault for actor in actors for fault in actor.faults]
        self.assertFalse(faults, "\n".join(faults[:20]))
        self.assertEqual(stuck, [], "did not end")
        self.assertTrue(all(sum(actor.counts.values()) for actor in actors))
        self.assertTrue(any(client.counts["done"] for client in self.clients))

    def show_refusals(self):
        refusals = sum((client.refusals for client in self.clients), collections.Counter())
        for text, count in refusals.most_common():
            print(f"# {count} times: {text}", flush=True)

    def check_answers(self):
        """Nothing is half made, and everybody says the same, once what starts by itself has."""
        with Locked():
            self.assertEqual(race_checker.leftovers(), [])
        self.assertEqual([name for name in names_in("/run/lock") if name != os.path.basename(LOCK)], [])
        for matrix in (matrix for client in self.clients for matrix in client.own):
            self.assertIsNone(matrix.difference())
        machine.wait_until(lambda: len(set(map(tuple, self.answers()))) == 2, "all say the same")
        self.assertEqual(self.story.faults, [])

    def answers(self):
        """What is active and what is only defined: by the kernel and the store, by the daemon, by its events."""
        active = [machine.node_name(uuid) for uuid in machine.kernel_matrices()]
        defined = [machine.node_name(uuid) for uuid in names_in(machine.STORE)]
        with self.arrived:
            told, told_defined = self.told("active"), self.told("defined")
        for there, stored in ((active, defined), (told, told_defined)):
            yield ["active", *there]
            yield ["inactive", *sorted(set(stored) - set(there))]
        yield ["active", *machine.virsh_names("--cap", "mdev")]
        yield ["inactive", *machine.virsh_names("--cap", "mdev", "--inactive")]

    def told(self, kind):
        return [name for name in self.story.names(kind) if name.startswith("mdev_")]

    def clear(self):
        """Everything goes, and leaves nothing."""
        for name in names_in(machine.STORE):
            machine.virsh("nodedev-undefine", machine.node_name(name))
        for uuid in machine.kernel_matrices():
            machine.virsh("nodedev-destroy", machine.node_name(uuid))
        self.assertEqual(machine.kernel_matrices(), [])
        for directory in (machine.STORE, EXTRAS, MARKS):
            self.assertEqual(names_in(directory), [], directory)
        for path in RESERVED:
            self.assertFalse(os.path.exists(path), path)

    def masks(self):
        return [machine.read(machine.BUS, name) for name in ("apmask", "aqmask")]

    def test_nothing_shared_lost_or_left(self):
        daemon, masks = machine.daemon_pid(), self.masks()
        files = open_files()
        actors = self.make_actors()
        try:
            self.run_actors(actors)
        finally:
            self.ended.set()
            self.show_refusals()
        self.check_answers()
        self.clear()
        self.assertEqual(machine.daemon_pid(), daemon)
        os.kill(daemon, 0)
        self.assertEqual(self.masks(), masks)
        machine.wait_until(lambda: "mdevctl-thread" not in threads(), "libvirt's own driver is done", 10 * SECONDS)
        machine.wait_until(lambda: open_files() <= files, f"the daemon had {files} files open, and has {open_files()}")
        print(f"# {self.story.count} events", flush=True)
