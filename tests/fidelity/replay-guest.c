/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Guests without a guest: a virtual machine of KVM that runs nothing has the matrix.
 */
#include "replay.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_GUESTS 8
#define GUEST_FDS  6

/* A matrix that a guest has, on a real machine with the files that make it so. */
typedef struct Guest {
    char uuid[UUID_CHARS + 1];
    int fds[GUEST_FDS];
    unsigned int count;
} Guest;

static Guest guests[MAX_GUESTS];
static Guest *
guest_find(const char *uuid)
{
    size_t i;

    for (i = 0; i < MAX_GUESTS; i++)
        if (!strcmp(guests[i].uuid, uuid))
            return &guests[i];
    return NULL;
}

static bool
guest_keep(Guest *guest, int fd)
{
    if (fd >= 0)
        guest->fds[guest->count++] = fd;
    return fd >= 0;
}

/* A virtual machine that knows of the group, which is the guest's first file. */
static bool
guest_make_kvm(Guest *guest)
{
    struct kvm_create_device device = { .type = KVM_DEV_TYPE_VFIO };
    struct kvm_device_attr attr = {
        .group = KVM_DEV_VFIO_GROUP,
        .attr = KVM_DEV_VFIO_GROUP_ADD,
        .addr = (uintptr_t)&guest->fds[0],
    };
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    int vm = kvm < 0 ? -1 : ioctl(kvm, KVM_CREATE_VM, 0);

    if (!guest_keep(guest, kvm) || !guest_keep(guest, vm) ||
        ioctl(vm, KVM_CREATE_DEVICE, &device))
        return false;
    return guest_keep(guest, device.fd) && !ioctl(device.fd, KVM_SET_DEVICE_ATTR, &attr);
}

static bool
guest_open(Guest *guest, const char *uuid)
{
    char link[256], target[4096], path[4200];
    ssize_t len;
    int container;

    snprintf(link, sizeof(link), "/sys/devices/vfio_ap/matrix/%s/iommu_group", uuid);
    len = readlink(link, target, sizeof(target) - 1);
    if (len < 0)
        return false;
    target[len] = '\0';
    snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(target, '/'));
    if (!guest_keep(guest, open(path, O_RDWR | O_CLOEXEC)) ||
        !guest_keep(guest, open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC)))
        return false;
    container = guest->fds[1];
    if (ioctl(guest->fds[0], VFIO_GROUP_SET_CONTAINER, &container) ||
        ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU))
        return false;
    return guest_make_kvm(guest) &&
           guest_keep(guest, ioctl(guest->fds[0], VFIO_GROUP_GET_DEVICE_FD, uuid));
}

/* The last that was opened goes first. */
static void
guest_close(Guest *guest)
{
    while (guest->count)
        close(guest->fds[--guest->count]);
    *guest->uuid = '\0';
}

bool
guest_has(const char *uuid)
{
    return guest_find(uuid);
}

bool
guest_take(const char *uuid)
{
    Guest *guest = guest_find("");

    if (!guest)
        die("there are too many guests for '%s'", uuid);
    if (guest_open(guest, uuid))
        strcpy(guest->uuid, uuid);
    else
        guest_close(guest);
    return *guest->uuid;
}

void
guest_drop(const char *uuid)
{
    Guest *guest = guest_find(uuid);

    if (guest)
        guest_close(guest);
}

/* --- operations ------------------------------------------------------------ */
