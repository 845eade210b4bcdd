/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-file.c: files that are replaced whole, and directories made on the way.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "ap-file.h"
#include "ap-root.h"

static void
test_dir(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    int dir = ap_file_open_dir(root->fd, "a/b/c");

    g_assert_cmpint(dir, >=, 0);
    close(dir);
    g_assert_true(ap_root_exists(root, "a/b/c"));
    dir = ap_file_open_dir(root->fd, "a/b/c");
    g_assert_cmpint(dir, >=, 0);
    close(dir);
    ap_root_write(root, "a/file", "");
    g_assert_cmpint(ap_file_open_dir(root->fd, "a/file"), ==, -ENOTDIR);
    g_assert_cmpint(ap_file_open_dir(root->fd, "a/file/x"), ==, -ENOTDIR);
}

static void
assert_content(ApRoot *root, const char *expected)
{
    g_autofree char *text = ap_root_read(root, "file");

    g_assert_cmpstr(text, ==, expected);
    g_assert_false(ap_root_exists(root, "temp"));
}

static void
test_publish(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    int dir = ap_file_open_dir(root->fd, ".");
    g_autofree char *big = g_strnfill(1 << 20, 'x');

    ap_root_write(root, "temp", "left over");
    g_assert_cmpint(ap_file_publish(dir, "temp", "file", "1", NULL, AP_FILE_NEW), ==, 0);
    assert_content(root, "1");
    g_assert_cmpint(ap_file_publish(dir, "temp", "file", "2", NULL, AP_FILE_NEW), ==,
                    EEXIST);
    assert_content(root, "1");
    g_assert_cmpint(ap_file_publish(dir, "temp", "file", big, NULL, AP_FILE_REPLACE), ==,
                    0);
    assert_content(root, big);
    g_assert_cmpint(ap_file_remove(dir, "file"), ==, 0);
    g_assert_cmpint(ap_file_remove(dir, "file"), ==, ENOENT);
    close(dir);
}

static void
test_not_published(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    int dir = ap_file_open_dir(root->fd, ".");

    ap_root_mkdir(root, "file");
    g_assert_cmpint(ap_file_publish(dir, "temp", "file", "1", NULL, AP_FILE_REPLACE), ==,
                    EISDIR);
    g_assert_false(ap_root_exists(root, "temp"));
    ap_root_mkdir(root, "temp");
    g_assert_cmpint(ap_file_publish(dir, "temp", "other", "1", NULL, AP_FILE_NEW), !=, 0);
    g_assert_false(ap_root_exists(root, "other"));
    close(dir);
}

static void
test_set(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;

    for (const char *text = "1"; text; text = *text == '1' ? "2" : NULL) {
        g_autofree char *content = NULL;

        g_assert_true(ap_file_set(root->fd, "a/b", "temp", "file", text, &error));
        content = ap_root_read(root, "a/b/file");
        g_assert_cmpstr(content, ==, text);
    }
    for (guint i = 0; i < 2; i++) {
        g_assert_true(ap_file_set(root->fd, "a/b", "temp", "file", NULL, &error));
        g_assert_false(ap_root_exists(root, "a/b/file"));
    }
    ap_root_write(root, "c", "");
    g_assert_false(ap_file_set(root->fd, "c", "temp", "file", "1", &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/c/file'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-file/missing_directories_made", test_dir);
    g_test_add_func("/ap-file/published_whole", test_publish);
    g_test_add_func("/ap-file/in_the_way_nothing_changed", test_not_published);
    g_test_add_func("/ap-file/set_and_not_there", test_set);
    return g_test_run();
}
