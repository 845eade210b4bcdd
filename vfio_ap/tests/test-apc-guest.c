// SPDX-License-Identifier: GPL-2.0
/*
 * The effective matrix: what is filtered, what is reset, and when the guest
 * hears of it.
 */
#include "core-machine.h"

static struct apc_mdev *open_mdev(struct core_machine *machine, const char *setup)
{
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, setup);
	g_assert_cmpint(apc_mdev_open(&machine->bus.matrix, mdev, machine), ==, 0);
	g_string_truncate(machine->log, 0);
	return mdev;
}

static void adapter_without_bound_queue_is_dropped_whole(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	g_assert_cmpint(apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "06.0047", 7),
			==, 0);
	core_mdev_setup(machine, mdev, "ap_config=0x06,0x080000000000000001,");
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n05.0047\n06.0004\n06.0047\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n05.0047\n");
	core_machine_free(machine);
}

static void ids_not_in_host_configuration_are_filtered(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev,
			"assign_adapter=5 assign_adapter=9 assign_domain=4 "
			"assign_domain=5 assign_control_domain=4 "
			"assign_control_domain=5");
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n05.0005\n09.0004\n09.0005\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n");
	core_assert_mdev(machine, mdev, "control_domains", "0004\n0005\n");
	g_assert_cmpuint(apc_mask_weight(&mdev->guest.adm), ==, 1);
	core_machine_free(machine);
}

/* On a kernel with @caps a guest has that after a reset that ended so. */
static void assert_reset_status(unsigned int caps, u8 rc, const char *guest)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	machine->bus.caps = caps;
	apc_bus_reset_done(&machine->bus, 5, 4, rc);
	core_mdev_setup(machine, mdev, "assign_adapter=5 assign_domain=4");
	core_assert_mdev(machine, mdev, "guest_matrix", guest);
	core_machine_free(machine);
}

static void reset_status_decides(void)
{
	static const struct {
		u8 rc;
		const char *guest;
	} cases[] = {
		{ APC_RC_NORMAL, "05.0004\n" },
		{ APC_RC_DECONFIGURED, "05.0004\n" },
		{ APC_RC_CHECKSTOPPED, "05.0004\n" },
		{ APC_RC_Q_NOT_AVAIL, ".0004\n" },
		{ APC_RC_RESET_IN_PROGRESS, ".0004\n" },
		{ APC_RC_BUSY, ".0004\n" },
		{ APC_RC_OTHERWISE_CHANGED, ".0004\n" },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++)
		assert_reset_status(APC_CAPS_6_12, cases[i].rc, cases[i].guest);
}

/* Linux 6.1 wants a reset that found the card well. */
static void reset_status_of_old_kernel(void)
{
	assert_reset_status(APC_CAPS_6_1, APC_RC_DECONFIGURED, ".0004\n");
	assert_reset_status(APC_CAPS_6_1, APC_RC_NORMAL, "05.0004\n");
	assert_reset_status(APC_CAPS_6_1, APC_RC_CHECKSTOPPED, ".0004\n");
}

static void guest_is_told_before_lost_queues_are_reset(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev =
		open_mdev(machine, "ap_config=0x06,0x080000000000000001,");

	core_mdev_setup(machine, mdev, "unassign_domain=4");
	core_assert_log(machine,
			"guest 01 adapters 2 domains 1\nreset 05.0004\nreset 06.0004\n");
	core_mdev_setup(machine, mdev, "unassign_adapter=5");
	core_assert_log(machine, "guest 01 adapters 1 domains 1\nreset 05.0047\n");
	core_mdev_setup(machine, mdev, "assign_domain=4");
	core_assert_log(machine, "guest 01 adapters 1 domains 2\n");
	core_machine_free(machine);
}

