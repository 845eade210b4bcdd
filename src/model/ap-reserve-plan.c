/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-reserve-plan.c: weighs the ways to take queues out of the host pool.
 */
#include "ap-reserve-plan.h"

#include "ap-apqn.h"
#include "ap-i18n.h"

/* Queues of the collateral that a message names. */
#define NAMED_MAX 4

void
ap_reserve_plan_free(ApReservePlan *plan)
{
    if (!plan)
        return;
    g_free(plan->collateral);
    g_free(plan->user);
    g_free(plan->opener);
    g_free(plan);
}

gboolean
ap_reserve_plan_is_empty(const ApReservePlan *plan)
{
    return apc_mask_empty(&plan->taken.adapters) &&
           apc_mask_empty(&plan->taken.domains) && ap_rows_is_empty(&plan->single);
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
              const ApRows *leaving,
              const ApPoolUse *use,
              const ApMatrix *matrix)
{
    GString *named = g_string_new(NULL);
    guint domain;

    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        apc_mask_for_each (domain, &leaving->of[adapter])
            count_queue(plan, named, has_queue(matrix, adapter, domain),
                        ap_rows_has(&use->present, adapter, domain), adapter, domain);
    }
    if (plan->n_collateral > NAMED_MAX)
        g_string_append_printf(named,
                               ngettext_(" and %u more", " and %u more",
                                         plan->n_collateral - NAMED_MAX),
                               plan->n_collateral - NAMED_MAX);
    plan->collateral = g_string_free(named, plan->n_collateral == 0);
}

/* The queues of the pool, whether there or not. */
static void
find_pool_rows(const ApSnapshot *snapshot, ApRows *rows)
{
    guint adapter;

    *rows = (ApRows){ 0 };
    apc_mask_for_each (adapter, &snapshot->pool.adapters)
        apc_mask_andnot(&rows->of[adapter], &snapshot->pool.domains,
                        &snapshot->freed[adapter]);
}

/* Whether a queue of the default domain is there and in @pool, but for @leaving. */
static gboolean
has_default_domain(const ApRows *pool, const ApRows *leaving, const ApPoolUse *use)
{
    if (use->default_domain < 0)
        return FALSE;
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        guint domain = (guint)use->default_domain;

        if (ap_rows_has(pool, adapter, domain) &&
            ap_rows_has(&use->present, adapter, domain) &&
            !(leaving && ap_rows_has(leaving, adapter, domain)))
            return TRUE;
    }
    return FALSE;
}

/* What leaves the pool by the masks. */
static void
find_masked(const ApRows *pool, const ApMatrix *taken, ApRows *leaving)
{
    *leaving = *pool;
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        if (!apc_mask_test(&taken->adapters, adapter))
            apc_mask_and(&leaving->of[adapter], &leaving->of[adapter], &taken->domains);
    }
}

/* What is asked for of the pool. */
static void
find_wanted(const ApRows *pool, const ApMatrix *matrix, ApRows *wanted)
{
    guint adapter;

    *wanted = (ApRows){ 0 };
    apc_mask_for_each (adapter, &matrix->adapters)
        apc_mask_and(&wanted->of[adapter], &pool->of[adapter], &matrix->domains);
}

/* A question: which way for @matrix? */
typedef struct {
    const ApSnapshot *snapshot;
    const ApPoolUse *use;
    const ApReserveRules *rules;
    const ApMatrix *matrix;
    ApMatrix common; /* with the masks */
    ApRows pool;
    ApRows wanted; /* of it */
} Question;

/* What it means to go that way. */
static ApReservePlan *
weigh(const Question *question, ApReserveWays way)
{
    ApReservePlan *plan = g_new0(ApReservePlan, 1);
    g_autofree ApRows *leaving = g_new0(ApRows, 1);

    if (way == AP_RESERVE_ADAPTERS)
        plan->taken.adapters = question->common.adapters;
    else if (way == AP_RESERVE_DOMAINS)
        plan->taken.domains = question->common.domains;
    else
        plan->single = question->wanted;
    if (way == AP_RESERVE_OVERRIDE)
        *leaving = question->wanted;
    else
        find_masked(&question->pool, &plan->taken, leaving);
    count_leaving(plan, leaving, question->use, question->matrix);
    plan->loses_default_domain =
        has_default_domain(&question->pool, NULL, question->use) &&
        !has_default_domain(&question->pool, leaving, question->use);
    plan->user = ap_pool_use_find_hurt(question->use, leaving);
    plan->opener = ap_pool_use_find_openers(question->use, leaving);
    return plan;
}

static gboolean
is_whole(const ApMatrix *pool)
{
    return apc_mask_weight(&pool->adapters) == APC_IDS &&
           apc_mask_weight(&pool->domains) == APC_IDS;
}

/* Whether all are there, and nobody has named another driver for one. */
static gboolean
can_be_overridden(const ApRows *rows, const ApPoolUse *use)
{
    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        if (!apc_mask_subset(&rows->of[adapter], &use->present.of[adapter]) ||
            apc_mask_intersects(&rows->of[adapter], &use->pinned.of[adapter]))
            return FALSE;
    }
    return TRUE;
}

