/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timer that has the bus scan; off unless somebody wants it, so that nothing happens
 * to a test by itself.
 */
#ifndef APS_TIMER_H
#define APS_TIMER_H

#include "aps_machine.h"

/* With the lock: on or off, from now on. */
void aps_timer_switch(struct aps_machine *machine, bool on);
/* With the lock: the bus may have been scanned, or config_time written. */
void aps_timer_notice(struct aps_machine *machine);
/* The thread; @data is the machine. */
gpointer aps_timer_run(gpointer data);

#endif
