// SPDX-License-Identifier: GPL-2.0
/*
 * driver_override of queues, and what it means to masks and matrices; checked
 * against the source of Linux 6.19.
 */
#include "core-machine.h"

#define ALL_SET "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static struct core_machine *machine_new(void)
{
	struct core_machine *machine = core_machine_new();

	machine->bus.caps = APC_CAPS_6_19;
	return machine;
}

static int override(struct core_machine *machine, const char *queue, const char *driver)
{
	return core_device_write(machine, queue, "driver_override", driver);
}

/* As driverctl and we do it. */
static void give(struct core_machine *machine, const char *queue, const char *driver)
{
	struct apc_bus *bus = &machine->bus;
	unsigned int apid;
	int apqi;

	g_assert_cmpint(override(machine, queue, driver), ==, 0);
	g_assert_cmpint(apc_bus_parse_name(queue, strlen(queue), &apid, &apqi), ==, 0);
	apc_bus_unbind(bus, apc_bus_queue_driver(bus, apid, apqi), queue, strlen(queue));
	g_assert_cmpint(apc_bus_probe(bus, queue, strlen(queue)), ==, 0);
}

static void older_kernels_have_none(void)
{
	struct core_machine *machine = core_machine_new();

	core_assert_device(machine, "05.0004", "driver_override", "!2");
	core_assert_bus(machine, "bindings_complete_count", "!2");
	machine->bus.caps = APC_CAPS_6_19;
	core_assert_device(machine, "05.0004", "driver_override", "\n");
	core_assert_bus(machine, "bindings_complete_count", "1\n");
	core_machine_free(machine);
}

static void name_read_up_to_newline(void)
{
	struct core_machine *machine = machine_new();
	static char page[4096];

	g_assert_cmpint(override(machine, "05.0004", "vfio_ap\nrest"), ==, 0);
	core_assert_device(machine, "05.0004", "driver_override", "vfio_ap\n");
	g_assert_cmpint(override(machine, "05.0004", " odd name"), ==, 0);
	core_assert_device(machine, "05.0004", "driver_override", " odd name\n");
	g_assert_cmpint(override(machine, "05.0004", "\nvfio_ap"), ==, 0);
	core_assert_device(machine, "05.0004", "driver_override", "\n");
	memset(page, 'a', sizeof(page));
	g_assert_cmpint(apc_bus_set_override(&machine->bus, 5, 4, page, 4095), ==,
			-EINVAL);
	core_machine_free(machine);
}

static void driver_stays_until_probed(void)
{
	struct core_machine *machine = machine_new();
	struct apc_bus *bus = &machine->bus;

	g_assert_cmpint(override(machine, "05.0004", "vfio_ap\n"), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(bus, 5, 4), ==, APC_DRIVER_CEX4QUEUE);
	g_assert_cmpint(apc_bus_unbind(bus, APC_DRIVER_CEX4QUEUE, "05.0004", 7), ==, 0);
	g_assert_cmpint(apc_bus_bind(bus, APC_DRIVER_CEX4QUEUE, "05.0004", 7), ==,
			-ENODEV);
	g_assert_cmpint(apc_bus_probe(bus, "05.0004", 7), ==, 0);
	g_assert_cmpint(apc_bus_queue_driver(bus, 5, 4), ==, APC_DRIVER_VFIO_AP);
	g_assert_cmpint(apc_bus_queue_driver(bus, 5, 0x47), ==, APC_DRIVER_CEX4QUEUE);
	give(machine, "05.0004", "\n");
	g_assert_cmpint(apc_bus_queue_driver(bus, 5, 4), ==, APC_DRIVER_CEX4QUEUE);
	core_machine_free(machine);
}

static void name_of_no_driver_binds_none(void)
{
	struct core_machine *machine = machine_new();

	give(machine, "05.0004", "none");
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==, APC_DRIVER_NONE);
	give(machine, "05.0004", "cex4queue");
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==,
			APC_DRIVER_CEX4QUEUE);
	core_machine_free(machine);
}

static void excludes_masks_and_is_excluded(void)
{
	struct core_machine *machine = machine_new();

	g_assert_cmpint(core_bus_write(machine, "apmask", "-200"), ==, 0);
	g_assert_cmpint(override(machine, "05.0004", "vfio_ap"), ==, -EINVAL);
	g_assert_cmpint(override(machine, "05.0004", "\n"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "apmask", "+200"), ==, 0);
	g_assert_cmpint(override(machine, "05.0004", "vfio_ap"), ==, 0);
	g_assert_cmpint(override(machine, "05.0004", "other"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "apmask", "-5"), ==, -EINVAL);
	g_assert_cmpint(core_bus_write(machine, "aqmask", ALL_SET), ==, -EINVAL);
	g_assert_cmpint(override(machine, "05.0004", "\n"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "aqmask", "-4"), ==, 0);
	core_machine_free(machine);
}

