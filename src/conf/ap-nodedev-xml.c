/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-xml.c: decides whether a node device document is about an AP
 * matrix, and makes a wish of one that is.
 *
 * What libvirt 9.0 accepts for nodedev-create is accepted, and refusals carry
 * the code that libvirt gives.  Where libvirt drops a part silently (a malformed
 * <attr>, a second capability) the document is refused instead: a matrix that
 * differs from what was asked for holds the wrong keys.
 */
#include <errno.h>
#include <string.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-attr-check.h"
#include "ap-device-priv.h"
#include "ap-extension.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-nodedev-doc.h"

#define UUID_DIGITS 32

static gboolean
is_ap_matrix(const ApNodedevDoc *doc)
{
    if (!g_str_equal(doc->root, "device") || doc->n_mdevs == 0)
        return FALSE;
    return doc->is_ap_type || g_strcmp0(doc->parent, AP_NAME_MATRIX_PARENT) == 0;
}

ApNodedevXmlKind
ap_nodedev_xml_classify(const char *xml)
{
    g_autoptr(ApNodedevDoc) doc = ap_nodedev_doc_read(xml, NULL);

    return doc && is_ap_matrix(doc) ? AP_NODEDEV_XML_AP_MATRIX : AP_NODEDEV_XML_NOT_AP;
}

static gboolean
check_device(const ApNodedevDoc *doc, GError **error)
{
    if (!g_str_equal(doc->root, "device")) {
        g_set_error(error, AP_ERROR, AP_ERROR_XML,
                    _("expected root element 'device', not '%s'"), doc->root);
        return FALSE;
    }
    if (doc->bad_devnode) {
        g_set_error(error, AP_ERROR, AP_ERROR_XML,
                    _("type of element 'devnode' is '%s', expected 'dev' or 'link'"),
                    doc->bad_devnode);
        return FALSE;
    }
    if (doc->parent_wwnn != doc->parent_wwpn) {
        g_set_error_literal(error, AP_ERROR, AP_ERROR_XML,
                            _("a parent with one of wwnn and wwpn needs the other, too"));
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_capability(const ApNodedevDoc *doc, GError **error)
{
    if (doc->n_capabilities == 0 || !doc->capability_type) {
        g_set_error_literal(
            error, AP_ERROR, AP_ERROR_XML,
            _("the device has no capability: expected <capability type='mdev'>"));
        return FALSE;
    }
    if (doc->n_capabilities > 1) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("the device has %u capabilities: an AP matrix has just 'mdev'"),
                    doc->n_capabilities);
        return FALSE;
    }
    if (doc->n_mdevs == 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("a device with capability '%s' cannot be created: an AP matrix has "
                      "capability 'mdev'"),
                    doc->capability_type);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_type(const ApNodedevDoc *doc, GError **error)
{
    if (!doc->type_id) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("the mediated device has no type id: expected <type id='%s'/>"),
                    AP_MDEV_TYPE_ID);
        return FALSE;
    }
    if (!g_str_equal(doc->type_id, AP_MDEV_TYPE_ID)) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("'%s' does not offer the type '%s', only '%s'"),
                    AP_NAME_MATRIX_PARENT, doc->type_id, AP_MDEV_TYPE_ID);
        return FALSE;
    }
    return TRUE;
}

/* A device that is there, as far as its name tells, is refused differently from
 * one that is not. */
static ApError
wrong_parent_code(const char *parent)
{
    if (g_str_equal(parent, AP_NAME_COMPUTER) || ap_name_parse(parent, NULL))
        return AP_ERROR_PARENT;
    return AP_ERROR_UNSUPPORTED;
}

static gboolean
check_parent(const ApNodedevDoc *doc, GError **error)
{
    if (!doc->parent) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("the device has no parent: expected <parent>%s</parent>"),
                    AP_NAME_MATRIX_PARENT);
        return FALSE;
    }
    if (!g_str_equal(doc->parent, AP_NAME_MATRIX_PARENT)) {
        g_set_error(error, AP_ERROR, wrong_parent_code(doc->parent),
                    _("invalid parent device '%s': the parent of an AP matrix is '%s'"),
                    doc->parent, AP_NAME_MATRIX_PARENT);
        return FALSE;
    }
    return TRUE;
}

