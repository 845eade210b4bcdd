// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a queue.  Which there are depends on the driver that has it.
 * Nobody sends requests here: their counters are what apc_bus_request() was told.
 */
#include "apc_attr_table.h"
#include "apc_device.h"

static bool apc_queue_bit(const struct apc_mask *table, const struct apc_object *object)
{
	return apc_mask_test(&table[object->apid], object->apqi);
}

static enum apc_driver apc_queue_driver(const struct apc_bus *bus,
					const struct apc_object *object)
{
	return apc_bus_queue_driver(bus, object->apid, object->apqi);
}

static bool apc_queue_is_host(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_queue_driver(bus, object) == APC_DRIVER_CEX4QUEUE;
}

static bool apc_queue_is_vfio(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_queue_driver(bus, object) == APC_DRIVER_VFIO_AP;
}

static enum apc_mode apc_queue_mode(const struct apc_bus *bus,
				    const struct apc_object *object)
{
	return apc_hw_card_mode(&bus->card[object->apid].hw);
}

static bool apc_queue_has_keys(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_queue_is_host(bus, object) &&
	       apc_queue_mode(bus, object) != APC_MODE_ACCEL;
}

static bool apc_queue_is_ep11(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_queue_is_host(bus, object) &&
	       apc_queue_mode(bus, object) == APC_MODE_EP11;
}

static int apc_show_requests(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	if (apc_queue_bit(bus->operating, object))
		apc_out_dec_line(out, bus->requests[object->apid][object->apqi]);
	else
		apc_out_text(out, "-\n");
	return 0;
}

static int apc_store_requests(struct apc_bus *bus, const struct apc_object *object,
			      const char *text, size_t len)
{
	bus->requests[object->apid][object->apqi] = 0;
	return 0;
}

static int apc_show_waiting(const struct apc_bus *bus, const struct apc_object *object,
			    struct apc_out *out)
{
	bool runs = apc_queue_bit(bus->operating, object);

	apc_out_dec_line(out, runs ? bus->waiting[object->apid][object->apqi] : 0);
	return 0;
}

static int apc_show_zero(const struct apc_bus *bus, const struct apc_object *object,
			 struct apc_out *out)
{
	apc_out_dec_line(out, 0);
	return 0;
}

static int apc_show_reset(const struct apc_bus *bus, const struct apc_object *object,
			  struct apc_out *out)
{
	apc_out_text(out, apc_queue_bit(bus->resetting, object)
				  ? "Reset in progress.\n"
				  : "No Reset Timer set.\n");
	return 0;
}

/* The bus resets the queue if it works with it; else it does when it comes to that. */
static int apc_store_reset(struct apc_bus *bus, const struct apc_object *object,
			   const char *text, size_t len)
{
	struct apc_mask one = { { 0 } };

	apc_mask_set(&one, object->apqi);
	apc_mask_set(&bus->resetting[object->apid], object->apqi);
	apc_queues_work(bus, object->apid, &one);
	apc_queues_poll(bus);
	return 0;
}

static int apc_show_interrupt(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	bool on = apc_bus_can(bus, APC_CAP_ASK_IRQ)
			  ? apc_hw_has_irq(&bus->hw, object->apid, object->apqi)
			  : apc_queue_bit(bus->irq_seen, object);

	apc_out_text(out, on ? "Interrupts enabled.\n" : "Interrupts disabled.\n");
	return 0;
}

static int apc_show_config(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_out_dec_line(out, apc_queue_bit(bus->config, object));
	return 0;
}

static int apc_show_chkstop(const struct apc_bus *bus, const struct apc_object *object,
			    struct apc_out *out)
{
	apc_out_dec_line(out, apc_queue_bit(bus->chkstop, object));
	return 0;
}

static int apc_show_functions(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	u32 functions = bus->hw.card[object->apid].functions;

	/* Asked from the queue: one that has just gone does not know. */
	if (apc_hw_tapq(&bus->hw, object->apid, object->apqi) == APC_RC_Q_NOT_AVAIL)
		functions = 0;
	apc_out_text(out, "0x");
	apc_out_hex_upper(out, functions, 8);
	apc_out_char(out, '\n');
	return 0;
}

static int apc_show_online(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	bool usable = apc_queue_usable(bus, object->apid, object->apqi);

	apc_out_dec_line(out, usable && apc_queue_bit(bus->online, object));
	return 0;
}

static int apc_store_online(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	return apc_bus_set_queue_online(bus, object->apid, object->apqi, text, len);
}

/* Master keys as the driver prints them when the card does not answer. */
static int apc_show_keys(const struct apc_bus *bus, const struct apc_object *object,
			 struct apc_out *out)
{
	static const char *const cca[] = {
		"AES NEW: - -\n",  "AES CUR: - -\n",  "AES OLD: - -\n",
		"APKA NEW: - -\n", "APKA CUR: - -\n", "APKA OLD: - -\n",
		"ASYM NEW: - -\n", "ASYM CUR: - -\n", "ASYM OLD: - -\n",
	};
	unsigned int i;

	if (apc_queue_mode(bus, object) == APC_MODE_EP11) {
		apc_out_text(out, "WK CUR: - -\nWK NEW: - -\n");
		return 0;
	}
	for (i = 0; i < APC_ARRAY_SIZE(cca); i++)
		apc_out_text(out, cca[i]);
	return 0;
}

static int apc_show_op_modes(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	apc_out_char(out, '\n');
	return 0;
}

static int apc_show_status(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_print_status(&bus->matrix, object->apid, object->apqi, out);
	return 0;
}

static int apc_show_override(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	apc_out_text(out, apc_bus_override(bus, object->apid, object->apqi));
	apc_out_char(out, '\n');
	return 0;
}

static int apc_store_override(struct apc_bus *bus, const struct apc_object *object,
			      const char *text, size_t len)
{
	return apc_bus_set_override(bus, object->apid, object->apqi, text, len);
}

static const struct apc_attr apc_queue_attrs[] = {
	{ "ap_functions", APC_RO, apc_has_newer_attributes, apc_show_functions, NULL },
	{ "chkstop", APC_RO, NULL, apc_show_chkstop, NULL },
	{ "config", APC_RO, NULL, apc_show_config, NULL },
	{ "driver_override", APC_RW, apc_has_override, apc_show_override,
	  apc_store_override },
	{ "interrupt", APC_RO, NULL, apc_show_interrupt, NULL },
	{ "load", APC_RO, apc_queue_is_host, apc_show_zero, NULL },
	{ "mkvps", APC_RO, apc_queue_has_keys, apc_show_keys, NULL },
	{ "online", APC_RW, apc_queue_is_host, apc_show_online, apc_store_online },
	{ "op_modes", APC_RO, apc_queue_is_ep11, apc_show_op_modes, NULL },
	{ "pendingq_count", APC_RO, NULL, apc_show_waiting, NULL },
	{ "request_count", APC_RW, NULL, apc_show_requests, apc_store_requests },
	{ "requestq_count", APC_RO, NULL, apc_show_zero, NULL },
	{ "reset", APC_RW, NULL, apc_show_reset, apc_store_reset },
	{ "status", APC_RO, apc_queue_is_vfio, apc_show_status, NULL },
};

const struct apc_attr_table apc_attrs_of_queue = {
	.attrs = apc_queue_attrs,
	.count = APC_ARRAY_SIZE(apc_queue_attrs),
};
