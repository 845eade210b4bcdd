/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep.h: a program that is killed at a system call of one's choice, for tests that
 * try all of them.
 */
#pragma once

#include <glib.h>

typedef void (*SweepWork)(gpointer data);

/* Does @work in a process of its own, which is killed as it enters its @n-th system
 * call, from 1 on: that call is not made any more.  FALSE when the work was done
 * before.  What the work leaves behind is the caller's. */
gboolean
sweep_kill_at(guint n, SweepWork work, gpointer data);

/* What is tried at every system call; all of it gets the same data. */
typedef struct {
    /* Makes the old state; NULL where that is what @settle leaves. */
    void (*prepare)(gpointer data);
    SweepWork work;
    /* What a next start does; then whether there is the new state.  Anything else but
     * old and new is its to fail for. */
    gboolean (*settle)(gpointer data);
} Sweep;

/* Does the work killed at its first system call, at its second, and so on, until it has
 * come to its end several times in a row: not every run makes the same calls.  Fails
 * where no kill has left the old state, or none the new one.  Warnings are not shown. */
void
sweep_kill_everywhere(const Sweep *sweep, gpointer data);
