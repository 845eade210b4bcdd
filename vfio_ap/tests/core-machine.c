// SPDX-License-Identifier: GPL-2.0
/*
 * A machine for tests of the core, see core-machine.h.
 */
#include "core-machine.h"

static struct core_machine *machine_of(struct apc_matrix *mx)
{
	return (struct core_machine *)((char *)mx -
				       G_STRUCT_OFFSET(struct apc_bus, matrix));
}

static void log_domains(GString *log, unsigned int apid, const struct apc_mask *domains)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, domains)
		g_string_append_printf(log, " %02x.%04x", apid, apqi);
}

static void on_reset(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains)
{
	GString *log = machine_of(mx)->log;

	g_string_append(log, "reset");
	log_domains(log, apid, domains);
	g_string_append_c(log, '\n');
	apc_bus_reset(mx, apid, domains);
}

static void on_guest_update(struct apc_matrix *mx, struct apc_mdev *mdev)
{
	g_string_append_printf(machine_of(mx)->log, "guest %s adapters %u domains %u\n",
			       mdev->uuid + 34, apc_mask_weight(&mdev->guest.apm),
			       apc_mask_weight(&mdev->guest.aqm));
}

static void on_conflict(struct apc_matrix *mx, const struct apc_conflict *conflict)
{
	unsigned int apid, apqi;
	char line[128];

	apc_mask_for_each(apid, &conflict->apm)
		apc_mask_for_each(apqi, &conflict->aqm) {
			apc_conflict_print(conflict, apid, apqi, line, sizeof(line));
			g_string_append_printf(machine_of(mx)->log, "%s\n", line);
		}
}

static void on_event(struct apc_bus *bus, const struct apc_event *event)
{
	struct core_machine *machine = (struct core_machine *)bus;
	char path[64], env[256];
	size_t len, i;

	if (!machine->log_events)
		return;
	apc_event_path(event, path, sizeof(path));
	len = apc_event_env(bus, event, env, sizeof(env));
	g_assert_cmpuint(len, <=, sizeof(env));
	g_string_append_printf(machine->log, "%s %s", apc_event_action(event), path);
	for (i = 0; i < len; i += strlen(env + i) + 1)
		g_string_append_printf(machine->log, " %s", env + i);
	g_string_append_c(machine->log, '\n');
}

static const struct apc_matrix_ops matrix_ops = {
	.reset = on_reset,
	.guest_update = on_guest_update,
	.conflict = on_conflict,
};

static const struct apc_bus_ops bus_ops = {
	.event = on_event,
};

struct core_machine *core_machine_new_empty(void)
{
	struct core_machine *machine = g_new0(struct core_machine, 1);

	machine->log = g_string_new(NULL);
	apc_bus_init(&machine->bus, &bus_ops, &matrix_ops);
	return machine;
}

struct core_machine *core_machine_new(void)
{
	static const unsigned int domains[] = { 4, 0x47, 0xab, 0xff };
	struct core_machine *machine = core_machine_new_empty();
	struct apc_hw_card card;
	unsigned int i;

	apc_hw_card_init(&card, 11, APC_MODE_CCA);
	g_assert_cmpint(apc_hw_add_card(&machine->bus.hw, 5, &card), ==, 0);
	apc_hw_card_init(&card, 11, APC_MODE_ACCEL);
	g_assert_cmpint(apc_hw_add_card(&machine->bus.hw, 6, &card), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(domains); i++)
		apc_hw_set_domain(&machine->bus.hw, domains[i], true, true);
	apc_bus_scan(&machine->bus);
	return machine;
}

struct core_machine *core_machine_new_free(void)
{
	struct core_machine *machine = core_machine_new();

	g_assert_cmpint(core_bus_write(machine, "apmask", "0"), ==, 0);
	return machine;
}

void core_machine_free(struct core_machine *machine)
{
	struct apc_mdev *mdev;

	while ((mdev = machine->bus.matrix.mdevs)) {
		apc_matrix_remove(&machine->bus.matrix, mdev);
		g_free(mdev);
	}
	g_string_free(machine->log, TRUE);
	g_free(machine);
}

