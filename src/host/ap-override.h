/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-override.h: single queues that are vfio_ap's by their driver_override, and the
 * note of those that we made so.  The kernel forgets an override when the queue goes,
 * with its card or at a reboot, and then the host's driver takes it.  So the notes are
 * udev rules that set it again: in /run for the time until the next boot, in /etc for
 * good.  Read and written under the AP configuration lock.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-pool-users.h"
#include "ap-reserved.h"

/* The queues that are noted in @list; none when there is no such file.  AP_ERROR_IO,
 * also when it holds what we never wrote. */
gboolean
ap_override_read(int root, ApReservedList list, ApRows *rows, GError **error);

/* Replaces @list, whole or not at all.  AP_ERROR_IO. */
gboolean
ap_override_write(int root, ApReservedList list, const ApRows *rows, GError **error);

/* The same, as text.  Pure; the caller frees. */
gboolean
ap_override_parse(const char *text, ApRows *rows);
char *
ap_override_format(const ApRows *rows);

/* Gives the queues to vfio_ap, as far as they are not.  AP_ERROR_IO names the first
 * queue that it cannot be done with; those before it stay. */
gboolean
ap_override_apply(int root, const ApRows *rows, GError **error);

/* Gives those of the queues that are there back to the host's driver. */
gboolean
ap_override_take_back(int root, const ApRows *rows, GError **error);

/* Those of @rows that are there and not vfio_ap's. */
void
ap_override_find_lost(int root, const ApRows *rows, ApRows *lost);
