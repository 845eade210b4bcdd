/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-process.c: names and beginnings of processes.
 */
#include <string.h>

#include "ap-paths.h"
#include "ap-process.h"
#include "ap-sysfs.h"
#include "ap-text.h"

char *
ap_process_read_name(int root, const char *pid)
{
    g_autofree char *path = g_strconcat(AP_PATH_PROC "/", pid, "/comm", NULL);
    gboolean present = FALSE;
    char name[64];

    if (!ap_sysfs_read(root, path, name, sizeof(name), &present, NULL) || !present)
        return NULL;
    return ap_text_make_printable(name);
}

/* In proc's file "stat" the name stands in parentheses, and may have some itself; the
 * second word behind it is the parent, the 20th is the start. */
#define PARENT_WORD 2
#define START_WORD  20

/* The number that is the @n-th word behind the name of the process @pid. */
static gboolean
read_stat(int root, const char *pid, guint n, guint64 *number)
{
    g_autofree char *path = g_strconcat(AP_PATH_PROC "/", pid, "/stat", NULL);
    gboolean present = FALSE;
    char stat[1024];
    const char *word;

    if (!ap_sysfs_read(root, path, stat, sizeof(stat), &present, NULL) || !present)
        return FALSE;
    word = strrchr(stat, ')');
    for (guint i = 0; word && i < n; i++)
        word = strchr(word + 1, ' ');
    *number = word ? g_ascii_strtoull(word + 1, NULL, 10) : 0;
    return word != NULL;
}

gboolean
ap_process_read_start(int root, pid_t pid, guint64 *started)
{
    g_autofree char *text = g_strdup_printf("%d", (int)pid);

    return read_stat(root, text, START_WORD, started);
}

pid_t
ap_process_read_parent(int root, const char *pid)
{
    guint64 parent;

    return read_stat(root, pid, PARENT_WORD, &parent) ? (pid_t)parent : 0;
}
