/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-handle.h: the connection that a node device handle was made on.  Access
 * control needs it, and libvirt has no function that tells it.
 */
#pragma once

#include "ap-virt.h"

/* Learns how to tell; needs ap_virt_init() first.  AP_ERROR_INTERNAL when
 * handles are not as expected. */
gboolean
ap_handle_init(GError **error);
/* The connection of @device; borrowed. */
virConnectPtr
ap_handle_get_connection(virNodeDevicePtr device);
