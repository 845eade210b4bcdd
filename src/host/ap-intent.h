/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-intent.h: a note of the matrix that is being made, for whoever comes after a
 * program that was killed meanwhile.  It is in /run, as what it is about does not
 * outlive the system either.  Read and written under the AP configuration lock.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-matrix.h"
#include "ap-name.h"

/* What is noted. */
typedef struct {
    char uuid[AP_UUID_SIZE];
    char config[AP_MATRIX_CONFIG_SIZE]; /* what the matrix is to be in the end */
} ApIntent;

/* Notes that the matrix @uuid is about to be made.  AP_ERROR_IO. */
gboolean
ap_intent_write(int root, const char *uuid, const ApMatrix *matrix, GError **error);

/* What is noted; FALSE when nothing is. */
gboolean
ap_intent_read(int root, ApIntent *intent);

/* It is made, or gone. */
void
ap_intent_clear(int root);
