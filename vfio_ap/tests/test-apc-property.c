// SPDX-License-Identifier: GPL-2.0
/*
 * Random life of a machine: whatever is done in whatever order, the core answers
 * like the slow model, resets the same queues, and keeps its invariants.
 */
#include <glib.h>

#include "apc_attr.h"
#include "slow-model.h"

#define SEQUENCES 60
#define STEPS	  400

struct pair {
	struct apc_bus bus;
	struct apc_mdev mdev[SLOW_MDEVS];
	struct slow_model slow;
	struct apc_mask was_reset[APC_IDS];
	GString *history;
};

static void on_reset(struct apc_matrix *mx, unsigned int apid,
		     const struct apc_mask *domains)
{
	struct pair *pair =
		(struct pair *)((char *)mx - G_STRUCT_OFFSET(struct apc_bus, matrix));

	apc_mask_or(&pair->was_reset[apid], &pair->was_reset[apid], domains);
	apc_bus_reset(mx, apid, domains);
}

static const struct apc_matrix_ops matrix_ops = {
	.reset = on_reset,
};

static unsigned int random_below(unsigned int n)
{
	return g_test_rand_int_range(0, n);
}

static void random_ids(bool *ids)
{
	unsigned int percent = 10 + random_below(60), i;

	for (i = 0; i < SLOW_IDS; i++)
		ids[i] = random_below(100) < percent;
}

static void ids_to_mask(const bool *ids, struct apc_mask *mask)
{
	unsigned int i;

	apc_mask_zero(mask);
	for (i = 0; i < SLOW_IDS; i++)
		apc_mask_assign(mask, slow_id(i), ids[i]);
}

static char *ids_to_text(const bool *ids)
{
	char text[APC_MASK_CHARS + 1];
	struct apc_mask mask;

	ids_to_mask(ids, &mask);
	apc_mask_print(&mask, text, sizeof(text));
	return g_strdup(text);
}

/* --- comparison ------------------------------------------------------------- */

static void assert_ids(const struct pair *pair, const struct apc_mask *mask,
		       const bool *ids, const char *what)
{
	struct apc_mask expected;

	ids_to_mask(ids, &expected);
	if (!apc_mask_equal(mask, &expected))
		g_error("%s differs after:\n%s", what, pair->history->str);
}

static void assert_mdev(const struct pair *pair, unsigned int i)
{
	const struct slow_mdev *slow = &pair->slow.mdev[i];
	const struct apc_mdev *mdev = &pair->mdev[i];

	if (!slow->exists)
		return;
	assert_ids(pair, &mdev->assigned.apm, slow->assigned.apm, "assigned adapters");
	assert_ids(pair, &mdev->assigned.aqm, slow->assigned.aqm, "assigned domains");
	assert_ids(pair, &mdev->assigned.adm, slow->assigned.adm,
		   "assigned control domains");
	assert_ids(pair, &mdev->guest.apm, slow->guest.apm, "guest's adapters");
	assert_ids(pair, &mdev->guest.aqm, slow->guest.aqm, "guest's domains");
	assert_ids(pair, &mdev->guest.adm, slow->guest.adm, "guest's control domains");
	/* effective is part of assigned */
	g_assert_true(apc_mask_subset(&mdev->guest.apm, &mdev->assigned.apm));
	g_assert_true(apc_mask_subset(&mdev->guest.aqm, &mdev->assigned.aqm));
	g_assert_true(apc_mask_subset(&mdev->guest.adm, &mdev->assigned.adm));
	/* nothing of the host's pool */
	g_assert_false(apc_pool_meets(&pair->bus.pool, &mdev->assigned.apm,
				      &mdev->assigned.aqm));
}

static enum apc_driver slow_driver(const struct slow_queue *queue)
{
	if (queue->host)
		return APC_DRIVER_CEX4QUEUE;
	return queue->vfio ? APC_DRIVER_VFIO_AP : APC_DRIVER_NONE;
}

static void assert_queue(const struct pair *pair, unsigned int a, unsigned int d)
{
	const struct slow_queue *queue = &pair->slow.queue[a][d];
	unsigned int apid = slow_id(a), apqi = slow_id(d);

	if (apc_bus_has_queue(&pair->bus, apid, apqi) != queue->present ||
	    apc_bus_queue_driver(&pair->bus, apid, apqi) != slow_driver(queue))
		g_error("driver of %02x.%04x differs after:\n%s", apid, apqi,
			pair->history->str);
	if (apc_mask_test(&pair->was_reset[apid], apqi) != queue->was_reset)
		g_error("reset of %02x.%04x differs after:\n%s", apid, apqi,
			pair->history->str);
	if (queue->vfio &&
	    apc_mask_test(&pair->bus.matrix.passable[apid], apqi) != queue->passable)
		g_error("state of %02x.%04x differs after:\n%s", apid, apqi,
			pair->history->str);
}

