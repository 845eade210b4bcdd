# SPDX-License-Identifier: LGPL-2.1-or-later
"""The patches for each QEMU: the same ones, in the same order."""

import glob
import os
import re

# Patches that only some series have, by subject: which, and why the others don't.
ONLY_IN = {
    "accel/tcg: invalidate code on the whole of a written range":
        ("7.2", "QEMU 8.0 passes the size of the access"),
    "target/s390x: keep the exception of what a helper accesses":
        ("10.0", "QEMU 7.2 doesn't compare it with that of the last TLB fill"),
}


def subject(path):
    """The subject of one patch, on one line; without one, nothing."""
    with open(path, encoding="utf-8") as stream:
        match = re.match(r"Subject: (.*(?:\n .*)*)\n\n", stream.read())
    return " ".join(match[1].split()) if match else ""


def series_of(directory):
    return [subject(path) for path in sorted(glob.glob(os.path.join(directory, "*.patch")))]


def violations(qemu, only_in=None):
    """What differs between the series in the directories of @qemu, one line for each."""
    only_in = ONLY_IN if only_in is None else only_in
    series = {os.path.basename(path): series_of(path) for path in sorted(glob.glob(os.path.join(qemu, "[0-9]*")))}
    bad = [f"{name}: a patch without a subject" for name in series if "" in series[name]]
    for text, (name, reason) in only_in.items():
        if text not in series.get(name, []):
            bad.append(f"{name}: has no '{text}', which it should have because: {reason}")
    common = {name: [text for text in texts if only_in.get(text, [""])[0] != name] for name, texts in series.items()}
    (first, expected), *others = common.items()
    for name, texts in others:
        for number, (one, other) in enumerate(zip(expected, texts), 1):
            if one != other:
                bad.append(f"patch {number} of what both have: {first} '{one}', {name} '{other}'")
        if len(texts) != len(expected):
            bad.append(f"{first} has {len(expected)} patches that {name} should have, too, which has {len(texts)}")
    return bad
