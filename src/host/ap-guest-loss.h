/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-guest-loss.h: what a change would take away from a guest that has the matrix, or is
 * about to start with it.  Such a change is refused, with the name of the guest, unless
 * running-guests in ap.conf(5), or the document of the change, says otherwise.
 */
#pragma once

#include "ap-host-priv.h"

/* Who has a matrix, or is about to start with it.  Begin with all zero. */
typedef struct {
    char *text; /* for a message */
    char *name; /* of the guest; NULL: nobody can tell */
} ApGuestUser;

void
ap_guest_user_clear(ApGuestUser *user);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ApGuestUser, ap_guest_user_clear)

/* Under the lock: who uses the matrix @uuid; FALSE for nobody.  Looks at every process.
 */
gboolean
ap_guest_user_find(ApHost *host, const char *uuid, ApGuestUser *user);

/* A live change that is about to be made. */
typedef struct {
    const char *uuid;
    const ApMatrix *before;
    const ApMatrix *after;
    const ApMatrix
        *seen; /* what a guest has of @before; NULL: the kernel does not tell */
    const char *take_from; /* the guest that may lose something; NULL: none */
} ApGuestLoss;

/* Under the lock: AP_ERROR_BUSY when the change would take adapters, domains or control
 * domains away from a guest.  A queue that the guest does not see anyway is no loss.
 * AP_ERROR_CONFIG, AP_ERROR_IO. */
gboolean
ap_guest_check_loss(ApHost *host, const ApGuestLoss *loss, GError **error);

/* Under the lock: AP_ERROR_BUSY when @definition starts by itself and a guest has the
 * matrix, which would be missing after the next boot.  AP_ERROR_CONFIG, AP_ERROR_IO. */
gboolean
ap_guest_check_undefine(ApHost *host, const ApDevice *definition, GError **error);
