// SPDX-License-Identifier: GPL-2.0
/*
 * PQAP(AQIC): bits, the answers case by case, and every way through the steps:
 * whatever the hardware, KVM and VFIO say, nothing leaks, nothing is given back
 * twice, and nothing while the hardware may still use it.
 */
#include <glib.h>

#include "apc_aqic.h"
#include "apc_matrix.h"

#define IRQ APC_STATUS_IRQ

/* What a shell would have done so far. */
struct world {
	int pinned[2]; /* pages: of the old byte, of the new one */
	int registered[2];
	bool off; /* the old one is not used any more, or may not be */
};

static const struct apc_irq old_irq = { .nib = 0x5008, .isc = 3, .on = true };
static const struct apc_aqic_request enable = {
	.nib = 0x7010, .apqn = 0x0504, .enable = true, .isc = 6
};
static const struct apc_aqic_request disable = { .apqn = 0x0504 };

static void decode_takes_bits_of_the_architecture(void)
{
	struct apc_aqic_request request;

	g_assert_true(apc_aqic_decode(&request, 0x03000504, 0x0000800000000006, 0x7010));
	g_assert_cmphex(request.apqn, ==, 0x0504);
	g_assert_true(request.enable);
	g_assert_cmpuint(request.isc, ==, 6);
	g_assert_cmphex(request.nib, ==, 0x7010);
	/* All other bits set: they don't matter here. */
	g_assert_true(
		apc_aqic_decode(&request, 0xffffffff03ffffff, 0xffff7ffffffffff8, 0));
	g_assert_cmphex(request.apqn, ==, 0xffff);
	g_assert_false(request.enable);
	g_assert_cmpuint(request.isc, ==, 0);
	g_assert_false(apc_aqic_decode(&request, 0x00000504, 0, 0));
	g_assert_false(apc_aqic_decode(&request, 0x83000504, 0, 0));
}

static void control_puts_each_field_in_its_place(void)
{
	g_assert_cmphex(apc_aqic_control(0, 0, 0), ==, 0x0000800000000000);
	g_assert_cmphex(apc_aqic_control(0, 7, 0), ==, 0x0000870000000000);
	g_assert_cmphex(apc_aqic_control(0x7ffffff0, 0, 0), ==, 0x000080007ffffff0);
	g_assert_cmphex(apc_aqic_control(0, 0, 5), ==, 0x0000800000000005);
	g_assert_cmphex(apc_aqic_control(0x12345670, 2, 1), ==, 0x0000820012345671);
}

/* Runs @op with these outcomes of the steps that have one; returns the steps. */
static GString *play(struct apc_aqic *op, const s64 *outcomes, unsigned int count)
{
	/* P pin, S shared, R register, E enable, D disable, T test, . sleep,
	 * u unregister, f unpin: in the order of enum apc_aqic_step
	 */
	static const char letters[] = {
		'-', 'P', 'S', 'R', 'E', 'D', 'T', '.', 'u', 'f'
	};
	GString *steps = g_string_new(NULL);
	unsigned int used = 0;

	while (op->step != APC_AQIC_DONE) {
		enum apc_aqic_step step = op->step;
		bool has_outcome = step >= APC_AQIC_PIN && step <= APC_AQIC_TEST;

		g_string_append_c(steps, letters[step]);
		if (has_outcome)
			g_assert_cmpuint(used, <, count);
		apc_aqic_next(op, has_outcome ? outcomes[used++] : -12345);
	}
	g_assert_cmpuint(used, ==, count);
	return steps;
}

struct answer_case {
	const char *name;
	const struct apc_aqic_request *request;
	bool had;
	s64 outcomes[16];
	unsigned int count;
	const char *steps;
	u32 status;
	bool has;
	u64 nib;
	bool stuck;
};

