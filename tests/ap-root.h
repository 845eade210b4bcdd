/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-root.h: temporary roots for the tests of the host library: a little sysfs
 * and /etc made of plain files and links.
 */
#pragma once

#include <glib.h>

typedef struct {
    char *path;
    int fd;
} ApRoot;

/* A new empty root; removed with all it has by ap_root_free(). */
ApRoot *
ap_root_new(void);
void
ap_root_free(ApRoot *root);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ApRoot, ap_root_free)

/* Make what is named, with the directories above it; existing files are
 * replaced. */
void
ap_root_mkdir(ApRoot *root, const char *path);
void
ap_root_write(ApRoot *root, const char *path, const char *content);
void
ap_root_write_data(ApRoot *root, const char *path, const void *data, gsize len);
void
ap_root_link(ApRoot *root, const char *path, const char *target);
/* Content of a file; caller frees. */
char *
ap_root_read(ApRoot *root, const char *path);
gboolean
ap_root_exists(ApRoot *root, const char *path);
void
ap_root_remove(ApRoot *root, const char *path);

/* A machine: card @adapter with its domains, comma separated in hex ("0004,0047"),
 * bound to @driver (NULL: none). */
void
ap_root_add_card(ApRoot *root, guint adapter, const char *domains, const char *driver);
/* The bus with the host pool, all in it, and the matrix parent with its type. */
void
ap_root_add_matrix_parent(ApRoot *root, const char *apmask, const char *aqmask);
/* A matrix that exists. */
void
ap_root_add_matrix(ApRoot *root, const char *uuid, const char *config, guint group);
