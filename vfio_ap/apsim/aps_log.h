/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel log of the simulated machine: lines as dmesg prints them.
 */
#ifndef APS_LOG_H
#define APS_LOG_H

#include <glib.h>

struct aps_log;

struct aps_log *aps_log_new(void);
void aps_log_free(struct aps_log *log);
/* Adds a line; any thread. */
void aps_log_add(struct aps_log *log, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* The whole log; free with g_free(). */
char *aps_log_text(struct aps_log *log, gsize *len);

#endif
