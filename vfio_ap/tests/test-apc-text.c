// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers as the kernel reads them, and printing into windows.
 */
#include <glib.h>

#include "apc_text.h"

static void ulong_like_kstrtoul(void)
{
	static const struct {
		const char *text;
		int rc;
		u64 value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "5", 0, 5 },
		{ "5\n", 0, 5 },
		{ "+5", 0, 5 },
		{ "0x5", 0, 5 },
		{ "0Xab\n", 0, 0xab },
		{ "+0xFf", 0, 0xff },
		{ "017", 0, 15 },
		{ "00", 0, 0 },
		{ "18446744073709551615", 0, 18446744073709551615ULL },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "0xffffffffffffffff", 0, 18446744073709551615ULL },
		{ "0x10000000000000000", -ERANGE, 0 },
		{ "99999999999999999999x", -ERANGE, 0 },
		{ "01777777777777777777777", 0, 18446744073709551615ULL },
		{ "02000000000000000000000", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "\n", -EINVAL, 0 },
		{ "+", -EINVAL, 0 },
		{ "-5", -EINVAL, 0 },
		{ "++5", -EINVAL, 0 },
		{ "+-5", -EINVAL, 0 },
		{ " 5", -EINVAL, 0 },
		{ "5 ", -EINVAL, 0 },
		{ "5\n\n", -EINVAL, 0 },
		{ "08", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "0xg", -EINVAL, 0 },
		{ "x5", -EINVAL, 0 },
		{ "5,6", -EINVAL, 0 },
		{ "1e2", -EINVAL, 0 },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		u64 value = 0;

		g_test_message("case %s", cases[i].text);
		g_assert_cmpint(
			apc_parse_ulong(cases[i].text, strlen(cases[i].text), &value), ==,
			cases[i].rc);
		g_assert_cmpuint(value, ==, cases[i].value);
	}
}

static void text_ends_at_nul_or_length(void)
{
	u64 value;

	g_assert_cmpint(apc_parse_ulong("5\0zz", 4, &value), ==, 0);
	g_assert_cmpuint(value, ==, 5);
	g_assert_cmpint(apc_parse_ulong("567", 2, &value), ==, 0);
	g_assert_cmpuint(value, ==, 56);
	g_assert_cmpint(apc_parse_ulong("0x5", 2, &value), ==, -EINVAL);
	g_assert_cmpint(apc_parse_ulong("0", 1, &value), ==, 0);
}

static void int_like_sscanf(void)
{
	static const struct {
		const char *text;
		bool any_base;
		int rc;
		int value;
	} cases[] = {
		{ "5", false, 0, 5 },	       { "5 and more", false, 0, 5 },
		{ " \t\n7", false, 0, 7 },     { "-3", false, 0, -3 },
		{ "010", false, 0, 10 },       { "010", true, 0, 8 },
		{ "0x47\n", true, 0, 0x47 },   { "0x47", false, 0, 0 },
		{ "0x", true, 0, 0 },	       { "4294967301", false, 0, 5 },
		{ "-4294967292", true, 0, 4 }, { "+4", false, -EINVAL, 0 },
		{ "- 4", false, -EINVAL, 0 },  { "", false, -EINVAL, 0 },
		{ "x", true, -EINVAL, 0 },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(cases); i++) {
		int value = 0;

		g_test_message("case %s", cases[i].text);
		g_assert_cmpint(apc_parse_int(cases[i].text, strlen(cases[i].text),
					      cases[i].any_base, &value),
				==, cases[i].rc);
		g_assert_cmpint(value, ==, cases[i].value);
	}
}