/* The owner table, and that nobody shares: recomputed from the mdevs. */
static void assert_owners(const struct pair *pair)
{
	const struct apc_mdev *mdev;
	unsigned int apid;

	for (apid = 0; apid < APC_IDS; apid++) {
		struct apc_mask owned = { { 0 } };

		for (mdev = pair->bus.matrix.mdevs; mdev; mdev = mdev->next) {
			if (!apc_mask_test(&mdev->assigned.apm, apid))
				continue;
			g_assert_false(apc_mask_intersects(&owned, &mdev->assigned.aqm));
			apc_mask_or(&owned, &owned, &mdev->assigned.aqm);
		}
		g_assert_true(apc_mask_equal(&owned, &pair->bus.matrix.owned[apid]));
	}
}

/* What is printed can be written again and says the same. */
static void assert_text(const struct pair *pair)
{
	const struct apc_mdev *mdev;

	for (mdev = pair->bus.matrix.mdevs; mdev; mdev = mdev->next) {
		char text[3 * (APC_MASK_CHARS + 1)];
		struct apc_mask masks[3];
		struct apc_out out;

		apc_out_init(&out, 0, text, sizeof(text));
		apc_print_masks(&mdev->assigned, &out);
		g_assert_cmpuint(out.pos, ==, sizeof(text));
		g_assert_cmpint(apc_mask_parse_config(masks, text, sizeof(text)), ==, 0);
		g_assert_true(apc_mask_equal(&masks[0], &mdev->assigned.apm));
		g_assert_true(apc_mask_equal(&masks[1], &mdev->assigned.aqm));
		g_assert_true(apc_mask_equal(&masks[2], &mdev->assigned.adm));
	}
}

static void assert_same(const struct pair *pair)
{
	unsigned int a, d;

	for (a = 0; a < SLOW_MDEVS; a++)
		assert_mdev(pair, a);
	for (a = 0; a < SLOW_IDS; a++)
		for (d = 0; d < SLOW_IDS; d++)
			assert_queue(pair, a, d);
	assert_owners(pair);
	assert_text(pair);
}

/* --- steps: each does the same to both and compares the answer ------------------- */

static void assert_rc(const struct pair *pair, int mine, int slow)
{
	if (mine != slow)
		g_error("returned %d, the slow model %d, after:\n%s", mine, slow,
			pair->history->str);
}

static void note(struct pair *pair, const char *what, unsigned int a, unsigned int b)
{
	g_string_append_printf(pair->history, "%s %u %u\n", what, a, b);
}

static char *id_text(unsigned int id)
{
	switch (random_below(4)) {
	case 0:
		return g_strdup_printf("%u", slow_id(id));
	case 1:
		return g_strdup_printf("0x%x\n", slow_id(id));
	case 2:
		return g_strdup_printf("0%o", slow_id(id));
	default:
		return g_strdup_printf("+%u\n", slow_id(id));
	}
}

static void step_create(struct pair *pair, unsigned int i)
{
	g_autofree char *uuid = g_strdup_printf("62177883-f1bb-47f0-914d-%012x", i);

	note(pair, "create", i, 0);
	assert_rc(pair, apc_matrix_add(&pair->bus.matrix, &pair->mdev[i], uuid), 0);
	slow_create(&pair->slow, &pair->slow.mdev[i]);
}

static void step_remove(struct pair *pair, unsigned int i)
{
	note(pair, "remove", i, 0);
	apc_matrix_remove(&pair->bus.matrix, &pair->mdev[i]);
	slow_remove(&pair->slow, &pair->slow.mdev[i]);
}

static void step_assign(struct pair *pair, unsigned int i, unsigned int id)
{
	struct apc_matrix *mx = &pair->bus.matrix;
	struct apc_mdev *mdev = &pair->mdev[i];
	struct slow_mdev *slow = &pair->slow.mdev[i];
	g_autofree char *text = id_text(id);
	size_t len = strlen(text);

	if (random_below(2)) {
		note(pair, "assign_adapter", i, slow_id(id));
		assert_rc(pair, apc_mdev_assign_adapter(mx, mdev, text, len),
			  slow_assign_adapter(&pair->slow, slow, id));
	} else {
		note(pair, "assign_domain", i, slow_id(id));
		assert_rc(pair, apc_mdev_assign_domain(mx, mdev, text, len),
			  slow_assign_domain(&pair->slow, slow, id));
	}
}

