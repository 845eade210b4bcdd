/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-serve.c: the entry points above a little machine of plain files and a
 * stock driver of canned answers that counts how often it is asked.
 */
#include <string.h>

#include <libvirt/virterror.h>

#include "ap-driver.h"
#include "ap-handle.h"
#include "ap-root.h"
#include "ap-virt.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(virNodeDevice, virNodeDeviceFree)

#define UUID         "11111111-2222-3333-4444-555555555555"
#define MATRIX_NAME  "mdev_11111111_2222_3333_4444_555555555555_matrix"
#define DEFINED_UUID "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
#define DEFINED_NAME "mdev_aaaaaaaa_bbbb_cccc_dddd_eeeeeeeeeeee_matrix"
#define OTHER_PARENT "sys/class/mdev_bus/0000:00:02.0"
#define NO_MASK      "0x0000000000000000000000000000000000000000000000000000000000000000"
#define FULL_MASK    "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

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

typedef struct {
    ApRoot *root;
    virConnectPtr conn;
} Fixture;

/* What the stock driver has: other devices, and AP devices as it sees them,
 * one of which is gone. */
static const char *const stock_names[] = {
    "computer", "pci_0000_00_00_0", "ap_card05", "ap_05_0004", "ap_matrix", "ap_card63"
};
static guint stock_calls;
/* The device that nobody may see or touch, and whether anything is allowed. */
static const char *denied;
static gboolean all_denied;
/* What access control was asked about last. */
static char *asked_about;

static int
stock_num(virConnectPtr conn G_GNUC_UNUSED,
          const char *cap G_GNUC_UNUSED,
          unsigned int flags G_GNUC_UNUSED)
{
    stock_calls++;
    return G_N_ELEMENTS(stock_names);
}

static int
stock_list(virConnectPtr conn G_GNUC_UNUSED,
           const char *cap G_GNUC_UNUSED,
           char **const names,
           int maxnames,
           unsigned int flags G_GNUC_UNUSED)
{
    int i;

    stock_calls++;
    for (i = 0; i < maxnames && i < (int)G_N_ELEMENTS(stock_names); i++)
        names[i] = g_strdup(stock_names[i]);
    return i;
}

static int
stock_list_all(virConnectPtr conn, virNodeDevicePtr **devices, unsigned int flags)
{
    gsize i;

    stock_calls++;
    if (flags & (1U << 27))
        return -1;
    if (!devices)
        return G_N_ELEMENTS(stock_names);
    *devices = g_new0(virNodeDevicePtr, G_N_ELEMENTS(stock_names) + 1);
    for (i = 0; i < G_N_ELEMENTS(stock_names); i++)
        (*devices)[i] = ap_virt_node_device_new(conn, stock_names[i]);
    return i;
}

static virNodeDevicePtr
stock_lookup(virConnectPtr conn G_GNUC_UNUSED, const char *name G_GNUC_UNUSED)
{
    stock_calls++;
    return NULL;
}

static char *
stock_xml(virNodeDevicePtr device G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    stock_calls++;
    return g_strdup("<stock/>");
}

static virNodeDevicePtr
stock_create(virConnectPtr conn G_GNUC_UNUSED,
             const char *xml G_GNUC_UNUSED,
             unsigned int flags G_GNUC_UNUSED)
{
    stock_calls++;
    return NULL;
}

static int
stock_destroy(virNodeDevicePtr device G_GNUC_UNUSED)
{
    stock_calls++;
    return 0;
}

static gboolean
is_denied(const char *name)
{
    g_free(asked_about);
    asked_about = g_strdup(name);
    return all_denied || g_strcmp0(denied, name) == 0;
}

static int
allow_connect(virConnectPtr conn G_GNUC_UNUSED)
{
    if (!all_denied)
        return 0;
    ap_virt_report(__func__, VIR_ERR_ACCESS_DENIED, "no");
    return -1;
}

static int
allow_device(virConnectPtr conn, const ApAclObject *object)
{
    g_assert_nonnull(conn);
    if (!is_denied(*(const char *const *)object))
        return 0;
    ap_virt_report(__func__, VIR_ERR_ACCESS_DENIED, "no");
    return -1;
}

static bool
allow_filter(virConnectPtr conn G_GNUC_UNUSED, const ApAclObject *object)
{
    return !is_denied(*(const char *const *)object);
}

