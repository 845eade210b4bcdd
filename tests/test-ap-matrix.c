/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-matrix.c: attributes and sysfs text of a matrix.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-matrix.h"

static const ApLimits limits = { .max_adapter = 63, .max_domain = 84 };

#define ZEROS16 "0000000000000000"
#define NONE    "0x" ZEROS16 ZEROS16 ZEROS16 ZEROS16

static void
apply(ApMatrix *matrix, const char *name, const char *value)
{
    g_autoptr(GError) error = NULL;

    ap_matrix_apply(matrix, &limits, name, value, &error);
    g_assert_no_error(error);
}

static void
assert_config(const ApMatrix *matrix, const char *expected)
{
    char text[AP_MATRIX_CONFIG_SIZE];

    ap_matrix_format_config(matrix, text);
    g_assert_cmpstr(text, ==, expected);
}

static void
test_assign(void)
{
    ApMatrix matrix = { 0 };

    apply(&matrix, "assign_adapter", "5");
    apply(&matrix, "assign_adapter", "0x06");
    apply(&matrix, "assign_adapter", "+5");
    apply(&matrix, "assign_domain", "84");
    apply(&matrix, "assign_control_domain", "0x0");
    apply(&matrix, "assign_adapter", "010");
    assert_config(&matrix, "0x0680" /* 5, 6 and octal 10 */
                           "000000000000" ZEROS16 ZEROS16 ZEROS16 ","
                           "0x" ZEROS16 "0000080000000000" ZEROS16 ZEROS16 ","
                           "0x8000000000000000" ZEROS16 ZEROS16 ZEROS16);
    g_assert_cmpuint(ap_matrix_n_queues(&matrix), ==, 3);
    apply(&matrix, "unassign_adapter", "8");
    apply(&matrix, "unassign_adapter", "7");
    apply(&matrix, "unassign_control_domain", "0");
    apply(&matrix, "unassign_domain", "0x54");
    assert_config(&matrix,
                  "0x0600000000000000" ZEROS16 ZEROS16 ZEROS16 "," NONE "," NONE);
    g_assert_cmpuint(ap_matrix_n_queues(&matrix), ==, 0);
}

static void
test_config(void)
{
    ApMatrix matrix = { 0 };

    apply(&matrix, "assign_adapter", "1");
    apply(&matrix, "ap_config", "0x04,8,0x1");
    assert_config(&matrix, "0x0400000000000000" ZEROS16 ZEROS16 ZEROS16 ","
                           "0x8000000000000000" ZEROS16 ZEROS16 ZEROS16 ","
                           "0x1000000000000000" ZEROS16 ZEROS16 ZEROS16);
    apply(&matrix, "assign_domain", "1");
    g_assert_cmpuint(ap_matrix_n_queues(&matrix), ==, 2);
}

static const struct {
    const char *name;
    const char *value;
    const char *message; /* has to be part of the refusal */
} refused[] = {
    { "nonsense", "1", "no attribute 'nonsense'" },
    { "", "1", "no attribute ''" },
    { "assign_adapter ", "1", "no attribute" },
    { "assign_adapter", "", "value '' of attribute 'assign_adapter' is not a number" },
    { "assign_adapter", "abc",
      "value 'abc' of attribute 'assign_adapter' is not a number" },
    { "assign_adapter", "0x", "not a number" },
    { "assign_adapter", "-1", "not a number" },
    { "assign_adapter", "++1", "not a number" },
    { "assign_adapter", " 1", "not a number" },
    { "assign_adapter", "1 ", "not a number" },
    { "assign_adapter", "1,2", "not a number" },
    { "assign_adapter", "08", "not a number" },
    { "assign_adapter", "64",
      "'64' of attribute 'assign_adapter' is out of range: the highest "
      "adapter of this host is 63 (0x3f)" },
    { "unassign_adapter", "64", "out of range" },
    { "assign_domain", "85",
      "'85' of attribute 'assign_domain' is out of range: the highest "
      "domain of this host is 84 (0x54)" },
    { "assign_control_domain", "0x55", "the highest domain of this host is 84" },
    { "assign_domain", "18446744073709551616", "out of range" },
    { "ap_config", "", "not three masks" },
    { "ap_config", "0x1,0x1", "not three masks" },
    { "ap_config", "0x1,0x1,0x1,0x1", "not three masks" },
    { "ap_config", "0x1,0xg,0x1", "not three masks" },
    { "ap_config", "0x00000000000000001,0,0", "the highest adapter" },
    { "ap_config", "0,0x00000000000000000000001,0", "the highest domain" },
    { "ap_config", "0,0,0x00000000000000000000001", "the highest domain" },
};

static void
test_refused(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;
        ApMatrix matrix = { 0 };
        ApMatrix before;

        apply(&matrix, "assign_adapter", "3");
        before = matrix;
        g_test_message("%s=%s", refused[i].name, refused[i].value);
        g_assert_false(
            ap_matrix_apply(&matrix, &limits, refused[i].name, refused[i].value, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, refused[i].message));
        g_assert_true(ap_matrix_equal(&matrix, &before));
    }
}

static ApMatrix
random_matrix(void)
{
    ApMatrix matrix = { 0 };

    for (gint i = g_test_rand_int_range(0, 12); i > 0; i--) {
        apc_mask_set(&matrix.adapters, (guint)g_test_rand_int_range(0, APC_IDS));
        apc_mask_set(&matrix.domains, (guint)g_test_rand_int_range(0, APC_IDS));
        apc_mask_set(&matrix.control_domains, (guint)g_test_rand_int_range(0, APC_IDS));
    }
    return matrix;
}

