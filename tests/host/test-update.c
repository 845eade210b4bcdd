/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-update.c: matrices that exist are changed on a simulated machine: cards 5 and
 * 6 with the domains 4, 0x47, 0xab, 0xff, free for guests.  Everything is done twice,
 * in one write and, as on kernels without ap_config, step by step.
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "ap-host-priv.h"
#include "machine.h"
#include "sweep.h"

#define A        "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B        "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A   "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B   "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define MATRIX   "/sys/devices/vfio_ap/matrix/"
#define FEATURES MATRIX "features"
#define DRIVER   "/sys/bus/ap/drivers/vfio_ap/"
#define LOCK     "/run/lock/s390apconfig.lock"
#define CONFIG   "/etc/libvirt/ap.conf"
#define NOTE     "/run/libvirt-ap/making"

#define OLD                                                                              \
    "assign_adapter=5 assign_adapter=6 assign_domain=4 assign_domain=171 "               \
    "assign_control_domain=4"
/* Of everything something goes, stays and comes. */
#define NEW                                                                              \
    "assign_adapter=6 assign_adapter=7 assign_domain=71 assign_domain=171 "              \
    "assign_control_domain=71"

typedef struct {
    ApHost *host;
    gboolean stepwise;
} Fixture;

/* The features of a kernel that has no ap_config, over those of this one. */
static void
hide_config(void)
{
    static const char text[] = "guest_matrix hotplug\n";
    g_autoptr(GError) error = NULL;

    g_file_set_contents("/run/old-features", text, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpint(mount("/run/old-features", FEATURES, NULL, MS_BIND, NULL), ==, 0);
}

static void
setup(Fixture *fixture, gconstpointer stepwise)
{
    g_autoptr(GError) error = NULL;

    fixture->host = ap_host_new("/", &error);
    g_assert_no_error(error);
    fixture->stepwise = GPOINTER_TO_INT(stepwise);
    if (fixture->stepwise)
        hide_config();
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "-7"), ==, 0);
    ap_device_unref(machine_create(fixture->host, A, OLD));
}

static void
teardown(Fixture *fixture, gconstpointer stepwise G_GNUC_UNUSED)
{
    machine_assert_sound(fixture->host);
    g_assert_false(g_file_test(NOTE, G_FILE_TEST_EXISTS));
    machine_destroy(fixture->host, NAME_A);
    g_assert_cmpint(machine_write("/sys/bus/ap/apmask", "+7"), ==, 0);
    if (fixture->stepwise)
        g_assert_cmpint(umount(FEATURES), ==, 0);
    g_clear_pointer(&fixture->host, ap_host_free);
}

static char *
read_attrs(ApHost *host)
{
    g_autoptr(ApDevice) device = ap_host_lookup(host, NAME_A, NULL);

    g_assert_nonnull(device);
    return machine_print_attrs(device);
}

static void
assert_has(ApHost *host, const char *expected)
{
    g_autofree char *attrs = read_attrs(host);

    g_assert_cmpstr(attrs, ==, expected);
}

static gboolean
update(ApHost *host, const char *attrs, GError **error)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);

    return ap_host_update_matrix(host, NAME_A, wish, AP_UPDATE_LIVE, NULL, error);
}

static void
update_ok(ApHost *host, const char *attrs)
{
    g_autoptr(GError) error = NULL;

    update(host, attrs, &error);
    g_assert_no_error(error);
    assert_has(host, attrs);
}

static void
assert_refused(ApHost *host, const char *attrs, ApError code, const char *message)
{
    g_autofree char *before = read_attrs(host);
    g_autoptr(GError) error = NULL;

    g_assert_false(update(host, attrs, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    if (!strstr(error->message, message))
        g_error("'%s' is not in '%s'", message, error->message);
    assert_has(host, before);
}

static void
test_changed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    update_ok(fixture->host, NEW);
    update_ok(fixture->host, "");
    update_ok(fixture->host, "assign_control_domain=255");
    update_ok(fixture->host, OLD);
}

/* As libvirt's own, <attr> by <attr>. */
static void
test_attrs_add_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(update(fixture->host,
                         "assign_adapter=0x06 assign_adapter=5 unassign_adapter=5 "
                         "assign_domain=0xab",
                         &error));
    g_assert_no_error(error);
    assert_has(fixture->host, "assign_adapter=6 assign_domain=171");
}

