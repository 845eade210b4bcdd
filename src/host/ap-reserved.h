/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-reserved.h: the adapters and domains that we have taken out of the host pool, so
 * that nothing else is ever given back: what an administrator took away stays away.
 * One list is for the time until the next boot, in /run, one for what is taken for
 * good.  Read and written under the AP configuration lock.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-matrix.h"

typedef enum {
    AP_RESERVED_UNTIL_BOOT,
    AP_RESERVED_FOR_GOOD,
    AP_RESERVED_LAST
} ApReservedList;

/* What is in @list, nothing when there is no such file.  AP_ERROR_IO, also when it
 * holds what we never wrote. */
gboolean
ap_reserved_read(int root, ApReservedList list, ApMatrix *taken, GError **error);

/* Replaces @list, whole or not at all.  AP_ERROR_IO. */
gboolean
ap_reserved_write(int root, ApReservedList list, const ApMatrix *taken, GError **error);
