/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-pool-use.h: what the host does with its queues, as far as it can be told.
 */
#pragma once

#include "ap-pool-users.h"

/* The queues that are there, their state, the default domain, and who uses them: the
 * programs that have a device node of zcrypt open, /dev/z90crypt or one with masks of
 * its own, or /dev/pkey, and the kernel's own ciphers with protected keys.  Counters are
 * read of the queues with an adapter or a domain of @around.  Looks at every process.
 * AP_ERROR_IO. */
ApPoolUse *
ap_pool_use_read(int root, const ApMatrix *around, GError **error);
