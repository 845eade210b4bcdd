/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-taken.c: what is out of the host pool because of us, and its masks.
 */
#include "ap-taken.h"

#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-rules.h"
#include "ap-sysfs.h"

/* Queues that a message names. */
#define NAMED_MAX 4

void
ap_taken_add(ApMatrix *to, const ApMatrix *what)
{
    apc_mask_or(&to->adapters, &to->adapters, &what->adapters);
    apc_mask_or(&to->domains, &to->domains, &what->domains);
}

void
ap_taken_remove(ApMatrix *from, const ApMatrix *what)
{
    apc_mask_andnot(&from->adapters, &from->adapters, &what->adapters);
    apc_mask_andnot(&from->domains, &from->domains, &what->domains);
}

ApMatrix
ap_taken_both_of(const ApMatrix *a, const ApMatrix *b)
{
    ApMatrix both = { 0 };

    apc_mask_and(&both.adapters, &a->adapters, &b->adapters);
    apc_mask_and(&both.domains, &a->domains, &b->domains);
    return both;
}

gboolean
ap_taken_is_nothing(const ApMatrix *what)
{
    return apc_mask_empty(&what->adapters) && apc_mask_empty(&what->domains);
}

char *
ap_taken_describe(const ApMatrix *what)
{
    g_autofree char *adapters = ap_ids_format(&what->adapters, "");
    g_autofree char *domains = ap_ids_format(&what->domains, "");

    if (apc_mask_empty(&what->domains))
        return g_strdup_printf(_("adapters %s"), adapters);
    if (apc_mask_empty(&what->adapters))
        return g_strdup_printf(_("domains %s"), domains);
    return g_strdup_printf(_("adapters %s and domains %s"), adapters, domains);
}

char *
ap_taken_describe_rows(const ApRows *rows)
{
    GString *named = g_string_new(NULL);
    ApRowsWalk walk = { 0 };
    guint n = 0;

    while (ap_rows_step(rows, &walk)) {
        if (n++ < NAMED_MAX)
            g_string_append_printf(named, "%s%s", named->len ? ", " : "", walk.name);
    }
    if (n > NAMED_MAX)
        g_string_append_printf(named,
                               ngettext_(" and %u more", " and %u more", n - NAMED_MAX),
                               n - NAMED_MAX);
    g_string_prepend(named, _("queues "));
    return g_string_free(named, FALSE);
}

char *
ap_taken_list_rows(const ApRows *rows)
{
    GString *list = g_string_new(NULL);
    ApRowsWalk walk = { 0 };

    while (ap_rows_step(rows, &walk))
        g_string_append_printf(list, "%s%s", list->len ? "," : "", walk.name);
    return g_string_free(list, list->len == 0);
}

ApTaken *
ap_taken_read(int root, GError **error)
{
    g_autofree ApTaken *taken = g_new0(ApTaken, 1);

    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        if (!ap_reserved_read(root, list, &taken->lists[list], error) ||
            !ap_override_read(root, list, &taken->rows[list], error))
            return NULL;
    }
    return g_steal_pointer(&taken);
}

gboolean
ap_taken_is_empty(const ApTaken *taken)
{
    for (ApReservedList list = 0; list < AP_RESERVED_LAST; list++) {
        if (!ap_taken_is_nothing(&taken->lists[list]) ||
            !ap_rows_is_empty(&taken->rows[list]))
            return FALSE;
    }
    return TRUE;
}

void
ap_taken_get_rows(const ApTaken *taken, ApRows *rows)
{
    *rows = taken->rows[AP_RESERVED_UNTIL_BOOT];
    ap_rows_add(rows, &taken->rows[AP_RESERVED_FOR_GOOD]);
}

static gboolean
write_mask(int root,
           const char *path,
           const struct apc_mask *ids,
           const char *sign,
           GError **error)
{
    g_autofree char *text = ap_ids_format(ids, sign);
    int errnum = apc_mask_empty(ids) ? 0 : ap_sysfs_write(root, path, text);

    if (!errnum)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("the kernel refused '%s' for '/%s': %s"),
                text, path, g_strerror(errnum));
    return FALSE;
}

gboolean
ap_taken_write_masks(int root, const ApMatrix *ids, const char *sign, GError **error)
{
    return write_mask(root, AP_PATH_BUS "/apmask", &ids->adapters, sign, error) &&
           write_mask(root, AP_PATH_BUS "/aqmask", &ids->domains, sign, error);
}

gboolean
ap_taken_change_rules(int root,
                      const ApMatrix *pool,
                      const ApTaken *taken,
                      const ApMatrix *less,
                      const ApMatrix *more,
                      GError **error)
{
    ApMatrix begin = *pool;
    ApRules rules;

    if (!ap_rules_read(root, &rules, error))
        return FALSE;
    ap_taken_add(&begin, &taken->lists[AP_RESERVED_UNTIL_BOOT]);
    if (!rules.has_adapters)
        rules.pool.adapters = begin.adapters;
    if (!rules.has_domains)
        rules.pool.domains = begin.domains;
    rules.has_adapters |= !apc_mask_empty(&less->adapters);
    rules.has_domains |= !apc_mask_empty(&less->domains);
    ap_taken_remove(&rules.pool, less);
    ap_taken_add(&rules.pool, more);
    return ap_rules_write(root, &rules, error);
}
