// SPDX-License-Identifier: GPL-2.0
/*
 * PQAP(AQIC): decoding, and the order of steps.
 *
 * What is pinned and registered for a request is given back in every case but
 * one, the hardware's 00, and then what the queue held before is.  Nothing is
 * given back before the hardware has answered that it doesn't use it any more,
 * or has been asked often enough.
 */
#include "apc_aqic.h"
#include "apc_matrix.h"

#define GR0_FUNCTION	  0xff000000ULL
#define GR0_FUNCTION_AQIC 0x03000000ULL
#define GR0_APQN	  0x0000ffffULL
#define GR1_IR		  0x0000800000000000ULL
#define GR1_GISC_SHIFT	  40
#define GR1_GISA	  0x000000007ffffff0ULL
#define GR1_ISC		  0x0000000000000007ULL
#define PAGE		  4096ULL

bool apc_aqic_decode(struct apc_aqic_request *request, u64 gr0, u64 gr1, u64 gr2)
{
	if ((gr0 & GR0_FUNCTION) != GR0_FUNCTION_AQIC)
		return false;
	request->apqn = gr0 & GR0_APQN;
	request->enable = gr1 & GR1_IR;
	request->isc = gr1 & GR1_ISC;
	request->nib = gr2;
	return true;
}

u64 apc_aqic_control(u64 gisa, u8 isc, u8 host_isc)
{
	return GR1_IR | ((u64)(isc & GR1_ISC) << GR1_GISC_SHIFT) | (gisa & GR1_GISA) |
	       (host_isc & GR1_ISC);
}

/* The next thing to give back, or the end. */
static void give_back(struct apc_aqic *op)
{
	unsigned int i;

	for (i = 0; i < APC_ARRAY_SIZE(op->drop); i++) {
		if (!op->drop[i].on)
			continue;
		op->subject = op->drop[i];
		op->step = APC_AQIC_UNREGISTER;
		return;
	}
	op->step = APC_AQIC_DONE;
}

/* After APC_AQIC_UNPIN of what give_back() began with. */
static void given_back(struct apc_aqic *op)
{
	unsigned int i;

	for (i = 0; i < APC_ARRAY_SIZE(op->drop); i++) {
		if (op->drop[i].on) {
			op->drop[i].on = false;
			break;
		}
	}
	give_back(op);
}

static void answer(struct apc_aqic *op, u32 status)
{
	if (!op->answered)
		op->status = status;
	op->answered = true;
}

/* The hardware uses nothing of the queue's any more. */
static void free_held(struct apc_aqic *op)
{
	op->drop[0] = *op->irq;
	op->irq->on = false;
	give_back(op);
}

static void begin(struct apc_aqic *op, struct apc_irq *irq)
{
	memset(op, 0, sizeof(*op));
	op->irq = irq;
}

void apc_aqic_begin(struct apc_aqic *op, struct apc_irq *irq,
		    const struct apc_aqic_request *request)
{
	if (!request->enable) {
		apc_aqic_begin_disable(op, irq);
		return;
	}
	begin(op, irq);
	op->fresh.nib = request->nib;
	op->fresh.isc = request->isc;
	op->subject = op->fresh;
	op->step = APC_AQIC_PIN;
	if (!request->nib) {
		answer(op, apc_status(APC_RC_INVALID_ADDRESS));
		op->step = APC_AQIC_DONE;
	}
}

void apc_aqic_begin_disable(struct apc_aqic *op, struct apc_irq *irq)
{
	begin(op, irq);
	op->step = APC_AQIC_DISABLE;
}

void apc_aqic_begin_free(struct apc_aqic *op, struct apc_irq *irq)
{
	begin(op, irq);
	free_held(op);
}

static void after_pin(struct apc_aqic *op, s64 outcome)
{
	op->step = APC_AQIC_SHARED;
	if (!outcome)
		return;
	answer(op, apc_status(APC_RC_INVALID_ADDRESS));
	op->step = APC_AQIC_DONE;
}

