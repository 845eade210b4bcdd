/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-override.c: matrices take single queues out of the host pool of a simulated
 * machine whose kernel has driver_override, and give them back: cards 5 and 6 with the
 * domains 4, 0x47, 0xab, 0xff, all of it the host's.
 */
#include <string.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-host-reserve.h"
#include "machine.h"
#include "reservation.h"

#define A       "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B       "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A  "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B  "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define CONFIG  "/etc/libvirt/ap.conf"
#define RUN     "/run/udev/rules.d/41-libvirt-ap.rules"
#define ETC     "/etc/udev/rules.d/41-libvirt-ap.rules"
#define MASKS   "/etc/udev/rules.d/41-ap.rules"
#define QUEUE   "/sys/devices/ap/card05/05.0047/"
#define CORNER  "assign_adapter=5 assign_domain=71"
#define DIAMOND "assign_adapter=5 assign_adapter=6 assign_domain=71 assign_domain=171"

typedef struct {
    ApHost *host;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    fixture->host = ap_host_new("/", &error);
    g_assert_no_error(error);
}

/* Whether no queue has an override, and nothing is noted. */
static void
assert_pool_whole(gconstpointer data G_GNUC_UNUSED)
{
    static const char *const queues[] = { "05/05.0004", "05/05.0047", "05/05.00ab",
                                          "06/06.0047", "06/06.00ab" };

    for (gsize i = 0; i < G_N_ELEMENTS(queues); i++) {
        g_autofree char *path =
            g_strconcat("/sys/devices/ap/card", queues[i], "/driver_override", NULL);
        g_autofree char *override = machine_read(path);

        g_assert_cmpstr(override, ==, "\n");
    }
    g_assert_false(g_file_test(RUN, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(ETC, G_FILE_TEST_EXISTS));
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpuint(machine_count(fixture->host), ==, 0);
    assert_pool_whole(NULL);
    unlink(CONFIG);
    g_clear_pointer(&fixture->host, ap_host_free);
}

static void
test_nothing_along(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, DIAMOND, AP_RESERVE_UNTIL_BOOT);
    reservation_assert_driver(fixture->host, "ap_05_0047", "vfio_ap");
    reservation_assert_driver(fixture->host, "ap_06_00ab", "vfio_ap");
    reservation_assert_driver(fixture->host, "ap_05_0004", "cex4queue");
    g_assert_true(g_file_test(RUN, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(ETC, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_A);
    reservation_assert_driver(fixture->host, "ap_05_0047", "cex4queue");
}

static void
test_for_good(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *text = NULL;

    reservation_make(fixture->host, A, CORNER, AP_RESERVE_PERSISTENT);
    text = machine_read(ETC);
    g_assert_nonnull(strstr(text, "KERNEL==\"05.0047\""));
    g_assert_false(g_file_test(RUN, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_A);
}

/* A matrix of somebody else has taken one of our queues in. */
static void
test_needed_by_other(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, DIAMOND, AP_RESERVE_DEFAULT);
    machine_destroy(fixture->host, NAME_A);
    assert_pool_whole(NULL);
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_DEFAULT);
    reservation_make(fixture->host, B, "assign_adapter=6 assign_domain=71",
                     AP_RESERVE_DEFAULT);
    machine_destroy(fixture->host, NAME_A);
    reservation_assert_driver(fixture->host, "ap_05_0047", "cex4queue");
    reservation_assert_driver(fixture->host, "ap_06_0047", "vfio_ap");
    machine_destroy(fixture->host, NAME_B);
}

/* Without a reservation the refusal says what helps on such a machine. */
static void
test_refused_without(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_DEFAULT);
    machine_assert_refused(fixture->host, B, "assign_adapter=6 assign_domain=71",
                           AP_ERROR_HOST_POOL,
                           "driverctl -b ap set-override 06.0047 vfio_ap");
    machine_destroy(fixture->host, NAME_A);
}

/* The kernel has either masks or overrides. */
static void
test_masks_in_use(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *mask = NULL;

    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "-200"), ==, 0);
    g_file_set_contents(CONFIG, "[reservation]\ncollateral = allow\n", -1, NULL);
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_DEFAULT);
    reservation_assert_driver(fixture->host, "ap_06_0047", "vfio_ap");
    mask = machine_read(QUEUE "driver_override");
    g_assert_cmpstr(mask, ==, "\n");
    machine_destroy(fixture->host, NAME_A);
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+200"), ==, 0);
}

/* Masks of the next boot could not be set any more after overrides: for good there are
 * none then. */
