// SPDX-License-Identifier: GPL-2.0
/*
 * The control directory: one file for each thing that can happen to a machine.
 * vfio_ap/README.rst and apsim(8) say what they take.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "aps_dirs.h"
#include "aps_ids.h"
#include "aps_timer.h"

#define READ_MODE  (S_IFREG | 0444)
#define WRITE_MODE (S_IFREG | 0200)
#define MAX_WORDS  3
#define SEPARATORS "\n "
#define MAX_LENGTH 4096

/* What was written: one word or more. */
struct words {
	char text[MAX_LENGTH + 1];
	const char *word[MAX_WORDS];
	guint count;
};

static bool take_words(struct words *words, const char *text, size_t len, guint least,
		       guint most)
{
	char *place = NULL, *word;

	if (len > MAX_LENGTH)
		return false;
	memcpy(words->text, text, len);
	words->text[len] = '\0';
	words->count = 0;
	for (word = strtok_r(words->text, SEPARATORS, &place); word;
	     word = strtok_r(NULL, SEPARATORS, &place)) {
		if (words->count == MAX_WORDS)
			return false;
		words->word[words->count++] = word;
	}
	return words->count >= least && words->count <= most;
}

/* --- cards and domains: the bus sees them at its next scan --------------- */

static int write_card_add(struct aps_machine *machine, const struct aps_node *node,
			  const char *text, size_t len)
{
	struct apc_hw *hw = &machine->bus.hw;
	struct words words;
	struct apc_hw_card card;
	struct apc_mask ids;
	enum apc_mode mode;
	unsigned int apid;
	u8 type;

	if (!take_words(&words, text, len, 2, 2) ||
	    !aps_ids_parse_list(words.word[0], &ids) ||
	    !aps_ids_parse_type(words.word[1], &type, &mode))
		return -EINVAL;
	if (apc_mask_intersects(&ids, &hw->installed))
		return -EEXIST;
	if (apc_mask_next(&ids, hw->qci.na + 1) < APC_IDS)
		return -ERANGE;
	apc_hw_card_init(&card, type, mode);
	apc_mask_for_each(apid, &ids)
		apc_hw_add_card(hw, apid, &card);
	return 0;
}

/* Cards that are there; 0 or an error. */
static int take_cards(struct aps_machine *machine, const char *text, size_t len,
		      struct apc_mask *ids)
{
	struct words words;

	if (!take_words(&words, text, len, 1, 1) ||
	    !aps_ids_parse_list(words.word[0], ids))
		return -EINVAL;
	return apc_mask_subset(ids, &machine->bus.hw.installed) ? 0 : -ENODEV;
}

/* Does the same to each of the cards that are named, if all of them are there. */
static int for_cards(struct aps_machine *machine, const char *text, size_t len,
		     void (*change)(struct apc_hw *hw, unsigned int apid))
{
	struct apc_mask ids;
	unsigned int apid;
	int err = take_cards(machine, text, len, &ids);

	if (err)
		return err;
	apc_mask_for_each(apid, &ids)
		change(&machine->bus.hw, apid);
	return 0;
}

static void configure(struct apc_hw *hw, unsigned int apid)
{
	apc_hw_configure_card(hw, apid, true);
}

static void deconfigure(struct apc_hw *hw, unsigned int apid)
{
	apc_hw_configure_card(hw, apid, false);
}

static void checkstop(struct apc_hw *hw, unsigned int apid)
{
	apc_hw_checkstop_card(hw, apid, true);
}

static void repair(struct apc_hw *hw, unsigned int apid)
{
	apc_hw_checkstop_card(hw, apid, false);
}

static int write_card_remove(struct aps_machine *machine, const struct aps_node *node,
			     const char *text, size_t len)
{
	return for_cards(machine, text, len, apc_hw_remove_card);
}

static int write_configure(struct aps_machine *machine, const struct aps_node *node,
			   const char *text, size_t len)
{
	return for_cards(machine, text, len, configure);
}

static int write_deconfigure(struct aps_machine *machine, const struct aps_node *node,
			     const char *text, size_t len)
{
	return for_cards(machine, text, len, deconfigure);
}

static int write_checkstop(struct aps_machine *machine, const struct aps_node *node,
			   const char *text, size_t len)
{
	return for_cards(machine, text, len, checkstop);
}

static int write_checkstop_clear(struct aps_machine *machine, const struct aps_node *node,
				 const char *text, size_t len)
{
	return for_cards(machine, text, len, repair);
}

