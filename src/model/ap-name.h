/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-name.h: node device names of AP devices, to and from what they name, and
 * the sysfs names behind them.  Pure.
 */
#pragma once

#include <libvirt-ap/ap-device.h>

#define AP_NAME_MATRIX_PARENT "ap_matrix"
/* Name of the node device at the top, parent of whatever has no other. */
#define AP_NAME_COMPUTER "computer"
/* Characters of a UUID, and the size of a buffer for one. */
#define AP_UUID_LEN  36
#define AP_UUID_SIZE (AP_UUID_LEN + 1)

/* What a node device name stands for. */
typedef struct {
    ApDeviceKind kind;
    guint adapter;           /* cards and queues: 0..255 */
    guint domain;            /* queues: 0..255 */
    char uuid[AP_UUID_SIZE]; /* matrices: lower case, with dashes */
} ApName;

/* Whether @name is one of ours, exactly as the sysfs name maps to it (lower
 * case hex, no other spelling); fills @parsed (may be NULL) if so.  @name may
 * be NULL or any garbage. */
gboolean
ap_name_parse(const char *name, ApName *parsed);
/* The inverse; caller frees. */
char *
ap_name_format(const ApName *name);

/* Whether @text is a UUID in the one spelling that the kernel prints: 36
 * characters, lower case hex, dashes at 8, 13, 18 and 23. */
gboolean
ap_uuid_is_canonical(const char *text);
/* Copies @text, a UUID of any case, in that spelling to @uuid; FALSE when it is
 * not a UUID. */
gboolean
ap_uuid_canonicalise(const char *text, char uuid[AP_UUID_SIZE]);

/* The sysfs names: "card05" and "05.0004".  The rest of the text after the
 * name has to be empty. */
gboolean
ap_sysfs_name_parse_card(const char *text, guint *adapter);
gboolean
ap_sysfs_name_parse_queue(const char *text, guint *adapter, guint *domain);
