/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-ap-describe.c: changes as people read them.
 */
#include <string.h>

#include "virt-ap.h"

#include "ap-apqn.h"
#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-store.h"
#include "ap-text.h"

static char *
describe_ids(const struct apc_mask *ids)
{
    return apc_mask_empty(ids) ? g_strdup(_("none")) : ap_ids_format(ids, "");
}

static char *
describe_matrix(const ApMatrix *matrix)
{
    g_autofree char *adapters = describe_ids(&matrix->adapters);
    g_autofree char *domains = describe_ids(&matrix->domains);
    g_autofree char *control = NULL;

    if (apc_mask_empty(&matrix->control_domains))
        return g_strdup_printf(_("adapters %s, domains %s"), adapters, domains);
    control = describe_ids(&matrix->control_domains);
    return g_strdup_printf(_("adapters %s, domains %s, control domains %s"), adapters,
                           domains, control);
}

char *
virt_ap_describe_live(const ApJournalState *state)
{
    const char *live = ap_journal_state_get(state, AP_STATE_LIVE);
    ApMatrix matrix;

    if (!live)
        return g_strdup(_("none"));
    return ap_matrix_parse_config(&matrix, live) ? describe_matrix(&matrix)
                                                 : ap_text_make_printable(live);
}

static void
add_extras(GString *text, const ApJournalState *state, const ApDevice *device)
{
    const char *comment = ap_journal_state_get(state, AP_STATE_COMMENT);

    if (device->autostart)
        g_string_append(text, _(", starts by itself"));
    if (ap_journal_state_get(state, AP_STATE_RESERVE))
        g_string_append(text, _(", reserves its queues"));
    if (comment) {
        g_autofree char *printable = ap_text_make_printable(comment);

        g_string_append_printf(text, " (%s)", printable);
    }
}

char *
virt_ap_describe_definition(const ApJournalState *state)
{
    const char *definition = ap_journal_state_get(state, AP_STATE_DEFINITION);
    g_autoptr(ApDevice) device = NULL;
    g_autofree char *what = NULL;
    ApMatrix matrix;
    GString *text;

    if (!definition)
        return g_strdup(_("none"));
    device = ap_store_parse("", definition, strlen(definition), NULL);
    if (!device || !ap_matrix_add_up(device, &matrix))
        return g_strdup(_("one that cannot be used"));
    what = describe_matrix(&matrix);
    text = g_string_new(what);
    add_extras(text, state, device);
    return g_string_free(text, FALSE);
}

char *
virt_ap_describe_time(const ApHistoryEntry *entry)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(entry->time, NULL);
    g_autoptr(GDateTime) here = time ? g_date_time_to_local(time) : NULL;

    return here ? g_date_time_format(here, "%Y-%m-%d %H:%M:%S")
                : ap_text_make_printable(entry->time);
}

char *
virt_ap_describe_user(const ApHistoryEntry *entry)
{
    if (entry->user)
        return ap_text_make_printable(entry->user);
    if (entry->uid >= 0)
        return g_strdup_printf("%" G_GINT64_FORMAT, entry->uid);
    return g_strdup(entry->pid || entry->client ? "?" : "libvirt-ap");
}

char *
virt_ap_describe_action(const ApHistoryEntry *entry)
{
    g_autofree char *word = ap_text_make_printable(entry->word);

    if (entry->undone)
        return g_strdup_printf(_("rollback of %lu, matrix %s"), (gulong)entry->undone,
                               entry->uuid ? entry->uuid : "-");
    if (entry->uuid)
        return g_strdup_printf(_("%s matrix %s"), word, entry->uuid);
    return g_strdup_printf(_("%s queues of the host pool"), word);
}
