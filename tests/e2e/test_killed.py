# profile: small
# build: plain
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirtd is killed at a system call of a change: old or new is left, whatever it was.

Some calls of the thread that serves the change, others in each run, until the change is
done; with LIBVIRT_AP_SWEEP=1 in the environment every single one, which takes half an
hour.  The calls that only our library makes are all tried in tests/host, too.
"""

import collections
import glob
import json
import os
import random
import re
import select
import shutil
import subprocess
import unittest

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
TRACE = "/run/trace"
IS_FULL = bool(os.environ.get("LIBVIRT_AP_SWEEP"))
STEP = 1 if IS_FULL else 43
# What is there only while somebody is at work.
LEFTOVERS = ("/run/libvirt-ap/making", os.path.join(machine.STORE, ".libvirt-ap.new"), "/etc/libvirt/ap/.*",
             "/etc/udev/rules.d/.*")
AP_CONF = "/etc/libvirt/ap.conf"
RULES = "/etc/udev/rules.d/41-ap.rules"
EXTRAS = f"/etc/libvirt/ap/{UUID}"
RESERVED = ("/run/libvirt-ap/reserved", "/var/lib/libvirt/ap/reserved")
LIVE, CONFIG = 1, 2
RESERVE = "<ap:reserve xmlns:ap='urn:libvirt-ap:matrix:1'{}/>"


def workers():
    """The threads of the daemon that serve its clients."""
    found = []
    tasks = f"/proc/{machine.daemon_pid()}/task"
    for task in os.listdir(tasks):
        try:
            if "rpc" in machine.read(tasks, task, "comm"):
                found.append(task)
        except OSError:
            pass        # it has ended
    return found


class Tracer:
    """strace on the workers of the daemon, with @options; ended with end()."""

    def __init__(self, *options):
        tasks = [f"--attach={task}" for task in workers()]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["strace", f"--output={TRACE}", *options, *tasks], stderr=subprocess.PIPE, text=True)
        for _task in tasks:
            if "attached" not in self.process.stderr.readline():
                raise AssertionError("strace cannot attach to the daemon")

    def end(self):
        self.process.terminate()
        self.process.communicate(timeout=30)


def trace(change):
    """The calls that @change makes: each by its name and how often it came before."""
    tracer = Tracer()
    try:
        change()
    finally:
        tracer.end()
    return [(name, number) for _task, name, number in traced()]


def traced():
    """What was traced: the task, the name, and how often that came before."""
    seen = collections.Counter()
    with open(TRACE, encoding="utf-8", errors="replace") as stream:
        for task, name in re.findall(r"^(\d+) +(\w+)\(", stream.read(), re.M):
            seen[task, name] += 1
            yield task, name, seen[task, name]


def content(path):
    return machine.read(path) if os.path.exists(path) else None


def pool_at_boot():
    """What leaves the host pool by the rules: all of it stays without them."""
    masks = re.findall(r'/(a[pq]mask)}="0x([0-9a-f]*)"', content(RULES) or "")
    return [(name, mask) for name, mask in masks if mask.strip("f")]


def state():
    """All that a change can concern."""
    stored = content(os.path.join(machine.STORE, UUID))
    if stored:
        stored = json.loads(stored)
        stored = stored["start"], [list(attr.values())[0] for attr in stored["attrs"]]
    matrices = [(uuid, machine.kernel_queues(uuid)) for uuid in machine.kernel_matrices()]
    pool = [machine.read(machine.BUS, name) for name in ("apmask", "aqmask")]
    return {"stored": stored, "matrices": matrices, "pool": pool, "extras": content(EXTRAS), "rules": pool_at_boot(),
            "reserved": [content(path) for path in RESERVED]}


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class Sweep(machine.MachineTest):
    def setUp(self):
        super().setUp()
        for name in ("apmask", "aqmask"):
            self.addCleanup(machine.write, machine.read(machine.BUS, name).strip(), machine.BUS, name)
        self.addCleanup(self.clear)

    def clear(self):
        self.remove_matrices()
        for path in (os.path.join(machine.STORE, UUID), EXTRAS, RULES, *RESERVED):
            if os.path.exists(path):
                os.unlink(path)
        machine.write("-5,-6", machine.BUS, "apmask")
        machine.write("+0-255", machine.BUS, "aqmask")

    def define(self, adapter, extra=""):
        return self.connection.nodeDeviceDefineXML(machine.document([adapter], [4], uuid=UUID, extra=extra))

    def define_and_start(self, extra=""):
        self.define(5, extra).create()

    def kill_at(self, name, number, change):
        """The daemon is killed as a worker makes the @number-th call of that name; FALSE
        when @change was done before, because it went another way this time."""
        daemon = os.pidfd_open(machine.daemon_pid())
        tracer = Tracer(f"--inject={name}:signal=KILL:when={number}")
        is_broken = False
        try:
            change()
        except libvirt.libvirtError as error:
            self.assertEqual(error.get_error_domain(), libvirt.VIR_FROM_RPC, error)
            is_broken = True
        finally:
            tracer.end()
        # The signal comes when the call returns, which one that waits may never do.
        is_met = (name, number) in [call[1:] for call in traced()]
        killed = is_broken or (is_met and select.select([daemon], [], [], 5)[0])
        if killed:
            self.assertTrue(select.select([daemon], [], [], 30)[0], "the daemon is killed")
            machine.daemon("start ours")
            self.connection = libvirt.open(self.uri)
        os.close(daemon)
        return killed

    def sweep(self, prepare, change):
        """Whatever is killed, there is the old state or the new one."""
        self.clear()
        prepare()
        old = state()
        calls = trace(change)
        new = state()
        self.assertNotEqual(old, new)
        counts = collections.Counter()
        for first in range(random.randrange(STEP), len(calls), STEP):
            # In this run the call may be another worker's, or none: then the next shall do.
            tried = (self.left_by_kill(*call, prepare, change) for call in calls[first:first + STEP])
            left = next((now for now in tried if now), None)
            counts["killed" if left else "not killed"] += 1
            if left:
                self.assertIn(left, (old, new), f"killed in {calls[first:first + STEP]}")
                counts["new" if left == new else "old"] += 1
        print(f"# {self.id()}: {len(calls)} calls, {dict(counts)}", flush=True)
        self.assertGreater(counts["killed"], counts["not killed"])
        if IS_FULL:
            # Both can be reached, else the kill came too early or too late.
            self.assertGreater(counts["old"], 1)
            self.assertGreater(counts["new"], 1)

    def left_by_kill(self, name, number, prepare, change):
        """The state that a daemon leaves which was killed at that call, or None if it was not; nothing half done."""
        self.clear()
        prepare()
        killed = self.kill_at(name, number, change)
        now = state()
        where = f"killed at {name} {number}"
        self.assertEqual([found for pattern in LEFTOVERS for found in glob.glob(pattern)], [], where)
        names = [machine.node_name(UUID)] if now["stored"] or now["matrices"] else []
        self.assertEqual(self.connection.listDevices("mdev"), names, where)
        return now if killed else None

    def lookup_matrix(self):
        return self.connection.nodeDeviceLookupByName(machine.node_name(UUID))


class Killed(Sweep):
    def test_define(self):
        self.sweep(lambda: None, lambda: self.define(5))

    def test_redefine(self):
        self.sweep(lambda: self.define(5), lambda: self.define(6))

    def test_undefine(self):
        self.sweep(lambda: self.define(5), lambda: self.lookup_matrix().undefine())

    def test_start(self):
        self.sweep(lambda: self.define(5), lambda: self.lookup_matrix().create())

    def test_create(self):
        self.sweep(lambda: None, lambda: self.create([5, 6], [4, 0xab], uuid=UUID))

    def test_destroy(self):
        self.sweep(self.define_and_start, lambda: self.lookup_matrix().destroy())

    def test_autostart(self):
        """Cleared: a daemon that starts would start it, but for one that was destroyed."""
        def prepare():
            self.define_and_start()
            self.lookup_matrix().setAutostart(1)
            self.lookup_matrix().destroy()
        self.sweep(prepare, lambda: self.lookup_matrix().setAutostart(0))


class Reserved(Sweep):
    """The card is the host's before, and has its default domain where there is one."""

    def setUp(self):
        with open(AP_CONF, "w", encoding="ascii") as stream:
            stream.write("[reservation]\ndefault-domain = allow\nqueues-in-use = allow\n")
        self.addCleanup(os.unlink, AP_CONF)
        super().setUp()

    def clear(self):
        super().clear()
        machine.write("+5", machine.BUS, "apmask")

    def create_reserved(self, how=""):
        extra = RESERVE.format(how)
        self.connection.nodeDeviceCreateXML(machine.document([5], [4], uuid=UUID, extra=extra))

    def test_reserve(self):
        self.sweep(lambda: None, self.create_reserved)

    def test_reserve_for_good(self):
        self.sweep(lambda: None, lambda: self.create_reserved(" persist='yes'"))

    def test_give_back(self):
        self.sweep(self.create_reserved, lambda: self.lookup_matrix().destroy())

    def test_undefine(self):
        def prepare():
            self.define_and_start(RESERVE.format(" persist='yes'"))
            self.lookup_matrix().destroy()
        self.sweep(prepare, lambda: self.lookup_matrix().undefine())


@unittest.skipUnless(hasattr(libvirt.virNodeDevice, "update"), "libvirt is older than 10.1")
class Updated(Sweep):
    def update(self, flags):
        text = machine.document([6], [4, 0x47], uuid=UUID)
        # libvirt checks it against its schema, which wants a name there.
        named = text.replace("<device>", f"<device><name>{machine.node_name(UUID)}</name>", 1)
        self.lookup_matrix().update(named, flags)

    def test_live(self):
        self.sweep(self.define_and_start, lambda: self.update(LIVE))

    def test_config(self):
        self.sweep(self.define_and_start, lambda: self.update(CONFIG))

    def test_both(self):
        self.sweep(self.define_and_start, lambda: self.update(LIVE | CONFIG))
