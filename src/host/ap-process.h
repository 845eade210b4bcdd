/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-process.h: what a process is called, for a message that names it, and which of
 * those that have had its number it is.
 */
#pragma once

#include <sys/types.h>

#include <glib.h>

/* The name that the process @pid has given itself, made printable; NULL when there
 * is no such process beneath @root.  Caller frees. */
char *
ap_process_read_name(int root, const char *pid);

/* When the process @pid began, in the clock ticks since boot that tell it from others
 * of that number.  FALSE when there is no such process beneath @root. */
gboolean
ap_process_read_start(int root, pid_t pid, guint64 *started);

/* Its parent; 0 when there is no such process beneath @root. */
pid_t
ap_process_read_parent(int root, const char *pid);