/* Only the page is held yet: the last step gives it back. */
static void refuse_page(struct apc_aqic *op)
{
	answer(op, apc_status(APC_RC_INVALID_ADDRESS));
	op->step = APC_AQIC_UNPIN;
}

static void after_register(struct apc_aqic *op, s64 outcome)
{
	if (outcome < 0) {
		refuse_page(op);
		return;
	}
	op->host_isc = (u8)outcome;
	op->fresh.on = true;
	op->step = APC_AQIC_ENABLE;
}

static void after_enable(struct apc_aqic *op, u32 status)
{
	answer(op, status);
	switch (apc_status_rc(status)) {
	case APC_RC_NORMAL:
		op->drop[0] = *op->irq;
		*op->irq = op->fresh;
		give_back(op);
		break;
	case APC_RC_OTHERWISE_CHANGED:
		/* As it was before, with what was held before. */
		op->drop[0] = op->fresh;
		give_back(op);
		break;
	default:
		/* Whatever it does with it now, afterwards it does nothing. */
		op->drop[1] = op->fresh;
		op->step = APC_AQIC_DISABLE;
	}
}

static void ask_again(struct apc_aqic *op, u8 tries, bool test)
{
	if (++op->tries < tries) {
		op->sleeping_for_test = test;
		op->step = APC_AQIC_SLEEP;
		return;
	}
	op->stuck = true;
	free_held(op);
}

static void after_disable(struct apc_aqic *op, u32 status)
{
	switch (apc_status_rc(status)) {
	case APC_RC_NORMAL:
	case APC_RC_OTHERWISE_CHANGED:
		answer(op, status);
		op->tries = 0;
		op->step = APC_AQIC_TEST;
		break;
	case APC_RC_RESET_IN_PROGRESS:
	case APC_RC_BUSY:
		if (op->tries + 1 == APC_AQIC_DISABLE_TRIES)
			answer(op, status);
		ask_again(op, APC_AQIC_DISABLE_TRIES, false);
		break;
	default:
		answer(op, status);
		free_held(op);
	}
}

static void after_test(struct apc_aqic *op, u32 status)
{
	switch (apc_status_rc(status)) {
	case APC_RC_NORMAL:
	case APC_RC_RESET_IN_PROGRESS:
		if (!(status & APC_STATUS_IRQ)) {
			free_held(op);
			break;
		}
		ask_again(op, APC_AQIC_CLEAR_TRIES, true);
		break;
	case APC_RC_BUSY:
		ask_again(op, APC_AQIC_CLEAR_TRIES, true);
		break;
	default:
		/* The queue isn't there any more, and interrupts nobody. */
		free_held(op);
	}
}

void apc_aqic_next(struct apc_aqic *op, s64 outcome)
{
	switch (op->step) {
	case APC_AQIC_DONE:
		break;
	case APC_AQIC_PIN:
		after_pin(op, outcome);
		break;
	case APC_AQIC_SHARED:
		if (outcome)
			refuse_page(op);
		else
			op->step = APC_AQIC_REGISTER;
		break;
	case APC_AQIC_REGISTER:
		after_register(op, outcome);
		break;
	case APC_AQIC_ENABLE:
		after_enable(op, (u32)outcome);
		break;
	case APC_AQIC_DISABLE:
		after_disable(op, (u32)outcome);
		break;
	case APC_AQIC_TEST:
		after_test(op, (u32)outcome);
		break;
	case APC_AQIC_SLEEP:
		op->step = op->sleeping_for_test ? APC_AQIC_TEST : APC_AQIC_DISABLE;
		break;
	case APC_AQIC_UNREGISTER:
		op->step = APC_AQIC_UNPIN;
		break;
	case APC_AQIC_UNPIN:
		given_back(op);
		break;
	}
}

bool apc_irq_within(const struct apc_irq *irq, u64 iova, u64 size)
{
	u64 page = irq->nib & ~(PAGE - 1);

	/* Without the ends, which may be beyond the last address. */
	return irq->on && size &&
	       (page >= iova ? page - iova < size : iova - page < PAGE);
}