static void matrix_gets_what_vfio_ap_has(void)
{
	struct core_machine *machine = machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, "assign_adapter=5");
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "4"), ==,
			-EADDRNOTAVAIL);
	g_assert_cmpint(override(machine, "05.0004", "vfio_ap"), ==, 0);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "4"), ==,
			-EADDRNOTAVAIL);
	give(machine, "05.0004", "vfio_ap");
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "4"), ==, 0);
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n");
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "0x47"), ==,
			-EADDRNOTAVAIL);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_adapter", "6"), ==,
			-EADDRNOTAVAIL);
	core_machine_free(machine);
}

/* Nobody looks whether it is in use. */
static void assigned_queue_can_be_given_back(void)
{
	struct core_machine *machine = machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	give(machine, "05.0004", "vfio_ap");
	core_mdev_setup(machine, mdev, "assign_adapter=5 assign_domain=4");
	give(machine, "05.0004", "\n");
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==,
			APC_DRIVER_CEX4QUEUE);
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n");
	core_assert_mdev(machine, mdev, "guest_matrix", ".0004\n");
	core_machine_free(machine);
}

static void removed_queue_comes_back_without(void)
{
	struct core_machine *machine = machine_new();

	give(machine, "05.0004", "vfio_ap");
	apc_mask_clear(&machine->bus.hw.installed, 5);
	apc_mask_clear(&machine->bus.hw.qci.config.apm, 5);
	apc_bus_scan(&machine->bus);
	apc_mask_set(&machine->bus.hw.installed, 5);
	apc_mask_set(&machine->bus.hw.qci.config.apm, 5);
	apc_bus_scan(&machine->bus);
	core_assert_device(machine, "05.0004", "driver_override", "\n");
	g_assert_cmpint(apc_bus_queue_driver(&machine->bus, 5, 4), ==,
			APC_DRIVER_CEX4QUEUE);
	/* It is still counted. */
	g_assert_cmpint(core_bus_write(machine, "apmask", "-5"), ==, -EINVAL);
	core_machine_free(machine);
}

static void names_run_out(void)
{
	struct core_machine *machine = machine_new();
	char name[8];
	int n, rc = 0;

	for (n = 0; !rc && n < 100; n++) {
		g_snprintf(name, sizeof(name), "n%d", n);
		rc = apc_bus_set_override(&machine->bus, 5 + n / 4 % 2,
					  (const u8[]){ 4, 0x47, 0xab, 0xff }[n % 4],
					  name, strlen(name));
	}
	/* Eight queues, so that at most eight are used at a time. */
	g_assert_cmpint(rc, ==, 0);
	core_assert_device(machine, "06.00ff", "driver_override", "n95\n");
	memset(name, 'x', sizeof(name));
	g_assert_cmpint(apc_bus_set_override(&machine->bus, 5, 4, ALL_SET ALL_SET,
					     strlen(ALL_SET ALL_SET)),
			==, -ENOMEM);
	core_machine_free(machine);
}

/* Since there are overrides, any queue of the id is enough. */
static void returning_id_checked_with_all(void)
{
	struct core_machine *machine = machine_new();
	struct apc_mdev *mdev;

	g_assert_cmpint(core_bus_write(machine, "apmask", "-5"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "aqmask", "-4"), ==, 0);
	mdev = core_mdev_new(machine, 1);
	core_mdev_setup(machine, mdev, "assign_adapter=5 assign_domain=4");
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5"), ==, -EBUSY);
	machine->bus.caps = APC_CAPS_6_12;
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5"), ==, 0);
	core_machine_free(machine);
}

static void requests_shown_and_flushed(void)
{
	struct core_machine *machine = machine_new();

	apc_bus_request(&machine->bus, 5, 4, 7, 2);
	core_assert_device(machine, "05.0004", "request_count", "7\n");
	core_assert_device(machine, "05.0004", "pendingq_count", "2\n");
	core_assert_device(machine, "card05", "request_count", "7\n");
	g_assert_cmpint(core_device_write(machine, "05.0004", "request_count", "x"), ==,
			0);
	core_assert_device(machine, "05.0004", "request_count", "0\n");
	g_assert_cmpint(core_bus_write(machine, "apmask", "-5"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5"), ==, 0);
	core_assert_device(machine, "05.0004", "pendingq_count", "0\n");
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/override/older_kernels_have_none", older_kernels_have_none);
	g_test_add_func("/override/name_read_up_to_newline", name_read_up_to_newline);
	g_test_add_func("/override/driver_stays_until_probed", driver_stays_until_probed);
	g_test_add_func("/override/name_of_no_driver_binds_none",
			name_of_no_driver_binds_none);
	g_test_add_func("/override/excludes_masks_and_is_excluded",
			excludes_masks_and_is_excluded);
	g_test_add_func("/override/matrix_gets_what_vfio_ap_has",
			matrix_gets_what_vfio_ap_has);
	g_test_add_func("/override/assigned_queue_can_be_given_back",
			assigned_queue_can_be_given_back);
	g_test_add_func("/override/removed_queue_comes_back_without",
			removed_queue_comes_back_without);
	g_test_add_func("/override/names_run_out", names_run_out);
	g_test_add_func("/override/returning_id_checked_with_all",
			returning_id_checked_with_all);
	g_test_add_func("/override/requests_shown_and_flushed",
			requests_shown_and_flushed);
	return g_test_run();
}
