/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Private to replay: reading the tree, and guests.
 */
#ifndef REPLAY_H
#define REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#define UUID_CHARS 36

/* What is wrong with the script or the machine ends the program. */
void
die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
/* @memory, or the end when there is none. */
void *
need(void *memory);
/* Whether this is the simulated machine. */
bool
is_simulated(void);
/* What is not a plain character as \n, \\ or \xHH; the caller frees it. */
char *
escaped(const char *text, size_t len);

/* Something in the tree, and what is told of it. */
typedef struct Entry {
    char *path;
    char *value;
} Entry;

/* Sorted by path. */
typedef struct Tree {
    Entry *entries;
    size_t count;
    size_t room;
} Tree;

/* @before is what there was at the last look. */
void
tree_read(Tree *tree, const Tree *before);
/* Prints what has come, changed and gone. */
void
tree_tell_differences(const Tree *old, const Tree *new);
void
tree_free(Tree *tree);

/* A guest takes a matrix on a real machine, as QEMU would make it. */
bool
guest_take(const char *uuid);
/* Whether one has it. */
bool
guest_has(const char *uuid);
void
guest_drop(const char *uuid);
/*
 * A command of vfio_ap/tests/uapi for that guest: c, g, d and v are its container,
 * group, device, and virtual machine.
 */
void
guest_do(const char *uuid, char *words, char *answer, size_t size);

#endif
