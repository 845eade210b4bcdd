/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-watch.c: inotify on the store and on the directories above it, as far as
 * they are there.  Each of those tells when the next one comes; when one goes, or is
 * another than before, all are watched anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-store-watch.h"

/* From the top to the store itself; each is the name in the one before. */
static const char *const names[] = { AP_PATH_ETC, AP_NAME_MDEVCTL,
                                     AP_MATRIX_PARENT_ADDR };
#define STORE (G_N_ELEMENTS(names) - 1)

#define ALWAYS (IN_ONLYDIR | IN_DELETE_SELF | IN_MOVE_SELF)
/* In the store: a file is complete, or gone. */
#define OF_STORE (ALWAYS | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
/* Above it: the next directory comes. */
#define ABOVE (ALWAYS | IN_CREATE | IN_MOVED_TO)

struct _ApStoreWatch {
    int root;
    int fd;
    int watches[G_N_ELEMENTS(names)]; /* -1: not watched */
    gboolean lost;                    /* still to be told */
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    gsize len; /* what of it is filled */
    gsize at;  /* what of it has been read */
};

/* Watches the @i-th directory, which is in @parent; *@dir gets it.  FALSE when there is
 * none, or it cannot be watched. */
static gboolean
watch_one(ApStoreWatch *watch, gsize i, int parent, int *dir)
{
    char path[32];

    *dir = openat(parent, names[i], O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0)
        return FALSE;
    g_snprintf(path, sizeof(path), "/proc/self/fd/%d", *dir);
    watch->watches[i] = inotify_add_watch(watch->fd, path, i == STORE ? OF_STORE : ABOVE);
    if (watch->watches[i] < 0 && errno != ENOENT)
        g_warning(_("changes in the directory '%s' are not seen: %s"), names[i],
                  g_strerror(errno));
    return watch->watches[i] >= 0;
}

/* A directory is watched before the next one is looked for in it, so that none comes
 * unseen. */
static void
watch_all(ApStoreWatch *watch)
{
    int parent = watch->root;
    gboolean found = TRUE;

    for (gsize i = 0; i < G_N_ELEMENTS(names) && found; i++) {
        int dir;

        found = watch_one(watch, i, parent, &dir);
        if (parent != watch->root)
            close(parent);
        parent = dir;
    }
    if (parent >= 0 && parent != watch->root)
        close(parent);
}

/* Begins again with the directories that are there now. */
static void
rewatch(ApStoreWatch *watch)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (watch->watches[i] >= 0)
            inotify_rm_watch(watch->fd, watch->watches[i]);
        watch->watches[i] = -1;
    }
    watch_all(watch);
    watch->lost = TRUE;
}

ApStoreWatch *
ap_store_watch_new(int root, GError **error)
{
    ApStoreWatch *watch;
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (fd < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot watch '/%s': %s"),
                    AP_PATH_STORE, g_strerror(errno));
        return NULL;
    }
    watch = g_new0(ApStoreWatch, 1);
    watch->root = root;
    watch->fd = fd;
    memset(watch->watches, -1, sizeof(watch->watches));
    watch_all(watch);
    return watch;
}

void
ap_store_watch_free(ApStoreWatch *watch)
{
    if (!watch)
        return;
    close(watch->fd);
    g_free(watch);
}

int
ap_store_watch_get_fd(const ApStoreWatch *watch)
{
    return watch->fd;
}

/* The next event that inotify has; NULL for none. */
static const struct inotify_event *
next_event(ApStoreWatch *watch)
{
    const struct inotify_event *event;

    if (watch->at == watch->len) {
        ssize_t len =
            TEMP_FAILURE_RETRY(read(watch->fd, watch->buffer, sizeof(watch->buffer)));

        watch->at = 0;
        watch->len = len > 0 ? (gsize)len : 0;
        if (!watch->len)
            return NULL;
    }
    event = (const struct inotify_event *)(watch->buffer + watch->at);
    watch->at += sizeof(*event) + event->len;
    return event;
}

/* Whether @event says that the directories are no longer those that are watched. */
static gboolean
is_about_directories(const ApStoreWatch *watch, const struct inotify_event *event)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (event->wd != watch->watches[i])
            continue;
        if (event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT))
            return TRUE;
        return i < STORE && event->len > 0 && g_str_equal(event->name, names[i + 1]);
    }
    return FALSE;
}

ApStoreWatchResult
ap_store_watch_next(ApStoreWatch *watch, char uuid[AP_UUID_SIZE])
{
    const struct inotify_event *event;

    while ((event = next_event(watch))) {
        if (event->mask & IN_Q_OVERFLOW)
            watch->lost = TRUE;
        else if (is_about_directories(watch, event))
            rewatch(watch);
        else if (event->wd == watch->watches[STORE] && event->len > 0 &&
                 ap_uuid_is_canonical(event->name)) {
            g_strlcpy(uuid, event->name, AP_UUID_SIZE);
            return AP_STORE_WATCH_CHANGED;
        }
    }
    /* Only now: what was still to be read is older than the loss. */
    if (!watch->lost)
        return AP_STORE_WATCH_NONE;
    watch->lost = FALSE;
    return AP_STORE_WATCH_LOST;
}
