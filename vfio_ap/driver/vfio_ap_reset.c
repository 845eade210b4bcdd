// SPDX-License-Identifier: GPL-2.0
/*
 * Resets: begun by the core, done by a work queue, one work item per queue, which
 * does not block a thread while the hardware takes its time.
 *
 * A queue that a guest has lost counts as not fit for any guest until its reset
 * has ended well; then the core is asked again who gets it.  A queue that stays
 * with its guest, because that resets its device or ends, is not taken away for
 * it: nobody else can have it, and close waits for the end.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include "vfio_ap.h"

/* How long somebody waits who goes on without the end of a reset, too. */
#define MOMENT (2 * HZ)

static bool ended_well(u8 rc)
{
	return rc == APC_RC_NORMAL || rc == APC_RC_DECONFIGURED ||
	       rc == APC_RC_CHECKSTOPPED;
}

/* Tells the core how it ended. */
static void tell_core(struct vfio_ap_queue *q, u8 rc)
{
	struct apc_matrix *mx = &vfio_ap_dev->mx;
	unsigned int apid = apqn_card(q->apqn);
	unsigned int apqi = apqn_domain(q->apqn);
	bool was_passable = apc_mask_test(&mx->passable[apid], apqi);
	struct apc_mask one = { { 0 } };

	lockdep_assert_held(&vfio_ap_dev->lock);
	q->reset_rc = rc;
	apc_matrix_reset_done(mx, apid, apqi, rc);
	if (was_passable || !apc_mask_test(&mx->passable[apid], apqi))
		return;
	apc_mask_set(&one, apqi);
	apc_matrix_bind(mx, apid, &one);
	apc_matrix_settle(mx);
}

static void finish(struct vfio_ap_queue *q, u8 rc)
{
	lockdep_assert_held(&vfio_ap_dev->lock);
	q->resetting = false;
	tell_core(q, rc);
	spin_lock(&vfio_ap_dev->resets_lock);
	list_del_init(&q->resets_node);
	spin_unlock(&vfio_ap_dev->resets_lock);
	wake_up_all(&vfio_ap_dev->reset_ended);
}

static void begin(struct vfio_ap_queue *q)
{
	apc_reset_begin(&q->reset);
	queue_delayed_work(vfio_ap_dev->wq, &q->reset_work, 0);
}

/* Whether it has to be done once more, since the guest had the queue meanwhile. */
static bool finish_or_repeat(struct vfio_ap_queue *q, u8 rc)
{
	bool repeat;

	vfio_ap_lock();
	repeat = q->repeat;
	q->repeat = false;
	if (repeat)
		begin(q);
	else
		finish(q, rc);
	vfio_ap_unlock(NULL);
	return repeat;
}

/* Until it has ended, or has to wait. */
static void go_on(struct vfio_ap_queue *q)
{
	struct apc_reset *reset = &q->reset;

	lockdep_assert_held(&q->lock);
	while (reset->step == APC_RESET_ZAPQ || reset->step == APC_RESET_TAPQ) {
		bool zapq = reset->step == APC_RESET_ZAPQ;
		u32 status = zapq ? vfio_ap_zapq(q->apqn) : vfio_ap_tapq(q->apqn);

		apc_reset_next(reset, apc_status_rc(status));
	}
}

static void report(const struct vfio_ap_queue *q)
{
	const struct apc_reset *reset = &q->reset;

	if (reset->step == APC_RESET_SLEEP && reset->sleeps % 50 == 49)
		pr_notice_ratelimited("vfio_ap: queue %02x.%04x: reset takes long\n",
				      apqn_card(q->apqn), apqn_domain(q->apqn));
	if (reset->step == APC_RESET_DONE && !ended_well(reset->rc))
		pr_warn_ratelimited("vfio_ap: queue %02x.%04x: reset failed: %02x\n",
				    apqn_card(q->apqn), apqn_domain(q->apqn), reset->rc);
}

static void reset_work(struct work_struct *work)
{
	struct vfio_ap_queue *q =
		container_of(to_delayed_work(work), struct vfio_ap_queue, reset_work);
	struct apc_reset *reset = &q->reset;
	u8 rc;

	mutex_lock(&q->lock);
	if (reset->step == APC_RESET_SLEEP)
		apc_reset_next(reset, 0);
	go_on(q);
	report(q);
	if (reset->step == APC_RESET_SLEEP) {
		mutex_unlock(&q->lock);
		queue_delayed_work(vfio_ap_dev->wq, &q->reset_work,
				   msecs_to_jiffies(APC_RESET_SLEEP_MS));
		return;
	}
	rc = reset->rc;
	vfio_ap_irq_drop(q, ended_well(rc));
	mutex_unlock(&q->lock);
	if (!finish_or_repeat(q, rc))
		vfio_ap_queue_put(q);
}

void vfio_ap_reset_init(struct vfio_ap_queue *q)
{
	INIT_DELAYED_WORK(&q->reset_work, reset_work);
	INIT_LIST_HEAD(&q->resets_node);
}

/* Whether the queue stays with the guest that has it now. */
static bool stays(struct apc_matrix *mx, unsigned int apid, unsigned int apqi)
{
	const struct apc_mdev *holder = apc_matrix_holder(mx, apid, apqi);

	return holder && apc_mask_test(&holder->guest.apm, apid) &&
	       apc_mask_test(&holder->guest.aqm, apqi);
}

