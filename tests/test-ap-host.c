/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host.c: the handle, and looking up one device.
 */
#include <string.h>

#include "ap-host-priv.h"
#include "ap-device-priv.h"
#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define STORE  "etc/mdevctl.d/matrix/"
#define MATRIX "sys/devices/vfio_ap/matrix"

static ApDevice *
must_lookup(ApHost *host, const char *name)
{
    g_autoptr(GError) error = NULL;
    ApDevice *device = ap_host_lookup(host, name, &error);

    g_assert_no_error(error);
    g_assert_cmpstr(ap_device_get_name(device), ==, name);
    g_assert_true(ap_host_has(host, name));
    g_assert_cmpint(ap_host_is_active(host, name), ==, ap_device_is_active(device));
    return device;
}

static void
assert_not_found(ApHost *host, const char *name)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_host_lookup(host, name, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_FOUND);
    g_assert_false(ap_host_has(host, name));
    g_assert_false(ap_host_is_active(host, name));
}

static char *
print_attrs(const ApDevice *device)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < device->attrs->len; i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        g_string_append_printf(text, "%s=%s ", attr->name, attr->value);
    }
    return g_string_free(text, FALSE);
}

static void
test_no_root(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_host_new("/nonexistent/root", &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/nonexistent/root'"));
    ap_host_free(NULL);
}

static void
test_nothing(void)
{
    static const char *const names[] = { "ap_card05", "ap_05_0004", "ap_matrix",
                                         NAME_A,      "computer",   "" };
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        assert_not_found(host, names[i]);
}

static void
test_card_and_queue(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) card = NULL;
    g_autoptr(ApDevice) queue = NULL;
    g_autoptr(ApDevice) unbound = NULL;

    ap_root_add_card(root, 5, "0004,00ab", "vfio_ap");
    ap_root_add_card(root, 6, "0004", NULL);
    card = must_lookup(host, "ap_card05");
    g_assert_cmpint(ap_device_get_kind(card), ==, AP_DEVICE_CARD);
    g_assert_cmpstr(ap_device_get_path(card), ==, "/sys/devices/ap/card05");
    g_assert_cmpstr(ap_device_get_parent(card), ==, "computer");
    g_assert_cmpstr(ap_device_get_driver(card), ==, "cex4card");
    g_assert_cmpuint(ap_device_get_adapter(card), ==, 5);
    g_assert_true(ap_device_is_active(card));
    queue = must_lookup(host, "ap_05_00ab");
    g_assert_cmpint(ap_device_get_kind(queue), ==, AP_DEVICE_QUEUE);
    g_assert_cmpstr(ap_device_get_path(queue), ==, "/sys/devices/ap/card05/05.00ab");
    g_assert_cmpstr(ap_device_get_parent(queue), ==, "ap_card05");
    g_assert_cmpstr(ap_device_get_driver(queue), ==, "vfio_ap");
    g_assert_cmpuint(ap_device_get_adapter(queue), ==, 5);
    g_assert_cmpuint(ap_device_get_domain(queue), ==, 0xab);
    unbound = must_lookup(host, "ap_06_0004");
    g_assert_null(ap_device_get_driver(unbound));
    assert_not_found(host, "ap_06_00ab");
    assert_not_found(host, "ap_card07");
}

static void
test_parent(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) parent = NULL;
    const ApMdevType *type;

    ap_root_add_matrix_parent(root, "0x0", "0x0");
    parent = must_lookup(host, "ap_matrix");
    g_assert_cmpint(ap_device_get_kind(parent), ==, AP_DEVICE_MATRIX_PARENT);
    g_assert_cmpstr(ap_device_get_path(parent), ==, "/" MATRIX);
    g_assert_cmpstr(ap_device_get_parent(parent), ==, "computer");
    g_assert_cmpstr(ap_device_get_driver(parent), ==, "vfio_ap");
    g_assert_cmpuint(parent->types->len, ==, 1);
    type = parent->types->pdata[0];
    g_assert_cmpstr(type->id, ==, "vfio_ap-passthrough");
    g_assert_cmpstr(type->name, ==, "VFIO AP Passthrough Device");
    g_assert_cmpstr(type->device_api, ==, "vfio-ap");
    g_assert_cmpuint(type->available_instances, ==, 65536);
}

static void
test_parent_without_type(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) parent = NULL;

    ap_root_mkdir(root, MATRIX);
    parent = must_lookup(host, "ap_matrix");
    g_assert_cmpuint(parent->types->len, ==, 0);
    g_assert_null(ap_device_get_driver(parent));
}

