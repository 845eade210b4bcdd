/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ap-query.c: what is asked about one device.  AP devices are looked at when
 * the question comes; nothing waits for the enumeration of the stock module.
 */
#include "ap-query.h"

#include <libvirt-ap/ap-nodedev-xml.h>

#include "ap-acl.h"
#include "ap-device-priv.h"
#include "ap-handle.h"
#include "ap-i18n.h"

/* From libvirt 10.1 on; the headers may be older. */
#define XML_INACTIVE       (1U << 0)
#define XML_INACTIVE_SINCE 10001000UL

/* The capabilities of each kind, the main one first. */
static const char *const capabilities[AP_DEVICE_KIND_LAST][3] = {
    [AP_DEVICE_CARD] = { "ap_card" },
    [AP_DEVICE_QUEUE] = { "ap_queue" },
    [AP_DEVICE_MATRIX_PARENT] = { "ap_matrix", "mdev_types" },
    [AP_DEVICE_MATRIX] = { "mdev" },
};

ApDevice *
ap_query_device(const char *function, virNodeDevicePtr device, ApVirtDeviceAcl may)
{
    g_autoptr(GError) error = NULL;
    const char *name = virNodeDeviceGetName(device);
    g_autoptr(ApDevice) found = ap_host_lookup(ap_driver.host, name, &error);

    if (!found) {
        ap_virt_report_error(function, error);
        return NULL;
    }
    if (!ap_acl_ensure(may, ap_handle_get_connection(device), name))
        return NULL;
    return g_steal_pointer(&found);
}

static gboolean
is_ours(virNodeDevicePtr device)
{
    return ap_driver_serves(virNodeDeviceGetName(device));
}

virNodeDevicePtr
nodeDeviceLookupByName(virConnectPtr conn, const char *name)
{
    if (!ap_driver_serves(name))
        return AP_DRIVER_STOCK(nodeDeviceLookupByName, NULL, conn, name);
    if (!ap_host_has(ap_driver.host, name)) {
        ap_virt_report(__func__, VIR_ERR_NO_NODE_DEVICE,
                       _("no node device with matching name '%s'"), name);
        return NULL;
    }
    if (!ap_acl_ensure(ap_virt.virNodeDeviceLookupByNameEnsureACL, conn, name))
        return NULL;
    return ap_virt_node_device_new(conn, name);
}

/* Our own elements are for those who ask for them, or whom somebody else has asked
 * for: libvirt's clients know what is in a document without that. */
static ApNodedevXmlFlags
form_of(unsigned int flags)
{
    if (flags & AP_NODEDEV_XML_DESC_EXTENDED)
        return AP_NODEDEV_XML_NOTES | AP_NODEDEV_XML_RANGES | AP_NODEDEV_XML_STATUS;
    if (ap_host_shows_extensions(ap_driver.host))
        return AP_NODEDEV_XML_NOTES | AP_NODEDEV_XML_STATUS;
    return AP_NODEDEV_XML_STOCK;
}

/* The stored form of @device. */
static char *
format_definition(const char *function, const ApDevice *device, ApNodedevXmlFlags form)
{
    const char *name = ap_device_get_name(device);
    g_autoptr(ApDevice) definition = NULL;
    g_autoptr(GError) error = NULL;

    if (!ap_device_is_persistent(device)) {
        ap_virt_report(function, VIR_ERR_OPERATION_INVALID,
                       _("device '%s' is not defined"), name);
        return NULL;
    }
    definition = ap_host_lookup_definition(ap_driver.host, name, &error);
    if (!definition)
        ap_virt_report_error(function, error);
    return definition ? ap_nodedev_xml_format(definition, form) : NULL;
}

char *
nodeDeviceGetXMLDesc(virNodeDevicePtr device, unsigned int flags)
{
    g_autoptr(ApDevice) found = NULL;
    ApNodedevXmlFlags form;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceGetXMLDesc, NULL, device, flags);
    if (!ap_virt_check_flags(__func__, flags,
                             AP_NODEDEV_XML_DESC_EXTENDED |
                                 (ap_virt.version >= XML_INACTIVE_SINCE ? XML_INACTIVE
                                                                        : 0)))
        return NULL;
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceGetXMLDescEnsureACL);
    if (!found)
        return NULL;
    form = form_of(flags);
    if (flags & XML_INACTIVE)
        return format_definition(__func__, found, form);
    if (form & AP_NODEDEV_XML_STATUS)
        ap_host_add_status(ap_driver.host, found);
    return ap_nodedev_xml_format(found, form);
}

char *
nodeDeviceGetParent(virNodeDevicePtr device)
{
    g_autoptr(ApDevice) found = NULL;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceGetParent, NULL, device);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceGetParentEnsureACL);
    return found ? g_strdup(ap_device_get_parent(found)) : NULL;
}

int
nodeDeviceNumOfCaps(virNodeDevicePtr device)
{
    g_autoptr(ApDevice) found = NULL;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceNumOfCaps, -1, device);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceNumOfCapsEnsureACL);
    if (!found)
        return -1;
    return g_strv_length((char **)capabilities[ap_device_get_kind(found)]);
}

int
nodeDeviceListCaps(virNodeDevicePtr device, char **const names, int maxnames)
{
    g_autoptr(ApDevice) found = NULL;
    int i;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceListCaps, -1, device, names, maxnames);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceListCapsEnsureACL);
    if (!found)
        return -1;
    for (i = 0; i < maxnames && capabilities[ap_device_get_kind(found)][i]; i++)
        names[i] = g_strdup(capabilities[ap_device_get_kind(found)][i]);
    return i;
}

int
nodeDeviceIsActive(virNodeDevicePtr device)
{
    g_autoptr(ApDevice) found = NULL;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceIsActive, -1, device);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceIsActiveEnsureACL);
    return found ? ap_device_is_active(found) : -1;
}

int
nodeDeviceIsPersistent(virNodeDevicePtr device)
{
    g_autoptr(ApDevice) found = NULL;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceIsPersistent, -1, device);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceIsPersistentEnsureACL);
    return found ? ap_device_is_persistent(found) : -1;
}

int
nodeDeviceGetAutostart(virNodeDevicePtr device, int *autostart)
{
    g_autoptr(ApDevice) found = NULL;

    if (!is_ours(device))
        return AP_DRIVER_STOCK(nodeDeviceGetAutostart, -1, device, autostart);
    found = ap_query_device(__func__, device, ap_virt.virNodeDeviceGetAutostartEnsureACL);
    if (!found)
        return -1;
    *autostart = found->autostart;
    return 0;
}
