/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-apqn.c: queues and lists of ids as text.
 */
#include <string.h>

#include "ap-apqn.h"

static void
test_queue(void)
{
    char text[AP_APQN_SIZE];

    ap_apqn_format(5, 4, text);
    g_assert_cmpstr(text, ==, "05.0004");
    ap_apqn_format(255, 255, text);
    g_assert_cmpstr(text, ==, "ff.00ff");
}

static void
test_ids(void)
{
    static const struct {
        const char *ids; /* as a mask takes them */
        const char *plain;
        const char *minus;
    } cases[] = {
        { "-0", "", "" },
        { "+5", "5", "-5" },
        { "+5,+6", "5-6", "-5-6" },
        { "+0-255", "0-255", "-0-255" },
        { "+0-3,+5,+254-255", "0-3,5,254-255", "-0-3,-5,-254-255" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct apc_mask mask = { 0 };
        g_autofree char *plain = NULL;
        g_autofree char *minus = NULL;

        g_assert_cmpint(apc_mask_modify(&mask, cases[i].ids, strlen(cases[i].ids)), ==,
                        0);
        plain = ap_ids_format(&mask, "");
        minus = ap_ids_format(&mask, "-");
        g_assert_cmpstr(plain, ==, cases[i].plain);
        g_assert_cmpstr(minus, ==, cases[i].minus);
    }
}

/* What we tell people to write to apmask does what we say. */
static void
test_ids_understood(void)
{
    g_autofree char *text = NULL;
    struct apc_mask mask = { 0 };
    struct apc_mask rest;

    for (guint i = 0; i < 60; i++)
        apc_mask_set(&mask, (guint)g_test_rand_int_range(0, APC_IDS));
    text = ap_ids_format(&mask, "-");
    apc_mask_fill(&rest);
    g_assert_cmpint(apc_mask_modify(&rest, text, strlen(text)), ==, 0);
    g_assert_false(apc_mask_intersects(&rest, &mask));
    g_assert_cmpuint(apc_mask_weight(&rest) + apc_mask_weight(&mask), ==, APC_IDS);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-apqn/queue_printed", test_queue);
    g_test_add_func("/ap-apqn/ids_in_runs", test_ids);
    g_test_add_func("/ap-apqn/ids_understood_by_masks", test_ids_understood);
    return g_test_run();
}
