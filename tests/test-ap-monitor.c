/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-monitor.c: which udev events are about AP devices.
 */
#include "ap-monitor.h"

#define UUID   "62177883-f1bb-47f0-914d-32a22e3a8804"
#define MATRIX "/sys/devices/vfio_ap/matrix"

static const struct {
    const char *action;
    const char *subsystem;
    const char *syspath;
    const char *name; /* NULL: not ours */
    ApEventAction expected;
} events[] = {
    { "add", "ap", "/sys/devices/ap/card05", "ap_card05", AP_EVENT_ADDED },
    { "remove", "ap", "/sys/devices/ap/card05/05.0004", "ap_05_0004", AP_EVENT_REMOVED },
    { "bind", "ap", "/sys/devices/ap/card05/05.00ff", "ap_05_00ff", AP_EVENT_CHANGED },
    { "unbind", "ap", "/sys/devices/ap/card05/05.00ff", "ap_05_00ff", AP_EVENT_CHANGED },
    { "change", "ap", "/sys/devices/ap/card05", "ap_card05", AP_EVENT_CHANGED },
    { "add", "matrix", MATRIX, "ap_matrix", AP_EVENT_ADDED },
    { "add", "mdev", MATRIX "/" UUID, "mdev_62177883_f1bb_47f0_914d_32a22e3a8804_matrix",
      AP_EVENT_ADDED },
    { "add", "ap", "/sys/devices/ap/other", NULL, 0 },
    { "add", "ap", "", NULL, 0 },
    { "add", "matrix", "/sys/devices/vfio_ap/other", NULL, 0 },
    { "add", "mdev", "/sys/devices/pci0000:00/0000:00:02.0/" UUID, NULL, 0 },
    { "add", "mdev", MATRIX "/not-a-uuid", NULL, 0 },
    { "add", "mdev", UUID, NULL, 0 },
    { "add", "net", "/sys/devices/ap/card05", NULL, 0 },
    { "move", "ap", "/sys/devices/ap/card05", NULL, 0 },
    { NULL, "ap", "/sys/devices/ap/card05", NULL, 0 },
    { "add", NULL, "/sys/devices/ap/card05", NULL, 0 },
    { "add", "ap", NULL, NULL, 0 },
};

static void
test_parse(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        ApEvent event;
        gboolean ours = ap_event_parse(events[i].action, events[i].subsystem,
                                       events[i].syspath, &event);
        g_autofree char *name = ours ? ap_name_format(&event.device) : NULL;

        g_test_message("%s", events[i].syspath ? events[i].syspath : "(null)");
        g_assert_cmpstr(name, ==, events[i].name);
        if (ours)
            g_assert_cmpint(event.action, ==, events[i].expected);
    }
}

/* On a machine where nothing happens there is nothing to take. */
static void
test_quiet(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApMonitor) monitor = ap_monitor_new(&error);
    ApEvent event;

    if (!monitor) {
        g_assert_error(error, AP_ERROR, AP_ERROR_IO);
        g_test_skip("no udev events to be had here");
        return;
    }
    g_assert_cmpint(ap_monitor_get_fd(monitor), >=, 0);
    g_assert_cmpint(ap_monitor_next(monitor, &event), ==, AP_MONITOR_NONE);
    ap_monitor_free(NULL);
}

/* Its masks have changed. */
static void
test_bus(void)
{
    ApEvent event = { 0 };

    g_assert_true(ap_event_parse("change", "ap", "/sys/devices/ap", &event));
    g_assert_cmpint(event.action, ==, AP_EVENT_BUS);
    g_assert_false(ap_event_parse("move", "ap", "/sys/devices/ap", &event));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-monitor/event_ours_or_not", test_parse);
    g_test_add_func("/ap-monitor/next_quiet_none", test_quiet);
    g_test_add_func("/ap-monitor/bus_is_no_device", test_bus);
    return g_test_run();
}
