// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of queues: PQAP(AQIC) of a guest, and their end.  What comes after
 * what is in apc_aqic.c; here is how each step is done.
 */
#include <linux/delay.h>
#include <linux/iommu.h>
#include <asm/uv.h>

#include "vfio_ap.h"
#include "vfio_ap_compat.h"

#define ECA_OF_AIV 0x00200000U

/* For every step but APC_AQIC_SHARED: the page that was pinned. */
struct step_context {
	struct vfio_ap_queue *q;
	struct vfio_ap_mdev *mdev;
	struct kvm_vcpu *vcpu;
	struct page *page;
};

static dma_addr_t page_of(u64 nib)
{
	return nib & PAGE_MASK;
}

/* What is mapped for the device need not be the guest's memory. */
static bool is_guest_memory(struct kvm *kvm, u64 nib)
{
	return !kvm_is_error_hva(gfn_to_hva(kvm, gpa_to_gfn(nib)));
}

static s64 pin(struct step_context *context, u64 nib)
{
	int pinned;

	if (!is_guest_memory(context->mdev->kvm, nib))
		return -EFAULT;
	pinned = vfio_pin_pages(&context->mdev->vdev, page_of(nib), 1,
				IOMMU_READ | IOMMU_WRITE, &context->page);
	return pinned == 1 ? 0 : -EFAULT;
}

static s64 enable(const struct step_context *context, const struct apc_aqic *op)
{
	void *gisa = context->mdev->kvm->arch.gisa_int.origin;
	u64 control = apc_aqic_control(virt_to_phys(gisa), op->subject.isc, op->host_isc);

	return vfio_ap_aqic(context->q->apqn, control,
			    page_to_phys(context->page) |
				    offset_in_page(op->subject.nib));
}

static s64 do_step(struct step_context *context, const struct apc_aqic *op)
{
	struct vfio_ap_mdev *mdev = context->mdev;

	switch (op->step) {
	case APC_AQIC_PIN:
		return pin(context, op->subject.nib);
	case APC_AQIC_SHARED:
		return compat_page_is_shared(context->vcpu, page_to_phys(context->page))
			       ? 0
			       : -EINVAL;
	case APC_AQIC_REGISTER:
		return kvm_s390_gisc_register(mdev->kvm, op->subject.isc);
	case APC_AQIC_ENABLE:
		return enable(context, op);
	case APC_AQIC_DISABLE:
		return vfio_ap_aqic(context->q->apqn, 0, 0);
	case APC_AQIC_TEST:
		return vfio_ap_tapq(context->q->apqn);
	case APC_AQIC_SLEEP:
		msleep(APC_AQIC_SLEEP_MS);
		break;
	case APC_AQIC_UNREGISTER:
		kvm_s390_gisc_unregister(mdev->kvm, op->subject.isc);
		break;
	case APC_AQIC_UNPIN:
		vfio_unpin_pages(&mdev->vdev, page_of(op->subject.nib), 1);
		break;
	case APC_AQIC_DONE:
		break;
	}
	return 0;
}

/* Keeps the list of @mdev's queues with interrupts as it is now. */
static void update_list(struct vfio_ap_queue *q, struct vfio_ap_mdev *mdev)
{
	bool listed;

	lockdep_assert_held(&q->lock);
	spin_lock(&mdev->irqs_lock);
	listed = !list_empty(&q->irqs_node);
	if (q->irq.on && !listed)
		list_add(&q->irqs_node, &mdev->irqs);
	else if (!q->irq.on && listed)
		list_del_init(&q->irqs_node);
	q->irqs_nib = q->irq.nib;
	spin_unlock(&mdev->irqs_lock);
}

/* All of @op, which has begun. */
static void run(struct vfio_ap_queue *q, struct vfio_ap_mdev *mdev, struct kvm_vcpu *vcpu,
		struct apc_aqic *op)
{
	struct step_context context = { .q = q, .mdev = mdev, .vcpu = vcpu };

