/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-status.h: how a card, a queue or a matrix is at the moment, beyond what
 * libvirt's description of it has.
 */
#pragma once

#include "ap-matrix.h"

struct _ApStatus {
    GPtrArray *facts;   /* ApAttr, never NULL: attributes of the <status> */
    GPtrArray *holder;  /* the same of the guest that has the matrix; NULL: none */
    gboolean has_guest; /* the kernel tells what a guest sees … */
    ApMatrix guest;     /* … which is this */
    gboolean differs;   /* the definition is known, and another matrix … */
    ApMatrix defined;   /* … which is this */
};

ApStatus *
ap_status_new(void);
void
ap_status_free(ApStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApStatus, ap_status_free)

/* Adds a fact about the guest that has the matrix; nothing where @value is NULL or
 * empty. */
void
ap_status_add_of_holder(ApStatus *status, const char *name, const char *value);

/* Adds a fact; nothing where @value is NULL or empty. */
void
ap_status_add(ApStatus *status, const char *name, const char *value);
