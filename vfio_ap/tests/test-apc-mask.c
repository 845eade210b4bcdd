// SPDX-License-Identifier: GPL-2.0
/*
 * Masks: operations against a slow array of booleans, and the text formats.
 */
#include <glib.h>

#include "apc_mask.h"

struct slow_mask {
	bool in[APC_IDS];
};

static void random_mask(struct apc_mask *mask, struct slow_mask *slow)
{
	unsigned int density = g_test_rand_int_range(0, 101);
	unsigned int id;

	apc_mask_zero(mask);
	for (id = 0; id < APC_IDS; id++) {
		slow->in[id] = (unsigned int)g_test_rand_int_range(0, 100) < density;
		if (slow->in[id])
			apc_mask_set(mask, id);
	}
}

static void assert_same(const struct apc_mask *mask, const struct slow_mask *slow)
{
	unsigned int weight = 0, id;

	for (id = 0; id < APC_IDS; id++) {
		g_assert_cmpint(apc_mask_test(mask, id), ==, slow->in[id]);
		weight += slow->in[id];
	}
	g_assert_cmpuint(apc_mask_weight(mask), ==, weight);
	g_assert_cmpint(apc_mask_empty(mask), ==, weight == 0);
}

static void check_pair(const struct apc_mask *a, const struct slow_mask *sa,
		       const struct apc_mask *b, const struct slow_mask *sb)
{
	struct slow_mask both, either, rest;
	bool meets = false, inside = true;
	struct apc_mask result;
	unsigned int id;

	for (id = 0; id < APC_IDS; id++) {
		both.in[id] = sa->in[id] && sb->in[id];
		either.in[id] = sa->in[id] || sb->in[id];
		rest.in[id] = sa->in[id] && !sb->in[id];
		meets |= both.in[id];
		inside &= !rest.in[id];
	}
	apc_mask_and(&result, a, b);
	assert_same(&result, &both);
	apc_mask_or(&result, a, b);
	assert_same(&result, &either);
	apc_mask_andnot(&result, a, b);
	assert_same(&result, &rest);
	g_assert_cmpint(apc_mask_intersects(a, b), ==, meets);
	g_assert_cmpint(apc_mask_subset(a, b), ==, inside);
	g_assert_cmpint(apc_mask_equal(a, b), ==, !memcmp(sa, sb, sizeof(*sa)));
}

static void assert_accepted(int rc, bool accepted)
{
	if (accepted)
		g_assert_cmpint(rc, ==, 0);
	else
		g_assert_cmpint(rc, ==, -EINVAL);
}

static void operations_match_slow_model(void)
{
	unsigned int i;

	for (i = 0; i < 200; i++) {
		struct apc_mask a, b;
		struct slow_mask sa, sb;

		random_mask(&a, &sa);
		random_mask(&b, &sb);
		check_pair(&a, &sa, &b, &sb);
		check_pair(&a, &sa, &a, &sa);
	}
}

static unsigned int slow_next(const struct slow_mask *slow, unsigned int from)
{
	while (from < APC_IDS && !slow->in[from])
		from++;
	return from;
}

static void next_and_nth_match_slow_model(void)
{
	unsigned int i, from, id, n;

	for (i = 0; i < 50; i++) {
		struct slow_mask slow;
		struct apc_mask mask;

		random_mask(&mask, &slow);
		for (from = 0; from < APC_IDS; from++)
			g_assert_cmpuint(apc_mask_next(&mask, from), ==,
					 slow_next(&slow, from));
		g_assert_cmpuint(apc_mask_next(&mask, APC_IDS), ==, APC_IDS);
		n = 0;
		apc_mask_for_each(id, &mask)
			g_assert_cmpuint(apc_mask_nth(&mask, n++), ==, id);
		g_assert_cmpuint(n, ==, apc_mask_weight(&mask));
		g_assert_cmpuint(apc_mask_nth(&mask, n), ==, APC_IDS);
	}
}

static void limit_keeps_ids_up_to_max(void)
{
	unsigned int max;

	for (max = 0; max < APC_IDS; max++) {
		struct apc_mask mask;

		apc_mask_fill(&mask);
		apc_mask_limit(&mask, max);
		g_assert_cmpuint(apc_mask_weight(&mask), ==, max + 1);
		g_assert_true(apc_mask_test(&mask, max));
	}
}