static void step_unassign(struct pair *pair, unsigned int i, unsigned int id)
{
	struct apc_matrix *mx = &pair->bus.matrix;
	struct apc_mdev *mdev = &pair->mdev[i];
	struct slow_mdev *slow = &pair->slow.mdev[i];
	g_autofree char *text = id_text(id);
	size_t len = strlen(text);

	if (random_below(2)) {
		note(pair, "unassign_adapter", i, slow_id(id));
		assert_rc(pair, apc_mdev_unassign_adapter(mx, mdev, text, len), 0);
		slow_unassign_adapter(&pair->slow, slow, id);
	} else {
		note(pair, "unassign_domain", i, slow_id(id));
		assert_rc(pair, apc_mdev_unassign_domain(mx, mdev, text, len), 0);
		slow_unassign_domain(&pair->slow, slow, id);
	}
}

static void step_control(struct pair *pair, unsigned int i, unsigned int id)
{
	g_autofree char *text = id_text(id);
	bool on = random_below(2);
	int rc;

	note(pair, on ? "assign_control_domain" : "unassign_control_domain", i,
	     slow_id(id));
	if (on)
		rc = apc_mdev_assign_control_domain(&pair->bus.matrix, &pair->mdev[i],
						    text, strlen(text));
	else
		rc = apc_mdev_unassign_control_domain(&pair->bus.matrix, &pair->mdev[i],
						      text, strlen(text));
	assert_rc(pair, rc, 0);
	slow_set_control(&pair->slow, &pair->slow.mdev[i], id, on);
}

static void step_config(struct pair *pair, unsigned int i)
{
	g_autofree char *apm = NULL, *aqm = NULL, *adm = NULL, *text = NULL;
	struct slow_masks masks;
	int rc;

	random_ids(masks.apm);
	random_ids(masks.aqm);
	random_ids(masks.adm);
	apm = ids_to_text(masks.apm);
	aqm = ids_to_text(masks.aqm);
	adm = ids_to_text(masks.adm);
	text = g_strdup_printf("%s,%s,%s\n", apm, aqm, adm);
	g_string_append_printf(pair->history, "ap_config %u %s", i, text);
	rc = apc_mdev_set_config(&pair->bus.matrix, &pair->mdev[i], text, strlen(text));
	assert_rc(pair, rc, slow_set_config(&pair->slow, &pair->slow.mdev[i], &masks));
}

static void step_open_or_close(struct pair *pair, unsigned int i)
{
	struct slow_mdev *slow = &pair->slow.mdev[i];

	note(pair, "open or close", i, 0);
	if (slow->open) {
		apc_mdev_close(&pair->bus.matrix, &pair->mdev[i]);
		slow_close(&pair->slow, slow);
	} else {
		assert_rc(pair, apc_mdev_open(&pair->bus.matrix, &pair->mdev[i], slow),
			  0);
		slow->open = true;
	}
}

static void step_mdev(struct pair *pair)
{
	unsigned int i = random_below(SLOW_MDEVS), id = random_below(SLOW_IDS);

	if (!pair->slow.mdev[i].exists) {
		step_create(pair, i);
		return;
	}
	switch (random_below(12)) {
	case 0:
		step_remove(pair, i);
		break;
	case 1:
		step_open_or_close(pair, i);
		break;
	case 2:
	case 3:
		step_config(pair, i);
		break;
	case 4:
		step_control(pair, i, id);
		break;
	case 5:
	case 6:
		step_unassign(pair, i, id);
		break;
	default:
		step_assign(pair, i, id);
		break;
	}
}

static void step_pool(struct pair *pair)
{
	bool adapters = random_below(2), ids[SLOW_IDS];
	g_autofree char *text = NULL;
	int rc;

	random_ids(ids);
	text = ids_to_text(ids);
	g_string_append_printf(pair->history, "%s %s\n", adapters ? "apmask" : "aqmask",
			       text);
	if (adapters)
		rc = apc_bus_set_apmask(&pair->bus, text, strlen(text));
	else
		rc = apc_bus_set_aqmask(&pair->bus, text, strlen(text));
	assert_rc(pair, rc,
		  adapters ? slow_set_apmask(&pair->slow, ids)
			   : slow_set_aqmask(&pair->slow, ids));
}

