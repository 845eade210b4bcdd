/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-change.h: the frame of every change: what is allowed is read, the lock is
 * taken, what a killed program left is settled, and in the end the journal is told,
 * still under the lock, so that what is said to be before and after is the doing of
 * this change and of no other.
 */
#pragma once

#include "ap-host-priv.h"
#include "ap-journal.h"

typedef struct {
    ApHost *host;
    ApJournalAction action;
    const char *uuid;          /* of the matrix */
    gboolean passes_leftovers; /* what a killed program left stays as it is */
    guint64 undone;            /* number of the change that this one takes back */
    /* From ap_host_change_begin() on. */
    ApLock *lock;
    ApJournalState *before;
    GError *failure;    /* what it is refused for, to be set while it is made */
    gboolean is_silent; /* nothing is told */
} ApHostChange;

/* Begins @change, which has its first members set.  FALSE when that is not possible
 * (AP_ERROR_CONFIG, AP_ERROR_LOCKED, AP_ERROR_IO); it is to be ended all the same. */
gboolean
ap_host_change_begin(ApHostChange *change);

/* Tells the journal how it ended, gives the lock back, and hands over the failure:
 * FALSE with @error set when there is one. */
gboolean
ap_host_change_end(ApHostChange *change, GError **error);
