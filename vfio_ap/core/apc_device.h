/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to the core: card and queue devices on the bus.
 */
#ifndef APC_DEVICE_H
#define APC_DEVICE_H

#include "apc_bus.h"

void apc_emit(struct apc_bus *bus, enum apc_event_type type, unsigned int apid,
	      unsigned int apqi, u64 value);
/* Whether they may go online: configured, and well if Linux minds. */
bool apc_card_usable(const struct apc_bus *bus, unsigned int apid);
bool apc_queue_usable(const struct apc_bus *bus, unsigned int apid, unsigned int apqi);
/* Tells if all queues have a driver. */
void apc_tell_complete(struct apc_bus *bus);
/* The domains that make queues of the host pool with this adapter, by the masks. */
void apc_pool_row(const struct apc_bus *bus, unsigned int apid, struct apc_mask *row);
/* Those whose queue cex4queue takes with this adapter, and those that vfio_ap does. */
void apc_driver_rows(const struct apc_bus *bus, unsigned int apid, struct apc_mask *host,
		     struct apc_mask *guests);

void apc_overrides_init(struct apc_bus *bus);
/* Queues of the adapter have another driver, or another override. */
void apc_overrides_rebound(struct apc_bus *bus, unsigned int apid);
/* Queues go. */
void apc_overrides_forget(struct apc_bus *bus, unsigned int apid,
			  const struct apc_mask *domains);

/* A new card device; binds it unless autoprobe is off. */
void apc_card_add(struct apc_bus *bus, unsigned int apid, const struct apc_hw_card *hw,
		  u8 type);
void apc_card_remove(struct apc_bus *bus, unsigned int apid);
/* -ENODEV when the driver does not want the card */
int apc_card_attach(struct apc_bus *bus, unsigned int apid);
void apc_card_detach(struct apc_bus *bus, unsigned int apid);

/* New queue devices; binds them unless autoprobe is off. */
void apc_queues_add(struct apc_bus *bus, unsigned int apid,
		    const struct apc_mask *domains);
void apc_queues_remove(struct apc_bus *bus, unsigned int apid,
		       const struct apc_mask *domains);
/* Binds queues without a driver to the one that the masks tell. */
void apc_queues_attach(struct apc_bus *bus, unsigned int apid,
		       const struct apc_mask *domains);
/* Takes queues from whatever driver they have. */
void apc_queues_detach(struct apc_bus *bus, unsigned int apid,
		       const struct apc_mask *domains);
/* Moves queues whose driver does not fit the masks any more. */
void apc_queues_revise(struct apc_bus *bus);
/* The bus sets queues up for use, interrupts included, as far as they let it. */
void apc_queues_start(struct apc_bus *bus, unsigned int apid,
		      const struct apc_mask *domains);
/* It goes on with those that it has begun with; returns whether the reset of one hangs.
 */
bool apc_queues_work(struct apc_bus *bus, unsigned int apid,
		     const struct apc_mask *domains);
/* Starts those of them again that it works with, now or with the next poll. */
void apc_queues_restart(struct apc_bus *bus, unsigned int apid,
			const struct apc_mask *domains);
/*
 * When the bus has begun to reset a queue it comes back some time later, and goes on
 * with every queue that waits for that, also where it failed before.
 */
void apc_queues_poll(struct apc_bus *bus);

#endif
