/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-destroy.c: removes a matrix.
 *
 * The kernel lets a removal wait until the guest has closed the matrix, and that
 * wait cannot be broken off.  So the VFIO group is opened first: only one can
 * have it open, and while it is us no guest can start with the matrix, until
 * it is gone.  Where the group cannot tell (a kernel without group files) or the
 * queues hang in their reset, the write is left to a thread of its own, so that
 * the caller gets an answer in any case.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ap-guest.h"
#include "ap-holder.h"
#include "ap-host-change.h"
#include "ap-host-reserve.h"
#include "ap-i18n.h"
#include "ap-mark.h"
#include "ap-paths.h"
#include "ap-sysfs.h"
#include "ap-vfio-user.h"

/* Until a process that was forked runs its own program; how often that is looked at. */
#define FORK_TIMEOUT (2 * G_USEC_PER_SEC)
#define FORK_POLL    (10 * 1000)

/* A removal under way, shared by the thread that writes and the one that waits;
 * the last one frees it. */
typedef struct {
    gatomicrefcount refs;
    int root;
    int group; /* negative: could not be opened */
    char *path;
    GMutex mutex; /* protects done and errnum */
    GCond cond;
    gboolean done;
    int errnum;
} Removal;

static void
close_group(Removal *removal)
{
    if (removal->group >= 0)
        close(removal->group);
    removal->group = -1;
}

static void
removal_unref(Removal *removal)
{
    if (!g_atomic_ref_count_dec(&removal->refs))
        return;
    close_group(removal);
    close(removal->root);
    g_free(removal->path);
    g_mutex_clear(&removal->mutex);
    g_cond_clear(&removal->cond);
    g_free(removal);
}

/* Takes over @group.  The root gets a descriptor of its own: the handle may be
 * closed before a removal that hangs. */
static Removal *
removal_new(int root, const char *uuid, int group)
{
    Removal *removal = g_new0(Removal, 1);

    g_atomic_ref_count_init(&removal->refs);
    g_mutex_init(&removal->mutex);
    g_cond_init(&removal->cond);
    removal->group = group;
    removal->root = fcntl(root, F_DUPFD_CLOEXEC, 0);
    removal->path = ap_host_matrix_path(uuid, "remove");
    return removal;
}

static gpointer
removal_thread(gpointer data)
{
    Removal *removal = data;
    int errnum = ap_sysfs_write(removal->root, removal->path, "1");

    /* Before anybody tries again, and finds the group open. */
    close_group(removal);
    g_mutex_lock(&removal->mutex);
    removal->done = TRUE;
    removal->errnum = errnum;
    g_cond_signal(&removal->cond);
    g_mutex_unlock(&removal->mutex);
    removal_unref(removal);
    return NULL;
}

/* Waits for the thread; FALSE when it takes too long. */
static gboolean
removal_wait(Removal *removal, gint64 timeout, int *errnum)
{
    gint64 deadline = g_get_monotonic_time() + timeout;
    gboolean in_time = TRUE;
    gboolean done;

    g_mutex_lock(&removal->mutex);
    while (!removal->done && in_time)
        in_time = g_cond_wait_until(&removal->cond, &removal->mutex, deadline);
    done = removal->done;
    *errnum = removal->errnum;
    g_mutex_unlock(&removal->mutex);
    return done;
}

/* Number of the VFIO group of the matrix, as text; NULL when it has none.  Caller
 * frees. */
static char *
read_group(ApHost *host, const char *uuid)
{
    g_autofree char *link = ap_host_matrix_path(uuid, "iommu_group");

    return ap_sysfs_read_link_name(host->root, link);
}

/* Opens the group, or returns the negative errno. */
static int
open_group(ApHost *host, const char *group)
{
    g_autofree char *path = g_strconcat(AP_PATH_VFIO "/", group, NULL);
    int fd =
        TEMP_FAILURE_RETRY(openat(host->root, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));

    return fd < 0 ? -errno : fd;
}

