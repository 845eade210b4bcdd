/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-conflict.c: queues that others will have, on a simulated machine: cards 5 and 6
 * with the domains 4, 0x47, 0xab, 0xff, free for guests.
 */
#include <string.h>
#include <unistd.h>

#include "ap-host-priv.h"
#include "machine.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define CONFIG "/etc/libvirt/ap.conf"
#define RULES  "/etc/udev/rules.d/41-ap.rules"
#define WISH   "assign_adapter=5 assign_domain=4"

static gboolean
define(ApHost *host, const char *uuid, gboolean autostart, GError **error)
{
    g_autoptr(ApDevice) wish = machine_wish(uuid, WISH);
    g_autoptr(ApDevice) defined = ap_host_define_matrix(host, wish, error);

    if (!defined)
        return FALSE;
    return ap_host_set_autostart(host, ap_device_get_name(defined), autostart, error);
}

static void
setup(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    *host = ap_host_new("/", NULL);
    machine_make_file(CONFIG, "");
}

static void
teardown(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const names[] = { NAME_A, NAME_B };

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        machine_remove(*host, names[i]);
    unlink(CONFIG);
    unlink(RULES);
    machine_assert_sound(*host);
    g_clear_pointer(host, ap_host_free);
}

static void
expect_warning(const char *pattern)
{
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING, pattern);
}

static void
test_autostart(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(define(*host, B, TRUE, &error));
    machine_assert_refused(*host, A, WISH, AP_ERROR_CONFLICT,
                           "queue 05.0004 is in the definition of matrix " B
                           ", which starts by itself: leave out");
    ap_device_unref(machine_create(*host, A, "assign_adapter=6 assign_domain=4"));
    g_assert_true(ap_host_start_matrix(*host, NAME_B, &error));
    g_assert_no_error(error);
}

/* Which of two that start by themselves is first is not for us to say. */
static void
test_both_autostart(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(define(*host, B, TRUE, &error));
    expect_warning("queue 05.0004 is in the definition of matrix " B "*");
    g_assert_false(define(*host, A, TRUE, &error));
    g_test_assert_expected_messages();
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
    g_assert_cmpstr(error->message, ==,
                    "queue 05.0004 is in the definition of matrix " B
                    ", which starts by itself: see autostart-definitions in ap.conf(5)");
    g_clear_error(&error);
    /* It is defined, but does not start by itself. */
    g_assert_true(ap_host_set_autostart(*host, NAME_A, FALSE, &error));
    machine_make_file(CONFIG, "[conflicts]\nautostart-definitions = warn\n");
    expect_warning("queue 05.0004 is in the definition of matrix " B "*");
    g_assert_true(ap_host_set_autostart(*host, NAME_A, TRUE, &error));
    g_test_assert_expected_messages();
    /* Set already: nothing new. */
    g_assert_true(ap_host_set_autostart(*host, NAME_A, TRUE, &error));
    machine_make_file(CONFIG, "");
    g_assert_false(define(*host, A, TRUE, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
    g_clear_error(&error);
    g_assert_true(ap_host_start_matrix(*host, NAME_A, &error));
    g_assert_no_error(error);
}

/* What somebody starts by hand is told of to who wants the queue at each start. */
static void
test_autostart_over_manual(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    machine_make_file(CONFIG, "[conflicts]\nmanual-definitions = allow\n");
    g_assert_true(define(*host, B, FALSE, &error));
    g_assert_true(define(*host, A, FALSE, &error));
    machine_make_file(CONFIG, "[conflicts]\nmanual-definitions = refuse\n");
    g_assert_false(ap_host_set_autostart(*host, NAME_A, TRUE, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
    g_clear_error(&error);
    machine_make_file(CONFIG, "");
    expect_warning("queue 05.0004 is also in the definition of matrix " B);
    g_assert_true(ap_host_set_autostart(*host, NAME_A, TRUE, &error));
    g_test_assert_expected_messages();
    g_assert_no_error(error);
}

static void
test_manual(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(define(*host, B, FALSE, &error));
    expect_warning("queue 05.0004 is also in the definition of matrix " B);
    ap_device_unref(machine_create(*host, A, WISH));
    g_test_assert_expected_messages();
    machine_destroy(*host, NAME_A);
    machine_make_file(CONFIG, "[conflicts]\nmanual-definitions = refuse\n");
    machine_assert_refused(*host, A, WISH, AP_ERROR_CONFLICT,
                           "queue 05.0004 is also in the definition of matrix " B
                           ": see manual-definitions in ap.conf(5)");
    g_assert_false(define(*host, A, FALSE, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
    machine_make_file(CONFIG, "[conflicts]\nmanual-definitions = allow\n");
    ap_device_unref(machine_create(*host, A, WISH));
}

/* A matrix that is there is named for what it has, with the guest that uses it. */
static void
test_active(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(define(*host, B, TRUE, &error));
    g_assert_true(ap_host_start_matrix(*host, NAME_B, &error));
    machine_assert_refused(*host, A, WISH, AP_ERROR_CONFLICT,
                           "queue 05.0004 is assigned to matrix " B);
}

static void
test_masks(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    const char *all =
        "ATTR{../../bus/ap/apmask}=\""
        "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"\n"
        "ATTR{../../bus/ap/aqmask}=\""
        "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\"\n";

    machine_make_file(RULES, all);
    /* It is gone by then. */
    ap_device_unref(machine_create(*host, A, WISH));
    machine_destroy(*host, NAME_A);
    expect_warning("queue 05.0004 of matrix " A " is the host's after the next boot*");
    g_assert_true(define(*host, A, FALSE, &error));
    g_test_assert_expected_messages();
    machine_make_file(CONFIG, "[conflicts]\npersistent-masks = refuse\n");
    g_assert_false(ap_host_start_matrix(*host, NAME_A, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_HOST_POOL);
    g_assert_nonnull(strstr(error->message, "see persistent-masks in ap.conf(5)"));
}

#define ADD(name, test)                                                                  \
    g_test_add("/conflict/" name, ApHost *, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("autostart_definition_refused", test_autostart);
    ADD("two_that_start_by_themselves", test_both_autostart);
    ADD("autostart_over_manual_by_policy", test_autostart_over_manual);
    ADD("manual_definition_by_policy", test_manual);
    ADD("active_matrix_named", test_active);
    ADD("persistent_masks_by_policy", test_masks);
    return g_test_run();
}
