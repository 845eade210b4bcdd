/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-serve-list.c: which devices are listed, who is asked, and what is left
 * out.
 */
#include <string.h>

#include "serve-machine.h"

#define CAP_PCI    VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV
#define CAP_CARD   VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_CARD
#define CAP_QUEUE  VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_QUEUE
#define CAP_MATRIX VIR_CONNECT_LIST_NODE_DEVICES_CAP_AP_MATRIX
#define CAP_TYPES  VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV_TYPES
#define CAP_MDEV   VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
#define ACTIVE     VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE
#define PERSISTENT (1U << 28)
#define TRANSIENT  (1U << 29)
#define INACTIVE   VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE

static int
compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *
join_sorted(GPtrArray *names)
{
    g_ptr_array_sort(names, compare);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

/* Names of all devices, sorted; "refused" when there is no answer.  The count
 * and the list have to agree. */
static char *
list_all(ServeMachine *machine, unsigned int flags)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    virNodeDevicePtr *devices = NULL;
    int count = nodeConnectListAllNodeDevices(machine->conn, NULL, flags);
    int found = nodeConnectListAllNodeDevices(machine->conn, &devices, flags);
    int i;

    g_assert_cmpint(found, ==, count);
    if (found < 0)
        return g_strdup("refused");
    for (i = 0; i < found; i++) {
        g_ptr_array_add(names, g_strdup(virNodeDeviceGetName(devices[i])));
        virNodeDeviceFree(devices[i]);
    }
    g_assert_null(devices[found]);
    g_free(devices);
    return join_sorted(names);
}

/* The same through the two older entry points. */
static char *
list_names(ServeMachine *machine, const char *cap)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int count = nodeNumOfDevices(machine->conn, cap, 0);

    if (count < 0)
        return g_strdup("refused");
    g_ptr_array_set_size(names, count + 5);
    g_assert_cmpint(nodeListDevices(machine->conn, cap, (char **)names->pdata, count + 5,
                                    0),
                    ==, count);
    g_ptr_array_set_size(names, count);
    return join_sorted(names);
}

/* One list: by flag, by name (NULL: only by flag), and what it has. */
typedef struct {
    unsigned int flags;
    const char *cap;
    gboolean asks_stock;
    const char *expected;
} ListCase;

static const ListCase list_cases[] = {
    { CAP_CARD, "ap_card", FALSE, "ap_card05 ap_card06" },
    { CAP_QUEUE, "ap_queue", FALSE, "ap_05_0004 ap_05_0047" },
    { CAP_MATRIX, "ap_matrix", FALSE, "ap_matrix" },
    { CAP_MATRIX | CAP_CARD | ACTIVE, NULL, FALSE, "ap_card05 ap_card06 ap_matrix" },
    { CAP_CARD | INACTIVE, NULL, FALSE, "" },
    { CAP_TYPES, "mdev_types", TRUE, "ap_matrix " OTHERS },
    { CAP_MDEV, "mdev", TRUE, OTHERS " " MATRIX_NAME " " DEFINED_NAME },
    { CAP_MDEV | ACTIVE, NULL, TRUE, OTHERS " " MATRIX_NAME },
    { CAP_MDEV | INACTIVE, NULL, TRUE, OTHERS " " DEFINED_NAME },
    { CAP_CARD | CAP_PCI, NULL, TRUE, "ap_card05 ap_card06 " OTHERS },
    { 0, "-", TRUE,
      "ap_05_0004 ap_05_0047 ap_card05 ap_card06 ap_matrix " OTHERS " " MATRIX_NAME
      " " DEFINED_NAME },
    { CAP_PCI, "pci", TRUE, STOCK_NAMES },
    { STOCK_REFUSED_FLAG, NULL, TRUE, "refused" },
    { CAP_CARD | STOCK_REFUSED_FLAG, NULL, TRUE, "refused" },
};

static char *
sorted(const char *names)
{
    g_auto(GStrv) words = g_strsplit(names, " ", -1);
    g_autoptr(GPtrArray) array = g_ptr_array_new();
    gsize i;

    for (i = 0; words[i]; i++)
        g_ptr_array_add(array, words[i]);
    return join_sorted(array);
}

static void
test_list(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(list_cases); i++) {
        const ListCase *one = &list_cases[i];
        g_autofree char *expected = sorted(one->expected);
        g_autofree char *found = NULL;

        serve_stock_calls = 0;
        found = list_all(machine, one->flags);
        g_assert_cmpstr(found, ==, expected);
        if (one->cap) {
            g_autofree char *by_name =
                list_names(machine, g_str_equal(one->cap, "-") ? NULL : one->cap);

            g_assert_cmpstr(by_name, ==, expected);
        }
        g_assert_cmpint(serve_stock_calls > 0, ==, one->asks_stock);
    }
}

