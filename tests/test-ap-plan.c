/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-plan.c: plans and refusals, by example and against a slow reference.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-plan.h"

#define A "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B "62177883-f1bb-47f0-914d-32a22e3a8805"

static ApSnapshot *
make_host(void)
{
    ApSnapshot *host = ap_snapshot_new();

    host->has_parent = TRUE;
    host->has_config = TRUE;
    host->available_instances = 65536;
    host->limits.max_adapter = 255;
    host->limits.max_domain = 255;
    return host;
}

/* Attributes as "assign_adapter=5 assign_domain=4". */
static ApDevice *
make_wish(const char *attrs)
{
    ApDevice *wish = ap_device_new(AP_DEVICE_MATRIX);
    g_auto(GStrv) list = g_strsplit(attrs, " ", -1);

    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    for (guint i = 0; list[i] && *list[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(list[i], "=", 2);

        ap_device_add_attr(wish, pair[0], pair[1]);
    }
    return wish;
}

static void
modify(struct apc_mask *mask, const char *text)
{
    g_assert_cmpint(apc_mask_modify(mask, text, strlen(text)), ==, 0);
}

static void
add_matrix(ApSnapshot *host, const char *uuid, const char *adapters, const char *domains)
{
    ApMatrix matrix = { 0 };

    modify(&matrix.adapters, adapters);
    modify(&matrix.domains, domains);
    ap_snapshot_add_matrix(host, uuid, &matrix);
}

static void
assert_refused(ApSnapshot *host, const char *attrs, ApError code, const char *message)
{
    g_autoptr(ApDevice) wish = make_wish(attrs);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApPlan) plan = ap_plan_create(host, A, wish, &error);

    g_assert_null(plan);
    g_assert_error(error, AP_ERROR, (gint)code);
    g_assert_cmpstr(error->message, ==, message);
}

static char *
print_steps(const ApPlan *plan)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < plan->steps->len; i++) {
        const ApStep *step = plan->steps->pdata[i];

        g_string_append_printf(text, "%s%s=%s ",
                               step->place == AP_STEP_TYPE ? "type/" : "", step->file,
                               step->value);
    }
    return g_string_free(text, FALSE);
}

static void
assert_steps(ApSnapshot *host, const char *attrs, const char *expected)
{
    g_autoptr(ApDevice) wish = make_wish(attrs);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApPlan) plan = ap_plan_create(host, A, wish, &error);
    g_autofree char *steps = NULL;

    g_assert_no_error(error);
    steps = print_steps(plan);
    g_assert_cmpstr(steps, ==, expected);
}

#define ZEROS16 "0000000000000000"
#define ZEROS48 ZEROS16 ZEROS16 ZEROS16

static void
test_steps(void)
{
    g_autoptr(ApSnapshot) host = make_host();

    assert_steps(host, "", "type/create=" A " ");
    assert_steps(
        host, "assign_adapter=5 assign_domain=4 assign_adapter=6 assign_control_domain=0",
        "type/create=" A " ap_config=0x0600000000000000" ZEROS48
        ",0x0800000000000000" ZEROS48 ",0x8000000000000000" ZEROS48 " ");
    host->has_config = FALSE;
    assert_steps(host, "", "type/create=" A " ");
    assert_steps(
        host,
        "assign_control_domain=1 assign_domain=0xab assign_adapter=6 assign_domain=4 "
        "assign_adapter=5",
        "type/create=" A " assign_adapter=5 assign_adapter=6 assign_domain=4 "
        "assign_domain=171 assign_control_domain=1 ");
}

static void
test_describe(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApDevice) wish = make_wish("assign_adapter=5");
    g_autoptr(ApPlan) plan = NULL;
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;
    g_autofree char *whole = NULL;

    host->has_config = FALSE;
    plan = ap_plan_create(host, A, wish, NULL);
    first = ap_plan_describe_step(plan, plan->steps->pdata[0]);
    second = ap_plan_describe_step(plan, plan->steps->pdata[1]);
    g_assert_cmpstr(first, ==, "create matrix " A);
    g_assert_cmpstr(second, ==, "write '5' to assign_adapter of matrix " A);
    ap_plan_free(g_steal_pointer(&plan));
    host->has_config = TRUE;
    plan = ap_plan_create(host, A, wish, NULL);
    whole = ap_plan_describe_step(plan, plan->steps->pdata[1]);
    g_assert_cmpstr(whole, ==,
                    "give matrix " A
                    " the adapters 5, domains none and control domains none");
    ap_plan_free(NULL);
}

