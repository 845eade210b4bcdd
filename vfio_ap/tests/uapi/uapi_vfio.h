/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * A VFIO client for AP matrices: each call that QEMU's vfio-ap makes, by itself.
 *
 * A function that opens something returns a file descriptor, others 0; all return
 * -errno when the kernel refuses.
 */
#ifndef UAPI_VFIO_H
#define UAPI_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/vfio.h>

/* An ioctl with -errno for a failure. */
int uapi_ioctl(int fd, unsigned long request, const void *arg);

/* --- container and group --- */

int uapi_container_open(void);
int uapi_container_set_iommu(int container, unsigned long type);
/* @size bytes of this process at @memory are what the device finds at @iova. */
int uapi_container_map(int container, uint64_t iova, uint64_t size, void *memory);
int uapi_container_unmap(int container, uint64_t iova, uint64_t size);

/* The group of the matrix @uuid. */
int uapi_group_open(const char *uuid);
int uapi_group_join(int group, int container);
int uapi_group_leave(int group);
int uapi_group_get_device(int group, const char *uuid);

/* --- character device and iommufd, where the kernel has them --- */

bool uapi_has_iommufd(void);
int uapi_iommufd_open(void);
/* The matrix as a device of its own, which is of no use before it is bound. */
int uapi_cdev_open(const char *uuid);
int uapi_cdev_bind(int device, int iommufd);
int uapi_cdev_attach(int device, int iommufd, uint32_t *ioas);
int uapi_ioas_map(int iommufd, uint32_t ioas, uint64_t iova, uint64_t size, void *memory);
int uapi_ioas_unmap(int iommufd, uint32_t ioas, uint64_t iova, uint64_t size);

/* --- device --- */

/* @info->argsz is the caller's. */
int uapi_device_info(int device, struct vfio_device_info *info);
/* @info->argsz and @info->index are the caller's. */
int uapi_device_irq_info(int device, struct vfio_irq_info *info);
int uapi_device_set_irqs(int device, const struct vfio_irq_set *set);
int uapi_device_reset(int device);

#endif
