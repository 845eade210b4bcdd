/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-plan-update.c: the steps from one matrix to another, and back.
 */
#include "ap-plan-update.h"

#include "ap-i18n.h"
#include "ap-plan-priv.h"

/* Any: the ids come from matrices that the host has, or were checked before. */
static const ApLimits no_limits = { APC_IDS - 1, APC_IDS - 1 };

static const struct {
    const char *assign;
    const char *unassign;
} inverses[] = {
    { "assign_adapter", "unassign_adapter" },
    { "assign_domain", "unassign_domain" },
    { "assign_control_domain", "unassign_control_domain" },
};

static void
add_difference(ApPlan *plan,
               const char *file,
               const struct apc_mask *more,
               const struct apc_mask *less)
{
    struct apc_mask difference;

    apc_mask_andnot(&difference, more, less);
    ap_plan_add_ids(plan, file, &difference);
}

static void
add_steps(ApPlan *plan, const ApMatrix *before, const ApMatrix *after)
{
    add_difference(plan, "unassign_control_domain", &before->control_domains,
                   &after->control_domains);
    add_difference(plan, "unassign_domain", &before->domains, &after->domains);
    add_difference(plan, "unassign_adapter", &before->adapters, &after->adapters);
    add_difference(plan, "assign_adapter", &after->adapters, &before->adapters);
    add_difference(plan, "assign_domain", &after->domains, &before->domains);
    add_difference(plan, "assign_control_domain", &after->control_domains,
                   &before->control_domains);
}

static void
complete(ApPlan *plan, const ApMatrix *before, gboolean has_config)
{
    plan->before = *before;
    if (ap_matrix_equal(before, &plan->matrix))
        return;
    if (has_config)
        ap_plan_add_config(plan, &plan->matrix);
    else
        add_steps(plan, before, &plan->matrix);
}

ApPlan *
ap_plan_change(const char *uuid,
               const ApMatrix *before,
               const ApMatrix *after,
               gboolean has_config)
{
    ApPlan *plan = ap_plan_new(uuid);

    plan->matrix = *after;
    complete(plan, before, has_config);
    return plan;
}

ApPlan *
ap_plan_update(const ApSnapshot *snapshot,
               const char *uuid,
               const ApDevice *wish,
               GError **error)
{
    g_autoptr(ApPlan) plan = ap_plan_new(uuid);
    const ApSnapshotMatrix *now;

    if (!ap_plan_read_wish(plan, snapshot, wish, error))
        return NULL;
    now = ap_snapshot_find(snapshot, uuid);
    if (!now) {
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_ACTIVE, _("matrix %s is not active"),
                    uuid);
        return NULL;
    }
    if (!ap_plan_check_queues(snapshot, uuid, &plan->matrix, error))
        return NULL;
    complete(plan, &now->matrix, snapshot->has_config);
    return g_steal_pointer(&plan);
}

static void
add_inverse(ApPlan *back, const ApPlan *plan, const ApStep *step)
{
    if (g_str_equal(step->file, AP_FILE_CONFIG))
        ap_plan_add_config(back, &plan->before);
    for (gsize i = 0; i < G_N_ELEMENTS(inverses); i++) {
        if (g_str_equal(step->file, inverses[i].assign))
            ap_plan_add_step(back, step->place, inverses[i].unassign, step->value);
        else if (g_str_equal(step->file, inverses[i].unassign))
            ap_plan_add_step(back, step->place, inverses[i].assign, step->value);
    }
}

/* What @step makes of @state.  The steps are our own: they can be applied. */
static void
follow(ApMatrix *state, const ApStep *step)
{
    ap_matrix_apply(state, &no_limits, step->file, step->value, NULL);
}

ApPlan *
ap_plan_take_back(const ApPlan *plan, guint n_done)
{
    ApPlan *back = ap_plan_new(plan->uuid);

    back->before = plan->before;
    back->matrix = plan->before;
    for (guint i = 0; i < n_done; i++)
        follow(&back->before, plan->steps->pdata[i]);
    for (guint i = n_done; i > 0; i--)
        add_inverse(back, plan, plan->steps->pdata[i - 1]);
    return back;
}

gboolean
ap_plan_goes_through(const ApPlan *plan, const ApMatrix *state)
{
    ApMatrix passed = plan->before;

    for (guint i = 0; i < plan->steps->len && !ap_matrix_equal(&passed, state); i++)
        follow(&passed, plan->steps->pdata[i]);
    return ap_matrix_equal(&passed, state);
}
