/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-mark.c: marks are made, found, and removed one by one or all at once.
 */
#include <fcntl.h>

#include "ap-mark.h"
#include "ap-root.h"

#define A "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B "62177883-f1bb-47f0-914d-32a22e3a8805"

static void
test_marks(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_mkdir(root, "run");
    ap_mark_clear(root->fd, A);
    ap_mark_clear_all(root->fd);
    g_assert_false(ap_mark_is_set(root->fd, A));
    ap_mark_set(root->fd, A);
    ap_mark_set(root->fd, A);
    ap_mark_set(root->fd, B);
    g_assert_true(ap_mark_is_set(root->fd, A));
    ap_mark_clear(root->fd, A);
    g_assert_false(ap_mark_is_set(root->fd, A));
    g_assert_true(ap_mark_is_set(root->fd, B));
    ap_mark_set(root->fd, A);
    ap_mark_clear_all(root->fd);
    g_assert_false(ap_mark_is_set(root->fd, A));
    g_assert_false(ap_mark_is_set(root->fd, B));
}

static void
test_no_place(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_write(root, "run", "");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*cannot make*" A "*");
    ap_mark_set(root->fd, A);
    g_test_assert_expected_messages();
    g_assert_false(ap_mark_is_set(root->fd, A));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-mark/set_found_cleared", test_marks);
    g_test_add_func("/ap-mark/no_place_warned", test_no_place);
    return g_test_run();
}
