// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles: key files that describe a machine.
 */
#include <errno.h>

#include "aps_config.h"
#include "aps_error.h"
#include "aps_ids.h"
#include "aps_profile.h"

#define GROUP_MACHINE	"machine"
#define GROUP_CARD	"card "
#define SUFFIX		".conf"
#define MAX_FILE_LENGTH (1024 * 1024)
#define MAX_DEPTH	16

struct reader {
	GKeyFile *file;
	const char *where;
	const char *group;
	struct aps_profile *profile;
	GError **error;
};

/* A key of a group and the function that takes its value. */
struct key {
	const char *name;
	bool (*take)(struct reader *reader, const char *key, const char *value,
		     void *target);
};

static bool fault(struct reader *reader, const char *key, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

static bool fault(struct reader *reader, const char *key, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	if (key)
		g_set_error(reader->error, APS_ERROR, APS_ERROR_PROFILE,
			    "%s: [%s] %s: %s", reader->where, reader->group, key, what);
	else
		g_set_error(reader->error, APS_ERROR, APS_ERROR_PROFILE, "%s: [%s]: %s",
			    reader->where, reader->group, what);
	return false;
}

static bool take_number(struct reader *reader, const char *key, const char *value,
			guint64 max, guint64 *number)
{
	g_autoptr(GError) error = NULL;
	bool hex = g_str_has_prefix(value, "0x");

	if (g_ascii_string_to_unsigned(hex ? value + 2 : value, hex ? 16 : 10, 0, max,
				       number, &error))
		return true;
	return fault(reader, key, "'%s' is not a number from 0 to %" G_GUINT64_FORMAT,
		     value, max);
}

static bool take_list(struct reader *reader, const char *key, const char *value,
		      struct apc_mask *mask)
{
	if (aps_ids_parse_list(value, mask))
		return true;
	return fault(reader, key,
		     "'%s' is not a list of ids from 0 to 255, such as 4,0x47,10-20",
		     value);
}

/* --- the keys of [machine]; @target is the struct aps_profile ------------ */

static bool take_description(struct reader *reader, const char *key, const char *value,
			     void *target)
{
	struct aps_profile *profile = target;

	g_free(profile->description);
	profile->description = g_strdup(value);
	return true;
}

static bool take_domains(struct reader *reader, const char *key, const char *value,
			 void *target)
{
	struct apc_masks *config = &((struct aps_profile *)target)->hw.qci.config;

	return take_list(reader, key, value, &config->aqm);
}

static bool take_control_domains(struct reader *reader, const char *key,
				 const char *value, void *target)
{
	struct apc_masks *config = &((struct aps_profile *)target)->hw.qci.config;

	return take_list(reader, key, value, &config->adm);
}

static bool take_pool(struct reader *reader, const char *key, const char *value,
		      struct apc_mask *mask)
{
	if (!apc_mask_parse(mask, value, strlen(value)))
		return true;
	return fault(reader, key, "'%s' is not a mask, such as 0xf0, +0-15 or -5,-6",
		     value);
}

static bool take_apmask(struct reader *reader, const char *key, const char *value,
			void *target)
{
	return take_pool(reader, key, value, &((struct aps_profile *)target)->pool.apm);
}

static bool take_aqmask(struct reader *reader, const char *key, const char *value,
			void *target)
{
	return take_pool(reader, key, value, &((struct aps_profile *)target)->pool.aqm);
}

static bool take_max_adapter(struct reader *reader, const char *key, const char *value,
			     void *target)
{
	guint64 number;

	if (!take_number(reader, key, value, APC_IDS - 1, &number))
		return false;
	((struct aps_profile *)target)->hw.qci.na = number;
	return true;
}

static bool take_max_domain(struct reader *reader, const char *key, const char *value,
			    void *target)
{
	guint64 number;

	if (!take_number(reader, key, value, APC_IDS - 1, &number))
		return false;
	((struct aps_profile *)target)->hw.qci.nd = number;
	return true;
}

static bool take_features(struct reader *reader, const char *key, const char *value,
			  void *target)
{
	static const struct {
		const char *name;
		u8 flag;
	} features[] = {
		{ "APSC", APC_QCI_APSC }, { "APXA", APC_QCI_APXA },
		{ "QACT", APC_QCI_QACT }, { "RC8A", APC_QCI_RC8A },
		{ "APSB", APC_QCI_APSB },
	};
	g_auto(GStrv) names = g_strsplit(value, " ", -1);
	u8 flags = 0;
	size_t i;
	char **name;

	for (name = names; *name; name++) {
		if (!**name)
			continue;
		for (i = 0; i < G_N_ELEMENTS(features); i++)
			if (!strcmp(*name, features[i].name))
				break;
		if (i == G_N_ELEMENTS(features))
			return fault(reader, key,
				     "'%s' is none of APSC, APXA, QACT, RC8A, APSB",
				     *name);
		flags |= features[i].flag;
	}
	((struct aps_profile *)target)->hw.qci.flags = flags;
	return true;
}

static bool take_interrupts(struct reader *reader, const char *key, const char *value,
			    void *target)
{
	bool yes = !strcmp(value, "true");

	if (!yes && strcmp(value, "false"))
		return fault(reader, key, "'%s' is neither true nor false", value);
	((struct aps_profile *)target)->hw.interrupts = yes;
	return true;
}

static bool take_kernel(struct reader *reader, const char *key, const char *value,
			void *target)
{
	static const struct {
		const char *version;
		unsigned int caps;
	} kernels[] = { { "6.1", APC_CAPS_6_1 },
			{ "6.12", APC_CAPS_6_12 },
			{ "6.19", APC_CAPS_6_19 } };
	gsize i;

	for (i = 0; i < G_N_ELEMENTS(kernels); i++) {
		if (strcmp(value, kernels[i].version))
			continue;
		((struct aps_profile *)target)->caps = kernels[i].caps;
		return true;
	}
	return fault(reader, key, "'%s' is none of 6.1, 6.12, 6.19", value);
}

static const struct key machine_keys[] = {
	{ "description", take_description },
	{ "domains", take_domains },
	{ "control-domains", take_control_domains },
	{ "apmask", take_apmask },
	{ "aqmask", take_aqmask },
	{ "max-adapter", take_max_adapter },
	{ "max-domain", take_max_domain },
	{ "features", take_features },
	{ "interrupts", take_interrupts },
	{ "kernel", take_kernel },
};

/* --- the keys of [card …]; @target is the struct apc_hw_card ------------- */

static bool take_type(struct reader *reader, const char *key, const char *value,
		      void *target)
{
	enum apc_mode mode;
	u8 type;

	if (!aps_ids_parse_type(value, &type, &mode))
		return fault(reader, key,
			     "'%s' is not CEX4 to CEX8 with A, C or P behind it", value);
	apc_hw_card_init(target, type, mode);
	return true;
}

static bool take_depth(struct reader *reader, const char *key, const char *value,
		       void *target)
{
	guint64 number;

	if (!take_number(reader, key, value, MAX_DEPTH, &number))
		return false;
	if (!number)
		return fault(reader, key, "a queue takes at least one request");
	((struct apc_hw_card *)target)->depth = number;
	return true;
}

static bool take_functions(struct reader *reader, const char *key, const char *value,
			   void *target)
{
	guint64 number;

	if (!take_number(reader, key, value, G_MAXUINT32, &number))
		return false;
	((struct apc_hw_card *)target)->functions = number;
	return true;
}

static bool take_message_size(struct reader *reader, const char *key, const char *value,
			      void *target)
{
	guint64 number;

	if (!take_number(reader, key, value, G_MAXUINT32, &number))
		return false;
	((struct apc_hw_card *)target)->max_msg_size = number;
	return true;
}

static bool take_state(struct reader *reader, const char *key, const char *value,
		       void *target)
{
	struct apc_hw_card *card = target;

	card->deconfigured = !strcmp(value, "deconfigured");
	card->checkstopped = !strcmp(value, "checkstopped");
	if (card->deconfigured || card->checkstopped || !strcmp(value, "configured"))
		return true;
	return fault(reader, key,
		     "'%s' is none of configured, deconfigured, checkstopped", value);
}

/* The type comes first, as it sets the others to what is usual. */
static const struct key card_keys[] = {
	{ "type", take_type },		 { "depth", take_depth },
	{ "functions", take_functions }, { "max-message-size", take_message_size },
	{ "state", take_state },
};

static bool check_names(struct reader *reader, const struct key *keys, size_t count)
{
	g_auto(GStrv) names =
		g_key_file_get_keys(reader->file, reader->group, NULL, NULL);
	char **name;
	size_t i;

	for (name = names; name && *name; name++) {
		for (i = 0; i < count; i++)
			if (!strcmp(*name, keys[i].name))
				break;
		if (i == count)
			return fault(reader, *name, "no such key");
	}
	return true;
}

static bool take_keys(struct reader *reader, const struct key *keys, size_t count,
		      void *target)
{
	g_autoptr(GError) error = NULL;
	size_t i;

	if (!check_names(reader, keys, count))
		return false;
	for (i = 0; i < count; i++) {
		g_autofree char *value = NULL;

		if (!g_key_file_has_key(reader->file, reader->group, keys[i].name, NULL))
			continue;
		value = g_key_file_get_string(reader->file, reader->group, keys[i].name,
					      &error);
		if (!value)
			return fault(reader, keys[i].name, "%s", error->message);
		if (!keys[i].take(reader, keys[i].name, g_strstrip(value), target))
			return false;
	}
	return true;
}

static bool take_cards(struct reader *reader)
{
	struct apc_hw *hw = &reader->profile->hw;
	struct apc_hw_card card;
	struct apc_mask ids;
	unsigned int apid;

	if (!aps_ids_parse_list(reader->group + strlen(GROUP_CARD), &ids))
		return fault(reader, NULL,
			     "behind 'card' comes a list of ids from 0 to 255");
	if (!g_key_file_has_key(reader->file, reader->group, "type", NULL))
		return fault(reader, "type", "is missing");
	if (!take_keys(reader, card_keys, G_N_ELEMENTS(card_keys), &card))
		return false;
	apc_mask_for_each(apid, &ids) {
		if (apc_mask_test(&hw->installed, apid))
			return fault(reader, NULL, "card %u is described twice", apid);
		if (apc_hw_add_card(hw, apid, &card))
			return fault(reader, NULL, "card %u is above max-adapter", apid);
	}
	return true;
}

static bool take_machine(struct reader *reader)
{
	struct aps_profile *profile = reader->profile;
	struct apc_qci *qci = &profile->hw.qci;

	reader->group = GROUP_MACHINE;
	if (!g_key_file_has_group(reader->file, reader->group))
		return fault(reader, NULL, "the group is missing");
	if (!take_keys(reader, machine_keys, G_N_ELEMENTS(machine_keys), profile))
		return false;
	if (!g_key_file_has_key(reader->file, reader->group, "control-domains", NULL))
		qci->config.adm = qci->config.aqm;
	if (apc_mask_next(&qci->config.aqm, qci->nd + 1) < APC_IDS)
		return fault(reader, "domains", "an id is above max-domain");
	return true;
}

static bool take_groups(struct reader *reader)
{
	g_auto(GStrv) groups = g_key_file_get_groups(reader->file, NULL);
	char **group;

	if (!take_machine(reader))
		return false;
	for (group = groups; *group; group++) {
		reader->group = *group;
		if (g_str_has_prefix(*group, GROUP_CARD)) {
			if (!take_cards(reader))
				return false;
		} else if (strcmp(*group, GROUP_MACHINE)) {
			return fault(reader, NULL, "no such group");
		}
	}
	return true;
}

/* Before anything is read: no card, no domain, everything in the host's pool. */
static struct aps_profile *profile_new(const char *where)
{
	struct aps_profile *profile = g_new0(struct aps_profile, 1);

	profile->name = g_path_get_basename(where);
	if (g_str_has_suffix(profile->name, SUFFIX))
		profile->name[strlen(profile->name) - strlen(SUFFIX)] = '\0';
	profile->description = g_strdup("");
	profile->caps = APC_CAPS_6_12;
	apc_hw_init(&profile->hw);
	apc_mask_fill(&profile->pool.apm);
	apc_mask_fill(&profile->pool.aqm);
	return profile;
}

struct aps_profile *aps_profile_parse(const char *text, gsize len, const char *where,
				      GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) syntax = NULL;
	struct reader reader = { .file = file, .where = where, .error = error };

	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &syntax)) {
		g_set_error(error, APS_ERROR, APS_ERROR_PROFILE, "%s: %s", where,
			    syntax->message);
		return NULL;
	}
	reader.profile = profile_new(where);
	if (!take_groups(&reader))
		g_clear_pointer(&reader.profile, aps_profile_free);
	return reader.profile;
}

