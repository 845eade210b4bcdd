/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failures on demand: "the second write to assign_domain from now on fails with
 * EIO".
 */
#ifndef APS_FAULT_H
#define APS_FAULT_H

#include <glib.h>

struct aps_faults;

enum aps_operation {
	APS_OPERATION_OPEN,
	APS_OPERATION_READ,
	APS_OPERATION_WRITE,
	APS_OPERATION_COUNT,
};

struct aps_faults *aps_faults_new(void);
void aps_faults_free(struct aps_faults *faults);

/**
 * aps_faults_add() - orders a failure; any thread
 * @faults: the failures
 * @text: "OPERATION NAME [N] ERRNO": open, read or write; name of an attribute
 *	  or *; which one from now on, 1 without it; EIO or 5.  "clear" forgets
 *	  all.
 *
 * Return: 0, -EINVAL
 */
int aps_faults_add(struct aps_faults *faults, const char *text);

/* Return: 0, or what the operation has to fail with, negative; any thread. */
int aps_faults_check(struct aps_faults *faults, enum aps_operation operation,
		     const char *name);

/* What is still to come, one line each; free with g_free(). */
char *aps_faults_text(struct aps_faults *faults);

#endif
