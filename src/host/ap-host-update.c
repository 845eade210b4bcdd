/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-update.c: changes a matrix that exists, whether a guest has it or not, as
 * one transaction.  Under the lock the wish is judged against the host as it is; then
 * every write of the plan is done and the result read back.  Whatever goes wrong, the
 * steps are taken back one by one; if need be by whoever finds the note of it after we
 * were killed.
 */
#include "ap-apqn.h"
#include "ap-device-priv.h"
#include "ap-host-steps.h"
#include "ap-i18n.h"
#include "ap-intent.h"
#include "ap-plan-update.h"

#define ROLL_BACK_ATTEMPTS 3

/* Takes the first @n_done steps back, and looks whether that is what has become of
 * it.  Steps that were never done may be among them: they change nothing then. */
static gboolean
take_back(ApHost *host, const ApPlan *plan, guint n_done, GError **error)
{
    g_autoptr(ApPlan) back = ap_plan_take_back(plan, n_done);
    guint n_undone;

    return ap_host_run_steps(host, back, &n_undone, error) &&
           ap_host_verify(host, back, error);
}

/* One refusal is not the end: whatever hinders the kernel is mostly over soon.  Where
 * all fails the error says so, and the note stays. */
static void
roll_back(ApHost *host, const ApPlan *plan, guint n_done, GError **error)
{
    g_autoptr(GError) failure = NULL;

    for (guint i = 0; i < ROLL_BACK_ATTEMPTS; i++) {
        g_clear_error(&failure);
        if (take_back(host, plan, i ? plan->steps->len : n_done, &failure)) {
            ap_intent_clear(host->root);
            return;
        }
    }
    g_prefix_error(error, _("matrix %s is left half changed (%s): "), plan->uuid,
                   failure->message);
}

/* Does the plan, or leaves all as it was. */
static gboolean
carry_out(ApHost *host, const ApPlan *plan, GError **error)
{
    ApIntent intent = { .kind = AP_INTENT_UPDATE,
                        .after = plan->matrix,
                        .before = plan->before };
    guint n_done;

    if (plan->steps->len == 0)
        return TRUE;
    g_strlcpy(intent.uuid, plan->uuid, sizeof(intent.uuid));
    if (!ap_intent_write(host->root, &intent, error))
        return FALSE;
    if (ap_host_run_steps(host, plan, &n_done, error) &&
        ap_host_verify(host, plan, error)) {
        ap_intent_clear(host->root);
        return TRUE;
    }
    roll_back(host, plan, n_done, error);
    return FALSE;
}

/* What the guest sees of the matrix; FALSE when the kernel does not tell. */
static gboolean
read_guest_adapters(ApHost *host, const char *uuid, struct apc_mask *adapters)
{
    ApMatrix seen = { 0 };

    if (!ap_host_read_guest_matrix(host, uuid, &seen))
        return FALSE;
    *adapters = seen.adapters;
    return TRUE;
}

/* The kernel shows no adapter to a guest one of whose queues nobody serves.  So a new
 * domain can take adapters away that the guest has worked with until now. */
static void
warn_of_lost_adapters(ApHost *host, const ApPlan *plan, const struct apc_mask *before)
{
    g_autofree char *ids = NULL;
    struct apc_mask lost;
    struct apc_mask now;

    if (!read_guest_adapters(host, plan->uuid, &now))
        return;
    apc_mask_and(&lost, before, &plan->matrix.adapters);
    apc_mask_andnot(&lost, &lost, &now);
    if (apc_mask_empty(&lost))
        return;
    ids = ap_ids_format(&lost, "");
    g_warning(_("matrix %s has its new adapters and domains, but its guest sees adapters "
                "%s no more: one of their queues is not there or not bound to vfio_ap"),
              plan->uuid, ids);
}

static gboolean
update_locked(ApHost *host, const char *uuid, const ApDevice *wish, GError **error)
{
    g_autoptr(ApSnapshot) snapshot = NULL;
    g_autoptr(ApPlan) plan = NULL;
    struct apc_mask seen;
    gboolean is_seen;

    ap_host_clean_up(host);
    snapshot = ap_host_take_snapshot(host, error);
    plan = snapshot ? ap_plan_update(snapshot, uuid, wish, error) : NULL;
    if (!plan)
        return FALSE;
    is_seen = plan->steps->len > 0 && read_guest_adapters(host, uuid, &seen);
    if (!carry_out(host, plan, error))
        return FALSE;
    if (is_seen)
        warn_of_lost_adapters(host, plan, &seen);
    return TRUE;
}

gboolean
ap_host_update_matrix(ApHost *host,
                      const char *name,
                      const ApDevice *wish,
                      GError **error)
{
    g_autoptr(ApLock) lock = NULL;
    char uuid[AP_UUID_SIZE];
    ApConfig config;

    if (!ap_host_find_active(host, name, uuid, error))
        return FALSE;
    lock = ap_host_lock(host, &config, error);
    return lock && ap_host_find_active(host, name, uuid, error) &&
           update_locked(host, uuid, wish, error);
}
