/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-plan-update.c: the way from one matrix to another, by example and against
 * a reference that looks at each queue.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-plan-update.h"

#define A "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B "62177883-f1bb-47f0-914d-32a22e3a8805"

#define ROUNDS 300
#define IDS    9 /* so that random matrices meet */

static ApMatrix
make_matrix(const char *adapters, const char *domains, const char *control_domains)
{
    ApMatrix matrix = { 0 };

    g_assert_cmpint(apc_mask_modify(&matrix.adapters, adapters, strlen(adapters)), ==, 0);
    g_assert_cmpint(apc_mask_modify(&matrix.domains, domains, strlen(domains)), ==, 0);
    g_assert_cmpint(apc_mask_modify(&matrix.control_domains, control_domains,
                                    strlen(control_domains)),
                    ==, 0);
    return matrix;
}

static ApSnapshot *
make_host(gboolean has_config)
{
    ApSnapshot *host = ap_snapshot_new();
    ApMatrix matrix = make_matrix("+5,+6", "+4,+171", "+4");

    host->has_parent = TRUE;
    host->has_config = has_config;
    host->limits.max_adapter = 255;
    host->limits.max_domain = 255;
    ap_snapshot_add_matrix(host, A, &matrix);
    return host;
}

static ApDevice *
make_wish(const ApMatrix *matrix)
{
    ApDevice *wish = ap_device_new(AP_DEVICE_MATRIX);

    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    ap_matrix_add_attrs(matrix, wish);
    return wish;
}

static char *
print_steps(const ApPlan *plan)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < plan->steps->len; i++) {
        const ApStep *step = plan->steps->pdata[i];

        g_assert_cmpint(step->place, ==, AP_STEP_MATRIX);
        g_string_append_printf(text, "%s%s=%s", i ? " " : "", step->file, step->value);
    }
    return g_string_free(text, FALSE);
}

static ApPlan *
plan_update(const ApSnapshot *host, const ApMatrix *matrix, GError **error)
{
    g_autoptr(ApDevice) wish = make_wish(matrix);

    return ap_plan_update(host, A, wish, error);
}

static void
assert_steps(const ApSnapshot *host, ApMatrix matrix, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApPlan) plan = plan_update(host, &matrix, &error);
    g_autofree char *steps = NULL;

    g_assert_no_error(error);
    steps = print_steps(plan);
    g_assert_cmpstr(steps, ==, expected);
    g_assert_true(ap_matrix_equal(&plan->matrix, &matrix));
}

static void
test_steps(void)
{
    g_autoptr(ApSnapshot) host = make_host(FALSE);

    assert_steps(host, make_matrix("+5,+6", "+4,+171", "+4"), "");
    assert_steps(host, make_matrix("+6,+7", "+171,+255", "+255"),
                 "unassign_control_domain=4 unassign_domain=4 unassign_adapter=5 "
                 "assign_adapter=7 assign_domain=255 assign_control_domain=255");
    assert_steps(host, make_matrix("", "", ""),
                 "unassign_control_domain=4 unassign_domain=4 unassign_domain=171 "
                 "unassign_adapter=5 unassign_adapter=6");
    assert_steps(host, make_matrix("+5,+6", "+4,+171", "+4-6"),
                 "assign_control_domain=5 assign_control_domain=6");
}

#define ZEROS16 "0000000000000000"
#define ZEROS48 ZEROS16 ZEROS16 ZEROS16

static void
test_one_write(void)
{
    g_autoptr(ApSnapshot) host = make_host(TRUE);

    assert_steps(host, make_matrix("+5,+6", "+4,+171", "+4"), "");
    assert_steps(host, make_matrix("+6", "+4", ""),
                 "ap_config=0x0200000000000000" ZEROS48 ",0x0800000000000000" ZEROS48
                 ",0x" ZEROS16 ZEROS48);
}

static void
assert_refused(const ApSnapshot *host, ApMatrix matrix, ApError code, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApPlan) plan = plan_update(host, &matrix, &error);

    g_assert_null(plan);
    g_assert_error(error, AP_ERROR, (gint)code);
    g_assert_nonnull(strstr(error->message, words));
}

