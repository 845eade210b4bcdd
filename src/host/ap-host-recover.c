/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-recover.c: what somebody left half done who was killed meanwhile, by the
 * note of it.  A matrix that was being made is removed; one that was being changed
 * becomes what it was.  Nothing is done to a matrix that is not in a state which that
 * program can have left it in: somebody else has taken care of it.
 */
#include "ap-device-priv.h"
#include "ap-guest.h"
#include "ap-host-reserve.h"
#include "ap-host-steps.h"
#include "ap-i18n.h"
#include "ap-intent.h"
#include "ap-journal.h"
#include "ap-paths.h"
#include "ap-plan-update.h"
#include "ap-sysfs.h"

/* Whether the matrix of @intent is there, and not (or not known to be) what it was
 * to be in the end. */
static gboolean
is_half_made(ApHost *host, const ApIntent *intent)
{
    gboolean present = FALSE;
    ApMatrix matrix;

    if (!ap_host_read_matrix(host, intent->uuid, &matrix, &present, NULL))
        return TRUE;
    return present && !ap_matrix_equal(&matrix, &intent->after);
}

/* One that a guest uses by now is left alone. */
static void
finish_creation(ApHost *host, const ApIntent *intent)
{
    g_autoptr(GError) failure = NULL;

    if (is_half_made(host, intent)) {
        if (ap_host_remove_matrix(host, intent->uuid, &failure))
            g_warning(_("removed matrix %s, which was left half made by a program that "
                        "ended meanwhile"),
                      intent->uuid);
        else
            g_warning(_("matrix %s may be half made, its maker ended meanwhile: %s"),
                      intent->uuid, failure->message);
    }
    if (!failure || g_error_matches(failure, AP_ERROR, AP_ERROR_BUSY))
        ap_intent_clear(host->root);
}

/* Whether the stored definition is @matrix. */
static gboolean
is_defined_as(ApHost *host, const char *uuid, const ApMatrix *matrix)
{
    g_autoptr(ApDevice) definition = ap_store_load(host->store, uuid);
    ApMatrix defined;

    return definition && ap_matrix_add_up(definition, &defined) &&
           ap_matrix_equal(&defined, matrix);
}

/* From @now to @target, which has nobody else's queues unless they were taken
 * meanwhile. */
static gboolean
change_to(ApHost *host,
          const ApSnapshot *snapshot,
          const ApSnapshotMatrix *now,
          const ApMatrix *target,
          GError **error)
{
    g_autoptr(ApPlan) plan =
        ap_plan_change(now->uuid, &now->matrix, target, snapshot->has_config);
    guint n_done;

    return ap_host_run_steps(host, plan, &n_done, error) &&
           ap_host_verify(host, plan, error);
}

static gboolean
settle_update(ApHost *host,
              const ApSnapshot *snapshot,
              const ApSnapshotMatrix *now,
              const ApIntent *intent,
              GError **error)
{
    g_autoptr(ApPlan) plan = ap_plan_change(intent->uuid, &intent->before, &intent->after,
                                            snapshot->has_config);
    gboolean is_defined = intent->kind == AP_INTENT_BOTH &&
                          is_defined_as(host, intent->uuid, &intent->defined);

    if (!ap_plan_goes_through(plan, &now->matrix)) {
        g_warning(_("matrix %s was changed by somebody else after the program had ended "
                    "that was changing it: it stays as it is"),
                  intent->uuid);
        return TRUE;
    }
    if (ap_matrix_equal(&now->matrix, &intent->after) &&
        (is_defined || intent->kind == AP_INTENT_UPDATE))
        return TRUE;
    if (ap_matrix_equal(&now->matrix, &intent->before) && !is_defined)
        return TRUE;
    if (!change_to(host, snapshot, now, is_defined ? &intent->after : &intent->before,
                   error))
        return FALSE;
    g_warning(is_defined ? _("finished the change of matrix %s for a program that ended "
                             "meanwhile")
                         : _("took back the change of matrix %s, which was left half "
                             "done by a program that ended meanwhile"),
              intent->uuid);
    return TRUE;
}

static void
finish_update(ApHost *host, const ApIntent *intent)
{
    g_autoptr(GError) failure = NULL;
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(host, &failure);
    const ApSnapshotMatrix *now =
        snapshot ? ap_snapshot_find(snapshot, intent->uuid) : NULL;

    if (now)
        settle_update(host, snapshot, now, intent, &failure);
    if (failure)
        g_warning(_("matrix %s may be half changed, as the program that changed it ended "
                    "meanwhile: %s"),
                  intent->uuid, failure->message);
    else
        ap_intent_clear(host->root);
}

static void
settle_change(ApHost *host)
{
    g_autoptr(ApJournalState) before = NULL;
    ApIntent intent;

    if (!ap_intent_read(host->root, &intent)) {
        ap_intent_clear(host->root); /* cut short */
        return;
    }
    before = ap_journal_look(host, intent.uuid);
    if (intent.kind == AP_INTENT_CREATE)
        finish_creation(host, &intent);
    else
        finish_update(host, &intent);
    ap_journal_change(host, &(ApJournalChange){ .action = AP_JOURNAL_RECOVER,
                                                .uuid = intent.uuid,
                                                .before = before });
}

void
ap_host_clean_up(ApHost *host)
{
    ap_store_clean_up(host->store);
    settle_change(host);
    ap_guest_clean_up(host);
}

gboolean
ap_host_recover(ApHost *host, GError **error)
{
    g_autoptr(ApLock) lock = NULL;

    if (!ap_sysfs_exists(host->root, AP_PATH_INTENT) &&
        !ap_store_has_leftover(host->store) && !ap_host_has_reserved(host) &&
        !ap_guest_has_records(host))
        return TRUE;
    lock = ap_host_lock_to_recover(host, error);
    if (!lock)
        return FALSE;
    ap_host_clean_up(host);
    ap_host_return_unneeded(host);
    ap_host_restore_reserved(host);
    return TRUE;
}
