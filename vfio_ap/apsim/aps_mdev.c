// SPDX-License-Identifier: GPL-2.0
/*
 * Mediated devices of the simulated machine: their lives, their guests, and the
 * removals that wait for these.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "aps_machine.h"
#include "aps_removal.h"

#define ASK_INTERVAL (10 * G_USEC_PER_SEC)
#define MAX_PATH     256

/* --- finding ------------------------------------------------------------- */

/* Place of the first mdev whose id is @from or above. */
static guint place(const struct aps_machine *machine, u32 from)
{
	guint low = 0, high = machine->mdevs->len;

	while (low < high) {
		guint middle = (low + high) / 2;
		const struct aps_mdev *mdev = g_ptr_array_index(machine->mdevs, middle);

		if (mdev->id < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct aps_mdev *aps_machine_mdev_from(const struct aps_machine *machine, u32 from)
{
	guint i = place(machine, from);

	return i < machine->mdevs->len ? g_ptr_array_index(machine->mdevs, i) : NULL;
}

struct aps_mdev *aps_machine_mdev(const struct aps_machine *machine, u32 id)
{
	struct aps_mdev *mdev = aps_machine_mdev_from(machine, id);

	return mdev && mdev->id == id ? mdev : NULL;
}

struct aps_mdev *aps_machine_mdev_by_uuid(const struct aps_machine *machine,
					  const char *uuid)
{
	/* The core's part is the first member. */
	return (struct aps_mdev *)apc_matrix_find(&machine->bus.matrix, uuid);
}

struct aps_mdev *aps_machine_mdev_by_group(const struct aps_machine *machine,
					   unsigned int group)
{
	return g_hash_table_lookup(machine->groups, GUINT_TO_POINTER(group));
}

/* --- uevents: as the kernel's, in its order ------------------------------ */

static void mdev_uevent(struct aps_machine *machine, const char *action,
			const struct aps_mdev *mdev, const char *env)
{
	g_autofree char *path =
		g_strdup_printf("/devices/vfio_ap/matrix/%s", mdev->core.uuid);

	aps_machine_uevent(machine, action, path, "mdev", env,
			   *env ? strlen(env) + 1 : 0);
}

static void group_uevent(struct aps_machine *machine, const char *action,
			 const struct aps_mdev *mdev)
{
	char path[MAX_PATH], env[MAX_PATH];
	int len;

	snprintf(path, sizeof(path), "/devices/virtual/vfio/%u", mdev->group);
	len = snprintf(env, sizeof(env), "MAJOR=%u%cMINOR=%u%cDEVNAME=vfio/%u",
		       APS_VFIO_MAJOR, '\0', mdev->group, '\0', mdev->group);
	aps_machine_uevent(machine, action, path, "vfio", env, len + 1);
}

static void vfio_dev_uevent(struct aps_machine *machine, const char *action,
			    const struct aps_mdev *mdev)
{
	g_autofree char *path =
		g_strdup_printf("/devices/vfio_ap/matrix/%s/vfio-dev/vfio%u",
				mdev->core.uuid, mdev->group);

	aps_machine_uevent(machine, action, path, "vfio-dev", NULL, 0);
}

/* --- life ---------------------------------------------------------------- */

/* The smallest number that neither another mdev nor the host uses. */
static unsigned int free_group(const struct aps_machine *machine)
{
	unsigned int group;
	char name[16];

	for (group = 0;; group++) {
		if (g_hash_table_contains(machine->groups, GUINT_TO_POINTER(group)))
			continue;
		snprintf(name, sizeof(name), "%u", group);
		if (aps_host_find(machine->host, APS_MIXED_IOMMU_GROUPS, name) < 0)
			return group;
	}
}

int aps_machine_create_mdev(struct aps_machine *machine, const char *text, size_t len)
{
	char uuid[APC_UUID_CHARS + 1];
	struct aps_mdev *mdev;
	int err;

	err = apc_uuid_parse(uuid, text, len);
	if (err)
		return err;
	mdev = g_new0(struct aps_mdev, 1);
	err = apc_matrix_add(&machine->bus.matrix, &mdev->core, uuid);
	if (err) {
		g_free(mdev);
		return err;
	}
	mdev->id = machine->next_id++;
	mdev->group = free_group(machine);
	g_ptr_array_add(machine->mdevs, mdev);
	g_hash_table_insert(machine->groups, GUINT_TO_POINTER(mdev->group), mdev);
	mdev_uevent(machine, "add", mdev, "");
	aps_log_add(machine->log, "vfio_ap_mdev %s: Adding to iommu group %u", uuid,
		    mdev->group);
	group_uevent(machine, "add", mdev);
	vfio_dev_uevent(machine, "add", mdev);
	mdev_uevent(machine, "bind", mdev, "DRIVER=vfio_ap_mdev");
	return 0;
}

static void end_mdev(struct aps_machine *machine, struct aps_mdev *mdev)
{
	vfio_dev_uevent(machine, "remove", mdev);
	group_uevent(machine, "remove", mdev);
	aps_log_add(machine->log, "vfio_ap_mdev %s: Removing from iommu group %u",
		    mdev->core.uuid, mdev->group);
	mdev_uevent(machine, "unbind", mdev, "");
	mdev_uevent(machine, "remove", mdev, "");
	apc_matrix_remove(&machine->bus.matrix, &mdev->core);
	g_hash_table_remove(machine->groups, GUINT_TO_POINTER(mdev->group));
	g_ptr_array_remove_index(machine->mdevs, place(machine, mdev->id));
	g_free(mdev);
}

/* --- removals that wait -------------------------------------------------- */

static void ask(struct aps_machine *machine, struct aps_mdev *mdev)
{
	/* Who waits for a reset asks nobody. */
	if (!mdev->core.user)
		return;
	aps_log_add(machine->log,
		    "vfio_ap_mdev %s: Relaying device request to user (#%u)",
		    mdev->core.uuid, mdev->removal->asked++);
}

/* Whether the end of the mdev has to wait for the reset of one of its queues. */
static bool hangs(const struct aps_machine *machine, const struct aps_mdev *mdev)
{
	const struct apc_masks *assigned = &mdev->core.assigned;
	struct apc_mask queues;
	unsigned int apid;

	apc_mask_for_each(apid, &assigned->apm) {
		apc_mask_and(&queues, &machine->bus.matrix.bound[apid], &assigned->aqm);
		if (apc_mask_intersects(&queues, &machine->bus.hw.hang[apid]))
			return true;
	}
	return false;
}

bool aps_machine_remove_mdev(struct aps_machine *machine, struct aps_mdev *mdev,
			     void (*done)(void *data, int err), void *data)
{
	if (!mdev->core.user && !hangs(machine, mdev)) {
		end_mdev(machine, mdev);
		return true;
	}
	mdev->removal = g_new0(struct aps_removal, 1);
	mdev->removal->done = done;
	mdev->removal->data = data;
	machine->waiting++;
	ask(machine, mdev);
	g_cond_signal(&machine->ask);
	return false;
}

static void ask_all(struct aps_machine *machine)
{
	guint i;

	for (i = 0; i < machine->mdevs->len; i++) {
		struct aps_mdev *mdev = g_ptr_array_index(machine->mdevs, i);

		if (mdev->removal)
			ask(machine, mdev);
	}
}

gpointer aps_removal_ask(gpointer data)
{
	struct aps_machine *machine = data;
	gint64 when;

	g_mutex_lock(&machine->lock);
	for (;;) {
		while (!machine->waiting)
			g_cond_wait(&machine->ask, &machine->lock);
		/* Woken or not, the interval is the same for all who wait. */
		when = g_get_monotonic_time() + ASK_INTERVAL;
		while (g_cond_wait_until(&machine->ask, &machine->lock, when))
			;
		ask_all(machine);
	}
	return NULL;
}

static void end_removal(struct aps_machine *machine, struct aps_mdev *mdev, int err)
{
	struct aps_removal *removal = g_steal_pointer(&mdev->removal);

	removal->err = err;
	machine->waiting--;
	g_ptr_array_add(machine->over, removal);
}

void aps_machine_interrupt(struct aps_machine *machine, const void *data)
{
	guint i;

	for (i = 0; i < machine->mdevs->len; i++) {
		struct aps_mdev *mdev = g_ptr_array_index(machine->mdevs, i);

		if (!mdev->removal || mdev->removal->data != data)
			continue;
		mdev->core.removing = false;
		end_removal(machine, mdev, -EINTR);
		return;
	}
}

void aps_machine_reset_ended(struct aps_machine *machine)
{
	guint i = 0;

	while (i < machine->mdevs->len) {
		struct aps_mdev *mdev = g_ptr_array_index(machine->mdevs, i);

		if (!mdev->removal || mdev->core.user || hangs(machine, mdev)) {
			i++;
			continue;
		}
		end_removal(machine, mdev, 0);
		end_mdev(machine, mdev);
	}
}

/* --- guests -------------------------------------------------------------- */

int aps_machine_guest_open(struct aps_machine *machine, const char *uuid,
			   const char *guest)
{
	struct aps_mdev *mdev = aps_machine_mdev_by_uuid(machine, uuid);

	if (!mdev || mdev->core.removing)
		return -ENODEV;
	return apc_mdev_open(&machine->bus.matrix, &mdev->core, g_intern_string(guest));
}

int aps_machine_guest_close(struct aps_machine *machine, const char *uuid)
{
	struct aps_mdev *mdev = aps_machine_mdev_by_uuid(machine, uuid);

	if (!mdev)
		return -ENODEV;
	if (!mdev->core.user)
		return -EINVAL;
	apc_mdev_close(&machine->bus.matrix, &mdev->core);
	aps_machine_reset_ended(machine);
	return 0;
}
