/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-lock.h: the lock that everybody takes who changes the AP configuration:
 * s390-tools (ap-check below mdevctl, chzdev) and we.  It is a file made with
 * link(2) that holds the process ID of its owner as text; it is stale when that
 * process is gone, or when it has been empty for more than two minutes.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

typedef struct _ApLock ApLock;

/* Takes the lock beneath the directory @root, waiting at most @timeout
 * microseconds for threads of this process and for other programs together.
 * AP_ERROR_LOCKED names the owner; AP_ERROR_IO. */
ApLock *
ap_lock_acquire(int root, gint64 timeout, GError **error);

/* Gives the lock back; @lock may be NULL. */
void
ap_lock_release(ApLock *lock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApLock, ap_lock_release)
