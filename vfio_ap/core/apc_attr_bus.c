// SPDX-License-Identifier: GPL-2.0
/*
 * The files of /sys/bus/ap.
 */
#include "apc_attr_table.h"

#define APC_CONFIG_TIME_MIN 5
#define APC_CONFIG_TIME_MAX 120
/* 120 s in ns */
#define APC_POLL_TIMEOUT_MAX 120000000000ULL

static int apc_show_qci_mask(const struct apc_bus *bus, const struct apc_mask *mask,
			     struct apc_out *out)
{
	if (bus->qci.flags)
		apc_print_mask(mask, '\n', out);
	else
		apc_out_text(out, "not supported\n");
	return 0;
}

static int apc_show_adapters(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	return apc_show_qci_mask(bus, &bus->qci.config.apm, out);
}

static int apc_show_usage(const struct apc_bus *bus, const struct apc_object *object,
			  struct apc_out *out)
{
	return apc_show_qci_mask(bus, &bus->qci.config.aqm, out);
}

static int apc_show_control(const struct apc_bus *bus, const struct apc_object *object,
			    struct apc_out *out)
{
	return apc_show_qci_mask(bus, &bus->qci.config.adm, out);
}

static int apc_show_apmask(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_print_mask(&bus->pool.apm, '\n', out);
	return 0;
}

static int apc_show_aqmask(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	apc_print_mask(&bus->pool.aqm, '\n', out);
	return 0;
}

static int apc_show_domain(const struct apc_bus *bus, const struct apc_object *object,
			   struct apc_out *out)
{
	if (bus->domain < 0)
		apc_out_text(out, "-1\n");
	else
		apc_out_dec_line(out, bus->domain);
	return 0;
}

static int apc_show_max_adapter(const struct apc_bus *bus,
				const struct apc_object *object, struct apc_out *out)
{
	apc_out_dec_line(out, apc_qci_bus_max_adapter(&bus->qci));
	return 0;
}

static int apc_show_max_domain(const struct apc_bus *bus, const struct apc_object *object,
			       struct apc_out *out)
{
	apc_out_dec_line(out, apc_qci_bus_max_domain(&bus->qci));
	return 0;
}

static int apc_show_interrupts(const struct apc_bus *bus, const struct apc_object *object,
			       struct apc_out *out)
{
	apc_out_dec_line(out, bus->hw.interrupts);
	return 0;
}

static int apc_show_config_time(const struct apc_bus *bus,
				const struct apc_object *object, struct apc_out *out)
{
	apc_out_dec_line(out, bus->config_time);
	return 0;
}

static int apc_show_poll_thread(const struct apc_bus *bus,
				const struct apc_object *object, struct apc_out *out)
{
	apc_out_dec_line(out, bus->poll_thread);
	return 0;
}

static int apc_show_poll_timeout(const struct apc_bus *bus,
				 const struct apc_object *object, struct apc_out *out)
{
	apc_out_dec_line(out, bus->poll_timeout);
	return 0;
}

static int apc_show_scans(const struct apc_bus *bus, const struct apc_object *object,
			  struct apc_out *out)
{
	apc_out_dec_line(out, bus->scans);
	return 0;
}

static int apc_show_bindings(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	unsigned int queues, bound;

	apc_bus_count(bus, &queues, &bound);
	apc_out_dec(out, bound);
	apc_out_char(out, '/');
	apc_out_dec(out, queues);
	if (bus->scans && bound == queues)
		apc_out_text(out, " (complete)");
	apc_out_char(out, '\n');
	return 0;
}

static int apc_show_completions(const struct apc_bus *bus,
				const struct apc_object *object, struct apc_out *out)
{
	apc_out_dec_line(out, bus->completions);
	return 0;
}

static int apc_show_features(const struct apc_bus *bus, const struct apc_object *object,
			     struct apc_out *out)
{
	static const char *const names[] = { "APSC", "APXA", "QACT", "RC8A", "APSB" };
	const char *separator = "";
	unsigned int i;

	for (i = 0; i < APC_ARRAY_SIZE(names); i++) {
		if (!(bus->qci.flags & 1u << i))
			continue;
		apc_out_text(out, separator);
		apc_out_text(out, names[i]);
		separator = " ";
	}
	apc_out_text(out, bus->qci.flags ? "\n" : "-\n");
	return 0;
}

static int apc_show_autoprobe(const struct apc_bus *bus, const struct apc_object *object,
			      struct apc_out *out)
{
	apc_out_dec_line(out, bus->autoprobe);
	return 0;
}

static int apc_store_apmask(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	return apc_bus_set_apmask(bus, text, len);
}

