/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a command on the simulated machine sees: /sys, /dev/vfio, /proc of its
 * own processes, and private copies of the directories that the daemons write
 * to.  All of it lives in the mount namespace of the calling process and goes
 * with it.
 */
#ifndef APS_MOUNT_H
#define APS_MOUNT_H

#include <glib.h>
#include <stdbool.h>

#include "aps_host.h"

/* Directory of the simulated /sys from which the other places are bound; not listed. */
#define APS_HIDDEN_DIR	   ".apsim"
#define APS_HIDDEN_VFIO	   "vfio"
#define APS_HIDDEN_CONTROL "control"
/* Where scripts change the machine. */
#define APS_CONTROL_DIR "/run/apsim"
/* As udevd's. */
#define APS_UDEV_CONTROL "/run/udev/control"

/* Enters a mount namespace: no mount from here on reaches another; /proc is ours. */
bool aps_mount_begin(GError **error);
/**
 * struct aps_hidden_sys - what /sys was before it was covered
 * @host: descriptor of the host's
 * @network: descriptor of one that shows our own network; the rest is the same.
 *	     It has no file systems mounted below it.
 */
struct aps_hidden_sys {
	int host;
	int network;
};

/**
 * aps_mount_fuse() - puts the simulated machine over /sys
 * @fuse_fd: /dev/fuse; somebody else has to serve it from now on
 * @sys: gets what is hidden now
 * @error: why not
 */
bool aps_mount_fuse(int fuse_fd, struct aps_hidden_sys *sys, GError **error);
/* Everything else, once @fuse_fd is being served. */
bool aps_mount_rest(const struct aps_host *host, const struct aps_hidden_sys *sys,
		    GError **error);

#endif
