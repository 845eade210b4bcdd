/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-guest.c: a matrix through the life of a guest, on a simulated machine with cards
 * 5 and 6 free for guests: made and put away, held against others, and whatever is
 * killed at any system call of it leaves nothing once the guest has ended.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap-guest.h"
#include "ap-holder.h"
#include "ap-host-priv.h"
#include "machine.h"
#include "sweep.h"

#define A       "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME_A  "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define B       "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_B  "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define STORE   "/etc/mdevctl.d/matrix/"
#define HOLDERS "/run/libvirt-ap/holders/"
#define CONFIG  "/etc/libvirt/ap.conf"

typedef struct {
    ApHost *host;
    ApGuest g1, g2;
} Fixture;

static void
define(ApHost *host, const char *uuid, const char *attrs)
{
    g_autoptr(ApDevice) wish = machine_wish(uuid, attrs);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = ap_host_define_matrix(host, wish, &error);

    g_assert_no_error(error);
    g_assert_nonnull(device);
}

/* The two definitions want the same queue. */
static void
configure(const char *more)
{
    g_autofree char *text =
        g_strconcat("[conflicts]\nmanual-definitions = allow\n", more, NULL);

    g_assert_true(g_file_set_contents(CONFIG, text, -1, NULL));
}

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->host = ap_host_new("/", NULL);
    fixture->g1 = (ApGuest){ "g1", "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001", getpid() };
    fixture->g2 = (ApGuest){ "g2", "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a002", getpid() };
    configure("");
    define(fixture->host, A, "assign_adapter=5 assign_domain=4");
    define(fixture->host, B, "assign_adapter=5 assign_adapter=6 assign_domain=4");
}

static void
clear(ApHost *host)
{
    unlink(HOLDERS A);
    unlink(HOLDERS B);
    if (ap_host_is_active(host, NAME_A))
        machine_destroy(host, NAME_A);
    if (ap_host_is_active(host, NAME_B))
        machine_destroy(host, NAME_B);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    clear(fixture->host);
    unlink(STORE A);
    unlink(STORE B);
    unlink(CONFIG);
    machine_assert_sound(fixture->host);
    ap_host_free(fixture->host);
}

static void
assert_prepared(const Fixture *fixture, const ApGuest *guest, const char *uuid)
{
    g_autoptr(GError) error = NULL;

    ap_guest_prepare(fixture->host, guest, uuid, &error);
    g_assert_no_error(error);
}

static void
assert_refused(const Fixture *fixture,
               const ApGuest *guest,
               const char *uuid,
               ApError code,
               const char *words)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_guest_prepare(fixture->host, guest, uuid, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, words));
    g_assert_nonnull(strstr(error->message, guest->name));
    g_assert_null(strchr(error->message, '\n'));
}

static void
assert_released(const Fixture *fixture, const ApGuest *guest)
{
    g_autoptr(GError) error = NULL;

    ap_guest_stopped(fixture->host, guest, &error);
    g_assert_no_error(error);
    ap_guest_release(fixture->host, guest, &error);
    g_assert_no_error(error);
}

/* Nothing is there that was for a guest. */
static void
assert_nothing(const Fixture *fixture)
{
    g_assert_cmpuint(machine_count(fixture->host), ==, 0);
    g_assert_false(ap_guest_has_records(fixture->host));
    machine_assert_sound(fixture->host);
}

static void
assert_running(const Fixture *fixture, const ApGuest *guest, const char *uuid)
{
    g_autoptr(GError) error = NULL;

    ap_guest_running(fixture->host, guest, uuid, &error);
    g_assert_no_error(error);
}

static void
test_life(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_auto(ApHolder) holder = { 0 };

    assert_prepared(fixture, &fixture->g1, A);
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
    assert_running(fixture, &fixture->g1, A);
    g_assert_true(ap_holder_read(fixture->host->root, A, &holder));
    g_assert_cmpstr(holder.guest, ==, "g1");
    g_assert_cmpint(holder.state, ==, AP_HOLDER_RUNNING);
    g_assert_true(holder.made);
    assert_released(fixture, &fixture->g1);
    assert_nothing(fixture);
    /* Called once more, or for nobody, it does nothing. */
    assert_released(fixture, &fixture->g1);
}

