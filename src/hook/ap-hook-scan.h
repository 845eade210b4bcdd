/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-hook-scan.h: whether a guest is any of our business, without parsing its
 * description: libvirt calls the hook for every guest, and most have no AP matrix.
 * Plain C without a library.  Pure.
 */
#pragma once

#include <stddef.h>

/* Characters of a UUID. */
#define AP_HOOK_UUID_LEN 36

/* Whether the domain document @xml, @len bytes, may have an AP matrix in it.  It has
 * none when the word for it is nowhere: libvirt writes the document itself, and never
 * writes that word in another way. */
int
ap_hook_mentions_matrix(const char *xml, size_t len);

/* The UUID of the domain, as it stands in @xml, not terminated; NULL when none is
 * found. */
const char *
ap_hook_find_uuid(const char *xml, size_t len);
