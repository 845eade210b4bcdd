#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boot many KVM guests on the emulated mainframe, one after the other.

Each gets a matrix, shows the right cards, and ends: told to shut down, or killed
by libvirt, by turns.  Several mainframes run at a time, and several guests on each.
The console of a guest that fails is kept; the exit status is 0 only when none did.
"""

import argparse
import collections
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = "/opt/boots"
SECONDS_PER_BOOT = 300
# One domain on both cards for each of the guests at a time.
DOMAINS = (0x04, 0x47, 0xab, 0xff)


def boot(connection, domain, number):
    """The life of one guest; raises what went wrong."""
    import kvm_guest  # only where libvirt is  pylint: disable=import-outside-toplevel
    import machine  # pylint: disable=import-outside-toplevel
    uuid = machine.MachineTest.new_uuid()
    matrix = connection.nodeDeviceCreateXML(machine.document([5, 6], [domain], uuid=uuid), 0)
    try:
        guest = kvm_guest.Guest(connection, f"guest-{domain:02x}-{number}", uuid)
        try:
            guest.wait_for_queues(f"05.{domain:04x}", f"06.{domain:04x}")
            if number % 2:
                guest.shut_down()
        finally:
            guest.close()
    finally:
        matrix.destroy()


def boot_by_turns(domain, numbers):
    """One guest after the other with @domain; prints a line for each.  Returns how
    many failed."""
    import libvirt  # pylint: disable=import-outside-toplevel
    connection = libvirt.open("qemu:///system")
    failures = 0
    while True:
        try:
            number = numbers.popleft()
        except IndexError:
            return failures
        start = time.monotonic()
        try:
            boot(connection, domain, number)
        except (AssertionError, OSError, libvirt.libvirtError) as error:
            failures += 1
            print(f"FAILED {number}: {error}", flush=True)
            name = f"/var/log/libvirt/qemu/guest-{domain:02x}-{number}"
            subprocess.run(["tail", "-n", "100", f"{name}.log", f"{name}-console.log"], check=False)
        else:
            print(f"booted {number} in {time.monotonic() - start:.1f} s", flush=True)


def inside(count, parallel):
    """On the mainframe; returns how many failed."""
    sys.path.insert(0, os.path.join(HERE, "e2e"))
    numbers = collections.deque(range(count))
    with concurrent.futures.ThreadPoolExecutor(parallel) as pool:
        return sum(pool.map(lambda domain: boot_by_turns(domain, numbers), DOMAINS[:parallel]))


def run_mainframe(options, overlay, number, count):
    """@count boots on a mainframe of their own; how many of them went well."""
    command = [options.run, "mainframe", "--debian", options.debian, "--profile", "small", "--overlay", overlay,
               "--timeout", str(SECONDS_PER_BOOT * count), "--",
               "/usr/bin/python3", f"{INSIDE}/boots.py", "--inside", str(count), str(options.parallel)]
    good = 0
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, errors="replace") as process:
        for line in process.stdout:
            good += line.startswith("booted ")
            print(f"mainframe {number}: {line.rstrip()}", flush=True)
    return good


def main():
    if sys.argv[1:2] == ["--inside"]:
        # The logs of the mainframe are kept when it ends with another status than 0.
        return 1 if inside(int(sys.argv[2]), int(sys.argv[3])) else 0
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default=os.path.join(HERE, "..", "..", "run"))
    parser.add_argument("--debian", default="12", help="the release on the mainframe")
    parser.add_argument("--mainframes", type=int, default=1, help="at a time; default 1")
    parser.add_argument("--parallel", type=int, default=2, choices=range(1, len(DOMAINS) + 1),
                        help="guests at a time on each; default 2")
    parser.add_argument("count", nargs="?", type=int, default=200, help="default 200")
    options = parser.parse_args()
    shares = [options.count // options.mainframes + (number < options.count % options.mainframes)
              for number in range(options.mainframes)]
    with tempfile.TemporaryDirectory() as overlay:
        target = overlay + INSIDE
        os.makedirs(target)
        for name in ("boots.py", "kvm_guest.py", "../e2e"):
            subprocess.run(["cp", "-a", os.path.join(HERE, name), target], check=True)
        with concurrent.futures.ThreadPoolExecutor(options.mainframes) as pool:
            good = sum(pool.map(lambda item: run_mainframe(options, overlay, *item), enumerate(shares)))
    print(f"{good} of {options.count} guests booted and ended well")
    return 0 if good == options.count else 1


if __name__ == "__main__":
    sys.exit(main())
