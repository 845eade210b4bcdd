#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run on the emulated mainframe what also runs on the simulated machine.

The modules of tests/e2e that need nothing that only the simulator can do run
there as they are: on the kernel's own AP bus, with its own vfio_ap.  Each has a
mainframe of its own.  And the demo, in which a KVM guest has the cards.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
import e2e  # noqa: E402  (the path is set just above)

MODULES = ("test_create", "test_list", "test_host_pool", "test_events", "test_clients", "test_beside", "test_robust")
QUICK = ("test_create", "demo")
# What cannot be as on the simulated machine, and why.  They run all the same.
DIFFERENT = {
    "test_events.Events.test_cards_and_queues_that_come_and_go_are_told_once":
        "changes cards by the simulator's files",
}
TIME_LIMIT = 900
INSIDE = "/opt/libvirt-ap"


def prepare_overlay(overlay):
    """Tests and examples, where the mainframe has them."""
    target = overlay + INSIDE
    os.makedirs(target)
    names = ("tests/e2e", "tests/machine", "tests/mainframe", "vfio_ap/tests/apsim", "xml", "schemas")
    subprocess.run(["cp", "-a", "--parents", *names, target], cwd=TOP, check=True)


def with_differences(text):
    """TAP in which a failure that has to be is skipped with its reason."""
    for name, reason in DIFFERENT.items():
        text = re.sub(rf"^not (ok \d+ - {re.escape(name)})$", rf"\1 # SKIP {reason}", text, flags=re.M)
    return text


def run_mainframe(run, name, arguments):
    """One run, whose output goes through; whether it was a success, and that output."""
    done = subprocess.run([run, "mainframe", "--timeout", str(TIME_LIMIT), *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    output = with_differences(done.stdout)
    print(output, flush=True)
    if done.returncode == 124:
        print(f"not ok 1 - {name}: not done after {TIME_LIMIT} seconds")
    # In there a failure that has to be is a failure.
    only_different = output != done.stdout and "not ok" not in output
    return done.returncode == 0 or (done.returncode == 1 and only_different), output


def run_module(run, overlay, name):
    """One module on a mainframe of its own; prints its TAP."""
    settings = e2e.header(os.path.join(TOP, "tests", "e2e", name + ".py"))
    print(f"# {name}: profile {settings['profile']}", flush=True)
    good, output = run_mainframe(run, name, [
        "--profile", settings["profile"], "--no-daemon", "--overlay", overlay, "--",
        f"{INSIDE}/tests/mainframe/inside", name])
    if not good and "not ok" not in output:
        print(f"not ok 1 - {name}: it did not end well")
    return good


def run_demo(run):
    print("# demo", flush=True)
    good, _output = run_mainframe(run, "demo", ["demo"])
    print(f"{'ok' if good else 'not ok'} 1 - demo: a guest has cards, loses one, and gets it back")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", required=True)
    parser.add_argument("--quick", action="store_true", help=f"only {' and '.join(QUICK)}")
    parser.add_argument("module", nargs="*", help="names without .py, or demo; default all")
    options = parser.parse_args()
    wanted = options.module or (QUICK if options.quick else [*MODULES, "demo"])
    with tempfile.TemporaryDirectory() as overlay:
        prepare_overlay(overlay)
        good = [run_demo(options.run) if name == "demo" else run_module(options.run, overlay, name)
                for name in wanted]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