static int apc_store_aqmask(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	return apc_bus_set_aqmask(bus, text, len);
}

static int apc_store_domain(struct apc_bus *bus, const struct apc_object *object,
			    const char *text, size_t len)
{
	return apc_bus_set_domain(bus, text, len);
}

static int apc_store_config_time(struct apc_bus *bus, const struct apc_object *object,
				 const char *text, size_t len)
{
	int seconds;

	if (apc_parse_int(text, len, false, &seconds) || seconds < APC_CONFIG_TIME_MIN ||
	    seconds > APC_CONFIG_TIME_MAX)
		return -EINVAL;
	bus->config_time = seconds;
	bus->timer_set++;
	return 0;
}

static int apc_parse_poll_thread(const struct apc_bus *bus, const char *text, size_t len,
				 bool *on)
{
	int value, rc;

	if (apc_bus_can(bus, APC_CAP_STRICT))
		return apc_parse_bool(text, len, on);
	rc = apc_parse_int(text, len, false, &value);
	if (!rc)
		*on = value;
	return rc;
}

static int apc_store_poll_thread(struct apc_bus *bus, const struct apc_object *object,
				 const char *text, size_t len)
{
	bool on;

	if (apc_parse_poll_thread(bus, text, len, &on))
		return -EINVAL;
	/* With interrupts nobody has to poll, and the thread is not started. */
	bus->poll_thread = on && !bus->hw.interrupts;
	return 0;
}

static int apc_store_poll_timeout(struct apc_bus *bus, const struct apc_object *object,
				  const char *text, size_t len)
{
	bool strict = apc_bus_can(bus, APC_CAP_STRICT);
	u64 timeout;
	int rc;

	if (strict)
		rc = apc_parse_ulong(text, len, &timeout);
	else
		rc = apc_parse_leading_u64(text, len, &timeout);
	if (rc)
		return rc;
	if (timeout > APC_POLL_TIMEOUT_MAX || (!timeout && !strict))
		return -EINVAL;
	bus->poll_timeout = timeout;
	return 0;
}

static int apc_store_scans(struct apc_bus *bus, const struct apc_object *object,
			   const char *text, size_t len)
{
	apc_bus_scan(bus);
	return 0;
}

static int apc_store_autoprobe(struct apc_bus *bus, const struct apc_object *object,
			       const char *text, size_t len)
{
	bus->autoprobe = !len || *text != '0';
	return 0;
}

static int apc_store_probe(struct apc_bus *bus, const struct apc_object *object,
			   const char *text, size_t len)
{
	return apc_bus_probe(bus, text, len);
}

static const struct apc_attr apc_bus_attrs[] = {
	{ "ap_adapter_mask", APC_RO, NULL, apc_show_adapters, NULL },
	{ "ap_control_domain_mask", APC_RO, NULL, apc_show_control, NULL },
	{ "ap_domain", APC_RW, NULL, apc_show_domain, apc_store_domain },
	{ "ap_interrupts", APC_RO, NULL, apc_show_interrupts, NULL },
	{ "ap_max_adapter_id", APC_RO, NULL, apc_show_max_adapter, NULL },
	{ "ap_max_domain_id", APC_RO, NULL, apc_show_max_domain, NULL },
	{ "ap_usage_domain_mask", APC_RO, NULL, apc_show_usage, NULL },
	{ "apmask", APC_RW, NULL, apc_show_apmask, apc_store_apmask },
	{ "aqmask", APC_RW, NULL, apc_show_aqmask, apc_store_aqmask },
	{ "bindings", APC_RO, NULL, apc_show_bindings, NULL },
	{ "bindings_complete_count", APC_RO, apc_has_override, apc_show_completions,
	  NULL },
	{ "config_time", APC_RW, NULL, apc_show_config_time, apc_store_config_time },
	{ "drivers_autoprobe", APC_RW, NULL, apc_show_autoprobe, apc_store_autoprobe },
	{ "drivers_probe", APC_WO, NULL, NULL, apc_store_probe },
	{ "features", APC_RO, apc_has_newer_attributes, apc_show_features, NULL },
	{ "poll_thread", APC_RW, NULL, apc_show_poll_thread, apc_store_poll_thread },
	{ "poll_timeout", APC_RW, NULL, apc_show_poll_timeout, apc_store_poll_timeout },
	{ "scans", APC_RW, NULL, apc_show_scans, apc_store_scans },
};

const struct apc_attr_table apc_attrs_of_bus = {
	.attrs = apc_bus_attrs,
	.count = APC_ARRAY_SIZE(apc_bus_attrs),
};
