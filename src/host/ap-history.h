/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-history.h: the changes that were made, as the history has them: what they can be
 * taken back with, and which of them have been.
 */
#pragma once

#include "ap-journal.h"

/* One change. */
typedef struct {
    guint64 number;
    char *time;             /* ISO 8601, UTC */
    ApJournalAction action; /* AP_JOURNAL_LAST: a word that we do not know */
    char *word;             /* for the action */
    char *uuid;             /* of the matrix; NULL: of the host pool */
    gint64 uid;             /* -1: not known */
    gint64 pid;             /* 0: not known */
    char *user;             /* NULL: not known, as are the next */
    char *client;
    char *problem;  /* NULL: it was done, else done in part */
    char *adapters; /* that left the host pool or came back; NULL: none */
    char *domains;
    char *queues; /* that did so one by one */
    char *collateral;
    guint64 undone;    /* the change that this one took back; 0: none */
    guint64 undone_by; /* the change that took this one back; 0: none has */
    ApJournalState *before;
    ApJournalState *after;
} ApHistoryEntry;

/* All that is there and can be read, oldest first (ApHistoryEntry);
 * g_ptr_array_unref().  AP_ERROR_IO. */
GPtrArray *
ap_history_read(int root, GError **error);

/* The same from @text.  Pure. */
GPtrArray *
ap_history_parse(const char *text);

/* The change @number of @history; NULL when it is not there (any more). */
const ApHistoryEntry *
ap_history_find(const GPtrArray *history, guint64 number);

/* The newest change of @history to take back next: a change of a matrix that has not
 * been taken back and does not itself take one back.  NULL when there is none. */
const ApHistoryEntry *
ap_history_find_newest(const GPtrArray *history);

/* Whether the state that the members @names (up to NULL) tell of is the same. */
gboolean
ap_history_is_same(const ApJournalState *a,
                   const ApJournalState *b,
                   const char *const *names);

/* The members that tell of the active matrix and of its definition. */
extern const char *const ap_history_live[];
extern const char *const ap_history_definition[];
