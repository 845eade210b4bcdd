/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test-ap-process.c: when a process began.
 */
#include "ap-process.h"
#include "ap-root.h"

static const struct {
    const char *name;
    const char *stat; /* NULL: there is no such process */
    gboolean found;
    guint64 started;
} cases[] = {
    { "/process/start_found",
      "42 (libvirtd) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 18 0 4711 99 1\n", TRUE,
      4711 },
    { "/process/start_behind_any_name",
      "42 (a) 1) (b 2) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 18 0 4711 99\n", TRUE,
      4711 },
    { "/process/start_cut_short", "42 (libvirtd) S 1 42\n", FALSE, 0 },
    { "/process/start_without_name", "42\n", FALSE, 0 },
    { "/process/start_of_nobody", NULL, FALSE, 0 },
};

static void
test_start(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(ApRoot) root = ap_root_new();
    guint64 started = 0;

    if (cases[i].stat)
        ap_root_write(root, "proc/42/stat", cases[i].stat);
    g_assert_cmpint(ap_process_read_start(root->fd, 42, &started), ==, cases[i].found);
    g_assert_cmpuint(started, ==, cases[i].started);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add_data_func(cases[i].name, GSIZE_TO_POINTER(i), test_start);
    return g_test_run();
}
