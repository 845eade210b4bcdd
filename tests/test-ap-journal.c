/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-journal.c: what the system journal and the history are told of a change.
 * The journal is a socket of the test's own.
 */
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-glib/json-glib.h>

#include <libvirt-ap/ap-error.h>

#include "ap-journal-write.h"
#include "ap-journal.h"
#include "ap-root.h"

#define UUID       "62177883-f1bb-47f0-914d-32a22e3a8804"
#define SOCKET     "run/systemd/journal/socket"
#define HISTORY    "var/lib/libvirt/ap/history"
#define DEFINITION "etc/mdevctl.d/matrix/" UUID
#define CONFIG     "etc/libvirt/ap.conf"
#define NO_MASK    "0x0000000000000000000000000000000000000000000000000000000000000000"

typedef struct {
    ApRoot *root;
    ApHost *host;
    int journal;
} Fixture;

static void
fixture_listen(Fixture *fixture)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_autofree char *path = g_build_filename(fixture->root->path, SOCKET, NULL);

    ap_root_mkdir(fixture->root, "run/systemd/journal");
    g_assert_cmpuint(g_strlcpy(address.sun_path, path, sizeof(address.sun_path)), <,
                     sizeof(address.sun_path));
    fixture->journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(fixture->journal, >=, 0);
    g_assert_cmpint(bind(fixture->journal,
                         (const struct sockaddr *)(const void *)&address,
                         sizeof(address)),
                    ==, 0);
}

static void
set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    fixture->root = ap_root_new();
    fixture->host = ap_host_new(fixture->root->path, &error);
    g_assert_no_error(error);
    ap_root_add_matrix_parent(fixture->root, NO_MASK, NO_MASK);
    fixture_listen(fixture);
}

static void
tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    close(fixture->journal);
    ap_host_free(fixture->host);
    ap_root_free(fixture->root);
}

/* The fields of the next entry by name, or NULL when there is none. */
static GHashTable *
receive(Fixture *fixture)
{
    g_autofree char *data = g_malloc(1024 * 1024);
    ssize_t len = recv(fixture->journal, data, 1024 * 1024, 0);
    const char *cur = data;
    GHashTable *fields;

    if (len < 0)
        return NULL;
    fields = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    while (cur < data + len) {
        const char *end = memchr(cur, '\n', (gsize)(data + len - cur));
        guint64 size;

        g_assert_nonnull(end);
        memcpy(&size, end + 1, sizeof(size));
        size = GUINT64_FROM_LE(size);
        g_hash_table_insert(fields, g_strndup(cur, (gsize)(end - cur)),
                            g_strndup(end + 1 + sizeof(size), size));
        cur = end + 1 + sizeof(size) + size;
        g_assert_cmpint(*cur++, ==, '\n');
    }
    g_assert_true(cur == data + len);
    return fields;
}

static void
assert_field(GHashTable *fields, const char *name, const char *expected)
{
    g_assert_cmpstr(g_hash_table_lookup(fields, name), ==, expected);
}

/* A member of the JSON object @text; caller frees. */
static char *
member(const char *text, const char *name)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonObject *object;

    json_parser_load_from_data(parser, text, -1, &error);
    g_assert_no_error(error);
    object = json_node_get_object(json_parser_get_root(parser));
    if (!json_object_has_member(object, name))
        return NULL;
    return g_strdup(json_object_get_string_member(object, name));
}

static void
assert_member(const char *text, const char *name, const char *expected)
{
    g_autofree char *value = member(text, name);

    g_assert_cmpstr(value, ==, expected);
}

/* A definition appears between the two looks. */
static void
define(Fixture *fixture, const ApJournalActor *actor, const char *text)
{
    g_autoptr(ApJournalState) before = ap_journal_look(fixture->host, UUID);

    ap_root_write(fixture->root, DEFINITION, text);
    ap_journal_set_actor(actor);
    ap_journal_change(fixture->host, &(ApJournalChange){ .action = AP_JOURNAL_DEFINE,
                                                         .uuid = UUID,
                                                         .before = before });
    ap_journal_set_actor(NULL);
}

static char **
history_lines(Fixture *fixture)
{
    g_autofree char *text = ap_root_read(fixture->root, HISTORY);

    g_assert_true(g_str_has_suffix(text, "\n"));
    text[strlen(text) - 1] = '\0';
    return g_strsplit(text, "\n", -1);
}

