/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-create.c: creates a matrix as one transaction.  Under the lock the
 * wish is judged against the host as it is; then every write of the plan is
 * done and the result read back.  Whatever goes wrong after the matrix has come
 * into being, it is removed again; if need be by whoever finds the note of it after
 * we were killed.
 */
#include <errno.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-intent.h"
#include "ap-lock.h"
#include "ap-paths.h"
#include "ap-plan.h"
#include "ap-sysfs.h"

#define ROLL_BACK_ATTEMPTS 3

static char *
step_path(const ApPlan *plan, const ApStep *step)
{
    if (step->place == AP_STEP_TYPE)
        return g_strconcat(AP_PATH_TYPE "/", step->file, NULL);
    return ap_host_matrix_path(plan->uuid, step->file);
}

/* The host as it was judged has changed by the hand of somebody who does not
 * take the lock: says who has the queues now. */
static gboolean
explain_queues(ApHost *host, const ApPlan *plan, GError **error)
{
    g_autoptr(ApSnapshot) now = ap_host_take_snapshot(host, NULL);

    return now && !ap_plan_check_queues(now, plan->uuid, &plan->matrix, error);
}

static ApError
code_of_refusal(int errnum)
{
    switch (errnum) {
    case EEXIST:
        return AP_ERROR_EXISTS;
    case EADDRINUSE:
        return AP_ERROR_CONFLICT;
    case EADDRNOTAVAIL:
        return AP_ERROR_HOST_POOL;
    default:
        return AP_ERROR_IO;
    }
}

static void
set_step_error(ApHost *host,
               const ApPlan *plan,
               const ApStep *step,
               int errnum,
               GError **error)
{
    g_autofree char *what = ap_plan_describe_step(plan, step);

    if ((errnum == EADDRINUSE || errnum == EADDRNOTAVAIL) &&
        explain_queues(host, plan, error)) {
        g_prefix_error(error, _("the kernel refused to %s: "), what);
        return;
    }
    g_set_error(error, AP_ERROR, code_of_refusal(errnum),
                _("the kernel refused to %s: %s"), what, g_strerror(errnum));
}

/* Does the writes; *@created tells whether the matrix came into being. */
static gboolean
run_steps(ApHost *host, const ApPlan *plan, gboolean *created, GError **error)
{
    for (guint i = 0; i < plan->steps->len; i++) {
        const ApStep *step = plan->steps->pdata[i];
        g_autofree char *path = step_path(plan, step);
        int errnum = ap_sysfs_write(host->root, path, step->value);

        if (errnum) {
            set_step_error(host, plan, step, errnum, error);
            return FALSE;
        }
        *created = TRUE;
    }
    return TRUE;
}

/* Reads back what has become of the plan. */
static gboolean
verify(ApHost *host, const ApPlan *plan, GError **error)
{
    gboolean present;
    ApMatrix matrix;

    if (!ap_host_read_matrix(host, plan->uuid, &matrix, &present, error))
        return FALSE;
    if (present && ap_matrix_equal(&matrix, &plan->matrix))
        return TRUE;
    if (present)
        g_set_error(error, AP_ERROR, AP_ERROR_IO,
                    _("matrix %s has other adapters or domains than were assigned to it"),
                    plan->uuid);
    else
        g_set_error(error, AP_ERROR, AP_ERROR_IO,
                    _("matrix %s was removed by somebody else while it was made"),
                    plan->uuid);
    return FALSE;
}

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

/* Whether the matrix of @intent is there, and not (or not known to be) what it was
 * to be in the end. */
static gboolean
is_half_made(ApHost *host, const ApIntent *intent)
{
    char config[AP_MATRIX_CONFIG_SIZE];
    gboolean present = FALSE;
    ApMatrix matrix;

    if (!ap_host_read_matrix(host, intent->uuid, &matrix, &present, NULL))
        return TRUE;
    if (present)
        ap_matrix_format_config(&matrix, config);
    return present && !g_str_equal(config, intent->config);
}

/* Removes the matrix that somebody who was killed left half made.  One that a guest
 * uses by now is left alone. */
static void
clean_up_matrix(ApHost *host)
{
    g_autoptr(GError) failure = NULL;
    ApIntent intent;

    if (!ap_intent_read(host->root, &intent))
        return;
    if (is_half_made(host, &intent)) {
        if (ap_host_remove_matrix(host, intent.uuid, &failure))
            g_warning(_("removed matrix %s, which was left half made by a program that "
                        "ended meanwhile"),
                      intent.uuid);
        else
            g_warning(_("matrix %s may be half made, its maker ended meanwhile: %s"),
                      intent.uuid, failure->message);
    }
    if (!failure || g_error_matches(failure, AP_ERROR, AP_ERROR_BUSY))
        ap_intent_clear(host->root);
}

void
ap_host_clean_up(ApHost *host)
{
    ap_store_clean_up(host->store);
    clean_up_matrix(host);
}

/* Does the plan, or leaves nothing of it. */
static gboolean
carry_out(ApHost *host, const ApPlan *plan, GError **error)
{
    gboolean created = FALSE;

    if (!ap_intent_write(host->root, plan->uuid, &plan->matrix, error))
        return FALSE;
    if (run_steps(host, plan, &created, error) && verify(host, plan, error)) {
        ap_intent_clear(host->root);
        return TRUE;
    }
    if (created)
        roll_back(host, plan, error);
    else
        ap_intent_clear(host->root);
    return FALSE;
}

ApPlan *
ap_host_create_locked(ApHost *host,
                      const char *uuid,
                      const ApDevice *wish,
                      GError **error)
{
    g_autoptr(ApSnapshot) snapshot = NULL;
    g_autoptr(ApPlan) plan = NULL;

    ap_host_clean_up(host);
    snapshot = ap_host_take_snapshot(host, error);
    plan = snapshot ? ap_plan_create(snapshot, uuid, wish, error) : NULL;
    if (!plan || !carry_out(host, plan, error))
        return NULL;
    return g_steal_pointer(&plan);
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
    ApDevice *device;
    ApLock *lock;

    if (!ap_host_choose_uuid(wish, uuid, error))
        return NULL;
    lock = ap_lock_acquire(host->root, host->lock_timeout, error);
    if (!lock)
        return NULL;
    plan = ap_host_create_locked(host, uuid, wish, error);
    ap_lock_release(lock);
    if (!plan)
        return NULL;
    device = ap_host_describe_matrix(host, uuid, &plan->matrix);
    if (!device)
        g_set_error(error, AP_ERROR, AP_ERROR_IO,
                    _("matrix %s was removed by somebody else as soon as it was made"),
                    uuid);
    return device;
}

gboolean
ap_host_recover(ApHost *host, GError **error)
{
    g_autoptr(ApLock) lock = NULL;

    if (!ap_sysfs_exists(host->root, AP_PATH_INTENT) &&
        !ap_store_has_leftover(host->store))
        return TRUE;
    lock = ap_lock_acquire(host->root, host->lock_timeout, error);
    if (!lock)
        return FALSE;
    ap_host_clean_up(host);
    return TRUE;
}
