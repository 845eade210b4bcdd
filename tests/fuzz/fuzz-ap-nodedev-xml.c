/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-nodedev-xml.c: node device documents.
 *
 * Whatever the input: the answers of classify and parse fit together, and what
 * is accepted survives being formatted and parsed again.
 */
#include <glib.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-attr-check.h"
#include "ap-device-priv.h"
#include "fuzz.h"

static void
check_wish(const ApDevice *wish)
{
    FUZZ_CHECK(wish->kind == AP_DEVICE_MATRIX);
    FUZZ_CHECK(!wish->name && !wish->path && !wish->driver);
    FUZZ_CHECK(g_str_equal(wish->parent, "ap_matrix"));
    FUZZ_CHECK(g_str_equal(wish->type_id, AP_MDEV_TYPE_ID));
    FUZZ_CHECK(!wish->uuid || g_uuid_string_is_valid(wish->uuid));
    for (guint i = 0; i < wish->attrs->len; i++) {
        const ApAttr *attr = g_ptr_array_index(wish->attrs, i);

        FUZZ_CHECK(ap_attr_check(attr->name, attr->value, NULL));
    }
}

static gboolean
is_same(const ApDevice *a, const ApDevice *b)
{
    return a->reserve == b->reserve && g_strcmp0(a->comment, b->comment) == 0;
}

/* The form that is printed for everybody says nothing of our own; all others have
 * reserve and comment in them. */
static void
check_round_trip(const ApDevice *wish, ApNodedevXmlFlags flags)
{
    g_autofree char *once = ap_nodedev_xml_format(wish, flags);
    g_autoptr(ApDevice) again = ap_nodedev_xml_parse(once, NULL);
    g_autofree char *twice = NULL;

    FUZZ_CHECK(again);
    twice = ap_nodedev_xml_format(again, flags);
    FUZZ_CHECK(g_str_equal(once, twice));
    FUZZ_CHECK(!(flags & AP_NODEDEV_XML_NOTES) || is_same(wish, again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *xml = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = ap_nodedev_xml_parse(xml, &error);

    FUZZ_CHECK(!wish != !error);
    if (!wish) {
        FUZZ_CHECK(error->domain == AP_ERROR);
        FUZZ_CHECK(error->code == AP_ERROR_XML || error->code == AP_ERROR_UNSUPPORTED ||
                   error->code == AP_ERROR_PARENT);
        ap_nodedev_xml_classify(xml);
        return 0;
    }
    FUZZ_CHECK(ap_nodedev_xml_classify(xml) == AP_NODEDEV_XML_AP_MATRIX);
    check_wish(wish);
    check_round_trip(wish, AP_NODEDEV_XML_STOCK);
    check_round_trip(wish, AP_NODEDEV_XML_NOTES);
    check_round_trip(wish, AP_NODEDEV_XML_NOTES | AP_NODEDEV_XML_RANGES);
    return 0;
}
