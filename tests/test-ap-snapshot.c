/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-snapshot.c: matrices of a host and who holds what.
 */
#include "ap-snapshot.h"

#define A "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B "62177883-f1bb-47f0-914d-32a22e3a8805"

static ApMatrix
make(guint adapter, guint domain)
{
    ApMatrix matrix = { 0 };

    apc_mask_set(&matrix.adapters, adapter);
    apc_mask_set(&matrix.domains, domain);
    return matrix;
}

static void
test_find(void)
{
    g_autoptr(ApSnapshot) snapshot = ap_snapshot_new();
    ApMatrix matrix = make(5, 4);

    g_assert_null(ap_snapshot_find(snapshot, A));
    ap_snapshot_add_matrix(snapshot, A, &matrix);
    g_assert_cmpstr(ap_snapshot_find(snapshot, A)->uuid, ==, A);
    g_assert_null(ap_snapshot_find(snapshot, B));
    ap_snapshot_free(NULL);
}

static void
test_holder(void)
{
    g_autoptr(ApSnapshot) snapshot = ap_snapshot_new();
    ApMatrix first = make(5, 4);
    ApMatrix wish = make(5, 4);
    ApMatrix common;

    ap_snapshot_add_matrix(snapshot, A, &first);
    g_assert_cmpstr(ap_snapshot_find_holder(snapshot, B, &wish, &common)->uuid, ==, A);
    g_assert_true(ap_matrix_equal(&common, &first));
    g_assert_null(ap_snapshot_find_holder(snapshot, A, &wish, &common));
    wish = make(5, 5);
    g_assert_null(ap_snapshot_find_holder(snapshot, B, &wish, &common));
    wish = make(6, 4);
    g_assert_null(ap_snapshot_find_holder(snapshot, B, &wish, &common));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-snapshot/find_by_uuid", test_find);
    g_test_add_func("/ap-snapshot/holder_other_than_self", test_holder);
    return g_test_run();
}
