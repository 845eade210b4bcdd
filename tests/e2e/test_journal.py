# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who changed what: the system journal, played by a socket and as it is, and the history."""

import json
import os
import socket
import shutil
import struct
import subprocess
import unittest

import libvirt

import machine

JOURNALD = "/lib/systemd/systemd-journald"
SOCKET = "/run/systemd/journal/socket"
HISTORY = "/var/lib/libvirt/ap/history"
LOCK = "/run/lock/s390apconfig.lock"
RESERVE = "<ap:reserve xmlns:ap='urn:libvirt-ap:matrix:1'/>"
CONFIG = "/etc/libvirt/ap.conf"
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"


class Journal:
    """What systemd's journal would have got."""

    def __init__(self):
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(SOCKET)
        self.socket.settimeout(30)

    def close(self):
        self.socket.close()
        os.unlink(SOCKET)

    def entry(self):
        """The fields of the next entry of ours."""
        while True:
            data = self.socket.recv(1 << 20)
            fields = {}
            while data:
                name, _, rest = data.partition(b"\n")
                if b"=" in name:
                    data = rest
                    continue
                length, = struct.unpack("<Q", rest[:8])
                fields[name.decode()] = rest[8:8 + length].decode()
                data = rest[9 + length:]
            if fields.get("SYSLOG_IDENTIFIER") == "libvirt-ap":
                return fields


