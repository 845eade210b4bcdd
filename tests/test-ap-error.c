/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-error.c: the error domain.
 */
#include <libvirt-ap/ap-error.h>

static void
test_quark(void)
{
    g_assert_cmpstr(g_quark_to_string(AP_ERROR), ==, "ap-error-quark");
    g_assert_cmpuint(AP_ERROR, ==, ap_error_quark());
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-error/quark_named", test_quark);
    return g_test_run();
}
