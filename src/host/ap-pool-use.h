/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-pool-use.h: what the host does with its queues, as far as it can be told.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-reserve-plan.h"

/* The queues that are there, the default domain, and the programs that have a device
 * node of zcrypt open: /dev/z90crypt, or one with masks of its own.  Looks at every
 * process.  AP_ERROR_IO. */
ApPoolUse *
ap_pool_use_read(int root, GError **error);
