/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store.h: the definitions of matrices that mdevctl keeps, one JSON file
 * for each, named by its UUID.  One bad file is left out, with a warning in the
 * log, and hurts nobody else.  What is written replaces a file at once and whole;
 * those who write hold the AP configuration lock.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

typedef struct _ApStore ApStore;

/* Handle on the store beneath @root, which has to stay open as long. */
ApStore *
ap_store_new(int root);
void
ap_store_free(ApStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApStore, ap_store_free)

/* The definition @uuid as an inactive device, or NULL when there is none that
 * is good. */
ApDevice *
ap_store_load(ApStore *store, const char *uuid);

/* The same, for those who cannot do without it: NULL without an error when there is
 * none, with AP_ERROR_UNSUPPORTED, which names the file, when it is bad. */
ApDevice *
ap_store_read(ApStore *store, const char *uuid, GError **error);

/* UUIDs of all good definitions, sorted; g_ptr_array_unref().  AP_ERROR_IO. */
GPtrArray *
ap_store_list(ApStore *store, GError **error);

/* The definition @uuid that @text holds.  Pure; @text need not end with NUL.
 * AP_ERROR_UNSUPPORTED says what is wrong with it. */
ApDevice *
ap_store_parse(const char *uuid, const char *text, gsize len, GError **error);

/* An inactive matrix @uuid as definitions are, with neither type nor attributes. */
ApDevice *
ap_store_new_definition(const char *uuid);

/* Makes what is to be stored of what is stored, @old, or NULL when nothing is; NULL:
 * it stays as it is.  May be called several times. */
typedef ApDevice *(*ApStoreEdit)(const ApDevice *old, gconstpointer data);

/* Stores what @edit makes under the UUID @uuid.  What other programs have put into the
 * file beside what mdevctl knows is kept, and so is what they write meanwhile; a bad
 * file is not touched: AP_ERROR_UNSUPPORTED.  On failure (AP_ERROR_IO) the store is as
 * it was.  *@stored (may be NULL) gets what is stored then, a reference, or NULL. */
gboolean
ap_store_change(ApStore *store,
                const char *uuid,
                ApStoreEdit edit,
                gconstpointer data,
                ApDevice **stored,
                GError **error);

/* Stores @text, which ap_store_parse() has made @definition of, with the extras that it
 * has.  The rest is as with ap_store_change(). */
gboolean
ap_store_restore(ApStore *store,
                 const ApDevice *definition,
                 const char *text,
                 GError **error);

/* Removes the definition @uuid; one that is not there is none to complain about.
 * AP_ERROR_IO. */
gboolean
ap_store_remove(ApStore *store, const char *uuid, GError **error);

/* What somebody left who was killed while he wrote: whether there is any; removes
 * it. */
gboolean
ap_store_has_leftover(ApStore *store);
void
ap_store_clean_up(ApStore *store);
