# profile: small
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Cards and domains come and go: answers follow at once, matrices stay."""

import random
import threading
import time

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
NO_DEVICE = libvirt.VIR_ERR_NO_NODE_DEVICE
INVALID = libvirt.VIR_ERR_OPERATION_INVALID
DOMAINS = ("0004", "0047", "00ab", "00ff")


def queues(*cards):
    return [f"ap_{card}_{domain}" for card in cards for domain in DOMAINS]


class HotplugTest(machine.MachineTest):
    """Puts the machine back to two cards and four domains."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.restore)

    def restore(self):
        self.remove_matrices()
        machine.restore_small()
        self.assertEqual(machine.virsh_names("--cap", "ap_queue"), queues("05", "06"))


class Hotplug(HotplugTest):
    def test_card_that_goes_takes_its_queues_along(self):
        queue = self.connection.nodeDeviceLookupByName("ap_06_0047")
        machine.control("card_remove", 6)
        machine.scan()
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), ["ap_card05"])
        self.assertEqual(machine.virsh_names("--cap", "ap_queue"), queues("05"))
        self.assertNotIn("06", machine.virsh("nodedev-list", "--tree").replace("card05", ""))
        self.refused(NO_DEVICE, "ap_card06", self.connection.nodeDeviceLookupByName, "ap_card06")
        self.refused(NO_DEVICE, "ap_06_0047", queue.XMLDesc, 0)
        self.refused(NO_DEVICE, "ap_06_0047", queue.numOfCaps)

    def test_card_that_comes_brings_its_queues(self):
        machine.control("card_add", "0x10 CEX8P")
        machine.scan()
        self.assertEqual(machine.virsh_names("--cap", "ap_card"), ["ap_card05", "ap_card06", "ap_card10"])
        self.assertEqual(machine.virsh_names("--cap", "ap_queue"), queues("05", "06", "10"))
        text = machine.virsh("nodedev-dumpxml", "ap_10_00ab")
        self.assertIn("<parent>ap_card10</parent>", text)
        self.assertIn("<ap-adapter>0x10</ap-adapter>", text)

    def test_domain_comes_and_goes_on_every_card(self):
        machine.control("domain_remove", 0x47)
        machine.control("domain_add", 0x12)
        machine.scan()
        self.assertEqual(machine.virsh_names("--cap", "ap_queue"),
                         [f"ap_{card}_{domain}" for card in ("05", "06")
                          for domain in ("0004", "0012", "00ab", "00ff")])

    def test_matrix_keeps_what_was_assigned(self):
        device = self.create([5, 6], [4, 0xab], uuid=UUID)
        before = device.XMLDesc(0)
        machine.control("card_remove", 6)
        machine.control("domain_remove", 4)
        machine.scan()
        self.assertEqual(device.XMLDesc(0), before)
        self.assertEqual(machine.read(machine.MATRIX, UUID, "guest_matrix").split(), ["05.00ab"])
        self.restore_hardware()
        self.assertEqual(device.XMLDesc(0), before)
        self.assertEqual(len(machine.read(machine.MATRIX, UUID, "guest_matrix").split()), 4)
        device.destroy()

    def restore_hardware(self):
        machine.control("card_add", "6 CEX5A")
        machine.control("domain_add", 4)
        machine.scan()

    def test_queues_of_a_card_that_went_are_still_taken(self):
        self.create([6], [4], uuid=UUID)
        machine.control("card_remove", 6)
        machine.scan()
        self.refused_document(INVALID, ["06.0004", UUID], machine.document([6], [4]))
        self.lookup(UUID).destroy()
        self.create([6], [4])

    def test_deconfigured_and_broken_cards_stay_listed(self):
        device = self.create([5], [4], uuid=UUID)
        before = machine.virsh("nodedev-dumpxml", "ap_card05")
        for away, back in (("deconfigure", "configure"), ("checkstop", "checkstop_clear")):
            with self.subTest(away=away):
                machine.control(away, 5)
                machine.scan()
                self.assertEqual(machine.virsh("nodedev-dumpxml", "ap_card05"), before)
                self.assertEqual(machine.virsh_names("--cap", "ap_queue"), queues("05", "06"))
                self.create([5], [0x47]).destroy()
                machine.control(back, 5)
                machine.scan()
        device.destroy()

    def test_matrix_in_use_survives_the_unplugging(self):
        device = self.create([5, 6], [4], uuid=UUID)
        machine.control("guest_open", UUID)
        self.addCleanup(machine.control, "guest_close", UUID)
        machine.control("card_remove", "5,6")
        machine.scan()
        self.refused(INVALID, "in use", device.destroy)
        left = machine.read(machine.MATRIX, UUID, "guest_matrix").split()
        self.assertEqual([queue for queue in left if not queue.startswith(".")], [])


