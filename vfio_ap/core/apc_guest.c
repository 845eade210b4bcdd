// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest effectively gets.  An adapter reaches it whole or not at all: all
 * queues of the adapter and the guest's domains have to be bound to vfio_ap and
 * well after their last reset.  With one mask per adapter for both, filtering
 * costs a few operations per adapter, however many queues there are; and when one
 * queue comes or goes only its adapter is looked at.
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
	struct apc_mask apm, aqm;
	unsigned int apid;

	apc_mask_and(&apm, &mdev->assigned.apm, &mx->qci.config.apm);
	apc_mask_and(&aqm, &mdev->assigned.aqm, &mx->qci.config.aqm);
	if (!apc_mask_equal(&aqm, &guest->aqm))
		apc_mask_fill(&mdev->unsure);
	guest->aqm = aqm;
	apc_mask_and(&guest->apm, &guest->apm, &apm);
	apc_mask_and(&apm, &apm, &mdev->unsure);
	apc_mask_for_each(apid, &apm)
		apc_mask_assign(&guest->apm, apid, apc_adapter_passable(mx, apid, &aqm));
	apc_mask_zero(&mdev->unsure);
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
	struct apc_mask apm = before->apm;
	struct apc_mask lost;
	unsigned int apid;

	if (!memcmp(before, &mdev->guest, sizeof(*before)))
		return;
	/* The guest must not reach a queue any more when it is reset. */
	apc_guest_tell(mx, mdev);
	/* With all the domains that it had, only whole adapters can be lost. */
	if (apc_mask_subset(&before->aqm, &mdev->guest.aqm))
		apc_mask_andnot(&apm, &apm, &mdev->guest.apm);
	apc_mask_for_each(apid, &apm) {
		apc_guest_lost(mdev, apid, before, &lost);
		apc_guest_reset(mx, apid, &lost);
	}
}

static void apc_set_unsure(struct apc_matrix *mx, unsigned int apid, unsigned int apqi)
{
	struct apc_mdev *holder = apc_matrix_holder(mx, apid, apqi);

	if (holder)
		apc_mask_set(&holder->unsure, apid);
}

static void apc_set_passable(struct apc_matrix *mx, unsigned int apid,
			     const struct apc_mask *domains)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, domains)
		apc_set_unsure(mx, apid, apqi);
	apc_mask_or(&mx->passable[apid], &mx->passable[apid], domains);
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
		apc_set_passable(mx, apid, &queues);
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

	apc_set_unsure(mx, apid, apqi);
	apc_mask_assign(&mx->passable[apid], apqi,
			passable && apc_mask_test(&mx->bound[apid], apqi));
}

static void apc_guest_set_pending(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	if (mdev->pending_pprev)
		return;
	mdev->pending_pprev = &mx->pending;
	mdev->pending_next = mx->pending;
	if (mdev->pending_next)
		mdev->pending_next->pending_pprev = &mdev->pending_next;
	mx->pending = mdev;
}

void apc_guest_forget_pending(struct apc_mdev *mdev)
{
	if (!mdev->pending_pprev)
		return;
	*mdev->pending_pprev = mdev->pending_next;
	if (mdev->pending_next)
		mdev->pending_next->pending_pprev = mdev->pending_pprev;
	mdev->pending_pprev = NULL;
}

void apc_matrix_bind(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains)
{
	struct apc_mask owned;
	unsigned int apqi;

	apc_mask_or(&mx->bound[apid], &mx->bound[apid], domains);
	/* A queue counts as well until a reset says otherwise. */
	apc_mask_or(&mx->passable[apid], &mx->passable[apid], domains);
	apc_mask_and(&owned, &mx->owned[apid], domains);
	apc_mask_for_each(apqi, &owned) {
		apc_set_unsure(mx, apid, apqi);
		apc_guest_set_pending(mx, apc_matrix_holder(mx, apid, apqi));
	}
}

static bool apc_mdev_scan_pending(const struct apc_mdev *mdev)
{
	return !apc_mask_empty(&mdev->added.apm) || !apc_mask_empty(&mdev->added.aqm);
}

void apc_matrix_settle(struct apc_matrix *mx)
{
	struct apc_masks before;
	struct apc_mdev *mdev;

	while ((mdev = mx->pending)) {
		apc_guest_forget_pending(mdev);
		if (apc_mdev_scan_pending(mdev))
			continue;
		before = mdev->guest;
		apc_guest_filter_queues(mx, mdev);
		apc_guest_commit(mx, mdev, &before);
	}
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
	struct apc_mask owned, rest;
	unsigned int apqi;

	apc_mask_and(&owned, &mx->owned[apid], domains);
	apc_mask_for_each(apqi, &owned) {
		apc_mdev_lose_queues(mx, apc_matrix_holder(mx, apid, apqi), apid, domains,
				     &reset);
		apc_set_unsure(mx, apid, apqi);
	}

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
		apc_mask_fill(&mdev->unsure);
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
