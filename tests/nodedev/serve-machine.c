/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * serve-machine.c: what stands below and beside the entry points in their tests.
 */
#include "serve-machine.h"

#include "ap-handle.h"

#define NO_MASK "0x0000000000000000000000000000000000000000000000000000000000000000"

/* What the stock driver has: other devices, and AP devices as it sees them,
 * one of which is gone. */
static const char *const stock_names[] = {
    "computer", "pci_0000_00_00_0", "ap_card05", "ap_05_0004", "ap_matrix", "ap_card63"
};
guint serve_stock_calls;
const char *serve_denied;
gboolean serve_all_denied;
char *serve_asked_about;

static int
stock_num(virConnectPtr conn G_GNUC_UNUSED,
          const char *cap G_GNUC_UNUSED,
          unsigned int flags G_GNUC_UNUSED)
{
    serve_stock_calls++;
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

    serve_stock_calls++;
    for (i = 0; i < maxnames && i < (int)G_N_ELEMENTS(stock_names); i++)
        names[i] = g_strdup(stock_names[i]);
    return i;
}

static int
stock_list_all(virConnectPtr conn, virNodeDevicePtr **devices, unsigned int flags)
{
    gsize i;

    serve_stock_calls++;
    if (flags & STOCK_REFUSED_FLAG)
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
    serve_stock_calls++;
    return NULL;
}

static char *
stock_xml(virNodeDevicePtr device G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    serve_stock_calls++;
    return g_strdup("<stock/>");
}

static virNodeDevicePtr
stock_create(virConnectPtr conn G_GNUC_UNUSED,
             const char *xml G_GNUC_UNUSED,
             unsigned int flags G_GNUC_UNUSED)
{
    serve_stock_calls++;
    return NULL;
}

static int
stock_destroy(virNodeDevicePtr device G_GNUC_UNUSED)
{
    serve_stock_calls++;
    return 0;
}

static int
stock_with_flags(virNodeDevicePtr device G_GNUC_UNUSED, unsigned int flags G_GNUC_UNUSED)
{
    serve_stock_calls++;
    return 0;
}

static int
stock_update(virNodeDevicePtr device G_GNUC_UNUSED,
             const char *xml G_GNUC_UNUSED,
             unsigned int flags G_GNUC_UNUSED)
{
    serve_stock_calls++;
    return 0;
}

static int
stock_set_autostart(virNodeDevicePtr device G_GNUC_UNUSED, int autostart G_GNUC_UNUSED)
{
    serve_stock_calls++;
    return 0;
}

static gboolean
is_denied(const char *name)
{
    g_free(serve_asked_about);
    serve_asked_about = g_strdup(name);
    return serve_all_denied || g_strcmp0(serve_denied, name) == 0;
}

static int
allow_connect(virConnectPtr conn G_GNUC_UNUSED)
{
    if (!serve_all_denied)
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

static int
allow_flags(virConnectPtr conn,
            const ApAclObject *object,
            unsigned int flags G_GNUC_UNUSED)
{
    return allow_device(conn, object);
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
#define REPLACE(name) ap_virt.name = allow_flags;
    AP_VIRT_NEWER_ACL(REPLACE)
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
setup(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    machine->root = ap_root_new();
    ap_root_add_matrix_parent(machine->root, NO_MASK, NO_MASK);
    ap_root_add_card(machine->root, 5, "0004,0047", "vfio_ap");
    ap_root_add_card(machine->root, 6, "", NULL);
    ap_root_mkdir(machine->root, "sys/class/mdev_bus/matrix");
    ap_root_mkdir(machine->root, OTHER_PARENT);
    ap_root_add_matrix(machine->root, UUID, NO_MASK "," NO_MASK "," NO_MASK, 3);
    ap_root_write(machine->root, "etc/mdevctl.d/matrix/" DEFINED_UUID,
                  "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"auto\", "
                  "\"attrs\": [{\"assign_adapter\": \"5\"}]}");
    ap_driver.host = ap_host_new(machine->root->path, &error);
    g_assert_no_error(error);
    machine->conn = ap_virt.virGetConnect();
    serve_stock_calls = 0;
    serve_denied = NULL;
    serve_all_denied = FALSE;
    virResetLastError();
}

static void
teardown(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_clear_pointer(&ap_driver.host, ap_host_free);
    g_clear_pointer(&serve_asked_about, g_free);
    virConnectClose(machine->conn);
    ap_root_free(machine->root);
}

void
serve_machine_prepare(void)
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
    ap_driver.stock.nodeDeviceDefineXML = stock_create;
    ap_driver.stock.nodeDeviceCreate = stock_with_flags;
    ap_driver.stock.nodeDeviceUndefine = stock_with_flags;
    ap_driver.stock.nodeDeviceSetAutostart = stock_set_autostart;
    ap_driver.stock.nodeDeviceUpdate = stock_update;
}

void
serve_machine_add(const char *path, ServeTest test)
{
    g_test_add(path, ServeMachine, NULL, setup, test, teardown);
}
