/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-reserve.c: queues leave the host pool.
 *
 * Whatever we take is noted before it leaves: whoever is killed in between leaves ids
 * or queues that are noted and not needed, which the next daemon gives back.
 */
#include "ap-host-reserve.h"

#include "ap-config.h"
#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-journal.h"
#include "ap-plan-priv.h"
#include "ap-pool-use.h"
#include "ap-reserve-plan.h"
#include "ap-rules.h"
#include "ap-taken.h"

static void
warn_before(const ApReservePlan *plan,
            const ApConfig *config,
            const char *uuid,
            const char *what)
{
    if (plan->n_collateral > 0 && config->collateral == AP_POLICY_WARN)
        g_warning(
            _("%s leave the host pool for matrix %s, and queues with them that were "
              "not asked for: %s"),
            what, uuid, plan->collateral);
    if (plan->user && config->queues_in_use == AP_POLICY_WARN)
        g_warning(
            _("%s leave the host pool for matrix %s, although the host uses some of "
              "their queues: %s"),
            what, uuid, plan->user);
    if (plan->opener && config->open_nodes == AP_POLICY_WARN)
        g_warning(_("%s leave the host pool for matrix %s, although the host could use "
                    "some of their queues: %s"),
                  what, uuid, plan->opener);
    if (plan->loses_default_domain && config->default_domain == AP_POLICY_WARN)
        g_warning(
            _("%s leave the host pool for matrix %s, and the host has no queue of its "
              "default domain any more"),
            what, uuid);
}

static void
tell_after(const ApReservePlan *plan,
           const ApConfig *config,
           const char *uuid,
           const char *what)
{
    if (plan->n_collateral > 0 && config->collateral == AP_POLICY_WARN)
        g_warning(
            _("%s have left the host pool for matrix %s, and so have the queues %s"),
            what, uuid, plan->collateral);
    else
        g_info("%s have left the host pool for matrix %s", what, uuid);
}

/* Notes what leaves, then has it leave. */
static gboolean
take_ids(ApHost *host,
         const ApSnapshot *snapshot,
         ApTaken *taken,
         const ApReservePlan *plan,
         ApReservedList list,
         GError **error)
{
    static const ApMatrix nothing;
    ApMatrix pool = snapshot->pool;

    ap_taken_add(&taken->lists[list], &plan->taken);
    ap_taken_remove(&pool, &plan->taken);
    return ap_reserved_write(host->root, list, &taken->lists[list], error) &&
           ap_taken_write_masks(host->root, &plan->taken, "-", error) &&
           (list != AP_RESERVED_FOR_GOOD ||
            ap_taken_change_rules(host->root, &pool, taken, &plan->taken, &nothing,
                                  error));
}

static gboolean
take_rows(ApHost *host,
          ApTaken *taken,
          const ApReservePlan *plan,
          ApReservedList list,
          GError **error)
{
    ap_rows_add(&taken->rows[list], &plan->single);
    return ap_override_write(host->root, list, &taken->rows[list], error) &&
           ap_override_apply(host->root, &plan->single, error);
}

static gboolean
take(ApHost *host,
     const ApSnapshot *snapshot,
     const ApReservePlan *plan,
     gboolean for_good,
     GError **error)
{
    ApReservedList list = for_good ? AP_RESERVED_FOR_GOOD : AP_RESERVED_UNTIL_BOOT;
    g_autofree ApTaken *taken = ap_taken_read(host->root, error);
    gboolean done;

    if (!taken)
        return FALSE;
    if (ap_taken_is_nothing(&plan->taken))
        done = take_rows(host, taken, plan, list, error);
    else
        done = take_ids(host, snapshot, taken, plan, list, error);
    if (!done)
        ap_host_return_unneeded(host);
    return done;
}

static gboolean
take_and_tell(ApHost *host,
              const ApSnapshot *snapshot,
              const ApReservePlan *plan,
              const char *uuid,
              gboolean for_good,
              GError **error)
{
    g_autoptr(ApJournalState) before = ap_journal_look(host, uuid);
    g_autofree char *queues = ap_taken_list_rows(&plan->single);
    g_autoptr(GError) failure = NULL;
    gboolean done = take(host, snapshot, plan, for_good, &failure);

    ap_journal_change(host, &(ApJournalChange){ .action = AP_JOURNAL_RESERVE,
                                                .uuid = uuid,
                                                .before = before,
                                                .failure = failure,
                                                .ids = &plan->taken,
                                                .queues = queues,
                                                .collateral = plan->n_collateral > 0
                                                                  ? plan->collateral
                                                                  : NULL });
    if (failure)
        g_propagate_error(error, g_steal_pointer(&failure));
    return done;
}

/* What @wish amounts to; queues of other matrices are refused before anything leaves
 * the pool for nothing. */
static gboolean
read_matrix(ApSnapshot *snapshot,
            const char *uuid,
            const ApDevice *wish,
            ApMatrix *matrix,
            GError **error)
{
    g_autoptr(ApPlan) plan = ap_plan_new(uuid);
    ApMatrix pool = snapshot->pool;
    gboolean is_free;

    if (!ap_plan_read_wish(plan, snapshot, wish, error))
        return FALSE;
    snapshot->pool = (ApMatrix){ 0 };
    is_free = ap_plan_check_queues(snapshot, uuid, &plan->matrix, error);
    snapshot->pool = pool;
    *matrix = plan->matrix;
    return is_free;
}

/* Whether the next boot leaves the masks whole, as the kernel wants them for overrides:
 * those that come first would keep it from taking the masks. */
static gboolean
keeps_masks_whole(const ApRules *rules)
{
    return (!rules->has_adapters || apc_mask_weight(&rules->pool.adapters) == APC_IDS) &&
           (!rules->has_domains || apc_mask_weight(&rules->pool.domains) == APC_IDS);
}

