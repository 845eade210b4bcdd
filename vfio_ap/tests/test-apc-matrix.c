// SPDX-License-Identifier: GPL-2.0
/*
 * Life of mdevs: creating, finding, removing, opening; and who holds a queue.
 */
#include "core-machine.h"

#define UUID "62177883-f1bb-47f0-914d-32a22e3a8804"

static void uuid_accepted_like_the_kernel(void)
{
	static const char *const good[] = {
		UUID,
		UUID "\n",
		UUID "x",
		"62177883-F1BB-47F0-914D-32A22E3A8804",
	};
	char uuid[APC_UUID_CHARS + 1];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(good); i++) {
		memset(uuid, '#', sizeof(uuid));
		g_assert_cmpint(apc_uuid_parse(uuid, good[i], strlen(good[i])), ==, 0);
		g_assert_cmpstr(uuid, ==, UUID);
	}
}

static void uuid_malformed_einval(void)
{
	static const char *const bad[] = {
		"",
		"\n",
		"62177883-f1bb-47f0-914d-32a22e3a880",
		UUID "\n\n",
		UUID "-0",
		"g2177883-f1bb-47f0-914d-32a22e3a8804",
		"62177883_f1bb-47f0-914d-32a22e3a8804",
		"62177883-f1bb-47f0-914d32a22e3a88040",
		"62177883-f1bb-47f0-914d-32a22e3a8 04",
		"-2177883-f1bb-47f0-914d-32a22e3a8804",
	};
	char uuid[APC_UUID_CHARS + 1] = "untouched";
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(apc_uuid_parse(uuid, bad[i], strlen(bad[i])), ==,
				-EINVAL);
	g_assert_cmpstr(uuid, ==, "untouched");
}

static void add_twice_eexist(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	struct apc_mdev other;

	g_assert_cmpint(apc_matrix_add(&machine->bus.matrix, &other, mdev->uuid), ==,
			-EEXIST);
	g_assert_cmpuint(apc_matrix_available(&machine->bus.matrix), ==, 65535);
	core_machine_free(machine);
}

static void add_beyond_limit_eusers(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	machine->bus.matrix.mdev_count = APC_MDEV_MAX;
	g_assert_cmpint(apc_matrix_may_add(&machine->bus.matrix, UUID), ==, -EUSERS);
	/* The kernel looks for the duplicate first. */
	g_assert_cmpint(apc_matrix_may_add(&machine->bus.matrix, mdev->uuid), ==,
			-EEXIST);
	machine->bus.matrix.mdev_count = 1;
	core_machine_free(machine);
}

static void create_asks_shell_after_its_checks(void)
{
	struct apc_object object = { .kind = APC_KIND_MDEV_TYPE };
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	int create = apc_attr_find(APC_KIND_MDEV_TYPE, "create");

	g_assert_cmpint(apc_attr_store(&machine->bus, &object, create, UUID, 36), ==,
			APC_STORE_CREATE);
	g_assert_cmpint(apc_attr_store(&machine->bus, &object, create, UUID, 35), ==,
			-EINVAL);
	g_assert_cmpint(apc_attr_store(&machine->bus, &object, create, mdev->uuid, 36),
			==, -EEXIST);
	core_machine_free(machine);
}

static void find_among_many_by_uuid(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdevs[1000];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(mdevs); i++)
		mdevs[i] = core_mdev_new(machine, i);
	for (i = 0; i < G_N_ELEMENTS(mdevs); i += 2) {
		apc_matrix_remove(&machine->bus.matrix, mdevs[i]);
		g_clear_pointer(&mdevs[i], g_free);
	}
	for (i = 0; i < G_N_ELEMENTS(mdevs); i++) {
		g_autofree char *uuid =
			g_strdup_printf("62177883-f1bb-47f0-914d-%012x", i);

		g_assert_true(apc_matrix_find(&machine->bus.matrix, uuid) == mdevs[i]);
	}
	g_assert_cmpuint(apc_matrix_available(&machine->bus.matrix), ==, 65536 - 500);
	core_machine_free(machine);
}

static void remove_frees_and_resets_queues(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	struct apc_mdev *next = core_mdev_new(machine, 2);

	core_mdev_setup(machine, mdev,
			"assign_adapter=5 assign_domain=4 assign_domain=0xab");
	apc_matrix_remove(&machine->bus.matrix, mdev);
	g_free(mdev);
	core_assert_log(machine, "reset 05.0004 05.00ab\n");
	core_mdev_setup(machine, next,
			"assign_adapter=5 assign_domain=4 assign_domain=0xab");
	core_assert_mdev(machine, next, "matrix", "05.0004\n05.00ab\n");
	core_machine_free(machine);
}

static void want_remove_by_number(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	g_assert_cmpint(core_mdev_write(machine, mdev, "remove", "0"), ==, 0);
	g_assert_cmpint(core_mdev_write(machine, mdev, "remove", "x"), ==, -EINVAL);
	g_assert_cmpint(core_mdev_write(machine, mdev, "remove", "99999999999999999999"),
			==, -EINVAL);
	g_assert_false(mdev->removing);
	g_assert_cmpint(core_mdev_write(machine, mdev, "remove", "0x1\n"), ==,
			APC_STORE_REMOVE);
	/* Whoever still has the file open is told so; for the others it has gone. */
	g_assert_cmpint(apc_mdev_want_remove(mdev, "1", 1), ==, -EAGAIN);
	g_assert_cmpint(core_mdev_write(machine, mdev, "remove", "1"), ==, -ENOENT);
	core_machine_free(machine);
}

