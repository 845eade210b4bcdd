/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio_ap: AP queues for KVM guests.
 *
 * The logic is in ../core: it is asked under one mutex, never sleeps, and calls
 * back when a guest has to see other masks or queues have to be reset.  The files
 * here do what needs a kernel: devices, KVM, VFIO, instructions, waiting.
 *
 * Locks, in the order in which they are taken:
 *
 *   ap_perms_mutex		the AP bus: host pool.  Taken here before an
 *				assignment; held by the bus when it asks whether
 *				queues are in use
 *   vfio_ap_dev.lock		the core's state: every mdev, every mask
 *   kvm->lock			while a guest's masks are replaced
 *
 *   kvm->arch.crypto.pqap_hook_rwsem	held by KVM around a guest's PQAP(AQIC)
 *   vfio_ap_queue.lock		instructions that set one queue up, and its
 *				interrupt.  May be held while hardware takes its
 *				time.  Nothing above is taken under it
 *   vfio_ap_mdev.view_lock, .irqs_lock, vfio_ap_dev.resets_lock: spinlocks, for
 *				moments, none inside another
 *   vfio_ap_mdev.trigger_lock	the eventfds; nothing is taken under it
 *
 * So nobody waits for the hardware of another guest's queues: resets are done by a
 * work queue, and who wants to wait for the end of some does it without a lock.
 */
#ifndef VFIO_AP_H
#define VFIO_AP_H

#include <linux/eventfd.h>
#include <linux/kref.h>
#include <linux/kvm_host.h>
#include <linux/mdev.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/vfio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "apc_aqic.h"
#include "apc_matrix.h"
#include "apc_reset.h"

/* The eventfds of a VFIO device.  The second is not in the headers before 6.16. */
enum {
	VFIO_AP_IRQ_REQ,
	VFIO_AP_IRQ_CFG_CHG,
	VFIO_AP_IRQ_COUNT,
};

/**
 * struct vfio_ap_dev - the matrix device; there is one
 * @device: /sys/devices/vfio_ap/matrix
 * @lock: protects @mx, @pool, @resetting, and the members of others that say so
 * @mx: the core's state
 * @pool: the host pool, as of the last time that ap_perms_mutex was held
 * @resetting: resets that were begun since @lock was taken
 * @queues: struct vfio_ap_queue by APQN
 * @wq: resets
 * @resets_lock: protects @resets
 * @resets: queues whose reset hasn't ended, the oldest first
 * @reset_ended: woken when one is taken from @resets
 * @last_ticket: of the newest reset; protected by @lock
 * @scan_ticket: the same when the scan of the bus that is under way began, if it
 *		 has found another host configuration; protected by @lock
 */
struct vfio_ap_dev {
	struct device device;
	struct mutex lock; /* mx, pool, resetting */
	struct apc_matrix mx;
	struct apc_pool pool;
	struct vfio_ap_resets {
		u64 first;
		u64 last;
	} resetting;
	struct xarray queues;
	struct workqueue_struct *wq;
	spinlock_t resets_lock; /* resets */
	struct list_head resets;
	wait_queue_head_t reset_ended;
	u64 last_ticket;
	u64 scan_ticket;
	struct mdev_type type;
	struct mdev_type *types[1];
	struct mdev_parent parent;
};

/**
 * struct vfio_ap_mdev - one AP matrix
 * @vdev: the VFIO device
 * @core: what it has assigned; protected by vfio_ap_dev.lock
 * @mdev: the mediated device
 * @hook: what KVM calls for PQAP(AQIC)
 * @kvm: the guest, from open to close, which VFIO serializes
 * @plugged: @kvm sees the masks; protected by vfio_ap_dev.lock
 * @view_lock: protects @view
 * @view: a copy of what the guest effectively has, for PQAP(AQIC)
 * @irqs_lock: protects @irqs, and vfio_ap_queue.irqs_nib
 * @irqs: its queues that have interrupts
 * @trigger_lock: protects @trigger
 * @trigger: eventfds, VFIO_AP_IRQ_*
 */
struct vfio_ap_mdev {
	struct vfio_device vdev;
	struct apc_mdev core;
	struct mdev_device *mdev;
	crypto_hook hook;
	struct kvm *kvm;
	bool plugged;
	spinlock_t view_lock; /* view */
	struct apc_masks view;
	spinlock_t irqs_lock; /* irqs */
	struct list_head irqs;
	struct mutex trigger_lock; /* trigger */
	struct eventfd_ctx *trigger[VFIO_AP_IRQ_COUNT];
};

