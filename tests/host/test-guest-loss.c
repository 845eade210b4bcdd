/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-guest-loss.c: nothing is taken away from a guest that has a matrix, or is about to
 * start with it, unless that was said; and who sees that it has it.  Cards 5 and 6 with
 * the domains 4, 0x47, 0xab, 0xff, free for guests.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-guest-view.h"
#include "ap-guest.h"
#include "ap-host-priv.h"
#include "machine.h"

#define A       "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B       "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A  "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define STORE   "/etc/mdevctl.d/matrix/"
#define HOLDERS "/run/libvirt-ap/holders/"
#define CONFIG  "/etc/libvirt/ap.conf"
#define DRIVER  "/sys/bus/ap/drivers/vfio_ap/"
#define G1_UUID "0a5c0e2c-30d5-4a3e-8f0e-3b7a64d1a001"

/* Adapter 7 is not there. */
#define MATRIX_A                                                                         \
    "assign_adapter=5 assign_adapter=6 assign_adapter=7 assign_domain=4 "                \
    "assign_domain=171 assign_control_domain=4"

typedef struct {
    ApHost *host;
    ApGuest g1;
} Fixture;

static void
configure(const char *policy)
{
    g_autofree char *text =
        g_strdup_printf("[guests]\nrunning-guests = %s\nincomplete-matrix = allow\n",
                        policy);

    g_assert_true(g_file_set_contents(CONFIG, text, -1, NULL));
}

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) wish = machine_wish(A, MATRIX_A);
    g_autoptr(ApDevice) device = NULL;

    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "-7"), ==, 0);
    fixture->host = ap_host_new("/", NULL);
    fixture->g1 = (ApGuest){ "g1", G1_UUID, getpid() };
    configure("refuse");
    device = ap_host_define_matrix(fixture->host, wish, NULL);
    g_assert_nonnull(device);
    g_assert_true(ap_host_start_matrix(fixture->host, NAME_A, NULL));
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    unlink(HOLDERS A);
    unlink(STORE A);
    unlink(CONFIG);
    machine_destroy(fixture->host, NAME_A);
    machine_assert_sound(fixture->host);
    ap_host_free(fixture->host);
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+7"), ==, 0);
}

static gboolean
update(const Fixture *fixture, const char *attrs, const char *from, GError **error)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);

    wish->take_from = g_strdup(from);
    return ap_host_update_matrix(fixture->host, NAME_A, wish, AP_UPDATE_LIVE, NULL,
                                 error);
}

static void
assert_done(const Fixture *fixture, const char *attrs, const char *from)
{
    g_autoptr(GError) error = NULL;

    update(fixture, attrs, from, &error);
    g_assert_no_error(error);
}

/* The message has @words; nothing has changed. */
static void
assert_refused(const Fixture *fixture,
               const char *attrs,
               const char *from,
               const char *words)
{
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    g_autoptr(ApDevice) device = ap_host_lookup(fixture->host, NAME_A, NULL);
    g_autoptr(ApDevice) now = NULL;
    g_autoptr(GError) error = NULL;

    before = machine_print_attrs(device);
    g_assert_false(update(fixture, attrs, from, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_BUSY);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, A));
    if (!strstr(error->message, words))
        g_error("'%s' is not in '%s'", words, error->message);
    now = ap_host_lookup(fixture->host, NAME_A, NULL);
    after = machine_print_attrs(now);
    g_assert_cmpstr(after, ==, before);
}

static void
prepare(const Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    ap_guest_prepare(fixture->host, &fixture->g1, A, &error);
    g_assert_no_error(error);
}

static void
run_guest(const Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    prepare(fixture);
    machine_control("guest_open", A " g1");
    ap_guest_running(fixture->host, &fixture->g1, A, &error);
    g_assert_no_error(error);
}

static void
end_guest(const Fixture *fixture)
{
    machine_control("guest_close", A);
    ap_guest_stopped(fixture->host, &fixture->g1, NULL);
    ap_guest_release(fixture->host, &fixture->g1, NULL);
}

