#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the test suites one after the other and add up what they say.

The last line is `N passed, N failed, N skipped`; every failure is shown with
the end of its output, every skip with its reason.  The exit status is 0 only
when something ran and nothing failed.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import time

TAP = re.compile(r"^\s*(ok|not ok)\b\s*\d*\s*-?\s*([^#]*)(?:#\s*(skip|todo)\b:?\s*(.*))?$", re.I)


class Tally:
    """Counts of one run and what is worth telling of it."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []

    def add_pass(self, count=1):
        self.passed += count

    def add_fail(self, name, output=""):
        self.failures.append(name)
        print(f"FAILED  {name}")
        for line in output.rstrip().splitlines()[-40:]:
            print(f"        {line}")

    def add_skip(self, name, reason):
        self.skips.append(f"{name}: {reason or 'no reason given'}")

    def summary(self):
        return f"{self.passed} passed, {len(self.failures)} failed, {len(self.skips)} skipped"


def add_tap(tally, prefix, text):
    """Count the TAP lines of @text; returns how many there were."""
    found = 0
    for line in text.splitlines():
        match = TAP.match(line)
        if not match:
            continue
        found += 1
        verdict, name, directive, reason = match.groups()
        name = f"{prefix} {name.strip()}".strip()
        if verdict.lower() == "not ok":
            tally.add_fail(name)
        elif directive and directive.lower() == "skip":
            tally.add_skip(name, reason)
        else:
            tally.add_pass()
    return found


def add_program(tally, name, returncode, output):
    """Count one test program: its TAP cases if it prints any, else itself."""
    if returncode == 77:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        tally.add_skip(name, lines[-1].strip() if lines else "")
        return
    failed_before = len(tally.failures)
    cases = add_tap(tally, name, output)
    if returncode != 0:
        if len(tally.failures) == failed_before:
            tally.add_fail(f"{name} (exit status {returncode})", output)
        else:
            print("\n".join("        " + line for line in output.rstrip().splitlines()[-40:]))
    elif cases == 0:
        tally.add_pass()


class Suites:
    """The suites by name, in the order in which they run; then those that take too
    long to run unless they are asked for."""

    ORDER = ("unit", "apsim", "e2e", "lint", "mainframe")
    ON_DEMAND = ("mainframe-full", "drivers", "kernel", "e2e-13", "race", "sweep", "package")
    # Of Debian, on the emulated mainframe or in a directory here.
    RELEASES = ("12", "13")

    def __init__(self, options):
        self.options = options
        self.tally = Tally()
        self.built = set()

    def build(self, variant):
        if variant not in self.built:
            print(f"        building ({variant})", flush=True)
            subprocess.run([self.options.run, "build", variant], check=True)
            self.built.add(variant)
        return os.path.join(self.options.builds, variant)

    def meson(self, suite):
        """A suite of test programs registered with meson."""
        build = self.build("asan")
        log = os.path.join(build, "meson-logs", "testlog.json")
        if os.path.exists(log):
            os.unlink(log)
        environment = dict(os.environ, ASAN_OPTIONS="abort_on_error=1",
                           UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1")
        done = subprocess.run(
            ["meson", "test", "-C", build, "--no-rebuild", "--suite", suite, "--num-processes", "2"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if not os.path.exists(log):
            self.tally.add_fail(f"{suite}: no test ran", done.stdout)
            return
        with open(log, encoding="utf-8") as stream:
            for line in stream:
                self.meson_result(suite, json.loads(line))

    def meson_result(self, suite, test):
        name = f"{suite}/{test['name'].rsplit(' / ', 1)[-1]}"
        output = (test.get("stdout") or "") + (test.get("stderr") or "")
        if test["result"] in ("TIMEOUT", "INTERRUPT", "ERROR"):
            self.tally.add_fail(f"{name} ({test['result'].lower()})", output)
            return
        add_program(self.tally, name, test["returncode"], output)

    def no_machine(self):
        """Why the simulated machine can't run here, or None."""
        if os.geteuid() != 0:
            return "the simulated machine needs root"
        if not os.path.exists("/dev/fuse"):
            return "the simulated machine needs /dev/fuse, which is not here"
        return None

    def unit(self):
        self.meson("unit")

    def apsim(self):
        reason = self.no_machine()
        if reason:
            self.tally.add_skip("apsim", reason)
            return
        self.meson("apsim")

    def e2e(self):
        reason = self.no_machine()
        if reason:
            self.tally.add_skip("e2e", reason)
            return
        self.script("e2e", "tests/e2e/e2e.py", "--build", self.build("asan"),
                    "--plain-build", self.build("default"))

    def build_there(self, release, variant):
        """A build in another release of Debian, by what that has."""
        subprocess.run([self.options.run, "debian", release, "./run", "build", variant], check=True)
        return os.path.join(self.options.builds, f"debian-{release}", variant)

    def e2e_13(self):
        """The whole of e2e with the libvirt of the next release."""
        asan, plain = (self.build_there("13", variant) for variant in ("asan", "default"))
        self.script("e2e-13", "tests/e2e/e2e.py", "--build", asan, "--plain-build", plain, release="13")

    def race(self):
        """Longer than in e2e."""
        self.script("race", "tests/e2e/e2e.py", "--build", self.build("asan"), "test_race",
                    LIBVIRT_AP_RACE_SECONDS="120")

    def sweep(self):
        """Killed at every system call; definitions of active matrices are only changed by newer libvirt."""
        self.script("sweep", "tests/e2e/e2e.py", "--build", self.build("default"), "test_killed", LIBVIRT_AP_SWEEP="1")
        self.script("sweep", "tests/e2e/e2e.py", "--build", self.build_there("13", "default"), "test_killed",
                    release="13", LIBVIRT_AP_SWEEP="1")

    def package(self):
        """The package of Debian, installed, used and purged."""
        for release in self.RELEASES:
            self.script("package", "tests/install/test-package.py", "--build", self.build_there(release, "default"),
                        release=release)

    def lint(self):
        self.build("clang")
        self.script("lint", "tests/lint/lint.py", "--builds", self.options.builds,
                    "--cache", self.options.cache)

    def no_mainframe(self):
        """Why there is no emulated mainframe to run anything on, or None.  It is made
        only for those who ask for it by name: that takes minutes."""
        if os.geteuid() != 0:
            return "the emulated mainframe needs root"
        if {"mainframe", "mainframe-full", "drivers", "kernel"} & set(self.options.suite):
            return None
        asked = subprocess.run([self.options.run, "mainframe", "--is-built"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return "the emulated mainframe is not built here; `./run test mainframe` builds it" if asked.returncode else None

    def kernel(self):
        """Our driver on a kernel that looks for faults in itself."""
        reason = self.no_mainframe()
        if reason:
            self.tally.add_skip("kernel", reason)
            return
        subprocess.run([self.options.run, "mainframe", "--debian", self.RELEASES[1], "--kernel", "debug",
                        "--only-build"], check=True)
        self.on_mainframe("kernel", self.RELEASES[1], "--driver", "ours", "--kernel", "debug")

    def drivers(self):
        """The kernel's own driver and ours side by side, at length."""
        reason = self.no_mainframe()
        if reason:
            self.tally.add_skip("drivers", reason)
            return
        self.side_by_side("drivers", "--steps", "1000", "--seed", "2", "--seed", "fresh")

    def on_mainframe(self, name, release, *arguments):
        subprocess.run([self.options.run, "mainframe", "--debian", release, "--only-build"], check=True)
        self.script(name, "tests/mainframe/mainframe.py", "--run", self.options.run, "--debian", release, *arguments)

    def fidelity(self, name, release, *arguments):
        """The simulated machine beside a kernel."""
        self.script(name, "tests/fidelity/fidelity.py", "--run", self.options.run, "--build", self.build("default"),
                    "--debian", release, *arguments)

    def side_by_side(self, name, *arguments):
        """Both drivers on the same kernel: the newer one, as ours has on the other what the kernel's own lacks."""
        self.script(name, "tests/fidelity/fidelity.py", "--run", self.options.run, "--against", "ours",
                    "--debian", "13", *arguments)

    def mainframe(self):
        reason = self.no_mainframe()
        if reason:
            self.tally.add_skip("mainframe", reason)
            return
        self.on_mainframe("mainframe", self.RELEASES[0], "--quick")
        self.on_mainframe("mainframe", self.RELEASES[0], "--driver", "ours", "demo")
        self.fidelity("mainframe", self.RELEASES[0], "--steps", "120", "--seed", "1")

    def mainframe_full(self):
        reason = self.no_mainframe()
        if reason:
            self.tally.add_skip("mainframe-full", reason)
            return
        self.script("mainframe-full", "tests/mainframe/interface.py", "--run", self.options.run)
        for release in self.RELEASES:
            self.on_mainframe("mainframe-full", release)
            self.on_mainframe("mainframe-full", release, "--driver", "ours")
            self.fidelity("mainframe-full", release, "--steps", "1000", "--seed", "2", "--seed", "3", "--seed", "fresh")
        self.side_by_side("mainframe-full", "--steps", "250", "--seed", "1")

    def script(self, name, script, *arguments, release=None, **environment):
        """A suite that is one program of ours and prints TAP; in another @release of Debian."""
        command = ["/usr/bin/python3", os.path.join(self.options.top, script), *arguments]
        if release:
            command = [self.options.run, "debian", release, *command]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={**os.environ, **environment}) as process:
            failed_before = len(self.tally.failures)
            cases = 0
            tail = []
            explaining = False
            for line in process.stdout:
                tail = (tail + [line.rstrip()])[-40:]
                # What a module announces, and what is indented below a failure.
                explaining = line.startswith("not ok") or (explaining and line.startswith("    "))
                found = add_tap(self.tally, name, line)
                cases += found
                if line.startswith("#") or (explaining and not found):
                    print("        " + line.rstrip(), flush=True)
        if process.returncode != 0 and len(self.tally.failures) == failed_before:
            self.tally.add_fail(f"{name} (exit status {process.returncode})", "\n".join(tail))
        elif cases == 0:
            self.tally.add_fail(f"{name}: no test ran", "\n".join(tail))

    def run(self, names):
        for name in names:
            start = time.monotonic()
            before = (self.tally.passed, len(self.tally.failures), len(self.tally.skips))
            print(f"{name}", flush=True)
            try:
                getattr(self, name.replace("-", "_"))()
            except subprocess.CalledProcessError as error:
                self.tally.add_fail(f"{name}: {' '.join(map(str, error.cmd))} failed")
            after = (self.tally.passed, len(self.tally.failures), len(self.tally.skips))
            counts = [new - old for old, new in zip(before, after)]
            print("        {} passed, {} failed, {} skipped in {:.0f} s".format(
                *counts, time.monotonic() - start), flush=True)
        return self.tally


def main():
    known = Suites.ORDER + Suites.ON_DEMAND
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("top", "builds", "cache", "run"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("suite", nargs="*", help=f"one of {', '.join(known)}; default {' '.join(Suites.ORDER)}")
    options = parser.parse_args()
    unknown = [name for name in options.suite if name not in known]
    if unknown:
        parser.error(f"unknown suite '{unknown[0]}': there are {', '.join(known)}")
    tally = Suites(options).run(options.suite or Suites.ORDER)
    for skip in tally.skips:
        print(f"SKIPPED {skip}")
    for failure in tally.failures:
        print(f"FAILED  {failure}")
    print(tally.summary())
    return 0 if tally.passed and not tally.failures else 1


if __name__ == "__main__":
    sys.exit(main())