static void
replace_access_control(void)
{
#define REPLACE(name) ap_virt.name = allow_connect;
    AP_VIRT_CONNECT_ACL(REPLACE)
#undef REPLACE
#define REPLACE(name) ap_virt.name = allow_device;
    AP_VIRT_DEVICE_ACL(REPLACE)
#undef REPLACE
#define REPLACE(name) ap_virt.name = allow_filter;
    AP_VIRT_FILTER_ACL(REPLACE)
#undef REPLACE
}

static void
be_silent(void *opaque G_GNUC_UNUSED, virErrorPtr error G_GNUC_UNUSED)
{
}

/* Card 5 with domains 4 and 0x47, card 6 with none, one matrix that exists and
 * one that is defined. */
static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    fixture->root = ap_root_new();
    ap_root_add_matrix_parent(fixture->root, NO_MASK, NO_MASK);
    ap_root_add_card(fixture->root, 5, "0004,0047", "vfio_ap");
    ap_root_add_card(fixture->root, 6, "", NULL);
    ap_root_mkdir(fixture->root, "sys/class/mdev_bus/matrix");
    ap_root_mkdir(fixture->root, OTHER_PARENT);
    ap_root_add_matrix(fixture->root, UUID, NO_MASK "," NO_MASK "," NO_MASK, 3);
    ap_root_write(fixture->root, "etc/mdevctl.d/matrix/" DEFINED_UUID,
                  "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"auto\", "
                  "\"attrs\": [{\"assign_adapter\": \"5\"}]}");
    ap_driver.host = ap_host_new(fixture->root->path, &error);
    g_assert_no_error(error);
    fixture->conn = ap_virt.virGetConnect();
    stock_calls = 0;
    denied = NULL;
    all_denied = FALSE;
    virResetLastError();
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_clear_pointer(&ap_driver.host, ap_host_free);
    g_clear_pointer(&asked_about, g_free);
    virConnectClose(fixture->conn);
    ap_root_free(fixture->root);
}

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
list_all(Fixture *fixture, unsigned int flags)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    virNodeDevicePtr *devices = NULL;
    int count = nodeConnectListAllNodeDevices(fixture->conn, NULL, flags);
    int found = nodeConnectListAllNodeDevices(fixture->conn, &devices, flags);
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
list_names(Fixture *fixture, const char *cap)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int count = nodeNumOfDevices(fixture->conn, cap, 0);

    if (count < 0)
        return g_strdup("refused");
    g_ptr_array_set_size(names, count + 5);
    g_assert_cmpint(nodeListDevices(fixture->conn, cap, (char **)names->pdata, count + 5,
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

#define OTHERS "computer pci_0000_00_00_0"

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
    { CAP_PCI, "pci", TRUE, "ap_05_0004 ap_card05 ap_card63 ap_matrix " OTHERS },
    { 1U << 27, NULL, TRUE, "refused" },
    { CAP_CARD | 1U << 27, NULL, TRUE, "refused" },
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
test_list(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(list_cases); i++) {
        const ListCase *one = &list_cases[i];
        g_autofree char *expected = sorted(one->expected);
        g_autofree char *found = NULL;

        stock_calls = 0;
        found = list_all(fixture, one->flags);
        g_assert_cmpstr(found, ==, expected);
        if (one->cap) {
            g_autofree char *by_name =
                list_names(fixture, g_str_equal(one->cap, "-") ? NULL : one->cap);

            g_assert_cmpstr(by_name, ==, expected);
        }
        g_assert_cmpint(stock_calls > 0, ==, one->asks_stock);
    }
}

/* Nobody else has mediated devices: nobody else is asked about them. */
static void
test_list_mdevs_alone(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *mdevs = NULL;
    g_autofree char *types = NULL;

    ap_root_remove(fixture->root, OTHER_PARENT);
    ap_root_mkdir(fixture->root, "etc/mdevctl.d/scripts.d");
    mdevs = list_names(fixture, "mdev");
    g_assert_cmpstr(mdevs, ==, MATRIX_NAME " " DEFINED_NAME);
    types = list_all(fixture, CAP_TYPES | CAP_CARD);
    g_assert_cmpstr(types, ==, "ap_card05 ap_card06 ap_matrix");
    g_assert_cmpint(stock_calls, ==, 0);
    ap_root_mkdir(fixture->root, "etc/mdevctl.d/0000:00:02.0");
    g_assert_cmpint(nodeNumOfDevices(fixture->conn, "mdev", 0), ==, 4);
    g_assert_cmpint(stock_calls, >, 0);
}

/* Filters that came with libvirt 10.1: before that stock refuses them. */
static void
test_list_persistent(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    unsigned long running = ap_virt.version;
    g_autofree char *persistent = NULL;
    g_autofree char *transient = NULL;
    g_autofree char *cards = NULL;

    ap_root_remove(fixture->root, OTHER_PARENT);
    ap_virt.version = 10 * 1000000UL;
    g_assert_cmpint(nodeConnectListAllNodeDevices(fixture->conn, NULL,
                                                  CAP_CARD | PERSISTENT),
                    ==, 4);
    g_assert_cmpint(stock_calls, ==, 1);
    ap_virt.version = 10001000UL;
    persistent = list_all(fixture, CAP_MDEV | PERSISTENT);
    transient = list_all(fixture, CAP_MDEV | TRANSIENT);
    cards = list_all(fixture, CAP_CARD | PERSISTENT);
    ap_virt.version = running;
    g_assert_cmpstr(persistent, ==, DEFINED_NAME);
    g_assert_cmpstr(transient, ==, MATRIX_NAME);
    g_assert_cmpstr(cards, ==, "");
    g_assert_cmpint(stock_calls, ==, 1);
}

static void
test_list_cut(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    char *names[1] = { NULL };

    g_assert_cmpint(nodeListDevices(fixture->conn, "ap_queue", names, 1, 0), ==, 1);
    g_assert_nonnull(names[0]);
    g_free(names[0]);
    g_assert_cmpint(nodeListDevices(fixture->conn, "ap_queue", names, 0, 0), ==, 0);
}

static void
test_list_denied(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *one_left_out = NULL;
    g_autofree char *by_name = NULL;
    g_autofree char *refused = NULL;

    denied = "ap_card05";
    one_left_out = list_all(fixture, CAP_CARD);
    g_assert_cmpstr(one_left_out, ==, "ap_card06");
    by_name = list_names(fixture, "ap_card");
    g_assert_cmpstr(by_name, ==, "ap_card06");
    all_denied = TRUE;
    refused = list_all(fixture, CAP_CARD);
    g_assert_cmpstr(refused, ==, "refused");
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_cmpint(nodeNumOfDevices(fixture->conn, "ap_card", 0), ==, -1);
    g_assert_cmpint(nodeListDevices(fixture->conn, "ap_card", NULL, 0, 0), ==, -1);
}

static void
test_list_flags_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(nodeNumOfDevices(fixture->conn, "ap_card", 4), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_cmpstr(virGetLastErrorMessage(), ==,
                    "unsupported flags (0x4) in function nodeNumOfDevices");
    g_assert_cmpint(nodeListDevices(fixture->conn, NULL, NULL, 0, 4), ==, -1);
    g_assert_cmpstr(virGetLastErrorMessage(), ==,
                    "unsupported flags (0x4) in function nodeListDevices");
}

/* A bus directory that cannot be read: alone an error, beside others a warning. */
static void
test_list_unreadable(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *alone = NULL;
    g_autofree char *both = NULL;

    ap_root_remove(fixture->root, "sys/bus/ap/devices");
    ap_root_link(fixture->root, "sys/bus/ap/devices", "devices");
    alone = list_all(fixture, CAP_QUEUE);
    g_assert_cmpstr(alone, ==, "refused");
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_SYSTEM_ERROR);
    virResetLastError();
    both = list_all(fixture, 0);
    g_assert_cmpstr(both, ==,
                    "ap_05_0004 ap_card05 ap_card63 ap_matrix computer pci_0000_00_00_0");
    g_assert_null(virGetLastError());
}

