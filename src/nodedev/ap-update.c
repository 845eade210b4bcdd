/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-update.c: changes AP matrices that exist: as they run, as they are defined, or
 * both.  The entry point is there from libvirt 10.1 on; what it takes is written down
 * here, because we are built with older headers, too.
 */
#include "ap-acl.h"
#include "ap-change.h"
#include "ap-events.h"
#include "ap-handle.h"
#include "ap-i18n.h"

/* VIR_NODE_DEVICE_UPDATE_AFFECT_LIVE and …_CONFIG. */
#define AFFECT_LIVE   (1U << 0)
#define AFFECT_CONFIG (1U << 1)
G_STATIC_ASSERT((guint)AP_UPDATE_LIVE == AFFECT_LIVE);
G_STATIC_ASSERT((guint)AP_UPDATE_CONFIG == AFFECT_CONFIG);

static gboolean
is_allowed(virNodeDevicePtr device, unsigned int flags)
{
    return ap_acl_ensure_flags(ap_virt.virNodeDeviceUpdateEnsureACL,
                               ap_handle_get_connection(device),
                               virNodeDeviceGetName(device), flags);
}

typedef struct {
    const ApDevice *wish;
    ApUpdateFlags flags;
    gboolean live_changed;
} Update;

static gboolean
update(ApHost *host, const char *name, gpointer data, GError **error)
{
    Update *update = data;

    return ap_host_update_matrix(host, name, update->wish, update->flags,
                                 &update->live_changed, error);
}

static void
tell_update(const char *name, gpointer data)
{
    if (((const Update *)data)->live_changed)
        ap_events_tell_update(name);
    else
        ap_events_tell_definition(name);
}

/* As libvirt's own driver, which always checks such a document against the schema. */
static ApDevice *
read_wish(const ApDevice *found, const char *xml, GError **error)
{
    g_autoptr(ApDevice) wish = ap_change_read_wish(xml, TRUE, error);

    if (!wish || ap_device_get_kind(found) == AP_DEVICE_MATRIX)
        return g_steal_pointer(&wish);
    g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                _("device '%s' is not one that can be changed"),
                ap_device_get_name(found));
    return NULL;
}

int
nodeDeviceUpdate(virNodeDevicePtr device, const char *xml, unsigned int flags)
{
    static const ApChangeDoing doing = { "nodeDeviceUpdate", update, tell_update };
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;
    g_autoptr(ApDevice) wish = NULL;
    g_autoptr(GError) error = NULL;

    if (!ap_driver_serves(name))
        return AP_DRIVER_STOCK(nodeDeviceUpdate, -1, device, xml, flags);
    if (!ap_virt_check_flags(__func__, flags, AFFECT_LIVE | AFFECT_CONFIG))
        return -1;
    found = ap_host_lookup(ap_driver.host, name, &error);
    if (found && !is_allowed(device, flags))
        return -1;
    if (found)
        wish = read_wish(found, xml, &error);
    if (wish)
        return ap_change_do(found, &doing,
                            &(Update){ .wish = wish, .flags = (ApUpdateFlags)flags });
    ap_virt_report_error(__func__, error);
    return -1;
}