static void
test_masks_of_next_boot(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_file_set_contents(CONFIG, "[reservation]\ncollateral = allow\n", -1, NULL);
    g_assert_true(g_file_set_contents(MASKS,
                                      "LABEL=\"cfg_ap\"\n"
                                      "ATTR{../../bus/ap/apmask}=\"0xfffe\"\n"
                                      "LABEL=\"end_ap\"\n",
                                      -1, NULL));
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_PERSISTENT);
    reservation_assert_driver(fixture->host, "ap_06_0047", "vfio_ap");
    machine_destroy(fixture->host, NAME_A);
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_UNTIL_BOOT);
    reservation_assert_driver(fixture->host, "ap_06_0047", "cex4queue");
    machine_destroy(fixture->host, NAME_A);
    unlink(MASKS);
}

/* Somebody wants the queue to be the host's. */
static void
test_pinned(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(machine_write(QUEUE "driver_override", "cex4queue"), ==, 0);
    g_assert_null(reservation_try(fixture->host, A, CORNER, AP_RESERVE_DEFAULT, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_HOST_POOL);
    g_assert_nonnull(strstr(error->message, "driver_override"));
    g_assert_cmpint(machine_write(QUEUE "driver_override", "\n"), ==, 0);
}

/* A card that is away for a moment takes its overrides with it. */
static void
test_card_comes_back(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_DEFAULT);
    machine_control("card_remove", "5");
    g_assert_cmpint(machine_write("/sys/bus/ap/scans", "1"), ==, 0);
    g_assert_true(ap_host_keep_reserved(fixture->host));
    machine_control("card_add", "5 CEX5C");
    g_assert_cmpint(machine_write("/sys/bus/ap/scans", "1"), ==, 0);
    reservation_assert_driver(fixture->host, "ap_05_0047", "cex4queue");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "queues 05.0047 had come back without their override, and are "
                          "reserved again");
    g_assert_true(ap_host_keep_reserved(fixture->host));
    g_test_assert_expected_messages();
    reservation_assert_driver(fixture->host, "ap_05_0047", "vfio_ap");
    g_assert_true(ap_host_keep_reserved(fixture->host));
    machine_destroy(fixture->host, NAME_A);
}

static void
test_failed_creation(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const faults[] = {
        "write create 1 EIO",          "write ap_config 1 ENOMEM",
        "write driver_override 1 EIO", "write driver_override 3 EINVAL",
        "write drivers_probe 1 EIO",   "write unbind 2 EIO",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;

        g_test_message("%s", faults[i]);
        machine_control("fail", faults[i]);
        g_assert_null(
            reservation_try(fixture->host, A, DIAMOND, AP_RESERVE_DEFAULT, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_IO);
        machine_control("fail", "clear");
        assert_pool_whole(NULL);
        reservation_assert_driver(fixture->host, "ap_05_0047", "cex4queue");
    }
}

static void
test_update(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) wish =
        machine_wish(A, "assign_adapter=5 assign_domain=4 assign_domain=71");
    g_autoptr(GError) error = NULL;

    reservation_make(fixture->host, A, DIAMOND, AP_RESERVE_DEFAULT);
    wish->reserve = AP_RESERVE_DEFAULT;
    ap_host_update_matrix(fixture->host, NAME_A, wish, AP_UPDATE_LIVE, NULL, &error);
    g_assert_no_error(error);
    reservation_assert_driver(fixture->host, "ap_05_0004", "vfio_ap");
    reservation_assert_driver(fixture->host, "ap_05_00ab", "cex4queue");
    reservation_assert_driver(fixture->host, "ap_06_0047", "cex4queue");
    machine_destroy(fixture->host, NAME_A);
}

static void
test_killed(Fixture *fixture, gconstpointer how)
{
    ReservationSweep reservation = {
        .host = fixture->host,
        .uuid = A,
        .name = NAME_A,
        .attrs = CORNER,
        .how = (ApReserve)GPOINTER_TO_INT(how),
        .queue = "ap_05_0047",
        .assert_pool_whole = assert_pool_whole,
        .data = fixture,
    };

    reservation_kill_everywhere(&reservation);
}

#define ADD(name, test)                                                                  \
    g_test_add("/override/" name, Fixture, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("nothing_along", test_nothing_along);
    ADD("for_good_in_rules", test_for_good);
    ADD("needed_by_other_not_returned", test_needed_by_other);
    ADD("refusal_tells_what_helps", test_refused_without);
    ADD("masks_in_use_masks_taken", test_masks_in_use);
    ADD("masks_of_next_boot_masks_taken", test_masks_of_next_boot);
    ADD("pinned_by_others_refused", test_pinned);
    ADD("card_comes_back_taken_again", test_card_comes_back);
    ADD("creation_fails_returned", test_failed_creation);
    ADD("update_takes_and_returns", test_update);
    g_test_add("/override/killed_all_or_nothing", Fixture,
               GINT_TO_POINTER(AP_RESERVE_UNTIL_BOOT), setup, test_killed, teardown);
    return g_test_run();
}
