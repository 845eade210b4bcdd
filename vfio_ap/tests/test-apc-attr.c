// SPDX-License-Identifier: GPL-2.0
/*
 * The sysfs files: which there are, their modes, and what they print.
 */
#include "core-machine.h"

static char *list_visible(struct core_machine *machine, const struct apc_object *object)
{
	GString *list = g_string_new(NULL);
	unsigned int i;

	for (i = 0; i < apc_attr_count(object->kind); i++)
		if (apc_attr_visible(&machine->bus, object, i))
			g_string_append_printf(list, "%s%s:%o", list->len ? " " : "",
					       apc_attr_name(object->kind, i),
					       apc_attr_mode(object->kind, i));
	return g_string_free(list, FALSE);
}

static void assert_visible(struct core_machine *machine, struct apc_object object,
			   const char *expected)
{
	g_autofree char *list = list_visible(machine, &object);

	g_assert_cmpstr(list, ==, expected);
}

#define CARD_COMMON                                                                      \
	"ap_functions:444 chkstop:444 config:644 depth:444 hwtype:444 load:444 "         \
	"max_msg_size:444 modalias:444 online:644"
#define CARD_COUNTS                                                                      \
	"pendingq_count:444 raw_hwtype:444 request_count:644 requestq_count:444"

static void card_files_by_mode_and_driver(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_hw_card card;

	apc_hw_card_init(&card, 14, APC_MODE_EP11);
	apc_hw_add_card(&machine->bus.hw, 7, &card);
	apc_bus_scan(&machine->bus);
	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_CARD, .apid = 6 },
		       CARD_COMMON " " CARD_COUNTS " type:444");
	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_CARD, .apid = 5 },
		       CARD_COMMON " " CARD_COUNTS " serialnr:444 type:444");
	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_CARD, .apid = 7 },
		       "API_ordinalnr:444 FW_version:444 " CARD_COMMON
		       " op_modes:444 " CARD_COUNTS " serialnr:444 type:444");
	apc_bus_unbind(&machine->bus, APC_DRIVER_CEX4CARD, "card07", 6);
	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_CARD, .apid = 7 },
		       "ap_functions:444 chkstop:444 config:644 depth:444 hwtype:444 "
		       "max_msg_size:444 modalias:444 " CARD_COUNTS);
	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_CARD, .apid = 8 },
		       "");
	core_machine_free(machine);
}

#define QUEUE_COMMON "ap_functions:444 chkstop:444 config:444 interrupt:444"
#define QUEUE_COUNTS "pendingq_count:444 request_count:644 requestq_count:444 reset:644"

static void queue_files_by_driver(void)
{
	struct apc_object queue = { .kind = APC_KIND_QUEUE, .apid = 5, .apqi = 4 };
	struct core_machine *machine = core_machine_new();

	assert_visible(machine, queue,
		       QUEUE_COMMON " load:444 mkvps:444 online:644 " QUEUE_COUNTS);
	queue.apid = 6;
	assert_visible(machine, queue, QUEUE_COMMON " load:444 online:644 " QUEUE_COUNTS);
	core_bus_write(machine, "apmask", "0");
	assert_visible(machine, queue, QUEUE_COMMON " " QUEUE_COUNTS " status:444");
	apc_bus_unbind(&machine->bus, APC_DRIVER_VFIO_AP, "06.0004", 7);
	assert_visible(machine, queue, QUEUE_COMMON " " QUEUE_COUNTS);
	queue.apqi = 5;
	assert_visible(machine, queue, "");
	core_machine_free(machine);
}

static void other_files(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_MATRIX },
		       "features:444");
	assert_visible(machine, (struct apc_object){ .kind = APC_KIND_MDEV_TYPE },
		       "available_instances:444 create:200 device_api:444 name:444");
	assert_visible(
		machine, (struct apc_object){ .kind = APC_KIND_MDEV, .mdev = mdev },
		"ap_config:644 assign_adapter:200 assign_control_domain:200 "
		"assign_domain:200 control_domains:444 guest_matrix:444 matrix:444 "
		"remove:200 unassign_adapter:200 unassign_control_domain:200 "
		"unassign_domain:200");
	assert_visible(
		machine, (struct apc_object){ .kind = APC_KIND_BUS },
		"ap_adapter_mask:444 ap_control_domain_mask:444 ap_domain:644 "
		"ap_interrupts:444 ap_max_adapter_id:444 ap_max_domain_id:444 "
		"ap_usage_domain_mask:444 apmask:644 aqmask:644 bindings:444 "
		"config_time:644 drivers_autoprobe:644 drivers_probe:200 features:444 "
		"poll_thread:644 poll_timeout:644 scans:644");
	core_machine_free(machine);
}

