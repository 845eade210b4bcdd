// SPDX-License-Identifier: GPL-2.0
/*
 * The core against the kernel: what was written to the sysfs files of a real AP
 * bus with the kernel's own vfio_ap (6.1), what the writes returned and which
 * files changed by them.  The core has to answer the same, write by write.
 *
 * A trace has lines "W FILE HEX ERRNO" and "R FILE TEXT"; TEXT has | for
 * newlines, or is !ERRNO.  A file that is not mentioned again has not changed.
 * "A card 5 type=14 mode=C", "A nocard 5", "A dom 4" and the like change the
 * machine; S lets the bus scan.  What changed between 6.1 and 6.12 is left out:
 * poll_thread, poll_timeout, and online of what is checkstopped.
 */
#include <glib.h>

#include "apc_attr.h"

#define MACHINE_DEPTH 7

struct replay {
	struct apc_bus bus;
	GHashTable *files;
	unsigned int changes;
};

static unsigned int number(const char *text)
{
	guint64 value;

	g_assert_true(g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT, &value, NULL));
	return value;
}

/* The machine on which the traces were taken. */
static void replay_init(struct replay *replay)
{
	static const enum apc_mode modes[] = { APC_MODE_CCA, APC_MODE_EP11,
					       APC_MODE_ACCEL };
	static const unsigned int domains[] = { 4, 0x47, 0xab, 0xff };
	struct apc_hw_card card;
	unsigned int i;

	memset(replay, 0, sizeof(*replay));
	replay->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	apc_bus_init(&replay->bus, NULL, NULL);
	for (i = 0; i < G_N_ELEMENTS(modes); i++) {
		apc_hw_card_init(&card, 14, modes[i]);
		card.depth = MACHINE_DEPTH;
		g_assert_cmpint(apc_hw_add_card(&replay->bus.hw, 5 + i, &card), ==, 0);
	}
	for (i = 0; i < G_N_ELEMENTS(domains); i++)
		apc_hw_set_domain(&replay->bus.hw, domains[i], true, true);
	apc_bus_scan(&replay->bus);
}

static void replay_card(struct replay *replay, unsigned int id, char **words)
{
	enum apc_mode mode = APC_MODE_CCA;
	struct apc_hw_card card;

	if (!strcmp(words[4], "mode=P"))
		mode = APC_MODE_EP11;
	else if (!strcmp(words[4], "mode=A"))
		mode = APC_MODE_ACCEL;
	apc_hw_card_init(&card, number(words[3] + strlen("type=")), mode);
	card.depth = MACHINE_DEPTH;
	g_assert_cmpint(apc_hw_add_card(&replay->bus.hw, id, &card), ==, 0);
}

/* The machine lets one change the state of cards that are not there. */
static void replay_machine(struct replay *replay, char **words)
{
	struct apc_hw *hw = &replay->bus.hw;
	const char *verb = words[1];
	unsigned int id = number(words[2]);

	if (!strcmp(verb, "card"))
		replay_card(replay, id, words);
	else if (!strcmp(verb, "nocard"))
		apc_hw_remove_card(hw, id);
	else if (!strcmp(verb, "dom") || !strcmp(verb, "nodom"))
		apc_hw_set_domain(hw, id, verb[0] == 'd', verb[0] == 'd');
	else if (!strcmp(verb, "config") || !strcmp(verb, "deconfig"))
		hw->card[id].deconfigured = verb[0] == 'd';
	else if (!strcmp(verb, "chkstop") || !strcmp(verb, "nochkstop"))
		hw->card[id].checkstopped = verb[0] == 'c';
	else
		g_error("unknown change of the machine: %s", verb);
}

static void replay_clear(struct replay *replay)
{
	while (replay->bus.matrix.mdevs) {
		struct apc_mdev *mdev = replay->bus.matrix.mdevs;

		apc_matrix_remove(&replay->bus.matrix, mdev);
		g_free(mdev);
	}
	g_hash_table_unref(replay->files);
}

static enum apc_driver driver_by_name(const char *name)
{
	enum apc_driver driver;

	for (driver = APC_DRIVER_CEX4CARD; driver < APC_DRIVER_COUNT; driver++)
		if (!strcmp(apc_driver_name(driver), name))
			return driver;
	g_assert_not_reached();
}

static bool find_device(const char *name, struct apc_object *object)
{
	unsigned int apid;
	int apqi;

	if (apc_bus_parse_name(name, strlen(name), &apid, &apqi))
		return false;
	object->kind = apqi < 0 ? APC_KIND_CARD : APC_KIND_QUEUE;
	object->apid = apid;
	object->apqi = apqi < 0 ? 0 : apqi;
	return true;
}

/* "queue/05.0004/status" to the object and "status"; false when it is not there. */
static bool find_object(struct replay *replay, char **parts, struct apc_object *object)
{
	memset(object, 0, sizeof(*object));
	object->kind = APC_KIND_COUNT;
	if (!strcmp(parts[0], "bus")) {
		object->kind = APC_KIND_BUS;
	} else if (!strcmp(parts[0], "type")) {
		object->kind = APC_KIND_MDEV_TYPE;
	} else if (!strcmp(parts[0], "mdev")) {
		object->kind = APC_KIND_MDEV;
		object->mdev = apc_matrix_find(&replay->bus.matrix, parts[1]);
		return object->mdev;
	}
	return object->kind != APC_KIND_COUNT || find_device(parts[1], object);
}

