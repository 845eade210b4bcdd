// SPDX-License-Identifier: GPL-2.0
/*
 * Contents of the files, and what writing to them does.
 */
#include <errno.h>
#include <string.h>

#include "aps_dirs.h"

/* The first guess at the length of a file; matrix may be half a megabyte. */
#define FIRST_SIZE 4096

/* --- small files of the driver core -------------------------------------- */

int aps_read_autoprobe(struct aps_machine *machine, const struct aps_node *node,
		       GString *text)
{
	bool yes = node->dir == APS_DIR_MDEV_BUS || machine->matrix_autoprobe;

	g_string_append(text, yes ? "1\n" : "0\n");
	return 0;
}

int aps_read_refcnt(struct aps_machine *machine, const struct aps_node *node,
		    GString *text)
{
	g_string_append(text, "0\n");
	return 0;
}

int aps_read_live(struct aps_machine *machine, const struct aps_node *node, GString *text)
{
	g_string_append(text, "live\n");
	return 0;
}

int aps_read_nothing(struct aps_machine *machine, const struct aps_node *node,
		     GString *text)
{
	return 0;
}

int aps_read_group_dev(struct aps_machine *machine, const struct aps_node *node,
		       GString *text)
{
	g_string_append_printf(text, "%u:%u\n", APS_VFIO_MAJOR,
			       aps_machine_mdev(machine, node->object)->group);
	return 0;
}

int aps_read_group_name(struct aps_machine *machine, const struct aps_node *node,
			GString *text)
{
	g_string_append(text, "vfio-noiommu\n");
	return 0;
}

int aps_read_group_type(struct aps_machine *machine, const struct aps_node *node,
			GString *text)
{
	g_string_append(text, "unknown\n");
	return 0;
}

/* An mdev without its driver is not modelled. */
int aps_write_autoprobe(struct aps_machine *machine, const struct aps_node *node,
			const char *text, size_t len)
{
	bool yes = !len || *text != '0';

	if (node->dir == APS_DIR_MDEV_BUS)
		return yes ? 0 : -EOPNOTSUPP;
	machine->matrix_autoprobe = yes;
	return 0;
}

/* drivers_probe of matrix and mdev: whatever is there has its driver already. */
int aps_write_probe(struct aps_machine *machine, const struct aps_node *node,
		    const char *text, size_t len)
{
	g_autofree char *name = g_strndup(text, len);

	g_strchomp(name);
	if (node->dir == APS_DIR_MATRIX_BUS)
		return strcmp(name, "matrix") ? -ENODEV : 0;
	return aps_machine_mdev_by_uuid(machine, name) ? 0 : -ENODEV;
}

/* --- bind and unbind ----------------------------------------------------- */

static enum apc_driver driver_of(const struct aps_node *node)
{
	switch (node->dir) {
	case APS_DIR_DRIVER_CARD:
		return APC_DRIVER_CEX4CARD;
	case APS_DIR_DRIVER_QUEUE:
		return APC_DRIVER_CEX4QUEUE;
	case APS_DIR_DRIVER_VFIO_AP:
		return APC_DRIVER_VFIO_AP;
	default:
		return APC_DRIVER_NONE;
	}
}

/* An mdev has its driver as long as it lives: to take it away is not modelled. */
static int write_mdev_bind(struct aps_machine *machine, const char *text, size_t len,
			   int err)
{
	g_autofree char *name = g_strndup(text, len);

	return aps_machine_mdev_by_uuid(machine, g_strchomp(name)) ? err : -ENODEV;
}

int aps_write_bind(struct aps_machine *machine, const struct aps_node *node,
		   const char *text, size_t len)
{
	if (node->dir == APS_DIR_DRIVER_MDEV)
		return write_mdev_bind(machine, text, len, -EBUSY);
	return apc_bus_bind(&machine->bus, driver_of(node), text, len);
}

int aps_write_unbind(struct aps_machine *machine, const struct aps_node *node,
		     const char *text, size_t len)
{
	if (node->dir == APS_DIR_DRIVER_MDEV)
		return write_mdev_bind(machine, text, len, -EOPNOTSUPP);
	return apc_bus_unbind(&machine->bus, driver_of(node), text, len);
}

/* --- every file ---------------------------------------------------------- */

/* A file below /dev/vfio, which only knows ioctls. */
static bool is_group(const struct aps_node *node)
{
	return node->dir == APS_DIR_DEV_VFIO && node->leaf == APS_LEAF_DYNAMIC;
}

static int read_core(struct aps_machine *machine, const struct aps_node *node,
		     GString *text)
{
	struct apc_object object = aps_node_object(machine, node);
	gsize size = FIRST_SIZE, done = 0;
	ssize_t len;

	for (;;) {
		g_string_set_size(text, size);
		len = apc_attr_show(&machine->bus, &object, node->leaf - APS_LEAF_CORE,
				    done, text->str + done, size - done);
		if (len < 0)
			return len;
		done += len;
		if (done < size)
			break;
		size *= 4;
	}
	g_string_truncate(text, done);
	return 0;
}

int aps_node_read(struct aps_machine *machine, const struct aps_node *node, GString *text)
{
	const struct aps_entry *entry;

	if (!aps_node_exists(machine, node))
		return -ENODEV;
	if (is_group(node))
		return -EINVAL;
	if (node->leaf >= APS_LEAF_CORE)
		return read_core(machine, node, text);
	entry = aps_node_entry(node);
	return entry && entry->read ? entry->read(machine, node, text) : -EIO;
}

static int write_core(struct aps_machine *machine, const struct aps_node *node,
		      const char *text, size_t len)
{
	struct apc_object object = aps_node_object(machine, node);
	int rc = apc_attr_store(&machine->bus, &object, node->leaf - APS_LEAF_CORE, text,
				len);

	if (rc == APC_STORE_CREATE)
		return aps_machine_create_mdev(machine, text, len);
	return rc == APC_STORE_REMOVE ? APS_WRITE_REMOVE : rc;
}

int aps_node_write(struct aps_machine *machine, const struct aps_node *node,
		   const char *text, size_t len)
{
	const struct aps_entry *entry;

	if (!aps_node_exists(machine, node))
		return -ENODEV;
	if (is_group(node))
		return -EINVAL;
	if (node->leaf >= APS_LEAF_CORE)
		return write_core(machine, node, text, len);
	entry = aps_node_entry(node);
	return entry && entry->write ? entry->write(machine, node, text, len) : -EIO;
}
