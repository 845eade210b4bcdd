/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-format.c: writes definitions byte for byte as mdevctl 1.2 and 1.4 do,
 * so that a file that both have written in turn shows what has changed and nothing
 * else.  What other programs have put into a file is copied as it is, unread: a
 * number that no type of ours can hold is still the same number afterwards.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-store-format.h"

static const char *const known[] = { "mdev_type", "start", "attrs", NULL };

/* What is left to be read of a text. */
typedef struct {
    const char *at;
    const char *end;
} Cursor;

static void
skip_space(Cursor *cursor)
{
    while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at))
        cursor->at++;
}

/* Whether @c is next; then it is skipped, with the space before it. */
static gboolean
take(Cursor *cursor, char c)
{
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != c)
        return FALSE;
    cursor->at++;
    return TRUE;
}

static gboolean
skip_string(Cursor *cursor)
{
    if (!take(cursor, '"'))
        return FALSE;
    for (; cursor->at < cursor->end; cursor->at++) {
        if (*cursor->at == '"') {
            cursor->at++;
            return TRUE;
        }
        if (*cursor->at == '\\')
            cursor->at++;
    }
    return FALSE;
}

/* Up to the comma or the brace that ends a member.  Comments, which the parser
 * accepts and JSON does not have, could hide either. */
static gboolean
skip_value(Cursor *cursor)
{
    guint depth = 0;

    skip_space(cursor);
    while (cursor->at < cursor->end) {
        char c = *cursor->at;

        if (c == '"') {
            if (!skip_string(cursor))
                return FALSE;
            continue;
        }
        if (c == '/' || c == '#' || c == '\'')
            return FALSE;
        if (depth == 0 && (c == ',' || c == '}'))
            return TRUE;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth-- == 0)
            return FALSE;
        cursor->at++;
    }
    return FALSE;
}

/* Whether the member name from @start on is one that mdevctl knows. */
static gboolean
is_known(const char *start, gsize len)
{
    g_autofree char *name = g_strndup(start + 1, len - 2);

    return g_strv_contains(known, name);
}

static gboolean
take_member(Cursor *cursor, GPtrArray *others)
{
    const char *start, *name_end;
    char *text;

    skip_space(cursor);
    start = cursor->at;
    if (!skip_string(cursor))
        return FALSE;
    name_end = cursor->at;
    /* An escape could spell a name that mdevctl knows. */
    if (memchr(start, '\\', (gsize)(name_end - start)) || !take(cursor, ':') ||
        !skip_value(cursor))
        return FALSE;
    if (!is_known(start, (gsize)(name_end - start))) {
        text = g_strndup(start, (gsize)(cursor->at - start));
        g_ptr_array_add(others, g_strchomp(text));
    }
    return TRUE;
}

static gboolean
take_members(Cursor *cursor, GPtrArray *others)
{
    if (!take(cursor, '{'))
        return FALSE;
    if (take(cursor, '}'))
        return TRUE;
    do {
        if (!take_member(cursor, others))
            return FALSE;
    } while (take(cursor, ','));
    return take(cursor, '}');
}

GPtrArray *
ap_store_find_others(const char *text, gsize len, GError **error)
{
    g_autoptr(GPtrArray) others = g_ptr_array_new_with_free_func(g_free);
    Cursor cursor = { .at = text, .end = text + len };

    if (take_members(&cursor, others)) {
        skip_space(&cursor);
        if (cursor.at == cursor.end)
            return g_steal_pointer(&others);
    }
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("it is more than plain JSON, which would be lost"));
    return NULL;
}

static void
append_string(GString *into, const char *text)
{
    g_string_append_c(into, '"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            g_string_append_c(into, '\\');
        if (g_ascii_iscntrl(*text))
            g_string_append_printf(into, "\\u%04x", (guint)*text);
        else
            g_string_append_c(into, *text);
    }
    g_string_append_c(into, '"');
}

static void
append_attrs(GString *into, const GPtrArray *attrs)
{
    for (guint i = 0; i < attrs->len; i++) {
        const ApAttr *attr = attrs->pdata[i];

        g_string_append(into, i ? ",\n    {\n      " : "\n    {\n      ");
        append_string(into, attr->name);
        g_string_append(into, ": ");
        append_string(into, attr->value);
        g_string_append(into, "\n    }");
    }
    if (attrs->len)
        g_string_append(into, "\n  ");
}

char *
ap_store_format(const ApDevice *device, const GPtrArray *others)
{
    GString *text = g_string_new("{\n  \"mdev_type\": ");

    append_string(text, device->type_id);
    g_string_append_printf(text, ",\n  \"start\": \"%s\",\n  \"attrs\": [",
                           device->autostart ? "auto" : "manual");
    append_attrs(text, device->attrs);
    g_string_append_c(text, ']');
    for (guint i = 0; others && i < others->len; i++)
        g_string_append_printf(text, ",\n  %s", (const char *)others->pdata[i]);
    g_string_append(text, "\n}");
    return g_string_free(text, FALSE);
}
