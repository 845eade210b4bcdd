/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-events-state.h: the one object that libvirt keeps our listeners and our
 * queue of events in.
 */
#pragma once

#include "ap-virt.h"

/* Made on first use and never freed, as the module is never unloaded; NULL when
 * libvirt could not make it. */
ApVirtEventState *
ap_events_state(void);
