// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * VFIO, call by call.
 */
#include "uapi_vfio.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MATRIX	  "/sys/devices/vfio_ap/matrix"
#define CONTAINER "/dev/vfio/vfio"
#define IOMMUFD	  "/dev/iommu"

/*
 * What is younger than the oldest headers that this is built with, from the public
 * interface of Linux 6.6: vfio.h and iommufd.h.
 */
#define DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#define DEVICE_ATTACH_PT    _IO(VFIO_TYPE, VFIO_BASE + 19)
#define IOAS_ALLOC	    _IO(VFIO_TYPE, 0x81)
#define IOAS_MAP	    _IO(VFIO_TYPE, 0x85)
#define IOAS_UNMAP	    _IO(VFIO_TYPE, 0x86)
#define IOAS_MAP_FIXED_IOVA 1
#define IOAS_MAP_WRITEABLE  2
#define IOAS_MAP_READABLE   4

struct bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};

struct attach_pt {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};

struct ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t out_ioas_id;
};

struct ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};

struct ioas_unmap {
	uint32_t size;
	uint32_t ioas_id;
	uint64_t iova;
	uint64_t length;
};

int uapi_ioctl(int fd, unsigned long request, const void *arg)
{
	int rc = ioctl(fd, request, arg);

	return rc < 0 ? -errno : rc;
}

static int open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* --- container and group --- */

int uapi_container_open(void)
{
	return open_node(CONTAINER);
}

int uapi_container_set_iommu(int container, unsigned long type)
{
	int rc = ioctl(container, VFIO_SET_IOMMU, type);

	return rc < 0 ? -errno : rc;
}

int uapi_container_map(int container, uint64_t iova, uint64_t size, void *memory)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	return uapi_ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

int uapi_container_unmap(int container, uint64_t iova, uint64_t size)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};

	return uapi_ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);
}

int uapi_group_open(const char *uuid)
{
	char link[256], target[4096], path[4200];
	ssize_t len;

	snprintf(link, sizeof(link), MATRIX "/%s/iommu_group", uuid);
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return -errno;
	target[len] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(target, '/'));
	return open_node(path);
}

int uapi_group_join(int group, int container)
{
	return uapi_ioctl(group, VFIO_GROUP_SET_CONTAINER, &container);
}

int uapi_group_leave(int group)
{
	return uapi_ioctl(group, VFIO_GROUP_UNSET_CONTAINER, NULL);
}

int uapi_group_get_device(int group, const char *uuid)
{
	return uapi_ioctl(group, VFIO_GROUP_GET_DEVICE_FD, uuid);
}

/* --- character device and iommufd --- */

bool uapi_has_iommufd(void)
{
	return !access(IOMMUFD, F_OK);
}

int uapi_iommufd_open(void)
{
	return open_node(IOMMUFD);
}

int uapi_cdev_open(const char *uuid)
{
	char path[600];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), MATRIX "/%s/vfio-dev", uuid);
	dir = opendir(path);
	if (!dir)
		return -errno;
	do {
		entry = readdir(dir);
	} while (entry && *entry->d_name == '.');
	if (entry)
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
	closedir(dir);
	return entry ? open_node(path) : -ENOENT;
}

int uapi_cdev_bind(int device, int iommufd)
{
	struct bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };

	return uapi_ioctl(device, DEVICE_BIND_IOMMUFD, &bind);
}

int uapi_cdev_attach(int device, int iommufd, uint32_t *ioas)
{
	struct ioas_alloc alloc = { .size = sizeof(alloc) };
	struct attach_pt attach = { .argsz = sizeof(attach) };
	int rc = uapi_ioctl(iommufd, IOAS_ALLOC, &alloc);

	if (rc < 0)
		return rc;
	attach.pt_id = alloc.out_ioas_id;
	*ioas = alloc.out_ioas_id;
	return uapi_ioctl(device, DEVICE_ATTACH_PT, &attach);
}

int uapi_ioas_map(int iommufd, uint32_t ioas, uint64_t iova, uint64_t size, void *memory)
{
	struct ioas_map map = {
		.size = sizeof(map),
		.flags = IOAS_MAP_FIXED_IOVA | IOAS_MAP_WRITEABLE | IOAS_MAP_READABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)memory,
		.length = size,
		.iova = iova,
	};

	return uapi_ioctl(iommufd, IOAS_MAP, &map);
}

int uapi_ioas_unmap(int iommufd, uint32_t ioas, uint64_t iova, uint64_t size)
{
	struct ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = iova,
		.length = size,
	};

	return uapi_ioctl(iommufd, IOAS_UNMAP, &unmap);
}

/* --- device --- */

int uapi_device_info(int device, struct vfio_device_info *info)
{
	return uapi_ioctl(device, VFIO_DEVICE_GET_INFO, info);
}

int uapi_device_irq_info(int device, struct vfio_irq_info *info)
{
	return uapi_ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, info);
}

int uapi_device_set_irqs(int device, const struct vfio_irq_set *set)
{
	return uapi_ioctl(device, VFIO_DEVICE_SET_IRQS, set);
}

int uapi_device_reset(int device)
{
	return uapi_ioctl(device, VFIO_DEVICE_RESET, NULL);
}
