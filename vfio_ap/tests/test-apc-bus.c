// SPDX-License-Identifier: GPL-2.0
/*
 * What user space does to the bus: masks, binding, online, configuration.
 */
#include "core-machine.h"

#define QUEUE_5_4  "/devices/ap/card05/05.0004 DEVTYPE=ap_queue "
#define QUEUE_5_AB "/devices/ap/card05/05.00ab DEVTYPE=ap_queue "
#define ONLY_6	   "0x0200000000000000000000000000000000000000000000000000000000000000"
#define ALL_SET	   "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static int bind_name(struct core_machine *machine, enum apc_driver driver,
		     const char *name)
{
	return apc_bus_bind(&machine->bus, driver, name, strlen(name));
}

static int unbind_name(struct core_machine *machine, enum apc_driver driver,
		       const char *name)
{
	return apc_bus_unbind(&machine->bus, driver, name, strlen(name));
}

static void names_parsed_exactly(void)
{
	static const char *const bad[] = {
		"",	    "card",	   "card5",    "card005", "cardAB",  "card05x",
		"5.0004",   "05.004",	   "05.00004", "05:0004", "0A.0004", "05.0100",
		"05.0004 ", "05.0004\n\n", " 05.0004", "05",	  "05.",     "card05\n\n",
	};
	unsigned int i, apid;
	int apqi;

	for (i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(apc_bus_parse_name(bad[i], strlen(bad[i]), &apid, &apqi),
				==, -ENODEV);
	g_assert_cmpint(apc_bus_parse_name("cardfe\n", 7, &apid, &apqi), ==, 0);
	g_assert_cmpuint(apid, ==, 0xfe);
	g_assert_cmpint(apqi, ==, -1);
	g_assert_cmpint(apc_bus_parse_name("0a.00ff", 7, &apid, &apqi), ==, 0);
	g_assert_cmpuint(apid, ==, 0x0a);
	g_assert_cmpint(apqi, ==, 0xff);
}

static void masks_decide_driver(void)
{
	struct core_machine *machine = core_machine_new();

	core_assert_bus(machine, "apmask", ALL_SET "\n");
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==,
			APC_DRIVER_CEX4QUEUE);
	g_assert_cmpint(core_bus_write(machine, "apmask", "-5\n"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "aqmask", "-4,-0x47"), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 0xff), ==,
			APC_DRIVER_VFIO_AP);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 6, 4), ==,
			APC_DRIVER_VFIO_AP);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 6, 0xff), ==,
			APC_DRIVER_CEX4QUEUE);
	g_assert_cmpint(core_bus_write(machine, "apmask", ALL_SET), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 0xff), ==,
			APC_DRIVER_CEX4QUEUE);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==,
			APC_DRIVER_VFIO_AP);
	core_machine_free(machine);
}

static void mask_malformed_einval_and_unchanged(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(core_bus_write(machine, "apmask", "-5,x"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "aqmask", "0xfz"), ==, -EINVAL);
	core_assert_bus(machine, "apmask", ALL_SET "\n");
	core_assert_bus(machine, "aqmask", ALL_SET "\n");
	core_machine_free(machine);
}

static void reserving_assigned_queue_ebusy(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, "assign_adapter=5 assign_domain=4");
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5"), ==, -EBUSY);
	core_assert_log(
		machine,
		"Can not reserve queue 05.0004 for host driver: in use by mdev\n");
	core_assert_bus(
		machine, "apmask",
		"0x0000000000000000000000000000000000000000000000000000000000000000\n");
	/* The other card may be taken, and then domain 4 of it, too. */
	g_assert_cmpint(core_bus_write(machine, "aqmask", "-4"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5,+6"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "aqmask", "+4"), ==, -EBUSY);
	g_assert_cmpint(core_bus_write(machine, "apmask", "-5"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "aqmask", "+4"), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 6, 4), ==,
			APC_DRIVER_CEX4QUEUE);
	core_machine_free(machine);
}

static void same_mask_again_is_silent(void)
{
	struct core_machine *machine = core_machine_new();

	machine->log_events = true;
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5"), ==, 0);
	core_assert_log(machine, "");
	core_machine_free(machine);
}

static void mask_change_moves_queues_and_tells(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(core_bus_write(machine, "aqmask", "0x08"), ==, 0);
	machine->log_events = true;
	g_assert_cmpint(core_bus_write(machine, "apmask", "-0-5,-7-255"), ==, 0);
	core_assert_log(machine, "unbind " QUEUE_5_4 "MODE=cca\n"
				 "bind " QUEUE_5_4 "DRIVER=vfio_ap MODE=cca\n"
				 "change /devices/ap APMASK=" ONLY_6 "\n\n");
	core_machine_free(machine);
}

