// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest effectively gets.  An adapter reaches it whole or not at all: all
 * queues of the adapter and the guest's domains have to be bound to vfio_ap and
 * well after their last reset.  With one mask per adapter for both, filtering
 * costs a few operations per adapter, however many queues there are.
 */
#include "apc_guest.h"

static bool apc_adapter_passable(const struct apc_matrix *mx, unsigned int apid,
				 const struct apc_mask *domains)
{
	struct apc_mask usable;

	apc_mask_and(&usable, &mx->bound[apid], &mx->passable[apid]);
	return apc_mask_subset(domains, &usable);
}

void apc_guest_filter_queues(const struct apc_matrix *mx, struct apc_mdev *mdev)
{
	struct apc_masks *guest = &mdev->guest;
	unsigned int apid;

	apc_mask_and(&guest->apm, &mdev->assigned.apm, &mx->qci.config.apm);
	apc_mask_and(&guest->aqm, &mdev->assigned.aqm, &mx->qci.config.aqm);
	apc_mask_for_each(apid, &guest->apm)
		if (!apc_adapter_passable(mx, apid, &guest->aqm))
			apc_mask_clear(&guest->apm, apid);
}

void apc_guest_filter_control(const struct apc_matrix *mx, struct apc_mdev *mdev)
{
	apc_mask_and(&mdev->guest.adm, &mdev->assigned.adm, &mx->qci.config.adm);
}

static void apc_guest_tell(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	if (mdev->user && mx->ops && mx->ops->guest_update)
		mx->ops->guest_update(mx, mdev);
}

/*
 * The domains of one adapter that the guest had and lost.  An adapter that was
 * filtered, not unassigned, is reset as a whole, new domains included: it has to
 * come back to the guest clean.
 */
static void apc_guest_lost(const struct apc_mdev *mdev, unsigned int apid,
			   const struct apc_masks *before, struct apc_mask *lost)
{
	if (apc_mask_test(&mdev->guest.apm, apid))
		apc_mask_andnot(lost, &before->aqm, &mdev->guest.aqm);
	else if (apc_mask_test(&mdev->assigned.apm, apid))
		apc_mask_or(lost, &before->aqm, &mdev->guest.aqm);
	else
		*lost = before->aqm;
}

void apc_guest_commit(struct apc_matrix *mx, struct apc_mdev *mdev,
		      const struct apc_masks *before)
{
	struct apc_mask lost;
	unsigned int apid;

	if (!memcmp(before, &mdev->guest, sizeof(*before)))
		return;
	/* The guest must not reach a queue any more when it is reset. */
	apc_guest_tell(mx, mdev);
	apc_mask_for_each(apid, &before->apm) {
		apc_guest_lost(mdev, apid, before, &lost);
		apc_guest_reset(mx, apid, &lost);
	}
}

void apc_guest_reset(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains)
{
	struct apc_mask queues;

	apc_mask_and(&queues, domains, &mx->bound[apid]);
	if (apc_mask_empty(&queues))
		return;
	if (mx->ops && mx->ops->reset)
		mx->ops->reset(mx, apid, &queues);
	else
		apc_mask_or(&mx->passable[apid], &mx->passable[apid], &queues);
}

void apc_guest_reset_all(struct apc_matrix *mx, const struct apc_mdev *mdev)
{
	unsigned int apid;

	apc_mask_for_each(apid, &mdev->assigned.apm)
		apc_guest_reset(mx, apid, &mdev->assigned.aqm);
}

void apc_matrix_reset_done(struct apc_matrix *mx, unsigned int apid, unsigned int apqi,
			   u8 rc)
{
	bool passable = rc == APC_RC_NORMAL || rc == APC_RC_DECONFIGURED ||
			rc == APC_RC_CHECKSTOPPED;

	apc_mask_assign(&mx->passable[apid], apqi,
			passable && apc_mask_test(&mx->bound[apid], apqi));
}

void apc_matrix_bind(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains)
{
	apc_mask_or(&mx->bound[apid], &mx->bound[apid], domains);
	/* A queue counts as well until a reset says otherwise. */
	apc_mask_or(&mx->passable[apid], &mx->passable[apid], domains);
	if (!apc_mask_intersects(&mx->owned[apid], domains))
		return;
	apc_mask_or(&mx->fresh[apid], &mx->fresh[apid], domains);
	apc_mask_set(&mx->stale, apid);
}

static bool apc_mdev_scan_pending(const struct apc_mdev *mdev)
{
	return !apc_mask_empty(&mdev->added.apm) || !apc_mask_empty(&mdev->added.aqm);
}

/* Whether one of the newly bound queues is assigned to @mdev. */
static bool apc_mdev_stale(const struct apc_matrix *mx, const struct apc_mdev *mdev)
{
	struct apc_mask apm;
	unsigned int apid;

	apc_mask_and(&apm, &mdev->assigned.apm, &mx->stale);
	apc_mask_for_each(apid, &apm)
		if (apc_mask_intersects(&mx->fresh[apid], &mdev->assigned.aqm))
			return true;
	return false;
}

