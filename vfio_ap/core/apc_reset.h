/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Resetting a queue, step by step: ZAPQ, and TAPQ until it is done.  As with
 * apc_aqic.h, whoever drives it does the steps and tells how each ended, so that
 * nobody has to wait in here.
 */
#ifndef APC_RESET_H
#define APC_RESET_H

#include "apc_types.h"

/* Between two looks at a queue that is still busy. */
#define APC_RESET_SLEEP_MS 20

/**
 * enum apc_reset_step - what to do next
 * @APC_RESET_DONE: nothing; struct apc_reset.rc tells how it ended
 * @APC_RESET_ZAPQ: issue PQAP(ZAPQ).  Outcome: the response code
 * @APC_RESET_TAPQ: issue PQAP(TAPQ).  Outcome: the response code
 * @APC_RESET_SLEEP: wait for APC_RESET_SLEEP_MS; no outcome
 */
enum apc_reset_step {
	APC_RESET_DONE,
	APC_RESET_ZAPQ,
	APC_RESET_TAPQ,
	APC_RESET_SLEEP,
};

/**
 * struct apc_reset - one reset on its way
 * @step: what has to be done now
 * @rc: when done: 00, 03 (deconfigured) and 04 (checkstopped) mean that the queue
 *	holds nothing any more, and has no interrupts; any other code that it may
 * @sleeps: how often it has slept so far, for messages
 */
struct apc_reset {
	enum apc_reset_step step;
	u8 rc;
	unsigned int sleeps;
	/* private: */
	u8 zapq_rc;
};

void apc_reset_begin(struct apc_reset *reset);
void apc_reset_next(struct apc_reset *reset, u8 rc);

#endif