static const struct answer_case cases[] = {
	{ "first_enable",
	  &enable,
	  false,
	  { 0, 0, 2, IRQ },
	  4,
	  "PSRE",
	  IRQ,
	  true,
	  0x7010,
	  false },
	{ "again_frees_the_old",
	  &enable,
	  true,
	  { 0, 0, 2, IRQ },
	  4,
	  "PSREuf",
	  IRQ,
	  true,
	  0x7010,
	  false },
	{ "no_page", &enable, true, { -14 }, 1, "P", 0x060000, true, 0x5008, false },
	{ "page_not_shared",
	  &enable,
	  true,
	  { 0, -22 },
	  2,
	  "PSf",
	  0x060000,
	  true,
	  0x5008,
	  false },
	{ "no_gisc",
	  &enable,
	  true,
	  { 0, 0, -34 },
	  3,
	  "PSRf",
	  0x060000,
	  true,
	  0x5008,
	  false },
	{ "changed_otherwise",
	  &enable,
	  true,
	  { 0, 0, 2, 0x070000 | IRQ },
	  4,
	  "PSREuf",
	  0x070000 | IRQ,
	  true,
	  0x5008,
	  false },
	{ "deconfigured",
	  &enable,
	  true,
	  { 0, 0, 2, 0x030000, 0x030000 },
	  5,
	  "PSREDufuf",
	  0x030000,
	  false,
	  0,
	  false },
	{ "deconfigured_first",
	  &enable,
	  false,
	  { 0, 0, 2, 0x030000, 0x030000 },
	  5,
	  "PSREDuf",
	  0x030000,
	  false,
	  0,
	  false },
	{ "busy_then_off",
	  &enable,
	  true,
	  { 0, 0, 2, 0x050000, 0x050000, 0, IRQ, 0 },
	  8,
	  "PSRED.DT.Tufuf",
	  0x050000,
	  false,
	  0,
	  false },
	{ "disable", &disable, true, { 0, 0 }, 2, "DTuf", 0, false, 0, false },
	{ "disable_nothing",
	  &disable,
	  false,
	  { 0x070000, 0 },
	  2,
	  "DT",
	  0x070000,
	  false,
	  0,
	  false },
	{ "disable_gone",
	  &disable,
	  true,
	  { 0x010000 },
	  1,
	  "Duf",
	  0x010000,
	  false,
	  0,
	  false },
	{ "disable_gone_while_testing",
	  &disable,
	  true,
	  { 0, 0x010000 },
	  2,
	  "DTuf",
	  0,
	  false,
	  0,
	  false },
	{ "disable_always_busy",
	  &disable,
	  true,
	  { 0x050000, 0x020000, 0x050000, 0x020000, 0x050000, 0x020000 },
	  6,
	  "D.D.D.D.D.Duf",
	  0x020000,
	  false,
	  0,
	  true },
	{ "disable_never_clear",
	  &disable,
	  true,
	  { IRQ, IRQ, IRQ, 0x050000, 0x020000 | IRQ, IRQ },
	  6,
	  "DT.T.T.T.Tuf",
	  IRQ,
	  false,
	  0,
	  true },
};

static void answers(gconstpointer data)
{
	const struct answer_case *c = data;
	struct apc_irq irq = c->had ? old_irq : (struct apc_irq){ 0 };
	struct apc_aqic op;
	GString *steps;

	apc_aqic_begin(&op, &irq, c->request);
	steps = play(&op, c->outcomes, c->count);
	g_assert_cmpstr(steps->str, ==, c->steps);
	g_assert_cmphex(op.status, ==, c->status);
	g_assert_cmpint(op.stuck, ==, c->stuck);
	g_assert_cmpint(irq.on, ==, c->has);
	if (irq.on)
		g_assert_cmphex(irq.nib, ==, c->nib);
	g_string_free(steps, TRUE);
}

static void byte_at_zero_refused_without_a_step(void)
{
	struct apc_aqic_request request = enable;
	struct apc_irq irq = old_irq;
	struct apc_aqic op;

	request.nib = 0;
	apc_aqic_begin(&op, &irq, &request);
	g_assert_cmpint(op.step, ==, APC_AQIC_DONE);
	g_assert_cmphex(op.status, ==, 0x060000);
	g_assert_true(irq.on);
}

