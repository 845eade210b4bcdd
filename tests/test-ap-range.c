/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-range.c: lists of numbers as people write them.
 */
#include <string.h>

#include <libvirt-ap/ap-error.h>

#include "ap-range.h"

#define N_ROUNDS 2000

static void
test_parse_accepted(void)
{
    static const struct {
        const char *text;
        const char *canonical;
    } cases[] = {
        { "5", "5" },
        { "0", "0" },
        { "255", "255" },
        { "0-255", "0-255" },
        { "5-5", "5" },
        { "7,5,6", "5-7" },
        { "3,5-7,0x10", "3,5-7,16" },
        { " 4 ,\n0x47\t- 0X48 ", "4,71-72" },
        { "007,0x00aB", "7,171" },
        { "1-2,3-4", "1-4" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *canonical = NULL;
        struct apc_mask ids;

        ap_range_parse("x", cases[i].text, &ids, &error);
        g_assert_no_error(error);
        canonical = ap_range_format(&ids);
        g_assert_cmpstr(canonical, ==, cases[i].canonical);
    }
}

static void
test_parse_refused(void)
{
    static const struct {
        const char *text;
        const char *named; /* what the message has to name */
    } cases[] = {
        { "", "''" },
        { " ", "''" },
        { ",", "''" },
        { "5,", "''" },
        { ",5", "''" },
        { "5,,6", "''" },
        { "-", "'-'" },
        { "5-", "'5-'" },
        { "-5", "'-5'" },
        { "1-2-3", "'1-2-3'" },
        { "5 6", "'5 6'" },
        { "5;6", "'5;6'" },
        { "256", "'256'" },
        { "0x100", "'0x100'" },
        { "0x", "'0x'" },
        { "010", "'010'" },
        { "08", "'08'" },
        { "+5", "'+5'" },
        { "4294967301", "'4294967301'" },
        { "6-5", "6-5" },
        { "4,4", "4 (0x04)" },
        { "1-9,3,0x05", "3 (0x03)" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        struct apc_mask ids = { { 1 } };

        g_test_message("%s", cases[i].text);
        g_assert_false(ap_range_parse("adapters", cases[i].text, &ids, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, cases[i].named));
        g_assert_nonnull(strstr(error->message, "'adapters'"));
        g_assert_cmpuint(ids.word[0], ==, 1);
    }
}

static void
test_format_empty(void)
{
    struct apc_mask none = { { 0 } };
    g_autofree char *text = ap_range_format(&none);

    g_assert_cmpstr(text, ==, "");
}

static void
test_round_trip_any_set(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20240609);

    for (guint i = 0; i < N_ROUNDS; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        struct apc_mask ids, again;

        for (guint word = 0; word < APC_MASK_WORDS; word++)
            ids.word[word] = (guint64)g_rand_int(random) << 32 | g_rand_int(random);
        text = ap_range_format(&ids);
        ap_range_parse("x", text, &again, &error);
        g_assert_no_error(error);
        g_assert_true(apc_mask_equal(&ids, &again));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-range/parse_accepted", test_parse_accepted);
    g_test_add_func("/ap-range/parse_refused", test_parse_refused);
    g_test_add_func("/ap-range/format_empty_nothing", test_format_empty);
    g_test_add_func("/ap-range/round_trip_any_set", test_round_trip_any_set);
    return g_test_run();
}
