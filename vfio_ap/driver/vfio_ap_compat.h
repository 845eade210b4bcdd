/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between the kernels that this is built for, 6.1 and newer.
 */
#ifndef VFIO_AP_COMPAT_H
#define VFIO_AP_COMPAT_H

#include <linux/eventfd.h>
#include <linux/kvm_host.h>
#include <linux/version.h>
#include <linux/vfio.h>

/* Since 6.8 without a count. */
static inline void compat_eventfd_signal(struct eventfd_ctx *ctx)
{
#if KERNEL_VERSION(6, 8, 0) <= LINUX_VERSION_CODE
	eventfd_signal(ctx);
#else
	eventfd_signal(ctx, 1);
#endif
}

/* Since 6.2 a device can be used through iommufd, and frees itself. */
#if KERNEL_VERSION(6, 2, 0) <= LINUX_VERSION_CODE
#define COMPAT_VFIO_OPS                                                                  \
	.bind_iommufd = vfio_iommufd_emulated_bind,                                      \
	.unbind_iommufd = vfio_iommufd_emulated_unbind,                                  \
	.attach_ioas = vfio_iommufd_emulated_attach_ioas,                                \
	.detach_ioas = vfio_iommufd_emulated_detach_ioas,
#else
#define COMPAT_VFIO_OPS .release = vfio_free_device,
#endif

/* Since 6.17 what describes a file that is read part by part is constant. */
#if KERNEL_VERSION(6, 17, 0) <= LINUX_VERSION_CODE
#define COMPAT_CONST const
#else
#define COMPAT_CONST
#endif

/*
 * Does the bus reset a queue that is new to it?  In 6.1 it leaves that to the driver,
 * in 6.12 it does it for every driver; where between them that has changed doesn't
 * matter, as a second reset does no harm.
 */
#define COMPAT_BUS_RESETS_NEW_QUEUES (KERNEL_VERSION(6, 12, 0) <= LINUX_VERSION_CODE)

/*
 * Is @page of a guest shared with the host?  A guest without Secure Execution
 * shares everything.  With it the ultravisor knows, and kernels from 6.6 on can
 * ask it; where they cannot, the answer is no, and the guest gets no interrupts.
 * A page that isn't has been exported when it was pinned; the guest gets it back
 * when it next touches it.
 */
static inline bool compat_page_is_shared(struct kvm_vcpu *vcpu, phys_addr_t page)
{
#if KERNEL_VERSION(6, 6, 0) <= LINUX_VERSION_CODE
	return !kvm_s390_pv_cpu_is_protected(vcpu) || !uv_pin_shared(page);
#else
	return !vcpu->arch.pv.handle;
#endif
}

#endif
