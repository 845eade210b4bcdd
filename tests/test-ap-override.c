/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-override.c: the rules that keep single queues out of the host pool, and the
 * writes that take them out.
 */
#include "ap-override.h"
#include "ap-root.h"

#define LINE(queue)                                                                      \
    "ACTION==\"add\", SUBSYSTEM==\"ap\", KERNEL==\"" queue                               \
    "\", ATTR{driver_override}=\"vfio_ap\", ATTR{driver/unbind}=\"$kernel\", "           \
    "ATTR{subsystem/drivers_probe}=\"$kernel\"\n"
#define RULES "run/udev/rules.d/41-libvirt-ap.rules"
#define QUEUE "sys/devices/ap/card05/05.0004/"

static void
test_written(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree ApRows *rows = g_new0(ApRows, 1);
    g_autofree ApRows *again = g_new0(ApRows, 1);
    g_autofree char *text = NULL;

    ap_root_mkdir(root, "run");
    apc_mask_set(&rows->of[5], 4);
    apc_mask_set(&rows->of[0xff], 0xab);
    g_assert_true(ap_override_write(root->fd, AP_RESERVED_UNTIL_BOOT, rows, NULL));
    text = ap_root_read(root, RULES);
    g_assert_cmpstr(text, ==,
                    "# Queues that matrices have reserved; written by libvirt-ap\n" LINE(
                        "05.0004") LINE("ff.00ab"));
    g_assert_true(ap_override_read(root->fd, AP_RESERVED_UNTIL_BOOT, again, NULL));
    g_assert_cmpmem(rows, sizeof(*rows), again, sizeof(*again));
    g_assert_true(ap_override_read(root->fd, AP_RESERVED_FOR_GOOD, again, NULL));
    g_assert_true(ap_rows_is_empty(again));
    g_assert_true(ap_override_write(root->fd, AP_RESERVED_UNTIL_BOOT, again, NULL));
    g_assert_false(ap_root_exists(root, RULES));
}

static void
test_foreign(void)
{
    static const char *const lines[] = { "x",
                                         LINE("05.004"),
                                         LINE("05.0004") "x",
                                         "ACTION==\"add\", SUBSYSTEM==\"ap\", KERNEL==\"",
                                         LINE("card05"),
                                         LINE("") };
    g_autofree ApRows *rows = g_new0(ApRows, 1);
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        g_assert_false(ap_override_parse(lines[i], rows));
    g_assert_true(ap_override_parse("\n# " LINE("05.0004"), rows));
    g_assert_true(ap_rows_is_empty(rows));
    ap_root_write(root, RULES, "x\n");
    g_assert_false(ap_override_read(root->fd, AP_RESERVED_UNTIL_BOOT, rows, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_cmpstr(error->message, ==,
                    "'/" RULES
                    "' has a line that is not ours: move that to another file");
}

/* Plain files do not change drivers: that is noticed. */
static void
test_not_obeyed(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree ApRows *rows = g_new0(ApRows, 1);
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    ap_root_add_card(root, 5, "0004", "cex4queue");
    apc_mask_set(&rows->of[5], 4);
    g_assert_false(ap_override_apply(root->fd, rows, &error));
    g_assert_cmpstr(error->message, ==,
                    "queue 05.0004: the kernel refused 'vfio_ap' for '/" QUEUE
                    "driver_override': No such file or directory");
    g_clear_error(&error);
    ap_root_write(root, QUEUE "driver_override", "");
    g_assert_false(ap_override_apply(root->fd, rows, &error));
    g_assert_cmpstr(
        error->message, ==,
        "queue 05.0004 did not come to vfio_ap, although its override says so");
    text = ap_root_read(root, QUEUE "driver_override");
    g_assert_cmpstr(text, ==, "vfio_ap");
}

/* An override of somebody else is his, and what is gone is gone. */
static void
test_others_left(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree ApRows *rows = g_new0(ApRows, 1);
    g_autofree ApRows *lost = g_new0(ApRows, 1);
    g_autofree char *text = NULL;

    ap_root_add_card(root, 5, "0004", "cex4queue");
    ap_root_write(root, QUEUE "driver_override", "none\n");
    apc_mask_set(&rows->of[5], 4);
    apc_mask_set(&rows->of[6], 4);
    g_assert_true(ap_override_take_back(root->fd, rows, NULL));
    text = ap_root_read(root, QUEUE "driver_override");
    g_assert_cmpstr(text, ==, "none\n");
    ap_override_find_lost(root->fd, rows, lost);
    g_assert_true(ap_rows_has(lost, 5, 4));
    g_assert_false(ap_rows_has(lost, 6, 4));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-override/written_and_read", test_written);
    g_test_add_func("/ap-override/foreign_lines_refused", test_foreign);
    g_test_add_func("/ap-override/disobedience_noticed", test_not_obeyed);
    g_test_add_func("/ap-override/others_left_alone", test_others_left);
    return g_test_run();
}
