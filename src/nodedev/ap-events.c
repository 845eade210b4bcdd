/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-events.c: tells of AP devices that come and go as udev does, whoever caused
 * it.  libvirt's own driver looks at a new device in a thread of its own first,
 * and never tells of one that is gone by then; here the event itself is enough.
 *
 * Everything but starting happens in the daemon's event loop, which also serves
 * the clients: what is done at a time is bounded.
 */
#include "ap-events.h"

#include "ap-driver.h"
#include "ap-events-state.h"
#include "ap-i18n.h"
#include "ap-monitor.h"
#include "ap-virt.h"

/* How many events are handled before the daemon's other business gets its turn. */
#define EVENTS_AT_A_TIME 256

typedef struct {
    ApMonitor *monitor;
    GHashTable *known; /* names of the devices that are there */
    gboolean lost;     /* udev told more than there was room for */
} ApEvents;

static ApEvents events;

static void
tell(const char *name, int event)
{
    ap_virt.virObjectEventStateQueue(ap_events_state(),
                                     ap_virt.virNodeDeviceEventLifecycleNew(name, event,
                                                                            0));
}

static void
set_known(const char *name, gboolean present)
{
    if (present && g_hash_table_add(events.known, g_strdup(name)))
        tell(name, VIR_NODE_DEVICE_EVENT_CREATED);
    else if (!present && g_hash_table_remove(events.known, name))
        tell(name, VIR_NODE_DEVICE_EVENT_DELETED);
}

static GHashTable *
read_present(GError **error)
{
    GPtrArray *names =
        ap_host_list_names(ap_driver.host, AP_LIST_ALL_KINDS | AP_LIST_ACTIVE, error);
    GHashTable *present;
    guint i;

    if (!names)
        return NULL;
    present = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (i = 0; i < names->len; i++)
        g_hash_table_add(present, g_steal_pointer(&names->pdata[i]));
    g_ptr_array_unref(names);
    return present;
}

/* Events were lost: what has become of the devices is looked up; FALSE, with a
 * warning, when that cannot be done now. */
static gboolean
catch_up(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GHashTable) present = read_present(&error);
    GHashTableIter iter;
    gpointer name;

    if (!present) {
        ap_virt_warn(_("events of AP devices were lost: %s"), error->message);
        return FALSE;
    }
    g_hash_table_iter_init(&iter, events.known);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (g_hash_table_contains(present, name))
            continue;
        tell(name, VIR_NODE_DEVICE_EVENT_DELETED);
        g_hash_table_iter_remove(&iter);
    }
    g_hash_table_iter_init(&iter, present);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        set_known(name, TRUE);
    return TRUE;
}

static void
handle_event(const ApEvent *event)
{
    g_autofree char *name = NULL;

    if (event->action == AP_EVENT_CHANGED)
        return;
    name = ap_name_format(&event->device);
    set_known(name, event->action == AP_EVENT_ADDED);
}

static void
on_readable(int watch G_GNUC_UNUSED,
            int fd G_GNUC_UNUSED,
            int conditions G_GNUC_UNUSED,
            void *opaque G_GNUC_UNUSED)
{
    ApEvent event;
    guint i;

    /* What is left makes the descriptor readable again. */
    for (i = 0; i < EVENTS_AT_A_TIME; i++) {
        switch (ap_monitor_next(events.monitor, &event)) {
        case AP_MONITOR_NONE:
            /* Only now: what was still to be read is older than the loss, and
             * would undo what is looked up. */
            events.lost = events.lost && !catch_up();
            return;
        case AP_MONITOR_EVENT:
            handle_event(&event);
            break;
        case AP_MONITOR_LOST:
            events.lost = TRUE;
            break;
        }
    }
}

/* The event loop may call on_readable() before virEventAddHandle() returns. */
static gboolean
watch(GError **error)
{
    if (ap_events_state() &&
        virEventAddHandle(ap_monitor_get_fd(events.monitor), VIR_EVENT_HANDLE_READABLE,
                          on_readable, NULL, NULL) >= 0)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                _("libvirt's event loop takes no more"));
    return FALSE;
}

/* The devices are listed after the monitor listens, so that none is missed. */
static gboolean
start(GError **error)
{
    events.monitor = ap_monitor_new(error);
    events.known = events.monitor ? read_present(error) : NULL;
    if (events.known && watch(error))
        return TRUE;
    g_clear_pointer(&events.known, g_hash_table_unref);
    g_clear_pointer(&events.monitor, ap_monitor_free);
    return FALSE;
}

gboolean
ap_events_start(void)
{
    static gsize started;
    g_autoptr(GError) error = NULL;

    enum {
        FAILED = 1,
        RUNNING
    };

    if (g_once_init_enter(&started)) {
        gboolean running = start(&error);

        if (!running)
            ap_virt_warn(_("events of AP devices are left to libvirt's own driver: %s"),
                         error->message);
        g_once_init_leave(&started, running ? RUNNING : FAILED);
    }
    return started == RUNNING;
}

gboolean
ap_events_are_ours(const char *name, int event)
{
    return (event == VIR_NODE_DEVICE_EVENT_CREATED ||
            event == VIR_NODE_DEVICE_EVENT_DELETED) &&
           ap_name_parse(name, NULL);
}
