/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-guest.c: a matrix through the life of its guest.
 *
 * The record is written before anything is done for the guest, and removed after all of
 * that has been undone.  It says whether the matrix was made for the guest; a guest that
 * takes a matrix over, because the one before has ended or has it attached no more,
 * takes over that duty, too.
 */
#include <unistd.h>

#include "ap-guest.h"

#include "ap-device-priv.h"
#include "ap-effective.h"
#include "ap-holder.h"
#include "ap-host-priv.h"
#include "ap-host-reserve.h"
#include "ap-i18n.h"
#include "ap-journal.h"
#include "ap-mark.h"
#include "ap-process.h"
#include "ap-sysfs.h"
#include "ap-text.h"

static gboolean
is_active(ApHost *host, const char *uuid)
{
    g_autofree char *path = ap_host_matrix_path(uuid, NULL);

    return ap_sysfs_exists(host->root, path);
}

static gboolean
is_of(const ApHolder *holder, const ApGuest *guest)
{
    return g_str_equal(holder->guest_uuid, guest->uuid);
}

/* What is changed from now on is changed for the guest @name. */
typedef struct {
    ApJournalActor actor;
    char *client;
    const ApJournalActor *other; /* for whom it was before */
} Actor;

static void
actor_begin(Actor *actor, const char *name)
{
    actor->client = g_strdup_printf("hook for guest %s", name);
    actor->actor =
        (ApJournalActor){ .uid = getuid(), .pid = getpid(), .client = actor->client };
    actor->other = ap_journal_set_actor(&actor->actor);
}

static void
actor_end(Actor *actor)
{
    ap_journal_set_actor(actor->other);
    g_free(actor->client);
}

static void
tell(ApHost *host,
     ApJournalAction action,
     const char *uuid,
     const ApJournalState *before,
     const GError *failure)
{
    ApJournalChange change = {
        .action = action, .uuid = uuid, .before = before, .failure = failure
    };

    ap_journal_change(host, &change);
}

/* Fills in @holder for @guest as one that is about to start, but for what was made. */
static void
fill_in(ApHost *host, ApHolder *holder, const ApGuest *guest, const char *uuid)
{
    g_strlcpy(holder->matrix, uuid, sizeof(holder->matrix));
    g_strlcpy(holder->guest_uuid, guest->uuid, sizeof(holder->guest_uuid));
    holder->guest = ap_text_make_printable(guest->name);
    holder->since = g_get_real_time() / G_USEC_PER_SEC;
    holder->state = AP_HOLDER_STARTING;
    holder->service = guest->service;
    if (!ap_process_read_start(host->root, guest->service, &holder->service_started))
        holder->service_started = 0;
}

/* A guest that has ended has its hook called once more; one that was starting, or
 * running, too, by the daemon that started it.  When that has gone, only what uses the
 * matrix counts. */
static gboolean
is_stale(ApHost *host, const ApHolder *holder)
{
    if (holder->state == AP_HOLDER_STOPPED)
        return TRUE;
    return !ap_holder_is_served(host->root, holder) &&
           !ap_host_is_open(host, holder->matrix, TRUE);
}

char *
ap_guest_describe_starting(ApHost *host, const char *uuid)
{
    g_auto(ApHolder) holder = { 0 };

    if (!ap_holder_read(host->root, uuid, &holder) ||
        holder.state != AP_HOLDER_STARTING || is_stale(host, &holder))
        return NULL;
    return g_strdup_printf(_("guest '%s' (starting)"), holder.guest);
}

/* Who has the matrix open; the record @old helps where nobody is found. */
static char *
describe_user(ApHost *host, const char *uuid, const ApHolder *old)
{
    char *user = ap_host_describe_user(host, uuid, NULL);

    if (user)
        return user;
    return old ? g_strdup_printf(_("guest '%s'"), old->guest) : g_strdup(_("a guest"));
}

/* Whether somebody else has the matrix, or is about to; else what is written down of
 * another guest is of the past. */
static gboolean
check_free(ApHost *host,
           const ApGuest *guest,
           const char *uuid,
           const ApHolder *old,
           GError **error)
{
    g_autofree char *user = NULL;

    if (old && !is_of(old, guest))
        user = ap_guest_describe_starting(host, uuid);
    if (!user && ap_host_is_open(host, uuid, FALSE))
        user = describe_user(host, uuid, old);
    if (!user)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_BUSY,
                _("guest '%s' cannot have matrix %s, it is in use by %s"), guest->name,
                uuid, user);
    return FALSE;
}

