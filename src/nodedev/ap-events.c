/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-events.c: tells of AP devices that come, change and go as udev does, and of their
 * definitions as the store shows them, whoever caused it.  libvirt's own driver looks
 * at a new device in a thread of its own first, and never tells of one that is gone by
 * then; here the event itself is enough.
 *
 * Listening happens in the daemon's event loop, which also serves the clients: what is
 * done at a time is bounded.  What we change ourselves is told by the thread that does
 * it, because the order counts: udev is heard some time later, the store at once.
 */
#include "ap-events.h"

#include "ap-device-priv.h"
#include "ap-driver.h"
#include "ap-events-state.h"
#include "ap-i18n.h"
#include "ap-monitor.h"
#include "ap-store-format.h"
#include "ap-store-watch.h"
#include "ap-virt.h"

/* How many events are handled before the daemon's other business gets its turn. */
#define EVENTS_AT_A_TIME 256

typedef struct {
    ApMonitor *monitor;
    ApStoreWatch *watch;
    GHashTable *known;       /* names of the devices that are there */
    GHashTable *early;       /* what was told before udev has: counts by key */
    GHashTable *definitions; /* names of the matrices that are defined: as what */
    gboolean lost;           /* udev told more than there was room for */
} ApEvents;

/* Protects known and definitions, and the order of what is told: what becomes of them
 * is told before anybody else can change them.  The rest is the event loop's. */
static GMutex mutex;
static ApEvents events;
static gboolean is_running;

static void
tell(const char *name, int event)
{
    ap_virt.virObjectEventStateQueue(ap_events_state(),
                                     ap_virt.virNodeDeviceEventLifecycleNew(name, event,
                                                                            0));
}

static void
tell_update(const char *name)
{
    ap_virt.virObjectEventStateQueue(ap_events_state(),
                                     ap_virt.virNodeDeviceEventUpdateNew(name));
}

static void
set_known(const char *name, gboolean present)
{
    if (present && g_hash_table_add(events.known, g_strdup(name)))
        tell(name, VIR_NODE_DEVICE_EVENT_CREATED);
    else if (!present && g_hash_table_remove(events.known, name))
        tell(name, VIR_NODE_DEVICE_EVENT_DELETED);
}

static char *
early_key(const char *name, gboolean present)
{
    return g_strconcat(present ? "+" : "-", name, NULL);
}

/* Tells what udev will tell later. */
static void
set_known_early(const char *name, gboolean present)
{
    char *key;
    guint n;

    if (g_hash_table_contains(events.known, name) == present)
        return;
    set_known(name, present);
    key = early_key(name, present);
    n = GPOINTER_TO_UINT(g_hash_table_lookup(events.early, key));
    g_hash_table_insert(events.early, key, GUINT_TO_POINTER(n + 1));
}

/* Whether what udev tells now has been told already. */
static gboolean
was_told_early(const char *name, gboolean present)
{
    g_autofree char *key = early_key(name, present);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(events.early, key));

    if (n > 1)
        g_hash_table_insert(events.early, g_steal_pointer(&key), GUINT_TO_POINTER(n - 1));
    else if (n == 1)
        g_hash_table_remove(events.early, key);
    return n > 0;
}

/* What the matrix @name is defined as, to be compared; NULL when it is not, or not so
 * that anybody can use it. */
static char *
read_definition(const char *name)
{
    g_autoptr(ApDevice) device = ap_host_lookup_definition(ap_driver.host, name, NULL);
    g_autofree char *text = device ? ap_store_format(device, NULL) : NULL;

    if (!device)
        return NULL;
    return g_strdup_printf("%d %s\n%s", (int)device->reserve,
                           device->comment ? device->comment : "", text);
}

/* The matrix itself may have come or gone just before its definition changed, which
 * udev tells later. */
static void
catch_up_matrix(const char *name, gboolean also_if_new)
{
    gboolean present = ap_host_is_active(ap_driver.host, name);

    if (!present || also_if_new)
        set_known_early(name, present);
}

/* Tells what has become of the definition of the matrix @name, if anything has. */
static void
compare_definition(const char *name, gboolean ours)
{
    const char *before = g_hash_table_lookup(events.definitions, name);
    g_autofree char *now = read_definition(name);

    if (!g_strcmp0(before, now))
        return;
    catch_up_matrix(name, ours);
    if (!now)
        tell(name, VIR_NODE_DEVICE_EVENT_UNDEFINED);
    else if (!before)
        tell(name, VIR_NODE_DEVICE_EVENT_DEFINED);
    else
        tell_update(name);
    if (now)
        g_hash_table_insert(events.definitions, g_strdup(name), g_steal_pointer(&now));
    else
        g_hash_table_remove(events.definitions, name);
}

static void
compare_by_uuid(const char *uuid)
{
    ApName parsed = { .kind = AP_DEVICE_MATRIX };
    g_autofree char *name = NULL;

    g_strlcpy(parsed.uuid, uuid, sizeof(parsed.uuid));
    name = ap_name_format(&parsed);
    compare_definition(name, FALSE);
}

/* All that are defined, or were; FALSE, with a warning, when they cannot be listed. */
static gboolean
compare_definitions(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names =
        ap_host_list_names(ap_driver.host, AP_LIST_MATRICES | AP_LIST_PERSISTENT, &error);
    GList *before;

    if (!names) {
        ap_virt_warn(_("events of definitions of AP devices were lost: %s"),
                     error->message);
        return FALSE;
    }
    before = g_hash_table_get_keys(events.definitions);
    for (GList *one = before; one; one = one->next) {
        g_autofree char *name = g_strdup(one->data);

        compare_definition(name, FALSE);
    }
    g_list_free(before);
    for (guint i = 0; i < names->len; i++)
        compare_definition(names->pdata[i], FALSE);
    return TRUE;
}

