/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-extras.c: each file is a GLib key file with the UUID as its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-file.h"
#include "ap-i18n.h"
#include "ap-name.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

/* Neither is a UUID. */
#define NEXT "next"
#define TEMP ".new"

#define GROUP     "matrix"
#define FILE_SIZE (64 * 1024)

static const char *const reserves[] = {
    [AP_RESERVE_NO] = "no",
    [AP_RESERVE_DEFAULT] = "default",
    [AP_RESERVE_UNTIL_BOOT] = "until-boot",
    [AP_RESERVE_PERSISTENT] = "persistent",
};
G_STATIC_ASSERT(G_N_ELEMENTS(reserves) == AP_RESERVE_LAST);

static gboolean
has_any(const ApDevice *device)
{
    return device && (device->reserve != AP_RESERVE_NO || device->comment);
}

gboolean
ap_extras_equal(const ApDevice *a, const ApDevice *b)
{
    if (!has_any(a) || !has_any(b))
        return has_any(a) == has_any(b);
    return a->reserve == b->reserve && !g_strcmp0(a->comment, b->comment);
}

void
ap_extras_copy(ApDevice *device, const ApDevice *from)
{
    device->reserve = from->reserve;
    g_free(device->comment);
    device->comment = g_strdup(from->comment);
}

const char *
ap_extras_print_reserve(ApReserve reserve)
{
    return reserves[reserve];
}

gboolean
ap_extras_parse_reserve(const char *word, ApReserve *reserve)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reserves); i++) {
        if (!g_strcmp0(word, reserves[i])) {
            *reserve = (ApReserve)i;
            return TRUE;
        }
    }
    return FALSE;
}

/* The key file @name; NULL when there is none, or, with @error set, a bad one. */
static GKeyFile *
load(int root, const char *name, GError **error)
{
    g_autofree char *path = g_strconcat(AP_PATH_EXTRAS "/", name, NULL);
    g_autofree char *text = g_malloc(FILE_SIZE);
    g_autoptr(GKeyFile) file = g_key_file_new();
    gssize len = ap_sysfs_read_data(root, path, text, FILE_SIZE);

    if (len < 0 && ap_sysfs_is_absent(errno))
        return NULL;
    if (len < 0) {
        g_set_error(error, AP_ERROR, AP_ERROR_IO, "%s", g_strerror(errno));
        return NULL;
    }
    if (!g_key_file_load_from_data(file, text, (gsize)len, G_KEY_FILE_NONE, error))
        return NULL;
    return g_steal_pointer(&file);
}

static gboolean
take(ApDevice *device, GKeyFile *file, GError **error)
{
    g_autofree char *reserve = g_key_file_get_string(file, GROUP, "reserve", error);

    if (!reserve)
        return FALSE;
    if (!ap_extras_parse_reserve(reserve, &device->reserve)) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("'%s' is not a way to reserve"), reserve);
        return FALSE;
    }
    g_free(device->comment);
    device->comment = g_key_file_get_string(file, GROUP, "comment", NULL);
    return TRUE;
}

gboolean
ap_extras_read(int root, ApDevice *device, GError **error)
{
    g_autoptr(GError) reason = NULL;
    g_autoptr(GKeyFile) file = load(root, device->uuid, &reason);

    if (file)
        (void)take(device, file, &reason);
    if (!reason)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED, "%s", reason->message);
    return FALSE;
}

static char *
digest(const char *text)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

static int
write_next(int dir, GKeyFile *file)
{
    g_autofree char *text = g_key_file_to_data(file, NULL, NULL);

    return ap_file_publish(dir, TEMP, NEXT, text, NULL, AP_FILE_REPLACE);
}

int
ap_extras_prepare(int root, const ApDevice *device, const char *text)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *of = digest(text);
    int dir = ap_file_open_dir(root, AP_PATH_EXTRAS);
    int errnum;

    if (dir < 0)
        return -dir;
    g_key_file_set_string(file, GROUP, "uuid", device->uuid);
    g_key_file_set_string(file, GROUP, "definition", of);
    g_key_file_set_string(file, GROUP, "reserve", reserves[device->reserve]);
    if (device->comment)
        g_key_file_set_string(file, GROUP, "comment", device->comment);
    errnum = write_next(dir, file);
    close(dir);
    return errnum;
}

