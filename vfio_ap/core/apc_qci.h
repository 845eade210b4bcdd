/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the machine tells about its AP configuration (the answer of PQAP(QCI)),
 * and the pool of queues that the host keeps for its own drivers.
 */
#ifndef APC_QCI_H
#define APC_QCI_H

#include "apc_mask.h"

/* Facilities of struct apc_qci; none of them means that QCI is not there. */
#define APC_QCI_APSC 0x01
#define APC_QCI_APXA 0x02
#define APC_QCI_QACT 0x04
#define APC_QCI_RC8A 0x08
#define APC_QCI_APSB 0x10

/* Largest ids on a machine that does not tell them. */
#define APC_DEFAULT_MAX_ADAPTER 63
#define APC_DEFAULT_MAX_DOMAIN	15

/* Adapters, usage domains and control domains. */
struct apc_masks {
	struct apc_mask apm;
	struct apc_mask aqm;
	struct apc_mask adm;
};

/**
 * struct apc_qci - the AP configuration of the host
 * @config: what is configured for this host
 * @na: largest adapter id, valid with APXA
 * @nd: largest domain id, valid with APXA
 * @flags: APC_QCI_*
 */
struct apc_qci {
	struct apc_masks config;
	u8 na;
	u8 nd;
	u8 flags;
};

/* Largest ids as vfio_ap and as the AP bus work them out. */
unsigned int apc_qci_matrix_max_adapter(const struct apc_qci *qci);
unsigned int apc_qci_matrix_max_domain(const struct apc_qci *qci);
unsigned int apc_qci_bus_max_adapter(const struct apc_qci *qci);
unsigned int apc_qci_bus_max_domain(const struct apc_qci *qci);

/**
 * struct apc_pool - the queues that belong to the host's drivers
 * @apm: bus attribute apmask
 * @aqm: bus attribute aqmask
 * @free: per adapter the domains whose queue is not in it whatever the masks say, or
 *	  NULL for none
 *
 * A queue is in the pool when both its adapter and its domain are set.
 */
struct apc_pool {
	struct apc_mask apm;
	struct apc_mask aqm;
	const struct apc_mask *free;
};

/* Whether both masks have every id. */
bool apc_pool_is_whole(const struct apc_pool *pool);
bool apc_pool_holds(const struct apc_pool *pool, unsigned int apid, unsigned int apqi);
/* Whether any queue of @apm x @aqm is in the pool. */
bool apc_pool_meets(const struct apc_pool *pool, const struct apc_mask *apm,
		    const struct apc_mask *aqm);

#endif