/* What prepare did not make stays. */
static void
test_active_stays(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_host_start_matrix(fixture->host, NAME_A, NULL));
    assert_prepared(fixture, &fixture->g1, A);
    assert_released(fixture, &fixture->g1);
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
    g_assert_false(ap_guest_has_records(fixture->host));
}

static void
test_unknown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    unlink(STORE A);
    assert_refused(fixture, &fixture->g1, A, AP_ERROR_NOT_FOUND, A);
    assert_nothing(fixture);
}

static void
test_held(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    assert_prepared(fixture, &fixture->g1, A);
    assert_refused(fixture, &fixture->g2, A, AP_ERROR_BUSY,
                   "in use by guest 'g1' (starting)");
    /* Its end must not take away what is not its own. */
    assert_released(fixture, &fixture->g2);
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
    assert_refused(fixture, &fixture->g2, B, AP_ERROR_CONFLICT, "guest 'g1' (starting)");
    machine_control("guest_open", A " g1");
    assert_running(fixture, &fixture->g1, A);
    assert_refused(fixture, &fixture->g2, A, AP_ERROR_BUSY, "in use by guest 'g1'");
    assert_refused(fixture, &fixture->g2, B, AP_ERROR_CONFLICT, A);
    machine_control("guest_close", A);
    assert_released(fixture, &fixture->g1);
    assert_prepared(fixture, &fixture->g2, B);
    assert_released(fixture, &fixture->g2);
    assert_nothing(fixture);
}

/* A guest that runs has detached its matrix: the next one may have it, and puts it
 * away. */
static void
test_taken_over(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    assert_prepared(fixture, &fixture->g1, A);
    assert_running(fixture, &fixture->g1, A);
    assert_prepared(fixture, &fixture->g2, A);
    assert_released(fixture, &fixture->g1);
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
    assert_released(fixture, &fixture->g2);
    assert_nothing(fixture);
}

static void
test_destruction(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    assert_prepared(fixture, &fixture->g1, A);
    g_assert_false(ap_host_destroy_matrix(fixture->host, NAME_A, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_BUSY);
    g_assert_nonnull(strstr(error->message, "guest 'g1' (starting)"));
    assert_running(fixture, &fixture->g1, A);
    machine_destroy(fixture->host, NAME_A);
    /* Whoever makes it again does not do so for the guest. */
    g_assert_true(ap_host_start_matrix(fixture->host, NAME_A, NULL));
    assert_released(fixture, &fixture->g1);
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
}

static void
test_incomplete(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_control("deconfigure", "6");
    machine_write("/sys/bus/ap/scans", "1");
    assert_refused(fixture, &fixture->g1, B, AP_ERROR_UNSUPPORTED,
                   "card06 is deconfigured");
    assert_nothing(fixture);
    configure("[guests]\nincomplete-matrix = warn\n");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*card06 is deconfigured*");
    assert_prepared(fixture, &fixture->g1, B);
    g_test_assert_expected_messages();
    assert_released(fixture, &fixture->g1);
    machine_control("configure", "6");
    machine_write("/sys/bus/ap/scans", "1");
}

/* It vanishes after prepare has seen it. */
static void
test_card_vanishes(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    assert_prepared(fixture, &fixture->g1, B);
    g_assert_true(ap_guest_check(fixture->host, &fixture->g1, B, NULL));
    machine_control("card_remove", "6");
    machine_write("/sys/bus/ap/scans", "1");
    g_assert_false(ap_guest_check(fixture->host, &fixture->g1, B, &error));
    g_assert_nonnull(strstr(error->message, "card06 is not there"));
    assert_released(fixture, &fixture->g1);
    assert_nothing(fixture);
    machine_control("card_add", "6 CEX5A");
    machine_write("/sys/bus/ap/scans", "1");
}

/* The daemon is gone: nobody will ever call the hook for that guest. */
static void
test_stale(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApGuest orphan = fixture->g1;
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    orphan.service = child;
    assert_prepared(fixture, &orphan, A);
    waitpid(child, NULL, 0);
    g_assert_true(ap_host_recover(fixture->host, NULL));
    assert_nothing(fixture);
    /* One that runs is left alone, and its record with it. */
    assert_prepared(fixture, &orphan, A);
    machine_control("guest_open", A " g1");
    g_assert_true(ap_host_recover(fixture->host, NULL));
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
    g_assert_true(ap_guest_has_records(fixture->host));
    /* The next daemon finds it. */
    assert_running(fixture, &fixture->g1, A);
    machine_control("guest_close", A);
    assert_released(fixture, &fixture->g1);
    assert_nothing(fixture);
}

static void
test_running_without_record(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_host_start_matrix(fixture->host, NAME_A, NULL));
    assert_running(fixture, &fixture->g1, A);
    assert_released(fixture, &fixture->g1);
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
}

