/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PQAP(AQIC) of a guest: what it asks for, and step by step what has to be done
 * to give it the interrupts of a queue or take them away.  Whoever drives it does
 * the steps (pin a page, register with the GISC, issue an instruction, sleep),
 * tells how each ended, and is told the next one.  So no lock needs to be held
 * while the hardware takes its time, and every way through can be tested.
 *
 * KVM has done the checks of the architecture that end in a program interruption.
 */
#ifndef APC_AQIC_H
#define APC_AQIC_H

#include "apc_types.h"

/* The status word of an AP instruction: the low half of general register 1. */
#define APC_STATUS_EMPTY    0x80000000U
#define APC_STATUS_REPLIES  0x40000000U
#define APC_STATUS_FULL	    0x20000000U
#define APC_STATUS_ASYNC    0x02000000U
#define APC_STATUS_IRQ	    0x01000000U
#define APC_STATUS_RC	    0x00ff0000U
#define APC_STATUS_RC_SHIFT 16

/* How often and how long the hardware is asked again: as the in-tree driver does. */
#define APC_AQIC_DISABLE_TRIES 6
#define APC_AQIC_CLEAR_TRIES   5
#define APC_AQIC_SLEEP_MS      20

static inline u32 apc_status(u8 rc)
{
	return (u32)rc << APC_STATUS_RC_SHIFT;
}

static inline u8 apc_status_rc(u32 status)
{
	return (status & APC_STATUS_RC) >> APC_STATUS_RC_SHIFT;
}

/**
 * struct apc_aqic_request - general registers 0 to 2 of the guest
 * @nib: guest address of the notification indicator byte
 * @apqn: the queue
 * @enable: interrupts are wanted, otherwise not
 * @isc: interruption subclass of the guest, 0..7
 */
struct apc_aqic_request {
	u64 nib;
	u16 apqn;
	bool enable;
	u8 isc;
};

/**
 * struct apc_irq - what a queue holds for its guest
 * @nib: guest address, whose page is pinned
 * @isc: subclass of the guest, registered with the GISC
 * @on: whether it holds anything
 */
struct apc_irq {
	u64 nib;
	u8 isc;
	bool on;
};

/**
 * enum apc_aqic_step - what to do next, with struct apc_aqic.subject
 * @APC_AQIC_DONE: nothing; struct apc_aqic.status is for the guest
 * @APC_AQIC_PIN: pin the page of subject.nib.  Outcome: 0, or not
 * @APC_AQIC_SHARED: is that page shared with the host?  Always so for a guest
 *		     that isn't protected.  Outcome: 0, or not
 * @APC_AQIC_REGISTER: register subject.isc with the GISC.  Outcome: the
 *		       subclass of the host, 0..7, or negative
 * @APC_AQIC_ENABLE: issue PQAP(AQIC) with apc_aqic_control() and the host's
 *		     address of the byte.  Outcome: the status word
 * @APC_AQIC_DISABLE: issue PQAP(AQIC) with zeros.  Outcome: the status word
 * @APC_AQIC_TEST: issue PQAP(TAPQ).  Outcome: the status word
 * @APC_AQIC_SLEEP: wait for APC_AQIC_SLEEP_MS; no outcome
 * @APC_AQIC_UNREGISTER: give back subject.isc; no outcome
 * @APC_AQIC_UNPIN: unpin the page of subject.nib; no outcome
 */
enum apc_aqic_step {
	APC_AQIC_DONE,
	APC_AQIC_PIN,
	APC_AQIC_SHARED,
	APC_AQIC_REGISTER,
	APC_AQIC_ENABLE,
	APC_AQIC_DISABLE,
	APC_AQIC_TEST,
	APC_AQIC_SLEEP,
	APC_AQIC_UNREGISTER,
	APC_AQIC_UNPIN,
};

/**
 * struct apc_aqic - one request on its way
 * @step: what has to be done now
 * @subject: what it is done with; @on has no meaning here
 * @status: the answer for the guest, when done: its general register 1; the
 *	    condition code is 3 if the response code in it isn't 0
 * @host_isc: set by APC_AQIC_REGISTER, for APC_AQIC_ENABLE
 * @stuck: the hardware did not say that interrupts are off, though it was asked
 *	   often enough; worth a warning when done
 *
 * The rest is private.
 */
struct apc_aqic {
	enum apc_aqic_step step;
	struct apc_irq subject;
	u32 status;
	u8 host_isc;
	bool stuck;
	/* private: */
	struct apc_irq *irq;	/* what the queue holds */
	struct apc_irq fresh;	/* what it is about to get */
	struct apc_irq drop[2]; /* what has to be given back before the end */
	bool sleeping_for_test;
	bool answered; /* @status is final */
	u8 tries;
};

/* False when general register 0 does not ask for AQIC. */
bool apc_aqic_decode(struct apc_aqic_request *request, u64 gr0, u64 gr1, u64 gr2);
/*
 * General register 1 for the hardware: interrupts on, for @isc of the guest with
 * the GISA at @gisa (below 2 GiB, 16-byte boundary), or for @host_isc of the host.
 */
u64 apc_aqic_control(u64 gisa, u8 isc, u8 host_isc);

/*
 * Begin @request for the queue that holds @irq.  The caller has checked that the
 * queue is the guest's.  Then, until it is APC_AQIC_DONE: do @op->step, and tell
 * its outcome with apc_aqic_next().  In between @irq must not be used otherwise.
 */
void apc_aqic_begin(struct apc_aqic *op, struct apc_irq *irq,
		    const struct apc_aqic_request *request);
/* The same to take interrupts away where no guest asks. */
void apc_aqic_begin_disable(struct apc_aqic *op, struct apc_irq *irq);
/* The same without an instruction: the queue was reset, or is not there any more. */
void apc_aqic_begin_free(struct apc_aqic *op, struct apc_irq *irq);
void apc_aqic_next(struct apc_aqic *op, s64 outcome);

/* Whether @irq needs the page of a byte in @size bytes of the guest at @iova. */
bool apc_irq_within(const struct apc_irq *irq, u64 iova, u64 size);

#endif
