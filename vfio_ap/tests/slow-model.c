// SPDX-License-Identifier: GPL-2.0
/*
 * The slow and obvious way, see slow-model.h.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "slow-model.h"

unsigned int slow_id(unsigned int index)
{
	/* The ends of the words of a mask are among them. */
	static const unsigned int ids[SLOW_IDS] = { 0, 5, 63, 64, 127, 128, 200, 255 };

	return ids[index];
}

void slow_begin(struct slow_model *model)
{
	unsigned int a, d;

	for (a = 0; a < SLOW_IDS; a++) {
		for (d = 0; d < SLOW_IDS; d++) {
			model->queue[a][d].was_reset = false;
			model->queue[a][d].fresh = false;
		}
	}
}

static bool slow_any(const bool *ids)
{
	unsigned int i;

	for (i = 0; i < SLOW_IDS; i++)
		if (ids[i])
			return true;
	return false;
}

static void slow_reset(struct slow_model *model, unsigned int a, unsigned int d)
{
	struct slow_queue *queue = &model->queue[a][d];

	if (!queue->vfio)
		return;
	queue->was_reset = true;
	queue->passable = !queue->broken;
}

static void slow_reset_adapter(struct slow_model *model, const struct slow_mdev *mdev,
			       unsigned int a)
{
	unsigned int d;

	for (d = 0; d < SLOW_IDS; d++)
		if (mdev->guest.aqm[d] && mdev->assigned.aqm[d])
			slow_reset(model, a, d);
}

static bool slow_adapter_ok(const struct slow_model *model, const struct slow_mdev *mdev,
			    unsigned int a)
{
	unsigned int d;

	for (d = 0; d < SLOW_IDS; d++)
		if (mdev->guest.aqm[d] &&
		    !(model->queue[a][d].vfio && model->queue[a][d].passable))
			return false;
	return true;
}

/* Filters, and resets what was filtered just now. */
static void slow_filter(struct slow_model *model, struct slow_mdev *mdev)
{
	struct slow_masks before = mdev->guest;
	unsigned int i;

	for (i = 0; i < SLOW_IDS; i++)
		mdev->guest.aqm[i] = mdev->assigned.aqm[i] && model->config.aqm[i];
	for (i = 0; i < SLOW_IDS; i++)
		mdev->guest.apm[i] = mdev->assigned.apm[i] && model->config.apm[i] &&
				     slow_adapter_ok(model, mdev, i);
	for (i = 0; i < SLOW_IDS; i++)
		if (before.apm[i] && mdev->assigned.apm[i] && model->config.apm[i] &&
		    !mdev->guest.apm[i])
			slow_reset_adapter(model, mdev, i);
}

static void slow_filter_control(const struct slow_model *model, struct slow_mdev *mdev)
{
	unsigned int i;

	for (i = 0; i < SLOW_IDS; i++)
		mdev->guest.adm[i] = mdev->assigned.adm[i] && model->config.adm[i];
}

static bool slow_has(const struct slow_mdev *mdev, unsigned int a, unsigned int d)
{
	return mdev->exists && mdev->assigned.apm[a] && mdev->assigned.aqm[d];
}

static bool slow_others_have(const struct slow_model *model, const struct slow_mdev *mdev,
			     unsigned int a, unsigned int d)
{
	unsigned int i;

	for (i = 0; i < SLOW_MDEVS; i++)
		if (&model->mdev[i] != mdev && slow_has(&model->mdev[i], a, d))
			return true;
	return false;
}

static bool slow_in_pool(const struct slow_model *model, unsigned int a, unsigned int d)
{
	return model->pool.apm[a] && model->pool.aqm[d];
}

static int slow_validate(const struct slow_model *model, const struct slow_mdev *mdev,
			 const struct slow_masks *masks)
{
	bool in_use = false;
	unsigned int a, d;

	for (a = 0; a < SLOW_IDS; a++) {
		for (d = 0; d < SLOW_IDS; d++) {
			if (!masks->apm[a] || !masks->aqm[d])
				continue;
			if (slow_in_pool(model, a, d))
				return -EADDRNOTAVAIL;
			in_use |= slow_others_have(model, mdev, a, d);
		}
	}
	return in_use ? -EADDRINUSE : 0;
}

int slow_assign_adapter(struct slow_model *model, struct slow_mdev *mdev, unsigned int id)
{
	struct slow_masks masks = mdev->assigned;
	int rc;

	if (masks.apm[id])
		return 0;
	masks.apm[id] = true;
	rc = slow_validate(model, mdev, &masks);
	if (rc)
		return rc;
	mdev->assigned = masks;
	slow_filter(model, mdev);
	return 0;
}

