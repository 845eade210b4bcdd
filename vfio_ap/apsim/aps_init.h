/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Process 1 of the simulated machine.
 */
#ifndef APS_INIT_H
#define APS_INIT_H

#include <signal.h>

#include "aps_host.h"

/* What init tells the supervisor; an error message may follow APS_INIT_FAILED. */
#define APS_INIT_MOUNTED 'm'
#define APS_INIT_READY	 'r'
#define APS_INIT_FAILED	 'f'

/**
 * struct aps_init - what init needs to begin
 * @argv: the command
 * @host: the host's /sys
 * @fuse_fd: /dev/fuse
 * @report: to the supervisor: APS_INIT_*
 * @go: from the supervisor: a byte when @fuse_fd is served
 * @signals: the signal mask that the command gets
 * @supervisor_ends: the supervisor's ends of these, to be closed
 */
struct aps_init {
	char **argv;
	const struct aps_host *host;
	int fuse_fd;
	int report;
	int go;
	sigset_t signals;
	int supervisor_ends[2];
};

/* What init does from the fork on. */
void aps_init_run(const struct aps_init *init) G_GNUC_NORETURN;

#endif
