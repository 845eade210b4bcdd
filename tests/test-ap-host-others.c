/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-others.c: whether others than us have mediated devices.
 */
#include <string.h>

#include <libvirt-ap/ap-host.h>

#include "ap-root.h"

/* What is there, and whether others may have some. */
static const struct {
    const char *paths[4];
    gboolean others;
} cases[] = {
    { { NULL }, FALSE },
    { { "sys/class/mdev_bus/matrix" }, FALSE },
    { { "sys/class/mdev_bus/matrix", "etc/mdevctl.d/matrix", "etc/mdevctl.d/scripts.d" },
      FALSE },
    { { "sys/class/mdev_bus/matrix", "sys/class/mdev_bus/0.0.0026" }, TRUE },
    { { "sys/class/mdev_bus/0000:00:02.0" }, TRUE },
    { { "etc/mdevctl.d/matrix", "etc/mdevctl.d/0.0.0026" }, TRUE },
};

static void
test_others(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ApRoot) root = ap_root_new();
        g_autoptr(ApHost) host = ap_host_new(root->path, NULL);

        g_test_message("case %d", (int)i);
        for (gsize j = 0; cases[i].paths[j]; j++)
            ap_root_mkdir(root, cases[i].paths[j]);
        g_assert_cmpint(ap_host_has_other_mdevs(host), ==, cases[i].others);
    }
}

/* What cannot be read may hold others. */
static void
test_unreadable(void)
{
    /* links to themselves */
    static const char *const paths[] = { "sys/class/mdev_bus", "etc/mdevctl.d" };

    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(ApRoot) root = ap_root_new();
        g_autoptr(ApHost) host = ap_host_new(root->path, NULL);

        ap_root_link(root, paths[i], strrchr(paths[i], '/') + 1);
        g_assert_true(ap_host_has_other_mdevs(host));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host-others/only_what_is_not_ours", test_others);
    g_test_add_func("/ap-host-others/unreadable_may_hold_some", test_unreadable);
    return g_test_run();
}
