// SPDX-License-Identifier: GPL-2.0
/*
 * driver_override: user space names the driver of a single queue, and the masks
 * mean nothing to it.  The kernel has either names or masks, never both.
 */
#include "apc_device.h"

#define APC_OVERRIDE_HOST   1
#define APC_OVERRIDE_GUESTS 2
#define APC_OVERRIDE_OTHERS 3
/* One less than a page and its NUL. */
#define APC_OVERRIDE_MAX 4095

static void apc_override_name(struct apc_bus *bus, u8 number, const char *name)
{
	memcpy(bus->overrides.name[number], name, strlen(name) + 1);
}

void apc_overrides_init(struct apc_bus *bus)
{
	apc_override_name(bus, APC_OVERRIDE_HOST, apc_driver_name(APC_DRIVER_CEX4QUEUE));
	apc_override_name(bus, APC_OVERRIDE_GUESTS, apc_driver_name(APC_DRIVER_VFIO_AP));
}

const char *apc_bus_override(const struct apc_bus *bus, unsigned int apid,
			     unsigned int apqi)
{
	u8 number = bus->overrides.of[apid][apqi];

	return number ? bus->overrides.name[number] : "";
}

void apc_driver_rows(const struct apc_bus *bus, unsigned int apid, struct apc_mask *host,
		     struct apc_mask *guests)
{
	const u8 *of = bus->overrides.of[apid];
	unsigned int apqi;

	apc_pool_row(bus, apid, host);
	apc_mask_fill(guests);
	apc_mask_andnot(guests, guests, host);
	if (!bus->overrides.count)
		return;
	apc_mask_for_each(apqi, &bus->present[apid]) {
		if (!of[apqi])
			continue;
		apc_mask_assign(host, apqi, of[apqi] == APC_OVERRIDE_HOST);
		apc_mask_assign(guests, apqi, of[apqi] == APC_OVERRIDE_GUESTS);
	}
}

void apc_overrides_rebound(struct apc_bus *bus, unsigned int apid)
{
	struct apc_mask *row = &bus->overrides.free[apid];
	unsigned int apqi;

	if (!bus->overrides.count && apc_mask_empty(row))
		return;
	apc_mask_zero(row);
	apc_mask_for_each(apqi, &bus->matrix.bound[apid])
		apc_mask_assign(row, apqi, bus->overrides.of[apid][apqi]);
}

/*
 * The kernel forgets the name with the device, but goes on counting it: after that
 * it takes no mask any more.
 */
void apc_overrides_forget(struct apc_bus *bus, unsigned int apid,
			  const struct apc_mask *domains)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, domains)
		bus->overrides.of[apid][apqi] = 0;
	apc_overrides_rebound(bus, apid);
}

static bool apc_override_is_used(const struct apc_bus *bus, u8 number)
{
	unsigned int apid, apqi;

	apc_mask_for_each(apid, &bus->cards)
		apc_mask_for_each(apqi, &bus->present[apid])
			if (bus->overrides.of[apid][apqi] == number)
				return true;
	return false;
}

/* The number of a name of @len bytes; 0 when there is no room for it. */
static u8 apc_override_number(struct apc_bus *bus, const char *text, size_t len)
{
	struct apc_overrides *overrides = &bus->overrides;
	u8 number;

	if (len >= APC_OVERRIDE_SIZE)
		return 0;
	for (number = APC_OVERRIDE_HOST; number < APC_OVERRIDES; number++)
		if (strlen(overrides->name[number]) == len &&
		    !memcmp(overrides->name[number], text, len) &&
		    (number < APC_OVERRIDE_OTHERS || apc_override_is_used(bus, number)))
			return number;
	for (number = APC_OVERRIDE_OTHERS; number < APC_OVERRIDES; number++) {
		if (apc_override_is_used(bus, number))
			continue;
		memcpy(overrides->name[number], text, len);
		overrides->name[number][len] = '\0';
		return number;
	}
	return 0;
}

/* Up to the newline, and to a NUL before that. */
static size_t apc_override_length(const char *text, size_t len)
{
	size_t end = 0;

	while (end < len && text[end] && text[end] != '\n')
		end++;
	return end;
}

int apc_bus_set_override(struct apc_bus *bus, unsigned int apid, unsigned int apqi,
			 const char *text, size_t len)
{
	u8 *of = &bus->overrides.of[apid][apqi];
	u8 number = 0;

	if (!apc_pool_is_whole(&bus->pool) || len >= APC_OVERRIDE_MAX)
		return -EINVAL;
	/* A NUL in front is an empty name, and no driver has that. */
	if (len && *text != '\n') {
		number = apc_override_number(bus, text, apc_override_length(text, len));
		if (!number)
			return -ENOMEM;
	}
	if (*of && !number)
		bus->overrides.count--;
	else if (!*of && number)
		bus->overrides.count++;
	*of = number;
	apc_overrides_rebound(bus, apid);
	return 0;
}
