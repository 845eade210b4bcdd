/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-holder.c: records of guests: written, read, listed and removed; what is none.
 */
#include <string.h>

#include "ap-holder.h"
#include "ap-root.h"

#define A     "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B     "62177883-f1bb-47f0-914d-32a22e3a8805"
#define GUEST "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001"
#define DIR   "run/libvirt-ap/holders/"
#define GOOD                                                                             \
    "[holder]\nguest=g1\nguest-uuid=" GUEST "\nstate=running\nmade=true\nsince=5\n"      \
    "service=42\nservice-started=4711\n"

static ApHolder
make(const char *matrix, char *guest)
{
    ApHolder holder = {
        .guest = guest,
        .since = 5,
        .state = AP_HOLDER_RUNNING,
        .made = TRUE,
        .service = 42,
        .service_started = 4711,
    };

    g_strlcpy(holder.matrix, matrix, sizeof(holder.matrix));
    g_strlcpy(holder.guest_uuid, GUEST, sizeof(holder.guest_uuid));
    return holder;
}

static void
test_round_trip(void)
{
    char names[][32] = { "g1", " a=b;#[c]\\n ", "\xc3\xa4\xe2\x82\xac", "" };
    g_autoptr(ApRoot) root = ap_root_new();

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        ApHolder holder = make(A, names[i]);
        g_auto(ApHolder) found = { 0 };
        g_autoptr(GError) error = NULL;

        ap_holder_write(root->fd, &holder, &error);
        g_assert_no_error(error);
        g_assert_true(ap_holder_read(root->fd, A, &found));
        g_assert_cmpstr(found.guest, ==, names[i]);
        g_assert_cmpstr(found.matrix, ==, A);
        g_assert_cmpstr(found.guest_uuid, ==, GUEST);
        g_assert_cmpint(found.state, ==, AP_HOLDER_RUNNING);
        g_assert_true(found.made);
        g_assert_cmpint(found.since, ==, 5);
        g_assert_cmpint(found.service, ==, 42);
        g_assert_cmpuint(found.service_started, ==, 4711);
    }
}

/* The form is read by the start of the hook, too, which looks for the guest's UUID. */
static void
test_form(void)
{
    char name[] = "g1";
    ApHolder holder = make(A, name);
    g_autofree char *text = ap_holder_format(&holder);

    g_assert_cmpstr(text, ==, GOOD);
}

static void
test_listed_and_removed(void)
{
    char name[] = "g1";
    ApHolder a = make(A, name), b = make(B, name);
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GPtrArray) none = ap_holder_list(root->fd);
    g_autoptr(GPtrArray) both = NULL;
    g_auto(ApHolder) found = { 0 };

    g_assert_cmpuint(none->len, ==, 0);
    ap_holder_remove(root->fd, A);
    g_assert_true(ap_holder_write(root->fd, &b, NULL));
    g_assert_true(ap_holder_write(root->fd, &a, NULL));
    /* Whoever was killed left this. */
    ap_root_write(root, DIR A ".new", "x");
    both = ap_holder_list(root->fd);
    g_assert_cmpuint(both->len, ==, 2);
    g_assert_cmpstr(both->pdata[0], ==, A);
    ap_holder_remove(root->fd, A);
    g_assert_false(ap_root_exists(root, DIR A ".new"));
    g_assert_false(ap_holder_read(root->fd, A, &found));
    g_assert_true(ap_holder_read(root->fd, B, &found));
}

static const struct {
    const char *name;
    const char *text;
} bad[] = {
    { "/holder/refused_empty", "" },
    { "/holder/refused_no_key_file", "guest\n" },
    { "/holder/refused_without_guest",
      "[holder]\nguest-uuid=" GUEST "\nstate=running\n" },
    { "/holder/refused_without_uuid", "[holder]\nguest=g1\nstate=running\n" },
    { "/holder/refused_bad_uuid", "[holder]\nguest=g1\nguest-uuid=x\nstate=running\n" },
    { "/holder/refused_without_state", "[holder]\nguest=g1\nguest-uuid=" GUEST "\n" },
    { "/holder/refused_bad_service",
      "[holder]\nguest=g1\nguest-uuid=" GUEST "\nstate=running\nservice=-1\n" },
};

static void
test_bad(gconstpointer data)
{
    const char *text = bad[GPOINTER_TO_SIZE(data)].text;
    g_autoptr(ApRoot) root = ap_root_new();
    g_auto(ApHolder) found = { 0 };

    ap_root_write(root, DIR A, text);
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*" A "*");
    g_assert_false(ap_holder_read(root->fd, A, &found));
    g_test_assert_expected_messages();
}

/* What another version writes: more, or less. */
static void
test_other_version(void)
{
    static const char newer[] = GOOD "[more]\nx=y\n";
    static const char unknown[] =
        "[holder]\nguest=g1\nguest-uuid=" GUEST "\nstate=asleep\nmade=true\nmood=1\n";
    static const char older[] =
        "[holder]\nguest=g1\nguest-uuid=" GUEST "\nstate=starting\n";
    g_auto(ApHolder) first = { 0 };
    g_auto(ApHolder) second = { 0 };
    g_auto(ApHolder) third = { 0 };

    g_assert_true(ap_holder_parse(A, newer, strlen(newer), &first));
    g_assert_cmpint(first.service, ==, 42);
    g_assert_true(ap_holder_parse(A, unknown, strlen(unknown), &second));
    g_assert_cmpint(second.state, ==, AP_HOLDER_RUNNING);
    g_assert_true(second.made);
    g_assert_true(ap_holder_parse(A, older, strlen(older), &third));
    g_assert_cmpint(third.state, ==, AP_HOLDER_STARTING);
    g_assert_false(third.made);
}

static void
test_name_made_printable(void)
{
    static const char text[] =
        "[holder]\nguest=a\\n\\tb\nguest-uuid=" GUEST "\nstate=starting\n";
    g_auto(ApHolder) found = { 0 };

    g_assert_true(ap_holder_parse(A, text, strlen(text), &found));
    g_assert_cmpstr(found.guest, ==, "a??b");
    g_assert_false(found.made);
}

static void
test_no_place(void)
{
    char name[] = "g1";
    ApHolder holder = make(A, name);
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;

    ap_root_write(root, "run", "");
    g_assert_false(ap_holder_write(root->fd, &holder, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "/" DIR A));
}

static void
test_served(void)
{
    char name[] = "g1";
    ApHolder holder = make(A, name);
    g_autoptr(ApRoot) root = ap_root_new();

    g_assert_false(ap_holder_is_served(root->fd, &holder));
    ap_root_write(root, "proc/42/stat",
                  "42 (libvirtd) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 18 0 4711 99\n");
    g_assert_true(ap_holder_is_served(root->fd, &holder));
    /* Another process has got that number since. */
    holder.service_started = 4712;
    g_assert_false(ap_holder_is_served(root->fd, &holder));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/holder/written_and_read_the_same", test_round_trip);
    g_test_add_func("/holder/form_known", test_form);
    g_test_add_func("/holder/listed_and_removed", test_listed_and_removed);
    g_test_add_func("/holder/other_version_read", test_other_version);
    g_test_add_func("/holder/name_made_printable", test_name_made_printable);
    g_test_add_func("/holder/no_place_refused", test_no_place);
    g_test_add_func("/holder/served_by_that_process_only", test_served);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_test_add_data_func(bad[i].name, GSIZE_TO_POINTER(i), test_bad);
    return g_test_run();
}
