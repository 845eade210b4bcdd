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
/* A history that has just not been put aside, and a change of the largest matrix. */
#define READ_MAX (4 * 1024 * 1024)
/* Mostly the beginning of the last line is in it. */
#define READ_ENOUGH (32 * 1024)

#define AP_HISTORY_ASIDE AP_HISTORY_NAME ".1"
#define NUMBER_BEGIN     "{\"id\":"

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

static gboolean
is_same_file(int dir, const char *name, const struct stat *status)
{
    struct stat now;

    return fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
           now.st_ino == status->st_ino && now.st_dev == status->st_dev;
}

/* Opens the history and locks it.  Returns a descriptor or -errno: EAGAIN when it has
 * been put aside meanwhile. */
static int
try_open(int dir, int flags, int lock, struct stat *status)
{
    int fd = openat(dir, AP_HISTORY_NAME, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
    int errnum = 0;

    if (fd < 0)
        return -errno;
    if (TEMP_FAILURE_RETRY(flock(fd, lock)) < 0 || fstat(fd, status) < 0)
        errnum = errno;
    else if (!is_same_file(dir, AP_HISTORY_NAME, status))
        errnum = EAGAIN;
    if (!errnum)
        return fd;
    close(fd);
    return -errnum;
}

static int
open_history(int dir, int flags, int lock, struct stat *status)
{
    int fd;

    do
        fd = try_open(dir, flags, lock, status);
    while (fd == -EAGAIN);
    return fd;
}

/* The last of what is in the open file @fd, at most @max bytes; caller frees. */
static int
read_end(int fd, off_t size, off_t max, char **text)
{
    off_t begin = MAX(size - max, 0);
    gsize len = (gsize)(size - begin);
    ssize_t done;

    *text = g_malloc0(len + 1);
    done = TEMP_FAILURE_RETRY(pread(fd, *text, len, begin));
    if (done < 0)
        return errno;
    (*text)[done] = '\0';
    /* What a power failure can leave instead of a line. */
    for (ssize_t i = 0; i < done; i++)
        (*text)[i] = (*text)[i] ? (*text)[i] : '\n';
    return 0;
}

static int
read_aside(int dir, char **text)
{
    int fd = openat(dir, AP_HISTORY_ASIDE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat status;
    int errnum;

    *text = NULL;
    if (fd < 0)
        return errno == ENOENT ? 0 : errno;
    errnum =
        fstat(fd, &status) < 0 ? errno : read_end(fd, status.st_size, READ_MAX, text);
    close(fd);
    return errnum;
}

guint64
ap_journal_line_number(const char *line, gsize len)
{
    gsize skip = strlen(NUMBER_BEGIN);

    if (len <= skip || memcmp(line, NUMBER_BEGIN, skip) != 0)
        return 0;
    return g_ascii_strtoull(line + skip, NULL, 10);
}

/* The highest number: the one in the last line that has one. */
static guint64
find_last_number(const char *text)
{
    gsize end = text ? strlen(text) : 0;

    while (end > 0) {
        const char *feed = memrchr(text, '\n', end - 1);
        gsize begin = feed ? (gsize)(feed - text) + 1 : 0;
        guint64 number = ap_journal_line_number(text + begin, end - begin);

        if (number)
            return number;
        end = begin;
    }
    return 0;
}

static int
choose_number(int dir, const char *text, guint64 *number)
{
    g_autofree char *aside = NULL;
    guint64 last = find_last_number(text);
    int errnum = last ? 0 : read_aside(dir, &aside);

    *number = (last ? last : find_last_number(aside)) + 1;
    return errnum;
}

/* Somebody who was killed may have left half a line at the end.  Returns 0 or errno. */
static int
append_line(int fd, const char *present, const char *line, guint64 number)
{
    g_autofree char *text =
        g_strdup_printf("%s" NUMBER_BEGIN "%" G_GUINT64_FORMAT ",%s\n",
                        *present && !g_str_has_suffix(present, "\n") ? "\n" : "", number,
                        line + 1);
    gsize len = strlen(text);
    ssize_t done = TEMP_FAILURE_RETRY(write(fd, text, len));

    if (done < 0)
        return errno;
    if ((gsize)done < len)
        return ENOSPC;
    return fdatasync(fd) < 0 ? errno : 0;
}

static int
append_to(int dir, int fd, off_t size, const char *line, guint64 *number)
{
    g_autofree char *present = NULL;
    int errnum = read_end(fd, size, READ_ENOUGH, &present);

    if (!errnum && size > READ_ENOUGH && !find_last_number(present)) {
        g_clear_pointer(&present, g_free);
        errnum = read_end(fd, size, READ_MAX, &present);
    }
    if (!errnum)
        errnum = choose_number(dir, present, number);
    return errnum ? errnum : append_line(fd, present, line, *number);
}

static int
append_in(int dir, const char *line, guint64 *number)
{
    const int flags = O_RDWR | O_APPEND | O_CREAT;
    struct stat status;
    int fd = open_history(dir, flags, LOCK_EX, &status);
    int errnum = 0;

    if (fd >= 0 && status.st_size > HISTORY_MAX) {
        if (renameat(dir, AP_HISTORY_NAME, dir, AP_HISTORY_ASIDE) < 0)
            errnum = errno;
        close(fd);
        fd = errnum ? -errnum : open_history(dir, flags, LOCK_EX, &status);
    }
    if (fd < 0)
        return -fd;
    errnum = append_to(dir, fd, status.st_size, line, number);
    close(fd);
    return errnum;
}

int
ap_journal_append(int root, const char *line, guint64 *number)
{
    int dir = ap_file_open_dir(root, AP_PATH_HISTORY_DIR);
    int errnum;

    if (dir < 0)
        return -dir;
    errnum = append_in(dir, line, number);
    if (!errnum && fsync(dir) < 0)
        errnum = errno;
    close(dir);
    return errnum;
}

/* Without a history there may still be one that was put aside by somebody who was
 * killed then. */
static int
read_in(int dir, char **text)
{
    g_autofree char *aside = NULL;
    g_autofree char *present = NULL;
    struct stat status = { 0 };
    int fd = open_history(dir, O_RDONLY, LOCK_SH, &status);
    int errnum;

    if (fd < 0 && fd != -ENOENT)
        return -fd;
    errnum = read_aside(dir, &aside);
    if (!errnum && fd >= 0)
        errnum = read_end(fd, status.st_size, READ_MAX, &present);
    if (fd >= 0)
        close(fd);
    *text =
        g_strconcat(aside ? aside : "", aside ? "\n" : "", present ? present : "", NULL);
    return errnum;
}

int
ap_journal_read(int root, char **text)
{
    int dir = openat(root, AP_PATH_HISTORY_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int errnum;

    *text = NULL;
    if (dir < 0 && errno != ENOENT)
        return errno;
    if (dir < 0) {
        *text = g_strdup("");
        return 0;
    }
    errnum = read_in(dir, text);
    close(dir);
    return errnum;
}
