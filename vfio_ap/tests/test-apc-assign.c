// SPDX-License-Identifier: GPL-2.0
/*
 * Assigning and unassigning: every errno, and which of two comes first.
 */
#include "core-machine.h"

#define ALL_ASSIGN   "assign_adapter", "assign_domain", "assign_control_domain"
#define ALL_UNASSIGN "unassign_adapter", "unassign_domain", "unassign_control_domain"

static void id_malformed_einval_or_erange(void)
{
	static const char *const attrs[] = { ALL_ASSIGN, ALL_UNASSIGN };
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(attrs); i++) {
		g_assert_cmpint(core_mdev_write(machine, mdev, attrs[i], ""), ==,
				-EINVAL);
		g_assert_cmpint(core_mdev_write(machine, mdev, attrs[i], "-1"), ==,
				-EINVAL);
		g_assert_cmpint(core_mdev_write(machine, mdev, attrs[i], "5 6"), ==,
				-EINVAL);
		g_assert_cmpint(
			core_mdev_write(machine, mdev, attrs[i], "18446744073709551616"),
			==, -ERANGE);
	}
	core_machine_free(machine);
}

static void id_above_maximum_enodev(void)
{
	static const char *const attrs[] = { ALL_ASSIGN, ALL_UNASSIGN };
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	unsigned int i;

	machine->bus.matrix.qci.na = 200;
	machine->bus.matrix.qci.nd = 200;
	for (i = 0; i < G_N_ELEMENTS(attrs); i++) {
		g_assert_cmpint(core_mdev_write(machine, mdev, attrs[i], "200"), ==, 0);
		g_assert_cmpint(core_mdev_write(machine, mdev, attrs[i], "201"), ==,
				-ENODEV);
		g_assert_cmpint(
			core_mdev_write(machine, mdev, attrs[i], "18446744073709551615"),
			==, -ENODEV);
	}
	core_machine_free(machine);
}

static void maximum_without_apxa(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	machine->bus.matrix.qci.flags = APC_QCI_APSC;
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_adapter", "63"), ==, 0);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_adapter", "64"), ==,
			-ENODEV);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "15"), ==, 0);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "16"), ==,
			-ENODEV);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_control_domain", "16"), ==,
			-ENODEV);
	core_machine_free(machine);
}

static void twice_is_success_and_changes_nothing(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev,
			"assign_adapter=5 assign_adapter=0x5 assign_domain=4 "
			"assign_domain=4 unassign_adapter=6 unassign_domain=7 "
			"assign_control_domain=4 assign_control_domain=4 "
			"unassign_control_domain=9");
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n");
	core_assert_mdev(machine, mdev, "control_domains", "0004\n");
	core_assert_log(machine, "");
	core_machine_free(machine);
}

static void queue_of_host_pool_eaddrnotavail(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	/* One half alone makes no queue. */
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "4"), ==, 0);
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_adapter", "5"), ==,
			-EADDRNOTAVAIL);
	core_assert_mdev(machine, mdev, "matrix", ".0004\n");
	core_mdev_setup(machine, mdev, "unassign_domain=4 assign_adapter=5");
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "4"), ==,
			-EADDRNOTAVAIL);
	core_assert_mdev(machine, mdev, "matrix", "05.\n");
	/* It need not exist. */
	g_assert_cmpint(core_mdev_write(machine, mdev, "assign_domain", "99"), ==,
			-EADDRNOTAVAIL);
	core_machine_free(machine);
}

static void queue_of_other_mdev_eaddrinuse(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);

	core_mdev_setup(machine, first,
			"assign_adapter=5 assign_adapter=6 assign_domain=4");
	core_mdev_setup(machine, second, "assign_domain=4 assign_domain=0xab");
	g_assert_cmpint(core_mdev_write(machine, second, "assign_adapter", "6"), ==,
			-EADDRINUSE);
	core_assert_log(
		machine,
		"Userspace may not assign queue 06.0004 to mdev: already assigned to "
		"62177883-f1bb-47f0-914d-000000000001\n");
	core_assert_mdev(machine, second, "matrix", ".0004\n.00ab\n");
	core_mdev_setup(machine, second,
			"unassign_domain=4 assign_adapter=6 assign_adapter=5");
	g_assert_cmpint(core_mdev_write(machine, second, "assign_domain", "4"), ==,
			-EADDRINUSE);
	core_assert_log(
		machine,
		"Userspace may not assign queue 05.0004 to mdev: already assigned to "
		"62177883-f1bb-47f0-914d-000000000001\n"
		"Userspace may not assign queue 06.0004 to mdev: already assigned to "
		"62177883-f1bb-47f0-914d-000000000001\n");
	core_assert_mdev(machine, second, "matrix", "05.00ab\n06.00ab\n");
	core_machine_free(machine);
}

static void host_pool_checked_before_other_mdevs(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);

	/* 05.0004 is the first's, 05.0047 the host's. */
	core_mdev_setup(machine, first, "assign_adapter=5 assign_domain=4");
	g_assert_cmpint(core_bus_write(machine, "aqmask", "-0-255,+0x47"), ==, 0);
	g_assert_cmpint(core_bus_write(machine, "apmask", "+5"), ==, 0);
	core_mdev_setup(machine, second, "assign_domain=4 assign_domain=0x47");
	g_assert_cmpint(core_mdev_write(machine, second, "assign_adapter", "5"), ==,
			-EADDRNOTAVAIL);
	core_mdev_setup(machine, second, "unassign_domain=0x47");
	g_assert_cmpint(core_mdev_write(machine, second, "assign_adapter", "5"), ==,
			-EADDRINUSE);
	core_machine_free(machine);
}

