# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hook, run with the words and the documents that libvirt runs it with, for tests of it.

What runs it here takes libvirtd's place as the parent; KVM guests that libvirtd itself
starts are in tests/mainframe.
"""

import contextlib
import os
import subprocess

import libvirt

import machine

UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
OTHER = "62177883-f1bb-47f0-914d-32a22e3a8805"
GUESTS = {"g1": "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001", "g2": "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a002"}
BUILT = os.path.join(os.environ["LIBVIRT_AP_BUILD"], "src", "hook", "qemu-hook")
HOOK = BUILT if os.path.exists(BUILT) else "/usr/libexec/libvirt-ap/qemu-hook"
HOLDERS = "/run/libvirt-ap/holders"
CONFIG = "/etc/libvirt/ap.conf"
HOST_CPU = "<cpu mode='host-passthrough' check='none'/>"
ENDS = {"stopped": "end", "release": "end"}


def hostdev(uuid):
    return ("<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-ap' display='off'>"
            f"<source><address uuid='{uuid}'/></source><alias name='hostdev0'/></hostdev>")


def domain(name, *uuids, cpu=HOST_CPU, kind="kvm", metadata=""):
    """As libvirt prints it."""
    return (f"<domain type='{kind}'>\n  <name>{name}</name>\n  <uuid>{GUESTS[name]}</uuid>\n"
            f"  <metadata>{metadata}</metadata>\n  <memory unit='KiB'>262144</memory>\n  <vcpu>1</vcpu>\n"
            f"  <os><type arch='s390x' machine='s390-ccw-virtio-7.2'>hvm</type></os>\n  {cpu}\n"
            f"  <devices><emulator>/usr/bin/qemu-system-s390x</emulator>{''.join(map(hostdev, uuids))}"
            "<panic model='s390'/></devices>\n</domain>\n")


def call(operation, name, xml):
    """The hook in one phase."""
    return machine.run(HOOK, name, operation, ENDS.get(operation, "begin"), "-", input=xml)


def custom(*features):
    return ("<cpu mode='custom' match='exact' check='partial'><model fallback='forbid'>gen16a</model>"
            + "".join(f"<feature policy='require' name='{name}'/>" for name in features) + "</cpu>")


def virt_ap_guests():
    built = os.path.join(os.environ["LIBVIRT_AP_BUILD"], "src", "tools", "virt-ap")
    done = machine.run(built if os.path.exists(built) else "virt-ap", "guests")
    if done.returncode or done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout


@contextlib.contextmanager
def open_matrix(uuid, name):
    """A process that has the matrix open as the QEMU of the guest has."""
    group = os.path.basename(os.readlink(f"{machine.MATRIX}/{uuid}/iommu_group"))
    script = "import sys; f = open(sys.argv[-1], 'rb', 0); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(["/usr/bin/python3", "-c", script, "-name", f"guest={name}", "-uuid", GUESTS[name],
                           f"/dev/vfio/{group}"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout.readline() != b"open\n":
            raise AssertionError(f"cannot open the group of {uuid}")
        yield
        process.stdin.close()


class HookTest(machine.MachineTest):
    """Two definitions that share a queue; nothing is left."""

    def setUp(self):
        super().setUp()
        self.change_mask("apmask", "-5,-6")
        self.addCleanup(self.clear)
        self.configure("")
        for uuid, adapters in ((UUID, [5]), (OTHER, [5, 6])):
            self.connection.nodeDeviceDefineXML(machine.document(adapters, [4], uuid=uuid), 0)

    @staticmethod
    def configure(more):
        with open(CONFIG, "w", encoding="ascii") as stream:
            stream.write(f"[conflicts]\nmanual-definitions = allow\n{more}")

    def clear(self):
        for name in GUESTS:
            self.end(name)
        self.remove_matrices()
        for uuid in (UUID, OTHER):
            try:
                self.lookup(uuid).undefine()
            except libvirt.libvirtError:
                pass            # a test has done so
        os.unlink(CONFIG)
        self.assertEqual(self.records(), [])

    @staticmethod
    def records():
        return sorted(os.listdir(HOLDERS)) if os.path.isdir(HOLDERS) else []

    def good(self, operation, name, *uuids, **keywords):
        """It succeeds without a word: libvirt would take one for a document."""
        done = call(operation, name, domain(name, *uuids, **keywords))
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        return done

    def end(self, name, *uuids):
        self.good("stopped", name, *uuids)
        self.good("release", name, *uuids)

    def bad(self, words, operation, name, *uuids, **keywords):
        """It refuses, in two lines of a terminal at most, and nothing has changed."""
        before = machine.kernel_matrices(), self.records()
        done = call(operation, name, domain(name, *uuids, **keywords))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertLessEqual(done.stderr.count("\n"), 2)
        self.assertEqual((machine.kernel_matrices(), self.records()), before)
        return done.stderr
