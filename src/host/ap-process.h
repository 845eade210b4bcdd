/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-process.h: what a process is called, for a message that names it.
 */
#pragma once

#include <glib.h>

/* The name that the process @pid has given itself, made printable; NULL when there
 * is no such process beneath @root.  Caller frees. */
char *
ap_process_read_name(int root, const char *pid);
