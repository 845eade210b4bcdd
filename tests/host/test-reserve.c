/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-reserve.c: matrices take their queues out of the host pool of a simulated
 * machine and give them back: cards 5 and 6 with the domains 4, 0x47, 0xab, 0xff, all
 * of it the host's.
 */
#include <string.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-rules.h"
#include "machine.h"
#include "reservation.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define CONFIG "/etc/libvirt/ap.conf"
#define RUN    "/run/libvirt-ap/reserved"
#define STATE  "/var/lib/libvirt/ap/reserved"
#define RULES  "/etc/udev/rules.d/41-ap.rules"

#define CARD_5                                                                           \
    "assign_adapter=5 assign_domain=4 assign_domain=71 assign_domain=171 "               \
    "assign_domain=255"
#define DOMAIN_71 "assign_adapter=5 assign_adapter=6 assign_domain=71"
#define CORNER    "assign_adapter=5 assign_domain=71"

typedef struct {
    ApHost *host;
    char *apmask;
    char *aqmask;
} Fixture;

static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    fixture->host = ap_host_new("/", &error);
    g_assert_no_error(error);
    fixture->apmask = machine_read("/sys/bus/ap/apmask");
    fixture->aqmask = machine_read("/sys/bus/ap/aqmask");
    machine_make_file(CONFIG, "[reservation]\ncollateral = allow\n");
}

/* Whether the pool is what it was, with nothing noted. */
static void
assert_pool_whole(gconstpointer data)
{
    const Fixture *fixture = data;
    g_autofree char *apmask = machine_read("/sys/bus/ap/apmask");
    g_autofree char *aqmask = machine_read("/sys/bus/ap/aqmask");

    g_assert_cmpstr(apmask, ==, fixture->apmask);
    g_assert_cmpstr(aqmask, ==, fixture->aqmask);
    g_assert_false(g_file_test(RUN, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(STATE, G_FILE_TEST_EXISTS));
    machine_assert_sound(fixture->host);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpuint(machine_count(fixture->host), ==, 0);
    assert_pool_whole(fixture);
    unlink(CONFIG);
    unlink(RULES);
    g_clear_pointer(&fixture->host, ap_host_free);
    g_free(fixture->apmask);
    g_free(fixture->aqmask);
}

static void
assert_refused(Fixture *fixture, const char *attrs, ApError code, const char *words)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(reservation_try(fixture->host, A, attrs, AP_RESERVE_DEFAULT, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    if (!strstr(error->message, words))
        g_error("'%s' is not in '%s'", words, error->message);
    assert_pool_whole(fixture);
    g_assert_cmpuint(machine_count(fixture->host), ==, 0);
}

static void
test_taken_and_returned(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_UNTIL_BOOT);
    reservation_assert_driver(fixture->host, "ap_05_0047", "vfio_ap");
    reservation_assert_driver(fixture->host, "ap_06_0047", "cex4queue");
    g_assert_true(g_file_test(RUN, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(RULES, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_A);
    reservation_assert_driver(fixture->host, "ap_05_0047", "cex4queue");
}

static void
test_least_collateral(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *apmask = NULL;

    reservation_make(fixture->host, A, DOMAIN_71, AP_RESERVE_DEFAULT);
    apmask = machine_read("/sys/bus/ap/apmask");
    g_assert_cmpstr(apmask, ==, fixture->apmask);
    reservation_assert_driver(fixture->host, "ap_05_0004", "cex4queue");
    reservation_assert_driver(fixture->host, "ap_05_0047", "vfio_ap");
    machine_destroy(fixture->host, NAME_A);
}

static void
test_collateral_told(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_make_file(CONFIG, "");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "domains 71 leave the host pool for matrix " A
                          ", and queues with them that were not asked for: 06.0047");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "domains 71 have left the host pool for matrix " A
                          ", and so have the queues 06.0047");
    reservation_make(fixture->host, A, CORNER, AP_RESERVE_DEFAULT);
    g_test_assert_expected_messages();
    machine_destroy(fixture->host, NAME_A);
}

static void
define(ApHost *host, const char *attrs)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) defined = NULL;

    wish->reserve = AP_RESERVE_DEFAULT;
    wish->extended = TRUE;
    defined = ap_host_define_matrix(host, wish, &error);
    g_assert_no_error(error);
}

