/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-apqn.h: queues and lists of ids as people read them.
 */
#pragma once

#include <glib.h>

#include "apc_mask.h"

/* Size of a printed queue, "05.0004", with its NUL. */
#define AP_APQN_SIZE 8

/* Prints the queue of @adapter and @domain (0..255) as the kernel names it. */
void
ap_apqn_format(guint adapter, guint domain, char text[AP_APQN_SIZE]);

/* The ids of @mask in decimal, runs of them as ranges: "0-3,5,0xff" is
 * "0-3,5,255".  Each term begins with @sign (may be ""), as apmask and aqmask
 * take it: "-0-3,-5".  Caller frees. */
char *
ap_ids_format(const struct apc_mask *mask, const char *sign);
