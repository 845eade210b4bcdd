# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can happen to the machine that the tests run on: the simulated one does it
when a file of /run/apsim is written, the emulated mainframe on a command of apctl.

Both understand the same names, which vfio_ap/README.rst lists.
"""

import errno
import os
import subprocess
import sys

SIMULATED = "/run/apsim"
APCTL = "/usr/local/sbin/apctl"
HERE = os.path.dirname(os.path.abspath(__file__))


class Simulated:
    """The files of apsim."""

    is_simulated = True

    @staticmethod
    def do(name, value):
        """Raises OSError where it cannot happen."""
        descriptor = os.open(os.path.join(SIMULATED, name), os.O_WRONLY)
        try:
            os.write(descriptor, f"{value}\n".encode())
        finally:
            os.close(descriptor)

    @staticmethod
    def kernel_log():
        with open(os.path.join(SIMULATED, "log"), encoding="ascii") as stream:
            return stream.read()


class Emulated:
    """The mainframe's control channel, and processes in place of guests."""

    is_simulated = False

    def __init__(self):
        self.guests = {}

    def do(self, name, value):
        """Raises OSError where it cannot happen."""
        special = {"guest_open": self.guest_open, "guest_close": self.guest_close}
        if name in special:
            special[name](*str(value).split())
        else:
            self.command(name, value)

    @staticmethod
    def command(name, value):
        done = subprocess.run([APCTL, name, *str(value).split()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, check=False)
        if done.returncode:
            raise OSError(errno.EINVAL, f"apctl {name} {value}: {done.stdout.strip()}")

    def guest_open(self, uuid, name="stand-in"):
        guest = subprocess.Popen([sys.executable, os.path.join(HERE, "vfio_guest.py"), "-name", f"guest={name}", uuid],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        answer = guest.stdout.readline().strip()
        if answer != "open":
            guest.communicate()
            raise OSError(int(answer or errno.EIO), f"matrix {uuid} cannot be taken")
        self.guests[uuid] = guest

    def guest_close(self, uuid):
        self.guests.pop(uuid).communicate(timeout=60)

    @staticmethod
    def kernel_log():
        return subprocess.run(["dmesg"], stdout=subprocess.PIPE, text=True, check=True).stdout


THIS = Simulated() if os.path.isdir(SIMULATED) else Emulated()
