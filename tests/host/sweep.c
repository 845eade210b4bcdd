/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep.c: follows a child from system call to system call with ptrace(2).
 */
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sweep.h"

/* This many in a row. */
#define RUNS_TO_THE_END 5

static void G_GNUC_NORETURN
run_child(SweepWork work, gpointer data)
{
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    raise(SIGSTOP);
    work(data);
    _exit(0);
}

static int
wait_for(pid_t child)
{
    int status = 0;

    g_assert_cmpint(TEMP_FAILURE_RETRY(waitpid(child, &status, 0)), ==, child);
    return status;
}

/* Lets @child go on to where it enters or leaves a system call; FALSE when it ended
 * instead. */
static gboolean
step(pid_t child)
{
    int status;

    g_assert_cmpint(ptrace(PTRACE_SYSCALL, child, NULL, NULL), ==, 0);
    status = wait_for(child);
    if (WIFSTOPPED(status))
        return TRUE;
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return FALSE;
}

gboolean
sweep_kill_at(guint n, SweepWork work, gpointer data)
{
    pid_t child = fork();

    g_assert_cmpint(child, >=, 0);
    if (child == 0)
        run_child(work, data);
    g_assert_true(WIFSTOPPED(wait_for(child)));
    /* Each call stops it twice, on its way in and out. */
    for (guint i = 1; i < 2 * n; i++) {
        if (!step(child))
            return FALSE;
    }
    kill(child, SIGKILL);
    g_assert_true(WIFSIGNALED(wait_for(child)));
    return TRUE;
}

/* What the one who comes after a kill has to say is no fault. */
static void
be_silent(const char *domain G_GNUC_UNUSED,
          GLogLevelFlags level G_GNUC_UNUSED,
          const char *text G_GNUC_UNUSED,
          gpointer data G_GNUC_UNUSED)
{
}

void
sweep_kill_everywhere(const Sweep *sweep, gpointer data)
{
    guint handler = g_log_set_handler("libvirt-ap", G_LOG_LEVEL_WARNING, be_silent, NULL);
    GLogLevelFlags fatal = g_log_set_always_fatal(G_LOG_FATAL_MASK);
    guint n_old = 0;
    guint n_new = 0;
    guint n_ended = 0;

    for (guint n = 1; n_ended < RUNS_TO_THE_END; n++) {
        gboolean killed, is_new;

        if (sweep->prepare)
            sweep->prepare(data);
        killed = sweep_kill_at(n, sweep->work, data);
        is_new = sweep->settle(data);
        n_ended = killed ? 0 : n_ended + 1;
        /* Without a kill there can be nothing but the new state. */
        g_assert_true(killed || is_new);
        n_old += killed && !is_new;
        n_new += killed && is_new;
    }
    g_log_set_always_fatal(fatal);
    g_log_remove_handler("libvirt-ap", handler);
    g_test_message("killed: old %u times, new %u times", n_old, n_new);
    g_assert_cmpuint(n_old, >, 10);
    g_assert_cmpuint(n_new, >, 0);
}
