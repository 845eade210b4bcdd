/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-binding.h: makes sure that the slots of a loaded module hold our entry
 * points.  The dynamic linker sees to that where the module was linked the
 * ordinary way; a module linked with -Bsymbolic-functions holds its own
 * addresses, and those slots are rewritten.
 */
#pragma once

#include <glib.h>

/* One entry point: both addresses in, what was found out. */
typedef struct {
    const char *name;
    void *ours;
    void *theirs;
    gsize n_ours;   /* slots found that hold ours */
    gsize n_theirs; /* slots found that held theirs */
} ApBindingEntry;

/* Looks through the writable data of the module behind @handle (from dlopen())
 * and rewrites each word that holds an entry's @theirs to its @ours.  Nothing
 * is written unless every entry has a slot and a @theirs of its own, which lies in
 * that very module.  AP_ERROR_INTERNAL says what is not as expected. */
gboolean
ap_binding_establish(void *handle,
                     ApBindingEntry *entries,
                     gsize n_entries,
                     GError **error);
