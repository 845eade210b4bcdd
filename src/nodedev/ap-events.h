/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-events.h: AP devices and their definitions that come, change
 * and go, told to libvirt's event machinery.
 */
#pragma once

#include <glib.h>

/* Listens to udev from now on, once; later calls do nothing.  FALSE, with one
 * warning, when that is not possible: libvirt's own driver then tells of AP
 * devices as of all others. */
gboolean
ap_events_start(void);

/* Tells that we have just made the matrix @name, or removed it: what follows is told
 * after it, and what udev says of it later is not told again. */
void
ap_events_tell_presence(const char *name, gboolean present);

/* Tells what we have just made of the definition of the matrix @name, if anything is
 * different from what was told: Defined, Undefined or Updated.  What follows is told
 * after it. */
void
ap_events_tell_definition(const char *name);

/* Tells that we have changed the matrix @name, as it runs, as it is defined, or both:
 * Updated, once. */
void
ap_events_tell_update(const char *name);

/* Whether libvirt's own driver is not to tell of the device @name, because we do. */
gboolean
ap_events_are_ours(const char *name);
