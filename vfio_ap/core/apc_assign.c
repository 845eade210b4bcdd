// SPDX-License-Identifier: GPL-2.0
/*
 * Assigning adapters and domains to an mdev.  The checks come in the kernel's
 * order, on a copy; nothing is changed before the last of them has passed.
 */
#include "apc_guest.h"
#include "apc_text.h"

/* Whether another mdev has one of @apm x @aqm. */
static bool apc_shared(const struct apc_matrix *mx, const struct apc_mdev *mdev,
		       const struct apc_mask *apm, const struct apc_mask *aqm)
{
	struct apc_mask others;
	unsigned int apid;

	apc_mask_for_each(apid, apm) {
		others = mx->owned[apid];
		if (apc_mask_test(&mdev->assigned.apm, apid))
			apc_mask_andnot(&others, &others, &mdev->assigned.aqm);
		if (apc_mask_intersects(&others, aqm))
			return true;
	}
	return false;
}

/* May @mdev have all of @apm x @aqm? */
static int apc_check(struct apc_matrix *mx, const struct apc_mdev *mdev,
		     const struct apc_mask *apm, const struct apc_mask *aqm)
{
	if (apc_pool_meets(mx->pool, apm, aqm))
		return -EADDRNOTAVAIL;
	if (!apc_shared(mx, mdev, apm, aqm))
		return 0;
	apc_matrix_report(mx, mdev, apm, aqm);
	return -EADDRINUSE;
}

static int apc_parse_id(const char *text, size_t len, unsigned int max, unsigned int *id)
{
	u64 value;
	int rc = apc_parse_ulong(text, len, &value);

	if (rc)
		return rc;
	if (value > max)
		return -ENODEV;
	*id = value;
	return 0;
}

static void apc_mdev_apply(struct apc_matrix *mx, struct apc_mdev *mdev,
			   const struct apc_masks *masks)
{
	struct apc_masks before = mdev->guest;

	apc_owned_remove(mx, &mdev->assigned.apm, &mdev->assigned.aqm);
	mdev->assigned = *masks;
	apc_owned_add(mx, mdev, &mdev->assigned.apm, &mdev->assigned.aqm);
	apc_mask_fill(&mdev->unsure);
	apc_guest_filter_queues(mx, mdev);
	apc_guest_filter_control(mx, mdev);
	apc_guest_commit(mx, mdev, &before);
}

int apc_mdev_assign_adapter(struct apc_matrix *mx, struct apc_mdev *mdev,
			    const char *text, size_t len)
{
	struct apc_masks before = mdev->guest;
	struct apc_mask one = { { 0 } };
	unsigned int apid;
	int rc = apc_parse_id(text, len, apc_qci_matrix_max_adapter(&mx->qci), &apid);

	if (rc || apc_mask_test(&mdev->assigned.apm, apid))
		return rc;
	apc_mask_set(&one, apid);
	rc = apc_check(mx, mdev, &one, &mdev->assigned.aqm);
	if (rc)
		return rc;
	apc_mask_set(&mdev->assigned.apm, apid);
	apc_owned_add(mx, mdev, &one, &mdev->assigned.aqm);
	apc_mask_set(&mdev->unsure, apid);
	apc_guest_filter_queues(mx, mdev);
	apc_guest_commit(mx, mdev, &before);
	return 0;
}

int apc_mdev_assign_domain(struct apc_matrix *mx, struct apc_mdev *mdev, const char *text,
			   size_t len)
{
	struct apc_masks before = mdev->guest;
	struct apc_mask one = { { 0 } };
	unsigned int apqi;
	int rc = apc_parse_id(text, len, apc_qci_matrix_max_domain(&mx->qci), &apqi);

	if (rc || apc_mask_test(&mdev->assigned.aqm, apqi))
		return rc;
	apc_mask_set(&one, apqi);
	rc = apc_check(mx, mdev, &mdev->assigned.apm, &one);
	if (rc)
		return rc;
	apc_mask_set(&mdev->assigned.aqm, apqi);
	apc_owned_add(mx, mdev, &mdev->assigned.apm, &one);
	apc_guest_filter_queues(mx, mdev);
	apc_guest_commit(mx, mdev, &before);
	return 0;
}

