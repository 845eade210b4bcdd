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
#include "ap-guest-loss.h"
#include "ap-host-change.h"
#include "ap-host-claims.h"
#include "ap-host-reserve.h"
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

/* What somebody wants of which matrix. */
typedef struct {
    ApHost *host;
    const char *name;
    char uuid[AP_UUID_SIZE];
    const ApDevice *wish;
    ApUpdateFlags flags;
    const ApHostDefinition *old; /* what to store; NULL: @wish */
    gboolean live_changed;
} Update;

static gboolean
store(const Update *update, GError **error)
{
    g_autoptr(ApDevice) stored = NULL;

    if (!(update->flags & AP_UPDATE_CONFIG))
        return TRUE;
    if (update->old)
        return ap_host_restore_locked(update->host, update->old, error);
    stored = ap_host_define_locked(update->host, update->uuid, update->wish, error);
    return stored != NULL;
}

static gboolean
write_note(const Update *update, const ApPlan *plan, GError **error)
{
    ApIntent intent = { .kind = AP_INTENT_UPDATE,
                        .after = plan->matrix,
                        .before = plan->before };

    if (update->flags & AP_UPDATE_CONFIG) {
        intent.kind = AP_INTENT_BOTH;
        intent.defined = plan->matrix;
        if (update->old)
            ap_matrix_add_up(update->old->device, &intent.defined);
    }
    g_strlcpy(intent.uuid, plan->uuid, sizeof(intent.uuid));
    return ap_intent_write(update->host->root, &intent, error);
}

/* Does the plan and stores the definition, or leaves all as it was. */
static gboolean
carry_out(const Update *update, const ApPlan *plan, GError **error)
{
    guint n_done;

    if (plan->steps->len == 0)
        return store(update, error);
    if (!write_note(update, plan, error))
        return FALSE;
    if (ap_host_run_steps(update->host, plan, &n_done, error) &&
        ap_host_verify(update->host, plan, error) && store(update, error)) {
        ap_intent_clear(update->host->root);
        return TRUE;
    }
    roll_back(update->host, plan, n_done, error);
    return FALSE;
}

/* The kernel shows no adapter to a guest one of whose queues nobody serves.  So a new
 * domain can take adapters away that the guest has worked with until now. */
static void
warn_of_lost_adapters(ApHost *host, const ApPlan *plan, const ApMatrix *before)
{
    g_autofree char *ids = NULL;
    struct apc_mask lost;
    ApMatrix now;

    if (!ap_host_read_guest_matrix(host, plan->uuid, &plan->matrix, &now))
        return;
    apc_mask_and(&lost, &before->adapters, &plan->matrix.adapters);
    apc_mask_andnot(&lost, &lost, &now.adapters);
    if (apc_mask_empty(&lost))
        return;
    ids = ap_ids_format(&lost, "");
    g_warning(_("matrix %s has its new adapters and domains, but its guest sees adapters "
                "%s no more: one of their queues is not there or not bound to vfio_ap"),
              plan->uuid, ids);
}

/* Whether a guest that has the matrix can do with what it is to be.  What it has now is
 * read into @seen; FALSE in *@is_seen where the kernel does not tell. */
static gboolean
check_guest(const Update *update,
            const ApPlan *plan,
            ApMatrix *seen,
            gboolean *is_seen,
            GError **error)
{
    ApGuestLoss loss = { .uuid = update->uuid,
                         .before = &plan->before,
                         .after = &plan->matrix,
                         .take_from = update->wish->take_from };

    *is_seen = plan->steps->len > 0 &&
               ap_host_read_guest_matrix(update->host, update->uuid, &plan->before, seen);
    if (plan->steps->len == 0)
        return TRUE;
    loss.seen = *is_seen ? seen : NULL;
    return ap_guest_check_loss(update->host, &loss, error);
}

static gboolean
change_live(Update *update, GError **error)
{
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(update->host, error);
    g_autoptr(ApPlan) plan = NULL;
    gboolean is_seen;
    ApMatrix seen;

    if (snapshot &&
        ap_host_check_claims(update->host, snapshot, update->uuid, update->wish,
                             AP_OCCASION_CREATE, error) &&
        ap_host_reserve(update->host, snapshot, update->uuid, update->wish, error))
        plan = ap_plan_update(snapshot, update->uuid, update->wish, error);
    if (!plan || !check_guest(update, plan, &seen, &is_seen, error) ||
        !carry_out(update, plan, error))
        return FALSE;
    update->live_changed = plan->steps->len > 0;
    if (is_seen)
        warn_of_lost_adapters(update->host, plan, &seen);
    return TRUE;
}

/* Whether there is what the flags ask for, which are made definite. */
static gboolean
check_state(Update *update, GError **error)
{
    g_autoptr(ApDevice) device = ap_host_lookup(update->host, update->name, error);

    if (!device)
        return FALSE;
    if (update->flags == AP_UPDATE_CURRENT)
        update->flags = ap_device_is_active(device) ? AP_UPDATE_LIVE : AP_UPDATE_CONFIG;
    if ((update->flags & AP_UPDATE_LIVE) && !ap_device_is_active(device)) {
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_ACTIVE, _("device '%s' is not active"),
                    update->name);
        return FALSE;
    }
    if ((update->flags & AP_UPDATE_CONFIG) && !ap_device_is_persistent(device)) {
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_DEFINED,
                    _("device '%s' is not defined: there is no stored form of it to "
                      "change"),
                    update->name);
        return FALSE;
    }
    return TRUE;
}

/* A document of another matrix is no change of this one. */
static gboolean
check_uuid(const Update *update, GError **error)
{
    char uuid[AP_UUID_SIZE];

    if (update->wish->uuid && ap_uuid_canonicalise(update->wish->uuid, uuid) &&
        g_str_equal(uuid, update->uuid))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("cannot change device '%s' to what has the UUID '%s': its own is '%s', "
                  "and stays so"),
                update->name, update->wish->uuid ? update->wish->uuid : "", update->uuid);
    return FALSE;
}

static void
run(Update *update, GError **error)
{
    if (!check_state(update, error) || !check_uuid(update, error))
        return;
    if (update->flags & AP_UPDATE_LIVE)
        change_live(update, error);
    else
        store(update, error);
    /* What it has no more, or did not get. */
    ap_host_return_unneeded(update->host);
}

void
ap_host_change_back_locked(ApHost *host,
                           const char *name,
                           const ApDevice *wish,
                           const ApHostDefinition *old,
                           GError **error)
{
    Update update = { .host = host, .name = name, .wish = wish, .old = old };

    g_strlcpy(update.uuid, wish->uuid, sizeof(update.uuid));
    update.flags = AP_UPDATE_LIVE | (old ? AP_UPDATE_CONFIG : 0);
    run(&update, error);
}

gboolean
ap_host_update_matrix(ApHost *host,
                      const char *name,
                      const ApDevice *wish,
                      ApUpdateFlags flags,
                      gboolean *live_changed,
                      GError **error)
{
    Update update = { .host = host, .name = name, .wish = wish, .flags = flags };
    ApHostChange change = { .host = host,
                            .action = AP_JOURNAL_UPDATE,
                            .uuid = update.uuid };
    ApName parsed;

    if (!ap_host_parse_matrix_name(name, &parsed, error))
        return FALSE;
    g_strlcpy(update.uuid, parsed.uuid, sizeof(update.uuid));
    if (ap_host_change_begin(&change))
        run(&update, &change.failure);
    if (live_changed)
        *live_changed = update.live_changed;
    return ap_host_change_end(&change, error);
}
