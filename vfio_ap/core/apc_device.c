// SPDX-License-Identifier: GPL-2.0
/*
 * Card and queue devices and their binding to drivers.  Queues are handled per
 * adapter with masks of domains; events are sent one by one, in the order of the
 * kernel.
 */
#include "apc_device.h"

void apc_emit(struct apc_bus *bus, enum apc_event_type type, unsigned int apid,
	      unsigned int apqi, u64 value)
{
	struct apc_event event = {
		.type = type, .apid = apid, .apqi = apqi, .value = value
	};

	if (!bus->ops || !bus->ops->event)
		return;
	/* The masks may tell already what comes after that. */
	if (type == APC_EVENT_QUEUE_UNBIND)
		event.driver = APC_DRIVER_NONE;
	else if (type >= APC_EVENT_QUEUE_ADD && type <= APC_EVENT_QUEUE_ONLINE)
		event.driver = apc_bus_queue_driver(bus, apid, apqi);
	else if (type <= APC_EVENT_CARD_ONLINE)
		event.driver = apc_bus_card_driver(bus, apid);
	bus->ops->event(bus, &event);
}

bool apc_card_usable(const struct apc_bus *bus, unsigned int apid)
{
	const struct apc_card *card = &bus->card[apid];

	return card->config &&
	       !(card->chkstop && apc_bus_can(bus, APC_CAP_CHKSTOP_OFFLINE));
}

bool apc_queue_usable(const struct apc_bus *bus, unsigned int apid, unsigned int apqi)
{
	bool chkstop = apc_mask_test(&bus->chkstop[apid], apqi);

	return apc_mask_test(&bus->config[apid], apqi) &&
	       !(chkstop && apc_bus_can(bus, APC_CAP_CHKSTOP_OFFLINE));
}

void apc_tell_complete(struct apc_bus *bus)
{
	unsigned int queues, bound;

	apc_bus_count(bus, &queues, &bound);
	if (!bus->scans || queues != bound)
		return;
	bus->bindings_complete = true;
	bus->completions++;
	apc_emit(bus, APC_EVENT_BINDINGS_COMPLETE, 0, 0, bus->completions);
}

/* Before the driver core tells that a device was bound. */
static void apc_bound(struct apc_bus *bus)
{
	bus->bindings_complete = false;
	if (!apc_bus_can(bus, APC_CAP_COMPLETE_ONCE))
		apc_tell_complete(bus);
}

/*
 * As the driver core, which works device by device: each queue of @domains tells
 * that it is @unbound, then that it is @bound or that it is removed.
 */
static void apc_emit_queues(struct apc_bus *bus, unsigned int apid,
			    const struct apc_mask *domains,
			    const struct apc_mask *unbound, const struct apc_mask *bound,
			    bool removed)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, domains) {
		if (apc_mask_test(unbound, apqi))
			apc_emit(bus, APC_EVENT_QUEUE_UNBIND, apid, apqi, 0);
		if (apc_mask_test(bound, apqi)) {
			apc_bound(bus);
			apc_emit(bus, APC_EVENT_QUEUE_BIND, apid, apqi, 0);
		}
		if (removed)
			apc_emit(bus, APC_EVENT_QUEUE_REMOVE, apid, apqi, 0);
	}
}

void apc_pool_row(const struct apc_bus *bus, unsigned int apid, struct apc_mask *row)
{
	apc_mask_zero(row);
	if (apc_mask_test(&bus->pool.apm, apid))
		*row = bus->pool.aqm;
}

/* --- cards --------------------------------------------------------------- */

int apc_card_attach(struct apc_bus *bus, unsigned int apid)
{
	if (apc_hw_card_mode(&bus->card[apid].hw) == APC_MODE_NONE)
		return -ENODEV;
	bus->card[apid].online = true;
	bus->card[apid].load = 0;
	apc_mask_set(&bus->cards_bound, apid);
	apc_bound(bus);
	apc_emit(bus, APC_EVENT_CARD_BIND, apid, 0, 0);
	return 0;
}