/* The kernel refuses one write of all: nothing is left of the attempt. */
static void
test_write_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    guint n_refused = 0;

    for (gboolean refused = TRUE; refused; n_refused += refused) {
        g_autofree char *failure = g_strdup_printf("write * %u EIO", n_refused + 1);
        g_autoptr(GError) error = NULL;

        machine_control("fail", failure);
        refused = !ap_guest_prepare(fixture->host, &fixture->g1, A, &error);
        machine_control("fail", "clear");
        if (refused) {
            g_assert_error(error, AP_ERROR, AP_ERROR_IO);
            g_assert_nonnull(strstr(error->message, "guest 'g1'"));
        } else {
            assert_released(fixture, &fixture->g1);
        }
        assert_nothing(fixture);
    }
    g_test_message("refused at each of %u writes", n_refused);
    g_assert_cmpuint(n_refused, >, 1);
}

/* The kernel does not let the matrix go: that is tried again with the next change. */
static void
test_removal_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    assert_prepared(fixture, &fixture->g1, A);
    assert_running(fixture, &fixture->g1, A);
    g_assert_true(ap_guest_stopped(fixture->host, &fixture->g1, NULL));
    machine_control("fail", "write remove 1 EIO");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                          "matrix " A ", which was made for guest 'g1', stays: *");
    ap_guest_release(fixture->host, &fixture->g1, NULL);
    g_test_assert_expected_messages();
    assert_nothing(fixture);

    assert_prepared(fixture, &fixture->g1, A);
    machine_control("fail", "write remove 1 EIO");
    g_assert_false(ap_guest_release(fixture->host, &fixture->g1, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_true(ap_guest_has_records(fixture->host));
    assert_prepared(fixture, &fixture->g2, A);
    assert_released(fixture, &fixture->g2);
    assert_nothing(fixture);
}

/* A daemon of an older version beside a hook of a newer one, which was installed while
 * it ran: what it does not understand it leaves alone. */
static void
test_newer_record(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *text = NULL;
    g_autofree char *newer = NULL;
    g_auto(GStrv) parts = NULL;

    assert_prepared(fixture, &fixture->g1, A);
    text = machine_read(HOLDERS A);
    parts = g_strsplit(text, "state=starting", 2);
    g_assert_cmpuint(g_strv_length(parts), ==, 2);
    newer = g_strjoinv("state=whatever", parts);
    machine_make_file(HOLDERS A, newer);
    g_assert_true(ap_host_recover(fixture->host, NULL));
    g_assert_true(ap_host_is_active(fixture->host, NAME_A));
    g_assert_true(ap_guest_has_records(fixture->host));
    assert_released(fixture, &fixture->g1);
    assert_nothing(fixture);
}

static void
do_prepare(gpointer data)
{
    Fixture *fixture = data;

    ap_guest_prepare(fixture->host, &fixture->g1, A, NULL);
}

static void
do_release(gpointer data)
{
    Fixture *fixture = data;

    ap_guest_stopped(fixture->host, &fixture->g1, NULL);
    ap_guest_release(fixture->host, &fixture->g1, NULL);
}

static void
do_running(gpointer data)
{
    Fixture *fixture = data;

    ap_guest_running(fixture->host, &fixture->g1, A, NULL);
}

/* What the one who comes after a kill has to say is no fault. */
static void
be_silent(const char *domain G_GNUC_UNUSED,
          GLogLevelFlags level G_GNUC_UNUSED,
          const char *text G_GNUC_UNUSED,
          gpointer data G_GNUC_UNUSED)
{
}

/* Killed at every system call of @work: whoever undoes it afterwards leaves nothing. */
static void
sweep(Fixture *fixture, gboolean prepared, SweepWork work)
{
    guint handler = g_log_set_handler(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, be_silent, NULL);
    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
    gboolean killed = TRUE;
    guint n;

    for (n = 1; killed; n++) {
        if (prepared)
            assert_prepared(fixture, &fixture->g1, A);
        killed = sweep_kill_at(n, work, fixture);
        assert_released(fixture, &fixture->g1);
        assert_nothing(fixture);
    }
    g_log_set_always_fatal(fatal);
    g_log_remove_handler(G_LOG_DOMAIN, handler);
    g_test_message("killed at each of %u system calls", n - 2);
    g_assert_cmpuint(n, >, 10);
}

static void
test_killed_preparing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    sweep(fixture, FALSE, do_prepare);
}

