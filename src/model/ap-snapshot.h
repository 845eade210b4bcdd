/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-snapshot.h: what has to be known of a host to judge a wish: its limits,
 * what the host pool keeps, and every matrix.  Filled by the host library, or
 * by a test.
 */
#pragma once

#include "ap-matrix.h"
#include "ap-name.h"

typedef struct {
    char uuid[AP_UUID_SIZE];
    ApMatrix matrix;
} ApSnapshotMatrix;

typedef struct {
    gboolean has_parent;       /* the matrix parent offers our type */
    gboolean has_config;       /* matrices have the file ap_config */
    guint available_instances; /* matrices that can still be made */
    ApLimits limits;
    ApMatrix pool;                  /* host pool: apmask and aqmask, … */
    struct apc_mask freed[APC_IDS]; /* … without these, per adapter: they have another
                                       driver by their driver_override */
    GArray *matrices;               /* ApSnapshotMatrix */
    /* Says who uses the matrix @uuid, for a refusal, or NULL; caller frees.  May be
     * missing. */
    char *(*describe_user)(gpointer data, const char *uuid);
    gpointer describe_data;
} ApSnapshot;

ApSnapshot *
ap_snapshot_new(void);
void
ap_snapshot_free(ApSnapshot *snapshot);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApSnapshot, ap_snapshot_free)

void
ap_snapshot_add_matrix(ApSnapshot *snapshot, const char *uuid, const ApMatrix *matrix);

/* The matrix @uuid, or NULL; owned by @snapshot. */
const ApSnapshotMatrix *
ap_snapshot_find(const ApSnapshot *snapshot, const char *uuid);

/* The queues of @matrix that belong to the host pool: FALSE for none, else *@common is
 * a product in which the first queue is one of them. */
gboolean
ap_snapshot_find_pooled(const ApSnapshot *snapshot,
                        const ApMatrix *matrix,
                        ApMatrix *common);

/* The first matrix other than @uuid that has a queue of @matrix, or NULL;
 * *@common gets the queues. */
const ApSnapshotMatrix *
ap_snapshot_find_holder(const ApSnapshot *snapshot,
                        const char *uuid,
                        const ApMatrix *matrix,
                        ApMatrix *common);
