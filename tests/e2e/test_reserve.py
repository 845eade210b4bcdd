# profile: doc
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Matrices that take their queues out of the host pool, and give them back."""

import os

import libvirt

import machine

INVALID = libvirt.VIR_ERR_OPERATION_INVALID
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
NAMESPACE = "urn:libvirt-ap:matrix:1"
CONFIG = "/etc/libvirt/ap.conf"
RULES = "/etc/udev/rules.d/41-ap.rules"
NODE = "/dev/z90crypt"
ALL_DOMAINS = [4, 0x47, 0xab, 0xff]


def document(adapters, domains, reserve="", uuid=UUID):
    return machine.document(adapters, domains, uuid=uuid, extra=f"<ap:reserve xmlns:ap='{NAMESPACE}'{reserve}/>")


def driver(queue):
    return os.path.basename(os.readlink(f"{machine.BUS}/devices/{queue}/driver"))


class ReserveTest(machine.MachineTest):
    def setUp(self):
        super().setUp()
        self.masks = self.read_masks()
        self.addCleanup(self.check_masks)
        self.addCleanup(self.remove, CONFIG)
        self.configure("")

    @staticmethod
    def read_masks():
        return {name: machine.read(machine.BUS, name).strip() for name in ("apmask", "aqmask")}

    @staticmethod
    def remove(path):
        if os.path.exists(path):
            os.unlink(path)

    def check_masks(self):
        """Everything has come back."""
        after = self.read_masks()
        self.remove_matrices()
        for name, mask in self.masks.items():
            machine.write(mask, machine.BUS, name)
        self.assertEqual(after, self.masks)

    def configure(self, text):
        with open(CONFIG, "w", encoding="ascii") as stream:
            stream.write(f"[reservation]\n{text}\n")

    def reserve(self, *arguments, **keywords):
        return self.connection.nodeDeviceCreateXML(document(*arguments, **keywords), 0)

    def test_whole_card(self):
        device = self.reserve([5], ALL_DOMAINS)
        self.assertEqual(driver("05.0047"), "vfio_ap")
        self.assertEqual(driver("06.0047"), "cex4queue")
        self.assertEqual(len(machine.kernel_queues(UUID)), 4)
        device.destroy()
        self.assertEqual(driver("05.0047"), "cex4queue")

    def test_one_domain_of_all_cards(self):
        """Taking the cards would take six other queues along."""
        device = self.reserve([5, 6], [0x47])
        self.assertEqual(machine.read(machine.BUS, "apmask").strip(), self.masks["apmask"])
        self.assertEqual(driver("05.0004"), "cex4queue")
        device.destroy()

    def test_without_it_nothing_is_taken(self):
        self.refused_document(INVALID, ["05.0047", "host pool"], machine.document([5], [0x47], uuid=UUID))
        self.assertEqual(self.read_masks(), self.masks)

    def test_collateral_is_told_or_refused(self):
        device = self.reserve([5], [0x47])
        log = machine.log_text()
        self.assertIn("06.0047", log[log.index("leave the host pool for matrix " + UUID):])
        device.destroy()
        self.configure("collateral = refuse")
        self.refused_document(INVALID, ["06.0047", UUID, "not asked for"], document([5], [0x47]))
        self.assertEqual(self.read_masks(), self.masks)

    def requests(self, queue, done, waiting=0):
        """The host has work for one of its queues."""
        if not machine.is_simulated():
            self.skipTest("the requests of a real host are not ours to make")
        machine.control("requests", f"{queue} {done} {waiting}")

    def open_node(self):
        """The node of the cards, as a program of the host has it; a simulated machine has none by itself."""
        if not os.path.exists(NODE):
            self.addCleanup(os.unlink, NODE)
        return open(NODE, "w", encoding="ascii")

    def test_open_node_alone_is_told(self):
        """Nobody misses a queue for that, as long as it has served nobody."""
        unused = [0xab, 0xff]
        # The first is named; on a real one OpenSSL has opened it for others before.
        opener = f"process {os.getpid()}" if machine.is_simulated() else "process "
        self.configure("methods = domains")
        with self.open_node():
            self.reserve([6], unused).destroy()
            log = machine.log_text()
            self.assertIn(opener, log[log.rindex("although the host could use some"):])
            self.configure("methods = domains\nopen-nodes = refuse")
            self.refused_document(INVALID, [opener, NODE, "open-nodes"], document([6], unused))

    def test_last_queue_of_a_user_stays(self):
        """Who uses the only card of its kind would miss it."""
        self.requests("06.0047", 7)
        with self.open_node():
            self.reserve([5], ALL_DOMAINS).destroy()
            self.refused_document(INVALID, [f"process {os.getpid()}", NODE, "06.0047 (accelerator)", "queues-in-use"],
                                  document([6], ALL_DOMAINS))
            # As long as one is left its requests go there.
            self.configure("methods = domains")
            self.reserve([6], [0x47]).destroy()
            self.configure("queues-in-use = warn")
            self.reserve([6], ALL_DOMAINS).destroy()

    def test_requests_under_way(self):
        self.requests("05.0047", 1, 1)
        self.refused_document(INVALID, ["queue 05.0047 has requests under way"], document([5], ALL_DOMAINS))
        self.requests("05.0047", 0, 0)
        self.reserve([5], ALL_DOMAINS).destroy()

    def test_default_domain_stays(self):
        domain = int(machine.read(machine.BUS, "ap_domain"))
        self.refused_document(INVALID, [f"default domain {domain} "], document([5, 6], ALL_DOMAINS))

    def test_other_matrix_needs_the_card(self):
        first = self.reserve([5], [4, 0xab, 0xff])
        second = self.create([5], [0x47], uuid=OTHER)
        first.destroy()
        self.assertEqual(driver("05.0004"), "vfio_ap")
        second.destroy()
        self.assertEqual(driver("05.0004"), "cex4queue")

    def test_kept_over_a_reboot(self):
        self.addCleanup(self.remove, RULES)
        device = self.reserve([5], ALL_DOMAINS, reserve=" persist='yes'")
        rules = machine.read(RULES)
        self.assertIn('LABEL="cfg_ap"\nATTR{../../bus/ap/apmask}="0xfbff', rules)
        device.destroy()
        self.assertIn('ATTR{../../bus/ap/apmask}="0xffff', machine.read(RULES))

    def test_killed_daemon_gives_back(self):
        """What it had noted and nobody needs returns when the next one starts."""
        device = self.reserve([5], ALL_DOMAINS)
        self.assertIsNotNone(device)
        self.connection.close()
        machine.daemon("stop")
        self.remove_matrices()
        self.assertEqual(driver("05.0004"), "vfio_ap")
        machine.daemon("start ours")
        self.connection = libvirt.open(self.uri)
        self.assertEqual(driver("05.0004"), "cex4queue")

    def define(self, *arguments, **keywords):
        device = self.connection.nodeDeviceDefineXML(document(*arguments, **keywords), 0)
        self.addCleanup(self.forget, keywords.get("uuid", UUID))
        return device

    def forget(self, uuid):
        if os.path.exists(f"/etc/mdevctl.d/matrix/{uuid}"):
            self.lookup(uuid).undefine()

    def test_definition_takes_with_its_start(self):
        """And gives back with its end, not before: it is to start again."""
        device = self.define([5], ALL_DOMAINS)
        self.assertEqual(self.read_masks(), self.masks)
        device.create()
        self.assertEqual(driver("05.0047"), "vfio_ap")
        device.destroy()
        self.assertEqual(driver("05.0047"), "vfio_ap")
        device.undefine()
        self.assertEqual(driver("05.0047"), "cex4queue")

    def test_other_definition_keeps_the_card(self):
        first = self.define([5], [4, 0xab])
        second = self.define([5], [0x47], uuid=OTHER)
        self.configure("methods = adapters")
        first.create()
        first.destroy()
        first.undefine()
        self.assertEqual(driver("05.0004"), "vfio_ap")
        second.undefine()
        self.assertEqual(driver("05.0004"), "cex4queue")

    def test_starts_by_itself_with_its_queues(self):
        device = self.define([5], ALL_DOMAINS)
        device.setAutostart(1)
        name = device.name()
        self.connection.close()
        machine.daemon("stop", "start ours")
        self.connection = libvirt.open(self.uri)
        self.assertTrue(self.connection.nodeDeviceLookupByName(name).isActive(), machine.log_text()[-2000:])
        self.assertEqual(driver("05.0047"), "vfio_ap")
        self.connection.nodeDeviceLookupByName(name).destroy()

    def test_kernel_keeps_what_a_matrix_has(self):
        """A matrix that others made of what we took: the kernel gives nothing back."""
        if not machine.is_simulated():
            self.skipTest("needs a failure on demand")
        device = self.reserve([5], ALL_DOMAINS)
        machine.control("fail", "write apmask 1 EBUSY")
        device.destroy()
        self.assertIn("refused '+5' for '/sys/bus/ap/apmask': Device or resource busy", machine.log_text())
        self.create([6], [], uuid=OTHER).destroy()
        self.assertEqual(driver("05.0004"), "cex4queue")
