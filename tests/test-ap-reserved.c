/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-reserved.c: the notes of what is out of the host pool because of us.
 */
#include <string.h>

#include "ap-reserved.h"
#include "ap-root.h"

#define RUN   "run/libvirt-ap/reserved"
#define STATE "var/lib/libvirt/ap/reserved"

static void
test_written_read(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    ApMatrix taken = { 0 };
    ApMatrix nothing = { 0 };
    ApMatrix read;

    apc_mask_set(&taken.adapters, 5);
    apc_mask_set(&taken.domains, 255);
    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        g_assert_true(ap_reserved_read(root->fd, list, &read, NULL));
        g_assert_true(ap_matrix_equal(&read, &nothing));
        g_assert_true(ap_reserved_write(root->fd, list, &taken, NULL));
        g_assert_true(ap_reserved_read(root->fd, list, &read, NULL));
        g_assert_true(ap_matrix_equal(&read, &taken));
    }
    g_assert_true(ap_root_exists(root, RUN));
    g_assert_true(ap_root_exists(root, STATE));
    g_assert_true(ap_reserved_write(root->fd, AP_RESERVED_UNTIL_BOOT, &nothing, NULL));
    g_assert_false(ap_root_exists(root, RUN));
    g_assert_true(ap_root_exists(root, STATE));
    g_assert_true(ap_reserved_write(root->fd, AP_RESERVED_UNTIL_BOOT, &nothing, NULL));
}

static void
test_bad_refused(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    ApMatrix read;

    ap_root_write(root, RUN, "nonsense\n");
    g_assert_false(ap_reserved_read(root->fd, AP_RESERVED_UNTIL_BOOT, &read, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, RUN));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-reserved/written_read", test_written_read);
    g_test_add_func("/ap-reserved/bad_refused", test_bad_refused);
    return g_test_run();
}