/* As open_group(), but a process that we have just forked is no user: it has the group
 * open only until it runs a program of its own.  Nothing tells when that is. */
static int
open_group_of_nobody(ApHost *host, const char *group)
{
    gint64 deadline = g_get_monotonic_time() + FORK_TIMEOUT;
    int fd = open_group(host, group);
    gboolean is_fork = TRUE;

    while (fd == -EBUSY && is_fork && g_get_monotonic_time() < deadline) {
        /* In this order: it may run its own program meanwhile. */
        is_fork = ap_vfio_user_is_fork(host->root, group);
        fd = open_group(host, group);
        if (fd == -EBUSY && is_fork)
            g_usleep(FORK_POLL);
    }
    return fd;
}

/* The first thing that a removal takes away is the file that asks for it. */
static gboolean
is_being_removed(ApHost *host, const char *uuid)
{
    g_autofree char *matrix = ap_host_matrix_path(uuid, NULL);
    g_autofree char *remover = ap_host_matrix_path(uuid, "remove");

    return !ap_sysfs_exists(host->root, remover) && ap_sysfs_exists(host->root, matrix);
}

static gboolean
set_being_removed(GError **error, const char *uuid)
{
    g_set_error(error, AP_ERROR, AP_ERROR_BUSY,
                _("matrix %s is being removed already: the kernel waits for a guest to "
                  "let go or for a queue to be reset"),
                uuid);
    return FALSE;
}

static gboolean
set_in_use(GError **error, const char *uuid, const char *user)
{
    g_set_error(
        error, AP_ERROR, AP_ERROR_BUSY,
        _("matrix %s is in use by %s: shut the guest down or detach the matrix from it "
          "first"),
        uuid, user ? user : _("a guest"));
    return FALSE;
}

static gboolean
set_removal_error(GError **error, const char *uuid, int errnum)
{
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("the kernel refused to remove matrix %s: %s"), uuid,
                g_strerror(errnum));
    return FALSE;
}

static gboolean
set_hanging(GError **error, const char *uuid, gint64 timeout)
{
    guint seconds = (guint)(timeout / G_USEC_PER_SEC);

    g_set_error(
        error, AP_ERROR, AP_ERROR_BUSY,
        ngettext_("the kernel has not finished removing matrix %s after %u second: it "
                  "waits for a guest to let go or for a queue to be reset, and goes on "
                  "by itself then",
                  "the kernel has not finished removing matrix %s after %u seconds: it "
                  "waits for a guest to let go or for a queue to be reset, and goes on "
                  "by itself then",
                  seconds),
        uuid, seconds);
    return FALSE;
}

/* Starts the removal in a thread of its own, which takes over @group; returns a
 * reference, or NULL. */
static Removal *
start_removal(ApHost *host, const char *uuid, int group, GError **error)
{
    Removal *removal = removal_new(host->root, uuid, group);
    g_autoptr(GError) failure = NULL;
    GThread *thread;

    g_atomic_ref_count_inc(&removal->refs);
    thread = g_thread_try_new("ap-remove", removal_thread, removal, &failure);
    if (thread) {
        g_thread_unref(thread);
        return removal;
    }
    removal_unref(removal);
    removal_unref(removal);
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot remove matrix %s: %s"), uuid,
                failure->message);
    return NULL;
}

gboolean
ap_host_remove_matrix(ApHost *host, const char *uuid, GError **error)
{
    g_autofree char *group = read_group(host, uuid);
    int fd = group ? open_group_of_nobody(host, group) : -ENOENT;
    Removal *removal;
    int errnum = 0;
    gboolean done;

    /* A removal that hangs has the group open, too. */
    if (fd == -EBUSY && is_being_removed(host, uuid))
        return set_being_removed(error, uuid);
    if (fd == -EBUSY) {
        g_autofree char *user = ap_vfio_user_describe(host->root, group, NULL);

        return set_in_use(error, uuid, user);
    }
    removal = start_removal(host, uuid, fd, error);
    if (!removal)
        return FALSE;
    done = removal_wait(removal, host->remove_timeout, &errnum);
    removal_unref(removal);
    if (!done)
        return set_hanging(error, uuid, host->remove_timeout);
    if (errnum && !ap_sysfs_is_absent(errnum))
        return set_removal_error(error, uuid, errnum);
    if (errnum && is_being_removed(host, uuid))
        return set_being_removed(error, uuid);
    return TRUE;
}

