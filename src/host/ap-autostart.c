/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-autostart.c: who is to be started now, and what has become of it.
 */
#include "ap-autostart.h"

#include "ap-device-priv.h"
#include "ap-host-change.h"
#include "ap-host-reserve.h"
#include "ap-i18n.h"
#include "ap-mark.h"
#include "ap-name.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

struct _ApAutostart {
    ApHost *host;
    GHashTable *failures; /* UUID: the reason that was warned of last */
};

ApAutostart *
ap_autostart_new(ApHost *host)
{
    ApAutostart *autostart = g_new0(ApAutostart, 1);

    autostart->host = host;
    autostart->failures = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!ap_sysfs_exists(host->root, AP_PATH_MATRIX))
        ap_autostart_forget(autostart);
    return autostart;
}

void
ap_autostart_free(ApAutostart *autostart)
{
    if (!autostart)
        return;
    g_hash_table_unref(autostart->failures);
    g_free(autostart);
}

static gboolean
is_to_start(ApAutostart *autostart, const char *uuid)
{
    g_autoptr(ApDevice) definition = ap_store_load(autostart->host->store, uuid);

    return definition && definition->autostart;
}

/* Events come late: one that tells of a matrix which has gone must not keep what was
 * defined since with that UUID from starting. */
void
ap_autostart_saw(ApAutostart *autostart, const char *uuid)
{
    g_autofree char *path = g_strconcat(AP_PATH_MATRIX "/", uuid, NULL);

    if (!ap_sysfs_exists(autostart->host->root, path))
        return;
    if (is_to_start(autostart, uuid))
        ap_mark_set(autostart->host->root, uuid);
    g_hash_table_remove(autostart->failures, uuid);
}

void
ap_autostart_forget(ApAutostart *autostart)
{
    ap_mark_clear_all(autostart->host->root);
}

/* FALSE when that has been said already. */
static gboolean
warn_once(ApAutostart *autostart, const char *uuid, const char *reason)
{
    if (!g_strcmp0(g_hash_table_lookup(autostart->failures, uuid), reason))
        return FALSE;
    g_hash_table_insert(autostart->failures, g_strdup(uuid), g_strdup(reason));
    g_warning(_("matrix %s is not started by itself now, but will be tried again when "
                "cards, queues or masks change: %s"),
              uuid, reason);
    return TRUE;
}

/* Whether the matrix of @definition is to be started. */
static gboolean
is_wanted(ApAutostart *autostart, const ApDevice *definition, ApAutostartScope scope)
{
    if (ap_host_is_active(autostart->host, definition->name)) {
        ap_autostart_saw(autostart, definition->uuid);
        return FALSE;
    }
    if (ap_mark_is_set(autostart->host->root, definition->uuid))
        return FALSE;
    return scope == AP_AUTOSTART_ALL ||
           g_hash_table_contains(autostart->failures, definition->uuid);
}

/* What has become of the attempt; the same failure is told once. */
static void
judge(ApAutostart *autostart, ApHostChange *change)
{
    /* Somebody else was quicker, or has removed the definition. */
    change->is_silent = g_error_matches(change->failure, AP_ERROR, AP_ERROR_EXISTS) ||
                        g_error_matches(change->failure, AP_ERROR, AP_ERROR_NOT_FOUND);
    if (!change->failure)
        g_hash_table_remove(autostart->failures, change->uuid);
    else if (!change->is_silent)
        change->is_silent = !warn_once(autostart, change->uuid, change->failure->message);
}

/* FALSE when somebody else's change was in the way. */
static gboolean
try_one(ApAutostart *autostart, const ApDevice *definition)
{
    ApHostChange change = { .host = autostart->host,
                            .action = AP_JOURNAL_START,
                            .uuid = definition->uuid };
    gboolean unlocked;

    if (ap_host_change_begin(&change))
        ap_host_start_locked(change.host, definition->name, change.uuid, &change.failure);
    judge(autostart, &change);
    unlocked = !g_error_matches(change.failure, AP_ERROR, AP_ERROR_LOCKED);
    ap_host_change_end(&change, NULL);
    return unlocked;
}

/* What is known of a matrix that is no longer to start by itself does not count: it
 * may be one day, as another one. */
static void
forget_others(ApAutostart *autostart)
{
    g_autoptr(GPtrArray) marked =
        ap_sysfs_scan_uuids(autostart->host->root, AP_PATH_MARKS, NULL);
    GHashTableIter iter;
    gpointer uuid;

    g_hash_table_iter_init(&iter, autostart->failures);
    while (g_hash_table_iter_next(&iter, &uuid, NULL)) {
        if (!is_to_start(autostart, uuid))
            g_hash_table_iter_remove(&iter);
    }
    for (guint i = 0; marked && i < marked->len; i++) {
        if (!is_to_start(autostart, marked->pdata[i]))
            ap_mark_clear(autostart->host->root, marked->pdata[i]);
    }
}

gboolean
ap_autostart_run(ApAutostart *autostart, ApAutostartScope scope)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) uuids = NULL;
    gboolean unlocked = TRUE;

    forget_others(autostart);
    if (!ap_host_keep_reserved(autostart->host))
        return FALSE;
    if (scope == AP_AUTOSTART_NONE)
        return TRUE;
    uuids = ap_store_list(autostart->host->store, &error);
    if (!uuids)
        g_warning(_("no matrix is started by itself: %s"), error->message);
    for (guint i = 0; uuids && unlocked && i < uuids->len; i++) {
        g_autoptr(ApDevice) definition =
            ap_store_load(autostart->host->store, uuids->pdata[i]);

        if (definition && definition->autostart &&
            is_wanted(autostart, definition, scope))
            unlocked = try_one(autostart, definition);
    }
    return unlocked;
}
