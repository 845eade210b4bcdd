#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Run a test module on a simulated machine, or beside it (without --profile).

Exit status 77 when no such machine can be had here.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def obstacle():
    if os.geteuid() != 0:
        return "the simulated machine needs root"
    if not os.path.exists("/dev/fuse"):
        return "the simulated machine needs /dev/fuse, which is not here"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--apsim", required=True)
    parser.add_argument("--profile")
    parser.add_argument("module")
    options = parser.parse_args()
    reason = obstacle()
    if reason:
        print(reason)
        return 77
    os.environ["APSIM"] = os.path.abspath(options.apsim)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    command = ["/usr/bin/python3", os.path.join(HERE, "tap.py"), options.module]
    if options.profile:
        command = [options.apsim, "run", "--profile", options.profile, "--", *command]
    sys.stdout.flush()
    os.execv(command[0], command)
    return 1


if __name__ == "__main__":
    sys.exit(main())