/* Any write would meet the failure, and nothing would be left of it. */
static void
test_unchanged(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    machine_control("fail", "write * 1 EIO");
    update_ok(fixture->host, OLD);
    g_assert_cmpint(machine_write(MATRIX A "/assign_adapter", "5"), ==, EIO);
}

static void
test_guest(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;

    g_file_set_contents(CONFIG, "[guests]\nrunning-guests = allow\n", -1, NULL);
    machine_control("guest_open", A);
    before = machine_read(MATRIX A "/guest_matrix");
    g_assert_cmpstr(before, ==, "05.0004\n05.00ab\n06.0004\n06.00ab\n");
    update_ok(fixture->host, "assign_adapter=6 assign_domain=71 assign_domain=171");
    after = machine_read(MATRIX A "/guest_matrix");
    g_assert_cmpstr(after, ==, "06.0047\n06.00ab\n");
    g_assert_false(ap_host_destroy_matrix(fixture->host, NAME_A, NULL));
    machine_control("guest_close", A);
    unlink(CONFIG);
}

/* The kernel keeps an adapter from the guest one of whose queues is not there. */
static void
test_guest_loses(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_cmpint(machine_write(DRIVER "unbind", "05.0047"), ==, 0);
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "matrix " A " has its new *its guest sees adapters 5 no more: "
                          "one of their queues is not there*");
    update_ok(fixture->host, "assign_adapter=5 assign_adapter=6 assign_domain=4 "
                             "assign_domain=71");
    g_test_assert_expected_messages();
    g_assert_cmpint(machine_write(DRIVER "bind", "05.0047"), ==, 0);
}

static void
test_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ApHost *host = fixture->host;
    g_autoptr(ApDevice) other =
        machine_create(host, B, "assign_adapter=7 assign_domain=71");

    assert_refused(host, NEW, AP_ERROR_CONFLICT,
                   "queue 07.0047 is assigned to matrix " B);
    g_assert_cmpstr(ap_device_get_uuid(other), ==, B);
    assert_refused(host, "assign_adapter=8 assign_domain=4", AP_ERROR_HOST_POOL,
                   "queue 08.0004 belongs to the host pool");
    assert_refused(host, "assign_adapter=256", AP_ERROR_UNSUPPORTED, "out of range");
    assert_refused(host, "nonsense=1", AP_ERROR_UNSUPPORTED, "no attribute 'nonsense'");
    machine_destroy(host, NAME_B);
}

static void
test_not_there(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) wish = machine_wish(B, OLD);
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_host_update_matrix(fixture->host, NAME_B, wish, 0, NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_false(
        ap_host_update_matrix(fixture->host, "ap_card05", wish, 0, NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_FOUND);
}

/* Each operation on the way fails once: all of the change is there or nothing. */
static void
test_any_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const operations[] = { "open", "read", "write" };
    guint failures = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(operations); i++) {
        for (guint n = 1; n <= 20; n++) {
            g_autofree char *fault = g_strdup_printf("%s * %u EIO", operations[i], n);
            g_autoptr(GError) error = NULL;
            gboolean done;

            machine_control("fail", fault);
            done = update(fixture->host, NEW, &error);
            machine_control("fail", "clear");
            assert_has(fixture->host, done ? NEW : OLD);
            g_assert_false(g_file_test(NOTE, G_FILE_TEST_EXISTS));
            if (done) {
                update_ok(fixture->host, OLD);
                continue;
            }
            g_assert_error(error, AP_ERROR, AP_ERROR_IO);
            g_assert_nonnull(strstr(error->message, "Input/output error"));
            failures++;
        }
    }
    g_assert_cmpuint(failures, >, fixture->stepwise ? 20 : 10);
}

