# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small KVM guest on the mainframe, and what it says of its crypto cards.

The guest shows its cards on its console, and again whenever they have changed; see
vfio_ap/mainframe/guest/small-guest-init.
"""

import os
import select
import subprocess
import threading
import time

import machine

SHARE = "/usr/share/mainframe"
LOGS = "/var/log/libvirt/qemu"
# A slow machine boots slowly, and the AP bus looks every few seconds only.
TIME_LIMIT = 300
HOSTDEV = """\
<hostdev mode='subsystem' type='mdev' model='vfio-ap'>
  <source><address uuid='{uuid}'/></source>
</hostdev>
"""
DOMAIN = """\
<domain type='kvm'>
  <name>{name}</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='s390x' machine='s390-ccw-virtio'>hvm</type>
    <kernel>{share}/guest-vmlinuz</kernel>
    <initrd>{share}/guest-initrd.gz</initrd>
    <cmdline>console=sclp0 loglevel=4 panic=-1</cmdline>
  </os>
  <cpu mode='host-passthrough'/>
  <on_reboot>restart</on_reboot>
  <devices>
    <emulator>/usr/bin/qemu-system-s390x</emulator>
    <console type='file'><source path='{console}'/><target type='sclp'/></console>
    <memballoon model='none'/>
    {hostdev}
  </devices>
</domain>
"""


def hostdev_document(uuid):
    return HOSTDEV.format(uuid=uuid)


def parse_list(lines):
    """{name: {attribute: value}} of the cards and queues in a list of the guest's."""
    found = {}
    for line in lines:
        words = line.split()
        found[words[1]] = dict(word.split("=") for word in words[2:] if "=" in word)
    return found


class Console:
    """Follows the console of a guest, also when that file is made anew."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.arrived = threading.Condition()
        self.tail = subprocess.Popen(["tail", "-n", "+1", "-F", path], stdout=subprocess.PIPE,
                                     stderr=subprocess.DEVNULL, text=True, errors="replace")
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.tail.stdout:
            with self.arrived:
                self.lines.append(line.strip())
                self.arrived.notify_all()

    def close(self):
        self.tail.kill()
        self.tail.wait()
        self.thread.join()
        self.tail.stdout.close()

    def wait_until(self, condition, what, timeout=TIME_LIMIT):
        """What @condition finds in the lines; it is asked with each new one."""
        deadline = time.monotonic() + timeout
        with self.arrived:
            while True:
                found = condition(self.lines)
                if found:
                    return found
                left = deadline - time.monotonic()
                if left <= 0:
                    text = "\n".join(self.lines[-25:])
                    raise AssertionError(f"the guest does not show {what} within {timeout} seconds:\n{text}")
                self.arrived.wait(left)


def console_of(name):
    return f"{LOGS}/{name}-console.log"


def forget_console(name):
    """What an earlier guest of that name has said."""
    if os.path.exists(console_of(name)):
        os.unlink(console_of(name))


def document(name, uuid=None):
    """Of a guest with the matrix @uuid, or none."""
    return DOMAIN.format(name=name, share=SHARE, console=console_of(name),
                         hostdev=hostdev_document(uuid) if uuid else "")


class Guest:
    """One that is started by libvirt with the matrix @uuid, or none; or that runs already, as @domain."""

    def __init__(self, connection, name, uuid=None, domain=None):
        self.name = name
        if not domain:
            forget_console(name)
            domain = connection.createXML(document(name, uuid), 0)
        self.domain = domain
        with open(f"/run/libvirt/qemu/{name}.pid", encoding="ascii") as stream:
            self.pid = int(stream.read())
        self.process = os.pidfd_open(self.pid)
        self.console = Console(console_of(name))

    @staticmethod
    def last_list(lines):
        """Cards and queues of the last whole list; None where there is none yet."""
        ends = [number for number, line in enumerate(lines) if line == "guest: end of the list"]
        if not ends:
            return None
        begins = [number for number in range(ends[-1]) if lines[number] == "guest: these are the crypto cards:"]
        return parse_list(lines[begins[-1] + 1:ends[-1]]) if begins else None

    def wait_until(self, condition, what):
        """The guest's list, once @condition holds for it."""
        def look(lines):
            found = self.last_list(lines)
            return (found,) if found is not None and condition(found) else None
        return self.console.wait_until(look, what)[0]

    def wait_for_queues(self, *queues):
        """Until the guest has these queues, all online, their cards, and nothing else."""
        names = set(queues) | {f"card{queue[:2]}" for queue in queues}
        return self.wait_until(
            lambda found: set(found) == names and all(found[queue]["online"] == "1" for queue in queues),
            f"the queues {', '.join(queues) or 'of no card'}")

    def forget(self):
        """What it has said until now does not count any more."""
        with self.console.arrived:
            self.console.lines.clear()

    def wait_for_boot(self):
        """Until it boots; what it said before does not count any more."""
        def look(lines):
            starts = [index for index, line in enumerate(lines) if line.startswith("guest: Linux ")]
            if starts:
                del lines[:starts[0]]
            return bool(starts)
        self.console.wait_until(look, "that it boots")

    def has_ended(self, timeout):
        """Whether its process has ended, or does so in time."""
        ready, _, _ = select.select([self.process], [], [], timeout)
        return bool(ready)

    def wait_for_end(self):
        if not self.has_ended(TIME_LIMIT):
            raise AssertionError(f"guest {self.name} has not ended within {TIME_LIMIT} seconds")

    def shut_down(self):
        self.domain.shutdown()
        self.wait_for_end()

    def close(self):
        """Whatever has become of it, it ends."""
        if not self.has_ended(0):
            self.domain.destroy()
        self.wait_for_end()
        os.close(self.process)
        self.console.close()
        # libvirt hears of it a little later.
        machine.wait_until(lambda: self.name not in machine.virsh("list", "--name").split(), f"no {self.name} any more")