static int set_domains(struct aps_machine *machine, const char *text, size_t len,
		       bool yes)
{
	struct apc_hw *hw = &machine->bus.hw;
	struct words words;
	bool usage = true, control = true;
	struct apc_mask ids;
	unsigned int apqi;

	if (!take_words(&words, text, len, 1, 2) ||
	    !aps_ids_parse_list(words.word[0], &ids))
		return -EINVAL;
	if (words.count == 2) {
		usage = !strcmp(words.word[1], "usage");
		control = !strcmp(words.word[1], "control");
		if (!usage && !control)
			return -EINVAL;
	}
	if (apc_mask_next(&ids, hw->qci.nd + 1) < APC_IDS)
		return -ERANGE;
	apc_mask_for_each(apqi, &ids) {
		bool has_usage = apc_mask_test(&hw->qci.config.aqm, apqi);
		bool has_control = apc_mask_test(&hw->qci.config.adm, apqi);

		apc_hw_set_domain(hw, apqi, usage ? yes : has_usage,
				  control ? yes : has_control);
	}
	return 0;
}

static int write_domain_add(struct aps_machine *machine, const struct aps_node *node,
			    const char *text, size_t len)
{
	return set_domains(machine, text, len, true);
}

static int write_domain_remove(struct aps_machine *machine, const struct aps_node *node,
			       const char *text, size_t len)
{
	return set_domains(machine, text, len, false);
}

/* --- resets -------------------------------------------------------------- */

static int write_reset_hang(struct aps_machine *machine, const struct aps_node *node,
			    const char *text, size_t len)
{
	struct words words;
	unsigned int apid, apqi;

	if (!take_words(&words, text, len, 1, 1) ||
	    !aps_ids_parse_queue(words.word[0], &apid, &apqi))
		return -EINVAL;
	apc_mask_set(&machine->bus.hw.hang[apid], apqi);
	return 0;
}

static int write_reset_fail(struct aps_machine *machine, const struct aps_node *node,
			    const char *text, size_t len)
{
	unsigned int apid, apqi, rc = APC_RC_Q_NOT_AVAIL;
	struct words words;

	if (!take_words(&words, text, len, 1, 2) ||
	    !aps_ids_parse_queue(words.word[0], &apid, &apqi))
		return -EINVAL;
	if (words.count == 2 && (!aps_ids_parse_one(words.word[1], &rc) || !rc))
		return -EINVAL;
	g_hash_table_insert(machine->reset_rc, GUINT_TO_POINTER(apid << 8 | apqi),
			    GUINT_TO_POINTER(rc));
	/* The resets of the bus fail, too; it does not tell codes apart. */
	apc_mask_set(&machine->bus.hw.broken[apid], apqi);
	return 0;
}

static int write_reset_clear(struct aps_machine *machine, const struct aps_node *node,
			     const char *text, size_t len)
{
	struct words words;
	unsigned int apid, apqi;

	if (!take_words(&words, text, len, 1, 1) ||
	    !aps_ids_parse_queue(words.word[0], &apid, &apqi))
		return -EINVAL;
	g_hash_table_remove(machine->reset_rc, GUINT_TO_POINTER(apid << 8 | apqi));
	apc_mask_clear(&machine->bus.hw.broken[apid], apqi);
	apc_bus_reset_ends(&machine->bus, apid, apqi);
	aps_machine_reset_ended(machine);
	return 0;
}

/* --- requests of the host ------------------------------------------------ */

static int write_requests(struct aps_machine *machine, const struct aps_node *node,
			  const char *text, size_t len)
{
	unsigned int apid, apqi, done, waiting = 0;
	struct words words;

	if (!take_words(&words, text, len, 2, 3) ||
	    !aps_ids_parse_queue(words.word[0], &apid, &apqi) ||
	    !aps_ids_parse_one(words.word[1], &done) ||
	    (words.count == 3 && !aps_ids_parse_one(words.word[2], &waiting)))
		return -EINVAL;
	if (!apc_bus_has_queue(&machine->bus, apid, apqi) ||
	    apc_bus_queue_driver(&machine->bus, apid, apqi) != APC_DRIVER_CEX4QUEUE)
		return -ENODEV;
	apc_bus_request(&machine->bus, apid, apqi, done, waiting);
	return 0;
}

static int write_scan_timer(struct aps_machine *machine, const struct aps_node *node,
			    const char *text, size_t len)
{
	struct words words;
	bool on;

	if (!take_words(&words, text, len, 1, 1))
		return -EINVAL;
	on = !strcmp(words.word[0], "on");
	if (!on && strcmp(words.word[0], "off"))
		return -EINVAL;
	aps_timer_switch(machine, on);
	return 0;
}

/* --- failures, guests ---------------------------------------------------- */

static int write_fail(struct aps_machine *machine, const struct aps_node *node,
		      const char *text, size_t len)
{
	g_autofree char *line = g_strndup(text, len);

	return aps_faults_add(machine->faults, g_strchomp(line));
}

static int write_guest_open(struct aps_machine *machine, const struct aps_node *node,
			    const char *text, size_t len)
{
	struct words words;

	if (!take_words(&words, text, len, 1, 2))
		return -EINVAL;
	return aps_machine_guest_open(machine, words.word[0],
				      words.word[words.count == 2 ? 1 : 0]);
}

