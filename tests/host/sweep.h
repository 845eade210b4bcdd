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
