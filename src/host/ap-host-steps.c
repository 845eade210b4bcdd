/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-steps.c: the writes of a plan, and what a refusal of one means.
 */
#include <errno.h>

#include "ap-host-steps.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

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
    case EBUSY:
        return AP_ERROR_BUSY;
    default:
        return AP_ERROR_IO;
    }
}

/* Kernels before 6.0 change no matrix that a guest has. */
static void
set_busy_error(ApHost *host, const ApPlan *plan, const char *what, GError **error)
{
    g_autofree char *user = ap_host_describe_user(host, plan->uuid, NULL);

    g_set_error(error, AP_ERROR, AP_ERROR_BUSY,
                _("the kernel refused to %s while %s uses it: shut the guest down first"),
                what, user ? user : _("a guest"));
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
        explain_queues(host, plan, error))
        g_prefix_error(error, _("the kernel refused to %s: "), what);
    else if (errnum == EBUSY)
        set_busy_error(host, plan, what, error);
    else
        g_set_error(error, AP_ERROR, code_of_refusal(errnum),
                    _("the kernel refused to %s: %s"), what, g_strerror(errnum));
}

gboolean
ap_host_run_steps(ApHost *host, const ApPlan *plan, guint *n_done, GError **error)
{
    for (*n_done = 0; *n_done < plan->steps->len; (*n_done)++) {
        const ApStep *step = plan->steps->pdata[*n_done];
        g_autofree char *path = step_path(plan, step);
        int errnum = ap_sysfs_write(host->root, path, step->value);

        if (errnum) {
            set_step_error(host, plan, step, errnum, error);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
ap_host_verify(ApHost *host, const ApPlan *plan, GError **error)
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
                    _("matrix %s was removed by somebody else meanwhile"), plan->uuid);
    return FALSE;
}
