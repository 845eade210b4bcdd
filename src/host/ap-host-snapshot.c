/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-snapshot.c: reads what a wish is judged by.  A matrix that goes away
 * meanwhile is left out; one that cannot be read fails the whole, because a
 * judgement without it could hand out its queues twice.
 */
#include <string.h>

#include "ap-guest.h"
#include "ap-host-priv.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

/* Without the extended addressing facility. */
#define DEFAULT_MAX_ADAPTER 63
#define DEFAULT_MAX_DOMAIN  15
/* "05.0004" and a newline for every queue there can be; the kernel gives a page
 * at most, others may give all. */
#define QUEUES_TEXT_SIZE (APC_IDS * APC_IDS * 8 + 1)
#define QUEUES_OF_PAGE   (AP_SYSFS_ATTR_MAX / 8)

char *
ap_host_matrix_path(const char *uuid, const char *file)
{
    return file ? g_strconcat(AP_PATH_MATRIX "/", uuid, "/", file, NULL)
                : g_strconcat(AP_PATH_MATRIX "/", uuid, NULL);
}

static gboolean
set_content_error(const char *path, GError **error)
{
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("'/%s' holds what no kernel prints there"), path);
    return FALSE;
}

/* Reads @file of a matrix and parses it. */
static gboolean
read_part(ApHost *host,
          const char *uuid,
          const char *file,
          gsize size,
          gboolean (*parse)(ApMatrix *matrix, const char *text),
          ApMatrix *matrix,
          gboolean *present,
          GError **error)
{
    g_autofree char *path = ap_host_matrix_path(uuid, file);
    g_autofree char *text = g_malloc(size);

    if (!ap_sysfs_read(host->root, path, text, size, present, error))
        return FALSE;
    if (*present && !parse(matrix, text))
        return set_content_error(path, error);
    return TRUE;
}

/* On kernels without ap_config: the file "matrix" is the only source there.  It
 * is left alone wherever ap_config exists, because the kernels that have not
 * got that file print beyond a page without noticing. */
static gboolean
read_lists(ApHost *host,
           const char *uuid,
           ApMatrix *matrix,
           gboolean *present,
           GError **error)
{
    if (!read_part(host, uuid, "matrix", QUEUES_TEXT_SIZE, ap_matrix_parse_queues, matrix,
                   present, error))
        return FALSE;
    if (!*present)
        return TRUE;
    return read_part(host, uuid, "control_domains", AP_SYSFS_ATTR_MAX,
                     ap_matrix_parse_control_domains, matrix, present, error);
}

gboolean
ap_host_read_matrix(ApHost *host,
                    const char *uuid,
                    ApMatrix *matrix,
                    gboolean *present,
                    GError **error)
{
    memset(matrix, 0, sizeof(*matrix));
    if (!read_part(host, uuid, "ap_config", AP_SYSFS_ATTR_MAX, ap_matrix_parse_config,
                   matrix, present, error))
        return FALSE;
    return *present || read_lists(host, uuid, matrix, present, error);
}

gboolean
ap_host_read_guest_matrix(ApHost *host,
                          const char *uuid,
                          const ApMatrix *matrix,
                          ApMatrix *guest)
{
    gboolean present = FALSE;

    memset(guest, 0, sizeof(*guest));
    /* The kernel prints that file beyond its page, and there is no other source: what a
     * guest sees is part of the matrix, so a small one is safe to ask for. */
    return ap_matrix_n_queues(matrix) <= QUEUES_OF_PAGE &&
           read_part(host, uuid, "guest_matrix", QUEUES_TEXT_SIZE, ap_matrix_parse_queues,
                     guest, &present, NULL) &&
           present;
}

static gboolean
read_matrices(ApHost *host, ApSnapshot *snapshot, GError **error)
{
    g_autoptr(GPtrArray) uuids = ap_sysfs_scan_uuids(host->root, AP_PATH_MATRIX, error);

    if (!uuids)
        return FALSE;
    for (guint i = 0; i < uuids->len; i++) {
        gboolean present;
        ApMatrix matrix;

        if (!ap_host_read_matrix(host, uuids->pdata[i], &matrix, &present, error))
            return FALSE;
        if (present)
            ap_snapshot_add_matrix(snapshot, uuids->pdata[i], &matrix);
    }
    return TRUE;
}

