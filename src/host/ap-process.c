/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-process.c: names of processes.
 */
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
