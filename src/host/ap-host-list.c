/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-list.c: which devices there are.  Ids are gathered in masks while a
 * directory is scanned once: that sorts 65,536 queues for nothing and counts
 * them without a name for each.
 */
#include <string.h>

#include "ap-host-priv.h"
#include "ap-paths.h"
#include "ap-sysfs.h"

/* What a list holds before it is made into names or a number. */
typedef struct {
    gboolean parent;
    struct apc_mask cards;
    struct apc_mask *queues; /* domains for each adapter; NULL when not asked for */
    GPtrArray *matrices;     /* UUIDs, sorted */
} Found;

static void
found_clear(Found *found)
{
    g_free(found->queues);
    g_clear_pointer(&found->matrices, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Found, found_clear)

static void
visit_card(const char *name, gpointer data)
{
    guint adapter;

    if (ap_sysfs_name_parse_card(name, &adapter))
        apc_mask_set(data, adapter);
}

static void
visit_queue(const char *name, gpointer data)
{
    struct apc_mask *queues = data;
    guint adapter, domain;

    if (ap_sysfs_name_parse_queue(name, &adapter, &domain))
        apc_mask_set(&queues[adapter], domain);
}

static gint
compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* One of a pair of flags, or neither, lets a device through. */
static gboolean
pair_matches(ApListFlags flags, ApListFlags yes, ApListFlags no, gboolean state)
{
    if (!(flags & (yes | no)))
        return TRUE;
    return (flags & (state ? yes : no)) != 0;
}

static gboolean
is_in(GPtrArray *sorted, const char *text)
{
    /* An empty array has no data to point to. */
    return sorted->len > 0 && bsearch(&text, sorted->pdata, sorted->len, sizeof(gpointer),
                                      compare_strings) != NULL;
}

/* Appends the matrices that exist, or are only defined, as far as the flags ask
 * for them. */
static void
add_active(GPtrArray *into, GPtrArray *active, GPtrArray *defined, ApListFlags flags)
{
    for (guint i = 0; i < active->len; i++) {
        gboolean persistent = is_in(defined, active->pdata[i]);

        if (pair_matches(flags, AP_LIST_ACTIVE, AP_LIST_INACTIVE, TRUE) &&
            pair_matches(flags, AP_LIST_PERSISTENT, AP_LIST_TRANSIENT, persistent))
            g_ptr_array_add(into, g_strdup(active->pdata[i]));
    }
}

static void
add_inactive(GPtrArray *into, GPtrArray *active, GPtrArray *defined, ApListFlags flags)
{
    if (!pair_matches(flags, AP_LIST_ACTIVE, AP_LIST_INACTIVE, FALSE) ||
        !pair_matches(flags, AP_LIST_PERSISTENT, AP_LIST_TRANSIENT, TRUE))
        return;
    for (guint i = 0; i < defined->len; i++) {
        if (!is_in(active, defined->pdata[i]))
            g_ptr_array_add(into, g_strdup(defined->pdata[i]));
    }
}

/* Whether what is defined matters for matrices that the flags ask for. */
static gboolean
needs_store(ApListFlags flags)
{
    return pair_matches(flags, AP_LIST_ACTIVE, AP_LIST_INACTIVE, FALSE) ||
           flags & (AP_LIST_PERSISTENT | AP_LIST_TRANSIENT);
}

static GPtrArray *
list_defined(ApHost *host, ApListFlags flags, GError **error)
{
    if (!needs_store(flags))
        return g_ptr_array_new();
    return ap_store_list(host->store, error);
}

static gboolean
find_matrices(ApHost *host, ApListFlags flags, Found *found, GError **error)
{
    g_autoptr(GPtrArray) active = ap_sysfs_scan_uuids(host->root, AP_PATH_MATRIX, error);
    g_autoptr(GPtrArray) defined = active ? list_defined(host, flags, error) : NULL;

    if (!defined)
        return FALSE;
    found->matrices = g_ptr_array_new_with_free_func(g_free);
    add_active(found->matrices, active, defined, flags);
    add_inactive(found->matrices, active, defined, flags);
    g_ptr_array_sort(found->matrices, compare_strings);
    return TRUE;
}

static gboolean
find_hardware(ApHost *host, ApListFlags flags, Found *found, GError **error)
{
    /* All of it is there or not known at all, and has no definition. */
    if (!pair_matches(flags, AP_LIST_ACTIVE, AP_LIST_INACTIVE, TRUE) ||
        !pair_matches(flags, AP_LIST_PERSISTENT, AP_LIST_TRANSIENT, FALSE))
        return TRUE;
    found->parent =
        flags & AP_LIST_MATRIX_PARENT && ap_sysfs_exists(host->root, AP_PATH_MATRIX);
    if (flags & AP_LIST_CARDS &&
        !ap_sysfs_scan(host->root, AP_PATH_CARDS, visit_card, &found->cards, error))
        return FALSE;
    if (!(flags & AP_LIST_QUEUES))
        return TRUE;
    found->queues = g_new0(struct apc_mask, APC_IDS);
    return ap_sysfs_scan(host->root, AP_PATH_BUS_DEVICES, visit_queue, found->queues,
                         error);
}

static gboolean
find(ApHost *host, ApListFlags flags, Found *found, GError **error)
{
    return find_hardware(host, flags, found, error) &&
           (!(flags & AP_LIST_MATRICES) || find_matrices(host, flags, found, error));
}

static void
add_name(GPtrArray *names, ApDeviceKind kind, guint adapter, guint domain)
{
    ApName name = { .kind = kind, .adapter = adapter, .domain = domain };

    g_ptr_array_add(names, ap_name_format(&name));
}

static void
add_hardware_names(GPtrArray *names, const Found *found)
{
    guint adapter, domain;

    apc_mask_for_each (adapter, &found->cards)
        add_name(names, AP_DEVICE_CARD, adapter, 0);
    for (adapter = 0; found->queues && adapter < APC_IDS; adapter++) {
        apc_mask_for_each (domain, &found->queues[adapter])
            add_name(names, AP_DEVICE_QUEUE, adapter, domain);
    }
    if (found->parent)
        add_name(names, AP_DEVICE_MATRIX_PARENT, 0, 0);
}

GPtrArray *
ap_host_list_names(ApHost *host, ApListFlags flags, GError **error)
{
    g_auto(Found) found = { 0 };
    GPtrArray *names;

    if (!find(host, flags, &found, error))
        return NULL;
    names = g_ptr_array_new_with_free_func(g_free);
    add_hardware_names(names, &found);
    for (guint i = 0; found.matrices && i < found.matrices->len; i++) {
        ApName name = { .kind = AP_DEVICE_MATRIX };

        g_strlcpy(name.uuid, found.matrices->pdata[i], sizeof(name.uuid));
        g_ptr_array_add(names, ap_name_format(&name));
    }
    return names;
}

gssize
ap_host_count(ApHost *host, ApListFlags flags, GError **error)
{
    g_auto(Found) found = { 0 };
    gssize count;

    if (!find(host, flags, &found, error))
        return -1;
    count = found.parent ? 1 : 0;
    count += apc_mask_weight(&found.cards);
    for (guint adapter = 0; found.queues && adapter < APC_IDS; adapter++)
        count += apc_mask_weight(&found.queues[adapter]);
    if (found.matrices)
        count += found.matrices->len;
    return count;
}