static void
test_matrix(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) matrix = NULL;
    g_autofree char *attrs = NULL;

    ap_root_add_matrix(root, A, "0x06,0x0800000000000000001,0x8\n", 7);
    matrix = must_lookup(host, NAME_A);
    attrs = print_attrs(matrix);
    g_assert_cmpint(ap_device_get_kind(matrix), ==, AP_DEVICE_MATRIX);
    g_assert_cmpstr(ap_device_get_path(matrix), ==, "/" MATRIX "/" A);
    g_assert_cmpstr(ap_device_get_parent(matrix), ==, "ap_matrix");
    g_assert_cmpstr(ap_device_get_driver(matrix), ==, "vfio_ap_mdev");
    g_assert_cmpstr(ap_device_get_uuid(matrix), ==, A);
    g_assert_cmpstr(matrix->type_id, ==, "vfio_ap-passthrough");
    g_assert_cmpint(matrix->iommu_group, ==, 7);
    g_assert_false(ap_device_is_persistent(matrix));
    g_assert_cmpstr(attrs, ==,
                    "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=75 "
                    "assign_control_domain=0 ");
}

/* What a kernel before ap_config shows. */
static void
test_matrix_old_kernel(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) matrix = NULL;
    g_autofree char *attrs = NULL;

    ap_root_add_matrix(root, A, NULL, 7);
    ap_root_write(root, MATRIX "/" A "/matrix", "05.0004\n05.00ab\n06.0004\n06.00ab\n");
    ap_root_write(root, MATRIX "/" A "/control_domains", "0004\n");
    matrix = must_lookup(host, NAME_A);
    attrs = print_attrs(matrix);
    g_assert_cmpstr(attrs, ==,
                    "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=171 "
                    "assign_control_domain=4 ");
}

static void
test_matrix_garbage(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(GError) error = NULL;

    ap_root_add_matrix(root, A, "garbage\n", 7);
    g_assert_null(ap_host_lookup(host, NAME_A, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/" MATRIX "/" A "/ap_config'"));
}

static void
test_defined(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) both = NULL;
    g_autoptr(ApDevice) defined = NULL;
    g_autofree char *attrs_both = NULL;
    g_autofree char *attrs_defined = NULL;
    static const char *const definition =
        "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\","
        "\"attrs\":[{\"assign_domain\":\"0x4\"},{\"assign_adapter\":\"6\"}]}";

    ap_root_add_matrix(root, A, "0x04,0,0\n", 0);
    ap_root_write(root, STORE A, definition);
    ap_root_write(root, STORE B, definition);
    both = must_lookup(host, NAME_A);
    attrs_both = print_attrs(both);
    g_assert_true(ap_device_is_active(both));
    g_assert_true(ap_device_is_persistent(both));
    g_assert_true(ap_device_is_autostart(both));
    g_assert_cmpstr(attrs_both, ==, "assign_adapter=5 ");
    defined = must_lookup(host, NAME_B);
    attrs_defined = print_attrs(defined);
    g_assert_false(ap_device_is_active(defined));
    g_assert_true(ap_device_is_persistent(defined));
    g_assert_cmpstr(ap_device_get_parent(defined), ==, "ap_matrix");
    g_assert_null(ap_device_get_driver(defined));
    g_assert_cmpstr(attrs_defined, ==, "assign_domain=0x4 assign_adapter=6 ");
}

static void
test_bad_definition(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = ap_host_new(root->path, NULL);
    g_autoptr(ApDevice) matrix = NULL;

    ap_root_write(root, STORE A, "{");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                          "*ignoring the definition*" A "*");
    assert_not_found(host, NAME_A);
    g_test_assert_expected_messages();
    ap_root_add_matrix(root, A, "0,0,0\n", 0);
    matrix = must_lookup(host, NAME_A);
    g_assert_false(ap_device_is_persistent(matrix));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host/new_no_root_error", test_no_root);
    g_test_add_func("/ap-host/lookup_empty_not_found", test_nothing);
    g_test_add_func("/ap-host/lookup_card_and_queue", test_card_and_queue);
    g_test_add_func("/ap-host/lookup_matrix_parent", test_parent);
    g_test_add_func("/ap-host/lookup_matrix_parent_without_type",
                    test_parent_without_type);
    g_test_add_func("/ap-host/lookup_matrix_live_state", test_matrix);
    g_test_add_func("/ap-host/lookup_matrix_without_ap_config", test_matrix_old_kernel);
    g_test_add_func("/ap-host/lookup_matrix_garbage_error", test_matrix_garbage);
    g_test_add_func("/ap-host/lookup_defined", test_defined);
    g_test_add_func("/ap-host/lookup_bad_definition_ignored", test_bad_definition);
    return g_test_run();
}
