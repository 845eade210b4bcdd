/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-host-lock.c: the configuration decides whether a change begins, and how
 * long it waits.
 */
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-root.h"

#define CONFIG "etc/libvirt/ap.conf"
#define LOCK   "run/lock/s390apconfig.lock"
#define UUID   "62177883-f1bb-47f0-914d-32a22e3a8804"

static ApHost *
open_host(ApRoot *root)
{
    g_autoptr(GError) error = NULL;
    ApHost *host = ap_host_new(root->path, &error);

    g_assert_no_error(error);
    ap_root_mkdir(root, "run/lock");
    return host;
}

/* Somebody who lives as long as the test has the lock. */
static void
take_lock(ApRoot *root)
{
    g_autofree char *pid = g_strdup_printf("%d\n", getppid());

    ap_root_write(root, LOCK, pid);
}

static void
test_mistake_nothing_begins(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = open_host(root);
    g_autoptr(ApDevice) wish = ap_device_new(AP_DEVICE_MATRIX);
    g_autoptr(GError) error = NULL;
    ApConfig config;

    ap_root_write(root, CONFIG, "[lock]\nlimit = 5\n");
    g_assert_null(ap_host_lock(host, &config, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFIG);
    g_assert_false(ap_root_exists(root, LOCK));
    g_clear_error(&error);
    g_assert_null(ap_host_create_matrix(host, wish, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_CONFIG);
}

static void
test_mistake_mended_begins(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = open_host(root);
    ApConfig config;
    ApLock *lock;

    ap_root_write(root, CONFIG, "[lock]\nlimit = 5\n");
    g_assert_null(ap_host_lock(host, &config, NULL));
    ap_root_write(root, CONFIG, "[lock]\ndeadline = 5\n");
    lock = ap_host_lock(host, &config, NULL);
    g_assert_nonnull(lock);
    g_assert_cmpuint(config.deadline, ==, 5);
    g_assert_true(ap_root_exists(root, LOCK));
    ap_lock_release(lock);
    g_assert_false(ap_root_exists(root, LOCK));
}

static void
test_deadline_as_configured(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = open_host(root);
    g_autoptr(GError) error = NULL;
    gint64 begin = g_get_monotonic_time();
    ApConfig config;

    ap_root_write(root, CONFIG, "[lock]\ndeadline = 1\n");
    take_lock(root);
    g_assert_null(ap_host_lock(host, &config, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_LOCKED);
    g_assert_cmpint(g_get_monotonic_time() - begin, >=, G_USEC_PER_SEC);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 9 * G_USEC_PER_SEC);
}

/* What was begun is finished, whatever somebody wrote into the file meanwhile. */
static void
test_mistake_recovers_nevertheless(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = open_host(root);
    g_autoptr(GError) error = NULL;

    ap_root_write(root, CONFIG, "nonsense\n");
    ap_root_write(root, "run/libvirt-ap/making", UUID " 0x0,0x0,0x0\n");
    g_assert_true(ap_host_recover(host, &error));
    g_assert_no_error(error);
}

static void
test_extensions_shown_as_configured(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(ApHost) host = open_host(root);

    g_assert_false(ap_host_shows_extensions(host));
    ap_root_write(root, CONFIG, "[xml]\nshow-extensions = yes\n");
    g_assert_true(ap_host_shows_extensions(host));
    ap_root_write(root, CONFIG, "[xml]\nshow-extensions = yes\nx = y\n");
    g_assert_false(ap_host_shows_extensions(host));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-host-lock/mistake_nothing_begins", test_mistake_nothing_begins);
    g_test_add_func("/ap-host-lock/mistake_mended_begins", test_mistake_mended_begins);
    g_test_add_func("/ap-host-lock/deadline_as_configured", test_deadline_as_configured);
    g_test_add_func("/ap-host-lock/mistake_recovers_nevertheless",
                    test_mistake_recovers_nevertheless);
    g_test_add_func("/ap-host-lock/extensions_shown_as_configured",
                    test_extensions_shown_as_configured);
    return g_test_run();
}
