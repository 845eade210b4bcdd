# profile: small
# build: plain
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirtd is killed at a system call of a change of a definition: old or new is left.

Every STEP-th call of the thread that serves the change, until the change is done;
with LIBVIRT_AP_SWEEP=1 in the environment every single one, which takes ten minutes.
The calls that only our library makes are all tried in tests/host/test-define.c.
"""

import collections
import json
import os
import re
import select
import shutil
import subprocess
import unittest

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
TRACE = "/run/trace"
STEP = 1 if os.environ.get("LIBVIRT_AP_SWEEP") else 17
LEFTOVERS = ("/run/libvirt-ap/making", os.path.join(machine.STORE, ".libvirt-ap.new"))


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


def definition():
    """What is stored, and whether the matrix is there."""
    path = os.path.join(machine.STORE, UUID)
    stored = None
    if os.path.exists(path):
        content = json.loads(machine.read(path))
        stored = (content["start"], [list(attr.values())[0] for attr in content["attrs"]])
    return stored, [(uuid, machine.kernel_queues(uuid)) for uuid in machine.kernel_matrices()]


@unittest.skipUnless(shutil.which("strace"), "strace is not installed")
class Killed(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clear)

    def clear(self):
        self.remove_matrices()
        path = os.path.join(machine.STORE, UUID)
        if os.path.exists(path):
            os.unlink(path)

    def define(self, adapter):
        return self.connection.nodeDeviceDefineXML(machine.document([adapter], [4], uuid=UUID))

    def kill_at(self, name, number, change):
        """The daemon is killed as a worker makes the @number-th call of that name; FALSE
        when @change was done before, because it went another way this time."""
        daemon = os.pidfd_open(machine.daemon_pid())
        tracer = Tracer(f"--inject={name}:signal=KILL:when={number}")
        try:
            change()
        except libvirt.libvirtError as error:
            self.assertEqual(error.get_error_domain(), libvirt.VIR_FROM_RPC, error)
        finally:
            tracer.end()
        killed = (name, number) in [call[1:] for call in traced()]
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
        old = definition()
        calls = trace(change)
        new = definition()
        counts = collections.Counter()
        for name, number in calls[::STEP]:
            self.clear()
            prepare()
            counts["killed"] += self.kill_at(name, number, change)
            now = definition()
            where = f"killed at {name} {number}"
            self.assertIn(now, (old, new), where)
            for leftover in LEFTOVERS:
                self.assertFalse(os.path.exists(leftover), where)
            names = [machine.node_name(UUID)] if any(now) else []
            self.assertEqual(self.connection.listDevices("mdev"), names, where)
            counts["new" if now == new else "old"] += 1
        print(f"# {self.id()}: {len(calls)} calls, {dict(counts)}", flush=True)
        self.assertGreater(counts["old"], 1)
        self.assertGreater(counts["killed"], len(calls) / STEP / 2)

    def lookup_matrix(self):
        return self.connection.nodeDeviceLookupByName(machine.node_name(UUID))

    def test_define(self):
        self.sweep(lambda: None, lambda: self.define(5))

    def test_redefine(self):
        self.sweep(lambda: self.define(5), lambda: self.define(6))

    def test_undefine(self):
        self.sweep(lambda: self.define(5), lambda: self.lookup_matrix().undefine())

    def test_start(self):
        self.sweep(lambda: self.define(5), lambda: self.lookup_matrix().create())

    def test_autostart(self):
        """Cleared: a daemon that starts would start it."""
        def prepare():
            self.define(5).setAutostart(1)
            self.lookup_matrix().create()
            self.lookup_matrix().destroy()
        self.sweep(prepare, lambda: self.lookup_matrix().setAutostart(0))
