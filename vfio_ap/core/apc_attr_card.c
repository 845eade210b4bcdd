// SPDX-License-Identifier: GPL-2.0
/*
 * The files of a card.  Some come with its driver; those that ask the card
 * itself print what they do when it does not answer.
 */
#include "apc_attr_table.h"
#include "apc_device.h"

static const struct apc_card *apc_card_of(const struct apc_bus *bus,
					  const struct apc_object *object)
{
	return &bus->card[object->apid];
}

static bool apc_card_driven(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_bus_card_driver(bus, object->apid) == APC_DRIVER_CEX4CARD;
}

static enum apc_mode apc_card_mode(const struct apc_bus *bus,
				   const struct apc_object *object)
{
	return apc_hw_card_mode(&apc_card_of(bus, object)->hw);
}

static bool apc_card_is_ep11(const struct apc_bus *bus, const struct apc_object *object)
{
	return apc_card_driven(bus, object) &&
	       apc_card_mode(bus, object) == APC_MODE_EP11;
}

static bool apc_card_has_serial(const struct apc_bus *bus,
				const struct apc_object *object)
{
	return apc_card_driven(bus, object) &&
	       apc_card_mode(bus, object) != APC_MODE_ACCEL;
}

static int apc_show_hwtype(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->type);
	return 0;
}

static int apc_show_raw_hwtype(const struct apc_bus *bus, const struct apc_object *object,
			       struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->hw.type);
	return 0;
}

static int apc_show_depth(const struct apc_bus *bus, const struct apc_object *object,
			  struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->hw.depth -
				      !apc_bus_can(bus, APC_CAP_DEPTH));
	return 0;
}

static int apc_show_functions(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	apc_out_text(out, "0x");
	apc_out_hex_upper(out, apc_card_of(bus, object)->hw.functions, 8);
	apc_out_char(out, '\n');
	return 0;
}

static int apc_show_requests(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->requests);
	return 0;
}

static int apc_store_requests(struct apc_bus *bus, const struct apc_object *object,
			      const char *text, size_t len)
{
	bus->card[object->apid].requests = 0;
	return 0;
}

static int apc_show_waiting(const struct apc_bus *bus, const struct apc_object *object,
			    struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->waiting);
	return 0;
}

static int apc_show_pending(const struct apc_bus *bus, const struct apc_object *object,
			    struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->pending);
	return 0;
}

static int apc_show_modalias(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	apc_out_text(out, "ap:t");
	apc_out_hex_upper(out, apc_card_of(bus, object)->type, 2);
	apc_out_char(out, '\n');
	return 0;
}

static int apc_show_config(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->config);
	return 0;
}

static int apc_store_config(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	return apc_bus_set_card_config(bus, object->apid, text, len);
}

static int apc_show_chkstop(const struct apc_bus *bus, const struct apc_object *object,
			    struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->chkstop);
	return 0;
}

static int apc_show_msg_size(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->hw.max_msg_size);
	return 0;
}

/* CEX4 is hardware type 10, and so on. */
static int apc_show_type(const struct apc_bus *bus, const struct apc_object *object,
			 struct apc_out *out)
{
	static const char letters[] = {
		[APC_MODE_NONE] = '-',
		[APC_MODE_ACCEL] = 'A',
		[APC_MODE_CCA] = 'C',
		[APC_MODE_EP11] = 'P',
	};

	apc_out_text(out, "CEX");
	apc_out_dec(out, apc_card_of(bus, object)->type - APC_TYPE_CEX4 + 4);
	apc_out_char(out, letters[apc_card_mode(bus, object)]);
	apc_out_char(out, '\n');
	return 0;
}

static int apc_show_online(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	const struct apc_card *card = apc_card_of(bus, object);

	apc_out_dec_line(out, apc_card_usable(bus, object->apid) && card->online);
	return 0;
}

static int apc_store_online(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	return apc_bus_set_card_online(bus, object->apid, text, len);
}

static int apc_show_load(const struct apc_bus *bus, const struct apc_object *object,
			 struct apc_out *out)
{
	apc_out_dec_line(out, apc_card_of(bus, object)->load);
	return 0;
}

/* No card answers here; this is what the driver prints then. */
static int apc_show_no_answer(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	apc_out_char(out, '\n');
	return 0;
}

static const struct apc_attr apc_card_attrs[] = {
	{ "API_ordinalnr", APC_RO, apc_card_is_ep11, apc_show_no_answer, NULL },
	{ "FW_version", APC_RO, apc_card_is_ep11, apc_show_no_answer, NULL },
	{ "ap_functions", APC_RO, NULL, apc_show_functions, NULL },
	{ "chkstop", APC_RO, NULL, apc_show_chkstop, NULL },
	{ "config", APC_RW, NULL, apc_show_config, apc_store_config },
	{ "depth", APC_RO, NULL, apc_show_depth, NULL },
	{ "hwtype", APC_RO, NULL, apc_show_hwtype, NULL },
	{ "load", APC_RO, apc_card_driven, apc_show_load, NULL },
	{ "max_msg_size", APC_RO, NULL, apc_show_msg_size, NULL },
	{ "modalias", APC_RO, NULL, apc_show_modalias, NULL },
	{ "online", APC_RW, apc_card_driven, apc_show_online, apc_store_online },
	{ "op_modes", APC_RO, apc_card_is_ep11, apc_show_no_answer, NULL },
	{ "pendingq_count", APC_RO, NULL, apc_show_pending, NULL },
	{ "raw_hwtype", APC_RO, NULL, apc_show_raw_hwtype, NULL },
	{ "request_count", APC_RW, NULL, apc_show_requests, apc_store_requests },
	{ "requestq_count", APC_RO, NULL, apc_show_waiting, NULL },
	{ "serialnr", APC_RO, apc_card_has_serial, apc_show_no_answer, NULL },
	{ "type", APC_RO, apc_card_driven, apc_show_type, NULL },
};

const struct apc_attr_table apc_attrs_of_card = {
	.attrs = apc_card_attrs,
	.count = APC_ARRAY_SIZE(apc_card_attrs),
};