static void
test_pass_through(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *cards = NULL;

    g_clear_pointer(&ap_driver.host, ap_host_free);
    cards = list_all(fixture, CAP_CARD);
    g_assert_cmpstr(cards, ==,
                    "ap_05_0004 ap_card05 ap_card63 ap_matrix computer pci_0000_00_00_0");
    stock_calls = 0;
    g_assert_null(nodeDeviceLookupByName(fixture->conn, "ap_card05"));
    g_assert_null(nodeDeviceCreateXML(fixture->conn, "<device/>", 0));
    g_assert_cmpint(stock_calls, ==, 2);
}

static void
test_lookup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const there[] = { "ap_card05", "ap_05_0047", "ap_matrix",
                                         MATRIX_NAME, DEFINED_NAME };
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(there); i++) {
        g_autoptr(virNodeDevice) device = nodeDeviceLookupByName(fixture->conn, there[i]);

        g_assert_nonnull(device);
        g_assert_cmpstr(virNodeDeviceGetName(device), ==, there[i]);
        g_assert_cmpstr(asked_about, ==, there[i]);
        g_assert_true(ap_handle_get_connection(device) == fixture->conn);
    }
    g_assert_null(nodeDeviceLookupByName(fixture->conn, "ap_card63"));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_NO_NODE_DEVICE);
    denied = "ap_matrix";
    g_assert_null(nodeDeviceLookupByName(fixture->conn, "ap_matrix"));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_cmpint(stock_calls, ==, 0);
    g_assert_null(nodeDeviceLookupByName(fixture->conn, "net_lo"));
    g_assert_cmpint(stock_calls, ==, 1);
}

