/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Serves the simulated tree through FUSE.
 */
#ifndef APS_FUSE_H
#define APS_FUSE_H

#include "aps_machine.h"

struct aps_fuse;

/**
 * aps_fuse_start() - serves a mounted file system with threads of its own
 * @machine: the machine
 * @fd: /dev/fuse, already mounted somewhere
 * @error: why not
 *
 * It is served until the mount or the process ends.
 *
 * Return: the server, or NULL
 */
struct aps_fuse *aps_fuse_start(struct aps_machine *machine, int fd, GError **error);

#endif
