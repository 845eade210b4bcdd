/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-range.h: numbers of adapters and domains as people write them: 3,5-7,0x10.
 */
#pragma once

#include <glib.h>

#include "apc_mask.h"

/* Reads the number of an adapter or a domain, 0 to 255, from the @len characters
 * at @text: decimal, or 0x and hexadecimal.  A leading zero is octal to the kernel
 * and nothing to a reader; it is taken where both read the same. */
gboolean
ap_range_parse_id(const char *text, gsize len, guint *id);

/* Reads a list of numbers and ranges, separated by commas, with white space
 * wherever it does no harm, into @ids.  @what names it in messages.  It holds one
 * number at least, none of them twice, and no range that goes down.
 * AP_ERROR_UNSUPPORTED. */
gboolean
ap_range_parse(const char *what, const char *text, struct apc_mask *ids, GError **error);

/* The shortest list of @ids, ascending and in decimal: 3,5-7,16; caller frees. */
char *
ap_range_format(const struct apc_mask *ids);
