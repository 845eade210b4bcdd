// SPDX-License-Identifier: GPL-2.0
/*
 * The VFIO device of a matrix: opened for a guest, reset by it, closed; its
 * eventfds; and the masks that the guest's hardware sees.
 */
#include "vfio_ap.h"
#include "vfio_ap_compat.h"

/* --- the guest --- */

static void signal_user(struct vfio_ap_mdev *mdev, unsigned int index)
{
	mutex_lock(&mdev->trigger_lock);
	if (mdev->trigger[index])
		compat_eventfd_signal(mdev->trigger[index]);
	mutex_unlock(&mdev->trigger_lock);
}

/* All three masks at once: the guest's processors are stopped one time. */
static void push_masks(struct vfio_ap_mdev *mdev)
{
	struct apc_masks *guest = &mdev->core.guest;

	lockdep_assert_held(&vfio_ap_dev->lock);
	mutex_lock(&mdev->kvm->lock);
	kvm_arch_crypto_set_masks(mdev->kvm, (unsigned long *)guest->apm.word,
				  (unsigned long *)guest->aqm.word,
				  (unsigned long *)guest->adm.word);
	mutex_unlock(&mdev->kvm->lock);
}

void vfio_ap_guest_update(struct apc_matrix *mx, struct apc_mdev *core)
{
	struct vfio_ap_mdev *mdev = container_of(core, struct vfio_ap_mdev, core);

	lockdep_assert_held(&vfio_ap_dev->lock);
	if (!mdev->plugged)
		return;
	spin_lock(&mdev->view_lock);
	mdev->view = core->guest;
	spin_unlock(&mdev->view_lock);
	push_masks(mdev);
	signal_user(mdev, VFIO_AP_IRQ_CFG_CHG);
}

static void set_hook(struct kvm *kvm, crypto_hook *hook)
{
	down_write(&kvm->arch.crypto.pqap_hook_rwsem);
	kvm->arch.crypto.pqap_hook = hook;
	up_write(&kvm->arch.crypto.pqap_hook_rwsem);
}

/* First the hook, then the masks: a guest that sees a queue can have interrupts. */
static void plug(struct vfio_ap_mdev *mdev)
{
	set_hook(mdev->kvm, &mdev->hook);
	vfio_ap_lock();
	mdev->plugged = true;
	vfio_ap_guest_update(&vfio_ap_dev->mx, &mdev->core);
	vfio_ap_unlock(NULL);
}

static int open_device(struct vfio_device *vdev)
{
	struct vfio_ap_mdev *mdev = container_of(vdev, struct vfio_ap_mdev, vdev);
	int rc;

	if (!vdev->kvm)
		return -EINVAL;
	/* Without a crypto control block there is nothing that masks could be in. */
	if (!vdev->kvm->arch.crypto.crycbd)
		return 0;
	vfio_ap_lock();
	rc = apc_mdev_open(&vfio_ap_dev->mx, &mdev->core, vdev->kvm);
	vfio_ap_unlock(NULL);
	if (rc)
		return rc;
	kvm_get_kvm(vdev->kvm);
	mdev->kvm = vdev->kvm;
	plug(mdev);
	return 0;
}

/* The guest sees nothing any more, before its queues are reset. */
static void unplug(struct vfio_ap_mdev *mdev, struct vfio_ap_resets *resets)
{
	set_hook(mdev->kvm, NULL);
	vfio_ap_lock();
	mdev->plugged = false;
	spin_lock(&mdev->view_lock);
	memset(&mdev->view, 0, sizeof(mdev->view));
	spin_unlock(&mdev->view_lock);
	mutex_lock(&mdev->kvm->lock);
	kvm_arch_crypto_clear_masks(mdev->kvm);
	mutex_unlock(&mdev->kvm->lock);
	apc_mdev_close(&vfio_ap_dev->mx, &mdev->core);
	vfio_ap_unlock(resets);
}

static void drop_triggers(struct vfio_ap_mdev *mdev)
{
	unsigned int i;

	mutex_lock(&mdev->trigger_lock);
	for (i = 0; i < VFIO_AP_IRQ_COUNT; i++) {
		if (mdev->trigger[i])
			eventfd_ctx_put(mdev->trigger[i]);
		mdev->trigger[i] = NULL;
	}
	mutex_unlock(&mdev->trigger_lock);
}

/*
 * The next guest must not find a queue of this one's as that left it, and the
 * hardware must not write into a page that is not the guest's any more: hence the
 * wait, however long it takes.
 */
static void close_device(struct vfio_device *vdev)
{
	struct vfio_ap_mdev *mdev = container_of(vdev, struct vfio_ap_mdev, vdev);
	struct vfio_ap_resets resets;

	if (mdev->kvm) {
		unplug(mdev, &resets);
		vfio_ap_reset_wait_uninterruptible(&resets);
		vfio_ap_irq_drop_range(mdev, 0, U64_MAX);
		kvm_put_kvm(mdev->kvm);
		mdev->kvm = NULL;
	}
	drop_triggers(mdev);
}

