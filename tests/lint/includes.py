# SPDX-License-Identifier: LGPL-2.1-or-later
"""Which folder may include what.

tools | hook | nodedev -> conf | host -> model -> the mask of vfio_ap/core;
libvirt's headers only in nodedev, hook and tests; vfio_ap/core includes
nothing of anybody else.
"""

import os
import re

MASK = {"apc_mask.h", "apc_types.h"}
BELOW = {
    "model": {"model"},
    "host": {"host", "model"},
    "conf": {"conf", "model"},
    "nodedev": {"nodedev", "host", "conf", "model"},
    "hook": {"hook", "host", "conf", "model"},
    "tools": {"tools", "host", "conf", "model"},
}
LIBVIRT_ALLOWED = ("src/nodedev/", "src/hook/", "tests/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def homes(names):
    """Header base name -> the folders of src/ and vfio_ap/ that have it."""
    found = {}
    for name in names:
        if name.endswith(".h"):
            found.setdefault(os.path.basename(name), set()).add(os.path.dirname(name))
    return found


def check_src(name, header, folders):
    """A file of src/LAYER includes @header, which lives in @folders."""
    layer = name.split("/")[1]
    for folder in folders:
        if folder.startswith("src/") and folder.split("/")[1] not in BELOW.get(layer, set()):
            return f"{layer} must not include {folder}/{os.path.basename(header)}"
        if folder.startswith("vfio_ap/") and os.path.basename(header) not in MASK:
            return f"{layer} must not include {folder}/{os.path.basename(header)}"
    return None


def check(name, kind, header, where):
    """The fault of one #include line, or None."""
    base = os.path.basename(header)
    if kind == "<" and header.startswith("libvirt/") and not name.startswith(LIBVIRT_ALLOWED):
        return f"libvirt's {header} belongs to nodedev, hook and tests"
    if name.startswith("include/") and kind == '"':
        return "a public header includes public headers only, in <>"
    if kind == "<":
        return None
    folders = where.get(base, set())
    if not folders:
        return None
    if name.startswith("src/"):
        return check_src(name, header, folders)
    if name.startswith("vfio_ap/core/") and not any(folder.startswith("vfio_ap/core") for folder in folders):
        return f"core must not include {header}"
    if name.startswith("vfio_ap/") and not any(folder.startswith("vfio_ap/") for folder in folders):
        return f"vfio_ap must not include {header}"
    return None


def violations(top, names):
    where = homes(names)
    bad = []
    for name in names:
        with open(os.path.join(top, name), encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                match = INCLUDE.match(line)
                fault = match and check(name, match[1], match[2], where)
                if fault:
                    bad.append(f"{name}:{number}: {fault}")
    return bad
