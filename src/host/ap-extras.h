/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-extras.h: what a definition has beside what mdevctl knows: whether it reserves its
 * queues, and a comment.  mdevctl drops what it does not know whenever it changes a
 * definition, so this is in files of our own.
 *
 * Definition and extras are two files, and change at once all the same: the new extras
 * are written down first, with a digest of the definition that they belong to, and count
 * when that definition is there.  Everything that writes needs the lock.
 */
#pragma once

#include <libvirt-ap/ap-device.h>
#include <libvirt-ap/ap-error.h>

/* Whether the extras of @a and @b, each may be NULL, are the same. */
gboolean
ap_extras_equal(const ApDevice *a, const ApDevice *b);

/* Copies the extras of @from to @device. */
void
ap_extras_copy(ApDevice *device, const ApDevice *from);

/* The word for @reserve, and what a word stands for; FALSE when it is none. */
const char *
ap_extras_print_reserve(ApReserve reserve);
gboolean
ap_extras_parse_reserve(const char *word, ApReserve *reserve);

/* Adds what is stored to the definition @device.  FALSE with the reason in @error when
 * there is a file that cannot be used: it counts as none. */
gboolean
ap_extras_read(int root, ApDevice *device, GError **error);

/* Writes down the extras of @device, whose definition is about to have @text.  Returns 0
 * or errno. */
int
ap_extras_prepare(int root, const ApDevice *device, const char *text);

/* The definition has been written: what was written down counts from now on. */
void
ap_extras_commit(int root);

/* Tells the text of the definition @uuid; NULL when there is none.  Caller frees. */
typedef char *(*ApExtrasDefinition)(const char *uuid, gpointer data);

/* The definition has not been written: what was written down does not count. */
void
ap_extras_drop(int root);

/* Settles what a program that was killed wrote down, and removes the extras of what is
 * defined no longer. */
void
ap_extras_clean_up(int root, ApExtrasDefinition definition, gpointer data);
/* Whether there is anything to be settled. */
gboolean
ap_extras_has_leftover(int root);

/* Removes the extras of @uuid. */
void
ap_extras_remove(int root, const char *uuid);
