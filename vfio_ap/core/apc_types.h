/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * The few types and error numbers that the core needs, so that the same source
 * builds inside the kernel and in user space.
 */
#ifndef APC_TYPES_H
#define APC_TYPES_H

#ifdef __KERNEL__

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>

#else

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#endif

/* Adapters per machine, and domains per adapter: the architecture's limit. */
#define APC_IDS 256

#define APC_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
