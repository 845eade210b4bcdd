/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-nodedev-format.c: each kind of AP device printed as libvirt prints it;
 * the expected documents are in data/nodedev/devices, and
 * in data/nodedev/odd those that no real device has.
 */
#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-golden.h"

#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"

static ApDevice *
new_device(ApDeviceKind kind,
           const char *name,
           const char *parent,
           const char *path,
           const char *driver)
{
    ApDevice *device = ap_device_new(kind);

    device->name = g_strdup(name);
    device->parent = g_strdup(parent);
    device->path = g_strdup(path);
    device->driver = g_strdup(driver);
    return device;
}

static ApDevice *
new_matrix(const char *path, const char *driver)
{
    ApDevice *device =
        new_device(AP_DEVICE_MATRIX, "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix",
                   "ap_matrix", path, driver);

    device->uuid = g_strdup(UUID);
    device->type_id = g_strdup(AP_MDEV_TYPE_ID);
    return device;
}

static void
assert_format(const ApDevice *device, const char *name)
{
    g_autofree char *golden = g_strdup_printf("nodedev/%s.xml", name);
    g_autofree char *xml = ap_nodedev_xml_format(device, AP_NODEDEV_XML_STOCK);

    ap_test_assert_golden(golden, xml);
}

static void
test_card(void)
{
    g_autoptr(ApDevice) device = new_device(AP_DEVICE_CARD, "ap_card0a", "computer",
                                            "/sys/devices/ap/card0a", "cex4card");

    device->adapter = 0x0a;
    assert_format(device, "devices/card");
}

static void
test_queue(void)
{
    g_autoptr(ApDevice) device = new_device(AP_DEVICE_QUEUE, "ap_0a_00ab", "ap_card0a",
                                            "/sys/devices/ap/card0a/0a.00ab", "vfio_ap");

    device->adapter = 0x0a;
    device->domain = 0xab;
    assert_format(device, "devices/queue");
}

static void
test_queue_without_driver(void)
{
    g_autoptr(ApDevice) device = new_device(AP_DEVICE_QUEUE, "ap_ff_00ff", "ap_cardff",
                                            "/sys/devices/ap/cardff/ff.00ff", NULL);

    device->adapter = 0xff;
    device->domain = 0xff;
    assert_format(device, "devices/queue-without-driver");
}

static void
test_matrix_parent(void)
{
    g_autoptr(ApDevice) device =
        new_device(AP_DEVICE_MATRIX_PARENT, "ap_matrix", "computer",
                   "/sys/devices/vfio_ap/matrix", "vfio_ap");

    ap_device_add_type(device, AP_MDEV_TYPE_ID, "VFIO AP Passthrough Device", "vfio-ap",
                       65536);
    assert_format(device, "devices/matrix-parent");
}

static void
test_matrix_parent_without_types(void)
{
    g_autoptr(ApDevice) device =
        new_device(AP_DEVICE_MATRIX_PARENT, "ap_matrix", "computer",
                   "/sys/devices/vfio_ap/matrix", NULL);

    assert_format(device, "devices/matrix-parent-without-types");
}

static void
test_matrix_parent_type_without_name(void)
{
    g_autoptr(ApDevice) device =
        new_device(AP_DEVICE_MATRIX_PARENT, "ap_matrix", "computer",
                   "/sys/devices/vfio_ap/matrix", "vfio_ap");

    ap_device_add_type(device, AP_MDEV_TYPE_ID, NULL, "vfio-ap", 0);
    assert_format(device, "devices/matrix-parent-type-without-name");
}

static void
test_matrix_active(void)
{
    g_autoptr(ApDevice) device =
        new_matrix("/sys/devices/vfio_ap/matrix/" UUID, "vfio_ap_mdev");

    device->iommu_group = 3;
    ap_device_add_attr(device, "assign_adapter", "5");
    ap_device_add_attr(device, "assign_adapter", "6");
    ap_device_add_attr(device, "assign_domain", "4");
    ap_device_add_attr(device, "assign_control_domain", "4");
    assert_format(device, "devices/matrix-active");
}

static void
test_matrix_inactive(void)
{
    g_autoptr(ApDevice) device = new_matrix(NULL, NULL);

    ap_device_add_attr(device, "assign_domain", "0xab");
    ap_device_add_attr(device, "assign_adapter", "5");
    ap_device_add_attr(device, "assign_adapter", "5");
    assert_format(device, "devices/matrix-inactive");
}

static void
test_odd_values_escaped(void)
{
    g_autoptr(ApDevice) device = new_matrix("/sys/\xff<path>", "a&b\x01\x1f");

    ap_device_add_attr(device, "a'b\"c", "<&>\t\n\r'\"");
    ap_device_add_attr(device, "beyond", "\xef\xbf\xbf\xc3\xbc");
    assert_format(device, "odd/odd-values");
}

static void
test_null_parts_left_out(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);

    assert_format(device, "odd/null-parts");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nodedev-format/card", test_card);
    g_test_add_func("/nodedev-format/queue", test_queue);
    g_test_add_func("/nodedev-format/queue_without_driver", test_queue_without_driver);
    g_test_add_func("/nodedev-format/matrix_parent", test_matrix_parent);
    g_test_add_func("/nodedev-format/matrix_parent_without_types",
                    test_matrix_parent_without_types);
    g_test_add_func("/nodedev-format/matrix_parent_type_without_name",
                    test_matrix_parent_type_without_name);
    g_test_add_func("/nodedev-format/matrix_active", test_matrix_active);
    g_test_add_func("/nodedev-format/matrix_inactive", test_matrix_inactive);
    g_test_add_func("/nodedev-format/odd_values_escaped", test_odd_values_escaped);
    g_test_add_func("/nodedev-format/null_parts_left_out", test_null_parts_left_out);
    return g_test_run();
}
