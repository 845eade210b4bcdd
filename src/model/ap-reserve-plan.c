/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-reserve-plan.c: weighs the two ways to take queues out of the host pool.
 */
#include "ap-reserve-plan.h"

#include "ap-apqn.h"
#include "ap-i18n.h"

/* Queues of the collateral that a message names. */
#define NAMED_MAX 4

static void
user_free(gpointer data)
{
    ApPoolUser *user = data;

    g_free(user->who);
    g_free(user);
}

ApPoolUse *
ap_pool_use_new(void)
{
    ApPoolUse *use = g_new0(ApPoolUse, 1);

    use->default_domain = -1;
    use->users = g_ptr_array_new_with_free_func(user_free);
    return use;
}

void
ap_pool_use_free(ApPoolUse *use)
{
    if (!use)
        return;
    g_ptr_array_unref(use->users);
    g_free(use);
}

void
ap_pool_use_add(ApPoolUse *use, const ApMatrix *queues, char *who)
{
    ApPoolUser *user = g_new0(ApPoolUser, 1);

    user->queues = *queues;
    user->who = who;
    g_ptr_array_add(use->users, user);
}

void
ap_reserve_plan_free(ApReservePlan *plan)
{
    if (!plan)
        return;
    g_free(plan->collateral);
    g_free(plan->user);
    g_free(plan);
}

static gboolean
has_queue(const ApMatrix *matrix, guint adapter, guint domain)
{
    return apc_mask_test(&matrix->adapters, adapter) &&
           apc_mask_test(&matrix->domains, domain);
}

/* Takes note of a queue that leaves without being asked for. */
static void
add_collateral(ApReservePlan *plan, GString *named, guint adapter, guint domain)
{
    char queue[AP_APQN_SIZE];

    if (plan->n_collateral++ >= NAMED_MAX)
        return;
    ap_apqn_format(adapter, domain, queue);
    g_string_append_printf(named, "%s%s", named->len ? ", " : "", queue);
}

static void
count_queue(ApReservePlan *plan,
            GString *named,
            gboolean is_wanted,
            gboolean is_present,
            guint adapter,
            guint domain)
{
    if (is_wanted)
        plan->n_wanted++;
    else if (is_present)
        add_collateral(plan, named, adapter, domain);
    else
        plan->n_absent++;
}

/* Counts what leaves together with the matrix. */
static void
count_leaving(ApReservePlan *plan,
              const ApMatrix *leaving,
              const ApPoolUse *use,
              const ApMatrix *matrix)
{
    GString *named = g_string_new(NULL);
    guint adapter, domain;

    apc_mask_for_each (adapter, &leaving->adapters) {
        apc_mask_for_each (domain, &leaving->domains)
            count_queue(plan, named, has_queue(matrix, adapter, domain),
                        apc_mask_test(&use->present[adapter], domain), adapter, domain);
    }
    if (plan->n_collateral > NAMED_MAX)
        g_string_append_printf(named,
                               ngettext_(" and %u more", " and %u more",
                                         plan->n_collateral - NAMED_MAX),
                               plan->n_collateral - NAMED_MAX);
    plan->collateral = g_string_free(named, plan->n_collateral == 0);
}

/* Whether a queue of the default domain is there and in @pool. */
static gboolean
has_default_domain(const ApMatrix *pool, const ApPoolUse *use)
{
    guint adapter;

    if (use->default_domain < 0 ||
        !apc_mask_test(&pool->domains, (guint)use->default_domain))
        return FALSE;
    apc_mask_for_each (adapter, &pool->adapters) {
        if (apc_mask_test(&use->present[adapter], (guint)use->default_domain))
            return TRUE;
    }
    return FALSE;
}

/* Whether one of the queues is there that are both @leaving and behind @user. */
static gboolean
is_hit(const ApPoolUser *user, const ApMatrix *leaving, const ApPoolUse *use)
{
    struct apc_mask domains;
    guint adapter;

    apc_mask_and(&domains, &user->queues.domains, &leaving->domains);
    apc_mask_for_each (adapter, &leaving->adapters) {
        if (apc_mask_test(&user->queues.adapters, adapter) &&
            apc_mask_intersects(&use->present[adapter], &domains))
            return TRUE;
    }
    return FALSE;
}

static char *
find_user(const ApMatrix *leaving, const ApPoolUse *use)
{
    for (guint i = 0; i < use->users->len; i++) {
        const ApPoolUser *user = use->users->pdata[i];

        if (is_hit(user, leaving, use))
            return g_strdup(user->who);
    }
    return NULL;
}

/* What it means that the adapters of @common leave, or its domains. */
static ApReservePlan *
weigh(const ApSnapshot *snapshot,
      const ApPoolUse *use,
      const ApMatrix *matrix,
      const ApMatrix *common,
      ApReserveWays way)
{
    ApReservePlan *plan = g_new0(ApReservePlan, 1);
    ApMatrix leaving = snapshot->pool;
    ApMatrix rest = snapshot->pool;

    if (way == AP_RESERVE_ADAPTERS)
        plan->taken.adapters = leaving.adapters = common->adapters;
    else
        plan->taken.domains = leaving.domains = common->domains;
    apc_mask_andnot(&rest.adapters, &rest.adapters, &plan->taken.adapters);
    apc_mask_andnot(&rest.domains, &rest.domains, &plan->taken.domains);
    count_leaving(plan, &leaving, use, matrix);
    plan->loses_default_domain =
        has_default_domain(&snapshot->pool, use) && !has_default_domain(&rest, use);
    plan->user = find_user(&leaving, use);
    return plan;
}

