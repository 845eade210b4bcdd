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
#include "ap_bus.h"
#undef ap_device
#undef ap_driver
#undef ap_driver_register
#undef ap_driver_unregister
#undef ap_perms
#undef ap_perms_mutex

#include "vfio_ap_bus.h"

#define SAME_SIZE(name) static_assert(sizeof(struct name) == sizeof(struct kernel_##name))
#define SAME_PLACE(name, member)                                                         \
	static_assert(offsetof(struct name, member) ==                                   \
			      offsetof(struct kernel_##name, member) &&                  \
		      sizeof_field(struct name, member) ==                               \
			      sizeof_field(struct kernel_##name, member))

SAME_SIZE(ap_device);
SAME_PLACE(ap_device, device);
SAME_SIZE(ap_driver);
SAME_PLACE(ap_driver, driver);
SAME_PLACE(ap_driver, ids);
SAME_PLACE(ap_driver, flags);
SAME_PLACE(ap_driver, probe);
SAME_PLACE(ap_driver, remove);
SAME_PLACE(ap_driver, in_use);
SAME_PLACE(ap_driver, on_config_changed);
SAME_PLACE(ap_driver, on_scan_complete);
SAME_PLACE(ap_perms, apm);
SAME_PLACE(ap_perms, aqm);

/* A driver without this flag gets what the host pool doesn't have. */
static_assert(AP_DRIVER_FLAG_DEFAULT == 1);
static_assert(AP_DEVICES == 256 && AP_DOMAINS == 256);
/* What the callbacks are given as masks. */
static_assert(sizeof(((struct ap_config_info *)0)->apm) == 32);
/* The architecture's places, see vfio_ap_read_qci(). */
static_assert(offsetof(struct ap_config_info, apm) == 16);
static_assert(AP_DEVICE_TYPE_CEX4 == 10 && AP_DEVICE_TYPE_CEX8 == 14);