int slow_assign_domain(struct slow_model *model, struct slow_mdev *mdev, unsigned int id)
{
	struct slow_masks masks = mdev->assigned;
	int rc;

	if (masks.aqm[id])
		return 0;
	masks.aqm[id] = true;
	rc = slow_validate(model, mdev, &masks);
	if (rc)
		return rc;
	mdev->assigned = masks;
	slow_filter(model, mdev);
	return 0;
}

void slow_unassign_adapter(struct slow_model *model, struct slow_mdev *mdev,
			   unsigned int id)
{
	if (!mdev->assigned.apm[id])
		return;
	if (mdev->guest.apm[id])
		slow_reset_adapter(model, mdev, id);
	mdev->assigned.apm[id] = false;
	mdev->guest.apm[id] = false;
}

void slow_unassign_domain(struct slow_model *model, struct slow_mdev *mdev,
			  unsigned int id)
{
	unsigned int a;

	if (!mdev->assigned.aqm[id])
		return;
	for (a = 0; a < SLOW_IDS; a++)
		if (mdev->guest.apm[a] && mdev->guest.aqm[id])
			slow_reset(model, a, id);
	mdev->assigned.aqm[id] = false;
	mdev->guest.aqm[id] = false;
}

void slow_set_control(struct slow_model *model, struct slow_mdev *mdev, unsigned int id,
		      bool on)
{
	if (mdev->assigned.adm[id] == on)
		return;
	mdev->assigned.adm[id] = on;
	if (on)
		slow_filter_control(model, mdev);
	else
		mdev->guest.adm[id] = false;
}

/*
 * One step, not an unplug of each id and then a plug: the guest loses what is
 * new in the way, too, before anything is reset.
 */
int slow_set_config(struct slow_model *model, struct slow_mdev *mdev,
		    const struct slow_masks *masks)
{
	struct slow_masks before = mdev->guest, old = mdev->assigned;
	int rc = slow_validate(model, mdev, masks);
	unsigned int a, d;

	if (rc)
		return rc;
	mdev->assigned = *masks;
	slow_filter(model, mdev);
	slow_filter_control(model, mdev);
	for (a = 0; a < SLOW_IDS; a++)
		for (d = 0; d < SLOW_IDS; d++)
			if (before.apm[a] && before.aqm[d] &&
			    ((old.apm[a] && !masks->apm[a]) ||
			     (old.aqm[d] && !masks->aqm[d])))
				slow_reset(model, a, d);
	return 0;
}

void slow_create(struct slow_model *model, struct slow_mdev *mdev)
{
	(void)model;
	memset(mdev, 0, sizeof(*mdev));
	mdev->exists = true;
}

static void slow_reset_all(struct slow_model *model, const struct slow_mdev *mdev)
{
	unsigned int a, d;

	for (a = 0; a < SLOW_IDS; a++)
		for (d = 0; d < SLOW_IDS; d++)
			if (slow_has(mdev, a, d))
				slow_reset(model, a, d);
}

void slow_remove(struct slow_model *model, struct slow_mdev *mdev)
{
	slow_reset_all(model, mdev);
	memset(mdev, 0, sizeof(*mdev));
}

void slow_close(struct slow_model *model, struct slow_mdev *mdev)
{
	mdev->open = false;
	slow_reset_all(model, mdev);
}

/* --- drivers ---------------------------------------------------------------- */

static void slow_lose(struct slow_model *model, unsigned int a, unsigned int d)
{
	struct slow_queue *queue = &model->queue[a][d];
	unsigned int i;

	for (i = 0; queue->vfio && i < SLOW_MDEVS; i++) {
		struct slow_mdev *mdev = &model->mdev[i];

		if (!slow_has(mdev, a, d) || !mdev->guest.apm[a] || !mdev->guest.aqm[d])
			continue;
		mdev->guest.apm[a] = false;
		slow_reset_adapter(model, mdev, a);
	}
	if (model->config.apm[a] && model->config.aqm[d])
		slow_reset(model, a, d);
	queue->vfio = false;
	queue->host = false;
	queue->passable = false;
}

static void slow_take(struct slow_model *model, unsigned int a, unsigned int d)
{
	struct slow_queue *queue = &model->queue[a][d];

	queue->host = slow_in_pool(model, a, d);
	queue->vfio = !queue->host;
	queue->passable = queue->vfio;
	queue->fresh = queue->vfio;
}

static bool slow_mdev_is_fresh(const struct slow_model *model,
			       const struct slow_mdev *mdev)
{
	unsigned int a, d;

	for (a = 0; a < SLOW_IDS; a++)
		for (d = 0; d < SLOW_IDS; d++)
			if (slow_has(mdev, a, d) && model->queue[a][d].fresh)
				return true;
	return false;
}

static void slow_settle(struct slow_model *model)
{
	unsigned int i;

	for (i = 0; i < SLOW_MDEVS; i++) {
		struct slow_mdev *mdev = &model->mdev[i];

		if (slow_mdev_is_fresh(model, mdev) && !slow_any(mdev->added.apm) &&
		    !slow_any(mdev->added.aqm))
			slow_filter(model, mdev);
	}
}

