#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Install into a scratch directory and look at what is there.

Prints TAP.  Arguments: the build directory, the directory of the driver module
as installed, the directory of libvirt's own driver modules.
"""

import glob
import os
import subprocess
import sys
import tempfile

MODULE = "libvirt_driver_nodedev.so"


def files_below(top):
    for folder, _, names in os.walk(top):
        for name in names:
            yield os.path.join(folder, name)


def check_driver_dir(target, driver_dir, stock):
    """Our module, and a link to each other one of libvirt's."""
    here = target + driver_dir
    path = os.path.join(here, MODULE)
    assert os.path.isfile(path) and not os.path.islink(path), f"no {path}"
    wanted = sorted(glob.glob(os.path.join(stock, "libvirt_driver_*.so")))
    found = sorted(os.readlink(link) for link in files_below(here) if os.path.islink(link))
    assert found == [driver for driver in wanted if os.path.basename(driver) != MODULE], found


def check_nothing_leads_back(target, build):
    """No file of text names the build directory, no program searches in it."""
    for path in files_below(target):
        if os.path.islink(path):
            continue
        with open(path, "rb") as stream:
            content = stream.read()
        if content.startswith(b"\x7fELF"):
            header = subprocess.run(["readelf", "-d", path], check=True, stdout=subprocess.PIPE, text=True).stdout
            assert "RUNPATH" not in header and "RPATH" not in header, path
        else:
            assert build.encode() not in content, path


def check_documents(target):
    """What the documents speak of comes along."""
    found = [os.path.relpath(path, target) for path in files_below(target)]
    for end in ("libvirt-ap/README.rst", "docs/manual.rst", "libvirt-ap/xml/matrix-guest1.xml",
                "schemas/ap-nodedev.rng", "de/LC_MESSAGES/libvirt-ap.mo"):
        assert any(path.endswith(end) for path in found), f"no {end} among {found}"


def main():
    build, driver_dir, stock = sys.argv[1:]
    checks = ((check_driver_dir, driver_dir, stock), (check_nothing_leads_back, build), (check_documents,))
    failed = 0
    with tempfile.TemporaryDirectory() as target:
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", target],
                       check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for number, (check, *arguments) in enumerate(checks, 1):
            try:
                check(target, *arguments)
                print(f"ok {number} - {check.__name__}")
            except AssertionError as error:
                failed = 1
                print(f"not ok {number} - {check.__name__}: {error}")
    print(f"1..{len(checks)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
