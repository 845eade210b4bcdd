// SPDX-License-Identifier: GPL-2.0
/*
 * Uevents of the AP bus: what udev gets to see when the machine changes.
 */
#include "apc_attr_table.h"

static const char *const apc_event_actions[] = {
	[APC_EVENT_CARD_ADD] = "add",	     [APC_EVENT_CARD_REMOVE] = "remove",
	[APC_EVENT_CARD_BIND] = "bind",	     [APC_EVENT_CARD_UNBIND] = "unbind",
	[APC_EVENT_CARD_CONFIG] = "change",  [APC_EVENT_CARD_ONLINE] = "change",
	[APC_EVENT_QUEUE_ADD] = "add",	     [APC_EVENT_QUEUE_REMOVE] = "remove",
	[APC_EVENT_QUEUE_BIND] = "bind",     [APC_EVENT_QUEUE_UNBIND] = "unbind",
	[APC_EVENT_QUEUE_CONFIG] = "change", [APC_EVENT_QUEUE_ONLINE] = "change",
	[APC_EVENT_SCAN_INITIAL] = "change", [APC_EVENT_BINDINGS_COMPLETE] = "change",
	[APC_EVENT_APMASK] = "change",	     [APC_EVENT_AQMASK] = "change",
};

static_assert(APC_ARRAY_SIZE(apc_event_actions) == APC_EVENT_COUNT,
	      "every event has an action");

const char *apc_event_action(const struct apc_event *event)
{
	return apc_event_actions[event->type];
}

static bool apc_event_of_card(const struct apc_event *event)
{
	return event->type <= APC_EVENT_CARD_ONLINE;
}

static bool apc_event_of_queue(const struct apc_event *event)
{
	return event->type >= APC_EVENT_QUEUE_ADD &&
	       event->type <= APC_EVENT_QUEUE_ONLINE;
}

size_t apc_event_path(const struct apc_event *event, char *buf, size_t size)
{
	struct apc_out out;

	apc_out_init(&out, 0, buf, size ? size - 1 : 0);
	apc_out_text(&out, "/devices/ap");
	if (apc_event_of_card(event) || apc_event_of_queue(event)) {
		apc_out_text(&out, "/card");
		apc_out_hex(&out, event->apid, 2);
	}
	if (apc_event_of_queue(event)) {
		apc_out_char(&out, '/');
		apc_out_queue(&out, event->apid, event->apqi);
	}
	if (size)
		buf[apc_out_written(&out)] = '\0';
	return out.pos;
}

/* --- properties -------------------------------------------------------------- */

static void apc_prop(struct apc_out *out, const char *key, const char *value, char end)
{
	apc_out_text(out, key);
	apc_out_char(out, '=');
	apc_out_text(out, value);
	apc_out_char(out, end);
}

static void apc_prop_dec(struct apc_out *out, const char *key, u64 value, char end)
{
	apc_out_text(out, key);
	apc_out_char(out, '=');
	apc_out_dec(out, value);
	apc_out_char(out, end);
}

static void apc_prop_driver(struct apc_out *out, enum apc_driver driver, char end)
{
	if (driver != APC_DRIVER_NONE)
		apc_prop(out, "DRIVER", apc_driver_name(driver), end);
}

static void apc_prop_mode(const struct apc_bus *bus, unsigned int apid,
			  struct apc_out *out, char end)
{
	static const char *const names[] = {
		[APC_MODE_ACCEL] = "accel",
		[APC_MODE_CCA] = "cca",
		[APC_MODE_EP11] = "ep11",
	};
	enum apc_mode mode = apc_hw_card_mode(&bus->card[apid].hw);

	if (mode != APC_MODE_NONE)
		apc_prop(out, "MODE", names[mode], end);
}

static void apc_props_card(const struct apc_bus *bus, unsigned int apid,
			   enum apc_driver driver, struct apc_out *out, char end)
{
	unsigned int type = bus->card[apid].type;

