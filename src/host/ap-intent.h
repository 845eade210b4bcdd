/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-intent.h: a note of the matrix that is being made or changed, for whoever comes
 * after a program that was killed meanwhile.  It is in /run, as what it is about does
 * not outlive the system either.  Read and written under the AP configuration lock.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-matrix.h"
#include "ap-name.h"

typedef enum {
    AP_INTENT_CREATE, /* half made, it is removed */
    AP_INTENT_UPDATE, /* half changed, it becomes what it was */
    AP_INTENT_BOTH,   /* the same, unless its definition has changed already */
    AP_INTENT_LAST
} ApIntentKind;

/* What is noted. */
typedef struct {
    ApIntentKind kind;
    char uuid[AP_UUID_SIZE];
    ApMatrix after;  /* what the matrix is to be in the end */
    ApMatrix before; /* what it was; empty where it is made */
    /* Of AP_INTENT_BOTH: what its definition is to be in the end, mostly the same; empty
     * else. */
    ApMatrix defined;
} ApIntent;

/* Notes what is about to be done.  AP_ERROR_IO. */
gboolean
ap_intent_write(int root, const ApIntent *intent, GError **error);

/* What is noted; FALSE when nothing is. */
gboolean
ap_intent_read(int root, ApIntent *intent);

/* It is done, or undone. */
void
ap_intent_clear(int root);
