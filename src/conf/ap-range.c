/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-range.c: numbers of adapters and domains as people write them.
 */
#include <string.h>

#include <libvirt-ap/ap-error.h>

#include "ap-i18n.h"
#include "ap-range.h"

/* The longest part of a list that a message quotes. */
#define QUOTED_MAX 40

gboolean
ap_range_parse_id(const char *text, gsize len, guint *id)
{
    gboolean is_hex = len > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    gboolean maybe_octal = !is_hex && len > 0 && text[0] == '0';
    guint number = 0;

    if (len == 0)
        return FALSE;
    for (gsize i = is_hex ? 2 : 0; i < len; i++) {
        int digit = g_ascii_xdigit_value(text[i]);

        if (digit < 0 || (!is_hex && digit > 9))
            return FALSE;
        number = number * (is_hex ? 16 : 10) + (guint)digit;
        if (number >= APC_IDS)
            return FALSE;
    }
    /* 05 is five for everybody. */
    if (maybe_octal && number > 7)
        return FALSE;
    *id = number;
    return TRUE;
}

/* The text from @start up to @end without white space around it. */
static void
trim(const char **start, const char **end)
{
    while (*start < *end && g_ascii_isspace(**start))
        (*start)++;
    while (*start < *end && g_ascii_isspace((*end)[-1]))
        (*end)--;
}

static gboolean
parse_id_at(const char *start, const char *end, guint *id)
{
    trim(&start, &end);
    return ap_range_parse_id(start, (gsize)(end - start), id);
}

/* A number, or two with a dash between them. */
static gboolean
parse_item(const char *start, const char *end, guint *first, guint *last)
{
    const char *dash = memchr(start, '-', (gsize)(end - start));

    if (!parse_id_at(start, dash ? dash : end, first))
        return FALSE;
    *last = *first;
    return !dash || parse_id_at(dash + 1, end, last);
}

static gboolean
set_item_error(const char *what, const char *start, const char *end, GError **error)
{
    g_autofree char *item = NULL;

    trim(&start, &end);
    item = g_strndup(start, MIN((gsize)(end - start), QUOTED_MAX));
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("'%s' in '%s' is not a number or a range of numbers from 0 to 255 "
                  "(0xff), in decimal or with 0x in hexadecimal"),
                item, what);
    return FALSE;
}

static gboolean
add_item(const char *what, guint first, guint last, struct apc_mask *ids, GError **error)
{
    if (last < first) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("the range %u-%u in '%s' goes down: write %u-%u"), first, last,
                    what, last, first);
        return FALSE;
    }
    for (guint id = first; id <= last; id++) {
        if (apc_mask_test(ids, id)) {
            g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                        _("%u (0x%02x) is named twice in '%s'"), id, id, what);
            return FALSE;
        }
        apc_mask_set(ids, id);
    }
    return TRUE;
}

gboolean
ap_range_parse(const char *what, const char *text, struct apc_mask *ids, GError **error)
{
    struct apc_mask found = { 0 };
    const char *end = NULL;

    for (const char *start = text; start; start = end ? end + 1 : NULL) {
        const char *item_end;
        guint first, last;

        end = strchr(start, ',');
        item_end = end ? end : start + strlen(start);
        if (!parse_item(start, item_end, &first, &last))
            return set_item_error(what, start, item_end, error);
        if (!add_item(what, first, last, &found, error))
            return FALSE;
    }
    *ids = found;
    return TRUE;
}

char *
ap_range_format(const struct apc_mask *ids)
{
    GString *out = g_string_new(NULL);
    guint first = apc_mask_next(ids, 0);

    while (first < APC_IDS) {
        guint last = first;

        while (last + 1 < APC_IDS && apc_mask_test(ids, last + 1))
            last++;
        g_string_append_printf(out, "%s%u", out->len ? "," : "", first);
        if (last > first)
            g_string_append_printf(out, "-%u", last);
        first = apc_mask_next(ids, last + 1);
    }
    return g_string_free(out, FALSE);
}
