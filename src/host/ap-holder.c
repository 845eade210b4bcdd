/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-holder.c: each record is a key file with the UUID of the matrix as its name.  It
 * replaces the one before it whole, so that a program that is killed leaves the old one
 * or the new one.
 */
#include <errno.h>
#include <unistd.h>

#include "ap-file.h"
#include "ap-holder.h"
#include "ap-i18n.h"
#include "ap-paths.h"
#include "ap-process.h"
#include "ap-sysfs.h"
#include "ap-text.h"

#define GROUP "holder"
/* A name may be long. */
#define RECORD_SIZE (16 * 1024)

static const char *const states[] = {
    [AP_HOLDER_STARTING] = "starting",
    [AP_HOLDER_RUNNING] = "running",
    [AP_HOLDER_STOPPED] = "stopped",
};
G_STATIC_ASSERT(G_N_ELEMENTS(states) == AP_HOLDER_LAST);

void
ap_holder_clear(ApHolder *holder)
{
    g_clear_pointer(&holder->guest, g_free);
}

/* A newer hook beside an older daemon may know more states: a guest of which it is not
 * known that it has ended has the matrix for all we know. */
static gboolean
parse_state(const char *text, ApHolderState *state)
{
    for (*state = 0; *state < AP_HOLDER_LAST; (*state)++) {
        if (g_strcmp0(text, states[*state]) == 0)
            return TRUE;
    }
    *state = AP_HOLDER_RUNNING;
    return text != NULL;
}

static gboolean
take_values(GKeyFile *file, ApHolder *holder)
{
    g_autofree char *uuid = g_key_file_get_string(file, GROUP, "guest-uuid", NULL);
    g_autofree char *name = g_key_file_get_string(file, GROUP, "guest", NULL);
    g_autofree char *state = g_key_file_get_string(file, GROUP, "state", NULL);
    gint64 service = g_key_file_get_int64(file, GROUP, "service", NULL);

    if (!uuid || !name || !ap_uuid_canonicalise(uuid, holder->guest_uuid) ||
        !parse_state(state, &holder->state) || service < 0 || service > G_MAXINT)
        return FALSE;
    holder->guest = ap_text_make_printable(name);
    holder->since = g_key_file_get_int64(file, GROUP, "since", NULL);
    holder->made = g_key_file_get_boolean(file, GROUP, "made", NULL);
    holder->service = (pid_t)service;
    holder->service_started = g_key_file_get_uint64(file, GROUP, "service-started", NULL);
    return TRUE;
}

gboolean
ap_holder_parse(const char *uuid, const char *text, gsize len, ApHolder *holder)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    *holder = (ApHolder){ 0 };
    g_strlcpy(holder->matrix, uuid, sizeof(holder->matrix));
    return g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, NULL) &&
           take_values(file, holder);
}

char *
ap_holder_format(const ApHolder *holder)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_string(file, GROUP, "guest", holder->guest);
    g_key_file_set_string(file, GROUP, "guest-uuid", holder->guest_uuid);
    g_key_file_set_string(file, GROUP, "state", states[holder->state]);
    g_key_file_set_boolean(file, GROUP, "made", holder->made);
    g_key_file_set_int64(file, GROUP, "since", holder->since);
    g_key_file_set_int64(file, GROUP, "service", holder->service);
    g_key_file_set_uint64(file, GROUP, "service-started", holder->service_started);
    return g_key_file_to_data(file, NULL, NULL);
}

gboolean
ap_holder_read(int root, const char *uuid, ApHolder *holder)
{
    g_autofree char *path = g_strconcat(AP_PATH_HOLDERS "/", uuid, NULL);
    g_autofree char *text = NULL;
    gssize len;

    *holder = (ApHolder){ 0 };
    if (!ap_sysfs_exists(root, path))
        return FALSE;
    text = g_malloc(RECORD_SIZE);
    len = ap_sysfs_read_data(root, path, text, RECORD_SIZE);
    if (len >= 0 && len < RECORD_SIZE && ap_holder_parse(uuid, text, (gsize)len, holder))
        return TRUE;
    g_warning(_("'/%s' does not say which guest matrix %s is for"), path, uuid);
    return FALSE;
}

gboolean
ap_holder_write(int root, const ApHolder *holder, GError **error)
{
    g_autofree char *temp = g_strconcat(holder->matrix, ".new", NULL);
    g_autofree char *text = ap_holder_format(holder);

    return ap_file_set(root, AP_PATH_HOLDERS, temp, holder->matrix, text, error);
}

static void
remove_file(int root, const char *path)
{
    if (unlinkat(root, path, 0) < 0 && !ap_sysfs_is_absent(errno))
        g_warning(_("cannot remove '/%s': %s"), path, g_strerror(errno));
}

void
ap_holder_remove(int root, const char *uuid)
{
    g_autofree char *path = g_strconcat(AP_PATH_HOLDERS "/", uuid, NULL);
    g_autofree char *temp = g_strconcat(path, ".new", NULL);

    remove_file(root, path);
    remove_file(root, temp);
}

GPtrArray *
ap_holder_list(int root)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *uuids = ap_sysfs_scan_uuids(root, AP_PATH_HOLDERS, &error);

    if (uuids)
        return uuids;
    g_warning("%s", error->message);
    return g_ptr_array_new();
}

gboolean
ap_holder_is_served(int root, const ApHolder *holder)
{
    guint64 started;

    return ap_process_read_start(root, holder->service, &started) &&
           started == holder->service_started;
}
