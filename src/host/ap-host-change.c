/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-change.c: begins and ends a change.
 */
#include "ap-host-change.h"

static void
tell(const ApHostChange *change)
{
    ApJournalChange entry = {
        .action = change->action,
        .uuid = change->uuid,
        .before = change->before,
        .failure = change->failure,
        .undone = change->undone,
    };

    if (!change->is_silent)
        ap_journal_change(change->host, &entry);
}

gboolean
ap_host_change_begin(ApHostChange *change)
{
    ApConfig config;

    change->lock = ap_host_lock(change->host, &config, &change->failure);
    if (change->lock && !change->passes_leftovers)
        ap_host_clean_up(change->host);
    change->before = ap_journal_look(change->host, change->uuid);
    return change->lock != NULL;
}

gboolean
ap_host_change_end(ApHostChange *change, GError **error)
{
    gboolean done = !change->failure;

    tell(change);
    g_clear_pointer(&change->lock, ap_lock_release);
    g_clear_pointer(&change->before, ap_journal_state_free);
    if (!done)
        g_propagate_error(error, g_steal_pointer(&change->failure));
    return done;
}