/* One device: what it answers. */
static const struct {
    const char *name;
    const char *parent;
    const char *caps[3];
    int active;
    int persistent;
    int autostart;
    const char *xml;
} query_cases[] = {
    { "ap_card06", "computer", { "ap_card" }, 1, 0, 0, "<ap-adapter>0x06</ap-adapter>" },
    { "ap_05_0047",
      "ap_card05",
      { "ap_queue" },
      1,
      0,
      0,
      "<ap-domain>0x0047</ap-domain>" },
    { "ap_matrix",
      "computer",
      { "ap_matrix", "mdev_types" },
      1,
      0,
      0,
      "<type id='vfio_ap-passthrough'>" },
    { MATRIX_NAME, "ap_matrix", { "mdev" }, 1, 0, 0, "<uuid>" UUID "</uuid>" },
    { DEFINED_NAME, "ap_matrix", { "mdev" }, 0, 1, 1, "<uuid>" DEFINED_UUID "</uuid>" },
};

static void
assert_caps(virNodeDevicePtr device, const char *const *expected)
{
    char *names[3] = { NULL };
    int count = nodeDeviceListCaps(device, names, 3);
    int i;

    g_assert_cmpint(count, ==, g_strv_length((char **)expected));
    g_assert_cmpint(nodeDeviceNumOfCaps(device), ==, count);
    for (i = 0; i < count; i++) {
        g_assert_cmpstr(names[i], ==, expected[i]);
        g_free(names[i]);
    }
    g_assert_cmpint(nodeDeviceListCaps(device, names, 1), ==, 1);
    g_free(names[0]);
}

static void
test_query(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(query_cases); i++) {
        g_autoptr(virNodeDevice) device =
            ap_virt_node_device_new(fixture->conn, query_cases[i].name);
        g_autofree char *parent = nodeDeviceGetParent(device);
        g_autofree char *xml = nodeDeviceGetXMLDesc(device, 0);
        int autostart = 7;

        g_assert_cmpstr(parent, ==, query_cases[i].parent);
        g_assert_nonnull(strstr(xml, query_cases[i].xml));
        g_assert_cmpint(nodeDeviceIsActive(device), ==, query_cases[i].active);
        g_assert_cmpint(nodeDeviceIsPersistent(device), ==, query_cases[i].persistent);
        g_assert_cmpint(nodeDeviceGetAutostart(device, &autostart), ==, 0);
        g_assert_cmpint(autostart, ==, query_cases[i].autostart);
        assert_caps(device, query_cases[i].caps);
        g_assert_cmpstr(asked_about, ==, query_cases[i].name);
    }
    g_assert_cmpint(stock_calls, ==, 0);
}

/* Every question about @device is refused with @code. */
static void
assert_refused(virNodeDevicePtr device, int code)
{
    char *names[3] = { NULL };
    int autostart;

#define ASSERT_REFUSED(call, failure)                                                    \
    virResetLastError();                                                                 \
    g_assert_true((call) == failure);                                                    \
    g_assert_cmpint(virGetLastErrorCode(), ==, code)

    ASSERT_REFUSED(nodeDeviceGetXMLDesc(device, 0), NULL);
    ASSERT_REFUSED(nodeDeviceGetParent(device), NULL);
    ASSERT_REFUSED(nodeDeviceNumOfCaps(device), -1);
    ASSERT_REFUSED(nodeDeviceListCaps(device, names, 3), -1);
    ASSERT_REFUSED(nodeDeviceIsActive(device), -1);
    ASSERT_REFUSED(nodeDeviceIsPersistent(device), -1);
    ASSERT_REFUSED(nodeDeviceGetAutostart(device, &autostart), -1);
    ASSERT_REFUSED(nodeDeviceDestroy(device), -1);
#undef ASSERT_REFUSED
}

