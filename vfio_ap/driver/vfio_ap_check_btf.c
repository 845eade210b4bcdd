// SPDX-License-Identifier: GPL-2.0
/*
 * No code: compares vfio_ap_bus.h with what the kernel says of its own types, which
 * bus-from-btf puts into vfio_ap_btf.h.  For kernels whose source isn't at hand
 * (vfio_ap_check_abi.c).
 */
#include "vfio_ap_btf.h"
#include "vfio_ap_bus.h"

#define SAME_SIZE(name) static_assert(sizeof(struct name) == BTF_SIZE_##name)
#define SAME(name, member)                                                               \
	static_assert(offsetof(struct name, member) == BTF_##name##_##member)

SAME_SIZE(ap_device);
SAME(ap_device, device);
SAME(ap_device, device_type);
SAME_SIZE(ap_driver);
SAME(ap_driver, driver);
SAME(ap_driver, ids);
SAME(ap_driver, flags);
SAME(ap_driver, probe);
SAME(ap_driver, remove);
SAME(ap_driver, in_use);
SAME(ap_driver, on_config_changed);
SAME(ap_driver, on_scan_complete);
SAME_SIZE(ap_perms);
SAME(ap_perms, apm);
SAME(ap_perms, aqm);
