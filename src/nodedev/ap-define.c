/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-define.c: definitions of AP matrices: made, started, set to start by
 * themselves, and removed.
 */
#include "ap-acl.h"
#include "ap-change.h"
#include "ap-events.h"
#include "ap-i18n.h"
#include "ap-query.h"

virNodeDevicePtr
nodeDeviceDefineXML(virConnectPtr conn, const char *xml, unsigned int flags)
{
    const ApChangeMaking making = { .function = __func__,
                                    .may = ap_virt.virNodeDeviceDefineXMLEnsureACL,
                                    .make = ap_host_define_matrix,
                                    .tell = ap_events_tell_definition };

    if (!ap_change_is_ours(xml))
        return AP_DRIVER_STOCK(nodeDeviceDefineXML, NULL, conn, xml, flags);
    if (!ap_virt_check_flags(__func__, flags, VIR_NODE_DEVICE_DEFINE_XML_VALIDATE))
        return NULL;
    return ap_change_make(conn, xml, flags & VIR_NODE_DEVICE_DEFINE_XML_VALIDATE,
                          &making);
}

static void
tell_definition(const char *name, gpointer data G_GNUC_UNUSED)
{
    ap_events_tell_definition(name);
}

static gboolean
undefine(ApHost *host, const char *name, gpointer data G_GNUC_UNUSED, GError **error)
{
    return ap_host_undefine_matrix(host, name, error);
}

int
nodeDeviceUndefine(virNodeDevicePtr device, unsigned int flags)
{
    static const ApChangeDoing doing = { "nodeDeviceUndefine", undefine,
                                         tell_definition };
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;

    if (!ap_driver_serves(name))
        return AP_DRIVER_STOCK(nodeDeviceUndefine, -1, device, flags);
    if (!ap_virt_check_flags(__func__, flags, 0))
        return -1;
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceUndefineEnsureACL);
    if (!found)
        return -1;
    if (!ap_device_is_persistent(found)) {
        ap_virt_report(__func__, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is not defined"), name);
        return -1;
    }
    return ap_change_do(found, &doing, NULL);
}

static gboolean
start(ApHost *host, const char *name, gpointer data G_GNUC_UNUSED, GError **error)
{
    return ap_host_start_matrix(host, name, error);
}

static void
tell_started(const char *name, gpointer data G_GNUC_UNUSED)
{
    ap_events_tell_presence(name, TRUE);
}

int
nodeDeviceCreate(virNodeDevicePtr device, unsigned int flags)
{
    static const ApChangeDoing doing = { "nodeDeviceCreate", start, tell_started };
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;

    if (!ap_driver_serves(name))
        return AP_DRIVER_STOCK(nodeDeviceCreate, -1, device, flags);
    if (!ap_virt_check_flags(__func__, flags, 0))
        return -1;
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceCreateEnsureACL);
    if (!found)
        return -1;
    if (ap_device_is_active(found)) {
        ap_virt_report(__func__, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is already active"), name);
        return -1;
    }
    /* Somebody may have made it just now. */
    ap_events_tell_definition(name);
    return ap_change_do(found, &doing, NULL);
}

/* Whether autostart is anything that @device can have. */
static gboolean
check_autostart(const char *function, const ApDevice *device)
{
    const char *name = ap_device_get_name(device);

    if (ap_device_get_kind(device) != AP_DEVICE_MATRIX) {
        ap_virt_report(function, VIR_ERR_OPERATION_UNSUPPORTED,
                       _("device '%s' is not one that can be started"), name);
        return FALSE;
    }
    if (!ap_device_is_persistent(device)) {
        ap_virt_report(function, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is not defined: there is no autostart for it"),
                       name);
        return FALSE;
    }
    return TRUE;
}

static gboolean
set_autostart(ApHost *host, const char *name, gpointer data, GError **error)
{
    return ap_host_set_autostart(host, name, *(const int *)data != 0, error);
}

int
nodeDeviceSetAutostart(virNodeDevicePtr device, int autostart)
{
    static const ApChangeDoing doing = { "nodeDeviceSetAutostart", set_autostart,
                                         tell_definition };
    g_autoptr(ApDevice) found = NULL;

    if (!ap_driver_serves(virNodeDeviceGetName(device)))
        return AP_DRIVER_STOCK(nodeDeviceSetAutostart, -1, device, autostart);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceSetAutostartEnsureACL);
    if (!found || !check_autostart(__func__, found))
        return -1;
    return ap_change_do(found, &doing, &autostart);
}
