/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The matrix device of vfio_ap and its mediated devices: who has which queue,
 * what a guest effectively gets, and what has to be reset.  It knows the queues
 * bound to vfio_ap, the host configuration and the host pool; it does not know
 * cards or other drivers (see apc_bus.h).
 *
 * Nothing here locks.  The caller serializes all calls on one struct apc_matrix
 * and, as in the kernel, keeps the pool stable during assignments.
 */
#ifndef APC_MATRIX_H
#define APC_MATRIX_H

#include "apc_qci.h"

#define APC_UUID_CHARS	 36
#define APC_MDEV_MAX	 65536
#define APC_MDEV_BUCKETS 256

/* Response codes of AP instructions that matter here. */
#define APC_RC_NORMAL		 0x00
#define APC_RC_Q_NOT_AVAIL	 0x01
#define APC_RC_RESET_IN_PROGRESS 0x02
#define APC_RC_DECONFIGURED	 0x03
#define APC_RC_CHECKSTOPPED	 0x04
#define APC_RC_BUSY		 0x05
#define APC_RC_INVALID_ADDRESS	 0x06
#define APC_RC_OTHERWISE_CHANGED 0x07

/**
 * struct apc_mdev - one AP matrix; the caller owns the memory
 * @next, @pprev: list of all mdevs, the newest first
 * @hash_next, @hash_pprev: the mdevs whose UUID falls into the same bucket
 * @pending_next, @pending_pprev: list of those that wait for apc_matrix_settle();
 *				   the second is NULL for one that doesn't
 * @uuid: lower case text with NUL
 * @assigned: what user space assigned
 * @guest: the effective matrix: what a guest gets (guest_matrix)
 * @added: ids that the current bus scan brings to the host; the guest gets them
 *         when the scan is complete
 * @unsure: adapters for which filtering anew could say something else than @guest;
 *	    so that it only looks at those
 * @user: who has the mdev open, NULL when nobody has
 * @removing: removal has begun
 */
struct apc_mdev {
	struct apc_mdev *next;
	struct apc_mdev **pprev;
	struct apc_mdev *hash_next;
	struct apc_mdev **hash_pprev;
	struct apc_mdev *pending_next;
	struct apc_mdev **pending_pprev;
	char uuid[APC_UUID_CHARS + 1];
	struct apc_masks assigned;
	struct apc_masks guest;
	struct apc_masks added;
	struct apc_mask unsure;
	const void *user;
	bool removing;
};

/**
 * struct apc_conflict - why an assignment or a change of the pool was refused
 * @wanted_by: the mdev that should have got the queues, NULL for the host pool
 * @holder: the mdev that has them
 * @apm, @aqm: the queues in question: all of @apm x @aqm
 */
struct apc_conflict {
	const struct apc_mdev *wanted_by;
	const struct apc_mdev *holder;
	struct apc_mask apm;
	struct apc_mask aqm;
};

struct apc_matrix;

/**
 * struct apc_matrix_ops - what the shell does when the state changes; every
 *			   member may be NULL
 * @reset: reset the queues @apid x @domains, then tell the outcome with
 *	   apc_matrix_reset_done(), now or later.  Without this member every
 *	   reset succeeds at once.
 * @guest_update: the guest that has @mdev open has to see its new @guest masks
 * @conflict: a refusal with -EADDRINUSE is about to be returned; the kernel logs
 *	      one line per queue, see apc_conflict_print()
 */
struct apc_matrix_ops {
	void (*reset)(struct apc_matrix *mx, unsigned int apid,
		      const struct apc_mask *domains);
	void (*guest_update)(struct apc_matrix *mx, struct apc_mdev *mdev);
	void (*conflict)(struct apc_matrix *mx, const struct apc_conflict *conflict);
};

/**
 * struct apc_matrix - the matrix device
 * @ops: the shell's callbacks, or NULL
 * @pool: the host pool, owned by whoever models or drives the AP bus
 * @qci: the host configuration as vfio_ap knows it
 * @owned: per adapter the domains that some mdev has with it.  This makes every
 *	   sharing check independent of the number of mdevs.
 * @bound: per adapter the domains whose queue is bound to vfio_ap
 * @passable: per adapter the domains whose last reset lets a guest have them
 * @holder: who has which queue in @owned; NULL elsewhere.  What happens to one queue
 *	    concerns one mdev, which is found at once however many there are.
 * @pending: the mdevs that have newly bound queues, see apc_matrix_settle()
 * @mdevs: all mdevs, the newest first
 * @buckets: the same by UUID
 * @mdev_count: their number
 */
struct apc_matrix {
	const struct apc_matrix_ops *ops;
	const struct apc_pool *pool;
	struct apc_qci qci;
	struct apc_mask owned[APC_IDS];
	struct apc_mask bound[APC_IDS];
	struct apc_mask passable[APC_IDS];
	struct apc_mdev *holder[APC_IDS][APC_IDS];
	struct apc_mdev *pending;
	struct apc_mdev *mdevs;
	struct apc_mdev *buckets[APC_MDEV_BUCKETS];
	unsigned int mdev_count;
};

void apc_matrix_init(struct apc_matrix *mx, const struct apc_matrix_ops *ops,
		     const struct apc_pool *pool, const struct apc_qci *qci);

/* --- life of an mdev ----------------------------------------------------- */

/**
 * apc_uuid_parse() - what may be written to create
 * @uuid: gets the lower case text
 * @text: 36 characters, and at most one more that is ignored, as in the kernel
 * @len: its length
 *
 * Return: 0 or -EINVAL
 */
int apc_uuid_parse(char uuid[APC_UUID_CHARS + 1], const char *text, size_t len);

