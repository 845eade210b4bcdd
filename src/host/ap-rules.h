/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-rules.h: the masks of the host pool that the next boot sets: udev rules in the
 * file and in the form of chzdev(8) of s390-tools, which goes on working with it.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

#include "ap-matrix.h"

/* The persistent host pool; control domains mean nothing. */
typedef struct {
    gboolean has_adapters; /* else what the kernel begins with */
    gboolean has_domains;
    ApMatrix pool;
} ApRules;

/* What the file says; nothing when there is none.  AP_ERROR_IO, also for masks that
 * are none. */
gboolean
ap_rules_read(int root, ApRules *rules, GError **error);

/* Has the file say @rules; whatever else is in it stays.  AP_ERROR_IO. */
gboolean
ap_rules_write(int root, const ApRules *rules, GError **error);

/* The same, as text: @text is what there is, or NULL.  Pure. */
gboolean
ap_rules_parse(const char *text, ApRules *rules);
char *
ap_rules_edit(const char *text, const ApRules *rules);
