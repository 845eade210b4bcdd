/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-snapshot.c: the state that a wish is judged by.
 */
#include <string.h>

#include "ap-host-priv.h"
#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define MATRIX "sys/devices/vfio_ap/matrix"

static void
test_full(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApSnapshot) snapshot = NULL;

    ap_root_add_matrix_parent(root, "0xf\n", "0x8\n");
    ap_root_add_matrix(root, A, "0x04,0x08,0x1\n", 0);
    ap_root_add_matrix(root, B, "0,0,0\n", 1);
    snapshot = ap_host_take_snapshot(host, &error);
    g_assert_no_error(error);
    g_assert_true(snapshot->has_parent);
    g_assert_true(snapshot->has_config);
    g_assert_cmpuint(snapshot->available_instances, ==, 65536);
    g_assert_cmpuint(snapshot->limits.max_adapter, ==, 63);
    g_assert_cmpuint(snapshot->limits.max_domain, ==, 84);
    g_assert_cmpuint(apc_mask_weight(&snapshot->pool.adapters), ==, 4);
    g_assert_cmpuint(apc_mask_next(&snapshot->pool.domains, 0), ==, 0);
    g_assert_cmpuint(snapshot->matrices->len, ==, 2);
    g_assert_true(apc_mask_test(&ap_snapshot_find(snapshot, A)->matrix.adapters, 5));
    g_assert_true(apc_mask_test(&ap_snapshot_find(snapshot, A)->matrix.domains, 4));
    g_assert_true(
        apc_mask_test(&ap_snapshot_find(snapshot, A)->matrix.control_domains, 3));
    g_assert_nonnull(ap_snapshot_find(snapshot, B));
}

static void
test_no_driver(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(host, &error);

    g_assert_no_error(error);
    g_assert_false(snapshot->has_parent);
}

/* A kernel without ap_config and a machine without extended addressing. */
static void
test_old(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApSnapshot) snapshot = NULL;

    ap_root_add_matrix_parent(root, "0x0", "0x0");
    ap_root_remove(root, MATRIX "/features");
    ap_root_remove(root, "sys/bus/ap/ap_max_adapter_id");
    ap_root_remove(root, "sys/bus/ap/ap_max_domain_id");
    snapshot = ap_host_take_snapshot(host, NULL);
    g_assert_false(snapshot->has_config);
    g_assert_cmpuint(snapshot->limits.max_adapter, ==, 63);
    g_assert_cmpuint(snapshot->limits.max_domain, ==, 15);
}

/* A judgement on half the facts would be worse than none. */
static void
test_incomplete(void)
{
    static const struct {
        const char *path;
        const char *content;
    } faults[] = {
        { "sys/bus/ap/apmask", NULL },
        { "sys/bus/ap/aqmask", "0xnonsense" },
        { "sys/bus/ap/ap_max_adapter_id", "256" },
        { "sys/bus/ap/ap_max_domain_id", "-1" },
        { MATRIX "/" A "/ap_config", "0x0,0x0" },
        { MATRIX "/mdev_supported_types/vfio_ap-passthrough/available_instances",
          "many" },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(ApRoot) root = ap_root_new();
        g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
        g_autoptr(GError) error = NULL;

        ap_root_add_matrix_parent(root, "0x0", "0x0");
        ap_root_add_matrix(root, A, "0,0,0", 0);
        if (faults[i].content)
            ap_root_write(root, faults[i].path, faults[i].content);
        else
            ap_root_remove(root, faults[i].path);
        g_assert_null(ap_host_take_snapshot(host, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_IO);
        g_assert_nonnull(strstr(error->message, faults[i].path));
    }
}

/* A matrix that goes away after it was listed is left out. */
static void
test_vanished(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApSnapshot) snapshot = NULL;

    ap_root_add_matrix_parent(root, "0x0", "0x0");
    ap_root_mkdir(root, MATRIX "/" A);
    snapshot = ap_host_take_snapshot(host, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(snapshot->matrices->len, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host-snapshot/everything_read", test_full);
    g_test_add_func("/ap-host-snapshot/no_driver_no_parent", test_no_driver);
    g_test_add_func("/ap-host-snapshot/old_machine_defaults", test_old);
    g_test_add_func("/ap-host-snapshot/incomplete_error_names_file", test_incomplete);
    g_test_add_func("/ap-host-snapshot/vanished_matrix_left_out", test_vanished);
    return g_test_run();
}