static void start_one(struct apc_matrix *mx, struct vfio_ap_queue *q)
{
	struct vfio_ap_dev *dev = vfio_ap_dev;
	unsigned int apid = apqn_card(q->apqn);
	unsigned int apqi = apqn_domain(q->apqn);
	bool in_guest = stays(mx, apid, apqi);

	lockdep_assert_held(&dev->lock);
	if (!in_guest)
		apc_matrix_reset_done(mx, apid, apqi, APC_RC_RESET_IN_PROGRESS);
	if (q->resetting) {
		/* What a guest did after the ZAPQ has to go, too. */
		q->repeat = q->repeat || q->in_guest;
		q->in_guest = in_guest;
		return;
	}
	q->resetting = true;
	q->in_guest = in_guest;
	kref_get(&q->ref);
	spin_lock(&dev->resets_lock);
	q->ticket = ++dev->last_ticket;
	list_add_tail(&q->resets_node, &dev->resets);
	spin_unlock(&dev->resets_lock);
	begin(q);
}

void vfio_ap_reset_start(struct apc_matrix *mx, unsigned int apid,
			 const struct apc_mask *domains)
{
	struct vfio_ap_resets *resets = &vfio_ap_dev->resetting;
	struct vfio_ap_queue *q;
	unsigned int apqi;

	lockdep_assert_held(&vfio_ap_dev->lock);
	apc_mask_for_each(apqi, domains) {
		q = xa_load(&vfio_ap_dev->queues, make_apqn(apid, apqi));
		/* The core asks for bound queues only. */
		if (WARN_ON_ONCE(!q))
			continue;
		start_one(mx, q);
		resets->first = min(resets->first, q->ticket);
		resets->last = max(resets->last, q->ticket);
	}
}

void vfio_ap_reset_under_way(const struct apc_mdev *core, struct vfio_ap_resets *resets)
{
	struct vfio_ap_queue *q;

	lockdep_assert_held(&vfio_ap_dev->lock);
	*resets = (struct vfio_ap_resets){ .first = U64_MAX };
	spin_lock(&vfio_ap_dev->resets_lock);
	list_for_each_entry(q, &vfio_ap_dev->resets, resets_node) {
		if (apc_matrix_holder(&vfio_ap_dev->mx, apqn_card(q->apqn),
				      apqn_domain(q->apqn)) != core)
			continue;
		resets->first = min(resets->first, q->ticket);
		resets->last = q->ticket;
	}
	spin_unlock(&vfio_ap_dev->resets_lock);
}

static bool all_ended(const struct vfio_ap_resets *resets)
{
	struct vfio_ap_queue *q;
	bool ended = true;

	spin_lock(&vfio_ap_dev->resets_lock);
	list_for_each_entry(q, &vfio_ap_dev->resets, resets_node) {
		if (q->ticket > resets->last)
			break;
		if (q->ticket >= resets->first) {
			ended = false;
			break;
		}
	}
	spin_unlock(&vfio_ap_dev->resets_lock);
	return ended;
}

int vfio_ap_reset_wait(const struct vfio_ap_resets *resets)
{
	return wait_event_killable(vfio_ap_dev->reset_ended, all_ended(resets));
}

void vfio_ap_reset_wait_uninterruptible(const struct vfio_ap_resets *resets)
{
	wait_event(vfio_ap_dev->reset_ended, all_ended(resets));
}

void vfio_ap_reset_wait_a_moment(const struct vfio_ap_resets *resets)
{
	wait_event_timeout(vfio_ap_dev->reset_ended, all_ended(resets), MOMENT);
}

void vfio_ap_reset_hurry(struct vfio_ap_queue *q)
{
	flush_delayed_work(&q->reset_work);
}

void vfio_ap_reset_cancel(struct vfio_ap_queue *q)
{
	struct vfio_ap_resets own = { .first = U64_MAX };
	bool hangs;

	vfio_ap_lock();
	if (q->resetting)
		own = (struct vfio_ap_resets){ q->ticket, q->ticket };
	vfio_ap_unlock(NULL);
	vfio_ap_reset_wait_a_moment(&own);
	cancel_delayed_work_sync(&q->reset_work);

	/* Nothing runs any more, and nobody begins another: it isn't bound now. */
	vfio_ap_lock();
	hangs = q->resetting;
	q->repeat = false;
	if (hangs)
		finish(q, APC_RC_RESET_IN_PROGRESS);
	vfio_ap_unlock(NULL);
	if (!hangs)
		return;
	pr_warn("vfio_ap: queue %02x.%04x: goes away while its reset hangs\n",
		apqn_card(q->apqn), apqn_domain(q->apqn));
	vfio_ap_queue_put(q);
}

bool vfio_ap_reset_succeeded(const struct apc_masks *masks)
{
	unsigned int apid, apqi;
	struct vfio_ap_queue *q;
	bool good = true;

	vfio_ap_lock();
	apc_mask_for_each(apid, &masks->apm) {
		apc_mask_for_each(apqi, &masks->aqm) {
			q = xa_load(&vfio_ap_dev->queues, make_apqn(apid, apqi));
			good = good && (!q || q->reset_rc == APC_RC_NORMAL);
		}
	}
	vfio_ap_unlock(NULL);
	return good;
}