/* --- where profiles are -------------------------------------------------- */

/* Beside the program in the build directory, or where they are installed. */
static char *profile_dir(void)
{
	g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *here = exe ? g_path_get_dirname(exe) : NULL;
	g_autofree char *beside = NULL;

	if (here) {
		beside = g_build_filename(here, "..", "profiles", NULL);
		if (g_file_test(beside, G_FILE_TEST_IS_DIR))
			return g_steal_pointer(&beside);
	}
	return g_strdup(APS_PROFILE_DIR);
}

static bool is_path(const char *name)
{
	return strchr(name, '/') || g_str_has_suffix(name, SUFFIX);
}

static char *profile_path(const char *name)
{
	g_autofree char *dir = profile_dir();
	g_autofree char *base = g_strconcat(name, SUFFIX, NULL);

	if (is_path(name))
		return g_strdup(name);
	return g_build_filename(dir, base, NULL);
}

struct aps_profile *aps_profile_load(const char *name, GError **error)
{
	g_autofree char *path = profile_path(name);
	g_autoptr(GError) reason = NULL;
	g_autofree char *text = NULL;
	gsize len;

	if (!is_path(name) && !g_file_test(path, G_FILE_TEST_EXISTS)) {
		g_set_error(error, APS_ERROR, APS_ERROR_PROFILE,
			    "there is no profile '%s' ('apsim profiles' lists them)",
			    name);
		return NULL;
	}
	if (!g_file_get_contents(path, &text, &len, &reason)) {
		g_set_error(error, APS_ERROR, APS_ERROR_PROFILE, "%s", reason->message);
		return NULL;
	}
	if (len > MAX_FILE_LENGTH) {
		g_set_error(error, APS_ERROR, APS_ERROR_PROFILE,
			    "%s: not a profile: too long", path);
		return NULL;
	}
	return aps_profile_parse(text, len, path, error);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **aps_profile_names(void)
{
	g_autofree char *path = profile_dir();
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	GPtrArray *names = g_ptr_array_new();
	const char *entry;

	while (dir && (entry = g_dir_read_name(dir)))
		if (g_str_has_suffix(entry, SUFFIX))
			g_ptr_array_add(names,
					g_strndup(entry, strlen(entry) - strlen(SUFFIX)));
	g_ptr_array_sort(names, compare_names);
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, FALSE);
}

void aps_profile_free(struct aps_profile *profile)
{
	if (!profile)
		return;
	g_free(profile->name);
	g_free(profile->description);
	g_free(profile);
}