/* Also when they go, see /scan: a device is done with before the next one. */
static void mask_change_moves_queue_by_queue(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(core_bus_write(machine, "aqmask", "-0-255,+4,+0xab"), ==, 0);
	machine->log_events = true;
	g_assert_cmpint(core_bus_write(machine, "apmask", "-0-5,-7-255"), ==, 0);
	core_assert_log(machine, "unbind " QUEUE_5_4 "MODE=cca\n"
				 "bind " QUEUE_5_4 "DRIVER=vfio_ap MODE=cca\n"
				 "unbind " QUEUE_5_AB "MODE=cca\n"
				 "bind " QUEUE_5_AB "DRIVER=vfio_ap MODE=cca\n"
				 "change /devices/ap APMASK=" ONLY_6 "\n\n");
	core_machine_free(machine);
}

static void card_goes_queue_by_queue(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(core_bus_write(machine, "aqmask", "-0-255,+4,+0xab"), ==, 0);
	machine->bus.hw.qci.config.aqm = machine->bus.pool.aqm;
	apc_bus_scan(&machine->bus);
	machine->log_events = true;
	apc_hw_remove_card(&machine->bus.hw, 5);
	apc_bus_scan(&machine->bus);
	g_assert_true(g_str_has_prefix(machine->log->str,
				       "unbind " QUEUE_5_4 "MODE=cca\n"
				       "remove " QUEUE_5_4 "MODE=cca\n"
				       "unbind " QUEUE_5_AB "MODE=cca\n"
				       "remove " QUEUE_5_AB "MODE=cca\n"
				       "unbind /devices/ap/card05 "));
	core_machine_free(machine);
}

static void domain_checked_like_the_kernel(void)
{
	struct core_machine *machine = core_machine_new();

	core_assert_bus(machine, "ap_domain", "4\n");
	g_assert_cmpint(core_bus_write(machine, "ap_domain", "0x47\n"), ==, 0);
	core_assert_bus(machine, "ap_domain", "71\n");
	g_assert_cmpint(core_bus_write(machine, "ap_domain", "256"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "ap_domain", "-1"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "ap_domain", "x"), ==, -EINVAL);
	core_bus_write(machine, "aqmask", "-9");
	g_assert_cmpint(core_bus_write(machine, "ap_domain", "9"), ==, -EINVAL);
	core_assert_bus(machine, "ap_domain", "71\n");
	core_machine_free(machine);
}

static void bind_refused_in_kernels_order(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(bind_name(machine, APC_DRIVER_VFIO_AP, "09.0004"), ==, -ENODEV);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_VFIO_AP, "card05"), ==, -ENODEV);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_CEX4CARD, "05.0004"), ==, -ENODEV);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_CEX4CARD, "card05"), ==, -EBUSY);
	/* It has a driver: that comes before the masks. */
	g_assert_cmpint(bind_name(machine, APC_DRIVER_VFIO_AP, "05.0004"), ==, -EBUSY);
	g_assert_cmpint(unbind_name(machine, APC_DRIVER_VFIO_AP, "05.0004"), ==, -ENODEV);
	g_assert_cmpint(unbind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004\n"), ==, 0);
	g_assert_cmpint(unbind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004"), ==,
			-ENODEV);
	g_assert_cmpint(unbind_name(machine, APC_DRIVER_NONE, "05.0004"), ==, -ENODEV);
	core_assert_bus(machine, "bindings", "7/8\n");
	g_assert_cmpint(bind_name(machine, APC_DRIVER_VFIO_AP, "05.0004"), ==, -ENODEV);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004"), ==, 0);
	core_assert_bus(machine, "bindings", "8/8 (complete)\n");
	core_machine_free(machine);
}

static void probe_finds_driver_by_masks(void)
{
	struct core_machine *machine = core_machine_new();

	unbind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004");
	unbind_name(machine, APC_DRIVER_CEX4CARD, "card06");
	core_bus_write(machine, "apmask", "-5");
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==, APC_DRIVER_NONE);
	g_assert_cmpint(core_bus_write(machine, "drivers_probe", "05.0004\n"), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==,
			APC_DRIVER_VFIO_AP);
	g_assert_cmpint(core_bus_write(machine, "drivers_probe", "05.0004"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "drivers_probe", "card06"), ==, 0);
	g_assert_cmpint(apc_bus_card_driver(&machine->bus, 6), ==, APC_DRIVER_CEX4CARD);
	g_assert_cmpint(core_bus_write(machine, "drivers_probe", "card09"), ==, -ENODEV);
	core_machine_free(machine);
}