	lockdep_assert_held(&q->lock);
	q->owner = mdev;
	while (op->step != APC_AQIC_DONE)
		apc_aqic_next(op, do_step(&context, op));
	update_list(q, mdev);
	if (!q->irq.on)
		q->owner = NULL;
	if (op->stuck)
		pr_warn_ratelimited("vfio_ap: queue %02x.%04x: interrupts stay on\n",
				    apqn_card(q->apqn), apqn_domain(q->apqn));
}

void vfio_ap_irq_drop(struct vfio_ap_queue *q, bool off)
{
	struct apc_aqic op;

	lockdep_assert_held(&q->lock);
	if (!q->irq.on)
		return;
	if (off)
		apc_aqic_begin_free(&op, &q->irq);
	else
		apc_aqic_begin_disable(&op, &q->irq);
	run(q, q->owner, NULL, &op);
}

/* A reference to one of @mdev's queues with its byte there, or NULL. */
static struct vfio_ap_queue *find_in_range(struct vfio_ap_mdev *mdev, u64 iova, u64 size)
{
	struct vfio_ap_queue *q, *found = NULL;

	spin_lock(&mdev->irqs_lock);
	list_for_each_entry(q, &mdev->irqs, irqs_node) {
		struct apc_irq irq = { .nib = q->irqs_nib, .on = true };

		if (!apc_irq_within(&irq, iova, size))
			continue;
		/* In the list it has interrupts, and so a reference of its own. */
		kref_get(&q->ref);
		found = q;
		break;
	}
	spin_unlock(&mdev->irqs_lock);
	return found;
}

void vfio_ap_irq_drop_range(struct vfio_ap_mdev *mdev, u64 iova, u64 size)
{
	struct vfio_ap_queue *q;

	while ((q = find_in_range(mdev, iova, size))) {
		mutex_lock(&q->lock);
		/* It may have changed since; then it is found again, or not. */
		if (q->owner == mdev && apc_irq_within(&q->irq, iova, size))
			vfio_ap_irq_drop(q, false);
		mutex_unlock(&q->lock);
		vfio_ap_queue_put(q);
	}
}

/* What the guest effectively has: of another queue it gets to know nothing. */
static bool may_use(struct vfio_ap_mdev *mdev, u16 apqn)
{
	bool may;

	spin_lock(&mdev->view_lock);
	may = apc_mask_test(&mdev->view.apm, apqn_card(apqn)) &&
	      apc_mask_test(&mdev->view.aqm, apqn_domain(apqn));
	spin_unlock(&mdev->view_lock);
	return may;
}

/*
 * The look whether the guest has the queue and the instruction are under the
 * queue's lock: when the queue is taken away the view changes first, and the reset,
 * which takes that lock, comes after everything that was allowed before.
 */
static u32 answer(struct vfio_ap_queue *q, struct vfio_ap_mdev *mdev,
		  struct kvm_vcpu *vcpu, const struct apc_aqic_request *request)
{
	u32 status = apc_status(APC_RC_Q_NOT_AVAIL);
	struct apc_aqic op;

	mutex_lock(&q->lock);
	if (may_use(mdev, request->apqn)) {
		apc_aqic_begin(&op, &q->irq, request);
		run(q, mdev, vcpu, &op);
		status = op.status;
	}
	mutex_unlock(&q->lock);
	return status;
}

int vfio_ap_handle_pqap(struct kvm_vcpu *vcpu)
{
	struct vfio_ap_mdev *mdev =
		container_of(vcpu->kvm->arch.crypto.pqap_hook, struct vfio_ap_mdev, hook);
	u64 *gprs = (u64 *)vcpu->run->s.regs.gprs;
	u32 status = apc_status(APC_RC_Q_NOT_AVAIL);
	struct apc_aqic_request request;
	struct vfio_ap_queue *q;

	if (!(vcpu->arch.sie_block->eca & ECA_OF_AIV) ||
	    !apc_aqic_decode(&request, gprs[0], gprs[1], gprs[2]))
		return -EOPNOTSUPP;
	q = vfio_ap_queue_get(request.apqn);
	if (q) {
		status = answer(q, mdev, vcpu, &request);
		vfio_ap_queue_put(q);
	}
	gprs[1] = status;
	return 0;
}
