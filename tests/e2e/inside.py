#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Inside the machine: run one test module and print TAP, as the simulator's own tests do."""

import os
import sys

# Behind our own folder: both have a module "machine".
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "..", "vfio_ap", "tests", "apsim"))

import tap  # noqa: E402 (found there)

if __name__ == "__main__":
    sys.exit(tap.main(sys.argv[1]))
