// SPDX-License-Identifier: GPL-2.0
/*
 * The modelled hardware: what is installed and how it answers to PQAP.
 */
#include "apc_hw.h"
#include "apc_matrix.h"

void apc_hw_init(struct apc_hw *hw)
{
	memset(hw, 0, sizeof(*hw));
	hw->qci.flags = APC_QCI_APSC | APC_QCI_APXA;
	hw->qci.na = APC_IDS - 1;
	hw->qci.nd = APC_IDS - 1;
	hw->interrupts = true;
}

void apc_hw_card_init(struct apc_hw_card *card, u8 type, enum apc_mode mode)
{
	static const u32 functions[] = {
		[APC_MODE_NONE] = APC_FUNC_APSC | APC_FUNC_APXA,
		[APC_MODE_ACCEL] = APC_DEFAULT_FUNCTIONS_ACCEL,
		[APC_MODE_CCA] = APC_DEFAULT_FUNCTIONS_CCA,
		[APC_MODE_EP11] = APC_DEFAULT_FUNCTIONS_EP11,
	};

	memset(card, 0, sizeof(*card));
	card->type = type;
	card->functions = functions[mode];
	card->depth = APC_DEFAULT_DEPTH;
	card->max_msg_size = APC_DEFAULT_MSG_SIZE;
}

enum apc_mode apc_hw_card_mode(const struct apc_hw_card *card)
{
	if (card->functions & APC_FUNC_ACCEL)
		return APC_MODE_ACCEL;
	if (card->functions & APC_FUNC_CCA)
		return APC_MODE_CCA;
	if (card->functions & APC_FUNC_EP11)
		return APC_MODE_EP11;
	return APC_MODE_NONE;
}

int apc_hw_add_card(struct apc_hw *hw, unsigned int apid, const struct apc_hw_card *card)
{
	if (apid > apc_qci_bus_max_adapter(&hw->qci))
		return -ERANGE;
	hw->card[apid] = *card;
	apc_mask_zero(&hw->irq[apid]);
	apc_mask_set(&hw->installed, apid);
	apc_mask_set(&hw->qci.config.apm, apid);
	return 0;
}

void apc_hw_remove_card(struct apc_hw *hw, unsigned int apid)
{
	apc_mask_zero(&hw->irq[apid]);
	apc_mask_clear(&hw->installed, apid);
	apc_mask_clear(&hw->qci.config.apm, apid);
}

void apc_hw_configure_card(struct apc_hw *hw, unsigned int apid, bool on)
{
	hw->card[apid].deconfigured = !on;
	apc_mask_zero(&hw->irq[apid]);
}

void apc_hw_checkstop_card(struct apc_hw *hw, unsigned int apid, bool on)
{
	hw->card[apid].checkstopped = on;
	apc_mask_zero(&hw->irq[apid]);
}

int apc_hw_set_domain(struct apc_hw *hw, unsigned int apqi, bool usage, bool control)
{
	if (apqi > apc_qci_bus_max_domain(&hw->qci))
		return -ERANGE;
	apc_mask_assign(&hw->qci.config.aqm, apqi, usage);
	apc_mask_assign(&hw->qci.config.adm, apqi, control);
	return 0;
}

u8 apc_hw_tapq(const struct apc_hw *hw, unsigned int apid, unsigned int apqi)
{
	if (!apc_mask_test(&hw->installed, apid) ||
	    !apc_mask_test(&hw->qci.config.apm, apid) ||
	    !apc_mask_test(&hw->qci.config.aqm, apqi))
		return APC_RC_Q_NOT_AVAIL;
	if (hw->card[apid].deconfigured)
		return APC_RC_DECONFIGURED;
	if (hw->card[apid].checkstopped)
		return APC_RC_CHECKSTOPPED;
	if (apc_mask_test(&hw->hang[apid], apqi))
		return APC_RC_RESET_IN_PROGRESS;
	return APC_RC_NORMAL;
}

u8 apc_hw_zapq(struct apc_hw *hw, unsigned int apid, unsigned int apqi)
{
	u8 rc = apc_hw_tapq(hw, apid, apqi);

	if (rc == APC_RC_NORMAL && apc_mask_test(&hw->broken[apid], apqi))
		return APC_RC_RESET_BROKEN;
	if (rc == APC_RC_NORMAL || rc == APC_RC_RESET_IN_PROGRESS)
		apc_mask_clear(&hw->irq[apid], apqi);
	return rc;
}

bool apc_hw_has_irq(const struct apc_hw *hw, unsigned int apid, unsigned int apqi)
{
	return apc_mask_test(&hw->irq[apid], apqi) &&
	       apc_hw_tapq(hw, apid, apqi) != APC_RC_Q_NOT_AVAIL;
}
