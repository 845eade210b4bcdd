/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host.c: the handle, and looking up one device.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-store-watch.h"
#include "ap-sysfs.h"

/* Resets take a few seconds at worst. */
#define REMOVE_TIMEOUT (10 * G_USEC_PER_SEC)

ApHost *
ap_host_new(const char *root, GError **error)
{
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    ApHost *host;

    if (fd < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_IO, _("cannot open the directory '%s': %s"),
                    root, g_strerror(errno));
        return NULL;
    }
    host = g_new0(ApHost, 1);
    host->root = fd;
    host->store = ap_store_new(fd);
    host->remove_timeout = REMOVE_TIMEOUT;
    return host;
}

void
ap_host_free(ApHost *host)
{
    if (!host)
        return;
    ap_store_free(host->store);
    close(host->root);
    g_free(host);
}

/* Directory of a device beneath the root; caller frees. */
static char *
device_path(const ApName *name)
{
    switch (name->kind) {
    case AP_DEVICE_CARD:
        return g_strdup_printf(AP_PATH_CARDS "/card%02x", name->adapter);
    case AP_DEVICE_QUEUE:
        return g_strdup_printf(AP_PATH_CARDS "/card%02x/%02x.%04x", name->adapter,
                               name->adapter, name->domain);
    case AP_DEVICE_MATRIX:
        return ap_host_matrix_path(name->uuid, NULL);
    case AP_DEVICE_MATRIX_PARENT:
    case AP_DEVICE_KIND_LAST:
        break;
    }
    return g_strdup(AP_PATH_MATRIX);
}

static char *
parent_name(const ApName *name)
{
    ApName card = { .kind = AP_DEVICE_CARD, .adapter = name->adapter };

    switch (name->kind) {
    case AP_DEVICE_QUEUE:
        return ap_name_format(&card);
    case AP_DEVICE_MATRIX:
        return g_strdup(AP_NAME_MATRIX_PARENT);
    case AP_DEVICE_CARD:
    case AP_DEVICE_MATRIX_PARENT:
    case AP_DEVICE_KIND_LAST:
        break;
    }
    return g_strdup(AP_NAME_COMPUTER);
}

/* An active device with what all kinds have; NULL when there is none. */
static ApDevice *
read_device(ApHost *host, const ApName *name)
{
    g_autofree char *path = device_path(name);
    g_autofree char *link = g_strconcat(path, "/driver", NULL);
    g_autofree char *driver = ap_sysfs_read_link_name(host->root, link);
    ApDevice *device;

    /* A driver is proof enough that the device exists. */
    if (!driver && !ap_sysfs_exists(host->root, path))
        return NULL;
    device = ap_device_new(name->kind);
    device->name = ap_name_format(name);
    device->parent = parent_name(name);
    device->path = g_strconcat("/", path, NULL);
    device->driver = g_steal_pointer(&driver);
    device->adapter = name->adapter;
    device->domain = name->domain;
    return device;
}

static int
read_iommu_group(ApHost *host, const char *uuid)
{
    g_autofree char *link = ap_host_matrix_path(uuid, "iommu_group");
    g_autofree char *group = ap_sysfs_read_link_name(host->root, link);
    guint64 number;

    if (!group || !g_ascii_string_to_unsigned(group, 10, 0, G_MAXINT, &number, NULL))
        return -1;
    return (int)number;
}

static void
add_definition(ApHost *host, ApDevice *device)
{
    g_autoptr(ApDevice) definition = ap_store_load(host->store, device->uuid);

    if (!definition)
        return;
    device->persistent = TRUE;
    device->autostart = definition->autostart;
    device->reserve = definition->reserve;
    device->comment = g_strdup(definition->comment);
}

