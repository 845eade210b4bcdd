/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal-write.h: the two places that changes are told to: the socket of the
 * system journal (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/), and the history,
 * a file with one JSON object for each change.
 */
#pragma once

#include <glib.h>

/* Adds the field @name to @entry, which is made with g_byte_array_new(). */
void
ap_journal_add_field(GByteArray *entry, const char *name, const char *value);

/* Hands @entry to the system journal beneath @root.  Returns 0 or errno: ENOENT where
 * there is no journal, EMSGSIZE where the entry is more than it takes at once. */
int
ap_journal_send(int root, const GByteArray *entry);

/* Appends @line, a JSON object without a line feed in it, to the history beneath @root;
 * it is on the disk afterwards.  It gets a first member "id" with the next number, which
 * *@number gets, too.  A history that has become large is put aside first, in the place
 * of the one that was put aside before.  Returns 0 or errno. */
int
ap_journal_append(int root, const char *line, guint64 *number);

/* What is in the history, the part that was put aside first, as it is at one moment:
 * the end of it, where it is longer than we write it.  Returns 0 or errno; no history is
 * none to complain about.  Caller frees. */
int
ap_journal_read(int root, char **text);

/* The number that the line @line, @len bytes, has in the history; 0 when it has none. */
guint64
ap_journal_line_number(const char *line, gsize len);
