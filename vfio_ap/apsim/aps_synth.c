// SPDX-License-Identifier: GPL-2.0
/*
 * The files uevent: what a device tells udev, and sending that again on demand.
 */
#include <errno.h>
#include <string.h>

#include "aps_dirs.h"

#define UUID_LENGTH 36

static void read_core_uevent(struct aps_machine *machine, const struct aps_node *node,
			     GString *text)
{
	struct apc_object object = aps_node_object(machine, node);
	struct apc_out out;
	char buf[512];

	apc_out_init(&out, 0, buf, sizeof(buf));
	apc_print_uevent(&machine->bus, &object, &out);
	g_string_append_len(text, buf, apc_out_written(&out));
}

static void read_group_uevent(struct aps_machine *machine, const struct aps_node *node,
			      GString *text)
{
	unsigned int group = aps_machine_mdev(machine, node->object)->group;

	g_string_append_printf(text, "MAJOR=%u\nMINOR=%u\nDEVNAME=vfio/%u\n",
			       APS_VFIO_MAJOR, group, group);
}

int aps_read_uevent(struct aps_machine *machine, const struct aps_node *node,
		    GString *text)
{
	if (node->dir == APS_DIR_VFIO_GROUP)
		read_group_uevent(machine, node, text);
	else if (aps_dir(node->dir)->core >= 0 && node->dir != APS_DIR_AP_BUS)
		read_core_uevent(machine, node, text);
	return 0;
}

/* --- sending it again ---------------------------------------------------- */

static bool is_action(const char *text)
{
	static const char *const actions[] = { "add",  "remove", "change",
					       "move", "online", "offline",
					       "bind", "unbind", NULL };

	return g_strv_contains(actions, text);
}

static bool is_uuid(const char *text)
{
	gsize i;

	for (i = 0; i < UUID_LENGTH; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !g_ascii_isxdigit(text[i]))
			return false;
	}
	return text[i] == '\0';
}

/* "KEY=value", both of letters and digits. */
static bool is_argument(const char *text)
{
	gsize key = 0, value;

	while (g_ascii_isalnum(text[key]))
		key++;
	if (!key || text[key] != '=')
		return false;
	for (value = key + 1; g_ascii_isalnum(text[value]);)
		value++;
	return value > key + 1 && text[value] == '\0';
}

/* Appends the properties that say where the uevent comes from. */
static bool take_words(char **words, GString *env)
{
	char **word;

	if (!is_action(words[0]))
		return false;
	if (!words[1]) {
		g_string_append_len(env, "SYNTH_UUID=0", sizeof("SYNTH_UUID=0"));
		return true;
	}
	if (!is_uuid(words[1]))
		return false;
	g_string_append_printf(env, "SYNTH_UUID=%s", words[1]);
	g_string_append_c(env, '\0');
	for (word = words + 2; *word; word++) {
		if (!is_argument(*word))
			return false;
		g_string_append_printf(env, "SYNTH_ARG_%s", *word);
		g_string_append_c(env, '\0');
	}
	return true;
}

static void append_own(struct aps_machine *machine, const struct aps_node *node,
		       GString *env)
{
	gsize begin = env->len, i;

	aps_read_uevent(machine, node, env);
	for (i = begin; i < env->len; i++)
		if (env->str[i] == '\n')
			env->str[i] = '\0';
}

int aps_write_uevent(struct aps_machine *machine, const struct aps_node *node,
		     const char *text, size_t len)
{
	const char *subsystem = aps_dir(node->dir)->subsystem;
	g_autoptr(GString) path = g_string_new(NULL);
	g_autoptr(GString) env = g_string_new(NULL);
	g_autofree char *line = g_strndup(text, len);
	g_auto(GStrv) words = NULL;

	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
	words = g_strsplit(line, " ", -1);
	aps_node_path(machine, node, path);
	g_string_prepend_c(path, '/');
	if (!words[0] || !take_words(words, env)) {
		aps_log_add(machine->log,
			    "synth uevent: %s: incorrect uevent action arguments",
			    path->str);
		return -EINVAL;
	}
	if (!subsystem)
		return 0;
	append_own(machine, node, env);
	aps_machine_uevent(machine, words[0], path->str, subsystem, env->str, env->len);
	return 0;
}
