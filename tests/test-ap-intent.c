/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-intent.c: the note of a matrix that is being made.
 */
#include "ap-intent.h"
#include "ap-root.h"

#define NOTE "run/libvirt-ap/making"
#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"

static void
make_matrix(ApMatrix *matrix)
{
    *matrix = (ApMatrix){ 0 };
    apc_mask_set(&matrix->adapters, 5);
    apc_mask_set(&matrix->domains, 0xab);
}

static void
test_written_read(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    char config[AP_MATRIX_CONFIG_SIZE];
    ApIntent intent;
    ApMatrix matrix;

    make_matrix(&matrix);
    ap_matrix_format_config(&matrix, config);
    ap_root_mkdir(root, "run");
    g_assert_true(ap_intent_write(root->fd, UUID, &matrix, &error));
    g_assert_no_error(error);
    g_assert_true(ap_intent_read(root->fd, &intent));
    g_assert_cmpstr(intent.uuid, ==, UUID);
    g_assert_cmpstr(intent.config, ==, config);
}

static void
test_cleared_none(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    ApIntent intent;
    ApMatrix matrix;

    make_matrix(&matrix);
    ap_root_mkdir(root, "run");
    g_assert_false(ap_intent_read(root->fd, &intent));
    ap_intent_clear(root->fd);
    g_assert_true(ap_intent_write(root->fd, UUID, &matrix, NULL));
    ap_intent_clear(root->fd);
    g_assert_false(ap_root_exists(root, NOTE));
    g_assert_false(ap_intent_read(root->fd, &intent));
}

static void
test_shorter_replaces(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *long_text = g_strnfill(3000, 'x');
    ApIntent intent;
    ApMatrix matrix;

    make_matrix(&matrix);
    ap_root_write(root, NOTE, long_text);
    g_assert_false(ap_intent_read(root->fd, &intent));
    g_assert_true(ap_intent_write(root->fd, UUID, &matrix, NULL));
    g_assert_true(ap_intent_read(root->fd, &intent));
}

/* Whatever a crash leaves of it: all of it or none. */
static void
test_cut_short_none(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *whole = NULL;
    ApIntent intent;
    ApMatrix matrix;

    make_matrix(&matrix);
    ap_root_mkdir(root, "run");
    g_assert_true(ap_intent_write(root->fd, UUID, &matrix, NULL));
    whole = ap_root_read(root, NOTE);
    for (gsize len = strlen(whole) - 2; len > 0; len--) {
        ap_root_write_data(root, NOTE, whole, len);
        g_assert_false(ap_intent_read(root->fd, &intent));
    }
}

static void
test_no_room_error(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    ApMatrix matrix;

    make_matrix(&matrix);
    ap_root_write(root, "run", "not a directory");
    g_assert_false(ap_intent_write(root->fd, UUID, &matrix, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, NOTE));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-intent/written_read", test_written_read);
    g_test_add_func("/ap-intent/cleared_none", test_cleared_none);
    g_test_add_func("/ap-intent/shorter_replaces", test_shorter_replaces);
    g_test_add_func("/ap-intent/cut_short_none", test_cut_short_none);
    g_test_add_func("/ap-intent/no_room_error", test_no_room_error);
    return g_test_run();
}
