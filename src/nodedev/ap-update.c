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
#include "ap-query.h"
#include "ap-record.h"

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

/* As libvirt's own driver, which always checks such a document against the schema. */
static gboolean
update(const ApDevice *found, const char *xml, unsigned int flags, GError **error)
{
    const char *name = ap_device_get_name(found);
    g_autoptr(GError) failure = NULL;
    g_autoptr(ApDevice) wish = ap_change_read_wish(xml, TRUE, error);
    gboolean live_changed;
    ApRecord *record;

    if (!wish)
        return FALSE;
    if (ap_device_get_kind(found) != AP_DEVICE_MATRIX) {
        g_set_error(error, AP_ERROR, AP_ERROR_UNSUPPORTED,
                    _("device '%s' is not one that can be changed"), name);
        return FALSE;
    }
    record = ap_record_begin(AP_JOURNAL_UPDATE, ap_device_get_uuid(found));
    ap_host_update_matrix(ap_driver.host, name, wish, (ApUpdateFlags)flags, &live_changed,
                          &failure);
    ap_record_end(record, ap_device_get_uuid(found), failure);
    if (failure) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (live_changed)
        ap_events_tell_update(name);
    else
        ap_events_tell_definition(name);
    return TRUE;
}

int
nodeDeviceUpdate(virNodeDevicePtr device, const char *xml, unsigned int flags)
{
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;
    g_autoptr(GError) error = NULL;

    if (!ap_driver_serves(name))
        return AP_DRIVER_STOCK(nodeDeviceUpdate, -1, device, xml, flags);
    if (!ap_virt_check_flags(__func__, flags, AFFECT_LIVE | AFFECT_CONFIG))
        return -1;
    found = ap_host_lookup(ap_driver.host, name, &error);
    if (found && !is_allowed(device, flags))
        return -1;
    if (found && update(found, xml, flags, &error))
        return 0;
    ap_virt_report_error(__func__, error);
    return -1;
}
