/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-claim.h: who will have a queue some day, though nobody has it now: definitions of
 * matrices, those that start by themselves and those that somebody starts.
 */
#pragma once

#include "ap-snapshot.h"

typedef struct {
    char uuid[AP_UUID_SIZE];
    ApMatrix queues;
    gboolean autostart;
} ApClaim;

/* The first of @claims (ApClaim), of those that start by themselves or of the others,
 * that is not the matrix @uuid and has a queue of @matrix; *@common gets the queues.
 * NULL for none. */
const ApClaim *
ap_claim_find(const GArray *claims,
              const char *uuid,
              const ApMatrix *matrix,
              gboolean autostart,
              ApMatrix *common);

/* "queue 05.0004 is in the definition of matrix …, which starts by itself", for a
 * message; caller frees. */
char *
ap_claim_describe(const ApClaim *claim, const ApMatrix *common);
