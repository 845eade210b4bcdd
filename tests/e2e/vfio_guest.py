#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hold a matrix as QEMU does for a guest, on a machine with KVM and VFIO.

usage: vfio_guest.py -name guest=NAME UUID

Says "open" when it has the matrix, or the number of the error; lets go when its
standard input ends.  The name is for whoever looks at the command line.
"""

import ctypes
import fcntl
import os
import struct
import sys

MATRIX = "/sys/devices/vfio_ap/matrix"
VFIO_TYPE1_IOMMU = 1
VFIO_SET_IOMMU = 0x3b66
VFIO_GROUP_SET_CONTAINER = 0x3b68
VFIO_GROUP_GET_DEVICE_FD = 0x3b6a
KVM_CREATE_VM = 0xae01
KVM_CREATE_DEVICE = 0xc00caee0
KVM_SET_DEVICE_ATTR = 0x4018aee1
KVM_DEV_TYPE_VFIO = 4
KVM_DEV_VFIO_GROUP = 1
KVM_DEV_VFIO_GROUP_ADD = 1


def open_group(uuid):
    """The file of the group, also where /dev/vfio has been hidden."""
    number = os.path.basename(os.readlink(f"{MATRIX}/{uuid}/iommu_group"))
    path = f"/dev/vfio/{number}"
    if os.path.exists(path):
        return os.open(path, os.O_RDWR)
    with open(f"/sys/class/vfio/{number}/dev", encoding="ascii") as stream:
        major, minor = map(int, stream.read().split(":"))
    return open_node(major, minor)


def open_container():
    path = "/dev/vfio/vfio"
    return os.open(path, os.O_RDWR) if os.path.exists(path) else open_node(10, 196)


def open_node(major, minor):
    path = f"/dev/vfio-guest-{os.getpid()}"
    os.mknod(path, 0o20600, os.makedev(major, minor))
    try:
        return os.open(path, os.O_RDWR)
    finally:
        os.unlink(path)


def tell_kvm(group):
    """A virtual machine that knows of the group; it lives as long as its files."""
    machine = fcntl.ioctl(os.open("/dev/kvm", os.O_RDWR), KVM_CREATE_VM, 0)
    answer = fcntl.ioctl(machine, KVM_CREATE_DEVICE, struct.pack("=III", KVM_DEV_TYPE_VFIO, 0, 0))
    number = ctypes.c_int(group)
    fcntl.ioctl(struct.unpack("=III", answer)[1], KVM_SET_DEVICE_ATTR,
                struct.pack("=IIQQ", 0, KVM_DEV_VFIO_GROUP, KVM_DEV_VFIO_GROUP_ADD, ctypes.addressof(number)))


def take(uuid):
    group = open_group(uuid)
    container = open_container()
    fcntl.ioctl(group, VFIO_GROUP_SET_CONTAINER, struct.pack("=i", container))
    fcntl.ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU)
    tell_kvm(group)
    fcntl.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, uuid.encode() + b"\0")


def main():
    try:
        take(sys.argv[-1])
    except OSError as error:
        print(error.errno, flush=True)
        return 1
    print("open", flush=True)
    sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