void apc_card_detach(struct apc_bus *bus, unsigned int apid)
{
	if (!apc_mask_test(&bus->cards_bound, apid))
		return;
	apc_mask_clear(&bus->cards_bound, apid);
	apc_emit(bus, APC_EVENT_CARD_UNBIND, apid, 0, 0);
}

void apc_card_add(struct apc_bus *bus, unsigned int apid, const struct apc_hw_card *hw,
		  u8 type)
{
	struct apc_card *card = &bus->card[apid];

	memset(card, 0, sizeof(*card));
	card->hw = *hw;
	card->type = type;
	card->config = !hw->deconfigured;
	card->chkstop = !hw->deconfigured && hw->checkstopped;
	apc_mask_set(&bus->cards, apid);
	apc_emit(bus, APC_EVENT_CARD_ADD, apid, 0, 0);
	if (bus->autoprobe)
		apc_card_attach(bus, apid);
}

void apc_card_remove(struct apc_bus *bus, unsigned int apid)
{
	struct apc_mask queues = bus->present[apid];

	apc_queues_remove(bus, apid, &queues);
	apc_card_detach(bus, apid);
	apc_mask_clear(&bus->cards, apid);
	apc_emit(bus, APC_EVENT_CARD_REMOVE, apid, 0, 0);
}

/* --- queues -------------------------------------------------------------- */

/*
 * Resets a queue and sets its interrupts up, which only one with a driver comes to.
 * Returns whether the reset is still going on.
 */
static bool apc_queue_work(struct apc_bus *bus, unsigned int apid, unsigned int apqi)
{
	u8 rc = apc_hw_zapq(&bus->hw, apid, apqi);

	if (rc != APC_RC_NORMAL && rc != APC_RC_RESET_IN_PROGRESS) {
		apc_mask_set(&bus->failed[apid], apqi);
		return false;
	}
	bus->polls = true;
	apc_mask_clear(&bus->irq_seen[apid], apqi);
	if (rc != APC_RC_NORMAL || !apc_bus_queue_driver(bus, apid, apqi))
		return rc != APC_RC_NORMAL;
	apc_mask_clear(&bus->resetting[apid], apqi);
	apc_mask_assign(&bus->hw.irq[apid], apqi, bus->hw.interrupts);
	apc_mask_assign(&bus->irq_seen[apid], apqi, bus->hw.interrupts);
	return false;
}

bool apc_queues_work(struct apc_bus *bus, unsigned int apid,
		     const struct apc_mask *domains)
{
	struct apc_mask ready;
	bool hangs = false;
	unsigned int apqi;

	apc_mask_and(&ready, domains, &bus->resetting[apid]);
	apc_mask_and(&ready, &ready, &bus->operating[apid]);
	apc_mask_and(&ready, &ready, &bus->config[apid]);
	apc_mask_andnot(&ready, &ready, &bus->chkstop[apid]);
	apc_mask_for_each(apqi, &ready)
		hangs |= apc_queue_work(bus, apid, apqi);
	return hangs;
}

void apc_queues_poll(struct apc_bus *bus)
{
	bool hangs = false;
	unsigned int apid;

	if (!bus->polls)
		return;
	apc_mask_for_each(apid, &bus->cards) {
		struct apc_mask bound;

		apc_mask_or(&bound, &bus->host_bound[apid], &bus->matrix.bound[apid]);
		hangs |= apc_queues_work(bus, apid, &bound);
	}
	bus->polls = hangs;
}

void apc_queues_restart(struct apc_bus *bus, unsigned int apid,
			const struct apc_mask *domains)
{
	if (apc_bus_can(bus, APC_CAP_RESTART)) {
		apc_queues_start(bus, apid, domains);
		return;
	}
	apc_mask_or(&bus->resetting[apid], &bus->resetting[apid], domains);
	apc_mask_andnot(&bus->failed[apid], &bus->failed[apid], domains);
}

