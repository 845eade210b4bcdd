/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-plan.c: judges a wish and turns it into writes.
 */
#include "ap-apqn.h"
#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-plan-priv.h"

/* A kernel without ap_config shows a matrix only through a file that prints
 * eight bytes a queue into one page without looking: at this many and above it
 * writes over its own memory, whoever reads it. */
#define QUEUES_WITHOUT_CONFIG_MAX 511

static void
step_free(gpointer data)
{
    ApStep *step = data;

    g_free(step->value);
    g_free(step);
}

ApPlan *
ap_plan_new(const char *uuid)
{
    ApPlan *plan = g_new0(ApPlan, 1);

    g_strlcpy(plan->uuid, uuid, sizeof(plan->uuid));
    plan->steps = g_ptr_array_new_with_free_func(step_free);
    return plan;
}

void
ap_plan_free(ApPlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->steps);
    g_free(plan);
}

void
ap_plan_add_step(ApPlan *plan, ApStepPlace place, const char *file, const char *value)
{
    ApStep *step = g_new0(ApStep, 1);

    step->place = place;
    step->file = file;
    step->value = g_strdup(value);
    g_ptr_array_add(plan->steps, step);
}

void
ap_plan_add_ids(ApPlan *plan, const char *file, const struct apc_mask *mask)
{
    guint id;

    apc_mask_for_each (id, mask) {
        char value[8];

        g_snprintf(value, sizeof(value), "%u", id);
        ap_plan_add_step(plan, AP_STEP_MATRIX, file, value);
    }
}

void
ap_plan_add_config(ApPlan *plan, const ApMatrix *matrix)
{
    char config[AP_MATRIX_CONFIG_SIZE];

    ap_matrix_format_config(matrix, config);
    ap_plan_add_step(plan, AP_STEP_MATRIX, AP_FILE_CONFIG, config);
}

/* Every state on the way is a part of the final one, which is free: so no step
 * can be refused that the whole would not be.  Control domains come last, they
 * mean nothing before the guest has queues. */
static void
add_steps(ApPlan *plan, const ApSnapshot *snapshot)
{
    static const ApMatrix empty;

    ap_plan_add_step(plan, AP_STEP_TYPE, "create", plan->uuid);
    if (ap_matrix_equal(&plan->matrix, &empty))
        return;
    if (snapshot->has_config) {
        ap_plan_add_config(plan, &plan->matrix);
        return;
    }
    ap_plan_add_ids(plan, "assign_adapter", &plan->matrix.adapters);
    ap_plan_add_ids(plan, "assign_domain", &plan->matrix.domains);
    ap_plan_add_ids(plan, "assign_control_domain", &plan->matrix.control_domains);
}

static void
format_first_queue(const ApMatrix *matrix, char text[AP_APQN_SIZE])
{
    ap_apqn_format(apc_mask_next(&matrix->adapters, 0),
                   apc_mask_next(&matrix->domains, 0), text);
}

static gboolean
set_pool_error(const ApMatrix *common, GError **error)
{
    g_autofree char *adapters = ap_ids_format(&common->adapters, "-");
    g_autofree char *domains = ap_ids_format(&common->domains, "-");
    char queue[AP_APQN_SIZE];

    format_first_queue(common, queue);
    g_set_error(
        error, AP_ERROR, AP_ERROR_HOST_POOL,
        _("queue %s belongs to the host pool: to free all that is asked for, take "
          "either the adapters or the domains away from the host's drivers, with "
          "'echo %s > /sys/bus/ap/apmask' or with 'echo %s > /sys/bus/ap/aqmask' "
          "(chzdev keeps such a change over a reboot)"),
        queue, adapters, domains);
    return FALSE;
}

/* With overrides in use the kernel does not let anybody change the masks. */
static gboolean
set_override_error(const ApMatrix *common, GError **error)
{
    char queue[AP_APQN_SIZE];

    format_first_queue(common, queue);
    g_set_error(error, AP_ERROR, AP_ERROR_HOST_POOL,
                _("queue %s belongs to the host pool: give it to vfio_ap by its "
                  "driver_override, for instance with 'driverctl -b ap set-override %s "
                  "vfio_ap', or ask for a reservation"),
                queue, queue);
    return FALSE;
}

static gboolean
has_freed(const ApSnapshot *snapshot)
{
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        if (!apc_mask_empty(&snapshot->freed[adapter]))
            return TRUE;
    }
    return FALSE;
}

static char *
describe_user(const ApSnapshot *snapshot, const ApSnapshotMatrix *holder)
{
    return snapshot->describe_user
               ? snapshot->describe_user(snapshot->describe_data, holder->uuid)
               : NULL;
}

static gboolean
set_conflict_error(const ApSnapshot *snapshot,
                   const ApSnapshotMatrix *holder,
                   const ApMatrix *common,
                   GError **error)
{
    guint n = ap_matrix_n_queues(common);
    g_autofree char *user = describe_user(snapshot, holder);
    char queue[AP_APQN_SIZE];

    format_first_queue(common, queue);
    if (user)
        g_set_error(error, AP_ERROR, AP_ERROR_CONFLICT,
                    _("queue %s is assigned to matrix %s, which %s uses: leave out its "
                      "adapter or its domain, or shut that guest down and destroy that "
                      "matrix first"),
                    queue, holder->uuid, user);
    else if (n == 1)
        g_set_error(
            error, AP_ERROR, AP_ERROR_CONFLICT,
            _("queue %s is assigned to matrix %s: leave out its adapter or its domain, "
              "or destroy that matrix first"),
            queue, holder->uuid);
    else
        g_set_error(
            error, AP_ERROR, AP_ERROR_CONFLICT,
            ngettext_("queue %s is assigned to matrix %s, and so is %u more that is "
                      "asked for: leave out their adapters or their domains, or "
                      "destroy that matrix first",
                      "queue %s is assigned to matrix %s, and so are %u more that are "
                      "asked for: leave out their adapters or their domains, or "
                      "destroy that matrix first",
                      n - 1),
            queue, holder->uuid, n - 1);
    return FALSE;
}

