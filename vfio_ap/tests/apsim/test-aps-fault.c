// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of failures on demand, and of the kernel log.
 */
#include <errno.h>

#include "aps_fault.h"
#include "aps_log.h"

static void test_nth_operation_fails_once(void)
{
	struct aps_faults *faults = aps_faults_new();

	g_assert_cmpint(aps_faults_add(faults, "write create 2 ENOMEM"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_WRITE, "create"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_WRITE, "remove"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_READ, "create"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_WRITE, "create"), ==,
			-ENOMEM);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_WRITE, "create"), ==, 0);
	aps_faults_free(faults);
}

static void test_star_counts_all_names(void)
{
	struct aps_faults *faults = aps_faults_new();

	g_assert_cmpint(aps_faults_add(faults, "read * 3 5"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_READ, "a"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_READ, "b"), ==, 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_READ, "c"), ==, -EIO);
	aps_faults_free(faults);
}

static void test_clear_and_text(void)
{
	struct aps_faults *faults = aps_faults_new();
	g_autofree char *text = NULL;
	g_autofree char *rest = NULL;

	g_assert_cmpint(aps_faults_add(faults, "open apmask EACCES"), ==, 0);
	g_assert_cmpint(aps_faults_add(faults, "write * 7 EIO"), ==, 0);
	text = aps_faults_text(faults);
	g_assert_cmpstr(text, ==, "open apmask 1 EACCES\nwrite * 7 EIO\n");
	g_assert_cmpint(aps_faults_add(faults, "clear"), ==, 0);
	rest = aps_faults_text(faults);
	g_assert_cmpstr(rest, ==, "");
	aps_faults_free(faults);
}

static void test_nonsense_is_refused(void)
{
	static const char *const wrong[] = {
		"",
		"write",
		"write x",
		"write x EFOO",
		"write x 0 EIO",
		"write x 1",
		"write x -1 EIO",
		"dance x 1 EIO",
		"write  EIO",
		"write x 1 EIO y",
		"write x 1 134",
	};
	struct aps_faults *faults = aps_faults_new();
	size_t i;

	/* "write x 1" is the error 1, EPERM, of the next one. */
	for (i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_cmpint(aps_faults_add(faults, wrong[i]), ==,
				strcmp(wrong[i], "write x 1") ? -EINVAL : 0);
	g_assert_cmpint(aps_faults_check(faults, APS_OPERATION_WRITE, "x"), ==, -EPERM);
	aps_faults_free(faults);
}

static void test_log_drops_its_oldest_lines(void)
{
	struct aps_log *log = aps_log_new();
	g_autofree char *text = NULL;
	gsize len;
	int i;

	for (i = 0; i < 50000; i++)
		aps_log_add(log, "line number %d of many", i);
	text = aps_log_text(log, &len);
	g_assert_cmpuint(len, ==, strlen(text));
	g_assert_cmpuint(len, <=, 1024 * 1024);
	g_assert_cmpuint(len, >, 512 * 1024);
	g_assert_cmpint(text[0], ==, '[');
	g_assert_true(g_str_has_suffix(text, "line number 49999 of many\n"));
	aps_log_free(log);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/fault/nth_fails_once", test_nth_operation_fails_once);
	g_test_add_func("/fault/star_counts_all", test_star_counts_all_names);
	g_test_add_func("/fault/cleared_and_listed", test_clear_and_text);
	g_test_add_func("/fault/nonsense_refused", test_nonsense_is_refused);
	g_test_add_func("/log/full_drops_oldest", test_log_drops_its_oldest_lines);
	return g_test_run();
}
