/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal-state.h: what there is to know of a matrix and of the host pool at one
 * moment, as a JSON object of strings: with it a change can be taken back.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

/* The three masks of the matrix that exists, as ap_config has them. */
#define AP_STATE_LIVE "live"
/* The text of the stored definition, and what is in the file of our own beside it. */
#define AP_STATE_DEFINITION "definition"
#define AP_STATE_RESERVE    "reserve"
#define AP_STATE_COMMENT    "comment"
/* The masks of the bus. */
#define AP_STATE_APMASK "apmask"
#define AP_STATE_AQMASK "aqmask"
/* What we have taken out of the host pool until the next boot, and for good; three
 * masks, the third is empty. */
#define AP_STATE_TAKEN          "reserved"
#define AP_STATE_TAKEN_FOR_GOOD "reserved-for-good"

/* The same of single queues, "5:4,71 6:4": each adapter with its domains. */
#define AP_STATE_QUEUES          "reserved-queues"
#define AP_STATE_QUEUES_FOR_GOOD "reserved-queues-for-good"

typedef struct _ApJournalState ApJournalState;

/* The present state of the matrix @uuid (NULL: of the host pool alone).  What
 * cannot be read is left out.  Never NULL; ap_journal_state_free(). */
ApJournalState *
ap_journal_look(ApHost *host, const char *uuid);

/* What @json says; NULL when it is no object of strings. */
ApJournalState *
ap_journal_state_parse(const char *json);

void
ap_journal_state_free(ApJournalState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApJournalState, ap_journal_state_free)

/* One line of JSON, as long as @state is. */
const char *
ap_journal_state_print(const ApJournalState *state);

/* The value of the member @name, as long as @state is; NULL when there is none. */
const char *
ap_journal_state_get(const ApJournalState *state, const char *name);
