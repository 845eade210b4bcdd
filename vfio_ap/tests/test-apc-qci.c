// SPDX-License-Identifier: GPL-2.0
/*
 * Largest ids and the host pool.
 */
#include <glib.h>

#include "apc_qci.h"

static void maxima_without_apxa_are_defaults(void)
{
	struct apc_qci qci = { .na = 200, .nd = 100, .flags = APC_QCI_APSC };

	g_assert_cmpuint(apc_qci_matrix_max_adapter(&qci), ==, 63);
	g_assert_cmpuint(apc_qci_matrix_max_domain(&qci), ==, 15);
	g_assert_cmpuint(apc_qci_bus_max_adapter(&qci), ==, 63);
	g_assert_cmpuint(apc_qci_bus_max_domain(&qci), ==, 15);
}

static void maxima_with_apxa_are_told(void)
{
	struct apc_qci qci = { .na = 200, .nd = 100, .flags = APC_QCI_APXA };

	g_assert_cmpuint(apc_qci_matrix_max_adapter(&qci), ==, 200);
	g_assert_cmpuint(apc_qci_matrix_max_domain(&qci), ==, 100);
	g_assert_cmpuint(apc_qci_bus_max_adapter(&qci), ==, 200);
	g_assert_cmpuint(apc_qci_bus_max_domain(&qci), ==, 100);
}

static void maxima_of_zero_differ_between_bus_and_matrix(void)
{
	struct apc_qci qci = { .flags = APC_QCI_APXA };

	g_assert_cmpuint(apc_qci_matrix_max_adapter(&qci), ==, 0);
	g_assert_cmpuint(apc_qci_matrix_max_domain(&qci), ==, 0);
	g_assert_cmpuint(apc_qci_bus_max_adapter(&qci), ==, 63);
	g_assert_cmpuint(apc_qci_bus_max_domain(&qci), ==, 15);
}

static void pool_needs_adapter_and_domain(void)
{
	struct apc_pool pool = { 0 };
	struct apc_mask apm = { 0 }, aqm = { 0 };

	apc_mask_set(&pool.apm, 5);
	apc_mask_set(&pool.aqm, 4);
	g_assert_true(apc_pool_holds(&pool, 5, 4));
	g_assert_false(apc_pool_holds(&pool, 5, 5));
	g_assert_false(apc_pool_holds(&pool, 4, 4));
	apc_mask_set(&apm, 5);
	g_assert_false(apc_pool_meets(&pool, &apm, &aqm));
	apc_mask_set(&aqm, 7);
	g_assert_false(apc_pool_meets(&pool, &apm, &aqm));
	apc_mask_set(&aqm, 4);
	g_assert_true(apc_pool_meets(&pool, &apm, &aqm));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/qci/maxima_without_apxa_are_defaults",
			maxima_without_apxa_are_defaults);
	g_test_add_func("/qci/maxima_with_apxa_are_told", maxima_with_apxa_are_told);
	g_test_add_func("/qci/maxima_of_zero_differ_between_bus_and_matrix",
			maxima_of_zero_differ_between_bus_and_matrix);
	g_test_add_func("/qci/pool_needs_adapter_and_domain",
			pool_needs_adapter_and_domain);
	return g_test_run();
}
