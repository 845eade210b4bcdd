// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of profiles.
 */
#include "aps_profile.h"

/* The machine that a text describes; it has to be right. */
static struct aps_profile *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct aps_profile *profile =
		aps_profile_parse(text, strlen(text), "x/y.conf", &error);

	g_assert_no_error(error);
	g_assert_nonnull(profile);
	return profile;
}

static void assert_fault(const char *text, const char *message)
{
	g_autoptr(GError) error = NULL;
	struct aps_profile *profile =
		aps_profile_parse(text, strlen(text), "y.conf", &error);

	g_assert_null(profile);
	g_assert_nonnull(error);
	g_assert_cmpstr(error->message, ==, message);
}

static void test_defaults_are_those_of_an_empty_machine(void)
{
	struct aps_profile *profile = parse("[machine]\n");

	g_assert_cmpstr(profile->name, ==, "y");
	g_assert_cmpstr(profile->description, ==, "");
	g_assert_true(apc_mask_empty(&profile->hw.installed));
	g_assert_true(apc_mask_empty(&profile->hw.qci.config.aqm));
	g_assert_cmpuint(apc_mask_weight(&profile->pool.apm), ==, 256);
	g_assert_cmpuint(apc_mask_weight(&profile->pool.aqm), ==, 256);
	aps_profile_free(profile);
}

static void test_every_key_is_taken(void)
{
	struct aps_profile *profile = parse("[machine]\n"
					    "description = odd\n"
					    "domains = 4,0x10-0x12\n"
					    "control-domains=7\n"
					    "apmask=-5,-6\n"
					    "aqmask=0x8\n"
					    "max-adapter=63\n"
					    "max-domain=0x20\n"
					    "features= APSC  APXA QACT\n"
					    "interrupts=false\n"
					    "kernel=6.1\n"
					    "[card 0,2-3]\n"
					    "type=CEX4A\n"
					    "depth=3\n"
					    "functions=0x12345678\n"
					    "max-message-size=4096\n"
					    "state=deconfigured\n");
	const struct apc_hw *hw = &profile->hw;

	g_assert_cmpstr(profile->description, ==, "odd");
	g_assert_cmpuint(apc_mask_weight(&hw->qci.config.aqm), ==, 4);
	g_assert_true(apc_mask_test(&hw->qci.config.aqm, 0x12));
	g_assert_cmpuint(apc_mask_weight(&hw->qci.config.adm), ==, 1);
	g_assert_cmpuint(apc_mask_weight(&profile->pool.apm), ==, 254);
	g_assert_cmpuint(apc_mask_weight(&profile->pool.aqm), ==, 1);
	g_assert_true(apc_mask_test(&profile->pool.aqm, 0));
	g_assert_cmpuint(hw->qci.na, ==, 63);
	g_assert_cmpuint(hw->qci.nd, ==, 32);
	g_assert_cmpuint(hw->qci.flags, ==, APC_QCI_APSC | APC_QCI_APXA | APC_QCI_QACT);
	g_assert_false(hw->interrupts);
	g_assert_cmpuint(profile->caps, ==, APC_CAPS_6_1);
	g_assert_cmpuint(apc_mask_weight(&hw->installed), ==, 3);
	g_assert_cmpuint(hw->card[3].type, ==, APC_TYPE_CEX4);
	g_assert_cmpuint(hw->card[3].depth, ==, 3);
	g_assert_cmphex(hw->card[3].functions, ==, 0x12345678);
	g_assert_cmpuint(hw->card[3].max_msg_size, ==, 4096);
	g_assert_true(hw->card[3].deconfigured);
	g_assert_false(hw->card[3].checkstopped);
	aps_profile_free(profile);
}

