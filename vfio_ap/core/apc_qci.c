// SPDX-License-Identifier: GPL-2.0
/*
 * Largest ids, which the AP bus and vfio_ap work out in different ways, and the
 * host pool.
 */
#include "apc_qci.h"

unsigned int apc_qci_matrix_max_adapter(const struct apc_qci *qci)
{
	return qci->flags & APC_QCI_APXA ? qci->na : APC_DEFAULT_MAX_ADAPTER;
}

unsigned int apc_qci_matrix_max_domain(const struct apc_qci *qci)
{
	return qci->flags & APC_QCI_APXA ? qci->nd : APC_DEFAULT_MAX_DOMAIN;
}

/* The bus takes 0 for "not told"; vfio_ap takes it for the largest id. */
unsigned int apc_qci_bus_max_adapter(const struct apc_qci *qci)
{
	return qci->flags & APC_QCI_APXA && qci->na ? qci->na : APC_DEFAULT_MAX_ADAPTER;
}

unsigned int apc_qci_bus_max_domain(const struct apc_qci *qci)
{
	return qci->flags & APC_QCI_APXA && qci->nd ? qci->nd : APC_DEFAULT_MAX_DOMAIN;
}

bool apc_pool_is_whole(const struct apc_pool *pool)
{
	return apc_mask_weight(&pool->apm) == APC_IDS &&
	       apc_mask_weight(&pool->aqm) == APC_IDS;
}

bool apc_pool_holds(const struct apc_pool *pool, unsigned int apid, unsigned int apqi)
{
	return apc_mask_test(&pool->apm, apid) && apc_mask_test(&pool->aqm, apqi) &&
	       !(pool->free && apc_mask_test(&pool->free[apid], apqi));
}

/* Queue by queue where some are not what the masks say. */
static bool apc_pool_meets_rows(const struct apc_pool *pool, const struct apc_mask *apm,
				const struct apc_mask *aqm)
{
	struct apc_mask row;
	unsigned int apid;

	apc_mask_for_each(apid, apm) {
		apc_mask_andnot(&row, &pool->aqm, &pool->free[apid]);
		if (apc_mask_test(&pool->apm, apid) && apc_mask_intersects(&row, aqm))
			return true;
	}
	return false;
}

bool apc_pool_meets(const struct apc_pool *pool, const struct apc_mask *apm,
		    const struct apc_mask *aqm)
{
	if (pool->free)
		return apc_pool_meets_rows(pool, apm, aqm);
	return apc_mask_intersects(&pool->apm, apm) &&
	       apc_mask_intersects(&pool->aqm, aqm);
}
