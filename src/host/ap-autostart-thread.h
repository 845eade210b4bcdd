/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-autostart-thread.h: the thread that starts matrices by themselves when something
 * has changed.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

typedef struct _ApAutostartThread ApAutostartThread;

/* Tries all matrices before it returns, then listens to udev, to the store and to the
 * masks of the bus.  @host has to stay as long.  Where one of them cannot be listened
 * to a warning says so, and the others count. */
ApAutostartThread *
ap_autostart_thread_start(ApHost *host);
/* Ends it, after what it is doing. */
void
ap_autostart_thread_stop(ApAutostartThread *thread);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApAutostartThread, ap_autostart_thread_stop)