void apc_queues_start(struct apc_bus *bus, unsigned int apid,
		      const struct apc_mask *domains)
{
	apc_mask_or(&bus->operating[apid], &bus->operating[apid], domains);
	apc_mask_or(&bus->resetting[apid], &bus->resetting[apid], domains);
	apc_mask_andnot(&bus->failed[apid], &bus->failed[apid], domains);
	apc_queues_work(bus, apid, domains);
}

/* cex4queue needs a card whose driver can be asked. */
static void apc_queues_to_host(struct apc_bus *bus, unsigned int apid,
			       const struct apc_mask *domains, struct apc_mask *bound)
{
	if (!apc_mask_test(&bus->cards_bound, apid) || apc_mask_empty(domains))
		return;
	apc_mask_or(&bus->host_bound[apid], &bus->host_bound[apid], domains);
	apc_mask_or(&bus->online[apid], &bus->online[apid], domains);
	apc_queues_start(bus, apid, domains);
	apc_mask_or(bound, bound, domains);
}

static void apc_queues_to_guests(struct apc_bus *bus, unsigned int apid,
				 const struct apc_mask *domains, struct apc_mask *bound)
{
	if (!bus->vfio_ap || apc_mask_empty(domains))
		return;
	apc_matrix_bind(&bus->matrix, apid, domains);
	apc_overrides_rebound(bus, apid);
	apc_mask_or(bound, bound, domains);
}

/* @bound gets those that a driver took. */
static void apc_queues_give(struct apc_bus *bus, unsigned int apid,
			    const struct apc_mask *domains, struct apc_mask *bound)
{
	struct apc_mask host, guests;

	apc_mask_zero(bound);
	apc_driver_rows(bus, apid, &host, &guests);
	apc_mask_and(&host, &host, domains);
	apc_mask_and(&guests, &guests, domains);
	apc_queues_to_host(bus, apid, &host, bound);
	apc_queues_to_guests(bus, apid, &guests, bound);
}

void apc_queues_attach(struct apc_bus *bus, unsigned int apid,
		       const struct apc_mask *domains)
{
	struct apc_mask none = { { 0 } };
	struct apc_mask bound;

	apc_queues_give(bus, apid, domains, &bound);
	apc_emit_queues(bus, apid, domains, &none, &bound, false);
}

/* @unbound gets those that had a driver. */
static void apc_queues_take(struct apc_bus *bus, unsigned int apid,
			    const struct apc_mask *domains, struct apc_mask *unbound)
{
	struct apc_mask guests;
	unsigned int apqi;

	apc_mask_and(&guests, domains, &bus->matrix.bound[apid]);
	apc_mask_and(unbound, domains, &bus->host_bound[apid]);
	apc_mask_or(unbound, unbound, &guests);
	if (!apc_mask_empty(&guests))
		apc_matrix_unbind(&bus->matrix, apid, &guests);
	apc_overrides_rebound(bus, apid);
	apc_mask_andnot(&bus->host_bound[apid], &bus->host_bound[apid], domains);
	apc_mask_andnot(&bus->online[apid], &bus->online[apid], domains);
	/* The bus resets a queue that loses its driver and forgets its state. */
	apc_mask_andnot(&bus->operating[apid], &bus->operating[apid], unbound);
	apc_mask_andnot(&bus->failed[apid], &bus->failed[apid], unbound);
	apc_mask_for_each(apqi, unbound) {
		bus->waiting[apid][apqi] = 0;
		apc_hw_zapq(&bus->hw, apid, apqi);
	}
}

void apc_queues_detach(struct apc_bus *bus, unsigned int apid,
		       const struct apc_mask *domains)
{
	struct apc_mask none = { { 0 } };
	struct apc_mask unbound;

	apc_queues_take(bus, apid, domains, &unbound);
	apc_emit_queues(bus, apid, domains, &unbound, &none, false);
}