static void queue_without_card_driver_stays_unbound(void)
{
	struct core_machine *machine = core_machine_new();

	unbind_name(machine, APC_DRIVER_CEX4CARD, "card05");
	unbind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004");
	g_assert_cmpint(bind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004"), ==, -ENODEV);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_CEX4CARD, "card05"), ==, 0);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_CEX4QUEUE, "05.0004"), ==, 0);
	core_machine_free(machine);
}

static void without_vfio_ap_free_queues_have_no_driver(void)
{
	struct core_machine *machine = core_machine_new();

	machine->bus.vfio_ap = false;
	g_assert_cmpint(core_bus_write(machine, "apmask", "-5"), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==, APC_DRIVER_NONE);
	g_assert_cmpint(bind_name(machine, APC_DRIVER_VFIO_AP, "05.0004"), ==, -ENODEV);
	core_assert_bus(machine, "bindings", "4/8\n");
	core_machine_free(machine);
}

static void card_online_takes_queues_along(void)
{
	struct core_machine *machine = core_machine_new();

	core_bus_write(machine, "aqmask", "-0-255,+4,+0x47");
	core_device_write(machine, "05.0004", "online", "0");
	machine->log_events = true;
	g_assert_cmpint(core_device_write(machine, "card05", "online", "0\n"), ==, 0);
	core_assert_log(
		machine,
		"change /devices/ap/card05 ONLINE=0 DEVTYPE=ap_card DRIVER=cex4card "
		"DEV_TYPE=000B MODALIAS=ap:t0B MODE=cca\n"
		"change /devices/ap/card05/05.0047 ONLINE=0 DEVTYPE=ap_queue "
		"DRIVER=cex4queue MODE=cca\n");
	core_assert_device(machine, "card05", "online", "0\n");
	core_assert_device(machine, "05.0047", "online", "0\n");
	g_assert_cmpint(core_device_write(machine, "05.0047", "online", "1"), ==,
			-EINVAL);
	g_assert_cmpint(core_device_write(machine, "card05", "online", "1"), ==, 0);
	core_assert_device(machine, "05.0004", "online", "1\n");
	core_machine_free(machine);
}

static void online_refused_in_kernels_order(void)
{
	static const char *const names[] = { "card05", "05.0004" };
	struct core_machine *machine = core_machine_new();
	unsigned int i;

	g_assert_cmpint(core_device_write(machine, "card05", "config", "0"), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(names); i++) {
		g_assert_cmpint(core_device_write(machine, names[i], "online", "2"), ==,
				-EINVAL);
		g_assert_cmpint(core_device_write(machine, names[i], "online", "x"), ==,
				-EINVAL);
		g_assert_cmpint(core_device_write(machine, names[i], "online", "1"), ==,
				-ENODEV);
		g_assert_cmpint(core_device_write(machine, names[i], "online", "0"), ==,
				0);
	}
	core_machine_free(machine);
}

static void card_config_reaches_queues_with_next_scan(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(core_device_write(machine, "card06", "config", "2"), ==, -EINVAL);
	machine->log_events = true;
	g_assert_cmpint(core_device_write(machine, "card06", "config", "0"), ==, 0);
	core_assert_log(
		machine,
		"change /devices/ap/card06 CONFIG=0 DEVTYPE=ap_card DRIVER=cex4card "
		"DEV_TYPE=000B MODALIAS=ap:t0B MODE=accel\n");
	core_assert_device(machine, "card06", "online", "0\n");
	core_assert_device(machine, "06.0004", "config", "1\n");
	machine->log_events = false;
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "06.0004", "config", "0\n");
	core_assert_device(machine, "06.0004", "interrupt", "Interrupts disabled.\n");
	apc_hw_remove_card(&machine->bus.hw, 6);
	g_assert_cmpint(core_device_write(machine, "card06", "config", "1"), ==, -EIO);
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/bus/names_parsed_exactly", names_parsed_exactly);
	g_test_add_func("/bus/masks_decide_driver", masks_decide_driver);
	g_test_add_func("/bus/mask_malformed_einval_and_unchanged",
			mask_malformed_einval_and_unchanged);
	g_test_add_func("/bus/reserving_assigned_queue_ebusy",
			reserving_assigned_queue_ebusy);
	g_test_add_func("/bus/same_mask_again_is_silent", same_mask_again_is_silent);
	g_test_add_func("/bus/mask_change_moves_queues_and_tells",
			mask_change_moves_queues_and_tells);
	g_test_add_func("/bus/mask_change_moves_queue_by_queue",
			mask_change_moves_queue_by_queue);
	g_test_add_func("/bus/card_goes_queue_by_queue", card_goes_queue_by_queue);
	g_test_add_func("/bus/domain_checked_like_the_kernel",
			domain_checked_like_the_kernel);
	g_test_add_func("/bus/bind_refused_in_kernels_order",
			bind_refused_in_kernels_order);
	g_test_add_func("/bus/probe_finds_driver_by_masks", probe_finds_driver_by_masks);
	g_test_add_func("/bus/queue_without_card_driver_stays_unbound",
			queue_without_card_driver_stays_unbound);
	g_test_add_func("/bus/without_vfio_ap_free_queues_have_no_driver",
			without_vfio_ap_free_queues_have_no_driver);
	g_test_add_func("/bus/card_online_takes_queues_along",
			card_online_takes_queues_along);
	g_test_add_func("/bus/online_refused_in_kernels_order",
			online_refused_in_kernels_order);
	g_test_add_func("/bus/card_config_reaches_queues_with_next_scan",
			card_config_reaches_queues_with_next_scan);
	return g_test_run();
}