/* What the errors of the kernel are to us. */
static const struct {
    const char *errnum;
    ApError code;
    const char *message;
} refusals[] = {
    { "EADDRINUSE", AP_ERROR_CONFLICT, "the kernel refused to " },
    { "EADDRNOTAVAIL", AP_ERROR_HOST_POOL, "the kernel refused to " },
    { "EBUSY", AP_ERROR_BUSY, "while a guest uses it: shut the guest down first" },
    { "ENODEV", AP_ERROR_IO, "No such device" },
    { "ENOMEM", AP_ERROR_IO, "Cannot allocate memory" },
};

static void
test_kernel_refusals(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const files[] = { "assign_adapter", "assign_domain" };

    for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *fault =
            g_strdup_printf("write %s 1 %s",
                            fixture->stepwise ? files[i % 2] : "ap_config",
                            refusals[i].errnum);

        machine_control("fail", fault);
        assert_refused(fixture->host, NEW, refusals[i].code, refusals[i].message);
        machine_control("fail", "clear");
    }
}

/* Where the roll-back fails for good the message owns up to it, and whoever comes
 * next tries again. */
static void
test_left_half_done(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    if (!fixture->stepwise) {
        g_test_skip("one write is not half done");
        return;
    }
    machine_control("fail", "write assign_adapter 1 EIO");
    for (guint i = 1; i <= 3; i++) {
        g_autofree char *fault = g_strdup_printf("write assign_control_domain %u EIO", i);

        machine_control("fail", fault);
    }
    g_assert_false(update(fixture->host, NEW, &error));
    machine_control("fail", "clear");
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_true(g_str_has_prefix(error->message,
                                   "matrix " A " is left half changed (the kernel "
                                   "refused to write '4' to assign_control"));
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING,
                          "took back the change of matrix " A ", which was left half *");
    g_assert_true(ap_host_recover(fixture->host, NULL));
    g_test_assert_expected_messages();
    assert_has(fixture->host, OLD);
}

static void
work(gpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);

    update(host, NEW, NULL);
}

static gboolean
settle(gpointer data)
{
    Fixture *fixture = data;
    g_autofree char *attrs = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(ap_host_recover(fixture->host, &error));
    g_assert_no_error(error);
    /* So that the next one goes the same way: others have tests of their own. */
    unlink(LOCK);
    attrs = read_attrs(fixture->host);
    g_assert_false(g_file_test(NOTE, G_FILE_TEST_EXISTS));
    if (g_str_equal(attrs, OLD))
        return FALSE;
    update_ok(fixture->host, OLD);
    return TRUE;
}

/* Killed at whichever system call, there is the old matrix or the new one once the
 * next daemon has started. */
static void
test_killed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const Sweep sweep = { NULL, work, settle };

    sweep_kill_everywhere(&sweep, fixture);
}

#define ADD(name, test)                                                                  \
    g_test_add("/update/" name, Fixture, GINT_TO_POINTER(FALSE), setup, test, teardown); \
    g_test_add("/update/stepwise_" name, Fixture, GINT_TO_POINTER(TRUE), setup, test,    \
               teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("changed", test_changed);
    ADD("attributes_add_up", test_attrs_add_up);
    ADD("unchanged_nothing_written", test_unchanged);
    ADD("guest_keeps_running", test_guest);
    ADD("guest_loses_adapters_warned", test_guest_loses);
    ADD("others_queues_refused", test_refused);
    ADD("not_there_refused", test_not_there);
    ADD("any_operation_fails_old_or_new", test_any_fails);
    ADD("kernel_refusal_has_a_code", test_kernel_refusals);
    ADD("left_half_done_settled_later", test_left_half_done);
    ADD("killed_old_or_new", test_killed);
    return g_test_run();
}
