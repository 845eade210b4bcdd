/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-extras.c: what definitions have beside what mdevctl knows, through the store
 * that they belong to.
 */
#include <string.h>

#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-store-fixture.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B      "62177883-f1bb-47f0-914d-32a22e3a8805"
#define STORE  "etc/mdevctl.d/matrix/"
#define EXTRAS "etc/libvirt/ap/"
#define EMPTY  "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\"}"

typedef struct {
    ApReserve reserve;
    const char *comment;
    gboolean autostart;
} Wanted;

static ApDevice *
make(const ApDevice *old G_GNUC_UNUSED, gconstpointer data)
{
    const Wanted *wanted = data;
    ApDevice *device = ap_store_new_definition(A);

    device->type_id = g_strdup(AP_MDEV_TYPE_ID);
    device->reserve = wanted->reserve;
    device->comment = g_strdup(wanted->comment);
    device->autostart = wanted->autostart;
    return device;
}

static void
assert_stored(Fixture *fixture, const Wanted *wanted)
{
    g_autoptr(ApDevice) device = ap_store_load(fixture->store, A);

    g_assert_nonnull(device);
    g_assert_cmpint(ap_device_get_reserve(device), ==, wanted->reserve);
    g_assert_cmpstr(ap_device_get_comment(device), ==, wanted->comment);
    g_assert_cmpint(ap_device_is_autostart(device), ==, wanted->autostart);
    g_assert_false(ap_store_has_leftover(fixture->store));
}

static void
test_stored(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const Wanted wanted[] = {
        { AP_RESERVE_NO, NULL, FALSE },
        { AP_RESERVE_DEFAULT, NULL, FALSE },
        { AP_RESERVE_UNTIL_BOOT, "two\nlines; [x] = \xc3\xa4", FALSE },
        { AP_RESERVE_UNTIL_BOOT, "two\nlines; [x] = \xc3\xa4", TRUE },
        { AP_RESERVE_PERSISTENT, "", TRUE },
        { AP_RESERVE_NO, "y", FALSE },
        { AP_RESERVE_NO, NULL, TRUE },
        { AP_RESERVE_NO, "z", TRUE },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_true(ap_store_change(fixture->store, A, make, &wanted[i], NULL, &error));
        g_assert_no_error(error);
        assert_stored(fixture, &wanted[i]);
        g_assert_cmpint(ap_root_exists(fixture->root, EXTRAS A), ==,
                        wanted[i].reserve != AP_RESERVE_NO || wanted[i].comment);
    }
    g_assert_true(ap_store_remove(fixture->store, A, NULL));
    g_assert_false(ap_root_exists(fixture->root, EXTRAS A));
}

/* mdevctl knows nothing of it, and takes nothing away. */
static void
test_mdevctl(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const Wanted wanted = { AP_RESERVE_DEFAULT, "mine", TRUE };
    static const Wanted manual = { AP_RESERVE_DEFAULT, "mine", FALSE };

    g_assert_true(ap_store_change(fixture->store, A, make, &wanted, NULL, NULL));
    ap_root_write(fixture->root, STORE A, EMPTY);
    assert_stored(fixture, &manual);
    ap_root_remove(fixture->root, STORE A);
    g_assert_true(ap_store_has_leftover(fixture->store));
    ap_store_clean_up(fixture->store);
    g_assert_false(ap_root_exists(fixture->root, EXTRAS A));
}

/* A file that is bad says so, and leaves the definition alone. */
static void
test_bad(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const Wanted none = { AP_RESERVE_NO, NULL, FALSE };
    static const char *const texts[] = { "x", "[matrix]\nreserve=perhaps\n",
                                         "[other]\n" };

    ap_root_write(fixture->root, STORE A, EMPTY);
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        ap_root_write(fixture->root, EXTRAS A, texts[i]);
        g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING,
                              "*ignoring '/" EXTRAS A "'*");
        assert_stored(fixture, &none);
        assert_stored(fixture, &none);
        g_test_assert_expected_messages();
    }
}

/* What was written down counts with the definition that it is for, and only then. */
static void
test_settled(Fixture *fixture, gconstpointer data)
{
    static const Wanted old = { AP_RESERVE_NO, "old", FALSE };
    static const Wanted new = { AP_RESERVE_DEFAULT, "new", TRUE };
    gboolean written = data != NULL;
    g_autoptr(ApDevice) device = make(NULL, &new);
    g_autofree char *text = NULL;

    g_assert_true(ap_store_change(fixture->store, A, make, &new, NULL, NULL));
    text = ap_root_read(fixture->root, STORE A);
    g_assert_true(ap_store_change(fixture->store, A, make, &old, NULL, NULL));
    g_assert_cmpint(ap_extras_prepare(fixture->root->fd, device, text), ==, 0);
    if (written)
        ap_root_write(fixture->root, STORE A, text);
    g_assert_true(ap_store_has_leftover(fixture->store));
    ap_store_clean_up(fixture->store);
    assert_stored(fixture, written ? &new : &old);
}

static void
test_garbage(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, EXTRAS "next", "garbage");
    ap_root_write(fixture->root, EXTRAS ".new", "garbage");
    ap_root_write(fixture->root, EXTRAS B, "[matrix]\nreserve=default\n");
    ap_root_write(fixture->root, STORE B, "{");
    ap_store_clean_up(fixture->store);
    g_assert_false(ap_store_has_leftover(fixture->store));
    g_assert_true(ap_root_exists(fixture->root, EXTRAS B));
}

static void
test_not_written(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const Wanted wanted = { AP_RESERVE_DEFAULT, "mine", TRUE };
    g_autoptr(GError) error = NULL;

    ap_root_write(fixture->root, "etc/libvirt", "");
    g_assert_false(ap_store_change(fixture->store, A, make, &wanted, NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_false(ap_root_exists(fixture->root, STORE A));
}

#define ADD(name, data, test)                                                            \
    g_test_add("/ap-extras/" name, Fixture, data, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("stored_with_the_definition", NULL, test_stored);
    ADD("mdevctl_takes_nothing_away", NULL, test_mdevctl);
    ADD("bad_file_warned_once", NULL, test_bad);
    ADD("definition_not_written_old_count", NULL, test_settled);
    ADD("definition_written_new_count", "", test_settled);
    ADD("garbage_removed", NULL, test_garbage);
    ADD("no_place_nothing_changed", NULL, test_not_written);
    return g_test_run();
}
