#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold virt-ap to its manual page, and what it prints to what it was given.

Prints TAP.  Argument: the program.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
GUEST = "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001"
COMMANDS = ("guests", "history", "rollback")
NOTHING = {"apmask": "0x" + "0" * 64}


def mask(*ids):
    return f"0x{sum(1 << (255 - number) for number in ids):064x}"


def live(adapters, domains, control=()):
    return {**NOTHING, "live": ",".join(mask(*ids) for ids in (adapters, domains, control))}


def defined(start, *adapters, **more):
    attributes = [{"assign_adapter": str(number)} for number in adapters]
    text = json.dumps({"mdev_type": "vfio_ap-passthrough", "start": start, "attrs": attributes})
    return {**NOTHING, "definition": text, **more}


def line(number, action, before, after, **more):
    entry = {"id": number, "time": f"2026-11-20T12:00:0{number % 10}.000001Z", "action": action,
             "before": json.dumps(before), "after": json.dumps(after), **more}
    return json.dumps(entry, separators=(",", ":"))


HISTORY = [
    line(7, "create", NOTHING, live([5, 6], [4]), matrix=UUID, uid=0, pid=99, user="root", client="virsh"),
    line(8, "update", live([5, 6], [4]), live([5], [4], [4]), matrix=UUID, uid=1000),
    '{"id":9,"time":"cut sh',
    line(10, "define", NOTHING, defined("auto", 5, 6, comment="the\nboss's", reserve="default"), matrix=UUID),
    line(11, "rollback", live([5], [4], [4]), live([5, 6], [4]), matrix=UUID, undone=8, user="root", client="virt-ap"),
    line(12, "return", NOTHING, {**NOTHING, "reserved": mask(5)}, adapters="5-6", collateral="05.0047", user="root"),
    "no JSON at all",
    line(13, "create", NOTHING, live([5], [4]), matrix="../../etc", user="root"),
    line(14, "define", NOTHING, live([5], [4]), matrix=UUID, user="x\033[2Jy", error="no room"),
]


def run(*arguments, **environment):
    done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.PIPE, check=False,
                          env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", **environment})
    return done.returncode, done.stdout, done.stderr


class Root:
    """A directory with a history, as context."""

    def __init__(self, older, newer):
        self.older = older
        self.newer = newer

    def __enter__(self):
        self.where = tempfile.TemporaryDirectory()
        state = os.path.join(self.where.name, "var/lib/libvirt/ap")
        os.makedirs(state)
        for name, lines in (("history.1", self.older), ("history", self.newer)):
            with open(os.path.join(state, name), "w", encoding="utf-8") as stream:
                stream.write("".join(text + "\n" for text in lines))
        return f"--root={self.where.name}"

    def __exit__(self, *_exception):
        self.where.cleanup()


def expect(found, expected):
    assert found == expected, f"{found!r} instead of {expected!r}"


def page():
    with open(os.path.join(TOP, "docs", "virt-ap.1.rst"), encoding="utf-8") as stream:
        return stream.read()


def options_in(text):
    return set(re.findall(r"(?<![\w-])(--[a-z]+|-[a-z])\b", text))


def check_options_in_manual_page():
    """--help and the manual page have the same options"""
    helps = "".join(run(*command, "--help")[1] for command in ([], *([name] for name in COMMANDS)))
    listed = set(re.findall(r"^\*\*.*$", page(), re.M))
    options = options_in(" ".join(text for text in listed if "-" in text).replace("*", " "))
    expect(options, options_in(helps))


def check_commands_in_manual_page():
    """--help and the manual page have the same commands"""
    listed = re.findall(r"^  (\w+)  +\S", run("--help")[1].split("Commands:")[1], re.M)
    expect(listed, list(COMMANDS))
    section = page().split("COMMANDS\n")[1].split("OPTIONS\n")[0]
    expect(re.findall(r"^\*\*(\w+)\*\*$", section, re.M), listed)
    for name in listed:
        assert f"**{name}**" in page().split("DESCRIPTION")[0], name


def check_version():
    """The version is the project's"""
    with open(os.path.join(TOP, "meson.build"), encoding="utf-8") as stream:
        version = re.search(r"version: '([^']+)'", stream.read())[1]
    expect(run("--version"), (0, f"virt-ap {version}\n", ""))


