/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-pool-use.c: what the host does with its queues.
 */
#include <string.h>

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

static const ApMatrix all = { { { ~0ULL, ~0ULL, ~0ULL, ~0ULL } }, { { 0 } }, { { 0 } } };

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
    use = ap_pool_use_read(root->fd, &all, &error);
    g_assert_no_error(error);
    g_assert_true(apc_mask_test(&use->present.of[5], 4));
    g_assert_true(apc_mask_test(&use->present.of[5], 255));
    g_assert_cmpuint(apc_mask_weight(&use->present.of[5]), ==, 2);
    g_assert_true(apc_mask_empty(&use->present.of[6]));
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
    g_assert_true(first->is_certain);
    g_assert_false(second->is_certain);
    g_assert_cmpstr(second->who, ==, "process 9 (openssl) has /dev/z90crypt open");
    g_assert_cmpuint(ap_matrix_n_queues(&second->queues), ==, APC_IDS * APC_IDS);
}

#define RANGE "3ffa5b00000-3ffa5f80000"

/* A process with one libcrypto, and that in /proc. */
static void
add_openssl(ApRoot *root, const char *pid, const char *inode, const char *content)
{
    g_autofree char *maps = g_strconcat("proc/", pid, "/maps", NULL);
    g_autofree char *file = g_strconcat("proc/", pid, "/map_files/" RANGE, NULL);
    g_autofree char *text = g_strconcat(
        "3ffa5a00000-3ffa5a80000 r-xp 00000000 fe:00 7 /usr/lib/libc.so.6\n" RANGE
        " r-xp 00000000 fe:00 ",
        inode, " /usr/lib/libcrypto.so.3\n", NULL);

    add_process(root, pid, "udevd\n", "/dev/z90crypt");
    ap_root_write(root, maps, text);
    if (content)
        ap_root_write_data(root, file, content, strlen(content) + 1);
}

/* Whether the process that @use has found, the only one, gets on without coprocessors. */
static void
assert_only_accelerates(ApRoot *root, const char *pid, gboolean expected)
{
    g_autoptr(ApPoolUse) use = ap_pool_use_read(root->fd, &all, NULL);
    g_autofree char *process = g_strconcat("proc/", pid, NULL);

    g_assert_cmpuint(use->users->len, ==, 1);
    g_assert_cmpint(((ApPoolUser *)use->users->pdata[0])->only_accelerates, ==, expected);
    ap_root_remove(root, process);
}

static void
test_openssl(void)
{
    static const char node[] = "/dev/z90crypt";
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_write(root, "sys/bus/ap/ap_domain", "4\n");
    add_openssl(root, "7", "11", node);
    assert_only_accelerates(root, "7", TRUE);
    /* Older ones do not open it: then the program itself has. */
    add_openssl(root, "7", "12", "/dev/hwrng");
    assert_only_accelerates(root, "7", FALSE);
    /* Once more: that is for something else. */
    add_openssl(root, "7", "13", node);
    ap_root_link(root, "proc/7/fd/4", "/dev/z90crypt");
    assert_only_accelerates(root, "7", FALSE);
    /* A library that cannot be looked at. */
    add_openssl(root, "7", "14", NULL);
    assert_only_accelerates(root, "7", FALSE);
    add_process(root, "7", "none\n", "/dev/z90crypt");
    assert_only_accelerates(root, "7", FALSE);
}

static void
test_nothing(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApPoolUse) use = NULL;

    ap_root_write(root, "sys/bus/ap/ap_domain", "-1\n");
    use = ap_pool_use_read(root->fd, &all, NULL);
    g_assert_cmpint(use->default_domain, ==, -1);
    g_assert_cmpuint(use->users->len, ==, 0);
}

static void
add_queue(ApRoot *root, const char *queue, const char *file, const char *value)
{
    g_autofree char *path = g_strdup_printf("sys/devices/ap/card05/%s/%s", queue, file);
    g_autofree char *bound = g_strconcat("sys/bus/ap/drivers/cex4queue/", queue, NULL);

    ap_root_write(root, path, value);
    if (!ap_root_exists(root, bound))
        ap_root_mkdir(root, bound);
}

