# profile: small
# build: plain
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hook: what it does for guests, and what it refuses."""

import json
import os
import re
import resource
import shutil
import subprocess
import time
import unittest
from random import Random

import libvirt

import machine
from hook import (CONFIG, ENDS, GUESTS, HOLDERS, HOOK, HOST_CPU, OTHER, UUID, HookTest,
                  call, custom, domain, open_matrix, virt_ap_guests)

EXTENDED = 1 << 30
LIVE = 1
INVALID = libvirt.VIR_ERR_OPERATION_INVALID


class Life(HookTest):
    def test_defined_matrix_comes_and_goes_with_its_guest(self):
        self.good("prepare", "g1", UUID)
        self.assertEqual(machine.kernel_matrices(), [UUID])
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        for operation in ("start", "started", "reconnect"):
            self.good(operation, "g1", UUID)
        self.assertEqual(self.records(), [UUID])
        self.end("g1", UUID)
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))

    def test_active_matrix_stays(self):
        self.lookup(UUID).create()
        self.good("prepare", "g1", UUID)
        self.end("g1", UUID)
        self.assertEqual(machine.kernel_matrices(), [UUID])

    def test_matrix_that_was_detached_meanwhile_is_put_away(self):
        self.good("prepare", "g1", UUID)
        self.good("started", "g1", UUID)
        self.end("g1")
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))

    def test_refused_guest_does_not_take_away_what_another_has(self):
        self.good("prepare", "g1", UUID)
        message = self.bad(["guest 'g2'", UUID, "guest 'g1'"], "prepare", "g2", UUID)
        self.assertEqual(message.count("\n"), 1)
        self.bad(["guest 'g2'", "05.0004", UUID, "guest 'g1'"], "prepare", "g2", OTHER)
        self.end("g2", UUID)
        self.assertEqual((machine.kernel_matrices(), self.records()), ([UUID], [UUID]))
        self.end("g1", UUID)
        self.good("prepare", "g2", OTHER)

    def test_reservation_that_the_definition_asks_for(self):
        machine.write("+5,+6", machine.BUS, "apmask")
        own = "<ap:adapters>5</ap:adapters><ap:domains>4</ap:domains><ap:reserve/>"
        text = machine.document(uuid=UUID, extra=own).replace("<device>", "<device xmlns:ap='urn:libvirt-ap:matrix:1'>")
        self.connection.nodeDeviceDefineXML(text, 0)
        self.good("prepare", "g1", UUID)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        # The host gets nothing back that the guest has, whatever becomes of the definition.
        self.lookup(UUID).undefine()
        self.assertNotIn(4, machine.ids_in("aqmask"))
        self.end("g1", UUID)
        self.assertEqual(machine.kernel_matrices(), [])
        self.assertIn(4, machine.ids_in("aqmask"))

    def test_journal_says_for_whom(self):
        self.good("prepare", "g1", UUID)
        self.end("g1", UUID)
        with open("/var/lib/libvirt/ap/history", encoding="utf-8") as stream:
            entries = [json.loads(line) for line in stream][-2:]
        self.assertEqual([entry["action"] for entry in entries], ["start", "destroy"])
        self.assertEqual({entry["client"] for entry in entries}, {"hook for guest g1"})

    def test_libvirt_sees_what_the_hook_does(self):
        device = self.lookup(UUID)
        self.good("prepare", "g1", UUID)
        self.assertEqual(device.isActive(), 1)
        self.refused(INVALID, [UUID, "in use by guest 'g1'"], device.destroy)
        self.end("g1", UUID)
        self.assertEqual((device.isActive(), device.isPersistent()), (0, 1))

    def test_who_has_it_is_shown(self):
        """While it starts, while it runs, and when it has let go of the matrix."""
        line = f"{UUID}  {{:8}}  \\S+ \\S+  {GUESTS['g1']}  g1\\n"
        own = f"<ap:holder guest='g1' uuid='{GUESTS['g1']}' since='[0-9T:-]+Z' state='{{}}'/>"
        self.good("prepare", "g1", UUID)
        self.assertRegex(virt_ap_guests(), line.format("starting"))
        self.assertRegex(self.lookup(UUID).XMLDesc(EXTENDED), own.format("starting"))
        self.assertIn("guest='g1'", self.connection.nodeDeviceLookupByName("ap_05_0004").XMLDesc(EXTENDED))
        with open_matrix(UUID, "g1"):
            self.good("started", "g1", UUID)
            self.assertRegex(virt_ap_guests(), line.format("running"))
            self.assertRegex(self.lookup(UUID).XMLDesc(EXTENDED), own.format("running"))
        self.assertRegex(virt_ap_guests(), line.format("detached"))
        self.assertRegex(self.lookup(UUID).XMLDesc(EXTENDED), own.format("detached"))
        # Attached to another one since.
        with open_matrix(UUID, "g2"):
            self.assertRegex(virt_ap_guests(), f"^{UUID}  running +- +{GUESTS['g2']}  g2\n$")
            self.assertIn(f"<ap:holder guest='g2' uuid='{GUESTS['g2']}' state='running'/>",
                          self.lookup(UUID).XMLDesc(EXTENDED))
        self.end("g1", UUID)
        self.assertEqual(virt_ap_guests(), "")

    def test_definition_that_a_guest_needs_stays(self):
        device = self.lookup(UUID)
        device.setAutostart(1)
        self.good("prepare", "g1", UUID)
        self.refused(INVALID, [UUID, "starts by itself", "guest 'g1' (starting)"], device.undefine)
        with open_matrix(UUID, "g1"):
            self.good("started", "g1", UUID)
            self.refused(INVALID, [UUID, "starts by itself", "guest 'g1'"], device.undefine)
            self.assertEqual((device.isPersistent(), device.autostart()), (1, 1))
            device.setAutostart(0)
            device.undefine()

    @unittest.skipUnless(hasattr(libvirt.virNodeDevice, "update"), "libvirt is older than 10.1")
    def test_nothing_is_taken_away_from_it(self):
        device = self.lookup(UUID)
        self.good("prepare", "g1", UUID)
        begin = f"<device xmlns:ap='urn:libvirt-ap:matrix:1'><name>{machine.node_name(UUID)}</name>"
        less = machine.document([5], [], uuid=UUID).replace("<device>", begin)
        told = less.replace("</capability>", "<ap:take-from>g1</ap:take-from></capability>")
        self.refused(INVALID, [UUID, "guest 'g1' (starting)", "would lose domains 4"], device.update, less, LIVE)
        self.assertEqual(machine.kernel_queues(UUID), ["05.0004"])
        self.refused(INVALID, ["guest 'g1'", "guest 'g2'"], device.update, told.replace("g1<", "g2<"), LIVE)
        self.good("started", "g1", UUID)
        with open_matrix(UUID, "g2"):
            self.refused(INVALID, ["guest 'g1'", "guest 'g2'"], device.update, told, LIVE)
        device.update(told, LIVE)
        self.assertNotIn("05.0004", machine.kernel_queues(UUID))

    def test_example_guests_start(self):
        for number in (1, 2):
            matrix, guest = (os.path.join(machine.TOP, "xml", f"{name}{number}.xml") for name in ("matrix-guest", "guest-g"))
            machine.virsh("nodedev-define", matrix)
            text = machine.read(guest)
            for operation in ("prepare", "start", "stopped", "release"):
                done = call(operation, f"g{number}", text)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
            machine.virsh("nodedev-undefine", machine.node_name(re.search("address uuid='(.*)'", text)[1]))
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))

    def test_document_of_another_host_passes_unchanged(self):
        for operation in ("migrate", "restore"):
            done = self.good(operation, "g1", UUID)
            if machine.is_simulated():      # without a journal
                self.assertIn(f"guest 'g1' comes with matrix {UUID}: this host has to have one", done.stderr)
        self.assertEqual((machine.kernel_matrices(), self.records()), ([], []))


class Metadata(machine.MachineTest):
    """What a guest's matrix is to have, kept with the guest, as the manual has it."""

    WISH = ("<matrix uuid='{}'><adapters>5,6</adapters><domains>4,0xab</domains><reserve persist='no'/>"
            "<comment>a &lt; b</comment></matrix>").format(UUID)

    def test_definition_is_made_of_it(self):
        uri = "urn:libvirt-ap:matrix:1"
        printed = machine.virsh("-c", "test:///default",
                                f"metadata test {uri} ap --set \"{self.WISH}\"; metadata test {uri}")
        text = printed[printed.index("<matrix"):]
        text = machine.run("sed", "-f", os.path.join(machine.TOP, "xml", "matrix-of-guest.sed"), input=text).stdout
        done = machine.run("virsh", "nodedev-define", "/dev/stdin", input=text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(self.lookup(UUID).undefine)
        found = self.lookup(UUID).XMLDesc(0)
        for name, values in (("adapter", (5, 6)), ("domain", (4, 0xab))):
            self.assertEqual([value for value in range(256) if f"'assign_{name}' value='{value}'" in found],
                             list(values))

    @unittest.skipUnless(shutil.which("xmllint"), "xmllint is not installed")
    def test_it_is_valid_with_our_schema(self):
        schema = os.path.join(machine.TOP, "schemas", "ap-domain.rng")
        own = self.WISH.replace("<matrix", "<matrix xmlns='urn:libvirt-ap:matrix:1'")
        for text, valid in ((own, True), (own.replace("5,6", "5-"), False), (own.replace("uuid=", "id="), False),
                            (self.WISH, False)):
            done = machine.run("xmllint", "--noout", "--relaxng", schema, "-", input=text)
            self.assertEqual(done.returncode == 0, valid, done.stderr)


class Refusals(HookTest):
    def test_unknown_matrix(self):
        self.lookup(UUID).undefine()
        self.bad(["guest 'g1'", UUID, "neither active nor defined"], "prepare", "g1", UUID)

    def test_two_matrices(self):
        self.bad(["guest 'g1'", UUID, OTHER, "can have one"], "prepare", "g1", UUID, OTHER)

    def test_guest_without_kvm(self):
        self.bad(["guest 'g1'", "<domain type='kvm'>"], "prepare", "g1", UUID, kind="qemu")

    def test_cpu_without_crypto_cards(self):
        self.bad(["'ap'", "host-passthrough", "<feature policy='require' name='ap'/>"], "prepare", "g1", UUID,
                 cpu=custom())
        self.bad(["apft, apqci", "<feature policy='require' name='apft'/><feature policy='require' name='apqci'/>"],
                 "prepare", "g1", UUID, cpu=custom("ap", "apqi"))
        self.bad(["'ap'"], "prepare", "g1", UUID, cpu=HOST_CPU.replace("/>", "><feature policy='disable' name='ap'/></cpu>"))
        for cpu in ("", HOST_CPU, "<cpu mode='host-model'/>", custom("ap", "apft", "apqci"),
                    custom("ap", "apft", "apqci", "apqi")):
            self.good("prepare", "g1", UUID, cpu=cpu)
            self.end("g1", UUID)
        self.configure("[guests]\ncpu-features = warn\n")
        self.good("prepare", "g1", UUID, cpu=custom("ap"))

    def test_mistake_in_the_configuration(self):
        self.configure("[guests]\ncpu-features = maybe\n")
        self.bad([CONFIG, "line 4", "maybe"], "prepare", "g1", UUID)
        self.configure("")

    def test_matrix_that_would_not_reach_the_guest_whole(self):
        self.addCleanup(machine.restore_small)
        for control, value, words in (("deconfigure", 6, "card06 is deconfigured"),
                                      ("checkstop", 6, "card06 is checkstopped"),
                                      ("card_remove", 6, "card06 is not there")):
            machine.control(control, value)
            machine.scan()
            self.bad([words, OTHER, "guest 'g1'", "incomplete-matrix"], "prepare", "g1", OTHER)
            machine.restore_small()

    def test_reset_that_failed_while_nobody_had_the_matrix(self):
        """What the kernel remembers of it goes with one more reset, which the hook sees to."""
        machine.control("reset_fail", "06.0004")
        self.addCleanup(machine.control, "reset_clear", "06.0004")
        self.good("prepare", "g1", OTHER)
        self.end("g1", OTHER)
        self.bad([OTHER, "adapter 6 because the reset of one of its queues failed"], "prepare", "g1", OTHER)
        machine.control("reset_clear", "06.0004")
        self.good("prepare", "g1", OTHER)
        self.assertEqual(machine.read(machine.MATRIX, OTHER, "guest_matrix").split(), ["05.0004", "06.0004"])
        self.end("g1", OTHER)
        # One that is there already is not made anew for anybody.
        machine.control("reset_fail", "06.0004")
        self.lookup(OTHER).create()
        self.lookup(OTHER).destroy()
        machine.control("reset_clear", "06.0004")
        self.lookup(OTHER).create()
        self.bad([OTHER, "adapter 6 because the reset"], "prepare", "g1", OTHER)

    def test_card_that_vanishes_before_the_guest_starts(self):
        self.addCleanup(machine.restore_small)
        self.good("prepare", "g1", OTHER)
        machine.control("card_remove", 6)
        machine.scan()
        self.bad(["card06 is not there"], "start", "g1", OTHER)
        self.configure("[guests]\nincomplete-matrix = allow\n")
        self.good("start", "g1", OTHER)

    def test_unreadable_description(self):
        for text in ("", "vfio-ap", "<domain type='kvm'>vfio-ap", "<device>vfio-ap</device>"):
            done = call("prepare", "g1", text)
            self.assertEqual(done.returncode, 1 if text else 0, done.stderr)
        for operation in ("reconnect", "started", "stopped", "release", "restore", "migrate"):
            done = call(operation, "g1", "<domain type='kvm'>vfio-ap")
            self.assertEqual((done.returncode, done.stdout), (0, ""))


class Nonsense(HookTest):
    """Whatever the hook is called with: it does something that makes sense, or nothing."""

    # So many calls; in development more.
    ROUNDS = int(os.environ.get("AP_TEST_HOOK_ROUNDS", 80))
    WORDS = ["prepare", "start", "started", "stopped", "release", "reconnect", "migrate", "restore", "begin", "end", "-",
             "", "g1", "g2", "attach", "\n", "%s%n", "../..", "\u20ac", "x" * 5000, "--help", "-1"]
    PIECES = ["vfio-ap", "<", ">", "/>", "'", "&lt;", "&x;", "<!DOCTYPE d [<!ENTITY x 'y'>]>", "<domain", "</domain>",
              "<hostdev", "<uuid>", "\x00", "\x1b[2J", "\u20ac", "<![CDATA[", "<cpu mode='custom'>", UUID, OTHER,
              GUESTS["g2"], "kvm", "qemu", "a" * 70000, "<a>" * 300]

    def mutate(self, random, text):
        for _ in range(random.choice((0, 0, 1, 2, 3))):
            place, length = random.randrange(len(text) + 1), random.choice((0, 0, 1, 7, 40, 400))
            text = text[:place] + random.choice(self.PIECES) + text[place + length:]
        return text

    def command_line(self, random):
        """Mostly as libvirt calls it, sometimes with a word more, less, or another."""
        name, operation = random.choice(list(GUESTS)), random.choice(("prepare", "prepare", *self.WORDS[:8]))
        words = [name, operation, ENDS.get(operation, "begin"), "-"]
        if random.random() < 0.3:
            words[random.randrange(4)] = random.choice(self.WORDS)
        if random.random() < 0.1:
            words = words[:random.randrange(5)] + random.choices(self.WORDS, k=random.randrange(3))
        return words

    def test_any_input(self):
        seed = int(os.environ.get("AP_TEST_HOOK_SEED", 1))
        random = Random(seed)
        seen = set()
        for number in range(self.ROUNDS):
            words = self.command_line(random)
            matrices = random.choices((UUID, OTHER), k=random.choice((0, 1, 1, 1, 2)))
            text = self.mutate(random, domain(random.choice(list(GUESTS)), *matrices))
            done = machine.run(HOOK, *words, input=text)
            about = f"round {number} of seed {seed}: {words} {text!r:.2000}\n{done.stderr}"
            self.assertEqual(done.stdout, "", about)
            good = (0, 1) if words[1:2] in (["prepare"], ["start"]) else (0,) if words else (2,)
            self.assertIn(done.returncode, good, about)
            self.assertNotIn("\x1b", done.stderr, about)
            self.assertLessEqual(len(machine.kernel_matrices()), 1, about)
            seen.add((done.returncode, *machine.kernel_matrices()))
        self.assertLessEqual({(0,), (1,), (0, UUID), (0, OTHER)}, seen)


class Others(HookTest):
    """Guests that have no AP matrix: nothing is done, and it takes no time."""

    ROUNDS = 60

    def test_nothing_is_done(self):
        os.chmod(CONFIG, 0)
        for operation in ("prepare", "start", "started", "stopped", "release", "reconnect", "migrate", "restore",
                          "attach", "whatever"):
            done = call(operation, "g1", domain("g1"))
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertFalse(os.path.exists(os.path.join(HOLDERS, UUID)))

    @staticmethod
    def cost(command, text):
        """Processor time of one run."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=text, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    @unittest.skipUnless(machine.is_simulated(), "an emulated machine has its own idea of time")
    def test_it_costs_at_most_twice_what_nothing_costs(self):
        large = domain("g1", metadata="<x y='z'/>" * (1024 * 110)).encode()
        self.assertGreater(len(large), 1024 * 1024)
        for text in (domain("g1").encode(), large):
            ratios = []
            for _ in range(3):
                pairs = [(self.cost(["/bin/true"], b""), self.cost([HOOK, "g1", "prepare", "begin", "-"], text))
                         for _ in range(self.ROUNDS)]
                ratios.append(min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs))
            print(f"# {len(text)} bytes: {min(ratios):.2f} times what /bin/true takes", flush=True)
            self.assertLessEqual(min(ratios), 2)

    def test_end_is_no_slower_when_others_have_records(self):
        self.good("prepare", "g2", UUID)
        start = time.monotonic()
        self.end("g1")
        self.assertLess(time.monotonic() - start, 1)
        self.assertEqual(self.records(), [UUID])