typedef struct {
    ApHost *host;
    ApSnapshot *snapshot;
} Freed;

static gboolean
read_mask(ApHost *host, const char *path, struct apc_mask *mask, GError **error)
{
    char text[AP_SYSFS_ATTR_MAX];

    if (!ap_sysfs_read(host->root, path, text, sizeof(text), NULL, error))
        return FALSE;
    if (apc_mask_parse_hex(mask, text, strlen(text)))
        return set_content_error(path, error);
    return TRUE;
}

static gboolean
read_limit(ApHost *host, const char *path, guint *limit, GError **error)
{
    gboolean present;

    if (!ap_sysfs_read_uint(host->root, path, limit, &present, error))
        return FALSE;
    if (*limit >= APC_IDS)
        return set_content_error(path, error);
    return TRUE;
}

static gboolean
read_bus(ApHost *host, ApSnapshot *snapshot, GError **error)
{
    snapshot->limits.max_adapter = DEFAULT_MAX_ADAPTER;
    snapshot->limits.max_domain = DEFAULT_MAX_DOMAIN;
    return read_mask(host, AP_PATH_BUS "/apmask", &snapshot->pool.adapters, error) &&
           read_mask(host, AP_PATH_BUS "/aqmask", &snapshot->pool.domains, error) &&
           read_limit(host, AP_PATH_BUS "/ap_max_adapter_id",
                      &snapshot->limits.max_adapter, error) &&
           read_limit(host, AP_PATH_BUS "/ap_max_domain_id", &snapshot->limits.max_domain,
                      error);
}

/* A queue that vfio_ap has is free by its override, or it waits for somebody to have it
 * probed anew: the kernel takes that for the host's. */
static void
take_freed(const char *name, gpointer data)
{
    Freed *freed = data;
    g_autofree char *path =
        g_strconcat(AP_PATH_GUEST_QUEUES "/", name, "/driver_override", NULL);
    char value[AP_SYSFS_ATTR_MAX];
    gboolean present = FALSE;
    guint adapter, domain;

    if (ap_sysfs_name_parse_queue(name, &adapter, &domain) &&
        ap_sysfs_read(freed->host->root, path, value, sizeof(value), &present, NULL) &&
        *value)
        apc_mask_set(&freed->snapshot->freed[adapter], domain);
}

/* There are overrides only where the masks leave nothing out. */
static gboolean
read_freed(ApHost *host, ApSnapshot *snapshot, GError **error)
{
    Freed freed = { host, snapshot };

    if (apc_mask_weight(&snapshot->pool.adapters) < APC_IDS ||
        apc_mask_weight(&snapshot->pool.domains) < APC_IDS)
        return TRUE;
    return ap_sysfs_scan(host->root, AP_PATH_GUEST_QUEUES, take_freed, &freed, error);
}

/* Whether the blank separated list @features has @feature. */
static gboolean
has_feature(const char *features, const char *feature)
{
    g_auto(GStrv) list = g_strsplit(features, " ", -1);

    return g_strv_contains((const char *const *)list, feature);
}

static gboolean
read_parent(ApHost *host, ApSnapshot *snapshot, GError **error)
{
    char features[AP_SYSFS_ATTR_MAX];
    gboolean present;

    if (!ap_sysfs_read_uint(host->root, AP_PATH_TYPE "/available_instances",
                            &snapshot->available_instances, &snapshot->has_parent,
                            error) ||
        !ap_sysfs_read(host->root, AP_PATH_MATRIX "/features", features, sizeof(features),
                       &present, error))
        return FALSE;
    snapshot->has_config = has_feature(features, "ap_config");
    return TRUE;
}

static char *
describe_user(gpointer data, const char *uuid)
{
    char *user = ap_host_describe_user(data, uuid, NULL);

    return user ? user : ap_guest_describe_starting(data, uuid);
}

ApSnapshot *
ap_host_take_snapshot(ApHost *host, GError **error)
{
    g_autoptr(ApSnapshot) snapshot = ap_snapshot_new();

    snapshot->describe_user = describe_user;
    snapshot->describe_data = host;
    if (!read_parent(host, snapshot, error))
        return NULL;
    if (snapshot->has_parent &&
        (!read_bus(host, snapshot, error) || !read_freed(host, snapshot, error) ||
         !read_matrices(host, snapshot, error)))
        return NULL;
    return g_steal_pointer(&snapshot);
}
