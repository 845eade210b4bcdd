/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-destroy.c: removing a matrix, as far as plain files go.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "ap-host-priv.h"
#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define MATRIX "sys/devices/vfio_ap/matrix"
#define STORE  "etc/mdevctl.d/matrix/"

static void
assert_refused(ApRoot *root, const char *name, ApError code, const char *message)
{
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;

    host->remove_timeout = G_USEC_PER_SEC;
    g_assert_false(ap_host_destroy_matrix(host, name, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    g_assert_nonnull(strstr(error->message, message));
    g_assert_false(ap_root_exists(root, "run/lock/s390apconfig.lock"));
}

static void
test_removed(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;
    g_autofree char *written = NULL;

    ap_root_add_matrix(root, A, "0,0,0", 7);
    ap_root_write(root, "dev/vfio/7", "");
    ap_host_destroy_matrix(host, NAME_A, &error);
    g_assert_no_error(error);
    written = ap_root_read(root, MATRIX "/" A "/remove");
    g_assert_cmpstr(written, ==, "1");
}

static void
test_no_group(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;

    ap_root_add_matrix(root, A, "0,0,0", 7);
    ap_root_remove(root, MATRIX "/" A "/iommu_group");
    ap_host_destroy_matrix(host, NAME_A, &error);
    g_assert_no_error(error);
}

static void
test_refused(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_add_card(root, 5, "0004", NULL);
    assert_refused(root, NAME_A, AP_ERROR_NOT_FOUND, "'" NAME_A "'");
    assert_refused(root, "ap_card05", AP_ERROR_NOT_FOUND, "'ap_card05'");
    assert_refused(root, "", AP_ERROR_NOT_FOUND, "''");
    ap_root_write(root, STORE A,
                  "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\"}");
    assert_refused(root, NAME_A, AP_ERROR_NOT_ACTIVE, "'" NAME_A "' is not active");
}

/* The kernel says no. */
static void
test_fails(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_add_matrix(root, A, "0,0,0", 7);
    ap_root_remove(root, MATRIX "/" A "/remove");
    ap_root_mkdir(root, MATRIX "/" A "/remove");
    assert_refused(root, NAME_A, AP_ERROR_IO,
                   "the kernel refused to remove matrix " A ": Is a directory");
}

/* Somebody else was quicker. */
static void
test_gone(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(ap_host_remove_matrix(host, A, &error));
    g_assert_no_error(error);
}

/* A removal that the kernel does not finish: opening a FIFO for writing waits
 * for a reader who never comes. */
static void
test_hangs(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *remover = g_build_filename(root->path, MATRIX, A, "remove", NULL);

    ap_root_add_matrix(root, A, "0,0,0", 7);
    ap_root_remove(root, MATRIX "/" A "/remove");
    g_assert_cmpint(mkfifo(remover, 0600), ==, 0);
    assert_refused(root, NAME_A, AP_ERROR_BUSY,
                   "has not finished removing matrix " A " after 1 second:");
}

/* Asked for before, and not finished: there is the matrix, but nothing left to ask
 * with. */
static void
test_being_removed(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_add_matrix(root, A, "0,0,0", 7);
    ap_root_remove(root, MATRIX "/" A "/remove");
    assert_refused(root, NAME_A, AP_ERROR_BUSY, "matrix " A " is being removed already:");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host-destroy/active_removed", test_removed);
    g_test_add_func("/ap-host-destroy/no_group_removed", test_no_group);
    g_test_add_func("/ap-host-destroy/refused_says_why", test_refused);
    g_test_add_func("/ap-host-destroy/kernel_refusal_reported", test_fails);
    g_test_add_func("/ap-host-destroy/gone_already_fine", test_gone);
    g_test_add_func("/ap-host-destroy/hanging_answered", test_hangs);
    g_test_add_func("/ap-host-destroy/second_time_not_reported_as_done",
                    test_being_removed);
    return g_test_run();
}
