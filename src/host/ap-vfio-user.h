/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-vfio-user.h: who has a VFIO group open, for a refusal that says so.
 */
#pragma once

#include <glib.h>

/* Describes the process that has the group file /dev/vfio/@group open, and the
 * guest that it runs: "guest 'g1' (process 4711, qemu-system-s39)".  NULL when
 * nobody is found.  *@guest, if that is not NULL, is the name of that guest; NULL when
 * it is none.  Looks at every process: only for messages.  Caller frees both. */
char *
ap_vfio_user_describe(int root, const char *group, char **guest);

/* Whether it is one that this process has forked and that does not run a program of its
 * own yet: it has a copy of all that was open here, and does nothing with it. */
gboolean
ap_vfio_user_is_fork(int root, const char *group);

/* The name of the guest in the command line of a QEMU, @len bytes of arguments
 * with a NUL behind each; NULL when there is none.  Pure; caller frees. */
char *
ap_vfio_user_parse_guest(const char *cmdline, gsize len);
