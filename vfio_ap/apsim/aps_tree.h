/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulated tree: /sys with everything of AP, mdev and VFIO, /dev/vfio and the
 * control directory.  No node has memory of its own: an inode number says which
 * kind of directory it is about, which object that belongs to, and which of its
 * leaves is meant.
 */
#ifndef APS_TREE_H
#define APS_TREE_H

#include "aps_machine.h"

/* Kinds of directories. */
enum aps_dir_kind {
	APS_DIR_NONE,
	APS_DIR_ROOT,
	APS_DIR_HIDDEN,
	APS_DIR_DEV_VFIO,
	APS_DIR_CONTROL,
	APS_DIR_BUS,
	APS_DIR_CLASS,
	APS_DIR_DEV,
	APS_DIR_DEV_CHAR,
	APS_DIR_DEVICES,
	APS_DIR_VIRTUAL,
	APS_DIR_KERNEL,
	APS_DIR_MODULE,
	APS_DIR_AP_BUS,
	APS_DIR_AP_BUS_DEVICES,
	APS_DIR_AP_BUS_DRIVERS,
	APS_DIR_DRIVER_CARD,
	APS_DIR_DRIVER_QUEUE,
	APS_DIR_DRIVER_VFIO_AP,
	APS_DIR_MATRIX_BUS,
	APS_DIR_MATRIX_BUS_DEVICES,
	APS_DIR_MATRIX_BUS_DRIVERS,
	APS_DIR_DRIVER_MATRIX,
	APS_DIR_MDEV_BUS,
	APS_DIR_MDEV_BUS_DEVICES,
	APS_DIR_MDEV_BUS_DRIVERS,
	APS_DIR_DRIVER_MDEV,
	APS_DIR_CLASS_MDEV_BUS,
	APS_DIR_CLASS_VFIO,
	APS_DIR_CLASS_VFIO_DEV,
	APS_DIR_AP,
	APS_DIR_CARD,
	APS_DIR_QUEUE,
	APS_DIR_VFIO_AP,
	APS_DIR_MATRIX,
	APS_DIR_MDEV_TYPES,
	APS_DIR_MDEV_TYPE,
	APS_DIR_MDEV_TYPE_DEVICES,
	APS_DIR_MDEV,
	APS_DIR_MDEV_VFIO_DEV,
	APS_DIR_VFIO_DEV,
	APS_DIR_VIRTUAL_VFIO,
	APS_DIR_VFIO_GROUP,
	APS_DIR_IOMMU_GROUPS,
	APS_DIR_IOMMU_GROUP,
	APS_DIR_IOMMU_GROUP_DEVICES,
	APS_DIR_MODULE_AP,
	APS_DIR_MODULE_MDEV,
	APS_DIR_MODULE_VFIO,
	APS_DIR_MODULE_VFIO_AP,
	APS_DIR_MODULE_VFIO_AP_DRIVERS,
	APS_DIR_MODULE_ZCRYPT,
	APS_DIR_MODULE_CEX4,
	APS_DIR_MODULE_CEX4_DRIVERS,
	APS_DIR_COUNT,
};

/* Which leaf of a directory a node is; from these numbers on, by index. */
#define APS_LEAF_SELF	 0	/* the directory itself */
#define APS_LEAF_STATIC	 1	/* entry of its table */
#define APS_LEAF_CORE	 0x100	/* attribute that the core has for its object */
#define APS_LEAF_HOST	 0x1000 /* entry of the host's /sys */
#define APS_LEAF_DYNAMIC 0xffff /* link or file for an object: that of the node */

/**
 * struct aps_node - something in the tree
 * @dir: kind of the directory that it is, or is in
 * @leaf: APS_LEAF_*
 * @object: the object of the directory, or of a dynamic leaf: apid << 9 for a
 *	    card, apid << 9 | apqi + 1 for a queue, id for an mdev, else 0
 */
struct aps_node {
	enum aps_dir_kind dir;
	u16 leaf;
	u32 object;
};

#define APS_ROOT_INO 1

static inline u32 aps_card_object(unsigned int apid)
{
	return apid << 9;
}

static inline u32 aps_queue_object(unsigned int apid, unsigned int apqi)
{
	return apid << 9 | (apqi + 1);
}

static inline unsigned int aps_object_apid(u32 object)
{
	return object >> 9;
}

/* -1 for a card */
static inline int aps_object_apqi(u32 object)
{
	return (int)(object & 0x1ff) - 1;
}

u64 aps_node_ino(const struct aps_node *node);
struct aps_node aps_node_of_ino(u64 ino);

/* Every function below needs the machine's lock. */

/* Whether the object of the node is still there and has this leaf now. */
bool aps_node_exists(const struct aps_machine *machine, const struct aps_node *node);
/*
 * Whether it was a part of an mdev that is gone, so that only who holds it can ask.
 * Its attributes may be asked for all the same, and a directory is empty.
 */
bool aps_node_is_held(const struct aps_node *node);
/* Cards and queues may return under the same name: differs for each of them. */
guint aps_node_era(const struct aps_machine *machine, const struct aps_node *node);
/* Type and permissions. */
mode_t aps_node_mode(const struct aps_machine *machine, const struct aps_node *node);
/* Sub-directories of a directory, and two. */
unsigned int aps_node_links(const struct aps_machine *machine,
			    const struct aps_node *node);
/* The name that operations, faults and messages know it by. */
void aps_node_name(const struct aps_machine *machine, const struct aps_node *node,
		   GString *name);
/* How long a name means the same. */
enum aps_life {
	APS_LIFE_NONE,	 /* it may mean something else with the next call */
	APS_LIFE_DEVICE, /* until the card or queue is removed, which is reported */
	APS_LIFE_EVER,
};

enum aps_life aps_node_life(const struct aps_node *node);
/* Path below /sys of a directory, without a slash in front. */
void aps_node_path(const struct aps_machine *machine, const struct aps_node *node,
		   GString *path);

/* Return: 0 or -ENOENT */
int aps_node_lookup(const struct aps_machine *machine, const struct aps_node *dir,
		    const char *name, struct aps_node *found);
/* Target of a symbolic link; returns false when it is none. */
bool aps_node_readlink(const struct aps_machine *machine, const struct aps_node *node,
		       GString *target);

/**
 * aps_node_next() - walks through a directory
 * @machine: the machine
 * @dir: the directory
 * @cursor: where to go on; 0 at the beginning; moved behind the entry found
 * @found: gets the entry
 * @name: gets its name
 *
 * Return: false behind the last entry
 */
bool aps_node_next(const struct aps_machine *machine, const struct aps_node *dir,
		   u64 *cursor, struct aps_node *found, GString *name);

/* --- contents ------------------------------------------------------------ */

/* Return: 0, -EIO, -ENODEV, -EACCES */
int aps_node_read(struct aps_machine *machine, const struct aps_node *node,
		  GString *text);

/* What a write wants of the caller, see apc_attr_store(). */
#define APS_WRITE_REMOVE 1

/* Return: 0, APS_WRITE_REMOVE, or the error of write(2) */
int aps_node_write(struct aps_machine *machine, const struct aps_node *node,
		   const char *text, size_t len);

#endif
