/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-name.h: node device names of AP devices, to and from what they name.
 */
#pragma once

#include <libvirt-ap/ap-device.h>

#define AP_NAME_MATRIX_PARENT "ap_matrix"

/* What a node device name stands for. */
typedef struct {
    ApDeviceKind kind;
    guint adapter;              /* cards and queues: 0..255 */
    guint domain;               /* queues: 0..255 */
    char uuid[37];              /* matrices: lower case, with dashes */
} ApName;

/* Whether @name is one of ours, exactly as the sysfs name maps to it (lower
 * case hex, no other spelling); fills @parsed (may be NULL) if so.  Pure. */
gboolean
ap_name_parse(const char *name,
              ApName *parsed);
/* The inverse; caller frees. */
char *
ap_name_format(const ApName *name);
