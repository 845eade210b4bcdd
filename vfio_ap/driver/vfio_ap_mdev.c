// SPDX-License-Identifier: GPL-2.0
/*
 * Mediated devices: their life, and their files in sysfs.  A write returns when
 * the queues that it took from the matrix have been reset; only a queue whose
 * reset hangs makes it wait for long, it alone, and a signal that kills ends that.
 * One that brings queues which are being reset waits for them, but not for long.
 */
#include <linux/module.h>
#include <linux/sysfs.h>

#include "apc_attr.h"
#include "vfio_ap.h"
#include "vfio_ap_compat.h"

/* Queues that are named when somebody wants what another has. */
#define CONFLICT_LINES 64

/* --- files --- */

typedef int (*store_fn)(struct apc_matrix *mx, struct apc_mdev *core, const char *text,
			size_t len);

static ssize_t stored(int rc, size_t len, const struct vfio_ap_resets *resets)
{
	if (rc)
		return rc;
	/* Killed: the change is made all the same, and the resets go on. */
	(void)vfio_ap_reset_wait(resets);
	return len;
}

/* What only takes away doesn't care for the host pool. */
static ssize_t store_less(struct device *device, store_fn store, const char *text,
			  size_t len)
{
	struct vfio_ap_mdev *mdev = dev_get_drvdata(device);
	struct vfio_ap_resets resets;
	int rc;

	vfio_ap_lock();
	rc = store(&vfio_ap_dev->mx, &mdev->core, text, len);
	vfio_ap_unlock(&resets);
	return stored(rc, len, &resets);
}

static ssize_t store_more(struct device *device, store_fn store, const char *text,
			  size_t len)
{
	struct vfio_ap_mdev *mdev = dev_get_drvdata(device);
	struct vfio_ap_resets resets, coming;
	int rc;

	vfio_ap_lock_with_pool();
	rc = store(&vfio_ap_dev->mx, &mdev->core, text, len);
	vfio_ap_reset_under_way(&mdev->core, &coming);
	vfio_ap_unlock_with_pool(&resets);
	/* So that guest_matrix has what was just assigned, unless its reset hangs. */
	if (!rc)
		vfio_ap_reset_wait_a_moment(&coming);
	return stored(rc, len, &resets);
}