/* Nobody else has mediated devices: nobody else is asked about them. */
static void
test_list_mdevs_alone(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *mdevs = NULL;
    g_autofree char *types = NULL;

    ap_root_remove(machine->root, OTHER_PARENT);
    ap_root_mkdir(machine->root, "etc/mdevctl.d/scripts.d");
    mdevs = list_names(machine, "mdev");
    g_assert_cmpstr(mdevs, ==, MATRIX_NAME " " DEFINED_NAME);
    types = list_all(machine, CAP_TYPES | CAP_CARD);
    g_assert_cmpstr(types, ==, "ap_card05 ap_card06 ap_matrix");
    g_assert_cmpint(serve_stock_calls, ==, 0);
    ap_root_mkdir(machine->root, "etc/mdevctl.d/0000:00:02.0");
    g_assert_cmpint(nodeNumOfDevices(machine->conn, "mdev", 0), ==, 4);
    g_assert_cmpint(serve_stock_calls, >, 0);
}

/* Filters that came with libvirt 10.1: before that stock refuses them. */
static void
test_list_persistent(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    unsigned long running = ap_virt.version;
    g_autofree char *persistent = NULL;
    g_autofree char *transient = NULL;
    g_autofree char *cards = NULL;

    ap_root_remove(machine->root, OTHER_PARENT);
    ap_virt.version = 10 * 1000000UL;
    g_assert_cmpint(nodeConnectListAllNodeDevices(machine->conn, NULL,
                                                  CAP_CARD | PERSISTENT),
                    ==, 4);
    g_assert_cmpint(serve_stock_calls, ==, 1);
    ap_virt.version = 10001000UL;
    persistent = list_all(machine, CAP_MDEV | PERSISTENT);
    transient = list_all(machine, CAP_MDEV | TRANSIENT);
    cards = list_all(machine, CAP_CARD | PERSISTENT);
    ap_virt.version = running;
    g_assert_cmpstr(persistent, ==, DEFINED_NAME);
    g_assert_cmpstr(transient, ==, MATRIX_NAME);
    g_assert_cmpstr(cards, ==, "");
    g_assert_cmpint(serve_stock_calls, ==, 1);
}

static void
test_list_cut(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    char *names[1] = { NULL };

    g_assert_cmpint(nodeListDevices(machine->conn, "ap_queue", names, 1, 0), ==, 1);
    g_assert_nonnull(names[0]);
    g_free(names[0]);
    g_assert_cmpint(nodeListDevices(machine->conn, "ap_queue", names, 0, 0), ==, 0);
}

static void
test_list_denied(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *one_left_out = NULL;
    g_autofree char *by_name = NULL;
    g_autofree char *refused = NULL;

    serve_denied = "ap_card05";
    one_left_out = list_all(machine, CAP_CARD);
    g_assert_cmpstr(one_left_out, ==, "ap_card06");
    by_name = list_names(machine, "ap_card");
    g_assert_cmpstr(by_name, ==, "ap_card06");
    serve_all_denied = TRUE;
    refused = list_all(machine, CAP_CARD);
    g_assert_cmpstr(refused, ==, "refused");
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_cmpint(nodeNumOfDevices(machine->conn, "ap_card", 0), ==, -1);
    g_assert_cmpint(nodeListDevices(machine->conn, "ap_card", NULL, 0, 0), ==, -1);
}

static void
test_list_flags_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(nodeNumOfDevices(machine->conn, "ap_card", 4), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_cmpstr(virGetLastErrorMessage(), ==,
                    "unsupported flags (0x4) in function nodeNumOfDevices");
    g_assert_cmpint(nodeListDevices(machine->conn, NULL, NULL, 0, 4), ==, -1);
    g_assert_cmpstr(virGetLastErrorMessage(), ==,
                    "unsupported flags (0x4) in function nodeListDevices");
}

/* A bus directory that cannot be read: alone an error, beside others a warning. */
static void
test_list_unreadable(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *alone = NULL;
    g_autofree char *both = NULL;

    ap_root_remove(machine->root, "sys/bus/ap/devices");
    ap_root_link(machine->root, "sys/bus/ap/devices", "devices");
    alone = list_all(machine, CAP_QUEUE);
    g_assert_cmpstr(alone, ==, "refused");
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_SYSTEM_ERROR);
    virResetLastError();
    both = list_all(machine, 0);
    g_assert_cmpstr(both, ==, STOCK_NAMES);
    g_assert_null(virGetLastError());
}

static void
test_pass_through(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *cards = NULL;

    g_clear_pointer(&ap_driver.host, ap_host_free);
    cards = list_all(machine, CAP_CARD);
    g_assert_cmpstr(cards, ==, STOCK_NAMES);
    serve_stock_calls = 0;
    g_assert_null(nodeDeviceLookupByName(machine->conn, "ap_card05"));
    g_assert_null(nodeDeviceCreateXML(machine->conn, "<device/>", 0));
    g_assert_cmpint(serve_stock_calls, ==, 2);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    serve_machine_prepare();
    serve_machine_add("/serve/list_each_filter_right_devices", test_list);
    serve_machine_add("/serve/list_mdevs_alone_stock_not_asked", test_list_mdevs_alone);
    serve_machine_add("/serve/list_persistent_only_where_known", test_list_persistent);
    serve_machine_add("/serve/list_too_many_names_cut", test_list_cut);
    serve_machine_add("/serve/list_denied_left_out", test_list_denied);
    serve_machine_add("/serve/list_unknown_flags_refused", test_list_flags_refused);
    serve_machine_add("/serve/list_unreadable_others_kept", test_list_unreadable);
    serve_machine_add("/serve/no_host_all_to_stock", test_pass_through);
    return g_test_run();
}
