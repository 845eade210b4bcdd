/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-serve-update.c: changes of matrices that exist, as clients of libvirt 10.1 and
 * later ask for them.
 */
#include <string.h>

#include "serve-machine.h"

#define LIVE   1U
#define CONFIG 2U

#define STORED     "etc/mdevctl.d/matrix/" DEFINED_UUID
#define ATTR_FIVE  "<attr name='assign_adapter' value='5'/>"
#define ATTR_SIX   "<attr name='assign_adapter' value='6'/>"
#define LIVE_MASKS "sys/devices/vfio_ap/matrix/" UUID "/ap_config"

/* Only what its schema takes: libvirt always looks. */
static char *
document(const char *uuid, const char *attributes)
{
    return g_strdup_printf("<device><name>" MATRIX_NAME
                           "</name><parent>ap_matrix</parent>"
                           "<capability type='mdev'><type id='vfio_ap-passthrough'/>"
                           "<uuid>%s</uuid>%s</capability></device>",
                           uuid, attributes);
}

/* libvirt's code of the refusal, VIR_ERR_OK for none. */
static int
update(ServeMachine *machine,
       const char *name,
       const char *uuid,
       const char *attributes,
       unsigned int flags)
{
    g_autoptr(virNodeDevice) device = ap_virt_node_device_new(machine->conn, name);
    g_autofree char *xml = document(uuid, attributes);

    virResetLastError();
    if (nodeDeviceUpdate(device, xml, flags) == 0)
        return VIR_ERR_OK;
    g_assert_cmpint(virGetLastErrorDomain(), ==, VIR_FROM_NODEDEV);
    return virGetLastErrorCode();
}

/* One that is refused, and how. */
static const struct {
    const char *name;
    const char *uuid;
    const char *attributes;
    unsigned int flags;
    int code;
} refusals[] = {
    { MATRIX_NAME, UUID, ATTR_SIX, 4, VIR_ERR_INVALID_ARG },
    { "mdev_00000000_0000_0000_0000_000000000000_matrix", UUID, ATTR_SIX, 0,
      VIR_ERR_NO_NODE_DEVICE },
    { "ap_card05", UUID, ATTR_SIX, 0, VIR_ERR_CONFIG_UNSUPPORTED },
    { "ap_matrix", UUID, ATTR_SIX, 0, VIR_ERR_CONFIG_UNSUPPORTED },
    { MATRIX_NAME, UUID, "<attr name='assign_adapter'/>", 0, VIR_ERR_XML_INVALID_SCHEMA },
    { MATRIX_NAME, UUID, "<attr name='nonsense' value='1'/>", 0,
      VIR_ERR_CONFIG_UNSUPPORTED },
    { MATRIX_NAME, DEFINED_UUID, ATTR_SIX, 0, VIR_ERR_CONFIG_UNSUPPORTED },
    { MATRIX_NAME, UUID, ATTR_SIX, CONFIG, VIR_ERR_OPERATION_INVALID },
    { MATRIX_NAME, UUID, ATTR_SIX, CONFIG | LIVE, VIR_ERR_OPERATION_INVALID },
    { DEFINED_NAME, DEFINED_UUID, ATTR_SIX, LIVE, VIR_ERR_OPERATION_INVALID },
    { DEFINED_NAME, DEFINED_UUID, ATTR_SIX, CONFIG | LIVE, VIR_ERR_OPERATION_INVALID },
};

static void
test_refused(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *live = ap_root_read(machine->root, LIVE_MASKS);
    g_autofree char *stored = ap_root_read(machine->root, STORED);

    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *now = NULL;
        g_autofree char *stored_now = NULL;

        g_assert_cmpint(update(machine, refusals[i].name, refusals[i].uuid,
                               refusals[i].attributes, refusals[i].flags),
                        ==, refusals[i].code);
        now = ap_root_read(machine->root, LIVE_MASKS);
        stored_now = ap_root_read(machine->root, STORED);
        g_assert_cmpstr(now, ==, live);
        g_assert_cmpstr(stored_now, ==, stored);
    }
    g_assert_cmpuint(serve_stock_calls, ==, 0);
}

static void
test_denied(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    serve_denied = DEFINED_NAME;
    g_assert_cmpint(update(machine, DEFINED_NAME, DEFINED_UUID, ATTR_SIX, 0), ==,
                    VIR_ERR_ACCESS_DENIED);
    g_assert_cmpstr(serve_asked_about, ==, DEFINED_NAME);
}

/* What has no kernel below it is written as it is. */
static void
test_changed(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *live = NULL;

    ap_root_write(machine->root, "sys/devices/vfio_ap/matrix/features",
                  "guest_matrix hotplug ap_config\n");
    g_assert_cmpint(update(machine, MATRIX_NAME, UUID, ATTR_SIX, 0), ==, 0);
    live = ap_root_read(machine->root, LIVE_MASKS);
    g_assert_true(g_str_has_prefix(live, "0x0200"));
    g_assert_cmpint(update(machine, MATRIX_NAME, UUID, ATTR_SIX, LIVE), ==, 0);
}

static void
test_definition_changed(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    static const unsigned int flags[] = { 0, CONFIG };

    for (gsize i = 0; i < G_N_ELEMENTS(flags); i++) {
        g_autofree char *stored = NULL;

        g_assert_cmpint(update(machine, DEFINED_NAME, DEFINED_UUID,
                               i ? ATTR_FIVE : ATTR_FIVE ATTR_SIX, flags[i]),
                        ==, 0);
        stored = ap_root_read(machine->root, STORED);
        g_assert_nonnull(strstr(stored, "\"auto\""));
        g_assert_true(!strstr(stored, "\"6\"") == (i == 1));
    }
}

static void
test_other(ServeMachine *machine, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(update(machine, "pci_0", UUID, ATTR_SIX, 8), ==, 0);
    g_assert_cmpuint(serve_stock_calls, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    serve_machine_prepare();
    serve_machine_add("/serve-update/what_cannot_be_refused", test_refused);
    serve_machine_add("/serve-update/denied_refused", test_denied);
    serve_machine_add("/serve-update/live_changed", test_changed);
    serve_machine_add("/serve-update/definition_changed", test_definition_changed);
    serve_machine_add("/serve-update/other_device_to_stock", test_other);
    return g_test_run();
}
