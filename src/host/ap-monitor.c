/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-monitor.c: udev events about AP devices.
 */
#include <errno.h>
#include <libudev.h>
#include <string.h>

#include "ap-device-priv.h"
#include "ap-i18n.h"
#include "ap-monitor.h"

/* One scan of a full machine sends 65,536 events, each some hundred bytes. */
#define RECEIVE_BUFFER_SIZE (128 * 1024 * 1024)

struct _ApMonitor {
    struct udev *udev;
    struct udev_monitor *source;
};

static const char *const subsystems[] = { "ap", "matrix", "mdev" };

static gboolean
parse_action(const char *text, ApEventAction *action)
{
    static const struct {
        const char *text;
        ApEventAction action;
    } actions[] = {
        { "add", AP_EVENT_ADDED },      { "remove", AP_EVENT_REMOVED },
        { "change", AP_EVENT_CHANGED }, { "bind", AP_EVENT_CHANGED },
        { "unbind", AP_EVENT_CHANGED },
    };

    for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
        if (!g_strcmp0(text, actions[i].text)) {
            *action = actions[i].action;
            return TRUE;
        }
    }
    return FALSE;
}

/* The last component of @path, and what is before it. */
static const char *
split_path(const char *path, char **parent)
{
    const char *slash = strrchr(path, '/');

    *parent = slash ? g_strndup(path, (gsize)(slash - path)) : g_strdup("");
    return slash ? slash + 1 : path;
}

static gboolean
parse_ap(const char *sysname, ApName *name)
{
    if (ap_sysfs_name_parse_card(sysname, &name->adapter)) {
        name->kind = AP_DEVICE_CARD;
        return TRUE;
    }
    name->kind = AP_DEVICE_QUEUE;
    return ap_sysfs_name_parse_queue(sysname, &name->adapter, &name->domain);
}

/* The device at the top of the bus: the kernel tells of its masks there. */
static gboolean
parse_bus(const char *sysname, ApEvent *event)
{
    event->action = AP_EVENT_BUS;
    return g_str_equal(sysname, "ap");
}

/* Other drivers have mediated devices too: ours are below the matrix parent. */
static gboolean
parse_mdev(const char *sysname, const char *parent, ApName *name)
{
    if (!g_str_has_suffix(parent, "/vfio_ap/" AP_MATRIX_PARENT_ADDR) ||
        !ap_uuid_is_canonical(sysname))
        return FALSE;
    name->kind = AP_DEVICE_MATRIX;
    g_strlcpy(name->uuid, sysname, sizeof(name->uuid));
    return TRUE;
}

gboolean
ap_event_parse(const char *action,
               const char *subsystem,
               const char *syspath,
               ApEvent *event)
{
    g_autofree char *parent = NULL;
    ApEvent result = { 0 };
    const char *sysname;
    gboolean ours = FALSE;

    if (!subsystem || !syspath || !parse_action(action, &result.action))
        return FALSE;
    sysname = split_path(syspath, &parent);
    if (g_str_equal(subsystem, "ap")) {
        ours = parse_ap(sysname, &result.device) || parse_bus(sysname, &result);
    } else if (g_str_equal(subsystem, "mdev")) {
        ours = parse_mdev(sysname, parent, &result.device);
    } else if (g_str_equal(subsystem, "matrix")) {
        ours = g_str_equal(sysname, AP_MATRIX_PARENT_ADDR);
        result.device.kind = AP_DEVICE_MATRIX_PARENT;
    }
    if (ours)
        *event = result;
    return ours;
}

static int
listen_to(struct udev_monitor *source)
{
    int failed = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(subsystems) && failed >= 0; i++)
        failed =
            udev_monitor_filter_add_match_subsystem_devtype(source, subsystems[i], NULL);
    if (failed < 0)
        return failed;
    /* Not allowed to everybody; a smaller buffer only loses events earlier, and
     * that is told. */
    (void)udev_monitor_set_receive_buffer_size(source, RECEIVE_BUFFER_SIZE);
    return udev_monitor_enable_receiving(source);
}

ApMonitor *
ap_monitor_new(GError **error)
{
    g_autoptr(ApMonitor) monitor = g_new0(ApMonitor, 1);
    int failed = -ENOMEM;

    monitor->udev = udev_new();
    if (monitor->udev)
        monitor->source = udev_monitor_new_from_netlink(monitor->udev, "udev");
    if (monitor->source)
        failed = listen_to(monitor->source);
    else if (errno)
        failed = -errno;
    if (failed < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot listen to udev: %s"),
                    g_strerror(-failed));
        return NULL;
    }
    return g_steal_pointer(&monitor);
}

void
ap_monitor_free(ApMonitor *monitor)
{
    if (!monitor)
        return;
    udev_monitor_unref(monitor->source);
    udev_unref(monitor->udev);
    g_free(monitor);
}

int
ap_monitor_get_fd(const ApMonitor *monitor)
{
    return udev_monitor_get_fd(monitor->source);
}

ApMonitorResult
ap_monitor_next(ApMonitor *monitor, ApEvent *event)
{
    for (;;) {
        struct udev_device *device;
        gboolean ours;

        errno = 0;
        device = udev_monitor_receive_device(monitor->source);
        if (!device)
            return errno == ENOBUFS ? AP_MONITOR_LOST : AP_MONITOR_NONE;
        ours = ap_event_parse(udev_device_get_action(device),
                              udev_device_get_subsystem(device),
                              udev_device_get_syspath(device), event);
        udev_device_unref(device);
        if (ours)
            return AP_MONITOR_EVENT;
    }
}
