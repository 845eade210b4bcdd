/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-file.h: files that are there in their old or in their new form, whole, even
 * after a power failure in the middle.
 */
#pragma once

#include <sys/stat.h>

#include <libvirt-ap/ap-error.h>

/* Opens the directory @path beneath @root; what is missing of it is made, with the
 * mode 0755.  Returns a descriptor, or the negative errno. */
int
ap_file_open_dir(int root, const char *path);

/* What becomes of a file that has the name already. */
typedef enum {
    AP_FILE_NEW,     /* EEXIST */
    AP_FILE_REPLACE, /* it is replaced */
} ApFileMode;

/* Writes @text to @temp in the directory @dir, and renames that to @name once it is
 * on the disk.  It gets the mode and the owner of @like, or 0644 and whoever we are
 * for NULL.  A @temp that is left over is removed first, so only one may write at a
 * time.  Returns 0 or errno; then nothing has changed. */
int
ap_file_publish(int dir,
                const char *temp,
                const char *name,
                const char *text,
                const struct stat *like,
                ApFileMode mode);

/* Makes @text the content of @dir/@name beneath @root, by way of @temp in the same
 * directory; NULL: there is no such file then.  AP_ERROR_IO. */
gboolean
ap_file_set(int root,
            const char *dir,
            const char *temp,
            const char *name,
            const char *text,
            GError **error);

/* Removes @name from the directory @dir for good.  Returns 0 or errno. */
int
ap_file_remove(int dir, const char *name);
