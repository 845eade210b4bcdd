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
#include "ap-record.h"

static ApDevice *
define_matrix(virConnectPtr conn,
              const char *xml,
              unsigned int flags,
              const char *function)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish =
        ap_change_read_wish(xml, flags & VIR_NODE_DEVICE_DEFINE_XML_VALIDATE, &error);
    ApRecord *record;
    ApDevice *defined;

    if (!wish) {
        ap_virt_report_error(function, error);
        return NULL;
    }
    if (!ap_acl_ensure(ap_virt.virNodeDeviceDefineXMLEnsureACL, conn, AP_NAME_OF_NEW))
        return NULL;
    record = ap_record_begin(AP_JOURNAL_DEFINE, ap_device_get_uuid(wish));
    defined = ap_host_define_matrix(ap_driver.host, wish, &error);
    ap_record_end(record, ap_device_get_uuid(defined ? defined : wish), error);
    if (defined)
        ap_events_tell_definition(ap_device_get_name(defined));
    else
        ap_virt_report_error(function, error);
    return defined;
}

virNodeDevicePtr
nodeDeviceDefineXML(virConnectPtr conn, const char *xml, unsigned int flags)
{
    g_autoptr(ApDevice) defined = NULL;

    if (!ap_change_is_ours(xml))
        return AP_DRIVER_STOCK(nodeDeviceDefineXML, NULL, conn, xml, flags);
    if (!ap_virt_check_flags(__func__, flags, VIR_NODE_DEVICE_DEFINE_XML_VALIDATE))
        return NULL;
    defined = define_matrix(conn, xml, flags, __func__);
    return defined ? ap_virt_node_device_new(conn, ap_device_get_name(defined)) : NULL;
}

int
nodeDeviceUndefine(virNodeDevicePtr device, unsigned int flags)
{
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;
    g_autoptr(GError) error = NULL;
    ApRecord *record;

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
    record = ap_record_begin(AP_JOURNAL_UNDEFINE, ap_device_get_uuid(found));
    ap_host_undefine_matrix(ap_driver.host, name, &error);
    ap_record_end(record, ap_device_get_uuid(found), error);
    if (!error) {
        ap_events_tell_definition(name);
        return 0;
    }
    ap_virt_report_error(__func__, error);
    return -1;
}

int
nodeDeviceCreate(virNodeDevicePtr device, unsigned int flags)
{
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;
    g_autoptr(GError) error = NULL;
    ApRecord *record;

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
    record = ap_record_begin(AP_JOURNAL_START, ap_device_get_uuid(found));
    ap_host_start_matrix(ap_driver.host, name, &error);
    ap_record_end(record, ap_device_get_uuid(found), error);
    if (!error) {
        ap_events_tell_presence(name, TRUE);
        return 0;
    }
    ap_virt_report_error(__func__, error);
    return -1;
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

int
nodeDeviceSetAutostart(virNodeDevicePtr device, int autostart)
{
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = NULL;
    g_autoptr(GError) error = NULL;
    ApRecord *record;

    if (!ap_driver_serves(name))
        return AP_DRIVER_STOCK(nodeDeviceSetAutostart, -1, device, autostart);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceSetAutostartEnsureACL);
    if (!found || !check_autostart(__func__, found))
        return -1;
    record = ap_record_begin(AP_JOURNAL_AUTOSTART, ap_device_get_uuid(found));
    ap_host_set_autostart(ap_driver.host, name, autostart != 0, &error);
    ap_record_end(record, ap_device_get_uuid(found), error);
    if (!error) {
        ap_events_tell_definition(name);
        return 0;
    }
    ap_virt_report_error(__func__, error);
    return -1;
}