static void apc_matrix_settled(struct apc_matrix *mx)
{
	unsigned int apid;

	apc_mask_for_each(apid, &mx->stale)
		apc_mask_zero(&mx->fresh[apid]);
	apc_mask_zero(&mx->stale);
}

void apc_matrix_settle(struct apc_matrix *mx)
{
	struct apc_masks before;
	struct apc_mdev *mdev;

	if (apc_mask_empty(&mx->stale))
		return;
	for (mdev = mx->mdevs; mdev; mdev = mdev->next) {
		if (!apc_mdev_stale(mx, mdev) || apc_mdev_scan_pending(mdev))
			continue;
		before = mdev->guest;
		apc_guest_filter_queues(mx, mdev);
		apc_guest_commit(mx, mdev, &before);
	}
	apc_matrix_settled(mx);
}

/* Takes the adapter from a guest that has one of the queues; adds them to @reset. */
static void apc_mdev_lose_queues(struct apc_matrix *mx, struct apc_mdev *mdev,
				 unsigned int apid, const struct apc_mask *domains,
				 struct apc_mask *reset)
{
	struct apc_masks before = mdev->guest;

	if (!apc_mask_test(&mdev->guest.apm, apid) ||
	    !apc_mask_intersects(&mdev->guest.aqm, domains))
		return;
	apc_mask_clear(&mdev->guest.apm, apid);
	apc_guest_commit(mx, mdev, &before);
	apc_mask_or(reset, reset, &before.aqm);
}

void apc_matrix_unbind(struct apc_matrix *mx, unsigned int apid,
		       const struct apc_mask *domains)
{
	struct apc_mask reset = { { 0 } };
	struct apc_mdev *mdev = NULL;
	struct apc_mask rest;

	if (apc_mask_intersects(&mx->owned[apid], domains))
		mdev = mx->mdevs;
	for (; mdev; mdev = mdev->next)
		apc_mdev_lose_queues(mx, mdev, apid, domains, &reset);

	/* Queues that left the host's configuration cannot be reset any more. */
	apc_mask_andnot(&rest, domains, &reset);
	apc_mask_and(&rest, &rest, &mx->qci.config.aqm);
	if (apc_mask_test(&mx->qci.config.apm, apid))
		apc_guest_reset(mx, apid, &rest);

	apc_mask_andnot(&mx->bound[apid], &mx->bound[apid], domains);
	apc_mask_andnot(&mx->passable[apid], &mx->passable[apid], domains);
}

static void apc_masks_andnot(struct apc_masks *dst, const struct apc_masks *a,
			     const struct apc_masks *b)
{
	apc_mask_andnot(&dst->apm, &a->apm, &b->apm);
	apc_mask_andnot(&dst->aqm, &a->aqm, &b->aqm);
	apc_mask_andnot(&dst->adm, &a->adm, &b->adm);
}

static void apc_masks_and(struct apc_masks *dst, const struct apc_masks *a,
			  const struct apc_masks *b)
{
	apc_mask_and(&dst->apm, &a->apm, &b->apm);
	apc_mask_and(&dst->aqm, &a->aqm, &b->aqm);
	apc_mask_and(&dst->adm, &a->adm, &b->adm);
}

void apc_matrix_config_changed(struct apc_matrix *mx, const struct apc_qci *qci)
{
	struct apc_masks before, gone, come;
	struct apc_mdev *mdev;

	apc_masks_andnot(&gone, &mx->qci.config, &qci->config);
	apc_masks_andnot(&come, &qci->config, &mx->qci.config);
	mx->qci = *qci;
	for (mdev = mx->mdevs; mdev; mdev = mdev->next) {
		before = mdev->guest;
		apc_masks_andnot(&mdev->guest, &mdev->guest, &gone);
		/* No reset: what left the configuration would only answer 01. */
		if (memcmp(&before, &mdev->guest, sizeof(before)) != 0)
			apc_guest_tell(mx, mdev);
		apc_masks_and(&mdev->added, &mdev->assigned, &come);
	}
}

static void apc_mdev_scan_complete(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	struct apc_masks before = mdev->guest;
	struct apc_masks hot;

	apc_masks_and(&hot, &mdev->assigned, &mdev->added);
	if (!apc_mask_empty(&hot.apm) || !apc_mask_empty(&hot.aqm))
		apc_guest_filter_queues(mx, mdev);
	if (!apc_mask_empty(&hot.adm))
		apc_guest_filter_control(mx, mdev);
	apc_guest_commit(mx, mdev, &before);
	memset(&mdev->added, 0, sizeof(mdev->added));
}

void apc_matrix_scan_complete(struct apc_matrix *mx)
{
	struct apc_mdev *mdev;

	for (mdev = mx->mdevs; mdev; mdev = mdev->next)
		apc_mdev_scan_complete(mx, mdev);
}
