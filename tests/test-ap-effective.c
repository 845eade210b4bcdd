/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-effective.c: what a guest would not see of a matrix, and what is said of it.
 */
#include "ap-effective.h"
#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define MATRIX "sys/devices/vfio_ap/matrix/" A "/"
#define MASK   "sys/bus/ap/ap_usage_domain_mask"
#define CARDS  "sys/devices/ap/"
/* Adapters 5 and 6, domains 4 and 0x47. */
#define CONFIG                                                                           \
    "0x0600000000000000000000000000000000000000000000000000000000000000,"                \
    "0x0800000000000000010000000000000000000000000000000000000000000000,"                \
    "0x0000000000000000000000000000000000000000000000000000000000000000\n"
#define ALL_SEEN "05.0004\n05.0047\n06.0004\n06.0047\n"

typedef struct {
    ApRoot *root;
    ApHost *host;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->root = ap_root_new();
    fixture->host = ap_host_new(fixture->root->path, NULL);
    ap_root_add_matrix_parent(fixture->root, "0x0\n", "0x0\n");
    ap_root_add_card(fixture->root, 5, "0004,0047", "vfio_ap");
    ap_root_add_card(fixture->root, 6, "0004,0047", "vfio_ap");
    ap_root_add_matrix(fixture->root, A, CONFIG, 7);
    ap_root_write(fixture->root, MATRIX "guest_matrix", ALL_SEEN);
    ap_root_write(fixture->root, MASK,
                  "0x0800000000000000010000000000000000000000000000000000000000000000\n");
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_host_free(fixture->host);
    ap_root_free(fixture->root);
}

static void
assert_said(const Fixture *fixture, const char *expected)
{
    g_autofree char *said = ap_effective_explain(fixture->host, A, NULL);

    g_assert_cmpstr(said, ==, expected);
}

static void
assert_reset(const Fixture *fixture, gboolean expected)
{
    gboolean needs_reset = !expected;
    g_autofree char *said = ap_effective_explain(fixture->host, A, &needs_reset);

    g_assert_nonnull(said);
    g_assert_cmpint(needs_reset, ==, expected);
}

static void
test_whole(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    assert_said(fixture, NULL);
    /* Kernels that do not tell. */
    ap_root_remove(fixture->root, MATRIX "guest_matrix");
    ap_root_remove(fixture->root, MASK);
    ap_root_write(fixture->root, CARDS "card05/config", "1\n");
    ap_root_write(fixture->root, CARDS "card05/chkstop", "0\n");
    assert_said(fixture, NULL);
}

static void
test_cards(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, CARDS "card05/config", "0\n");
    assert_said(fixture, "card05 is deconfigured");
    ap_root_write(fixture->root, CARDS "card06/chkstop", "1\n");
    assert_said(fixture, "card05 is deconfigured; card06 is checkstopped");
    ap_root_remove(fixture->root, CARDS "card05");
    assert_said(fixture, "card05 is not there; card06 is checkstopped");
}

static void
test_queues(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_remove(fixture->root, CARDS "card06/06.0047/driver");
    assert_said(fixture,
                "the guest sees nothing of adapter 6 because 06.0047 is bound to "
                "no driver");
    ap_root_link(fixture->root, CARDS "card06/06.0047/driver", "../cex4queue");
    ap_root_remove(fixture->root, CARDS "card06/06.0004");
    assert_said(fixture, "the guest sees nothing of adapter 6 because 06.0004 is not "
                         "there, 06.0047 is bound to cex4queue");
}

static void
test_reset_failed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, MATRIX "guest_matrix", "05.0004\n05.0047\n");
    assert_said(fixture,
                "the guest sees nothing of adapter 6 because the reset of one of "
                "its queues failed");
    assert_reset(fixture, TRUE);
    ap_root_write(fixture->root, CARDS "card06/chkstop", "1\n");
    assert_reset(fixture, FALSE);
}

static void
test_domain(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, MASK,
                  "0x0800000000000000000000000000000000000000000000000000000000000000\n");
    ap_root_remove(fixture->root, CARDS "card05/05.0047");
    ap_root_remove(fixture->root, CARDS "card06/06.0047");
    ap_root_write(fixture->root, MATRIX "guest_matrix", "05.0004\n06.0004\n");
    assert_said(fixture, "this machine has no domain 71");
}

/* An empty matrix, or a half, is what was asked for. */
static void
test_nothing_asked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, MATRIX "guest_matrix", "");
    ap_root_write(fixture->root, MATRIX "ap_config", "0x0,0x0,0x0\n");
    assert_said(fixture, NULL);
    ap_root_write(fixture->root, MATRIX "ap_config", "0x06,0x0,0x0\n");
    assert_said(fixture, NULL);
}

/* The message has to fit into two lines of a terminal. */
static void
test_many(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, MATRIX "ap_config", "0xff,0xff,0x0\n");
    ap_root_remove(fixture->root, MASK);
    assert_said(
        fixture,
        "card00 is not there; card01 is not there; card02 is not there; card03 is "
        "not there; and 4 more adapters");
    ap_root_write(fixture->root, MATRIX "ap_config", "0x04,0xff,0x0\n");
    assert_said(fixture,
                "the guest sees nothing of adapter 5 because 05.0000 is not there, "
                "05.0001 is not there, 05.0002 is not there, and 4 more");
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(Fixture *fixture, gconstpointer data);
    } tests[] = {
        { "/effective/whole_says_nothing", test_whole },
        { "/effective/cards_named", test_cards },
        { "/effective/queues_named", test_queues },
        { "/effective/failed_reset_told", test_reset_failed },
        { "/effective/domain_that_machine_lacks_hides_none", test_domain },
        { "/effective/nothing_asked_nothing_missed", test_nothing_asked },
        { "/effective/many_cut_short", test_many },
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, setup, tests[i].test, teardown);
    return g_test_run();
}
