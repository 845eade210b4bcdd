/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-serve-device.c: lookup, questions about one device, creation and
 * destruction; errors.
 */
#include <string.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-handle.h"
#include "serve-machine.h"

#define FULL_MASK "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static void
test_lookup(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const there[] = { "ap_card05", "ap_05_0047", "ap_matrix",
                                         MATRIX_NAME, DEFINED_NAME };
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(there); i++) {
        g_autoptr(virNodeDevice) device = nodeDeviceLookupByName(machine->conn, there[i]);

        g_assert_nonnull(device);
        g_assert_cmpstr(virNodeDeviceGetName(device), ==, there[i]);
        g_assert_cmpstr(serve_asked_about, ==, there[i]);
        g_assert_true(ap_handle_get_connection(device) == machine->conn);
    }
    g_assert_null(nodeDeviceLookupByName(machine->conn, "ap_card63"));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_NO_NODE_DEVICE);
    serve_denied = "ap_matrix";
    g_assert_null(nodeDeviceLookupByName(machine->conn, "ap_matrix"));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_cmpint(serve_stock_calls, ==, 0);
    g_assert_null(nodeDeviceLookupByName(machine->conn, "net_lo"));
    g_assert_cmpint(serve_stock_calls, ==, 1);
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
test_query(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(query_cases); i++) {
        g_autoptr(virNodeDevice) device =
            ap_virt_node_device_new(machine->conn, query_cases[i].name);
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
        g_assert_cmpstr(serve_asked_about, ==, query_cases[i].name);
    }
    g_assert_cmpint(serve_stock_calls, ==, 0);
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

/* Asked for from libvirt 10.1 on. */
static void
test_query_stored_form(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) matrix = ap_virt_node_device_new(machine->conn, MATRIX_NAME);
    g_autoptr(virNodeDevice) defined =
        ap_virt_node_device_new(machine->conn, DEFINED_NAME);
    unsigned long running = ap_virt.version;
    g_autofree char *xml = NULL;

    ap_virt.version = 10 * 1000000UL;
    g_assert_null(nodeDeviceGetXMLDesc(defined, 1));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    ap_virt.version = 10001000UL;
    g_assert_null(nodeDeviceGetXMLDesc(matrix, 1));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    xml = nodeDeviceGetXMLDesc(defined, 1);
    ap_virt.version = running;
    g_assert_nonnull(strstr(xml, "<attr name='assign_adapter' value='5'/>"));
    g_assert_cmpint(serve_stock_calls, ==, 0);
}

/* Our own elements are for those who ask. */
static void
test_query_extended_form(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) device = ap_virt_node_device_new(machine->conn, MATRIX_NAME);
    g_autofree char *plain = nodeDeviceGetXMLDesc(device, 0);
    g_autofree char *own = nodeDeviceGetXMLDesc(device, AP_NODEDEV_XML_DESC_EXTENDED);

    g_assert_null(strstr(plain, AP_NODEDEV_XML_NAMESPACE));
    g_assert_nonnull(strstr(own, "<device xmlns:ap='" AP_NODEDEV_XML_NAMESPACE "'>"));
    g_assert_cmpint(serve_stock_calls, ==, 0);
}

static void
test_query_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) gone = ap_virt_node_device_new(machine->conn, "ap_card63");
    g_autoptr(virNodeDevice) secret = ap_virt_node_device_new(machine->conn, "ap_card05");

    serve_denied = "ap_card05";
    assert_refused(gone, VIR_ERR_NO_NODE_DEVICE);
    assert_refused(secret, VIR_ERR_ACCESS_DENIED);
    g_assert_null(nodeDeviceGetXMLDesc(gone, 8));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_cmpint(serve_stock_calls, ==, 0);
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
test_create_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    gsize i;

    for (i = 0; i < G_N_ELEMENTS(create_cases); i++) {
        g_autofree char *xml =
            matrix_document(create_cases[i].uuid, create_cases[i].attributes);

        virResetLastError();
        g_assert_null(nodeDeviceCreateXML(machine->conn, xml, create_cases[i].flags));
        g_assert_cmpint(virGetLastErrorCode(), ==, create_cases[i].code);
        g_assert_cmpint(virGetLastErrorDomain(), ==, VIR_FROM_NODEDEV);
    }
    g_assert_cmpint(serve_stock_calls, ==, 0);
}

