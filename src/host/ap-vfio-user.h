/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-vfio-user.h: who has a VFIO group open, for a refusal that says so.
 */
#pragma once

#include "ap-name.h"

/* The guest that a QEMU runs, as its command line tells.  Begin with all zero. */
typedef struct {
    char *name;              /* printable; NULL: it is no guest */
    char uuid[AP_UUID_SIZE]; /* empty where the command line has none */
} ApVfioGuest;

void
ap_vfio_guest_clear(ApVfioGuest *guest);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ApVfioGuest, ap_vfio_guest_clear)

/* Describes the process that has the group file /dev/vfio/@group open, and the
 * guest that it runs: "guest 'g1' (process 4711, qemu-system-s39)".  NULL when
 * nobody is found.  Sets *@guest, if @guest is not NULL, to that guest.  Looks at every
 * process: only for messages.  Caller frees. */
char *
ap_vfio_user_describe(int root, const char *group, ApVfioGuest *guest);

/* Whether it is one that this process has forked and that does not run a program of its
 * own yet: it has a copy of all that was open here, and does nothing with it. */
gboolean
ap_vfio_user_is_fork(int root, const char *group);

/* Sets *@guest to the guest in the command line of a QEMU, @len bytes of arguments with
 * a NUL behind each.  Pure. */
void
ap_vfio_user_parse_guest(const char *cmdline, gsize len, ApVfioGuest *guest);
