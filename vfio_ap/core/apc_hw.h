/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The AP hardware beneath the bus: cards and domains that come, go, are
 * deconfigured or checkstopped, and queues whose reset hangs or fails.  The bus
 * sees most of it only when it scans, see apc_bus_scan().
 */
#ifndef APC_HW_H
#define APC_HW_H

#include "apc_qci.h"

/* Hardware types that Linux knows: CEX4 to CEX8. */
#define APC_TYPE_CEX4 10
#define APC_TYPE_CEX8 14

/* Bits of ap_functions. */
#define APC_FUNC_APSC  0x80000000U
#define APC_FUNC_MEX4K 0x40000000U
#define APC_FUNC_CRT4K 0x20000000U
#define APC_FUNC_CCA   0x10000000U
#define APC_FUNC_ACCEL 0x08000000U
#define APC_FUNC_EP11  0x04000000U
#define APC_FUNC_APXA  0x02000000U
#define APC_FUNC_SLCF  0x01000000U

enum apc_mode {
	APC_MODE_NONE,
	APC_MODE_ACCEL,
	APC_MODE_CCA,
	APC_MODE_EP11,
};

/* The answer to a reset of a queue in struct apc_hw.broken. */
#define APC_RC_RESET_BROKEN 0x07

/* What a card can do when its profile does not say more. */
#define APC_DEFAULT_FUNCTIONS_CCA   0x92000000U
#define APC_DEFAULT_FUNCTIONS_EP11  0x86000000U
#define APC_DEFAULT_FUNCTIONS_ACCEL 0x6a000000U
#define APC_DEFAULT_DEPTH	    8
#define APC_DEFAULT_MSG_SIZE	    12288

/**
 * struct apc_hw_card - one adapter
 * @type: hardware type, 10 (CEX4) to 14 (CEX8) or newer
 * @functions: APC_FUNC_*, as in ap_functions
 * @depth: requests that a queue takes, 1..16
 * @max_msg_size: bytes
 * @deconfigured, @checkstopped: its state
 */
struct apc_hw_card {
	u8 type;
	u8 depth;
	bool deconfigured;
	bool checkstopped;
	u32 functions;
	u32 max_msg_size;
};

/**
 * struct apc_hw - the machine
 * @qci: its configuration; without APC_QCI_* flags the bus cannot query it and
 *	 probes every id
 * @installed: adapters that are there
 * @card: what they are
 * @hang: per adapter the domains whose reset does not end
 * @broken: per adapter the domains whose reset fails
 * @irq: per adapter the domains whose queue has interrupts set up
 * @interrupts: whether the machine has AP interrupts
 */
struct apc_hw {
	struct apc_qci qci;
	struct apc_mask installed;
	struct apc_hw_card card[APC_IDS];
	struct apc_mask hang[APC_IDS];
	struct apc_mask broken[APC_IDS];
	struct apc_mask irq[APC_IDS];
	bool interrupts;
};

/* No card, no domain; APSC and APXA, ids up to 255, interrupts. */
void apc_hw_init(struct apc_hw *hw);
/* A card of @type and @mode with the usual features. */
void apc_hw_card_init(struct apc_hw_card *card, u8 type, enum apc_mode mode);
enum apc_mode apc_hw_card_mode(const struct apc_hw_card *card);
/* Also makes the adapter part of the configuration.  Return: 0, -ERANGE */
int apc_hw_add_card(struct apc_hw *hw, unsigned int apid, const struct apc_hw_card *card);
void apc_hw_remove_card(struct apc_hw *hw, unsigned int apid);
/* Into standby or back; either way its queues forget what was set up. */
void apc_hw_configure_card(struct apc_hw *hw, unsigned int apid, bool on);
/* The same for broken and repaired. */
void apc_hw_checkstop_card(struct apc_hw *hw, unsigned int apid, bool on);
/* Return: 0, -ERANGE */
int apc_hw_set_domain(struct apc_hw *hw, unsigned int apqi, bool usage, bool control);

/* The response code of PQAP(TAPQ) and of PQAP(ZAPQ), which ends interrupts. */
u8 apc_hw_tapq(const struct apc_hw *hw, unsigned int apid, unsigned int apqi);
u8 apc_hw_zapq(struct apc_hw *hw, unsigned int apid, unsigned int apqi);
/* Whether PQAP(TAPQ) tells that interrupts are set up. */
bool apc_hw_has_irq(const struct apc_hw *hw, unsigned int apid, unsigned int apqi);

#endif