static void
test_refused(void)
{
    g_autoptr(ApSnapshot) host = make_host(TRUE);
    g_autoptr(ApSnapshot) other = ap_snapshot_new();
    ApMatrix matrix = make_matrix("+7", "+4", "");

    ap_snapshot_add_matrix(host, B, &matrix);
    host->pool = make_matrix("+0-255", "+9", "");
    assert_refused(host, make_matrix("+5-7", "+4", ""), AP_ERROR_CONFLICT,
                   "queue 07.0004 is assigned to matrix " B);
    assert_refused(host, make_matrix("+5", "+4,+9", ""), AP_ERROR_HOST_POOL,
                   "queue 05.0009 belongs to the host pool");
    host->limits.max_domain = 84;
    assert_refused(host, make_matrix("+5", "+85", ""), AP_ERROR_UNSUPPORTED,
                   "the highest domain of this host is 84");
    other->has_parent = TRUE;
    other->limits = host->limits;
    assert_refused(other, make_matrix("", "", ""), AP_ERROR_NOT_ACTIVE,
                   "matrix " A " is not active");
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
    return (ApMatrix){ random_mask(), random_mask(), random_mask() };
}

static gboolean
has_queue(const ApMatrix *matrix, guint adapter, guint domain)
{
    return apc_mask_test(&matrix->adapters, adapter) &&
           apc_mask_test(&matrix->domains, domain);
}

/* Queue by queue: none that neither has, and all that both have. */
static void
assert_between(const ApMatrix *state, const ApMatrix *before, const ApMatrix *after)
{
    for (guint adapter = 0; adapter < IDS; adapter++) {
        for (guint domain = 0; domain < IDS; domain++) {
            gboolean was = has_queue(before, adapter, domain);
            gboolean will = has_queue(after, adapter, domain);
            gboolean is = has_queue(state, adapter, domain);

            g_assert_true(!is || was || will);
            g_assert_true(is || !was || !will);
        }
    }
}

static void
follow(ApMatrix *state, const ApStep *step)
{
    static const ApLimits limits = { 255, 255 };
    g_autoptr(GError) error = NULL;

    ap_matrix_apply(state, &limits, step->file, step->value, &error);
    g_assert_no_error(error);
}

/* Back from the @n_done-th state on the way: through states of the way out. */
static void
assert_taken_back(const ApPlan *plan, guint n_done, ApMatrix state)
{
    g_autoptr(ApPlan) back = ap_plan_take_back(plan, n_done);

    g_assert_cmpuint(back->steps->len, ==, n_done);
    g_assert_true(ap_matrix_equal(&back->before, &state));
    for (guint i = 0; i < back->steps->len; i++) {
        follow(&state, back->steps->pdata[i]);
        g_assert_true(ap_plan_goes_through(plan, &state));
    }
    g_assert_true(ap_matrix_equal(&state, &plan->before));
    g_assert_true(ap_matrix_equal(&back->matrix, &plan->before));
}

static void
test_random(void)
{
    guint n_steps = 0;

    for (guint round = 0; round < ROUNDS; round++) {
        ApMatrix before = random_matrix();
        ApMatrix after = random_matrix();
        ApMatrix state = before;
        gboolean has_config = round % 4 == 0;
        g_autoptr(ApPlan) plan = ap_plan_change(A, &before, &after, has_config);

        assert_taken_back(plan, 0, state);
        for (guint i = 0; i < plan->steps->len; i++) {
            g_assert_true(ap_plan_goes_through(plan, &state));
            follow(&state, plan->steps->pdata[i]);
            assert_between(&state, &before, &after);
            assert_taken_back(plan, i + 1, state);
        }
        g_assert_true(ap_matrix_equal(&state, &after));
        g_assert_true(ap_plan_goes_through(plan, &after));
        n_steps += plan->steps->len;
    }
    g_assert_cmpuint(n_steps, >, ROUNDS);
}

/* What somebody else made of the matrix is not taken for something of ours. */
static void
test_strange_state(void)
{
    ApMatrix before = make_matrix("+5,+6", "+4", "");
    ApMatrix after = make_matrix("+6,+7", "+4", "");
    ApMatrix strange = make_matrix("+5-7", "+4", "");
    ApMatrix between = make_matrix("+6", "+4", "");
    g_autoptr(ApPlan) stepwise = ap_plan_change(A, &before, &after, FALSE);
    g_autoptr(ApPlan) whole = ap_plan_change(A, &before, &after, TRUE);

    g_assert_false(ap_plan_goes_through(stepwise, &strange));
    g_assert_true(ap_plan_goes_through(stepwise, &between));
    g_assert_false(ap_plan_goes_through(whole, &between));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-plan-update/steps_shrink_then_grow", test_steps);
    g_test_add_func("/ap-plan-update/config_one_write", test_one_write);
    g_test_add_func("/ap-plan-update/others_queues_refused", test_refused);
    g_test_add_func("/ap-plan-update/random_never_widens", test_random);
    g_test_add_func("/ap-plan-update/strange_state_told_apart", test_strange_state);
    return g_test_run();
}