static void
test_done_told(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApJournalActor actor = { 1000, 4711, "jane", "virsh" };
    g_autoptr(GHashTable) fields = NULL;
    g_auto(GStrv) lines = NULL;
    const char *after;

    define(fixture, &actor, "{\n \"start\": \"auto\"\n}\n");
    fields = receive(fixture);
    assert_field(fields, "MESSAGE",
                 "define " UUID " by user jane with virsh (process 4711)");
    assert_field(fields, "PRIORITY", "5");
    assert_field(fields, "SYSLOG_IDENTIFIER", "libvirt-ap");
    assert_field(fields, "LIBVIRT_AP_ACTION", "define");
    assert_field(fields, "LIBVIRT_AP_RESULT", "done");
    assert_field(fields, "LIBVIRT_AP_MATRIX", UUID);
    assert_field(fields, "LIBVIRT_AP_ERROR", NULL);
    assert_field(fields, "LIBVIRT_AP_UID", "1000");
    assert_field(fields, "LIBVIRT_AP_PID", "4711");
    assert_field(fields, "LIBVIRT_AP_USER", "jane");
    assert_field(fields, "LIBVIRT_AP_CLIENT", "virsh");
    assert_member(g_hash_table_lookup(fields, "LIBVIRT_AP_BEFORE"), "definition", NULL);
    after = g_hash_table_lookup(fields, "LIBVIRT_AP_AFTER");
    assert_member(after, "definition", "{\n \"start\": \"auto\"\n}\n");
    assert_member(after, "apmask", NO_MASK);
    assert_member(after, "live", NULL);
    lines = history_lines(fixture);
    g_assert_cmpuint(g_strv_length(lines), ==, 1);
    assert_member(lines[0], "action", "define");
    assert_member(lines[0], "matrix", UUID);
    assert_member(lines[0], "user", "jane");
    assert_member(lines[0], "after", after);
}

static void
test_live_masks_told(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApJournalState) before = ap_journal_look(fixture->host, UUID);
    g_autoptr(GHashTable) fields = NULL;

    ap_root_add_matrix(fixture->root, UUID, NO_MASK "," NO_MASK "," NO_MASK, 3);
    ap_journal_change(fixture->host, &(ApJournalChange){ .action = AP_JOURNAL_CREATE,
                                                         .uuid = UUID,
                                                         .before = before });
    fields = receive(fixture);
    assert_field(fields, "MESSAGE", "create " UUID " by libvirt-ap itself");
    assert_field(fields, "LIBVIRT_AP_UID", NULL);
    assert_member(g_hash_table_lookup(fields, "LIBVIRT_AP_AFTER"), "live",
                  NO_MASK "," NO_MASK "," NO_MASK);
}

/* A refusal is told, but there is nothing to take back. */
static void
test_refusal_told(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = g_error_new(AP_ERROR, AP_ERROR_CONFLICT, "queue 05.0004");
    g_autoptr(ApJournalState) before = ap_journal_look(fixture->host, UUID);
    ApJournalActor unknown = { .uid = (uid_t)-1 };
    g_autoptr(GHashTable) fields = NULL;

    ap_journal_set_actor(&unknown);
    ap_journal_change(fixture->host, &(ApJournalChange){ .action = AP_JOURNAL_CREATE,
                                                         .before = before,
                                                         .failure = error });
    ap_journal_set_actor(NULL);
    fields = receive(fixture);
    assert_field(fields, "MESSAGE",
                 "create - by user ? with ? (process 0) failed: queue 05.0004");
    assert_field(fields, "PRIORITY", "4");
    assert_field(fields, "LIBVIRT_AP_RESULT", "failed");
    assert_field(fields, "LIBVIRT_AP_ERROR", "queue 05.0004");
    assert_field(fields, "LIBVIRT_AP_MATRIX", NULL);
    assert_field(fields, "LIBVIRT_AP_UID", NULL);
    g_assert_false(ap_root_exists(fixture->root, HISTORY));
}

static void
test_program_found_by_process(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApJournalActor actor = { 0, 4711, "root", NULL };
    g_autoptr(GHashTable) fields = NULL;

    ap_root_write(fixture->root, "proc/4711/comm", "virt-manager\n");
    define(fixture, &actor, "x");
    fields = receive(fixture);
    assert_field(fields, "LIBVIRT_AP_CLIENT", "virt-manager");
}

static void
test_switched_off_silent(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, CONFIG, "[journal]\nsystem = no\n");
    define(fixture, NULL, "x");
    g_assert_null(receive(fixture));
    g_assert_true(ap_root_exists(fixture->root, HISTORY));
    ap_root_remove(fixture->root, HISTORY);
    ap_root_write(fixture->root, CONFIG, "[journal]\nhistory = no\n");
    define(fixture, NULL, "y");
    g_assert_false(ap_root_exists(fixture->root, HISTORY));
    g_hash_table_unref(receive(fixture));
}

static void
test_mistake_in_configuration_both(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, CONFIG, "[journal]\nsystem = no\nhistory = mo\n");
    define(fixture, NULL, "x");
    g_hash_table_unref(receive(fixture));
    g_assert_true(ap_root_exists(fixture->root, HISTORY));
}

static void
test_no_journal_no_word(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    /* A warning would end the test. */
    ap_root_remove(fixture->root, SOCKET);
    define(fixture, NULL, "x");
    g_assert_true(ap_root_exists(fixture->root, HISTORY));
}

