/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-lock.c: the lock file shared with s390-tools: exclusion between
 * threads and processes, stale locks, and what is said of the owner.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ap-lock.h"
#include "ap-root.h"

#define LOCK    "run/lock/s390apconfig.lock"
#define SHORT   (50 * 1000)
#define LONG    (60 * G_USEC_PER_SEC)
#define THREADS 8
#define ROUNDS  50

static void
write_pid(ApRoot *root, pid_t pid)
{
    g_autofree char *text = g_strdup_printf("%d\n", (int)pid);

    ap_root_write(root, LOCK, text);
}

static pid_t
read_pid(ApRoot *root)
{
    g_autofree char *text = ap_root_read(root, LOCK);

    return (pid_t)atoi(text);
}

/* Nothing but the lock, if at all, is left in its directory. */
static guint
count_files(ApRoot *root)
{
    g_autofree char *path = g_build_filename(root->path, "run/lock", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(dir))
        count++;
    return count;
}

/* fork(2) for a child that does not outlive a failed test. */
static pid_t
fork_child(void)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

/* A child that lives until it is ended. */
static pid_t
start_child(void)
{
    pid_t pid = fork_child();

    if (pid == 0) {
        for (;;)
            pause();
    }
    return pid;
}

static void
end_child(pid_t pid, gboolean reap)
{
    siginfo_t info;

    kill(pid, SIGKILL);
    g_assert_cmpint(waitid(P_PID, (id_t)pid, &info, WEXITED | (reap ? 0 : WNOWAIT)), ==,
                    0);
}

static void
assert_taken(ApRoot *root)
{
    g_autoptr(GError) error = NULL;
    ApLock *lock = ap_lock_acquire(root->fd, LONG, &error);

    g_assert_no_error(error);
    g_assert_cmpint(read_pid(root), ==, getpid());
    g_assert_cmpuint(count_files(root), ==, 1);
    ap_lock_release(lock);
    g_assert_cmpuint(count_files(root), ==, 0);
}

static void
assert_locked(ApRoot *root, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *before = ap_root_read(root, LOCK);
    g_autofree char *after = NULL;

    g_assert_null(ap_lock_acquire(root->fd, SHORT, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_LOCKED);
    g_assert_nonnull(strstr(error->message, message));
    after = ap_root_read(root, LOCK);
    g_assert_cmpstr(before, ==, after);
    g_assert_cmpuint(count_files(root), ==, 1);
}

static void
test_fresh(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    /* run/lock does not exist yet */
    assert_taken(root);
    assert_taken(root);
    ap_lock_release(NULL);
}

static void
test_owner_alive(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    pid_t pid = start_child();
    g_autofree char *comm = g_strdup_printf("proc/%d/comm", (int)pid);
    g_autofree char *plain = g_strdup_printf("process %d,", (int)pid);
    g_autofree char *named =
        g_strdup_printf("process %d (chzdev), which holds '/" LOCK "'", (int)pid);

    write_pid(root, pid);
    assert_locked(root, plain);
    ap_root_write(root, comm, "chzdev\n");
    assert_locked(root, named);
    end_child(pid, TRUE);
    assert_taken(root);
}

static gboolean
has_inotify(pid_t pid)
{
    for (int fd = 3; fd < 64; fd++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/fd/%d", (int)pid, fd);
        g_autofree char *target = g_file_read_link(path, NULL);

        if (g_strcmp0(target, "anon_inode:inotify") == 0)
            return TRUE;
    }
    return FALSE;
}

/* Whoever is killed while it waits leaves no file of its own. */
static void
test_waiter_killed(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    gint64 deadline = g_get_monotonic_time() + LONG / 2;
    pid_t owner = start_child();
    pid_t waiter;

    write_pid(root, owner);
    waiter = fork_child();
    if (waiter == 0) {
        ap_lock_acquire(root->fd, LONG, NULL);
        _exit(0);
    }
    while (!has_inotify(waiter)) {
        g_assert_cmpint(g_get_monotonic_time(), <, deadline);
        g_usleep(1000);
    }
    end_child(waiter, TRUE);
    g_assert_cmpuint(count_files(root), ==, 1);
    end_child(owner, TRUE);
    assert_taken(root);
}

static void
test_owner_gone(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    pid_t pid = start_child();

    end_child(pid, TRUE);
    write_pid(root, pid);
    assert_taken(root);
    /* A longer number leaves nothing behind. */
    ap_root_write(root, LOCK, "2147483646\n");
    assert_taken(root);
}

/* Killed, but nobody has asked how it ended. */
static void
test_owner_zombie(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    pid_t pid = start_child();

    write_pid(root, pid);
    end_child(pid, FALSE);
    assert_taken(root);
    end_child(pid, TRUE);
}

/* Our own process ID in the file, while none of our threads has the lock, is of
 * a process that had it before us. */
static void
test_owner_earlier_self(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    write_pid(root, getpid());
    assert_taken(root);
}

static void
set_age(ApRoot *root, time_t seconds)
{
    struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                 { .tv_sec = time(NULL) - seconds } };

    g_assert_cmpint(utimensat(root->fd, LOCK, times, 0), ==, 0);
}

