// SPDX-License-Identifier: GPL-2.0
/*
 * Uevents: action, path and properties of each kind.
 */
#include "core-machine.h"

#define CARD_OWN  "DEVTYPE=ap_card|DRIVER=cex4card|DEV_TYPE=000B|MODALIAS=ap:t0B|MODE=cca|"
#define QUEUE_OWN "DEVTYPE=ap_queue|DRIVER=vfio_ap|MODE=cca|"
#define ZEROS	  "0x0000000000000000000000000000000000000000000000000000000000000000\n|"

/* With driver cex4card for cards and vfio_ap for queues. */
static const struct {
	const char *action;
	const char *path;
	const char *env;
} events[] = {
	[APC_EVENT_CARD_ADD] = { "add", "/card05", CARD_OWN },
	[APC_EVENT_CARD_REMOVE] = { "remove", "/card05", CARD_OWN },
	[APC_EVENT_CARD_BIND] = { "bind", "/card05", CARD_OWN },
	[APC_EVENT_CARD_UNBIND] = { "unbind", "/card05", CARD_OWN },
	[APC_EVENT_CARD_CONFIG] = { "change", "/card05", "CONFIG=1|" CARD_OWN },
	[APC_EVENT_CARD_ONLINE] = { "change", "/card05", "ONLINE=1|" CARD_OWN },
	[APC_EVENT_QUEUE_ADD] = { "add", "/card05/05.00ab", QUEUE_OWN },
	[APC_EVENT_QUEUE_REMOVE] = { "remove", "/card05/05.00ab", QUEUE_OWN },
	[APC_EVENT_QUEUE_BIND] = { "bind", "/card05/05.00ab", QUEUE_OWN },
	[APC_EVENT_QUEUE_UNBIND] = { "unbind", "/card05/05.00ab", QUEUE_OWN },
	[APC_EVENT_QUEUE_CONFIG] = { "change", "/card05/05.00ab", "CONFIG=1|" QUEUE_OWN },
	[APC_EVENT_QUEUE_ONLINE] = { "change", "/card05/05.00ab", "ONLINE=1|" QUEUE_OWN },
	[APC_EVENT_SCAN_INITIAL] = { "change", "", "INITSCAN=done|" },
	[APC_EVENT_BINDINGS_COMPLETE] = { "change", "",
					  "BINDINGS=complete|COMPLETECOUNT=1|" },
	[APC_EVENT_APMASK] = { "change", "", "APMASK=" ZEROS },
	[APC_EVENT_AQMASK] = { "change", "", "AQMASK=" ZEROS },
};

static_assert(G_N_ELEMENTS(events) == APC_EVENT_COUNT, "every event is tested");

static struct core_machine *machine_without_pool(void)
{
	struct core_machine *machine = core_machine_new_free();

	g_assert_cmpint(core_bus_write(machine, "aqmask", "0"), ==, 0);
	return machine;
}

static struct apc_event event_of(enum apc_event_type type)
{
	struct apc_event event = { .type = type, .apid = 5, .apqi = 0xab, .value = 1 };

	event.driver = APC_DRIVER_CEX4CARD;
	if (type >= APC_EVENT_QUEUE_ADD)
		event.driver = APC_DRIVER_VFIO_AP;
	return event;
}

static void each_kind_is_complete(void)
{
	struct core_machine *machine = machine_without_pool();
	unsigned int type;

	for (type = 0; type < APC_EVENT_COUNT; type++) {
		struct apc_event event = event_of(type);
		char path[64], env[256];
		size_t len, i;

		g_assert_cmpstr(apc_event_action(&event), ==, events[type].action);
		apc_event_path(&event, path, sizeof(path));
		g_assert_true(g_str_has_prefix(path, "/devices/ap"));
		g_assert_cmpstr(path + strlen("/devices/ap"), ==, events[type].path);
		len = apc_event_env(&machine->bus, &event, env, sizeof(env));
		for (i = 0; i < len; i++)
			if (!env[i])
				env[i] = '|';
		g_assert_cmpmem(env, len, events[type].env, strlen(events[type].env));
	}
	core_machine_free(machine);
}

static void nothing_is_written_beyond_size(void)
{
	struct core_machine *machine = machine_without_pool();
	unsigned int type, size;
	char text[128];

	for (type = 0; type < APC_EVENT_COUNT; type++)
		for (size = 0; size < sizeof(text); size++) {
			struct apc_event event = event_of(type);

			memset(text, '#', sizeof(text));
			apc_event_path(&event, text, size);
			g_assert_true(text[size] == '#');
			g_assert_true(!size || memchr(text, '\0', size));
			memset(text, '#', sizeof(text));
			apc_event_env(&machine->bus, &event, text, size);
			g_assert_true(text[size] == '#');
		}
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/event/each_kind_is_complete", each_kind_is_complete);
	g_test_add_func("/event/nothing_is_written_beyond_size",
			nothing_is_written_beyond_size);
	return g_test_run();
}
