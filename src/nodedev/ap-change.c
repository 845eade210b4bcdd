/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-change.c: creates and destroys AP matrices.
 */
#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-acl.h"
#include "ap-change.h"
#include "ap-events.h"
#include "ap-i18n.h"
#include "ap-query.h"
#include "ap-record.h"

gboolean
ap_change_is_ours(const char *xml)
{
    return ap_driver.host && ap_host_has_bus(ap_driver.host) &&
           ap_nodedev_xml_classify(xml) != AP_NODEDEV_XML_NOT_AP;
}

/* Of an error that the parser finds, too, a schema has less to say: ours comes
 * last. */
ApDevice *
ap_change_read_wish(const char *xml, gboolean validate, GError **error)
{
    g_autoptr(ApDevice) wish = NULL;

    if (validate && !ap_nodedev_xml_validate(xml, AP_NODEDEV_SCHEMA_LIBVIRT, error))
        return NULL;
    wish = ap_nodedev_xml_parse(xml, error);
    if (!wish ||
        (validate && !ap_nodedev_xml_validate(xml, AP_NODEDEV_SCHEMA_MATRIX, error)))
        return NULL;
    return g_steal_pointer(&wish);
}

static ApDevice *
create_matrix(virConnectPtr conn,
              const char *xml,
              unsigned int flags,
              const char *function)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish =
        ap_change_read_wish(xml, flags & VIR_NODE_DEVICE_CREATE_XML_VALIDATE, &error);
    ApRecord *record;
    ApDevice *created;

    if (!wish) {
        ap_virt_report_error(function, error);
        return NULL;
    }
    if (!ap_acl_ensure(ap_virt.virNodeDeviceCreateXMLEnsureACL, conn, AP_NAME_OF_NEW))
        return NULL;
    record = ap_record_begin(AP_JOURNAL_CREATE, ap_device_get_uuid(wish));
    created = ap_host_create_matrix(ap_driver.host, wish, &error);
    ap_record_end(record, ap_device_get_uuid(created ? created : wish), error);
    if (created)
        ap_events_tell_presence(ap_device_get_name(created), TRUE);
    else
        ap_virt_report_error(function, error);
    return created;
}

virNodeDevicePtr
nodeDeviceCreateXML(virConnectPtr conn, const char *xml, unsigned int flags)
{
    g_autoptr(ApDevice) created = NULL;

    if (!ap_change_is_ours(xml))
        return AP_DRIVER_STOCK(nodeDeviceCreateXML, NULL, conn, xml, flags);
    if (!ap_virt_check_flags(__func__, flags, VIR_NODE_DEVICE_CREATE_XML_VALIDATE))
        return NULL;
    created = create_matrix(conn, xml, flags, __func__);
    return created ? ap_virt_node_device_new(conn, ap_device_get_name(created)) : NULL;
}

static gboolean
check_destroyable(const ApDevice *device, const char *function)
{
    if (ap_device_get_kind(device) != AP_DEVICE_MATRIX) {
        ap_virt_report(function, VIR_ERR_CONFIG_UNSUPPORTED,
                       _("device '%s' is not one that can be destroyed"),
                       ap_device_get_name(device));
        return FALSE;
    }
    if (!ap_device_is_active(device)) {
        ap_virt_report(function, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is not active"), ap_device_get_name(device));
        return FALSE;
    }
    return TRUE;
}

int
nodeDeviceDestroy(virNodeDevicePtr device)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) found = NULL;
    ApRecord *record;

    if (!ap_driver_serves(virNodeDeviceGetName(device)))
        return AP_DRIVER_STOCK(nodeDeviceDestroy, -1, device);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceDestroyEnsureACL);
    if (!found || !check_destroyable(found, __func__))
        return -1;
    record = ap_record_begin(AP_JOURNAL_DESTROY, ap_device_get_uuid(found));
    ap_host_destroy_matrix(ap_driver.host, ap_device_get_name(found), &error);
    ap_record_end(record, ap_device_get_uuid(found), error);
    if (!error) {
        ap_events_tell_presence(ap_device_get_name(found), FALSE);
        return 0;
    }
    ap_virt_report_error(__func__, error);
    return -1;
}
