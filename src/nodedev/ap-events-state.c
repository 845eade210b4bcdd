/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-events-state.c: makes that object.
 */
#include "ap-events-state.h"

static gpointer
make_state(gpointer opaque G_GNUC_UNUSED)
{
    return ap_virt.virObjectEventStateNew();
}

ApVirtEventState *
ap_events_state(void)
{
    static GOnce once = G_ONCE_INIT;

    return g_once(&once, make_state, NULL);
}
