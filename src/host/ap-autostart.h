/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-autostart.h: starts the matrices whose definitions say that they start by
 * themselves: at once, and again whenever cards, queues or masks change, until it
 * succeeds or the definition says so no longer.  Each failure is warned of once, and
 * again when the reason is another.
 */
#pragma once

#include <libvirt-ap/ap-host.h>

typedef struct _ApAutostart ApAutostart;

/* Begins on @host, which has to stay as long.  Never fails. */
ApAutostart *
ap_autostart_new(ApHost *host);
void
ap_autostart_free(ApAutostart *autostart);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApAutostart, ap_autostart_free)

/* Which matrices are tried. */
typedef enum {
    AP_AUTOSTART_NONE,
    AP_AUTOSTART_FAILED, /* those that could not be started before */
    AP_AUTOSTART_ALL,    /* and those that have not been tried */
} ApAutostartScope;

/* Tries them.  FALSE when somebody else's change was in the way, which nobody tells
 * the end of: to be tried again after a while. */
gboolean
ap_autostart_run(ApAutostart *autostart, ApAutostartScope scope);

/* The matrix @uuid has come: if it is there still, it is not to be started again. */
void
ap_autostart_saw(ApAutostart *autostart, const char *uuid);
/* The driver has gone, and all matrices with it: what was there does not count. */
void
ap_autostart_forget(ApAutostart *autostart);
