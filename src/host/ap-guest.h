/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-guest.h: what has to be done with a matrix when a guest starts and ends.  A matrix
 * that is only defined is made for the guest, and goes with it; whose it is, is written
 * down (ap-holder.h).  Called by the hook, in the order in which a guest goes through
 * its life, and safe to be called in any other: whatever was killed on the way, what it
 * left is settled by the next change, or when a service starts.
 */
#pragma once

#include <sys/types.h>

#include <libvirt-ap/ap-host.h>

typedef struct {
    const char *name;
    const char *uuid; /* in canonical form */
    pid_t service;    /* the daemon that runs it */
} ApGuest;

/* The guest is about to start with the matrix @uuid, in canonical form: writes that
 * down, makes the matrix if it is only defined, and looks whether the guest would see
 * all of it.  On failure nothing has changed:
 * AP_ERROR_NOT_FOUND: it is neither active nor defined
 * AP_ERROR_BUSY: another guest has it, or is starting with it; names that
 * AP_ERROR_UNSUPPORTED: also when the guest would not see all of it, and that is not
 *     allowed
 * and what ap_host_start_matrix() fails with. */
gboolean
ap_guest_prepare(ApHost *host, const ApGuest *guest, const char *uuid, GError **error);

/* Looks once more, right before the guest starts: AP_ERROR_UNSUPPORTED when it would not
 * see all of the matrix, and that is not allowed. */
gboolean
ap_guest_check(ApHost *host, const ApGuest *guest, const char *uuid, GError **error);

/* The guest runs with the matrix @uuid: now, or found so by a daemon that has just
 * started.  AP_ERROR_IO when that cannot be written down. */
gboolean
ap_guest_running(ApHost *host, const ApGuest *guest, const char *uuid, GError **error);

/* The guest has ended: whoever wants a matrix of its may have it.  AP_ERROR_IO. */
gboolean
ap_guest_stopped(ApHost *host, const ApGuest *guest, GError **error);

/* Undoes what ap_guest_prepare() did for the guest, and only that.  What cannot be
 * undone now stays written down. */
gboolean
ap_guest_release(ApHost *host, const ApGuest *guest, GError **error);

/* Under the lock: undoes what was done for guests that have ended, or have never come
 * to run, and that nobody else will see to. */
void
ap_guest_clean_up(ApHost *host);
/* Whether there may be any. */
gboolean
ap_guest_has_records(ApHost *host);

/* The guest that is about to start with the matrix @uuid, and has not opened it yet, for
 * a message; NULL for none.  Caller frees. */
char *
ap_guest_describe_starting(ApHost *host, const char *uuid);