static void
test_pool(void)
{
    g_autoptr(ApSnapshot) host = make_host();

    modify(&host->pool.adapters, "+0-255");
    modify(&host->pool.domains, "+0-255");
    assert_refused(
        host, "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=0xab",
        AP_ERROR_HOST_POOL,
        "queue 05.0004 belongs to the host pool: to free all that is asked for, take "
        "either the adapters or the domains away from the host's drivers, with "
        "'echo -5-6 > /sys/bus/ap/apmask' or with 'echo -4,-171 > "
        "/sys/bus/ap/aqmask' (chzdev keeps such a change over a reboot)");
    /* Neither half alone makes a queue. */
    assert_steps(host, "assign_control_domain=0",
                 "type/create=" A " ap_config=0x" ZEROS16 ZEROS48 ",0x" ZEROS16 ZEROS48
                 ",0x8000000000000000" ZEROS48 " ");
    modify(&host->pool.adapters, "-5,-6");
    add_matrix(host, B, "+5", "+4");
    assert_refused(
        host, "assign_adapter=5 assign_adapter=7 assign_domain=4", AP_ERROR_HOST_POOL,
        "queue 07.0004 belongs to the host pool: to free all that is asked for, take "
        "either the adapters or the domains away from the host's drivers, with "
        "'echo -7 > /sys/bus/ap/apmask' or with 'echo -4 > /sys/bus/ap/aqmask' "
        "(chzdev keeps such a change over a reboot)");
}

static void
test_conflict(void)
{
    g_autoptr(ApSnapshot) host = make_host();

    add_matrix(host, B, "+5-6", "+4,+171");
    assert_refused(host, "assign_adapter=5 assign_domain=4 assign_domain=5",
                   AP_ERROR_CONFLICT,
                   "queue 05.0004 is assigned to matrix " B
                   ": leave out its adapter or its domain, or destroy that matrix first");
    assert_refused(
        host, "assign_adapter=6 assign_domain=4 assign_domain=171", AP_ERROR_CONFLICT,
        "queue 06.0004 is assigned to matrix " B
        ", and so is 1 more that is asked for: leave out their adapters or their "
        "domains, or destroy that matrix first");
    assert_refused(
        host, "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=171",
        AP_ERROR_CONFLICT,
        "queue 05.0004 is assigned to matrix " B
        ", and so are 3 more that are asked for: leave out their adapters or their "
        "domains, or destroy that matrix first");
}

static char *
describe_user(gpointer data, const char *uuid)
{
    g_assert_cmpstr(uuid, ==, B);
    return g_strdup(data);
}

static void
test_conflict_user(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    char user[] = "guest 'g1' (process 7, qemu)";

    add_matrix(host, B, "+5", "+4");
    host->describe_user = describe_user;
    host->describe_data = user;
    assert_refused(
        host, "assign_adapter=5 assign_domain=4", AP_ERROR_CONFLICT,
        "queue 05.0004 is assigned to matrix " B
        ", which guest 'g1' (process 7, qemu) uses: leave out its adapter or its "
        "domain, or shut that guest down and destroy that matrix first");
}

static void
test_other_refusals(void)
{
    g_autoptr(ApSnapshot) host = make_host();

    assert_refused(
        host, "assign_adapter=999", AP_ERROR_UNSUPPORTED,
        "value '999' of attribute 'assign_adapter' is out of range: the highest "
        "adapter of this host is 255 (0xff)");
    assert_refused(host, "nonsense=1", AP_ERROR_UNSUPPORTED,
                   "an AP matrix has no attribute 'nonsense': known are assign_adapter, "
                   "assign_domain, assign_control_domain and ap_config");
    host->available_instances = 0;
    assert_refused(
        host, "", AP_ERROR_IO,
        "this host takes no more matrices: the 0 that exist are all that the driver "
        "allows, destroy one first");
    add_matrix(host, A, "+1", "+1");
    assert_refused(host, "", AP_ERROR_EXISTS,
                   "a matrix with UUID " A
                   " exists already: destroy it first, or choose another UUID");
    host->has_parent = FALSE;
    assert_refused(host, "", AP_ERROR_UNSUPPORTED,
                   "this host has no device 'ap_matrix': load the kernel module vfio_ap");
}

static void
test_type(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApDevice) wish = make_wish("");
    g_autoptr(GError) error = NULL;

    g_free(wish->type_id);
    wish->type_id = g_strdup("i915-GVTg_V5_4");
    g_assert_null(ap_plan_create(host, A, wish, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "'i915-GVTg_V5_4'"));
}

static void
test_page(void)
{
    g_autoptr(ApSnapshot) host = make_host();
    g_autoptr(ApDevice) wish = ap_device_new(AP_DEVICE_MATRIX);
    g_autoptr(ApPlan) plan = NULL;
    g_autoptr(GError) error = NULL;

    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    ap_device_add_attr(wish, "ap_config", "ffff,ffffffff,0");
    plan = ap_plan_create(host, A, wish, &error);
    g_assert_no_error(error);
    host->has_config = FALSE;
    g_assert_null(ap_plan_create(host, A, wish, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "512 queues, more than the 511"));
}

