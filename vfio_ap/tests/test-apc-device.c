// SPDX-License-Identifier: GPL-2.0
/*
 * Card and queue devices: what binding and unbinding leaves behind.
 */
#include "apc_device.h"
#include "core-machine.h"

static struct apc_mask domain(unsigned int apqi)
{
	struct apc_mask mask = { { 0 } };

	apc_mask_set(&mask, apqi);
	return mask;
}

static void pool_row_is_empty_without_adapter(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mask row;

	core_bus_write(machine, "apmask", "-6");
	core_bus_write(machine, "aqmask", "-4");
	apc_pool_row(&machine->bus, 6, &row);
	g_assert_true(apc_mask_empty(&row));
	apc_pool_row(&machine->bus, 5, &row);
	g_assert_cmpuint(apc_mask_weight(&row), ==, 255);
	core_machine_free(machine);
}

static void card_of_unknown_mode_has_no_driver(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_hw_card card;

	apc_hw_card_init(&card, 14, APC_MODE_NONE);
	apc_card_add(&machine->bus, 9, &card, 14);
	g_assert_cmpint(apc_card_attach(&machine->bus, 9), ==, -ENODEV);
	g_assert_cmpint(apc_bus_card_driver(&machine->bus, 9), ==, APC_DRIVER_NONE);
	core_machine_free(machine);
}

static void attach_tells_bindings_incomplete(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mask one = domain(4);

	g_assert_true(machine->bus.bindings_complete);
	apc_queues_detach(&machine->bus, 5, &one);
	g_assert_true(machine->bus.bindings_complete);
	apc_queues_attach(&machine->bus, 5, &one);
	g_assert_false(machine->bus.bindings_complete);
	core_machine_free(machine);
}

static void detached_queue_forgets_its_state(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mask one = domain(4);

	core_device_write(machine, "05.0004", "online", "0");
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts enabled.\n");
	apc_queues_detach(&machine->bus, 5, &one);
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts disabled.\n");
	core_assert_device(machine, "05.0004", "request_count", "-\n");
	apc_queues_attach(&machine->bus, 5, &one);
	core_assert_device(machine, "05.0004", "online", "1\n");
	core_machine_free(machine);
}

static void queue_of_vfio_is_reset_when_it_goes(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mask one = domain(4);

	apc_queues_remove(&machine->bus, 5, &one);
	core_assert_log(machine, "reset 05.0004\n");
	g_assert_false(apc_bus_has_queue(&machine->bus, 5, 4));
	g_assert_false(apc_mask_test(&machine->bus.matrix.bound[5], 4));
	core_machine_free(machine);
}

static void queues_start_without_interrupts_on_such_machine(void)
{
	struct core_machine *machine = core_machine_new_empty();
	struct apc_hw_card card;

	machine->bus.hw.interrupts = false;
	apc_hw_card_init(&card, 14, APC_MODE_CCA);
	apc_hw_add_card(&machine->bus.hw, 5, &card);
	apc_hw_set_domain(&machine->bus.hw, 4, true, true);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts disabled.\n");
	core_assert_device(machine, "05.0004", "request_count", "0\n");
	core_assert_bus(machine, "ap_interrupts", "0\n");
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/device/pool_row_is_empty_without_adapter",
			pool_row_is_empty_without_adapter);
	g_test_add_func("/device/card_of_unknown_mode_has_no_driver",
			card_of_unknown_mode_has_no_driver);
	g_test_add_func("/device/attach_tells_bindings_incomplete",
			attach_tells_bindings_incomplete);
	g_test_add_func("/device/detached_queue_forgets_its_state",
			detached_queue_forgets_its_state);
	g_test_add_func("/device/queue_of_vfio_is_reset_when_it_goes",
			queue_of_vfio_is_reset_when_it_goes);
	g_test_add_func("/device/queues_start_without_interrupts_on_such_machine",
			queues_start_without_interrupts_on_such_machine);
	return g_test_run();
}
