// SPDX-License-Identifier: GPL-2.0
/*
 * What an older kernel shows differently, and how the bus works with its queues.
 * All of it was seen on real buses, see tests/fidelity.
 */
#include "core-machine.h"

#define FULL "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

/* Two cards and four domains of a bus that behaves as that of Linux 6.1. */
static struct core_machine *old_machine(void)
{
	struct core_machine *machine = core_machine_new_empty();
	struct apc_hw_card card;

	machine->bus.caps = APC_CAPS_6_1;
	apc_hw_card_init(&card, 14, APC_MODE_EP11);
	apc_hw_add_card(&machine->bus.hw, 5, &card);
	apc_hw_set_domain(&machine->bus.hw, 4, true, true);
	apc_hw_set_domain(&machine->bus.hw, 0x47, true, true);
	apc_bus_scan(&machine->bus);
	return machine;
}

static void newer_attributes_missing_before(void)
{
	struct core_machine *machine = old_machine();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_assert_bus(machine, "features", "!2");
	core_assert_device(machine, "05.0004", "ap_functions", "!2");
	core_assert_mdev(machine, mdev, "ap_config", "!2");
	g_assert_cmpint(core_mdev_write(machine, mdev, "ap_config", "0x0,0x0,0x0"), ==,
			-ENOENT);
	core_machine_free(machine);
}

static void depth_was_one_less(void)
{
	struct core_machine *machine = old_machine();

	core_assert_device(machine, "card05", "depth", "7\n");
	machine->bus.caps = APC_CAPS_6_12;
	core_assert_device(machine, "card05", "depth", "8\n");
	core_machine_free(machine);
}

static void checkstopped_was_not_offline(void)
{
	struct core_machine *machine = old_machine();

	machine->bus.hw.card[5].checkstopped = true;
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "card05", "online", "1\n");
	core_assert_device(machine, "05.0004", "online", "1\n");
	g_assert_cmpint(core_device_write(machine, "card05", "online", "1"), ==, 0);
	g_assert_cmpint(core_device_write(machine, "05.0004", "online", "1"), ==, 0);
	machine->bus.caps = APC_CAPS_6_12;
	core_assert_device(machine, "card05", "online", "0\n");
	g_assert_cmpint(core_device_write(machine, "card05", "online", "1"), ==, -ENODEV);
	core_machine_free(machine);
}

static void polling_took_what_begins_well(void)
{
	struct core_machine *machine = old_machine();

	machine->bus.hw.interrupts = false;
	g_assert_cmpint(core_bus_write(machine, "poll_thread", " 1x"), ==, 0);
	core_assert_bus(machine, "poll_thread", "1\n");
	g_assert_cmpint(core_bus_write(machine, "poll_thread", "y"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "poll_timeout", " 1000x"), ==, 0);
	core_assert_bus(machine, "poll_timeout", "1000\n");
	g_assert_cmpint(core_bus_write(machine, "poll_timeout", "0"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "poll_timeout", "x"), ==, -EINVAL);
	machine->bus.caps = APC_CAPS_6_12;
	g_assert_cmpint(core_bus_write(machine, "poll_timeout", " 1000x"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "poll_timeout", "0"), ==, 0);
	core_machine_free(machine);
}

/* Each queue that is bound while all others have a driver. */
static void complete_was_told_with_each_binding(void)
{
	struct core_machine *machine = old_machine();
	u64 before = machine->bus.completions;

	core_bus_write(machine, "apmask", "-5");
	g_assert_cmpuint(machine->bus.completions, ==, before + 2);
	apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "05.0004", 7);
	core_bus_write(machine, "apmask", FULL);
	g_assert_cmpuint(machine->bus.completions, ==, before + 4);
	apc_bus_scan(&machine->bus);
	g_assert_cmpuint(machine->bus.completions, ==, before + 4);
	core_machine_free(machine);
}

static void interrupt_was_what_was_set_up_last(void)
{
	struct core_machine *machine = old_machine();

	core_bus_write(machine, "apmask", "-5");
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts enabled.\n");
	machine->bus.caps = APC_CAPS_6_12;
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts disabled.\n");
	core_machine_free(machine);
}

static void interrupts_go_with_the_hardware(void)
{
	struct core_machine *machine = core_machine_new();

	apc_hw_configure_card(&machine->bus.hw, 5, false);
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts disabled.\n");
	apc_hw_configure_card(&machine->bus.hw, 5, true);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts disabled.\n");
	core_assert_device(machine, "06.0004", "interrupt", "Interrupts enabled.\n");
	apc_hw_checkstop_card(&machine->bus.hw, 6, true);
	core_assert_device(machine, "06.0004", "interrupt", "Interrupts disabled.\n");
	apc_bus_scan(&machine->bus);
	apc_hw_checkstop_card(&machine->bus.hw, 6, false);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "06.0004", "interrupt", "Interrupts enabled.\n");
	apc_hw_set_domain(&machine->bus.hw, 0x47, false, false);
	core_assert_device(machine, "06.0047", "interrupt", "Interrupts disabled.\n");
	apc_hw_set_domain(&machine->bus.hw, 0x47, true, true);
	core_assert_device(machine, "06.0047", "interrupt", "Interrupts enabled.\n");
	core_machine_free(machine);
}

