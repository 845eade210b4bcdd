# SPDX-License-Identifier: GPL-2.0
"""What tests do inside of a machine: files, mdevs, uevents, commands."""

import errno
import os
import select
import socket
import struct
import subprocess
import time
import uuid

MATRIX = "/sys/devices/vfio_ap/matrix"
TYPE = MATRIX + "/mdev_supported_types/vfio_ap-passthrough"
CONTROL = "/run/apsim/"
LIMIT = 20.0

NETLINK_KOBJECT_UEVENT = 15
KERNEL, UDEV = 1, 2


def read(path):
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def write(path, text, flags=os.O_WRONLY):
    """One write(2); OSError tells what came of it."""
    descriptor = os.open(path, flags)
    try:
        return os.write(descriptor, text if isinstance(text, bytes) else text.encode())
    finally:
        os.close(descriptor)


def outcome(function, *arguments):
    """"ok", or the name of the error."""
    try:
        function(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"


def control(command, text):
    write(CONTROL + command, text + "\n")


def rescan():
    write("/sys/bus/ap/scans", "1\n")


def log():
    return read(CONTROL + "log")


class Mdev:
    """A matrix; goes away at the end of the with statement if it is still there."""

    def __init__(self, name=None, **attributes):
        self.uuid = name or str(uuid.uuid4())
        self.path = f"{MATRIX}/{self.uuid}"
        self.attributes = attributes

    def __enter__(self):
        write(TYPE + "/create", self.uuid)
        for attribute, values in self.attributes.items():
            for value in values:
                self.write(attribute, str(value))
        return self

    def __exit__(self, *_):
        if not os.path.exists(self.path):
            return
        outcome(control, "guest_close", self.uuid)
        if os.path.exists(self.path):
            self.write("remove", "1")

    def write(self, attribute, text):
        return write(f"{self.path}/{attribute}", text)

    def read(self, attribute):
        return read(f"{self.path}/{attribute}")


class Monitor:
    """Hears uevents from the moment it is made."""

    def __init__(self, group):
        self.group = group
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)  # SO_RCVBUFFORCE
        self.socket.bind((0, group))

    def parse(self, message, sender):
        if self.group == KERNEL:
            assert sender[0] == 0, f"port {sender[0]} is not the kernel"
            first, _, rest = message.partition(b"\0")
            fields = dict(item.split(b"=", 1) for item in rest.rstrip(b"\0").split(b"\0"))
            assert first == fields[b"ACTION"] + b"@" + fields[b"DEVPATH"]
        else:
            assert message.startswith(b"libudev\0\xfe\xed\xca\xfe")
            offset, length = struct.unpack_from("=II", message, 16)
            assert offset + length == len(message)
            fields = dict(item.split(b"=", 1) for item in message[offset:].rstrip(b"\0").split(b"\0"))
        return {key.decode(): value.decode() for key, value in fields.items()}

    def pending(self):
        """What has arrived, but for the host's own devices."""
        found = []
        while select.select([self.socket], [], [], 0)[0]:
            event = self.parse(*self.socket.recvfrom(8192))
            if event["SUBSYSTEM"] in ("ap", "mdev", "matrix", "vfio", "vfio-dev", "bus", "drivers"):
                found.append(event)
        return found


def run(*command, check=True, **keywords):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False, **keywords)
    if check and done.returncode:
        raise AssertionError(f"{command}: exit status {done.returncode}\n{done.stdout}")
    return done.stdout


def wait_for(condition, what):
    """For what another process does in its own time."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {LIMIT} seconds: {what}")
        time.sleep(0.01)