gboolean
ap_plan_check_queues(const ApSnapshot *snapshot,
                     const char *uuid,
                     const ApMatrix *matrix,
                     GError **error)
{
    const ApSnapshotMatrix *holder;
    ApMatrix common;

    if (ap_snapshot_find_pooled(snapshot, matrix, &common))
        return has_freed(snapshot) ? set_override_error(&common, error)
                                   : set_pool_error(&common, error);
    holder = ap_snapshot_find_holder(snapshot, uuid, matrix, &common);
    if (holder)
        return set_conflict_error(snapshot, holder, &common, error);
    return TRUE;
}

static gboolean
check_type(const ApSnapshot *snapshot, const ApDevice *wish, GError **error)
{
    if (g_strcmp0(wish->type_id, AP_MDEV_TYPE_ID)) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("type '%s' is not the type of an AP matrix: use '%s'"),
                    wish->type_id ? wish->type_id : "", AP_MDEV_TYPE_ID);
        return FALSE;
    }
    if (!snapshot->has_parent) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("this host has no device '%s': load the kernel module vfio_ap"),
                    AP_NAME_MATRIX_PARENT);
        return FALSE;
    }
    return TRUE;
}

gboolean
ap_plan_read_wish(ApPlan *plan,
                  const ApSnapshot *snapshot,
                  const ApDevice *wish,
                  GError **error)
{
    if (!check_type(snapshot, wish, error))
        return FALSE;
    for (guint i = 0; i < wish->attrs->len; i++) {
        const ApAttr *attr = wish->attrs->pdata[i];

        if (!ap_matrix_apply(&plan->matrix, &snapshot->limits, attr->name, attr->value,
                             error))
            return FALSE;
    }
    if (!snapshot->has_config &&
        ap_matrix_n_queues(&plan->matrix) > QUEUES_WITHOUT_CONFIG_MAX) {
        g_set_error(
            error, AP_ERROR, AP_ERROR_UNSUPPORTED,
            _("the matrix has %u queues, more than the %d that this kernel can show "
              "without damage to itself: assign fewer, or use a kernel whose matrices "
              "have the file ap_config"),
            ap_matrix_n_queues(&plan->matrix), QUEUES_WITHOUT_CONFIG_MAX);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_room(const ApSnapshot *snapshot, const char *uuid, GError **error)
{
    if (ap_snapshot_find(snapshot, uuid)) {
        g_set_error(error, AP_ERROR, AP_ERROR_EXISTS,
                    _("a matrix with UUID %s exists already: destroy it first, or choose "
                      "another UUID"),
                    uuid);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_instances(const ApSnapshot *snapshot, GError **error)
{
    if (snapshot->available_instances > 0)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("this host takes no more matrices: the %u that exist are all that the "
                  "driver allows, destroy one first"),
                snapshot->matrices->len);
    return FALSE;
}

ApPlan *
ap_plan_create(const ApSnapshot *snapshot,
               const char *uuid,
               const ApDevice *wish,
               GError **error)
{
    g_autoptr(ApPlan) plan = ap_plan_new(uuid);

    if (!ap_plan_read_wish(plan, snapshot, wish, error) ||
        !check_room(snapshot, plan->uuid, error) ||
        !ap_plan_check_queues(snapshot, plan->uuid, &plan->matrix, error) ||
        !check_instances(snapshot, error))
        return NULL;
    add_steps(plan, snapshot);
    return g_steal_pointer(&plan);
}

gboolean
ap_plan_check_definition(const ApSnapshot *snapshot,
                         const char *uuid,
                         const ApDevice *wish,
                         GError **error)
{
    g_autoptr(ApPlan) plan = ap_plan_new(uuid);

    return ap_plan_read_wish(plan, snapshot, wish, error);
}

static char *
describe_ids(const struct apc_mask *mask)
{
    return apc_mask_empty(mask) ? g_strdup(_("none")) : ap_ids_format(mask, "");
}

/* The masks themselves would tell nobody anything. */
static char *
describe_config(const ApPlan *plan)
{
    g_autofree char *adapters = describe_ids(&plan->matrix.adapters);
    g_autofree char *domains = describe_ids(&plan->matrix.domains);
    g_autofree char *control_domains = describe_ids(&plan->matrix.control_domains);

    return g_strdup_printf(
        _("give matrix %s the adapters %s, domains %s and control domains %s"),
        plan->uuid, adapters, domains, control_domains);
}

char *
ap_plan_describe_step(const ApPlan *plan, const ApStep *step)
{
    if (step->place == AP_STEP_TYPE)
        return g_strdup_printf(_("create matrix %s"), plan->uuid);
    if (g_str_equal(step->file, AP_FILE_CONFIG))
        return describe_config(plan);
    return g_strdup_printf(_("write '%s' to %s of matrix %s"), step->value, step->file,
                           plan->uuid);
}
