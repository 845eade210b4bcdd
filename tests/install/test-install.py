#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Install into a scratch directory, look at what is there, and take it away again.

Prints TAP.  Arguments: the build directory, the installation prefix, the directory of
the driver module below it, the directory of libvirt's own driver modules, and the one of
its hooks.
"""

import os
import shutil
import subprocess
import sys
import tempfile

MODULE = "libvirt_driver_nodedev.so"
DAEMONS = ("libvirtd", "virtnodedevd")


class Skip(Exception):
    """Cannot be checked on this machine."""


class Installed:
    """What was installed, and where."""

    def __init__(self, where, build, prefix, module_dir, stock, hook_dir):
        self.target = os.path.join(where, "root")
        self.scratch = os.path.join(where, "scratch")
        os.mkdir(self.scratch)
        self.build = build
        self.prefix = prefix
        self.module = os.path.join(prefix, module_dir, MODULE)
        self.stock = stock
        self.hook_dir = hook_dir

    def path(self, name):
        """@name, an absolute path, below the scratch directory."""
        return self.target + name

    def files(self):
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.target) for name in names]

    def unit_dir(self):
        return os.path.join(self.prefix, "lib/systemd/system")

    def prepare(self):
        return self.path(os.path.join(self.prefix, "libexec/libvirt-ap/prepare-drivers"))


def check_module_alone(installed):
    """Our module is in a directory of its own."""
    path = installed.path(installed.module)
    assert os.listdir(os.path.dirname(path)) == [MODULE], os.listdir(os.path.dirname(path))
    assert not os.path.islink(path)


def check_nothing_leads_back(installed):
    """No file of text names the build directory, no program searches in it."""
    for path in installed.files():
        if os.path.islink(path):
            continue
        with open(path, "rb") as stream:
            content = stream.read()
        if content.startswith(b"\x7fELF"):
            header = subprocess.run(["readelf", "-d", path], check=True, stdout=subprocess.PIPE, text=True).stdout
            assert "RUNPATH" not in header and "RPATH" not in header, path
        else:
            assert installed.build.encode() not in content, path


def check_documents(installed):
    """What the documents speak of comes along."""
    found = [os.path.relpath(path, installed.target) for path in installed.files()]
    for end in ("libvirt-ap/README.rst", "docs/manual.rst", "libvirt-ap/xml/matrix-guest1.xml", "libvirt-ap/ap.conf",
                "schemas/ap-nodedev.rng", "schemas/ap-nodedev-libvirt.rng", "schemas/ap-elements.rng",
                "bin/virt-ap", "docs/virt-ap.1.rst", "de/LC_MESSAGES/libvirt-ap.mo"):
        assert any(path.endswith(end) for path in found), f"no {end} among {found}"


def check_hook(installed):
    """libvirt finds the hook where it looks for it, and that the program beside it."""
    link = os.path.join(installed.target + installed.hook_dir, "libvirt-ap")
    target = os.readlink(link)
    assert target == os.path.join(installed.prefix, "libexec/libvirt-ap/qemu-hook"), target
    program = installed.path(target)
    assert os.access(program, os.X_OK), program
    done = subprocess.run([program, "g1", "prepare", "begin", "-"], input="<domain>vfio-ap", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stdout) == (1, ""), done
    assert "guest 'g1': not a domain document" in done.stderr, done.stderr


def check_services(installed):
    """Both daemons run what is there, and start without it."""
    program = installed.prepare()
    assert os.access(program, os.X_OK), program
    for daemon in DAEMONS:
        with open(installed.path(f"{installed.unit_dir()}/{daemon}.service.d/libvirt-ap.conf"), encoding="utf-8") as stream:
            lines = stream.read().splitlines()
        assert f"ExecStartPre=-{program[len(installed.target):]}" in lines, lines
        assert "EnvironmentFile=-/run/libvirt-ap/environment" in lines, lines


def check_services_verify(installed):
    """systemd understands the drop-ins, beside the distribution's service."""
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not here")
    services = [daemon for daemon in DAEMONS if os.path.exists(f"/lib/systemd/system/{daemon}.service")]
    if not services:
        raise Skip("no service of libvirt is here")
    environment = dict(os.environ, LC_ALL="C",
                       SYSTEMD_UNIT_PATH=f"{installed.path(installed.unit_dir())}:/lib/systemd/system")
    for service in services:
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{service}.service"], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        ours = [line for line in done.stdout.splitlines() if "libvirt-ap" in line and "not executable" not in line]
        assert not ours, ours


