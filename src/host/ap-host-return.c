/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-return.c: queues that we have taken go back to the host pool once nobody needs
 * them, and those that are needed are taken again when they got lost.
 *
 * What is noted and not needed was left by somebody who was killed while he took it, or
 * before he could give it back.  A note is taken back only after the queues are.
 */
#include "ap-config.h"
#include "ap-device-priv.h"
#include "ap-host-reserve.h"
#include "ap-i18n.h"
#include "ap-journal.h"
#include "ap-paths.h"
#include "ap-plan-priv.h"
#include "ap-reserve-plan.h"
#include "ap-sysfs.h"
#include "ap-taken.h"

gboolean
ap_host_has_reserved(ApHost *host)
{
    g_autofree ApTaken *taken = ap_taken_read(host->root, NULL);

    /* What cannot be read is worth a warning of those who have a look then. */
    return !taken || !ap_taken_is_empty(taken);
}

static void
add_definition(GArray *needs, const ApSnapshot *snapshot, const ApDevice *definition)
{
    g_autoptr(ApPlan) plan = ap_plan_new(definition->uuid);

    if (definition->reserve != AP_RESERVE_NO &&
        ap_plan_read_wish(plan, snapshot, definition, NULL))
        g_array_append_val(needs, plan->matrix);
}

/* What must not come back: queues of matrices that exist, and of definitions that
 * reserve theirs. */
static GArray *
collect_needs(ApHost *host, const ApSnapshot *snapshot, GError **error)
{
    g_autoptr(GArray) needs = g_array_new(FALSE, FALSE, sizeof(ApMatrix));
    g_autoptr(GPtrArray) uuids = ap_store_list(host->store, error);

    if (!uuids)
        return NULL;
    for (guint i = 0; i < snapshot->matrices->len; i++)
        g_array_append_val(needs,
                           g_array_index(snapshot->matrices, ApSnapshotMatrix, i).matrix);
    for (guint i = 0; i < uuids->len; i++) {
        g_autoptr(ApDevice) definition = ap_store_load(host->store, uuids->pdata[i]);

        if (definition)
            add_definition(needs, snapshot, definition);
    }
    return g_steal_pointer(&needs);
}

static const ApMatrix *
needs_data(const GArray *needs)
{
    return (const ApMatrix *)(const void *)needs->data;
}

/* --- by the masks -------------------------------------------------------- */

/* What is in @back returns to @pool, the next boot included; then nothing of it is
 * noted any more. */
