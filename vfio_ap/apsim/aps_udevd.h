/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stands in for udevd where programs ask whether it is done: "udevadm settle"
 * and "udevadm control --ping".  Uevents are sent before the write that caused
 * them returns, so that there is never anything to wait for.
 */
#ifndef APS_UDEVD_H
#define APS_UDEVD_H

#include <glib.h>
#include <poll.h>

/* The listening socket and a few callers at a time. */
#define APS_UDEVD_MAX_CALLERS 16
#define APS_UDEVD_MAX_FDS     (1 + APS_UDEVD_MAX_CALLERS)

struct aps_udevd;

/* The socket where udevd listens, or -1. */
int aps_udevd_listen(GError **error);
/* Takes over the socket. */
struct aps_udevd *aps_udevd_new(int listening);
/* Fills in what to poll for; returns how many, at most APS_UDEVD_MAX_FDS. */
nfds_t aps_udevd_fds(const struct aps_udevd *udevd, struct pollfd *fds);
/* Acts on what poll() found in the same @fds. */
void aps_udevd_handle(struct aps_udevd *udevd, const struct pollfd *fds);

#endif
