/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-record.c: tells the journal of what a client changes.  Who the client is
 * libvirt keeps for each thread that serves one; the functions that tell are looked
 * up by name, and where they are missing the change is told of without a name.
 */
#include "ap-record.h"

#include <glib-object.h>

#include "ap-virt.h"

/* libvirt's description of a client: a GObject, otherwise opaque. */
typedef struct _ApIdentity ApIdentity;

static struct {
    ApIdentity *(*get_current)(void);
    int (*get_user)(ApIdentity *identity, const char **name);
    int (*get_sasl_user)(ApIdentity *identity, const char **name);
    int (*get_x509_name)(ApIdentity *identity, const char **name);
    int (*get_uid)(ApIdentity *identity, uid_t *uid);
    int (*get_pid)(ApIdentity *identity, pid_t *pid);
} functions;

static const struct {
    const char *name;
    void *slot;
} symbols[] = {
    { "virIdentityGetCurrent", &functions.get_current },
    { "virIdentityGetUserName", &functions.get_user },
    { "virIdentityGetSASLUserName", &functions.get_sasl_user },
    { "virIdentityGetX509DName", &functions.get_x509_name },
    { "virIdentityGetUNIXUserID", &functions.get_uid },
    { "virIdentityGetProcessID", &functions.get_pid },
};

struct _ApRecord {
    ApJournalAction action;
    ApJournalState *before;
};

/* Whether all functions are there; looked for once. */
static gboolean
can_tell(void)
{
    static gsize result; /* 1: no, 2: yes */

    if (g_once_init_enter(&result)) {
        gsize found = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(symbols); i++) {
            *(void **)symbols[i].slot = ap_virt_resolve(symbols[i].name);
            found += *(void **)symbols[i].slot != NULL;
        }
        g_once_init_leave(&result, found == G_N_ELEMENTS(symbols) ? 2 : 1);
    }
    return result == 2;
}

/* A client that comes over the network has a name there, and no process here. */
static const char *
find_user(ApIdentity *identity)
{
    const char *name = NULL;

    if (functions.get_sasl_user(identity, &name) > 0 ||
        functions.get_x509_name(identity, &name) > 0 ||
        functions.get_user(identity, &name) > 0)
        return name;
    return NULL;
}

ApRecord *
ap_record_begin(ApJournalAction action, const char *uuid)
{
    ApRecord *record = g_new0(ApRecord, 1);

    record->action = action;
    record->before = ap_journal_look(ap_driver.host, uuid);
    return record;
}

void
ap_record_end(ApRecord *record, const char *uuid, const GError *failure)
{
    g_autoptr(GObject) identity = NULL;
    ApJournalActor actor = { .uid = (uid_t)-1 };

    if (can_tell())
        identity = (GObject *)functions.get_current();
    if (identity) {
        ApIdentity *who = (ApIdentity *)(void *)identity;

        actor.user = find_user(who);
        functions.get_uid(who, &actor.uid);
        functions.get_pid(who, &actor.pid);
    }
    ap_journal_change(ap_driver.host, &actor, record->action, uuid, record->before,
                      failure);
    ap_journal_state_free(record->before);
    g_free(record);
}
