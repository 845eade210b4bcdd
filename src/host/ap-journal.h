/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal.h: who changed what, when, and what it was before: one entry for
 * each change, in the system journal with fields of its own, and in a file that
 * a change can be taken back with.
 *
 * An entry tells what was done, not what is asked for: it is made after the
 * change, and a journal that cannot be written is warned of and fails nothing.
 */
#pragma once

#include <sys/types.h>

#include "ap-journal-state.h"
#include "ap-matrix.h"

typedef enum {
    AP_JOURNAL_CREATE,
    AP_JOURNAL_DESTROY,
    AP_JOURNAL_DEFINE,
    AP_JOURNAL_UNDEFINE,
    AP_JOURNAL_START,
    AP_JOURNAL_UPDATE,
    AP_JOURNAL_AUTOSTART, /* the flag was set or cleared */
    AP_JOURNAL_RESERVE,   /* queues left the host pool for a matrix */
    AP_JOURNAL_RETURN,    /* queues that nobody needs any more came back */
    AP_JOURNAL_ROLLBACK,  /* another change was taken back */
    AP_JOURNAL_RECOVER,   /* what a crash left was finished or undone */
    AP_JOURNAL_LAST
} ApJournalAction;

/* The word for @action in an entry. */
const char *
ap_journal_action_name(ApJournalAction action);

/* Who asked for a change.  What is not known is (uid_t)-1, 0 or NULL; without
 * anybody (NULL for the whole) it was libvirt-ap itself. */
typedef struct {
    uid_t uid;
    pid_t pid;
    const char *user;   /* name of the user, as the daemon knows it */
    const char *client; /* the program; NULL: the name of that process */
} ApJournalActor;

/* What this thread changes from now on @actor has asked for, which is borrowed.  Returns
 * who it was before: to be set again. */
const ApJournalActor *
ap_journal_set_actor(const ApJournalActor *actor);

/* All that is told of one change. */
typedef struct {
    ApJournalAction action;
    const char *uuid; /* of the matrix; NULL: the host pool */
    const ApJournalState *before;
    const GError *failure;  /* it was refused or failed with that */
    const ApMatrix *ids;    /* that left the host pool, or came back to it */
    const char *queues;     /* that did so one by one, separated by commas */
    const char *collateral; /* queues that nobody had asked for */
    guint64 undone;         /* number of the change that is taken back */
} ApJournalChange;

/* Tells of @change; what it is after it is read now.  Nothing happens when the
 * configuration switches the journal off.  Returns the number that it has in the
 * history, or 0. */
guint64
ap_journal_change(ApHost *host, const ApJournalChange *change);
