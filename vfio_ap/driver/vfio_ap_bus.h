/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's AP bus exports to its drivers.  Its own header is in no
 * headers package, hence this one, with no more than is used here; the build
 * compares it with the kernel's where that is at hand (vfio_ap_check_abi.c).
 * <asm/ap.h>, which is public, has the rest.
 */
#ifndef VFIO_AP_BUS_H
#define VFIO_AP_BUS_H

#include <linux/device.h>
#include <linux/mod_devicetable.h>
#include <linux/mutex.h>
#include <linux/version.h>
#include <asm/ap.h>

struct ap_device {
	struct device device;
	int device_type;
};

/* Two members have moved, and a mutex has another name. */
#define AP_BUS_SINCE_6_19 (KERNEL_VERSION(6, 19, 0) <= LINUX_VERSION_CODE)

struct ap_driver {
	struct device_driver driver;
#if !AP_BUS_SINCE_6_19
	struct ap_device_id *ids;
	unsigned int flags;
#endif
	int (*probe)(struct ap_device *apdev);
	void (*remove)(struct ap_device *apdev);
	int (*in_use)(unsigned long *apm, unsigned long *aqm);
	void (*on_config_changed)(struct ap_config_info *now,
				  struct ap_config_info *before);
	void (*on_scan_complete)(struct ap_config_info *now,
				 struct ap_config_info *before);
#if AP_BUS_SINCE_6_19
	struct ap_device_id *ids;
	unsigned int flags;
#endif
};

/* apmask and aqmask: what belongs to the host.  Protected by ap_perms_mutex. */
struct ap_perms {
	unsigned long ioctlm[4];
	unsigned long apm[4];
	unsigned long aqm[4];
	unsigned long adm[4];
};

extern struct ap_perms ap_perms;
#if AP_BUS_SINCE_6_19
#define ap_perms_mutex ap_attr_mutex
#endif
extern struct mutex ap_perms_mutex;

int ap_driver_register(struct ap_driver *driver, struct module *owner, char *name);
void ap_driver_unregister(struct ap_driver *driver);

#endif
