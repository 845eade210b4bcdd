/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-create.c: creates a matrix as one transaction.  Under the lock the
 * wish is judged against the host as it is; then every write of the plan is
 * done and the result read back.  Whatever goes wrong after the matrix has come
 * into being, it is removed again; if need be by whoever finds the note of it after
 * we were killed.
 */
#include "ap-device-priv.h"
#include "ap-host-change.h"
#include "ap-host-claims.h"
#include "ap-host-reserve.h"
#include "ap-host-steps.h"
#include "ap-i18n.h"
#include "ap-intent.h"

#define ROLL_BACK_ATTEMPTS 3

/* Removes the half-made matrix.  One refusal is not the end: whatever hinders the
 * kernel, and has nothing to do with a guest, is over soon.  Where all fails the
 * error says so, and the note of the matrix stays. */
static void
roll_back(ApHost *host, const ApPlan *plan, GError **error)
{
    g_autoptr(GError) failure = NULL;

    for (guint i = 0; i < ROLL_BACK_ATTEMPTS; i++) {
        g_clear_error(&failure);
        if (ap_host_remove_matrix(host, plan->uuid, &failure)) {
            ap_intent_clear(host->root);
            return;
        }
    }
    g_prefix_error(error, _("half-made matrix %s is left behind (%s): "), plan->uuid,
                   failure->message);
}

/* Does the plan, or leaves nothing of it. */
static gboolean
carry_out(ApHost *host, const ApPlan *plan, GError **error)
{
    ApIntent intent = { .kind = AP_INTENT_CREATE, .after = plan->matrix };
    guint n_done;

    g_strlcpy(intent.uuid, plan->uuid, sizeof(intent.uuid));
    if (!ap_intent_write(host->root, &intent, error))
        return FALSE;
    if (ap_host_run_steps(host, plan, &n_done, error) &&
        ap_host_verify(host, plan, error)) {
        ap_intent_clear(host->root);
        return TRUE;
    }
    if (n_done > 0)
        roll_back(host, plan, error);
    else
        ap_intent_clear(host->root);
    return FALSE;
}

/* Not for a matrix that cannot be made in any case. */
static gboolean
prepare(ApHost *host,
        ApSnapshot *snapshot,
        const char *uuid,
        const ApDevice *wish,
        GError **error)
{
    if (ap_snapshot_find(snapshot, uuid) || snapshot->available_instances == 0)
        return TRUE;
    return ap_host_check_claims(host, snapshot, uuid, wish, AP_OCCASION_CREATE, error) &&
           ap_host_reserve(host, snapshot, uuid, wish, error);
}

ApPlan *
ap_host_create_locked(ApHost *host,
                      const char *uuid,
                      const ApDevice *wish,
                      GError **error)
{
    g_autoptr(ApSnapshot) snapshot = NULL;
    g_autoptr(ApPlan) plan = NULL;

    snapshot = ap_host_take_snapshot(host, error);
    if (snapshot && prepare(host, snapshot, uuid, wish, error))
        plan = ap_plan_create(snapshot, uuid, wish, error);
    if (plan && carry_out(host, plan, error))
        return g_steal_pointer(&plan);
    if (wish->reserve != AP_RESERVE_NO)
        ap_host_return_unneeded(host);
    return NULL;
}

gboolean
ap_host_choose_uuid(const ApDevice *wish, char uuid[AP_UUID_SIZE], GError **error)
{
    g_autofree char *random = wish->uuid ? NULL : g_uuid_string_random();

    if (ap_uuid_canonicalise(random ? random : wish->uuid, uuid))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED, _("'%s' is not a UUID"),
                wish->uuid);
    return FALSE;
}

ApDevice *
ap_host_create_matrix(ApHost *host, const ApDevice *wish, GError **error)
{
    g_autoptr(ApPlan) plan = NULL;
    char uuid[AP_UUID_SIZE];
    ApHostChange change = { .host = host, .action = AP_JOURNAL_CREATE, .uuid = uuid };
    ApDevice *device;

    if (!ap_host_choose_uuid(wish, uuid, error))
        return NULL;
    if (ap_host_change_begin(&change))
        plan = ap_host_create_locked(host, uuid, wish, &change.failure);
    if (!ap_host_change_end(&change, error))
        return NULL;
    device = ap_host_describe_matrix(host, uuid, &plan->matrix);
    if (!device)
        g_set_error(error, AP_ERROR, AP_ERROR_IO,
                    _("matrix %s was removed by somebody else as soon as it was made"),
                    uuid);
    return device;
}