static void dma_unmap(struct vfio_device *vdev, u64 iova, u64 length)
{
	vfio_ap_irq_drop_range(container_of(vdev, struct vfio_ap_mdev, vdev), iova,
			       length);
}

/* Somebody wants to remove the mdev, again and again. */
static void request(struct vfio_device *vdev, unsigned int count)
{
	struct vfio_ap_mdev *mdev = container_of(vdev, struct vfio_ap_mdev, vdev);

	if (!(count % 10))
		dev_notice_ratelimited(vdev->dev, "asking the user to let go (#%u)\n",
				       count);
	signal_user(mdev, VFIO_AP_IRQ_REQ);
}

/* --- ioctls --- */

static long get_info(void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_device_info, num_irqs);
	struct vfio_device_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz)
		return -EINVAL;
	info.flags = VFIO_DEVICE_FLAGS_AP | VFIO_DEVICE_FLAGS_RESET;
	info.num_regions = 0;
	info.num_irqs = VFIO_AP_IRQ_COUNT;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long get_irq_info(void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_info, count);
	struct vfio_irq_info info;

	if (copy_from_user(&info, arg, minsz))
		return -EFAULT;
	if (info.argsz < minsz || info.index >= VFIO_AP_IRQ_COUNT)
		return -EINVAL;
	info.count = 1;
	info.flags = VFIO_IRQ_INFO_EVENTFD;
	return copy_to_user(arg, &info, minsz) ? -EFAULT : 0;
}

static long set_trigger(struct vfio_ap_mdev *mdev, unsigned int index, s32 fd)
{
	struct eventfd_ctx *trigger = NULL, *before;

	if (fd < -1)
		return -EINVAL;
	if (fd >= 0)
		trigger = eventfd_ctx_fdget(fd);
	if (IS_ERR(trigger))
		return PTR_ERR(trigger);
	mutex_lock(&mdev->trigger_lock);
	before = mdev->trigger[index];
	mdev->trigger[index] = trigger;
	mutex_unlock(&mdev->trigger_lock);
	if (before)
		eventfd_ctx_put(before);
	return 0;
}

static long set_irqs(struct vfio_ap_mdev *mdev, void __user *arg)
{
	unsigned long minsz = offsetofend(struct vfio_irq_set, count);
	struct vfio_irq_set set;
	size_t data_size;
	s32 fd;
	int rc;

	if (copy_from_user(&set, arg, minsz))
		return -EFAULT;
	rc = vfio_set_irqs_validate_and_prepare(&set, 1, VFIO_AP_IRQ_COUNT, &data_size);
	if (rc)
		return rc;
	if (!(set.flags & VFIO_IRQ_SET_ACTION_TRIGGER) ||
	    (set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK) != VFIO_IRQ_SET_DATA_EVENTFD ||
	    data_size != sizeof(fd))
		return -EINVAL;
	if (copy_from_user(&fd, arg + minsz, sizeof(fd)))
		return -EFAULT;
	return set_trigger(mdev, set.index, fd);
}

static long reset(struct vfio_ap_mdev *mdev)
{
	struct vfio_ap_resets resets;
	struct apc_masks masks;

	vfio_ap_lock();
	masks = mdev->core.assigned;
	apc_mdev_reset(&vfio_ap_dev->mx, &mdev->core);
	vfio_ap_unlock(&resets);
	if (vfio_ap_reset_wait(&resets))
		return -EINTR;
	return vfio_ap_reset_succeeded(&masks) ? 0 : -EIO;
}

static long device_ioctl(struct vfio_device *vdev, unsigned int cmd, unsigned long arg)
{
	struct vfio_ap_mdev *mdev = container_of(vdev, struct vfio_ap_mdev, vdev);

	switch (cmd) {
	case VFIO_DEVICE_GET_INFO:
		return get_info((void __user *)arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		return get_irq_info((void __user *)arg);
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(mdev, (void __user *)arg);
	case VFIO_DEVICE_RESET:
		return reset(mdev);
	default:
		return -EOPNOTSUPP;
	}
}

/* --- life --- */

static int init_device(struct vfio_device *vdev)
{
	struct vfio_ap_mdev *mdev = container_of(vdev, struct vfio_ap_mdev, vdev);

	mdev->mdev = to_mdev_device(vdev->dev);
	mdev->hook = vfio_ap_handle_pqap;
	spin_lock_init(&mdev->view_lock);
	spin_lock_init(&mdev->irqs_lock);
	INIT_LIST_HEAD(&mdev->irqs);
	mutex_init(&mdev->trigger_lock);
	return 0;
}

const struct vfio_device_ops vfio_ap_device_ops = {
	.init = init_device,
	COMPAT_VFIO_OPS.open_device = open_device,
	.close_device = close_device,
	.ioctl = device_ioctl,
	.dma_unmap = dma_unmap,
	.request = request,
};
