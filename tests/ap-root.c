/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-root.c: temporary roots.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ap-root.h"

#define MATRIX "sys/devices/vfio_ap/matrix"
#define TYPE   MATRIX "/mdev_supported_types/vfio_ap-passthrough"

static void
must(gboolean ok, const char *what, const char *path)
{
    if (!ok)
        g_error("%s '%s': %s", what, path, g_strerror(errno));
}

ApRoot *
ap_root_new(void)
{
    ApRoot *root = g_new0(ApRoot, 1);

    root->path = g_dir_make_tmp("ap-root-XXXXXX", NULL);
    g_assert_nonnull(root->path);
    root->fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    must(root->fd >= 0, "open", root->path);
    return root;
}

static int
remove_one(const char *path, const struct stat *info, int flag, struct FTW *walk)
{
    (void)info;
    (void)flag;
    (void)walk;
    must(remove(path) == 0, "remove", path);
    return 0;
}

static void
remove_tree(const char *path)
{
    must(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "walk", path);
}

void
ap_root_free(ApRoot *root)
{
    if (!root)
        return;
    remove_tree(root->path);
    close(root->fd);
    g_free(root->path);
    g_free(root);
}

static char *
full_path(ApRoot *root, const char *path)
{
    return g_build_filename(root->path, path, NULL);
}

void
ap_root_mkdir(ApRoot *root, const char *path)
{
    g_autofree char *full = full_path(root, path);

    must(g_mkdir_with_parents(full, 0755) == 0, "mkdir", full);
}

static void
mkdir_above(ApRoot *root, const char *path)
{
    g_autofree char *above = g_path_get_dirname(path);

    ap_root_mkdir(root, above);
}

void
ap_root_write_data(ApRoot *root, const char *path, const void *data, gsize len)
{
    int fd;

    mkdir_above(root, path);
    fd = openat(root->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    must(fd >= 0, "open", path);
    must(write(fd, data, len) == (ssize_t)len, "write", path);
    close(fd);
}

void
ap_root_write(ApRoot *root, const char *path, const char *content)
{
    ap_root_write_data(root, path, content, strlen(content));
}

void
ap_root_link(ApRoot *root, const char *path, const char *target)
{
    mkdir_above(root, path);
    must(symlinkat(target, root->fd, path) == 0, "symlink", path);
}

char *
ap_root_read(ApRoot *root, const char *path)
{
    g_autofree char *full = full_path(root, path);
    char *content = NULL;

    g_assert_true(g_file_get_contents(full, &content, NULL, NULL));
    return content;
}

gboolean
ap_root_exists(ApRoot *root, const char *path)
{
    return faccessat(root->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void
ap_root_remove(ApRoot *root, const char *path)
{
    g_autofree char *full = full_path(root, path);

    remove_tree(full);
}

void
ap_root_add_card(ApRoot *root, guint adapter, const char *domains, const char *driver)
{
    g_autofree char *card = g_strdup_printf("sys/devices/ap/card%02x", adapter);
    g_autofree char *card_driver = g_strconcat(card, "/driver", NULL);
    g_autofree char *in_bus = g_strdup_printf("sys/bus/ap/devices/card%02x", adapter);
    g_auto(GStrv) list = g_strsplit(domains, ",", -1);

    ap_root_mkdir(root, card);
    ap_root_link(root, card_driver, "../../../bus/ap/drivers/cex4card");
    ap_root_link(root, in_bus, "../../../devices/ap/card");
    for (guint i = 0; list[i] && *list[i]; i++) {
        g_autofree char *queue = g_strdup_printf("%s/%02x.%s", card, adapter, list[i]);
        g_autofree char *link = g_strconcat(queue, "/driver", NULL);
        g_autofree char *queue_in_bus =
            g_strdup_printf("sys/bus/ap/devices/%02x.%s", adapter, list[i]);
        g_autofree char *target =
            g_strconcat("../../../../bus/ap/drivers/", driver, NULL);

        ap_root_mkdir(root, queue);
        ap_root_link(root, queue_in_bus, "../../../devices/ap/queue");
        if (driver)
            ap_root_link(root, link, target);
    }
}

void
ap_root_add_matrix_parent(ApRoot *root, const char *apmask, const char *aqmask)
{
    ap_root_write(root, "sys/bus/ap/apmask", apmask);
    ap_root_write(root, "sys/bus/ap/aqmask", aqmask);
    ap_root_write(root, "sys/bus/ap/ap_max_adapter_id", "63\n");
    ap_root_write(root, "sys/bus/ap/ap_max_domain_id", "84\n");
    ap_root_write(root, MATRIX "/features", "guest_matrix hotplug ap_config\n");
    ap_root_link(root, MATRIX "/driver", "../../../bus/matrix/drivers/vfio_ap");
    ap_root_write(root, TYPE "/name", "VFIO AP Passthrough Device\n");
    ap_root_write(root, TYPE "/device_api", "vfio-ap\n");
    ap_root_write(root, TYPE "/available_instances", "65536\n");
    ap_root_write(root, TYPE "/create", "");
}

void
ap_root_add_matrix(ApRoot *root, const char *uuid, const char *config, guint group)
{
    g_autofree char *dir = g_strconcat(MATRIX "/", uuid, NULL);
    g_autofree char *driver = g_strconcat(dir, "/driver", NULL);
    g_autofree char *iommu = g_strconcat(dir, "/iommu_group", NULL);
    g_autofree char *iommu_target =
        g_strdup_printf("../../../../kernel/iommu_groups/%u", group);
    g_autofree char *remover = g_strconcat(dir, "/remove", NULL);
    g_autofree char *file = g_strconcat(dir, "/ap_config", NULL);

    ap_root_link(root, driver, "../../../../bus/mdev/drivers/vfio_ap_mdev");
    ap_root_link(root, iommu, iommu_target);
    ap_root_write(root, remover, "");
    if (config)
        ap_root_write(root, file, config);
}
