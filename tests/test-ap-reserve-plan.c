/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-reserve-plan.c: queues leave the host pool and come back, by example and
 * against a reference that looks at each queue.
 */
#include <string.h>

#include "ap-reserve-plan.h"

#define IDS    8 /* so that random matrices meet */
#define ROUNDS 300

static ApMatrix
make_matrix(const char *adapters, const char *domains)
{
    ApMatrix matrix = { 0 };

    g_assert_cmpint(apc_mask_modify(&matrix.adapters, adapters, strlen(adapters)), ==, 0);
    g_assert_cmpint(apc_mask_modify(&matrix.domains, domains, strlen(domains)), ==, 0);
    return matrix;
}

/* Everything in the pool; cards 5, 6 and 7 with the domains 4, 71, 171 and 255. */
static ApSnapshot *
make_host(void)
{
    ApSnapshot *host = ap_snapshot_new();

    host->pool = make_matrix("+0-255", "+0-255");
    return host;
}

static ApPoolUse *
make_use(void)
{
    ApPoolUse *use = ap_pool_use_new();
    ApMatrix cards = make_matrix("", "+4,+71,+171,+255");

    for (guint adapter = 5; adapter <= 7; adapter++) {
        use->present.of[adapter] = use->usable.of[adapter] = cards.domains;
        use->modes[adapter] = adapter == 5 ? AP_MODE_CCA : AP_MODE_ACCELERATOR;
    }
    return use;
}

static const ApReserveRules all_allowed = { .ways = AP_RESERVE_ADAPTERS |
                                                    AP_RESERVE_DOMAINS |
                                                    AP_RESERVE_OVERRIDE };

static ApReservePlan *
plan_ok(const ApSnapshot *host,
        const ApPoolUse *use,
        const ApReserveRules *rules,
        ApMatrix matrix)
{
    g_autoptr(GError) error = NULL;
    ApReservePlan *plan = ap_reserve_plan(host, use, rules, &matrix, &error);

    g_assert_no_error(error);
    return plan;
}

static void
assert_taken(const ApReservePlan *plan, const char *adapters, const char *domains)
{
    ApMatrix expected = make_matrix(adapters, domains);

    g_assert_true(ap_matrix_equal(&plan->taken, &expected));
}

static void
test_least_collateral(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    g_autoptr(ApReservePlan) cards =
        plan_ok(host, use, &all_allowed, make_matrix("+5", "+4,+71,+171"));
    g_autoptr(ApReservePlan) domain =
        plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+71"));
    g_autoptr(ApReservePlan) none = NULL;

    assert_taken(cards, "+5", "");
    g_assert_cmpuint(cards->n_wanted, ==, 3);
    g_assert_cmpuint(cards->n_collateral, ==, 1);
    g_assert_cmpstr(cards->collateral, ==, "05.00ff");
    assert_taken(domain, "", "+71");
    g_assert_cmpuint(domain->n_collateral, ==, 1);
    g_assert_cmpstr(domain->collateral, ==, "07.0047");
    host->pool = make_matrix("+0-4", "+0-255");
    none = plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+71"));
    assert_taken(none, "", "");
    g_assert_null(none->collateral);
}

/* Part of the matrix is free already: that part takes nothing along. */
static void
test_partly_free(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    g_autoptr(ApReservePlan) plan = NULL;

    host->pool = make_matrix("+0-4,+7-255", "+0-255");
    plan = plan_ok(host, use, &all_allowed, make_matrix("+5-7", "+4,+71,+171,+255"));
    assert_taken(plan, "+7", "");
    g_assert_cmpuint(plan->n_collateral, ==, 0);
}

