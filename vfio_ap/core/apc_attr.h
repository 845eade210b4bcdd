/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sysfs files of every kind of object: their names and modes in tables, what
 * is read from them and what may be written; and the uevents.
 */
#ifndef APC_ATTR_H
#define APC_ATTR_H

#include "apc_bus.h"
#include "apc_text.h"

enum apc_kind {
	APC_KIND_BUS,	    /* /sys/bus/ap */
	APC_KIND_CARD,	    /* /sys/devices/ap/cardXX */
	APC_KIND_QUEUE,	    /* /sys/devices/ap/cardXX/XX.YYYY */
	APC_KIND_MATRIX,    /* /sys/devices/vfio_ap/matrix */
	APC_KIND_MDEV_TYPE, /* matrix/mdev_supported_types/vfio_ap-passthrough */
	APC_KIND_MDEV,	    /* /sys/devices/vfio_ap/matrix/UUID */
	APC_KIND_COUNT,
};

/**
 * struct apc_object - the owner of attributes
 * @kind: which kind
 * @apid: for cards and queues
 * @apqi: for queues
 * @mdev: for mdevs
 */
struct apc_object {
	enum apc_kind kind;
	u8 apid;
	u8 apqi;
	struct apc_mdev *mdev;
};

/* Attributes are numbered from 0 within their kind. */
unsigned int apc_attr_count(enum apc_kind kind);
/* NULL when there is no such number. */
const char *apc_attr_name(enum apc_kind kind, unsigned int attr);
/* Permission bits: 0444, 0644, 0200. */
unsigned int apc_attr_mode(enum apc_kind kind, unsigned int attr);
/* Number of the attribute of that name, or -ENOENT. */
int apc_attr_find(enum apc_kind kind, const char *name);
/* Whether every object of the kind has it all the time. */
bool apc_attr_lasts(enum apc_kind kind, unsigned int attr);
/* Whether the object has it now: some come and go with the driver. */
bool apc_attr_visible(const struct apc_bus *bus, const struct apc_object *object,
		      unsigned int attr);

/**
 * apc_attr_show() - reads a part of an attribute
 * @bus: the machine
 * @object: whose attribute
 * @attr: its number
 * @offset: first byte wanted
 * @buf: gets the bytes, no NUL
 * @size: bytes at @buf
 *
 * matrix and guest_matrix of many queues are longer than a page.  They are
 * complete here when they are read to their end; the kernel writes beyond its
 * page.
 *
 * Return: number of bytes (0 at the end), -EIO for a write-only attribute,
 * -EIO, -ENOENT when it is not visible
 */
ssize_t apc_attr_show(const struct apc_bus *bus, const struct apc_object *object,
		      unsigned int attr, size_t offset, char *buf, size_t size);

/* apc_attr_store() asks the shell to go on, as memory or waiting is involved. */
#define APC_STORE_CREATE 1 /* apc_uuid_parse(), apc_matrix_add() will succeed */
#define APC_STORE_REMOVE 2 /* wait until closed, then apc_matrix_remove() */

/**
 * apc_attr_store() - writes an attribute
 * @bus: the machine
 * @object: whose attribute
 * @attr: its number
 * @text: what is written
 * @len: its length
 *
 * Return: 0, APC_STORE_*, -EIO for a read-only attribute, -ENOENT when it is
 * not visible, or the error of the attribute
 */
int apc_attr_store(struct apc_bus *bus, const struct apc_object *object,
		   unsigned int attr, const char *text, size_t len);

/* --- single attributes, for a shell that has its own tables --------------------- */

void apc_print_masks(const struct apc_masks *masks, struct apc_out *out);
void apc_print_matrix(const struct apc_masks *masks, struct apc_out *out);
void apc_print_control_domains(const struct apc_masks *masks, struct apc_out *out);
/* "in use", "assigned", "unassigned" of a queue bound to vfio_ap */
void apc_print_status(const struct apc_matrix *mx, unsigned int apid, unsigned int apqi,
		      struct apc_out *out);

/* --- uevents -------------------------------------------------------------------- */

/* "add", "remove", "bind", "unbind", "change" */
const char *apc_event_action(const struct apc_event *event);
/* "/devices/ap/card05/05.0004" … ; returns the length, cuts to @size with NUL. */
size_t apc_event_path(const struct apc_event *event, char *buf, size_t size);
/*
 * The properties besides ACTION, DEVPATH, SUBSYSTEM and SEQNUM, "KEY=value" with
 * a NUL behind each.  Returns the length of all, 256 bytes are enough.
 */
size_t apc_event_env(const struct apc_bus *bus, const struct apc_event *event, char *buf,
		     size_t size);
/*
 * What reading the file uevent of a card, queue or mdev gives: the same
 * properties with newlines.
 */
void apc_print_uevent(const struct apc_bus *bus, const struct apc_object *object,
		      struct apc_out *out);

#endif
