/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-device.c: the description of a device.
 */
#include "ap-device-priv.h"

static void
test_new(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);

    g_assert_cmpint(ap_device_get_kind(device), ==, AP_DEVICE_MATRIX);
    g_assert_null(ap_device_get_name(device));
    g_assert_null(ap_device_get_parent(device));
    g_assert_null(ap_device_get_path(device));
    g_assert_null(ap_device_get_driver(device));
    g_assert_null(ap_device_get_uuid(device));
    g_assert_false(ap_device_is_active(device));
    g_assert_false(ap_device_is_persistent(device));
    g_assert_false(ap_device_is_autostart(device));
    g_assert_cmpint(ap_device_get_reserve(device), ==, AP_RESERVE_NO);
    g_assert_null(ap_device_get_comment(device));
    g_assert_false(device->extended);
    g_assert_cmpint(device->iommu_group, ==, -1);
    g_assert_cmpuint(device->attrs->len, ==, 0);
    g_assert_cmpuint(device->types->len, ==, 0);
}

static void
test_getters(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_QUEUE);

    device->name = g_strdup("ap_05_0004");
    device->parent = g_strdup("ap_card05");
    device->path = g_strdup("/sys/devices/ap/card05/05.0004");
    device->driver = g_strdup("vfio_ap");
    device->adapter = 5;
    device->domain = 4;
    device->uuid = g_strdup("u");
    device->persistent = TRUE;
    device->autostart = TRUE;
    device->reserve = AP_RESERVE_PERSISTENT;
    device->comment = g_strdup("payroll");
    g_assert_cmpstr(ap_device_get_name(device), ==, "ap_05_0004");
    g_assert_cmpstr(ap_device_get_parent(device), ==, "ap_card05");
    g_assert_cmpstr(ap_device_get_path(device), ==, "/sys/devices/ap/card05/05.0004");
    g_assert_cmpstr(ap_device_get_driver(device), ==, "vfio_ap");
    g_assert_cmpuint(ap_device_get_adapter(device), ==, 5);
    g_assert_cmpuint(ap_device_get_domain(device), ==, 4);
    g_assert_cmpstr(ap_device_get_uuid(device), ==, "u");
    g_assert_true(ap_device_is_active(device));
    g_assert_true(ap_device_is_persistent(device));
    g_assert_true(ap_device_is_autostart(device));
    g_assert_cmpint(ap_device_get_reserve(device), ==, AP_RESERVE_PERSISTENT);
    g_assert_cmpstr(ap_device_get_comment(device), ==, "payroll");
}

static void
test_references(void)
{
    ApDevice *device = ap_device_new(AP_DEVICE_CARD);
    ApDevice *other = ap_device_ref(device);

    g_assert_true(other == device);
    device->name = g_strdup("ap_card05");
    ap_device_unref(device);
    g_assert_cmpstr(ap_device_get_name(other), ==, "ap_card05");
    ap_device_unref(other);
    ap_device_unref(NULL);
    ap_attr_free(NULL);
    ap_mdev_type_free(NULL);
}

static void
test_attrs(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
    static const char *const names[] = { "assign_domain", "assign_adapter",
                                         "assign_domain" };

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        ap_device_add_attr(device, names[i], "4");
    g_assert_cmpuint(device->attrs->len, ==, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        g_assert_cmpstr(attr->name, ==, names[i]);
        g_assert_cmpstr(attr->value, ==, "4");
    }
}

static void
test_types(void)
{
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX_PARENT);
    const ApMdevType *type = ap_device_add_type(device, "id", NULL, "api", 7);

    g_assert_true(device->types->pdata[0] == type);
    g_assert_cmpstr(type->id, ==, "id");
    g_assert_null(type->name);
    g_assert_cmpstr(type->device_api, ==, "api");
    g_assert_cmpuint(type->available_instances, ==, 7);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-device/new_empty", test_new);
    g_test_add_func("/ap-device/getters_fields", test_getters);
    g_test_add_func("/ap-device/references_shared", test_references);
    g_test_add_func("/ap-device/attrs_order_and_duplicates_kept", test_attrs);
    g_test_add_func("/ap-device/types_added", test_types);
    return g_test_run();
}
