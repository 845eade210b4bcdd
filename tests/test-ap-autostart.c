/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-autostart.c: who is tried, and what is said of it.  That a matrix really
 * starts needs a kernel or its double.
 */
#include <string.h>
#include <unistd.h>

#include "ap-autostart.h"
#include "ap-host-priv.h"
#include "ap-mark.h"
#include "ap-root.h"

#define A     "62177883-f1bb-47f0-914d-32a22e3a8804"
#define B     "62177883-f1bb-47f0-914d-32a22e3a8805"
#define STORE "etc/mdevctl.d/matrix/"
#define LOCK  "run/lock/s390apconfig.lock"
#define TYPED(start, attrs)                                                              \
    "{\"mdev_type\": \"vfio_ap-passthrough\", \"start\": \"" start                       \
    "\", \"attrs\": [" attrs "]}"
#define QUEUE "{\"assign_adapter\": \"5\"}, {\"assign_domain\": \"4\"}"

typedef struct {
    ApRoot *root;
    ApHost *host;
    ApAutostart *autostart;
} Fixture;

/* Queue 05.0004 is the host's. */
static void
setup(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture->root = ap_root_new();
    ap_root_add_matrix_parent(fixture->root, "0xffff", "0xffff");
    ap_root_mkdir(fixture->root, "run");
    fixture->host = ap_host_new(fixture->root->path, NULL);
    fixture->autostart = ap_autostart_new(fixture->host);
}

static void
teardown(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_autostart_free(fixture->autostart);
    ap_host_free(fixture->host);
    ap_root_free(fixture->root);
}

static void
run(Fixture *fixture, ApAutostartScope scope)
{
    g_assert_true(ap_autostart_run(fixture->autostart, scope));
    g_test_assert_expected_messages();
}

static void
expect_failure(const char *uuid, const char *reason)
{
    g_autofree char *pattern =
        g_strdup_printf("*matrix %s is not started*%s*", uuid, reason);

    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, pattern);
}

/* Again and again, but said once, until the reason is another. */
static void
test_failure(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    ap_root_write(fixture->root, STORE B, TYPED("manual", QUEUE));
    expect_failure(A, "05.0004 belongs to the host pool");
    run(fixture, AP_AUTOSTART_ALL);
    run(fixture, AP_AUTOSTART_ALL);
    run(fixture, AP_AUTOSTART_FAILED);
    ap_root_write(fixture->root, "sys/bus/ap/apmask", "0x0");
    ap_root_add_matrix(fixture->root, B, "0x04,0x08,0", 0);
    expect_failure(A, "05.0004 is assigned to matrix " B);
    run(fixture, AP_AUTOSTART_FAILED);
    run(fixture, AP_AUTOSTART_ALL);
}

/* Switched off and on again: said again. */
static void
test_switched(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    expect_failure(A, "host pool");
    run(fixture, AP_AUTOSTART_ALL);
    ap_root_write(fixture->root, STORE A, TYPED("manual", QUEUE));
    ap_mark_set(fixture->root->fd, A);
    run(fixture, AP_AUTOSTART_NONE);
    g_assert_false(ap_mark_is_set(fixture->root->fd, A));
    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    run(fixture, AP_AUTOSTART_FAILED);
    expect_failure(A, "host pool");
    run(fixture, AP_AUTOSTART_ALL);
}

/* What was there, or is, is left alone until the driver has gone. */
static void
test_marked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    ap_root_add_matrix(fixture->root, A, "0x0,0x0,0x0", 0);
    run(fixture, AP_AUTOSTART_ALL);
    g_assert_true(ap_mark_is_set(fixture->root->fd, A));
    ap_root_remove(fixture->root, "sys/devices/vfio_ap/matrix/" A);
    run(fixture, AP_AUTOSTART_ALL);
    ap_autostart_forget(fixture->autostart);
    expect_failure(A, "host pool");
    run(fixture, AP_AUTOSTART_ALL);
    ap_root_add_matrix(fixture->root, A, "0x0,0x0,0x0", 0);
    ap_autostart_saw(fixture->autostart, A);
    ap_root_remove(fixture->root, "sys/devices/vfio_ap/matrix/" A);
    run(fixture, AP_AUTOSTART_ALL);
    g_assert_true(ap_mark_is_set(fixture->root->fd, A));
    g_assert_true(ap_host_set_autostart(
        fixture->host, "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix", TRUE, NULL));
    g_assert_false(ap_mark_is_set(fixture->root->fd, A));
}

/* It had the UUID that was defined since. */
static void
test_gone_not_marked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    ap_autostart_saw(fixture->autostart, A);
    g_assert_false(ap_mark_is_set(fixture->root->fd, A));
    expect_failure(A, "host pool");
    run(fixture, AP_AUTOSTART_ALL);
}

static void
test_manual_not_marked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    ap_root_write(fixture->root, STORE A, TYPED("manual", QUEUE));
    ap_autostart_saw(fixture->autostart, A);
    ap_autostart_saw(fixture->autostart, B);
    g_assert_false(ap_mark_is_set(fixture->root->fd, A));
    g_assert_false(ap_mark_is_set(fixture->root->fd, B));
}

static void
test_no_driver(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(ApAutostart) again = NULL;

    ap_mark_set(fixture->root->fd, A);
    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    ap_root_remove(fixture->root, "sys/devices/vfio_ap");
    again = ap_autostart_new(fixture->host);
    g_assert_false(ap_mark_is_set(fixture->root->fd, A));
    expect_failure(A, "no device 'ap_matrix'");
    run(fixture, AP_AUTOSTART_ALL);
}

/* Nobody waits for the same lock twice. */
static void
test_locked(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autofree char *pid = g_strdup_printf("%d\n", (int)getppid());

    ap_root_write(fixture->root, STORE A, TYPED("auto", QUEUE));
    ap_root_write(fixture->root, STORE B, TYPED("auto", QUEUE));
    ap_root_write(fixture->root, LOCK, pid);
    fixture->host->lock_timeout = 1000;
    expect_failure(A, "s390apconfig.lock");
    g_assert_false(ap_autostart_run(fixture->autostart, AP_AUTOSTART_ALL));
    g_test_assert_expected_messages();
    ap_root_remove(fixture->root, LOCK);
    expect_failure(A, "host pool");
    run(fixture, AP_AUTOSTART_FAILED);
}

#define ADD(name, test)                                                                  \
    g_test_add("/ap-autostart/" name, Fixture, NULL, setup, test, teardown)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("failure_said_once_for_each_reason", test_failure);
    ADD("switched_off_forgotten", test_switched);
    ADD("once_there_left_alone", test_marked);
    ADD("gone_not_marked", test_gone_not_marked);
    ADD("manual_not_marked", test_manual_not_marked);
    ADD("without_driver_marks_do_not_count", test_no_driver);
    ADD("locked_tried_again", test_locked);
    return g_test_run();
}