/* The definition says what it will mean. */
static void
test_foreseen(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_make_file(CONFIG, "");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "when matrix " A
                          " starts, domains 71 will leave the host pool, "
                          "and queues with them that were not asked for: 06.0047");
    define(fixture->host, CORNER);
    g_test_assert_expected_messages();
    machine_make_file(CONFIG, "[reservation]\ncollateral = refuse\n");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "matrix " A " is defined, but could not be started now: no "
                          "reservation for matrix " A ": queues that were not asked for "
                          "would leave the host pool, too: 06.0047*");
    define(fixture->host, CORNER);
    g_test_assert_expected_messages();
    assert_pool_whole(fixture);
    g_assert_true(ap_host_undefine_matrix(fixture->host, NAME_A, NULL));
}

static void
test_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_make_file(CONFIG, "[reservation]\ncollateral = refuse\n");
    assert_refused(fixture, CORNER, AP_ERROR_HOST_POOL,
                   "no reservation for matrix " A
                   ": queues that were not asked for would "
                   "leave the host pool, too: 06.0047");
    machine_make_file(CONFIG, "[reservation]\nmethods = domains\ncollateral = refuse\n");
    assert_refused(fixture, "assign_adapter=5 assign_domain=71", AP_ERROR_HOST_POOL,
                   "06.0047");
    machine_make_file(CONFIG, "[reservation]\nnonsense = 1\n");
    assert_refused(fixture, CORNER, AP_ERROR_CONFIG, "nonsense");
    machine_make_file(CONFIG, "");
    assert_refused(fixture, "assign_adapter=999", AP_ERROR_UNSUPPORTED, "999");
}

/* What another matrix has is not worth taking anything for. */
static void
test_conflict(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;

    reservation_make(fixture->host, B, CARD_5, AP_RESERVE_DEFAULT);
    before = machine_read("/sys/bus/ap/aqmask");
    g_assert_null(
        reservation_try(fixture->host, A, DOMAIN_71, AP_RESERVE_DEFAULT, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFLICT);
    after = machine_read("/sys/bus/ap/aqmask");
    g_assert_cmpstr(before, ==, after);
    machine_destroy(fixture->host, NAME_B);
}

/* Card 5 is needed by B, too, which did not reserve it. */
static void
test_needed_by_other(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(
        fixture->host, A,
        "assign_adapter=5 assign_domain=4 assign_domain=171 assign_domain=255",
        AP_RESERVE_DEFAULT);
    ap_device_unref(machine_create(fixture->host, B, CORNER));
    machine_destroy(fixture->host, NAME_A);
    reservation_assert_driver(fixture->host, "ap_05_0004", "vfio_ap");
    g_assert_true(g_file_test(RUN, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_B);
    reservation_assert_driver(fixture->host, "ap_05_0004", "cex4queue");
}

/* What the administrator took away is not ours to give back. */
static void
test_others_stay_away(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "-5"), ==, 0);
    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_DEFAULT);
    g_assert_false(g_file_test(RUN, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_A);
    reservation_assert_driver(fixture->host, "ap_05_0004", "vfio_ap");
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+5"), ==, 0);
}

static void
assert_rules(gboolean has_card)
{
    g_autofree char *text = machine_read(RULES);
    ApRules rules;

    g_assert_true(ap_rules_parse(text, &rules));
    g_assert_true(rules.has_adapters);
    g_assert_true(apc_mask_test(&rules.pool.adapters, 6));
    g_assert_cmpint(apc_mask_test(&rules.pool.adapters, 5), ==, has_card);
}

static void
test_for_good(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_PERSISTENT);
    assert_rules(FALSE);
    g_assert_true(g_file_test(STATE, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_A);
    assert_rules(TRUE);
}

