/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-sysfs.h: small files beneath the root descriptor: read, write, follow one
 * link, walk one directory.  Devices come and go while we look: what is absent
 * is told apart from what cannot be read.
 */
#pragma once

#include <libvirt-ap/ap-error.h>

/* One page is what a sysfs attribute can be. */
#define AP_SYSFS_ATTR_MAX 4096

/* Whether @errnum says that a file, or the device behind it, is not there. */
gboolean
ap_sysfs_is_absent(int errnum);

/* Reads @path beneath @dir into @buf as a string, without the newline at its
 * end.  When the file is not there *@present is FALSE and @buf empty; with
 * @present NULL that is an error too.  Content of @size bytes or more is an
 * error.  AP_ERROR_IO. */
gboolean
ap_sysfs_read(int dir,
              const char *path,
              char *buf,
              gsize size,
              gboolean *present,
              GError **error);

/* Reads up to @size bytes of @path as they are.  Returns their number, or -1 with
 * errno set. */
gssize
ap_sysfs_read_data(int dir, const char *path, char *buf, gsize size);

/* The same for a number in decimal or 0x hex; *@value is untouched when the
 * file is not there. */
gboolean
ap_sysfs_read_uint(int dir,
                   const char *path,
                   guint *value,
                   gboolean *present,
                   GError **error);

/* Writes @value in one write.  Returns 0 or the errno that the kernel answered
 * with. */
int
ap_sysfs_write(int dir, const char *path, const char *value);

/* Last component of the target of the link @path; NULL when there is none.
 * Caller frees. */
char *
ap_sysfs_read_link_name(int dir, const char *path);

/* Whether @path exists. */
gboolean
ap_sysfs_exists(int dir, const char *path);

/* Called for each entry of a directory. */
typedef void (*ApSysfsVisit)(const char *name, gpointer data);

/* Calls @visit for each entry of the directory @path but "." and "..", in no
 * order.  A directory that does not exist is empty.  AP_ERROR_IO. */
gboolean
ap_sysfs_scan(int dir,
              const char *path,
              ApSysfsVisit visit,
              gpointer data,
              GError **error);

/* The entries that are UUIDs as the kernel prints them, sorted;
 * g_ptr_array_unref().  AP_ERROR_IO. */
GPtrArray *
ap_sysfs_scan_uuids(int dir, const char *path, GError **error);