static int create_or_remove(struct replay *replay, struct apc_mdev *mdev, int rc,
			    const char *text, size_t len)
{
	char uuid[APC_UUID_CHARS + 1];

	if (rc == APC_STORE_CREATE) {
		g_assert_cmpint(apc_uuid_parse(uuid, text, len), ==, 0);
		mdev = g_new(struct apc_mdev, 1);
		return apc_matrix_add(&replay->bus.matrix, mdev, uuid);
	}
	if (rc == APC_STORE_REMOVE) {
		apc_matrix_remove(&replay->bus.matrix, mdev);
		g_free(mdev);
		return 0;
	}
	return rc;
}

static int replay_store(struct replay *replay, char **parts, const char *text, size_t len)
{
	unsigned int last = g_strv_length(parts) - 1;
	struct apc_object object;
	int attr;

	if (!strcmp(parts[0], "driver") && !strcmp(parts[2], "bind"))
		return apc_bus_bind(&replay->bus, driver_by_name(parts[1]), text, len);
	if (!strcmp(parts[0], "driver"))
		return apc_bus_unbind(&replay->bus, driver_by_name(parts[1]), text, len);
	if (!find_object(replay, parts, &object))
		return -ENOENT;
	/* The kernel does not call the attribute for an empty write. */
	if (!len)
		return 0;
	attr = apc_attr_find(object.kind, parts[last]);
	g_assert_cmpint(attr, >=, 0);
	return create_or_remove(replay, object.mdev,
				apc_attr_store(&replay->bus, &object, attr, text, len),
				text, len);
}

static char *replay_show(struct replay *replay, char **parts)
{
	unsigned int last = g_strv_length(parts) - 1;
	char text[APC_PAGE_SIZE + 1];
	struct apc_object object;
	ssize_t rc = -ENOENT;

	if (find_object(replay, parts, &object))
		rc = apc_attr_show(&replay->bus, &object,
				   apc_attr_find(object.kind, parts[last]), 0, text,
				   APC_PAGE_SIZE);
	if (rc < 0)
		return g_strdup_printf("!%d", (int)-rc);
	text[rc] = '\0';
	return g_strdelimit(g_strdup(text), "\n", '|');
}

static void check_files(struct replay *replay, const char *cause)
{
	GHashTableIter iter;
	gpointer path, text;

	g_hash_table_iter_init(&iter, replay->files);
	while (g_hash_table_iter_next(&iter, &path, &text)) {
		g_auto(GStrv) parts = g_strsplit(path, "/", -1);
		g_autofree char *mine = replay_show(replay, parts);

		if (strcmp(mine, text) != 0)
			g_error("%s: %s is %s, the kernel has %s", cause, (char *)path,
				mine, (char *)text);
	}
}

static char *unhex(const char *hex, size_t *len)
{
	char *text;
	size_t i;

	*len = strcmp(hex, "-") ? strlen(hex) / 2 : 0;
	/* Exactly as long as the text, so that a read behind it is seen. */
	text = g_malloc(MAX(*len, 1));
	for (i = 0; i < *len; i++)
		text[i] = g_ascii_xdigit_value(hex[2 * i]) * 16 +
			  g_ascii_xdigit_value(hex[2 * i + 1]);
	return text;
}

static void replay_write(struct replay *replay, const char *line, char **words)
{
	g_auto(GStrv) parts = g_strsplit(words[1], "/", -1);
	size_t len;
	char *text = unhex(words[2], &len);
	int rc = replay_store(replay, parts, text, len);

	g_free(text);
	if (-rc != (int)number(words[3]))
		g_error("%s: the core returned %d", line, rc);
}

/* Everything but what was read changes something. */
static bool is_change(const char *line)
{
	return line && line[0] != 'R';
}

static void replay_change(struct replay *replay, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);

	if (line[0] == 'W')
		replay_write(replay, line, words);
	else if (line[0] == 'A')
		replay_machine(replay, words);
	else
		apc_bus_scan(&replay->bus);
	replay->changes++;
}

static void replay_read(struct replay *replay, const char *line)
{
	g_auto(GStrv) words = g_strsplit(line, " ", 3);

	g_hash_table_insert(replay->files, g_strdup(words[1]), g_strdup(words[2]));
}

static void replay_trace(gconstpointer path)
{
	struct replay *replay = g_new(struct replay, 1);
	const char *cause = "start";
	char *content, **lines;
	unsigned int i;

	g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
	lines = g_strsplit(g_strchomp(content), "\n", -1);
	replay_init(replay);
	for (i = 0; lines[i]; i++) {
		if (is_change(lines[i])) {
			replay_change(replay, lines[i]);
			cause = lines[i];
		} else {
			replay_read(replay, lines[i]);
		}
		if (!lines[i + 1] || is_change(lines[i + 1]))
			check_files(replay, cause);
	}
	g_assert_cmpuint(replay->changes, >, 20);
	g_strfreev(lines);
	g_free(content);
	replay_clear(replay);
	g_free(replay);
}

int main(int argc, char **argv)
{
	static const char *const traces[] = { "reference-1", "reference-2", "reference-3",
					      "hotplug-1" };
	unsigned int i;

	g_test_init(&argc, &argv, NULL);
	for (i = 0; i < G_N_ELEMENTS(traces); i++) {
		g_autofree char *name = g_strdup_printf("/reference/%s_same", traces[i]);
		g_autofree char *file = g_strconcat(traces[i], ".trace", NULL);

		g_test_add_data_func_full(
			name, g_test_build_filename(G_TEST_DIST, "data", file, NULL),
			replay_trace, g_free);
	}
	return g_test_run();
}
