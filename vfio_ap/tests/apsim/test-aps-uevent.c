// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the hash in libudev's message header.
 */
#include "aps_uevent.h"

static void test_hash_is_murmur2_with_seed_zero(void)
{
	static const struct {
		const char *text;
		guint32 hash;
	} known[] = {
		{ "", 0 },
		{ "a", 0x92685f5e },
		{ "ap", 0xf026bf09 },
		{ "mdev", 0xbb5211c7 },
		{ "matrix", 0x9f470338 },
		{ "ap_queue", 0x704b18d2 },
	};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(known); i++)
		g_assert_cmphex(aps_uevent_hash(known[i].text), ==, known[i].hash);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/uevent/hash_known", test_hash_is_murmur2_with_seed_zero);
	return g_test_run();
}
