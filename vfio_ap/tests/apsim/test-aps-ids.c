// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the text forms that profiles and control files share.
 */
#include <glib.h>

#include "aps_ids.h"

static void test_lists_are_taken(void)
{
	struct apc_mask mask;

	g_assert_true(aps_ids_parse_list("5", &mask));
	g_assert_cmpuint(apc_mask_weight(&mask), ==, 1);
	g_assert_true(aps_ids_parse_list("0-255", &mask));
	g_assert_cmpuint(apc_mask_weight(&mask), ==, 256);
	g_assert_true(aps_ids_parse_list("3,5-7,0x10,6", &mask));
	g_assert_cmpuint(apc_mask_weight(&mask), ==, 5);
	g_assert_true(apc_mask_test(&mask, 3) && apc_mask_test(&mask, 7) &&
		      apc_mask_test(&mask, 16));
}

static void test_other_lists_are_refused(void)
{
	static const char *const wrong[] = {
		"",
		",",
		"5,",
		",5",
		"5,,6",
		"256",
		"-5",
		"5-",
		"7-5",
		"5 6",
		"0x",
		"5x",
		"+5",
		"99999999999999999999",
		"18446744073709551617",
	};
	struct apc_mask mask;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_false(aps_ids_parse_list(wrong[i], &mask));
}

static void test_single_ids(void)
{
	unsigned int id;

	g_assert_true(aps_ids_parse_one("0xff", &id));
	g_assert_cmpuint(id, ==, 255);
	g_assert_false(aps_ids_parse_one("256", &id));
	g_assert_false(aps_ids_parse_one("5,6", &id));
	g_assert_false(aps_ids_parse_one("", &id));
}

static void test_queues(void)
{
	unsigned int apid, apqi;

	g_assert_true(aps_ids_parse_queue("05.00ab", &apid, &apqi));
	g_assert_cmpuint(apid, ==, 5);
	g_assert_cmpuint(apqi, ==, 0xab);
	g_assert_false(aps_ids_parse_queue("card05", &apid, &apqi));
	g_assert_false(aps_ids_parse_queue("05.ab", &apid, &apqi));
	g_assert_false(aps_ids_parse_queue("", &apid, &apqi));
}

static void test_types_round_trip(void)
{
	static const char letters[] = "ACP";
	char name[8], printed[8];
	struct apc_hw_card card;
	enum apc_mode mode;
	const char *letter;
	int generation;
	u8 type;

	for (generation = 4; generation <= 8; generation++) {
		for (letter = letters; *letter; letter++) {
			g_snprintf(name, sizeof(name), "CEX%d%c", generation, *letter);
			g_assert_true(aps_ids_parse_type(name, &type, &mode));
			apc_hw_card_init(&card, type, mode);
			aps_ids_print_type(&card, printed, sizeof(printed));
			g_assert_cmpstr(printed, ==, name);
		}
	}
}

static void test_other_types_are_refused(void)
{
	static const char *const wrong[] = { "",      "CEX",   "CEX5",	 "CEX3C", "CEX9C",
					     "CEX5X", "cex5c", "CEX5CC", "XXX5C" };
	enum apc_mode mode;
	size_t i;
	u8 type;

	for (i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_false(aps_ids_parse_type(wrong[i], &type, &mode));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ids/list_taken", test_lists_are_taken);
	g_test_add_func("/ids/other_list_refused", test_other_lists_are_refused);
	g_test_add_func("/ids/one_taken", test_single_ids);
	g_test_add_func("/ids/queue_taken", test_queues);
	g_test_add_func("/ids/type_round_trip", test_types_round_trip);
	g_test_add_func("/ids/other_type_refused", test_other_types_are_refused);
	return g_test_run();
}
