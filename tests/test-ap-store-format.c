/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-store-format.c: the text of definitions, and what others put into it.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-store-format.h"
#include "ap-store.h"

#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"

/* As mdevctl 1.2 and 1.4 have written them. */
static const char *const mdevctls[] = {
    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"manual\",\n"
    "  \"attrs\": []\n}",
    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n  \"start\": \"auto\",\n"
    "  \"attrs\": [\n    {\n      \"assign_adapter\": \"5\"\n    },\n    {\n"
    "      \"assign_domain\": \"0xab\"\n    }\n  ]\n}",
};

static void
test_bytes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(mdevctls); i++) {
        g_autoptr(ApDevice) device =
            ap_store_parse(UUID, mdevctls[i], strlen(mdevctls[i]), NULL);
        g_autofree char *text = ap_store_format(device, NULL);

        g_assert_cmpstr(text, ==, mdevctls[i]);
    }
}

static void
test_quoting(void)
{
    g_autoptr(ApDevice) device = ap_store_new_definition(UUID);
    g_autoptr(ApDevice) back = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    device->type_id = g_strdup(AP_MDEV_TYPE_ID);
    ap_device_add_attr(device, "a\"b\\c", "\xc3\xa4\"");
    text = ap_store_format(device, NULL);
    back = ap_store_parse(UUID, text, strlen(text), &error);
    g_assert_no_error(error);
    g_assert_cmpstr(((ApAttr *)back->attrs->pdata[0])->name, ==, "a\"b\\c");
    g_assert_cmpstr(((ApAttr *)back->attrs->pdata[0])->value, ==, "\xc3\xa4\"");
}

static void
test_others_kept(void)
{
    static const char text[] =
        " {\"z\": {\"a\": [1, \"}\", {}]},\"start\":\"auto\", \"n\" :\n"
        "12345678901234567890 "
        ",\"mdev_type\":\"vfio_ap-passthrough\",\"s\":\"\\\"\\\\\"}\n";
    g_autoptr(GPtrArray) others = ap_store_find_others(text, strlen(text), NULL);
    g_autoptr(ApDevice) device = ap_store_parse(UUID, text, strlen(text), NULL);
    g_autofree char *written = ap_store_format(device, others);

    g_assert_cmpstr(written, ==,
                    "{\n  \"mdev_type\": \"vfio_ap-passthrough\",\n"
                    "  \"start\": \"auto\",\n  \"attrs\": [],\n"
                    "  \"z\": {\"a\": [1, \"}\", {}]},\n"
                    "  \"n\" :\n12345678901234567890,\n  \"s\":\"\\\"\\\\\"\n}");
}

static void
test_none(void)
{
    g_autoptr(GPtrArray) others = ap_store_find_others("{ }", 3, NULL);

    g_assert_cmpuint(others->len, ==, 0);
}

/* What the parser takes and JSON does not have, and what is no object. */
static void
test_not_plain(void)
{
    static const char *const texts[] = {
        "{\"a\": 1, /* \"b\": 2, */ \"c\": 3}",
        "{\"a\": 1 // \"b\": 2}\n}",
        "{\"a\": 'x}'}",
        "{\"\\u0073tart\": 1}",
        "{\"a\": 1} x",
        "{\"a\": ]}",
        "{\"a\": \"",
        "{\"a\" 1}",
        "{\"a\": 1",
        "[]",
        "",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;

        g_test_message("%s", texts[i]);
        g_assert_null(ap_store_find_others(texts[i], strlen(texts[i]), &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-store-format/mdevctls_byte_for_byte", test_bytes);
    g_test_add_func("/ap-store-format/quotes_escaped", test_quoting);
    g_test_add_func("/ap-store-format/others_members_kept_as_they_are", test_others_kept);
    g_test_add_func("/ap-store-format/empty_object_has_none", test_none);
    g_test_add_func("/ap-store-format/more_than_json_refused", test_not_plain);
    return g_test_run();
}