static void id_0_is_leftmost_bit(void)
{
	struct apc_mask mask;
	char text[APC_MASK_CHARS + 1];

	apc_mask_zero(&mask);
	apc_mask_set(&mask, 0);
	apc_mask_set(&mask, 7);
	apc_mask_set(&mask, 255);
	g_assert_cmpuint(apc_mask_print(&mask, text, sizeof(text)), ==, APC_MASK_CHARS);
	g_assert_cmpstr(
		text, ==,
		"0x8100000000000000000000000000000000000000000000000000000000000001");
}

static void print_never_overflows(void)
{
	struct apc_mask mask;
	char text[80];
	size_t size;

	apc_mask_fill(&mask);
	for (size = 0; size < sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		g_assert_cmpuint(apc_mask_print(&mask, text, size), ==, APC_MASK_CHARS);
		g_assert_true(text[size] == '#');
		if (size > APC_MASK_CHARS)
			g_assert_true(text[APC_MASK_CHARS] == '\0');
	}
}

static void hex_round_trips(void)
{
	char text[APC_MASK_CHARS + 1];
	struct apc_mask mask, again;
	struct slow_mask slow;
	unsigned int i;

	for (i = 0; i < 200; i++) {
		random_mask(&mask, &slow);
		apc_mask_print(&mask, text, sizeof(text));
		g_assert_cmpint(apc_mask_parse_hex(&again, text, APC_MASK_CHARS), ==, 0);
		g_assert_true(apc_mask_equal(&mask, &again));
	}
}

#define ZEROS_60 "000000000000000000000000000000000000000000000000000000000000"
#define ZEROS_62 ZEROS_60 "00"
#define ZEROS_63 ZEROS_62 "0"
#define ZEROS_64 ZEROS_63 "0"

static void hex_like_the_kernel(void)
{
	static const struct {
		const char *text;
		const char *expected; /* NULL: EINVAL */
	} cases[] = {
		{ "0xf", "0xf" ZEROS_63 },
		{ "f", "0xf" ZEROS_63 },
		{ "xF\n", "0xf" ZEROS_63 },
		{ "0xfa\n", "0xfa" ZEROS_62 },
		{ "", "0x" ZEROS_64 },
		{ "0x", "0x" ZEROS_64 },
		{ "x", "0x" ZEROS_64 },
		{ "\n", "0x" ZEROS_64 },
		{ ZEROS_63 "1", "0x" ZEROS_63 "1" },
		{ "0x" ZEROS_63 "1\n", "0x" ZEROS_63 "1" },
		{ "0x" ZEROS_64 "0", NULL },
		{ ZEROS_64 "0", NULL },
		{ "0X1", NULL },
		{ "xx1", NULL },
		{ "0xx1", NULL },
		{ "0xg", NULL },
		{ " f", NULL },
		{ "f ", NULL },
		{ "f\n\n", NULL },
		{ "f,f", NULL },
		{ "-", NULL },
	};
	char text[APC_MASK_CHARS + 1];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct apc_mask mask;
		int rc;

		g_test_message("case %s", cases[i].text);
		apc_mask_fill(&mask);
		rc = apc_mask_parse_hex(&mask, cases[i].text, strlen(cases[i].text));
		assert_accepted(rc, cases[i].expected);
		apc_mask_print(&mask, text, sizeof(text));
		if (cases[i].expected)
			g_assert_cmpstr(text, ==, cases[i].expected);
		else
			g_assert_cmpuint(apc_mask_weight(&mask), ==, APC_IDS);
	}
}

static void modify_like_the_kernel(void)
{
	/* Each begins with ids 0 to 7 set. */
	static const struct {
		const char *text;
		const char *expected; /* NULL: EINVAL, nothing changed */
	} cases[] = {
		{ "+8", "0xff80" ZEROS_60 },
		{ "-0", "0x7f" ZEROS_62 },
		{ "-0-3,+0x0f", "0x0f01" ZEROS_60 },
		{ "+8-11\n", "0xfff0" ZEROS_60 },
		{ "-0-255", "0x" ZEROS_64 },
		{ "-7+7,-6", "0xfd" ZEROS_62 },
		{ "-7+7-6", NULL },
		{ "-1-2-3", "0x8f" ZEROS_62 },
		{ "-0-7,+010", "0x0080" ZEROS_60 },
		{ "-0,,\n,-1\n", "0x3f" ZEROS_62 },
		{ "+18446744073709551624", "0xff80" ZEROS_60 },
		{ "", "0xff" ZEROS_62 },
		{ "0", NULL },
		{ "+", NULL },
		{ "-", NULL },
		{ "+8-", NULL },
		{ "+-8", NULL },
		{ "+9-8", NULL },
		{ "+256", NULL },
		{ "+255-256", NULL },
		{ "+8 ,+9", NULL },
		{ "+0x", NULL },
		{ "+08", NULL },
		{ "+8,9", NULL },
		{ ",+8", NULL },
		{ "-1,+8,x", NULL },
	};
	char text[APC_MASK_CHARS + 1];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct apc_mask mask;
		const char *expected = "0xff" ZEROS_62;
		int rc;

		g_test_message("case %s", cases[i].text);
		apc_mask_parse_hex(&mask, "ff", 2);
		rc = apc_mask_modify(&mask, cases[i].text, strlen(cases[i].text));
		assert_accepted(rc, cases[i].expected);
		apc_mask_print(&mask, text, sizeof(text));
		if (cases[i].expected)
			expected = cases[i].expected;
		g_assert_cmpstr(text, ==, expected);
	}
}