static void apc_queue_add(struct apc_bus *bus, unsigned int apid, unsigned int apqi)
{
	const struct apc_card *card = &bus->card[apid];
	struct apc_mask one = { { 0 } };

	apc_mask_set(&one, apqi);
	apc_mask_or(&bus->present[apid], &bus->present[apid], &one);
	apc_mask_or(&bus->resetting[apid], &bus->resetting[apid], &one);
	apc_mask_assign(&bus->config[apid], apqi, card->config);
	apc_mask_assign(&bus->chkstop[apid], apqi, card->chkstop);
	apc_emit(bus, APC_EVENT_QUEUE_ADD, apid, apqi, 0);
	if (bus->autoprobe)
		apc_queues_attach(bus, apid, &one);
	if (card->config && !card->chkstop && apc_bus_can(bus, APC_CAP_START))
		apc_queues_start(bus, apid, &one);
}

void apc_queues_add(struct apc_bus *bus, unsigned int apid,
		    const struct apc_mask *domains)
{
	unsigned int apqi;

	apc_mask_for_each(apqi, domains)
		apc_queue_add(bus, apid, apqi);
}

void apc_queues_remove(struct apc_bus *bus, unsigned int apid,
		       const struct apc_mask *domains)
{
	struct apc_mask none = { { 0 } };
	struct apc_mask unbound;
	unsigned int apqi;

	if (apc_mask_empty(domains))
		return;
	apc_queues_take(bus, apid, domains, &unbound);
	apc_mask_andnot(&bus->operating[apid], &bus->operating[apid], domains);
	apc_mask_andnot(&bus->failed[apid], &bus->failed[apid], domains);
	apc_mask_andnot(&bus->irq_seen[apid], &bus->irq_seen[apid], domains);
	apc_mask_andnot(&bus->present[apid], &bus->present[apid], domains);
	apc_overrides_forget(bus, apid, domains);
	apc_mask_for_each(apqi, domains)
		bus->requests[apid][apqi] = 0;
	apc_emit_queues(bus, apid, domains, &unbound, &none, true);
}

static void apc_queues_move(struct apc_bus *bus, unsigned int apid,
			    const struct apc_mask *domains)
{
	struct apc_mask unbound, bound;

	apc_queues_take(bus, apid, domains, &unbound);
	apc_queues_give(bus, apid, domains, &bound);
	apc_emit_queues(bus, apid, domains, &unbound, &bound, false);
}

/*
 * A queue without a driver counts as not the host's: it is bound when the host
 * wants it, and left alone otherwise.  Masks do not change while queues have
 * overrides.
 */
static void apc_queues_revise_card(struct apc_bus *bus, unsigned int apid)
{
	struct apc_mask row, wrong, leave;
	unsigned int apqi;

	apc_pool_row(bus, apid, &row);
	apc_mask_and(&wrong, &row, &bus->present[apid]);
	apc_mask_andnot(&wrong, &wrong, &bus->host_bound[apid]);
	apc_mask_andnot(&leave, &bus->host_bound[apid], &row);
	apc_mask_or(&wrong, &wrong, &leave);
	if (apc_bus_can(bus, APC_CAP_COMPLETE_ONCE)) {
		apc_queues_move(bus, apid, &wrong);
		return;
	}
	/* Each step shows. */
	apc_mask_for_each(apqi, &wrong) {
		struct apc_mask one = { { 0 } };

		apc_mask_set(&one, apqi);
		apc_queues_move(bus, apid, &one);
	}
}

/*
 * No mdev has a queue of the pool, before or after: nothing changes for guests.
 */
void apc_queues_revise(struct apc_bus *bus)
{
	unsigned int apid;

	apc_mask_for_each(apid, &bus->cards)
		apc_queues_revise_card(bus, apid);
}