/* The definition to make the matrix from. */
static ApDevice *
read_definition(ApHost *host, const ApGuest *guest, const char *uuid, GError **error)
{
    g_autoptr(GError) reason = NULL;
    ApDevice *definition = ap_store_read(host->store, uuid, &reason);

    if (reason)
        g_propagate_error(error, g_steal_pointer(&reason));
    else if (!definition)
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_FOUND,
                    _("guest '%s' wants matrix %s, which is neither active nor defined: "
                      "define it with 'virsh nodedev-define'"),
                    guest->name, uuid);
    return definition;
}

static gboolean
make_matrix(ApHost *host,
            const ApGuest *guest,
            const ApDevice *definition,
            GError **error)
{
    g_autoptr(ApJournalState) before = ap_journal_look(host, definition->uuid);
    g_autoptr(GError) failure = NULL;
    g_autoptr(ApPlan) plan = NULL;
    Actor actor;

    actor_begin(&actor, guest->name);
    plan = ap_host_create_locked(host, definition->uuid, definition, &failure);

    if (plan && definition->autostart)
        ap_mark_set(host->root, definition->uuid);
    tell(host, AP_JOURNAL_START, definition->uuid, before, failure);
    actor_end(&actor);
    if (failure)
        g_propagate_prefixed_error(error, g_steal_pointer(&failure),
                                   _("guest '%s' cannot have its matrix: "), guest->name);
    return plan != NULL;
}

/* Removes the matrix that was made for the guest of @holder. */
static gboolean
remove_matrix(ApHost *host, const ApHolder *holder, GError **error)
{
    g_autoptr(ApJournalState) before = ap_journal_look(host, holder->matrix);
    g_autoptr(ApDevice) definition = ap_store_load(host->store, holder->matrix);
    g_autoptr(GError) failure = NULL;
    Actor actor;

    actor_begin(&actor, holder->guest);
    if (definition && definition->autostart)
        ap_mark_set(host->root, holder->matrix);
    if (ap_host_remove_matrix(host, holder->matrix, &failure))
        ap_host_return_unneeded(host);
    tell(host, AP_JOURNAL_DESTROY, holder->matrix, before, failure);
    actor_end(&actor);
    if (!failure)
        return TRUE;
    g_propagate_error(error, g_steal_pointer(&failure));
    return FALSE;
}

/* Undoes what @holder says was done, then forgets it. */
static gboolean
undo(ApHost *host, const ApHolder *holder, GError **error)
{
    if (holder->made && is_active(host, holder->matrix) &&
        !remove_matrix(host, holder, error))
        return FALSE;
    ap_holder_remove(host->root, holder->matrix);
    return TRUE;
}

gboolean
ap_guest_check(ApHost *host, const ApGuest *guest, const char *uuid, GError **error)
{
    g_autofree char *problem = NULL;
    ApConfig config;

    if (!ap_config_read(host->root, &config, error))
        return FALSE;
    if (config.incomplete_matrix == AP_POLICY_ALLOW)
        return TRUE;
    problem = ap_effective_explain(host, uuid, NULL);
    if (!problem)
        return TRUE;
    if (config.incomplete_matrix == AP_POLICY_WARN) {
        g_warning(_("guest '%s' does not get all of matrix %s: %s"), guest->name, uuid,
                  problem);
        return TRUE;
    }
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("guest '%s' would not get all of matrix %s: %s (incomplete-matrix in "
                  "ap.conf can allow it)"),
                guest->name, uuid, problem);
    return FALSE;
}

/* Queues are reset when their matrix goes.  Linux 6.1 remembers that this failed, while a
 * card was deconfigured for example, and hides the card until the next reset: which is
 * when a matrix that nobody has had yet goes again. */
static gboolean
reset_if_needed(ApHost *host,
                const ApGuest *guest,
                const ApHolder *holder,
                const ApDevice *definition,
                GError **error)
{
    gboolean needs_reset;
    g_autofree char *problem = ap_effective_explain(host, holder->matrix, &needs_reset);

    if (!problem || !needs_reset)
        return TRUE;
    g_info("matrix %s is made once more, for its queues to be reset", holder->matrix);
    return remove_matrix(host, holder, error) &&
           make_matrix(host, guest, definition, error);
}

/* The record is there: makes the matrix if need be, and looks what the guest would have
 * of it. */
static gboolean
provide(ApHost *host,
        const ApGuest *guest,
        const ApHolder *holder,
        const ApDevice *definition,
        GError **error)
{
    if (definition && (!make_matrix(host, guest, definition, error) ||
                       !reset_if_needed(host, guest, holder, definition, error)))
        return FALSE;
    return ap_guest_check(host, guest, holder->matrix, error);
}

/* What has been done now is undone; what there was before is written down again. */
static void
take_back(ApHost *host, const ApHolder *holder, const ApHolder *old, gboolean made_now)
{
    g_autoptr(GError) failure = NULL;
    gboolean done = TRUE;

    if (made_now || !old)
        done = undo(host, holder, &failure);
    if (done && old)
        ap_holder_write(host->root, old, &failure);
    if (failure)
        g_warning("%s", failure->message);
}

