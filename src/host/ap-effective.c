/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-effective.c: looks at each card and each queue of a matrix, and then at what the
 * kernel says that a guest has of it.
 */
#include <string.h>

#include "ap-effective.h"

#include "ap-apqn.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

#define DRIVER "vfio_ap"
/* Of a hundred queues a few will do, and so will a few adapters. */
#define SHOWN_QUEUES   3
#define SHOWN_ADAPTERS 4

/* What is said so far. */
typedef struct {
    GString *text;
    guint n_adapters;     /* that something is wrong with */
    gboolean needs_reset; /* of one because a queue could not be reset */
} Report;

/* Begins what is said of one more adapter; NULL when enough have been named. */
static GString *
next_adapter(Report *report)
{
    if (report->n_adapters++ >= SHOWN_ADAPTERS)
        return NULL;
    if (report->text->len > 0)
        g_string_append(report->text, "; ");
    return report->text;
}

static gboolean
read_flag(ApHost *host, guint adapter, const char *file, guint otherwise)
{
    g_autofree char *path = g_strdup_printf(AP_PATH_CARDS "/card%02x/%s", adapter, file);
    guint value = otherwise;
    gboolean present;

    return ap_sysfs_read_uint(host->root, path, &value, &present, NULL) ? value != 0
                                                                        : otherwise != 0;
}

/* What is the matter with the card itself; NULL when nothing is.  Caller frees. */
static char *
judge_card(ApHost *host, guint adapter)
{
    g_autofree char *path = g_strdup_printf(AP_PATH_CARDS "/card%02x", adapter);

    if (!ap_sysfs_exists(host->root, path))
        return g_strdup_printf(_("card%02x is not there"), adapter);
    if (!read_flag(host, adapter, "config", 1))
        return g_strdup_printf(_("card%02x is deconfigured"), adapter);
    if (read_flag(host, adapter, "chkstop", 0))
        return g_strdup_printf(_("card%02x is checkstopped"), adapter);
    return NULL;
}

/* What is the matter with a queue, @name; NULL when nothing is.  Caller frees. */
static char *
judge_queue(ApHost *host, guint adapter, const char *name)
{
    g_autofree char *path = g_strdup_printf(AP_PATH_CARDS "/card%02x/%s", adapter, name);
    g_autofree char *link = g_strconcat(path, "/driver", NULL);
    g_autofree char *driver = ap_sysfs_read_link_name(host->root, link);

    if (g_strcmp0(driver, DRIVER) == 0)
        return NULL;
    if (driver)
        return g_strdup_printf(_("%s is bound to %s"), name, driver);
    if (ap_sysfs_exists(host->root, path))
        return g_strdup_printf(_("%s is bound to no driver"), name);
    return g_strdup_printf(_("%s is not there"), name);
}

/* The queues of @adapter that something is the matter with; NULL for none. */
static char *
judge_queues(ApHost *host, guint adapter, const struct apc_mask *domains)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint n = 0;

    for (guint domain = 0; domain < APC_IDS; domain++) {
        g_autofree char *problem = NULL;
        char name[AP_APQN_SIZE];

        if (!apc_mask_test(domains, domain))
            continue;
        ap_apqn_format(adapter, domain, name);
        problem = judge_queue(host, adapter, name);
        if (problem && n++ < SHOWN_QUEUES)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", problem);
    }
    if (n > SHOWN_QUEUES)
        g_string_append_printf(text, _(", and %u more"), n - SHOWN_QUEUES);
    return n > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

/* Whether the kernel, if it tells, gives the adapter to the guest. */
static gboolean
is_shown(const ApMatrix *seen, guint adapter)
{
    return !seen || apc_mask_test(&seen->adapters, adapter);
}

static void
judge_adapter(ApHost *host,
              Report *report,
              guint adapter,
              const struct apc_mask *domains,
              const ApMatrix *seen)
{
    g_autofree char *card = judge_card(host, adapter);
    g_autofree char *queues = card ? NULL : judge_queues(host, adapter, domains);
    GString *text;

    if (!card && !queues && is_shown(seen, adapter))
        return;
    report->needs_reset |= !card && !queues;
    text = next_adapter(report);
    if (!text)
        return;
    if (card)
        g_string_append(text, card);
    else if (queues)
        g_string_append_printf(text, _("the guest sees nothing of adapter %u because %s"),
                               adapter, queues);
    else
        g_string_append_printf(text,
                               _("the guest sees nothing of adapter %u because the reset "
                                 "of one of its queues failed"),
                               adapter);
}

/* Domains that the machine has; FALSE when it does not tell. */
static gboolean
read_domains(ApHost *host, struct apc_mask *there)
{
    char text[AP_SYSFS_ATTR_MAX];
    gboolean present;

    return ap_sysfs_read(host->root, AP_PATH_BUS "/ap_usage_domain_mask", text,
                         sizeof(text), &present, NULL) &&
           present && !apc_mask_parse_hex(there, text, strlen(text));
}

/* Domains that the machine does not have make no queue, and hide none. */
static void
judge_domains(ApHost *host, Report *report, struct apc_mask *domains)
{
    g_autofree char *ids = NULL;
    struct apc_mask there, missing;

    if (!read_domains(host, &there))
        return;
    apc_mask_andnot(&missing, domains, &there);
    if (apc_mask_empty(&missing))
        return;
    apc_mask_and(domains, domains, &there);
    ids = ap_ids_format(&missing, "");
    g_string_append_printf(report->text, _("this machine has no domain %s"), ids);
}

char *
ap_effective_explain(ApHost *host, const char *uuid, gboolean *needs_reset)
{
    Report report = { .text = g_string_new(NULL) };
    gboolean present = FALSE, told;
    ApMatrix matrix, seen;

    if (ap_host_read_matrix(host, uuid, &matrix, &present, NULL) && present) {
        told = ap_host_read_guest_matrix(host, uuid, &matrix, &seen);
        judge_domains(host, &report, &matrix.domains);
        told = told && !apc_mask_empty(&matrix.domains);
        for (guint adapter = 0; adapter < APC_IDS; adapter++) {
            if (apc_mask_test(&matrix.adapters, adapter))
                judge_adapter(host, &report, adapter, &matrix.domains,
                              told ? &seen : NULL);
        }
    }
    if (needs_reset)
        *needs_reset = report.needs_reset;
    if (report.n_adapters > SHOWN_ADAPTERS)
        g_string_append_printf(report.text, _("; and %u more adapters"),
                               report.n_adapters - SHOWN_ADAPTERS);
    if (report.text->len > 0)
        return g_string_free(report.text, FALSE);
    g_string_free(report.text, TRUE);
    return NULL;
}

void
ap_effective_find_hidden(ApHost *host,
                         const struct apc_mask *domains,
                         struct apc_mask *adapters)
{
    struct apc_mask there, judged = *domains;
    guint adapter;

    if (read_domains(host, &there))
        apc_mask_and(&judged, &judged, &there);
    apc_mask_for_each (adapter, adapters) {
        g_autofree char *problem = judge_queues(host, adapter, &judged);

        if (!problem)
            apc_mask_clear(adapters, adapter);
    }
}
