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
 * 20th word behind it is the start. */
#define START_WORD 20

gboolean
ap_process_read_start(int root, pid_t pid, guint64 *started)
{
    g_autofree char *path = g_strdup_printf(AP_PATH_PROC "/%d/stat", (int)pid);
    gboolean present = FALSE;
    char stat[1024];
    const char *word;

    if (!ap_sysfs_read(root, path, stat, sizeof(stat), &present, NULL) || !present)
        return FALSE;
    word = strrchr(stat, ')');
    for (guint i = 0; word && i < START_WORD; i++)
        word = strchr(word + 1, ' ');
    *started = word ? g_ascii_strtoull(word + 1, NULL, 10) : 0;
    return word != NULL;
}
