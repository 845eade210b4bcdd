#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Run the end-to-end tests: each module on a simulated machine of its own.

A module names its machine in its first lines: `# profile: small`, or a file
beside it, and may say `# daemon: stock` or `# daemon: none`, and `# build: plain` where the sanitizers
would falsify what it measures.  Inside, the module runs under unittest
and prints TAP.
"""

import argparse
import glob
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Of a module; the long forms of test_killed and test_race are for those who ask for them.
TIME_LIMIT = 7200 if os.environ.get("LIBVIRT_AP_SWEEP") else 300 + 10 * int(os.environ.get("LIBVIRT_AP_RACE_SECONDS", 0))


def header(path):
    """The settings in the comment lines at the top of a test module."""
    found = {"profile": "doc", "daemon": "ours", "build": "any"}
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            match = re.match(r"# (profile|daemon|build): (\S+)$", line)
            if match:
                found[match[1]] = match[2]
            elif not line.startswith("#"):
                break
    if found["profile"].endswith(".conf"):
        found["profile"] = os.path.join(HERE, found["profile"])
    return found


def run_module(path, builds, keep_output):
    """One module on its own machine; prints its TAP, returns its exit status."""
    name = os.path.basename(path)[:-3]
    settings = header(path)
    build = os.path.abspath(builds[settings["build"]])
    daemon = {"ours": [], "stock": ["--stock"], "none": ["--no-daemon"]}[settings["daemon"]]
    command = [f"{build}/vfio_ap/apsim/apsim", "run", "--profile", settings["profile"], "--",
               os.path.join(HERE, "..", "machine", "up"), "--build", build, *daemon, "--",
               "/usr/bin/python3", os.path.join(HERE, "inside.py"), name]
    print(f"# {name}: profile {settings['profile']}, daemon {settings['daemon']}", flush=True)
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace",
                              timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired as error:
        output = (error.stdout or b"").decode(errors="replace")
        print(output)
        print(f"not ok 1 - {name}: not done after {TIME_LIMIT} seconds")
        return 1
    print(done.stdout, flush=True)
    if done.returncode not in (0, 1) or (done.returncode == 1 and "not ok" not in done.stdout):
        print(f"not ok 1 - {name}: exit status {done.returncode}")
    if keep_output:
        with open(os.path.join(keep_output, name + ".log"), "w", encoding="utf-8") as stream:
            stream.write(done.stdout)
    return done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True)
    parser.add_argument("--plain-build", metavar="BUILD", help="one without sanitizers; default --build")
    parser.add_argument("--keep-output", metavar="DIR")
    parser.add_argument("module", nargs="*", help="file names without .py; default all")
    options = parser.parse_args()
    paths = sorted(glob.glob(os.path.join(HERE, "test_*.py")))
    if options.module:
        paths = [path for path in paths if os.path.basename(path)[:-3] in options.module]
    builds = {"any": options.build, "plain": options.plain_build or options.build}
    status = [run_module(path, builds, options.keep_output) for path in paths]
    return 0 if status and not any(status) else 1


if __name__ == "__main__":
    sys.exit(main())
