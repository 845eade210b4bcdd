/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to the core: from the assigned to the effective matrix.
 */
#ifndef APC_GUEST_H
#define APC_GUEST_H

#include "apc_matrix.h"

/*
 * Recompute @mdev->guest: adapters and usage domains, and control domains.  Of the
 * adapters only those in @mdev->unsure, or all when the domains have changed.
 */
void apc_guest_filter_queues(const struct apc_matrix *mx, struct apc_mdev *mdev);
void apc_guest_filter_control(const struct apc_matrix *mx, struct apc_mdev *mdev);
/*
 * @mdev->guest was @before: tells the guest, and then resets every queue that it
 * lost, so that no secret is left for the next owner.
 */
void apc_guest_commit(struct apc_matrix *mx, struct apc_mdev *mdev,
		      const struct apc_masks *before);
/* Resets those of @apid x @domains that are bound to vfio_ap. */
void apc_guest_reset(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains);
/* Resets every queue assigned to @mdev. */
void apc_guest_reset_all(struct apc_matrix *mx, const struct apc_mdev *mdev);
/* @mdev doesn't wait for apc_matrix_settle() any more. */
void apc_guest_forget_pending(struct apc_mdev *mdev);
/* All of @apm x @aqm gets @mdev as its owner, or none. */
void apc_owned_add(struct apc_matrix *mx, struct apc_mdev *mdev,
		   const struct apc_mask *apm, const struct apc_mask *aqm);
void apc_owned_remove(struct apc_matrix *mx, const struct apc_mask *apm,
		      const struct apc_mask *aqm);
/* Reports the first mdev other than @assignee that has a queue of @apm x @aqm. */
void apc_matrix_report(struct apc_matrix *mx, const struct apc_mdev *assignee,
		       const struct apc_mask *apm, const struct apc_mask *aqm);

#endif
