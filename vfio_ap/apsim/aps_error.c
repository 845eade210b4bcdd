// SPDX-License-Identifier: GPL-2.0
/*
 * Errors of the simulator.
 */
#include <stdbool.h>

#include "aps_error.h"

G_DEFINE_QUARK(aps - error - quark, aps_error)

bool aps_error_set_errno(GError **error, int err, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list args;

	va_start(args, format);
	what = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(error, APS_ERROR, APS_ERROR_SETUP, "%s: %s", what, g_strerror(err));
	return false;
}
