/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-mark.c: each mark is an empty file with the UUID as its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-mark.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

static char *
mark_path(const char *uuid)
{
    return g_strconcat(AP_PATH_MARKS "/", uuid, NULL);
}

static int
make_mark(int root, const char *path)
{
    int fd;

    if (mkdirat(root, AP_PATH_OWN_RUN, 0755) < 0 && errno != EEXIST)
        return errno;
    if (mkdirat(root, AP_PATH_MARKS, 0755) < 0 && errno != EEXIST)
        return errno;
    fd = openat(root, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

void
ap_mark_set(int root, const char *uuid)
{
    g_autofree char *path = mark_path(uuid);
    int errnum = make_mark(root, path);

    if (errnum)
        g_warning(_("cannot make '/%s': %s"), path, g_strerror(errnum));
}

gboolean
ap_mark_is_set(int root, const char *uuid)
{
    g_autofree char *path = mark_path(uuid);

    return ap_sysfs_exists(root, path);
}

void
ap_mark_clear(int root, const char *uuid)
{
    g_autofree char *path = mark_path(uuid);

    if (unlinkat(root, path, 0) < 0 && errno != ENOENT)
        g_warning(_("cannot remove '/%s': %s"), path, g_strerror(errno));
}

void
ap_mark_clear_all(int root)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) uuids = ap_sysfs_scan_uuids(root, AP_PATH_MARKS, &error);

    if (!uuids)
        g_warning("%s", error->message);
    for (guint i = 0; uuids && i < uuids->len; i++)
        ap_mark_clear(root, uuids->pdata[i]);
}