	apc_prop(out, "DEVTYPE", "ap_card", end);
	apc_prop_driver(out, driver, end);
	apc_out_text(out, "DEV_TYPE=");
	apc_out_hex_upper(out, type, 4);
	apc_out_char(out, end);
	apc_out_text(out, "MODALIAS=ap:t");
	apc_out_hex_upper(out, type, 2);
	apc_out_char(out, end);
	apc_prop_mode(bus, apid, out, end);
}

static void apc_props_queue(const struct apc_bus *bus, unsigned int apid,
			    enum apc_driver driver, struct apc_out *out, char end)
{
	apc_prop(out, "DEVTYPE", "ap_queue", end);
	apc_prop_driver(out, driver, end);
	apc_prop_mode(bus, apid, out, end);
}

/* The kernel puts a newline into these two. */
static void apc_prop_pool(const char *key, const struct apc_mask *mask,
			  struct apc_out *out)
{
	apc_out_text(out, key);
	apc_out_char(out, '=');
	apc_print_mask(mask, '\n', out);
	apc_out_char(out, '\0');
}

/* What is peculiar to the event; the kernel puts it before the device's own. */
static void apc_props_event(const struct apc_bus *bus, const struct apc_event *event,
			    struct apc_out *out)
{
	switch (event->type) {
	case APC_EVENT_CARD_CONFIG:
	case APC_EVENT_QUEUE_CONFIG:
		apc_prop_dec(out, "CONFIG", event->value, '\0');
		break;
	case APC_EVENT_CARD_ONLINE:
	case APC_EVENT_QUEUE_ONLINE:
		apc_prop_dec(out, "ONLINE", event->value, '\0');
		break;
	case APC_EVENT_SCAN_INITIAL:
		apc_prop(out, "INITSCAN", "done", '\0');
		break;
	case APC_EVENT_BINDINGS_COMPLETE:
		apc_prop(out, "BINDINGS", "complete", '\0');
		apc_prop_dec(out, "COMPLETECOUNT", event->value, '\0');
		break;
	case APC_EVENT_APMASK:
		apc_prop_pool("APMASK", &bus->pool.apm, out);
		break;
	case APC_EVENT_AQMASK:
		apc_prop_pool("AQMASK", &bus->pool.aqm, out);
		break;
	case APC_EVENT_CARD_ADD:
	case APC_EVENT_CARD_REMOVE:
	case APC_EVENT_CARD_BIND:
	case APC_EVENT_CARD_UNBIND:
	case APC_EVENT_QUEUE_ADD:
	case APC_EVENT_QUEUE_REMOVE:
	case APC_EVENT_QUEUE_BIND:
	case APC_EVENT_QUEUE_UNBIND:
	case APC_EVENT_COUNT:
		break;
	}
}

size_t apc_event_env(const struct apc_bus *bus, const struct apc_event *event, char *buf,
		     size_t size)
{
	struct apc_out out;

	apc_out_init(&out, 0, buf, size);
	apc_props_event(bus, event, &out);
	if (apc_event_of_card(event))
		apc_props_card(bus, event->apid, event->driver, &out, '\0');
	else if (apc_event_of_queue(event))
		apc_props_queue(bus, event->apid, event->driver, &out, '\0');
	return out.pos;
}

void apc_print_uevent(const struct apc_bus *bus, const struct apc_object *object,
		      struct apc_out *out)
{
	switch (object->kind) {
	case APC_KIND_CARD:
		apc_props_card(bus, object->apid, apc_bus_card_driver(bus, object->apid),
			       out, '\n');
		break;
	case APC_KIND_QUEUE:
		apc_props_queue(bus, object->apid,
				apc_bus_queue_driver(bus, object->apid, object->apqi),
				out, '\n');
		break;
	case APC_KIND_MATRIX:
		apc_prop(out, "DRIVER", "vfio_ap", '\n');
		break;
	case APC_KIND_MDEV:
		apc_prop(out, "DRIVER", "vfio_ap_mdev", '\n');
		break;
	case APC_KIND_BUS:
	case APC_KIND_MDEV_TYPE:
	case APC_KIND_COUNT:
		break;
	}
}
