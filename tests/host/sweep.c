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