static void enable_carries_its_subject(void)
{
	struct apc_irq irq = { 0 };
	struct apc_aqic op;

	apc_aqic_begin(&op, &irq, &enable);
	g_assert_cmphex(op.subject.nib, ==, 0x7010);
	apc_aqic_next(&op, 0);
	apc_aqic_next(&op, 0);
	g_assert_cmpint(op.step, ==, APC_AQIC_REGISTER);
	g_assert_cmpuint(op.subject.isc, ==, 6);
	apc_aqic_next(&op, 4);
	g_assert_cmpint(op.step, ==, APC_AQIC_ENABLE);
	g_assert_cmpuint(op.host_isc, ==, 4);
	g_assert_cmphex(op.subject.nib, ==, 0x7010);
	apc_aqic_next(&op, 0);
	g_assert_cmpint(op.step, ==, APC_AQIC_DONE);
	g_assert_cmpuint(irq.isc, ==, 6);
}

static void free_gives_back_without_an_instruction(void)
{
	struct apc_irq irq = old_irq;
	struct apc_aqic op;
	GString *steps;

	apc_aqic_begin_free(&op, &irq);
	g_assert_cmphex(op.subject.nib, ==, 0x5008);
	steps = play(&op, NULL, 0);
	g_assert_cmpstr(steps->str, ==, "uf");
	g_assert_false(irq.on);
	g_string_free(steps, TRUE);
	apc_aqic_begin_free(&op, &irq);
	g_assert_cmpint(op.step, ==, APC_AQIC_DONE);
}

/* --- every way through --- */

static unsigned int which(const struct apc_aqic *op)
{
	g_assert_true(op->subject.nib == old_irq.nib || op->subject.nib == enable.nib);
	g_assert_cmpuint(op->subject.isc, ==,
			 op->subject.nib == old_irq.nib ? old_irq.isc : enable.isc);
	return op->subject.nib == enable.nib;
}

static void check_end(const struct apc_aqic *op, const struct world *world)
{
	for (unsigned int i = 0; i < 2; i++) {
		bool held = op->irq->on && (op->irq->nib == enable.nib) == (i == 1);

		g_assert_cmpint(world->pinned[i], ==, held);
		g_assert_cmpint(world->registered[i], ==, held);
	}
	if (op->irq->on && op->irq->nib == enable.nib)
		g_assert_cmpuint(apc_status_rc(op->status), ==, APC_RC_NORMAL);
}

/* One step, done with @outcome; what must never be is asserted on the way. */
static void do_step(struct apc_aqic *op, struct world *world, s64 outcome)
{
	switch (op->step) {
	case APC_AQIC_PIN:
		if (!outcome)
			world->pinned[which(op)]++;
		break;
	case APC_AQIC_REGISTER:
		if (outcome >= 0)
			world->registered[which(op)]++;
		break;
	case APC_AQIC_ENABLE:
		g_assert_cmpint(world->pinned[1], ==, 1);
		g_assert_cmpint(world->registered[1], ==, 1);
		/* With 00 it has left the old byte; with another code nothing is said. */
		world->off = apc_status_rc((u32)outcome) == APC_RC_NORMAL;
		break;
	case APC_AQIC_DISABLE:
	case APC_AQIC_TEST:
		world->off = true;
		break;
	case APC_AQIC_UNREGISTER:
		g_assert_cmpint(--world->registered[which(op)], >=, 0);
		g_assert_true(which(op) || world->off);
		break;
	case APC_AQIC_UNPIN:
		g_assert_cmpint(--world->pinned[which(op)], >=, 0);
		/* First the subclass, then the page. */
		g_assert_cmpint(world->registered[which(op)], ==, 0);
		break;
	default:
		break;
	}
}

