/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-max.c: the largest machine there can be, 256 cards with 256 domains.
 */
#include "machine.h"

#define ALL 256

static void
test_lists(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(GPtrArray) names = ap_host_list_names(host, AP_LIST_ALL_KINDS, NULL);

    g_assert_cmpint(ap_host_count(host, AP_LIST_CARDS, NULL), ==, ALL);
    g_assert_cmpint(ap_host_count(host, AP_LIST_QUEUES, NULL), ==, ALL * ALL);
    g_assert_cmpuint(names->len, ==, ALL + ALL * ALL + 1);
    g_assert_cmpstr(names->pdata[0], ==, "ap_card00");
    g_assert_cmpstr(names->pdata[ALL], ==, "ap_00_0000");
    g_assert_cmpstr(names->pdata[ALL + ALL * ALL - 1], ==, "ap_ff_00ff");
}

static void
test_whole_machine(void)
{
    static const char *const all =
        "ap_config=0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff,"
        "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff,0x0";
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(ApDevice) device = NULL;

    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+0-255"), ==, 0);
    machine_assert_refused(host, NULL, all, AP_ERROR_HOST_POOL,
                           "'echo -0-255 > /sys/bus/ap/apmask'");
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "-0-255"), ==, 0);
    device = machine_create(host, NULL, all);
    machine_assert_refused(host, NULL, "assign_adapter=255 assign_domain=255",
                           AP_ERROR_CONFLICT, "queue ff.00ff is assigned to matrix");
    machine_destroy(host, ap_device_get_name(device));
    machine_assert_sound(host);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/max/lists_complete", test_lists);
    g_test_add_func("/host/max/one_matrix_takes_all", test_whole_machine);
    return g_test_run();
}