/* Nobody may write lines of the daemon's log. */
static void
test_create_line_breaks(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *xml =
        matrix_document(DEFINED_UUID, "<attr name='assign_adapter' value='5&#10;x'/>");

    g_assert_null(nodeDeviceCreateXML(machine->conn, xml, 0));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_CONFIG_UNSUPPORTED);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "'5?x'"));
}

static void
test_create_host_pool(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *xml =
        matrix_document(DEFINED_UUID, "<attr name='assign_adapter' value='5'/>"
                                      "<attr name='assign_domain' value='4'/>");

    ap_root_write(machine->root, "sys/bus/ap/apmask", FULL_MASK "\n");
    ap_root_write(machine->root, "sys/bus/ap/aqmask", FULL_MASK "\n");
    g_assert_null(nodeDeviceCreateXML(machine->conn, xml, 0));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    g_assert_nonnull(strstr(virGetLastErrorMessage(), "05.0004"));
}

static void
test_create_denied(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *xml = matrix_document(DEFINED_UUID, "");

    serve_denied = "new device";
    g_assert_null(nodeDeviceCreateXML(machine->conn, xml, 0));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
}

static void
test_create_other(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_null(nodeDeviceCreateXML(machine->conn, "<dev", 8));
    g_assert_null(
        nodeDeviceCreateXML(machine->conn,
                            "<device><parent>pci_0000_00_02_0</parent><capability "
                            "type='mdev'><type id='i915'/></capability></device>",
                            0));
    g_assert_cmpint(serve_stock_calls, ==, 2);
}

/* Without an AP bus everything is as with libvirt's own module alone. */
static void
test_create_without_bus(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *xml = matrix_document(DEFINED_UUID, "");

    ap_root_remove(machine->root, "sys/bus/ap");
    g_assert_null(nodeDeviceCreateXML(machine->conn, xml, 0));
    g_assert_cmpint(serve_stock_calls, ==, 1);
}

static void
test_destroy_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) card = ap_virt_node_device_new(machine->conn, "ap_card05");
    g_autoptr(virNodeDevice) parent = ap_virt_node_device_new(machine->conn, "ap_matrix");
    g_autoptr(virNodeDevice) defined =
        ap_virt_node_device_new(machine->conn, DEFINED_NAME);
    g_autoptr(virNodeDevice) other = ap_virt_node_device_new(machine->conn, "pci_0");

    g_assert_cmpint(nodeDeviceDestroy(card), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_CONFIG_UNSUPPORTED);
    g_assert_cmpint(nodeDeviceDestroy(parent), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_CONFIG_UNSUPPORTED);
    g_assert_cmpint(nodeDeviceDestroy(defined), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    g_assert_cmpint(serve_stock_calls, ==, 0);
    g_assert_cmpint(nodeDeviceDestroy(other), ==, 0);
    g_assert_cmpint(serve_stock_calls, ==, 1);
}

