/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-effective.h: what a guest would see of a matrix, and why it is less than was asked
 * for.  The kernel shows no adapter to a guest one of whose queues in the matrix is not
 * bound to vfio_ap (Documentation/arch/s390/vfio-ap.rst): one queue that is missing
 * takes the whole adapter along.
 */
#pragma once

#include "ap-host-priv.h"

/* Says what the guest of the active matrix @uuid would not see, or could not use, with
 * the queues that are the reason.  NULL when it has all of it.  Caller frees.
 * *@needs_reset, if that is not NULL: the kernel hides an adapter because a queue of it
 * could not be reset, and another reset may help. */
char *
ap_effective_explain(ApHost *host, const char *uuid, gboolean *needs_reset);

/* Leaves of @adapters those that the kernel would hide from the guest of a matrix with
 * @domains. */
void
ap_effective_find_hidden(ApHost *host,
                         const struct apc_mask *domains,
                         struct apc_mask *adapters);
