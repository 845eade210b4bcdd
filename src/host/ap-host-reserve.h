/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-reserve.h: takes queues out of the host pool for a matrix that asks for it,
 * and gives back what nobody needs any more.  All under the AP configuration lock.
 */
#pragma once

#include "ap-host-priv.h"

/* Has the queues of @wish, which is to become the matrix @uuid, leave the host pool, if
 * it asks for that and some are in it; *@snapshot is as the host is then.  Without a
 * matrix in the end the caller has them return with ap_host_return_unneeded().
 * AP_ERROR_HOST_POOL when policy forbids it, AP_ERROR_CONFLICT when it would be in
 * vain, AP_ERROR_CONFIG, AP_ERROR_IO. */
gboolean
ap_host_reserve(ApHost *host,
                ApSnapshot *snapshot,
                const char *uuid,
                const ApDevice *wish,
                GError **error);

/* Says in the log what ap_host_reserve() would take, and along with it, or why it would
 * not, when @wish has been defined as the matrix @uuid. */
void
ap_host_foresee_reserve(ApHost *host, const char *uuid, const ApDevice *wish);

/* Whether anything is out of the host pool because of us. */
gboolean
ap_host_has_reserved(ApHost *host);

/* Gives back what neither a matrix that exists nor a definition that reserves needs.
 * What cannot be given back stays noted, and is told in a warning. */
void
ap_host_return_unneeded(ApHost *host);

/* Takes queues again that were reserved by an override and needed, and that came back
 * without it, as they do with their card.  Told in a warning. */
void
ap_host_restore_reserved(ApHost *host);

/* The same for whoever has not got the lock, when hardware has changed.  FALSE when the
 * lock cannot be had. */
gboolean
ap_host_keep_reserved(ApHost *host);
