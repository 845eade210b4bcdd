/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fuzz-ap-nodedev-format.c: devices with any text in them are formatted as
 * well-formed documents that hold that text.
 *
 * The input is split at line ends into the texts of a matrix: parent, type,
 * path, driver, then names and values of attributes in turn.
 */
#include <glib.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-nodedev-doc.h"
#include "fuzz.h"

/* Control characters and broken UTF-8 cannot be in XML and are not compared. */
static gboolean
is_printable(const char *text)
{
    while (g_ascii_isprint(*text))
        text++;
    return *text == '\0';
}

static void
check_read_back(const ApDevice *device)
{
    g_autofree char *xml = ap_nodedev_xml_format(device, AP_NODEDEV_XML_STOCK);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApNodedevDoc) doc = ap_nodedev_doc_read(xml, &error);

    FUZZ_CHECK(doc);
    FUZZ_CHECK(!doc->has_dtd && doc->n_capabilities == 1 && doc->n_mdevs == 1);
    FUZZ_CHECK(doc->n_attrs == device->attrs->len);
    for (guint i = 0; i < doc->attrs->len; i++) {
        const ApAttr *read = g_ptr_array_index(doc->attrs, i);
        const ApAttr *attr = g_ptr_array_index(device->attrs, i);

        if (is_printable(attr->value))
            FUZZ_CHECK(g_str_equal(read->value ? read->value : "", attr->value));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 1024);
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
    guint n = g_strv_length(lines);

    device->parent = g_strdup(n > 0 ? lines[0] : NULL);
    device->type_id = g_strdup(n > 1 ? lines[1] : NULL);
    device->path = g_strdup(n > 2 ? lines[2] : NULL);
    device->driver = g_strdup(n > 3 ? lines[3] : NULL);
    for (guint i = 4; i + 1 < n; i += 2)
        ap_device_add_attr(device, lines[i], lines[i + 1]);
    check_read_back(device);
    return 0;
}
