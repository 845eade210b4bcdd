/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-store.c: mdevctl's definitions, good and bad.
 */
#include <string.h>
#include <sys/stat.h>

#include "ap-device-priv.h"
#include "ap-root.h"
#include "ap-store.h"

#define A     "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B     "62177883-f1bb-47f0-914d-32a22e3a8805"
#define C     "62177883-f1bb-47f0-914d-32a22e3a8806"
#define STORE "etc/mdevctl.d/matrix/"

#define GOOD                                                                             \
    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"auto\",\n  "           \
    "\"attrs\": [\n"                                                                     \
    "    {\n      \"assign_domain\": \"0xab\"\n    },\n    {\n      "                    \
    "\"assign_adapter\": "                                                               \
    "\"5\"\n    },\n    {\n      \"assign_domain\": \"0xab\"\n    }\n  ]\n}"
#define EMPTY "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\"}"

static void
test_good(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = ap_store_parse(A, GOOD, strlen(GOOD), &error);
    static const char *const expected[] = { "assign_domain",  "0xab",
                                            "assign_adapter", "5",
                                            "assign_domain",  "0xab" };

    g_assert_no_error(error);
    g_assert_cmpint(ap_device_get_kind(device), ==, AP_DEVICE_MATRIX);
    g_assert_cmpstr(ap_device_get_name(device), ==,
                    "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix");
    g_assert_cmpstr(ap_device_get_parent(device), ==, "ap_matrix");
    g_assert_cmpstr(ap_device_get_uuid(device), ==, A);
    g_assert_null(ap_device_get_path(device));
    g_assert_null(ap_device_get_driver(device));
    g_assert_cmpstr(device->type_id, ==, "vfio_ap-passthrough");
    g_assert_false(ap_device_is_active(device));
    g_assert_true(ap_device_is_persistent(device));
    g_assert_true(ap_device_is_autostart(device));
    g_assert_cmpint(device->iommu_group, ==, -1);
    g_assert_cmpuint(device->attrs->len, ==, G_N_ELEMENTS(expected) / 2);
    for (guint i = 0; i < device->attrs->len; i++) {
        const ApAttr *attr = device->attrs->pdata[i];

        g_assert_cmpstr(attr->name, ==, expected[2 * i]);
        g_assert_cmpstr(attr->value, ==, expected[2 * i + 1]);
    }
}

static void
test_minimal(void)
{
    g_autoptr(ApDevice) device = ap_store_parse(A, EMPTY, strlen(EMPTY), NULL);

    g_assert_false(ap_device_is_autostart(device));
    g_assert_cmpuint(device->attrs->len, ==, 0);
}

#define WITH(member)                                                                     \
    "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"auto\"," member "}"

static const struct {
    const char *text;
    const char *message;
} bad[] = {
    { "", "not JSON" },
    { "{", "not JSON" },
    { "{\"mdev_type\": \"vfio_ap-pass", "not JSON" },
    { "[]", "not a JSON object" },
    { "null", "not a JSON object" },
    { "\"x\"", "not a JSON object" },
    { "{}", "no string 'mdev_type'" },
    { "{\"mdev_type\":7,\"start\":\"auto\"}", "no string 'mdev_type'" },
    { "{\"mdev_type\":\"i915-GVTg\",\"start\":\"auto\"}", "its type is 'i915-GVTg'" },
    { "{\"mdev_type\":\"vfio_ap-passthrough\"}", "no string 'start'" },
    { "{\"mdev_type\":\"vfio_ap-passthrough\",\"start\":\"later\"}",
      "'start' is 'later'" },
    { WITH("\"attrs\":7"), "'attrs' is not a list" },
    { WITH("\"attrs\":{}"), "'attrs' is not a list" },
    { WITH("\"attrs\":[7]"), "not one name with one value" },
    { WITH("\"attrs\":[{}]"), "not one name with one value" },
    { WITH("\"attrs\":[{\"a\":\"1\",\"b\":\"2\"}]"), "not one name with one value" },
    { WITH("\"attrs\":[{\"a\":1}]"), "no string 'a'" },
    { WITH("\"attrs\":[{\"a\":null}]"), "no string 'a'" },
    { WITH("\"attrs\":[{\"a\":\"\\u0001\"}]"),
      "'a' has characters that cannot be printed" },
    { WITH("\"attrs\":[{\"a\":\"\\666\"}]"),
      "'a' has characters that cannot be printed" },
    { "{\"mdev_type\":\"\\377\",\"start\":\"auto\"}", "cannot be printed" },
    { WITH("\"attrs\":[{\"\\u0007\":\"1\"}]"), "has characters that cannot be printed" },
    { "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "nested too deep" },
};

static void
test_bad(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i].text);
        g_assert_null(ap_store_parse(A, bad[i].text, strlen(bad[i].text), &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, bad[i].message));
    }
}

