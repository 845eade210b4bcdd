/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of AP bus and vfio_ap once more, the slow and obvious way: arrays of
 * booleans and a walk over all queues and mdevs at each step.  Property tests
 * hold the core against it.
 */
#ifndef SLOW_MODEL_H
#define SLOW_MODEL_H

#include <stdbool.h>

/* Adapters and domains; slow_id() spreads them over the 256 ids. */
#define SLOW_IDS   8
#define SLOW_MDEVS 5

struct slow_masks {
	bool apm[SLOW_IDS];
	bool aqm[SLOW_IDS];
	bool adm[SLOW_IDS];
};

struct slow_mdev {
	bool exists;
	bool open;
	struct slow_masks assigned;
	struct slow_masks guest;
	struct slow_masks added;
};

struct slow_queue {
	bool present;
	bool host; /* bound to cex4queue */
	bool vfio; /* bound to vfio_ap */
	bool passable;
	bool broken;	/* its next reset fails */
	bool was_reset; /* since slow_begin() */
	bool fresh;	/* bound since slow_begin() */
};

struct slow_model {
	struct slow_masks config;  /* of the host, at the last scan */
	struct slow_masks machine; /* of the hardware */
	struct slow_masks pool;
	struct slow_queue queue[SLOW_IDS][SLOW_IDS];
	struct slow_mdev mdev[SLOW_MDEVS];
};

unsigned int slow_id(unsigned int index);
/* Forgets which queues were reset or bound. */
void slow_begin(struct slow_model *model);

/* Each returns what the write returns. @id is an index, @mdev exists. */
int slow_assign_adapter(struct slow_model *model, struct slow_mdev *mdev,
			unsigned int id);
int slow_assign_domain(struct slow_model *model, struct slow_mdev *mdev, unsigned int id);
void slow_unassign_adapter(struct slow_model *model, struct slow_mdev *mdev,
			   unsigned int id);
void slow_unassign_domain(struct slow_model *model, struct slow_mdev *mdev,
			  unsigned int id);
void slow_set_control(struct slow_model *model, struct slow_mdev *mdev, unsigned int id,
		      bool on);
int slow_set_config(struct slow_model *model, struct slow_mdev *mdev,
		    const struct slow_masks *masks);
void slow_create(struct slow_model *model, struct slow_mdev *mdev);
void slow_remove(struct slow_model *model, struct slow_mdev *mdev);
void slow_close(struct slow_model *model, struct slow_mdev *mdev);
int slow_set_apmask(struct slow_model *model, const bool *apm);
int slow_set_aqmask(struct slow_model *model, const bool *aqm);
int slow_bind(struct slow_model *model, unsigned int apid, unsigned int apqi, bool vfio);
int slow_unbind(struct slow_model *model, unsigned int apid, unsigned int apqi,
		bool vfio);
void slow_scan(struct slow_model *model);

#endif
