/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-live.c: a machine in use: guests that hold a matrix, hardware
 * that comes and goes, definitions of mdevctl, events.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap-host-priv.h"
#include "ap-monitor.h"
#include "machine.h"

#define A      "62177883-f1bb-47f0-914d-32a22e3a8804"
#define NAME_A "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix"
#define WISH   "assign_adapter=5 assign_domain=4"

static void
assert_not_destroyed(ApHost *host, ApError code, const char *message)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(ap_host_destroy_matrix(host, NAME_A, &error));
    g_assert_error(error, AP_ERROR, (gint)code);
    g_assert_nonnull(strstr(error->message, message));
    machine_assert_sound(host);
}

static void
test_guest(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(ApDevice) device = machine_create(host, A, WISH);
    gint64 started;

    g_assert_cmpstr(ap_device_get_uuid(device), ==, A);
    machine_control("guest_open", A);
    started = g_get_monotonic_time();
    assert_not_destroyed(host, AP_ERROR_BUSY, "matrix " A " is in use by");
    g_assert_cmpint(g_get_monotonic_time() - started, <, G_USEC_PER_SEC);
    g_assert_true(ap_host_has(host, NAME_A));
    machine_control("guest_close", A);
    machine_destroy(host, NAME_A);
    assert_not_destroyed(host, AP_ERROR_NOT_FOUND, NAME_A);
}

/* A child that has the group of A open, and tells so with its first byte; it ends when
 * the other end of @end is closed, and runs another program before if @executes. */
static pid_t
fork_user(int *end, gboolean executes)
{
    g_autofree char *group =
        g_file_read_link("/sys/devices/vfio_ap/matrix/" A "/iommu_group", NULL);
    g_autofree char *number = g_path_get_basename(group);
    g_autofree char *path = g_build_filename("/dev/vfio", number, NULL);
    int to[2], from[2];
    char byte = 0;
    pid_t child;

    g_assert_cmpint(pipe(to), ==, 0);
    g_assert_cmpint(pipe(from), ==, 0);
    child = fork();
    if (child == 0) {
        dup2(to[0], STDIN_FILENO);
        close(to[1]);
        if (open(path, O_RDWR) < 0)
            _exit(1);
        if (executes)
            execl("/bin/sh", "sh", "-c", "echo >&$0; exec cat",
                  g_strdup_printf("%d", from[1]), NULL);
        (void)!write(from[1], "", 1);
        (void)!read(STDIN_FILENO, &byte, 1);
        _exit(0);
    }
    g_assert_cmpint(child, >, 0);
    close(from[1]);
    close(to[0]);
    g_assert_cmpint(read(from[0], &byte, 1), ==, 1);
    close(from[0]);
    *end = to[1];
    return child;
}

static gpointer
end_soon(gpointer end)
{
    /* While the other thread looks again and again. */
    g_usleep(G_USEC_PER_SEC / 10);
    close(GPOINTER_TO_INT(end));
    return NULL;
}

/* What the daemon forks has copies of its descriptors for a moment. */
static void
test_fork(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(ApDevice) device = machine_create(host, A, WISH);
    pid_t child;
    int end;

    g_assert_cmpstr(ap_device_get_uuid(device), ==, A);
    child = fork_user(&end, TRUE);
    assert_not_destroyed(host, AP_ERROR_BUSY, "is in use by process ");
    close(end);
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);

    child = fork_user(&end, FALSE);
    g_thread_unref(g_thread_new("end", end_soon, GINT_TO_POINTER(end)));
    machine_destroy(host, NAME_A);
    g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
}

/* Waits until the machine has done what it was told, by its events. */
static gboolean
wait_for(ApMonitor *monitor, ApEventAction action, const char *name)
{
    gint64 deadline = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

    while (g_get_monotonic_time() < deadline) {
        struct pollfd poller = { .fd = ap_monitor_get_fd(monitor), .events = POLLIN };
        ApEvent event;

        while (ap_monitor_next(monitor, &event) == AP_MONITOR_EVENT) {
            g_autofree char *text = ap_name_format(&event.device);

            if (event.action == action && g_str_equal(text, name))
                return TRUE;
        }
        poll(&poller, 1, 1000);
    }
    return FALSE;
}