static int write_guest_close(struct aps_machine *machine, const struct aps_node *node,
			     const char *text, size_t len)
{
	struct words words;

	if (!take_words(&words, text, len, 1, 1))
		return -EINVAL;
	return aps_machine_guest_close(machine, words.word[0]);
}

/* --- what can be read ---------------------------------------------------- */

static int read_log(struct aps_machine *machine, const struct aps_node *node,
		    GString *text)
{
	g_autofree char *log = NULL;
	gsize len;

	log = aps_log_text(machine->log, &len);
	g_string_append_len(text, log, len);
	return 0;
}

static void print_card(const struct apc_hw *hw, unsigned int apid, GString *text)
{
	const struct apc_hw_card *card = &hw->card[apid];
	char type[8];

	aps_ids_print_type(card, type, sizeof(type));
	g_string_append_printf(text, "card %02x %s%s%s\n", apid, type,
			       card->deconfigured ? " deconfigured" : "",
			       card->checkstopped ? " checkstopped" : "");
}

static void print_domain(const struct apc_hw *hw, unsigned int apqi, GString *text)
{
	bool usage = apc_mask_test(&hw->qci.config.aqm, apqi);
	bool control = apc_mask_test(&hw->qci.config.adm, apqi);

	if (usage || control)
		g_string_append_printf(text, "domain %04x%s%s\n", apqi,
				       usage ? " usage" : "", control ? " control" : "");
}

static void print_resets(const struct aps_machine *machine, unsigned int apid,
			 GString *text)
{
	unsigned int apqi;
	gpointer rc;

	for (apqi = 0; apqi < APC_IDS; apqi++) {
		if (apc_mask_test(&machine->bus.hw.hang[apid], apqi))
			g_string_append_printf(text, "reset-hangs %02x.%04x\n", apid,
					       apqi);
		if (g_hash_table_lookup_extended(machine->reset_rc,
						 GUINT_TO_POINTER(apid << 8 | apqi), NULL,
						 &rc))
			g_string_append_printf(text, "reset-fails %02x.%04x 0x%02x\n",
					       apid, apqi, GPOINTER_TO_UINT(rc));
	}
}

static void print_mdev(const struct aps_mdev *mdev, GString *text)
{
	g_string_append_printf(text, "mdev %s group %u", mdev->core.uuid, mdev->group);
	if (mdev->core.user)
		g_string_append_printf(text, " guest %s", (const char *)mdev->core.user);
	if (mdev->removal)
		g_string_append(text, " removal-waits");
	g_string_append_c(text, '\n');
}

static int read_state(struct aps_machine *machine, const struct aps_node *node,
		      GString *text)
{
	const struct apc_hw *hw = &machine->bus.hw;
	g_autofree char *faults = aps_faults_text(machine->faults);
	g_auto(GStrv) lines = g_strsplit(faults, "\n", -1);
	unsigned int id;
	char **line;

	g_string_append_printf(text, "profile %s\n", machine->profile_name);
	apc_mask_for_each(id, &hw->installed)
		print_card(hw, id, text);
	for (id = 0; id < APC_IDS; id++)
		print_domain(hw, id, text);
	for (id = 0; id < APC_IDS; id++)
		print_resets(machine, id, text);
	if (machine->has_timer)
		g_string_append(text, "scan-timer\n");
	for (id = 0; id < machine->mdevs->len; id++)
		print_mdev(g_ptr_array_index(machine->mdevs, id), text);
	for (line = lines; *line; line++)
		if (**line)
			g_string_append_printf(text, "fail %s\n", *line);
	return 0;
}

#define COMMAND(text, function)                                                          \
	{                                                                                \
		.name = (text), .mode = WRITE_MODE, .write = (function)                  \
	}
#define REPORT(text, function)                                                           \
	{                                                                                \
		.name = (text), .mode = READ_MODE, .read = (function)                    \
	}

const struct aps_entry aps_control_entries[] = {
	COMMAND("card_add", write_card_add),
	COMMAND("card_remove", write_card_remove),
	COMMAND("checkstop", write_checkstop),
	COMMAND("checkstop_clear", write_checkstop_clear),
	COMMAND("configure", write_configure),
	COMMAND("deconfigure", write_deconfigure),
	COMMAND("domain_add", write_domain_add),
	COMMAND("domain_remove", write_domain_remove),
	COMMAND("fail", write_fail),
	COMMAND("guest_close", write_guest_close),
	COMMAND("guest_open", write_guest_open),
	REPORT("log", read_log),
	COMMAND("requests", write_requests),
	COMMAND("reset_clear", write_reset_clear),
	COMMAND("reset_fail", write_reset_fail),
	COMMAND("reset_hang", write_reset_hang),
	COMMAND("scan_timer", write_scan_timer),
	REPORT("state", read_state),
	{ .name = NULL },
};