static void test_faults_name_file_group_and_key(void)
{
	assert_fault("", "y.conf: [machine]: the group is missing");
	assert_fault("[machine]\ncolour=red\n", "y.conf: [machine] colour: no such key");
	assert_fault("[machine]\n[cards 5]\n", "y.conf: [cards 5]: no such group");
	assert_fault("[machine]\ndomains=4,\n", "y.conf: [machine] domains: '4,' is not "
						"a list of ids from 0 to 255, such as "
						"4,0x47,10-20");
	assert_fault("[machine]\nmax-domain=3\ndomains=4\n",
		     "y.conf: [machine] domains: an id is above max-domain");
	assert_fault("[machine]\napmask=+256\n",
		     "y.conf: [machine] apmask: '+256' is not a mask, such as 0xf0, "
		     "+0-15 or -5,-6");
	assert_fault(
		"[machine]\nmax-adapter=256\n",
		"y.conf: [machine] max-adapter: '256' is not a number from 0 to 255");
	assert_fault("[machine]\nfeatures=APSC NONE\n",
		     "y.conf: [machine] features: 'NONE' is none of APSC, APXA, QACT, "
		     "RC8A, APSB");
	assert_fault("[machine]\ninterrupts=1\n",
		     "y.conf: [machine] interrupts: '1' is neither true nor false");
	assert_fault("[machine]\nkernel=6\n",
		     "y.conf: [machine] kernel: '6' is none of 6.1, 6.12, 6.19");
	assert_fault("[machine]\n[card 5]\n", "y.conf: [card 5] type: is missing");
	assert_fault("[machine]\n[card x]\ntype=CEX5C\n",
		     "y.conf: [card x]: behind 'card' comes a list of ids from 0 to 255");
	assert_fault("[machine]\n[card 5]\ntype=CEX3C\n",
		     "y.conf: [card 5] type: 'CEX3C' is not CEX4 to CEX8 with A, C or P "
		     "behind it");
	assert_fault("[machine]\n[card 5]\ntype=CEX5C\n[card 4-6]\ntype=CEX5C\n",
		     "y.conf: [card 4-6]: card 5 is described twice");
	assert_fault("[machine]\nmax-adapter=4\n[card 5]\ntype=CEX5C\n",
		     "y.conf: [card 5]: card 5 is above max-adapter");
	assert_fault("[machine]\n[card 5]\ntype=CEX5C\ndepth=0\n",
		     "y.conf: [card 5] depth: a queue takes at least one request");
	assert_fault(
		"[machine]\n[card 5]\ntype=CEX5C\nstate=lost\n",
		"y.conf: [card 5] state: 'lost' is none of configured, deconfigured, "
		"checkstopped");
}

static void test_text_that_is_no_key_file_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(aps_profile_parse("hello\n", 6, "y.conf", &error));
	g_assert_true(g_str_has_prefix(error->message, "y.conf: "));
}

static void test_profiles_of_the_project_are_right(void)
{
	static const struct {
		const char *name;
		unsigned int cards, domains, host_adapters;
	} expected[] = {
		{ "doc", 2, 4, 256 },	{ "small", 2, 4, 254 }, { "z16", 60, 85, 0 },
		{ "max", 256, 256, 0 }, { "empty", 0, 0, 256 },
	};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_autofree char *path = g_strdup_printf(
			"%s/%s.conf", g_getenv("APS_PROFILES"), expected[i].name);
		g_autoptr(GError) error = NULL;
		struct aps_profile *profile = aps_profile_load(path, &error);

		g_assert_no_error(error);
		g_assert_cmpuint(apc_mask_weight(&profile->hw.installed), ==,
				 expected[i].cards);
		g_assert_cmpuint(apc_mask_weight(&profile->hw.qci.config.aqm), ==,
				 expected[i].domains);
		g_assert_cmpuint(apc_mask_weight(&profile->pool.apm), ==,
				 expected[i].host_adapters);
		g_assert_cmpstr(profile->description, !=, "");
		aps_profile_free(profile);
	}
}

static void test_unknown_profile_is_refused(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(aps_profile_load("nope", &error));
	g_assert_cmpstr(error->message, ==,
			"there is no profile 'nope' ('apsim profiles' lists them)");
	g_clear_error(&error);
	g_assert_null(aps_profile_load("/nonexistent/x.conf", &error));
	g_assert_nonnull(strstr(error->message, "/nonexistent/x.conf"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/profile/nothing_said_defaults",
			test_defaults_are_those_of_an_empty_machine);
	g_test_add_func("/profile/every_key_taken", test_every_key_is_taken);
	g_test_add_func("/profile/fault_named", test_faults_name_file_group_and_key);
	g_test_add_func("/profile/no_key_file_refused",
			test_text_that_is_no_key_file_is_refused);
	g_test_add_func("/profile/own_profiles_right",
			test_profiles_of_the_project_are_right);
	g_test_add_func("/profile/unknown_refused", test_unknown_profile_is_refused);
	return g_test_run();
}