static int
open_dir(int root)
{
    return openat(root, AP_PATH_EXTRAS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
warn_left(const char *name, int errnum)
{
    g_warning(_("cannot settle '/%s/%s': %s"), AP_PATH_EXTRAS, name, g_strerror(errnum));
}

static void
remove_from(int dir, const char *name)
{
    int errnum = ap_file_remove(dir, name);

    if (errnum && errnum != ENOENT)
        warn_left(name, errnum);
}

/* What was written down becomes that of @uuid. */
static void
settle(int dir, const char *uuid, gboolean any)
{
    if (!any)
        remove_from(dir, uuid);
    if (any ? renameat(dir, NEXT, dir, uuid) < 0 : unlinkat(dir, NEXT, 0) < 0)
        warn_left(NEXT, errno);
    else if (fsync(dir) < 0)
        warn_left(uuid, errno);
}

/* The matrix that the note is about, with its extras; NULL when there is no good one.
 * *@of gets the digest. */
static ApDevice *
read_next(int root, char **of)
{
    g_autoptr(GKeyFile) file = load(root, NEXT, NULL);
    g_autofree char *text =
        file ? g_key_file_get_string(file, GROUP, "uuid", NULL) : NULL;
    g_autoptr(ApDevice) device = ap_device_new(AP_DEVICE_MATRIX);
    char uuid[AP_UUID_SIZE];

    if (!text || !ap_uuid_canonicalise(text, uuid) || !take(device, file, NULL))
        return NULL;
    device->uuid = g_strdup(uuid);
    *of = g_key_file_get_string(file, GROUP, "definition", NULL);
    return g_steal_pointer(&device);
}

void
ap_extras_commit(int root)
{
    g_autofree char *of = NULL;
    g_autoptr(ApDevice) device = read_next(root, &of);
    int dir = device ? open_dir(root) : -1;

    if (dir < 0)
        return;
    settle(dir, device->uuid, has_any(device));
    close(dir);
}

void
ap_extras_drop(int root)
{
    int dir = open_dir(root);

    if (dir < 0)
        return;
    remove_from(dir, NEXT);
    close(dir);
}

/* What was written down counts if the definition that it belongs to came into being. */
static void
settle_next(int root, int dir, ApExtrasDefinition definition, gpointer data)
{
    g_autofree char *of = NULL;
    g_autoptr(ApDevice) device = read_next(root, &of);
    g_autofree char *text = device ? definition(device->uuid, data) : NULL;
    g_autofree char *now = text ? digest(text) : NULL;

    if (now && !g_strcmp0(now, of))
        settle(dir, device->uuid, has_any(device));
    else
        remove_from(dir, NEXT);
}

void
ap_extras_clean_up(int root, ApExtrasDefinition definition, gpointer data)
{
    g_autoptr(GPtrArray) uuids = ap_sysfs_scan_uuids(root, AP_PATH_EXTRAS, NULL);
    int dir = open_dir(root);

    if (dir < 0)
        return;
    if (unlinkat(dir, TEMP, 0) < 0 && errno != ENOENT)
        warn_left(TEMP, errno);
    settle_next(root, dir, definition, data);
    for (guint i = 0; uuids && i < uuids->len; i++) {
        g_autofree char *text = definition(uuids->pdata[i], data);

        if (!text)
            remove_from(dir, uuids->pdata[i]);
    }
    close(dir);
}

gboolean
ap_extras_has_leftover(int root)
{
    return ap_sysfs_exists(root, AP_PATH_EXTRAS "/" NEXT) ||
           ap_sysfs_exists(root, AP_PATH_EXTRAS "/" TEMP);
}

void
ap_extras_remove(int root, const char *uuid)
{
    int dir = open_dir(root);

    if (dir < 0)
        return;
    remove_from(dir, uuid);
    close(dir);
}
