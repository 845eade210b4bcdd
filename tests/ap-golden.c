/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-golden.c: golden files beneath tests/data, shared by the unit tests.
 */
#include "ap-golden.h"

char *
ap_test_data_path(const char *name)
{
    return g_test_build_filename(G_TEST_DIST, "data", name, NULL);
}

char *
ap_test_data_read(const char *name)
{
    g_autofree char *path = ap_test_data_path(name);
    g_autoptr(GError) error = NULL;
    char *contents = NULL;

    g_file_get_contents(path, &contents, NULL, &error);
    g_assert_no_error(error);
    return contents;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(char *const *)a, *(char *const *)b);
}

GPtrArray *
ap_test_data_list(const char *directory, const char *suffix)
{
    g_autofree char *path = ap_test_data_path(directory);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    g_assert_no_error(error);
    while ((name = g_dir_read_name(dir)))
        if (g_str_has_suffix(name, suffix))
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    g_assert_cmpuint(names->len, >, 0);
    return names;
}

void
ap_test_assert_golden(const char *name, const char *actual)
{
    g_autofree char *expected = NULL;

    if (g_strcmp0(g_getenv("AP_TEST_REGENERATE"), "1") == 0) {
        g_autofree char *path = ap_test_data_path(name);
        g_autoptr(GError) error = NULL;

        g_file_set_contents(path, actual, -1, &error);
        g_assert_no_error(error);
        return;
    }
    expected = ap_test_data_read(name);
    if (g_str_equal(expected, actual))
        return;
    g_test_message("%s: expected:\n%s\nactual:\n%s", name, expected, actual);
    g_test_fail();
}