def check_statuses_in_manual_page():
    """Each exit status is in the manual page, and meant so"""
    expect(re.findall(r"^(\d)  ", page(), re.M), ["0", "1", "2"])
    expect(run("nonsense")[0], 2)
    with Root([], []) as root:
        expect(run(root, "history"), (0, "", ""))
        expect(run(root, "rollback")[0], 1)


def check_list():
    """What is whole is listed, the oldest first, and nothing of it controls the terminal"""
    with Root(HISTORY[:2], HISTORY[2:]) as root:
        status, output, errors = run(root, "history")
        expect((status, errors), (0, ""))
        expect(output.splitlines(), [
            f"    7  2026-11-20 12:00:07  root        create matrix {UUID}",
            f"    8  2026-11-20 12:00:08  1000        update matrix {UUID}  (taken back by 11)",
            f"   10  2026-11-20 12:00:00  libvirt-ap  define matrix {UUID}",
            f"   11  2026-11-20 12:00:01  root        rollback of 8, matrix {UUID}",
            "   12  2026-11-20 12:00:02  root        return queues of the host pool",
            f"   14  2026-11-20 12:00:04  x?[2Jy      define matrix {UUID}  (failed)"])
        expect([text[:5] for text in run(root, "history", "-n", "2", "-m", UUID.upper())[1].splitlines()],
               ["   11", "   14"])
        expect(run(root, "history", "--last=0")[1], "")


def check_description():
    """One change is described with what there was before"""
    with Root([], HISTORY) as root:
        expect(run(root, "history", "8")[1].splitlines(), [
            "Change: 8", "Time: 2026-11-20 12:00:08", "User: 1000", f"Action: update matrix {UUID}",
            "Active: adapters 5, domains 4, control domains 4; before: adapters 5-6, domains 4",
            "Defined: none, as before", "Taken back by: 11"])
        assert ("Defined: adapters 5-6, domains none, starts by itself, reserves its queues (the?boss's); "
                "before: none\n") in run(root, "history", "10")[1]
        output = run(root, "history", "12")[1]
        assert "Adapters of the host pool: 5-6\nQueues not asked for: 05.0047\n" in output, output
        assert "Active" not in output, output
        expect(run(root, "history", "9"), (1, "", "virt-ap: there is no change 9 in the history\n"))


def check_guests():
    """Matrices that are active are listed with the guests that have them, with a state"""
    with Root([], []) as root:
        expect(run(root, "guests"), (0, "", ""))
        where = root.split("=")[1]
        with open("/proc/self/stat", encoding="ascii") as stream:
            started = stream.read().rsplit(")", 1)[1].split()[19]
        for path, text in {
                f"sys/devices/vfio_ap/matrix/{UUID}/remove": "",
                f"run/libvirt-ap/holders/{UUID}":
                f"[holder]\nguest=g\x1b1\nguest-uuid={GUEST}\nstate=starting\nmade=true\nsince=1795176007\n"
                f"service={os.getpid()}\nservice-started={started}\n",
                f"proc/{os.getpid()}/stat": f"1 (x) S 1 {'0 ' * 17}{started} "}.items():
            os.makedirs(os.path.dirname(os.path.join(where, path)), exist_ok=True)
            with open(os.path.join(where, path), "w", encoding="ascii") as stream:
                stream.write(text)
        expect(run(root, "guests"), (0, f"{UUID}  starting  2026-11-20 12:00:07  {GUEST}  g?1\n", ""))
        os.unlink(os.path.join(where, "proc", str(os.getpid()), "stat"))
        expect(run(root, "guests"), (0, "", ""))
        expect(run(root, "guests", "x")[0], 2)


CHECKS = [check_options_in_manual_page, check_commands_in_manual_page, check_version, check_statuses_in_manual_page,
          check_list, check_description, check_guests]


def main():
    failed = 0
    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        try:
            check()
            print(f"ok {number} - {check.__doc__}")
        except AssertionError as error:
            failed = 1
            print(f"not ok {number} - {check.__doc__}")
            for text in str(error).splitlines():
                print(f"#   {text}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
