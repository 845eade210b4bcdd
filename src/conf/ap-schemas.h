/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-schemas.h: the schemas of schemas/ as text, so that the driver module has
 * those that belong to it wherever it is.
 */
#pragma once

#include <glib.h>

/* ap-nodedev.rng: AP matrices in detail. */
extern const char ap_schema_matrix[];
/* ap-nodedev-libvirt.rng: libvirt's own schema, which it includes by its path, with
 * our elements allowed. */
extern const char ap_schema_libvirt[];

/* Holds @xml against the schema @text, which messages call @name; the errors are
 * those of ap_nodedev_xml_validate(). */
gboolean
ap_nodedev_validate_with(const char *xml,
                         const char *name,
                         const char *text,
                         GError **error);
