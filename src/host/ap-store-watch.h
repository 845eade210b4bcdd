/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-watch.h: changes of the store by whoever it is.  Its directory may come
 * and go.  A descriptor to poll and a function to call when it is readable; no main
 * loop and no thread of its own.
 */
#pragma once

#include <libvirt-ap/ap-error.h>
#include <libvirt-ap/ap-host.h>

#include "ap-name.h"

typedef struct _ApStoreWatch ApStoreWatch;

typedef enum {
    AP_STORE_WATCH_NONE,    /* nothing more to read for now */
    AP_STORE_WATCH_CHANGED, /* the definition of which the UUID was filled in */
    AP_STORE_WATCH_LOST     /* look at the whole store anew */
} ApStoreWatchResult;

/* Watches the store beneath @root from now on.  AP_ERROR_IO. */
ApStoreWatch *
ap_store_watch_new(int root, GError **error);
/* The same for the store of @host, which has to stay as long. */
ApStoreWatch *
ap_host_watch_store(ApHost *host, GError **error);
void
ap_store_watch_free(ApStoreWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApStoreWatch, ap_store_watch_free)

/* The descriptor to poll for input; owned by @watch. */
int
ap_store_watch_get_fd(const ApStoreWatch *watch);

/* Takes the next change without waiting; call until AP_STORE_WATCH_NONE.  A file
 * counts as changed when its writer has closed it. */
ApStoreWatchResult
ap_store_watch_next(ApStoreWatch *watch, char uuid[AP_UUID_SIZE]);
