/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-autostart-thread.c: what it takes to hear that a matrix could be started now.
 *
 * udev does not tell of a mask that changes for queues which are not there, unless
 * the kernel is new; but whoever writes to the file is heard of in any case.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "ap-autostart-thread.h"
#include "ap-autostart.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-monitor.h"
#include "ap-paths.h"
#include "ap-store-watch.h"

/* One card that comes makes hundreds of events: it is over when none has come for
 * this long, or at the latest … */
#define QUIET_MS   50
#define SETTLED_MS 1000
/* Events that are read before the thread looks whether it is to end. */
#define EVENTS_AT_A_TIME 256
/* After which the lock is tried again. */
#define LOCKED_MS 10000

static const char *const masks[] = { AP_PATH_BUS "/apmask", AP_PATH_BUS "/aqmask" };

enum {
    POLL_STOP,
    POLL_MONITOR,
    POLL_STORE,
    POLL_MASKS,
    POLL_LAST
};

struct _ApAutostartThread {
    ApHost *host;
    ApAutostart *autostart;
    GThread *thread;
    ApMonitor *monitor;  /* NULL: not to be had */
    ApStoreWatch *store; /* NULL: not to be had */
    int masks;           /* inotify; -1: not to be had */
    int stop;            /* eventfd */
    gboolean unlocked;   /* what was tried last was not kept from it by the lock */
};

/* The files come and go with the bus. */
static void
watch_masks(ApAutostartThread *thread)
{
    for (gsize i = 0; thread->masks >= 0 && i < G_N_ELEMENTS(masks); i++) {
        int fd = openat(thread->host->root, masks[i], O_PATH | O_CLOEXEC);
        char path[32];

        if (fd < 0)
            continue;
        g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (inotify_add_watch(thread->masks, path, IN_MODIFY) < 0)
            g_warning(_("changes of '/%s' are not heard of: %s"), masks[i],
                      g_strerror(errno));
        close(fd);
    }
}

static void
widen(ApAutostartScope *scope, ApAutostartScope other)
{
    if (other > *scope)
        *scope = other;
}

static ApAutostartScope
judge_event(ApAutostartThread *thread, const ApEvent *event)
{
    if (event->action == AP_EVENT_BUS)
        return AP_AUTOSTART_ALL;
    switch (event->device.kind) {
    case AP_DEVICE_MATRIX:
        if (event->action == AP_EVENT_REMOVED)
            return AP_AUTOSTART_FAILED;
        ap_autostart_saw(thread->autostart, event->device.uuid);
        return AP_AUTOSTART_NONE;
    case AP_DEVICE_MATRIX_PARENT:
        if (event->action == AP_EVENT_REMOVED)
            ap_autostart_forget(thread->autostart);
        watch_masks(thread);
        return AP_AUTOSTART_ALL;
    case AP_DEVICE_CARD:
    case AP_DEVICE_QUEUE:
    case AP_DEVICE_KIND_LAST:
        break;
    }
    return AP_AUTOSTART_ALL;
}

static ApAutostartScope
read_monitor(ApAutostartThread *thread)
{
    ApAutostartScope scope = AP_AUTOSTART_NONE;
    ApEvent event;

    /* What is left makes the descriptor readable again. */
    for (guint i = 0; i < EVENTS_AT_A_TIME; i++) {
        switch (ap_monitor_next(thread->monitor, &event)) {
        case AP_MONITOR_NONE:
            return scope;
        case AP_MONITOR_EVENT:
            widen(&scope, judge_event(thread, &event));
            break;
        case AP_MONITOR_LOST:
            scope = AP_AUTOSTART_ALL;
            break;
        }
    }
    return scope;
}

/* A definition that could not be started may be another one now. */
static ApAutostartScope
read_store(ApAutostartThread *thread)
{
    ApAutostartScope scope = AP_AUTOSTART_NONE;
    char uuid[AP_UUID_SIZE];

    while (ap_store_watch_next(thread->store, uuid) != AP_STORE_WATCH_NONE)
        scope = AP_AUTOSTART_FAILED;
    return scope;
}