/* What the store has been told to have become. */
static void
read_watch(void)
{
    char uuid[AP_UUID_SIZE];

    for (;;) {
        switch (ap_store_watch_next(events.watch, uuid)) {
        case AP_STORE_WATCH_NONE:
            return;
        case AP_STORE_WATCH_CHANGED:
            compare_by_uuid(uuid);
            break;
        case AP_STORE_WATCH_LOST:
            (void)compare_definitions();
            break;
        }
    }
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
    g_hash_table_remove_all(events.early);
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

/* Whether udev, which somebody had repeat itself, tells of a beginning whose end has been
 * told early: that it is still to tell. */
static gboolean
is_outdated(const char *name, gboolean present)
{
    g_autofree char *end = early_key(name, FALSE);

    return present && g_hash_table_contains(events.early, end) &&
           !ap_host_is_active(ap_driver.host, name);
}

/* A matrix gets its driver as it is made, which is no change of it; nothing that udev
 * tells of later is. */
static void
handle_event(const ApEvent *event)
{
    g_autofree char *name = NULL;

    if (event->action == AP_EVENT_BUS)
        return;
    name = ap_name_format(&event->device);
    if (event->action != AP_EVENT_CHANGED) {
        gboolean present = event->action == AP_EVENT_ADDED;

        if (!was_told_early(name, present) && !is_outdated(name, present))
            set_known(name, present);
    } else if (event->device.kind != AP_DEVICE_MATRIX &&
               g_hash_table_contains(events.known, name))
        tell_update(name);
}

static void
read_monitor(void)
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

/* Of both descriptors.  The store is heard at once, udev later: so what is to be read
 * of the store is the older. */
static void
on_readable(int watch G_GNUC_UNUSED,
            int fd G_GNUC_UNUSED,
            int conditions G_GNUC_UNUSED,
            void *opaque G_GNUC_UNUSED)
{
    g_mutex_lock(&mutex);
    read_watch();
    read_monitor();
    g_mutex_unlock(&mutex);
}

/* The event loop may call on_readable() before virEventAddHandle() returns. */
static gboolean
listen_to(int fd, int *watch, GError **error)
{
    *watch = ap_events_state() ? virEventAddHandle(fd, VIR_EVENT_HANDLE_READABLE,
                                                   on_readable, NULL, NULL)
                               : -1;
    if (*watch >= 0)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_INTERNAL,
                _("libvirt's event loop takes no more"));
    return FALSE;
}

static gboolean
listen_to_both(GError **error)
{
    int monitor, store;

    if (!listen_to(ap_monitor_get_fd(events.monitor), &monitor, error))
        return FALSE;
    if (listen_to(ap_store_watch_get_fd(events.watch), &store, error))
        return TRUE;
    (void)virEventRemoveHandle(monitor);
    return FALSE;
}

static GHashTable *
read_defined(GError **error)
{
    g_autoptr(GPtrArray) names =
        ap_host_list_names(ap_driver.host, AP_LIST_MATRICES | AP_LIST_PERSISTENT, error);
    GHashTable *defined;

    if (!names)
        return NULL;
    defined = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < names->len; i++) {
        char *definition = read_definition(names->pdata[i]);

        if (definition)
            g_hash_table_insert(defined, g_strdup(names->pdata[i]), definition);
    }
    return defined;
}

/* What is there is listed after somebody listens, so that nothing is missed. */
static gboolean
prepare(GError **error)
{
    events.early = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    events.monitor = ap_monitor_new(error);
    if (events.monitor)
        events.watch = ap_host_watch_store(ap_driver.host, error);
    if (events.watch)
        events.known = read_present(error);
    if (events.known)
        events.definitions = read_defined(error);
    return events.definitions != NULL;
}

static gboolean
start(GError **error)
{
    if (prepare(error) && listen_to_both(error))
        return TRUE;
    g_clear_pointer(&events.early, g_hash_table_unref);
    g_clear_pointer(&events.definitions, g_hash_table_unref);
    g_clear_pointer(&events.known, g_hash_table_unref);
    g_clear_pointer(&events.watch, ap_store_watch_free);
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
        g_atomic_int_set(&is_running, running);
        g_once_init_leave(&started, running ? RUNNING : FAILED);
    }
    return started == RUNNING;
}

void
ap_events_tell_presence(const char *name, gboolean present)
{
    if (!g_atomic_int_get(&is_running))
        return;
    g_mutex_lock(&mutex);
    set_known_early(name, present);
    g_mutex_unlock(&mutex);
}

void
ap_events_tell_definition(const char *name)
{
    if (!g_atomic_int_get(&is_running))
        return;
    g_mutex_lock(&mutex);
    compare_definition(name, TRUE);
    g_mutex_unlock(&mutex);
}

void
ap_events_tell_update(const char *name)
{
    g_autofree char *definition = NULL;

    if (!g_atomic_int_get(&is_running))
        return;
    g_mutex_lock(&mutex);
    definition = read_definition(name);
    if (definition && g_hash_table_contains(events.definitions, name))
        g_hash_table_insert(events.definitions, g_strdup(name),
                            g_steal_pointer(&definition));
    tell_update(name);
    g_mutex_unlock(&mutex);
}

gboolean
ap_events_are_ours(const char *name)
{
    return ap_name_parse(name, NULL);
}
