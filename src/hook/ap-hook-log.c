/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-log.c: a writer for GLib's log.
 */
#include <stdio.h>

#include <glib.h>

#include "ap-hook-log.h"
#include "ap-journal-write.h"

static int root_fd;

/* As syslog(3) counts. */
static const char *
priority_of(GLogLevelFlags level)
{
    if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return "3";
    if (level & G_LOG_LEVEL_WARNING)
        return "4";
    return level & G_LOG_LEVEL_MESSAGE ? "5" : "6";
}

static const char *
find_message(const GLogField *fields, gsize n_fields)
{
    for (gsize i = 0; i < n_fields; i++) {
        if (g_str_equal(fields[i].key, "MESSAGE"))
            return fields[i].value;
    }
    return "";
}

/* Where there is no journal it goes to standard error, for whoever runs the hook by hand;
 * never to standard output, where GLib has what is less than a message: libvirt takes
 * that for a document. */
static GLogWriterOutput
write_entry(GLogLevelFlags level,
            const GLogField *fields,
            gsize n_fields,
            gpointer data G_GNUC_UNUSED)
{
    g_autoptr(GByteArray) entry = g_byte_array_new();

    if (level & G_LOG_LEVEL_DEBUG)
        return G_LOG_WRITER_HANDLED;
    ap_journal_add_field(entry, "MESSAGE", find_message(fields, n_fields));
    ap_journal_add_field(entry, "PRIORITY", priority_of(level));
    ap_journal_add_field(entry, "SYSLOG_IDENTIFIER", G_LOG_DOMAIN);
    if (ap_journal_send(root_fd, entry) == 0)
        return G_LOG_WRITER_HANDLED;
    fprintf(stderr, "%s: %s\n", G_LOG_DOMAIN, find_message(fields, n_fields));
    return G_LOG_WRITER_HANDLED;
}

void
ap_hook_log_start(int root)
{
    root_fd = root;
    g_log_set_writer_func(write_entry, NULL, NULL);
}
