# SPDX-License-Identifier: LGPL-2.1-or-later
"""Failures on demand in a kernel that has them: the n-th attempt of a task to get
memory, or to copy from or to user space, fails, counting those below a function of the
kernel or in a module.  And what such a kernel says about itself.
"""

import os
import re
import time

from machine import kernel_log, read, write

DEBUG = "/sys/kernel/debug"
KINDS = ("failslab", "fail_page_alloc", "fail_usercopy")
KMEMLEAK = f"{DEBUG}/kmemleak"
# Younger memory is not looked at.
KMEMLEAK_AGE = 6
# What a kernel says when it has found fault with itself, and with whom.
SPLAT = re.compile(r"BUG: |WARNING: |KASAN: |ODEBUG: |INFO: (?!lockdep is turned off)|Unable to handle|Oops"
                   r"|refcount_t: |list_(add|del) corruption|cannot create duplicate|kmemleak: \d+ new")
# Faults of Linux 6.12 itself that only show when memory is short: vfio_create_group() gives up without letting go of
# the IOMMU group, and bus_register() takes back a key of lockdep that it has not registered yet.
KNOWN = ("at vfio_group_release+", "at lockdep_unregister_key+")


def is_debug_kernel():
    return os.path.exists(KMEMLEAK) and os.path.exists("/proc/self/fail-nth")


def symbols():
    """Address, name and module of all that the kernel has a name for, in order."""
    with open("/proc/kallsyms", encoding="ascii") as stream:
        lines = [line.split() for line in stream]
    return sorted((int(line[0], 16), line[2], line[3].strip("[]") if len(line) > 3 else "") for line in lines)


def range_of_function(name):
    """Where its code begins, and where that of the next begins."""
    found = symbols()
    start = next(address for address, symbol, _module in found if symbol == name)
    return start, next(address for address, _symbol, _module in found if address > start)


def range_of_module(name):
    start = int(read("/sys/module", name, "sections/.text"), 16)
    inside = [address for address, _symbol, module in symbols() if module == name and address >= start]
    return start, max(inside) + 1


class Faults:
    """The failures of one task, this thread unless another is named."""

    def __init__(self, task="thread-self"):
        self.descriptor = os.open(f"/proc/{task}/fail-nth", os.O_RDWR)
        for kind in KINDS:
            self.set_up(kind)

    @staticmethod
    def set_up(kind):
        write(0, f"{DEBUG}/{kind}/verbose")
        write(32, f"{DEBUG}/{kind}/stacktrace-depth")
        for name in ("ignore-gfp-wait", "ignore-gfp-highmem"):
            if os.path.exists(f"{DEBUG}/{kind}/{name}"):
                write("N", f"{DEBUG}/{kind}/{name}")
        if kind == "fail_page_alloc":
            write(0, f"{DEBUG}/{kind}/min-order")

    @staticmethod
    def below(code):
        """Only what is called by @code, a range of addresses, counts."""
        for kind in KINDS:
            # Never empty in between: that would be everything.
            write(0, f"{DEBUG}/{kind}/require-start")
            write(f"{code[1]:#x}", f"{DEBUG}/{kind}/require-end")
            write(f"{code[0]:#x}", f"{DEBUG}/{kind}/require-start")

    def arm(self, number):
        os.pwrite(self.descriptor, str(number).encode(), 0)

    def disarm(self):
        """Whether it has happened."""
        left = int(os.pread(self.descriptor, 32, 0))
        self.arm(0)
        return left == 0

    def close(self):
        os.close(self.descriptor)


def splats():
    """What the kernel has said about faults that are not known."""
    return [line for line in kernel_log().splitlines()
            if SPLAT.search(line) and not any(known in line for known in KNOWN)]


def forget_leaks():
    """Those there are now, of whoever."""
    write("scan", KMEMLEAK)
    write("clear", KMEMLEAK)


def leaks():
    """What the kernel says about memory that nobody knows of any more."""
    time.sleep(KMEMLEAK_AGE)
    # What is in registers and on stacks at one time is not at the other.
    for _ in range(2):
        write("scan", KMEMLEAK)
    return read(KMEMLEAK)