/* Says why @plan cannot be, if it cannot. */
static gboolean
check_rules(const ApReservePlan *plan,
            const ApPoolUse *use,
            const ApReserveRules *rules,
            GError **error)
{
    if (plan->user && rules->refuse_used) {
        g_set_error(error, AP_ERROR, AP_ERROR_HOST_POOL,
                    _("the host uses queues that would have to leave its pool: %s; end "
                      "that program, or see queues-in-use in ap.conf(5)"),
                    plan->user);
        return FALSE;
    }
    if (plan->loses_default_domain && rules->refuse_default_domain) {
        g_set_error(error, AP_ERROR, AP_ERROR_HOST_POOL,
                    _("the host would lose all queues of its default domain %d (0x%02x): "
                      "choose another with /sys/bus/ap/ap_domain, or see default-domain "
                      "in ap.conf(5)"),
                    use->default_domain, (guint)use->default_domain);
        return FALSE;
    }
    if (plan->n_collateral > 0 && rules->refuse_collateral) {
        g_set_error(error, AP_ERROR, AP_ERROR_HOST_POOL,
                    _("queues that were not asked for would leave the host pool, too: "
                      "%s; see collateral in ap.conf(5)"),
                    plan->collateral);
        return FALSE;
    }
    return TRUE;
}

static gboolean
is_better(const ApReservePlan *a, const ApReservePlan *b)
{
    if (a->n_collateral != b->n_collateral)
        return a->n_collateral < b->n_collateral;
    return a->n_absent < b->n_absent;
}

/* Puts the better one of @best and @other, which may be NULL, into @best. */
static void
keep_better(ApReservePlan **best, ApReservePlan *other)
{
    if (*best && other && is_better(other, *best)) {
        ApReservePlan *worse = *best;

        *best = other;
        other = worse;
    } else if (!*best) {
        *best = g_steal_pointer(&other);
    }
    ap_reserve_plan_free(other);
}

static ApReservePlan *
choose(const ApSnapshot *snapshot,
       const ApPoolUse *use,
       const ApReserveRules *rules,
       const ApMatrix *matrix,
       const ApMatrix *common,
       gboolean allowed_only)
{
    static const ApReserveWays ways[] = { AP_RESERVE_ADAPTERS, AP_RESERVE_DOMAINS };
    ApReservePlan *best = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        ApReservePlan *plan;

        if (!(rules->ways & ways[i]))
            continue;
        plan = weigh(snapshot, use, matrix, common, ways[i]);
        if (allowed_only && !check_rules(plan, use, rules, NULL))
            g_clear_pointer(&plan, ap_reserve_plan_free);
        if (plan)
            keep_better(&best, plan);
    }
    return best;
}

ApReservePlan *
ap_reserve_plan(const ApSnapshot *snapshot,
                const ApPoolUse *use,
                const ApReserveRules *rules,
                const ApMatrix *matrix,
                GError **error)
{
    g_autoptr(ApReservePlan) plan = NULL;
    ApMatrix common;

    if (!ap_matrix_overlap(matrix, &snapshot->pool, &common))
        return g_new0(ApReservePlan, 1);
    plan = choose(snapshot, use, rules, matrix, &common, TRUE);
    if (plan)
        return g_steal_pointer(&plan);
    plan = choose(snapshot, use, rules, matrix, &common, FALSE);
    if (plan)
        check_rules(plan, use, rules, error);
    else
        g_set_error_literal(error, AP_ERROR, AP_ERROR_HOST_POOL,
                            _("there is no way to take its queues out of the host pool: "
                              "see methods in ap.conf(5)"));
    return NULL;
}

static gboolean
is_needed(const ApMatrix *queues, const ApMatrix *needs, gsize n_needs)
{
    ApMatrix common;

    for (gsize i = 0; i < n_needs; i++) {
        if (ap_matrix_overlap(queues, &needs[i], &common))
            return TRUE;
    }
    return FALSE;
}

/* The queues that come into @pool with the adapter, or the domain, @id. */
static ApMatrix
coming_with(const ApMatrix *pool, gboolean is_domain, guint id)
{
    ApMatrix coming = *pool;
    struct apc_mask *mask = is_domain ? &coming.domains : &coming.adapters;

    apc_mask_zero(mask);
    apc_mask_set(mask, id);
    return coming;
}

void
ap_reserve_plan_return(const ApMatrix *pool,
                       const ApMatrix *taken,
                       const ApMatrix *needs,
                       gsize n_needs,
                       ApMatrix *back)
{
    ApMatrix trial = *pool;
    guint id;

    *back = (ApMatrix){ 0 };
    apc_mask_for_each (id, &taken->adapters) {
        ApMatrix coming = coming_with(&trial, FALSE, id);

        if (apc_mask_test(&trial.adapters, id) || is_needed(&coming, needs, n_needs))
            continue;
        apc_mask_set(&trial.adapters, id);
        apc_mask_set(&back->adapters, id);
    }
    apc_mask_for_each (id, &taken->domains) {
        ApMatrix coming = coming_with(&trial, TRUE, id);

        if (apc_mask_test(&trial.domains, id) || is_needed(&coming, needs, n_needs))
            continue;
        apc_mask_set(&trial.domains, id);
        apc_mask_set(&back->domains, id);
    }
}
