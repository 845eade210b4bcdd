// SPDX-License-Identifier: GPL-2.0
/*
 * The bus looks at the hardware and makes devices of it.  Steps and their order
 * are the kernel's, for they show in the uevents.
 */
#include "apc_device.h"

static bool apc_masks_equal(const struct apc_masks *a, const struct apc_masks *b)
{
	return apc_mask_equal(&a->apm, &b->apm) && apc_mask_equal(&a->aqm, &b->aqm) &&
	       apc_mask_equal(&a->adm, &b->adm);
}

static bool apc_qci_equal(const struct apc_qci *a, const struct apc_qci *b)
{
	return apc_masks_equal(&a->config, &b->config) && a->na == b->na &&
	       a->nd == b->nd && a->flags == b->flags;
}

/* Without QCI every id counts as configured, and TAPQ has to tell. */
static bool apc_adapter_configured(const struct apc_bus *bus, unsigned int apid)
{
	return !bus->qci.flags || apc_mask_test(&bus->qci.config.apm, apid);
}

static void apc_configured_domains(const struct apc_bus *bus, struct apc_mask *domains)
{
	if (bus->qci.flags)
		*domains = bus->qci.config.aqm;
	else
		apc_mask_fill(domains);
	apc_mask_limit(domains, apc_qci_bus_max_domain(&bus->qci));
}

static bool apc_tapq_has_info(u8 rc)
{
	return rc == APC_RC_NORMAL || rc == APC_RC_RESET_IN_PROGRESS ||
	       rc == APC_RC_DECONFIGURED || rc == APC_RC_CHECKSTOPPED ||
	       rc == APC_RC_BUSY;
}

/* The queues that the adapter really has. */
static void apc_valid_queues(const struct apc_bus *bus, unsigned int apid,
			     struct apc_mask *queues)
{
	struct apc_mask domains;
	unsigned int apqi;

	apc_mask_zero(queues);
	if (!apc_adapter_configured(bus, apid))
		return;
	apc_configured_domains(bus, &domains);
	apc_mask_for_each(apqi, &domains)
		if (apc_tapq_has_info(apc_hw_tapq(&bus->hw, apid, apqi)))
			apc_mask_set(queues, apqi);
}

/* --- queues of one card -------------------------------------------------------- */

/* Queues that the bus works with have become usable, or unusable. */
static void apc_scan_changed(struct apc_bus *bus, unsigned int apid, bool usable,
			     const struct apc_mask *changed)
{
	struct apc_mask working;

	apc_mask_and(&working, changed, &bus->operating[apid]);
	if (usable)
		apc_queues_restart(bus, apid, &working);
	else
		apc_mask_or(&bus->failed[apid], &bus->failed[apid], &working);
}

/*
 * One thing of a queue at a time, as the bus does it: a change of checkstop, else
 * one of its configuration, else what went wrong before.
 */
static void apc_scan_chkstop(struct apc_bus *bus, unsigned int apid, bool chkstop,
			     struct apc_mask *queues)
{
	struct apc_mask changed;

	if (chkstop)
		apc_mask_andnot(&changed, queues, &bus->chkstop[apid]);
	else
		apc_mask_and(&changed, queues, &bus->chkstop[apid]);
	apc_mask_andnot(queues, queues, &changed);
	if (chkstop)
		apc_mask_or(&bus->chkstop[apid], &bus->chkstop[apid], &changed);
	else
		apc_mask_andnot(&bus->chkstop[apid], &bus->chkstop[apid], &changed);
	apc_scan_changed(bus, apid, !chkstop, &changed);
}

static void apc_scan_config(struct apc_bus *bus, unsigned int apid, bool config,
			    struct apc_mask *queues)
{
	struct apc_mask changed;
	unsigned int apqi;

	if (config)
		apc_mask_andnot(&changed, queues, &bus->config[apid]);
	else
		apc_mask_and(&changed, queues, &bus->config[apid]);
	apc_mask_andnot(queues, queues, &changed);
	apc_mask_for_each(apqi, &changed) {
		apc_mask_assign(&bus->config[apid], apqi, config);
		apc_emit(bus, APC_EVENT_QUEUE_CONFIG, apid, apqi, config);
	}
	apc_scan_changed(bus, apid, config, &changed);
}

static void apc_scan_known_queues(struct apc_bus *bus, unsigned int apid,
				  const struct apc_mask *queues)
{
	const struct apc_hw_card *hw = &bus->hw.card[apid];
	struct apc_mask rest = *queues;

	apc_scan_chkstop(bus, apid, !hw->deconfigured && hw->checkstopped, &rest);
	apc_scan_config(bus, apid, !hw->deconfigured, &rest);
	apc_mask_and(&rest, &rest, &bus->failed[apid]);
	if (!hw->deconfigured)
		apc_queues_start(bus, apid, &rest);
}

static void apc_scan_queues(struct apc_bus *bus, unsigned int apid,
			    const struct apc_mask *valid)
{
	struct apc_mask gone, known, new;

	apc_mask_andnot(&gone, &bus->present[apid], valid);
	apc_mask_and(&known, &bus->present[apid], valid);
	apc_mask_andnot(&new, valid, &bus->present[apid]);
	apc_queues_remove(bus, apid, &gone);
	apc_scan_known_queues(bus, apid, &known);
	apc_queues_add(bus, apid, &new);
}

/* --- one card -------------------------------------------------------------- */

