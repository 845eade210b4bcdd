#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compare KVM on the emulated mainframe with an ordinary CPU, by kvm-unit-tests.

Every test runs in a KVM guest on the mainframe, that is by the emulation of SIE,
and in the same QEMU without any: what fails in both is QEMU's matter, what fails
in the guest alone is a fault of that emulation.  The tests are not part of this
repository; build them with

    ./configure --arch=s390x --cross-prefix=s390x-linux-gnu- && make
"""

import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = "/opt/kvm-unit-tests"
TIME_LIMIT = 4 * 3600
# What looks different in a guest and is not the emulation's doing.
EXPECTED = {
    # TCG loads an invalid PSW, so the CPU faults when it fetches from there, above its
    # storage; for a guest KVM reports that, and cuts the address to the PSW's 24 bits.
    "spec_ex": {"specification exception: psw_bit_12_is_1: Wrong invalid PSW"},
}


def parse_lines(text):
    """Results by name, of the lines of JSON in @text."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return {result["name"]: result for result in found}


def prepare_overlay(tree, overlay):
    target = overlay + INSIDE
    os.makedirs(target)
    for path in [*glob.glob(os.path.join(tree, "s390x", "*.elf")), os.path.join(tree, "s390x", "unittests.cfg"),
                 os.path.join(HERE, "unit_guest.py")]:
        shutil.copy(path, target)
    return target


def emulator(cache, release):
    """The QEMU that the mainframe was made with."""
    found = glob.glob(os.path.join(cache, "libvirt-ap", "mainframe", release, "qemu-*", "qemu-system-s390x"))
    if not found:
        sys.exit("kvm-unit-tests: make the mainframe first: ./run mainframe --only-build")
    return max(found, key=os.path.getmtime)


def run_below(options, overlay):
    """Results in a KVM guest on the mainframe."""
    command = [options.run, "mainframe", "--debian", options.debian, "--no-daemon", "--stock", "--memory", "5G",
               "--overlay", overlay, "--timeout", str(TIME_LIMIT), "--", "/usr/bin/python3",
               f"{INSIDE}/unit_guest.py", "/usr/bin/qemu-system-s390x", "kvm", "host", INSIDE, *options.test]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"kvm-unit-tests: the mainframe ended with status {done.returncode}")
    return parse_lines(done.stdout)


def run_beside(options, directory):
    """Results in the same QEMU without SIE."""
    command = ["/usr/bin/python3", os.path.join(HERE, "unit_guest.py"), emulator(options.cache, options.debian),
               "tcg", "max,sief2=off", directory, *options.test]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True)
    return parse_lines(done.stdout)


def faults(name, below, beside):
    """What failed in the guest alone."""
    known = EXPECTED.get(name, ())
    if below["verdict"] in ("passed", "skipped", "left out") or beside["verdict"] == "left out":
        candidates = []
    else:
        candidates = below["failures"] or ["it failed without saying in what"]
    return [what for what in candidates if what not in beside["failures"] and what not in known]


def show(below, beside):
    """A table; returns how many tests have faults of the emulation."""
    bad = 0
    print(f"{'test':28} {'under SIE':22} {'without':22}")
    for name, result in below.items():
        other = beside[name]
        words = [f"{one['verdict']} ({one['passed']})" for one in (result, other)]
        alone = faults(name, result, other)
        reason = result.get("reason", "") or (f"not in the guest: {alone[0]}" if alone else "")
        print(f"{name:28} {words[0]:22} {words[1]:22} {reason}")
        for what in alone[1:]:
            print(f"{'':74} {what}")
        bad += bool(alone)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default=os.path.join(HERE, "..", "..", "run"))
    parser.add_argument("--cache", default=os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")))
    parser.add_argument("--debian", default="12", help="the release on the mainframe")
    parser.add_argument("--json", metavar="FILE", help="keep all results there")
    parser.add_argument("tree", help="kvm-unit-tests, built for s390x")
    parser.add_argument("test", nargs="*", help="names in s390x/unittests.cfg; default all")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as overlay:
        directory = prepare_overlay(options.tree, overlay)
        below = run_below(options, overlay)
        beside = run_beside(options, directory)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as stream:
            json.dump({"below": below, "beside": beside}, stream, indent=1)
    bad = show(below, beside)
    print(f"{len(below)} tests, {bad} of which fail under SIE alone")
    return 0 if below and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