static void
test_ways(void)
{
    static const ApReserveRules domains = { .ways = AP_RESERVE_DOMAINS };
    static const ApReserveRules nothing = { 0 };
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    g_autoptr(GError) error = NULL;
    ApMatrix matrix = make_matrix("+5", "+4,+71,+171,+255");
    g_autoptr(ApReservePlan) plan = plan_ok(host, use, &domains, matrix);

    assert_taken(plan, "", "+4,+71,+171,+255");
    g_assert_cmpuint(plan->n_collateral, ==, 8);
    g_assert_cmpstr(plan->collateral, ==,
                    "06.0004, 06.0047, 06.00ab, 06.00ff and 4 more");
    g_assert_null(ap_reserve_plan(host, use, &nothing, &matrix, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_HOST_POOL);
}

static void
assert_refused(const ApSnapshot *host,
               const ApPoolUse *use,
               ApReserveRules rules,
               ApMatrix matrix,
               const char *words)
{
    g_autoptr(GError) error = NULL;

    rules.ways = AP_RESERVE_ADAPTERS | AP_RESERVE_DOMAINS;
    g_assert_null(ap_reserve_plan(host, use, &rules, &matrix, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_HOST_POOL);
    if (!strstr(error->message, words))
        g_error("'%s' is not in '%s'", words, error->message);
}

static void
test_refused(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    ApReserveRules no_collateral = { .refuse_collateral = TRUE };
    ApReserveRules no_used = { .refuse_used = TRUE };
    ApReserveRules no_opened = { .refuse_opened = TRUE };
    ApReserveRules no_default = { .refuse_default_domain = TRUE };
    ApMatrix all = make_matrix("+0-255", "+0-255");

    assert_refused(host, use, no_collateral, make_matrix("+5", "+4,+71,+171"),
                   "would leave the host pool, too: 05.00ff; see collateral");
    use->default_domain = 4;
    assert_refused(host, use, no_default, make_matrix("+5-7", "+4"),
                   "would lose all queues of its default domain 4 (0x04)");
    ap_pool_use_add(use, &all, g_strdup("process 7 (httpd) has /dev/z90crypt open"));
    assert_refused(host, use, no_opened, make_matrix("+5", "+4"),
                   "process 7 (httpd) has /dev/z90crypt open; end that");
    use->used.of[5] = use->present.of[5];
    assert_refused(host, use, no_used, make_matrix("+5", "+4,+71,+171,+255"),
                   "process 7 (httpd) has /dev/z90crypt open, and no other queue would "
                   "take the place of 05.0004 (CCA coprocessor); end that");
}

/* The better way is forbidden, the other one is not. */
static void
test_second_best(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    ApReserveRules rules = all_allowed;
    g_autoptr(ApReservePlan) plan = NULL;

    rules.refuse_default_domain = TRUE;
    use->default_domain = 4;
    plan = plan_ok(host, use, &rules, make_matrix("+5-6", "+4"));
    assert_taken(plan, "+5-6", "");
    g_assert_cmpuint(plan->n_collateral, ==, 6);
}

/* Somebody who cannot reach the queues does not hinder. */
static void
test_user_elsewhere(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    ApReserveRules rules = all_allowed;
    ApMatrix other = make_matrix("+7", "+71");
    g_autoptr(ApReservePlan) plan = NULL;

    rules.refuse_opened = rules.refuse_used = TRUE;
    ap_pool_use_add(use, &other, g_strdup("process 7"));
    plan = plan_ok(host, use, &rules, make_matrix("+5-6", "+71"));
    assert_taken(plan, "+5-6", "");
}

/* Nothing goes along, if the kernel has it. */
static void
test_override(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    g_autoptr(ApReservePlan) without = NULL;
    g_autoptr(ApReservePlan) with = NULL;
    g_autoptr(ApReservePlan) rest = NULL;

    without = plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+4,+71"));
    assert_taken(without, "", "+4,+71");
    use->can_override = TRUE;
    with = plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+4,+71"));
    assert_taken(with, "", "");
    g_assert_false(ap_reserve_plan_is_empty(with));
    g_assert_cmpuint(with->n_collateral, ==, 0);
    g_assert_cmpuint(with->n_wanted, ==, 4);
    g_assert_true(ap_rows_has(&with->single, 6, 71));
    /* What has one already is not wanted again. */
    host->freed[5] = with->single.of[5];
    use->overridden.of[5] = with->single.of[5];
    rest = plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+4,+71"));
    g_assert_true(apc_mask_empty(&rest->single.of[5]));
    g_assert_cmpuint(rest->n_wanted, ==, 2);
}

static void
assert_no_way(const ApSnapshot *host, const ApPoolUse *use, ApMatrix matrix)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_reserve_plan(host, use, &all_allowed, &matrix, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_HOST_POOL);
    g_assert_nonnull(strstr(error->message, "driver_override"));
}

/* The kernel has either masks or overrides. */
static void
test_override_excluded(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApPoolUse) use = make_use();
    g_autoptr(ApReservePlan) masked = NULL;
    g_autoptr(ApReservePlan) absent = NULL;

    use->can_override = TRUE;
    absent = plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+71-72"));
    assert_taken(absent, "", "+71-72");
    host->pool = make_matrix("+0-199,+201-255", "+0-255");
    masked = plan_ok(host, use, &all_allowed, make_matrix("+5-6", "+71"));
    assert_taken(masked, "", "+71");
    host->pool = make_matrix("+0-255", "+0-255");
    apc_mask_set(&use->overridden.of[7], 4);
    assert_no_way(host, use, make_matrix("+5-6", "+71-72"));
    apc_mask_set(&use->overridden.of[6], 71);
    apc_mask_set(&use->pinned.of[6], 71);
    assert_no_way(host, use, make_matrix("+5-6", "+71"));
}