static void step_bind(struct pair *pair)
{
	unsigned int a = random_below(SLOW_IDS), d = random_below(SLOW_IDS);
	bool vfio = random_below(3), bind = random_below(2);
	enum apc_driver driver = vfio ? APC_DRIVER_VFIO_AP : APC_DRIVER_CEX4QUEUE;
	g_autofree char *name = g_strdup_printf("%02x.%04x", slow_id(a), slow_id(d));

	g_string_append_printf(pair->history, "%s %s %s\n", bind ? "bind" : "unbind",
			       apc_driver_name(driver), name);
	if (bind)
		assert_rc(pair, apc_bus_bind(&pair->bus, driver, name, strlen(name)),
			  slow_bind(&pair->slow, a, d, vfio));
	else
		assert_rc(pair, apc_bus_unbind(&pair->bus, driver, name, strlen(name)),
			  slow_unbind(&pair->slow, a, d, vfio));
}

static void step_break(struct pair *pair)
{
	unsigned int a = random_below(SLOW_IDS), d = random_below(SLOW_IDS);
	bool broken = random_below(2);

	note(pair, broken ? "break" : "mend", slow_id(a), slow_id(d));
	apc_mask_assign(&pair->bus.hw.broken[slow_id(a)], slow_id(d), broken);
	pair->slow.queue[a][d].broken = broken;
}

static void set_adapter(struct pair *pair, unsigned int a, bool on)
{
	struct apc_hw_card card;

	apc_hw_card_init(&card, 14, APC_MODE_CCA);
	if (on)
		g_assert_cmpint(apc_hw_add_card(&pair->bus.hw, slow_id(a), &card), ==, 0);
	else
		apc_hw_remove_card(&pair->bus.hw, slow_id(a));
	pair->slow.machine.apm[a] = on;
}

static void step_machine(struct pair *pair)
{
	unsigned int changes = 1 + random_below(3), id;
	struct slow_masks *machine = &pair->slow.machine;

	while (changes--) {
		id = random_below(SLOW_IDS);
		if (random_below(2)) {
			set_adapter(pair, id, random_below(4));
			continue;
		}
		machine->aqm[id] = random_below(4);
		machine->adm[id] = random_below(2);
		apc_hw_set_domain(&pair->bus.hw, slow_id(id), machine->aqm[id],
				  machine->adm[id]);
	}
	note(pair, "scan", 0, 0);
	apc_bus_scan(&pair->bus);
	slow_scan(&pair->slow);
}

static void step(struct pair *pair)
{
	unsigned int kind = random_below(100);

	slow_begin(&pair->slow);
	memset(pair->was_reset, 0, sizeof(pair->was_reset));
	if (kind < 70)
		step_mdev(pair);
	else if (kind < 80)
		step_pool(pair);
	else if (kind < 90)
		step_bind(pair);
	else if (kind < 95)
		step_break(pair);
	else
		step_machine(pair);
}

static struct pair *pair_new(void)
{
	struct pair *pair = g_new0(struct pair, 1);
	unsigned int i;

	pair->history = g_string_new(NULL);
	apc_bus_init(&pair->bus, NULL, &matrix_ops);
	apc_mask_zero(&pair->bus.pool.apm);
	apc_mask_zero(&pair->bus.pool.aqm);
	for (i = 0; i < SLOW_IDS; i++) {
		set_adapter(pair, i, true);
		apc_hw_set_domain(&pair->bus.hw, slow_id(i), true, i % 2);
		pair->slow.machine.aqm[i] = true;
		pair->slow.machine.adm[i] = i % 2;
	}
	apc_bus_scan(&pair->bus);
	slow_scan(&pair->slow);
	return pair;
}

static void pair_free(struct pair *pair)
{
	g_string_free(pair->history, TRUE);
	g_free(pair);
}

static void random_life_like_slow_model(void)
{
	unsigned int sequence, i;

	/* GLib prints the seed; --seed repeats it. */
	for (sequence = 0; sequence < SEQUENCES; sequence++) {
		struct pair *pair = pair_new();

		for (i = 0; i < STEPS; i++) {
			step(pair);
			assert_same(pair);
		}
		pair_free(pair);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/property/random_life_like_slow_model",
			random_life_like_slow_model);
	return g_test_run();
}
