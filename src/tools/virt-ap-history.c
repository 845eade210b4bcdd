/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-ap-history.c: lists the changes that were made, or describes one.
 */
#include "virt-ap.h"

#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-text.h"

static void
print_line(const ApHistoryEntry *entry)
{
    g_autofree char *time = virt_ap_describe_time(entry);
    g_autofree char *user = virt_ap_describe_user(entry);
    g_autofree char *action = virt_ap_describe_action(entry);

    g_print("%5lu  %s  %-10s  %s", (gulong)entry->number, time, user, action);
    if (entry->undone_by)
        g_print(_("  (taken back by %lu)"), (gulong)entry->undone_by);
    if (entry->problem)
        g_print(_("  (failed)"));
    g_print("\n");
}

static gboolean
is_wanted(const ApHistoryEntry *entry, const char *uuid)
{
    return !uuid || !g_strcmp0(entry->uuid, uuid);
}

/* The newest @n of all, or of one matrix. */
static void
print_list(const GPtrArray *history, const char *uuid, int n)
{
    guint begin = history->len;

    for (int left = n; begin > 0 && left > 0; begin--)
        left -= is_wanted(history->pdata[begin - 1], uuid);
    for (guint i = begin; i < history->len; i++) {
        if (is_wanted(history->pdata[i], uuid))
            print_line(history->pdata[i]);
    }
}

/* One line of a description, where there is anything to say. */
static void
print_item(const char *name, const char *value)
{
    g_autofree char *printable = value ? ap_text_make_printable(value) : NULL;

    if (printable)
        g_print("%s: %s\n", name, printable);
}

static void
print_change(const char *name, const char *before, const char *after)
{
    if (g_str_equal(before, after))
        g_print(_("%s: %s, as before\n"), name, after);
    else
        g_print(_("%s: %s; before: %s\n"), name, after, before);
}

static void
print_states(const ApHistoryEntry *entry)
{
    g_autofree char *live_before = virt_ap_describe_live(entry->before);
    g_autofree char *live = virt_ap_describe_live(entry->after);
    g_autofree char *defined_before = virt_ap_describe_definition(entry->before);
    g_autofree char *defined = virt_ap_describe_definition(entry->after);

    if (entry->uuid) {
        print_change(_("Active"), live_before, live);
        print_change(_("Defined"), defined_before, defined);
    }
    print_item(_("Adapters of the host pool"), entry->adapters);
    print_item(_("Domains of the host pool"), entry->domains);
    print_item(_("Queues of the host pool"), entry->queues);
    print_item(_("Queues not asked for"), entry->collateral);
}

static void
print_entry(const ApHistoryEntry *entry)
{
    g_autofree char *time = virt_ap_describe_time(entry);
    g_autofree char *user = virt_ap_describe_user(entry);
    g_autofree char *action = virt_ap_describe_action(entry);

    g_print(_("Change: %lu\n"), (gulong)entry->number);
    print_item(_("Time"), time);
    print_item(_("User"), user);
    print_item(_("Program"), entry->client);
    if (entry->pid)
        g_print(_("Process: %ld\n"), (glong)entry->pid);
    print_item(_("Action"), action);
    print_item(_("Failed"), entry->problem);
    print_states(entry);
    if (entry->undone_by)
        g_print(_("Taken back by: %lu\n"), (gulong)entry->undone_by);
}

static VirtApStatus
show(const VirtApOptions *options, guint64 number, const char *uuid, int n)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApHost) host = ap_host_new(options->root, &error);
    g_autoptr(GPtrArray) history = host ? ap_history_read(host->root, &error) : NULL;
    const ApHistoryEntry *entry;

    if (!history)
        return virt_ap_fail(error);
    if (!number) {
        print_list(history, uuid, n);
        return VIRT_AP_DONE;
    }
    entry = ap_history_find(history, number);
    if (entry) {
        print_entry(entry);
        return VIRT_AP_DONE;
    }
    g_set_error(&error, AP_ERROR, AP_ERROR_NOT_FOUND,
                _("there is no change %lu in the history"), (gulong)number);
    return virt_ap_fail(error);
}

/* @uuid gets the UUID @matrix, if that is not NULL. */
static gboolean
check_options(const char *matrix, char uuid[AP_UUID_SIZE], int n, GError **error)
{
    if (matrix && !ap_uuid_canonicalise(matrix, uuid)) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED, _("'%s' is not a UUID"),
                    matrix);
        return FALSE;
    }
    if (n < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("%d is not a number of changes"), n);
        return FALSE;
    }
    return TRUE;
}

static VirtApStatus
run(const VirtApOptions *options, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *matrix = NULL;
    char uuid[AP_UUID_SIZE];
    guint64 number = 0;
    int n = G_MAXINT;
    const GOptionEntry entries[] = {
        { "matrix", 'm', 0, G_OPTION_ARG_STRING, &matrix,
          N_("Only changes of the matrix UUID"), "UUID" },
        { "last", 'n', 0, G_OPTION_ARG_INT, &n, N_("Only the newest N changes"), "N" },
        { NULL, 0, 0, 0, NULL, NULL, NULL },
    };

    if (!virt_ap_parse(&virt_ap_history, entries, 1, &argc, &argv) ||
        (argc > 1 && !virt_ap_parse_number(argv[1], &number)))
        return VIRT_AP_USAGE;
    if (!check_options(matrix, uuid, n, &error)) {
        virt_ap_fail(error);
        return VIRT_AP_USAGE;
    }
    return show(options, number, matrix ? uuid : NULL, n);
}

const VirtApCommand virt_ap_history = {
    .name = "history",
    .arguments = N_("[CHANGE]"),
    .summary = N_("List the changes that were made, or describe one."),
    .run = run,
};