static ApAutostartScope
read_masks(ApAutostartThread *thread)
{
    char events[1024];
    ssize_t len;

    do
        len = read(thread->masks, events, sizeof(events));
    while (len > 0);
    return AP_AUTOSTART_ALL;
}

/* Waits for @timeout milliseconds (-1: for ever) and reads what there is.  FALSE when
 * the thread is to end. */
static gboolean
wait_for_events(ApAutostartThread *thread, int timeout, ApAutostartScope *scope)
{
    struct pollfd pollers[POLL_LAST] = {
        [POLL_STOP] = { .fd = thread->stop, .events = POLLIN },
        [POLL_MONITOR] = { .fd =
                               thread->monitor ? ap_monitor_get_fd(thread->monitor) : -1,
                           .events = POLLIN },
        [POLL_STORE] = { .fd = thread->store ? ap_store_watch_get_fd(thread->store) : -1,
                         .events = POLLIN },
        [POLL_MASKS] = { .fd = thread->masks, .events = POLLIN },
    };

    *scope = AP_AUTOSTART_NONE;
    if (poll(pollers, POLL_LAST, timeout) <= 0)
        return TRUE;
    if (pollers[POLL_MONITOR].revents)
        widen(scope, read_monitor(thread));
    if (pollers[POLL_STORE].revents)
        widen(scope, read_store(thread));
    if (pollers[POLL_MASKS].revents)
        widen(scope, read_masks(thread));
    return !pollers[POLL_STOP].revents;
}

/* Waits for the first event, then until no more come. */
static gboolean
wait_until_settled(ApAutostartThread *thread, ApAutostartScope *scope)
{
    gboolean go_on = wait_for_events(thread, thread->unlocked ? -1 : LOCKED_MS, scope);
    gint64 deadline = g_get_monotonic_time() + SETTLED_MS * 1000;
    ApAutostartScope more = *scope;

    if (*scope == AP_AUTOSTART_NONE && !thread->unlocked)
        *scope = AP_AUTOSTART_FAILED;
    while (go_on && more != AP_AUTOSTART_NONE && g_get_monotonic_time() < deadline) {
        go_on = wait_for_events(thread, QUIET_MS, &more);
        widen(scope, more);
    }
    return go_on;
}

static gpointer
run(gpointer data)
{
    ApAutostartThread *thread = data;
    ApAutostartScope scope;

    while (wait_until_settled(thread, &scope))
        thread->unlocked = ap_autostart_run(thread->autostart, scope);
    return NULL;
}

static void
listen_to_all(ApAutostartThread *thread)
{
    g_autoptr(GError) monitor = NULL;
    g_autoptr(GError) store = NULL;

    thread->monitor = ap_monitor_new(&monitor);
    if (!thread->monitor)
        g_warning(_("matrices are not started when cards or queues come: %s"),
                  monitor->message);
    thread->store = ap_store_watch_new(thread->host->root, &store);
    if (!thread->store)
        g_warning("%s", store->message);
    thread->masks = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    watch_masks(thread);
}

ApAutostartThread *
ap_autostart_thread_start(ApHost *host)
{
    ApAutostartThread *thread = g_new0(ApAutostartThread, 1);

    thread->host = host;
    thread->autostart = ap_autostart_new(host);
    thread->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    /* Before the first attempt, so that no change after it goes unheard. */
    listen_to_all(thread);
    thread->unlocked = ap_autostart_run(thread->autostart, AP_AUTOSTART_ALL);
    thread->thread = g_thread_new("ap-autostart", run, thread);
    return thread;
}

void
ap_autostart_thread_stop(ApAutostartThread *thread)
{
    if (!thread)
        return;
    (void)eventfd_write(thread->stop, 1);
    g_thread_join(thread->thread);
    close(thread->stop);
    if (thread->masks >= 0)
        close(thread->masks);
    ap_store_watch_free(thread->store);
    ap_monitor_free(thread->monitor);
    ap_autostart_free(thread->autostart);
    g_free(thread);
}
