/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-store-write.c: writes mdevctl's definitions.  mdevctl itself takes no lock
 * where s390-tools' callout is not installed: so a file is replaced only while it
 * still is the one that was read.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ap-device-priv.h"
#include "ap-extras.h"
#include "ap-file.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-store-format.h"
#include "ap-store-priv.h"
#include "ap-sysfs.h"

/* No UUID, so that mdevctl passes it over, which it does with a warning: it is there
 * for less than a millisecond. */
#define TEMP_NAME ".libvirt-ap.new"
/* How often somebody else may be quicker. */
#define ATTEMPTS 5

static gboolean
set_write_error(GError **error, const char *uuid, int errnum)
{
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("cannot write the definition '/%s/%s': %s"), AP_PATH_STORE, uuid,
                g_strerror(errnum));
    return FALSE;
}

/* Whether @name still is the file that was read. */
static gboolean
is_unchanged(int dir, const char *name, const ApStoreFile *file)
{
    struct stat now;

    if (fstatat(dir, name, &now, 0) < 0)
        return !file->present && errno == ENOENT;
    return file->present && now.st_ino == file->info.st_ino &&
           now.st_dev == file->info.st_dev && now.st_size == file->info.st_size &&
           now.st_mtim.tv_sec == file->info.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == file->info.st_mtim.tv_nsec;
}

/* The text that the file is to have.  NULL, with the reason, where what is in it
 * already cannot be kept. */
static char *
compose(const ApDevice *definition, const ApStoreFile *file, GError **error)
{
    g_autoptr(GPtrArray) others = NULL;

    if (file->present) {
        others = ap_store_find_others(file->text, file->len, error);
        if (!others)
            return NULL;
    }
    return ap_store_format(definition, others);
}

/* One attempt; EAGAIN when somebody else has written meanwhile. */
static int
replace_in(int dir, const char *uuid, const char *text, const ApStoreFile *file)
{
    struct stat link;

    /* Behind a link there is a place that somebody has chosen. */
    if (file->present && fstatat(dir, uuid, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(link.st_mode))
        return ELOOP;
    if (!is_unchanged(dir, uuid, file))
        return EAGAIN;
    if (file->present)
        return ap_file_publish(dir, TEMP_NAME, uuid, text, &file->info, AP_FILE_REPLACE);
    return ap_file_publish(dir, TEMP_NAME, uuid, text, NULL, AP_FILE_NEW);
}

static gboolean
set_unusable(GError **error, const char *uuid, const GError *reason)
{
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("there is a definition '/%s/%s' that cannot be used (%s): mend or "
                  "remove that file first"),
                AP_PATH_STORE, uuid, reason->message);
    return FALSE;
}

static int
replace(ApStore *store, const char *uuid, const char *text, const ApStoreFile *file)
{
    int dir = ap_file_open_dir(store->root, AP_PATH_STORE);
    int errnum;

    if (dir < 0)
        return -dir;
    errnum = replace_in(dir, uuid, text, file);
    close(dir);
    return errnum;
}

/* What one change needs. */
typedef struct {
    ApStore *store;
    const char *uuid;
    ApStoreEdit edit;
    gconstpointer data;
    const char *text; /* that it is to have; NULL: what is made of @stored */
    ApDevice *stored; /* the result */
} Change;

static gboolean
has_text(const ApStoreFile *file, const char *text)
{
    return file->present && strlen(text) == file->len &&
           !memcmp(text, file->text, file->len);
}

/* Writes the definition, if it is another, and the extras, if they are others. */
static int
write_change(const Change *change, const char *text, const ApStoreFile *file)
{
    gboolean same_extras = ap_extras_equal(change->stored, file->device);
    int root = change->store->root;
    int errnum = same_extras ? 0 : ap_extras_prepare(root, change->stored, text);

    if (!errnum && !has_text(file, text))
        errnum = replace(change->store, change->uuid, text, file);
    if (same_extras)
        return errnum;
    if (errnum)
        ap_extras_drop(root);
    else
        ap_extras_commit(root);
    return errnum;
}

