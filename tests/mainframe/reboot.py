#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that starts by itself, from one boot of the mainframe to the next.

usage: reboot.py before|after

Before, the guest starts; its mainframe is switched off while it runs.  After, on one with
the files of that, it is there again with the matrix that its definition names, and goes.
"""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(TOP, "tests", "e2e"), os.path.dirname(os.path.abspath(__file__))]
import libvirt  # noqa: E402  (the path is set just above)

import kvm_guest  # noqa: E402
import machine  # noqa: E402

NAME = "guest1"
UUID = "62177883-f1bb-47f0-914d-32a22e3a8804"
HOLDERS = "/run/libvirt-ap/holders"
QUEUES = ("05.0004", "06.0004")


def before(connection):
    connection.nodeDeviceDefineXML(machine.document([5, 6], [4], uuid=UUID), 0)
    domain = connection.defineXML(kvm_guest.document(NAME, UUID))
    domain.setAutostart(1)
    domain.create()
    guest = kvm_guest.Guest(connection, NAME, domain=domain)
    guest.wait_for_queues(*QUEUES)
    # The next one's lines shall be told apart from its.
    guest.console.close()
    kvm_guest.forget_console(NAME)


def after(connection):
    # The daemon starts it when it has its own start behind it.
    machine.wait_until(lambda: os.path.exists(f"/run/libvirt/qemu/{NAME}.pid")
                       and connection.lookupByName(NAME).isActive(), "the guest starts", kvm_guest.TIME_LIMIT)
    guest = kvm_guest.Guest(connection, NAME, domain=connection.lookupByName(NAME))
    guest.wait_for_queues(*QUEUES)
    record = machine.read(HOLDERS, UUID).splitlines()
    if "made=true" not in record:
        raise AssertionError(f"the hook did not make the matrix: {record}")
    guest.shut_down()
    guest.console.close()
    machine.wait_until(lambda: machine.kernel_matrices() == os.listdir(HOLDERS) == [], "all is put away")
    if not connection.nodeDeviceLookupByName(machine.node_name(UUID)).isPersistent():
        raise AssertionError("its definition is gone")


if __name__ == "__main__":
    {"before": before, "after": after}[sys.argv[1]](libvirt.open("qemu:///system"))