static void control_domains_are_shared(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);

	core_mdev_setup(machine, first, "assign_control_domain=4");
	core_mdev_setup(machine, second, "assign_control_domain=4");
	core_assert_mdev(machine, second, "control_domains", "0004\n");
	core_machine_free(machine);
}

/* --- ap_config ---------------------------------------------------------------- */

/* Adapters 5 and 6 (0x06), domain 4 (0x08), control domain 4. */
#define CONFIG_56_4 "0x06,0x08,0x08"

static void config_sets_all_three(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev,
			"assign_adapter=9 assign_domain=9 ap_config=" CONFIG_56_4);
	core_assert_mdev(machine, mdev, "matrix", "05.0004\n06.0004\n");
	core_assert_mdev(machine, mdev, "guest_matrix", "05.0004\n06.0004\n");
	core_assert_mdev(machine, mdev, "control_domains", "0004\n");
	core_assert_mdev(
		machine, mdev, "ap_config",
		"0x0600000000000000000000000000000000000000000000000000000000000000,"
		"0x0800000000000000000000000000000000000000000000000000000000000000,"
		"0x0800000000000000000000000000000000000000000000000000000000000000\n");
	core_machine_free(machine);
}

static void config_read_back_and_written_is_the_same(void)
{
	g_autofree char *before = NULL;
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, "ap_config=" CONFIG_56_4);
	before = core_mdev_read(machine, mdev, "ap_config");
	g_string_truncate(machine->log, 0);
	g_assert_cmpint(core_mdev_write(machine, mdev, "ap_config", before), ==, 0);
	core_assert_mdev(machine, mdev, "ap_config", before);
	core_assert_log(machine, "");
	core_machine_free(machine);
}

static void config_errors_in_kernels_order(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);

	core_mdev_setup(machine, first, "assign_adapter=5 assign_domain=4");
	core_mdev_setup(machine, second, "assign_control_domain=7");
	machine->bus.matrix.qci.na = 7;
	machine->bus.matrix.qci.nd = 7;
	/* malformed, of the host, of the other, and above the maximum, all at once */
	core_bus_write(machine, "aqmask", "0x01");
	core_bus_write(machine, "apmask", "0x04");
	g_assert_cmpint(core_mdev_write(machine, second, "ap_config", "0x0480,0x0980"),
			==, -EINVAL);
	g_assert_cmpint(core_mdev_write(machine, second, "ap_config", "0x0480,0x0980,"),
			==, -EADDRNOTAVAIL);
	g_assert_cmpint(core_mdev_write(machine, second, "ap_config", "0x0480,0x0880,"),
			==, -EADDRINUSE);
	g_assert_cmpint(core_mdev_write(machine, second, "ap_config", "0x0080,0x0880,"),
			==, -ENODEV);
	g_assert_cmpint(core_mdev_write(machine, second, "ap_config", "0x00,0x0880,"), ==,
			-ENODEV);
	g_assert_cmpint(core_mdev_write(machine, second, "ap_config", "0x00,0x08,0x0080"),
			==, -ENODEV);
	/* None of them changed anything. */
	core_assert_mdev(machine, second, "matrix", "");
	core_assert_mdev(machine, second, "control_domains", "0007\n");
	g_assert_null(apc_matrix_holder(&machine->bus.matrix, 0, 4));
	core_machine_free(machine);
}

static void config_does_not_collide_with_itself(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, "ap_config=" CONFIG_56_4 " ap_config=0x02,0x08,");
	core_assert_mdev(machine, mdev, "matrix", "06.0004\n");
	g_assert_null(apc_matrix_holder(&machine->bus.matrix, 5, 4));
	g_assert_true(apc_matrix_holder(&machine->bus.matrix, 6, 4) == mdev);
	core_machine_free(machine);
}

static void config_empty_returns_everything(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_mdev_setup(machine, mdev, "ap_config=" CONFIG_56_4 " ap_config=0,0,0");
	core_assert_mdev(machine, mdev, "matrix", "");
	core_assert_mdev(machine, mdev, "guest_matrix", "");
	core_assert_mdev(machine, mdev, "control_domains", "");
	core_assert_log(machine, "reset 05.0004\nreset 06.0004\n");
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/assign/id_malformed_einval_or_erange",
			id_malformed_einval_or_erange);
	g_test_add_func("/assign/id_above_maximum_enodev", id_above_maximum_enodev);
	g_test_add_func("/assign/maximum_without_apxa", maximum_without_apxa);
	g_test_add_func("/assign/twice_is_success_and_changes_nothing",
			twice_is_success_and_changes_nothing);
	g_test_add_func("/assign/queue_of_host_pool_eaddrnotavail",
			queue_of_host_pool_eaddrnotavail);
	g_test_add_func("/assign/queue_of_other_mdev_eaddrinuse",
			queue_of_other_mdev_eaddrinuse);
	g_test_add_func("/assign/host_pool_checked_before_other_mdevs",
			host_pool_checked_before_other_mdevs);
	g_test_add_func("/assign/control_domains_are_shared", control_domains_are_shared);
	g_test_add_func("/assign/config_sets_all_three", config_sets_all_three);
	g_test_add_func("/assign/config_read_back_and_written_is_the_same",
			config_read_back_and_written_is_the_same);
	g_test_add_func("/assign/config_errors_in_kernels_order",
			config_errors_in_kernels_order);
	g_test_add_func("/assign/config_does_not_collide_with_itself",
			config_does_not_collide_with_itself);
	g_test_add_func("/assign/config_empty_returns_everything",
			config_empty_returns_everything);
	return g_test_run();
}
