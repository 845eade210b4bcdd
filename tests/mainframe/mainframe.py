#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run on the emulated mainframe what also runs on the simulated machine.

The modules of tests/e2e run there as they are: on the kernel's own AP bus, with
its own vfio_ap.  Those beside this file need KVM guests that use cards.  And the demo.
A few modules share a mainframe, until one of them fails.
"""

import argparse
import concurrent.futures
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
import e2e  # noqa: E402  (the path is set just above)

QUICK = ("emulator", "test_create", "demo")
# Modules that cannot be there, and why.
ELSEWHERE = {
    "test_documents": "the pages are written for the simulated machine, with its files in /run/apsim",
    "test_max": "the kernel needs hours for 65536 queues",
    "test_nothing": "a mainframe has AP hardware",
    "test_override": "the kernels of its releases have no driver_override",
}
# What knows the driver no better than the others do: with ours it runs only when it is asked for by name.
WITHOUT_DRIVER = {
    "emulator", "control", "reboot", "switch-off", "test_acl", "test_autostart", "test_beside", "test_define", "test_define_events",
    "test_define_same", "test_demo", "test_empty", "test_frontends", "test_journal", "test_killed", "test_list",
    "test_more_clients", "test_ranges", "test_robust",
}
# What needs a kernel with failures on demand; elsewhere only by name, and then it says so.
DEBUG_ONLY = {"test_fail_nth"}
# What meets the driver's code and the kernel's around it.
DEBUG = ("test_uapi", "test_micro", "test_module", "test_fail_nth")
# What is no module.
OWN = ("emulator", "control", "demo", "reboot", "switch-off")
# Starts processes until the end; each keeps both CPUs at changing page tables.
BUSY = "for n in 1 2 3 4; do while :; do /bin/true; done & done; sleep 2"
SWITCH_OFFS = 3
# So many modules run one after the other on the same mainframe: to boot one takes as long as most of them.
SHARED = 6
# Seconds, on either kernel.
TIME_LIMITS = {"stock": 1800, "debug": 10800}
INSIDE = "/opt/libvirt-ap"
# What a disk would keep of what a guest and its matrix change.
KEPT = "etc/libvirt etc/mdevctl.d etc/udev/rules.d var/lib/libvirt var/log/libvirt"
REBOOT = f"/usr/bin/python3 {INSIDE}/tests/mainframe/reboot.py"
CROSS_CC = "s390x-linux-gnu-gcc"


def modules():
    """Path of each module by its name."""
    paths = glob.glob(os.path.join(TOP, "tests", "e2e", "test_*.py"))
    paths += glob.glob(os.path.join(TOP, "tests", "mainframe", "test_*.py"))
    return {os.path.basename(path)[:-3]: path for path in paths}


def all_names():
    """All that can run."""
    return [*sorted(modules()), *OWN]


def names_for(options):
    """What to run."""
    if options.module or options.quick:
        return options.module or QUICK
    if options.kernel == "debug":
        return DEBUG
    return [name for name in all_names()
            if name not in DEBUG_ONLY and (options.driver != "ours" or name not in WITHOUT_DRIVER)]


def may_share(name):
    """Whether others can run where that module ran.  One that starts its own daemons leaves their configuration
    behind; one with guests of libvirt is long enough.  Those without a daemon here need none."""
    if name not in modules() or name in ELSEWHERE:
        return False
    needs_guests = os.path.dirname(modules()[name]) == os.path.dirname(os.path.abspath(__file__))
    return e2e.header(modules()[name])["daemon"] == ("none" if needs_guests else "ours")


def groups_of(names):
    """Lists of those that run on one mainframe."""
    groups = []
    open_groups = {}
    for name in names:
        group = []
        if may_share(name):
            settings = e2e.header(modules()[name])
            machine = settings["profile"], settings["daemon"]
            group = open_groups.setdefault(machine, group)
            if len(group) + 1 == SHARED:
                del open_groups[machine]
        if not group:
            groups.append(group)
        group.append(name)
    return groups


def prepare_overlay(overlay, driver):
    """This tree, where the mainframe has it, and what it cannot know by itself."""
    target = overlay + INSIDE
    os.makedirs(target)
    names = ("README.rst", "CONTRIBUTING.rst", "run", "docs", "packaging", "po", "schemas", "src", "tests", "vfio_ap",
             "xml")
    subprocess.run(["cp", "-a", *names, target], cwd=TOP, check=True)
    build_uapi(overlay + "/opt/uapi")
    with open(overlay + "/opt/driver", "w", encoding="ascii") as stream:
        stream.write(driver)


def build_uapi(program):
    """The VFIO client and micro guest, for any release."""
    sources = sorted(glob.glob(os.path.join(TOP, "vfio_ap", "tests", "uapi", "*.c")))
    subprocess.run([CROSS_CC, "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-static", "-o", program,
                    *sources], check=True)


class Suite:
    """Runs modules and the demo on one release of Debian."""

    def __init__(self, options, overlay):
        self.options = options
        self.overlay = overlay
        self.time_limit = TIME_LIMITS[options.kernel]

    def run_group(self, names):
        """TAP of modules that share a mainframe, or of something else, and whether all of it went well."""
        name = names[0]
        if name in ELSEWHERE:
            return f"ok 1 - {name} # SKIP {ELSEWHERE[name]}", True
        own = {"emulator": self.run_emulator, "control": self.run_control, "demo": self.run_demo,
               "reboot": self.run_reboot, "switch-off": self.run_switch_off}
        return own[name]() if name in own else self.run_modules(names)

    def run_mainframe(self, name, *arguments, output_to=None):
        """Output and exit status of one run; standard output goes to a file of its own where that is named."""
        command = [self.options.run, "mainframe", "--debian", self.options.debian, "--driver", self.options.driver,
                   "--kernel", self.options.kernel, "--timeout", str(self.time_limit)]
        start = time.monotonic()
        log = os.path.join(self.options.keep_output or os.path.dirname(self.overlay), name + ".log")
        with open(log, "w+", encoding="utf-8", errors="replace") as stream:
            with open(output_to or os.devnull, "wb") as output:
                status = subprocess.run([*command, *arguments], stdin=subprocess.DEVNULL,
                                        stdout=output if output_to else stream, stderr=stream, check=False).returncode
            stream.seek(0)
            about = f"{name} on Debian {self.options.debian}, driver {self.options.driver}, kernel {self.options.kernel}"
            output = f"# {about}: {time.monotonic() - start:.0f} s\n{stream.read()}"
        if status == 124:
            output += f"\nnot ok 1 - {name}: not done after {self.time_limit} seconds"
        return output, status

    def run_modules(self, names):
        """What one that failed has left behind shall not spoil the rest: it gets another mainframe."""
        settings = e2e.header(modules()[names[0]])
        output, status = self.run_mainframe(
            names[0], "--profile", settings["profile"], "--no-daemon", "--overlay", self.overlay, "--",
            f"{INSIDE}/tests/mainframe/inside", settings["daemon"], *names)
        begun = max(1, sum(f"# {name} begins\n" in output for name in names))
        if status and "not ok" not in output:
            output += f"\nnot ok 1 - {names[begun - 1]}: it did not end well (status {status})"
        if begun < len(names):
            output += "\n" + self.run_modules(names[begun:])[0]
        return output, status == 0

    def run_emulator(self):
        output, status = self.run_mainframe("emulator", "emulator")
        if status and "not ok" not in output:
            output += f"\nnot ok 1 - emulator: it did not end well (status {status})"
        return output, status == 0

    def run_demo(self):
        output, status = self.run_mainframe("demo", "demo")
        verdict = "not ok" if status else "ok"
        return f"{output}\n{verdict} 1 - demo: a guest has cards, loses one, and gets it back", status == 0

    def run_reboot(self):
        """The second of two mainframes has the files of the first, which was switched off while a guest ran."""
        with tempfile.TemporaryDirectory() as where:
            overlay = os.path.join(where, "overlay")
            shutil.copytree(self.overlay, overlay, symlinks=True)
            files = os.path.join(where, "files.tar")
            output, status = self.run_mainframe(
                "reboot", "--profile", "small", "--overlay", overlay, "--", "bash", "-c",
                f"{REBOOT} before >&2 && tar -c -C / {KEPT}", output_to=files)
            if status == 0:
                subprocess.run(["tar", "-x", "-C", overlay, "-f", files], check=True)
                text, status = self.run_mainframe("reboot", "--profile", "small", "--overlay", overlay, "--", "bash",
                                                  "-c", f"{REBOOT} after")
                output += text
        verdict = "not ok" if status else "ok"
        return f"{output}\n{verdict} 1 - reboot: a guest starts by itself when the mainframe does", status == 0

    def run_switch_off(self):
        """It goes off also while its CPUs are busy; not every try meets what could go wrong."""
        text = ""
        for number in range(1, SWITCH_OFFS + 1):
            output, status = self.run_mainframe("switch-off", "--no-daemon", "--stock", "--timeout", "300", "--",
                                                "bash", "-c", BUSY)
            good = status == 0 and "did not switch itself off" not in output
            text += f"{output}\n{'ok' if good else 'not ok'} {number} - switch-off: in the middle of its work\n"
        return text, "not ok" not in text

    def run_control(self):
        done = subprocess.run([sys.executable, os.path.join(TOP, "tests", "mainframe", "control.py"), "--run",
                               self.options.run, "--debian", self.options.debian], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return f"# control on Debian {self.options.debian}\n{done.stdout}", done.returncode == 0

    def run_all(self, names):
        """Several at the same time; prints what comes out, one after the other."""
        good = True
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for future in [pool.submit(self.run_group, group) for group in groups_of(names)]:
                output, is_good = future.result()
                print(output, flush=True)
                good = good and is_good
        return good


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", required=True)
    parser.add_argument("--debian", default="12", help="the release on the mainframe")
    parser.add_argument("--driver", default="reference", help="vfio_ap: reference, the default, or ours")
    parser.add_argument("--kernel", default="stock", choices=sorted(TIME_LIMITS), help="default stock")
    parser.add_argument("--jobs", type=int, default=2, help="mainframes at a time")
    parser.add_argument("--keep-output", metavar="DIR", help="follow each run in a file there")
    parser.add_argument("--quick", action="store_true", help=f"only {' and '.join(QUICK)}")
    parser.add_argument("module", nargs="*", help=f"names without .py, {' or '.join(OWN)}; default all")
    options = parser.parse_args()
    unknown = set(options.module) - set(all_names())
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as where:
        overlay = os.path.join(where, "overlay")
        os.mkdir(overlay, 0o700)  # as mktemp -d makes them
        prepare_overlay(overlay, options.driver)
        good = Suite(options, overlay).run_all(names_for(options))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
