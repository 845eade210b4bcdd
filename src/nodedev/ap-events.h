/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-events.h: AP devices that come and go, told to libvirt's event machinery.
 */
#pragma once

#include <glib.h>

/* Listens to udev from now on, once; later calls do nothing.  FALSE, with one
 * warning, when that is not possible: libvirt's own driver then tells of AP
 * devices as of all others. */
gboolean
ap_events_start(void);

/* Whether libvirt's own driver is not to tell the lifecycle event @event of the
 * device @name, because we do. */
gboolean
ap_events_are_ours(const char *name, int event);
