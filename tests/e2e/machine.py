# SPDX-License-Identifier: LGPL-2.1-or-later
"""What end-to-end tests share: virsh, the kernel's files, matrices, control."""

import glob
import os
import shutil
import subprocess
import time
import unittest
import uuid as uuids

import libvirt

import hardware

MATRIX = "/sys/devices/vfio_ap/matrix"
BUS = "/sys/bus/ap"
STORE = "/etc/mdevctl.d/matrix"
TYPE = "vfio_ap-passthrough"
CREATE = f"{MATRIX}/mdev_supported_types/{TYPE}/create"
LOG = "/var/log/libvirt/libvirtd.log"
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))

# Errors come as exceptions; libvirt need not print them too.
libvirt.registerErrorHandler(lambda _context, _error: None, None)


def run(*command, **keywords):
    """A finished command with its output as text; errors are the caller's."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=120, **keywords)


def virsh(*arguments):
    """virsh's standard output; fails the test when virsh does."""
    done = run("virsh", "-q", *arguments)
    if done.returncode:
        raise AssertionError(f"virsh {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def virsh_names(*arguments):
    return virsh("nodedev-list", *arguments).split()


def node_name(uuid):
    return f"mdev_{uuid.replace('-', '_')}_matrix"


def document(adapters=(), domains=(), control=(), uuid=None, extra="", parent="ap_matrix", type_id=TYPE):
    """The XML of a matrix."""
    attributes = "".join(
        f"<attr name='assign_{what}' value='{value}'/>"
        for what, values in (("adapter", adapters), ("domain", domains), ("control_domain", control))
        for value in values)
    tag = f"<uuid>{uuid}</uuid>" if uuid else ""
    return (f"<device><parent>{parent}</parent><capability type='mdev'><type id='{type_id}'/>"
            f"{tag}{attributes}{extra}</capability></device>")


def read(*path):
    with open(os.path.join(*path), encoding="ascii") as stream:
        return stream.read()


def write(value, *path):
    """One write(2), as echo does; raises OSError with the kernel's errno."""
    descriptor = os.open(os.path.join(*path), os.O_WRONLY)
    try:
        os.write(descriptor, f"{value}\n".encode())
    finally:
        os.close(descriptor)


def control(name, value=""):
    """Something happens to the machine: vfio_ap/README.rst has what."""
    hardware.THIS.do(name, value)


def is_simulated():
    return hardware.THIS.is_simulated


def kernel_log():
    return hardware.THIS.kernel_log()


def ids_in(mask):
    """The numbers whose bits are set in one of the masks of the AP bus."""
    bits = f"{int(read(BUS, mask), 16):0256b}"
    return {number for number in range(256) if bits[number] == "1"}


def scan():
    """The bus looks what has happened to its cards and domains."""
    write(1, BUS, "scans")


def restore_small():
    """The cards and domains of the profile small, whatever has happened to them."""
    scan()
    cards = {int(name[len("card"):], 16) for name in os.listdir("/sys/devices/ap") if name.startswith("card")}
    for card in cards - {5, 6}:
        control("card_remove", card)
    for card, kind in ((5, "CEX5C"), (6, "CEX5A")):
        if card not in cards:
            control("card_add", f"{card} {kind}")
    for domain in ids_in("ap_usage_domain_mask") - {4, 0x47, 0xab, 0xff}:
        control("domain_remove", domain)
    control("domain_add", "4,0x47,0xab,0xff")
    control("configure", "5,6")
    control("checkstop_clear", "5,6")
    scan()


def daemon(*steps):
    """Steps of daemon.sh in turn, such as "stop" and "start ours"."""
    script = "; ".join(f"daemon_{step} || exit" for step in steps)
    done = run("bash", "-c", f'. "$0" && {{ {script}; }}', os.path.join(TOP, "tests", "machine", "daemon.sh"))
    if done.returncode:
        raise AssertionError(f"daemon {steps}: {done.stderr.strip()}")


def daemon_pid():
    return int(read("/run/libvirtd.pid"))


def forget_boot():
    """Nothing of ours is in /run, as after a reboot; but for the drivers, which the service makes anew then."""
    for path in glob.glob("/run/libvirt-ap/*"):
        if os.path.basename(path) in ("drivers", "environment"):
            continue
        if os.path.isdir(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)


def is_sanitized():
    """Whether the module in the daemon is slow because it is looked over."""
    with open(os.path.join(os.environ["LIBVIRT_AP_BUILD"], "driver", "libvirt_driver_nodedev.so"), "rb") as stream:
        return b"__asan_" in stream.read()


def log_text():
    """What the daemon has logged so far."""
    with open(LOG, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def wait_until(condition, what, timeout=30):
    """For what has no event to wait for: asks again and again.  @what, which was not seen, is text or gives it."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} seconds: {what() if callable(what) else what}")
        time.sleep(0.02)


def kernel_matrices():
    """UUIDs of the matrices that the kernel has; one that comes or goes has not all of its files."""
    found = glob.glob(f"{MATRIX}/*/remove")
    return sorted(os.path.basename(path) for path in map(os.path.dirname, found) if os.path.exists(f"{path}/matrix"))


def kernel_queues(uuid):
    return read(MATRIX, uuid, "matrix").split()


class Recorder:
    """The answers of a daemon by question, to compare daemons."""

    def __init__(self, uri="qemu:///system"):
        self.answers = {}
        self.connection = libvirt.open(uri)

    def ask(self, question, call, *arguments):
        """The answer, or the error."""
        try:
            answer = call(*arguments)
        except libvirt.libvirtError as error:
            answer = ("error", error.get_error_code(), error.get_error_domain(), error.get_error_message())
        self.answers[question] = answer
        return answer


class MachineTest(unittest.TestCase):
    """A test with a connection; checks that it leaves no matrix behind."""

    uri = "qemu:///system"

    def setUp(self):
        self.connection = libvirt.open(self.uri)
        self.addCleanup(lambda: self.connection.close())
        self.assertEqual(kernel_matrices(), [], "an earlier test left a matrix")
        self.addCleanup(self.remove_matrices)

    @staticmethod
    def remove_matrices():
        for uuid in kernel_matrices():
            write(1, MATRIX, uuid, "remove")

    def change_mask(self, name, change):
        """Writes @change to apmask or aqmask; in the end there is again what was there."""
        self.addCleanup(write, read(BUS, name).strip(), BUS, name)
        self.addCleanup(self.remove_matrices)   # a matrix could hold what goes back
        write(change, BUS, name)

    def lookup(self, uuid):
        return self.connection.nodeDeviceLookupByName(node_name(uuid))

    def create(self, *arguments, **keywords):
        return self.connection.nodeDeviceCreateXML(document(*arguments, **keywords), 0)

    def refused(self, code, words, call, *arguments):
        """@call raises libvirt's error @code, whose message has all @words."""
        with self.assertRaises(libvirt.libvirtError) as caught:
            call(*arguments)
        message = caught.exception.get_error_message()
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, message)
        self.assertEqual(caught.exception.get_error_code(), code, message)
        self.assertEqual(caught.exception.get_error_domain(), libvirt.VIR_FROM_NODEDEV)
        return message

    def refused_document(self, code, words, text):
        """Creating from @text is refused, and the kernel has nothing new."""
        before = kernel_matrices()
        message = self.refused(code, words, self.connection.nodeDeviceCreateXML, text, 0)
        self.assertEqual(kernel_matrices(), before)
        return message

    @staticmethod
    def new_uuid():
        return str(uuids.uuid4())