/* A reservation that lasts until the next boot is not part of one for good. */
static void
test_for_good_alone(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(
        fixture->host, B,
        "assign_adapter=6 assign_domain=4 assign_domain=71 assign_domain=171 "
        "assign_domain=255",
        AP_RESERVE_UNTIL_BOOT);
    machine_make_file(CONFIG, "[reservation]\npersist = yes\ndefault-domain = allow\n");
    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_DEFAULT);
    assert_rules(FALSE);
    machine_destroy(fixture->host, NAME_B);
    machine_destroy(fixture->host, NAME_A);
    assert_rules(TRUE);
}

/* The matrix cannot be made after all. */
static void
test_failed_creation(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    /* The journal has a look before the change, and before the masks are written; it
     * does without. */
    static const char *const faults[] = {
        "write create 1 EIO",   "write ap_config 1 ENOMEM", "write apmask 1 EIO",
        "open apmask 4 EACCES", "read apmask 2 EIO",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_test_message("%s", faults[i]);
        machine_control("fail", faults[i]);
        assert_refused(fixture, CARD_5, AP_ERROR_IO, "");
        machine_control("fail", "clear");
    }
}

/* The kernel wants nothing back: that is noted, and tried again. */
static void
test_return_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_DEFAULT);
    machine_control("fail", "write apmask 1 EBUSY");
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "queues that nobody needs any more stay out of the host pool: "
                          "the kernel refused '+5' for '/sys/bus/ap/apmask': *busy*");
    machine_destroy(fixture->host, NAME_A);
    g_test_assert_expected_messages();
    g_assert_true(g_file_test(RUN, G_FILE_TEST_EXISTS));
    g_assert_true(ap_host_recover(fixture->host, NULL));
}

static void
test_kept(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_make_file(CONFIG, "[reservation]\ngive-back = no\n");
    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_DEFAULT);
    machine_destroy(fixture->host, NAME_A);
    reservation_assert_driver(fixture->host, "ap_05_0004", "vfio_ap");
    machine_make_file(CONFIG, "");
    g_assert_true(ap_host_recover(fixture->host, NULL));
}

/* A change takes what comes, and gives back what goes. */
static void
test_update(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) wish = machine_wish(A, DOMAIN_71);
    g_autoptr(GError) error = NULL;

    reservation_make(fixture->host, A, CARD_5, AP_RESERVE_DEFAULT);
    wish->reserve = AP_RESERVE_DEFAULT;
    ap_host_update_matrix(fixture->host, NAME_A, wish, AP_UPDATE_LIVE, NULL, &error);
    g_assert_no_error(error);
    reservation_assert_driver(fixture->host, "ap_06_0047", "vfio_ap");
    machine_destroy(fixture->host, NAME_A);
}

static void
test_killed(Fixture *fixture, gconstpointer how)
{
    ReservationSweep reservation = {
        .host = fixture->host,
        .uuid = A,
        .name = NAME_A,
        .attrs = CARD_5,
        .how = (ApReserve)GPOINTER_TO_INT(how),
        .queue = "ap_05_0004",
        .assert_pool_whole = assert_pool_whole,
        .data = fixture,
    };

    reservation_kill_everywhere(&reservation);
}

#define ADD(name, test) g_test_add("/reserve/" name, Fixture, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("taken_and_returned", test_taken_and_returned);
    ADD("least_collateral", test_least_collateral);
    ADD("collateral_told", test_collateral_told);
    ADD("foreseen_by_definition", test_foreseen);
    ADD("forbidden_refused", test_refused);
    ADD("conflict_takes_nothing", test_conflict);
    ADD("needed_by_other_not_returned", test_needed_by_other);
    ADD("taken_by_others_not_returned", test_others_stay_away);
    ADD("for_good_in_rules", test_for_good);
    ADD("for_good_without_until_boot", test_for_good_alone);
    ADD("creation_fails_returned", test_failed_creation);
    ADD("return_refused_noted", test_return_refused);
    ADD("kept_by_policy", test_kept);
    ADD("update_takes_and_returns", test_update);
    g_test_add("/reserve/killed_all_or_nothing", Fixture,
               GINT_TO_POINTER(AP_RESERVE_UNTIL_BOOT), setup, test_killed, teardown);
    g_test_add("/reserve/killed_for_good_all_or_nothing", Fixture,
               GINT_TO_POINTER(AP_RESERVE_PERSISTENT), setup, test_killed, teardown);
    return g_test_run();
}
