// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * Sets of adapters and domains, and their text formats with exactly the kernel's
 * acceptance.  The one place where less is accepted is apc_mask_parse_config().
 */
#include "apc_mask.h"
#include "apc_text.h"

void apc_mask_and(struct apc_mask *dst, const struct apc_mask *a,
		  const struct apc_mask *b)
{
	unsigned int i;

	for (i = 0; i < APC_MASK_WORDS; i++)
		dst->word[i] = a->word[i] & b->word[i];
}

void apc_mask_or(struct apc_mask *dst, const struct apc_mask *a, const struct apc_mask *b)
{
	unsigned int i;

	for (i = 0; i < APC_MASK_WORDS; i++)
		dst->word[i] = a->word[i] | b->word[i];
}

void apc_mask_andnot(struct apc_mask *dst, const struct apc_mask *a,
		     const struct apc_mask *b)
{
	unsigned int i;

	for (i = 0; i < APC_MASK_WORDS; i++)
		dst->word[i] = a->word[i] & ~b->word[i];
}

bool apc_mask_intersects(const struct apc_mask *a, const struct apc_mask *b)
{
	struct apc_mask common;

	apc_mask_and(&common, a, b);
	return !apc_mask_empty(&common);
}

bool apc_mask_subset(const struct apc_mask *a, const struct apc_mask *b)
{
	struct apc_mask rest;

	apc_mask_andnot(&rest, a, b);
	return apc_mask_empty(&rest);
}

unsigned int apc_mask_weight(const struct apc_mask *mask)
{
	unsigned int weight = 0;
	unsigned int i;
	u64 word;

	for (i = 0; i < APC_MASK_WORDS; i++)
		for (word = mask->word[i]; word; word &= word - 1)
			weight++;
	return weight;
}

unsigned int apc_mask_next(const struct apc_mask *mask, unsigned int from)
{
	unsigned int i = from / 64;
	u64 word;

	if (from >= APC_IDS)
		return APC_IDS;
	word = mask->word[i] & (~0ULL >> (from % 64));
	while (!word) {
		if (++i == APC_MASK_WORDS)
			return APC_IDS;
		word = mask->word[i];
	}
	return 64 * i + __builtin_clzll(word);
}

unsigned int apc_mask_nth(const struct apc_mask *mask, unsigned int n)
{
	unsigned int id;

	apc_mask_for_each(id, mask)
		if (!n--)
			break;
	return id;
}

void apc_mask_limit(struct apc_mask *mask, unsigned int max)
{
	unsigned int i;

	for (i = 0; i < APC_MASK_WORDS; i++)
		if (max < 64 * i)
			mask->word[i] = 0;
		else if (max < 64 * i + 63)
			mask->word[i] &= ~(~0ULL >> (max - 64 * i + 1));
}

static int apc_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads prefix and digits; whatever comes behind them is left to the caller. */
static void apc_mask_read_hex(struct apc_mask *mask, struct apc_in *in)
{
	unsigned int shift;
	unsigned int i;
	int digit;

	apc_mask_zero(mask);
	if (apc_in_peek(in) == '0' && in->pos + 1 < in->end && in->pos[1] == 'x')
		in->pos++;
	if (apc_in_peek(in) == 'x')
		in->pos++;
	for (i = 0; i < APC_IDS / 4; i++) {
		digit = apc_hex_digit(apc_in_peek(in));
		if (digit < 0)
			break;
		shift = 60 - 4 * (i % 16);
		mask->word[i / 16] |= (u64)digit << shift;
		in->pos++;
	}
}

static int apc_mask_end(struct apc_in *in)
{
	if (apc_in_peek(in) == '\n')
		in->pos++;
	return apc_in_peek(in) ? -EINVAL : 0;
}

int apc_mask_parse_hex(struct apc_mask *mask, const char *text, size_t len)
{
	struct apc_mask result;
	struct apc_in in;

	apc_in_init(&in, text, len);
	apc_mask_read_hex(&result, &in);
	if (apc_mask_end(&in))
		return -EINVAL;
	*mask = result;
	return 0;
}

static int apc_read_range(struct apc_in *in, u64 *first, u64 *last)
{
	if (!apc_in_number(in, first, NULL) || *first >= APC_IDS)
		return -EINVAL;
	*last = *first;
	if (apc_in_peek(in) != '-')
		return 0;
	in->pos++;
	if (!apc_in_number(in, last, NULL) || *first > *last || *last >= APC_IDS)
		return -EINVAL;
	return 0;
}

static int apc_mask_apply_term(struct apc_mask *mask, struct apc_in *in)
{
	char sign = apc_in_peek(in);
	u64 first, last;

	if (sign != '+' && sign != '-')
		return -EINVAL;
	in->pos++;
	if (apc_read_range(in, &first, &last))
		return -EINVAL;
	for (; first <= last; first++)
		apc_mask_assign(mask, first, sign == '+');
	while (apc_in_peek(in) == ',' || apc_in_peek(in) == '\n')
		in->pos++;
	return 0;
}

int apc_mask_modify(struct apc_mask *mask, const char *text, size_t len)
{
	struct apc_mask result = *mask;
	struct apc_in in;

	apc_in_init(&in, text, len);
	while (apc_in_peek(&in))
		if (apc_mask_apply_term(&result, &in))
			return -EINVAL;
	*mask = result;
	return 0;
}

int apc_mask_parse(struct apc_mask *mask, const char *text, size_t len)
{
	if (len && (*text == '+' || *text == '-'))
		return apc_mask_modify(mask, text, len);
	return apc_mask_parse_hex(mask, text, len);
}

static int apc_mask_separator(struct apc_in *in)
{
	char c = apc_in_peek(in);

	if (c != ',' && c != '\n')
		return -EINVAL;
	in->pos++;
	return 0;
}

int apc_mask_parse_config(struct apc_mask masks[3], const char *text, size_t len)
{
	struct apc_mask result[3];
	struct apc_in in;
	unsigned int i;

	apc_in_init(&in, text, len);
	for (i = 0; i < 3; i++) {
		if (i && apc_mask_separator(&in))
			return -EINVAL;
		apc_mask_read_hex(&result[i], &in);
	}
	if (apc_mask_end(&in))
		return -EINVAL;
	memcpy(masks, result, sizeof(result));
	return 0;
}

size_t apc_mask_print(const struct apc_mask *mask, char *buf, size_t size)
{
	struct apc_out out;
	unsigned int i;

	apc_out_init(&out, 0, buf, size);
	apc_out_text(&out, "0x");
	for (i = 0; i < APC_MASK_WORDS; i++)
		apc_out_hex(&out, mask->word[i], 16);
	if (size > out.pos)
		buf[out.pos] = '\0';
	return out.pos;
}
