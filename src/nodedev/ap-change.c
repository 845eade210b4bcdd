/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-change.c: creates and destroys AP matrices; the frame of all changes.
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
make(virConnectPtr conn, const ApDevice *wish, const ApChangeMaking *making)
{
    g_autoptr(GError) error = NULL;
    ApRecord record;
    ApDevice *made;

    if (!ap_acl_ensure(making->may, conn, AP_NAME_OF_NEW))
        return NULL;
    ap_record_begin(&record);
    made = making->make(ap_driver.host, wish, &error);
    ap_record_end(&record);
    if (made)
        making->tell(ap_device_get_name(made));
    else
        ap_virt_report_error(making->function, error);
    return made;
}

virNodeDevicePtr
ap_change_make(virConnectPtr conn,
               const char *xml,
               gboolean validate,
               const ApChangeMaking *making)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ApDevice) wish = ap_change_read_wish(xml, validate, &error);
    g_autoptr(ApDevice) made = wish ? make(conn, wish, making) : NULL;

    if (!wish)
        ap_virt_report_error(making->function, error);
    return made ? ap_virt_node_device_new(conn, ap_device_get_name(made)) : NULL;
}

int
ap_change_do(const ApDevice *device, const ApChangeDoing *doing, gpointer data)
{
    const char *name = ap_device_get_name(device);
    g_autoptr(GError) error = NULL;
    ApRecord record;
    gboolean done;

    ap_record_begin(&record);
    done = doing->change(ap_driver.host, name, data, &error);
    ap_record_end(&record);
    if (done)
        doing->tell(name, data);
    else
        ap_virt_report_error(doing->function, error);
    return done ? 0 : -1;
}

static void
tell_created(const char *name)
{
    ap_events_tell_presence(name, TRUE);
}

virNodeDevicePtr
nodeDeviceCreateXML(virConnectPtr conn, const char *xml, unsigned int flags)
{
    const ApChangeMaking making = { .function = __func__,
                                    .may = ap_virt.virNodeDeviceCreateXMLEnsureACL,
                                    .make = ap_host_create_matrix,
                                    .tell = tell_created };

    if (!ap_change_is_ours(xml))
        return AP_DRIVER_STOCK(nodeDeviceCreateXML, NULL, conn, xml, flags);
    if (!ap_virt_check_flags(__func__, flags, VIR_NODE_DEVICE_CREATE_XML_VALIDATE))
        return NULL;
    return ap_change_make(conn, xml, flags & VIR_NODE_DEVICE_CREATE_XML_VALIDATE,
                          &making);
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

static gboolean
destroy(ApHost *host, const char *name, gpointer data G_GNUC_UNUSED, GError **error)
{
    return ap_host_destroy_matrix(host, name, error);
}

static void
tell_destroyed(const char *name, gpointer data G_GNUC_UNUSED)
{
    ap_events_tell_presence(name, FALSE);
}

int
nodeDeviceDestroy(virNodeDevicePtr device)
{
    static const ApChangeDoing doing = { "nodeDeviceDestroy", destroy, tell_destroyed };
    g_autoptr(ApDevice) found = NULL;

    if (!ap_driver_serves(virNodeDeviceGetName(device)))
        return AP_DRIVER_STOCK(nodeDeviceDestroy, -1, device);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceDestroyEnsureACL);
    if (!found || !check_destroyable(found, __func__))
        return -1;
    return ap_change_do(found, &doing, NULL);
}
