# profile: small
# daemon: none
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Guests that work, and are killed at any moment, while everything that they have
changes under them.  Nothing is compared here: the kernel complains of nothing, no
guest ever gets what another one left, and in the end everything is as in the beginning."""

import os
import random
import threading
import time
import unittest

import uapi_client
from machine import BUS, MATRIX, control, read, scan, wait_until, write
from uapi_client import MEMORY, NIB, UapiTest

SECONDS = int(os.environ.get("STORM_SECONDS", "60"))
SEED = int(os.environ.get("STORM_SEED", "1"))
CARDS = (5, 6)
DOMAINS = (4, 0x47, 0xab, 0xff)
QUEUES = [card << 8 | domain for card in CARDS for domain in DOMAINS]


class Worker(threading.Thread):
    """Guests of one matrix, one after the other."""

    def __init__(self, number, uuid):
        super().__init__()
        self.number = number
        self.uuid = uuid
        self.rng = random.Random(SEED * 100 + number)
        self.stop = threading.Event()
        self.client = None
        self.lives = 0
        self.done = 0
        self.foreign = []

    def run(self):
        while not self.stop.is_set():
            self.client = uapi_client.Client()
            try:
                self.live()
            except (AssertionError, OSError, ValueError):
                # Killed, or the matrix is not to be had now.
                pass
            self.client.process.kill()
            self.client.process.wait()
            self.client.process.stdout.close()
            self.lives += 1

    def live(self):
        client = self.client
        client.take(self.uuid)
        while not self.stop.is_set():
            apqn = self.rng.choice(QUEUES)
            for step in self.rng.sample((self.enable, self.disable, self.work, self.reset, self.remap), 3):
                step(client, apqn)
            self.done += 1

    def enable(self, client, apqn):
        client.enable(apqn, NIB + self.rng.choice((0, 8, 0x2000)), self.rng.randrange(8))

    @staticmethod
    def disable(client, apqn):
        client.disable(apqn)

    def work(self, client, apqn):
        """What comes back was asked by this guest."""
        client.enqueue(apqn, number=self.number << 16 | self.lives & 0xffff)
        answer = client.dequeue(apqn)
        if answer.cc == 0 and answer.gr5 != self.number << 16 | self.lives & 0xffff:
            self.foreign.append((self.number, self.lives, hex(apqn), hex(answer.gr5)))

    def reset(self, client, apqn):
        if self.rng.random() < 0.5:
            client.pqap(uapi_client.RAPQ, apqn)
        else:
            client.ask("reset d")

    def remap(self, client, _apqn):
        if not uapi_client.OLD:
            client.ok(f"unmap c 0 {MEMORY}")
            client.ok(f"map c 0 {MEMORY} v")


@unittest.skipUnless("STORM_SECONDS" in os.environ, "nobody has gone through it yet: STORM_SECONDS=60 lets it run")
class Storm(UapiTest):
    def setUp(self):
        super().setUp()
        self.rng = random.Random(SEED)
        self.out = set()
        self.addCleanup(self.restore)

    def restore(self):
        for card, kind in ((5, "CEX5C"), (6, "CEX5A")):
            if card in self.out:
                control("card_add", f"{card} {kind}")
        control("configure", "5,6")
        control("reset_busy", 0)
        scan()

    # --- what happens --------------------------------------------------------------

    def assign(self, uuid):
        what = self.rng.choice(("adapter", "domain"))
        ids = CARDS if what == "adapter" else DOMAINS
        self.try_to(self.rng.choice(ids), MATRIX, uuid, f"{self.rng.choice(('assign', 'unassign'))}_{what}")

    def rebind(self, _uuid):
        queue = self.rng.choice(QUEUES)
        name = f"{queue >> 8:02x}.{queue & 0xff:04x}"
        self.try_to(name, BUS, "drivers/vfio_ap/unbind")
        self.try_to(name, BUS, "drivers/vfio_ap/bind")

    def plug(self, _uuid):
        card = self.rng.choice(CARDS)
        if card in self.out:
            control("card_add", f"{card} {'CEX5C' if card == 5 else 'CEX5A'}")
        else:
            control("card_remove", card)
        self.out ^= {card}
        scan()

    def standby(self, _uuid):
        card = self.rng.choice([card for card in CARDS if card not in self.out] or [None])
        if card:
            control(self.rng.choice(("deconfigure", "configure")), card)
            scan()

    def pool(self, _uuid):
        self.try_to(f"{self.rng.choice('+-')}{self.rng.choice(CARDS)}", BUS, "apmask")

    def slow(self, _uuid):
        control("reset_busy", self.rng.choice((0, 1, 2)))

    @staticmethod
    def try_to(value, *path):
        """Whether it is refused depends on what else happens."""
        try:
            write(value, *path)
        except OSError:
            pass

    def test_storm(self):
        uuids = [self.matrix((5, 6), (4, 0x47)), self.matrix((5, 6), (0xab,)), self.matrix((), (0xff,))]
        workers = [Worker(number + 1, uuid) for number, uuid in enumerate(uuids)]
        for worker in workers:
            worker.start()
        end = time.monotonic() + SECONDS
        happens = [self.assign] * 6 + [self.rebind] * 3 + [self.plug, self.standby, self.pool, self.slow]
        try:
            while time.monotonic() < end:
                self.rng.choice(happens)(self.rng.choice(uuids))
                victim = self.rng.choice(workers).client
                if victim and self.rng.random() < 0.2:
                    victim.process.kill()
        finally:
            self.finish(workers)
        self.assertEqual([entry for worker in workers for entry in worker.foreign], [])
        print(f"# {sum(worker.lives for worker in workers)} guests, {sum(worker.done for worker in workers)} rounds")
        self.assertGreater(sum(worker.done for worker in workers), 10)
        self.check_end(uuids)

    def finish(self, workers):
        for worker in workers:
            worker.stop.set()
        for worker in workers:
            worker.join(120)
            self.assertFalse(worker.is_alive(), "a guest does not come to its end")

    def check_end(self, uuids):
        """Every queue can be given to a guest, which finds it empty and silent."""
        self.restore()
        self.out.clear()
        write("-5,-6", BUS, "apmask")
        for uuid in uuids:
            write(1, MATRIX, uuid, "remove")
        for queue in QUEUES:
            path = f"{BUS}/devices/{queue >> 8:02x}.{queue & 0xff:04x}/status"
            wait_until(lambda path=path: os.path.exists(path) and read(path) == "unassigned\n", path)
        uuid = self.matrix(CARDS, DOMAINS)
        self.client.take(uuid)
        for queue in QUEUES:
            self.assertEqual(self.client.dequeue(queue).rc, 0x10, hex(queue))
            self.assertEqual(self.client.pqap(uapi_client.RAPQ, queue).rc, 0)
            self.assertEqual(self.client.enable(queue, NIB + (queue & 0xff)).rc, 0, hex(queue))
        self.client.ok("reset d")
        self.assertEqual(self.client.pinned(), 0)