/* What may be used for a reservation that lasts that long. */
static gboolean
read_ways(ApHost *host,
          const ApConfig *config,
          gboolean for_good,
          guint *ways,
          GError **error)
{
    ApRules rules;

    *ways = 0;
    if (config->methods & AP_METHOD_ADAPTERS)
        *ways |= AP_RESERVE_ADAPTERS;
    if (config->methods & AP_METHOD_DOMAINS)
        *ways |= AP_RESERVE_DOMAINS;
    if (config->methods & AP_METHOD_OVERRIDE)
        *ways |= AP_RESERVE_OVERRIDE;
    if (!for_good)
        return TRUE;
    if (!ap_rules_read(host->root, &rules, error))
        return FALSE;
    if (!keeps_masks_whole(&rules))
        *ways &= ~(guint)AP_RESERVE_OVERRIDE;
    return TRUE;
}

static gboolean
is_for_good(const ApDevice *wish, const ApConfig *config)
{
    return wish->reserve == AP_RESERVE_PERSISTENT ||
           (wish->reserve == AP_RESERVE_DEFAULT && config->persistent);
}

static ApReservePlan *
make_plan(ApHost *host,
          const ApSnapshot *snapshot,
          const ApConfig *config,
          const char *uuid,
          const ApMatrix *matrix,
          gboolean for_good,
          GError **error)
{
    ApReserveRules rules = {
        .refuse_collateral = config->collateral == AP_POLICY_REFUSE,
        .refuse_used = config->queues_in_use == AP_POLICY_REFUSE,
        .refuse_opened = config->open_nodes == AP_POLICY_REFUSE,
        .refuse_default_domain = config->default_domain == AP_POLICY_REFUSE,
    };
    g_autoptr(ApPoolUse) use = NULL;
    ApReservePlan *plan;
    ApMatrix common;

    /* Most matrices find their queues free, and nobody has to be looked for. */
    if (!ap_snapshot_find_pooled(snapshot, matrix, &common))
        return g_new0(ApReservePlan, 1);
    if (!read_ways(host, config, for_good, &rules.ways, error))
        return NULL;
    use = ap_pool_use_read(host->root, matrix, error);
    if (!use)
        return NULL;
    plan = ap_reserve_plan(snapshot, use, &rules, matrix, error);
    if (!plan)
        g_prefix_error(error, _("no reservation for matrix %s: "), uuid);
    return plan;
}

/* The snapshot is as the host is now. */
static void
leave_pool(ApSnapshot *snapshot, const ApReservePlan *plan)
{
    ap_taken_remove(&snapshot->pool, &plan->taken);
    for (guint adapter = 0; adapter < APC_IDS; adapter++)
        apc_mask_or(&snapshot->freed[adapter], &snapshot->freed[adapter],
                    &plan->single.of[adapter]);
}

/* What leaves, for a message; caller frees. */
static char *
describe_plan(const ApReservePlan *plan)
{
    return ap_rows_is_empty(&plan->single) ? ap_taken_describe(&plan->taken)
                                           : ap_taken_describe_rows(&plan->single);
}

gboolean
ap_host_reserve(ApHost *host,
                ApSnapshot *snapshot,
                const char *uuid,
                const ApDevice *wish,
                GError **error)
{
    g_autoptr(ApReservePlan) plan = NULL;
    g_autofree char *what = NULL;
    gboolean for_good;
    ApConfig config;
    ApMatrix matrix;

    if (wish->reserve == AP_RESERVE_NO)
        return TRUE;
    if (!ap_config_read(host->root, &config, error) ||
        !read_matrix(snapshot, uuid, wish, &matrix, error))
        return FALSE;
    for_good = is_for_good(wish, &config);
    plan = make_plan(host, snapshot, &config, uuid, &matrix, for_good, error);
    if (!plan || ap_reserve_plan_is_empty(plan))
        return plan != NULL;
    what = describe_plan(plan);
    warn_before(plan, &config, uuid, what);
    if (!take_and_tell(host, snapshot, plan, uuid, for_good, error))
        return FALSE;
    leave_pool(snapshot, plan);
    tell_after(plan, &config, uuid, what);
    return TRUE;
}

static void
foresee(const ApReservePlan *plan, const ApConfig *config, const char *uuid)
{
    g_autofree char *what = describe_plan(plan);

    if (plan->n_collateral > 0 && config->collateral == AP_POLICY_WARN)
        g_warning(_("when matrix %s starts, %s will leave the host pool, and queues with "
                    "them that were not asked for: %s"),
                  uuid, what, plan->collateral);
    else
        g_info("when matrix %s starts, %s will leave the host pool", uuid, what);
}

void
ap_host_foresee_reserve(ApHost *host, const char *uuid, const ApDevice *wish)
{
    g_autoptr(ApReservePlan) plan = NULL;
    g_autoptr(ApSnapshot) snapshot = NULL;
    g_autoptr(GError) error = NULL;
    ApConfig config;
    ApMatrix matrix;

    if (wish->reserve == AP_RESERVE_NO || !ap_config_read(host->root, &config, NULL))
        return;
    snapshot = ap_host_take_snapshot(host, NULL);
    /* What other matrices have is told when it is defined, or started. */
    if (!snapshot || !read_matrix(snapshot, uuid, wish, &matrix, NULL))
        return;
    plan = make_plan(host, snapshot, &config, uuid, &matrix, is_for_good(wish, &config),
                     &error);
    if (error)
        g_warning(_("matrix %s is defined, but could not be started now: %s"), uuid,
                  error->message);
    else if (plan && !ap_reserve_plan_is_empty(plan))
        foresee(plan, &config, uuid);
}
