/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-rollback.c: takes a change back, by the state that the history has of the time
 * before it.  What is done is a change like any other, with its checks, its transaction
 * and its entry in the journal.  It is done only while what that change has made of the
 * matrix is still there: so nothing is lost that somebody has done since.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-history.h"
#include "ap-host-change.h"
#include "ap-host-reserve.h"
#include "ap-i18n.h"

/* What is to be taken back. */
typedef struct {
    ApHost *host;
    const GPtrArray *history;
    const ApHistoryEntry *entry;
    char *name;          /* of the node device */
    gboolean live;       /* the active matrix was changed */
    gboolean definition; /* its definition was */
} Rollback;

static gboolean
set_refused(const ApHistoryEntry *entry, GError **error, const char *reason)
{
    g_set_error(error, AP_ERROR, AP_ERROR_CHANGED,
                _("change %lu cannot be taken back: %s"), (gulong)entry->number, reason);
    return FALSE;
}

static gboolean
is_of_pool(const ApHistoryEntry *entry)
{
    return entry->action == AP_JOURNAL_RESERVE || entry->action == AP_JOURNAL_RETURN ||
           !entry->uuid;
}

/* Queues leave the host pool within a change of a matrix, which is told after them. */
static gboolean
refuse_pool(const Rollback *rollback, GError **error)
{
    const GPtrArray *history = rollback->history;
    g_autofree char *reason = NULL;

    for (guint i = 0; i < history->len; i++) {
        const ApHistoryEntry *entry = history->pdata[i];

        if (entry->number < rollback->entry->number || is_of_pool(entry))
            continue;
        reason = g_strdup_printf(_("queues leave the host pool and come back to it with "
                                   "the matrix that needs them: see change %lu"),
                                 (gulong)entry->number);
        return set_refused(rollback->entry, error, reason);
    }
    return set_refused(rollback->entry, error,
                       _("queues come back to the host pool when no matrix needs them"));
}

static gboolean
refuse_undone(const Rollback *rollback, GError **error)
{
    g_autofree char *reason = g_strdup_printf(_("that has been done, by change %lu"),
                                              (gulong)rollback->entry->undone_by);

    return set_refused(rollback->entry, error, reason);
}

/* Whether taking it back is one transaction. */
static gboolean
is_possible(const Rollback *rollback)
{
    const ApHistoryEntry *entry = rollback->entry;

    if (rollback->live != rollback->definition)
        return TRUE;
    return rollback->live && ap_journal_state_get(entry->before, AP_STATE_LIVE) &&
           ap_journal_state_get(entry->after, AP_STATE_LIVE) &&
           ap_journal_state_get(entry->before, AP_STATE_DEFINITION);
}

static gboolean
check_entry(const Rollback *rollback, GError **error)
{
    const ApHistoryEntry *entry = rollback->entry;

    if (is_of_pool(entry))
        return refuse_pool(rollback, error);
    if (entry->undone_by)
        return refuse_undone(rollback, error);
    if (!rollback->live && !rollback->definition)
        return set_refused(entry, error, _("it has changed no matrix"));
    if (!is_possible(rollback))
        return set_refused(entry, error,
                           _("it is more than one step to undo what it has done"));
    return TRUE;
}

static gboolean
begin(Rollback *rollback, guint64 number, GError **error)
{
    const ApHistoryEntry *entry = number ? ap_history_find(rollback->history, number)
                                         : ap_history_find_newest(rollback->history);
    ApName name = { .kind = AP_DEVICE_MATRIX };

    if (!entry && number) {
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_FOUND,
                    _("there is no change %lu in the history"), (gulong)number);
        return FALSE;
    }
    if (!entry) {
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_FOUND,
                    _("there is no change in the history that could be taken back"));
        return FALSE;
    }
    rollback->entry = entry;
    rollback->live = !ap_history_is_same(entry->before, entry->after, ap_history_live);
    rollback->definition =
        !ap_history_is_same(entry->before, entry->after, ap_history_definition);
    g_strlcpy(name.uuid, entry->uuid ? entry->uuid : "", sizeof(name.uuid));
    rollback->name = ap_name_format(&name);
    return check_entry(rollback, error);
}

