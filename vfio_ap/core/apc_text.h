/* SPDX-License-Identifier: GPL-2.0 OR LGPL-2.1-or-later */
/*
 * Text in and out of sysfs files without allocation: a bounded window to print
 * into, and the kernel's number parsers with exactly the kernel's acceptance.
 */
#ifndef APC_TEXT_H
#define APC_TEXT_H

#include "apc_types.h"

/*
 * What a sysfs file gives in one page.  Longer texts are read in windows, see
 * struct apc_out.
 */
#define APC_PAGE_SIZE 4096

/**
 * struct apc_out - a window on a text that is being printed
 * @buf: the caller's memory; not terminated with NUL
 * @size: bytes at @buf; never more are written
 * @skip: first byte of the text that is wanted (the file offset of a read)
 * @pos: length of the text printed so far, wanted or not
 */
struct apc_out {
	char *buf;
	size_t size;
	size_t skip;
	size_t pos;
};

void apc_out_init(struct apc_out *out, size_t skip, char *buf, size_t size);
/* Number of bytes that were written to the caller's memory. */
size_t apc_out_written(const struct apc_out *out);
/* Whether what is printed from now on lies behind the window. */
bool apc_out_full(const struct apc_out *out);
/* Passes over @len characters if all of them lie before the window. */
bool apc_out_pass(struct apc_out *out, size_t len);
void apc_out_char(struct apc_out *out, char c);
void apc_out_text(struct apc_out *out, const char *text);
/* Lower case (or upper case) hex with at least @width digits. */
void apc_out_hex(struct apc_out *out, u64 value, unsigned int width);
void apc_out_hex_upper(struct apc_out *out, u64 value, unsigned int width);
void apc_out_dec(struct apc_out *out, u64 value);
/* A queue as 05.0004. */
void apc_out_queue(struct apc_out *out, unsigned int apid, unsigned int apqi);
/* A value and a newline, as most attributes are printed. */
void apc_out_dec_line(struct apc_out *out, u64 value);

/**
 * struct apc_in - a text that is being parsed
 * @pos: next character
 * @end: behind the last character; a NUL ends the text earlier, as it does for
 *       the kernel's parsers
 */
struct apc_in {
	const char *pos;
	const char *end;
};

void apc_in_init(struct apc_in *in, const char *text, size_t len);
/* The next character, or NUL at the end. */
char apc_in_peek(const struct apc_in *in);
/*
 * An unsigned number with the base told by its prefix (0x, 0, none).  Returns
 * the number of digits consumed, 0 when there is none.  A value over 64 bits
 * wraps around and sets @overflow, which may be NULL.
 */
unsigned int apc_in_number(struct apc_in *in, u64 *value, bool *overflow);

/**
 * apc_parse_ulong() - a whole file as one number, as kstrtoul(buf, 0, …)
 * @text: what was written: an optional "+", 0x hex, 0 octal or decimal digits,
 *        at most one newline behind
 * @len: its length
 * @value: the result, set on success only
 *
 * Return: 0, -EINVAL (not a number), -ERANGE (over 64 bits)
 */
int apc_parse_ulong(const char *text, size_t len, u64 *value);

/**
 * apc_parse_int() - the first number in a file, as sscanf(buf, "%d") and "%i"
 * @text: what was written: white space, an optional "-", digits; the rest is
 *        ignored
 * @len: its length
 * @any_base: whether a prefix tells the base ("%i")
 * @value: the result, set on success only
 *
 * Return: 0 or -EINVAL
 */
int apc_parse_int(const char *text, size_t len, bool any_base, int *value);

/* The same for an unsigned decimal number, as sscanf(buf, "%llu"). */
int apc_parse_leading_u64(const char *text, size_t len, u64 *value);

/* As kstrtobool(): y t 1 on n f 0 off; only the first letters count. */
int apc_parse_bool(const char *text, size_t len, bool *value);
/* Equal to @name but for one newline at the end, as sysfs_streq(). */
bool apc_text_equal(const char *text, size_t len, const char *name);

#endif
