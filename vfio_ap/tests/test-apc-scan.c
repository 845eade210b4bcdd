// SPDX-License-Identifier: GPL-2.0
/*
 * Scans: devices come and go with the hardware, and udev hears of it in the
 * kernel's order.
 */
#include "core-machine.h"

static struct core_machine *one_queue_machine(void)
{
	struct core_machine *machine = core_machine_new_empty();
	struct apc_hw_card card;

	apc_hw_card_init(&card, 14, APC_MODE_EP11);
	apc_hw_add_card(&machine->bus.hw, 0xa, &card);
	apc_hw_set_domain(&machine->bus.hw, 0x10, true, false);
	machine->log_events = true;
	return machine;
}

#define CARD	 "/devices/ap/card0a "
#define QUEUE	 "/devices/ap/card0a/0a.0010 "
#define CARD_ENV "DEV_TYPE=000E MODALIAS=ap:t0E MODE=ep11\n"

static void first_scan_events(void)
{
	struct core_machine *machine = one_queue_machine();

	apc_bus_scan(&machine->bus);
	core_assert_log(machine,
			"add " CARD "DEVTYPE=ap_card " CARD_ENV "bind " CARD
			"DEVTYPE=ap_card DRIVER=cex4card " CARD_ENV "add " QUEUE
			"DEVTYPE=ap_queue MODE=ep11\n"
			"bind " QUEUE "DEVTYPE=ap_queue DRIVER=cex4queue MODE=ep11\n"
			"change /devices/ap INITSCAN=done\n"
			"change /devices/ap BINDINGS=complete COMPLETECOUNT=1\n");
	apc_bus_scan(&machine->bus);
	core_assert_log(machine, "");
	core_assert_bus(machine, "scans", "2\n");
	core_machine_free(machine);
}

static void removed_card_events(void)
{
	struct core_machine *machine = one_queue_machine();

	apc_bus_scan(&machine->bus);
	g_string_truncate(machine->log, 0);
	apc_hw_remove_card(&machine->bus.hw, 0xa);
	apc_bus_scan(&machine->bus);
	core_assert_log(machine, "unbind " QUEUE "DEVTYPE=ap_queue MODE=ep11\n"
				 "remove " QUEUE "DEVTYPE=ap_queue MODE=ep11\n"
				 "unbind " CARD "DEVTYPE=ap_card " CARD_ENV "remove " CARD
				 "DEVTYPE=ap_card " CARD_ENV);
	core_assert_bus(machine, "bindings", "0/0 (complete)\n");
	core_machine_free(machine);
}

static void state_change_events(void)
{
	struct core_machine *machine = one_queue_machine();
	struct apc_hw_card *card = &machine->bus.hw.card[0xa];

	apc_bus_scan(&machine->bus);
	g_string_truncate(machine->log, 0);
	card->deconfigured = true;
	apc_bus_scan(&machine->bus);
	core_assert_log(
		machine,
		"change " CARD "CONFIG=0 DEVTYPE=ap_card DRIVER=cex4card " CARD_ENV
		"change " QUEUE "CONFIG=0 DEVTYPE=ap_queue DRIVER=cex4queue MODE=ep11\n");
	core_assert_device(machine, "0a.0010", "config", "0\n");
	core_assert_device(machine, "0a.0010", "online", "0\n");
	card->deconfigured = false;
	apc_bus_scan(&machine->bus);
	g_string_truncate(machine->log, 0);
	core_assert_device(machine, "0a.0010", "interrupt", "Interrupts enabled.\n");
	card->checkstopped = true;
	apc_bus_scan(&machine->bus);
	core_assert_log(machine, "");
	core_assert_device(machine, "card0a", "chkstop", "1\n");
	core_assert_device(machine, "0a.0010", "chkstop", "1\n");
	core_assert_device(machine, "0a.0010", "online", "0\n");
	core_machine_free(machine);
}

static void new_binding_is_complete_with_next_scan(void)
{
	struct core_machine *machine = one_queue_machine();

	apc_bus_scan(&machine->bus);
	core_bus_write(machine, "apmask", "-10");
	g_string_truncate(machine->log, 0);
	apc_bus_scan(&machine->bus);
	core_assert_log(machine,
			"change /devices/ap BINDINGS=complete COMPLETECOUNT=2\n");
	core_machine_free(machine);
}

static void other_card_in_same_slot_is_new_device(void)
{
	struct core_machine *machine = one_queue_machine();
	struct apc_hw_card card;

	apc_bus_scan(&machine->bus);
	machine->log_events = false;
	apc_hw_card_init(&card, 11, APC_MODE_CCA);
	apc_hw_add_card(&machine->bus.hw, 0xa, &card);
	core_assert_device(machine, "card0a", "type", "CEX8P\n");
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "card0a", "type", "CEX5C\n");
	core_machine_free(machine);
}

static void domains_come_and_go(void)
{
	struct core_machine *machine = core_machine_new();

	apc_hw_set_domain(&machine->bus.hw, 0x47, false, true);
	apc_hw_set_domain(&machine->bus.hw, 0x48, true, true);
	g_assert_true(apc_bus_has_queue(&machine->bus, 5, 0x47));
	apc_bus_scan(&machine->bus);
	g_assert_false(apc_bus_has_queue(&machine->bus, 5, 0x47));
	g_assert_true(apc_bus_has_queue(&machine->bus, 6, 0x48));
	core_assert_bus(machine, "bindings", "8/8 (complete)\n");
	core_machine_free(machine);
}

