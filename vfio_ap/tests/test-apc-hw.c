// SPDX-License-Identifier: GPL-2.0
/*
 * The modelled hardware's answers.
 */
#include <glib.h>

#include "apc_hw.h"
#include "apc_matrix.h"

static struct apc_hw *one_card(void)
{
	struct apc_hw *hw = g_new(struct apc_hw, 1);
	struct apc_hw_card card;

	apc_hw_init(hw);
	apc_hw_card_init(&card, 14, APC_MODE_CCA);
	g_assert_cmpint(apc_hw_add_card(hw, 5, &card), ==, 0);
	g_assert_cmpint(apc_hw_set_domain(hw, 4, true, false), ==, 0);
	return hw;
}

static void answers_by_state(void)
{
	g_autofree struct apc_hw *hw = one_card();

	g_assert_cmpuint(apc_hw_tapq(hw, 5, 4), ==, APC_RC_NORMAL);
	g_assert_cmpuint(apc_hw_tapq(hw, 5, 5), ==, APC_RC_Q_NOT_AVAIL);
	g_assert_cmpuint(apc_hw_tapq(hw, 6, 4), ==, APC_RC_Q_NOT_AVAIL);
	apc_mask_set(&hw->hang[5], 4);
	g_assert_cmpuint(apc_hw_zapq(hw, 5, 4), ==, APC_RC_RESET_IN_PROGRESS);
	hw->card[5].checkstopped = true;
	g_assert_cmpuint(apc_hw_zapq(hw, 5, 4), ==, APC_RC_CHECKSTOPPED);
	hw->card[5].deconfigured = true;
	g_assert_cmpuint(apc_hw_zapq(hw, 5, 4), ==, APC_RC_DECONFIGURED);
	apc_hw_remove_card(hw, 5);
	g_assert_cmpuint(apc_hw_zapq(hw, 5, 4), ==, APC_RC_Q_NOT_AVAIL);
}

static void broken_reset_fails_and_queue_answers(void)
{
	g_autofree struct apc_hw *hw = one_card();

	apc_mask_set(&hw->broken[5], 4);
	g_assert_cmpuint(apc_hw_tapq(hw, 5, 4), ==, APC_RC_NORMAL);
	g_assert_cmpuint(apc_hw_zapq(hw, 5, 4), ==, APC_RC_RESET_BROKEN);
}

static void ids_above_maximum_erange(void)
{
	g_autofree struct apc_hw *hw = one_card();

	hw->qci.na = 63;
	hw->qci.nd = 84;
	g_assert_cmpint(apc_hw_add_card(hw, 63, &hw->card[5]), ==, 0);
	g_assert_cmpint(apc_hw_add_card(hw, 64, &hw->card[5]), ==, -ERANGE);
	g_assert_cmpint(apc_hw_set_domain(hw, 84, true, true), ==, 0);
	g_assert_cmpint(apc_hw_set_domain(hw, 85, true, true), ==, -ERANGE);
}

static void modes_by_functions(void)
{
	static const enum apc_mode modes[] = { APC_MODE_NONE, APC_MODE_ACCEL,
					       APC_MODE_CCA, APC_MODE_EP11 };
	struct apc_hw_card card;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(modes); i++) {
		apc_hw_card_init(&card, 10, modes[i]);
		g_assert_cmpint(apc_hw_card_mode(&card), ==, modes[i]);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hw/answers_by_state", answers_by_state);
	g_test_add_func("/hw/broken_reset_fails_and_queue_answers",
			broken_reset_fails_and_queue_answers);
	g_test_add_func("/hw/ids_above_maximum_erange", ids_above_maximum_erange);
	g_test_add_func("/hw/modes_by_functions", modes_by_functions);
	return g_test_run();
}
