/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-claims.h: conflicts with what will be some day: definitions of other
 * matrices, and the masks of the next boot.  What the configuration says is refused or
 * warned of.
 */
#pragma once

#include "ap-host-priv.h"

typedef enum {
    AP_OCCASION_CREATE, /* the matrix is to be there now */
    AP_OCCASION_DEFINE, /* it is to be stored, with the autostart that it has */
    AP_OCCASION_AUTO,   /* it is to be stored, and to start by itself */
    AP_OCCASION_MANUAL, /* it is to be stored, and not to start by itself */
} ApOccasion;

/* Judges @wish, which is to become the matrix @uuid, or its definition.  One that
 * starts by itself goes before all that do not, so nothing is said of those when it is
 * to be there.  Where the wish itself is not in order nothing is said, either.
 * AP_ERROR_CONFLICT or AP_ERROR_HOST_POOL name the queue and who is to have it;
 * AP_ERROR_CONFIG, AP_ERROR_IO. */
gboolean
ap_host_check_claims(ApHost *host,
                     const ApSnapshot *snapshot,
                     const char *uuid,
                     const ApDevice *wish,
                     ApOccasion occasion,
                     GError **error);
