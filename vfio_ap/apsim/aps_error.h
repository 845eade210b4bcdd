/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors of the simulator: one GError domain, whose messages are shown to the
 * user behind "apsim: ".
 */
#ifndef APS_ERROR_H
#define APS_ERROR_H

#include <glib.h>
#include <stdbool.h>

#define APS_ERROR (aps_error_quark())

enum aps_error {
	APS_ERROR_PROFILE, /* a profile that is not there or not right */
	APS_ERROR_SETUP,   /* this machine does not let us build the other one */
};

GQuark aps_error_quark(void);

/* Sets @error to "what: reason of errno"; returns false for the caller to return. */
bool aps_error_set_errno(GError **error, int err, const char *format, ...)
	G_GNUC_PRINTF(3, 4);

#endif
