// SPDX-License-Identifier: GPL-2.0
/*
 * One way to every sysfs file: find it in the table of its kind, then read or
 * write it.
 */
#include "apc_attr_table.h"

static const struct apc_attr_table *const apc_attr_tables[] = {
	[APC_KIND_BUS] = &apc_attrs_of_bus,
	[APC_KIND_CARD] = &apc_attrs_of_card,
	[APC_KIND_QUEUE] = &apc_attrs_of_queue,
	[APC_KIND_MATRIX] = &apc_attrs_of_matrix,
	[APC_KIND_MDEV_TYPE] = &apc_attrs_of_mdev_type,
	[APC_KIND_MDEV] = &apc_attrs_of_mdev,
};

static_assert(APC_ARRAY_SIZE(apc_attr_tables) == APC_KIND_COUNT,
	      "every kind has a table");

static const struct apc_attr *apc_attr_get(enum apc_kind kind, unsigned int attr)
{
	return attr < apc_attr_tables[kind]->count ? &apc_attr_tables[kind]->attrs[attr]
						   : NULL;
}

unsigned int apc_attr_count(enum apc_kind kind)
{
	return apc_attr_tables[kind]->count;
}

const char *apc_attr_name(enum apc_kind kind, unsigned int attr)
{
	const struct apc_attr *entry = apc_attr_get(kind, attr);

	return entry ? entry->name : NULL;
}

unsigned int apc_attr_mode(enum apc_kind kind, unsigned int attr)
{
	const struct apc_attr *entry = apc_attr_get(kind, attr);

	return entry ? entry->mode : 0;
}

bool apc_attr_lasts(enum apc_kind kind, unsigned int attr)
{
	const struct apc_attr *entry = apc_attr_get(kind, attr);

	return entry && !entry->visible;
}

int apc_attr_find(enum apc_kind kind, const char *name)
{
	unsigned int i;

	for (i = 0; i < apc_attr_tables[kind]->count; i++)
		if (!strcmp(apc_attr_tables[kind]->attrs[i].name, name))
			return i;
	return -ENOENT;
}

static bool apc_object_exists(const struct apc_bus *bus, const struct apc_object *object)
{
	switch (object->kind) {
	case APC_KIND_CARD:
		return apc_mask_test(&bus->cards, object->apid);
	case APC_KIND_QUEUE:
		return apc_bus_has_queue(bus, object->apid, object->apqi);
	case APC_KIND_MDEV:
		return object->mdev;
	case APC_KIND_BUS:
	case APC_KIND_MATRIX:
	case APC_KIND_MDEV_TYPE:
	case APC_KIND_COUNT:
		break;
	}
	return true;
}

static bool apc_entry_visible(const struct apc_bus *bus, const struct apc_object *object,
			      const struct apc_attr *entry)
{
	return entry && apc_object_exists(bus, object) &&
	       (!entry->visible || entry->visible(bus, object));
}

bool apc_has_newer_attributes(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_bus_can(bus, APC_CAP_ATTRIBUTES);
}

bool apc_has_override(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_bus_can(bus, APC_CAP_OVERRIDE);
}

bool apc_attr_visible(const struct apc_bus *bus, const struct apc_object *object,
		      unsigned int attr)
{
	return apc_entry_visible(bus, object, apc_attr_get(object->kind, attr));
}

ssize_t apc_attr_show(const struct apc_bus *bus, const struct apc_object *object,
		      unsigned int attr, size_t offset, char *buf, size_t size)
{
	const struct apc_attr *entry = apc_attr_get(object->kind, attr);
	struct apc_out out;
	int rc;

	if (!apc_entry_visible(bus, object, entry))
		return -ENOENT;
	if (!entry->show)
		return -EIO;
	apc_out_init(&out, offset, buf, size);
	rc = entry->show(bus, object, &out);
	return rc ? rc : (ssize_t)apc_out_written(&out);
}

int apc_attr_store(struct apc_bus *bus, const struct apc_object *object,
		   unsigned int attr, const char *text, size_t len)
{
	const struct apc_attr *entry = apc_attr_get(object->kind, attr);

	if (!apc_entry_visible(bus, object, entry))
		return -ENOENT;
	if (!entry->store)
		return -EIO;
	return entry->store(bus, object, text, len);
}