/* As libvirt reads a UUID: white space around it, and dashes and spaces between
 * its bytes, wherever they are.  Returns its usual form, or NULL. */
static char *
normalise_uuid(const char *text)
{
    char digits[UUID_DIGITS + 1] = "";
    guint n = 0;

    while (g_ascii_isspace(*text))
        text++;
    while (n < UUID_DIGITS) {
        if (*text == '-' || *text == ' ') {
            text++;
            continue;
        }
        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]))
            return NULL;
        digits[n++] = g_ascii_tolower(*text++);
        digits[n++] = g_ascii_tolower(*text++);
    }
    while (g_ascii_isspace(*text))
        text++;
    if (*text)
        return NULL;
    return g_strdup_printf("%.8s-%.4s-%.4s-%.4s-%.12s", digits, digits + 8, digits + 12,
                           digits + 16, digits + 20);
}

static gboolean
check_uuid(ApNodedevDoc *doc, GError **error)
{
    g_autofree char *uuid = NULL;

    if (!doc->uuid)
        return TRUE;
    uuid = normalise_uuid(doc->uuid);
    if (!uuid) {
        g_set_error(error, AP_ERROR, AP_ERROR_XML,
                    _("'%s' is not a UUID: expected 32 hexadecimal digits"), doc->uuid);
        return FALSE;
    }
    g_free(doc->uuid);
    doc->uuid = g_steal_pointer(&uuid);
    return TRUE;
}

/* Checked as libvirt does.  The kernel decides the number; a wish has none. */
static gboolean
check_iommu_group(const char *text, GError **error)
{
    char *end = NULL;
    guint64 number;

    if (!text)
        return TRUE;
    errno = 0;
    number = g_ascii_strtoull(text, &end, 10);
    if (!errno && end != text && !*end && number <= G_MAXUINT && !strchr(text, '-'))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_XML,
                _("'%s' is not the number of an IOMMU group"), text);
    return FALSE;
}

static gboolean
check_attrs(const ApNodedevDoc *doc, GError **error)
{
    for (guint i = 0; i < doc->attrs->len; i++) {
        const ApAttr *attr = g_ptr_array_index(doc->attrs, i);

        if (!attr->name || !attr->value) {
            g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                        _("<attr> number %u has no name or no value"), i + 1);
            return FALSE;
        }
        if (!ap_attr_check(attr->name, attr->value, error))
            return FALSE;
    }
    return TRUE;
}

/* In the order in which libvirt comes across the parts, so that a document with
 * several faults is refused for the same one. */
static gboolean
check_document(ApNodedevDoc *doc, GError **error)
{
    return ap_nodedev_doc_check_limits(doc, error) && check_device(doc, error) &&
           check_capability(doc, error) && check_type(doc, error) &&
           check_uuid(doc, error) && check_iommu_group(doc->iommu_group, error) &&
           check_attrs(doc, error) && check_parent(doc, error) &&
           ap_extension_check(doc, error);
}

ApDevice *
ap_nodedev_xml_parse(const char *xml, GError **error)
{
    g_autoptr(ApNodedevDoc) doc = ap_nodedev_doc_read(xml, error);
    g_autoptr(ApDevice) wish = NULL;

    if (!doc || !check_document(doc, error))
        return NULL;
    wish = ap_device_new(AP_DEVICE_MATRIX);
    wish->uuid = g_steal_pointer(&doc->uuid);
    wish->parent = g_steal_pointer(&doc->parent);
    wish->type_id = g_steal_pointer(&doc->type_id);
    for (guint i = 0; i < doc->attrs->len; i++) {
        const ApAttr *attr = g_ptr_array_index(doc->attrs, i);

        ap_device_add_attr(wish, attr->name, attr->value);
    }
    ap_extension_apply(doc, wish);
    return g_steal_pointer(&wish);
}