static void
test_state(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApPoolUse) use = NULL;
    g_autofree char *keys = NULL;
    g_autofree char *no_keys = NULL;

    ap_root_add_card(root, 5, "0004,00ff", "cex4queue");
    ap_root_write(root, "sys/bus/ap/ap_domain", "4\n");
    ap_root_write(root, "sys/devices/ap/card05/type", "CEX8P\n");
    add_queue(root, "05.0004", "online", "1\n");
    add_queue(root, "05.0004", "request_count", "3\n");
    add_queue(root, "05.0004", "pendingq_count", "1\n");
    add_queue(root, "05.0004", "driver_override", "\n");
    add_queue(root, "05.0004", "mkvps", "WK CUR: confirmed 0x12\nWK NEW: - -\n");
    add_queue(root, "05.00ff", "online", "0\n");
    add_queue(root, "05.00ff", "driver_override", "none\n");
    add_queue(root, "05.00ff", "mkvps", "WK CUR: - -\nWK NEW: - -\n");
    use = ap_pool_use_read(root->fd, &all, NULL);
    g_assert_cmpint(use->modes[5], ==, AP_MODE_EP11);
    g_assert_true(ap_rows_has(&use->usable, 5, 4));
    g_assert_true(ap_rows_has(&use->used, 5, 4));
    g_assert_true(ap_rows_has(&use->busy, 5, 4));
    g_assert_false(ap_rows_has(&use->usable, 5, 255));
    g_assert_true(use->can_override);
    g_assert_false(ap_rows_has(&use->overridden, 5, 4));
    g_assert_true(ap_rows_has(&use->overridden, 5, 255));
    g_assert_true(ap_rows_has(&use->pinned, 5, 255));
    keys = use->read_keys(use->keys_data, 5, 4);
    g_assert_cmpstr(keys, ==, "WK CUR: confirmed 0x12\n");
    no_keys = use->read_keys(use->keys_data, 5, 255);
    g_assert_null(no_keys);
}

static void
test_protected_keys(void)
{
    static const char idle[] = "name : xts(paes)\ndriver : xts-paes-s390\nrefcnt : 1\n\n"
                               "name : aes\ndriver : aes-s390\nrefcnt : 9\n";
    static const char used[] = "name         : xts(paes)\n"
                               "driver       : xts-paes-s390\n"
                               "module       : paes_s390\n"
                               "refcnt       : 2\n\n";
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApPoolUse) nobody = NULL;
    g_autoptr(ApPoolUse) kernel = NULL;
    const ApPoolUser *user;

    ap_root_write(root, "sys/bus/ap/ap_domain", "4\n");
    ap_root_write(root, "proc/crypto", idle);
    nobody = ap_pool_use_read(root->fd, &all, NULL);
    g_assert_cmpuint(nobody->users->len, ==, 0);
    ap_root_write(root, "proc/crypto", used);
    add_process(root, "7", "zkey\n", "/dev/pkey");
    kernel = ap_pool_use_read(root->fd, &all, NULL);
    g_assert_cmpuint(kernel->users->len, ==, 2);
    user = kernel->users->pdata[0];
    g_assert_cmpstr(user->who, ==, "process 7 (zkey) has /dev/pkey open");
    g_assert_true(user->has_keys && user->is_certain);
    user = kernel->users->pdata[1];
    g_assert_cmpstr(user->who, ==, "the kernel encrypts with protected keys");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-pool-use/users_and_queues_found", test_read);
    g_test_add_func("/ap-pool-use/state_of_queues_read", test_state);
    g_test_add_func("/ap-pool-use/protected_keys_found", test_protected_keys);
    g_test_add_func("/ap-pool-use/node_from_openssl_told_apart", test_openssl);
    g_test_add_func("/ap-pool-use/nothing_there", test_nothing);
    return g_test_run();
}
