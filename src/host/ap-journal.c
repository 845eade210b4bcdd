/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal.c: what is told of a change, to the system journal and to the history.
 */
#include <errno.h>
#include <string.h>

#include <json-glib/json-glib.h>

#include "ap-apqn.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-journal-write.h"
#include "ap-journal.h"
#include "ap-paths.h"
#include "ap-process.h"
#include "ap-sysfs.h"

/* Of our own making; see sd-journal's catalogue of messages. */
#define MESSAGE_ID "5f9d2b5cbb0f4c0c8a0e3f2a6c1d7e94"

#define PRIORITY_NOTICE  "5"
#define PRIORITY_WARNING "4"

static const char *const actions[] = {
    [AP_JOURNAL_CREATE] = "create",       [AP_JOURNAL_DESTROY] = "destroy",
    [AP_JOURNAL_DEFINE] = "define",       [AP_JOURNAL_UNDEFINE] = "undefine",
    [AP_JOURNAL_START] = "start",         [AP_JOURNAL_UPDATE] = "update",
    [AP_JOURNAL_AUTOSTART] = "autostart", [AP_JOURNAL_RESERVE] = "reserve",
    [AP_JOURNAL_RETURN] = "return",       [AP_JOURNAL_ROLLBACK] = "rollback",
    [AP_JOURNAL_RECOVER] = "recover",
};
G_STATIC_ASSERT(G_N_ELEMENTS(actions) == AP_JOURNAL_LAST);

static GPrivate current_actor;

/* All that is told of one change. */
typedef struct {
    const ApJournalChange *change;
    const ApJournalActor *actor;
    const char *before;
    const char *after;
    const char *problem; /* NULL: it was done */
    const char *client;  /* the program; NULL when not known */
    char *adapters;      /* that left the host pool, or came back */
    char *domains;
} Entry;

const char *
ap_journal_action_name(ApJournalAction action)
{
    return actions[action];
}

const ApJournalActor *
ap_journal_set_actor(const ApJournalActor *actor)
{
    const ApJournalActor *before = g_private_get(&current_actor);

    g_private_set(&current_actor, (gpointer)actor);
    return before;
}

static void
add_member(JsonBuilder *builder, const char *name, const char *value)
{
    if (!value)
        return;
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void
add_number(JsonBuilder *builder, const char *name, gint64 value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, value);
}

/* The text of what was built, in one line; caller frees. */
static char *
print(JsonBuilder *builder)
{
    g_autoptr(JsonNode) root = json_builder_get_root(builder);

    return json_to_string(root, FALSE);
}

/* Who it was, for people; caller frees. */
static char *
describe_actor(const Entry *entry)
{
    const ApJournalActor *actor = entry->actor;

    if (!actor)
        return g_strdup(_("libvirt-ap itself"));
    return g_strdup_printf(_("user %s with %s (process %d)"),
                           actor->user ? actor->user : "?",
                           entry->client ? entry->client : "?", (int)actor->pid);
}

static char *
describe(const Entry *entry)
{
    g_autofree char *who = describe_actor(entry);
    const char *action = actions[entry->change->action];
    const char *object = entry->change->uuid ? entry->change->uuid : "-";

    /* TRANSLATORS: a word for the action, a UUID or a dash, who did it */
    if (entry->problem)
        return g_strdup_printf(_("%s %s by %s failed: %s"), action, object, who,
                               entry->problem);
    return g_strdup_printf(_("%s %s by %s"), action, object, who);
}

static void
add_optional(GByteArray *message, const char *name, const char *value)
{
    if (value)
        ap_journal_add_field(message, name, value);
}

static void
add_actor(GByteArray *message, const Entry *entry)
{
    const ApJournalActor *actor = entry->actor;
    char number[24];

    if (!actor)
        return;
    if (actor->uid != (uid_t)-1) {
        g_snprintf(number, sizeof(number), "%u", (guint)actor->uid);
        ap_journal_add_field(message, "LIBVIRT_AP_UID", number);
    }
    if (actor->pid > 0) {
        g_snprintf(number, sizeof(number), "%d", (int)actor->pid);
        ap_journal_add_field(message, "LIBVIRT_AP_PID", number);
    }
    add_optional(message, "LIBVIRT_AP_USER", actor->user);
    add_optional(message, "LIBVIRT_AP_CLIENT", entry->client);
}

static void
add_details(GByteArray *message, const Entry *entry)
{
    char number[24];

    add_optional(message, "LIBVIRT_AP_ADAPTERS", entry->adapters);
    add_optional(message, "LIBVIRT_AP_DOMAINS", entry->domains);
    add_optional(message, "LIBVIRT_AP_QUEUES", entry->change->queues);
    add_optional(message, "LIBVIRT_AP_COLLATERAL", entry->change->collateral);
    if (!entry->change->undone)
        return;
    g_snprintf(number, sizeof(number), "%" G_GUINT64_FORMAT, entry->change->undone);
    ap_journal_add_field(message, "LIBVIRT_AP_UNDONE", number);
}

