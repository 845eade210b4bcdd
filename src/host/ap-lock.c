/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-lock.c: the lock file that libvirt-ap shares with s390-tools.
 *
 * A stale lock is taken over in place: our process ID goes into the very inode
 * that was found stale, under flock(2), and only then we look whether the name
 * still leads there.  Removing the stale file instead could hit the lock that
 * another recoverer has just made in its place; this way no lock of anybody
 * else is ever removed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-i18n.h"
#include "ap-lock.h"
#include "ap-paths.h"
#include "ap-process.h"

/* How long an owner may take to write its process ID, as s390-tools have it. */
#define EMPTY_MAX_SECONDS 120
/* Room for a process ID, as s390-tools have it. */
#define OWNER_TEXT_SIZE 40
/* Where there is no inotify left the file is looked at this often. */
#define BLIND_WAIT_MS 50
/* The lock goes away, or somebody writes into it. */
#define WATCHED (IN_DELETE | IN_MOVED_FROM | IN_MODIFY)

struct _ApLock {
    int dir;
    int fd; /* the lock file: keeps its inode from being used again */
};

/* What one attempt to get the lock needs. */
typedef struct {
    int root;
    int dir;
    int file; /* our own file, about to become the lock */
    char *
        name; /* its name in dir; NULL: it has none, and leaves none when we are killed */
    gboolean watching;
    int inotify; /* -1 also while watching, where the system has no more */
    gint64 deadline;
} Attempt;

typedef enum {
    OWNER_GONE,
    OWNER_ALIVE,
    OWNER_UNKNOWN, /* nothing written yet */
} OwnerState;

typedef struct {
    OwnerState state;
    pid_t pid;
    int pidfd;
    gint64 patience; /* unknown: microseconds until it counts as gone */
} Owner;

/* Protects busy.  The threads of this process queue here, so that the file is
 * only fought over by processes, and so that our own process ID in the file can
 * only have been left there by an earlier process. */
static GMutex process_mutex;
static GCond process_cond;
static gboolean process_busy;

static gboolean
process_enter(gint64 deadline)
{
    gboolean entered = TRUE;

    g_mutex_lock(&process_mutex);
    while (process_busy && entered)
        entered = g_cond_wait_until(&process_cond, &process_mutex, deadline);
    entered = !process_busy;
    if (entered)
        process_busy = TRUE;
    g_mutex_unlock(&process_mutex);
    return entered;
}

static void
process_leave(void)
{
    g_mutex_lock(&process_mutex);
    process_busy = FALSE;
    g_cond_signal(&process_cond);
    g_mutex_unlock(&process_mutex);
}

