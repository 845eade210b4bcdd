#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Make the Debian package, install it, use it, remove it, and look what is left.

For a Debian that may be changed: `./run debian RELEASE` has one.  Prints TAP.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UNITS = "/usr/lib/systemd/system"
MODULE = "libvirt_driver_nodedev.so"
CONFIG = "/etc/libvirt/ap.conf"
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
# What we make while we are used, and must not survive a purge.
OURS = ("/run/libvirt-ap/environment", f"/etc/libvirt/ap/{UUID}", "/var/lib/libvirt/ap/history")
# What belongs to mdevctl, too.
THEIRS = f"/etc/mdevctl.d/matrix/{UUID}"
# Changed by any package.
NOT_LOOKED_AT = ("/etc/ld.so.cache", "/etc/apt", "/usr/share/info/dir")


def run(*command, **keywords):
    """Standard output; what went wrong is an assertion."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **keywords)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-2000:]}"
    return done.stdout


def dpkg(*arguments):
    return run("dpkg", *arguments, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def files_below(*directories):
    """Each file with what would change if it did."""
    found = {}
    for path in (os.path.join(folder, name) for top in directories for folder, _, names in os.walk(top) for name in names):
        if not path.startswith(NOT_LOOKED_AT) and "__pycache__" not in path:
            status = os.lstat(path)
            found[path] = status.st_size, status.st_mtime_ns
    return found


def system_files():
    return files_below("/etc", "/usr", "/var/lib/libvirt")


def difference(before, after):
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def installed_files():
    return [path for path in dpkg("-L", "libvirt-ap").splitlines() if os.path.isfile(path)]


def leave(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as stream:
        stream.write("{}\n")


class Package:
    """The package and the system before it came."""

    def __init__(self, build, where):
        self.build = build
        self.before = system_files()
        self.file = run(f"{TOP}/packaging/make-deb", where).strip().splitlines()[-1]

    def check_contents(self):
        """It has a name, a version, what it needs, and one file to be configured."""
        fields = run("dpkg-deb", "--field", self.file)
        for words in ("Package: libvirt-ap", "libvirt-daemon", "libglib2.0-0", "mdevctl"):
            assert words in fields, fields
        assert run("dpkg-deb", "--info", self.file, "conffiles").split() == [CONFIG]

    def check_installed(self):
        """Nothing of libvirt's is touched, our module is in a directory of its own."""
        dpkg("--install", self.file)
        changed = difference(self.before, system_files())
        assert sorted(changed) == sorted(set(installed_files())), changed
        modules = [path for path in changed if path.endswith(MODULE)]
        assert len(modules) == 1 and "connection-driver" not in modules[0], modules
        assert "not found" not in run("ldd", modules[0])

    def check_used(self):
        """The daemon that starts as its service would has our module, and the drivers that it had."""
        run(f"{self.build}/vfio_ap/apsim/apsim", "run", "--profile", "small", "--", sys.executable,
            os.path.abspath(__file__), "--inside")

    def check_changed_configuration(self):
        """An upgrade keeps what the administrator has written."""
        with open(CONFIG, "a", encoding="utf-8") as stream:
            stream.write("# mine\n")
        dpkg("--install", self.file)
        with open(CONFIG, encoding="utf-8") as stream:
            assert stream.read().endswith("# mine\n")

    def check_removed(self):
        """The services are libvirt's own again; the configuration stays."""
        for path in (*OURS, THEIRS):
            leave(path)
        dpkg("--remove", "libvirt-ap")
        left = difference(self.before, system_files())
        assert left == sorted([CONFIG, *OURS[1:], THEIRS]), left
        assert not [name for name in os.listdir(UNITS) if os.path.exists(f"{UNITS}/{name}/libvirt-ap.conf")]

    def check_purged(self):
        """As if it had never been there, but for the definitions, which are mdevctl's, too."""
        dpkg("--purge", "libvirt-ap")
        left = difference(self.before, system_files())
        assert left == [THEIRS], left
        assert not os.path.exists("/run/libvirt-ap")
        os.unlink(THEIRS)

    CHECKS = (check_contents, check_installed, check_used, check_changed_configuration, check_removed, check_purged)


def service_environment(daemon):
    """What the drop-in of the service has the daemon started with."""
    with open(f"{UNITS}/{daemon}.service.d/libvirt-ap.conf", encoding="utf-8") as stream:
        text = stream.read()
    run(*re.search(r"^ExecStartPre=-(.*)$", text, re.M)[1].split())
    with open(re.search(r"^EnvironmentFile=-(.*)$", text, re.M)[1], encoding="utf-8") as stream:
        return dict(line.split("=", 1) for line in stream.read().splitlines())


def use_inside():
    """On a simulated machine: libvirtd as its service starts it, and a matrix."""
    environment = service_environment("libvirtd")
    os.environ["LIBVIRT_DEFAULT_URI"] = "qemu:///system"
    run(f"{TOP}/tests/machine/start-daemon", "/var/log/libvirt/stderr", "libvirtd", "--pid-file", "/run/libvirtd.pid",
        env={**os.environ, **environment})
    with open("/run/libvirtd.pid", encoding="ascii") as stream:
        pid = int(stream.read())
    with open(f"/proc/{pid}/maps", encoding="utf-8") as stream:
        maps = stream.read()
    assert f"libvirt-ap/driver/{MODULE}" in maps and f"connection-driver/{MODULE}" in maps, "the module is not loaded"
    assert "libvirt_driver_qemu.so" in maps, "the driver of guests is not loaded"
    run("virsh", "nodedev-create", next(path for path in installed_files() if path.endswith("/matrix-guest1.xml")))
    assert UUID.replace("-", "_") in run("virsh", "nodedev-list", "--cap", "mdev")
    os.kill(pid, 15)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", help="one with the simulated machine")
    parser.add_argument("--inside", action="store_true", help="for this program itself")
    options = parser.parse_args()
    if options.inside:
        use_inside()
        return 0
    if os.path.exists(CONFIG):
        parser.error("this system has libvirt-ap already")
    failed = 0
    with tempfile.TemporaryDirectory() as where:
        package = Package(options.build, where)
        for number, check in enumerate(Package.CHECKS, 1):
            try:
                check(package)
                print(f"ok {number} - {check.__name__}", flush=True)
            except AssertionError as error:
                failed = 1
                print(f"not ok {number} - {check.__name__}\n    {error}", flush=True)
    print(f"1..{len(Package.CHECKS)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