static void bool_like_kstrtobool(void)
{
	static const char *const on[] = {
		"1", "y", "Yes", "true", "T", "on", "oN\n", "1x"
	};
	static const char *const off[] = {
		"0", "n", "No", "false", "F", "off", "of", "Of"
	};
	static const char *const bad[] = { "", "o", "ox", "2", " 1", "-", "a" };
	unsigned int i;
	bool value;

	for (i = 0; i < G_N_ELEMENTS(on); i++) {
		g_assert_cmpint(apc_parse_bool(on[i], strlen(on[i]), &value), ==, 0);
		g_assert_true(value);
	}
	for (i = 0; i < G_N_ELEMENTS(off); i++) {
		g_assert_cmpint(apc_parse_bool(off[i], strlen(off[i]), &value), ==, 0);
		g_assert_false(value);
	}
	for (i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_cmpint(apc_parse_bool(bad[i], strlen(bad[i]), &value), ==,
				-EINVAL);
}

static void equal_but_for_one_newline(void)
{
	g_assert_true(apc_text_equal("name", 4, "name"));
	g_assert_true(apc_text_equal("name\n", 5, "name"));
	g_assert_true(apc_text_equal("name\0x", 6, "name"));
	g_assert_false(apc_text_equal("name\n\n", 6, "name"));
	g_assert_false(apc_text_equal("nam", 3, "name"));
	g_assert_false(apc_text_equal("names", 5, "name"));
	g_assert_false(apc_text_equal("", 0, "name"));
	g_assert_true(apc_text_equal("", 0, ""));
}

static void print_all(struct apc_out *out)
{
	apc_out_text(out, "[");
	apc_out_hex(out, 0xab, 4);
	apc_out_char(out, ' ');
	apc_out_hex_upper(out, 0xabcd, 2);
	apc_out_char(out, ' ');
	apc_out_hex(out, 0, 1);
	apc_out_char(out, ' ');
	apc_out_dec(out, 0);
	apc_out_char(out, ' ');
	apc_out_dec(out, 18446744073709551615ULL);
	apc_out_char(out, ' ');
	apc_out_queue(out, 5, 0xff);
	apc_out_dec_line(out, 9);
	apc_out_text(out, "]");
}

static const char *const printed = "[00ab ABCD 0 0 18446744073709551615 05.00ff9\n]";

static void out_prints_every_kind(void)
{
	struct apc_out out;
	char buf[64];

	apc_out_init(&out, 0, buf, sizeof(buf));
	print_all(&out);
	g_assert_cmpmem(buf, apc_out_written(&out), printed, strlen(printed));
	g_assert_cmpuint(out.pos, ==, strlen(printed));
}

/* Every window on the text holds what it should, and nothing is written beside it. */
static void out_window_holds_its_part(void)
{
	size_t len = strlen(printed), skip, size;
	struct apc_out out;
	char buf[64];

	for (skip = 0; skip <= len + 2; skip++)
		for (size = 0; size <= len + 2; size++) {
			size_t part = skip < len ? MIN(size, len - skip) : 0;

			memset(buf, '#', sizeof(buf));
			apc_out_init(&out, skip, buf, size);
			print_all(&out);
			g_assert_cmpmem(buf, apc_out_written(&out),
					part ? printed + skip : "", part);
			g_assert_true(buf[part] == '#');
		}
}

static void out_pass_only_before_window(void)
{
	struct apc_out out;
	char buf[4];

	apc_out_init(&out, 10, buf, sizeof(buf));
	g_assert_false(apc_out_pass(&out, 11));
	g_assert_true(apc_out_pass(&out, 10));
	g_assert_false(apc_out_pass(&out, 1));
	g_assert_false(apc_out_full(&out));
	apc_out_text(&out, "abcd");
	g_assert_true(apc_out_full(&out));
	g_assert_cmpmem(buf, 4, "abcd", 4);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/ulong_like_kstrtoul", ulong_like_kstrtoul);
	g_test_add_func("/text/input_ends_at_nul_or_length", text_ends_at_nul_or_length);
	g_test_add_func("/text/int_like_sscanf", int_like_sscanf);
	g_test_add_func("/text/bool_like_kstrtobool", bool_like_kstrtobool);
	g_test_add_func("/text/equal_but_for_one_newline", equal_but_for_one_newline);
	g_test_add_func("/text/out_prints_every_kind", out_prints_every_kind);
	g_test_add_func("/text/out_window_holds_its_part", out_window_holds_its_part);
	g_test_add_func("/text/out_pass_only_before_window", out_pass_only_before_window);
	return g_test_run();
}