static int
open_dir(int root)
{
    return openat(root, AP_PATH_LOCK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The directory is made by the system at boot; where that has not happened yet
 * it is made as the system would. */
static int
open_or_make_dir(int root)
{
    int dir = open_dir(root);

    if (dir >= 0 || errno != ENOENT)
        return dir;
    if (mkdirat(root, AP_PATH_RUN, 0755) < 0 && errno != EEXIST)
        return -1;
    if (mkdirat(root, AP_PATH_LOCK_DIR, 0755) < 0 && errno != EEXIST)
        return -1;
    return open_dir(root);
}

static gboolean
set_io_error(GError **error, int errnum)
{
    g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot make the lock '/%s': %s"),
                AP_PATH_LOCK_DIR "/" AP_LOCK_NAME, g_strerror(errnum));
    return FALSE;
}

/* Puts our process ID into @fd, over @old bytes that are there already: padded,
 * so that one write leaves nothing of them and nobody reads half of each. */
static gboolean
write_owner(int fd, gsize old)
{
    char text[OWNER_TEXT_SIZE];
    int len = g_snprintf(text, sizeof(text), "%d\n", (int)getpid());
    gsize size = CLAMP(old, (gsize)len, sizeof(text));

    memset(text + len, '\n', sizeof(text) - (gsize)len);
    return TEMP_FAILURE_RETRY(pwrite(fd, text, size, 0)) == (ssize_t)size;
}

/* Opens a file of ours in the directory, with a name where it cannot be without. */
static int
open_own_file(Attempt *attempt)
{
    static gint serial;

    attempt->file = openat(attempt->dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0644);
    if (attempt->file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return attempt->file;
    do {
        g_free(attempt->name);
        attempt->name = g_strdup_printf("%s.%d.%d", AP_LOCK_NAME, (int)getpid(),
                                        g_atomic_int_add(&serial, 1));
        attempt->file = openat(attempt->dir, attempt->name,
                               O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    } while (attempt->file < 0 && errno == EEXIST);
    return attempt->file;
}

static void
drop_own_name(const Attempt *attempt)
{
    if (attempt->name)
        unlinkat(attempt->dir, attempt->name, 0);
}

/* Makes the file that link(2) turns into the lock. */
static gboolean
make_own_file(Attempt *attempt, GError **error)
{
    if (open_own_file(attempt) < 0)
        return set_io_error(error, errno);
    if (!write_owner(attempt->file, 0)) {
        int errnum = errno;

        drop_own_name(attempt);
        return set_io_error(error, errnum);
    }
    return TRUE;
}

/* Gives our file the name of the lock, unless there is one. */
static int
link_own_file(const Attempt *attempt)
{
    char path[32];

    if (attempt->name)
        return linkat(attempt->dir, attempt->name, attempt->dir, AP_LOCK_NAME, 0);
    g_snprintf(path, sizeof(path), "/proc/self/fd/%d", attempt->file);
    return linkat(AT_FDCWD, path, attempt->dir, AP_LOCK_NAME, AT_SYMLINK_FOLLOW);
}

static gboolean
set_not_regular(GError **error)
{
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("the lock '/%s' is not a regular file: remove it"),
                AP_PATH_LOCK_DIR "/" AP_LOCK_NAME);
    return FALSE;
}

/* Anybody may make files where the lock is; with a FIFO or a device there is no
 * owner to wait for. */
static gboolean
check_regular(int fd, GError **error)
{
    struct stat info;

    if (fstat(fd, &info) < 0)
        return set_io_error(error, errno);
    return S_ISREG(info.st_mode) || set_not_regular(error);
}

/* Whether the name of the lock still leads to the file @fd. */
static gboolean
is_the_lock(int dir, int fd)
{
    struct stat named, held;

    return fstatat(dir, AP_LOCK_NAME, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstat(fd, &held) == 0 && named.st_ino == held.st_ino &&
           named.st_dev == held.st_dev;
}

/* Reads the first number of the lock file as s390-tools do; 0 when there is
 * none. */
static pid_t
read_pid(int fd, gsize *len)
{
    char text[OWNER_TEXT_SIZE + 1];
    ssize_t got = TEMP_FAILURE_RETRY(pread(fd, text, OWNER_TEXT_SIZE, 0));
    gint64 pid;

    *len = got > 0 ? (gsize)got : 0;
    text[*len] = '\0';
    pid = g_ascii_strtoll(text, NULL, 10);
    return pid > 0 && pid <= G_MAXINT ? (pid_t)pid : 0;
}

static gint64
read_patience(int fd)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    struct stat info;
    gint64 written;

    if (fstat(fd, &info) < 0)
        return 0;
    /* Whoever made the file may have set any time. */
    written = CLAMP((gint64)info.st_mtime, now - EMPTY_MAX_SECONDS - 1, now);
    return (written + EMPTY_MAX_SECONDS + 1 - now) * G_USEC_PER_SEC;
}

static gboolean
has_exited(int pidfd)
{
    struct pollfd poller = { .fd = pidfd, .events = POLLIN };

    return poll(&poller, 1, 0) > 0;
}

/* Fills the state of an owner whose process ID is known. */
static void
look_at_process(Owner *owner)
{
    owner->state = OWNER_ALIVE;
    if (owner->pid == getpid()) {
        owner->state = OWNER_GONE;
        return;
    }
    owner->pidfd = pidfd_open(owner->pid, 0);
    if (owner->pidfd >= 0)
        owner->state = has_exited(owner->pidfd) ? OWNER_GONE : OWNER_ALIVE;
    else if (errno == ESRCH || (kill(owner->pid, 0) < 0 && errno == ESRCH))
        owner->state = OWNER_GONE;
}

static Owner
look_at_owner(int fd, gsize *len)
{
    Owner owner = { .pidfd = -1 };

    owner.pid = read_pid(fd, len);
    if (owner.pid) {
        look_at_process(&owner);
        return owner;
    }
    owner.patience = read_patience(fd);
    owner.state = owner.patience > 0 ? OWNER_UNKNOWN : OWNER_GONE;
    return owner;
}

static void
owner_clear(Owner *owner)
{
    if (owner->pidfd >= 0)
        close(owner->pidfd);
    owner->pidfd = -1;
}

/* Makes the stale lock @fd ours.  FALSE when somebody else was quicker. */
static gboolean
take_over(Attempt *attempt, int fd)
{
    gboolean taken = FALSE;
    gsize len = 0;

    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return FALSE;
    if (is_the_lock(attempt->dir, fd)) {
        Owner owner = look_at_owner(fd, &len);

        taken = owner.state == OWNER_GONE && write_owner(fd, len) &&
                is_the_lock(attempt->dir, fd);
        owner_clear(&owner);
    }
    flock(fd, LOCK_UN);
    return taken;
}

static char *
describe_owner(int root, const Owner *owner)
{
    g_autofree char *pid = g_strdup_printf("%d", (int)owner->pid);
    g_autofree char *name = NULL;

    if (owner->state == OWNER_UNKNOWN)
        return g_strdup(_("a program that has not written its process ID yet"));
    name = ap_process_read_name(root, pid);
    return name ? g_strdup_printf(_("process %s (%s)"), pid, name)
                : g_strdup_printf(_("process %s"), pid);
}

static gboolean
set_locked_error(const Attempt *attempt, const Owner *owner, GError **error)
{
    g_autofree char *who = describe_owner(attempt->root, owner);

    g_set_error(
        error, AP_ERROR, AP_ERROR_LOCKED,
        _("the AP configuration is being changed by %s, which holds '/%s': try again "
          "when it has finished"),
        who, AP_PATH_LOCK_DIR "/" AP_LOCK_NAME);
    return FALSE;
}

static int
watch_dir(int dir)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", dir);

    if (fd >= 0 && inotify_add_watch(fd, path, WATCHED) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void
drain(int fd)
{
    char events[4096];

    while (read(fd, events, sizeof(events)) > 0)
        continue;
}

/* Waits until the directory changes, the owner ends, or patience does; not for
 * long when the owner is gone and another recoverer at work.  FALSE when the
 * deadline is over. */
static gboolean
wait_for_change(const Attempt *attempt, const Owner *owner)
{
    struct pollfd pollers[] = {
        { .fd = attempt->inotify, .events = POLLIN },
        { .fd = owner->pidfd, .events = POLLIN },
    };
    gint64 left = attempt->deadline - g_get_monotonic_time();
    gint64 wait;

    if (left <= 0)
        return FALSE;
    if (owner->state == OWNER_UNKNOWN)
        left = MIN(left, owner->patience);
    wait = left / 1000 + 1;
    if (attempt->inotify < 0 || owner->state == OWNER_GONE)
        wait = MIN(wait, BLIND_WAIT_MS);
    (void)poll(pollers, G_N_ELEMENTS(pollers), (int)MIN(wait, G_MAXINT));
    if (attempt->inotify >= 0)
        drain(attempt->inotify);
    return TRUE;
}

typedef enum {
    ROUND_AGAIN,
    ROUND_TAKEN,
    ROUND_FAILED,
} Round;

/* The lock exists: takes it over when it is stale, else waits for a change.
 * *@taken is its descriptor when it has become ours. */
static Round
face_the_lock(Attempt *attempt, int *taken, GError **error)
{
    int fd =
        openat(attempt->dir, AP_LOCK_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    gboolean in_time;
    Owner owner;
    gsize len;

    if (fd < 0) {
        if (errno == ENOENT)
            return ROUND_AGAIN;
        if (errno == ELOOP)
            set_not_regular(error);
        else
            set_io_error(error, errno);
        return ROUND_FAILED;
    }
    if (!check_regular(fd, error)) {
        close(fd);
        return ROUND_FAILED;
    }
    owner = look_at_owner(fd, &len);
    if (owner.state == OWNER_GONE && take_over(attempt, fd)) {
        owner_clear(&owner);
        *taken = fd;
        return ROUND_TAKEN;
    }
    in_time = wait_for_change(attempt, &owner);
    if (!in_time)
        set_locked_error(attempt, &owner, error);
    owner_clear(&owner);
    close(fd);
    return in_time ? ROUND_AGAIN : ROUND_FAILED;
}

/* One attempt to become the owner.  The first time that somebody else is, the
 * watch is set up and the attempt made again, so that no change is missed. */
static Round
try_round(Attempt *attempt, int *taken, GError **error)
{
    if (link_own_file(attempt) == 0) {
        *taken = attempt->file;
        attempt->file = -1;
        return ROUND_TAKEN;
    }
    if (errno != EEXIST) {
        set_io_error(error, errno);
        return ROUND_FAILED;
    }
    if (!attempt->watching) {
        attempt->watching = TRUE;
        attempt->inotify = watch_dir(attempt->dir);
        return ROUND_AGAIN;
    }
    return face_the_lock(attempt, taken, error);
}

/* Returns the descriptor of the lock file once it is ours, or -1. */
static int
take_file(Attempt *attempt, GError **error)
{
    int taken = -1;

    if (!make_own_file(attempt, error))
        return -1;
    while (try_round(attempt, &taken, error) == ROUND_AGAIN)
        continue;
    drop_own_name(attempt);
    return taken;
}

static ApLock *
acquire_file(int root, gint64 deadline, GError **error)
{
    Attempt attempt = { .root = root, .file = -1, .inotify = -1, .deadline = deadline };
    ApLock *lock = NULL;
    int fd;

    attempt.dir = open_or_make_dir(root);
    if (attempt.dir < 0) {
        set_io_error(error, errno);
        return NULL;
    }
    fd = take_file(&attempt, error);
    if (fd >= 0) {
        lock = g_new0(ApLock, 1);
        lock->dir = attempt.dir;
        lock->fd = fd;
    } else {
        close(attempt.dir);
    }
    if (attempt.file >= 0)
        close(attempt.file);
    if (attempt.inotify >= 0)
        close(attempt.inotify);
    g_free(attempt.name);
    return lock;
}

ApLock *
ap_lock_acquire(int root, gint64 timeout, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + timeout;
    ApLock *lock;

    if (!process_enter(deadline)) {
        g_set_error(error, AP_ERROR, AP_ERROR_LOCKED,
                    _("other changes of the AP configuration are still under way in this "
                      "process: try again when they have finished"));
        return NULL;
    }
    lock = acquire_file(root, deadline, error);
    if (!lock)
        process_leave();
    return lock;
}

void
ap_lock_release(ApLock *lock)
{
    if (!lock)
        return;
    if (is_the_lock(lock->dir, lock->fd))
        unlinkat(lock->dir, AP_LOCK_NAME, 0);
    close(lock->fd);
    close(lock->dir);
    g_free(lock);
    process_leave();
}
