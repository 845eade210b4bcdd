/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-matrix.h: what a matrix is made of: adapters, usage domains and control
 * domains.  Its queues are all pairs of the first two; control domains say
 * which domains a guest may administer and take no queue away from anybody.  A
 * plain value: copy it, compare it with memcmp(); all zero is the empty matrix.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

#include "apc_mask.h"

typedef struct {
    struct apc_mask adapters;
    struct apc_mask domains;
    struct apc_mask control_domains;
} ApMatrix;

/* The highest ids that the host takes, 0..255; control domains are domains. */
typedef struct {
    guint max_adapter;
    guint max_domain;
} ApLimits;

/* Three printed masks, two commas, a NUL. */
#define AP_MATRIX_CONFIG_SIZE (3 * APC_MASK_CHARS + 3)

/* Applies one attribute as a write to the file of that name in sysfs would:
 * assign_adapter, assign_domain, assign_control_domain, their unassign_…
 * counterparts, and ap_config.  Numbers are decimal, 0x hex or 0 octal as the
 * kernel reads them.  @matrix is changed on success only.  AP_ERROR_UNSUPPORTED
 * names the attribute, the value and what is allowed. */
gboolean
ap_matrix_apply(ApMatrix *matrix,
                const ApLimits *limits,
                const char *name,
                const char *value,
                GError **error);

/* Adds the canonical attributes of @matrix to @device: each adapter, each
 * domain, each control domain, ascending, in decimal. */
void
ap_matrix_add_attrs(const ApMatrix *matrix, ApDevice *device);

/* What the attributes of @device, a matrix of any host, come to.  FALSE when one of
 * them, from a store that anybody may write to, does not make sense. */
gboolean
ap_matrix_add_up(const ApDevice *device, ApMatrix *matrix);

/* The text of the files ap_config, matrix and control_domains of a mediated
 * device, without its last newline; set on success only. */
gboolean
ap_matrix_parse_config(ApMatrix *matrix, const char *text);
gboolean
ap_matrix_parse_queues(ApMatrix *matrix, const char *text);
gboolean
ap_matrix_parse_control_domains(ApMatrix *matrix, const char *text);
/* What to write to ap_config. */
void
ap_matrix_format_config(const ApMatrix *matrix, char text[AP_MATRIX_CONFIG_SIZE]);

/* The queues that are in both: *@common gets their adapters and domains. FALSE
 * when there is none. */
gboolean
ap_matrix_overlap(const ApMatrix *a, const ApMatrix *b, ApMatrix *common);
gboolean
ap_matrix_equal(const ApMatrix *a, const ApMatrix *b);
guint
ap_matrix_n_queues(const ApMatrix *matrix);
