/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-create.c: refusals before anything is written, and a kernel that
 * does not do what it is told.  Creating for real needs a kernel or its double.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define MATRIX "sys/devices/vfio_ap/matrix"
#define CREATE MATRIX "/mdev_supported_types/vfio_ap-passthrough/create"

static ApDevice *
make_wish(const char *uuid)
{
    ApDevice *wish = ap_device_new(AP_DEVICE_MATRIX);

    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    wish->uuid = g_strdup(uuid);
    ap_device_add_attr(wish, "assign_adapter", "5");
    ap_device_add_attr(wish, "assign_domain", "4");
    return wish;
}

static void
assert_refused(ApRoot *root, const char *uuid, ApError code, const char *message)
{
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) wish = make_wish(uuid);
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_host_create_matrix(host, wish, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    g_assert_nonnull(strstr(error->message, message));
    g_assert_false(ap_root_exists(root, "run/lock/s390apconfig.lock"));
}

static void
assert_nothing_written(ApRoot *root)
{
    g_autofree char *created = ap_root_read(root, CREATE);

    g_assert_cmpstr(created, ==, "");
}

static void
test_refused(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_add_matrix_parent(root, "0x04", "0x08");
    assert_refused(root, A, AP_ERROR_HOST_POOL, "queue 05.0004 belongs to the host pool");
    ap_root_write(root, "sys/bus/ap/apmask", "0x0");
    ap_root_add_matrix(root, B, "0x04,0x08,0", 0);
    assert_refused(root, A, AP_ERROR_CONFLICT, "queue 05.0004 is assigned to matrix " B);
    assert_refused(root, B, AP_ERROR_EXISTS, B " exists already");
    assert_refused(root, "62177883-F1BB-47F0-914D-32A22E3A8805", AP_ERROR_EXISTS, B);
    assert_refused(root, "nonsense", AP_ERROR_UNSUPPORTED, "'nonsense' is not a UUID");
    assert_nothing_written(root);
    ap_root_remove(root, MATRIX);
    assert_refused(root, A, AP_ERROR_UNSUPPORTED, "load the kernel module vfio_ap");
}

/* The kernel takes the UUID, but no matrix comes of it. */
static void
test_nothing_happens(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *created = NULL;

    ap_root_add_matrix_parent(root, "0x0", "0x0");
    assert_refused(root, A, AP_ERROR_IO,
                   "the kernel refused to give matrix " A
                   " the adapters 5, domains 4 and control domains none: No such file");
    created = ap_root_read(root, CREATE);
    g_assert_cmpstr(created, ==, A);
}

static void
test_create_fails(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_add_matrix_parent(root, "0x0", "0x0");
    ap_root_remove(root, CREATE);
    assert_refused(root, A, AP_ERROR_IO,
                   "the kernel refused to create matrix " A
                   ": No such file or directory");
}

static void
test_locked(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_write(root, "run", "not a directory");
    ap_root_add_matrix_parent(root, "0x0", "0x0");
    assert_refused(root, A, AP_ERROR_IO, "s390apconfig.lock");
    assert_nothing_written(root);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host-create/refused_nothing_written", test_refused);
    g_test_add_func("/ap-host-create/no_matrix_appears_error", test_nothing_happens);
    g_test_add_func("/ap-host-create/create_fails_error", test_create_fails);
    g_test_add_func("/ap-host-create/no_lock_nothing_written", test_locked);
    return g_test_run();
}
