// SPDX-License-Identifier: GPL-2.0
/*
 * The steps of a reset, case by case, and that it never ends well before a ZAPQ
 * was accepted and the queue was seen idle after it.
 */
#include <glib.h>

#include "apc_matrix.h"
#include "apc_reset.h"

struct reset_case {
	const char *name;
	const char *outcomes; /* hex, in the order in which they are asked for */
	const char *steps;    /* Z ZAPQ, T TAPQ, . sleep */
	u8 rc;
};

static const struct reset_case cases[] = {
	{ "at_once", "00 00", "ZT", 0x00 },
	{ "after_a_while", "00 02 02 00", "ZT.T.T", 0x00 },
	{ "busy_before", "05 00 00 00", "Z.TZT", 0x00 },
	{ "already_under_way", "02 02 00 00 00", "Z.T.TZT", 0x00 },
	{ "state_change", "0a 05 00 00 00", "Z.T.TZT", 0x00 },
	{ "deconfigured", "03", "Z", 0x03 },
	{ "checkstopped", "04", "Z", 0x04 },
	{ "not_there", "01", "Z", 0x01 },
	{ "deconfigured_meanwhile", "00 02 03", "ZT.T", 0x03 },
	{ "gone_meanwhile", "00 02 01", "ZT.T", 0x01 },
	{ "association_failed", "00 36 00 00", "ZTZT", 0x00 },
	{ "unknown", "2c", "Z", 0x2c },
};

static void ends_as_told(gconstpointer data)
{
	static const char letters[] = { '-', 'Z', 'T', '.' };
	const struct reset_case *c = data;
	g_auto(GStrv) outcomes = g_strsplit(c->outcomes, " ", -1);
	GString *steps = g_string_new(NULL);
	struct apc_reset reset;
	unsigned int used = 0;

	apc_reset_begin(&reset);
	while (reset.step != APC_RESET_DONE) {
		u8 rc = 0xff;

		g_string_append_c(steps, letters[reset.step]);
		if (reset.step != APC_RESET_SLEEP) {
			g_assert_nonnull(outcomes[used]);
			rc = (u8)g_ascii_strtoull(outcomes[used++], NULL, 16);
		}
		apc_reset_next(&reset, rc);
	}
	g_assert_null(outcomes[used]);
	g_assert_cmpstr(steps->str, ==, c->steps);
	g_assert_cmphex(reset.rc, ==, c->rc);
	g_string_free(steps, TRUE);
}

/* 00 only when the last ZAPQ was accepted, and TAPQ found the queue idle then. */
static void check_every_way(const struct apc_reset *reset, bool accepted, bool idle,
			    unsigned int depth)
{
	static const u8 codes[] = {
		0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0a, 0x35, 0x77
	};

	if (reset->step == APC_RESET_DONE && reset->rc == APC_RC_NORMAL)
		g_assert_true(accepted && idle);
	if (reset->step == APC_RESET_DONE || depth == 7)
		return;
	for (unsigned int i = 0; i < G_N_ELEMENTS(codes); i++) {
		struct apc_reset next = *reset;
		bool zapq = reset->step == APC_RESET_ZAPQ;
		bool tapq = reset->step == APC_RESET_TAPQ;

		apc_reset_next(&next, codes[i]);
		check_every_way(&next, zapq ? codes[i] == 0 : accepted,
				zapq ? false : (tapq ? codes[i] == 0 : idle), depth + 1);
	}
}

static void never_well_before_it_is(void)
{
	struct apc_reset reset;

	apc_reset_begin(&reset);
	check_every_way(&reset, false, false, 0);
}

static void asks_as_long_as_it_takes(void)
{
	struct apc_reset reset;

	apc_reset_begin(&reset);
	apc_reset_next(&reset, 0);
	for (unsigned int i = 0; i < 100000; i++) {
		g_assert_cmpint(reset.step, ==, APC_RESET_TAPQ);
		apc_reset_next(&reset, APC_RC_RESET_IN_PROGRESS);
		g_assert_cmpint(reset.step, ==, APC_RESET_SLEEP);
		apc_reset_next(&reset, 0);
	}
	g_assert_cmpuint(reset.sleeps, ==, 100000);
	apc_reset_next(&reset, 0);
	g_assert_cmpint(reset.step, ==, APC_RESET_DONE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *path = g_strdup_printf("/apc-reset/%s", cases[i].name);

		g_test_add_data_func(path, &cases[i], ends_as_told);
	}
	g_test_add_func("/apc-reset/never_well_before_it_is", never_well_before_it_is);
	g_test_add_func("/apc-reset/asks_as_long_as_it_takes", asks_as_long_as_it_takes);
	return g_test_run();
}
