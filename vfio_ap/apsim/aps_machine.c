// SPDX-License-Identifier: GPL-2.0
/*
 * The simulated machine: the core's model behind one lock, its uevents and its
 * log.
 */
#include <errno.h>
#include <string.h>

#include "aps_machine.h"
#include "aps_removal.h"
#include "aps_timer.h"
#include "aps_tree.h"

#define MAX_PATH 256
#define MAX_ENV	 512
/* A mask change on a large machine makes more uevents than should be stored. */
#define MAX_PENDING 8192

static struct aps_machine *machine_of_bus(struct apc_bus *bus)
{
	return (struct aps_machine *)((char *)bus - offsetof(struct aps_machine, bus));
}

static struct aps_machine *machine_of_matrix(struct apc_matrix *mx)
{
	return machine_of_bus(
		(struct apc_bus *)((char *)mx - offsetof(struct apc_bus, matrix)));
}

void aps_machine_uevent(struct aps_machine *machine, const char *action,
			const char *devpath, const char *subsystem, const char *env,
			gsize env_len)
{
	if (!machine->live)
		return;
	aps_uevents_queue(machine->uevents, action, devpath, subsystem, env, env_len);
	if (aps_uevents_pending(machine->uevents) >= MAX_PENDING)
		aps_uevents_flush(machine->uevents);
}

static void note_stale(struct aps_machine *machine, const struct apc_event *event)
{
	struct aps_stale stale = { .apid = event->apid, .apqi = -1 };
	gpointer object;
	guint era;

	if (event->type == APC_EVENT_QUEUE_REMOVE)
		stale.apqi = event->apqi;
	else if (event->type != APC_EVENT_CARD_REMOVE)
		return;
	g_array_append_val(machine->stale, stale);
	object = GUINT_TO_POINTER(stale.apqi < 0
					  ? aps_card_object(stale.apid)
					  : aps_queue_object(stale.apid, stale.apqi));
	era = GPOINTER_TO_UINT(g_hash_table_lookup(machine->eras, object));
	g_hash_table_insert(machine->eras, object, GUINT_TO_POINTER(era + 1));
}

static void on_event(struct apc_bus *bus, const struct apc_event *event)
{
	struct aps_machine *machine = machine_of_bus(bus);
	char path[MAX_PATH], env[MAX_ENV];
	size_t len;

	if (!machine->live)
		return;
	note_stale(machine, event);
	apc_event_path(event, path, sizeof(path));
	len = apc_event_env(bus, event, env, sizeof(env));
	aps_machine_uevent(machine, apc_event_action(event), path, "ap", env,
			   MIN(len, MAX_ENV));
}

/* As the kernel: one line for each queue, with the name of who is told no. */
static void on_conflict(struct apc_matrix *mx, const struct apc_conflict *conflict)
{
	const struct apc_mdev *told = conflict->wanted_by ?: conflict->holder;
	struct aps_machine *machine = machine_of_matrix(mx);
	unsigned int apid, apqi;
	char line[160];

	apc_mask_for_each(apid, &conflict->apm) {
		apc_mask_for_each(apqi, &conflict->aqm) {
			apc_conflict_print(conflict, apid, apqi, line, sizeof(line));
			aps_log_add(machine->log, "vfio_ap_mdev %s: %s", told->uuid,
				    line);
		}
	}
}

/* The hardware says which resets fail; here is with what code, if one was asked for. */
static void on_reset(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains)
{
	struct aps_machine *machine = machine_of_matrix(mx);
	unsigned int apqi;
	gpointer wanted;
	u8 rc;

	apc_mask_for_each(apqi, domains) {
		rc = apc_hw_zapq(&machine->bus.hw, apid, apqi);
		if (rc == APC_RC_RESET_BROKEN &&
		    g_hash_table_lookup_extended(machine->reset_rc,
						 GUINT_TO_POINTER(apid << 8 | apqi), NULL,
						 &wanted))
			rc = GPOINTER_TO_UINT(wanted);
		apc_bus_reset_done(&machine->bus, apid, apqi, rc);
	}
}