/* What the kernel lets us do: it has either masks or overrides. */
static gboolean
is_possible(const Question *question, ApReserveWays way)
{
    const ApPoolUse *use = question->use;

    if (way != AP_RESERVE_OVERRIDE)
        return ap_rows_is_empty(&use->overridden);
    return use->can_override && is_whole(&question->snapshot->pool) &&
           can_be_overridden(&question->wanted, use);
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
                      "that, or see queues-in-use in ap.conf(5)"),
                    plan->user);
        return FALSE;
    }
    if (plan->opener && rules->refuse_opened) {
        g_set_error(error, AP_ERROR, AP_ERROR_HOST_POOL,
                    _("the host may use queues that would have to leave its pool: %s; "
                      "end that, or see open-nodes in ap.conf(5)"),
                    plan->opener);
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
choose(const Question *question, gboolean allowed_only)
{
    static const ApReserveWays ways[] = { AP_RESERVE_ADAPTERS, AP_RESERVE_DOMAINS,
                                          AP_RESERVE_OVERRIDE };
    ApReservePlan *best = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        ApReservePlan *plan;

        if (!(question->rules->ways & ways[i]) || !is_possible(question, ways[i]))
            continue;
        plan = weigh(question, ways[i]);
        if (allowed_only && !check_rules(plan, question->use, question->rules, NULL))
            g_clear_pointer(&plan, ap_reserve_plan_free);
        if (plan)
            keep_better(&best, plan);
    }
    return best;
}

static void
set_no_way_error(const Question *question, GError **error)
{
    if (ap_rows_is_empty(&question->use->overridden))
        g_set_error_literal(error, AP_ERROR, AP_ERROR_HOST_POOL,
                            _("there is no way to take its queues out of the host pool: "
                              "see methods in ap.conf(5)"));
    else
        g_set_error_literal(
            error, AP_ERROR, AP_ERROR_HOST_POOL,
            _("there is no way to take its queues out of the host pool: other queues "
              "have a driver_override, so that the kernel takes no masks, and these "
              "cannot have one: some are not there or have one of somebody else, or "
              "methods in ap.conf(5) leaves it out"));
}

ApReservePlan *
ap_reserve_plan(const ApSnapshot *snapshot,
                const ApPoolUse *use,
                const ApReserveRules *rules,
                const ApMatrix *matrix,
                GError **error)
{
    g_autofree Question *question = g_new0(Question, 1);
    g_autoptr(ApReservePlan) plan = NULL;

    question->snapshot = snapshot;
    question->use = use;
    question->rules = rules;
    question->matrix = matrix;
    find_pool_rows(snapshot, &question->pool);
    find_wanted(&question->pool, matrix, &question->wanted);
    if (!ap_matrix_overlap(matrix, &snapshot->pool, &question->common) ||
        ap_rows_is_empty(&question->wanted))
        return g_new0(ApReservePlan, 1);
    plan = choose(question, TRUE);
    if (plan)
        return g_steal_pointer(&plan);
    plan = choose(question, FALSE);
    if (plan)
        check_rules(plan, use, rules, error);
    else
        set_no_way_error(question, error);
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

/* Whether any of the matrices has a queue of the adapter, or the domain, @id. */
static gboolean
is_id_needed(gboolean is_domain, guint id, const ApMatrix *needs, gsize n_needs)
{
    ApMatrix all;

    apc_mask_fill(&all.adapters);
    apc_mask_fill(&all.domains);
    all = coming_with(&all, is_domain, id);
    return is_needed(&all, needs, n_needs);
}

/* What comes back of one of the masks, the adapters or the domains of @taken. */
static void
return_ids(ApMatrix *trial,
           const ApMatrix *taken,
           gboolean is_domain,
           const ApMatrix *needs,
           gsize n_needs,
           gboolean by_id)
{
    const struct apc_mask *ids = is_domain ? &taken->domains : &taken->adapters;
    struct apc_mask *mask = is_domain ? &trial->domains : &trial->adapters;
    guint id;

    apc_mask_for_each (id, ids) {
        ApMatrix coming = coming_with(trial, is_domain, id);

        if (!is_needed(&coming, needs, n_needs) &&
            !(by_id && is_id_needed(is_domain, id, needs, n_needs)))
            apc_mask_set(mask, id);
    }
}

void
ap_reserve_plan_return(const ApMatrix *pool,
                       const ApMatrix *taken,
                       const ApMatrix *needs,
                       gsize n_needs,
                       gboolean by_id,
                       ApMatrix *back)
{
    ApMatrix trial = *pool;

    return_ids(&trial, taken, FALSE, needs, n_needs, by_id);
    return_ids(&trial, taken, TRUE, needs, n_needs, by_id);
    *back = (ApMatrix){ 0 };
    apc_mask_andnot(&back->adapters, &trial.adapters, &pool->adapters);
    apc_mask_andnot(&back->domains, &trial.domains, &pool->domains);
}

void
ap_reserve_plan_unneeded(ApRows *rows, const ApMatrix *needs, gsize n_needs)
{
    for (gsize i = 0; i < n_needs; i++) {
        guint adapter;

        apc_mask_for_each (adapter, &needs[i].adapters)
            apc_mask_andnot(&rows->of[adapter], &rows->of[adapter], &needs[i].domains);
    }
}
