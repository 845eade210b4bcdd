/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-define.c: definitions, on a host made of plain files; what the kernel
 * makes of a start is for a kernel or its double.
 */
#include <string.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-root.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define STORE  "etc/mdevctl.d/matrix/"
#define LOCK   "run/lock/s390apconfig.lock"

typedef struct {
    ApRoot *root;
    ApHost *host;
} Fixture;

/* Everything belongs to the host. */
static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->root = ap_root_new();
    ap_root_add_matrix_parent(fixture->root, "0xffff", "0xffff");
    fixture->host = ap_host_new(fixture->root->path, NULL);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_host_free(fixture->host);
    ap_root_free(fixture->root);
}

static ApDevice *
make_wish(const char *uuid, const char *adapter)
{
    ApDevice *wish = ap_device_new(AP_DEVICE_MATRIX);

    wish->type_id = g_strdup(AP_MDEV_TYPE_ID);
    wish->uuid = g_strdup(uuid);
    ap_device_add_attr(wish, "assign_adapter", adapter);
    return wish;
}

static ApDevice *
define(Fixture *fixture, const char *adapter, GError **error)
{
    g_autoptr(ApDevice) wish = make_wish(A, adapter);
    ApDevice *device = ap_host_define_matrix(fixture->host, wish, error);

    g_assert_false(ap_root_exists(fixture->root, LOCK));
    return device;
}

/* Queues of the host, or that nobody has, do not matter before the start. */
static void
test_defined(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) device = define(fixture, "5", &error);
    g_autoptr(ApDevice) found = NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(ap_device_get_name(device), ==, NAME_A);
    g_assert_false(ap_device_is_active(device));
    g_assert_true(ap_device_is_persistent(device));
    g_assert_false(ap_device_is_autostart(device));
    found = ap_host_lookup(fixture->host, NAME_A, NULL);
    g_assert_cmpstr(((ApAttr *)found->attrs->pdata[0])->value, ==, "5");
}

static void
test_without_uuid(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) wish = make_wish(NULL, "5");
    g_autoptr(ApDevice) one = ap_host_define_matrix(fixture->host, wish, NULL);
    g_autoptr(ApDevice) two = ap_host_define_matrix(fixture->host, wish, NULL);

    g_assert_cmpstr(one->uuid, !=, two->uuid);
    g_assert_cmpint(ap_host_count(fixture->host, AP_LIST_MATRICES, NULL), ==, 2);
}

static void
test_redefined(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) one = define(fixture, "5", NULL);
    g_autoptr(ApDevice) two = NULL;
    g_autoptr(ApDevice) three = NULL;

    g_assert_nonnull(one);
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, TRUE, NULL));
    two = define(fixture, "6", NULL);
    g_assert_true(ap_device_is_autostart(two));
    g_assert_cmpstr(((ApAttr *)two->attrs->pdata[0])->value, ==, "6");
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, FALSE, NULL));
    three = ap_host_lookup_definition(fixture->host, NAME_A, NULL);
    g_assert_false(ap_device_is_autostart(three));
    g_assert_cmpstr(((ApAttr *)three->attrs->pdata[0])->value, ==, "6");
}

/* A document that does not know of comments says nothing about them. */
static void
test_extras(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) wish = make_wish(A, "5");
    g_autoptr(ApDevice) one = NULL;
    g_autoptr(ApDevice) two = NULL;
    g_autoptr(ApDevice) three = NULL;
    g_autoptr(ApDevice) four = NULL;

    wish->extended = TRUE;
    wish->reserve = AP_RESERVE_UNTIL_BOOT;
    wish->comment = g_strdup("mine");
    one = ap_host_define_matrix(fixture->host, wish, NULL);
    g_assert_cmpstr(ap_device_get_comment(one), ==, "mine");
    two = define(fixture, "6", NULL);
    g_assert_cmpstr(ap_device_get_comment(two), ==, "mine");
    g_assert_true(ap_host_set_autostart(fixture->host, NAME_A, TRUE, NULL));
    three = ap_host_lookup(fixture->host, NAME_A, NULL);
    g_assert_cmpint(ap_device_get_reserve(three), ==, AP_RESERVE_UNTIL_BOOT);
    g_clear_pointer(&wish->comment, g_free);
    wish->reserve = AP_RESERVE_NO;
    four = ap_host_define_matrix(fixture->host, wish, NULL);
    g_assert_null(ap_device_get_comment(four));
    g_assert_cmpint(ap_device_get_reserve(four), ==, AP_RESERVE_NO);
}

static void
test_define_refused(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(GError) value = NULL;
    g_autoptr(GError) parent = NULL;
    g_autoptr(GError) file = NULL;

    g_assert_null(define(fixture, "256", &value));
    g_assert_error(value, AP_ERROR, AP_ERROR_UNSUPPORTED);
    ap_root_write(fixture->root, STORE A, "{");
    g_assert_null(define(fixture, "5", &file));
    g_assert_error(file, AP_ERROR, AP_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(file->message, "/" STORE A));
    ap_root_remove(fixture->root, STORE A);
    ap_root_remove(fixture->root, "sys/devices/vfio_ap");
    g_assert_null(define(fixture, "5", &parent));
    g_assert_error(parent, AP_ERROR, AP_ERROR_UNSUPPORTED);
    g_assert_false(ap_root_exists(fixture->root, STORE A));
}