/* Whether @entry changed of the same matrix what is to be taken back. */
static gboolean
is_in_the_way(const Rollback *rollback, const ApHistoryEntry *entry)
{
    if (entry->number <= rollback->entry->number || entry->undone_by ||
        g_strcmp0(entry->uuid, rollback->entry->uuid) != 0)
        return FALSE;
    return (rollback->live &&
            !ap_history_is_same(entry->before, entry->after, ap_history_live)) ||
           (rollback->definition &&
            !ap_history_is_same(entry->before, entry->after, ap_history_definition));
}

static gboolean
set_moved_on(const Rollback *rollback, GError **error)
{
    g_autofree char *reason = NULL;

    for (guint i = rollback->history->len; i > 0; i--) {
        const ApHistoryEntry *entry = rollback->history->pdata[i - 1];

        if (!is_in_the_way(rollback, entry))
            continue;
        reason = g_strdup_printf(_("matrix %s was changed again by change %lu: take that "
                                   "back first"),
                                 entry->uuid, (gulong)entry->number);
        return set_refused(rollback->entry, error, reason);
    }
    reason = g_strdup_printf(_("matrix %s is not as that change left it, and what has "
                               "changed it since is not in the history"),
                             rollback->entry->uuid);
    return set_refused(rollback->entry, error, reason);
}

/* Whether what the change has made of the matrix is what it is @now. */
static gboolean
check_now(const Rollback *rollback, const ApJournalState *now, GError **error)
{
    const ApJournalState *left = rollback->entry->after;

    if ((!rollback->live || ap_history_is_same(now, left, ap_history_live)) &&
        (!rollback->definition || ap_history_is_same(now, left, ap_history_definition)))
        return TRUE;
    return set_moved_on(rollback, error);
}

/* Whether the list @name of what is out of the host pool has become shorter. */
static gboolean
has_returned(const ApHistoryEntry *entry, const char *name)
{
    const char *before = ap_journal_state_get(entry->before, name);
    const char *after = ap_journal_state_get(entry->after, name);
    ApMatrix old = { 0 };
    ApMatrix new = { 0 };

    if (before && !ap_matrix_parse_config(&old, before))
        return FALSE;
    if (after && !ap_matrix_parse_config(&new, after))
        return FALSE;
    return !apc_mask_subset(&old.adapters, &new.adapters) ||
           !apc_mask_subset(&old.domains, &new.domains);
}

/* The same of single queues; taking out again what is out already does nothing. */
static gboolean
have_returned(const ApHistoryEntry *entry, const char *name)
{
    const char *before = ap_journal_state_get(entry->before, name);

    return before && g_strcmp0(before, ap_journal_state_get(entry->after, name)) != 0;
}

/* The matrix as it was; what the change gave back to the host is taken out again. */
static ApDevice *
read_live(const Rollback *rollback, GError **error)
{
    const ApHistoryEntry *entry = rollback->entry;
    g_autoptr(ApDevice) wish = ap_device_new(AP_DEVICE_MATRIX);
    ApMatrix matrix;

    if (!ap_matrix_parse_config(&matrix,
                                ap_journal_state_get(entry->before, AP_STATE_LIVE))) {
        set_refused(entry, error, _("the history does not tell what the matrix was"));
        return NULL;
    }
    wish->uuid = g_strdup(entry->uuid);
    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    ap_matrix_add_attrs(&matrix, wish);
    if (has_returned(entry, AP_STATE_TAKEN_FOR_GOOD) ||
        have_returned(entry, AP_STATE_QUEUES_FOR_GOOD))
        wish->reserve = AP_RESERVE_PERSISTENT;
    else if (has_returned(entry, AP_STATE_TAKEN) || have_returned(entry, AP_STATE_QUEUES))
        wish->reserve = AP_RESERVE_UNTIL_BOOT;
    return g_steal_pointer(&wish);
}