static void wrong_direction_eio_and_missing_enoent(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_assert_mdev(machine, mdev, "assign_adapter", "!5");
	g_assert_cmpint(core_mdev_write(machine, mdev, "matrix", "5"), ==, -EIO);
	core_assert_device(machine, "05.0004", "status", "!2");
	g_assert_cmpint(apc_attr_find(APC_KIND_BUS, "nothing"), ==, -ENOENT);
	g_assert_null(apc_attr_name(APC_KIND_BUS, 1000));
	g_assert_cmpuint(apc_attr_mode(APC_KIND_BUS, 1000), ==, 0);
	core_machine_free(machine);
}

static void bus_prints(void)
{
	struct core_machine *machine = core_machine_new();

	core_assert_bus(
		machine, "ap_adapter_mask",
		"0x0600000000000000000000000000000000000000000000000000000000000000\n");
	core_assert_bus(
		machine, "ap_usage_domain_mask",
		"0x0800000000000000010000000000000000000000001000000000000000000001\n");
	core_assert_bus(
		machine, "ap_control_domain_mask",
		"0x0800000000000000010000000000000000000000001000000000000000000001\n");
	core_assert_bus(machine, "ap_max_adapter_id", "255\n");
	core_assert_bus(machine, "ap_interrupts", "1\n");
	core_assert_bus(machine, "features", "APSC APXA\n");
	core_assert_bus(machine, "bindings", "8/8 (complete)\n");
	core_assert_bus(machine, "config_time", "30\n");
	core_assert_bus(machine, "poll_timeout", "250000\n");
	core_machine_free(machine);
}

static void bus_settings_checked(void)
{
	static const struct {
		const char *attr;
		const char *text;
		int rc;
	} cases[] = {
		{ "config_time", "5", 0 },
		{ "config_time", "120\n", 0 },
		{ "config_time", "4", -EINVAL },
		{ "config_time", "121", -EINVAL },
		{ "config_time", "x", -EINVAL },
		{ "poll_timeout", "120000000000", 0 },
		{ "poll_timeout", "120000000001", -EINVAL },
		{ "poll_timeout", "18446744073709551616", -ERANGE },
		{ "poll_timeout", "-1", -EINVAL },
		{ "poll_thread", "1", 0 },
		{ "poll_thread", "2", -EINVAL },
		{ "scans", "anything", 0 },
		{ "drivers_autoprobe", "0", 0 },
	};
	struct core_machine *machine = core_machine_new();
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(core_bus_write(machine, cases[i].attr, cases[i].text), ==,
				cases[i].rc);
	core_assert_bus(machine, "config_time", "120\n");
	core_assert_bus(machine, "poll_timeout", "120000000000\n");
	core_assert_bus(machine, "poll_thread", "0\n");
	core_assert_bus(machine, "scans", "2\n");
	core_assert_bus(machine, "drivers_autoprobe", "0\n");
	machine->bus.hw.interrupts = false;
	core_bus_write(machine, "poll_thread", "1");
	core_assert_bus(machine, "poll_thread", "1\n");
	core_machine_free(machine);
}

