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
#include "ap-file.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-store-format.h"
#include "ap-store-priv.h"

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
    ApDevice *stored; /* the result */
} Change;

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
    text = compose(change->stored, &file, reason);
    if (!text)
        return EINVAL;
    if (file.present && strlen(text) == file.len && !memcmp(text, file.text, file.len))
        return 0;
    return replace(change->store, change->uuid, text, &file);
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
    if (!errnum || errnum == ENOENT)
        return TRUE;
    g_set_error(error, AP_ERROR, AP_ERROR_IO,
                _("cannot remove the definition '/%s/%s': %s"), AP_PATH_STORE, uuid,
                g_strerror(errnum));
    return FALSE;
}

gboolean
ap_store_has_leftover(ApStore *store)
{
    return faccessat(store->root, AP_PATH_STORE "/" TEMP_NAME, F_OK, 0) == 0;
}

void
ap_store_clean_up(ApStore *store)
{
    int dir = open_store(store);

    if (dir < 0)
        return;
    if (unlinkat(dir, TEMP_NAME, 0) < 0 && errno != ENOENT)
        g_warning(_("cannot remove '/%s/%s': %s"), AP_PATH_STORE, TEMP_NAME,
                  g_strerror(errno));
    close(dir);
}