static void
test_killed_running(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    sweep(fixture, TRUE, do_running);
}

static void
test_killed_releasing(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    sweep(fixture, TRUE, do_release);
}

/* Two processes at once want the same queues, by one matrix or by two. */
static void
race(Fixture *fixture, const char *first, const char *second)
{
    for (guint round = 0; round < 20; round++) {
        const ApGuest *guests[] = { &fixture->g1, &fixture->g2 };
        const char *uuids[] = { first, second };
        pid_t children[2];
        guint n_started = 0;

        for (guint i = 0; i < 2; i++) {
            children[i] = fork();
            if (children[i] == 0)
                _exit(ap_guest_prepare(fixture->host, guests[i], uuids[i], NULL) ? 0 : 1);
        }
        for (guint i = 0; i < 2; i++) {
            int status;

            waitpid(children[i], &status, 0);
            g_assert_true(WIFEXITED(status));
            n_started += WEXITSTATUS(status) == 0;
        }
        g_assert_cmpuint(n_started, ==, 1);
        g_assert_cmpuint(machine_count(fixture->host), ==, 1);
        assert_released(fixture, &fixture->g1);
        assert_released(fixture, &fixture->g2);
        assert_nothing(fixture);
    }
}

static void
test_two_at_once(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    race(fixture, A, A);
    race(fixture, A, B);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(Fixture *fixture, gconstpointer data);
    } tests[] = {
        { "/guest/made_and_put_away", test_life },
        { "/guest/active_stays_active", test_active_stays },
        { "/guest/unknown_refused", test_unknown },
        { "/guest/held_refused_by_name", test_held },
        { "/guest/detached_taken_over", test_taken_over },
        { "/guest/destruction_refused_while_starting", test_destruction },
        { "/guest/incomplete_refused_or_warned_of", test_incomplete },
        { "/guest/card_that_vanishes_seen", test_card_vanishes },
        { "/guest/stale_cleaned_up", test_stale },
        { "/guest/write_that_fails_leaves_nothing", test_write_fails },
        { "/guest/removal_that_fails_made_up_for", test_removal_fails },
        { "/guest/record_of_newer_hook_left_alone", test_newer_record },
        { "/guest/running_without_record_written_down", test_running_without_record },
        { "/guest/killed_preparing_leaves_nothing", test_killed_preparing },
        { "/guest/killed_running_leaves_nothing", test_killed_running },
        { "/guest/killed_releasing_leaves_nothing", test_killed_releasing },
        { "/guest/two_at_once_one_starts", test_two_at_once },
    };

    g_test_init(&argc, &argv, NULL);
    machine_write("/sys/bus/ap/apmask", "-5,-6");
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, Fixture, NULL, setup, tests[i].test, teardown);
    return g_test_run();
}
