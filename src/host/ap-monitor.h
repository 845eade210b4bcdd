/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-monitor.h: AP devices that come, go and change, as udev tells.  A
 * descriptor to poll and a function to call when it is readable; no main loop
 * and no thread of its own.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

#include "ap-name.h"

typedef enum {
    AP_EVENT_ADDED,
    AP_EVENT_REMOVED,
    AP_EVENT_CHANGED, /* an attribute, or the driver */
    AP_EVENT_BUS      /* the bus: no device is filled in */
} ApEventAction;

/* What happened to which device. */
typedef struct {
    ApEventAction action;
    ApName device;
} ApEvent;

/* Whether the udev event is about an AP device; fills @event if so.  Pure.  Any
 * argument may be NULL. */
gboolean
ap_event_parse(const char *action,
               const char *subsystem,
               const char *syspath,
               ApEvent *event);

typedef struct _ApMonitor ApMonitor;

typedef enum {
    AP_MONITOR_NONE,  /* nothing more to read for now */
    AP_MONITOR_EVENT, /* an event was filled in */
    AP_MONITOR_LOST   /* events were lost: look at the whole host anew */
} ApMonitorResult;

/* Listens from now on.  AP_ERROR_IO. */
ApMonitor *
ap_monitor_new(GError **error);
void
ap_monitor_free(ApMonitor *monitor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApMonitor, ap_monitor_free)

/* The descriptor to poll for input; owned by @monitor. */
int
ap_monitor_get_fd(const ApMonitor *monitor);

/* Takes the next event without waiting; call until AP_MONITOR_NONE. */
ApMonitorResult
ap_monitor_next(ApMonitor *monitor, ApEvent *event);