static void config_change_is_one_update(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = open_mdev(machine, "ap_config=0x06,0x08,0x08");

	/* adapter 5 goes, domain 4 goes, domain 0x47 comes */
	core_mdev_setup(machine, mdev, "ap_config=0x02,0x000000000000000001,");
	core_assert_log(machine,
			"guest 01 adapters 1 domains 1\nreset 05.0004\nreset 06.0004\n");
	core_machine_free(machine);
}

static void newly_filtered_adapter_is_reset_with_new_domain(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = open_mdev(machine, "assign_adapter=5 assign_domain=4");

	apc_matrix_reset_done(&machine->bus.matrix, 5, 0x47, APC_RC_BUSY);
	core_mdev_setup(machine, mdev, "assign_domain=0x47");
	core_assert_log(machine,
			"guest 01 adapters 0 domains 2\nreset 05.0004 05.0047\n");
	core_assert_mdev(machine, mdev, "guest_matrix", ".0004\n.0047\n");
	core_machine_free(machine);
}

static void unassign_does_not_filter_anew(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "06.0047", 7);
	core_mdev_setup(machine, mdev,
			"ap_config=0x06,0x080000000000000001, unassign_domain=0x47");
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n06.0004\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n");
	core_machine_free(machine);
}

static void unbind_takes_adapter_from_guest_and_bind_returns_it(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev =
		open_mdev(machine, "ap_config=0x06,0x080000000000000001,");

	g_assert_cmpint(apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "05.0004", 7),
			==, 0);
	core_assert_log(machine,
			"guest 01 adapters 1 domains 2\nreset 05.0004 05.0047\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "06.0004\n06.0047\n");
	/* An unassigned queue is reset, too, and the guest hears nothing. */
	apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "05.00ab", 7);
	core_assert_log(machine, "reset 05.00ab\n");
	/* So is one of an adapter that the guest has lost already. */
	apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "05.0047", 7);
	core_assert_log(machine, "reset 05.0047\n");
	apc_bus_bind(&machine->bus, APC_DRIVER_VFIO_AP, "05.0047", 7);
	core_assert_log(machine, "");
	apc_bus_bind(&machine->bus, APC_DRIVER_VFIO_AP, "05.0004", 7);
	core_assert_log(machine, "guest 01 adapters 2 domains 2\n");
	core_machine_free(machine);
}

static void binding_concerns_only_mdevs_of_the_queue(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	/* 06.0004 could be passed after the unassignment, but nobody asked yet. */
	apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "06.0047", 7);
	core_mdev_setup(machine, mdev,
			"ap_config=0x06,0x080000000000000001, unassign_domain=0x47");
	apc_bus_bind(&machine->bus, APC_DRIVER_VFIO_AP, "06.0047", 7);
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n");
	core_machine_free(machine);
}

static void hanging_reset_keeps_adapter_from_next_guest(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);

	core_mdev_setup(machine, first, "assign_adapter=5 assign_domain=4");
	apc_mask_set(&machine->bus.hw.hang[5], 4);
	core_mdev_setup(machine, first, "unassign_adapter=5");
	core_mdev_setup(machine, second, "assign_adapter=5 assign_domain=4");
	core_assert_mdev(machine, second, "guest_matrix", ".0004\n");
	apc_bus_reset_ends(&machine->bus, 5, 4);
	core_mdev_setup(machine, second, "unassign_adapter=5 assign_adapter=5");
	core_assert_mdev(machine, second, "guest_matrix", "05.0004\n");
	core_machine_free(machine);
}

