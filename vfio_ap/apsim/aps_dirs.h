/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of all kinds of directories: what is in them, and where it leads.
 */
#ifndef APS_DIRS_H
#define APS_DIRS_H

#include <sys/stat.h>

#include "aps_tree.h"

/* What kind of object a directory belongs to. */
enum aps_object_kind {
	APS_OBJECT_NONE,
	APS_OBJECT_CARD,
	APS_OBJECT_QUEUE,
	APS_OBJECT_MDEV,
};

/* Objects that a directory has entries for. */
enum aps_family {
	APS_FAMILY_NONE,
	APS_FAMILY_CARDS,
	APS_FAMILY_QUEUES,	/* of the directory's card */
	APS_FAMILY_DEVICES,	/* cards and queues */
	APS_FAMILY_CARDS_BOUND, /* to cex4card */
	APS_FAMILY_HOST_BOUND,	/* queues, to cex4queue */
	APS_FAMILY_VFIO_BOUND,	/* queues, to vfio_ap */
	APS_FAMILY_MDEVS,
	APS_FAMILY_MDEV_SELF, /* the directory's mdev */
};

/* How these entries are called. */
enum aps_naming {
	APS_NAMING_DEVICE, /* card05, 05.0004 */
	APS_NAMING_UUID,
	APS_NAMING_GROUP,    /* 0 */
	APS_NAMING_VFIO_DEV, /* vfio0 */
	APS_NAMING_CHAR,     /* 511:0 */
};

/**
 * struct aps_entry - a leaf or sub-directory that is always called the same
 * @name: its name
 * @mode: type and permissions
 * @dir: for a sub-directory its kind, for a link where it leads
 * @visible: when it is there; NULL for always
 * @read: what is in a file
 * @write: takes what is written; returns 0, APS_WRITE_REMOVE or an error
 */
struct aps_entry {
	const char *name;
	mode_t mode;
	enum aps_dir_kind dir;
	bool (*visible)(const struct aps_machine *machine, u32 object);
	int (*read)(struct aps_machine *machine, const struct aps_node *node,
		    GString *text);
	int (*write)(struct aps_machine *machine, const struct aps_node *node,
		     const char *text, size_t len);
};

/**
 * struct aps_dir - a kind of directory
 * @name: its name, NULL when it is that of an object
 * @parent: kind of the directory it is in
 * @object: what it belongs to
 * @mixed: directory of the host's /sys that it also shows, or -1
 * @core: kind of the attributes that the core has for it, or -1
 * @entries: what is always called the same; ends with an entry without name
 * @family: objects that it has entries for
 * @naming: what these are called
 * @child_type: S_IFDIR, S_IFLNK or S_IFREG
 * @child: for directories their kind, for links where they lead; links for cards
 *	   and queues lead to the device
 * @subsystem: of its uevents, or NULL
 * @there: when it is there at all; NULL for always
 */
struct aps_dir {
	const char *name;
	enum aps_dir_kind parent;
	enum aps_object_kind object;
	int mixed;
	int core;
	const struct aps_entry *entries;
	enum aps_family family;
	enum aps_naming naming;
	mode_t child_type;
	enum aps_dir_kind child;
	const char *subsystem;
	bool (*there)(const struct aps_machine *machine);
};

const struct aps_dir *aps_dir(enum aps_dir_kind kind);
/* Number @index of the directory's own entries, or NULL. */
const struct aps_entry *aps_dir_entry(enum aps_dir_kind kind, unsigned int index);
/* The directory's entry for a static leaf. */
const struct aps_entry *aps_node_entry(const struct aps_node *node);
/* The core's object behind a directory that has attributes of the core. */
struct apc_object aps_node_object(const struct aps_machine *machine,
				  const struct aps_node *node);

/* --- files that are not the core's (aps_files.c, aps_synth.c, aps_control.c) --- */

int aps_read_uevent(struct aps_machine *machine, const struct aps_node *node,
		    GString *text);
int aps_write_uevent(struct aps_machine *machine, const struct aps_node *node,
		     const char *text, size_t len);
int aps_read_autoprobe(struct aps_machine *machine, const struct aps_node *node,
		       GString *text);
int aps_read_refcnt(struct aps_machine *machine, const struct aps_node *node,
		    GString *text);
int aps_read_live(struct aps_machine *machine, const struct aps_node *node,
		  GString *text);
int aps_read_group_dev(struct aps_machine *machine, const struct aps_node *node,
		       GString *text);
int aps_read_group_name(struct aps_machine *machine, const struct aps_node *node,
			GString *text);
int aps_read_group_type(struct aps_machine *machine, const struct aps_node *node,
			GString *text);
int aps_read_nothing(struct aps_machine *machine, const struct aps_node *node,
		     GString *text);
int aps_write_bind(struct aps_machine *machine, const struct aps_node *node,
		   const char *text, size_t len);
int aps_write_unbind(struct aps_machine *machine, const struct aps_node *node,
		     const char *text, size_t len);
int aps_write_probe(struct aps_machine *machine, const struct aps_node *node,
		    const char *text, size_t len);
int aps_write_autoprobe(struct aps_machine *machine, const struct aps_node *node,
			const char *text, size_t len);

/* The files of the control directory. */
extern const struct aps_entry aps_control_entries[];

#endif