static void card_prints(void)
{
	struct core_machine *machine = core_machine_new();

	core_assert_device(machine, "card05", "type", "CEX5C\n");
	core_assert_device(machine, "card06", "type", "CEX5A\n");
	core_assert_device(machine, "card05", "hwtype", "11\n");
	core_assert_device(machine, "card05", "modalias", "ap:t0B\n");
	core_assert_device(machine, "card05", "ap_functions", "0x92000000\n");
	core_assert_device(machine, "card05", "depth", "8\n");
	core_assert_device(machine, "card05", "max_msg_size", "12288\n");
	core_assert_device(machine, "card05", "serialnr", "\n");
	machine->bus.card[5].requests = 18446744073709551615ULL;
	core_assert_device(machine, "card05", "request_count", "18446744073709551615\n");
	g_assert_cmpint(core_device_write(machine, "card05", "request_count", "x"), ==,
			0);
	core_assert_device(machine, "card05", "request_count", "0\n");
	core_assert_device(machine, "card05", "requestq_count", "0\n");
	core_assert_device(machine, "card05", "pendingq_count", "0\n");
	core_assert_device(machine, "card05", "load", "0\n");
	core_machine_free(machine);
}

static void queue_prints(void)
{
	struct core_machine *machine = core_machine_new();

	core_assert_device(machine, "05.0004", "request_count", "0\n");
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts enabled.\n");
	core_assert_device(machine, "05.0004", "ap_functions", "0x92000000\n");
	core_assert_device(machine, "05.0004", "reset", "No Reset Timer set.\n");
	apc_mask_set(&machine->bus.hw.hang[5], 4);
	g_assert_cmpint(core_device_write(machine, "05.0004", "reset", "1"), ==, 0);
	core_assert_device(machine, "05.0004", "reset", "Reset in progress.\n");
	core_assert_device(machine, "05.0004", "interrupt", "Interrupts disabled.\n");
	core_bus_write(machine, "apmask", "0");
	core_assert_device(machine, "05.0047", "request_count", "-\n");
	core_assert_device(machine, "05.0047", "interrupt", "Interrupts disabled.\n");
	apc_hw_remove_card(&machine->bus.hw, 5);
	core_assert_device(machine, "05.0047", "ap_functions", "0x00000000\n");
	core_machine_free(machine);
}

static void mdev_type_prints(void)
{
	struct apc_object object = { .kind = APC_KIND_MDEV_TYPE };
	struct core_machine *machine = core_machine_new();
	char text[64];
	ssize_t n;

	core_mdev_new(machine, 1);
	n = apc_attr_show(&machine->bus, &object,
			  apc_attr_find(APC_KIND_MDEV_TYPE, "available_instances"), 0,
			  text, sizeof(text));
	g_assert_cmpmem(text, n, "65535\n", 6);
	n = apc_attr_show(&machine->bus, &object,
			  apc_attr_find(APC_KIND_MDEV_TYPE, "name"), 0, text,
			  sizeof(text));
	g_assert_cmpmem(text, n, "VFIO AP Passthrough Device\n", 27);
	core_machine_free(machine);
}

static void matrix_prints_halves(void)
{
	struct core_machine *machine = core_machine_new();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);

	core_assert_mdev(machine, mdev, "matrix", "");
	core_mdev_setup(machine, mdev, "assign_adapter=5 assign_adapter=255");
	core_assert_mdev(machine, mdev, "matrix", "05.\nff.\n");
	core_mdev_setup(machine, mdev,
			"unassign_adapter=5 unassign_adapter=255 assign_domain=4");
	core_assert_mdev(machine, mdev, "matrix", ".0004\n");
	core_machine_free(machine);
}

/* 65536 queues are half a megabyte: complete in windows of any size, at any place. */
static void matrix_of_every_queue_is_complete(void)
{
	g_autofree char *whole = NULL;
	struct apc_object object = { .kind = APC_KIND_MDEV };
	struct core_machine *machine = core_machine_new_free();
	struct apc_mdev *mdev = core_mdev_new(machine, 1);
	GString *expected = g_string_new(NULL);
	unsigned int apid, apqi, i;
	int matrix = apc_attr_find(APC_KIND_MDEV, "matrix");

	apc_mask_fill(&mdev->assigned.apm);
	apc_mask_fill(&mdev->assigned.aqm);
	for (apid = 0; apid < APC_IDS; apid++)
		for (apqi = 0; apqi < APC_IDS; apqi++)
			g_string_append_printf(expected, "%02x.%04x\n", apid, apqi);
	whole = core_mdev_read(machine, mdev, "matrix");
	g_assert_cmpstr(whole, ==, expected->str);
	object.mdev = mdev;
	for (i = 0; i < 1000; i++) {
		size_t offset = g_test_rand_int_range(0, expected->len + 10);
		size_t size = g_test_rand_int_range(0, 300);
		size_t part =
			offset < expected->len ? MIN(size, expected->len - offset) : 0;
		char window[300];

		g_assert_cmpint(apc_attr_show(&machine->bus, &object, matrix, offset,
					      window, size),
				==, part);
		g_assert_true(!part || !memcmp(window, expected->str + offset, part));
	}
	memset(&mdev->assigned, 0, sizeof(mdev->assigned));
	g_string_free(expected, TRUE);
	core_machine_free(machine);
}

