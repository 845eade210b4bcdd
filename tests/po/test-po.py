#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold that po/ fits the sources and that every translation is complete.

Prints TAP. Arguments: the top of the sources, then the arguments of xgettext.
`./run po` brings po/ up to date.
"""

import os
import re
import subprocess
import sys
import tempfile

MARK = re.compile(r"\b(_|N_|ngettext_)\(")
DEFINITIONS = "src/model/ap-i18n.h"


def run(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def words(path):
    """The lines of a list file without its comments."""
    with open(path, encoding="utf-8") as stream:
        return [line.strip() for line in stream if line.strip() and not line.startswith("#")]


def sources_with_messages(top):
    found = []
    for folder, _, names in os.walk(os.path.join(top, "src")):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), top)
            if name.endswith((".c", ".h")) and path != DEFINITIONS:
                with open(os.path.join(top, path), encoding="utf-8") as stream:
                    if MARK.search(stream.read()):
                        found.append(path)
    return sorted(found)


def messages(catalogue):
    """The entries of a catalogue in one form, without its header and its places."""
    text = run("msgcat", "--no-wrap", "--no-location", "--sort-output", catalogue)
    return set(text.split("\n\n")[1:])


def check_potfiles(top, _arguments):
    """po/POTFILES lists the sources that have messages"""
    listed = words(os.path.join(top, "po/POTFILES"))
    found = sources_with_messages(top)
    return ([f"not listed: {name}" for name in found if name not in listed]
            + [f"listed without a message: {name}" for name in listed if name not in found])


def check_template(top, arguments):
    """po/libvirt-ap.pot has the messages of the sources"""
    with tempfile.TemporaryDirectory() as folder:
        fresh = os.path.join(folder, "fresh.pot")
        run("xgettext", *arguments, f"--directory={top}", f"--output={fresh}", *words(os.path.join(top, "po/POTFILES")))
        now = messages(fresh)
    then = messages(os.path.join(top, "po/libvirt-ap.pot"))
    return [f"missing: {entry}" for entry in sorted(now - then)] + [f"gone: {entry}" for entry in sorted(then - now)]


def faults_of(*command):
    """What a checker printed when it found fault, else nothing."""
    done = subprocess.run(command, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.splitlines() if done.returncode else []


def incomplete(catalogue, kind):
    """The messages of a catalogue that are untranslated or fuzzy."""
    entries = run("msgattrib", "--no-obsolete", "--no-wrap", f"--{kind}", catalogue)
    return [f"{kind}: {line}" for line in entries.splitlines() if line.startswith('msgid "') and line != 'msgid ""']


def check_languages(top, _arguments):
    """every translation is valid and complete"""
    faults = []
    for language in words(os.path.join(top, "po/LINGUAS")):
        catalogue = os.path.join(top, "po", f"{language}.po")
        invalid = faults_of("msgfmt", "--check", "--output-file=/dev/null", catalogue)
        faults += invalid
        if not invalid:
            faults += faults_of("msgcmp", catalogue, os.path.join(top, "po/libvirt-ap.pot"))
            faults += incomplete(catalogue, "untranslated") + incomplete(catalogue, "fuzzy")
    return faults


def check_files(top, _arguments):
    """po/LINGUAS lists the translations that are there"""
    there = sorted(name[:-3] for name in os.listdir(os.path.join(top, "po")) if name.endswith(".po"))
    listed = words(os.path.join(top, "po/LINGUAS"))
    return [] if there == listed else [f"there: {there}, listed: {listed}"]


CHECKS = [check_potfiles, check_template, check_languages, check_files]


def main():
    top, arguments = sys.argv[1], sys.argv[2:]
    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        faults = check(top, arguments)
        print(f"{'not ok' if faults else 'ok'} {number} - {check.__doc__}")
        for line in "\n".join(faults).splitlines():
            print(f"#   {line}")


if __name__ == "__main__":
    main()