static void parse_sign_modifies_else_replaces(void)
{
	struct apc_mask mask;

	apc_mask_zero(&mask);
	g_assert_cmpint(apc_mask_parse(&mask, "+1", 2), ==, 0);
	g_assert_cmpint(apc_mask_parse(&mask, "+2", 2), ==, 0);
	g_assert_cmpuint(apc_mask_weight(&mask), ==, 2);
	g_assert_cmpint(apc_mask_parse(&mask, "-1", 2), ==, 0);
	g_assert_cmpuint(apc_mask_weight(&mask), ==, 1);
	g_assert_cmpint(apc_mask_parse(&mask, "0x8", 3), ==, 0);
	g_assert_true(apc_mask_test(&mask, 0));
	g_assert_cmpuint(apc_mask_weight(&mask), ==, 1);
	g_assert_cmpint(apc_mask_parse(&mask, "", 0), ==, 0);
	g_assert_true(apc_mask_empty(&mask));
}

static void config_accepted_and_refused(void)
{
	static const struct {
		const char *text;
		const char *weights; /* NULL: EINVAL */
	} cases[] = {
		{ "0x8,0x8,0x8", "1 1 1" },
		{ "c,e,f\n", "2 3 4" },
		{ "c\ne\nf\n", "2 3 4" },
		{ ",,", "0 0 0" },
		{ "c,e,\n", "2 3 0" },
		/* The kernel takes this newline for a separator, and so do we. */
		{ "c,e\n", "2 3 0" },
		{ "0x" ZEROS_63 "1,0x" ZEROS_63 "1,0x" ZEROS_63 "1\n", "1 1 1" },
		{ "c,e", NULL },
		{ "c", NULL },
		{ "", NULL },
		{ "\n", NULL },
		{ "c,e,g", NULL },
		{ "c,e f,f", NULL },
		{ ZEROS_64 "0,e,f", NULL },
		{ "c,e," ZEROS_64 "0", NULL },
		/* The kernel ignores what is behind the third mask. */
		{ "c,e,f,", NULL },
		{ "c,e,f,8", NULL },
		{ "c,e,f\n\n", NULL },
		{ "c,e,f\n8", NULL },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *weights = NULL;
		const char *expected = "256 256 256";
		struct apc_mask masks[3];
		int rc;

		g_test_message("case %s", cases[i].text);
		if (cases[i].weights)
			expected = cases[i].weights;
		memset(masks, 0xff, sizeof(masks));
		rc = apc_mask_parse_config(masks, cases[i].text, strlen(cases[i].text));
		assert_accepted(rc, cases[i].weights);
		weights = g_strdup_printf("%u %u %u", apc_mask_weight(&masks[0]),
					  apc_mask_weight(&masks[1]),
					  apc_mask_weight(&masks[2]));
		g_assert_cmpstr(weights, ==, expected);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mask/operations_match_slow_model", operations_match_slow_model);
	g_test_add_func("/mask/next_and_nth_match_slow_model",
			next_and_nth_match_slow_model);
	g_test_add_func("/mask/limit_keeps_ids_up_to_max", limit_keeps_ids_up_to_max);
	g_test_add_func("/mask/id_0_is_leftmost_bit", id_0_is_leftmost_bit);
	g_test_add_func("/mask/print_never_overflows", print_never_overflows);
	g_test_add_func("/mask/hex_round_trips", hex_round_trips);
	g_test_add_func("/mask/hex_like_the_kernel", hex_like_the_kernel);
	g_test_add_func("/mask/modify_like_the_kernel", modify_like_the_kernel);
	g_test_add_func("/mask/parse_sign_modifies_else_replaces",
			parse_sign_modifies_else_replaces);
	g_test_add_func("/mask/config_accepted_and_refused", config_accepted_and_refused);
	return g_test_run();
}
