/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copies a directory tree with owners and modes.
 */
#ifndef APS_COPY_H
#define APS_COPY_H

#include <glib.h>
#include <stdbool.h>

/**
 * struct aps_copy - what to copy
 * @depth: how many levels of directories
 * @max_file: files up to this size are copied; 0 for directories only
 * @budget: bytes that may be copied in all; counts down
 */
struct aps_copy {
	int depth;
	gsize max_file;
	gsize budget;
};

/**
 * aps_copy_tree() - copies what is in a directory
 * @from: descriptor of it; read from, not closed
 * @to: descriptor of an existing directory, which also gets owner and mode
 * @copy: what to copy
 * @error: why not
 */
bool aps_copy_tree(int from, int to, struct aps_copy *copy, GError **error);

#endif