/* The stored form of a device, from libvirt 10.1 on, is stock's to show. */
static void
test_query_stored_form(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) device = ap_virt_node_device_new(fixture->conn, MATRIX_NAME);
    unsigned long running = ap_virt.version;
    g_autofree char *xml = NULL;

    ap_virt.version = 10 * 1000000UL;
    g_assert_null(nodeDeviceGetXMLDesc(device, 1));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    ap_virt.version = 10001000UL;
    xml = nodeDeviceGetXMLDesc(device, 1);
    ap_virt.version = running;
    g_assert_cmpstr(xml, ==, "<stock/>");
}

static void
test_query_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) gone = ap_virt_node_device_new(fixture->conn, "ap_card63");
    g_autoptr(virNodeDevice) secret = ap_virt_node_device_new(fixture->conn, "ap_card05");

    denied = "ap_card05";
    assert_refused(gone, VIR_ERR_NO_NODE_DEVICE);
    assert_refused(secret, VIR_ERR_ACCESS_DENIED);
    g_assert_null(nodeDeviceGetXMLDesc(gone, 8));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_cmpint(stock_calls, ==, 0);
}

static char *
matrix_document(const char *uuid, const char *attributes)
{
    return g_strdup_printf("<device><parent>ap_matrix</parent><capability type='mdev'>"
                           "<type id='vfio_ap-passthrough'/><uuid>%s</uuid>%s"
                           "</capability></device>",
                           uuid, attributes);
}

/* One document that is refused, and how. */
static const struct {
    const char *uuid;
    const char *attributes;
    unsigned int flags;
    int code;
} create_cases[] = {
    { UUID, "", 0, VIR_ERR_OPERATION_INVALID },
    { "no uuid", "", 0, VIR_ERR_XML_ERROR },
    { DEFINED_UUID, "<attr name='assign_adapter' value='999'/>", 0,
      VIR_ERR_CONFIG_UNSUPPORTED },
    { DEFINED_UUID, "<attr name='nonsense' value='1'/>", 0, VIR_ERR_CONFIG_UNSUPPORTED },
    { DEFINED_UUID, "<attr name='assign_adapter'/>", VIR_NODE_DEVICE_CREATE_XML_VALIDATE,
      VIR_ERR_XML_INVALID_SCHEMA },
    { DEFINED_UUID, "", 1U << 20, VIR_ERR_INVALID_ARG },
};

static void
test_create_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(create_cases); i++) {
        g_autofree char *xml =
            matrix_document(create_cases[i].uuid, create_cases[i].attributes);

        virResetLastError();
        g_assert_null(nodeDeviceCreateXML(fixture->conn, xml, create_cases[i].flags));
        g_assert_cmpint(virGetLastErrorCode(), ==, create_cases[i].code);
        g_assert_cmpint(virGetLastErrorDomain(), ==, VIR_FROM_NODEDEV);
    }
    g_assert_cmpint(stock_calls, ==, 0);
}

static void
test_create_host_pool(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *xml =
        matrix_document(DEFINED_UUID, "<attr name='assign_adapter' value='5'/>"
                                      "<attr name='assign_domain' value='4'/>");

    ap_root_write(fixture->root, "sys/bus/ap/apmask", FULL_MASK "\n");
    ap_root_write(fixture->root, "sys/bus/ap/aqmask", FULL_MASK "\n");
    g_assert_null(nodeDeviceCreateXML(fixture->conn, xml, 0));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "05.0004"));
}

static void
test_create_denied(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *xml = matrix_document(DEFINED_UUID, "");

    denied = "new device";
    g_assert_null(nodeDeviceCreateXML(fixture->conn, xml, 0));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
}

static void
test_create_other(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_null(nodeDeviceCreateXML(fixture->conn, "<dev", 8));
    g_assert_null(
        nodeDeviceCreateXML(fixture->conn,
                            "<device><parent>pci_0000_00_02_0</parent><capability "
                            "type='mdev'><type id='i915'/></capability></device>",
                            0));
    g_assert_cmpint(stock_calls, ==, 2);
}