static gboolean
prepare_locked(ApHost *host, const ApGuest *guest, const char *uuid, GError **error)
{
    g_auto(ApHolder) found = { 0 };
    g_auto(ApHolder) holder = { 0 };
    g_autoptr(ApDevice) definition = NULL;
    const ApHolder *old = ap_holder_read(host->root, uuid, &found) ? &found : NULL;

    if (!check_free(host, guest, uuid, old, error))
        return FALSE;
    if (!is_active(host, uuid)) {
        definition = read_definition(host, guest, uuid, error);
        if (!definition)
            return FALSE;
    }
    fill_in(host, &holder, guest, uuid);
    holder.made = definition || (old && old->made);
    if (!ap_holder_write(host->root, &holder, error))
        return FALSE;
    if (provide(host, guest, &holder, definition, error))
        return TRUE;
    take_back(host, &holder, old, definition != NULL);
    return FALSE;
}

gboolean
ap_guest_prepare(ApHost *host, const ApGuest *guest, const char *uuid, GError **error)
{
    ApLock *lock = ap_host_begin_change(host, error);
    gboolean done;

    if (!lock)
        return FALSE;
    done = prepare_locked(host, guest, uuid, error);
    ap_lock_release(lock);
    return done;
}

/* That the guest runs is written down even where the lock cannot be had: a record is
 * one file, and nobody else writes that of a guest that runs. */
gboolean
ap_guest_running(ApHost *host, const ApGuest *guest, const char *uuid, GError **error)
{
    ApLock *lock = ap_host_lock_to_recover(host, NULL);
    g_auto(ApHolder) old = { 0 };
    g_auto(ApHolder) holder = { 0 };
    gboolean done;

    fill_in(host, &holder, guest, uuid);
    holder.state = AP_HOLDER_RUNNING;
    if (ap_holder_read(host->root, uuid, &old)) {
        holder.made = old.made;
        if (is_of(&old, guest))
            holder.since = old.since;
    }
    done = ap_holder_write(host->root, &holder, error);
    ap_lock_release(lock);
    return done;
}

/* Does @action with each record of @guest; FALSE with the first error of all. */
static gboolean
for_each(ApHost *host,
         const ApGuest *guest,
         gboolean (*action)(ApHost *host, const ApHolder *holder, GError **error),
         GError **error)
{
    g_autoptr(GPtrArray) uuids = ap_holder_list(host->root);
    gboolean good = TRUE;

    for (guint i = 0; i < uuids->len; i++) {
        g_auto(ApHolder) holder = { 0 };

        if (ap_holder_read(host->root, uuids->pdata[i], &holder) &&
            is_of(&holder, guest) && !action(host, &holder, good ? error : NULL))
            good = FALSE;
    }
    return good;
}

static gboolean
note_stopped(ApHost *host, const ApHolder *holder, GError **error)
{
    ApHolder stopped = *holder;

    stopped.state = AP_HOLDER_STOPPED;
    return ap_holder_write(host->root, &stopped, error);
}

gboolean
ap_guest_stopped(ApHost *host, const ApGuest *guest, GError **error)
{
    g_autoptr(ApLock) lock = ap_host_lock_to_recover(host, error);

    return lock && for_each(host, guest, note_stopped, error);
}

gboolean
ap_guest_release(ApHost *host, const ApGuest *guest, GError **error)
{
    g_autoptr(ApLock) lock = ap_host_lock_to_recover(host, error);

    if (!lock)
        return FALSE;
    ap_host_clean_up(host);
    /* What cannot be undone now is for whoever comes next, who has to know that the guest
     * does not need it; the phase before this one may not have come to say so. */
    (void)for_each(host, guest, note_stopped, NULL);
    return for_each(host, guest, undo, error);
}

void
ap_guest_clean_up(ApHost *host)
{
    g_autoptr(GPtrArray) uuids = ap_holder_list(host->root);

    for (guint i = 0; i < uuids->len; i++) {
        g_autoptr(GError) failure = NULL;
        g_auto(ApHolder) holder = { 0 };

        /* One that nobody can read is of no use to anybody. */
        if (!ap_holder_read(host->root, uuids->pdata[i], &holder))
            ap_holder_remove(host->root, uuids->pdata[i]);
        else if (is_stale(host, &holder) && !undo(host, &holder, &failure))
            g_warning(_("matrix %s, which was made for guest '%s', stays: %s"),
                      holder.matrix, holder.guest, failure->message);
    }
}

gboolean
ap_guest_has_records(ApHost *host)
{
    g_autoptr(GPtrArray) uuids = ap_holder_list(host->root);

    return uuids->len > 0;
}
