// SPDX-License-Identifier: GPL-2.0
/*
 * The driver on the AP bus: queues that are bound to it, and what the bus asks and
 * tells.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "apc_attr.h"
#include "vfio_ap.h"
#include "vfio_ap_bus.h"
#include "vfio_ap_compat.h"

/* Where the architecture has the maxima; the names of the members have changed. */
#define QCI_NA 4
#define QCI_ND 5

static void release(struct kref *ref)
{
	struct vfio_ap_queue *q = container_of(ref, struct vfio_ap_queue, ref);

	WARN_ON(q->irq.on);
	mutex_destroy(&q->lock);
	kfree(q);
}

void vfio_ap_queue_put(struct vfio_ap_queue *q)
{
	kref_put(&q->ref, release);
}

struct vfio_ap_queue *vfio_ap_queue_get(u16 apqn)
{
	struct vfio_ap_queue *q;

	xa_lock(&vfio_ap_dev->queues);
	q = xa_load(&vfio_ap_dev->queues, apqn);
	if (q)
		kref_get(&q->ref);
	xa_unlock(&vfio_ap_dev->queues);
	return q;
}

/* The name is the only thing of a queue that has the same form in every kernel. */
static int read_apqn(const struct device *device, u16 *apqn)
{
	unsigned int apid, apqi;

	if (sscanf(dev_name(device), "%2x.%4x", &apid, &apqi) != 2 || apid >= APC_IDS ||
	    apqi >= APC_IDS)
		return -ENODEV;
	*apqn = make_apqn(apid, apqi);
	return 0;
}

static struct vfio_ap_queue *new_queue(u16 apqn)
{
	struct vfio_ap_queue *q = kzalloc(sizeof(*q), GFP_KERNEL);

	if (!q)
		return NULL;
	kref_init(&q->ref);
	q->apqn = apqn;
	mutex_init(&q->lock);
	INIT_LIST_HEAD(&q->irqs_node);
	vfio_ap_reset_init(q);
	return q;
}

static int probe(struct ap_device *apdev)
{
	struct apc_mask one = { { 0 } };
	struct vfio_ap_queue *q;
	u16 apqn;
	int rc;

	rc = read_apqn(&apdev->device, &apqn);
	if (rc)
		return rc;
	q = new_queue(apqn);
	if (!q)
		return -ENOMEM;
	rc = xa_insert(&vfio_ap_dev->queues, apqn, q, GFP_KERNEL);
	if (rc) {
		vfio_ap_queue_put(q);
		return rc;
	}
	dev_set_drvdata(&apdev->device, q);
	apc_mask_set(&one, apqn_domain(apqn));
	vfio_ap_lock();
	apc_matrix_bind(&vfio_ap_dev->mx, apqn_card(apqn), &one);
	/* It may have requests and the interrupt of whoever had it before it went away.
	 */
	if (!COMPAT_BUS_RESETS_NEW_QUEUES)
		vfio_ap_reset_start(&vfio_ap_dev->mx, apqn_card(apqn), &one);
	apc_matrix_settle(&vfio_ap_dev->mx);
	vfio_ap_unlock(NULL);
	vfio_ap_reset_hurry(q);
	return 0;
}

static void remove(struct ap_device *apdev)
{
	struct vfio_ap_queue *q = dev_get_drvdata(&apdev->device);
	struct apc_mask one = { { 0 } };

	apc_mask_set(&one, apqn_domain(q->apqn));
	vfio_ap_lock();
	apc_matrix_unbind(&vfio_ap_dev->mx, apqn_card(q->apqn), &one);
	vfio_ap_unlock(NULL);
	vfio_ap_reset_cancel(q);

	/* No guest has it now, and no reset will do this. */
	mutex_lock(&q->lock);
	vfio_ap_irq_drop(q, false);
	mutex_unlock(&q->lock);
	xa_erase(&vfio_ap_dev->queues, q->apqn);
	dev_set_drvdata(&apdev->device, NULL);
	vfio_ap_queue_put(q);
}