static void
test_undefined(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApDevice) device = define(fixture, "5", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(device);
    /* The driver may be gone by now. */
    ap_root_remove(fixture->root, "sys/devices/vfio_ap");
    g_assert_true(ap_host_undefine_matrix(fixture->host, NAME_A, &error));
    g_assert_no_error(error);
    g_assert_false(ap_root_exists(fixture->root, STORE A));
    g_assert_false(ap_root_exists(fixture->root, LOCK));
}

typedef gboolean (*Change)(ApHost *host, const char *name, GError **error);

static gboolean
set_autostart(ApHost *host, const char *name, GError **error)
{
    return ap_host_set_autostart(host, name, TRUE, error);
}

static gboolean
look_up(ApHost *host, const char *name, GError **error)
{
    g_autoptr(ApDevice) device = ap_host_lookup_definition(host, name, error);

    return device != NULL;
}

static const struct {
    Change change;
    gint code_of_active; /* but not defined */
} changes[] = {
    { ap_host_undefine_matrix, AP_ERROR_NOT_DEFINED },
    { ap_host_start_matrix, AP_ERROR_EXISTS },
    { set_autostart, AP_ERROR_NOT_DEFINED },
    { look_up, AP_ERROR_NOT_DEFINED },
};

static void
test_unknown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GError) gone = NULL;
        g_autoptr(GError) card = NULL;
        g_autoptr(GError) none = NULL;

        g_assert_false(changes[i].change(fixture->host, NAME_A, &gone));
        g_assert_error(gone, AP_ERROR, AP_ERROR_NOT_FOUND);
        g_assert_nonnull(strstr(gone->message, NAME_A));
        g_assert_false(changes[i].change(fixture->host, "ap_card05", &card));
        g_assert_error(card, AP_ERROR, AP_ERROR_NOT_FOUND);
        g_assert_false(changes[i].change(fixture->host, NULL, &none));
        g_assert_error(none, AP_ERROR, AP_ERROR_NOT_FOUND);
    }
    g_assert_false(ap_root_exists(fixture->root, STORE));
}

static void
test_transient(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_add_matrix(fixture->root, A, "0x0,0x0,0x0", 0);
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(changes[i].change(fixture->host, NAME_A, &error));
        g_assert_error(error, AP_ERROR, changes[i].code_of_active);
        g_assert_nonnull(strstr(error->message, NAME_A));
    }
}

static void
test_bad_file(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE A, "{");
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;

        g_assert_false(changes[i].change(fixture->host, NAME_A, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED);
        g_assert_nonnull(strstr(error->message, "/" STORE A));
        text = ap_root_read(fixture->root, STORE A);
        g_assert_cmpstr(text, ==, "{");
    }
}

/* Somebody else's change lasts too long: nothing happens. */
static void
test_locked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *pid = g_strdup_printf("%d\n", (int)getppid());
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = make_wish(A, "5");

    ap_root_write(fixture->root, LOCK, pid);
    fixture->host->lock_timeout = 1000;
    g_assert_null(ap_host_define_matrix(fixture->host, wish, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_LOCKED);
    g_assert_false(ap_root_exists(fixture->root, STORE A));
    ap_root_write(fixture->root, STORE A,
                  "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"manual\"}");
    for (gsize i = 0; i < 3; i++) {
        g_clear_error(&error);
        g_assert_false(changes[i].change(fixture->host, NAME_A, &error));
        g_assert_error(error, AP_ERROR, AP_ERROR_LOCKED);
    }
    g_assert_true(ap_root_exists(fixture->root, STORE A));
}

/* A program that was killed while it wrote. */
static void
test_recovered(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE ".libvirt-ap.new", "{");
    g_assert_true(ap_host_recover(fixture->host, NULL));
    g_assert_false(ap_root_exists(fixture->root, STORE ".libvirt-ap.new"));
}

#define ADD(name, test)                                                                  \
    g_test_add("/ap-host-define/" name, Fixture, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("taken_queues_defined", test_defined);
    ADD("without_uuid_generated", test_without_uuid);
    ADD("redefined_autostart_kept", test_redefined);
    ADD("extras_kept_unless_told", test_extras);
    ADD("impossible_refused", test_define_refused);
    ADD("undefined_without_driver", test_undefined);
    ADD("unknown_not_found", test_unknown);
    ADD("transient_refused", test_transient);
    ADD("bad_file_named", test_bad_file);
    ADD("locked_nothing_changed", test_locked);
    ADD("leftover_recovered", test_recovered);
    return g_test_run();
}
