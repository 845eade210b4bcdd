/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-change.h: what documents for create and define have in common.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

/* The name that libvirt's driver gives a device which has none yet; access rules
 * are written for it. */
#define AP_NAME_OF_NEW "new device"

/* Whether the document @xml is about an AP matrix, on a host that can have any. */
gboolean
ap_change_is_ours(const char *xml);

/* The wish in @xml, with @validate checked against the schemas of libvirt and of ours. */
ApDevice *
ap_change_read_wish(const char *xml, gboolean validate, GError **error);