static void
test_transient_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) matrix = ap_virt_node_device_new(machine->conn, MATRIX_NAME);

    g_assert_cmpint(nodeDeviceCreate(matrix, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    virResetLastError();
    g_assert_cmpint(nodeDeviceUndefine(matrix, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    virResetLastError();
    g_assert_cmpint(nodeDeviceSetAutostart(matrix, 1), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    serve_denied = MATRIX_NAME;
    g_assert_cmpint(nodeDeviceCreate(matrix, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    virResetLastError();
    g_assert_cmpint(nodeDeviceUndefine(matrix, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    virResetLastError();
    g_assert_cmpint(nodeDeviceSetAutostart(matrix, 1), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_cmpint(serve_stock_calls, ==, 0);
}

static void
test_define_other(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) other = ap_virt_node_device_new(machine->conn, "pci_0");

    g_assert_null(nodeDeviceDefineXML(machine->conn, "<device/>", 0));
    g_assert_cmpint(nodeDeviceCreate(other, 0), ==, 0);
    g_assert_cmpint(nodeDeviceUndefine(other, 0), ==, 0);
    g_assert_cmpint(nodeDeviceSetAutostart(other, 1), ==, 0);
    g_assert_cmpint(serve_stock_calls, ==, 4);
}

static void
test_define_hardware(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(virNodeDevice) card = ap_virt_node_device_new(machine->conn, "ap_card05");

    g_assert_cmpint(nodeDeviceCreate(card, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    g_assert_cmpint(nodeDeviceUndefine(card, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_INVALID);
    g_assert_cmpint(nodeDeviceSetAutostart(card, 1), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OPERATION_UNSUPPORTED);
    g_assert_cmpint(serve_stock_calls, ==, 0);
}

#define NEW_UUID "6c6b8b6c-2b4c-4a3e-9f3e-0d0a5e7f0001"
#define NEW_NAME "mdev_6c6b8b6c_2b4c_4a3e_9f3e_0d0a5e7f0001_matrix"

static void
test_define_and_undefine(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    static const char xml[] =
        "<device><parent>ap_matrix</parent><capability type='mdev'>"
        "<type id='vfio_ap-passthrough'/><uuid>" NEW_UUID "</uuid>"
        "<attr name='assign_adapter' value='5'/></capability></device>";
    g_autoptr(virNodeDevice) device = NULL;
    g_autofree char *text = NULL;
    int autostart = 7;

    g_assert_null(nodeDeviceDefineXML(machine->conn, xml, 8));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    device = nodeDeviceDefineXML(machine->conn, xml, 0);
    g_assert_cmpstr(virNodeDeviceGetName(device), ==, NEW_NAME);
    g_assert_cmpint(nodeDeviceIsActive(device), ==, 0);
    g_assert_cmpint(nodeDeviceIsPersistent(device), ==, 1);
    g_assert_cmpint(nodeDeviceSetAutostart(device, 1), ==, 0);
    g_assert_cmpint(nodeDeviceGetAutostart(device, &autostart), ==, 0);
    g_assert_cmpint(autostart, ==, 1);
    text = ap_root_read(machine->root, "etc/mdevctl.d/matrix/" NEW_UUID);
    g_assert_nonnull(strstr(text, "\"start\": \"auto\""));
    g_assert_cmpint(nodeDeviceUndefine(device, 8), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_cmpint(nodeDeviceUndefine(device, 0), ==, 0);
    g_assert_false(ap_root_exists(machine->root, "etc/mdevctl.d/matrix/" NEW_UUID));
    g_assert_cmpint(nodeDeviceUndefine(device, 0), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_NO_NODE_DEVICE);
    serve_denied = "new device";
    g_assert_null(nodeDeviceDefineXML(machine->conn, xml, 0));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_ACCESS_DENIED);
    g_assert_false(ap_root_exists(machine->root, "etc/mdevctl.d/matrix/" NEW_UUID));
    g_assert_cmpint(serve_stock_calls, ==, 0);
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

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    serve_machine_prepare();
    serve_machine_add("/serve/lookup_by_name", test_lookup);
    serve_machine_add("/serve/query_each_kind_answered", test_query);
    serve_machine_add("/serve/query_stored_form_of_what_is_defined",
                      test_query_stored_form);
    serve_machine_add("/serve/query_extended_form_on_request", test_query_extended_form);
    serve_machine_add("/serve/query_unknown_or_denied_refused", test_query_refused);
    serve_machine_add("/serve/create_bad_document_refused", test_create_refused);
    serve_machine_add("/serve/create_line_break_not_reported", test_create_line_breaks);
    serve_machine_add("/serve/create_queue_of_host_pool_refused", test_create_host_pool);
    serve_machine_add("/serve/create_denied_refused", test_create_denied);
    serve_machine_add("/serve/create_other_device_to_stock", test_create_other);
    serve_machine_add("/serve/create_without_bus_to_stock", test_create_without_bus);
    serve_machine_add("/serve/destroy_what_cannot_be_refused", test_destroy_refused);
    serve_machine_add("/serve/transient_what_cannot_be_refused", test_transient_refused);
    serve_machine_add("/serve/define_others_to_stock", test_define_other);
    serve_machine_add("/serve/define_hardware_refused", test_define_hardware);
    serve_machine_add("/serve/define_stored_and_removed", test_define_and_undefine);
    g_test_add_func("/serve/each_error_has_a_code", test_error_codes);
    g_test_add_func("/serve/private_function_missing_refused", test_private_functions);
    return g_test_run();
}
