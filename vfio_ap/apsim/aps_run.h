/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a command on a simulated machine.
 *
 * Three processes: the supervisor, which the user started, is the kernel of the
 * machine; init has process and mount namespaces of its own and dies with the
 * supervisor; the command is init's child.  When the command ends init ends, and
 * the kernel ends all that is left in init's namespaces and drops the mounts.
 */
#ifndef APS_RUN_H
#define APS_RUN_H

#include <glib.h>

#include "aps_profile.h"

/* Exit statuses of our own, as those of env(1). */
#define APS_EXIT_USAGE	  2
#define APS_EXIT_FAULT	  125
#define APS_EXIT_NO_EXEC  126
#define APS_EXIT_NO_FOUND 127

/**
 * aps_run() - runs a command and waits for its end
 * @profile: the machine
 * @argv: the command, NULL at the end
 *
 * Return: exit status: the command's, 128 + signal, or one of the above
 */
int aps_run(const struct aps_profile *profile, char **argv);

#endif