/* With @states, what it was before and after is in it, too. */
static GByteArray *
make_message(const Entry *entry, gboolean states)
{
    GByteArray *message = g_byte_array_new();
    g_autofree char *text = describe(entry);

    ap_journal_add_field(message, "MESSAGE", text);
    ap_journal_add_field(message, "MESSAGE_ID", MESSAGE_ID);
    ap_journal_add_field(message, "SYSLOG_IDENTIFIER", G_LOG_DOMAIN);
    ap_journal_add_field(message, "PRIORITY",
                         entry->problem ? PRIORITY_WARNING : PRIORITY_NOTICE);
    ap_journal_add_field(message, "LIBVIRT_AP_ACTION", actions[entry->change->action]);
    ap_journal_add_field(message, "LIBVIRT_AP_RESULT",
                         entry->problem ? "failed" : "done");
    add_optional(message, "LIBVIRT_AP_MATRIX", entry->change->uuid);
    add_optional(message, "LIBVIRT_AP_ERROR", entry->problem);
    add_actor(message, entry);
    add_details(message, entry);
    if (states) {
        ap_journal_add_field(message, "LIBVIRT_AP_BEFORE", entry->before);
        ap_journal_add_field(message, "LIBVIRT_AP_AFTER", entry->after);
    }
    return message;
}

static void
tell_system(ApHost *host, const Entry *entry)
{
    g_autoptr(GByteArray) full = make_message(entry, TRUE);
    int errnum = ap_journal_send(host->root, full);

    if (errnum == EMSGSIZE) {
        /* A definition of many pages: the history has it. */
        g_autoptr(GByteArray) brief = make_message(entry, FALSE);

        errnum = ap_journal_send(host->root, brief);
    }
    /* No journal is no fault: a machine may do without one. */
    if (errnum && !ap_sysfs_is_absent(errnum))
        g_warning(_("the system journal was not told of a change: %s"),
                  g_strerror(errnum));
}

static char *
format_line(const Entry *entry)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ");
    const ApJournalActor *actor = entry->actor;

    json_builder_begin_object(builder);
    add_member(builder, "time", time);
    add_member(builder, "action", actions[entry->change->action]);
    add_member(builder, "matrix", entry->change->uuid);
    if (actor && actor->uid != (uid_t)-1)
        add_number(builder, "uid", actor->uid);
    if (actor && actor->pid > 0)
        add_number(builder, "pid", actor->pid);
    add_member(builder, "user", actor ? actor->user : NULL);
    add_member(builder, "client", entry->client);
    add_member(builder, "error", entry->problem);
    add_member(builder, "adapters", entry->adapters);
    add_member(builder, "domains", entry->domains);
    add_member(builder, "queues", entry->change->queues);
    add_member(builder, "collateral", entry->change->collateral);
    if (entry->change->undone)
        add_number(builder, "undone", (gint64)entry->change->undone);
    add_member(builder, "before", entry->before);
    add_member(builder, "after", entry->after);
    json_builder_end_object(builder);
    return print(builder);
}

/* What changed nothing cannot be taken back. */
static guint64
tell_history(ApHost *host, const Entry *entry)
{
    g_autofree char *line = NULL;
    guint64 number = 0;
    int errnum;

    if (g_str_equal(entry->before, entry->after))
        return 0;
    line = format_line(entry);
    errnum = ap_journal_append(host->root, line, &number);
    if (errnum)
        g_warning(_("cannot write '/%s': %s"), AP_PATH_HISTORY_DIR "/" AP_HISTORY_NAME,
                  g_strerror(errnum));
    return number;
}

static char *
find_program(ApHost *host, const ApJournalActor *actor)
{
    char number[16];

    if (!actor || actor->pid <= 0)
        return NULL;
    g_snprintf(number, sizeof(number), "%d", (int)actor->pid);
    return ap_process_read_name(host->root, number);
}

static char *
print_ids(const struct apc_mask *ids)
{
    return apc_mask_empty(ids) ? NULL : ap_ids_format(ids, "");
}

static guint64
tell(ApHost *host, const Entry *entry)
{
    ApConfig config;

    /* A mistake in it leaves both switched on. */
    ap_config_read(host->root, &config, NULL);
    if (config.system_journal)
        tell_system(host, entry);
    return config.history ? tell_history(host, entry) : 0;
}

guint64
ap_journal_change(ApHost *host, const ApJournalChange *change)
{
    g_autoptr(ApJournalState) after = ap_journal_look(host, change->uuid);
    g_autofree char *program = NULL;
    guint64 number;
    Entry entry = {
        .change = change,
        .before = ap_journal_state_print(change->before),
        .after = ap_journal_state_print(after),
        .problem = change->failure ? change->failure->message : NULL,
    };

    /* Whoever comes across what a crash has left has not asked for it. */
    if (change->action != AP_JOURNAL_RECOVER)
        entry.actor = g_private_get(&current_actor);
    program = find_program(host, entry.actor);
    if (entry.actor)
        entry.client = entry.actor->client ? entry.actor->client : program;
    if (change->ids) {
        entry.adapters = print_ids(&change->ids->adapters);
        entry.domains = print_ids(&change->ids->domains);
    }
    number = tell(host, &entry);
    g_free(entry.adapters);
    g_free(entry.domains);
    return number;
}
