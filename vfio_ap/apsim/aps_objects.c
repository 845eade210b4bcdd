// SPDX-License-Identifier: GPL-2.0
/*
 * Cards, queues and mdevs as the tree numbers them.
 */
#include <string.h>

#include "aps_objects.h"

/* Objects of one adapter: the card, then its queues. */
#define PER_ADAPTER 512

bool aps_object_exists(const struct aps_machine *machine, enum aps_object_kind kind,
		       u32 object)
{
	unsigned int apid = aps_object_apid(object);
	int apqi = aps_object_apqi(object);

	switch (kind) {
	case APS_OBJECT_NONE:
		return !object;
	case APS_OBJECT_CARD:
		return apid < APC_IDS && apqi < 0 &&
		       apc_mask_test(&machine->bus.cards, apid);
	case APS_OBJECT_QUEUE:
		return apid < APC_IDS && apqi >= 0 && apqi < APC_IDS &&
		       apc_bus_has_queue(&machine->bus, apid, apqi);
	case APS_OBJECT_MDEV:
		return aps_machine_mdev(machine, object);
	}
	return false;
}

static void device_name(u32 object, GString *name)
{
	unsigned int apid = aps_object_apid(object);
	int apqi = aps_object_apqi(object);

	if (apqi < 0)
		g_string_append_printf(name, "card%02x", apid);
	else
		g_string_append_printf(name, "%02x.%04x", apid, apqi);
}

void aps_object_name(const struct aps_machine *machine, enum aps_naming naming,
		     u32 object, GString *name)
{
	const struct aps_mdev *mdev =
		naming == APS_NAMING_DEVICE ? NULL : aps_machine_mdev(machine, object);

	if (naming == APS_NAMING_DEVICE) {
		device_name(object, name);
		return;
	}
	if (!mdev)
		return;
	switch (naming) {
	case APS_NAMING_UUID:
		g_string_append(name, mdev->core.uuid);
		break;
	case APS_NAMING_GROUP:
		g_string_append_printf(name, "%u", mdev->group);
		break;
	case APS_NAMING_VFIO_DEV:
		g_string_append_printf(name, "vfio%u", mdev->group);
		break;
	case APS_NAMING_CHAR:
		g_string_append_printf(name, "%u:%u", APS_VFIO_MAJOR, mdev->group);
		break;
	case APS_NAMING_DEVICE:
		break;
	}
}

static bool find_device(const char *name, u32 *object)
{
	unsigned int apid;
	int apqi;

	if (apc_bus_parse_name(name, strlen(name), &apid, &apqi))
		return false;
	*object = apqi < 0 ? aps_card_object(apid) : aps_queue_object(apid, apqi);
	return true;
}

static const struct aps_mdev *find_mdev(const struct aps_machine *machine,
					enum aps_naming naming, const char *name)
{
	guint64 group;

	if (naming == APS_NAMING_UUID)
		return aps_machine_mdev_by_uuid(machine, name);
	/* The name is compared as a whole afterwards. */
	if (naming == APS_NAMING_VFIO_DEV)
		name += strcspn(name, "0123456789");
	else if (naming == APS_NAMING_CHAR && strchr(name, ':'))
		name = strchr(name, ':') + 1;
	if (!g_ascii_string_to_unsigned(name, 10, 0, G_MAXUINT, &group, NULL))
		return NULL;
	return aps_machine_mdev_by_group(machine, group);
}

bool aps_object_find(const struct aps_machine *machine, enum aps_naming naming,
		     const char *name, u32 *object)
{
	g_autoptr(GString) really = NULL;
	const struct aps_mdev *mdev;

	if (naming == APS_NAMING_DEVICE) {
		if (!find_device(name, object))
			return false;
	} else {
		mdev = find_mdev(machine, naming, name);
		if (!mdev)
			return false;
		*object = mdev->id;
	}
	really = g_string_new(NULL);
	aps_object_name(machine, naming, *object, really);
	return !strcmp(really->str, name);
}

/* --- families ------------------------------------------------------------ */

