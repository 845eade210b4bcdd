/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-sysfs.c: small files beneath a root.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "ap-root.h"
#include "ap-sysfs.h"

static void
test_read(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    gboolean present = FALSE;
    char text[8];

    ap_root_write(root, "a/b", "hello\n");
    g_assert_true(ap_sysfs_read(root->fd, "a/b", text, sizeof(text), &present, NULL));
    g_assert_true(present);
    g_assert_cmpstr(text, ==, "hello");
    ap_root_write(root, "a/b", "one\ntwo");
    g_assert_true(ap_sysfs_read(root->fd, "a/b", text, sizeof(text), NULL, NULL));
    g_assert_cmpstr(text, ==, "one\ntwo");
    ap_root_write(root, "a/b", "");
    g_assert_true(ap_sysfs_read(root->fd, "a/b", text, sizeof(text), NULL, NULL));
    g_assert_cmpstr(text, ==, "");
}

static void
test_absent(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    gboolean present = TRUE;
    char text[8] = "old";

    g_assert_true(ap_sysfs_read(root->fd, "a/b", text, sizeof(text), &present, &error));
    g_assert_no_error(error);
    g_assert_false(present);
    g_assert_cmpstr(text, ==, "");
    g_assert_false(ap_sysfs_read(root->fd, "a/b", text, sizeof(text), NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_cmpstr(error->message, ==, "cannot read '/a/b': No such file or directory");
}

static void
test_too_long(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    gboolean present;
    char text[8];

    ap_root_write(root, "a", "1234567");
    g_assert_true(ap_sysfs_read(root->fd, "a", text, sizeof(text), &present, NULL));
    ap_root_write(root, "a", "12345678");
    g_assert_false(ap_sysfs_read(root->fd, "a", text, sizeof(text), &present, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
}

/* A file that cannot be read is an error, not an absent file. */
static void
test_unreadable(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    gboolean present;
    char text[8];

    ap_root_mkdir(root, "dir");
    g_assert_false(ap_sysfs_read(root->fd, "dir", text, sizeof(text), &present, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/dir'"));
}

static void
test_uint(void)
{
    static const char *const bad[] = { "", "x", "-1", "1x", "4294967296", "0x", " 1" };
    g_autoptr(ApRoot) root = ap_root_new();
    guint value = 7;
    gboolean present;

    ap_root_write(root, "n", "65536\n");
    g_assert_true(ap_sysfs_read_uint(root->fd, "n", &value, &present, NULL));
    g_assert_cmpuint(value, ==, 65536);
    ap_root_write(root, "n", "0xff");
    g_assert_true(ap_sysfs_read_uint(root->fd, "n", &value, NULL, NULL));
    g_assert_cmpuint(value, ==, 255);
    g_assert_true(ap_sysfs_read_uint(root->fd, "m", &value, &present, NULL));
    g_assert_false(present);
    g_assert_cmpuint(value, ==, 255);
    g_assert_false(ap_sysfs_read_uint(root->fd, "m", &value, NULL, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        ap_root_write(root, "n", bad[i]);
        g_assert_false(ap_sysfs_read_uint(root->fd, "n", &value, &present, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    }
}

static void
test_write(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *content = NULL;

    ap_root_write(root, "a", "");
    g_assert_cmpint(ap_sysfs_write(root->fd, "a", "5"), ==, 0);
    content = ap_root_read(root, "a");
    g_assert_cmpstr(content, ==, "5");
    g_assert_cmpint(ap_sysfs_write(root->fd, "b", "5"), ==, ENOENT);
    g_assert_false(ap_root_exists(root, "b"));
    ap_root_mkdir(root, "dir");
    g_assert_cmpint(ap_sysfs_write(root->fd, "dir", "5"), ==, EISDIR);
}

static void
test_link(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *deep = NULL;
    g_autofree char *flat = NULL;

    ap_root_link(root, "deep", "../../bus/ap/drivers/vfio_ap");
    ap_root_link(root, "flat", "vfio_ap");
    ap_root_write(root, "file", "");
    deep = ap_sysfs_read_link_name(root->fd, "deep");
    flat = ap_sysfs_read_link_name(root->fd, "flat");
    g_assert_cmpstr(deep, ==, "vfio_ap");
    g_assert_cmpstr(flat, ==, "vfio_ap");
    g_assert_null(ap_sysfs_read_link_name(root->fd, "file"));
    g_assert_null(ap_sysfs_read_link_name(root->fd, "absent"));
}

static void
count_and_check(const char *name, gpointer data)
{
    guint *count = data;

    g_assert_true(g_str_equal(name, "x") || g_str_equal(name, "y"));
    (*count)++;
}

static void
test_scan(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    guint count = 0;

    ap_root_mkdir(root, "dir/x");
    ap_root_write(root, "dir/y", "");
    g_assert_true(ap_sysfs_scan(root->fd, "dir", count_and_check, &count, &error));
    g_assert_cmpuint(count, ==, 2);
    g_assert_true(ap_sysfs_scan(root->fd, "absent", count_and_check, &count, &error));
    g_assert_cmpuint(count, ==, 2);
    g_assert_no_error(error);
}

static void
test_scan_fails(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    guint count = 0;

    ap_root_link(root, "loop", "loop");
    g_assert_false(ap_sysfs_scan(root->fd, "loop", count_and_check, &count, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/loop'"));
}

static void
test_exists(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_write(root, "a", "");
    g_assert_true(ap_sysfs_exists(root->fd, "a"));
    g_assert_false(ap_sysfs_exists(root->fd, "b"));
    g_assert_true(ap_sysfs_is_absent(ENODEV));
    g_assert_false(ap_sysfs_is_absent(EACCES));
}

static void
test_scan_uuids(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GPtrArray) none = ap_sysfs_scan_uuids(root->fd, "d", NULL);
    g_autoptr(GPtrArray) uuids = NULL;

    g_assert_cmpuint(none->len, ==, 0);
    ap_root_write(root, "d/ffffffff-0000-0000-0000-000000000000", "");
    ap_root_write(root, "d/00000000-0000-0000-0000-00000000000a", "");
    ap_root_write(root, "d/00000000-0000-0000-0000-00000000000B", "");
    ap_root_write(root, "d/00000000-0000-0000-0000-00000000000a~", "");
    ap_root_write(root, "d/power", "");
    uuids = ap_sysfs_scan_uuids(root->fd, "d", NULL);
    g_assert_cmpuint(uuids->len, ==, 2);
    g_assert_cmpstr(uuids->pdata[0], ==, "00000000-0000-0000-0000-00000000000a");
    g_assert_cmpstr(uuids->pdata[1], ==, "ffffffff-0000-0000-0000-000000000000");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-sysfs/read_newline_cut", test_read);
    g_test_add_func("/ap-sysfs/read_absent_told_apart", test_absent);
    g_test_add_func("/ap-sysfs/read_bounded", test_too_long);
    g_test_add_func("/ap-sysfs/read_unreadable_error", test_unreadable);
    g_test_add_func("/ap-sysfs/uint_parsed", test_uint);
    g_test_add_func("/ap-sysfs/write_errno_returned", test_write);
    g_test_add_func("/ap-sysfs/link_last_component", test_link);
    g_test_add_func("/ap-sysfs/scan_entries", test_scan);
    g_test_add_func("/ap-sysfs/scan_error_reported", test_scan_fails);
    g_test_add_func("/ap-sysfs/exists_and_absent", test_exists);
    g_test_add_func("/ap-sysfs/scan_uuids_only_and_sorted", test_scan_uuids);
    return g_test_run();
}
