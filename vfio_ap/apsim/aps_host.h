/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's own /sys, as far as its directories are also those of the simulated
 * machine: which of their entries show through.  Everything of AP, mdev and VFIO
 * that the host has is left out.
 */
#ifndef APS_HOST_H
#define APS_HOST_H

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Directories that hold real and simulated entries. */
enum aps_mixed {
	APS_MIXED_ROOT,
	APS_MIXED_BUS,
	APS_MIXED_CLASS,
	APS_MIXED_DEV,
	APS_MIXED_DEV_CHAR,
	APS_MIXED_DEVICES,
	APS_MIXED_VIRTUAL,
	APS_MIXED_KERNEL,
	APS_MIXED_IOMMU_GROUPS,
	APS_MIXED_MODULE,
	APS_MIXED_COUNT,
};

/**
 * struct aps_host_entry - a real entry
 * @name: its name
 * @target: of a symbolic link, else NULL
 * @mode: type and permissions
 */
struct aps_host_entry {
	char *name;
	char *target;
	mode_t mode;
};

struct aps_host;

/* Looks at the present /sys. */
struct aps_host *aps_host_new(void);
void aps_host_free(struct aps_host *host);

/* Path below /sys, without a slash in front; "" for the root. */
const char *aps_host_path(enum aps_mixed dir);
guint aps_host_count(const struct aps_host *host, enum aps_mixed dir);
/* NULL behind the last one. */
const struct aps_host_entry *aps_host_entry(const struct aps_host *host,
					    enum aps_mixed dir, guint index);
/* Index of an entry, or -1. */
int aps_host_find(const struct aps_host *host, enum aps_mixed dir, const char *name);

#endif
