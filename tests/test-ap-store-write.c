/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-store-write.c: definitions that are stored, changed and removed, beside
 * others who do the same.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-store-fixture.h"
#include "ap-store-priv.h"

#define A     "62177883-f1bb-47f0-914d-32a22e3a8804"
#define STORE "etc/mdevctl.d/matrix/"
#define TEMP  STORE ".libvirt-ap.new"
#define EMPTY "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\"}"

/* One adapter more each time. */
static ApDevice *
add_adapter(const ApDevice *old, gconstpointer data G_GNUC_UNUSED)
{
    ApDevice *device = ap_store_new_definition(A);

    device->type_id = g_strdup(AP_MDEV_TYPE_ID);
    for (guint i = 0; old && i < old->attrs->len; i++)
        ap_device_add_attr(device, "assign_adapter", "5");
    ap_device_add_attr(device, "assign_adapter", "5");
    return device;
}

static ApDevice *
leave_alone(const ApDevice *old G_GNUC_UNUSED, gconstpointer data G_GNUC_UNUSED)
{
    return NULL;
}

static guint
count_attrs(Fixture *fixture)
{
    g_autoptr(ApDevice) device = ap_store_load(fixture->store, A);

    return device ? device->attrs->len : 0;
}

static struct stat
stat_definition(Fixture *fixture)
{
    g_autofree char *path = g_build_filename(fixture->root->path, STORE A, NULL);
    struct stat info;

    g_assert_cmpint(lstat(path, &info), ==, 0);
    return info;
}

static void
test_new(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) stored = NULL;
    g_autoptr(GError) error = NULL;
    mode_t old = umask(077);

    g_assert_true(ap_store_change(fixture->store, A, add_adapter, NULL, &stored, &error));
    umask(old);
    g_assert_no_error(error);
    g_assert_cmpuint(stored->attrs->len, ==, 1);
    g_assert_cmpuint(count_attrs(fixture), ==, 1);
    g_assert_cmpint(stat_definition(fixture).st_mode & 07777, ==, 0644);
    g_assert_false(ap_store_has_leftover(fixture->store));
}

static void
test_replaced(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *path = g_build_filename(fixture->root->path, STORE A, NULL);
    g_autofree char *text = NULL;

    ap_root_write(fixture->root, STORE A,
                  "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\","
                  " \"mine\": 1.50}");
    g_assert_cmpint(chmod(path, 0640), ==, 0);
    for (guint i = 1; i < 4; i++) {
        g_assert_true(ap_store_change(fixture->store, A, add_adapter, NULL, NULL, NULL));
        g_assert_cmpuint(count_attrs(fixture), ==, i);
    }
    g_assert_cmpint(stat_definition(fixture).st_mode & 07777, ==, 0640);
    text = ap_root_read(fixture->root, STORE A);
    g_assert_nonnull(strstr(text, "\"mine\": 1.50"));
}

static void
test_unchanged(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) stored = NULL;
    struct stat before, after;

    g_assert_true(ap_store_change(fixture->store, A, leave_alone, NULL, &stored, NULL));
    g_assert_null(stored);
    g_assert_false(ap_root_exists(fixture->root, STORE));
    ap_root_write(fixture->root, STORE A, EMPTY);
    before = stat_definition(fixture);
    g_assert_true(ap_store_change(fixture->store, A, leave_alone, NULL, &stored, NULL));
    g_assert_nonnull(stored);
    after = stat_definition(fixture);
    g_assert_cmpuint(before.st_ino, ==, after.st_ino);
}

/* A file that cannot be understood is somebody's, and stays as it is. */
static void
test_bad(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const char *const texts[] = { "{", "{\"mdev_type\": \"other\"}", "",
                                         EMPTY " // mine" };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;

        ap_root_write(fixture->root, STORE A, texts[i]);
        g_assert_false(
            ap_store_change(fixture->store, A, add_adapter, NULL, NULL, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, "/" STORE A));
        text = ap_root_read(fixture->root, STORE A);
        g_assert_cmpstr(text, ==, texts[i]);
    }
}

static void
test_link(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    ap_root_write(fixture->root, "elsewhere", EMPTY);
    ap_root_link(fixture->root, STORE A, "../../../elsewhere");
    g_assert_false(ap_store_change(fixture->store, A, add_adapter, NULL, NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    text = ap_root_read(fixture->root, "elsewhere");
    g_assert_cmpstr(text, ==, EMPTY);
}

/* Somebody writes between our reading and our writing, @data times. */
static ApDevice *
interfere(const ApDevice *old, gconstpointer data)
{
    Fixture *fixture = (Fixture *)data;
    g_autofree char *text = NULL;

    if (fixture->calls-- > 1) {
        text = g_strdup_printf("{\"mdev_type\": \"vfio_ap-passthrough\", "
                               "\"start\": \"manual\", \"mine\": %u}",
                               fixture->calls);
        ap_root_write(fixture->root, STORE A, text);
    }
    return add_adapter(old, NULL);
}

static void
test_interference(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    fixture->calls = 3;
    g_assert_true(ap_store_change(fixture->store, A, interfere, fixture, NULL, &error));
    g_assert_no_error(error);
    text = ap_root_read(fixture->root, STORE A);
    g_assert_nonnull(strstr(text, "\"mine\": 1"));
    g_assert_cmpuint(count_attrs(fixture), ==, 1);
    fixture->calls = 100;
    g_assert_false(ap_store_change(fixture->store, A, interfere, fixture, NULL, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
}

static void
test_removed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_assert_true(ap_store_remove(fixture->store, A, NULL));
    ap_root_write(fixture->root, STORE A, EMPTY);
    g_assert_true(ap_store_remove(fixture->store, A, NULL));
    g_assert_false(ap_root_exists(fixture->root, STORE A));
    g_assert_true(ap_store_remove(fixture->store, A, NULL));
}

static void
test_not_removed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;

    ap_root_mkdir(fixture->root, STORE A);
    g_assert_false(ap_store_remove(fixture->store, A, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, A));
}

static void
test_leftover(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_store_clean_up(fixture->store);
    ap_root_write(fixture->root, TEMP, "{");
    g_assert_true(ap_store_has_leftover(fixture->store));
    g_assert_true(ap_store_change(fixture->store, A, add_adapter, NULL, NULL, NULL));
    g_assert_false(ap_store_has_leftover(fixture->store));
    ap_root_write(fixture->root, TEMP, "{");
    ap_store_clean_up(fixture->store);
    g_assert_false(ap_store_has_leftover(fixture->store));
}

#define ADD(name, test)                                                                  \
    g_test_add("/ap-store-write/" name, Fixture, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("new_definition_stored", test_new);
    ADD("replaced_mode_and_others_members_kept", test_replaced);
    ADD("nothing_to_change_not_written", test_unchanged);
    ADD("bad_file_not_touched", test_bad);
    ADD("link_not_replaced", test_link);
    ADD("changed_meanwhile_not_lost", test_interference);
    ADD("removed_or_gone", test_removed);
    ADD("not_removable_says_why", test_not_removed);
    ADD("leftover_removed", test_leftover);
    return g_test_run();
}