char *
ap_host_describe_user(ApHost *host, const char *uuid, ApVfioGuest *guest)
{
    g_autofree char *group = read_group(host, uuid);

    if (guest)
        memset(guest, 0, sizeof(*guest));
    return group ? ap_vfio_user_describe(host->root, group, guest) : NULL;
}

gboolean
ap_host_is_open(ApHost *host, const char *uuid, gboolean unknown)
{
    g_autofree char *group = read_group(host, uuid);
    int fd = group ? open_group(host, group) : -ENOENT;

    if (fd >= 0)
        close(fd);
    if (fd >= 0 || !group)
        return FALSE;
    return fd == -EBUSY || unknown;
}

/* Whether the matrix exists; if not, says what is the matter. */
static gboolean
check_active(ApHost *host, const char *name, const char *uuid, GError **error)
{
    g_autofree char *path = ap_host_matrix_path(uuid, NULL);
    g_autoptr(ApDevice) definition = NULL;

    if (ap_sysfs_exists(host->root, path))
        return TRUE;
    definition = ap_store_load(host->store, uuid);
    if (definition)
        g_set_error(error, AP_ERROR, AP_ERROR_NOT_ACTIVE, _("device '%s' is not active"),
                    name);
    else
        ap_host_set_not_found(error, name);
    return FALSE;
}

/* What somebody has destroyed is not to start by itself again. */
static void
mark_destroyed(ApHost *host, const char *uuid)
{
    g_autoptr(ApDevice) definition = ap_store_load(host->store, uuid);

    if (definition && ap_device_is_autostart(definition))
        ap_mark_set(host->root, uuid);
}

gboolean
ap_host_find_active(ApHost *host,
                    const char *name,
                    char uuid[AP_UUID_SIZE],
                    GError **error)
{
    ApName parsed;

    if (!ap_host_parse_matrix_name(name, &parsed, error))
        return FALSE;
    g_strlcpy(uuid, parsed.uuid, AP_UUID_SIZE);
    return check_active(host, name, uuid, error);
}

/* A guest that has not opened the matrix yet would be left without. */
static gboolean
check_not_starting(ApHost *host, const char *uuid, GError **error)
{
    g_autofree char *guest = ap_guest_describe_starting(host, uuid);

    return !guest || set_in_use(error, uuid, guest);
}

void
ap_host_destroy_locked(ApHost *host, const char *name, const char *uuid, GError **error)
{
    if (!check_active(host, name, uuid, error) || !check_not_starting(host, uuid, error))
        return;
    /* Before it is gone, and the gap is filled at once. */
    mark_destroyed(host, uuid);
    if (!ap_host_remove_matrix(host, uuid, error))
        return;
    /* Nobody has to remove it for a guest any more. */
    ap_holder_remove(host->root, uuid);
    ap_host_return_unneeded(host);
}

gboolean
ap_host_destroy_matrix(ApHost *host, const char *name, GError **error)
{
    char uuid[AP_UUID_SIZE];
    /* The group is only ever opened under the lock: two of us at once would take
     * each other for a guest. */
    ApHostChange change = {
        .host = host, .action = AP_JOURNAL_DESTROY, .uuid = uuid, .passes_leftovers = TRUE
    };

    if (!ap_host_find_active(host, name, uuid, error))
        return FALSE;
    if (ap_host_change_begin(&change))
        ap_host_destroy_locked(host, name, uuid, &change.failure);
    return ap_host_change_end(&change, error);
}