class Storm(HotplugTest):
    """Cards and domains come and go while clients work."""

    CLIENTS = 4
    # A slow machine does fewer.
    ROUNDS = 60
    ENOUGH = 10
    SECONDS = 60

    def setUp(self):
        super().setUp()
        self.stop = threading.Event()
        self.faults = []
        self.done = [0] * (self.CLIENTS + 1)

    def change(self, chance, number):
        """One client: creates and destroys; being refused is all that may happen."""
        connection = libvirt.open(self.uri)
        while not self.stop.is_set():
            wanted = chance.sample((5, 6, 7), 2), chance.sample((4, 0x47, 0xab), chance.randint(1, 2))
            try:
                connection.nodeDeviceCreateXML(machine.document(*wanted), 0).destroy()
                self.done[number] += 1
            except libvirt.libvirtError as error:
                if error.get_error_code() != INVALID:
                    self.faults.append(f"{error.get_error_code()}: {error}")
        connection.close()

    def look(self, number):
        """Lists and describes everything; what has just gone is not there."""
        connection = libvirt.open(self.uri)
        flags = (libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE
                 | libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV)
        while not self.stop.is_set():
            for device in connection.listAllDevices(flags):
                try:
                    text = device.XMLDesc(0)
                    if f"<name>{device.name()}</name>" not in text:
                        self.faults.append(f"{device.name()} is described as {text}")
                    self.done[number] += 1
                except libvirt.libvirtError as error:
                    if error.get_error_code() != NO_DEVICE:
                        self.faults.append(f"{error.get_error_code()}: {error}")
        connection.close()

    def work(self, function, *arguments):
        try:
            function(*arguments)
        except Exception as error:  # whatever it is, the test has to show it
            self.faults.append(repr(error))

    def test_no_crash_and_no_wrong_error(self):
        # Card 7 comes and goes; whoever wants it must be able to have it.
        machine.write("-7", machine.BUS, "apmask")
        seed = random.SystemRandom().randrange(2 ** 32)
        print(f"# seed {seed}", flush=True)
        chance = random.Random(seed)
        threads = [threading.Thread(target=self.work, args=(self.change, random.Random(seed + number), number))
                   for number in range(self.CLIENTS)]
        threads.append(threading.Thread(target=self.work, args=(self.look, self.CLIENTS)))
        for thread in threads:
            thread.start()
        try:
            there = {5, 6}
            end = time.monotonic() + self.SECONDS
            for number in range(self.ROUNDS):
                if number >= self.ENOUGH and time.monotonic() > end:
                    break
                card = chance.choice((5, 6, 7))
                machine.control(*(("card_remove", card) if card in there else ("card_add", f"{card} CEX8P")))
                there ^= {card}
                machine.control(chance.choice(("domain_add", "domain_remove")), chance.choice((4, 0x47, 0xab)))
                machine.scan()
                # As many changes of the machine as the clients make of theirs.
                before = sum(self.done)
                machine.wait_until(lambda: sum(self.done) > before or self.faults, "a client goes on")
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
            self.remove_matrices()
            machine.write("+7", machine.BUS, "apmask")
        self.assertEqual(self.faults, [])
        self.assertTrue(all(self.done), self.done)
