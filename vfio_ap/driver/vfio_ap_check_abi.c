// SPDX-License-Identifier: GPL-2.0
/*
 * No code: compares vfio_ap_bus.h with the header of the kernel's AP bus, which has
 * to be in the include path.  A difference ends the build, not the machine.
 */
#define ap_device	     kernel_ap_device
#define ap_driver	     kernel_ap_driver
#define ap_driver_register   kernel_ap_driver_register
#define ap_driver_unregister kernel_ap_driver_unregister
#define ap_perms	     kernel_ap_perms
#define ap_perms_mutex	     kernel_ap_perms_mutex
#define ap_attr_mutex	     kernel_ap_attr_mutex
#include "ap_bus.h"
#undef ap_device
#undef ap_driver
#undef ap_driver_register
#undef ap_driver_unregister
#undef ap_perms
#undef ap_perms_mutex
#undef ap_attr_mutex

#include <linux/stddef.h>
#include "vfio_ap_bus.h"

/* Sizes, and where members end, of ours and of the kernel's. */
#define SAME(ours, kernels) static_assert((ours) == (kernels))
#define END(name, member)   offsetofend(struct name, member)

SAME(sizeof(struct ap_device), sizeof(struct kernel_ap_device));
SAME(END(ap_device, device), END(kernel_ap_device, device));
SAME(sizeof(struct ap_driver), sizeof(struct kernel_ap_driver));
SAME(END(ap_driver, driver), END(kernel_ap_driver, driver));
SAME(END(ap_driver, ids), END(kernel_ap_driver, ids));
SAME(END(ap_driver, flags), END(kernel_ap_driver, flags));
SAME(END(ap_driver, probe), END(kernel_ap_driver, probe));
SAME(END(ap_driver, remove), END(kernel_ap_driver, remove));
SAME(END(ap_driver, in_use), END(kernel_ap_driver, in_use));
SAME(END(ap_driver, on_config_changed), END(kernel_ap_driver, on_config_changed));
SAME(END(ap_driver, on_scan_complete), END(kernel_ap_driver, on_scan_complete));
SAME(END(ap_perms, apm), END(kernel_ap_perms, apm));
SAME(END(ap_perms, aqm), END(kernel_ap_perms, aqm));

/* A driver without this flag gets what the host pool doesn't have. */
static_assert(AP_DRIVER_FLAG_DEFAULT == 1);
static_assert(AP_DEVICES == 256 && AP_DOMAINS == 256);
/* What the callbacks are given as masks. */
static_assert(sizeof(((struct ap_config_info *)0)->apm) == 32);
/* The architecture's places, see vfio_ap_read_qci(). */
static_assert(offsetof(struct ap_config_info, apm) == 16);
static_assert(AP_DEVICE_TYPE_CEX4 == 10 && AP_DEVICE_TYPE_CEX8 == 14);
