/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-device.h: one AP node device: a card, a queue, the matrix parent or an
 * AP matrix (mediated device), as node device clients see it.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ApDevice:
 *
 * An immutable, reference counted description.  Opaque.
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

ApDevice *
ap_device_ref(ApDevice *device);
void
ap_device_unref(ApDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApDevice, ap_device_unref)

ApDeviceKind
ap_device_get_kind(const ApDevice *device);
/* Node device name: ap_card05, ap_05_0004, ap_matrix, mdev_<uuid>_matrix. */
const char *
ap_device_get_name(const ApDevice *device);
/* Name of the parent node device: computer, ap_card05, ap_matrix. */
const char *
ap_device_get_parent(const ApDevice *device);
/* Absolute sysfs path; NULL while the device is not active. */
const char *
ap_device_get_path(const ApDevice *device);
/* Bound kernel driver, or NULL. */
const char *
ap_device_get_driver(const ApDevice *device);
gboolean
ap_device_is_active(const ApDevice *device);
/* Whether a definition is stored (matrices only). */
gboolean
ap_device_is_persistent(const ApDevice *device);
/* Adapter id 0..255 of a card or queue. */
guint
ap_device_get_adapter(const ApDevice *device);
/* Domain id 0..255 of a queue. */
guint
ap_device_get_domain(const ApDevice *device);
/* UUID of a matrix, lower case with dashes. */
const char *
ap_device_get_uuid(const ApDevice *device);

G_END_DECLS