static void open_refused_in_kernels_order(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);
	int guest, other;

	g_assert_cmpint(apc_mdev_open(&machine->bus.matrix, first, NULL), ==, -EINVAL);
	g_assert_cmpint(apc_mdev_open(&machine->bus.matrix, first, &guest), ==, 0);
	g_assert_cmpint(apc_mdev_open(&machine->bus.matrix, first, &other), ==, -EBUSY);
	g_assert_cmpint(apc_mdev_open(&machine->bus.matrix, second, &guest), ==, -EPERM);
	/* A refusal must not leave anything behind. */
	g_assert_null(second->user);
	g_assert_cmpint(apc_mdev_open(&machine->bus.matrix, second, &other), ==, 0);
	core_machine_free(machine);
}

static void open_and_close_tell_and_reset(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	int guest;

	core_mdev_setup(machine, mdev, "assign_adapter=6 assign_domain=4");
	core_assert_device(machine, "06.0004", "status", "assigned\n");
	apc_mdev_open(&machine->bus.matrix, mdev, &guest);
	core_assert_log(machine, "guest 01 adapters 1 domains 1\n");
	core_assert_device(machine, "06.0004", "status", "in use\n");
	core_assert_device(machine, "06.0047", "status", "unassigned\n");
	apc_mdev_reset(&machine->bus.matrix, mdev);
	core_assert_log(machine, "reset 06.0004\n");
	apc_mdev_close(&machine->bus.matrix, mdev);
	core_assert_log(machine, "reset 06.0004\n");
	core_assert_device(machine, "06.0004", "status", "assigned\n");
	core_machine_free(machine);
}

static void holder_of_each_queue(void)
{
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *first = core_mdev_new(machine, 1);
	struct apc_mdev *second = core_mdev_new(machine, 2);
	struct apc_matrix *mx = &machine->bus.matrix;

	core_mdev_setup(machine, first, "assign_adapter=5 assign_domain=4");
	core_mdev_setup(machine, second, "assign_adapter=5 assign_domain=0x47");
	g_assert_true(apc_matrix_holder(mx, 5, 4) == first);
	g_assert_true(apc_matrix_holder(mx, 5, 0x47) == second);
	g_assert_null(apc_matrix_holder(mx, 6, 4));
	g_assert_null(apc_matrix_holder(mx, 5, 0xab));
	core_machine_free(machine);
}

static void conflict_line_cut_to_size(void)
{
	struct apc_mdev mdev = { .uuid = UUID };
	struct apc_conflict conflict = { .wanted_by = &mdev, .holder = &mdev };
	static const char *const expected = "Userspace may not assign queue 05.0054 to "
					    "mdev: already assigned to " UUID;
	char line[128];

	g_assert_cmpuint(apc_conflict_print(&conflict, 5, 0x54, line, sizeof(line)), ==,
			 strlen(expected));
	g_assert_cmpstr(line, ==, expected);
	g_assert_cmpuint(apc_conflict_print(&conflict, 5, 0x54, line, 10), ==,
			 strlen(expected));
	g_assert_cmpstr(line, ==, "Userspace");
	g_assert_cmpuint(apc_conflict_print(&conflict, 5, 0x54, NULL, 0), ==,
			 strlen(expected));
	conflict.wanted_by = NULL;
	apc_conflict_print(&conflict, 5, 0x54, line, sizeof(line));
	g_assert_cmpstr(line, ==,
			"Can not reserve queue 05.0054 for host driver: in use by mdev");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/matrix/uuid_accepted_like_the_kernel",
			uuid_accepted_like_the_kernel);
	g_test_add_func("/matrix/uuid_malformed_einval", uuid_malformed_einval);
	g_test_add_func("/matrix/add_twice_eexist", add_twice_eexist);
	g_test_add_func("/matrix/add_beyond_limit_eusers", add_beyond_limit_eusers);
	g_test_add_func("/matrix/create_asks_shell_after_its_checks",
			create_asks_shell_after_its_checks);
	g_test_add_func("/matrix/find_among_many_by_uuid", find_among_many_by_uuid);
	g_test_add_func("/matrix/remove_frees_and_resets_queues",
			remove_frees_and_resets_queues);
	g_test_add_func("/matrix/want_remove_by_number", want_remove_by_number);
	g_test_add_func("/matrix/open_refused_in_kernels_order",
			open_refused_in_kernels_order);
	g_test_add_func("/matrix/open_and_close_tell_and_reset",
			open_and_close_tell_and_reset);
	g_test_add_func("/matrix/holder_of_each_queue", holder_of_each_queue);
	g_test_add_func("/matrix/conflict_line_cut_to_size", conflict_line_cut_to_size);
	return g_test_run();
}