/* As in the kernel the rest is not filtered anew when something is taken away. */
int apc_mdev_unassign_adapter(struct apc_matrix *mx, struct apc_mdev *mdev,
			      const char *text, size_t len)
{
	struct apc_masks before = mdev->guest;
	struct apc_mask one = { { 0 } };
	unsigned int apid;
	int rc = apc_parse_id(text, len, apc_qci_matrix_max_adapter(&mx->qci), &apid);

	if (rc || !apc_mask_test(&mdev->assigned.apm, apid))
		return rc;
	apc_mask_set(&one, apid);
	apc_owned_remove(mx, &one, &mdev->assigned.aqm);
	apc_mask_clear(&mdev->assigned.apm, apid);
	apc_mask_clear(&mdev->guest.apm, apid);
	apc_guest_commit(mx, mdev, &before);
	return 0;
}

int apc_mdev_unassign_domain(struct apc_matrix *mx, struct apc_mdev *mdev,
			     const char *text, size_t len)
{
	struct apc_masks before = mdev->guest;
	struct apc_mask one = { { 0 } };
	unsigned int apqi;
	int rc = apc_parse_id(text, len, apc_qci_matrix_max_domain(&mx->qci), &apqi);

	if (rc || !apc_mask_test(&mdev->assigned.aqm, apqi))
		return rc;
	apc_mask_set(&one, apqi);
	apc_owned_remove(mx, &mdev->assigned.apm, &one);
	apc_mask_clear(&mdev->assigned.aqm, apqi);
	apc_mask_clear(&mdev->guest.aqm, apqi);
	/* That domain may be all that kept some adapters out. */
	apc_mask_fill(&mdev->unsure);
	apc_guest_commit(mx, mdev, &before);
	return 0;
}

static int apc_mdev_set_control(struct apc_matrix *mx, struct apc_mdev *mdev,
				const char *text, size_t len, bool on)
{
	struct apc_masks before = mdev->guest;
	unsigned int id;
	int rc = apc_parse_id(text, len, apc_qci_matrix_max_domain(&mx->qci), &id);

	if (rc || apc_mask_test(&mdev->assigned.adm, id) == on)
		return rc;
	apc_mask_assign(&mdev->assigned.adm, id, on);
	if (on)
		apc_guest_filter_control(mx, mdev);
	else
		apc_mask_clear(&mdev->guest.adm, id);
	apc_guest_commit(mx, mdev, &before);
	return 0;
}

int apc_mdev_assign_control_domain(struct apc_matrix *mx, struct apc_mdev *mdev,
				   const char *text, size_t len)
{
	return apc_mdev_set_control(mx, mdev, text, len, true);
}

int apc_mdev_unassign_control_domain(struct apc_matrix *mx, struct apc_mdev *mdev,
				     const char *text, size_t len)
{
	return apc_mdev_set_control(mx, mdev, text, len, false);
}

static bool apc_mask_exceeds(const struct apc_mask *mask, unsigned int max)
{
	return apc_mask_next(mask, max + 1) < APC_IDS;
}

static int apc_check_maxima(const struct apc_matrix *mx, const struct apc_masks *masks)
{
	unsigned int max_adapter = apc_qci_matrix_max_adapter(&mx->qci);
	unsigned int max_domain = apc_qci_matrix_max_domain(&mx->qci);

	if (apc_mask_exceeds(&masks->apm, max_adapter) ||
	    apc_mask_exceeds(&masks->aqm, max_domain) ||
	    apc_mask_exceeds(&masks->adm, max_domain))
		return -ENODEV;
	return 0;
}

int apc_mdev_set_masks(struct apc_matrix *mx, struct apc_mdev *mdev,
		       const struct apc_masks *masks)
{
	int rc = apc_check(mx, mdev, &masks->apm, &masks->aqm);

	if (!rc)
		rc = apc_check_maxima(mx, masks);
	if (!rc)
		apc_mdev_apply(mx, mdev, masks);
	return rc;
}

int apc_mdev_set_config(struct apc_matrix *mx, struct apc_mdev *mdev, const char *text,
			size_t len)
{
	struct apc_mask parsed[3];
	struct apc_masks masks;

	if (apc_mask_parse_config(parsed, text, len))
		return -EINVAL;
	masks.apm = parsed[0];
	masks.aqm = parsed[1];
	masks.adm = parsed[2];
	return apc_mdev_set_masks(mx, mdev, &masks);
}
