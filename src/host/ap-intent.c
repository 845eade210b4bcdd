/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-intent.c: the note is one file with a UUID and the masks of the matrix.  It
 * is not renamed into place: one that is cut short is from a time when nothing was
 * made yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-intent.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

/* A UUID, a space, the masks, a newline. */
#define NOTE_SIZE (AP_UUID_SIZE + AP_MATRIX_CONFIG_SIZE)

static int
open_note(int root)
{
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
    int fd = openat(root, AP_PATH_INTENT, flags, 0600);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    if (mkdirat(root, AP_PATH_OWN_RUN, 0755) < 0 && errno != EEXIST)
        return -1;
    return openat(root, AP_PATH_INTENT, flags, 0600);
}

static int
write_note(int root, const char *text)
{
    int fd = open_note(root);
    ssize_t len;
    int errnum = 0;

    if (fd < 0)
        return errno;
    len = TEMP_FAILURE_RETRY(write(fd, text, strlen(text)));
    if (len != (ssize_t)strlen(text))
        errnum = len < 0 ? errno : ENOSPC;
    close(fd);
    return errnum;
}

gboolean
ap_intent_write(int root, const char *uuid, const ApMatrix *matrix, GError **error)
{
    char config[AP_MATRIX_CONFIG_SIZE];
    g_autofree char *text = NULL;
    int errnum;

    ap_matrix_format_config(matrix, config);
    text = g_strdup_printf("%s %s\n", uuid, config);
    errnum = write_note(root, text);
    if (!errnum)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot write '/%s': %s"), AP_PATH_INTENT,
                g_strerror(errnum));
    return FALSE;
}

gboolean
ap_intent_read(int root, ApIntent *intent)
{
    char text[NOTE_SIZE + 1];
    gboolean present;
    char *space;

    if (!ap_sysfs_read(root, AP_PATH_INTENT, text, sizeof(text), &present, NULL) ||
        !present)
        return FALSE;
    space = strchr(text, ' ');
    if (!space)
        return FALSE;
    *space = '\0';
    return ap_uuid_canonicalise(text, intent->uuid) &&
           g_strlcpy(intent->config, space + 1, sizeof(intent->config)) ==
               sizeof(intent->config) - 1;
}

void
ap_intent_clear(int root)
{
    unlinkat(root, AP_PATH_INTENT, 0);
}
