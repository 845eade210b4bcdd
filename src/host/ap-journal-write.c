/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-journal-write.c: the socket of the system journal, and the history.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ap-file.h"
#include "ap-journal-write.h"
#include "ap-paths.h"

/* Some thousand changes; as much again is in the one that was put aside. */
#define HISTORY_MAX (1024 * 1024)

/* In the form that takes any value: the name alone on a line, the length in eight
 * bytes, lowest first, the value, a line feed. */
void
ap_journal_add_field(GByteArray *entry, const char *name, const char *value)
{
    guint64 length = GUINT64_TO_LE((guint64)strlen(value));

    g_byte_array_append(entry, (const guint8 *)name, (guint)strlen(name));
    g_byte_array_append(entry, (const guint8 *)"\n", 1);
    g_byte_array_append(entry, (const guint8 *)&length, sizeof(length));
    g_byte_array_append(entry, (const guint8 *)value, (guint)strlen(value));
    g_byte_array_append(entry, (const guint8 *)"\n", 1);
}

int
ap_journal_send(int root, const GByteArray *entry)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int errnum = 0;

    if (fd < 0)
        return errno;
    /* A socket has no openat(); this leads beneath the root all the same. */
    g_snprintf(address.sun_path, sizeof(address.sun_path),
               "/proc/self/fd/%d/" AP_PATH_JOURNAL, root);
    /* Without waiting: a journal that is stuck must not hold up the daemon. */
    if (TEMP_FAILURE_RETRY(
            sendto(fd, entry->data, entry->len, MSG_NOSIGNAL | MSG_DONTWAIT,
                   (const struct sockaddr *)(const void *)&address, sizeof(address))) < 0)
        errnum = errno;
    close(fd);
    return errnum;
}

/* Opens the history for one writer at a time.  Returns a descriptor or -errno. */
static int
open_history(int dir)
{
    int fd = openat(dir, AP_HISTORY_NAME,
                    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int errnum;

    if (fd < 0)
        return -errno;
    if (TEMP_FAILURE_RETRY(flock(fd, LOCK_EX)) == 0)
        return fd;
    errnum = errno;
    close(fd);
    return -errnum;
}

static int
put_aside(int dir)
{
    return renameat(dir, AP_HISTORY_NAME, dir, AP_HISTORY_NAME ".1") < 0 ? errno : 0;
}

/* Whether somebody who was killed has left half a line at the end. */
static gboolean
is_cut_short(int fd, off_t size)
{
    char last = '\n';

    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

/* Returns 0 or errno. */
static int
append_line(int fd, off_t size, const char *line)
{
    g_autofree char *text =
        g_strconcat(is_cut_short(fd, size) ? "\n" : "", line, "\n", NULL);
    gsize len = strlen(text);
    ssize_t done = TEMP_FAILURE_RETRY(write(fd, text, len));

    if (done < 0)
        return errno;
    if ((gsize)done < len)
        return ENOSPC;
    return fdatasync(fd) < 0 ? errno : 0;
}

static int
append_in(int dir, const char *line, gboolean may_put_aside)
{
    int fd = open_history(dir);
    struct stat status;
    int errnum = 0;

    if (fd < 0)
        return -fd;
    if (fstat(fd, &status) < 0)
        errnum = errno;
    else if (may_put_aside && status.st_size > HISTORY_MAX)
        errnum = put_aside(dir);
    else
        may_put_aside = FALSE;
    if (!errnum && !may_put_aside)
        errnum = append_line(fd, status.st_size, line);
    close(fd);
    return errnum || !may_put_aside ? errnum : append_in(dir, line, FALSE);
}

int
ap_journal_append(int root, const char *line)
{
    int dir = ap_file_open_dir(root, AP_PATH_HISTORY_DIR);
    int errnum;

    if (dir < 0)
        return -dir;
    errnum = append_in(dir, line, TRUE);
    if (!errnum && fsync(dir) < 0)
        errnum = errno;
    close(dir);
    return errnum;
}
