/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virt-ap.h: what the commands of virt-ap share.
 */
#pragma once

#include "ap-history.h"

/* How a command ends. */
typedef enum {
    VIRT_AP_DONE = 0,
    VIRT_AP_REFUSED = 1, /* it was refused, or failed */
    VIRT_AP_USAGE = 2,   /* the command line is not in order */
} VirtApStatus;

/* What all commands are given. */
typedef struct {
    const char *root; /* beneath which the host is, mostly "/" */
} VirtApOptions;

/* One command; @argv begins with its name. */
typedef struct {
    const char *name;
    const char *arguments; /* for people; NULL: none */
    const char *summary;   /* not yet translated */
    VirtApStatus (*run)(const VirtApOptions *options, int argc, char **argv);
} VirtApCommand;

extern const VirtApCommand virt_ap_guests;
extern const VirtApCommand virt_ap_history;
extern const VirtApCommand virt_ap_rollback;

/* Reads the options @entries (NULL: none but --help) of @command off its arguments, of
 * which at most @n_max may be left over.  FALSE when that was said to be wrong. */
gboolean
virt_ap_parse(const VirtApCommand *command,
              const GOptionEntry *entries,
              int n_max,
              int *argc,
              char ***argv);

/* The number of a change; FALSE when that was said to be none. */
gboolean
virt_ap_parse_number(const char *text, guint64 *number);

/* Says that it failed, and why. */
VirtApStatus
virt_ap_fail(const GError *error);

/* "adapters 5-6, domains 4,171" of the member @name of @state, "none" when there is
 * none; caller frees. */
char *
virt_ap_describe_live(const ApJournalState *state);
/* The same of the definition, with whether it starts by itself and so on. */
char *
virt_ap_describe_definition(const ApJournalState *state);
/* When @entry was made, in the time of here; caller frees. */
char *
virt_ap_describe_time(const ApHistoryEntry *entry);
/* Who asked for it; caller frees. */
char *
virt_ap_describe_user(const ApHistoryEntry *entry);
/* The action and what it was done to; caller frees. */
char *
virt_ap_describe_action(const ApHistoryEntry *entry);
