// SPDX-License-Identifier: GPL-2.0
/*
 * The module: the matrix device, and the lock around the core's state.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/facility.h>

#include "vfio_ap.h"
#include "vfio_ap_bus.h"

MODULE_DESCRIPTION("AP queues for KVM guests: mediated devices of crypto adapters");
MODULE_LICENSE("GPL");

#define FACILITY_QCI 12

struct vfio_ap_dev *vfio_ap_dev;

/* --- the core's state --- */

const struct apc_matrix_ops vfio_ap_core_ops = {
	.reset = vfio_ap_reset_start,
	.guest_update = vfio_ap_guest_update,
	.conflict = vfio_ap_report_conflict,
};

void vfio_ap_lock(void)
{
	mutex_lock(&vfio_ap_dev->lock);
	vfio_ap_dev->resetting.first = U64_MAX;
	vfio_ap_dev->resetting.last = 0;
}

void vfio_ap_unlock(struct vfio_ap_resets *resets)
{
	if (resets)
		*resets = vfio_ap_dev->resetting;
	mutex_unlock(&vfio_ap_dev->lock);
}

void vfio_ap_lock_with_pool(void)
{
	mutex_lock(&ap_perms_mutex);
	vfio_ap_lock();
	memcpy(&vfio_ap_dev->pool.apm, ap_perms.apm, sizeof(vfio_ap_dev->pool.apm));
	memcpy(&vfio_ap_dev->pool.aqm, ap_perms.aqm, sizeof(vfio_ap_dev->pool.aqm));
}

void vfio_ap_unlock_with_pool(struct vfio_ap_resets *resets)
{
	vfio_ap_unlock(resets);
	mutex_unlock(&ap_perms_mutex);
}

/* --- /sys/devices/vfio_ap/matrix --- */

static ssize_t features_show(struct device *device, struct device_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "guest_matrix hotplug ap_config\n");
}
static DEVICE_ATTR_RO(features);

static struct attribute *matrix_attrs[] = {
	&dev_attr_features.attr,
	NULL,
};
ATTRIBUTE_GROUPS(matrix);

static struct bus_type matrix_bus = {
	.name = "matrix",
};

static struct device_driver matrix_driver = {
	.name = "vfio_ap",
	.bus = &matrix_bus,
	.suppress_bind_attrs = true,
	.dev_groups = matrix_groups,
};

static void release(struct device *device)
{
	struct vfio_ap_dev *dev = container_of(device, struct vfio_ap_dev, device);

	xa_destroy(&dev->queues);
	mutex_destroy(&dev->lock);
	kvfree(dev);
}

static int read_host_config(struct apc_qci *qci)
{
	struct ap_config_info info = { 0 };

	if (test_facility(FACILITY_QCI) && ap_qci(&info))
		return -EIO;
	vfio_ap_read_qci(qci, &info);
	return 0;
}

static struct vfio_ap_dev *new_dev(struct device *root)
{
	struct vfio_ap_dev *dev = kvzalloc(sizeof(*dev), GFP_KERNEL);
	struct apc_qci qci;
	int rc = read_host_config(&qci);

	if (!dev || rc) {
		kvfree(dev);
		return ERR_PTR(dev ? rc : -ENOMEM);
	}
	mutex_init(&dev->lock);
	xa_init(&dev->queues);
	spin_lock_init(&dev->resets_lock);
	INIT_LIST_HEAD(&dev->resets);
	init_waitqueue_head(&dev->reset_ended);
	apc_matrix_init(&dev->mx, &vfio_ap_core_ops, &dev->pool, &qci);
	device_initialize(&dev->device);
	dev->device.parent = root;
	dev->device.bus = &matrix_bus;
	dev->device.release = release;
	return dev;
}

static int register_device(struct vfio_ap_dev *dev)
{
	int rc = dev_set_name(&dev->device, "matrix");

	if (!rc)
		rc = device_add(&dev->device);
	if (rc)
		return rc;
	/* After the device: that is bound when this returns, unless memory was short. */
	rc = driver_register(&matrix_driver);
	if (rc)
		goto del_device;
	if (dev->device.driver)
		return 0;
	rc = -ENOMEM;
	driver_unregister(&matrix_driver);
del_device:
	device_del(&dev->device);
	return rc;
}

static int make_device(void)
{
	struct device *root = root_device_register("vfio_ap");
	int rc;

	if (IS_ERR(root))
		return PTR_ERR(root);
	rc = bus_register(&matrix_bus);
	if (rc)
		goto unregister_root;
	vfio_ap_dev = new_dev(root);
	rc = PTR_ERR_OR_ZERO(vfio_ap_dev);
	if (rc)
		goto unregister_bus;
	rc = register_device(vfio_ap_dev);
	if (!rc)
		return 0;
	put_device(&vfio_ap_dev->device);
unregister_bus:
	bus_unregister(&matrix_bus);
unregister_root:
	root_device_unregister(root);
	return rc;
}

static void drop_device(void)
{
	struct device *root = vfio_ap_dev->device.parent;

	driver_unregister(&matrix_driver);
	device_unregister(&vfio_ap_dev->device);
	bus_unregister(&matrix_bus);
	root_device_unregister(root);
}

/* --- the module --- */

static int register_drivers(void)
{
	int rc = ap_driver_register(&vfio_ap_driver, THIS_MODULE, "vfio_ap");

	if (rc)
		return rc;
	rc = vfio_ap_mdev_register();
	if (rc)
		ap_driver_unregister(&vfio_ap_driver);
	return rc;
}

static int __init vfio_ap_init(void)
{
	int rc;

	if (!ap_instructions_available())
		return -ENODEV;
	rc = make_device();
	if (rc)
		return rc;
	vfio_ap_dev->wq = alloc_workqueue("vfio_ap", WQ_UNBOUND, 0);
	if (!vfio_ap_dev->wq) {
		rc = -ENOMEM;
		goto drop;
	}
	rc = register_drivers();
	if (!rc)
		return 0;
	destroy_workqueue(vfio_ap_dev->wq);
drop:
	drop_device();
	return rc;
}

static void __exit vfio_ap_exit(void)
{
	vfio_ap_mdev_unregister();
	ap_driver_unregister(&vfio_ap_driver);
	destroy_workqueue(vfio_ap_dev->wq);
	drop_device();
}

module_init(vfio_ap_init);
module_exit(vfio_ap_exit);