static void
test_each_kind(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        const char *attrs;
        const char *words;
    } cases[] = {
        { "assign_adapter=6 assign_domain=4 assign_domain=171 assign_control_domain=4",
          "guest 'g1', which would lose adapters 5:" },
        { "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_control_domain=4",
          "guest 'g1', which would lose domains 171:" },
        { "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=171",
          "guest 'g1', which would lose control domains 4:" },
        { "", "adapters 5-6, domains 4,171, control domains 4:" },
    };

    run_guest(fixture);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(fixture, cases[i].attrs, NULL, cases[i].words);
    end_guest(fixture);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_done(fixture, cases[i].attrs, NULL);
}

/* More is no loss, nor is a card that is not there, nor no change at all. */
static void
test_no_loss(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    run_guest(fixture);
    assert_done(fixture, MATRIX_A, NULL);
    assert_done(fixture,
                "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=71 "
                "assign_domain=171 assign_control_domain=4 assign_control_domain=71",
                NULL);
    end_guest(fixture);
}

/* The kernel would hide adapter 5, one of whose queues nobody serves. */
static void
test_hidden(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(machine_write(DRIVER "unbind", "05.0047"), ==, 0);
    run_guest(fixture);
    assert_refused(fixture, MATRIX_A " assign_domain=71", NULL,
                   "guest 'g1', which would lose adapters 5:");
    end_guest(fixture);
    g_assert_cmpint(machine_write(DRIVER "bind", "05.0047"), ==, 0);
}

/* It has not opened the matrix yet. */
static void
test_starting(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    prepare(fixture);
    assert_refused(fixture, "", NULL, "guest 'g1' (starting), which would lose");
    assert_done(fixture, "assign_adapter=6 assign_domain=4", "g1");
    ap_guest_release(fixture->host, &fixture->g1, NULL);
}

static void
test_told_to(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    run_guest(fixture);
    assert_refused(fixture, "", "g2",
                   "guest 'g1', which would lose adapters 5-6, domains 4,171, control "
                   "domains 4, and not by guest 'g2'");
    assert_done(fixture, "assign_adapter=5 assign_domain=4", "g1");
    configure("warn");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "guest 'g1', which uses matrix " A ", loses domains 4");
    assert_done(fixture, "assign_adapter=5", NULL);
    g_test_assert_expected_messages();
    configure("allow");
    assert_done(fixture, "", NULL);
    end_guest(fixture);
}

/* Nobody has it any more, whatever was written down. */
static void
test_detached(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    run_guest(fixture);
    machine_control("guest_close", A);
    assert_done(fixture, "assign_adapter=5", NULL);
    ap_guest_release(fixture->host, &fixture->g1, NULL);
}

/* Somebody whom no hook has written down, and whose process cannot be seen. */
static void
test_unknown_user(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_control("guest_open", A);
    assert_refused(fixture, "", NULL, "in use by a guest, which would lose");
    assert_refused(fixture, "", "g1", "in use by a guest, which would lose");
    machine_control("guest_close", A);
}

static void
assert_undefined(const Fixture *fixture, gboolean expected)
{
    g_autoptr(GError) error = NULL;
    gboolean done = ap_host_undefine_matrix(fixture->host, NAME_A, &error);

    g_assert_cmpint(g_file_test(STORE A, G_FILE_TEST_EXISTS), ==, !expected);
    g_assert_cmpint(done, ==, expected);
    if (expected)
        return;
    g_assert_error(error, AP_ERROR, AP_ERROR_BUSY);
    g_assert_nonnull(strstr(error->message, A " starts by itself"));
    g_assert_nonnull(strstr(error->message, "guest 'g1'"));
}

static void
test_undefine(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, TRUE, NULL));
    prepare(fixture);
    assert_undefined(fixture, FALSE);
    machine_control("guest_open", A " g1");
    ap_guest_running(fixture->host, &fixture->g1, A, NULL);
    assert_undefined(fixture, FALSE);
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, FALSE, NULL));
    assert_undefined(fixture, TRUE);
    end_guest(fixture);
}

static void
test_undefine_of_nobody(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, TRUE, NULL));
    assert_undefined(fixture, TRUE);
}

static void
test_undefine_told_to(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, TRUE, NULL));
    run_guest(fixture);
    configure("warn");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "matrix " A ", which is in use by guest 'g1', will not start*");
    assert_undefined(fixture, TRUE);
    g_test_assert_expected_messages();
    end_guest(fixture);
}

static const ApVfioGuest no_guest;

