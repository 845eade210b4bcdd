/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated machine: the core's model behind one lock, and what a kernel has
 * around it: memory of mdevs, IOMMU groups, guests, waiting removals, uevents
 * and the log.
 */
#ifndef APS_MACHINE_H
#define APS_MACHINE_H

#include <glib.h>
#include <stdbool.h>

#include "apc_attr.h"
#include "apc_bus.h"
#include "aps_fault.h"
#include "aps_host.h"
#include "aps_log.h"
#include "aps_profile.h"
#include "aps_uevent.h"

/* Character devices of VFIO groups: no driver of the host has this number. */
#define APS_VFIO_MAJOR 511

/**
 * struct aps_mdev - a mediated device
 * @core: the core's part
 * @id: never used twice, so that an inode number tells of one mdev only
 * @group: number of its IOMMU group, which is also that of its VFIO group and of
 *	   its VFIO device
 * @group_opened: whether somebody has /dev/vfio/@group open
 * @removal: who waits for its end, or NULL
 */
struct aps_mdev {
	struct apc_mdev core;
	u32 id;
	unsigned int group;
	bool group_opened;
	struct aps_removal *removal;
};

/**
 * struct aps_removal - a removal that waits until nobody has the mdev open, and for
 *			resets of its queues that hang
 * @done: called once, without the lock: with 0 when the mdev is gone, or the
 *	  error of an interruption
 * @data: for @done
 * @asked: how often the guest was asked to let go
 * @err: for @done, when it is over
 */
struct aps_removal {
	void (*done)(void *data, int err);
	void *data;
	unsigned int asked;
	int err;
};

/**
 * struct aps_stale - a name that is gone, which the kernel may still remember
 * @apid: card
 * @apqi: queue of it, or -1 for the card itself
 */
struct aps_stale {
	int apid;
	int apqi;
};

/**
 * struct aps_machine - the machine
 * @lock: protects everything here but what locks itself (@log, @uevents,
 *	  @faults); these are taken inside of it
 * @bus: the core's model
 * @host: the host's /sys
 * @profile_name: for the state file
 * @matrix_autoprobe: attribute drivers_autoprobe of the bus matrix, whose only
 *		      device has its driver already
 * @mdevs: struct aps_mdev by rising @id
 * @next_id: of the next mdev
 * @groups: group numbers in use: GINT_TO_POINTER() of each
 * @reset_rc: response codes that the next resets get, by APQN
 * @eras: how often a card or queue has gone, by number of the object
 * @stale: struct aps_stale, for the kernel to forget
 * @over: struct aps_removal that have ended, to be told so
 * @waiting: number of removals that wait
 * @live: whether somebody may be listening to uevents
 * @log: the kernel's log
 * @uevents: sends uevents
 * @faults: failures that were asked for
 * @forget: called without the lock with what became stale
 * @forget_data: for @forget
 * @asker: asks guests to let go
 * @ask: wakes @asker
 * @has_timer: whether the bus scans by itself
 * @timer_seen: @bus.timer_set when @timer was last set
 * @timer: does that
 * @tick: wakes @timer
 */
struct aps_machine {
	GMutex lock;
	struct apc_bus bus;
	const struct aps_host *host;
	char *profile_name;
	bool matrix_autoprobe;
	GPtrArray *mdevs;
	u32 next_id;
	GHashTable *groups;
	GHashTable *reset_rc;
	GHashTable *eras;
	GArray *stale;
	GPtrArray *over;
	unsigned int waiting;
	bool live;
	struct aps_log *log;
	struct aps_uevents *uevents;
	struct aps_faults *faults;
	void (*forget)(void *data, const struct aps_stale *stale, guint count);
	void *forget_data;
	GThread *asker;
	GCond ask;
	bool has_timer;
	unsigned int timer_seen;
	GThread *timer;
	GCond tick;
};

/* Built, scanned for the first time and silent. */
struct aps_machine *aps_machine_new(const struct aps_profile *profile,
				    const struct aps_host *host, GError **error);
/* Only of a machine that nobody serves yet; one that is served lives on to the end. */
void aps_machine_free(struct aps_machine *machine);
/* From now on uevents are sent. */
void aps_machine_go_live(struct aps_machine *machine);

void aps_machine_lock(struct aps_machine *machine);
/*
 * Also tells the kernel what to forget, sends the uevents and ends removals, all
 * without the lock: when this returns it is done.
 */
void aps_machine_unlock(struct aps_machine *machine);

/* An uevent of something that the core does not know. */
void aps_machine_uevent(struct aps_machine *machine, const char *action,
			const char *devpath, const char *subsystem, const char *env,
			gsize env_len);

/* --- mdevs; the lock is held --------------------------------------------- */

struct aps_mdev *aps_machine_mdev(const struct aps_machine *machine, u32 id);
struct aps_mdev *aps_machine_mdev_by_uuid(const struct aps_machine *machine,
					  const char *uuid);
struct aps_mdev *aps_machine_mdev_by_group(const struct aps_machine *machine,
					   unsigned int group);
/* The first mdev whose id is @from or above, or NULL. */
struct aps_mdev *aps_machine_mdev_from(const struct aps_machine *machine, u32 from);

/* Return: 0, -EINVAL, -EEXIST, -EUSERS */
int aps_machine_create_mdev(struct aps_machine *machine, const char *text, size_t len);

/**
 * aps_machine_remove_mdev() - removes an mdev, now or when it is closed and its
 *			       queues are reset
 * @machine: the machine
 * @mdev: the mdev
 * @done: see struct aps_removal
 * @data: for @done
 *
 * Return: true when it is gone already and @done will not be called
 */
bool aps_machine_remove_mdev(struct aps_machine *machine, struct aps_mdev *mdev,
			     void (*done)(void *data, int err), void *data);

/* Ends those removals that nothing holds up any more. */
void aps_machine_reset_ended(struct aps_machine *machine);
/* Gives up a removal that waits; its @done is called with -EINTR. */
void aps_machine_interrupt(struct aps_machine *machine, const void *data);
/*
 * A guest takes an mdev or lets go; @guest tells guests apart.
 * Return: 0, -ENODEV, -EINVAL, -EBUSY, -EPERM
 */
int aps_machine_guest_open(struct aps_machine *machine, const char *uuid,
			   const char *guest);
int aps_machine_guest_close(struct aps_machine *machine, const char *uuid);

#endif