static void no_domain_no_card(void)
{
	struct core_machine *machine = one_queue_machine();

	machine->log_events = false;
	apc_hw_set_domain(&machine->bus.hw, 0x10, false, true);
	apc_bus_scan(&machine->bus);
	g_assert_true(apc_mask_empty(&machine->bus.cards));
	core_assert_bus(machine, "ap_domain", "-1\n");
	apc_hw_set_domain(&machine->bus.hw, 0x10, true, true);
	apc_bus_scan(&machine->bus);
	g_assert_true(apc_mask_test(&machine->bus.cards, 0xa));
	core_assert_bus(machine, "ap_domain", "16\n");
	core_machine_free(machine);
}

static void card_types_that_linux_knows(void)
{
	static const struct {
		u8 type;
		u8 flags;
		const char *hwtype;
		const char *raw;
	} cases[] = {
		{ 9, APC_QCI_QACT, "!2", "!2" },
		{ 10, APC_QCI_QACT, "10\n", "10\n" },
		{ 14, APC_QCI_APSC, "14\n", "14\n" },
		{ 15, APC_QCI_QACT, "14\n", "15\n" },
		{ 15, APC_QCI_APSC, "!2", "!2" },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct core_machine *machine = one_queue_machine();

		machine->log_events = false;
		machine->bus.hw.qci.flags = cases[i].flags | APC_QCI_APXA;
		machine->bus.hw.card[0xa].type = cases[i].type;
		apc_bus_scan(&machine->bus);
		core_assert_device(machine, "card0a", "hwtype", cases[i].hwtype);
		core_assert_device(machine, "card0a", "raw_hwtype", cases[i].raw);
		core_machine_free(machine);
	}
}

static void without_qci_ids_are_probed(void)
{
	struct core_machine *machine = one_queue_machine();

	machine->log_events = false;
	machine->bus.hw.qci.flags = 0;
	apc_hw_set_domain(&machine->bus.hw, 0xf, true, true);
	apc_bus_scan(&machine->bus);
	core_assert_bus(machine, "ap_adapter_mask", "not supported\n");
	core_assert_bus(machine, "features", "-\n");
	core_assert_bus(machine, "ap_max_domain_id", "15\n");
	g_assert_true(apc_bus_has_queue(&machine->bus, 0xa, 0xf));
	/* Domain 0x10 is beyond what can be asked for. */
	g_assert_false(apc_bus_has_queue(&machine->bus, 0xa, 0x10));
	core_machine_free(machine);
}

static void without_autoprobe_devices_wait(void)
{
	struct core_machine *machine = one_queue_machine();

	machine->log_events = false;
	g_assert_cmpint(core_bus_write(machine, "drivers_autoprobe", "0"), ==, 0);
	apc_bus_scan(&machine->bus);
	g_assert_cmpint(apc_bus_card_driver(&machine->bus, 0xa), ==, APC_DRIVER_NONE);
	core_assert_bus(machine, "bindings", "0/1\n");
	core_assert_device(machine, "card0a", "type", "!2");
	core_machine_free(machine);
}

static void largest_machine_scans_quickly(void)
{
	struct core_machine *machine = core_machine_new_empty();
	gint64 begin = g_get_monotonic_time();
	struct apc_hw_card card;
	unsigned int i;

	apc_hw_card_init(&card, 14, APC_MODE_CCA);
	for (i = 0; i < APC_IDS; i++) {
		apc_hw_add_card(&machine->bus.hw, i, &card);
		apc_hw_set_domain(&machine->bus.hw, i, true, true);
	}
	apc_bus_scan(&machine->bus);
	core_assert_bus(machine, "bindings", "65536/65536 (complete)\n");
	g_assert_cmpint(core_bus_write(machine, "apmask", "0"), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 255, 255), ==,
			APC_DRIVER_VFIO_AP);
	/* Some milliseconds; a walk over queues x devices would take minutes. */
	g_assert_cmpint(g_get_monotonic_time() - begin, <, 2 * G_USEC_PER_SEC);
	g_assert_cmpuint(sizeof(struct apc_bus), <, 1536 * 1024);
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/scan/first_scan_events", first_scan_events);
	g_test_add_func("/scan/removed_card_events", removed_card_events);
	g_test_add_func("/scan/state_change_events", state_change_events);
	g_test_add_func("/scan/new_binding_is_complete_with_next_scan",
			new_binding_is_complete_with_next_scan);
	g_test_add_func("/scan/other_card_in_same_slot_is_new_device",
			other_card_in_same_slot_is_new_device);
	g_test_add_func("/scan/domains_come_and_go", domains_come_and_go);
	g_test_add_func("/scan/no_domain_no_card", no_domain_no_card);
	g_test_add_func("/scan/card_types_that_linux_knows", card_types_that_linux_knows);
	g_test_add_func("/scan/without_qci_ids_are_probed", without_qci_ids_are_probed);
	g_test_add_func("/scan/without_autoprobe_devices_wait",
			without_autoprobe_devices_wait);
	g_test_add_func("/scan/largest_machine_scans_quickly",
			largest_machine_scans_quickly);
	return g_test_run();
}
