#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run kvm-unit-tests for s390x with one QEMU, here or on the mainframe.

usage: unit_guest.py QEMU ACCEL CPU DIRECTORY [TEST ...]

DIRECTORY has unittests.cfg and the .elf files.  Prints a line of JSON for each
test: its name, its verdict, what failed in it, and the end of its output where it
did not end well.
"""

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
import time

# Of each test; their own limits are for fast machines.
TIME_LIMIT = 1500
SKIPPED_GROUPS = {
    "migration": "would need two QEMUs at a time",
    "pv-host": "needs Secure Execution",
    "panic": "a loop of interrupts, which only the host's own time limit ends",
}
# In a guest on the mainframe, unless they are asked for by name.
TOO_SLOW = {
    "sclp-1g": "leaves the guest a million times",
    "sclp-3g": "leaves the guest a million times",
    "exittime": "leaves the guest millions of times",
}


def load(directory):
    """The sections of unittests.cfg: name and settings."""
    with open(os.path.join(directory, "unittests.cfg"), encoding="utf-8") as stream:
        # Values over several lines are quoted as in Python, with \ at the ends of lines.
        text = re.sub(r'"""(.*?)"""', lambda match: match[1].replace("\\\n", " "), stream.read(), flags=re.S)
    settings = configparser.ConfigParser(interpolation=None, strict=True)
    settings.read_string(text)
    return [(name, settings[name]) for name in settings.sections()]


def reason_to_skip(directory, settings, accel):
    for group in settings.get("groups", "").split():
        if group in SKIPPED_GROUPS:
            return SKIPPED_GROUPS[group]
    if settings.get("accel", accel) != accel:
        return f"is for {settings['accel']} alone"
    if not os.path.exists(os.path.join(directory, settings["file"])):
        return "was not built"
    return None


def command_of(qemu, accel, cpu, directory, settings):
    found = [qemu, "-L", "/usr/share/qemu", "-nodefaults", "-nographic",
             "-machine", f"s390-ccw-virtio,accel={accel}", "-cpu", cpu,
             "-chardev", "stdio,id=con0", "-device", "sclpconsole,chardev=con0",
             "-kernel", os.path.join(directory, settings["file"]), "-smp", settings.get("smp", "1")]
    arguments = settings.get("test_args", "").strip("'\"")
    return found + (["-append", arguments] if arguments else []) + shlex.split(settings.get("qemu_params", ""))


def run(command):
    """Output, and how it ended."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=TIME_LIMIT, check=False)
        return done.stdout.decode(errors="replace"), f"status {done.returncode}"
    except subprocess.TimeoutExpired as error:
        return (error.stdout or b"").decode(errors="replace"), f"not done in {TIME_LIMIT} seconds"


def judge(name, output, ended):
    """The line for a test that ran."""
    lines = [line.strip() for line in output.replace("\r", "").splitlines()]
    failures = [line[len("FAIL: "):] for line in lines if line.startswith("FAIL: ")]
    if any("not available in the configuration" in line for line in lines):
        return {"name": name, "verdict": "left out", "failures": [], "passed": 0, "reason": lines[-1]}
    exit_status = re.findall(r"^EXIT: STATUS=(\d+)$", "\n".join(lines), re.M)
    if not exit_status:
        verdict = "broken"
        failures.append(f"no exit status: {ended}")
    else:
        # 1 is success, 77 that there was nothing to test.
        status = int(exit_status[-1])
        verdict = "skipped" if status == 77 else "failed" if status != 1 or failures else "passed"
    found = {"name": name, "verdict": verdict, "failures": failures,
             "passed": sum(line.startswith("PASS: ") for line in lines)}
    if verdict in ("broken", "failed"):
        found["tail"] = lines[-25:]
    return found


def main():
    qemu, accel, cpu, directory, *wanted = sys.argv[1:]
    for name, settings in load(directory):
        if wanted and name not in wanted:
            continue
        reason = reason_to_skip(directory, settings, accel)
        if accel == "kvm" and not wanted:
            reason = reason or TOO_SLOW.get(name)
        if reason:
            print(json.dumps({"name": name, "verdict": "left out", "failures": [], "passed": 0, "reason": reason}))
            continue
        start = time.monotonic()
        found = judge(name, *run(command_of(qemu, accel, cpu, directory, settings)))
        print(json.dumps({**found, "seconds": round(time.monotonic() - start, 1)}), flush=True)


if __name__ == "__main__":
    main()
