/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-priv.h: the inside of the store, shared by the files that read and that
 * write it.
 */
#pragma once

#include <sys/stat.h>

#include "ap-store.h"

struct _ApStore {
    int root;
    GMutex mutex;       /* protects warned */
    GHashTable *warned; /* UUID: fingerprint of the bad file */
};

/* A file of the store: begin with all zero. */
typedef struct {
    gboolean present;
    struct stat info;
    char *text;
    gsize len;
    ApDevice *device; /* what it says; NULL when it is absent or bad */
} ApStoreFile;

/* Reads the file of @uuid.  TRUE when it is good, or absent; else the reason, without
 * the name of the file, in @error. */
gboolean
ap_store_read_file(ApStore *store, const char *uuid, ApStoreFile *file, GError **error);
void
ap_store_file_clear(ApStoreFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ApStoreFile, ap_store_file_clear)
