/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-attr-check.h: which <attr> an AP matrix has, and what their values may be.
 */
#pragma once

#include <glib.h>

/* Whether an AP matrix has an attribute @name that takes @value: assign_adapter,
 * assign_domain, assign_control_domain and the same with unassign_ take an id
 * from 0 to 255, decimal or 0x and hexadecimal; ap_config takes three masks of 1
 * to 64 hexadecimal digits each, with or without 0x.  AP_ERROR_UNSUPPORTED. */
gboolean
ap_attr_check(const char *name, const char *value, GError **error);