static void
test_owner_unknown(void)
{
    static const char *const contents[] = { "", "0\n", "garbage", "-5\n",
                                            "99999999999999999999" };

    for (gsize i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autoptr(ApRoot) root = ap_root_new();

        g_test_message("'%s'", contents[i]);
        ap_root_write(root, LOCK, contents[i]);
        set_age(root, 110);
        assert_locked(root, "has not written its process ID yet");
        set_age(root, 122);
        assert_taken(root);
    }
}

/* A time that is far away, either way, is not calculated with. */
static void
test_owner_unknown_since_ever(void)
{
    g_autoptr(ApRoot) root = ap_root_new();

    ap_root_write(root, LOCK, "");
    set_age(root, -((time_t)1 << 61));
    assert_locked(root, "has not written its process ID yet");
    set_age(root, (time_t)1 << 61);
    assert_taken(root);
}

static void
test_no_file(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *path = g_build_filename(root->path, LOCK, NULL);
    g_autoptr(GError) fifo = NULL;
    g_autoptr(GError) link = NULL;

    ap_root_mkdir(root, "run/lock");
    g_assert_cmpint(mkfifo(path, 0666), ==, 0);
    g_assert_null(ap_lock_acquire(root->fd, LONG, &fifo));
    g_assert_error(fifo, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(fifo->message, "'/" LOCK "' is not a regular file"));
    g_assert_cmpuint(count_files(root), ==, 1);
    ap_root_remove(root, LOCK);
    ap_root_write(root, "precious", "keep");
    ap_root_link(root, LOCK, "../../precious");
    g_assert_null(ap_lock_acquire(root->fd, LONG, &link));
    g_assert_error(link, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(link->message, "'/" LOCK "' is not a regular file"));
    ap_root_remove(root, LOCK);
    assert_taken(root);
}

typedef struct {
    ApRoot *root;
    gint inside;
    gint entered;
} Crowd;

static gpointer
crowd_thread(gpointer data)
{
    Crowd *crowd = data;

    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GError) error = NULL;
        ApLock *lock = ap_lock_acquire(crowd->root->fd, LONG, &error);

        g_assert_no_error(error);
        g_assert_cmpint(g_atomic_int_add(&crowd->inside, 1), ==, 0);
        g_atomic_int_inc(&crowd->entered);
        g_thread_yield();
        g_assert_true(g_atomic_int_dec_and_test(&crowd->inside));
        ap_lock_release(lock);
    }
    return NULL;
}

