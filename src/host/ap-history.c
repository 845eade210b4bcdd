/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-history.c: reads the history.  What is no entry of ours, such as half a line of a
 * program that was killed, is passed over.
 */
#include "ap-history.h"

#include <string.h>

#include <json-glib/json-glib.h>

#include "ap-i18n.h"
#include "ap-journal-write.h"
#include "ap-name.h"
#include "ap-paths.h"

const char *const ap_history_live[] = { AP_STATE_LIVE, NULL };
const char *const ap_history_definition[] = { AP_STATE_DEFINITION, AP_STATE_RESERVE,
                                              AP_STATE_COMMENT, NULL };

static void
entry_free(gpointer data)
{
    ApHistoryEntry *entry = data;

    if (!entry)
        return;
    g_free(entry->time);
    g_free(entry->word);
    g_free(entry->uuid);
    g_free(entry->user);
    g_free(entry->client);
    g_free(entry->problem);
    g_free(entry->adapters);
    g_free(entry->domains);
    g_free(entry->queues);
    g_free(entry->collateral);
    ap_journal_state_free(entry->before);
    ap_journal_state_free(entry->after);
    g_free(entry);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApHistoryEntry, entry_free)

/* The string member @name; NULL when there is none. */
static const char *
peek_string(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static char *
copy_string(JsonObject *object, const char *name)
{
    return g_strdup(peek_string(object, name));
}

static gint64
get_number(JsonObject *object, const char *name, gint64 without)
{
    JsonNode *node = json_object_get_member(object, name);

    return node && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : without;
}

static ApJournalState *
get_state(JsonObject *object, const char *name)
{
    const char *json = peek_string(object, name);

    return json ? ap_journal_state_parse(json) : NULL;
}

static ApJournalAction
find_action(const char *word)
{
    ApJournalAction action = 0;

    while (action < AP_JOURNAL_LAST &&
           g_strcmp0(word, ap_journal_action_name(action)) != 0)
        action++;
    return action;
}

static ApHistoryEntry *
read_members(JsonObject *object)
{
    ApHistoryEntry *entry = g_new0(ApHistoryEntry, 1);

    entry->number = (guint64)get_number(object, "id", 0);
    entry->time = copy_string(object, "time");
    entry->word = copy_string(object, "action");
    entry->action = find_action(entry->word);
    entry->uuid = copy_string(object, "matrix");
    entry->uid = get_number(object, "uid", -1);
    entry->pid = get_number(object, "pid", 0);
    entry->user = copy_string(object, "user");
    entry->client = copy_string(object, "client");
    entry->problem = copy_string(object, "error");
    entry->adapters = copy_string(object, "adapters");
    entry->domains = copy_string(object, "domains");
    entry->queues = copy_string(object, "queues");
    entry->collateral = copy_string(object, "collateral");
    entry->undone = (guint64)get_number(object, "undone", 0);
    entry->before = get_state(object, "before");
    entry->after = get_state(object, "after");
    return entry;
}

/* Whether all is there that every entry has. */
static gboolean
is_whole(const ApHistoryEntry *entry)
{
    char uuid[AP_UUID_SIZE];

    return entry->number > 0 && entry->number <= G_MAXINT64 && entry->time &&
           entry->word && entry->before && entry->after &&
           (!entry->uuid ||
            (ap_uuid_canonicalise(entry->uuid, uuid) && g_str_equal(uuid, entry->uuid)));
}

static ApHistoryEntry *
parse_line(const char *line)
{
    g_autoptr(ApHistoryEntry) entry = NULL;
    g_autoptr(JsonNode) node = NULL;

    if (!ap_journal_line_number(line, strlen(line)))
        return NULL;
    node = json_from_string(line, NULL);
    if (!node || !JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    entry = read_members(json_node_get_object(node));
    return is_whole(entry) ? g_steal_pointer(&entry) : NULL;
}

/* A change that took another back counts unless it was taken back itself: so the newest
 * comes first. */
static void
mark_undone(GPtrArray *history)
{
    for (guint i = history->len; i > 0; i--) {
        const ApHistoryEntry *entry = history->pdata[i - 1];
        ApHistoryEntry *undone;

        if (!entry->undone || entry->undone_by)
            continue;
        undone = (ApHistoryEntry *)ap_history_find(history, entry->undone);
        if (undone)
            undone->undone_by = entry->number;
    }
}

GPtrArray *
ap_history_parse(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GPtrArray *history = g_ptr_array_new_with_free_func(entry_free);

    for (guint i = 0; lines[i]; i++) {
        ApHistoryEntry *entry = parse_line(lines[i]);

        if (entry)
            g_ptr_array_add(history, entry);
    }
    mark_undone(history);
    return history;
}

GPtrArray *
ap_history_read(int root, GError **error)
{
    g_autofree char *text = NULL;
    int errnum = ap_journal_read(root, &text);

    if (!errnum)
        return ap_history_parse(text);
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot read '/%s': %s"),
                AP_PATH_HISTORY_DIR "/" AP_HISTORY_NAME, g_strerror(errnum));
    return NULL;
}

const ApHistoryEntry *
ap_history_find(const GPtrArray *history, guint64 number)
{
    for (guint i = history->len; i > 0; i--) {
        const ApHistoryEntry *entry = history->pdata[i - 1];

        if (entry->number == number)
            return entry;
    }
    return NULL;
}

const ApHistoryEntry *
ap_history_find_newest(const GPtrArray *history)
{
    for (guint i = history->len; i > 0; i--) {
        const ApHistoryEntry *entry = history->pdata[i - 1];

        if (entry->uuid && !entry->undone && !entry->undone_by &&
            entry->action != AP_JOURNAL_RESERVE)
            return entry;
    }
    return NULL;
}

gboolean
ap_history_is_same(const ApJournalState *a,
                   const ApJournalState *b,
                   const char *const *names)
{
    for (; *names; names++) {
        if (g_strcmp0(ap_journal_state_get(a, *names), ap_journal_state_get(b, *names)))
            return FALSE;
    }
    return TRUE;
}