ApDevice *
ap_host_describe_matrix(ApHost *host, const char *uuid, const ApMatrix *matrix)
{
    ApName name = { .kind = AP_DEVICE_MATRIX };
    ApDevice *device;

    g_strlcpy(name.uuid, uuid, sizeof(name.uuid));
    device = read_device(host, &name);
    if (!device)
        return NULL;
    device->uuid = g_strdup(uuid);
    device->type_id = g_strdup(AP_MDEV_TYPE_ID);
    device->iommu_group = read_iommu_group(host, uuid);
    ap_matrix_add_attrs(matrix, device);
    add_definition(host, device);
    return device;
}

/* Adds the type that the matrix parent offers. */
static gboolean
complete_parent(ApHost *host, ApDevice *device, GError **error)
{
    guint available = 0;
    gboolean present, named;
    char name[256], api[64];

    if (!ap_sysfs_read_uint(host->root, AP_PATH_TYPE "/available_instances", &available,
                            &present, error))
        return FALSE;
    if (!present)
        return TRUE;
    if (!ap_sysfs_read(host->root, AP_PATH_TYPE "/name", name, sizeof(name), &named,
                       error) ||
        !ap_sysfs_read(host->root, AP_PATH_TYPE "/device_api", api, sizeof(api), &present,
                       error))
        return FALSE;
    if (present)
        ap_device_add_type(device, AP_MDEV_TYPE_ID, named ? name : NULL, api, available);
    return TRUE;
}

void
ap_host_set_not_found(GError **error, const char *name)
{
    g_set_error(error, AP_ERROR, AP_ERROR_NOT_FOUND,
                _("no node device with matching name '%s'"), name);
}

gboolean
ap_host_parse_matrix_name(const char *name, ApName *parsed, GError **error)
{
    if (name && ap_name_parse(name, parsed) && parsed->kind == AP_DEVICE_MATRIX)
        return TRUE;
    ap_host_set_not_found(error, name ? name : "");
    return FALSE;
}

static ApDevice *
lookup_matrix(ApHost *host, const char *name, const char *uuid, GError **error)
{
    ApDevice *device = NULL;
    gboolean present;
    ApMatrix matrix;

    if (!ap_host_read_matrix(host, uuid, &matrix, &present, error))
        return NULL;
    if (present)
        device = ap_host_describe_matrix(host, uuid, &matrix);
    if (!device)
        device = ap_store_load(host->store, uuid);
    if (!device)
        ap_host_set_not_found(error, name);
    return device;
}

ApDevice *
ap_host_lookup(ApHost *host, const char *name, GError **error)
{
    g_autoptr(ApDevice) device = NULL;
    ApName parsed;

    if (ap_name_parse(name, &parsed)) {
        if (parsed.kind == AP_DEVICE_MATRIX)
            return lookup_matrix(host, name, parsed.uuid, error);
        device = read_device(host, &parsed);
    }
    if (!device) {
        ap_host_set_not_found(error, name ? name : "");
        return NULL;
    }
    if (parsed.kind == AP_DEVICE_MATRIX_PARENT && !complete_parent(host, device, error))
        return NULL;
    return g_steal_pointer(&device);
}

gboolean
ap_host_has(ApHost *host, const char *name)
{
    g_autofree char *path = NULL;
    g_autoptr(ApDevice) definition = NULL;
    ApName parsed;

    if (!ap_name_parse(name, &parsed))
        return FALSE;
    path = device_path(&parsed);
    if (ap_sysfs_exists(host->root, path))
        return TRUE;
    if (parsed.kind == AP_DEVICE_MATRIX)
        definition = ap_store_load(host->store, parsed.uuid);
    return definition != NULL;
}

gboolean
ap_host_is_active(ApHost *host, const char *name)
{
    g_autofree char *path = NULL;
    ApName parsed;

    if (!ap_name_parse(name, &parsed))
        return FALSE;
    path = device_path(&parsed);
    return ap_sysfs_exists(host->root, path);
}

gboolean
ap_host_has_bus(ApHost *host)
{
    return ap_sysfs_exists(host->root, AP_PATH_BUS);
}

ApStoreWatch *
ap_host_watch_store(ApHost *host, GError **error)
{
    return ap_store_watch_new(host->root, error);
}
