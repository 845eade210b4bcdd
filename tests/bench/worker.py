#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inside a machine: do one operation for each line on standard input.

Each line names an operation; the answer is one line of JSON with the seconds
that it took, or with the error.  `daemon_start` restarts the daemon.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

import libvirt

UUID = "0f0b4b0e-9d9d-4f0a-8d7e-6b6f5c1d2a3b"
NAME = f"mdev_{UUID.replace('-', '_')}_matrix"
XML = f"""<device><parent>ap_matrix</parent><capability type='mdev'>
<type id='vfio_ap-passthrough'/><uuid>{UUID}</uuid>
<attr name='assign_adapter' value='5'/><attr name='assign_domain' value='0x47'/>
</capability></device>"""
QUEUE = "ap_05_0047"
PIDFILE = "/run/libvirtd.pid"
BURST = 10
QUIET_SECONDS = 0.1


class Worker:
    """One connection to one daemon, and the operations on it."""

    def __init__(self, which):
        self.which = which
        self.connection = libvirt.open("qemu:///system")
        with tempfile.NamedTemporaryFile("w", suffix=".xml", delete=False) as stream:
            stream.write(XML)
        self.document = stream.name

    def create_destroy(self):
        self.connection.nodeDeviceCreateXML(XML, 0).destroy()

    def create_destroy_burst(self):
        """Back to back: what the daemon does afterwards for one hits the next."""
        start = time.monotonic()
        for _number in range(BURST):
            self.create_destroy()
        return (time.monotonic() - start) / BURST

    def create_destroy_virsh(self):
        for arguments in (["nodedev-create", self.document], ["nodedev-destroy", NAME]):
            subprocess.run(["virsh", "-q", *arguments], check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.PIPE)

    def list_queues(self):
        flag = libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE
        if not self.connection.listAllDevices(flag):
            raise RuntimeError("no queue is listed")

    def dumpxml(self):
        self.connection.nodeDeviceLookupByName(QUEUE).XMLDesc(0)

    def daemon_start(self):
        """From exec of the daemon to its first answer about AP cards."""
        self.connection.close()
        script = os.path.join(os.path.dirname(__file__), "..", "machine", "daemon.sh")
        subprocess.run(["bash", "-c", f". {script}; daemon_stop"], check=True)
        start = time.monotonic()
        subprocess.run(["bash", "-c", f". {script}; daemon_start {self.which}"], check=True)
        self.connection = libvirt.open("qemu:///system")
        flag = libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD
        if not self.connection.listAllDevices(flag):
            raise RuntimeError("no card is listed")
        return time.monotonic() - start

    @staticmethod
    def used_time():
        """Processor time of the daemon and of the children that it has waited for."""
        with open(PIDFILE, encoding="ascii") as stream:
            pid = stream.read().strip()
        with open(f"/proc/{pid}/stat", encoding="ascii") as stream:
            fields = stream.read().rsplit(")", 1)[1].split()
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as stream:
            return fields[11:15], stream.read().split()

    def settle(self):
        """Wait until the daemon has no more to do for what came before.

        Both daemons go on after they have answered (libvirt's driver starts
        mdevctl when a device has gone); that is no part of the next answer."""
        deadline = time.monotonic() + 30
        before = self.used_time()
        while time.monotonic() < deadline:
            time.sleep(QUIET_SECONDS)
            now = self.used_time()
            if now == before and not now[1]:
                return
            before = now
        raise RuntimeError("the daemon does not come to rest")

    def timed(self, operation):
        self.settle()
        start = time.monotonic()
        own = getattr(self, operation)()
        return own if own is not None else time.monotonic() - start


def main():
    libvirt.registerErrorHandler(lambda _context, _error: None, None)
    worker = Worker(sys.argv[1])
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            answer = {"seconds": worker.timed(line.strip())}
        except subprocess.CalledProcessError as error:
            answer = {"error": (error.stderr or b"").decode().strip() or str(error)}
        except (libvirt.libvirtError, RuntimeError) as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
