/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-others.c: whether this host has mediated devices, or definitions of
 * some, that are not AP matrices.
 */
#include <string.h>

#include "ap-host-priv.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

/* Each driver that offers mediated devices has its parents in this class. */
#define PATH_PARENTS "sys/class/mdev_bus"
/* One directory for each parent, and one for mdevctl's own use. */
#define MDEVCTL_SCRIPTS "scripts.d"

static void
visit_parent(const char *name, gpointer data)
{
    gboolean *found = data;

    if (strcmp(name, AP_MATRIX_PARENT_ADDR) != 0 && strcmp(name, MDEVCTL_SCRIPTS) != 0)
        *found = TRUE;
}

gboolean
ap_host_has_other_mdevs(ApHost *host)
{
    gboolean found = FALSE;

    /* What cannot be read may hold others. */
    return !ap_sysfs_scan(host->root, PATH_PARENTS, visit_parent, &found, NULL) ||
           !ap_sysfs_scan(host->root, AP_PATH_MDEVCTL, visit_parent, &found, NULL) ||
           found;
}