static void
assert_seen(const Fixture *fixture, ApGuestState state)
{
    g_autofree char *name = ap_guest_look_up_name(fixture->host, A);
    g_auto(ApGuestView) view = { 0 };

    g_assert_true(
        ap_guest_look(fixture->host, A, state == AP_GUEST_RUNNING, &no_guest, &view));
    g_assert_cmpstr(view.name, ==, "g1");
    g_assert_cmpstr(view.uuid, ==, G1_UUID);
    g_assert_cmpint(ABS(view.since - g_get_real_time() / G_USEC_PER_SEC), <, 60);
    g_assert_cmpstr(ap_guest_state_name(view.state), ==, ap_guest_state_name(state));
    g_assert_cmpstr(name, ==, "g1");
}

static void
test_seen(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_auto(ApGuestView) view = { 0 };

    g_assert_false(ap_guest_look(fixture->host, A, FALSE, &no_guest, &view));
    prepare(fixture);
    assert_seen(fixture, AP_GUEST_STARTING);
    ap_guest_running(fixture->host, &fixture->g1, A, NULL);
    assert_seen(fixture, AP_GUEST_RUNNING);
    assert_seen(fixture, AP_GUEST_DETACHED);
    ap_guest_stopped(fixture->host, &fixture->g1, NULL);
    g_assert_false(ap_guest_look(fixture->host, A, FALSE, &no_guest, &view));
    ap_guest_release(fixture->host, &fixture->g1, NULL);
}

/* The matrix was given to another guest, one that ran. */
static void
test_seen_attached(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        ApVfioGuest opener;
        gboolean is_written_down;
    } openers[] = {
        { { (char *)"g1", "" }, TRUE },  { { (char *)"g1", G1_UUID }, TRUE },
        { { (char *)"g1", B }, FALSE },  { { (char *)"g2", B }, FALSE },
        { { (char *)"g2", "" }, FALSE },
    };

    run_guest(fixture);
    for (gsize i = 0; i < G_N_ELEMENTS(openers); i++) {
        const ApVfioGuest *opener = &openers[i].opener;
        const char *uuid = openers[i].is_written_down ? G1_UUID : opener->uuid;
        g_auto(ApGuestView) view = { 0 };

        g_assert_true(ap_guest_look(fixture->host, A, TRUE, opener, &view));
        g_assert_cmpstr(view.name, ==, opener->name);
        g_assert_cmpstr(view.uuid, ==, uuid);
        g_assert_cmpint(view.since != 0, ==, openers[i].is_written_down);
    }
    end_guest(fixture);
}

/* The daemon that has started the guest has ended: only the matrix can tell. */
static void
test_seen_without_daemon(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_auto(ApGuestView) view = { 0 };

    fixture->g1.service = fork();
    if (fixture->g1.service == 0)
        _exit(0);
    prepare(fixture);
    ap_guest_running(fixture->host, &fixture->g1, A, NULL);
    g_assert_cmpint(waitpid(fixture->g1.service, NULL, 0), ==, fixture->g1.service);
    g_assert_false(ap_guest_look(fixture->host, A, FALSE, &no_guest, &view));
    g_assert_null(ap_guest_look_up_name(fixture->host, A));
    g_assert_true(ap_guest_look(fixture->host, A, TRUE, &no_guest, &view));
    g_assert_cmpstr(view.name, ==, "g1");
}

static void
add(const char *path, void (*test)(Fixture *fixture, gconstpointer data))
{
    g_test_add(path, Fixture, NULL, setup, test, teardown);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/guest-loss/each-kind_refused", test_each_kind);
    add("/guest-loss/more_done", test_no_loss);
    add("/guest-loss/domain-that-hides-an-adapter_refused", test_hidden);
    add("/guest-loss/starting-guest_named", test_starting);
    add("/guest-loss/told-to_done", test_told_to);
    add("/guest-loss/detached_done", test_detached);
    add("/guest-loss/unknown-user_refused", test_unknown_user);
    add("/guest-loss/undefine-with-autostart_refused", test_undefine);
    add("/guest-loss/undefine-of-nobody_done", test_undefine_of_nobody);
    add("/guest-loss/undefine-told-to_done", test_undefine_told_to);
    add("/guest-view/each-state_seen", test_seen);
    add("/guest-view/attached_by-its-process", test_seen_attached);
    add("/guest-view/daemon-that-ended_does-not-count", test_seen_without_daemon);
    return g_test_run();
}
