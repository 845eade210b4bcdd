# SPDX-License-Identifier: GPL-2.0
"""Uevents reach monitors as the kernel and as udevd send them."""

import os
import subprocess
import unittest

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
UUID = "22222222-2222-3333-4444-555555555555"
CARD5 = "/sys/devices/ap/card05"
CARD6 = "/sys/devices/ap/card06"
SYNTH = "fe4d7c9d-b8c6-4a70-9ef1-3d8a58d18eed"


def happen():
    """What happened to the machine on which data/events.txt was recorded."""
    machine.write("/sys/bus/ap/apmask", "0x00")
    with machine.Mdev(UUID, assign_adapter=(5, 6), assign_domain=(4, 0xab)):
        pass
    machine.write("/sys/bus/ap/apmask", "0x" + "f" * 64)
    machine.write(CARD5 + "/05.0004/uevent", "add")
    machine.write(CARD5 + "/uevent", f"change {SYNTH} A=1 B=abc\n")
    machine.write("/sys/bus/ap/uevent", "change")
    machine.write("/sys/bus/ap/drivers/vfio_ap/uevent", "change")
    for command, text in (("card_remove", "7"), ("card_add", "9 CEX8P"),
                          ("domain_remove", "0xff"), ("domain_add", "1")):
        machine.control(command, text)
        machine.rescan()
    for state in "01":
        machine.write(CARD6 + "/config", state)
        machine.rescan()
    for command in ("deconfigure", "configure", "checkstop", "checkstop_clear"):
        machine.control(command, "5")
        machine.rescan()
    for place in (CARD5, CARD5 + "/05.0004"):
        machine.write(place + "/online", "0")
        machine.write(place + "/online", "1")
    machine.write("/sys/bus/ap/drivers/cex4queue/unbind", "05.0004")
    machine.write("/sys/bus/ap/drivers/cex4queue/bind", "05.0004")


def comparable(event):
    skipped = ("SEQNUM", "MAJOR", "MINOR", "USEC_INITIALIZED")
    return " ".join(f"{key}={value.strip()}" for key, value in event.items() if key not in skipped)


class Recorded(unittest.TestCase):
    maxDiff = None

    def test_kernel_and_udev_report_what_was_recorded(self):
        kernel, udev = machine.Monitor(machine.KERNEL), machine.Monitor(machine.UDEV)
        happen()
        heard, again = kernel.pending(), udev.pending()
        with open(os.path.join(HERE, "data", "events.txt"), encoding="utf-8") as stream:
            wanted = [line.rstrip("\n") for line in stream if not line.startswith("#")]
        self.assertEqual(sorted(comparable(event) for event in heard if "BINDINGS" not in event),
                         wanted)
        self.assertEqual([comparable(event) for event in again],
                         [comparable(event) for event in heard])
        self.assertEqual([event["SEQNUM"] for event in again], [event["SEQNUM"] for event in heard])
        numbers = [int(event["SEQNUM"]) for event in heard]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertTrue(all(int(event["USEC_INITIALIZED"]) for event in again))


class Order(unittest.TestCase):
    def test_mdev_comes_before_its_group_and_is_bound_last(self):
        monitor = machine.Monitor(machine.KERNEL)
        with machine.Mdev():
            pass
        self.assertEqual([(event["ACTION"], event["SUBSYSTEM"]) for event in monitor.pending()],
                         [("add", "mdev"), ("add", "vfio"), ("add", "vfio-dev"), ("bind", "mdev"),
                          ("remove", "vfio-dev"), ("remove", "vfio"), ("unbind", "mdev"),
                          ("remove", "mdev")])

    def test_queues_change_hands_one_by_one(self):
        monitor = machine.Monitor(machine.KERNEL)
        machine.write("/sys/bus/ap/apmask", "-5")
        machine.write("/sys/bus/ap/apmask", "+5")
        names = ["05.0004", "05.0047", "05.00ab", "05.00ff"]
        wanted = [(action, name) for name in names for action in ("unbind", "bind")] + [("change", "ap")]
        self.assertEqual([(event["ACTION"], os.path.basename(event["DEVPATH"])) for event in monitor.pending()],
                         wanted + wanted)

    def test_card_is_removed_queue_by_queue(self):
        monitor = machine.Monitor(machine.KERNEL)
        machine.control("card_remove", "7")
        machine.rescan()
        machine.control("card_add", "7 CEX8A")
        names = ["07.0004", "07.0047", "07.00ab", "07.00ff", "card07"]
        self.assertEqual([(event["ACTION"], os.path.basename(event["DEVPATH"])) for event in monitor.pending()],
                         [(action, name) for name in names for action in ("unbind", "remove")])
        machine.rescan()

    def test_failed_writes_report_nothing(self):
        monitor = machine.Monitor(machine.KERNEL)
        machine.outcome(machine.write, "/sys/bus/ap/apmask", "zz")
        machine.outcome(machine.write, machine.TYPE + "/create", "zz")
        machine.outcome(machine.write, CARD5 + "/uevent", "bogus")
        self.assertEqual(monitor.pending(), [])
        self.assertIn("synth uevent: /devices/ap/card05", machine.log())


class Udevadm(unittest.TestCase):
    def test_monitor_hears_both_sources(self):
        with subprocess.Popen(["udevadm", "monitor", "-k", "-u", "-p", "-s", "mdev"],
                              stdout=subprocess.PIPE, text=True) as monitor:
            lines = []
            # The second line of the banner is printed before it listens, so that
            # events are made until one is heard.
            os.set_blocking(monitor.stdout.fileno(), False)

            def heard():
                with machine.Mdev():
                    pass
                while line := monitor.stdout.readline():
                    lines.append(line.strip())
                sources = {line.split("[")[0].strip() for line in lines if " bind " in line}
                return sources == {"KERNEL", "UDEV"} and "DRIVER=vfio_ap_mdev" in lines

            machine.wait_for(heard, "udevadm monitor tells of an mdev from both sources")
            monitor.terminate()

    def test_settle_and_ping_return_at_once(self):
        with machine.Mdev():
            machine.run("udevadm", "settle", "--timeout=5")
        machine.run("udevadm", "control", "--ping")

    def test_info_knows_all_devices(self):
        with machine.Mdev(UUID):
            exported = machine.run("udevadm", "info", "-e")
        for path in ("/devices/ap/card05", "/devices/ap/card05/05.0004", "/devices/vfio_ap/matrix",
                     "/devices/vfio_ap/matrix/" + UUID, "/devices/virtual/vfio/0",
                     f"/devices/vfio_ap/matrix/{UUID}/vfio-dev/vfio0"):
            self.assertIn(f"P: {path}\n", exported)

    def test_info_walks_up_from_a_queue(self):
        walked = machine.run("udevadm", "info", "-a", "-p", CARD5 + "/05.0004")
        for text in ('KERNEL=="05.0004"', 'DRIVER=="cex4queue"', 'KERNELS=="card05"',
                     'DRIVERS=="cex4card"', 'KERNELS=="ap"'):
            self.assertIn(text, walked)
