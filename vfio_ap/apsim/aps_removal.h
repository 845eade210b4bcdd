/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Removals of mdevs that wait for a guest.
 */
#ifndef APS_REMOVAL_H
#define APS_REMOVAL_H

#include <glib.h>

/* Thread that asks guests every 10 seconds to let go; @data is the machine. */
gpointer aps_removal_ask(gpointer data);

#endif