static gboolean
put_back(ApHost *host,
         const ApMatrix *pool,
         const ApMatrix *back,
         ApTaken *taken,
         GError **error)
{
    static const ApMatrix nothing;
    ApMatrix returned = ap_taken_both_of(pool, &taken->lists[AP_RESERVED_FOR_GOOD]);
    ApMatrix for_good = ap_taken_both_of(back, &taken->lists[AP_RESERVED_FOR_GOOD]);

    if (!ap_taken_write_masks(host->root, back, "+", error))
        return FALSE;
    /* Some may have been put back by hand, or by somebody who was killed then. */
    ap_taken_add(&for_good, &returned);
    if (!ap_taken_is_nothing(&for_good) &&
        !ap_taken_change_rules(host->root, pool, taken, &nothing, &for_good, error))
        return FALSE;
    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        ap_taken_remove(&taken->lists[list], back);
        ap_taken_remove(&taken->lists[list], pool);
        if (!ap_reserved_write(host->root, list, &taken->lists[list], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
put_back_and_tell(ApHost *host,
                  const ApMatrix *pool,
                  const ApMatrix *back,
                  ApTaken *taken,
                  GError **error)
{
    g_autoptr(ApJournalState) before = ap_journal_look(host, NULL);
    g_autoptr(GError) failure = NULL;
    gboolean done = put_back(host, pool, back, taken, &failure);

    if (!ap_taken_is_nothing(back))
        ap_journal_change(host, &(ApJournalChange){ .action = AP_JOURNAL_RETURN,
                                                    .before = before,
                                                    .failure = failure,
                                                    .ids = back });
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return done;
}

/* The kernels that have this file look at the ids of what comes back, not at the
 * queues. */
static gboolean
looks_at_ids(ApHost *host)
{
    return ap_sysfs_exists(host->root, AP_PATH_BUS "/bindings_complete_count");
}

static gboolean
return_ids(ApHost *host,
           const ApSnapshot *snapshot,
           ApTaken *taken,
           const GArray *needs,
           GError **error)
{
    ApMatrix all = taken->lists[AP_RESERVED_UNTIL_BOOT];
    g_autofree char *what = NULL;
    ApMatrix back;

    ap_taken_add(&all, &taken->lists[AP_RESERVED_FOR_GOOD]);
    if (ap_taken_is_nothing(&all))
        return TRUE;
    ap_reserve_plan_return(&snapshot->pool, &all, needs_data(needs), needs->len,
                           looks_at_ids(host), &back);
    if (!put_back_and_tell(host, &snapshot->pool, &back, taken, error))
        return FALSE;
    what = ap_taken_is_nothing(&back) ? NULL : ap_taken_describe(&back);
    if (what)
        g_info("%s are back in the host pool", what);
    return TRUE;
}

/* --- by overrides -------------------------------------------------------- */

/* The rows of @back return; then they are noted no more. */
static gboolean
take_back(ApHost *host, const ApRows *back, ApTaken *taken, GError **error)
{
    if (!ap_override_take_back(host->root, back, error))
        return FALSE;
    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        ap_rows_remove(&taken->rows[list], back);
        if (!ap_override_write(host->root, list, &taken->rows[list], error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
return_rows(ApHost *host, ApTaken *taken, const GArray *needs, GError **error)
{
    g_autofree ApRows *back = g_new0(ApRows, 1);
    g_autoptr(ApJournalState) before = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree char *queues = NULL;
    g_autofree char *what = NULL;

    ap_taken_get_rows(taken, back);
    ap_reserve_plan_unneeded(back, needs_data(needs), needs->len);
    if (ap_rows_is_empty(back))
        return TRUE;
    before = ap_journal_look(host, NULL);
    queues = ap_taken_list_rows(back);
    take_back(host, back, taken, &failure);
    ap_journal_change(host, &(ApJournalChange){ .action = AP_JOURNAL_RETURN,
                                                .before = before,
                                                .failure = failure,
                                                .queues = queues });
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    what = ap_taken_describe_rows(back);
    g_info("%s are back in the host pool", what);
    return TRUE;
}

static gboolean
return_unneeded(ApHost *host, GError **error)
{
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(host, error);
    g_autofree ApTaken *taken = snapshot ? ap_taken_read(host->root, error) : NULL;
    g_autoptr(GArray) needs = taken ? collect_needs(host, snapshot, error) : NULL;

    return needs && return_rows(host, taken, needs, error) &&
           return_ids(host, snapshot, taken, needs, error);
}

void
ap_host_return_unneeded(ApHost *host)
{
    g_autoptr(GError) error = NULL;
    ApConfig config;

    if (!ap_host_has_reserved(host))
        return;
    if (ap_config_read(host->root, &config, &error) && !config.give_back)
        return;
    if (!error && return_unneeded(host, &error))
        return;
    g_warning(_("queues that nobody needs any more stay out of the host pool: %s"),
              error->message);
}

/* --- again --------------------------------------------------------------- */

/* Those that are noted, needed, there, and the host's. */
static gboolean
find_lost(ApHost *host, ApRows *lost, GError **error)
{
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(host, error);
    g_autofree ApTaken *taken = snapshot ? ap_taken_read(host->root, error) : NULL;
    g_autoptr(GArray) needs = taken ? collect_needs(host, snapshot, error) : NULL;
    g_autofree ApRows *unneeded = g_new0(ApRows, 1);
    g_autofree ApRows *rows = g_new0(ApRows, 1);

    if (!needs)
        return FALSE;
    ap_taken_get_rows(taken, rows);
    *unneeded = *rows;
    ap_reserve_plan_unneeded(unneeded, needs_data(needs), needs->len);
    ap_rows_remove(rows, unneeded);
    ap_override_find_lost(host->root, rows, lost);
    return TRUE;
}

void
ap_host_restore_reserved(ApHost *host)
{
    g_autofree ApRows *lost = g_new0(ApRows, 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *what = NULL;

    if (!find_lost(host, lost, &error)) {
        g_warning(_("queues that were reserved may be the host's again: %s"),
                  error->message);
        return;
    }
    if (ap_rows_is_empty(lost))
        return;
    what = ap_taken_describe_rows(lost);
    if (ap_override_apply(host->root, lost, &error))
        g_warning(_("%s had come back without their override, and are reserved again"),
                  what);
    else
        g_warning(_("%s have come back without their override, and the host can use "
                    "them: %s"),
                  what, error->message);
}

/* Without the lock: there is something to do only when a card was away. */
static gboolean
has_lost_any(ApHost *host)
{
    g_autofree ApTaken *taken = ap_taken_read(host->root, NULL);
    g_autofree ApRows *rows = g_new0(ApRows, 1);
    g_autofree ApRows *lost = g_new0(ApRows, 1);

    if (!taken)
        return FALSE;
    ap_taken_get_rows(taken, rows);
    ap_override_find_lost(host->root, rows, lost);
    return !ap_rows_is_empty(lost);
}

gboolean
ap_host_keep_reserved(ApHost *host)
{
    g_autoptr(ApLock) lock = NULL;
    g_autoptr(GError) error = NULL;

    if (!has_lost_any(host))
        return TRUE;
    lock = ap_host_lock_to_recover(host, &error);
    if (lock)
        ap_host_restore_reserved(host);
    else
        g_warning(_("queues that were reserved may be the host's again: %s"),
                  error->message);
    return lock != NULL;
}
