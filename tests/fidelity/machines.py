# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machines that replay a script: the simulated one, and the emulated mainframe with
either driver."""

import glob
import os
import shutil
import subprocess
import tempfile

import instructions

HERE = os.path.dirname(os.path.abspath(__file__))
KERNELS = {"12": "6.1", "13": "6.12"}
INSIDE = "opt/fidelity"
UAPI = os.path.join(os.path.dirname(os.path.dirname(HERE)), "vfio_ap", "tests", "uapi")
CROSS_CC = "s390x-linux-gnu-gcc"
# The mainframe boots and replays in that many seconds, and some for each operation.
BOOT_LIMIT = 300
OPERATION_LIMIT = 2
SIMULATED_LIMIT = 600


class Fault(Exception):
    """A machine did not do its part."""


def profile(kernel):
    """The machine for that kernel, which is the same on both sides."""
    own = os.path.join(HERE, f"machine-{kernel}.conf")
    return own if os.path.exists(own) else os.path.join(HERE, "machine.conf")


def types_of_cards(kernel):
    """What cards that machine has, from the first one on."""
    with open(profile(kernel), encoding="utf-8") as stream:
        return [line.strip().partition("=")[2] for line in stream if line.startswith("type=")]


class Simulated:
    """apsim."""

    def __init__(self, build, kernel):
        self.name = "apsim"
        self.build = build
        self.kernel = kernel

    def replay(self, script):
        """Its record, and why it did not come to the end: apsim always does."""
        command = [os.path.join(self.build, "vfio_ap/apsim/apsim"), "run", "--profile", profile(self.kernel), "--",
                   os.path.join(self.build, "tests/fidelity/replay")]
        done = subprocess.run(command, input=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=SIMULATED_LIMIT, check=False)
        if done.returncode:
            raise Fault(f"apsim ended with status {done.returncode}: {done.stderr.strip()}")
        return done.stdout, None


def build_replay(target):
    sources = [path for path in glob.glob(os.path.join(HERE, "replay*.c")) if not path.endswith("-none.c")]
    sources += glob.glob(os.path.join(UAPI, "uapi_*.c"))
    subprocess.run([CROSS_CC, "-O2", "-Wall", "-D_GNU_SOURCE", "-static", "-I", UAPI, "-o", target, *sorted(sources)],
                   check=True)


class Mainframe:
    """The emulated mainframe with one of the drivers."""

    def __init__(self, run, debian, driver):
        self.name = driver
        self.run = run
        self.debian = debian
        self.kernel = KERNELS[debian]

    def command(self, overlay, log, limit):
        return [self.run, "mainframe", "--debian", self.debian, "--driver", self.name, "--stock", "--no-daemon",
                "--profile", profile(self.kernel), "--overlay", overlay, "--log", log, "--timeout", str(limit), "--",
                "bash", "-c", f"/{INSIDE}/replay </{INSIDE}/script"]

    def replay(self, script):
        """Its record with instructions, and what it said if it did not come to the end."""
        limit = BOOT_LIMIT + OPERATION_LIMIT * script.count("\n")
        with tempfile.TemporaryDirectory() as directory:
            overlay, log = os.path.join(directory, "overlay"), os.path.join(directory, "log")
            inside = os.path.join(overlay, INSIDE)
            os.makedirs(inside)
            build_replay(os.path.join(inside, "replay"))
            with open(os.path.join(inside, "script"), "w", encoding="utf-8") as stream:
                stream.write(script)
            done = subprocess.run(self.command(overlay, log, limit), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, check=False)
            with open(log, encoding="ascii") as stream:
                record = instructions.add(done.stdout, stream.read())
        return record, None if not done.returncode else f"status {done.returncode}: {done.stderr.strip()}"


def have_cross_compiler():
    return shutil.which(CROSS_CC) is not None
