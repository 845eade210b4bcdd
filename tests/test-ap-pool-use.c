/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-pool-use.c: what the host does with its queues.
 */
#include "ap-pool-use.h"
#include "ap-root.h"

#define NODE "sys/class/zcrypt/web"

static void
add_process(ApRoot *root, const char *pid, const char *name, const char *target)
{
    g_autofree char *comm = g_strconcat("proc/", pid, "/comm", NULL);
    g_autofree char *fd = g_strconcat("proc/", pid, "/fd/3", NULL);

    ap_root_write(root, comm, name);
    ap_root_link(root, fd, target);
}

static void
test_read(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(ApPoolUse) use = NULL;
    const ApPoolUser *first, *second;

    ap_root_add_card(root, 5, "0004,00ff", "cex4queue");
    ap_root_write(root, "sys/bus/ap/ap_domain", "4\n");
    ap_root_write(root, NODE "/apmask", "0x04\n");
    ap_root_write(root, NODE "/aqmask", "0x08\n");
    add_process(root, "7", "httpd\n", "/dev/web");
    add_process(root, "8", "bash\n", "/dev/null");
    add_process(root, "9", "openssl\n", "/dev/z90crypt");
    use = ap_pool_use_read(root->fd, &error);
    g_assert_no_error(error);
    g_assert_true(apc_mask_test(&use->present[5], 4));
    g_assert_true(apc_mask_test(&use->present[5], 255));
    g_assert_cmpuint(apc_mask_weight(&use->present[5]), ==, 2);
    g_assert_true(apc_mask_empty(&use->present[6]));
    g_assert_cmpint(use->default_domain, ==, 4);
    g_assert_cmpuint(use->users->len, ==, 2);
    first = use->users->pdata[0];
    second = use->users->pdata[1];
    if (ap_matrix_n_queues(&first->queues) > 1) {
        const ApPoolUser *other = first;

        first = second;
        second = other;
    }
    g_assert_cmpstr(first->who, ==, "process 7 (httpd) has /dev/web open");
    g_assert_cmpuint(ap_matrix_n_queues(&first->queues), ==, 1);
    g_assert_cmpstr(second->who, ==, "process 9 (openssl) has /dev/z90crypt open");
    g_assert_cmpuint(ap_matrix_n_queues(&second->queues), ==, APC_IDS * APC_IDS);
}

static void
test_nothing(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApPoolUse) use = NULL;

    ap_root_write(root, "sys/bus/ap/ap_domain", "-1\n");
    use = ap_pool_use_read(root->fd, NULL);
    g_assert_cmpint(use->default_domain, ==, -1);
    g_assert_cmpuint(use->users->len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-pool-use/users_and_queues_found", test_read);
    g_test_add_func("/ap-pool-use/nothing_there", test_nothing);
    return g_test_run();
}
