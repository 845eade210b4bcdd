/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-sysfs.c: reads and writes of small files beneath the root descriptor.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-sysfs.h"

/* Sysfs links lead some levels up and down again; their targets are short. */
#define LINK_MAX_LEN 512

gboolean
ap_sysfs_is_absent(int errnum)
{
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
    case ESTALE:
        return TRUE;
    default:
        return FALSE;
    }
}

/* An attribute comes in one piece, so less than was asked for is all.  EFBIG when
 * there is more than fits together with a NUL. */
static gssize
check_fits(gssize len, gsize size)
{
    if (len < 0 || (gsize)len < size)
        return len;
    errno = EFBIG;
    return -1;
}

gssize
ap_sysfs_read_data(int dir, const char *path, char *buf, gsize size)
{
    int fd = TEMP_FAILURE_RETRY(openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    gssize len;
    int saved;

    if (fd < 0)
        return -1;
    len = TEMP_FAILURE_RETRY(read(fd, buf, size));
    saved = errno;
    close(fd);
    errno = saved;
    return len;
}

gboolean
ap_sysfs_read(int dir,
              const char *path,
              char *buf,
              gsize size,
              gboolean *present,
              GError **error)
{
    gssize len = check_fits(ap_sysfs_read_data(dir, path, buf, size), size);
    int saved = errno;

    if (present)
        *present = len >= 0;
    if (len < 0) {
        buf[0] = '\0';
        if (present && ap_sysfs_is_absent(saved))
            return TRUE;
        g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot read '/%s': %s"), path,
                    g_strerror(saved));
        return FALSE;
    }
    if (len > 0 && buf[len - 1] == '\n')
        len--;
    buf[len] = '\0';
    return TRUE;
}

gboolean
ap_sysfs_read_uint(int dir,
                   const char *path,
                   guint *value,
                   gboolean *present,
                   GError **error)
{
    gboolean exists = FALSE;
    char text[32];
    char *end = NULL;
    guint64 number;

    if (!ap_sysfs_read(dir, path, text, sizeof(text), present ? &exists : NULL, error))
        return FALSE;
    if (present) {
        *present = exists;
        if (!exists)
            return TRUE;
    }
    errno = 0;
    number = g_ascii_strtoull(text, &end, 0);
    if (errno || end == text || *end || !g_ascii_isdigit(text[0]) || number > G_MAXUINT) {
        g_set_error(error, AP_ERROR, AP_ERROR_IO,
                    _("'/%s' holds '%s', which is not a number"), path, text);
        return FALSE;
    }
    *value = (guint)number;
    return TRUE;
}

int
ap_sysfs_write(int dir, const char *path, const char *value)
{
    int fd = TEMP_FAILURE_RETRY(openat(dir, path, O_WRONLY | O_CLOEXEC));
    ssize_t done;
    int result = 0;

    if (fd < 0)
        return errno;
    /* The kernel takes an attribute in one piece: a second write would start
     * over instead of going on. */
    done = TEMP_FAILURE_RETRY(write(fd, value, strlen(value)));
    if (done < 0)
        result = errno;
    else if ((gsize)done != strlen(value))
        result = EIO;
    if (close(fd) < 0 && !result)
        result = errno;
    return result;
}

char *
ap_sysfs_read_link_name(int dir, const char *path)
{
    char target[LINK_MAX_LEN];
    ssize_t len = readlinkat(dir, path, target, sizeof(target));
    const char *slash;

    if (len < 0 || len == sizeof(target))
        return NULL;
    target[len] = '\0';
    slash = strrchr(target, '/');
    return g_strdup(slash ? slash + 1 : target);
}

gboolean
ap_sysfs_exists(int dir, const char *path)
{
    return faccessat(dir, path, F_OK, 0) == 0;
}

static DIR *
open_dir(int dir, const char *path)
{
    int fd = TEMP_FAILURE_RETRY(openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    DIR *stream;
    int saved;

    if (fd < 0)
        return NULL;
    stream = fdopendir(fd);
    if (!stream) {
        saved = errno;
        close(fd);
        errno = saved;
    }
    return stream;
}

gboolean
ap_sysfs_scan(int dir,
              const char *path,
              ApSysfsVisit visit,
              gpointer data,
              GError **error)
{
    DIR *stream = open_dir(dir, path);
    struct dirent *entry;
    int failed = 0;

    if (!stream && ap_sysfs_is_absent(errno))
        return TRUE;
    if (stream) {
        while (errno = 0, (entry = readdir(stream))) {
            if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
                visit(entry->d_name, data);
        }
    }
    failed = errno;
    if (stream)
        closedir(stream);
    if (!failed || (stream && ap_sysfs_is_absent(failed)))
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot list '/%s': %s"), path,
                g_strerror(failed));
    return FALSE;
}

static void
collect_uuid(const char *name, gpointer data)
{
    if (ap_uuid_is_canonical(name))
        g_ptr_array_add(data, g_strdup(name));
}

static gint
compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *
ap_sysfs_scan_uuids(int dir, const char *path, GError **error)
{
    g_autoptr(GPtrArray) uuids = g_ptr_array_new_with_free_func(g_free);

    if (!ap_sysfs_scan(dir, path, collect_uuid, uuids, error))
        return NULL;
    g_ptr_array_sort(uuids, compare_strings);
    return g_steal_pointer(&uuids);
}