static void reset_waits_until_the_bus_may(void)
{
	struct core_machine *machine = core_machine_new_free();

	g_assert_cmpint(core_device_write(machine, "05.0004", "reset", "1"), ==, 0);
	core_assert_device(machine, "05.0004", "reset", "Reset in progress.\n");
	core_bus_write(machine, "apmask", FULL);
	core_bus_write(machine, "aqmask", FULL);
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	core_machine_free(machine);
}

static void reset_that_failed_is_tried_by_the_next_scan(void)
{
	struct core_machine *machine = core_machine_new();

	apc_mask_set(&machine->bus.hw.broken[5], 4);
	g_assert_cmpint(core_device_write(machine, "05.0004", "reset", "1"), ==, 0);
	core_assert_device(machine, "05.0004", "reset", "Reset in progress.\n");
	apc_mask_clear(&machine->bus.hw.broken[5], 4);
	core_assert_device(machine, "05.0004", "reset", "Reset in progress.\n");
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts enabled.\n");
	core_machine_free(machine);
}

static void checkstop_is_reset_when_it_ends(void)
{
	struct core_machine *machine = core_machine_new();

	machine->bus.hw.card[5].checkstopped = true;
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	/* It failed, and the next scan begins with a reset that has to wait. */
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "reset", "Reset in progress.\n");
	machine->bus.hw.card[5].checkstopped = false;
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	core_machine_free(machine);
}

static void reset_that_failed_is_tried_when_the_bus_is_at_it(void)
{
	struct core_machine *machine = core_machine_new();

	apc_mask_set(&machine->bus.hw.broken[5], 4);
	core_device_write(machine, "05.0004", "reset", "1");
	apc_mask_clear(&machine->bus.hw.broken[5], 4);
	core_device_write(machine, "06.00ab", "reset", "1");
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	core_machine_free(machine);
}

static void checkstop_ended_and_reset_began_later(void)
{
	struct core_machine *machine = old_machine();

	apc_hw_checkstop_card(&machine->bus.hw, 5, true);
	apc_bus_scan(&machine->bus);
	apc_hw_checkstop_card(&machine->bus.hw, 5, false);
	apc_bus_scan(&machine->bus);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "chkstop", "0\n");
	core_assert_device(machine, "05.0004", "reset", "Reset in progress.\n");
	core_assert_device(machine, "05.0047", "reset", "Reset in progress.\n");
	/* What was set up last is what is told. */
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts enabled.\n");
	g_assert_false(apc_hw_has_irq(&machine->bus.hw, 5, 4));
	core_device_write(machine, "05.0047", "reset", "1");
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	core_assert_device(machine, "05.0047", "reset", "No Reset Timer set.\n");
	g_assert_true(apc_hw_has_irq(&machine->bus.hw, 5, 4));
	core_machine_free(machine);
}

/* The bus does not rest while a reset goes on. */
static void reset_that_hangs_lets_others_begin(void)
{
	struct core_machine *machine = old_machine();
	struct apc_hw_card card;

	apc_hw_card_init(&card, 14, APC_MODE_EP11);
	apc_hw_add_card(&machine->bus.hw, 6, &card);
	apc_bus_scan(&machine->bus);
	apc_mask_set(&machine->bus.hw.hang[6], 4);
	core_device_write(machine, "06.0004", "reset", "1");
	core_assert_device(machine, "06.0004", "reset", "Reset in progress.\n");
	apc_hw_checkstop_card(&machine->bus.hw, 5, true);
	apc_bus_scan(&machine->bus);
	apc_hw_checkstop_card(&machine->bus.hw, 5, false);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	core_assert_device(machine, "06.0004", "reset", "Reset in progress.\n");
	apc_bus_reset_ends(&machine->bus, 6, 4);
	core_assert_device(machine, "06.0004", "reset", "No Reset Timer set.\n");
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/kernel/newer_attributes_missing_before",
			newer_attributes_missing_before);
	g_test_add_func("/kernel/depth_was_one_less", depth_was_one_less);
	g_test_add_func("/kernel/checkstopped_was_not_offline",
			checkstopped_was_not_offline);
	g_test_add_func("/kernel/polling_took_what_begins_well",
			polling_took_what_begins_well);
	g_test_add_func("/kernel/complete_was_told_with_each_binding",
			complete_was_told_with_each_binding);
	g_test_add_func("/kernel/interrupt_was_what_was_set_up_last",
			interrupt_was_what_was_set_up_last);
	g_test_add_func("/kernel/interrupts_go_with_the_hardware",
			interrupts_go_with_the_hardware);
	g_test_add_func("/kernel/reset_waits_until_the_bus_may",
			reset_waits_until_the_bus_may);
	g_test_add_func("/kernel/reset_that_failed_is_tried_by_the_next_scan",
			reset_that_failed_is_tried_by_the_next_scan);
	g_test_add_func("/kernel/checkstop_is_reset_when_it_ends",
			checkstop_is_reset_when_it_ends);
	g_test_add_func("/kernel/reset_that_failed_is_tried_when_the_bus_is_at_it",
			reset_that_failed_is_tried_when_the_bus_is_at_it);
	g_test_add_func("/kernel/checkstop_ended_and_reset_began_later",
			checkstop_ended_and_reset_began_later);
	g_test_add_func("/kernel/reset_that_hangs_lets_others_begin",
			reset_that_hangs_lets_others_begin);
	return g_test_run();
}
