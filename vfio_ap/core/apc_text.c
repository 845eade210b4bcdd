// SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later
/*
 * Printing into a window of a text, and numbers as the kernel parses them.
 * Neither printf nor strtoul is used: they differ between kernel and user space
 * in just those corners that a client can see.
 */
#include "apc_text.h"

void apc_out_init(struct apc_out *out, size_t skip, char *buf, size_t size)
{
	out->buf = buf;
	out->size = size;
	out->skip = skip;
	out->pos = 0;
}

size_t apc_out_written(const struct apc_out *out)
{
	size_t wanted = out->pos > out->skip ? out->pos - out->skip : 0;

	return wanted < out->size ? wanted : out->size;
}

bool apc_out_full(const struct apc_out *out)
{
	return out->pos >= out->skip && out->pos - out->skip >= out->size;
}

bool apc_out_pass(struct apc_out *out, size_t len)
{
	if (out->pos > out->skip || out->skip - out->pos < len)
		return false;
	out->pos += len;
	return true;
}

void apc_out_char(struct apc_out *out, char c)
{
	if (out->pos >= out->skip && out->pos - out->skip < out->size)
		out->buf[out->pos - out->skip] = c;
	out->pos++;
}

void apc_out_text(struct apc_out *out, const char *text)
{
	while (*text)
		apc_out_char(out, *text++);
}

static void apc_out_digits(struct apc_out *out, u64 value, unsigned int width,
			   const char *digits)
{
	unsigned int n = 1;

	while (n < 16 && value >> (4 * n))
		n++;
	if (n < width)
		n = width;
	while (n--)
		apc_out_char(out, digits[n < 16 ? value >> (4 * n) & 0xf : 0]);
}

void apc_out_hex(struct apc_out *out, u64 value, unsigned int width)
{
	apc_out_digits(out, value, width, "0123456789abcdef");
}

void apc_out_hex_upper(struct apc_out *out, u64 value, unsigned int width)
{
	apc_out_digits(out, value, width, "0123456789ABCDEF");
}

void apc_out_dec(struct apc_out *out, u64 value)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = '0' + value % 10;
		value /= 10;
	} while (value);
	while (n--)
		apc_out_char(out, digits[n]);
}

void apc_out_dec_line(struct apc_out *out, u64 value)
{
	apc_out_dec(out, value);
	apc_out_char(out, '\n');
}

void apc_out_queue(struct apc_out *out, unsigned int apid, unsigned int apqi)
{
	apc_out_hex(out, apid, 2);
	apc_out_char(out, '.');
	apc_out_hex(out, apqi, 4);
}

void apc_in_init(struct apc_in *in, const char *text, size_t len)
{
	in->pos = text;
	in->end = text + len;
}

static char apc_in_ahead(const struct apc_in *in, size_t n)
{
	size_t i;

	for (i = 0; i <= n; i++)
		if (in->pos + i == in->end || !in->pos[i])
			return '\0';
	return in->pos[n];
}

char apc_in_peek(const struct apc_in *in)
{
	return apc_in_ahead(in, 0);
}

static int apc_digit(char c, unsigned int base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value < (int)base ? value : -1;
}

/* 0x counts as a prefix only with a hex digit behind it; "0x" alone is octal 0. */
static unsigned int apc_in_base(struct apc_in *in)
{
	char second = apc_in_ahead(in, 1);

	if (apc_in_peek(in) != '0')
		return 10;
	if ((second == 'x' || second == 'X') && apc_digit(apc_in_ahead(in, 2), 16) >= 0) {
		in->pos += 2;
		return 16;
	}
	return 8;
}

static unsigned int apc_in_digits(struct apc_in *in, unsigned int base, u64 *value,
				  bool *overflow)
{
	unsigned int n = 0;
	int digit;

	*value = 0;
	while ((digit = apc_digit(apc_in_peek(in), base)) >= 0) {
		if (overflow && *value > (~0ULL - digit) / base)
			*overflow = true;
		*value = *value * base + digit;
		in->pos++;
		n++;
	}
	return n;
}

unsigned int apc_in_number(struct apc_in *in, u64 *value, bool *overflow)
{
	return apc_in_digits(in, apc_in_base(in), value, overflow);
}

static bool apc_in_at_end(const struct apc_in *in)
{
	char c = apc_in_peek(in);

	return !c || (c == '\n' && !apc_in_ahead(in, 1));
}

int apc_parse_ulong(const char *text, size_t len, u64 *value)
{
	struct apc_in in;
	bool overflow = false;
	u64 number;

	apc_in_init(&in, text, len);
	if (apc_in_peek(&in) == '+')
		in.pos++;
	if (!apc_in_number(&in, &number, &overflow))
		return -EINVAL;
	/* The kernel complains about the size before it looks at the rest. */
	if (overflow)
		return -ERANGE;
	if (!apc_in_at_end(&in))
		return -EINVAL;
	*value = number;
	return 0;
}

static bool apc_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (unsigned char)c == 0xa0;
}

int apc_parse_int(const char *text, size_t len, bool any_base, int *value)
{
	struct apc_in in;
	bool negative;
	u64 number;

	apc_in_init(&in, text, len);
	while (apc_is_space(apc_in_peek(&in)))
		in.pos++;
	negative = apc_in_peek(&in) == '-';
	if (negative)
		in.pos++;
	if (!apc_in_digits(&in, any_base ? apc_in_base(&in) : 10, &number, NULL))
		return -EINVAL;
	/* As in the kernel only the low 32 bits reach the variable. */
	*value = (int)(u32)(negative ? -number : number);
	return 0;
}

int apc_parse_leading_u64(const char *text, size_t len, u64 *value)
{
	struct apc_in in;
	u64 number;

	apc_in_init(&in, text, len);
	while (apc_is_space(apc_in_peek(&in)))
		in.pos++;
	if (!apc_in_digits(&in, 10, &number, NULL))
		return -EINVAL;
	*value = number;
	return 0;
}

static int apc_parse_on_off(char c, bool *value)
{
	if (c != 'n' && c != 'N' && c != 'f' && c != 'F')
		return -EINVAL;
	*value = c == 'n' || c == 'N';
	return 0;
}

int apc_parse_bool(const char *text, size_t len, bool *value)
{
	struct apc_in in;

	apc_in_init(&in, text, len);
	switch (apc_in_peek(&in)) {
	case 'y':
	case 'Y':
	case 't':
	case 'T':
	case '1':
		*value = true;
		return 0;
	case 'n':
	case 'N':
	case 'f':
	case 'F':
	case '0':
		*value = false;
		return 0;
	case 'o':
	case 'O':
		return apc_parse_on_off(apc_in_ahead(&in, 1), value);
	default:
		return -EINVAL;
	}
}

bool apc_text_equal(const char *text, size_t len, const char *name)
{
	struct apc_in in;

	apc_in_init(&in, text, len);
	while (*name && apc_in_peek(&in) == *name) {
		in.pos++;
		name++;
	}
	return !*name && apc_in_at_end(&in);
}