/* Kernels with overrides return no id that a matrix has any queue of. */
static void
test_returned_by_id(void)
{
    ApMatrix pool = make_matrix("+0-4,+6-255", "+0-3,+5-255");
    ApMatrix taken = make_matrix("+5", "+4");
    ApMatrix needs[] = { make_matrix("+5", "+4") };
    ApMatrix back, expected = make_matrix("+5", "");

    ap_reserve_plan_return(&pool, &taken, needs, 1, FALSE, &back);
    g_assert_true(ap_matrix_equal(&back, &expected));
    ap_reserve_plan_return(&pool, &taken, needs, 1, TRUE, &back);
    expected = make_matrix("", "");
    g_assert_true(ap_matrix_equal(&back, &expected));
}

static void
test_unneeded_rows(void)
{
    ApMatrix needs[] = { make_matrix("+5", "+4"), make_matrix("+6-7", "+71") };
    g_autofree ApRows *rows = g_new0(ApRows, 1);

    rows->of[5] = rows->of[6] = make_matrix("", "+4,+71").domains;
    ap_reserve_plan_unneeded(rows, needs, G_N_ELEMENTS(needs));
    g_assert_false(ap_rows_has(rows, 5, 4));
    g_assert_true(ap_rows_has(rows, 5, 71));
    g_assert_true(ap_rows_has(rows, 6, 4));
    g_assert_false(ap_rows_has(rows, 6, 71));
}

static struct apc_mask
random_mask(void)
{
    struct apc_mask mask = { 0 };

    for (gint i = g_test_rand_int_range(0, IDS); i > 0; i--)
        apc_mask_set(&mask, (guint)g_test_rand_int_range(0, IDS));
    return mask;
}

static ApMatrix
random_matrix(void)
{
    return (ApMatrix){ random_mask(), random_mask(), { { 0 } } };
}

/* Queues that are there, in @before and not in @after, and not in @matrix. */
static guint
count_collateral(const ApMatrix *before,
                 const ApMatrix *after,
                 const ApMatrix *matrix,
                 const ApPoolUse *use)
{
    guint n = 0;

    for (guint a = 0; a < IDS; a++) {
        for (guint d = 0; d < IDS; d++) {
            gboolean was =
                apc_mask_test(&before->adapters, a) && apc_mask_test(&before->domains, d);
            gboolean is =
                apc_mask_test(&after->adapters, a) && apc_mask_test(&after->domains, d);
            gboolean wanted =
                apc_mask_test(&matrix->adapters, a) && apc_mask_test(&matrix->domains, d);

            n += was && !is && !wanted && apc_mask_test(&use->present.of[a], d);
        }
    }
    return n;
}

static ApMatrix
subtract(const ApMatrix *pool, const ApMatrix *taken)
{
    ApMatrix rest = *pool;

    apc_mask_andnot(&rest.adapters, &rest.adapters, &taken->adapters);
    apc_mask_andnot(&rest.domains, &rest.domains, &taken->domains);
    return rest;
}