struct apc_mdev *core_mdev_new(struct core_machine *machine, unsigned int n)
{
	g_autofree char *uuid = g_strdup_printf("62177883-f1bb-47f0-914d-%012x", n);
	struct apc_mdev *mdev = g_new(struct apc_mdev, 1);

	g_assert_cmpint(apc_matrix_add(&machine->bus.matrix, mdev, uuid), ==, 0);
	return mdev;
}

static int object_write(struct core_machine *machine, const struct apc_object *object,
			const char *attr, const char *text)
{
	/* Behind the text there is nothing: the core must not rely on a NUL. */
	g_autofree char *copy = g_memdup2(text, strlen(text));
	int number = apc_attr_find(object->kind, attr);

	g_assert_cmpint(number, >=, 0);
	return apc_attr_store(&machine->bus, object, number, copy ? copy : "",
			      strlen(text));
}

static char *object_read(struct core_machine *machine, const struct apc_object *object,
			 const char *attr)
{
	int number = apc_attr_find(object->kind, attr);
	GString *text = g_string_new(NULL);
	char window[100];
	ssize_t n;

	g_assert_cmpint(number, >=, 0);
	do {
		n = apc_attr_show(&machine->bus, object, number, text->len, window,
				  sizeof(window));
		if (n > 0)
			g_string_append_len(text, window, n);
	} while (n > 0);
	if (n < 0)
		g_string_printf(text, "!%d", (int)-n);
	return g_string_free(text, FALSE);
}

int core_bus_write(struct core_machine *machine, const char *attr, const char *text)
{
	struct apc_object object = { .kind = APC_KIND_BUS };

	return object_write(machine, &object, attr, text);
}

char *core_bus_read(struct core_machine *machine, const char *attr)
{
	struct apc_object object = { .kind = APC_KIND_BUS };

	return object_read(machine, &object, attr);
}

int core_mdev_write(struct core_machine *machine, struct apc_mdev *mdev, const char *attr,
		    const char *text)
{
	struct apc_object object = { .kind = APC_KIND_MDEV, .mdev = mdev };

	return object_write(machine, &object, attr, text);
}

char *core_mdev_read(struct core_machine *machine, struct apc_mdev *mdev,
		     const char *attr)
{
	struct apc_object object = { .kind = APC_KIND_MDEV, .mdev = mdev };

	return object_read(machine, &object, attr);
}

void core_mdev_setup(struct core_machine *machine, struct apc_mdev *mdev,
		     const char *writes)
{
	g_auto(GStrv) list = g_strsplit(writes, " ", -1);
	unsigned int i;

	for (i = 0; list[i]; i++) {
		g_auto(GStrv) pair = g_strsplit(list[i], "=", 2);

		g_assert_cmpint(core_mdev_write(machine, mdev, pair[0], pair[1]), ==, 0);
	}
}

static struct apc_object device_object(const char *name)
{
	struct apc_object object = { 0 };
	unsigned int apid;
	int apqi;

	g_assert_cmpint(apc_bus_parse_name(name, strlen(name), &apid, &apqi), ==, 0);
	object.kind = apqi < 0 ? APC_KIND_CARD : APC_KIND_QUEUE;
	object.apid = apid;
	object.apqi = apqi < 0 ? 0 : apqi;
	return object;
}

char *core_device_read(struct core_machine *machine, const char *name, const char *attr)
{
	struct apc_object object = device_object(name);

	return object_read(machine, &object, attr);
}

int core_device_write(struct core_machine *machine, const char *name, const char *attr,
		      const char *text)
{
	struct apc_object object = device_object(name);

	return object_write(machine, &object, attr, text);
}

char *core_take_log(struct core_machine *machine)
{
	char *log = g_strdup(machine->log->str);

	g_string_truncate(machine->log, 0);
	return log;
}
