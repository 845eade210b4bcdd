/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-history.c: reading the history; what is done with it is in
 * tests/host/test-rollback.c.
 */
#include "ap-history.h"
#include "ap-root.h"

#define UUID    "62177883-f1bb-47f0-914d-32a22e3a8804"
#define REST    "\"time\":\"x\",\"before\":\"{}\",\"after\":\"{\\\"live\\\":\\\"y\\\"}\""
#define HISTORY "var/lib/libvirt/ap/history"

static void
test_whole_entries_read(void)
{
    g_autoptr(GPtrArray) history =
        ap_history_parse("{\"id\":3,\"action\":\"define\",\"matrix\":\"" UUID
                         "\",\"uid\":0,\"pid\":7,\"user\":\"u\"," REST "}\n"
                         "{\"id\":4,\"action\":\"of tomorrow\"," REST "}");
    const ApHistoryEntry *entry = ap_history_find(history, 3);

    g_assert_cmpuint(history->len, ==, 2);
    g_assert_cmpint(entry->action, ==, AP_JOURNAL_DEFINE);
    g_assert_cmpstr(entry->uuid, ==, UUID);
    g_assert_cmpint(entry->uid, ==, 0);
    g_assert_cmpint(entry->pid, ==, 7);
    g_assert_cmpstr(entry->user, ==, "u");
    g_assert_null(entry->client);
    g_assert_null(ap_journal_state_get(entry->before, AP_STATE_LIVE));
    g_assert_cmpstr(ap_journal_state_get(entry->after, AP_STATE_LIVE), ==, "y");
    g_assert_false(ap_history_is_same(entry->before, entry->after, ap_history_live));
    g_assert_true(ap_history_is_same(entry->before, entry->after, ap_history_definition));
    entry = ap_history_find(history, 4);
    g_assert_cmpint(entry->action, ==, AP_JOURNAL_LAST);
    g_assert_cmpint(entry->uid, ==, -1);
    g_assert_null(ap_history_find(history, 5));
}

static void
test_others_passed_over(void)
{
    static const char *const lines[] = {
        "",
        "x",
        "[]",
        "{\"id\":1}",
        "{\"id\":1,\"action\":\"define\"," REST,
        "{\"action\":\"define\",\"id\":1," REST "}",
        "{\"id\":0,\"action\":\"define\"," REST "}",
        "{\"id\":-1,\"action\":\"define\"," REST "}",
        "{\"id\":1,\"action\":3," REST "}",
        "{\"id\":1,\"action\":\"define\",\"matrix\":\"../x\"," REST "}",
        "{\"id\":1,\"action\":\"define\",\"time\":\"x\",\"before\":{},\"after\":\"{}\"}",
        "{\"id\":1,\"action\":\"define\",\"time\":\"x\",\"before\":\"{\\\"a\\\":1}\","
        "\"after\":\"{}\"}",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(GPtrArray) history = ap_history_parse(lines[i]);

        g_test_message("%s", lines[i]);
        g_assert_cmpuint(history->len, ==, 0);
    }
}

static guint64
find_newest(const char *text)
{
    g_autoptr(GPtrArray) history = ap_history_parse(text);
    const ApHistoryEntry *entry = ap_history_find_newest(history);

    return entry ? entry->number : 0;
}

#define CHANGE(id)                                                                       \
    "{\"id\":" id ",\"action\":\"define\",\"matrix\":\"" UUID "\"," REST "}\n"
#define BACK(id, undone)                                                                 \
    "{\"id\":" id ",\"action\":\"rollback\",\"matrix\":\"" UUID "\",\"undone\":" undone  \
    "," REST "}\n"
#define POOL(id) "{\"id\":" id ",\"action\":\"return\"," REST "}\n"
#define TAKEN(id)                                                                        \
    "{\"id\":" id ",\"action\":\"reserve\",\"matrix\":\"" UUID "\"," REST "}\n"

static void
test_newest_to_take_back(void)
{
    g_assert_cmpuint(find_newest(""), ==, 0);
    g_assert_cmpuint(find_newest(CHANGE("1") CHANGE("2") POOL("3") TAKEN("4")), ==, 2);
    g_assert_cmpuint(find_newest(CHANGE("1") CHANGE("2") BACK("3", "2")), ==, 1);
    /* Taking back that something was taken back: it counts again. */
    g_assert_cmpuint(find_newest(CHANGE("1") BACK("2", "1") BACK("3", "2")), ==, 1);
    g_assert_cmpuint(find_newest(CHANGE("1") BACK("2", "1") BACK("3", "2")
                                     BACK("4", "1")),
                     ==, 0);
    g_assert_cmpuint(find_newest(BACK("2", "1")), ==, 0);
}

static void
test_unreadable_error(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GPtrArray) none = ap_history_read(root->fd, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(none->len, ==, 0);
    ap_root_mkdir(root, HISTORY);
    g_assert_null(ap_history_read(root->fd, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-history/whole_entries_read", test_whole_entries_read);
    g_test_add_func("/ap-history/others_passed_over", test_others_passed_over);
    g_test_add_func("/ap-history/newest_to_take_back", test_newest_to_take_back);
    g_test_add_func("/ap-history/unreadable_error", test_unreadable_error);
    return g_test_run();
}