#define MDEV_STORE(name, how)                                                            \
	static ssize_t name##_store(struct device *device,                               \
				    struct device_attribute *attr, const char *text,     \
				    size_t len)                                          \
	{                                                                                \
		return how(device, apc_mdev_##name, text, len);                          \
	}                                                                                \
	static DEVICE_ATTR_WO(name)

MDEV_STORE(assign_adapter, store_more);
MDEV_STORE(assign_domain, store_more);
MDEV_STORE(assign_control_domain, store_less);
MDEV_STORE(unassign_adapter, store_less);
MDEV_STORE(unassign_domain, store_less);
MDEV_STORE(unassign_control_domain, store_less);

static ssize_t ap_config_store(struct device *device, struct device_attribute *attr,
			       const char *text, size_t len)
{
	return store_more(device, apc_mdev_set_config, text, len);
}

static ssize_t ap_config_show(struct device *device, struct device_attribute *attr,
			      char *buf)
{
	struct vfio_ap_mdev *mdev = dev_get_drvdata(device);
	struct apc_out out;

	apc_out_init(&out, 0, buf, PAGE_SIZE);
	vfio_ap_lock();
	apc_print_masks(&mdev->core.assigned, &out);
	vfio_ap_unlock(NULL);
	return apc_out_written(&out);
}
static DEVICE_ATTR_RW(ap_config);

static ssize_t control_domains_show(struct device *device, struct device_attribute *attr,
				    char *buf)
{
	struct vfio_ap_mdev *mdev = dev_get_drvdata(device);
	struct apc_out out;

	apc_out_init(&out, 0, buf, PAGE_SIZE);
	vfio_ap_lock();
	apc_print_control_domains(&mdev->core.assigned, &out);
	vfio_ap_unlock(NULL);
	return apc_out_written(&out);
}
static DEVICE_ATTR_RO(control_domains);

static struct attribute *mdev_attrs[] = {
	&dev_attr_assign_adapter.attr,
	&dev_attr_assign_domain.attr,
	&dev_attr_assign_control_domain.attr,
	&dev_attr_unassign_adapter.attr,
	&dev_attr_unassign_domain.attr,
	&dev_attr_unassign_control_domain.attr,
	&dev_attr_ap_config.attr,
	&dev_attr_control_domains.attr,
	NULL,
};

/*
 * A text file of sysfs is a page at most; the list of 512 queues and more isn't.
 * Hence these are files that are read part by part.
 */
static ssize_t read_matrix(struct kobject *kobj, bool effective, char *buf, loff_t offset,
			   size_t count)
{
	struct vfio_ap_mdev *mdev = dev_get_drvdata(kobj_to_dev(kobj));
	struct apc_out out;

	apc_out_init(&out, offset, buf, count);
	vfio_ap_lock();
	apc_print_matrix(effective ? &mdev->core.guest : &mdev->core.assigned, &out);
	vfio_ap_unlock(NULL);
	return apc_out_written(&out);
}

static ssize_t matrix_read(struct file *file, struct kobject *kobj,
			   COMPAT_CONST struct bin_attribute *attr, char *buf,
			   loff_t offset, size_t count)
{
	return read_matrix(kobj, false, buf, offset, count);
}
static BIN_ATTR_RO(matrix, 0);

static ssize_t guest_matrix_read(struct file *file, struct kobject *kobj,
				 COMPAT_CONST struct bin_attribute *attr, char *buf,
				 loff_t offset, size_t count)
{
	return read_matrix(kobj, true, buf, offset, count);
}
static BIN_ATTR_RO(guest_matrix, 0);

static COMPAT_CONST struct bin_attribute *COMPAT_CONST mdev_bin_attrs[] = {
	&bin_attr_matrix,
	&bin_attr_guest_matrix,
	NULL,
};

static const struct attribute_group mdev_group = {
	.attrs = mdev_attrs,
	.bin_attrs = mdev_bin_attrs,
};

static const struct attribute_group *mdev_groups[] = {
	&mdev_group,
	NULL,
};

/* --- conflicts --- */

static struct device *device_of(const struct apc_mdev *core)
{
	return mdev_dev(container_of(core, struct vfio_ap_mdev, core)->mdev);
}

void vfio_ap_report_conflict(struct apc_matrix *mx, const struct apc_conflict *conflict)
{
	struct device *device =
		device_of(conflict->wanted_by ? conflict->wanted_by : conflict->holder);
	unsigned int apid, apqi, lines = 0;
	char line[128];

	lockdep_assert_held(&vfio_ap_dev->lock);
	apc_mask_for_each(apid, &conflict->apm) {
		apc_mask_for_each(apqi, &conflict->aqm) {
			if (++lines > CONFLICT_LINES)
				continue;
			apc_conflict_print(conflict, apid, apqi, line, sizeof(line));
			dev_warn(device, "%s\n", line);
		}
	}
	if (lines > CONFLICT_LINES)
		dev_warn(device, "and %u queues more\n", lines - CONFLICT_LINES);
}

/* --- life --- */

static int add(struct vfio_ap_mdev *mdev)
{
	const char *name = dev_name(mdev_dev(mdev->mdev));
	char uuid[APC_UUID_CHARS + 1];
	int rc = apc_uuid_parse(uuid, name, strlen(name));

	if (rc)
		return rc;
	vfio_ap_lock();
	rc = apc_matrix_add(&vfio_ap_dev->mx, &mdev->core, uuid);
	vfio_ap_unlock(NULL);
	return rc;
}

static void drop(struct vfio_ap_mdev *mdev)
{
	struct vfio_ap_resets resets;

	vfio_ap_lock();
	/* Nothing stays with this one: others get its queues when they are clean. */
	memset(&mdev->core.guest, 0, sizeof(mdev->core.guest));
	apc_matrix_remove(&vfio_ap_dev->mx, &mdev->core);
	vfio_ap_unlock(&resets);
	(void)vfio_ap_reset_wait(&resets);
}

static int probe(struct mdev_device *device)
{
	struct vfio_ap_mdev *mdev;
	int rc;

	mdev = vfio_alloc_device(vfio_ap_mdev, vdev, &device->dev, &vfio_ap_device_ops);
	if (IS_ERR(mdev))
		return PTR_ERR(mdev);
	rc = add(mdev);
	if (rc)
		goto put;
	dev_set_drvdata(&device->dev, mdev);
	rc = vfio_register_emulated_iommu_dev(&mdev->vdev);
	if (rc)
		goto drop;
	return 0;
drop:
	drop(mdev);
put:
	vfio_put_device(&mdev->vdev);
	return rc;
}

static void remove(struct mdev_device *device)
{
	struct vfio_ap_mdev *mdev = dev_get_drvdata(&device->dev);

	/* Waits until nobody has it open. */
	vfio_unregister_group_dev(&mdev->vdev);
	drop(mdev);
	vfio_put_device(&mdev->vdev);
}

static struct mdev_driver mdev_driver = {
	.device_api = VFIO_DEVICE_API_AP_STRING,
	.max_instances = APC_MDEV_MAX,
	.driver = {
		.name = "vfio_ap_mdev",
		.owner = THIS_MODULE,
		.mod_name = KBUILD_MODNAME,
		.dev_groups = mdev_groups,
	},
	.probe = probe,
	.remove = remove,
};

int vfio_ap_mdev_register(void)
{
	struct vfio_ap_dev *dev = vfio_ap_dev;
	int rc = mdev_register_driver(&mdev_driver);

	if (rc)
		return rc;
	dev->type.sysfs_name = "passthrough";
	dev->type.pretty_name = "VFIO AP Passthrough Device";
	dev->types[0] = &dev->type;
	rc = mdev_register_parent(&dev->parent, &dev->device, &mdev_driver, dev->types,
				  ARRAY_SIZE(dev->types));
	if (rc)
		mdev_unregister_driver(&mdev_driver);
	return rc;
}

void vfio_ap_mdev_unregister(void)
{
	mdev_unregister_parent(&vfio_ap_dev->parent);
	mdev_unregister_driver(&mdev_driver);
}
