/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-snapshot.c: the state of a host at one moment.
 */
#include "ap-snapshot.h"

ApSnapshot *
ap_snapshot_new(void)
{
    ApSnapshot *snapshot = g_new0(ApSnapshot, 1);

    snapshot->matrices = g_array_new(FALSE, TRUE, sizeof(ApSnapshotMatrix));
    return snapshot;
}

void
ap_snapshot_free(ApSnapshot *snapshot)
{
    if (!snapshot)
        return;
    g_array_unref(snapshot->matrices);
    g_free(snapshot);
}

void
ap_snapshot_add_matrix(ApSnapshot *snapshot, const char *uuid, const ApMatrix *matrix)
{
    ApSnapshotMatrix entry = { .matrix = *matrix };

    g_strlcpy(entry.uuid, uuid, sizeof(entry.uuid));
    g_array_append_val(snapshot->matrices, entry);
}

const ApSnapshotMatrix *
ap_snapshot_find(const ApSnapshot *snapshot, const char *uuid)
{
    for (guint i = 0; i < snapshot->matrices->len; i++) {
        const ApSnapshotMatrix *entry =
            &g_array_index(snapshot->matrices, ApSnapshotMatrix, i);

        if (g_str_equal(entry->uuid, uuid))
            return entry;
    }
    return NULL;
}

gboolean
ap_snapshot_find_pooled(const ApSnapshot *snapshot,
                        const ApMatrix *matrix,
                        ApMatrix *common)
{
    ApMatrix masked;
    guint adapter;

    *common = (ApMatrix){ 0 };
    if (!ap_matrix_overlap(matrix, &snapshot->pool, &masked))
        return FALSE;
    apc_mask_for_each (adapter, &masked.adapters) {
        struct apc_mask rest;

        apc_mask_andnot(&rest, &masked.domains, &snapshot->freed[adapter]);
        if (apc_mask_empty(&rest))
            continue;
        /* The first one counts: with its domains its queue is the first. */
        if (apc_mask_empty(&common->adapters))
            common->domains = rest;
        apc_mask_set(&common->adapters, adapter);
    }
    return !apc_mask_empty(&common->adapters);
}

const ApSnapshotMatrix *
ap_snapshot_find_holder(const ApSnapshot *snapshot,
                        const char *uuid,
                        const ApMatrix *matrix,
                        ApMatrix *common)
{
    for (guint i = 0; i < snapshot->matrices->len; i++) {
        const ApSnapshotMatrix *entry =
            &g_array_index(snapshot->matrices, ApSnapshotMatrix, i);

        if (!g_str_equal(entry->uuid, uuid) &&
            ap_matrix_overlap(matrix, &entry->matrix, common))
            return entry;
    }
    return NULL;
}
