/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-intent.c: the note is one line: a word that says of what, a UUID, and the masks
 * in the end and, of a change, before, and then those of the definition.  It is not
 * renamed into place: one that is cut short, which nobody takes for another, is from a
 * time when nothing was done yet.
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

#define MASKS_MAX 3
/* The longest word, a UUID, the masks, each with what is behind it. */
#define NOTE_SIZE (8 + AP_UUID_SIZE + MASKS_MAX * AP_MATRIX_CONFIG_SIZE + 1)

/* A note without a word is of a creation. */
static const struct {
    const char *word;
    guint n_masks;
} kinds[] = {
    [AP_INTENT_CREATE] = { "", 1 },
    [AP_INTENT_UPDATE] = { "update ", 2 },
    [AP_INTENT_BOTH] = { "both ", 3 },
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == AP_INTENT_LAST);

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

static char *
format_note(const ApIntent *intent)
{
    const ApMatrix *const masks[MASKS_MAX] = { &intent->after, &intent->before,
                                               &intent->defined };
    GString *note = g_string_new(kinds[intent->kind].word);

    g_string_append(note, intent->uuid);
    for (guint i = 0; i < MASKS_MAX && i < kinds[intent->kind].n_masks; i++) {
        char config[AP_MATRIX_CONFIG_SIZE];

        ap_matrix_format_config(masks[i], config);
        g_string_append_printf(note, " %s", config);
    }
    g_string_append_c(note, '\n');
    return g_string_free(note, FALSE);
}

gboolean
ap_intent_write(int root, const ApIntent *intent, GError **error)
{
    g_autofree char *text = format_note(intent);
    int errnum = write_note(root, text);

    if (!errnum)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot write '/%s': %s"), AP_PATH_INTENT,
                g_strerror(errnum));
    return FALSE;
}

/* Takes the masks at @text off it, all of them and what separates them. */
static gboolean
take_matrix(const char **text, ApMatrix *matrix)
{
    char config[AP_MATRIX_CONFIG_SIZE];
    gsize len = AP_MATRIX_CONFIG_SIZE - 1;

    if (strnlen(*text, len) < len)
        return FALSE;
    g_strlcpy(config, *text, sizeof(config));
    *text += len;
    return ap_matrix_parse_config(matrix, config);
}

static gboolean
parse_note(const char *text, ApIntent *intent)
{
    ApMatrix *const masks[MASKS_MAX] = { &intent->after, &intent->before,
                                         &intent->defined };
    char uuid[AP_UUID_SIZE];

    intent->kind = AP_INTENT_LAST;
    while (intent->kind > 0 && !g_str_has_prefix(text, kinds[--intent->kind].word))
        ;
    text += strlen(kinds[intent->kind].word);
    if (strnlen(text, AP_UUID_SIZE) < AP_UUID_SIZE || text[AP_UUID_LEN] != ' ')
        return FALSE;
    g_strlcpy(uuid, text, sizeof(uuid));
    text += AP_UUID_LEN;
    if (!ap_uuid_canonicalise(uuid, intent->uuid))
        return FALSE;
    for (guint i = 0; i < MASKS_MAX && i < kinds[intent->kind].n_masks; i++) {
        if (*text++ != ' ' || !take_matrix(&text, masks[i]))
            return FALSE;
    }
    return *text == '\0';
}

gboolean
ap_intent_read(int root, ApIntent *intent)
{
    char text[NOTE_SIZE + 1];
    gboolean present;

    memset(intent, 0, sizeof(*intent));
    return ap_sysfs_read(root, AP_PATH_INTENT, text, sizeof(text), &present, NULL) &&
           present && parse_note(text, intent);
}

void
ap_intent_clear(int root)
{
    unlinkat(root, AP_PATH_INTENT, 0);
}
