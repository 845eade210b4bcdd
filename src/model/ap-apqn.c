/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-apqn.c: prints queues and lists of ids.
 */
#include "ap-apqn.h"

void
ap_apqn_format(guint adapter, guint domain, char text[AP_APQN_SIZE])
{
    g_snprintf(text, AP_APQN_SIZE, "%02x.%04x", adapter & 0xff, domain & 0xff);
}

/* The last id of the run that begins at @first. */
static guint
end_of_run(const struct apc_mask *mask, guint first)
{
    while (first + 1 < APC_IDS && apc_mask_test(mask, first + 1))
        first++;
    return first;
}

char *
ap_ids_format(const struct apc_mask *mask, const char *sign)
{
    GString *text = g_string_new(NULL);
    guint first, last;

    for (first = apc_mask_next(mask, 0); first < APC_IDS;
         first = apc_mask_next(mask, last + 1)) {
        last = end_of_run(mask, first);
        g_string_append_printf(text, "%s%s%u", text->len ? "," : "", sign, first);
        if (last > first)
            g_string_append_printf(text, "-%u", last);
    }
    return g_string_free(text, FALSE);
}
