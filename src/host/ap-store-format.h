/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-format.h: the text of a definition, as mdevctl writes it.  Pure.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

/* The members of the JSON object @text, @len bytes, that mdevctl does not know, as
 * they stand there: "name": value.  g_ptr_array_unref().  NULL where they cannot be
 * told apart for certain: AP_ERROR_UNSUPPORTED. */
GPtrArray *
ap_store_find_others(const char *text, gsize len, GError **error);

/* The definition @device in mdevctl's own layout, with @others (may be NULL) behind
 * what mdevctl knows.  Caller frees. */
char *
ap_store_format(const ApDevice *device, const GPtrArray *others);
