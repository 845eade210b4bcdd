/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stand-in.h: a small module with the shape of libvirt's own node device
 * module: the same entry points, and a table that holds their addresses.
 * tests/nodedev/meson.build links it in the ways that matter.
 */
#pragma once

#include <glib.h>

#include "ap-entry.h"

typedef struct {
    const char *title;
#define STAND_IN_SLOT(name) __typeof__(&name) name;
    AP_ENTRY_POINTS(STAND_IN_SLOT)
    AP_NEWER_ENTRY_POINTS(STAND_IN_SLOT)
#undef STAND_IN_SLOT
    /* One that our module leaves to stock. */
    virNodeDevicePtr (*nodeDeviceLookupSCSIHostByWWN)(virConnectPtr conn,
                                                      const char *wwnn,
                                                      const char *wwpn,
                                                      unsigned int flags);
} StandInTable;

/* Functions that the stand-in exports beside the entry points. */
typedef const StandInTable *(*StandInGetTable)(void);
/* The entry point that was called last, NULL for none. */
typedef const char *(*StandInGetCalled)(void);
/* How often nodedevRegister was called. */
typedef int (*StandInGetRegistered)(void);
