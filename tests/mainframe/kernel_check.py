#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""On a kernel that looks for faults in itself: has it found any?

usage: kernel_check.py begin | end NAME

"begin" forgets what it has found so far; "end" prints TAP.  On other kernels neither
does anything.
"""

import os
import subprocess
import sys

import faults


def report(number, what, text):
    print(f"{'not ok' if text else 'ok'} {number} - {what}")
    for line in text.splitlines():
        print(f"    {line}")
    return not text


def end(name):
    """Whether nothing has been found, not even when the driver goes."""
    good = report(901, f"{name}: nothing in the kernel's log", "\n".join(faults.splats()))
    good &= report(902, f"{name}: no memory is lost", faults.leaks())
    if os.path.isdir("/sys/module/vfio_ap"):
        done = subprocess.run(["rmmod", "vfio_ap"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        good &= report(903, f"{name}: the driver goes", done.stdout)
        good &= report(904, f"{name}: and leaves nothing", "\n".join([*faults.splats(), faults.leaks()]).strip())
    return good


def main():
    if not faults.is_debug_kernel():
        return 0
    if sys.argv[1] == "begin":
        faults.forget_leaks()
        return 0
    return 0 if end(sys.argv[2]) else 1


if __name__ == "__main__":
    sys.exit(main())