/* The type that drivers see, 0 when Linux cannot use the card. */
static u8 apc_compatible_type(const struct apc_bus *bus, u8 type)
{
	if (type < APC_TYPE_CEX4)
		return 0;
	if (type <= APC_TYPE_CEX8)
		return type;
	return bus->qci.flags & APC_QCI_QACT ? APC_TYPE_CEX8 : 0;
}

static void apc_scan_card_state(struct apc_bus *bus, unsigned int apid)
{
	const struct apc_hw_card *hw = &bus->hw.card[apid];
	struct apc_card *card = &bus->card[apid];

	card->chkstop = !hw->deconfigured && hw->checkstopped;
	if (card->config == !hw->deconfigured)
		return;
	card->config = !hw->deconfigured;
	apc_emit(bus, APC_EVENT_CARD_CONFIG, apid, 0, card->config);
}

static bool apc_card_replaced(const struct apc_bus *bus, unsigned int apid)
{
	const struct apc_hw_card *seen = &bus->card[apid].hw;
	const struct apc_hw_card *now = &bus->hw.card[apid];

	return seen->type != now->type || seen->functions != now->functions;
}

/* Returns whether there is a card device afterwards. */
static bool apc_scan_card(struct apc_bus *bus, unsigned int apid)
{
	const struct apc_hw_card *hw = &bus->hw.card[apid];
	u8 type;

	if (apc_mask_test(&bus->cards, apid) && apc_card_replaced(bus, apid))
		apc_card_remove(bus, apid);
	if (apc_mask_test(&bus->cards, apid)) {
		apc_scan_card_state(bus, apid);
		return true;
	}
	type = apc_compatible_type(bus, hw->type);
	if (!type)
		return false;
	apc_card_add(bus, apid, hw, type);
	return true;
}

static void apc_scan_adapter(struct apc_bus *bus, unsigned int apid)
{
	struct apc_mask valid;

	apc_valid_queues(bus, apid, &valid);
	if (!apc_mask_empty(&valid)) {
		if (apc_scan_card(bus, apid))
			apc_scan_queues(bus, apid, &valid);
	} else if (apc_mask_test(&bus->cards, apid)) {
		apc_card_remove(bus, apid);
	}
}

/* --- the whole machine --------------------------------------------------------- */

static bool apc_has_new_ids(const struct apc_qci *old, const struct apc_qci *new)
{
	return !apc_mask_subset(&new->config.apm, &old->config.apm) ||
	       !apc_mask_subset(&new->config.aqm, &old->config.aqm);
}

/* As if the bus and vfio_ap had just been loaded. */
static void apc_scan_first(struct apc_bus *bus)
{
	memset(&bus->qci, 0, sizeof(bus->qci));
	if (bus->hw.qci.flags)
		bus->qci = bus->hw.qci;
	bus->matrix.qci = bus->qci;
}

/* Returns whether the configuration changed. */
static bool apc_scan_configuration(struct apc_bus *bus)
{
	if (!bus->scans) {
		apc_scan_first(bus);
		return false;
	}
	if (!bus->qci.flags || apc_qci_equal(&bus->qci, &bus->hw.qci))
		return false;
	if (apc_has_new_ids(&bus->qci, &bus->hw.qci))
		bus->bindings_complete = false;
	bus->qci = bus->hw.qci;
	if (bus->vfio_ap)
		apc_matrix_config_changed(&bus->matrix, &bus->qci);
	return true;
}

static bool apc_domain_usable(const struct apc_bus *bus, unsigned int apqi)
{
	struct apc_mask cards = bus->pool.apm;
	unsigned int apid;

	apc_mask_limit(&cards, apc_qci_bus_max_adapter(&bus->qci));
	apc_mask_for_each(apid, &cards)
		if (apc_adapter_configured(bus, apid) &&
		    apc_hw_tapq(&bus->hw, apid, apqi) == APC_RC_NORMAL)
			return true;
	return false;
}

static void apc_select_domain(struct apc_bus *bus)
{
	struct apc_mask domains;
	unsigned int apqi;

	if (bus->domain >= 0)
		return;
	apc_configured_domains(bus, &domains);
	apc_mask_and(&domains, &domains, &bus->pool.aqm);
	apc_mask_for_each(apqi, &domains) {
		if (!apc_domain_usable(bus, apqi))
			continue;
		bus->domain = apqi;
		return;
	}
}

static void apc_check_bindings(struct apc_bus *bus)
{
	if (apc_bus_can(bus, APC_CAP_COMPLETE_ONCE) ? !bus->bindings_complete
						    : bus->scans == 1)
		apc_tell_complete(bus);
}

void apc_bus_scan(struct apc_bus *bus)
{
	bool changed = apc_scan_configuration(bus);
	unsigned int max = apc_qci_bus_max_adapter(&bus->qci);
	unsigned int apid;

	apc_select_domain(bus);
	for (apid = 0; apid <= max; apid++)
		apc_scan_adapter(bus, apid);
	apc_queues_poll(bus);
	apc_matrix_settle(&bus->matrix);
	if (changed && bus->vfio_ap)
		apc_matrix_scan_complete(&bus->matrix);
	bus->scans++;
	bus->timer_set++;
	if (bus->scans == 1)
		apc_emit(bus, APC_EVENT_SCAN_INITIAL, 0, 0, 0);
	apc_check_bindings(bus);
}
