/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-host-status.c: how a device is at the moment.  What cannot be read is left
 * out: a card may be pulled while we look, and older kernels tell less.
 */
#include <string.h>

#include "ap-card.h"
#include "ap-device-priv.h"
#include "ap-effective.h"
#include "ap-guest-view.h"
#include "ap-host-priv.h"
#include "ap-paths.h"
#include "ap-status.h"
#include "ap-sysfs.h"

/* Where facts come from, and where they go. */
typedef struct {
    ApHost *host;
    const ApDevice *device;
    ApStatus *status;
} Look;

/* Reads @file of the device; FALSE where there is none. */
static gboolean
read_file(const Look *look, const char *file, char text[AP_SYSFS_ATTR_MAX])
{
    g_autofree char *path = g_strconcat(look->device->path + 1, "/", file, NULL);
    gboolean present = FALSE;

    return ap_sysfs_read(look->host->root, path, text, AP_SYSFS_ATTR_MAX, &present,
                         NULL) &&
           present;
}

static void
add_text(const Look *look, const char *name, const char *file)
{
    char text[AP_SYSFS_ATTR_MAX];

    if (read_file(look, file, text))
        ap_status_add(look->status, name, text);
}

/* yes or no for a file with 1 or 0. */
static void
add_switch(const Look *look, const char *name, const char *file)
{
    char text[AP_SYSFS_ATTR_MAX];

    if (!read_file(look, file, text))
        return;
    if (g_str_equal(text, "1"))
        ap_status_add(look->status, name, "yes");
    else if (g_str_equal(text, "0"))
        ap_status_add(look->status, name, "no");
}

static gboolean
read_number(const Look *look, const char *file, guint *value)
{
    g_autofree char *path = g_strconcat(look->device->path + 1, "/", file, NULL);
    gboolean present = FALSE;

    return ap_sysfs_read_uint(look->host->root, path, value, &present, NULL) && present;
}

static void
add_type(const Look *look)
{
    g_autofree char *type = NULL;
    guint hardware, functions;
    ApMode mode;

    if (!read_number(look, "raw_hwtype", &hardware) ||
        !read_number(look, "ap_functions", &functions))
        return;
    mode = ap_mode_of_functions(functions);
    type = ap_card_format_type(hardware, mode);
    ap_status_add(look->status, "type", type);
    ap_status_add(look->status, "mode", ap_mode_name(mode));
}

static void
add_switches(const Look *look)
{
    add_switch(look, "configured", "config");
    add_switch(look, "checkstopped", "chkstop");
    add_switch(look, "online", "online");
}

static void
look_at_card(const Look *look)
{
    add_type(look);
    add_text(look, "hardware-type", "raw_hwtype");
    add_text(look, "serial", "serialnr");
    add_switches(look);
}

/* Who the masks, or its override, leave the queue to, and who has it. */
static void
add_holder(const Look *look, const ApSnapshot *snapshot)
{
    ApMatrix queue = { 0 };
    const ApSnapshotMatrix *holder;
    g_autofree char *guest = NULL;
    ApMatrix common;

    apc_mask_set(&queue.adapters, look->device->adapter);
    apc_mask_set(&queue.domains, look->device->domain);
    ap_status_add(look->status, "pool",
                  ap_snapshot_find_pooled(snapshot, &queue, &common) ? "host" : "guests");
    holder = ap_snapshot_find_holder(snapshot, "", &queue, &common);
    if (!holder)
        return;
    guest = ap_guest_look_up_name(look->host, holder->uuid);
    ap_status_add(look->status, "matrix", holder->uuid);
    ap_status_add(look->status, "guest", guest);
}

static void
look_at_queue(const Look *look)
{
    g_autoptr(ApSnapshot) snapshot = ap_host_take_snapshot(look->host, NULL);

    if (snapshot && snapshot->has_parent)
        add_holder(look, snapshot);
    /* Of vfio_ap: in use, assigned, unassigned. */
    add_text(look, "use", "status");
    add_switches(look);
}

/* Whether the definition says what the matrix is. */
static void
compare_definition(const Look *look, const ApMatrix *now)
{
    g_autoptr(ApDevice) definition = ap_store_load(look->host->store, look->device->uuid);
    ApStatus *status = look->status;
    gboolean is_known;

    if (!definition) {
        ap_status_add(status, "definition", "none");
        return;
    }
    is_known = ap_matrix_add_up(definition, &status->defined);
    if (is_known && ap_matrix_equal(now, &status->defined)) {
        ap_status_add(status, "definition", "same");
        return;
    }
    ap_status_add(status, "definition", "different");
    status->differs = is_known;
}

/* The guest that has the matrix, or is about to. */
static void
add_guest(const Look *look, gboolean is_open, const ApVfioGuest *opener)
{
    g_autoptr(GDateTime) since = NULL;
    g_autofree char *time = NULL;
    g_auto(ApGuestView) view = { 0 };

    if (!ap_guest_look(look->host, look->device->uuid, is_open, opener, &view) ||
        !view.name)
        return;
    since = view.since ? g_date_time_new_from_unix_utc(view.since) : NULL;
    time = since ? g_date_time_format_iso8601(since) : NULL;
    ap_status_add_of_holder(look->status, "guest", view.name);
    ap_status_add_of_holder(look->status, "uuid", view.uuid);
    ap_status_add_of_holder(look->status, "since", time);
    ap_status_add_of_holder(look->status, "state", ap_guest_state_name(view.state));
}

static void
look_at_matrix(const Look *look)
{
    g_auto(ApVfioGuest) guest = { 0 };
    g_autofree char *user = ap_host_describe_user(look->host, look->device->uuid, &guest);
    g_autofree char *missing = ap_effective_explain(look->host, look->device->uuid, NULL);
    ApMatrix now;

    /* An active matrix has the attributes that were made of its masks. */
    ap_matrix_add_up(look->device, &now);
    compare_definition(look, &now);
    ap_status_add(look->status, "user", user);
    ap_status_add(look->status, "incomplete", missing);
    add_guest(look, user != NULL, &guest);
    look->status->has_guest = ap_host_read_guest_matrix(look->host, look->device->uuid,
                                                        &now, &look->status->guest);
    /* The kernel filters no control domains. */
    look->status->guest.control_domains = now.control_domains;
}

void
ap_host_add_status(ApHost *host, ApDevice *device)
{
    Look look = { .host = host, .device = device };

    if (!ap_device_is_active(device) || device->kind == AP_DEVICE_MATRIX_PARENT)
        return;
    look.status = ap_status_new();
    if (device->kind == AP_DEVICE_CARD)
        look_at_card(&look);
    else if (device->kind == AP_DEVICE_QUEUE)
        look_at_queue(&look);
    else
        look_at_matrix(&look);
    device->status = look.status;
}
