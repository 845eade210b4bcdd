// SPDX-License-Identifier: GPL-2.0
/*
 * The order of steps of a reset.  A ZAPQ that the queue was too busy for is
 * issued again when it isn't any more; there is no limit, as a queue that has not
 * been reset must not go to anybody.
 */
#include "apc_matrix.h"
#include "apc_reset.h"

/* An association with a secret that went wrong stays until the next reset. */
#define RC_STATE_CHANGE	     0x0a
#define RC_SECRET_NOT_UNIQUE 0x35
#define RC_ASSOC_FAILED	     0x36

static void done(struct apc_reset *reset, u8 rc)
{
	reset->rc = rc;
	reset->step = APC_RESET_DONE;
}

void apc_reset_begin(struct apc_reset *reset)
{
	memset(reset, 0, sizeof(*reset));
	reset->step = APC_RESET_ZAPQ;
}

static void after_zapq(struct apc_reset *reset, u8 rc)
{
	reset->zapq_rc = rc;
	switch (rc) {
	case APC_RC_NORMAL:
		reset->step = APC_RESET_TAPQ;
		break;
	case APC_RC_RESET_IN_PROGRESS:
	case APC_RC_BUSY:
	case RC_STATE_CHANGE:
		reset->step = APC_RESET_SLEEP;
		break;
	default:
		done(reset, rc);
	}
}

static void after_tapq(struct apc_reset *reset, u8 rc)
{
	switch (rc) {
	case APC_RC_NORMAL:
		if (reset->zapq_rc == APC_RC_NORMAL)
			done(reset, rc);
		else
			reset->step = APC_RESET_ZAPQ;
		break;
	case APC_RC_RESET_IN_PROGRESS:
	case APC_RC_BUSY:
		reset->step = APC_RESET_SLEEP;
		break;
	case RC_SECRET_NOT_UNIQUE:
	case RC_ASSOC_FAILED:
		reset->step = APC_RESET_ZAPQ;
		break;
	default:
		done(reset, rc);
	}
}

void apc_reset_next(struct apc_reset *reset, u8 rc)
{
	switch (reset->step) {
	case APC_RESET_DONE:
		break;
	case APC_RESET_ZAPQ:
		after_zapq(reset, rc);
		break;
	case APC_RESET_TAPQ:
		after_tapq(reset, rc);
		break;
	case APC_RESET_SLEEP:
		reset->sleeps++;
		reset->step = APC_RESET_TAPQ;
		break;
	}
}
