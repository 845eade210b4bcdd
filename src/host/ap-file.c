/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-file.c: files that are replaced whole.  A name counts on the disk only when
 * the directory has been synchronised, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ap-file.h"
#include "ap-i18n.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Opens the directory @name in @parent, or makes it. */
static int
open_or_make(int parent, const char *name)
{
    int dir = openat(parent, name, OPEN_DIR);

    if (dir >= 0 || errno != ENOENT)
        return dir < 0 ? -errno : dir;
    if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
        return -errno;
    if (fsync(parent) < 0)
        return -errno;
    dir = openat(parent, name, OPEN_DIR);
    return dir < 0 ? -errno : dir;
}

int
ap_file_open_dir(int root, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    int dir = openat(root, path, OPEN_DIR);

    if (dir >= 0 || errno != ENOENT)
        return dir < 0 ? -errno : dir;
    dir = openat(root, ".", OPEN_DIR);
    if (dir < 0)
        return -errno;
    for (guint i = 0; parts[i] && dir >= 0; i++) {
        int parent = dir;

        dir = open_or_make(parent, parts[i]);
        close(parent);
    }
    return dir;
}

static int
write_all(int fd, const char *text)
{
    gsize left = strlen(text);

    while (left > 0) {
        ssize_t done = TEMP_FAILURE_RETRY(write(fd, text, left));

        if (done < 0)
            return errno;
        text += done;
        left -= (gsize)done;
    }
    return 0;
}

/* The mode is set whatever the umask of the program is. */
static int
fill(int fd, const char *text, const struct stat *like)
{
    int errnum = write_all(fd, text);

    if (errnum)
        return errnum;
    if (like && fchown(fd, like->st_uid, like->st_gid) < 0)
        return errno;
    if (fchmod(fd, like ? like->st_mode & 07777 : 0644) < 0 || fsync(fd) < 0)
        return errno;
    return 0;
}

static int
write_temp(int dir, const char *temp, const char *text, const struct stat *like)
{
    int fd, errnum;

    if (unlinkat(dir, temp, 0) < 0 && errno != ENOENT)
        return errno;
    fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    errnum = fill(fd, text, like);
    if (close(fd) < 0 && !errnum)
        errnum = errno;
    return errnum;
}

static int
rename_temp(int dir, const char *temp, const char *name, ApFileMode mode)
{
    guint flags = mode == AP_FILE_NEW ? RENAME_NOREPLACE : 0;

    if (renameat2(dir, temp, dir, name, flags) < 0)
        return errno;
    return 0;
}

int
ap_file_publish(int dir,
                const char *temp,
                const char *name,
                const char *text,
                const struct stat *like,
                ApFileMode mode)
{
    int errnum = write_temp(dir, temp, text, like);

    if (!errnum)
        errnum = rename_temp(dir, temp, name, mode);
    if (errnum) {
        unlinkat(dir, temp, 0);
        return errnum;
    }
    /* The new file is there; that the disk may not have it yet is no reason to say
     * that nothing has changed. */
    if (fsync(dir) < 0)
        g_warning(_("'%s' is written, but may not be on the disk yet: %s"), name,
                  g_strerror(errno));
    return 0;
}

int
ap_file_remove(int dir, const char *name)
{
    if (unlinkat(dir, name, 0) < 0 || fsync(dir) < 0)
        return errno;
    return 0;
}

/* Whether there is anything to remove does not matter. */
static int
set_in(int dir, const char *temp, const char *name, const char *text)
{
    int errnum;

    if (text)
        return ap_file_publish(dir, temp, name, text, NULL, AP_FILE_REPLACE);
    errnum = ap_file_remove(dir, name);
    return errnum == ENOENT ? 0 : errnum;
}

gboolean
ap_file_set(int root,
            const char *dir,
            const char *temp,
            const char *name,
            const char *text,
            GError **error)
{
    int fd = ap_file_open_dir(root, dir);
    int errnum = fd < 0 ? -fd : set_in(fd, temp, name, text);

    if (fd >= 0)
        close(fd);
    if (!errnum)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot write '/%s/%s': %s"), dir, name,
                g_strerror(errnum));
    return FALSE;
}
