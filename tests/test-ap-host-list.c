/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-list.c: lists and counts under every combination of flags.
 */
#include <string.h>

#include <libvirt-ap/ap-host.h>

#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define C      "02177883-f1bb-47f0-914d-32a22e3a8806"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define NAME_C "mdev_02177883_f1bb_47f0_914d_32a22e3a8806_matrix"
#define STORE  "etc/mdevctl.d/matrix/"
#define GOOD   "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"manual\"}"

#define CARDS    "ap_card05 ap_cardff"
#define QUEUES   "ap_05_0004 ap_05_0047 ap_05_00ff ap_ff_0004"
#define HARDWARE CARDS " " QUEUES " ap_matrix"

/* A is active, B active and defined, C only defined. */
static ApRoot *
make_root(void)
{
    ApRoot *root = ap_root_new();

    ap_root_add_card(root, 255, "0004", "cex4queue");
    ap_root_add_card(root, 5, "00ff,0004,0047", "vfio_ap");
    ap_root_mkdir(root, "sys/devices/ap/power");
    ap_root_add_matrix_parent(root, "0x0", "0x0");
    ap_root_add_matrix(root, B, "0,0,0", 1);
    ap_root_add_matrix(root, A, "0,0,0", 0);
    ap_root_write(root, STORE B, GOOD);
    ap_root_write(root, STORE C, GOOD);
    return root;
}

static const struct {
    ApListFlags flags;
    const char *names;
} cases[] = {
    { 0, "" },
    { AP_LIST_CARDS, CARDS },
    { AP_LIST_QUEUES, QUEUES },
    { AP_LIST_MATRIX_PARENT, "ap_matrix" },
    { AP_LIST_MATRICES, NAME_C " " NAME_A " " NAME_B },
    { AP_LIST_ALL_KINDS, HARDWARE " " NAME_C " " NAME_A " " NAME_B },
    { AP_LIST_ALL_KINDS | AP_LIST_ACTIVE, HARDWARE " " NAME_A " " NAME_B },
    { AP_LIST_ALL_KINDS | AP_LIST_INACTIVE, NAME_C },
    { AP_LIST_ALL_KINDS | AP_LIST_ACTIVE | AP_LIST_INACTIVE,
      HARDWARE " " NAME_C " " NAME_A " " NAME_B },
    { AP_LIST_ALL_KINDS | AP_LIST_PERSISTENT, NAME_C " " NAME_B },
    { AP_LIST_ALL_KINDS | AP_LIST_TRANSIENT, HARDWARE " " NAME_A },
    { AP_LIST_ALL_KINDS | AP_LIST_PERSISTENT | AP_LIST_TRANSIENT,
      HARDWARE " " NAME_C " " NAME_A " " NAME_B },
    { AP_LIST_ALL_KINDS | AP_LIST_ACTIVE | AP_LIST_PERSISTENT, NAME_B },
    { AP_LIST_ALL_KINDS | AP_LIST_INACTIVE | AP_LIST_PERSISTENT, NAME_C },
    { AP_LIST_ALL_KINDS | AP_LIST_INACTIVE | AP_LIST_TRANSIENT, "" },
    { AP_LIST_MATRICES | AP_LIST_ACTIVE | AP_LIST_TRANSIENT, NAME_A },
    { AP_LIST_ACTIVE, "" },
};

static char *
join(GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

static void
test_flags(void)
{
    g_autoptr(ApRoot) root = make_root();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) names = ap_host_list_names(host, cases[i].flags, &error);
        g_autofree char *text = NULL;

        g_assert_no_error(error);
        text = join(names);
        g_test_message("flags 0x%x", cases[i].flags);
        g_assert_cmpstr(text, ==, cases[i].names);
        g_assert_cmpint(ap_host_count(host, cases[i].flags, &error), ==, names->len);
        g_assert_no_error(error);
    }
}

static void
test_nothing(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = ap_host_list_names(host, AP_LIST_ALL_KINDS, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(names->len, ==, 0);
    g_assert_cmpint(ap_host_count(host, AP_LIST_ALL_KINDS, NULL), ==, 0);
}

/* Everything that is listed is there, and can be looked up. */
static void
test_agrees(void)
{
    g_autoptr(ApRoot) root = make_root();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GPtrArray) names = ap_host_list_names(host, AP_LIST_ALL_KINDS, NULL);

    for (guint i = 0; i < names->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(ApDevice) device = ap_host_lookup(host, names->pdata[i], &error);

        g_assert_no_error(error);
        g_assert_cmpstr(ap_device_get_name(device), ==, names->pdata[i]);
        g_assert_true(ap_host_has(host, names->pdata[i]));
    }
}

static void
test_bad_definition(void)
{
    g_autoptr(ApRoot) root = make_root();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GPtrArray) names = NULL;

    ap_root_write(root, STORE C, "{");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                          "*ignoring the definition*" C "*");
    names = ap_host_list_names(host, AP_LIST_MATRICES, NULL);
    g_test_assert_expected_messages();
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpint(ap_host_count(host, AP_LIST_MATRICES | AP_LIST_PERSISTENT, NULL), ==,
                    1);
}

static void
test_unreadable(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;

    ap_root_link(root, "sys/bus/ap/devices", "devices");
    g_assert_null(ap_host_list_names(host, AP_LIST_QUEUES, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/sys/bus/ap/devices'"));
    g_assert_cmpint(ap_host_count(host, AP_LIST_QUEUES, NULL), ==, -1);
    /* The others do not need that directory. */
    g_assert_cmpint(ap_host_count(host, AP_LIST_CARDS, NULL), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host-list/flags_kinds_and_states", test_flags);
    g_test_add_func("/ap-host-list/no_hardware_empty", test_nothing);
    g_test_add_func("/ap-host-list/list_agrees_with_lookup", test_agrees);
    g_test_add_func("/ap-host-list/bad_definition_left_out", test_bad_definition);
    g_test_add_func("/ap-host-list/unreadable_directory_error", test_unreadable);
    return g_test_run();
}
