/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-text.c: text from elsewhere made fit for messages.
 */
#include "ap-text.h"

static const struct {
    const char *text;
    const char *printable;
} cases[] = {
    { "", "" },
    { "guest 1 – Prüfung", "guest 1 – Prüfung" },
    { "a\nb\r\tc", "a?b??c" },
    { "\033[31mred\177", "?[31mred?" },
    { "next\xc2\x85line", "next?line" },
    { "cut \xe2\x80", "cut \xef\xbf\xbd\xef\xbf\xbd" },
};

static void
test_printable(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *made = ap_text_make_printable(cases[i].text);

        g_assert_cmpstr(made, ==, cases[i].printable);
        g_assert_true(ap_text_is_printable(made));
        g_assert_cmpint(ap_text_is_printable(cases[i].text), ==,
                        g_str_equal(cases[i].text, made));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-text/control_characters_replaced", test_printable);
    return g_test_run();
}
