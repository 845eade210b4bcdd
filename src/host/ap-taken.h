/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-taken.h: all that we have out of the host pool, and the masks of that pool, now and
 * after the next boot.  Shared by those who take and those who give back, all under the
 * AP configuration lock.
 */
#pragma once

#include "ap-override.h"
#include "ap-reserved.h"

/* In both lists: adapters and domains by the masks, single queues by overrides. */
typedef struct {
    ApMatrix lists[AP_RESERVED_LAST];
    ApRows rows[AP_RESERVED_LAST];
} ApTaken;

/* Caller frees with g_free(); NULL with AP_ERROR_IO. */
ApTaken *
ap_taken_read(int root, GError **error);
gboolean
ap_taken_is_empty(const ApTaken *taken);
/* Both lists together. */
void
ap_taken_get_rows(const ApTaken *taken, ApRows *rows);

/* Adapters and domains, never control domains. */
void
ap_taken_add(ApMatrix *to, const ApMatrix *what);
void
ap_taken_remove(ApMatrix *from, const ApMatrix *what);
ApMatrix
ap_taken_both_of(const ApMatrix *a, const ApMatrix *b);
gboolean
ap_taken_is_nothing(const ApMatrix *what);
/* "adapters 5-6", "domains 4", or both; caller frees. */
char *
ap_taken_describe(const ApMatrix *what);
/* "queues 05.0004, 05.0047 and 3 more"; caller frees. */
char *
ap_taken_describe_rows(const ApRows *rows);

/* "05.0004,05.0047" with all of them, NULL for none; caller frees. */
char *
ap_taken_list_rows(const ApRows *rows);

/* Has the masks of the bus gain (@sign "+") or lose ("-") ids.  AP_ERROR_IO. */
gboolean
ap_taken_write_masks(int root, const ApMatrix *ids, const char *sign, GError **error);

/* Of the masks that the next boot sets, and of those that it does not yet: what is out
 * of @pool now, but not what is out until the next boot only; less @less, and more by
 * @more.  AP_ERROR_IO. */
gboolean
ap_taken_change_rules(int root,
                      const ApMatrix *pool,
                      const ApTaken *taken,
                      const ApMatrix *less,
                      const ApMatrix *more,
                      GError **error);