def history():
    if not os.path.exists(HISTORY):
        return []
    with open(HISTORY, encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


class Changes(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.journal = Journal()
        self.addCleanup(self.journal.close)

    def configure(self, text):
        with open(CONFIG, "w", encoding="utf-8") as stream:
            stream.write(text)
        self.addCleanup(lambda: os.path.exists(CONFIG) and os.unlink(CONFIG))

    def give_card_to_the_host(self):
        """From which it can be taken as a whole only; it may be all that has the host's default domain."""
        self.configure("[reservation]\nmethods = adapters\nqueues-in-use = allow\ndefault-domain = allow\n")
        self.change_mask("apmask", "+5")

    def test_create_and_destroy_are_told(self):
        before = len(history())
        device = self.create([5], [4], uuid=UUID)
        entry = self.journal.entry()
        self.assertEqual(entry["LIBVIRT_AP_ACTION"], "create")
        self.assertEqual(entry["LIBVIRT_AP_RESULT"], "done")
        self.assertEqual(entry["LIBVIRT_AP_MATRIX"], UUID)
        self.assertEqual(entry["LIBVIRT_AP_UID"], "0")
        self.assertEqual(entry["LIBVIRT_AP_PID"], str(os.getpid()))
        self.assertEqual(entry["LIBVIRT_AP_USER"], "root")
        with open("/proc/self/comm", encoding="utf-8") as stream:
            self.assertEqual(entry["LIBVIRT_AP_CLIENT"], stream.read().strip())
        self.assertNotIn("live", json.loads(entry["LIBVIRT_AP_BEFORE"]))
        live = json.loads(entry["LIBVIRT_AP_AFTER"])["live"]
        self.assertEqual([int(mask, 16) for mask in live.split(",")], [1 << (255 - 5), 1 << (255 - 4), 0])
        device.destroy()
        entry = self.journal.entry()
        self.assertEqual(entry["LIBVIRT_AP_ACTION"], "destroy")
        self.assertEqual(json.loads(entry["LIBVIRT_AP_BEFORE"])["live"], live)
        kept = history()[before:]
        self.assertEqual([line["action"] for line in kept], ["create", "destroy"])
        self.assertEqual({line["pid"] for line in kept}, {os.getpid()})

    def test_refusal_is_told_and_not_kept(self):
        self.create([5], [4], uuid=UUID)
        self.journal.entry()
        before = len(history())
        self.refused_document(libvirt.VIR_ERR_OPERATION_INVALID, UUID, machine.document([5], [4]))
        entry = self.journal.entry()
        self.assertEqual(entry["LIBVIRT_AP_RESULT"], "failed")
        self.assertIn(UUID, entry["LIBVIRT_AP_ERROR"])
        self.assertEqual(len(history()), before)

    def test_refused_definition_is_told(self):
        """Also what never came as far as the host."""
        self.configure("[lock]\ndeadline = 1\n")
        with open(LOCK, "w", encoding="ascii") as stream:
            stream.write(f"{os.getpid()}\n")
        self.addCleanup(lambda: os.path.exists(LOCK) and os.unlink(LOCK))
        with self.assertRaises(libvirt.libvirtError):
            self.connection.nodeDeviceDefineXML(machine.document([5], [4], uuid=UUID), 0)
        os.unlink(LOCK)
        entry = self.journal.entry()
        self.assertEqual((entry["LIBVIRT_AP_ACTION"], entry["LIBVIRT_AP_RESULT"]), ("define", "failed"))
        self.assertIn(str(os.getpid()), entry["LIBVIRT_AP_ERROR"])
        self.assertEqual(entry["LIBVIRT_AP_BEFORE"], entry["LIBVIRT_AP_AFTER"])

    def test_reservation_and_return_are_told_by_themselves(self):
        """What leaves the host pool, what goes with it, and what comes back."""
        self.give_card_to_the_host()
        before = len(history())
        device = self.create([5], [4], uuid=UUID, extra=RESERVE)
        entry = self.journal.entry()
        self.assertEqual((entry["LIBVIRT_AP_ACTION"], entry["LIBVIRT_AP_RESULT"]), ("reserve", "done"))
        self.assertEqual(entry["LIBVIRT_AP_MATRIX"], UUID)
        self.assertEqual(entry["LIBVIRT_AP_PID"], str(os.getpid()))
        self.assertEqual(entry["LIBVIRT_AP_ADAPTERS"], "5")
        self.assertNotIn("LIBVIRT_AP_DOMAINS", entry)
        self.assertEqual(entry["LIBVIRT_AP_COLLATERAL"], "05.0047, 05.00ab, 05.00ff")
        self.assertNotIn("reserved", json.loads(entry["LIBVIRT_AP_BEFORE"]))
        self.assertEqual(json.loads(entry["LIBVIRT_AP_AFTER"])["reserved"].split(",")[0], f"0x{1 << (255 - 5):064x}")
        self.assertEqual(self.journal.entry()["LIBVIRT_AP_ACTION"], "create")
        device.destroy()
        entry = self.journal.entry()
        self.assertEqual((entry["LIBVIRT_AP_ACTION"], entry["LIBVIRT_AP_RESULT"]), ("return", "done"))
        self.assertEqual(entry["LIBVIRT_AP_ADAPTERS"], "5")
        self.assertNotIn("LIBVIRT_AP_MATRIX", entry)
        self.assertEqual(entry["LIBVIRT_AP_USER"], "root")
        self.assertEqual(self.journal.entry()["LIBVIRT_AP_ACTION"], "destroy")
        kept = history()[before:]
        self.assertEqual([line["action"] for line in kept], ["reserve", "create", "return", "destroy"])
        self.assertEqual([line["id"] - kept[0]["id"] for line in kept], [0, 1, 2, 3])

    @unittest.skipUnless(machine.is_simulated(), "nothing fails on demand there")
    def test_reservation_that_fails_is_told(self):
        self.give_card_to_the_host()
        machine.control("fail", "write apmask 1 EBUSY")
        with self.assertRaises(libvirt.libvirtError):
            self.create([5], [4], uuid=UUID, extra=RESERVE)
        machine.control("fail", "clear")
        told = [self.journal.entry() for _ in range(2)]
        self.assertEqual([(entry["LIBVIRT_AP_ACTION"], entry["LIBVIRT_AP_RESULT"]) for entry in told],
                         [("reserve", "failed"), ("create", "failed")])
        self.assertIn("apmask", told[0]["LIBVIRT_AP_ERROR"])

    def test_definition_is_told_with_its_text(self):
        device = self.connection.nodeDeviceDefineXML(machine.document([5], [4], uuid=UUID), 0)
        self.addCleanup(lambda: os.path.exists(f"/etc/mdevctl.d/matrix/{UUID}") and device.undefine())
        entry = self.journal.entry()
        self.assertEqual(entry["LIBVIRT_AP_ACTION"], "define")
        with open(f"/etc/mdevctl.d/matrix/{UUID}", encoding="utf-8") as stream:
            self.assertEqual(json.loads(entry["LIBVIRT_AP_AFTER"])["definition"], stream.read())
        device.setAutostart(1)
        self.assertEqual(self.journal.entry()["LIBVIRT_AP_ACTION"], "autostart")
        device.create()
        self.assertEqual(self.journal.entry()["LIBVIRT_AP_ACTION"], "start")
        device.destroy()
        self.assertEqual(self.journal.entry()["LIBVIRT_AP_ACTION"], "destroy")
        device.undefine()
        entry = self.journal.entry()
        self.assertEqual(entry["LIBVIRT_AP_ACTION"], "undefine")
        self.assertNotIn("definition", json.loads(entry["LIBVIRT_AP_AFTER"]))

    def test_mistake_in_configuration_stops_changes(self):
        self.configure("[journal]\n\nhistroy = no\n")
        self.refused_document(libvirt.VIR_ERR_CONF_SYNTAX, [CONFIG, "line 3", "'histroy'"],
                              machine.document([5], [4]))
        self.assertEqual(self.connection.nodeDeviceLookupByName("ap_card05").name(), "ap_card05")
        os.unlink(CONFIG)
        self.create([5], [4], uuid=UUID)


def journal_wants_control_groups():
    """That of Debian 12 runs without, that of 13 does not."""
    return int(machine.run("journalctl", "--version").stdout.split()[1]) >= 257


@unittest.skipUnless(machine.is_simulated() and os.path.exists(JOURNALD), "no journal that is the test's own")
class Journald(machine.MachineTest):
    """systemd's journal, asked as the manual says."""

    @classmethod
    def setUpClass(cls):
        if journal_wants_control_groups() and not os.path.exists("/sys/fs/cgroup/cgroup.procs"):
            raise unittest.SkipTest("this systemd-journald does not run without control groups")

    def setUp(self):
        super().setUp()
        os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
        self.daemon = subprocess.Popen([JOURNALD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        machine.wait_until(lambda: os.path.exists(SOCKET), "the journal")

    def stop(self):
        self.daemon.terminate()
        self.daemon.wait()
        shutil.rmtree(os.path.dirname(SOCKET))

    def ask(self, *matches):
        """The entries of the journal that match."""
        done = machine.run("journalctl", "--sync")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = machine.run("journalctl", "-D", "/run/log/journal", "-o", "json", *matches)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_entries_are_found_by_their_fields(self):
        self.create([5], [4], uuid=UUID)
        self.refused_document(libvirt.VIR_ERR_OPERATION_INVALID, UUID, machine.document([5], [4], uuid=OTHER))
        machine.run("virt-ap", "rollback").check_returncode()
        told = self.ask(f"LIBVIRT_AP_MATRIX={UUID}")
        self.assertEqual([entry["LIBVIRT_AP_ACTION"] for entry in told], ["create", "rollback"])
        self.assertEqual(told[0]["LIBVIRT_AP_PID"], str(os.getpid()))
        self.assertEqual(told[0]["LIBVIRT_AP_BEFORE"], told[1]["LIBVIRT_AP_AFTER"])
        self.assertEqual(told[1]["LIBVIRT_AP_CLIENT"], "virt-ap")
        self.assertIn("LIBVIRT_AP_UNDONE", told[1])
        failed, = self.ask("SYSLOG_IDENTIFIER=libvirt-ap", "LIBVIRT_AP_RESULT=failed")
        self.assertEqual(failed["LIBVIRT_AP_MATRIX"], OTHER)
        self.assertIn(UUID, failed["LIBVIRT_AP_ERROR"])
        self.assertEqual(failed["PRIORITY"], "4")