/* One attempt; EINVAL with @reason set where the present file is in the way. */
static int
change_once(Change *change, GError **reason)
{
    g_auto(ApStoreFile) file = { 0 };
    g_autofree char *text = NULL;

    if (!ap_store_read_file(change->store, change->uuid, &file, reason))
        return EINVAL;
    g_clear_pointer(&change->stored, ap_device_unref);
    change->stored = change->edit(file.device, change->data);
    if (!change->stored) {
        change->stored = g_steal_pointer(&file.device);
        return 0;
    }
    text = change->text ? g_strdup(change->text) : compose(change->stored, &file, reason);
    if (!text)
        return EINVAL;
    return write_change(change, text, &file);
}

static gboolean
run_change(Change *change, GError **error)
{
    g_autoptr(GError) reason = NULL;
    int errnum = EAGAIN;

    for (guint i = 0; i < ATTEMPTS && (errnum == EAGAIN || errnum == EEXIST); i++)
        errnum = change_once(change, &reason);
    if (reason)
        return set_unusable(error, change->uuid, reason);
    return !errnum || set_write_error(error, change->uuid, errnum);
}

gboolean
ap_store_change(ApStore *store,
                const char *uuid,
                ApStoreEdit edit,
                gconstpointer data,
                ApDevice **stored,
                GError **error)
{
    Change change = { .store = store, .uuid = uuid, .edit = edit, .data = data };
    gboolean done = run_change(&change, error);

    if (done && stored)
        *stored = g_steal_pointer(&change.stored);
    g_clear_pointer(&change.stored, ap_device_unref);
    return done;
}

static ApDevice *
replace_by(const ApDevice *old G_GNUC_UNUSED, gconstpointer definition)
{
    return ap_device_ref((ApDevice *)definition);
}

gboolean
ap_store_restore(ApStore *store,
                 const ApDevice *definition,
                 const char *text,
                 GError **error)
{
    Change change = { .store = store,
                      .uuid = definition->uuid,
                      .edit = replace_by,
                      .data = definition,
                      .text = text };
    gboolean done = run_change(&change, error);

    g_clear_pointer(&change.stored, ap_device_unref);
    return done;
}

static int
open_store(ApStore *store)
{
    return openat(store->root, AP_PATH_STORE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

gboolean
ap_store_remove(ApStore *store, const char *uuid, GError **error)
{
    int dir = open_store(store);
    int errnum = dir < 0 ? errno : ap_file_remove(dir, uuid);

    if (dir >= 0)
        close(dir);
    if (!errnum || errnum == ENOENT) {
        ap_extras_remove(store->root, uuid);
        return TRUE;
    }
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("cannot remove the definition '/%s/%s': %s"), AP_PATH_STORE, uuid,
                g_strerror(errnum));
    return FALSE;
}

/* Whether there are extras of what is defined no longer. */
static gboolean
has_orphans(ApStore *store)
{
    g_autoptr(GPtrArray) uuids = ap_sysfs_scan_uuids(store->root, AP_PATH_EXTRAS, NULL);

    for (guint i = 0; uuids && i < uuids->len; i++) {
        g_autofree char *path =
            g_strdup_printf(AP_PATH_STORE "/%s", (const char *)uuids->pdata[i]);

        if (!ap_sysfs_exists(store->root, path))
            return TRUE;
    }
    return FALSE;
}

gboolean
ap_store_has_leftover(ApStore *store)
{
    return ap_sysfs_exists(store->root, AP_PATH_STORE "/" TEMP_NAME) ||
           ap_extras_has_leftover(store->root) || has_orphans(store);
}

static void
remove_temp(ApStore *store)
{
    int dir = open_store(store);

    if (dir < 0)
        return;
    if (unlinkat(dir, TEMP_NAME, 0) < 0 && errno != ENOENT)
        g_warning(_("cannot remove '/%s/%s': %s"), AP_PATH_STORE, TEMP_NAME,
                  g_strerror(errno));
    close(dir);
}

/* A definition that is there and cannot be used is one all the same. */
static char *
read_text(const char *uuid, gpointer data)
{
    g_auto(ApStoreFile) file = { 0 };

    if (ap_store_read_file(data, uuid, &file, NULL) && !file.present)
        return NULL;
    return file.text ? g_strndup(file.text, file.len) : g_strdup("");
}

void
ap_store_clean_up(ApStore *store)
{
    remove_temp(store);
    ap_extras_clean_up(store->root, read_text, store);
}