static void removed_ids_leave_guest_without_reset(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = open_mdev(machine, "ap_config=0x06,0x080000000000000001,"
						   "0x080000000000000001");

	apc_hw_set_domain(&machine->bus.hw, 0x47, false, false);
	apc_hw_remove_card(&machine->bus.hw, 5);
	apc_bus_scan(&machine->bus);
	core_assert_log(machine, "guest 01 adapters 1 domains 1\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "06.0004\n");
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n05.0047\n06.0004\n06.0047\n");
	/* A control domain that stays is kept, one that goes is taken. */
	g_assert_true(apc_mask_test(&mdev->guest.adm, 4));
	g_assert_false(apc_mask_test(&mdev->guest.adm, 0x47));
	core_machine_free(machine);
}

static void added_ids_reach_guest_when_scan_is_complete(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = open_mdev(machine, "ap_config=0x07,0x080000000000000001,"
						   "0x0c0000000000000001");
	struct apc_hw_card card;

	core_assert_mdev(machine, mdev, "guest_matrix",
			 "05.0004\n05.0047\n06.0004\n06.0047\n");
	apc_hw_card_init(&card, 14, APC_MODE_EP11);
	apc_hw_add_card(&machine->bus.hw, 7, &card);
	apc_hw_set_domain(&machine->bus.hw, 5, false, true);
	apc_bus_scan(&machine->bus);
	core_assert_log(machine, "guest 01 adapters 3 domains 2\n");
	core_assert_mdev(machine, mdev, "guest_matrix",
			 "05.0004\n05.0047\n06.0004\n06.0047\n07.0004\n07.0047\n");
	g_assert_true(apc_mask_test(&mdev->guest.adm, 5));
	g_assert_true(apc_mask_empty(&mdev->added.apm));
	core_machine_free(machine);
}

static void replaced_card_returns_beside_unrelated_change(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	struct apc_hw_card card;

	core_mdev_setup(machine, mdev, "assign_adapter=5 assign_domain=4");
	apc_hw_card_init(&card, 14, APC_MODE_EP11);
	apc_hw_add_card(&machine->bus.hw, 5, &card);
	apc_hw_add_card(&machine->bus.hw, 9, &card);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "card05", "type", "CEX8P\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n");
	core_machine_free(machine);
}

static void unattached_mdev_survives_configuration_change(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, "ap_config=0x06,0x08,");
	apc_hw_remove_card(&machine->bus.hw, 6);
	apc_bus_scan(&machine->bus);
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n");
	core_assert_log(machine, "");
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guest/adapter_without_bound_queue_is_dropped_whole",
			adapter_without_bound_queue_is_dropped_whole);
	g_test_add_func("/guest/ids_not_in_host_configuration_are_filtered",
			ids_not_in_host_configuration_are_filtered);
	g_test_add_func("/guest/reset_status_decides", reset_status_decides);
	g_test_add_func("/guest/reset_status_of_old_kernel", reset_status_of_old_kernel);
	g_test_add_func("/guest/guest_is_told_before_lost_queues_are_reset",
			guest_is_told_before_lost_queues_are_reset);
	g_test_add_func("/guest/config_change_is_one_update",
			config_change_is_one_update);
	g_test_add_func("/guest/newly_filtered_adapter_is_reset_with_new_domain",
			newly_filtered_adapter_is_reset_with_new_domain);
	g_test_add_func("/guest/unassign_does_not_filter_anew",
			unassign_does_not_filter_anew);
	g_test_add_func("/guest/unbind_takes_adapter_from_guest_and_bind_returns_it",
			unbind_takes_adapter_from_guest_and_bind_returns_it);
	g_test_add_func("/guest/binding_concerns_only_mdevs_of_the_queue",
			binding_concerns_only_mdevs_of_the_queue);
	g_test_add_func("/guest/hanging_reset_keeps_adapter_from_next_guest",
			hanging_reset_keeps_adapter_from_next_guest);
	g_test_add_func("/guest/removed_ids_leave_guest_without_reset",
			removed_ids_leave_guest_without_reset);
	g_test_add_func("/guest/added_ids_reach_guest_when_scan_is_complete",
			added_ids_reach_guest_when_scan_is_complete);
	g_test_add_func("/guest/replaced_card_returns_beside_unrelated_change",
			replaced_card_returns_beside_unrelated_change);
	g_test_add_func("/guest/unattached_mdev_survives_configuration_change",
			unattached_mdev_survives_configuration_change);
	return g_test_run();
}