static void
test_journal_gone_warned(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    close(fixture->journal);
    fixture->journal = -1;
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING, "*journal was not told*");
    define(fixture, NULL, "x");
    g_test_assert_expected_messages();
    g_assert_true(ap_root_exists(fixture->root, HISTORY));
}

/* More than a datagram holds, before and after together: each quote is two in JSON. */
static void
test_large_states_in_history(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *quotes = g_strnfill(63 * 1024, '"');
    g_autofree char *other = g_strconcat(quotes, "x", NULL);
    g_autoptr(GHashTable) fields = NULL;
    g_auto(GStrv) lines = NULL;
    g_autofree char *after = NULL;

    define(fixture, NULL, quotes);
    g_hash_table_unref(receive(fixture));
    define(fixture, NULL, other);
    fields = receive(fixture);
    assert_field(fields, "LIBVIRT_AP_ACTION", "define");
    assert_field(fields, "LIBVIRT_AP_BEFORE", NULL);
    lines = history_lines(fixture);
    after = member(lines[1], "after");
    assert_member(after, "definition", other);
}

static void
test_history_only_for_owner(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    struct stat status;
    g_autofree char *path = g_build_filename(fixture->root->path, HISTORY, NULL);

    define(fixture, NULL, "x");
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0600);
}

/* Somebody was killed in the middle of a line. */
static void
test_history_cut_short_goes_on(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_auto(GStrv) lines = NULL;

    ap_root_write(fixture->root, HISTORY, "{\"action\":\"def");
    define(fixture, NULL, "x");
    lines = history_lines(fixture);
    g_assert_cmpuint(g_strv_length(lines), ==, 2);
    g_assert_cmpstr(lines[0], ==, "{\"action\":\"def");
    assert_member(lines[1], "action", "define");
}

static void
test_history_large_put_aside(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *large = g_strnfill(1024 * 1024 + 1, '\n');
    g_autofree char *aside = NULL;
    g_auto(GStrv) lines = NULL;

    ap_root_write(fixture->root, HISTORY ".1", "older\n");
    ap_root_write(fixture->root, HISTORY, large);
    define(fixture, NULL, "x");
    lines = history_lines(fixture);
    g_assert_cmpuint(g_strv_length(lines), ==, 1);
    aside = ap_root_read(fixture->root, HISTORY ".1");
    g_assert_cmpstr(aside, ==, large);
}

static void
assert_number(const char *line, gint64 expected)
{
    g_assert_cmpuint(ap_journal_line_number(line, strlen(line)), ==, expected);
}

/* Behind half a line, behind what a power failure left, and in the next file. */
static void
test_numbers_go_on(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char left[] = "{\"id\":41,\"time\":\"x\"}\n{\"id\":42,\"ti\0\0\0";
    g_autofree char *large = g_strnfill(1024 * 1024, '\n');
    g_autofree char *full = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    ap_root_write_data(fixture->root, HISTORY, left, sizeof(left));
    define(fixture, NULL, "x");
    g_assert_cmpint(ap_journal_read(fixture->root->fd, &text), ==, 0);
    g_assert_nonnull(strstr(text, "\n{\"id\":43,"));
    full = g_strconcat("{\"id\":7,\"time\":\"x\"}\n", large, NULL);
    ap_root_write(fixture->root, HISTORY, full);
    define(fixture, NULL, "y");
    define(fixture, NULL, "z");
    lines = history_lines(fixture);
    g_assert_cmpuint(g_strv_length(lines), ==, 2);
    assert_number(lines[0], 8);
    assert_number(lines[1], 9);
}

static void
test_history_unwritable_warned(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_mkdir(fixture->root, HISTORY);
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING, "*" HISTORY "*");
    define(fixture, NULL, "x");
    g_test_assert_expected_messages();
}

static void
add(const char *path, void (*test)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/ap-journal/done_told", test_done_told);
    add("/ap-journal/live_masks_told", test_live_masks_told);
    add("/ap-journal/refusal_told_not_kept", test_refusal_told);
    add("/ap-journal/program_found_by_process", test_program_found_by_process);
    add("/ap-journal/switched_off_silent", test_switched_off_silent);
    add("/ap-journal/mistake_in_configuration_both", test_mistake_in_configuration_both);
    add("/ap-journal/no_journal_no_word", test_no_journal_no_word);
    add("/ap-journal/journal_gone_warned", test_journal_gone_warned);
    add("/ap-journal/large_states_in_history", test_large_states_in_history);
    add("/ap-journal/history_only_for_owner", test_history_only_for_owner);
    add("/ap-journal/history_cut_short_goes_on", test_history_cut_short_goes_on);
    add("/ap-journal/history_large_put_aside", test_history_large_put_aside);
    add("/ap-journal/numbers_go_on", test_numbers_go_on);
    add("/ap-journal/history_unwritable_warned", test_history_unwritable_warned);
    return g_test_run();
}
