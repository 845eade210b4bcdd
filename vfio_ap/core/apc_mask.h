/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * A set of up to 256 adapters or domains, in the order of the AP architecture:
 * id 0 is the leftmost bit.  With it the text formats of the kernel's sysfs
 * files.
 */
#ifndef APC_MASK_H
#define APC_MASK_H

#include "apc_types.h"

#define APC_MASK_WORDS 4

/**
 * struct apc_mask - a set of ids 0..255
 * @word: ids 64 * i to 64 * i + 63 in word i, the lowest one in its most
 *        significant bit; on s390x this is the layout of the kernel's AP masks
 */
struct apc_mask {
	u64 word[APC_MASK_WORDS];
};

/* Characters of a printed mask: 0x and 64 digits, no newline, no NUL. */
#define APC_MASK_CHARS 66

/* Every function that takes an @id needs it to be below APC_IDS. */

static inline u64 apc_mask_bit(unsigned int id)
{
	return 1ULL << (63 - id % 64);
}

static inline bool apc_mask_test(const struct apc_mask *mask, unsigned int id)
{
	return mask->word[id / 64] & apc_mask_bit(id);
}

static inline void apc_mask_set(struct apc_mask *mask, unsigned int id)
{
	mask->word[id / 64] |= apc_mask_bit(id);
}

static inline void apc_mask_clear(struct apc_mask *mask, unsigned int id)
{
	mask->word[id / 64] &= ~apc_mask_bit(id);
}

static inline void apc_mask_assign(struct apc_mask *mask, unsigned int id, bool on)
{
	if (on)
		apc_mask_set(mask, id);
	else
		apc_mask_clear(mask, id);
}

static inline void apc_mask_zero(struct apc_mask *mask)
{
	memset(mask, 0, sizeof(*mask));
}

static inline void apc_mask_fill(struct apc_mask *mask)
{
	memset(mask, 0xff, sizeof(*mask));
}

static inline bool apc_mask_empty(const struct apc_mask *mask)
{
	return !(mask->word[0] | mask->word[1] | mask->word[2] | mask->word[3]);
}

static inline bool apc_mask_equal(const struct apc_mask *a, const struct apc_mask *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* dst = a & b, dst = a | b, dst = a & ~b; @dst may be @a or @b. */
void apc_mask_and(struct apc_mask *dst, const struct apc_mask *a,
		  const struct apc_mask *b);
void apc_mask_or(struct apc_mask *dst, const struct apc_mask *a,
		 const struct apc_mask *b);
void apc_mask_andnot(struct apc_mask *dst, const struct apc_mask *a,
		     const struct apc_mask *b);
bool apc_mask_intersects(const struct apc_mask *a, const struct apc_mask *b);
/* Whether every id of @a is in @b. */
bool apc_mask_subset(const struct apc_mask *a, const struct apc_mask *b);
/* Number of ids in @mask. */
unsigned int apc_mask_weight(const struct apc_mask *mask);
/* The first id in @mask that is @from or above; APC_IDS when there is none. */
unsigned int apc_mask_next(const struct apc_mask *mask, unsigned int from);
/* The id with @n smaller ones in @mask; APC_IDS when there are not so many. */
unsigned int apc_mask_nth(const struct apc_mask *mask, unsigned int n);
/* Keeps the ids 0..@max only. */
void apc_mask_limit(struct apc_mask *mask, unsigned int max);

/* State of a walk over a mask; what is walked over may change meanwhile. */
struct apc_mask_walk {
	const struct apc_mask *mask;
	unsigned int next;
};

/* Returns whether there is another id, and stores it, else APC_IDS, in @id. */
static inline bool apc_mask_step(struct apc_mask_walk *walk, unsigned int *id)
{
	*id = apc_mask_next(walk->mask, walk->next);
	walk->next = *id + 1;
	return *id < APC_IDS;
}

/* For each id in a mask, ascending; @id, a variable, is APC_IDS at the end. */
#define apc_mask_for_each(id, mask)                                                      \
	for (struct apc_mask_walk walk_##id = { (mask), 0 };                             \
	     apc_mask_step(&walk_##id, &(id));)

/**
 * apc_mask_parse_hex() - a mask as the kernel reads it, right padded with zeros
 * @mask: the result, set on success only
 * @text: "0x" or "x" or neither, up to 64 digits, at most one newline; no digit
 *        at all is the empty mask
 * @len: its length
 *
 * Return: 0 or -EINVAL
 */
int apc_mask_parse_hex(struct apc_mask *mask, const char *text, size_t len);

/**
 * apc_mask_modify() - changes a mask by "+0-15,-32,+0x40"
 * @mask: the mask, changed on success only
 * @text: terms of a sign, an id or a range of ids, each decimal, hex or octal;
 *        commas and newlines between and behind them; the last term that
 *        touches an id wins
 * @len: its length
 *
 * Return: 0 or -EINVAL
 */
int apc_mask_modify(struct apc_mask *mask, const char *text, size_t len);

/**
 * apc_mask_parse() - what may be written to apmask and aqmask
 * @mask: the present mask, replaced or modified on success only
 * @text: a modification when it begins with "+" or "-", else a hex mask
 * @len: its length
 *
 * Return: 0 or -EINVAL
 */
int apc_mask_parse(struct apc_mask *mask, const char *text, size_t len);

/**
 * apc_mask_parse_config() - what may be written to ap_config
 * @masks: adapters, usage domains, control domains; set on success only
 * @text: three hex masks separated by a comma or newline each, and at most one
 *        newline behind them
 * @len: its length
 *
 * The kernel ignores data behind the third mask and cuts long input; here both
 * are refused.
 *
 * Return: 0 or -EINVAL
 */
int apc_mask_parse_config(struct apc_mask masks[3], const char *text, size_t len);

/**
 * apc_mask_print() - "0x" and 64 lower case digits
 * @mask: the mask
 * @buf: gets the text, cut to @size, and a NUL if there is room for it
 * @size: bytes at @buf
 *
 * Return: APC_MASK_CHARS
 */
size_t apc_mask_print(const struct apc_mask *mask, char *buf, size_t size);

#endif
