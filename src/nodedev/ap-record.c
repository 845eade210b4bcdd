/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-record.c: tells the journal whose changes a thread makes.  Who the client is
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

void
ap_record_begin(ApRecord *record)
{
    ApIdentity *who = can_tell() ? functions.get_current() : NULL;

    *record = (ApRecord){ .identity = who, .actor.uid = (uid_t)-1 };
    if (who) {
        record->actor.user = find_user(who);
        functions.get_uid(who, &record->actor.uid);
        functions.get_pid(who, &record->actor.pid);
    }
    ap_journal_set_actor(&record->actor);
}

void
ap_record_end(ApRecord *record)
{
    ap_journal_set_actor(NULL);
    g_clear_object((GObject **)&record->identity);
}
