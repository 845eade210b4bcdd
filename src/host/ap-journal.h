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

#include <libvirt-ap/ap-host.h>

typedef enum {
    AP_JOURNAL_CREATE,
    AP_JOURNAL_DESTROY,
    AP_JOURNAL_DEFINE,
    AP_JOURNAL_UNDEFINE,
    AP_JOURNAL_START,
    AP_JOURNAL_UPDATE,
    AP_JOURNAL_AUTOSTART, /* the flag was set or cleared */
    AP_JOURNAL_RECOVER,   /* what a crash left was finished or undone */
    AP_JOURNAL_LAST
} ApJournalAction;

/* Who asked for a change.  What is not known is (uid_t)-1, 0 or NULL; without
 * anybody (NULL for the whole) it was libvirt-ap itself. */
typedef struct {
    uid_t uid;
    pid_t pid;
    const char *user;   /* name of the user, as the daemon knows it */
    const char *client; /* the program; NULL: the name of that process */
} ApJournalActor;

/* What there is to know of a matrix and of the host pool at one moment: the live
 * masks, the stored definition, the masks of the bus. */
typedef struct _ApJournalState ApJournalState;

/* The present state of the matrix @uuid (NULL: of the host pool alone).  What
 * cannot be read is left out.  Never NULL; ap_journal_state_free(). */
ApJournalState *
ap_journal_look(ApHost *host, const char *uuid);
void
ap_journal_state_free(ApJournalState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApJournalState, ap_journal_state_free)

/* Tells that @actor (NULL: libvirt-ap itself) did @action to the matrix @uuid
 * (NULL: to the host pool), which was @before then and is what is read now; with
 * @failure, that it was refused or failed with that.  Nothing happens when the
 * configuration switches the journal off. */
void
ap_journal_change(ApHost *host,
                  const ApJournalActor *actor,
                  ApJournalAction action,
                  const char *uuid,
                  const ApJournalState *before,
                  const GError *failure);