/* The canonical attributes make the same matrix again. */
static void
test_attrs_round_trip(void)
{
    static const ApLimits all = { .max_adapter = 255, .max_domain = 255 };

    for (guint round = 0; round < 200; round++) {
        g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
        ApMatrix matrix = random_matrix();
        ApMatrix again = { 0 };

        ap_matrix_add_attrs(&matrix, device);
        for (guint i = 0; i < device->attrs->len; i++) {
            const ApAttr *attr = device->attrs->pdata[i];

            g_assert_true(ap_matrix_apply(&again, &all, attr->name, attr->value, NULL));
        }
        g_assert_true(ap_matrix_equal(&matrix, &again));
    }
}

static void
test_attrs_order(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
    g_autoptr(GString) text = g_string_new(NULL);
    ApMatrix matrix = { 0 };

    apply(&matrix, "assign_control_domain", "71");
    apply(&matrix, "assign_domain", "0x47");
    apply(&matrix, "assign_domain", "4");
    apply(&matrix, "assign_adapter", "6");
    apply(&matrix, "assign_adapter", "5");
    ap_matrix_add_attrs(&matrix, device);
    for (guint i = 0; i < device->attrs->len; i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        g_string_append_printf(text, "%s=%s ", attr->name, attr->value);
    }
    g_assert_cmpstr(text->str, ==,
                    "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=71 "
                    "assign_control_domain=71 ");
}

static void
test_config_round_trip(void)
{
    for (guint round = 0; round < 200; round++) {
        ApMatrix matrix = random_matrix();
        char text[AP_MATRIX_CONFIG_SIZE];
        ApMatrix again;

        ap_matrix_format_config(&matrix, text);
        g_assert_true(ap_matrix_parse_config(&again, text));
        g_assert_true(ap_matrix_equal(&matrix, &again));
    }
}

static void
test_queues(void)
{
    ApMatrix matrix = { 0 };
    ApMatrix parsed = { 0 };

    g_assert_true(ap_matrix_parse_queues(&parsed, ""));
    g_assert_true(ap_matrix_equal(&parsed, &matrix));
    apply(&matrix, "assign_adapter", "5");
    g_assert_true(ap_matrix_parse_queues(&parsed, "05."));
    g_assert_true(ap_matrix_equal(&parsed, &matrix));
    apply(&matrix, "assign_adapter", "6");
    apply(&matrix, "assign_domain", "4");
    apply(&matrix, "assign_domain", "0x47");
    g_assert_true(
        ap_matrix_parse_queues(&parsed, "05.0004\n05.0047\n06.0004\n06.0047\n"));
    g_assert_true(ap_matrix_equal(&parsed, &matrix));
    g_assert_true(ap_matrix_parse_control_domains(&parsed, "0004\n00ff"));
    g_assert_true(apc_mask_test(&parsed.control_domains, 4));
    g_assert_true(apc_mask_test(&parsed.control_domains, 255));
    g_assert_cmpuint(apc_mask_weight(&parsed.control_domains), ==, 2);
    memset(&matrix, 0, sizeof(matrix));
    apply(&matrix, "assign_domain", "4");
    memset(&parsed, 0, sizeof(parsed));
    g_assert_true(ap_matrix_parse_queues(&parsed, ".0004\n"));
    g_assert_true(ap_matrix_equal(&parsed, &matrix));
}

static void
test_queues_bad(void)
{
    static const char *const bad[] = { "x",           "5.0004",   "05-0004",
                                       "05.004",      "05.0100",  "05.0004 ",
                                       "05.0004\n\n", "05.0004x", "0" };
    static const char *const bad_domains[] = { "004", "0100",     "0004 ",
                                               "\n",  "0004\n\n", "x" };
    ApMatrix parsed;

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(ap_matrix_parse_queues(&parsed, bad[i]));
    for (gsize i = 0; i < G_N_ELEMENTS(bad_domains); i++)
        g_assert_false(ap_matrix_parse_control_domains(&parsed, bad_domains[i]));
}

static void
test_overlap(void)
{
    for (guint round = 0; round < 500; round++) {
        ApMatrix a = random_matrix();
        ApMatrix b = random_matrix();
        ApMatrix common;
        guint shared = 0;

        for (guint adapter = 0; adapter < APC_IDS; adapter++) {
            for (guint domain = 0; domain < APC_IDS; domain++)
                shared += apc_mask_test(&a.adapters, adapter) &&
                          apc_mask_test(&b.adapters, adapter) &&
                          apc_mask_test(&a.domains, domain) &&
                          apc_mask_test(&b.domains, domain);
        }
        g_assert_cmpint(ap_matrix_overlap(&a, &b, &common), ==, shared > 0);
        g_assert_cmpuint(ap_matrix_n_queues(&common), ==, shared);
        g_assert_true(apc_mask_empty(&common.control_domains));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-matrix/assign_and_unassign", test_assign);
    g_test_add_func("/ap-matrix/config_replaces_all", test_config);
    g_test_add_func("/ap-matrix/bad_attr_refused_unchanged", test_refused);
    g_test_add_func("/ap-matrix/attrs_round_trip", test_attrs_round_trip);
    g_test_add_func("/ap-matrix/attrs_canonical_order", test_attrs_order);
    g_test_add_func("/ap-matrix/config_round_trip", test_config_round_trip);
    g_test_add_func("/ap-matrix/queues_parsed", test_queues);
    g_test_add_func("/ap-matrix/queues_bad_refused", test_queues_bad);
    g_test_add_func("/ap-matrix/overlap_as_reference", test_overlap);
    return g_test_run();
}