static void
test_nul(void)
{
    static const char text[] = EMPTY "\0x";
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_store_parse(A, text, sizeof(text), &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
}

static void
test_too_deep_survived(void)
{
    g_autofree char *text = g_strnfill(60000, '[');
    g_autoptr(GError) error = NULL;

    g_assert_null(ap_store_parse(A, text, strlen(text), &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
}

static void
test_too_many(void)
{
    g_autoptr(GString) text = g_string_new("{\"mdev_type\":\"vfio_ap-passthrough\","
                                           "\"start\":\"auto\",\"attrs\":[");
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 4097; i++)
        g_string_append(text, i ? ",{\"a\":\"\"}" : "{\"a\":\"\"}");
    g_string_append(text, "]}");
    g_assert_null(ap_store_parse(A, text->str, text->len, &error));
    g_assert_nonnull(strstr(error->message, "more than 4096"));
}

static void
test_none(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApStore) store = ap_store_new(root->fd);
    g_autoptr(GPtrArray) list = ap_store_list(store, NULL);

    g_assert_cmpuint(list->len, ==, 0);
    g_assert_null(ap_store_load(store, A));
    ap_store_free(NULL);
}

static void
test_list(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApStore) store = ap_store_new(root->fd);
    g_autoptr(GPtrArray) list = NULL;

    ap_root_write(root, STORE B, EMPTY);
    ap_root_write(root, STORE A, GOOD);
    ap_root_write(root, STORE "README", "not for us");
    ap_root_write(root, STORE "." A ".tmp", "{");
    ap_root_write(root, STORE "62177883-F1BB-47F0-914D-32A22E3A8804", GOOD);
    list = ap_store_list(store, NULL);
    g_assert_cmpuint(list->len, ==, 2);
    g_assert_cmpstr(list->pdata[0], ==, A);
    g_assert_cmpstr(list->pdata[1], ==, B);
}

static void
expect_warning(const char *uuid, const char *reason)
{
    g_autofree char *pattern =
        g_strdup_printf("*ignoring the definition '/" STORE "%s'*%s*", uuid, reason);

    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, pattern);
}

/* One bad file hurts nobody else and is complained about once, until it has
 * changed. */
static void
test_bad_file(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApStore) store = ap_store_new(root->fd);

    ap_root_write(root, STORE A, GOOD);
    ap_root_write(root, STORE B, "{\"mdev_type\"");
    expect_warning(B, "not JSON");
    for (guint round = 0; round < 2; round++) {
        g_autoptr(GPtrArray) list = ap_store_list(store, NULL);

        g_assert_cmpuint(list->len, ==, 1);
        g_assert_cmpstr(list->pdata[0], ==, A);
    }
    g_test_assert_expected_messages();
    ap_root_write(root, STORE B, "{\"mdev_type\": \"other\"}");
    expect_warning(B, "type is 'other'");
    g_assert_null(ap_store_load(store, B));
    g_assert_null(ap_store_load(store, B));
    g_test_assert_expected_messages();
}

static void
test_odd_files(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApStore) store = ap_store_new(root->fd);
    g_autofree char *big = g_strnfill(64 * 1024 + 1, ' ');
    g_autofree char *fifo = g_build_filename(root->path, STORE B, NULL);

    ap_root_write(root, STORE A, big);
    expect_warning(A, "longer than 65536 bytes");
    g_assert_null(ap_store_load(store, A));
    /* Nobody ever writes to it: opening or reading it must not wait. */
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    expect_warning(B, "not a regular file");
    g_assert_null(ap_store_load(store, B));
    ap_root_mkdir(root, STORE C);
    expect_warning(C, "not a regular file");
    g_assert_null(ap_store_load(store, C));
    g_test_assert_expected_messages();
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-store/good_definition_order_kept", test_good);
    g_test_add_func("/ap-store/minimal_definition", test_minimal);
    g_test_add_func("/ap-store/bad_definition_says_why", test_bad);
    g_test_add_func("/ap-store/nul_refused", test_nul);
    g_test_add_func("/ap-store/deep_nesting_survived", test_too_deep_survived);
    g_test_add_func("/ap-store/too_many_attrs_refused", test_too_many);
    g_test_add_func("/ap-store/no_store_empty", test_none);
    g_test_add_func("/ap-store/list_sorted_others_left_out", test_list);
    g_test_add_func("/ap-store/bad_file_warned_once", test_bad_file);
    g_test_add_func("/ap-store/odd_files_left_out", test_odd_files);
    return g_test_run();
}
