/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store.h: the definitions of matrices that mdevctl keeps, one JSON file
 * for each, named by its UUID.  Read only.  One bad file is left out, with a
 * warning in the log, and hurts nobody else.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

typedef struct _ApStore ApStore;

/* Reader of the store beneath @root, which has to stay open as long. */
ApStore *
ap_store_new(int root);
void
ap_store_free(ApStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApStore, ap_store_free)

/* The definition @uuid as an inactive device, or NULL when there is none that
 * is good. */
ApDevice *
ap_store_load(ApStore *store, const char *uuid);

/* UUIDs of all good definitions, sorted; g_ptr_array_unref().  AP_ERROR_IO. */
GPtrArray *
ap_store_list(ApStore *store, GError **error);

/* The definition @uuid that @text holds.  Pure; @text need not end with NUL.
 * AP_ERROR_UNSUPPORTED says what is wrong with it. */
ApDevice *
ap_store_parse(const char *uuid, const char *text, gsize len, GError **error);
