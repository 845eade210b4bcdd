/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal.c: what is told of a change.  The state before and after is a JSON
 * object with the masks of the live matrix, the text of the stored definition, and
 * the masks of the host pool: with it the change can be taken back.
 */
#include <errno.h>
#include <string.h>

#include <json-glib/json-glib.h>

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

#define DEFINITION_MAX (64 * 1024)

static const char *const actions[] = {
    [AP_JOURNAL_CREATE] = "create",       [AP_JOURNAL_DESTROY] = "destroy",
    [AP_JOURNAL_DEFINE] = "define",       [AP_JOURNAL_UNDEFINE] = "undefine",
    [AP_JOURNAL_START] = "start",         [AP_JOURNAL_UPDATE] = "update",
    [AP_JOURNAL_AUTOSTART] = "autostart", [AP_JOURNAL_RECOVER] = "recover",
};
G_STATIC_ASSERT(G_N_ELEMENTS(actions) == AP_JOURNAL_LAST);

struct _ApJournalState {
    char *json;
};

/* All that is told of one change. */
typedef struct {
    const ApJournalActor *actor;
    const char *action;
    const char *uuid;
    const char *before;
    const char *after;
    const char *problem; /* NULL: it was done */
    const char *client;  /* the program; NULL when not known */
} Entry;

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

static void
add_live(JsonBuilder *builder, ApHost *host, const char *uuid)
{
    char config[AP_MATRIX_CONFIG_SIZE];
    gboolean present = FALSE;
    ApMatrix matrix;

    if (!ap_host_read_matrix(host, uuid, &matrix, &present, NULL) || !present)
        return;
    ap_matrix_format_config(&matrix, config);
    add_member(builder, "live", config);
}

static void
add_definition(JsonBuilder *builder, ApHost *host, const char *uuid)
{
    g_autofree char *path = g_strconcat(AP_PATH_STORE "/", uuid, NULL);
    g_autofree char *text = g_malloc(DEFINITION_MAX);
    g_autofree char *valid = NULL;
    gssize len = ap_sysfs_read_data(host->root, path, text, DEFINITION_MAX);

    if (len < 0 || len == DEFINITION_MAX)
        return;
    valid = g_utf8_make_valid(text, len);
    add_member(builder, "definition", valid);
}

static void
add_mask(JsonBuilder *builder, ApHost *host, const char *name)
{
    g_autofree char *path = g_strconcat(AP_PATH_BUS "/", name, NULL);
    gboolean present = FALSE;
    char mask[128];

    if (ap_sysfs_read(host->root, path, mask, sizeof(mask), &present, NULL) && present)
        add_member(builder, name, mask);
}

ApJournalState *
ap_journal_look(ApHost *host, const char *uuid)
{
    ApJournalState *state = g_new0(ApJournalState, 1);
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    if (uuid) {
        add_live(builder, host, uuid);
        add_definition(builder, host, uuid);
    }
    add_mask(builder, host, "apmask");
    add_mask(builder, host, "aqmask");
    json_builder_end_object(builder);
    state->json = print(builder);
    return state;
}

void
ap_journal_state_free(ApJournalState *state)
{
    if (!state)
        return;
    g_free(state->json);
    g_free(state);
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
    const char *object = entry->uuid ? entry->uuid : "-";

    /* TRANSLATORS: a word for the action, a UUID or a dash, who did it */
    if (entry->problem)
        return g_strdup_printf(_("%s %s by %s failed: %s"), entry->action, object, who,
                               entry->problem);
    return g_strdup_printf(_("%s %s by %s"), entry->action, object, who);
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
    ap_journal_add_field(message, "LIBVIRT_AP_ACTION", entry->action);
    ap_journal_add_field(message, "LIBVIRT_AP_RESULT",
                         entry->problem ? "failed" : "done");
    add_optional(message, "LIBVIRT_AP_MATRIX", entry->uuid);
    add_optional(message, "LIBVIRT_AP_ERROR", entry->problem);
    add_actor(message, entry);
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
    if (errnum && errnum != ENOENT)
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
    add_member(builder, "action", entry->action);
    add_member(builder, "matrix", entry->uuid);
    if (actor && actor->uid != (uid_t)-1)
        add_number(builder, "uid", actor->uid);
    if (actor && actor->pid > 0)
        add_number(builder, "pid", actor->pid);
    add_member(builder, "user", actor ? actor->user : NULL);
    add_member(builder, "client", entry->client);
    add_member(builder, "error", entry->problem);
    add_member(builder, "before", entry->before);
    add_member(builder, "after", entry->after);
    json_builder_end_object(builder);
    return print(builder);
}

/* What changed nothing cannot be taken back. */
static void
tell_history(ApHost *host, const Entry *entry)
{
    g_autofree char *line = NULL;
    int errnum;

    if (g_str_equal(entry->before, entry->after))
        return;
    line = format_line(entry);
    errnum = ap_journal_append(host->root, line);
    if (errnum)
        g_warning(_("cannot write '/%s': %s"), AP_PATH_HISTORY_DIR "/" AP_HISTORY_NAME,
                  g_strerror(errnum));
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

void
ap_journal_change(ApHost *host,
                  const ApJournalActor *actor,
                  ApJournalAction action,
                  const char *uuid,
                  const ApJournalState *before,
                  const GError *failure)
{
    g_autoptr(ApJournalState) after = ap_journal_look(host, uuid);
    g_autofree char *program = find_program(host, actor);
    Entry entry = {
        .actor = actor,
        .action = actions[action],
        .uuid = uuid,
        .before = before->json,
        .after = after->json,
        .problem = failure ? failure->message : NULL,
    };
    ApConfig config;

    /* A mistake in it leaves both switched on. */
    ap_config_read(host->root, &config, NULL);
    if (actor)
        entry.client = actor->client ? actor->client : program;
    if (config.system_journal)
        tell_system(host, &entry);
    if (config.history)
        tell_history(host, &entry);
}
