/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-nodedev-format.c: prints an AP device as libvirt 9.0 does, byte for byte:
 * the same elements in the same order with the same indentation.  Unlike there,
 * every value is escaped, those of <attr> included, so that what is printed can
 * be parsed again whatever the values hold.
 */
#include <string.h>

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-device-priv.h"
#include "ap-matrix.h"
#include "ap-nodedev-doc.h"
#include "ap-range.h"
#include "ap-status.h"

#define INDENT     2
#define OWN_PREFIX "ap:"

/* The characters that XML 1.0 has. */
static gboolean
is_xml_char(gunichar c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c <= 0xd7ff) ||
           (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

static const char *
escape_char(gunichar c)
{
    switch (c) {
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '&':
        return "&amp;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

/* Escapes @text; a character that XML does not have is left out. */
static char *
escape(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_sized_new(strlen(valid));

    for (const char *cur = valid; *cur; cur = g_utf8_next_char(cur)) {
        gunichar c = g_utf8_get_char(cur);
        const char *escaped = escape_char(c);

        if (escaped)
            g_string_append(out, escaped);
        else if (is_xml_char(c))
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

static void G_GNUC_PRINTF(3, 4)
    put_line(GString *out, guint level, const char *format, ...)
{
    va_list args;

    g_string_append_printf(out, "%*s", (int)level * INDENT, "");
    va_start(args, format);
    g_string_append_vprintf(out, format, args);
    va_end(args);
    g_string_append_c(out, '\n');
}

/* <tag>text</tag>, or nothing if @text is NULL. */
static void
put_element(GString *out, guint level, const char *tag, const char *text)
{
    g_autofree char *escaped = NULL;

    if (!text)
        return;
    escaped = escape(text);
    put_line(out, level, "<%s>%s</%s>", tag, escaped, tag);
}

static void
put_mdev_type(GString *out, const ApMdevType *type)
{
    g_autofree char *id = escape(type->id);

    put_line(out, 3, "<type id='%s'>", id);
    put_element(out, 4, "name", type->name);
    put_element(out, 4, "deviceAPI", type->device_api);
    put_line(out, 4, "<availableInstances>%u</availableInstances>",
             type->available_instances);
    put_line(out, 3, "</type>");
}

static void
put_matrix_parent(GString *out, const ApDevice *device)
{
    put_line(out, 1, "<capability type='ap_matrix'>");
    if (device->types->len) {
        put_line(out, 2, "<capability type='mdev_types'>");
        for (guint i = 0; i < device->types->len; i++)
            put_mdev_type(out, g_ptr_array_index(device->types, i));
        put_line(out, 2, "</capability>");
    }
    put_line(out, 1, "</capability>");
}

static void
put_attr(GString *out, const ApAttr *attr)
{
    g_autofree char *name = escape(attr->name);
    g_autofree char *value = escape(attr->value);

    put_line(out, 2, "<attr name='%s' value='%s'/>", name, value);
}

static void
put_own_element(GString *out, ApOwnElement element, const char *text)
{
    g_autofree char *tag = g_strconcat(OWN_PREFIX, ap_own_element_name(element), NULL);

    put_element(out, 2, tag, text);
}

static void
put_range(GString *out, ApOwnElement element, const struct apc_mask *ids)
{
    g_autofree char *text = ap_range_format(ids);

    put_own_element(out, element, *text ? text : NULL);
}

/* The attributes, or the lists that say the same. */
static void
put_contents(GString *out, const ApDevice *device, ApNodedevXmlFlags flags)
{
    ApMatrix matrix;

    if (flags & AP_NODEDEV_XML_RANGES && ap_matrix_add_up(device, &matrix)) {
        put_range(out, AP_OWN_ADAPTERS, &matrix.adapters);
        put_range(out, AP_OWN_DOMAINS, &matrix.domains);
        put_range(out, AP_OWN_CONTROL_DOMAINS, &matrix.control_domains);
        return;
    }
    for (guint i = 0; i < device->attrs->len; i++)
        put_attr(out, g_ptr_array_index(device->attrs, i));
}

static void
put_notes(GString *out, const ApDevice *device)
{
    const char *name = ap_own_element_name(AP_OWN_RESERVE);

    switch (device->reserve) {
    case AP_RESERVE_NO:
    case AP_RESERVE_LAST:
        break;
    case AP_RESERVE_DEFAULT:
        put_line(out, 2, "<" OWN_PREFIX "%s/>", name);
        break;
    case AP_RESERVE_UNTIL_BOOT:
        put_line(out, 2, "<" OWN_PREFIX "%s persist='no'/>", name);
        break;
    case AP_RESERVE_PERSISTENT:
        put_line(out, 2, "<" OWN_PREFIX "%s persist='yes'/>", name);
        break;
    }
    put_own_element(out, AP_OWN_COMMENT, device->comment);
}

/* " name='value'" of each fact. */
static char *
format_facts(const GPtrArray *facts)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < facts->len; i++) {
        const ApAttr *fact = g_ptr_array_index(facts, i);
        g_autofree char *value = escape(fact->value);

        g_string_append_printf(text, " %s='%s'", fact->name, value);
    }
    return g_string_free(text, FALSE);
}

static void
put_status_matrix(GString *out, const char *name, const ApMatrix *matrix)
{
    g_autofree char *adapters = ap_range_format(&matrix->adapters);
    g_autofree char *domains = ap_range_format(&matrix->domains);
    g_autofree char *control = ap_range_format(&matrix->control_domains);

    put_line(out, 3,
             "<" OWN_PREFIX "%s adapters='%s' domains='%s' control-domains='%s'/>", name,
             adapters, domains, control);
}

static void
put_holder(GString *out, const ApStatus *status)
{
    g_autofree char *facts = status->holder ? format_facts(status->holder) : NULL;

    if (facts)
        put_line(out, 3, "<" OWN_PREFIX "holder%s/>", facts);
}

/* How the device is at the moment. */
static void
put_status(GString *out, const ApDevice *device, ApNodedevXmlFlags flags)
{
    const char *name = ap_own_element_name(AP_OWN_STATUS);
    const ApStatus *status = device->status;
    g_autofree char *facts = NULL;

    if (!status || !(flags & AP_NODEDEV_XML_STATUS))
        return;
    facts = format_facts(status->facts);
    if (!status->holder && !status->has_guest && !status->differs) {
        put_line(out, 2, "<" OWN_PREFIX "%s%s/>", name, facts);
        return;
    }
    put_line(out, 2, "<" OWN_PREFIX "%s%s>", name, facts);
    put_holder(out, status);
    if (status->has_guest)
        put_status_matrix(out, "guest-matrix", &status->guest);
    if (status->differs)
        put_status_matrix(out, "defined-matrix", &status->defined);
    put_line(out, 2, "</" OWN_PREFIX "%s>", name);
}

static void
put_matrix(GString *out, const ApDevice *device, ApNodedevXmlFlags flags)
{
    g_autofree char *type_id =
        escape(device->type_id ? device->type_id : AP_MDEV_TYPE_ID);

    put_line(out, 1, "<capability type='mdev'>");
    put_line(out, 2, "<type id='%s'/>", type_id);
    put_element(out, 2, "uuid", device->uuid);
    put_line(out, 2, "<parent_addr>%s</parent_addr>", AP_MATRIX_PARENT_ADDR);
    /* libvirt prints group 0 for a device that is in none. */
    put_line(out, 2, "<iommuGroup number='%d'/>", MAX(device->iommu_group, 0));
    put_contents(out, device, flags);
    if (flags & AP_NODEDEV_XML_NOTES)
        put_notes(out, device);
    put_status(out, device, flags);
    put_line(out, 1, "</capability>");
}

static void
put_capability(GString *out, const ApDevice *device, ApNodedevXmlFlags flags)
{
    switch (device->kind) {
    case AP_DEVICE_CARD:
        put_line(out, 1, "<capability type='ap_card'>");
        put_line(out, 2, "<ap-adapter>0x%02x</ap-adapter>", device->adapter);
        put_status(out, device, flags);
        put_line(out, 1, "</capability>");
        break;
    case AP_DEVICE_QUEUE:
        put_line(out, 1, "<capability type='ap_queue'>");
        put_line(out, 2, "<ap-adapter>0x%02x</ap-adapter>", device->adapter);
        put_line(out, 2, "<ap-domain>0x%04x</ap-domain>", device->domain);
        put_status(out, device, flags);
        put_line(out, 1, "</capability>");
        break;
    case AP_DEVICE_MATRIX_PARENT:
        put_matrix_parent(out, device);
        break;
    case AP_DEVICE_MATRIX:
        put_matrix(out, device, flags);
        break;
    case AP_DEVICE_KIND_LAST:
        break;
    }
}

/* Whether the document will have something of our namespace in it.  A list that
 * turns out to be empty does: without the declaration its document would say
 * nothing of what it leaves out. */
static gboolean
is_extended(const ApDevice *device, ApNodedevXmlFlags flags)
{
    if (flags & AP_NODEDEV_XML_STATUS && device->status)
        return TRUE;
    if (device->kind != AP_DEVICE_MATRIX)
        return FALSE;
    return flags & AP_NODEDEV_XML_RANGES ||
           (flags & AP_NODEDEV_XML_NOTES && (device->reserve || device->comment));
}

char *
ap_nodedev_xml_format(const ApDevice *device, ApNodedevXmlFlags flags)
{
    GString *out = g_string_new(NULL);

    if (is_extended(device, flags))
        put_line(out, 0, "<device xmlns:ap='%s'>", AP_NODEDEV_XML_NAMESPACE);
    else
        put_line(out, 0, "<device>");
    put_element(out, 1, "name", device->name);
    put_element(out, 1, "path", device->path);
    put_element(out, 1, "parent", device->parent);
    if (device->driver) {
        put_line(out, 1, "<driver>");
        put_element(out, 2, "name", device->driver);
        put_line(out, 1, "</driver>");
    }
    put_capability(out, device, flags);
    put_line(out, 0, "</device>");
    return g_string_free(out, FALSE);
}