static void
test_events(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(ApMonitor) monitor = ap_monitor_new(&error);
    g_autoptr(ApDevice) device = NULL;

    g_assert_no_error(error);
    device = machine_create(host, A, WISH);
    g_assert_true(wait_for(monitor, AP_EVENT_ADDED, NAME_A));
    machine_destroy(host, NAME_A);
    g_assert_true(wait_for(monitor, AP_EVENT_REMOVED, NAME_A));
    machine_control("card_add", "9 CEX8P");
    g_assert_cmpint(machine_write("/sys/bus/ap/scans", "1"), ==, 0);
    g_assert_true(wait_for(monitor, AP_EVENT_ADDED, "ap_card09"));
    g_assert_true(wait_for(monitor, AP_EVENT_ADDED, "ap_09_00ff"));
    machine_control("card_remove", "9");
    g_assert_cmpint(machine_write("/sys/bus/ap/scans", "1"), ==, 0);
    g_assert_true(wait_for(monitor, AP_EVENT_REMOVED, "ap_card09"));
}

static gpointer
plug_thread(gpointer data)
{
    gint *stop = data;

    while (!g_atomic_int_get(stop)) {
        machine_control("card_add", "9 CEX8P");
        g_assert_cmpint(machine_write("/sys/bus/ap/scans", "1"), ==, 0);
        machine_control("card_remove", "9");
        g_assert_cmpint(machine_write("/sys/bus/ap/scans", "1"), ==, 0);
    }
    return NULL;
}

/* Devices that go away under our hands are no error. */
static void
test_hotplug(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    gint stop = FALSE;
    GThread *thread = g_thread_new("plug", plug_thread, &stop);

    for (guint i = 0; i < 100; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) names = ap_host_list_names(host, AP_LIST_ALL_KINDS, &error);

        g_assert_no_error(error);
        for (guint n = 0; n < names->len; n++) {
            g_autoptr(GError) failure = NULL;
            g_autoptr(ApDevice) device = ap_host_lookup(host, names->pdata[n], &failure);

            if (!device)
                g_assert_error(failure, AP_ERROR, AP_ERROR_NOT_FOUND);
        }
    }
    g_atomic_int_set(&stop, TRUE);
    g_thread_join(thread);
}

static void
run(const char *command)
{
    g_autoptr(GError) error = NULL;
    gint status = 0;

    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, &status, &error));
    g_assert_no_error(error);
    g_assert_true(g_spawn_check_wait_status(status, NULL));
}

/* mdevctl and we see the same. */
static void
test_mdevctl(void)
{
    g_autoptr(ApHost) host = ap_host_new("/", NULL);
    g_autoptr(ApDevice) defined = NULL;
    g_autoptr(ApDevice) active = NULL;
    g_autofree char *attrs_defined = NULL;
    g_autofree char *attrs_active = NULL;

    run("mdevctl define -u " A " -p matrix -t vfio_ap-passthrough --auto");
    run("mdevctl modify -u " A " --addattr=assign_domain --value=0xab");
    run("mdevctl modify -u " A " --addattr=assign_adapter --value=6");
    defined = ap_host_lookup(host, NAME_A, NULL);
    attrs_defined = machine_print_attrs(defined);
    g_assert_false(ap_device_is_active(defined));
    g_assert_true(ap_device_is_autostart(defined));
    g_assert_cmpstr(attrs_defined, ==, "assign_domain=0xab assign_adapter=6");
    assert_not_destroyed(host, AP_ERROR_NOT_ACTIVE, "is not active");
    run("mdevctl start -u " A);
    active = ap_host_lookup(host, NAME_A, NULL);
    attrs_active = machine_print_attrs(active);
    g_assert_true(ap_device_is_active(active));
    g_assert_true(ap_device_is_persistent(active));
    g_assert_cmpstr(attrs_active, ==, "assign_adapter=6 assign_domain=171");
    machine_destroy(host, NAME_A);
    g_assert_cmpint(ap_host_count(host, AP_LIST_MATRICES | AP_LIST_INACTIVE, NULL), ==,
                    1);
    run("mdevctl undefine -u " A);
    g_assert_false(ap_host_has(host, NAME_A));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/live/guest_keeps_matrix", test_guest);
    g_test_add_func("/host/live/forked_process_is_no_guest", test_fork);
    g_test_add_func("/host/live/events_told", test_events);
    g_test_add_func("/host/live/hotplug_no_error", test_hotplug);
    g_test_add_func("/host/live/mdevctl_agrees", test_mdevctl);
    return g_test_run();
}
