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
		if (apc_mask_test(bound, apqi))
			apc_emit(bus, APC_EVENT_QUEUE_BIND, apid, apqi, 0);
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
	bus->bindings_complete = false;
	bus->card[apid].online = true;
	bus->card[apid].load = 0;
	apc_mask_set(&bus->cards_bound, apid);
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

void apc_queues_start(struct apc_bus *bus, unsigned int apid,
		      const struct apc_mask *domains)
{
	struct apc_mask ready;

	apc_mask_or(&bus->operating[apid], &bus->operating[apid], domains);
	if (!bus->hw.interrupts || !bus->card[apid].config || bus->card[apid].chkstop)
		return;
	apc_mask_andnot(&ready, domains, &bus->hw.hang[apid]);
	apc_mask_or(&bus->irq[apid], &bus->irq[apid], &ready);
}

/* cex4queue needs a card whose driver can be asked. */
static void apc_queues_to_host(struct apc_bus *bus, unsigned int apid,
			       const struct apc_mask *domains, struct apc_mask *bound)
{
	if (!apc_mask_test(&bus->cards_bound, apid) || apc_mask_empty(domains))
		return;
	bus->bindings_complete = false;
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
	bus->bindings_complete = false;
	apc_matrix_bind(&bus->matrix, apid, domains);
	apc_mask_or(bound, bound, domains);
}

/* @bound gets those that a driver took. */
static void apc_queues_give(struct apc_bus *bus, unsigned int apid,
			    const struct apc_mask *domains, struct apc_mask *bound)
{
	struct apc_mask row, host, rest;

	apc_mask_zero(bound);
	apc_pool_row(bus, apid, &row);
	apc_mask_and(&host, domains, &row);
	apc_mask_andnot(&rest, domains, &row);
	apc_queues_to_host(bus, apid, &host, bound);
	apc_queues_to_guests(bus, apid, &rest, bound);
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

	apc_mask_and(&guests, domains, &bus->matrix.bound[apid]);
	apc_mask_and(unbound, domains, &bus->host_bound[apid]);
	apc_mask_or(unbound, unbound, &guests);
	if (!apc_mask_empty(&guests))
		apc_matrix_unbind(&bus->matrix, apid, &guests);
	apc_mask_andnot(&bus->host_bound[apid], &bus->host_bound[apid], domains);
	apc_mask_andnot(&bus->online[apid], &bus->online[apid], domains);
	/* The bus resets a queue that loses its driver and forgets its state. */
	apc_mask_andnot(&bus->operating[apid], &bus->operating[apid], unbound);
	apc_mask_andnot(&bus->irq[apid], &bus->irq[apid], unbound);
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
	apc_mask_assign(&bus->config[apid], apqi, card->config);
	apc_mask_assign(&bus->chkstop[apid], apqi, card->chkstop);
	apc_emit(bus, APC_EVENT_QUEUE_ADD, apid, apqi, 0);
	if (bus->autoprobe)
		apc_queues_attach(bus, apid, &one);
	if (card->config && !card->chkstop)
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

	if (apc_mask_empty(domains))
		return;
	apc_queues_take(bus, apid, domains, &unbound);
	apc_mask_andnot(&bus->operating[apid], &bus->operating[apid], domains);
	apc_mask_andnot(&bus->irq[apid], &bus->irq[apid], domains);
	apc_mask_andnot(&bus->present[apid], &bus->present[apid], domains);
	apc_emit_queues(bus, apid, domains, &unbound, &none, true);
}

/*
 * A queue without a driver counts as not the host's: it is bound when the host
 * wants it, and left alone otherwise.
 */
static void apc_queues_revise_card(struct apc_bus *bus, unsigned int apid)
{
	struct apc_mask row, wrong, leave, unbound, bound;

	apc_pool_row(bus, apid, &row);
	apc_mask_and(&wrong, &row, &bus->present[apid]);
	apc_mask_andnot(&wrong, &wrong, &bus->host_bound[apid]);
	apc_mask_andnot(&leave, &bus->host_bound[apid], &row);
	apc_mask_or(&wrong, &wrong, &leave);
	if (apc_mask_empty(&wrong))
		return;
	apc_queues_take(bus, apid, &wrong, &unbound);
	apc_queues_give(bus, apid, &wrong, &bound);
	apc_emit_queues(bus, apid, &wrong, &unbound, &bound, false);
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
