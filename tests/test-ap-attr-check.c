/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-attr-check.c: which values the attributes of an AP matrix take.
 */
#include <libvirt-ap/ap-error.h>

#include "ap-attr-check.h"

static const struct {
    const char *value;
    gboolean is_id;
} ids[] = {
    { "0", TRUE },
    { "1", TRUE },
    { "9", TRUE },
    { "10", TRUE },
    { "255", TRUE },
    { "0x0", TRUE },
    { "0xff", TRUE },
    { "0XFf", TRUE },
    { "0x00a", TRUE },
    { "256", FALSE },
    { "0x100", FALSE },
    { "00", TRUE },
    { "05", TRUE },
    { "007", TRUE },
    { "08", FALSE },
    { "010", FALSE },
    { "0100", FALSE },
    { "0x", FALSE },
    { "x5", FALSE },
    { "", FALSE },
    { "a", FALSE },
    { "-0", FALSE },
    { "+1", FALSE },
    { " 1", FALSE },
    { "1 ", FALSE },
    { "1\n", FALSE },
    { "0xg", FALSE },
    { "0x0x1", FALSE },
    { "1.0", FALSE },
    { "1e1", FALSE },
    { "4294967296", FALSE },
    { "18446744073709551616", FALSE },
    { "0x10000000000000000", FALSE },
};

static void
test_ids(void)
{
    static const char *const names[] = {
        "assign_adapter",   "assign_domain",   "assign_control_domain",
        "unassign_adapter", "unassign_domain", "unassign_control_domain"
    };

    for (gsize n = 0; n < G_N_ELEMENTS(names); n++) {
        for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
            g_autoptr(GError) error = NULL;
            gboolean valid = ap_attr_check(names[n], ids[i].value, &error);

            g_test_message("%s '%s'", names[n], ids[i].value);
            g_assert_cmpint(valid, ==, ids[i].is_id);
            if (!valid)
                g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
        }
    }
}

/* The refusal names what was given, where, and what would do. */
static void
test_refusal_names_value(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_attr_check("assign_domain", "256", &error));
    g_assert_cmpstr(error->message, ==,
                    "invalid value '256' of attribute 'assign_domain': expected a domain "
                    "from 0 to 255 (0xff), in decimal or with 0x in hexadecimal");
}

static void
test_every_id_accepted(void)
{
    for (guint id = 0; id < 256; id++) {
        g_autofree char *decimal = g_strdup_printf("%u", id);
        g_autofree char *hex = g_strdup_printf("0x%x", id);

        g_assert_true(ap_attr_check("assign_adapter", decimal, NULL));
        g_assert_true(ap_attr_check("assign_domain", hex, NULL));
    }
}

static void
test_config(void)
{
    g_autofree char *longest = g_strnfill(64, 'f');
    g_autofree char *longer = g_strnfill(65, '0');
    g_autofree char *three = g_strdup_printf("0x%s,%s,0x%s", longest, longest, longest);
    g_autofree char *too_long = g_strdup_printf("0x%s,1,1", longer);

    g_assert_true(ap_attr_check("ap_config", three, NULL));
    g_assert_true(ap_attr_check("ap_config", "0,1,2", NULL));
    g_assert_false(ap_attr_check("ap_config", too_long, NULL));
    g_assert_false(ap_attr_check("ap_config", "0x,1,2", NULL));
    /* The kernel reads this prefix in numbers, and not in masks. */
    g_assert_false(ap_attr_check("ap_config", "0X1,1,2", NULL));
    g_assert_false(ap_attr_check("ap_config", "0,1", NULL));
    g_assert_false(ap_attr_check("ap_config", "0,1,", NULL));
    g_assert_false(ap_attr_check("ap_config", "0,1,2,", NULL));
    g_assert_false(ap_attr_check("ap_config", "0,1,2,3", NULL));
    g_assert_false(ap_attr_check("ap_config", "0, 1,2", NULL));
    g_assert_false(ap_attr_check("ap_config", "0,1,2\n", NULL));
    g_assert_false(ap_attr_check("ap_config", "", NULL));
}

static void
test_unknown_name(void)
{
    static const char *const names[] = { "",         "assign",         "assign_adapters",
                                         "unassign", "ASSIGN_ADAPTER", "remove",
                                         "matrix" };

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(ap_attr_check(names[i], "1", &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/attr-check/ids", test_ids);
    g_test_add_func("/attr-check/refusal_names_value", test_refusal_names_value);
    g_test_add_func("/attr-check/every_id_accepted", test_every_id_accepted);
    g_test_add_func("/attr-check/config", test_config);
    g_test_add_func("/attr-check/unknown_name_refused", test_unknown_name);
    return g_test_run();
}
