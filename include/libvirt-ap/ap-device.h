/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-device.h: one AP node device: a card, a queue, the matrix parent or an
 * AP matrix (mediated device), as node device clients see it.  Names, parents
 * and capabilities are libvirt's (https://libvirt.org/formatnode.html); what
 * an adapter, a domain and a queue are is in the kernel's
 * Documentation/arch/s390/vfio-ap.rst.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ApDevice:
 *
 * An immutable, reference counted description.  Opaque.  References may be
 * taken and dropped from any thread.
 *
 * Since: 0.1
 */
typedef struct _ApDevice ApDevice;

/**
 * ApDeviceKind:
 * @AP_DEVICE_CARD: an adapter, capability ap_card
 * @AP_DEVICE_QUEUE: a queue (APQN), capability ap_queue
 * @AP_DEVICE_MATRIX_PARENT: the matrix device, capability ap_matrix, which
 *     also has the capability mdev_types
 * @AP_DEVICE_MATRIX: an AP matrix, capability mdev
 * @AP_DEVICE_KIND_LAST: number of kinds
 *
 * Since: 0.1
 */
typedef enum {
    AP_DEVICE_CARD,
    AP_DEVICE_QUEUE,
    AP_DEVICE_MATRIX_PARENT,
    AP_DEVICE_MATRIX,
    AP_DEVICE_KIND_LAST
} ApDeviceKind;

/**
 * ApReserve:
 * @AP_RESERVE_NO: the matrix can only have queues that are free already
 * @AP_RESERVE_DEFAULT: its queues are taken out of the host pool for it; whether
 *     for good is what ap.conf(5) says
 * @AP_RESERVE_UNTIL_BOOT: taken out until the next boot
 * @AP_RESERVE_PERSISTENT: taken out for good, as chzdev(8) does
 * @AP_RESERVE_LAST: number of values
 *
 * What a matrix asks for of the host pool, by <reserve> in its document.
 *
 * Since: 0.1
 */
typedef enum {
    AP_RESERVE_NO,
    AP_RESERVE_DEFAULT,
    AP_RESERVE_UNTIL_BOOT,
    AP_RESERVE_PERSISTENT,
    AP_RESERVE_LAST
} ApReserve;

/**
 * ap_device_ref:
 * @device: a device
 *
 * Takes one more reference.
 *
 * Returns: @device; drop the reference with ap_device_unref().
 *
 * Since: 0.1
 */
ApDevice *
ap_device_ref(ApDevice *device);

/**
 * ap_device_unref:
 * @device: a device, or NULL
 *
 * Drops a reference; the last one frees @device and every string that its
 * getters returned.
 *
 * Since: 0.1
 */
void
ap_device_unref(ApDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApDevice, ap_device_unref)

/**
 * ap_device_get_kind:
 * @device: a device
 *
 * Returns: the kind of @device, never %AP_DEVICE_KIND_LAST.
 *
 * Since: 0.1
 */
ApDeviceKind
ap_device_get_kind(const ApDevice *device);

/**
 * ap_device_get_name:
 * @device: a device
 *
 * Returns: the node device name: ap_card05, ap_05_0004, ap_matrix or
 * mdev_UUID_matrix with '_' for each '-'; NULL in a wish that was parsed from
 * XML.  Owned by @device.
 *
 * Since: 0.1
 */
const char *
ap_device_get_name(const ApDevice *device);

/**
 * ap_device_get_parent:
 * @device: a device
 *
 * Returns: the name of the parent node device: computer for cards and the
 * matrix parent, ap_cardXX for queues, ap_matrix for matrices.  Owned by
 * @device.
 *
 * Since: 0.1
 */
const char *
ap_device_get_parent(const ApDevice *device);

/**
 * ap_device_get_path:
 * @device: a device
 *
 * Returns: the absolute path below /sys/devices; NULL while @device is not
 * active.  Owned by @device.
 *
 * Since: 0.1
 */
const char *
ap_device_get_path(const ApDevice *device);

/**
 * ap_device_get_driver:
 * @device: a device
 *
 * Returns: the name of the kernel driver bound when @device was read, or NULL
 * when there was none.  Owned by @device.
 *
 * Since: 0.1
 */
const char *
ap_device_get_driver(const ApDevice *device);

/**
 * ap_device_is_active:
 * @device: a device
 *
 * Returns: whether the device existed when it was read; %FALSE for a matrix
 * that is only defined.
 *
 * Since: 0.1
 */
gboolean
ap_device_is_active(const ApDevice *device);

/**
 * ap_device_is_persistent:
 * @device: a device
 *
 * Returns: whether a definition of the matrix is stored; %FALSE for every
 * other kind.
 *
 * Since: 0.1
 */
gboolean
ap_device_is_persistent(const ApDevice *device);

/**
 * ap_device_is_autostart:
 * @device: a device
 *
 * Returns: whether the stored definition of the matrix says that it starts
 * with the machine; %FALSE when there is none.
 *
 * Since: 0.1
 */
gboolean
ap_device_is_autostart(const ApDevice *device);

/**
 * ap_device_get_adapter:
 * @device: a card or a queue
 *
 * Returns: the adapter id (APID), 0..255; 0 for other kinds.
 *
 * Since: 0.1
 */
guint
ap_device_get_adapter(const ApDevice *device);

/**
 * ap_device_get_domain:
 * @device: a queue
 *
 * Returns: the usage domain id (APQI), 0..255; 0 for other kinds.
 *
 * Since: 0.1
 */
guint
ap_device_get_domain(const ApDevice *device);

/**
 * ap_device_get_uuid:
 * @device: a matrix
 *
 * Returns: the UUID, lower case with dashes; NULL for other kinds and in a
 * wish that leaves the choice to libvirt-ap.  Owned by @device.
 *
 * Since: 0.1
 */
const char *
ap_device_get_uuid(const ApDevice *device);

/**
 * ap_device_get_reserve:
 * @device: a matrix
 *
 * Returns: what the wish or the stored definition asks for of the host pool;
 * %AP_RESERVE_NO for other kinds.
 *
 * Since: 0.1
 */
ApReserve
ap_device_get_reserve(const ApDevice *device);

/**
 * ap_device_get_comment:
 * @device: a matrix
 *
 * Returns: what somebody wrote down about the matrix, for people; NULL when
 * nothing.  Owned by @device.
 *
 * Since: 0.1
 */
const char *
ap_device_get_comment(const ApDevice *device);

G_END_DECLS
