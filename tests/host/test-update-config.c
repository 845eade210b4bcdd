/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-update-config.c: matrices that are defined are changed, now, in their stored
 * form, or both, on a simulated machine: cards 5 and 6 with the domains 4, 0x47, 0xab,
 * 0xff, free for guests.
 */
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "ap-host-priv.h"
#include "machine.h"
#include "sweep.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define NAME_B "mdev_62177883_f1bb_47f0_914d_32a22e3a8805_matrix"
#define STORE  "/etc/mdevctl.d/matrix"
#define LOCK   "/run/lock/s390apconfig.lock"
#define NOTE   "/run/libvirt-ap/making"

#define OLD "assign_adapter=5 assign_adapter=6 assign_domain=4"
#define NEW "assign_adapter=6 assign_domain=4 assign_domain=171"

static void
define(ApHost *host, const char *attrs)
{
    g_autoptr(ApDevice) wish = machine_wish(A, attrs);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) defined = ap_host_define_matrix(host, wish, &error);

    g_assert_no_error(error);
    g_assert_nonnull(defined);
}

/* A is active and defined, as OLD. */
static void
setup(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    *host = ap_host_new("/", &error);
    g_assert_no_error(error);
    define(*host, OLD);
    g_assert_true(ap_host_set_autostart(*host, NAME_A, TRUE, &error));
    g_assert_no_error(error);
    ap_device_unref(machine_create(*host, A, OLD));
}

static void
teardown(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    machine_assert_sound(*host);
    g_assert_false(g_file_test(NOTE, G_FILE_TEST_EXISTS));
    if (g_file_test("/sys/devices/vfio_ap/matrix/" A, G_FILE_TEST_EXISTS))
        machine_destroy(*host, NAME_A);
    g_assert_true(ap_host_undefine_matrix(*host, NAME_A, NULL));
    g_clear_pointer(host, ap_host_free);
}

static char *
print_live(ApHost *host)
{
    g_autoptr(ApDevice) device = ap_host_lookup(host, NAME_A, NULL);

    return machine_print_attrs(device);
}

static char *
print_stored(ApHost *host)
{
    g_autoptr(ApDevice) device = ap_host_lookup_definition(host, NAME_A, NULL);

    g_assert_true(ap_device_is_autostart(device));
    return machine_print_attrs(device);
}

static void
assert_state(ApHost *host, const char *live, const char *stored)
{
    g_autofree char *is_live = print_live(host);
    g_autofree char *is_stored = print_stored(host);

    g_assert_cmpstr(is_live, ==, live);
    g_assert_cmpstr(is_stored, ==, stored);
}

static gboolean
update(ApHost *host, ApUpdateFlags flags, GError **error)
{
    g_autoptr(ApDevice) wish = machine_wish(A, NEW);

    return ap_host_update_matrix(host, NAME_A, wish, flags, NULL, error);
}

/* What each flag changes. */
static const struct {
    ApUpdateFlags flags;
    const char *live;
    const char *stored;
} changes[] = {
    { AP_UPDATE_CURRENT, NEW, OLD },
    { AP_UPDATE_LIVE, NEW, OLD },
    { AP_UPDATE_CONFIG, OLD, NEW },
    { AP_UPDATE_LIVE | AP_UPDATE_CONFIG, NEW, NEW },
};

static void
restore(ApHost *host)
{
    g_autoptr(ApDevice) wish = machine_wish(A, OLD);
    g_autoptr(GError) error = NULL;

    ap_host_update_matrix(host, NAME_A, wish, AP_UPDATE_LIVE | AP_UPDATE_CONFIG, NULL,
                          &error);
    g_assert_no_error(error);
    assert_state(host, OLD, OLD);
}

static void
test_flags(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GError) error = NULL;

        update(*host, changes[i].flags, &error);
        g_assert_no_error(error);
        assert_state(*host, changes[i].live, changes[i].stored);
        restore(*host);
    }
}

static void
test_inactive(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    machine_destroy(*host, NAME_A);
    g_assert_false(update(*host, AP_UPDATE_LIVE, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_ACTIVE);
    g_clear_error(&error);
    g_assert_false(update(*host, AP_UPDATE_LIVE | AP_UPDATE_CONFIG, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_ACTIVE);
    g_clear_error(&error);
    assert_state(*host, OLD, OLD);
    g_assert_true(update(*host, AP_UPDATE_CURRENT, &error));
    assert_state(*host, NEW, NEW);
}

static void
test_transient(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) other = machine_create(*host, B, "assign_adapter=5");
    g_autoptr(ApDevice) wish = machine_wish(B, NEW);
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_host_update_matrix(*host, NAME_B, wish,
                                         AP_UPDATE_LIVE | AP_UPDATE_CONFIG, NULL,
                                         &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_NOT_DEFINED);
    g_assert_false(g_file_test(STORE "/" B, G_FILE_TEST_EXISTS));
    machine_destroy(*host, ap_device_get_name(other));
}

/* The definition cannot be written: the matrix becomes what it was. */
static void
test_store_fails(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(mount(STORE, STORE, NULL, MS_BIND, NULL), ==, 0);
    g_assert_cmpint(mount(NULL, STORE, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), ==,
                    0);
    g_test_expect_message("libvirt-ap", G_LOG_LEVEL_WARNING, "cannot remove *Read-only*");
    g_assert_false(update(*host, AP_UPDATE_LIVE | AP_UPDATE_CONFIG, &error));
    g_test_assert_expected_messages();
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "Read-only file system"));
    g_assert_cmpint(umount(STORE), ==, 0);
    assert_state(*host, OLD, OLD);
}

static void
work(gpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);

    update(host, AP_UPDATE_LIVE | AP_UPDATE_CONFIG, NULL);
}

static gboolean
settle(gpointer data)
{
    ApHost *host = data;
    g_autofree char *live = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(ap_host_recover(host, &error));
    g_assert_no_error(error);
    unlink(LOCK);
    live = print_live(host);
    assert_state(host, live, live);
    if (g_str_equal(live, OLD))
        return FALSE;
    restore(host);
    return TRUE;
}

/* Killed at whichever system call, both are old or both are new. */
static void
test_killed(ApHost **host, gconstpointer data G_GNUC_UNUSED)
{
    static const Sweep sweep = { NULL, work, settle };

    sweep_kill_everywhere(&sweep, *host);
}

#define ADD(name, test)                                                                  \
    g_test_add("/update-config/" name, ApHost *, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("flags_say_what_changes", test_flags);
    ADD("inactive_only_stored", test_inactive);
    ADD("transient_not_stored", test_transient);
    ADD("store_fails_live_restored", test_store_fails);
    ADD("killed_both_old_or_both_new", test_killed);
    return g_test_run();
}