static void
test_threads(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    Crowd crowd = { .root = root };
    GThread *threads[THREADS];

    for (guint i = 0; i < THREADS; i++)
        threads[i] = g_thread_new("crowd", crowd_thread, &crowd);
    for (guint i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
    g_assert_cmpint(crowd.entered, ==, THREADS * ROUNDS);
    g_assert_cmpuint(count_files(root), ==, 0);
}

static void
test_thread_waits(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;
    ApLock *lock = ap_lock_acquire(root->fd, LONG, NULL);

    g_assert_null(ap_lock_acquire(root->fd, SHORT, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_LOCKED);
    g_assert_nonnull(strstr(error->message, "in this process"));
    ap_lock_release(lock);
    assert_taken(root);
}

/* Each process, under the lock, adds one to a number in a file; some die with
 * the lock in hand.  No addition is lost. */
static void
add_one(ApRoot *root)
{
    g_autofree char *text = ap_root_read(root, "number");
    g_autofree char *next = g_strdup_printf("%d", atoi(text) + 1);

    ap_root_write(root, "number", next);
}

static void
run_contender(ApRoot *root, gboolean dies)
{
    for (guint i = 0; i < ROUNDS; i++) {
        ApLock *lock = ap_lock_acquire(root->fd, LONG, NULL);

        if (!lock)
            _exit(1);
        add_one(root);
        if (dies && i == ROUNDS / 2)
            raise(SIGKILL);
        ap_lock_release(lock);
    }
    _exit(0);
}

static void
test_processes(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *number = NULL;
    pid_t children[THREADS];
    gint expected = 0;

    ap_root_write(root, "number", "0");
    for (guint i = 0; i < THREADS; i++) {
        gboolean dies = i % 2;

        expected += dies ? ROUNDS / 2 + 1 : ROUNDS;
        children[i] = fork_child();
        if (children[i] == 0)
            run_contender(root, dies);
    }
    for (guint i = 0; i < THREADS; i++) {
        int status;

        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        if (i % 2)
            g_assert_true(WIFSIGNALED(status));
        else
            g_assert_cmpint(status, ==, 0);
    }
    number = ap_root_read(root, "number");
    g_assert_cmpint(atoi(number), ==, expected);
    assert_taken(root);
}

/* The other side, as it looks from here: link(2) over and over, and a lock whose
 * file names its owner. */
static void
run_foreigner(ApRoot *root)
{
    g_autofree char *own = g_strdup_printf("run/lock/foreigner.%d", (int)getpid());
    g_autofree char *text = g_strdup_printf("%d\n", (int)getpid());

    ap_root_write(root, own, text);
    for (guint i = 0; i < ROUNDS; i++) {
        while (linkat(root->fd, own, root->fd, LOCK, 0) < 0) {
            if (errno != EEXIST)
                _exit(1);
            g_usleep(100);
        }
        add_one(root);
        if (read_pid(root) != getpid() || unlinkat(root->fd, LOCK, 0) < 0)
            _exit(2);
    }
    ap_root_remove(root, own);
    _exit(0);
}

static void
test_foreigners(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autofree char *number = NULL;
    pid_t children[THREADS];

    ap_root_mkdir(root, "run/lock");
    ap_root_write(root, "number", "0");
    for (guint i = 0; i < THREADS; i++) {
        children[i] = fork_child();
        if (children[i] == 0 && i % 2)
            run_contender(root, FALSE);
        else if (children[i] == 0)
            run_foreigner(root);
    }
    for (guint i = 0; i < THREADS; i++) {
        int status;

        g_assert_cmpint(waitpid(children[i], &status, 0), ==, children[i]);
        g_assert_cmpint(status, ==, 0);
    }
    number = ap_root_read(root, "number");
    g_assert_cmpint(atoi(number), ==, THREADS * ROUNDS);
    g_assert_cmpuint(count_files(root), ==, 0);
}

/* A lock that is not ours any more, because somebody took it for stale, is left
 * alone when we give up ours. */
static void
test_release_not_ours(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    ApLock *lock = ap_lock_acquire(root->fd, LONG, NULL);
    g_autofree char *text = NULL;

    ap_root_remove(root, LOCK);
    ap_root_write(root, LOCK, "1\n");
    ap_lock_release(lock);
    text = ap_root_read(root, LOCK);
    g_assert_cmpstr(text, ==, "1\n");
}

static void
test_no_directory(void)
{
    g_autoptr(ApRoot) root = ap_root_new();
    g_autoptr(GError) error = NULL;

    ap_root_write(root, "run", "a file");
    g_assert_null(ap_lock_acquire(root->fd, SHORT, &error));
    g_assert_error(error, AP_ERROR, AP_ERROR_IO);
    g_assert_nonnull(strstr(error->message, "'/" LOCK "'"));
    ap_root_remove(root, "run");
    assert_taken(root);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ap-lock/free_taken_and_released", test_fresh);
    g_test_add_func("/ap-lock/owner_alive_named", test_owner_alive);
    g_test_add_func("/ap-lock/waiter_killed_leaves_nothing", test_waiter_killed);
    g_test_add_func("/ap-lock/owner_gone_taken_over", test_owner_gone);
    g_test_add_func("/ap-lock/owner_zombie_taken_over", test_owner_zombie);
    g_test_add_func("/ap-lock/owner_earlier_self_taken_over", test_owner_earlier_self);
    g_test_add_func("/ap-lock/owner_unknown_two_minutes", test_owner_unknown);
    g_test_add_func("/ap-lock/empty_since_ever_or_to_come",
                    test_owner_unknown_since_ever);
    g_test_add_func("/ap-lock/no_file_refused", test_no_file);
    g_test_add_func("/ap-lock/threads_exclude_each_other", test_threads);
    g_test_add_func("/ap-lock/thread_waits_in_vain", test_thread_waits);
    g_test_add_func("/ap-lock/processes_exclude_each_other_and_die", test_processes);
    g_test_add_func("/ap-lock/foreign_programs_excluded", test_foreigners);
    g_test_add_func("/ap-lock/release_only_ours", test_release_not_ours);
    g_test_add_func("/ap-lock/no_directory_error", test_no_directory);
    return g_test_run();
}