static void slow_reprobe(struct slow_model *model)
{
	unsigned int a, d;

	for (a = 0; a < SLOW_IDS; a++) {
		for (d = 0; d < SLOW_IDS; d++) {
			struct slow_queue *queue = &model->queue[a][d];

			if (!queue->present || queue->host == slow_in_pool(model, a, d))
				continue;
			slow_lose(model, a, d);
			slow_take(model, a, d);
		}
	}
	slow_settle(model);
}

static int slow_set_pool(struct slow_model *model, const struct slow_masks *pool)
{
	struct slow_masks old = model->pool;
	unsigned int a, d;

	model->pool = *pool;
	for (a = 0; a < SLOW_IDS; a++)
		for (d = 0; d < SLOW_IDS; d++)
			if (slow_in_pool(model, a, d) &&
			    slow_others_have(model, NULL, a, d)) {
				model->pool = old;
				return -EBUSY;
			}
	slow_reprobe(model);
	return 0;
}

int slow_set_apmask(struct slow_model *model, const bool *apm)
{
	struct slow_masks pool = model->pool;

	if (!memcmp(pool.apm, apm, sizeof(pool.apm)))
		return 0;
	memcpy(pool.apm, apm, sizeof(pool.apm));
	return slow_set_pool(model, &pool);
}

int slow_set_aqmask(struct slow_model *model, const bool *aqm)
{
	struct slow_masks pool = model->pool;

	if (!memcmp(pool.aqm, aqm, sizeof(pool.aqm)))
		return 0;
	memcpy(pool.aqm, aqm, sizeof(pool.aqm));
	return slow_set_pool(model, &pool);
}

int slow_bind(struct slow_model *model, unsigned int apid, unsigned int apqi, bool vfio)
{
	struct slow_queue *queue = &model->queue[apid][apqi];

	if (!queue->present)
		return -ENODEV;
	if (queue->host || queue->vfio)
		return -EBUSY;
	if (slow_in_pool(model, apid, apqi) == vfio)
		return -ENODEV;
	slow_take(model, apid, apqi);
	slow_settle(model);
	return 0;
}

int slow_unbind(struct slow_model *model, unsigned int apid, unsigned int apqi, bool vfio)
{
	struct slow_queue *queue = &model->queue[apid][apqi];

	if (!queue->present || !(vfio ? queue->vfio : queue->host))
		return -ENODEV;
	slow_lose(model, apid, apqi);
	return 0;
}

/* --- scan ------------------------------------------------------------------- */

static void slow_config_changed(struct slow_model *model, bool *guest, bool *added,
				const bool *assigned, const bool *old, const bool *new)
{
	unsigned int i;

	(void)model;
	for (i = 0; i < SLOW_IDS; i++) {
		if (old[i] && !new[i])
			guest[i] = false;
		added[i] = assigned[i] && !old[i] && new[i];
	}
}

static void slow_scan_begins(struct slow_model *model)
{
	const struct slow_masks *old = &model->config, *new = &model->machine;
	unsigned int i;

	for (i = 0; i < SLOW_MDEVS; i++) {
		struct slow_mdev *mdev = &model->mdev[i];

		slow_config_changed(model, mdev->guest.apm, mdev->added.apm,
				    mdev->assigned.apm, old->apm, new->apm);
		slow_config_changed(model, mdev->guest.aqm, mdev->added.aqm,
				    mdev->assigned.aqm, old->aqm, new->aqm);
		slow_config_changed(model, mdev->guest.adm, mdev->added.adm,
				    mdev->assigned.adm, old->adm, new->adm);
	}
	model->config = model->machine;
}

static void slow_scan_queues(struct slow_model *model)
{
	unsigned int a, d;

	for (a = 0; a < SLOW_IDS; a++) {
		for (d = 0; d < SLOW_IDS; d++) {
			struct slow_queue *queue = &model->queue[a][d];
			bool valid = model->config.apm[a] && model->config.aqm[d];

			if (queue->present && !valid)
				slow_lose(model, a, d);
			if (!queue->present && valid)
				slow_take(model, a, d);
			queue->present = valid;
		}
	}
}

static void slow_scan_ends(struct slow_model *model)
{
	unsigned int i;

	for (i = 0; i < SLOW_MDEVS; i++) {
		struct slow_mdev *mdev = &model->mdev[i];

		if (slow_any(mdev->added.apm) || slow_any(mdev->added.aqm))
			slow_filter(model, mdev);
		if (slow_any(mdev->added.adm))
			slow_filter_control(model, mdev);
		memset(&mdev->added, 0, sizeof(mdev->added));
	}
}

void slow_scan(struct slow_model *model)
{
	slow_scan_begins(model);
	slow_scan_queues(model);
	slow_settle(model);
	slow_scan_ends(model);
}