static const s64 *outcomes_of(enum apc_aqic_step step, unsigned int *count)
{
	static const s64 any[] = { 0, -22 };
	static const s64 host_isc[] = { 7, -34 };
	static const s64 status[] = {
		0,	  IRQ,	    0x010000, 0x020000,	      0x030000, 0x040000,
		0x050000, 0x060000, 0x070000, 0x070000 | IRQ, 0x2c0000
	};

	switch (step) {
	case APC_AQIC_PIN:
	case APC_AQIC_SHARED:
		*count = G_N_ELEMENTS(any);
		return any;
	case APC_AQIC_REGISTER:
		*count = G_N_ELEMENTS(host_isc);
		return host_isc;
	case APC_AQIC_ENABLE:
	case APC_AQIC_DISABLE:
	case APC_AQIC_TEST:
		*count = G_N_ELEMENTS(status);
		return status;
	default:
		*count = 1;
		return any;
	}
}

static unsigned int go_every_way(const struct apc_aqic *op, const struct world *world,
				 unsigned int depth)
{
	unsigned int count, ways = 0;
	const s64 *outcomes = outcomes_of(op->step, &count);

	g_assert_cmpuint(depth, <, 40);
	if (op->step == APC_AQIC_DONE) {
		check_end(op, world);
		return 1;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct apc_irq irq = *op->irq;
		struct apc_aqic next = *op;
		struct world changed = *world;

		next.irq = &irq;
		do_step(&next, &changed, outcomes[i]);
		apc_aqic_next(&next, outcomes[i]);
		ways += go_every_way(&next, &changed, depth + 1);
	}
	return ways;
}

static void nothing_leaks_whatever_happens(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct apc_irq irq = i & 1 ? old_irq : (struct apc_irq){ 0 };
		struct world world = { .pinned = { irq.on }, .registered = { irq.on } };
		struct apc_aqic op;
		unsigned int ways;

		apc_aqic_begin(&op, &irq, i & 2 ? &enable : &disable);
		ways = go_every_way(&op, &world, 0);
		g_test_message("%u ways", ways);
		g_assert_cmpuint(ways, >, 10000);
	}
}

static void page_within_range_to_the_last_byte(void)
{
	static const struct apc_irq top = { .nib = 0xfffffffffffff008, .on = true };
	static const struct apc_irq none = { .nib = 0x5008 };

	g_assert_true(apc_irq_within(&old_irq, 0x5000, 0x1000));
	g_assert_true(apc_irq_within(&old_irq, 0, G_MAXUINT64));
	g_assert_true(apc_irq_within(&old_irq, 0, 0x5001));
	g_assert_true(apc_irq_within(&old_irq, 0x5fff, 1));
	g_assert_false(apc_irq_within(&old_irq, 0, 0x5000));
	g_assert_false(apc_irq_within(&old_irq, 0x6000, 0x1000));
	g_assert_false(apc_irq_within(&old_irq, 0x5000, 0));
	g_assert_true(apc_irq_within(&top, 0xfffffffffffff000, 0x1000));
	g_assert_false(apc_irq_within(&none, 0, G_MAXUINT64));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/apc-aqic/decode_takes_bits_of_the_architecture",
			decode_takes_bits_of_the_architecture);
	g_test_add_func("/apc-aqic/control_puts_each_field_in_its_place",
			control_puts_each_field_in_its_place);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path =
			g_strdup_printf("/apc-aqic/answers/%s", cases[i].name);

		g_test_add_data_func(path, &cases[i], answers);
	}
	g_test_add_func("/apc-aqic/byte_at_zero_refused_without_a_step",
			byte_at_zero_refused_without_a_step);
	g_test_add_func("/apc-aqic/enable_carries_its_subject",
			enable_carries_its_subject);
	g_test_add_func("/apc-aqic/free_gives_back_without_an_instruction",
			free_gives_back_without_an_instruction);
	g_test_add_func("/apc-aqic/nothing_leaks_whatever_happens",
			nothing_leaks_whatever_happens);
	g_test_add_func("/apc-aqic/page_within_range_to_the_last_byte",
			page_within_range_to_the_last_byte);
	return g_test_run();
}