/* Domains of an adapter whose queues are in the family, or NULL. */
static const struct apc_mask *queues_of(const struct aps_machine *machine,
					enum aps_family family, unsigned int apid)
{
	switch (family) {
	case APS_FAMILY_QUEUES:
	case APS_FAMILY_DEVICES:
		return &machine->bus.present[apid];
	case APS_FAMILY_HOST_BOUND:
		return &machine->bus.host_bound[apid];
	case APS_FAMILY_VFIO_BOUND:
		return &machine->bus.matrix.bound[apid];
	case APS_FAMILY_NONE:
	case APS_FAMILY_CARDS:
	case APS_FAMILY_CARDS_BOUND:
	case APS_FAMILY_MDEVS:
	case APS_FAMILY_MDEV_SELF:
		break;
	}
	return NULL;
}

/* Adapters whose cards are in the family, or NULL. */
static const struct apc_mask *cards_of(const struct aps_machine *machine,
				       enum aps_family family)
{
	if (family == APS_FAMILY_CARDS || family == APS_FAMILY_DEVICES)
		return &machine->bus.cards;
	return family == APS_FAMILY_CARDS_BOUND ? &machine->bus.cards_bound : NULL;
}

static bool device_in(const struct aps_machine *machine, enum aps_family family,
		      u32 object)
{
	unsigned int apid = aps_object_apid(object);
	const struct apc_mask *mask;
	int apqi = aps_object_apqi(object);

	if (apid >= APC_IDS || apqi >= APC_IDS)
		return false;
	mask = apqi < 0 ? cards_of(machine, family) : queues_of(machine, family, apid);
	return mask && apc_mask_test(mask, apqi < 0 ? (int)apid : apqi);
}

bool aps_family_has(const struct aps_machine *machine, enum aps_family family, u32 object)
{
	switch (family) {
	case APS_FAMILY_NONE:
		return false;
	case APS_FAMILY_MDEVS:
	case APS_FAMILY_MDEV_SELF:
		return aps_machine_mdev(machine, object);
	default:
		return device_in(machine, family, object);
	}
}

bool aps_family_belongs(enum aps_family family, u32 in, u32 object)
{
	switch (family) {
	case APS_FAMILY_QUEUES:
		return aps_object_apid(in) == aps_object_apid(object);
	case APS_FAMILY_MDEV_SELF:
		return in == object;
	default:
		return true;
	}
}

static bool next_device(const struct aps_machine *machine, enum aps_family family,
			u64 from, u64 end, u32 *object)
{
	const struct apc_mask *queues;
	unsigned int apid, apqi;

	while (from < end) {
		if (from % PER_ADAPTER == 0 && device_in(machine, family, from)) {
			*object = from;
			return true;
		}
		apid = from / PER_ADAPTER;
		apqi = from % PER_ADAPTER ? from % PER_ADAPTER - 1 : 0;
		queues = queues_of(machine, family, apid);
		apqi = queues && apqi < APC_IDS ? apc_mask_next(queues, apqi) : APC_IDS;
		if (apqi < APC_IDS) {
			*object = aps_queue_object(apid, apqi);
			return true;
		}
		from = (u64)(apid + 1) * PER_ADAPTER;
	}
	return false;
}

bool aps_family_next(const struct aps_machine *machine, enum aps_family family, u32 in,
		     u64 from, u32 *object)
{
	const u64 all = (u64)APC_IDS * PER_ADAPTER;
	const struct aps_mdev *mdev;
	u64 first;

	switch (family) {
	case APS_FAMILY_NONE:
		return false;
	case APS_FAMILY_MDEVS:
		mdev = from <= G_MAXUINT32 ? aps_machine_mdev_from(machine, from) : NULL;
		if (mdev)
			*object = mdev->id;
		return mdev;
	case APS_FAMILY_MDEV_SELF:
		*object = in;
		return from <= in;
	case APS_FAMILY_QUEUES:
		first = in + 1;
		return next_device(machine, family, MAX(from, first),
				   (u64)in + PER_ADAPTER, object);
	default:
		return next_device(machine, family, from, all, object);
	}
}

unsigned int aps_family_count(const struct aps_machine *machine, enum aps_family family,
			      u32 in)
{
	switch (family) {
	case APS_FAMILY_CARDS:
		return apc_mask_weight(&machine->bus.cards);
	case APS_FAMILY_QUEUES:
		return apc_mask_weight(&machine->bus.present[aps_object_apid(in)]);
	case APS_FAMILY_MDEVS:
		return machine->mdevs->len;
	case APS_FAMILY_MDEV_SELF:
		return 1;
	default:
		return 0;
	}
}
