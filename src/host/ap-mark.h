/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-mark.h: which matrices are not to be started by themselves again, because they
 * have been there since the driver came: who destroys one wants it gone.  The marks
 * are in /run, as they do not outlive the system.
 */
#pragma once

#include <glib.h>

/* Failures are warned of: without its mark a matrix is only started once more. */
void
ap_mark_set(int root, const char *uuid);
gboolean
ap_mark_is_set(int root, const char *uuid);
void
ap_mark_clear(int root, const char *uuid);
void
ap_mark_clear_all(int root);