static const struct apc_bus_ops bus_ops = { .event = on_event };
static const struct apc_matrix_ops matrix_ops = { .reset = on_reset,
						  .conflict = on_conflict };

static void set_pool(struct apc_bus *bus, const struct apc_pool *pool)
{
	char text[APC_MASK_CHARS + 1];

	apc_mask_print(&pool->apm, text, sizeof(text));
	apc_bus_set_apmask(bus, text, APC_MASK_CHARS);
	apc_mask_print(&pool->aqm, text, sizeof(text));
	apc_bus_set_aqmask(bus, text, APC_MASK_CHARS);
}

struct aps_machine *aps_machine_new(const struct aps_profile *profile,
				    const struct aps_host *host, GError **error)
{
	struct aps_uevents *uevents = aps_uevents_new(error);
	struct aps_machine *machine;

	if (!uevents)
		return NULL;
	machine = g_new0(struct aps_machine, 1);
	g_mutex_init(&machine->lock);
	g_cond_init(&machine->ask);
	g_cond_init(&machine->tick);
	machine->host = host;
	machine->uevents = uevents;
	machine->matrix_autoprobe = true;
	machine->profile_name = g_strdup(profile->name);
	machine->mdevs = g_ptr_array_new();
	machine->groups = g_hash_table_new(NULL, NULL);
	machine->reset_rc = g_hash_table_new(NULL, NULL);
	machine->eras = g_hash_table_new(NULL, NULL);
	machine->stale = g_array_new(FALSE, FALSE, sizeof(struct aps_stale));
	machine->over = g_ptr_array_new();
	machine->log = aps_log_new();
	machine->faults = aps_faults_new();
	apc_bus_init(&machine->bus, &bus_ops, &matrix_ops);
	machine->bus.caps = profile->caps;
	machine->bus.hw = profile->hw;
	set_pool(&machine->bus, &profile->pool);
	aps_log_add(machine->log, "vfio_ap matrix: MDEV: Registered");
	apc_bus_scan(&machine->bus);
	return machine;
}

void aps_machine_free(struct aps_machine *machine)
{
	if (!machine)
		return;
	aps_faults_free(machine->faults);
	aps_log_free(machine->log);
	g_ptr_array_unref(machine->over);
	g_array_unref(machine->stale);
	g_hash_table_unref(machine->reset_rc);
	g_hash_table_unref(machine->groups);
	g_ptr_array_unref(machine->mdevs);
	g_free(machine->profile_name);
	aps_uevents_free(machine->uevents);
	g_cond_clear(&machine->tick);
	g_cond_clear(&machine->ask);
	g_mutex_clear(&machine->lock);
	g_free(machine);
}

void aps_machine_go_live(struct aps_machine *machine)
{
	g_mutex_lock(&machine->lock);
	machine->live = true;
	machine->asker = g_thread_new("asker", aps_removal_ask, machine);
	machine->timer = g_thread_new("timer", aps_timer_run, machine);
	g_mutex_unlock(&machine->lock);
}

void aps_machine_lock(struct aps_machine *machine)
{
	g_mutex_lock(&machine->lock);
}

static void end_removals(GPtrArray *over)
{
	guint i;

	for (i = 0; i < over->len; i++) {
		struct aps_removal *removal = g_ptr_array_index(over, i);

		removal->done(removal->data, removal->err);
		g_free(removal);
	}
}

void aps_machine_unlock(struct aps_machine *machine)
{
	g_autoptr(GPtrArray) over = NULL;
	g_autoptr(GArray) stale = NULL;

	aps_timer_notice(machine);
	if (machine->stale->len) {
		stale = machine->stale;
		machine->stale = g_array_new(FALSE, FALSE, sizeof(struct aps_stale));
	}
	if (machine->over->len) {
		over = machine->over;
		machine->over = g_ptr_array_new();
	}
	g_mutex_unlock(&machine->lock);
	if (stale)
		machine->forget(machine->forget_data,
				(struct aps_stale *)(void *)stale->data, stale->len);
	aps_uevents_flush(machine->uevents);
	if (over)
		end_removals(over);
}