class Drivers:
    """A directory of driver modules such as libvirt's, and what is made of it."""

    def __init__(self, installed, names):
        self.installed = installed
        self.top = tempfile.mkdtemp(dir=installed.scratch)
        self.stock = os.path.join(self.top, "connection-driver")
        self.module = os.path.join(self.top, "ours.so")
        self.run_dir = os.path.join(self.top, "run")
        os.mkdir(self.stock)
        for name in [*names, "nodedev"]:
            self.add(name)
        open(self.module, "w", encoding="utf-8").close()

    def driver(self, name):
        return os.path.join(self.stock, f"libvirt_driver_{name}.so")

    def add(self, name):
        open(self.driver(name), "w", encoding="utf-8").close()

    def prepare(self):
        """Whether it worked."""
        done = subprocess.run([self.installed.prepare(), self.stock, self.module, self.run_dir],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 0 or "libvirt-ap:" in done.stderr, done.stderr
        return done.returncode == 0

    def environment(self):
        """What the daemon would get, or None."""
        path = os.path.join(self.run_dir, "environment")
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as stream:
            return stream.read()

    def links(self):
        """Where the names in the directory of the daemon lead to."""
        where = os.path.join(self.run_dir, "drivers")
        assert self.environment() == f"LIBVIRT_DRIVER_DIR={where}\n", self.environment()
        return {name: os.readlink(os.path.join(where, name)) for name in os.listdir(where)}

    def expected(self, names):
        return {**{f"libvirt_driver_{name}.so": self.driver(name) for name in names}, MODULE: self.module}


def check_links_follow(installed):
    """Each start finds the drivers that are there then, and leaves nothing behind."""
    drivers = Drivers(installed, ["qemu", "network"])
    assert drivers.prepare()
    assert drivers.links() == drivers.expected(["qemu", "network"]), drivers.links()
    drivers.add("storage")
    os.unlink(drivers.driver("network"))
    assert drivers.prepare()
    assert drivers.links() == drivers.expected(["qemu", "storage"]), drivers.links()
    assert len(os.listdir(drivers.run_dir)) == 3, os.listdir(drivers.run_dir)


def check_stock_without(installed):
    """Without our module, or libvirt's, the daemon starts as if we were not there."""
    for missing in ("module", "stock"):
        drivers = Drivers(installed, ["qemu"])
        assert drivers.prepare() and drivers.environment()
        os.unlink(drivers.module if missing == "module" else drivers.driver("nodedev"))
        assert not drivers.prepare()
        assert drivers.environment() is None
    drivers = Drivers(installed, ["qemu"])
    drivers.stock += "-of-another-machine"
    assert not drivers.prepare()
    assert drivers.environment() is None


def check_links_of_this_machine(installed):
    """The distribution's own directory, with the paths that were built in."""
    run_dir = os.path.join(installed.scratch, "run")
    if not os.path.isdir(installed.stock):
        raise Skip(f"no {installed.stock}")
    subprocess.run([installed.prepare(), installed.stock, installed.path(installed.module), run_dir], check=True)
    found = os.listdir(os.path.join(run_dir, "drivers"))
    assert sorted(found) == sorted(name for name in os.listdir(installed.stock) if name.startswith("libvirt_driver_"))
    with open(installed.prepare(), encoding="utf-8") as stream:
        script = stream.read()
    assert f"${{1:-{installed.stock}}}" in script and f"${{2:-{installed.module}}}" in script


def check_uninstalled(installed):
    """Nothing is left that libvirt or systemd would come across."""
    subprocess.run(["meson", "--internal", "uninstall"], cwd=installed.build, check=True,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert not installed.files(), installed.files()


CHECKS = (check_module_alone, check_nothing_leads_back, check_documents, check_hook, check_services,
          check_services_verify,
          check_links_follow, check_stock_without, check_links_of_this_machine, check_uninstalled)


def main():
    build, prefix, module_dir, stock, hook_dir = sys.argv[1:]
    failed = 0
    with tempfile.TemporaryDirectory() as where:
        installed = Installed(where, build, prefix, module_dir, stock, hook_dir)
        subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--destdir", installed.target],
                       check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for number, check in enumerate(CHECKS, 1):
            try:
                check(installed)
                print(f"ok {number} - {check.__name__}")
            except Skip as reason:
                print(f"ok {number} - {check.__name__} # SKIP {reason}")
            except AssertionError as error:
                failed = 1
                print(f"not ok {number} - {check.__name__}: {error}")
    print(f"1..{len(CHECKS)}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
