/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-extension.c: what a document says in our own namespace.  Lists stand beside
 * <attr> as long as the order of both does not matter and nothing is said twice.
 */
#include <string.h>

#include <libvirt-ap/ap-error.h>

#include "ap-extension.h"
#include "ap-i18n.h"
#include "ap-range.h"
#include "ap-text.h"

#define COMMENT_MAX 1024

#define ATTR_CONFIG "ap_config"

/* The elements that are lists, and the attributes that say the same. */
static const struct {
    ApOwnElement element;
    const char *assign;
    const char *unassign;
} lists[] = {
    { AP_OWN_ADAPTERS, "assign_adapter", "unassign_adapter" },
    { AP_OWN_DOMAINS, "assign_domain", "unassign_domain" },
    { AP_OWN_CONTROL_DOMAINS, "assign_control_domain", "unassign_control_domain" },
};

static gboolean
parse_list(const ApNodedevDoc *doc,
           ApOwnElement element,
           struct apc_mask *ids,
           GError **error)
{
    const char *text = doc->own_text[element];

    return ap_range_parse(ap_own_element_name(element), text ? text : "", ids, error);
}

/* Whether @attr leaves it to the list number @i what the list says. */
static gboolean
check_attr_beside(const ApAttr *attr, guint i, const struct apc_mask *ids, GError **error)
{
    const char *list = ap_own_element_name(lists[i].element);
    guint id = 0;

    if (g_str_equal(attr->name, ATTR_CONFIG) ||
        g_str_equal(attr->name, lists[i].unassign)) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("attribute '%s' cannot stand beside element '%s': it would depend "
                      "on their order what they mean"),
                    attr->name, list);
        return FALSE;
    }
    if (!g_str_equal(attr->name, lists[i].assign) ||
        !ap_range_parse_id(attr->value, strlen(attr->value), &id) ||
        !apc_mask_test(ids, id))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("%u (0x%02x) is named twice, in element '%s' and in attribute '%s'"),
                id, id, list, attr->name);
    return FALSE;
}

static gboolean
check_list(const ApNodedevDoc *doc, guint i, GError **error)
{
    struct apc_mask ids;

    if (!doc->own_seen[lists[i].element])
        return TRUE;
    if (!parse_list(doc, lists[i].element, &ids, error))
        return FALSE;
    for (guint a = 0; a < doc->attrs->len; a++) {
        if (!check_attr_beside(g_ptr_array_index(doc->attrs, a), i, &ids, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
is_blank(const char *text)
{
    return !text || text[strspn(text, " \t\r\n")] == '\0';
}

static gboolean
check_reserve(const ApNodedevDoc *doc, GError **error)
{
    const char *persist = doc->persist;

    if (!is_blank(doc->own_text[AP_OWN_RESERVE])) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("element 'reserve' has text in it: it is for all queues of the "
                      "matrix"));
        return FALSE;
    }
    if (!persist || g_str_equal(persist, "yes") || g_str_equal(persist, "no"))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("invalid value '%s' of attribute '%s': expected 'yes' or 'no'"),
                persist, "persist");
    return FALSE;
}

static char *
read_comment(const ApNodedevDoc *doc)
{
    const char *text = doc->own_text[AP_OWN_COMMENT];

    return is_blank(text) ? NULL : g_strstrip(g_strdup(text));
}

static gboolean
check_comment(const ApNodedevDoc *doc, GError **error)
{
    g_autofree char *comment = read_comment(doc);

    if (!comment)
        return TRUE;
    if (g_utf8_strlen(comment, -1) > COMMENT_MAX) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("the comment has more than %u characters"), COMMENT_MAX);
        return FALSE;
    }
    g_strdelimit(comment, "\n\t", ' ');
    if (ap_text_is_printable(comment))
        return TRUE;
    g_set_error_literal(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                        _("the comment has control characters in it"));
    return FALSE;
}

/* An empty one would be taken for one that is not there. */
static gboolean
check_take_from(const ApNodedevDoc *doc, GError **error)
{
    if (!doc->own_seen[AP_OWN_TAKE_FROM] || doc->own_text[AP_OWN_TAKE_FROM])
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED, _("element '%s' names no guest"),
                ap_own_element_name(AP_OWN_TAKE_FROM));
    return FALSE;
}

gboolean
ap_extension_check(const ApNodedevDoc *doc, GError **error)
{
    if (doc->own_fault) {
        g_set_error_literal(error, AP_ERROR, AP_ERROR_UNSUPPORTED, doc->own_fault);
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        if (!check_list(doc, i, error))
            return FALSE;
    }
    return check_reserve(doc, error) && check_comment(doc, error) &&
           check_take_from(doc, error);
}

static void
apply_list(const ApNodedevDoc *doc, guint i, ApDevice *wish)
{
    struct apc_mask ids = { 0 };
    guint id;

    if (!doc->own_seen[lists[i].element] ||
        !parse_list(doc, lists[i].element, &ids, NULL))
        return;
    apc_mask_for_each (id, &ids) {
        char value[8];

        g_snprintf(value, sizeof(value), "%u", id);
        ap_device_add_attr(wish, lists[i].assign, value);
    }
}

static ApReserve
read_reserve(const ApNodedevDoc *doc)
{
    if (!doc->own_seen[AP_OWN_RESERVE])
        return AP_RESERVE_NO;
    if (!doc->persist)
        return AP_RESERVE_DEFAULT;
    return g_str_equal(doc->persist, "yes") ? AP_RESERVE_PERSISTENT
                                            : AP_RESERVE_UNTIL_BOOT;
}

void
ap_extension_apply(const ApNodedevDoc *doc, ApDevice *wish)
{
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        apply_list(doc, i, wish);
    wish->extended = doc->extended;
    wish->reserve = read_reserve(doc);
    wish->comment = read_comment(doc);
    wish->take_from = g_strdup(doc->own_text[AP_OWN_TAKE_FROM]);
}
