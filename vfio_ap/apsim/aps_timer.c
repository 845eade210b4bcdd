// SPDX-License-Identifier: GPL-2.0
/*
 * The timer of the bus: when it is switched on, the bus scans by itself, config_time
 * seconds after the last scan, or after config_time was written.
 */
#include "aps_timer.h"

void aps_timer_switch(struct aps_machine *machine, bool on)
{
	machine->has_timer = on;
	machine->bus.timer_set++;
	g_cond_signal(&machine->tick);
}

void aps_timer_notice(struct aps_machine *machine)
{
	if (machine->has_timer && machine->timer_seen != machine->bus.timer_set)
		g_cond_signal(&machine->tick);
}

/* The lock is held.  Whether the time is over with nothing having happened. */
static bool wait_for_end(struct aps_machine *machine)
{
	gint64 end =
		g_get_monotonic_time() + machine->bus.config_time * G_TIME_SPAN_SECOND;

	machine->timer_seen = machine->bus.timer_set;
	while (machine->has_timer && machine->timer_seen == machine->bus.timer_set)
		if (!g_cond_wait_until(&machine->tick, &machine->lock, end))
			return machine->has_timer &&
			       machine->timer_seen == machine->bus.timer_set;
	return false;
}

gpointer aps_timer_run(gpointer data)
{
	struct aps_machine *machine = data;

	for (;;) {
		aps_machine_lock(machine);
		while (!machine->has_timer)
			g_cond_wait(&machine->tick, &machine->lock);
		if (wait_for_end(machine))
			apc_bus_scan(&machine->bus);
		aps_machine_unlock(machine);
	}
	return NULL;
}