static ssize_t status_show(struct device *device, struct device_attribute *attr,
			   char *buf)
{
	struct vfio_ap_queue *q = dev_get_drvdata(device);
	struct apc_out out;

	apc_out_init(&out, 0, buf, PAGE_SIZE);
	vfio_ap_lock();
	apc_print_status(&vfio_ap_dev->mx, apqn_card(q->apqn), apqn_domain(q->apqn),
			 &out);
	vfio_ap_unlock(NULL);
	return apc_out_written(&out);
}
static DEVICE_ATTR_RO(status);

static struct attribute *queue_attrs[] = {
	&dev_attr_status.attr,
	NULL,
};
ATTRIBUTE_GROUPS(queue);

/* ap_perms_mutex is held. */
static int in_use(unsigned long *apm, unsigned long *aqm)
{
	struct apc_mask adapters, domains;
	int rc;

	memcpy(&adapters, apm, sizeof(adapters));
	memcpy(&domains, aqm, sizeof(domains));
	vfio_ap_lock();
	rc = apc_matrix_in_use(&vfio_ap_dev->mx, &adapters, &domains);
	vfio_ap_unlock(NULL);
	return rc;
}

void vfio_ap_read_qci(struct apc_qci *qci, const struct ap_config_info *info)
{
	memset(qci, 0, sizeof(*qci));
	memcpy(&qci->config.apm, info->apm, sizeof(qci->config.apm));
	memcpy(&qci->config.aqm, info->aqm, sizeof(qci->config.aqm));
	memcpy(&qci->config.adm, info->adm, sizeof(qci->config.adm));
	qci->flags = (info->apsc ? APC_QCI_APSC : 0) | (info->apxa ? APC_QCI_APXA : 0) |
		     (info->qact ? APC_QCI_QACT : 0) | (info->rc8a ? APC_QCI_RC8A : 0);
	qci->na = ((const u8 *)info)[QCI_NA];
	qci->nd = ((const u8 *)info)[QCI_ND];
}

static void config_changed(struct ap_config_info *now, struct ap_config_info *before)
{
	struct apc_qci qci;

	vfio_ap_read_qci(&qci, now);
	vfio_ap_lock();
	vfio_ap_dev->scan_ticket = vfio_ap_dev->last_ticket;
	apc_matrix_config_changed(&vfio_ap_dev->mx, &qci);
	vfio_ap_unlock(NULL);
}

/*
 * A guest that gets a domain whose new queue is still being reset would lose the whole
 * adapter until that has ended, and what it does with the adapter's other queues.
 */
static void scan_complete(struct ap_config_info *now, struct ap_config_info *before)
{
	struct vfio_ap_resets begun;

	vfio_ap_lock();
	begun.first = vfio_ap_dev->scan_ticket + 1;
	begun.last = vfio_ap_dev->last_ticket;
	vfio_ap_unlock(NULL);
	vfio_ap_reset_wait_a_moment(&begun);
	vfio_ap_lock();
	apc_matrix_scan_complete(&vfio_ap_dev->mx);
	vfio_ap_unlock(NULL);
}

#define QUEUE_ID(type)                                                                   \
	{                                                                                \
		.dev_type = (type), .match_flags = AP_DEVICE_ID_MATCH_QUEUE_TYPE         \
	}

/* CEX4 to CEX8 */
static struct ap_device_id queue_ids[] = {
	QUEUE_ID(10), QUEUE_ID(11), QUEUE_ID(12), QUEUE_ID(13), QUEUE_ID(14), { 0 },
};
MODULE_DEVICE_TABLE(ap, queue_ids);

struct ap_driver vfio_ap_driver = {
	.driver.dev_groups = queue_groups,
	.ids = queue_ids,
	.probe = probe,
	.remove = remove,
	.in_use = in_use,
	.on_config_changed = config_changed,
	.on_scan_complete = scan_complete,
};