static void no_file_writes_beyond_its_buffer(void)
{
	static const struct apc_object objects[] = {
		{ .kind = APC_KIND_BUS },
		{ .kind = APC_KIND_CARD, .apid = 5 },
		{ .kind = APC_KIND_QUEUE, .apid = 5, .apqi = 4 },
		{ .kind = APC_KIND_MATRIX },
		{ .kind = APC_KIND_MDEV_TYPE },
	};
	struct core_machine *machine = core_machine_new();
	unsigned int i, attr;
	char buf[300];
	size_t size;
	ssize_t n;

	for (i = 0; i < G_N_ELEMENTS(objects); i++)
		for (attr = 0; attr < apc_attr_count(objects[i].kind); attr++)
			for (size = 0; size < sizeof(buf); size++) {
				memset(buf, '#', sizeof(buf));
				n = apc_attr_show(&machine->bus, &objects[i], attr, 0,
						  buf, size);
				g_assert_cmpint(n, <=, (ssize_t)size);
				g_assert_true(buf[MAX(n, 0)] == '#');
			}
	core_machine_free(machine);
}

static void uevent_files(void)
{
	static const struct {
		struct apc_object object;
		const char *expected;
	} cases[] = {
		{ { .kind = APC_KIND_CARD, .apid = 5 },
		  "DEVTYPE=ap_card\nDRIVER=cex4card\nDEV_TYPE=000B\nMODALIAS=ap:"
		  "t0B\nMODE=cca\n" },
		{ { .kind = APC_KIND_QUEUE, .apid = 6, .apqi = 4 },
		  "DEVTYPE=ap_queue\nDRIVER=cex4queue\nMODE=accel\n" },
		{ { .kind = APC_KIND_MATRIX }, "DRIVER=vfio_ap\n" },
		{ { .kind = APC_KIND_MDEV }, "DRIVER=vfio_ap_mdev\n" },
		{ { .kind = APC_KIND_BUS }, "" },
	};
	struct core_machine *machine = core_machine_new();
	struct apc_out out;
	char text[256];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		apc_out_init(&out, 0, text, sizeof(text));
		apc_print_uevent(&machine->bus, &cases[i].object, &out);
		g_assert_cmpmem(text, apc_out_written(&out), cases[i].expected,
				strlen(cases[i].expected));
	}
	core_machine_free(machine);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/attr/card_files_by_mode_and_driver",
			card_files_by_mode_and_driver);
	g_test_add_func("/attr/queue_files_by_driver", queue_files_by_driver);
	g_test_add_func("/attr/other_files", other_files);
	g_test_add_func("/attr/wrong_direction_eio_and_missing_enoent",
			wrong_direction_eio_and_missing_enoent);
	g_test_add_func("/attr/bus_prints", bus_prints);
	g_test_add_func("/attr/bus_settings_checked", bus_settings_checked);
	g_test_add_func("/attr/card_prints", card_prints);
	g_test_add_func("/attr/queue_prints", queue_prints);
	g_test_add_func("/attr/mdev_type_prints", mdev_type_prints);
	g_test_add_func("/attr/matrix_prints_halves", matrix_prints_halves);
	g_test_add_func("/attr/matrix_of_every_queue_is_complete",
			matrix_of_every_queue_is_complete);
	g_test_add_func("/attr/no_file_writes_beyond_its_buffer",
			no_file_writes_beyond_its_buffer);
	g_test_add_func("/attr/uevent_files", uevent_files);
	return g_test_run();
}