static struct apc_mask
random_mask(guint ids, guint most)
{
    struct apc_mask mask = { 0 };

    for (gint i = g_test_rand_int_range(0, (gint)most + 1); i > 0; i--)
        apc_mask_set(&mask, (guint)g_test_rand_int_range(0, (gint)ids));
    return mask;
}

static gboolean
has_queue(const ApMatrix *matrix, guint adapter, guint domain)
{
    return apc_mask_test(&matrix->adapters, adapter) &&
           apc_mask_test(&matrix->domains, domain);
}

/* Who has a queue of @wish, found queue by queue as the kernel's document puts
 * it; %AP_ERROR_LAST: nobody. */
static ApError
judge_slowly(const ApSnapshot *host, const ApMatrix *wish)
{
    ApError verdict = AP_ERROR_LAST;

    for (guint adapter = 0; adapter < APC_IDS; adapter++) {
        for (guint domain = 0; domain < APC_IDS; domain++) {
            if (!has_queue(wish, adapter, domain))
                continue;
            if (has_queue(&host->pool, adapter, domain))
                return AP_ERROR_HOST_POOL;
            for (guint i = 0; i < host->matrices->len; i++) {
                if (has_queue(&g_array_index(host->matrices, ApSnapshotMatrix, i).matrix,
                              adapter, domain))
                    verdict = AP_ERROR_CONFLICT;
            }
        }
    }
    return verdict;
}

/* Creates matrix after matrix on a random host; those that are planned never
 * meet, those that are refused would. */
static void
test_random(void)
{
    static const guint ids = 12;
    guint planned = 0;
    guint refused = 0;

    for (guint round = 0; round < 60; round++) {
        g_autoptr(ApSnapshot) host = make_host();

        host->has_config = g_test_rand_bit();
        host->pool.adapters = random_mask(ids, 6);
        host->pool.domains = random_mask(ids, 6);
        for (guint i = 0; i < 12; i++) {
            g_autofree char *uuid = g_uuid_string_random();
            g_autoptr(ApDevice) wish = make_wish("");
            g_autoptr(GError) error = NULL;
            g_autoptr(ApPlan) plan = NULL;
            ApMatrix matrix = { random_mask(ids, 3), random_mask(ids, 3),
                                random_mask(ids, 3) };
            ApError expected = judge_slowly(host, &matrix);

            ap_matrix_add_attrs(&matrix, wish);
            plan = ap_plan_create(host, uuid, wish, &error);
            if (expected != AP_ERROR_LAST) {
                g_assert_error(error, AP_ERROR, (gint)expected);
                refused++;
                continue;
            }
            g_assert_no_error(error);
            g_assert_true(ap_matrix_equal(&plan->matrix, &matrix));
            ap_snapshot_add_matrix(host, uuid, &plan->matrix);
            planned++;
        }
    }
    g_assert_cmpuint(planned, >, 50);
    g_assert_cmpuint(refused, >, 50);
}

/* No step on the way asks for more than the end result. */
static void
test_random_steps(void)
{
    for (guint round = 0; round < 200; round++) {
        g_autoptr(ApSnapshot) host = make_host();
        g_autoptr(ApDevice) wish = make_wish("");
        g_autoptr(ApPlan) plan = NULL;
        ApMatrix matrix = { random_mask(256, 9), random_mask(256, 9),
                            random_mask(256, 9) };
        ApMatrix state = { 0 };

        host->has_config = g_test_rand_bit();
        ap_matrix_add_attrs(&matrix, wish);
        plan = ap_plan_create(host, A, wish, NULL);
        for (guint i = 1; i < plan->steps->len; i++) {
            const ApStep *step = plan->steps->pdata[i];

            g_assert_true(
                ap_matrix_apply(&state, &host->limits, step->file, step->value, NULL));
            g_assert_true(apc_mask_subset(&state.adapters, &matrix.adapters));
            g_assert_true(apc_mask_subset(&state.domains, &matrix.domains));
        }
        g_assert_true(ap_matrix_equal(&state, &matrix));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-plan/steps_in_order", test_steps);
    g_test_add_func("/ap-plan/steps_described", test_describe);
    g_test_add_func("/ap-plan/host_pool_refused_with_remedy", test_pool);
    g_test_add_func("/ap-plan/conflict_names_holder", test_conflict);
    g_test_add_func("/ap-plan/conflict_names_guest", test_conflict_user);
    g_test_add_func("/ap-plan/other_refusals", test_other_refusals);
    g_test_add_func("/ap-plan/other_type_refused", test_type);
    g_test_add_func("/ap-plan/page_overflow_avoided", test_page);
    g_test_add_func("/ap-plan/random_as_reference", test_random);
    g_test_add_func("/ap-plan/random_steps_amount_to_wish", test_random_steps);
    return g_test_run();
}