/* Whatever is asked for is free afterwards, at the lesser price of the two. */
static void
test_random_taken(void)
{
    guint n_taken = 0;

    for (guint round = 0; round < ROUNDS; round++) {
        g_autoptr(ApSnapshot) host = make_host();
        g_autoptr(ApPoolUse) use = ap_pool_use_new();
        g_autoptr(ApReservePlan) plan = NULL;
        ApMatrix matrix = random_matrix();
        ApMatrix rest, common, other;

        host->pool = random_matrix();
        for (guint adapter = 0; adapter < IDS; adapter++)
            use->present.of[adapter] = random_mask();
        plan = plan_ok(host, use, &all_allowed, matrix);
        rest = subtract(&host->pool, &plan->taken);
        g_assert_false(ap_matrix_overlap(&matrix, &rest, &common));
        g_assert_cmpuint(plan->n_collateral, ==,
                         count_collateral(&host->pool, &rest, &matrix, use));
        if (!ap_matrix_overlap(&matrix, &host->pool, &common))
            continue;
        n_taken++;
        other = host->pool;
        apc_mask_andnot(&other.adapters, &other.adapters, &common.adapters);
        g_assert_cmpuint(plan->n_collateral, <=,
                         count_collateral(&host->pool, &other, &matrix, use));
        other = host->pool;
        apc_mask_andnot(&other.domains, &other.domains, &common.domains);
        g_assert_cmpuint(plan->n_collateral, <=,
                         count_collateral(&host->pool, &other, &matrix, use));
    }
    g_assert_cmpuint(n_taken, >, ROUNDS / 10);
}

/* What comes back takes no queue from those who still need it, and all comes back once
 * nobody needs any. */
static void
test_random_returned(void)
{
    guint n_kept = 0;

    for (guint round = 0; round < ROUNDS; round++) {
        ApMatrix pool = random_matrix();
        ApMatrix taken = random_matrix();
        ApMatrix needs[3];
        ApMatrix back, whole, left;

        pool = subtract(&pool, &taken);
        for (gsize i = 0; i < G_N_ELEMENTS(needs); i++)
            needs[i] = random_matrix();
        ap_reserve_plan_return(&pool, &taken, needs, G_N_ELEMENTS(needs), FALSE, &back);
        whole = pool;
        apc_mask_or(&whole.adapters, &whole.adapters, &back.adapters);
        apc_mask_or(&whole.domains, &whole.domains, &back.domains);
        for (gsize i = 0; i < G_N_ELEMENTS(needs); i++) {
            ApMatrix before, after;

            ap_matrix_overlap(&pool, &needs[i], &before);
            ap_matrix_overlap(&whole, &needs[i], &after);
            g_assert_cmpuint(ap_matrix_n_queues(&before), ==, ap_matrix_n_queues(&after));
        }
        left = subtract(&taken, &back);
        n_kept += !apc_mask_empty(&left.adapters) || !apc_mask_empty(&left.domains);
        ap_reserve_plan_return(&pool, &taken, NULL, 0, FALSE, &back);
        g_assert_true(ap_matrix_equal(&back, &taken));
    }
    g_assert_cmpuint(n_kept, >, ROUNDS / 10);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-reserve-plan/least_collateral_chosen", test_least_collateral);
    g_test_add_func("/ap-reserve-plan/partly_free_less_taken", test_partly_free);
    g_test_add_func("/ap-reserve-plan/only_allowed_ways", test_ways);
    g_test_add_func("/ap-reserve-plan/forbidden_refused", test_refused);
    g_test_add_func("/ap-reserve-plan/second_best_if_allowed", test_second_best);
    g_test_add_func("/ap-reserve-plan/user_elsewhere_no_matter", test_user_elsewhere);
    g_test_add_func("/ap-reserve-plan/override_takes_none_along", test_override);
    g_test_add_func("/ap-reserve-plan/override_excludes_masks", test_override_excluded);
    g_test_add_func("/ap-reserve-plan/returned_by_id_if_kernel_does",
                    test_returned_by_id);
    g_test_add_func("/ap-reserve-plan/unneeded_rows_remain", test_unneeded_rows);
    g_test_add_func("/ap-reserve-plan/random_taken_free", test_random_taken);
    g_test_add_func("/ap-reserve-plan/random_returned_harmless", test_random_returned);
    return g_test_run();
}
