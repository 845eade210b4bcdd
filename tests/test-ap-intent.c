/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-intent.c: the note of a matrix that is being made.
 */
#include "ap-intent.h"
#include "ap-root.h"

#define NOTE "run/libvirt-ap/making"
#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"

/* One of @kind, with a little of everything in it. */
static ApIntent
make_intent(ApIntentKind kind)
{
    ApIntent intent = { .kind = kind, .uuid = UUID };

    apc_mask_set(&intent.after.adapters, 5);
    apc_mask_set(&intent.after.domains, 0xab);
    if (kind != AP_INTENT_CREATE)
        apc_mask_set(&intent.before.control_domains, 255);
    return intent;
}

static gboolean
write_intent(ApRoot *root, ApIntentKind kind, GError **error)
{
    ApIntent intent = make_intent(kind);

    return ap_intent_write(root->fd, &intent, error);
}

static void
test_written_read(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_mkdir(root, "run");
    for (ApIntentKind kind = 0; kind < AP_INTENT_LAST; kind++) {
        g_autoptr(GError) error = NULL;
        ApIntent written = make_intent(kind);
        ApIntent read;

        g_assert_true(ap_intent_write(root->fd, &written, &error));
        g_assert_no_error(error);
        g_assert_true(ap_intent_read(root->fd, &read));
        g_assert_cmpint(read.kind, ==, kind);
        g_assert_cmpstr(read.uuid, ==, UUID);
        g_assert_true(ap_matrix_equal(&read.after, &written.after));
        g_assert_true(ap_matrix_equal(&read.before, &written.before));
    }
}

static void
test_cleared_none(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    ApIntent intent;

    ap_root_mkdir(root, "run");
    g_assert_false(ap_intent_read(root->fd, &intent));
    ap_intent_clear(root->fd);
    g_assert_true(write_intent(root, AP_INTENT_CREATE, NULL));
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

    ap_root_write(root, NOTE, long_text);
    g_assert_false(ap_intent_read(root->fd, &intent));
    g_assert_true(write_intent(root, AP_INTENT_CREATE, NULL));
    g_assert_true(ap_intent_read(root->fd, &intent));
}

/* Whatever a crash leaves of it: all of it or none; and never does one of a change
 * look like one of a creation, whose matrix would be removed. */
static void
test_cut_short_none(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_mkdir(root, "run");
    for (ApIntentKind kind = 0; kind < AP_INTENT_LAST; kind++) {
        g_autofree char *whole = NULL;
        ApIntent intent;

        g_assert_true(write_intent(root, kind, NULL));
        whole = ap_root_read(root, NOTE);
        for (gsize len = strlen(whole) - 2; len > 0; len--) {
            ap_root_write_data(root, NOTE, whole, len);
            g_assert_false(ap_intent_read(root->fd, &intent));
        }
    }
}

static void
test_no_room_error(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;

    ap_root_write(root, "run", "not a directory");
    g_assert_false(write_intent(root, AP_INTENT_CREATE, &error));
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