static void
test_destroy_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) card = ap_virt_node_device_new(fixture->conn, "ap_card05");
    g_autoptr(virNodeDevice) parent = ap_virt_node_device_new(fixture->conn, "ap_matrix");
    g_autoptr(virNodeDevice) defined =
        ap_virt_node_device_new(fixture->conn, DEFINED_NAME);
    g_autoptr(virNodeDevice) other = ap_virt_node_device_new(fixture->conn, "pci_0");

    g_assert_cmpint(nodeDeviceDestroy(card), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_CONFIG_UNSUPPORTED);
    g_assert_cmpint(nodeDeviceDestroy(parent), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_CONFIG_UNSUPPORTED);
    g_assert_cmpint(nodeDeviceDestroy(defined), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    g_assert_cmpint(stock_calls, ==, 0);
    g_assert_cmpint(nodeDeviceDestroy(other), ==, 0);
    g_assert_cmpint(stock_calls, ==, 1);
}

static void
test_error_codes(void)
{
    g_autoptr(GError) foreign = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_IO, "x");
    int code;

    for (code = 0; code < AP_ERROR_LAST; code++) {
        g_autoptr(GError) error = g_error_new_literal(AP_ERROR, code, "x");

        g_assert_cmpint(ap_virt_error_code(error) == VIR_ERR_INTERNAL_ERROR, ==,
                        code == AP_ERROR_INTERNAL);
    }
    g_assert_cmpint(ap_virt_error_code(foreign), ==, VIR_ERR_INTERNAL_ERROR);
}

static void *
resolve_but_one(const char *name)
{
    return g_str_equal(name, "virGetNodeDevice") ? NULL : ap_virt_resolve(name);
}

/* Every name leads to a function of another library. */
static void *
resolve_elsewhere(const char *name G_GNUC_UNUSED)
{
    return (void *)strlen;
}

static void
test_private_functions(void)
{
    g_autoptr(GError) missing = NULL;
    g_autoptr(GError) elsewhere = NULL;
    ApVirt before = ap_virt;

    g_assert_false(ap_virt_init(resolve_but_one, &missing));
    g_assert_error(missing, AP_ERROR, AP_ERROR_INTERNAL);
    g_assert_nonnull(strstr(missing->message, "virGetNodeDevice"));
    g_assert_false(ap_virt_init(resolve_elsewhere, &elsewhere));
    g_assert_error(elsewhere, AP_ERROR, AP_ERROR_INTERNAL);
    ap_virt = before;
}

static void
prepare(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(virInitialize(), ==, 0);
    virSetErrorFunc(NULL, be_silent);
    ap_virt_init(ap_virt_resolve, &error);
    g_assert_no_error(error);
    ap_handle_init(&error);
    g_assert_no_error(error);
    replace_access_control();
    ap_driver.stock.nodeNumOfDevices = stock_num;
    ap_driver.stock.nodeListDevices = stock_list;
    ap_driver.stock.nodeConnectListAllNodeDevices = stock_list_all;
    ap_driver.stock.nodeDeviceLookupByName = stock_lookup;
    ap_driver.stock.nodeDeviceGetXMLDesc = stock_xml;
    ap_driver.stock.nodeDeviceCreateXML = stock_create;
    ap_driver.stock.nodeDeviceDestroy = stock_destroy;
}

static void
add(const char *path, void (*function)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, setup, function, teardown);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    prepare();
    add("/serve/list_each_filter_right_devices", test_list);
    add("/serve/list_mdevs_alone_stock_not_asked", test_list_mdevs_alone);
    add("/serve/list_persistent_only_where_known", test_list_persistent);
    add("/serve/list_too_many_names_cut", test_list_cut);
    add("/serve/list_denied_left_out", test_list_denied);
    add("/serve/list_unknown_flags_refused", test_list_flags_refused);
    add("/serve/list_unreadable_others_kept", test_list_unreadable);
    add("/serve/no_host_all_to_stock", test_pass_through);
    add("/serve/lookup_by_name", test_lookup);
    add("/serve/query_each_kind_answered", test_query);
    add("/serve/query_stored_form_is_stocks", test_query_stored_form);
    add("/serve/query_unknown_or_denied_refused", test_query_refused);
    add("/serve/create_bad_document_refused", test_create_refused);
    add("/serve/create_queue_of_host_pool_refused", test_create_host_pool);
    add("/serve/create_denied_refused", test_create_denied);
    add("/serve/create_other_device_to_stock", test_create_other);
    add("/serve/destroy_what_cannot_be_refused", test_destroy_refused);
    g_test_add_func("/serve/each_error_has_a_code", test_error_codes);
    g_test_add_func("/serve/private_function_missing_refused", test_private_functions);
    return g_test_run();
}