unsigned int apc_matrix_available(const struct apc_matrix *mx);
struct apc_mdev *apc_matrix_find(const struct apc_matrix *mx, const char *uuid);
/* Whether a new mdev may be added: 0, -EEXIST, -EUSERS (in this order). */
int apc_matrix_may_add(const struct apc_matrix *mx, const char *uuid);
/**
 * apc_matrix_add() - a new mdev without queues
 * @mx: the matrix device
 * @mdev: memory of the caller, any content
 * @uuid: from apc_uuid_parse()
 *
 * Return: 0, -EEXIST, -EUSERS
 */
int apc_matrix_add(struct apc_matrix *mx, struct apc_mdev *mdev, const char *uuid);
/* Resets the queues of @mdev and unlinks it; the caller may free it then. */
void apc_matrix_remove(struct apc_matrix *mx, struct apc_mdev *mdev);
/**
 * apc_mdev_want_remove() - what may be written to remove
 * @mdev: the mdev
 * @text: a number; not 0 removes
 * @len: its length
 *
 * Return: 1 when the shell has to wait until nobody has @mdev open and then
 * calls apc_matrix_remove(), 0 when nothing is to be done, -EINVAL, -EAGAIN when
 * removal has begun already
 */
int apc_mdev_want_remove(struct apc_mdev *mdev, const char *text, size_t len);

/**
 * apc_mdev_open() - a guest takes the mdev
 * @mx: the matrix device
 * @mdev: the mdev
 * @user: who; told apart by address (struct kvm in the kernel)
 *
 * Return: 0, -EINVAL without @user, -EBUSY when somebody has it open, -EPERM
 * when @user has another mdev already
 */
int apc_mdev_open(struct apc_matrix *mx, struct apc_mdev *mdev, const void *user);
/* The guest lets go; its queues are reset. */
void apc_mdev_close(struct apc_matrix *mx, struct apc_mdev *mdev);
/* Resets every queue of @mdev (VFIO_DEVICE_RESET). */
void apc_mdev_reset(struct apc_matrix *mx, struct apc_mdev *mdev);

/* --- assignments: errors are checked in the order in which they stand -------- */

/* Return: 0, -EINVAL, -ERANGE, -ENODEV, -EADDRNOTAVAIL, -EADDRINUSE */
int apc_mdev_assign_adapter(struct apc_matrix *mx, struct apc_mdev *mdev,
			    const char *text, size_t len);
int apc_mdev_assign_domain(struct apc_matrix *mx, struct apc_mdev *mdev, const char *text,
			   size_t len);
/* Return: 0, -EINVAL, -ERANGE, -ENODEV */
int apc_mdev_unassign_adapter(struct apc_matrix *mx, struct apc_mdev *mdev,
			      const char *text, size_t len);
int apc_mdev_unassign_domain(struct apc_matrix *mx, struct apc_mdev *mdev,
			     const char *text, size_t len);
int apc_mdev_assign_control_domain(struct apc_matrix *mx, struct apc_mdev *mdev,
				   const char *text, size_t len);
int apc_mdev_unassign_control_domain(struct apc_matrix *mx, struct apc_mdev *mdev,
				     const char *text, size_t len);
/* Return: 0, -EINVAL, -EADDRNOTAVAIL, -EADDRINUSE, -ENODEV */
int apc_mdev_set_config(struct apc_matrix *mx, struct apc_mdev *mdev, const char *text,
			size_t len);
/* The same with parsed masks. */
int apc_mdev_set_masks(struct apc_matrix *mx, struct apc_mdev *mdev,
		       const struct apc_masks *masks);

/* --- queues and the host configuration ----------------------------------------- */

/*
 * Queues @apid x @domains are now bound to vfio_ap.  Guests get them with the
 * next apc_matrix_settle(), or when the scan that is under way is complete.
 */
void apc_matrix_bind(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains);
void apc_matrix_settle(struct apc_matrix *mx);
/* They are about to be unbound: guests lose the adapter, queues are reset. */
void apc_matrix_unbind(struct apc_matrix *mx, unsigned int apid,
		       const struct apc_mask *domains);
/* A reset ended with response code @rc. */
void apc_matrix_reset_done(struct apc_matrix *mx, unsigned int apid, unsigned int apqi,
			   u8 rc);
/* Start of a bus scan that found another host configuration. */
void apc_matrix_config_changed(struct apc_matrix *mx, const struct apc_qci *qci);
/* End of that scan. */
void apc_matrix_scan_complete(struct apc_matrix *mx);
/*
 * Whether the host may take all of @apm x @aqm for itself: 0 or -EADDRINUSE.
 * The AP bus makes -EBUSY of the latter.
 */
int apc_matrix_in_use(struct apc_matrix *mx, const struct apc_mask *apm,
		      const struct apc_mask *aqm);
/* The mdev that has a queue assigned, or NULL. */
struct apc_mdev *apc_matrix_holder(const struct apc_matrix *mx, unsigned int apid,
				   unsigned int apqi);

/**
 * apc_conflict_print() - the kernel's log line for one queue of a conflict
 * @conflict: from the callback
 * @apid, @apqi: one of its queues
 * @buf: gets the text, cut to @size, with NUL
 * @size: bytes at @buf; 128 are enough
 *
 * The kernel prints it with the name of the device in front: of @wanted_by, or
 * of @holder when the host pool wants the queue.
 *
 * Return: length of the text
 */
size_t apc_conflict_print(const struct apc_conflict *conflict, unsigned int apid,
			  unsigned int apqi, char *buf, size_t size);

#endif