static gboolean
read_definition(const Rollback *rollback, ApHostDefinition *old, GError **error)
{
    const ApJournalState *before = rollback->entry->before;
    const char *reserve = ap_journal_state_get(before, AP_STATE_RESERVE);
    g_autoptr(ApDevice) device = NULL;
    g_autoptr(GError) reason = NULL;

    old->text = ap_journal_state_get(before, AP_STATE_DEFINITION);
    device = ap_store_parse(rollback->entry->uuid, old->text, strlen(old->text), &reason);
    if (!device || (reserve && !ap_extras_parse_reserve(reserve, &device->reserve))) {
        g_autofree char *text =
            g_strdup_printf(_("the definition as it was cannot be used: %s"),
                            reason ? reason->message : reserve);

        return set_refused(rollback->entry, error, text);
    }
    device->comment = g_strdup(ap_journal_state_get(before, AP_STATE_COMMENT));
    old->device = g_steal_pointer(&device);
    return TRUE;
}

static void
change_live(const Rollback *rollback, const ApHostDefinition *old, GError **error)
{
    g_autoptr(ApDevice) wish = read_live(rollback, error);

    if (!wish)
        return;
    if (ap_journal_state_get(rollback->entry->after, AP_STATE_LIVE))
        ap_host_change_back_locked(rollback->host, rollback->name, wish, old, error);
    else
        ap_plan_free(ap_host_create_locked(rollback->host, wish->uuid, wish, error));
}

static void
change_definition(const Rollback *rollback, const ApHostDefinition *old, GError **error)
{
    ap_host_restore_locked(rollback->host, old, error);
    /* What the definition before it reserved. */
    ap_host_return_unneeded(rollback->host);
}

/* Makes the matrix what it was. */
static void
take_back(const Rollback *rollback, GError **error)
{
    const ApHistoryEntry *entry = rollback->entry;
    gboolean had_live = ap_journal_state_get(entry->before, AP_STATE_LIVE) != NULL;
    gboolean had_definition =
        ap_journal_state_get(entry->before, AP_STATE_DEFINITION) != NULL;
    ApHostDefinition old = { 0 };

    if (rollback->live && !had_live)
        ap_host_destroy_locked(rollback->host, rollback->name, entry->uuid, error);
    else if (!rollback->live && !had_definition)
        ap_host_undefine_locked(rollback->host, rollback->name, entry->uuid, error);
    else if (rollback->definition && !read_definition(rollback, &old, error))
        return;
    else if (rollback->live)
        change_live(rollback, rollback->definition ? &old : NULL, error);
    else
        change_definition(rollback, &old, error);
    g_clear_pointer(&old.device, ap_device_unref);
}

static gboolean
run(const Rollback *rollback, GError **error)
{
    ApHostChange change = { .host = rollback->host,
                            .action = AP_JOURNAL_ROLLBACK,
                            .uuid = rollback->entry->uuid,
                            .undone = rollback->entry->number };

    if (ap_host_change_begin(&change) &&
        check_now(rollback, change.before, &change.failure))
        take_back(rollback, &change.failure);
    return ap_host_change_end(&change, error);
}

gboolean
ap_host_roll_back(ApHost *host, guint64 number, guint64 *undone, GError **error)
{
    g_autoptr(GPtrArray) history = ap_history_read(host->root, error);
    Rollback rollback = { .host = host, .history = history };
    gboolean done;

    if (!history)
        return FALSE;
    done = begin(&rollback, number, error) && run(&rollback, error);
    if (done && undone)
        *undone = rollback.entry->number;
    g_free(rollback.name);
    return done;
}
