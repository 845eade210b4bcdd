/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-openssl.c: looks into the libcrypto that a process has mapped.
 */
#include "ap-openssl.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ap-paths.h"

#define LIBRARY "/libcrypto.so."
#define NODE    "/dev/z90crypt"
/* Words of a line of proc's file "maps": addresses, rights, offset, device, inode. */
#define MAX_RANGE 40
#define MAX_WORD  20

ApOpensslSeen *
ap_openssl_seen_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

/* The file as it is mapped, whatever has become of its name. */
static gboolean
has_node(int root, const char *pid, const char *range)
{
    g_autofree char *path =
        g_strconcat(AP_PATH_PROC "/", pid, "/map_files/", range, NULL);
    int fd = TEMP_FAILURE_RETRY(openat(root, path, O_RDONLY | O_CLOEXEC));
    GMappedFile *file;
    gboolean found = FALSE;

    if (fd < 0)
        return FALSE;
    file = g_mapped_file_new_from_fd(fd, FALSE, NULL);
    close(fd);
    if (file) {
        gsize length = g_mapped_file_get_length(file);

        found = length > 0 &&
                memmem(g_mapped_file_get_contents(file), length, NODE, sizeof(NODE));
        g_mapped_file_unref(file);
    }
    return found;
}

/* Whether a line is about a library of OpenSSL that opens the node. */
static gboolean
opens_node(int root, const char *pid, const char *line, ApOpensslSeen *seen)
{
    g_autofree char *place = NULL;
    char range[MAX_RANGE], device[MAX_WORD], inode[MAX_WORD];
    gpointer known;

    if (!strstr(line, LIBRARY) ||
        sscanf(line, "%39s %*s %*s %19s %19s", range, device, inode) != 3)
        return FALSE;
    place = g_strdup_printf("%s %s", device, inode);
    if (!g_hash_table_lookup_extended(seen, place, NULL, &known)) {
        known = GINT_TO_POINTER(has_node(root, pid, range));
        g_hash_table_insert(seen, g_steal_pointer(&place), known);
    }
    return GPOINTER_TO_INT(known);
}

gboolean
ap_openssl_opens_node(int root, const char *pid, ApOpensslSeen *seen)
{
    g_autofree char *path = g_strconcat(AP_PATH_PROC "/", pid, "/maps", NULL);
    int fd = TEMP_FAILURE_RETRY(openat(root, path, O_RDONLY | O_CLOEXEC));
    FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
    gboolean found = FALSE;
    char *line = NULL;
    gsize size = 0;

    if (!maps) {
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    while (!found && getline(&line, &size, maps) > 0)
        found = opens_node(root, pid, line, seen);
    free(line);
    fclose(maps);
    return found;
}