/**
 * struct vfio_ap_queue - a queue that is bound to vfio_ap
 * @ref: one of vfio_ap_dev.queues, one while a reset is under way
 * @apqn: its number
 * @lock: serializes instructions that set it up; protects @irq, @owner, @reset
 * @irq: its interrupt
 * @owner: whose guest has it, while irq.on
 * @irqs_node: in owner->irqs
 * @irqs_nib: the address in @irq, for a look without @lock
 * @reset: the reset that is under way
 * @reset_work: does it
 * @reset_rc: how the last one ended; protected by vfio_ap_dev.lock
 * @resetting: whether one is under way; this and the next two are protected by
 *	       vfio_ap_dev.lock
 * @in_guest: a guest could use the queue when it was begun
 * @repeat: and has lost it meanwhile
 * @ticket: of that; protected by vfio_ap_dev.resets_lock
 * @resets_node: in vfio_ap_dev.resets
 */
struct vfio_ap_queue {
	struct kref ref;
	u16 apqn;
	struct mutex lock; /* irq, owner, reset */
	struct apc_irq irq;
	struct vfio_ap_mdev *owner;
	struct list_head irqs_node;
	u64 irqs_nib;
	struct apc_reset reset;
	struct delayed_work reset_work;
	u8 reset_rc;
	bool resetting;
	bool in_guest;
	bool repeat;
	u64 ticket;
	struct list_head resets_node;
};

extern struct vfio_ap_dev *vfio_ap_dev;
extern const struct apc_matrix_ops vfio_ap_core_ops;

static inline unsigned int apqn_card(u16 apqn)
{
	return apqn >> 8;
}

static inline unsigned int apqn_domain(u16 apqn)
{
	return apqn & 0xff;
}

static inline u16 make_apqn(unsigned int apid, unsigned int apqi)
{
	return apid << 8 | apqi;
}

/* --- main: the core's state --- */

void vfio_ap_lock(void);
/* Tells in @resets, if it isn't NULL, which resets were begun meanwhile. */
void vfio_ap_unlock(struct vfio_ap_resets *resets);
/* The same with ap_perms_mutex held, and a fresh copy of the host pool. */
void vfio_ap_lock_with_pool(void);
void vfio_ap_unlock_with_pool(struct vfio_ap_resets *resets);

/* --- queue: those bound to vfio_ap --- */

struct ap_config_info;
struct ap_driver;
extern struct ap_driver vfio_ap_driver;

void vfio_ap_read_qci(struct apc_qci *qci, const struct ap_config_info *info);

/* A reference, or NULL. */
struct vfio_ap_queue *vfio_ap_queue_get(u16 apqn);
void vfio_ap_queue_put(struct vfio_ap_queue *q);

/* --- instr: instructions --- */

/* Each returns the status word. */
u32 vfio_ap_tapq(u16 apqn);
u32 vfio_ap_zapq(u16 apqn);
u32 vfio_ap_aqic(u16 apqn, u64 control, phys_addr_t nib);

/* --- reset --- */

void vfio_ap_reset_init(struct vfio_ap_queue *q);
/* From the core, with vfio_ap_dev.lock held. */
void vfio_ap_reset_start(struct apc_matrix *mx, unsigned int apid,
			 const struct apc_mask *domains);
/* Those of queues of @core; with vfio_ap_dev.lock held. */
void vfio_ap_reset_under_way(const struct apc_mdev *core, struct vfio_ap_resets *resets);
/* Waits until they have ended; -ERESTARTSYS when the caller is killed before. */
int vfio_ap_reset_wait(const struct vfio_ap_resets *resets);
/* The same, and nothing but their end ends it. */
void vfio_ap_reset_wait_uninterruptible(const struct vfio_ap_resets *resets);
/* The same, for two seconds at most. */
void vfio_ap_reset_wait_a_moment(const struct vfio_ap_resets *resets);
/* A reset that the hardware can do at once has ended when this returns. */
void vfio_ap_reset_hurry(struct vfio_ap_queue *q);
/* The queue is going away: waits for a moment, then gives up. */
void vfio_ap_reset_cancel(struct vfio_ap_queue *q);
/* Whether the last reset of each queue of these ended well. */
bool vfio_ap_reset_succeeded(const struct apc_masks *masks);

/* --- irq: PQAP(AQIC) --- */

int vfio_ap_handle_pqap(struct kvm_vcpu *vcpu);
/* With vfio_ap_queue.lock held.  @off: a reset has switched the interrupt off. */
void vfio_ap_irq_drop(struct vfio_ap_queue *q, bool off);
/* Those of @mdev whose byte is in @size bytes at @iova. */
void vfio_ap_irq_drop_range(struct vfio_ap_mdev *mdev, u64 iova, u64 size);

/* --- device: VFIO --- */

extern const struct vfio_device_ops vfio_ap_device_ops;

/* From the core, with vfio_ap_dev.lock held. */
void vfio_ap_guest_update(struct apc_matrix *mx, struct apc_mdev *core);

/* --- mdev --- */

int vfio_ap_mdev_register(void);
void vfio_ap_mdev_unregister(void);
/* From the core, with vfio_ap_dev.lock held. */
void vfio_ap_report_conflict(struct apc_matrix *mx, const struct apc_conflict *conflict);

#endif
